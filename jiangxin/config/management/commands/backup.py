"""`jiangxin backup`: one archive with the database, files, facts, snapshots and audit heads."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

FOLDERS = ("files", "facts", "snapshots", "audit")


class Command(BaseCommand):
    help = (
        "Write a backup while the site runs. The keys (var/keys.json) are not in it: keep them "
        "apart, without them personal data cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="archive to write, for instance backup.tar.gz")

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(options["file"])
        if target.exists():
            raise CommandError(f"{target} exists already; choose another name.")
        with tempfile.TemporaryDirectory() as folder:
            dump = _dump(Path(folder))
            # files first named, then added: what comes in meanwhile belongs to the next backup
            with tarfile.open(target, "w:gz") as archive:
                archive.add(dump, dump.name)
                for name in FOLDERS:
                    path = Path(settings.VAR) / name
                    if path.exists():
                        archive.add(path, name)
        self.stdout.write(f"wrote {target} ({target.stat().st_size / 1e6:.1f} MB)")


def _dump(folder: Path) -> Path:
    if connection.vendor == "sqlite":
        path = folder / "database.sqlite3"
        source = sqlite3.connect(settings.DATABASES["default"]["NAME"])
        copy = sqlite3.connect(path)
        with copy:
            source.backup(copy)
        copy.close()
        source.close()
        return path
    path = folder / "database.dump"
    done = subprocess.run(
        ["pg_dump", "--format=custom", "--file", str(path), *postgres_arguments()],
        env=postgres_environment(),
        check=False,
    )
    if done.returncode:
        raise CommandError("pg_dump failed; is the PostgreSQL client of the server's version here?")
    return path


def postgres_arguments() -> list[str]:
    """Return where the database is, for the tools of PostgreSQL."""
    database = settings.DATABASES["default"]
    parts = {"--host": "HOST", "--port": "PORT", "--username": "USER", "--dbname": "NAME"}
    return [f"{option}={database[key]}" for option, key in parts.items() if database[key]]


def postgres_environment() -> dict[str, str]:
    """Return the environment with the password, which must not stand on a command line."""
    return {**os.environ, "PGPASSWORD": str(settings.DATABASES["default"]["PASSWORD"])}
