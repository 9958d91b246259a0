"""Made-up answers to any form, so that the demo shows what a filled register looks like."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jiangxin.core.forms import Field, Form, clean

# plausible spans where the form states none, by unit
_SPANS: Mapping[str, tuple[float, float]] = {
    "person": (40, 600),
    "m2": (800, 12_000),
    "percent": (55, 95),
    "share": (0.55, 0.95),
    "year": (1, 5),
    "class_hour": (32, 320),
    "hour": (32, 320),
    "person_time": (100, 2_400),
}
_ANY = (1, 24)

# kind of link and what narrows it → codes to choose from
Codes = Callable[[str, Mapping[str, Any]], Sequence[str]]


class Sampler:
    """Draws answers from the name of a thing: the same name gives the same answers."""

    def __init__(self, codes: Codes, *, year: int) -> None:
        self._codes = codes
        self._year = year

    def values(
        self, form: Form, key: str, *, given: Mapping[str, Any] | None = None, partial: bool = False
    ) -> dict[str, Any]:
        """Return answers to every field that can be made up; files and persons cannot.

        Answers that break a rule of the form are drawn anew; what does not come right is left out.

        Args:
            given: answers that are known; they are not drawn.
            partial: answers to required fields may be missing.
        """
        known = dict(given or {})
        checks = {check.code: check.fields for check in form.checks}
        drawn = {**self._row(form.fields, key, known), **known}
        for attempt in range(90):
            checked = clean(form, drawn, partial=partial)
            wrong = {
                code
                for problem in checked.errors
                for code in (problem.field, *checks.get(problem.rule.removeprefix("check:"), ()))
                if code not in known
            }
            if not wrong:
                break
            again = self._row(form.fields, f"{key}#{attempt}", {**drawn, **known})
            drawn = {code: v for code, v in drawn.items() if code not in wrong} | {
                code: v for code, v in again.items() if code in wrong and attempt < 84
            }
        return drawn

    def _row(self, fields: Sequence[Field], key: str, known: Mapping[str, Any]) -> dict[str, Any]:
        drawn: dict[str, Any] = {}
        whole: float | None = None
        for field in fields:
            if field.label.zh_hans.startswith("其中") and whole is not None:
                # "of them": a part of the number above
                part = whole * (0.15 + 0.5 * _draw(f"{key}/{field.code}"))
                drawn[field.code] = int(part)
                continue
            value = self._value(field, f"{key}/{field.code}")
            if value is not None:
                drawn[field.code] = value
            if field.type in ("number", "money"):
                whole = known.get(field.code, value)
        return drawn

    def _value(self, field: Field, key: str) -> Any:
        draw = _draw(key)
        match field.type:
            case "text":
                return f"{field.label.zh_hans}（演示）"
            case "number" | "money":
                return _number(field, draw)
            case "date":
                day = datetime.date(self._year - 2, 1, 1) + datetime.timedelta(days=int(draw * 600))
                return day.isoformat()
            case "period":
                return {"from": f"{self._year - 1}-01-01", "to": f"{self._year + 2}-01-01"}
            case "choice":
                return _choice(field, draw)
            case "yes_no":
                return draw < 0.8
            case "link":
                return self._link(field, draw)
            case "table":
                return self._table(field, key)
        return None

    def _link(self, field: Field, draw: float) -> dict[str, str] | None:
        codes = self._codes(field.to, field.where)
        if not codes:
            return None
        return {"kind": field.to, "code": codes[int(draw * len(codes))]}

    def _table(self, field: Field, key: str) -> list[dict[str, Any]]:
        first = next((column for column in field.columns if column.type == "choice"), None)
        size = max(field.min_rows, len(first.choices) if first is not None else 2)
        size = min(size, field.max_rows or size, 8)
        rows = [self._row(field.columns, f"{key}/{n}", {}) for n in range(size)]
        if first is not None and not first.many:
            # every answer once, so that no tier of a council is empty
            for row, choice in zip(rows, first.choices, strict=False):
                row[first.code] = choice.code
        return rows


def _draw(key: str) -> float:
    """Return a number between 0 and 1 that belongs to the name."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:6], "big") / 2**48


def _number(field: Field, draw: float) -> float | int:
    low, high = _SPANS.get(field.unit, _ANY) if field.type == "number" else (200_000, 6_000_000)
    low = max(low, field.low) if field.low is not None else low
    high = min(high, field.high) if field.high is not None else max(high, 2 * low)
    number = low + draw * (max(high, low) - low)
    if field.type == "money":
        return round(number / 10_000) * 10_000
    whole = field.decimals == 0 or high - low > 5
    return int(number) if whole else round(number, min(field.decimals or 2, 2))


def _choice(field: Field, draw: float) -> Any:
    codes = [choice.code for choice in field.choices]
    first = int(draw * len(codes))
    if not field.many:
        return codes[first]
    return [codes[(first + n) % len(codes)] for n in range(min(len(codes), 3))]
