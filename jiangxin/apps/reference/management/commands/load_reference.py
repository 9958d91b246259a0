"""`jiangxin load_reference`: load the national lists that the product ships."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from jiangxin.apps.reference import sheets
from jiangxin.core.permissions import SYSTEM


class Command(BaseCommand):
    help = "Load the national code lists that the product ships; a second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        for outcome in sheets.load_reference(by=SYSTEM, at=timezone.now()):
            if options["verbosity"] > 0 and not outcome.is_nothing:
                self.stdout.write(f"{outcome.kind} {outcome.edition}: {outcome.added} rows")
