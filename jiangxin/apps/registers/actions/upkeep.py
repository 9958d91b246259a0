"""What the calendar does: recognitions end, holders and offices are reminded."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction

from jiangxin.apps.registers import queries
from jiangxin.apps.registers.actions.notes import nearest, tell
from jiangxin.apps.registers.actions.recognitions import end_recognitions
from jiangxin.apps.registers.models import Entry
from jiangxin.apps.registers.queries.work import AHEAD
from jiangxin.apps.registers.workflow import EntryState
from jiangxin.core.permissions import Viewer

# inferred: a month is enough to prepare a check
CHECK_AHEAD = datetime.timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the daily upkeep did."""

    ended: int
    validity_reminders: int
    check_reminders: int


@transaction.atomic
def keep_up(*, by: Viewer, at: datetime.datetime) -> Kept:
    """End what ran out, and remind once of validity that ends and of checks that fall due."""
    ended = end_recognitions(by=by, at=at)
    on = at.date()
    ending = list(
        Entry.objects.filter(
            state=EntryState.IN_FORCE, ends_on__gt=on, ends_on__lte=on + AHEAD
        ).select_related("scope")
    )
    for entry in ending:
        tell(
            "registers_validity_ends",
            nearest("registers.apply", entry.scope.path, on=on),
            entry,
            by=by,
            at=at,
            context={"ends_on": entry.ends_on, "number": entry.number},
            due_on=entry.ends_on,
            key=f"registers-validity:{entry.uuid}:{entry.ends_on}",
        )
    checks = [
        (entry, day)
        for entry, day in queries.due_for_check(Entry.objects.all(), on=on)
        if day <= on + CHECK_AHEAD
    ]
    for entry, day in checks:
        tell(
            "registers_check_due",
            nearest("registers.review", entry.region.path, on=on),
            entry,
            by=by,
            at=at,
            context={"due_on": day, "number": entry.number, "year": day.year},
            due_on=day,
            key=f"registers-check:{entry.uuid}:{day.year}",
        )
    return Kept(ended, len(ending), len(checks))
