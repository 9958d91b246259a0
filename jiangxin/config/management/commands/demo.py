"""`jiangxin demo`: fill an empty installation with the made-up demo region."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.reference import queries as reference
from jiangxin.config import demo
from jiangxin.config.demo.load import load
from jiangxin.core.permissions import SYSTEM


class Command(BaseCommand):
    help = "Load the demo region: made-up schools, people and facts, marked as such everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--region", default="", help="code of one more district to make up")
        parser.add_argument("--learners", type=int, default=300_000, help="in the last year")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.is_wanted():
            raise CommandError(
                "There are people in this installation already; the demo is only for an empty one."
            )
        at = timezone.now()
        accounts.create_region_scopes(by=SYSTEM, at=at)
        if options["region"] and reference.find_region(options["region"], on=at.date()) is None:
            raise CommandError(f"No region has the code {options['region']}.")
        for line in load(
            learners=options["learners"], seed=options["seed"], at=at, region=options["region"]
        ):
            self.stdout.write(f"  {line}")
            self.stdout.flush()
