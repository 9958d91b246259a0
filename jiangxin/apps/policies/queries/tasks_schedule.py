"""When a task is due: what the words of a row say, and when a rhythm comes round again."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiangxin.apps.policies.models import Task
from jiangxin.apps.reference.queries import rule_value

if TYPE_CHECKING:
    from jiangxin.apps.policies.models import PolicyDocument

Recurrence = Task.Recurrence

MONTHS_OF = {
    Recurrence.MONTHLY.value: 1,
    Recurrence.QUARTERLY.value: 3,
    Recurrence.TERMLY.value: 6,
    Recurrence.YEARLY.value: 12,
}
# the longer word first: 每学年 holds no 每年, but 每个月 must not be read as 每月的 of a year
_RHYTHMS = (
    (re.compile(r"每个?学期"), Recurrence.TERMLY),
    (re.compile(r"每个?季度|每季"), Recurrence.QUARTERLY),
    (re.compile(r"每个?月(?!\d)|逐月|按月"), Recurrence.MONTHLY),
    (re.compile(r"每学?年|逐年|按年"), Recurrence.YEARLY),
)
_SENTENCE = re.compile(r"[。；;\n]")
_MONTH = re.compile(r"(?<!\d)(\d{1,2})(?:\s*[-–—~～至到]\s*(\d{1,2}))?\s*月(?!度)")
# a year, and what makes it a deadline: a month or its end, "by", or "before"
_DAY = re.compile(
    r"(?P<by>[到至]\s*)?(?P<year>20\d\d)\s*年\s*(?:(?P<month>\d{1,2})\s*月)?"
    r"(?:\s*(?P<day>\d{1,2})\s*日)?\s*(?P<end>年?[底末])?\s*(?P<before>以?前)?"
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """From when until when, and in which rhythm; days that nobody stated are empty.

    Args:
        due_on: last day, included; in a rhythm that of the first time.
    """

    starts_on: datetime.date | None = None
    due_on: datetime.date | None = None
    recurrence: str = Recurrence.ONCE


def schedule_of(words: str, *, since: datetime.date) -> Schedule:
    """Read when something is due from the words of a row, in a plan that begins on a day.

    Source:
        “每年5月前” and “2019年6月前” end with that month, as the labels of the five documents
        have it (温教发〔2018〕206号, 三（四）2 and 三（三）2); inferred, the words leave it open.
    """
    firm, loose = _stated_days(words)
    if firm:
        return Schedule(due_on=max([*firm, *loose]))
    rhythms = [
        found
        for sentence in _SENTENCE.split(words)
        if (found := _rhythm_of(sentence, since)).recurrence != Recurrence.ONCE
    ]
    dated = [found for found in rhythms if found.due_on]
    if dated or (rhythms and not loose):
        return (dated or rhythms)[0]
    return Schedule(due_on=max(loose, default=None))


def _rhythm_of(words: str, since: datetime.date) -> Schedule:
    rhythm = next((code for form, code in _RHYTHMS if form.search(words)), None)
    if rhythm is None:
        return Schedule()
    month = _MONTH.search(words) if rhythm == Recurrence.YEARLY else None
    last = int(month[2] or month[1]) if month else 0
    if not month or not 1 <= last <= 12:
        return Schedule(recurrence=rhythm)
    due = _month_end(since.year, last)
    if due < since:
        due = _month_end(since.year + 1, last)
    first = int(month[1])
    spans = bool(month[2]) and 1 <= first <= last
    return Schedule(datetime.date(due.year, first, 1) if spans else None, due, rhythm)


def _stated_days(words: str) -> tuple[list[datetime.date], list[datetime.date]]:
    """Return the days that words name, and the ends of years that they only aim at ("by 2028")."""
    firm, loose = [], []
    for found in _DAY.finditer(words):
        month = int(found["month"] or 12)
        if not 1 <= month <= 12:
            continue
        last = _month_end(int(found["year"]), month)
        day = int(found["day"] or last.day)
        if not 1 <= day <= last.day:
            continue
        if found["month"] or found["end"] or found["before"]:
            firm.append(last.replace(day=day))
        elif found["by"]:
            loose.append(last)
    return firm, loose


def _month_end(year: int, month: int) -> datetime.date:
    return datetime.date(year, month, calendar.monthrange(year, month)[1])


def plan_of(document: PolicyDocument | None) -> tuple[datetime.date | None, datetime.date | None]:
    """Return the first and the last day of a document's plan."""
    if document is None:
        return None, None
    ends = document.plan_ends_on
    return document.plan_starts_on, ends - datetime.timedelta(days=1) if ends else None


def moved(day: datetime.date, *, months: int, is_month_end: bool = False) -> datetime.date:
    """Return the day some months later; the end of a month stays the end of a month."""
    count = day.year * 12 + day.month - 1 + months
    last = _month_end(count // 12, count % 12 + 1)
    return last if is_month_end else last.replace(day=min(day.day, last.day))


def next_due(task: Task) -> datetime.date | None:
    """Return when the task comes round again, or nothing if it does not."""
    months = MONTHS_OF.get(task.recurrence)
    if months is None or task.due_on is None:
        return None
    is_end = task.due_on == _month_end(task.due_on.year, task.due_on.month)
    due = moved(task.due_on, months=months, is_month_end=is_end)
    return due if task.repeats_until is None or due <= task.repeats_until else None


def times_of(task: Task, *, until: datetime.date) -> Iterator[datetime.date]:
    """Walk the days on which a task will come round after its present deadline."""
    months = MONTHS_OF.get(task.recurrence)
    if months is None or task.due_on is None:
        return
    is_end = task.due_on == _month_end(task.due_on.year, task.due_on.month)
    last = min(until, task.repeats_until) if task.repeats_until else until
    step = months
    while (day := moved(task.due_on, months=step, is_month_end=is_end)) <= last:
        yield day
        step += months


def days_of(code: str, *, on: datetime.date, path: str) -> tuple[int, ...]:
    """Return the days that a rule such as `reminder_days` lists."""
    content = rule_value(code, on=on, path=path).content
    if not isinstance(content, tuple):
        raise TypeError(f"{code} should list days")
    return tuple(int(days) for days in content)
