"""`jiangxin demo`: fill an empty installation with the made-up demo region."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from jiangxin.config import demo
from jiangxin.config.demo.load import load


class Command(BaseCommand):
    help = "Load the demo region: made-up schools, people and facts, marked as such everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--learners", type=int, default=300_000, help="in the last year")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo.is_wanted():
            raise CommandError(
                "There are people in this installation already; the demo is only for an empty one."
            )
        for line in load(learners=options["learners"], seed=options["seed"], at=timezone.now()):
            self.stdout.write(f"  {line}")
            self.stdout.flush()
