"""What the expressions of forms are compiled to: small functions over an environment.

Every function returns None where the result is unknown. Numbers are compared with a tolerance of
one part in 1e9, so that shares of 33.3, 33.3 and 33.4 add up to 100.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from jiangxin.core.forms.model import Field, Values

LARGEST = 1e15
_TOLERANCE = 1e-9
_NOTHING: Mapping[str, Any] = {}


class Env:
    """What an expression may read.

    Args:
        values: readable values of the form that apply; `row` is the row of a table, if within.
        previous: the approved values of the last period; `rules` numbers given by the caller.
        unreadable: codes of fields that hold something unreadable; `dropped` of those that do
            not apply. A table that is missing for another reason has no rows.
        is_draft: in a draft a missing table is not filled in yet, hence unknown.
    """

    __slots__ = ("dropped", "is_draft", "previous", "row", "rules", "unreadable", "values")

    def __init__(
        self,
        values: Values,
        *,
        previous: Mapping[str, Any] | None = None,
        rules: Mapping[str, float] = _NOTHING,
        is_draft: bool = False,
    ) -> None:
        self.values = values
        self.row: Mapping[str, Any] = _NOTHING
        self.previous = previous or _NOTHING
        self.rules = rules
        self.unreadable: set[str] = set()
        self.dropped: set[str] = set()
        self.is_draft = is_draft

    def within(self, row: Mapping[str, Any]) -> Env:
        """Return the same environment inside a row of a table."""
        inner = Env.__new__(Env)
        inner.values, inner.row, inner.previous = self.values, row, self.previous
        inner.rules, inner.is_draft = self.rules, self.is_draft
        inner.unreadable, inner.dropped = self.unreadable, self.dropped
        return inner


Run = Callable[[Env], Any]


def constant(value: Any) -> Run:
    """Give a value that is written in the expression."""
    return lambda env: value


def of_form(field: Field) -> Run:
    """Read a field of the form; of a link its code."""
    code = field.code
    if field.type == "link":
        return lambda env: (env.values.get(code) or _NOTHING).get("code")
    return lambda env: env.values.get(code)


def of_row(field: Field) -> Run:
    """Read a column of the row."""
    code = field.code
    if field.type == "link":
        return lambda env: (env.row.get(code) or _NOTHING).get("code")
    return lambda env: env.row.get(code)


def previous(field: Field, types: tuple[type, ...]) -> Run:
    """Read a field of the last period; a value of another type, from an old version, is unknown."""
    code, is_link = field.code, field.type == "link"

    def run(env: Env) -> Any:
        value = env.previous.get(code)
        if is_link and isinstance(value, dict):
            value = value.get("code")
        is_odd = isinstance(value, bool) is not (types == (bool,))
        return None if is_odd or not isinstance(value, types) else value

    return run


def rule(code: str) -> Run:
    """Read a number of the rules."""
    return lambda env: env.rules.get(code)


def add(first: Run, second: Run) -> Run:
    """Add two numbers."""
    return _arithmetic(lambda a, b: a + b, first, second)


def subtract(first: Run, second: Run) -> Run:
    """Take the second from the first."""
    return _arithmetic(lambda a, b: a - b, first, second)


def multiply(first: Run, second: Run) -> Run:
    """Multiply two numbers."""
    return _arithmetic(lambda a, b: a * b, first, second)


def divide(first: Run, second: Run) -> Run:
    """Divide; by zero is unknown."""
    return _arithmetic(lambda a, b: a / b if b else None, first, second)


def _arithmetic(act: Callable[[Any, Any], Any], first: Run, second: Run) -> Run:
    def run(env: Env) -> Any:
        a, b = first(env), second(env)
        if a is None or b is None:
            return None
        try:
            result = act(a, b)
        except OverflowError:
            return None
        return result if result is not None and -math.inf < result < math.inf else None

    return run


def negate(inner: Run) -> Run:
    """Turn true into false; unknown stays unknown."""

    def run(env: Env) -> Any:
        value = inner(env)
        return None if value is None else not value

    return run


def all_of(parts: Sequence[Run]) -> Run:
    """Kleene's and: one false is false, else one unknown is unknown."""
    if len(parts) == 1:
        return parts[0]

    def run(env: Env) -> Any:
        result: bool | None = True
        for part in parts:
            value = part(env)
            if value is False:
                return False
            if value is None:
                result = None
        return result

    return run


def any_of(parts: Sequence[Run]) -> Run:
    """Kleene's or: one true is true, else one unknown is unknown."""

    def run(env: Env) -> Any:
        result: bool | None = False
        for part in parts:
            value = part(env)
            if value is True:
                return True
            if value is None:
                result = None
        return result

    return run


