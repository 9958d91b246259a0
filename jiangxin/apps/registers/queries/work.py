"""What waits for a viewer, what falls due, and what is found by words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangxin.apps.registers.models import Application, Call, Entry, Objection, Score, Seat
from jiangxin.apps.registers.queries.applications import review_queue
from jiangxin.apps.registers.queries.entries import due_for_check, entries
from jiangxin.apps.registers.queries.panels import applications_of
from jiangxin.apps.registers.queries.types import type_labels
from jiangxin.apps.registers.workflow import (
    ApplicationState,
    EntryState,
    ObjectionState,
    PanelState,
)
from jiangxin.core.permissions import Viewer

# more of one kind are shown on the page of the kind
SHOWN = 20
# inferred: renewal takes about a quarter of a year
AHEAD = datetime.timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for the viewer."""

    title: str
    url: str
    due_on: datetime.date | None
    kind: str
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Something that falls due, for whom, and whether it is done."""

    kind: str
    title: str
    url: str
    due_on: datetime.date
    # done, due, overdue
    status: str
    for_whom: str
    for_path: str
    filed: bool | None
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found by the search of all pages."""

    kind: str
    title: str
    detail: str
    url: str


def todos_for(viewer: Viewer, *, on: datetime.date) -> list[Todo]:
    """List what of this app waits for the viewer."""
    if viewer.is_public or viewer.is_system:
        return []
    return [*_to_write(viewer), *_to_judge(viewer), *_to_score(viewer), *_to_settle(viewer)]


def _to_write(viewer: Viewer) -> list[Todo]:
    rows = Application.objects.filter(
        viewer.within("registers.apply"), state=ApplicationState.RETURNED
    )
    mine = Application.objects.filter(state=ApplicationState.DRAFT, started_by=viewer.user_id)
    return [
        *(
            Todo(
                _("Mend and submit again: %(title)s") % {"title": row.title},
                _at(row),
                None,
                _("application"),
            )
            for row in rows.filter(scope__path__in=viewer.paths("registers.apply"))[:SHOWN]
        ),
        *(
            Todo(
                _("Finish the application: %(title)s") % {"title": row.title},
                _at(row),
                None,
                _("application"),
            )
            for row in mine[:SHOWN]
        ),
    ]


def _at(application: Application) -> str:
    return reverse("registers:application", args=[application.uuid])


def _to_judge(viewer: Viewer) -> list[Todo]:
    queue = review_queue(viewer).exclude(
        Q(started_by=viewer.user_id) | Q(submitted_by=viewer.user_id)
    )
    return [
        Todo(
            _("Review: %(title)s") % {"title": row.title},
            _at(row),
            row.publicity_ends_on if row.state == ApplicationState.IN_PUBLICITY else None,
            _("review"),
        )
        for row in queue[:SHOWN]
    ]


def _to_score(viewer: Viewer) -> list[Todo]:
    seats = (
        Seat.objects.sitting()
        .filter(expert=viewer.user_id, panel__state=PanelState.DRAWN)
        .select_related("panel__call", "panel__application")
    )
    todos = []
    for seat in seats[:SHOWN]:
        done = set(Score.objects.filter(seat=seat).values_list("application", flat=True))
        waiting = [a for a in applications_of(seat.panel) if a.pk not in done]
        if waiting:
            title = _("Give your points: %(title)s (%(n)s)") % {
                "title": str(seat.panel.call or seat.panel.application),
                "n": len(waiting),
            }
            url = reverse("registers:panel", args=[seat.panel.uuid])
            todos.append(Todo(title, url, None, _("scoring")))
    return todos


def _to_settle(viewer: Viewer) -> list[Todo]:
    rows = (
        Objection.objects.filter(viewer.within("registers.review", "path"))
        .filter(state=ObjectionState.OPEN)
        .select_related("application")
    )
    return [
        Todo(
            _("Settle the objection to “%(title)s”") % {"title": row.application.title},
            _at(row.application),
            None,
            _("objection"),
        )
        for row in rows[:SHOWN]
    ]


def due_items(
    viewer: Viewer,
    *,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    region: Any = None,
) -> list[Due]:
    """List annual checks, ends of validity, of public notices and of calls in a range of days."""
    shared = _Range(viewer, first, last, on, region)
    return sorted(
        [*_checks(shared), *_validity(shared), *_notices(shared), *_calls(shared)],
        key=lambda due: due.due_on,
    )


