"""Slow and obvious: computes indicators row by row in plain Python, to judge the SQL."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from jiangxin.engines.measures.model import (
    AnyOf,
    Condition,
    Definition,
    FactSchema,
    Term,
    Value,
    Window,
)

Row = Mapping[str, object]
Facts = Mapping[str, list[Row]]
Closure = Iterable[tuple[str, str]]


def holds(condition: Condition, row: Row) -> bool:
    """Test one condition; a missing value meets none but `missing`."""
    seen, wanted = row[condition.column], condition.value
    if condition.operator == "missing":
        return seen is None
    if seen is None:
        return False
    return {
        "present": lambda: True,
        "is": lambda: seen == wanted,
        "is_not": lambda: seen != wanted,
        "in": lambda: seen in wanted,
        "not_in": lambda: seen not in wanted,
        "at_least": lambda: seen >= wanted,
        "at_most": lambda: seen <= wanted,
    }[condition.operator]()


def meets(term: Term, row: Row) -> bool:
    return all(
        any(all(holds(condition, row) for condition in group) for group in clause.groups)
        if isinstance(clause, AnyOf)
        else holds(clause, row)
        for clause in term.where
    )


def in_window(window: Window, row_year: int, year: int) -> bool:
    if window.since is not None:
        return window.since <= row_year <= year
    if window.years is not None:
        return year - window.years < row_year <= year
    return row_year == year


def amount(term: Term, rows: list[Row]) -> Fraction | None:
    """Aggregate the rows of one place and window."""
    rows = [row for row in rows if meets(term, row)]
    if term.aggregate == "count":
        return Fraction(len(rows))
    numbers = [row[term.column] for row in rows if row[term.column] is not None]
    if term.aggregate == "distinct":
        return Fraction(len(set(numbers)))
    if term.aggregate == "sum":
        return sum(map(Fraction, numbers), Fraction(0))
    if term.aggregate == "product_sum":
        pairs = ((row[term.column], row[term.weight]) for row in rows)
        return sum((Fraction(x) * w for x, w in pairs if None not in (x, w)), Fraction(0))
    if not numbers:
        return None
    ordered = sorted(numbers)
    place = Fraction(str(term.at)) * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


class Reference:
    """Answers for any definition over one set of facts."""

    def __init__(self, facts: Facts, closure: Closure, schemas: Mapping[str, FactSchema]) -> None:
        self.facts = facts
        self.below: dict[str, set[str]] = {}
        for ancestor, descendant in closure:
            self.below.setdefault(ancestor, set()).add(descendant)
        self.schemas = schemas
        self.years = {fact: {row["year"] for row in rows} for fact, rows in facts.items()}

    def rows(self, fact: str, scope: str, code: str) -> Iterator[Row]:
        for row in self.facts[fact]:
            if scope == "organisation":
                if row["organisation_code"] == code:
                    yield row
            elif row["region_code"] in self.below[code]:
                yield row

    def term(self, term: Term, scope: str, code: str, year: int) -> tuple[Fraction | None] | None:
        if year not in self.years[term.fact]:
            return None
        rows = [
            row
            for row in self.rows(term.fact, scope, code)
            if in_window(term.window, row["year"], year)
        ]
        return (amount(term, rows),) if rows else None

    def plain(self, definition: Definition, scope: str, code: str, year: int) -> tuple:
        """Return status, value, numerator, denominator, n, reason and missing."""
        formula = definition.formula
        numerator = self.term(formula.numerator, scope, code, year)
        denominator = None
        missing = [] if numerator else [formula.numerator.fact]
        if formula.denominator:
            denominator = self.term(formula.denominator, scope, code, year)
            missing += [] if denominator else [formula.denominator.fact]
        if missing:
            unique = tuple(dict.fromkeys(missing))
            return ("not_yet_measurable", None, None, None, 0, "no_rows", unique)
        cell = self.term(formula.cell, scope, code, year)
        n = int(cell[0])
        top = numerator[0]
        if denominator is None:
            status = "measured" if top is not None else "undefined"
            return (status, top, top, None, n, "" if top is not None else "no_rows", ())
        if not denominator[0]:
            return ("undefined", None, top, denominator[0], n, "no_denominator", ())
        return ("measured", top / denominator[0], top, denominator[0], n, "", ())

    def answer(self, definition: Definition, scope: str, code: str, year: int) -> tuple:
        formula = definition.formula
        now = self.plain(definition, scope, code, year)
        if formula.change == "value" or now[0] == "not_yet_measurable":
            return now
        then = self.plain(definition, scope, code, year - formula.years)
        if now[1] is None or then[1] is None:
            reason = "no_earlier_value" if now[1] is not None else now[5]
            return ("undefined", None, None, None, now[4], reason, ())
        n = min(now[4], then[4])
        change = now[1] - then[1]
        if formula.change == "lag":
            return (*then[:4], n, "", ())
        if formula.change == "difference":
            return ("measured", change, change, None, n, "", ())
        if not then[1]:
            return ("undefined", None, change, then[1], n, "no_denominator", ())
        return ("measured", change / then[1], change, then[1], n, "", ())

    def places(self, definition: Definition, years: Iterable[int]) -> Iterator[tuple]:
        """List the places that get an answer: every region, and organisations with rows."""
        main = definition.formula.denominator or definition.formula.numerator
        organisations = {row["organisation_code"] for row in self.facts[main.fact]} - {None}
        for year in years:
            for region in self.below:
                yield "region", region, year
            if definition.grain == "organisation":
                for code in organisations:
                    if self.term(main.rows, "organisation", code, year):
                        yield "organisation", code, year


def as_floats(answer: Value | tuple) -> tuple:
    """Make a value of the engine and an answer of the reference comparable."""
    numbers = tuple(None if x is None else float(x) for x in answer[1:4])
    return (answer[0], *numbers, *answer[4:])


def agree(got: tuple, wanted: tuple) -> bool:
    """Compare two answers: words and counts exactly, numbers but for the last bits."""
    return (got[0], got[4:]) == (wanted[0], wanted[4:]) and all(
        x is y is None or (None not in (x, y) and math.isclose(x, y, rel_tol=1e-12, abs_tol=1e-9))
        for x, y in zip(got[1:4], wanted[1:4], strict=True)
    )
