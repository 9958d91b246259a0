"""`jiangxin snapshot`: freeze all facts of now as Parquet."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from jiangxin.apps.indicators import actions
from jiangxin.apps.indicators.queries.trace import folder_of
from jiangxin.core.permissions import SYSTEM


class Command(BaseCommand):
    help = "Write the published facts as Parquet; indicators run on such snapshots."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", help="also copy the files to this folder")

    def handle(self, *args: Any, **options: Any) -> None:
        snapshot = actions.take_snapshot(by=SYSTEM, at=timezone.now())
        folder = folder_of(snapshot)
        if options["out"]:
            shutil.copytree(folder, Path(options["out"]), dirs_exist_ok=True)
        for fact, entry in snapshot.manifest.items():
            self.stdout.write(f"{fact}: {entry['rows']} rows")
        self.stdout.write(f"snapshot {snapshot.uuid} in {folder.name}")
