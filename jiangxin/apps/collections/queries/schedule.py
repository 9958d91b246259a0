"""On which days editions of a rhythm open and are due."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from jiangxin.apps.collections.models import Day, Recurrence
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One edition of a rhythm: its period, the year it speaks of, and its days."""

    period: str
    year: int
    opens_on: datetime.date
    due_on: datetime.date
    late_until: datetime.date


def occurrences(
    recurrence: Recurrence, *, region_code: str, first: datetime.date, last: datetime.date
) -> list[Occurrence]:
    """List the editions that are still due on the first day or later and open until the last day.

    Args:
        region_code: whose terms count.
    """
    opens, due = recurrence.opens, recurrence.due
    if opens is None or due is None:
        return []
    found = []
    for period, begin, end in _periods(recurrence, opens, due, region_code, first, last):
        if end >= first and begin <= last:
            found.append(
                Occurrence(
                    period,
                    begin.year + recurrence.year_offset,
                    begin,
                    end,
                    end + datetime.timedelta(days=recurrence.late_days),
                )
            )
    return found


def _periods(
    recurrence: Recurrence,
    opens: Day,
    due: Day,
    region_code: str,
    first: datetime.date,
    last: datetime.date,
) -> Iterator[tuple[str, datetime.date, datetime.date]]:
    if recurrence.every == "once":
        yield str(opens.year), _on(opens.year, opens, 1), _on(due.year, due, 1)
        return
    # an edition may begin two years before it is due (months count up to 24)
    for year in range(first.year - 2, last.year + 1):
        if recurrence.every == "year":
            yield str(year), _on(year, opens, 1), _on(year, due, 1)
        elif recurrence.every == "quarter":
            for quarter in range(4):
                start = quarter * 3 + 1
                yield f"{year}-Q{quarter + 1}", _on(year, opens, start), _on(year, due, start)
        elif recurrence.every == "month":
            for month in range(1, 13):
                yield f"{year}-{month:02}", _on(year, opens, month), _on(year, due, month)
        elif recurrence.every == "term":
            for season, start_day in _terms(region_code, year):
                yield (
                    f"{year}-{season}",
                    start_day + datetime.timedelta(days=opens.day - 1),
                    start_day + datetime.timedelta(days=due.day - 1),
                )


def _terms(region_code: str, school_year: int) -> list[tuple[str, datetime.date]]:
    try:
        terms = reference.terms_for(region_code, school_year)
    except NotFound:  # the region did not exist then
        return []
    return [(term.season, term.starts_on) for term in terms]


def _on(year: int, day: Day, first_month: int) -> datetime.date:
    """Return the day; the 31st of a shorter month is its last day."""
    month = first_month + day.month - 1
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
