"""`jiangxin indicators compute`: compute all indicators over a new snapshot."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from jiangxin.apps.indicators import actions
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import SYSTEM


class Command(BaseCommand):
    help = "Compute the indicators of a region and year, or of all, over a new snapshot."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["compute"])
        parser.add_argument("--region", help="six-digit code; with all regions below it")
        parser.add_argument("--year", type=int)
        parser.add_argument("--engine", choices=["duckdb", "spark"], default="duckdb")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        regions = None
        if options["region"]:
            regions = reference.codes_within(options["region"], on=at.date())
            if not regions:
                raise CommandError(f"No region has the code {options['region']}.")
        began = time.monotonic()
        snapshot = actions.take_snapshot(by=SYSTEM, at=at)
        computation = actions.compute_indicators(
            snapshot=snapshot,
            by=SYSTEM,
            at=at,
            regions=regions,
            years=[options["year"]] if options["year"] else None,
            engine=options["engine"],
        )
        self.stdout.write(
            f"{computation.values.count()} values in {time.monotonic() - began:.1f} s "
            f"(snapshot {snapshot.folder})"
        )
