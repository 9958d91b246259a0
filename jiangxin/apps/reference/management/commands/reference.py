"""`jiangxin reference load FILE`: take over a newer edition of a code list."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from jiangxin.apps.reference import actions, sheets
from jiangxin.apps.reference.models import Edition
from jiangxin.core.errors import DomainError
from jiangxin.core.permissions import SYSTEM


class Command(BaseCommand):
    help = "Load a newer edition of a code list from an Excel or CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True)
        load = commands.add_parser("load", help="read, check and load a file")
        load.add_argument("file", type=Path)
        load.add_argument("--kind", choices=Edition.Kind.values, default="")
        load.add_argument("--name", help="name of the edition; the file name if not given")
        load.add_argument("--title", default="", help="title of the official document")
        load.add_argument("--issuer", default="")
        load.add_argument("--number", default="", help="number of the official document")
        load.add_argument("--starts-on", type=datetime.date.fromisoformat, metavar="YYYY-MM-DD")
        load.add_argument(
            "--additions",
            action="store_true",
            help="the file lists only additions and changes; nothing ends",
        )
        load.add_argument("--dry-run", action="store_true", help="say what would change")
        load.add_argument(
            "--save-good",
            action="store_true",
            help="load the good rows of a file with errors, as additions",
        )
        load.add_argument("--corrected", type=Path, help="where to write the file to correct")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            sheet = sheets.read(path.read_bytes(), name=path.name, kind=options["kind"])
            self._report(sheet, options["corrected"], save_good=options["save_good"])
            header = actions.EditionHeader(
                sheet.kind,
                options["name"] or path.stem,
                title=options["title"],
                issuer=options["issuer"],
                number=options["number"],
                starts_on=options["starts_on"],
                is_complete=not (options["additions"] or sheet.errors),
            )
            outcome = actions.load_edition(
                header=header,
                rows=sheet.rows,
                by=SYSTEM,
                at=timezone.now(),
                is_dry_run=options["dry_run"],
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except DomainError as error:
            raise CommandError(f"{path}: {error.message}") from error
        self.stdout.write(", ".join(f"{key}: {value}" for key, value in asdict(outcome).items()))

    def _report(self, sheet: sheets.Sheet, corrected: Path | None, *, save_good: bool) -> None:
        for error in sheet.errors:
            self.stderr.write(
                f"row {error.row}, {error.column} “{error.value}”: {error.rule}. {error.fix}."
            )
        if sheet.errors and corrected is not None:
            corrected.write_bytes(sheets.corrected_file(sheet))
            self.stderr.write(f"rows to correct: {corrected}")
        if sheet.errors and not save_good:
            raise CommandError(
                f"{len(sheet.errors)} errors, nothing was loaded. Correct them "
                "(--corrected FILE.xlsx lists them), or load the good rows with --save-good."
            )
