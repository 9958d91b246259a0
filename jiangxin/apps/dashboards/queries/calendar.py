"""Everything due in a month, from all apps."""

from __future__ import annotations

import calendar as months
import datetime
from dataclasses import dataclass

from jiangxin.apps.dashboards.queries.joined import Due, dues
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the month's sheet with what is due on it."""

    on: datetime.date
    is_inside: bool
    events: list[Due]


@dataclass(frozen=True, slots=True)
class Month:
    """A month as a sheet of weeks, Monday first."""

    first: datetime.date
    weeks: list[list[Day]]

    @property
    def events(self) -> list[Due]:
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
    by_day: dict[datetime.date, list[Due]] = {}
    for event in dues(viewer=viewer, region=region, first=days[0][0], last=days[-1][-1], on=on):
        by_day.setdefault(event.on, []).append(event)
    return Month(
        first,
        [[Day(day, day.month == first.month, by_day.get(day, [])) for day in w] for w in days],
    )