def choose(test: Run, first: Run, second: Run) -> Run:
    """Give the first where the test is true, the second where it is false."""

    def run(env: Env) -> Any:
        value = test(env)
        return None if value is None else (first if value else second)(env)

    return run


def compare_numbers(sign: str, first: Run, second: Run) -> Run:
    """Compare two numbers, with the tolerance."""
    is_strict, is_turned = sign in ("<", ">", "!="), sign in (">", ">=")

    def run(env: Env) -> Any:
        a, b = first(env), second(env)
        if a is None or b is None:
            return None
        is_equal = a == b or abs(a - b) <= _TOLERANCE * max(1, abs(a), abs(b))
        if is_equal or sign in ("==", "!="):
            return is_equal is not is_strict
        return a > b if is_turned else a < b

    return run


def compare_texts(sign: str, first: Run, second: Run) -> Run:
    """Compare texts, days or truths."""
    act = _TEXTS[sign]

    def run(env: Env) -> Any:
        a, b = first(env), second(env)
        return None if a is None or b is None else act(a, b)

    return run


_TEXTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def is_in(item: Run, several: Run) -> Run:
    """Whether the item is one of several."""

    def run(env: Env) -> Any:
        value, among = item(env), several(env)
        return None if value is None or among is None else value in among

    return run


def length(several: Run) -> Run:
    """Count the answers of a choice with several."""

    def run(env: Env) -> Any:
        value = several(env)
        return None if value is None else len(value)

    return run


def filled(code: str) -> Run:
    """Whether the field has a value; unknown while it holds something unreadable."""

    def run(env: Env) -> Any:
        is_missing = code not in env.values
        return None if is_missing and code in env.unreadable else not is_missing

    return run


def filled_in_row(code: str) -> Run:
    """Whether the column of this row has a value."""
    return lambda env: code in env.row


def rows_of(code: str) -> Run:
    """Read the rows of a table."""

    def run(env: Env) -> Any:
        if code in env.unreadable or code in env.dropped:
            return None
        rows = env.values.get(code)
        return () if rows is None and not env.is_draft else rows

    return run


def _cells(rows: Run, column: str, wanted: Run | None) -> Run:
    """Read the values of a column in the rows that are wanted; empty cells are left out."""

    def run(env: Env) -> Any:
        found = rows(env)
        if found is None:
            return None
        if wanted is not None:
            found = [row for row in found if wanted(env.within(row)) is True]
        if not column:
            return found
        return [row[column] for row in found if column in row]

    return run


def _aggregate(act: Callable[[Any], Any]) -> Callable[[Run, str, Run | None], Run]:
    def build(rows: Run, column: str, wanted: Run | None) -> Run:
        cells = _cells(rows, column, wanted)

        def run(env: Env) -> Any:
            found = cells(env)
            return None if found is None else act(found)

        return run

    return build


def _distinct(cells: Sequence[Any]) -> int:
    return len({repr(cell) for cell in cells})


AGGREGATES: Mapping[str, Callable[[Run, str, Run | None], Run]] = {
    "count": _aggregate(len),
    "sum": _aggregate(lambda cells: math.fsum(cells)),
    "distinct": _aggregate(_distinct),
    "min": _aggregate(lambda cells: min(cells, default=None)),
    "max": _aggregate(lambda cells: max(cells, default=None)),
}


def extreme(name: str, parts: Sequence[Run]) -> Run:
    """Give the smallest or largest of several numbers."""
    act: Callable[[list[Any]], Any] = min if name == "min" else max

    def run(env: Env) -> Any:
        values = [part(env) for part in parts]
        return None if None in values else act(values)

    return run


def absolute(inner: Run) -> Run:
    """Give the size of a number."""

    def run(env: Env) -> Any:
        value = inner(env)
        return None if value is None else abs(value)

    return run


def rounded(inner: Run, digits: int) -> Run:
    """Round half away from zero, as people do."""
    scale = 10**digits

    def run(env: Env) -> Any:
        value = inner(env)
        if value is None or abs(value) > LARGEST:
            return value
        size = math.floor(abs(value) * scale + 0.5 + _TOLERANCE) / scale
        return math.copysign(size, value)

    return run


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:  # a value of the last period, from a version in which it was no day
        return None


def year(day: Run) -> Run:
    """Give the year of a day."""

    def run(env: Env) -> Any:
        found = _day(day(env))
        return found and found.year

    return run


def days(first: Run, second: Run) -> Run:
    """Count the days from the first day to the second."""

    def run(env: Env) -> Any:
        a, b = _day(first(env)), _day(second(env))
        return (b - a).days if a and b else None

    return run


def edge(period: Run, key: str) -> Run:
    """Give the first day of a period, or the day after its last."""

    def run(env: Env) -> Any:
        value = period(env)
        return None if value is None else value.get(key)

    return run