@dataclass(frozen=True, slots=True)
class _Range:
    viewer: Viewer
    first: datetime.date
    last: datetime.date
    on: datetime.date
    region: Any

    def narrowed(self, rows: Any) -> Any:
        return (
            rows if self.region is None else rows.filter(region__path__startswith=self.region.path)
        )

    def has(self, day: datetime.date) -> bool:
        return self.first <= day <= self.last

    def status(self, day: datetime.date) -> str:
        return "overdue" if day < self.on else "due"


def _holder(row: Any) -> str:
    return str(row.region.name if row.organisation is None else row.organisation.name)


def _checks(range_: _Range) -> list[Due]:
    rows = range_.narrowed(Entry.objects.open_to(range_.viewer))
    return [
        Due(
            _("annual check"),
            entry.title,
            reverse("registers:entry", args=[entry.uuid]),
            day,
            range_.status(day),
            _holder(entry),
            entry.scope.path,
            False,
            entry.is_simulated,
        )
        for entry, day in due_for_check(rows, on=range_.on)
        if range_.has(day)
    ]


def _validity(range_: _Range) -> list[Due]:
    rows = range_.narrowed(Entry.objects.open_to(range_.viewer)).filter(
        state=EntryState.IN_FORCE, ends_on__gte=range_.first, ends_on__lte=range_.last
    )
    return [
        Due(
            _("end of validity"),
            entry.title,
            reverse("registers:entry", args=[entry.uuid]),
            entry.ends_on,
            range_.status(entry.ends_on),
            _holder(entry),
            entry.scope.path,
            None,
            entry.is_simulated,
        )
        for entry in rows.select_related("organisation", "region", "scope").defer("values")
    ]


def _notices(range_: _Range) -> list[Due]:
    one = datetime.timedelta(days=1)
    rows = range_.narrowed(Application.objects.visible_to(range_.viewer)).filter(
        state=ApplicationState.IN_PUBLICITY,
        publicity_ends_on__gte=range_.first + one,
        publicity_ends_on__lte=range_.last + one,
    )
    return [
        Due(
            _("end of the public notice"),
            row.title,
            _at(row),
            row.publicity_ends_on - one,
            range_.status(row.publicity_ends_on - one),
            _holder(row),
            row.step_path,
            None,
            row.is_simulated,
        )
        for row in rows.select_related("organisation", "region").defer("values")
    ]


def _calls(range_: _Range) -> list[Due]:
    begin = timezone.make_aware(datetime.datetime.combine(range_.first, datetime.time()))
    after = range_.last + datetime.timedelta(days=1)
    end = timezone.make_aware(datetime.datetime.combine(after, datetime.time()))
    rows = Call.objects.visible_to(range_.viewer).filter(closes_at__gt=begin, closes_at__lte=end)
    if range_.region is not None:
        rows = rows.filter(
            Q(region__path__startswith=range_.region.path)
            | Q(region__path__in=_above(range_.region.path))
        )
    found = []
    for call in rows.select_related("region", "scope"):
        # closing is exclusive: midnight closes at the end of the day before
        day = timezone.localdate(call.closes_at - datetime.timedelta(seconds=1))
        found.append(
            Due(
                _("call for applications closes"),
                call.title,
                reverse("registers:call", args=[call.uuid]),
                day,
                "done" if day < range_.on else "due",
                call.region.name,
                call.scope.path,
                None,
                call.is_simulated,
            )
        )
    return found


def _above(path: str) -> list[str]:
    return [path[: i + 1] for i, letter in enumerate(path) if letter == "/"]


def search(viewer: Viewer, text: str, *, on: datetime.date, limit: int = 5) -> list[Hit]:
    """Find recognised things and types by their words."""
    text = text.strip()
    if not text:
        return []
    labels = type_labels(on=on)
    hits = [
        Hit(
            labels.get(entry.type.code, entry.type.code),
            entry.title,
            entry.number,
            reverse("registers:entry", args=[entry.uuid]),
        )
        for entry in entries(viewer, text=text)[:limit]
    ]
    hits += [
        Hit(_("Register"), label, code, reverse("registers:type", args=[code]))
        for code, label in labels.items()
        if text.casefold() in label.casefold()
    ][:limit]
    return hits
