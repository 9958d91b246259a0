"""Everything due in a month, from all apps."""

from __future__ import annotations

import calendar as months
import datetime
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.dashboards.queries.joined import todos
from jiangxin.apps.policies import queries as policies
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Event:
    """Something due on a day."""

    title: str
    url: str
    kind: str
    on: datetime.date
    # state code for the colour and shape
    status: str
    is_simulated: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month's sheet with what is due on it."""

    on: datetime.date
    is_inside: bool
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a sheet of weeks, Monday first."""

    first: datetime.date
    weeks: list[list[Day]]

    @property
    def events(self) -> list[Event]:
        """All events of the month in order, for lists."""
        return [e for week in self.weeks for day in week if day.is_inside for e in day.events]

    @property
    def previous(self) -> str:
        """The month before, as 2026-10."""
        return f"{self.first - datetime.timedelta(days=1):%Y-%m}"

    @property
    def following(self) -> str:
        """The month after."""
        return f"{self.first + datetime.timedelta(days=32):%Y-%m}"


def month(
    *, first: datetime.date, region: Region | None, viewer: Viewer, on: datetime.date
) -> Month:
    """Gather what is due in the month that begins on `first`."""
    days = months.Calendar().monthdatescalendar(first.year, first.month)
    by_day: dict[datetime.date, list[Event]] = {}
    for event in _events(first, days[0][0], days[-1][-1], region, viewer, on):
        by_day.setdefault(event.on, []).append(event)
    return Month(
        first,
        [[Day(day, day.month == first.month, by_day.get(day, [])) for day in w] for w in days],
    )


def _events(
    first: datetime.date,
    starts_on: datetime.date,
    ends_on: datetime.date,
    region: Region | None,
    viewer: Viewer,
    on: datetime.date,
) -> list[Event]:
    """List the dated work of the viewer, tasks with their rhythm, and deadlines of targets."""
    events: dict[tuple[str, datetime.date], Event] = {}

    def add(event: Event) -> None:
        if starts_on <= event.on <= ends_on:
            events.setdefault((event.url, event.on), event)

    if region is not None:
        tasks = policies.month(policies.tasks(viewer=viewer, region=region), first=first, on=on)
        for day in (day for week in tasks.weeks for day in week):
            for due in day.due:
                url = reverse("policies:task", args=[due.task.uuid])
                made_up = due.task.is_simulated
                add(Event(str(due.task), url, _("task"), day.on, due.standing, made_up))
        for row in policies.targets(viewer=viewer, on=on, region_path=region.path):
            if row.due_on is not None:
                url = reverse("policies:target", args=[row.uuid])
                title = f"{row.target.metric} {row.promise}"
                add(Event(title, url, _("target"), row.due_on, row.standing, row.is_simulated))
    # after the tasks: what both know is shown with the state of the task
    for todo in todos(viewer=viewer, on=on):
        if todo.due_on is not None:
            status = "overdue" if todo.is_overdue else "open"
            add(Event(todo.title, todo.url, todo.kind, todo.due_on, status, todo.is_simulated))
    return sorted(events.values(), key=lambda event: (event.on, event.kind, event.title))
