"""Tasks laid out in time: bars of a plan, and the days of a month."""

from __future__ import annotations

import calendar
import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jiangxin.apps.policies.models import Task
from jiangxin.apps.policies.queries.tasks_schedule import moved, times_of


@dataclass(frozen=True, slots=True)
class Bar:
    """One task on the time axis; places are percent of its width.

    Args:
        done: width of the part that is reported as done.
        repeats: places of the days on which it comes round again.
    """

    task: Task
    standing: str
    start: float
    width: float
    done: float
    repeats: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Bars over equal periods: quarters, or years where the time is long.

    Args:
        today: place of the day in percent; nothing if it lies outside.
        undated: tasks without any day.
    """

    periods: tuple[str, ...]
    marks: tuple[float, ...]
    bars: tuple[Bar, ...]
    today: float | None
    undated: tuple[Task, ...]


def plan(rows: Iterable[Task], *, on: datetime.date) -> Plan:
    """Lay tasks out on a time axis; one without a start begins when it was made."""
    tasks = list(rows)
    dated = [task for task in tasks if task.due_on or task.starts_on]
    undated = tuple(task for task in tasks if not (task.due_on or task.starts_on))
    if not dated:
        return Plan((), (), (), None, undated)
    spans = [_span(task) for task in dated]
    first = min(start for start, _end in spans)
    last = max(end for _start, end in spans)
    months = 3 if (last - first).days < 1200 else 12
    begin = datetime.date(first.year, (first.month - 1) // months * months + 1, 1)
    edges = [begin]
    while edges[-1] <= last:
        edges.append(moved(edges[-1], months=months))
    opened = {task.previous_id for task in tasks}
    bars = []
    for task, (start, end) in zip(dated, spans, strict=True):
        left, right = _place(start, edges), _place(end + datetime.timedelta(days=1), edges)
        width = max(right - left, 0.8)
        repeats = tuple(
            round(_place(day, edges), 2)
            for day in times_of(task, until=edges[-1])
            if task.pk not in opened
        )
        bars.append(
            Bar(
                task,
                task.standing(on),
                round(left, 2),
                round(width, 2),
                round(width * task.progress_rate, 2),
                repeats[:60],
            )
        )
    width = 100 / (len(edges) - 1)
    names = tuple(
        str(day.year) if months == 12 else f"{day.year} Q{(day.month + 2) // 3}"
        for day in edges[:-1]
    )
    marks = tuple(round(width * n, 3) for n in range(1, len(edges) - 1))
    today = round(_place(on, edges), 2) if edges[0] <= on < edges[-1] else None
    return Plan(names, marks, tuple(bars), today, undated)


def _span(task: Task) -> tuple[datetime.date, datetime.date]:
    end = task.due_on or task.starts_on
    assert end is not None  # noqa: S101 -- the caller leaves out undated tasks
    start = task.starts_on or min(task.created_at.date(), end)
    return min(start, end), end


def _place(day: datetime.date, edges: Sequence[datetime.date]) -> float:
    """Return where a day lies, in percent of equally wide periods."""
    width = 100 / (len(edges) - 1)
    for number, (begin, end) in enumerate(pairwise(edges)):
        if day < end:
            return max(0.0, width * (number + (day - begin).days / (end - begin).days))
    return 100.0


@dataclass(frozen=True, slots=True)
class Due:
    """A task on the day on which it is due; `is_repeat` for a later time of its rhythm."""

    task: Task
    standing: str
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; days of the months beside are shown but hold nothing."""

    on: datetime.date
    is_in_month: bool
    is_today: bool
    due: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month as weeks from Monday on, with the months before and after as "YYYY-MM"."""

    first: datetime.date
    weeks: tuple[tuple[Day, ...], ...]
    before: str
    after: str
    count: int


def month_of(text: str, *, on: datetime.date) -> datetime.date:
    """Return the first day of a month written "YYYY-MM"; that of the day for anything else."""
    try:
        return datetime.date.fromisoformat(f"{text[:7]}-01")
    except ValueError:
        return on.replace(day=1)


def due_between(
    rows: Iterable[Task], *, first: datetime.date, last: datetime.date, on: datetime.date
) -> list[tuple[datetime.date, Due]]:
    """List the days from `first` to `last` on which tasks are due, also when they come again."""
    found: list[tuple[datetime.date, Due]] = []
    tasks = list(rows)
    opened = {task.previous_id for task in tasks}
    for task in tasks:
        if task.due_on is None:
            continue
        if first <= task.due_on <= last:
            found.append((task.due_on, Due(task, task.standing(on), False)))
        # once the next occurrence exists, it carries the rhythm on
        if task.state == "cancelled" or task.pk in opened:
            continue
        for day in times_of(task, until=last):
            if day >= first:
                found.append((day, Due(task, "planned", True)))
    return found


def month(rows: Iterable[Task], *, first: datetime.date, on: datetime.date) -> Month:
    """Put tasks on the days of a month on which they are due, also when they come round again."""
    last = moved(first, months=1) - datetime.timedelta(days=1)
    by_day: dict[datetime.date, list[Due]] = defaultdict(list)
    for day, due in due_between(rows, first=first, last=last, on=on):
        by_day[day].append(due)
    weeks = tuple(
        tuple(Day(day, day.month == first.month, day == on, tuple(by_day[day])) for day in week)
        for week in calendar.Calendar().monthdatescalendar(first.year, first.month)
    )
    count = sum(len(found) for found in by_day.values())
    before, after = moved(first, months=-1), moved(first, months=1)
    return Month(first, weeks, f"{before:%Y-%m}", f"{after:%Y-%m}", count)
