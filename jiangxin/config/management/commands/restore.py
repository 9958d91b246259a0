"""`jiangxin restore`: put back what `jiangxin backup` wrote, into an empty installation."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from jiangxin.config.management.commands.backup import (
    FOLDERS,
    postgres_arguments,
    postgres_environment,
)


class Command(BaseCommand):
    help = "Restore a backup. Stop the site first; an installation that holds data is refused."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--replace", action="store_true", help="overwrite what is here")

    def handle(self, *args: Any, **options: Any) -> None:
        source = Path(options["file"])
        if not source.exists():
            raise CommandError(f"There is no file {source}.")
        if _holds_data() and not options["replace"]:
            raise CommandError(
                "This installation holds data. Restore into an empty one, or give --replace to "
                "lose what is here."
            )
        with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as archive:
            archive.extractall(folder, members=_plain_files(archive))  # noqa: S202 -- checked
            self._put_back(Path(folder))
        self.stdout.write("restored; run `jiangxin audit verify` to see that nothing is missing")

    def _put_back(self, folder: Path) -> None:
        connection.close()
        if connection.vendor == "sqlite":
            dump = folder / "database.sqlite3"
            if not dump.exists():
                raise CommandError("This backup is of PostgreSQL; set DATABASE_URL to restore it.")
            target = Path(settings.DATABASES["default"]["NAME"])
            for stale in target.parent.glob(target.name + "*"):
                stale.unlink()
            shutil.copyfile(dump, target)
        else:
            dump = folder / "database.dump"
            if not dump.exists():
                raise CommandError("This backup is of SQLite; unset DATABASE_URL to restore it.")
            command = ["pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error"]
            done = subprocess.run(
                [*command, *postgres_arguments(), str(dump)],
                env=postgres_environment(),
                check=False,
            )
            if done.returncode:
                raise CommandError("pg_restore failed; nothing else was put back.")
        for name in FOLDERS:
            if (folder / name).exists():
                target = Path(settings.VAR) / name
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(folder / name, target)


def _plain_files(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """List the members, all of which must be files and folders below the archive's root.

    `filter="data"` would do it, but Debian 12's Python 3.11.2 does not know it yet.
    """
    members = archive.getmembers()
    for member in members:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts or not (member.isfile() or member.isdir()):
            raise CommandError(f"This is no backup of ours: it holds “{member.name}”.")
    return members


def _holds_data() -> bool:
    if "accounts_user" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
        return cursor.fetchone() is not None
