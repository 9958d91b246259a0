"""Days and periods as people and sheets write them: 2026年3月1日, 2026.3.1, 20260301, 46082."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core.forms.model import Field
from jiangxin.core.forms.written import INVISIBLE, Outcome, Refusal, is_empty, is_finite, shortened

# the oldest schools were founded in the 1860s
FIRST, LAST = date(1800, 1, 1), date(2199, 12, 31)
# day 0 of sheets, so that every day from March 1900 on has its number; smaller numbers than
# 1927 are refused, because 2026 in a date cell is a year and not a day of 1905
_DAY_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, (date(2100, 1, 1) - _DAY_ZERO).days)
_DAY = r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?[日号]?|(\d{4})(\d{2})(\d{2})"
_WRITTEN = re.compile(
    rf"(?:{_DAY})(?:[ t]\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)?", re.IGNORECASE
)
_MONTH = re.compile(r"\d{4}\s?(?:[-/.年]\s?\d{1,2}\s?月?份?|年)?")
_ONE_DAY = r"(?:\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?[日号]?|\d{8})"
_OPEN = r"(?:至?今|现在|长期|now)"
_SPAN = re.compile(
    rf"(?P<first>{_ONE_DAY})\s*(?:(?:--?|~|至|到|—+|–)\s*(?:(?P<last>{_ONE_DAY})|{_OPEN})|{_OPEN}|起)"
)


def read_date(field: Field, raw: Any) -> Outcome:
    """Read a day; stored as YYYY-MM-DD."""
    day = _day(raw)
    if day is None:
        return None, _no_day(raw)
    if not FIRST <= day <= LAST:
        return None, (
            "date",
            _("%(day)s lies outside the years from %(first)s to %(last)s.")
            % {"day": day.isoformat(), "first": FIRST.year, "last": LAST.year},
            _("Check the year."),
        )
    return day.isoformat(), None


def read_period(field: Field, raw: Any) -> Outcome:
    """Read a period; stored half-open as {"from": first day, "to": day after the last, or null}.

    A mapping may give `to` (the day after, as stored) or `last` (the last day itself, as people
    write it); a text such as 2026.3.1—2026.8.31 gives the last day.
    """
    edges = _edges(raw)
    if edges is None:
        return None, (
            "period",
            _("“%(raw)s” is not a period.") % {"raw": shortened(raw)},
            _("Write first and last day, such as 2026-03-01 至 2026-08-31, or 2026-03-01 至今."),
        )
    first_raw, last_raw, is_last_included = edges
    first, refusal = read_date(field, first_raw)
    if refusal is not None:
        return None, refusal
    if is_empty(last_raw):
        return {"from": first, "to": None}, None
    last, refusal = read_date(field, last_raw)
    if refusal is not None:
        return None, refusal
    if is_last_included:
        last = (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    if last <= first:
        return None, (
            "period",
            _("The period ends before it begins."),
            _("Check both days: the first is %(first)s.") % {"first": first},
        )
    return {"from": first, "to": last}, None


def _edges(raw: Any) -> tuple[Any, Any, bool] | None:
    """Return first day, end and whether the end is the last day itself."""
    if isinstance(raw, Mapping):
        if set(raw) - {"from", "to", "last"} or is_empty(raw.get("from")):
            return None
        if not is_empty(raw.get("last")):
            return raw["from"], raw["last"], True
        return raw["from"], raw.get("to"), False
    if not isinstance(raw, str):
        return None
    match = _SPAN.fullmatch(_plain(raw)) if len(raw) <= 100 else None
    if match is None:
        return None
    return match["first"], match["last"], True


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).strip().lower()


def _day(raw: Any) -> date | None:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float | Decimal):
        if not is_finite(raw):
            return None
        whole = int(raw)
        if whole in _SERIALS:
            return _DAY_ZERO + timedelta(days=whole)
        raw = str(whole) if whole == raw else ""
    if not isinstance(raw, str) or len(raw) > 100:
        return None
    text = _plain(raw)
    if text.isdecimal() and len(text) == 5 and int(text) in _SERIALS:
        return _DAY_ZERO + timedelta(days=int(text))
    match = _WRITTEN.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _no_day(raw: Any) -> Refusal:
    text = _plain(str(raw))
    message = _("“%(raw)s” is not a day.") % {"raw": shortened(raw)}
    if _WRITTEN.fullmatch(text):
        return "date", message, _("There is no such day in the calendar: check month and day.")
    if _MONTH.fullmatch(text):
        return "date", message, _("Give the whole day with month and day, such as 2026-03-01.")
    return "date", message, _("Write year, month and day, such as 2026-03-01 or 2026年3月1日.")
