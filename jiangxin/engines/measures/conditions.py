"""Which rows of a fact count: conditions and windows become tests of the row `f`."""

from __future__ import annotations

from sqlglot import exp

from jiangxin.engines.measures.model import AnyOf, Condition, Scalar, Where, Window


def tests_of(where: Where) -> list[exp.Expr]:
    """Turn the clauses of `where` into tests that must all hold."""
    tests: list[exp.Expr] = []
    for clause in where:
        if isinstance(clause, AnyOf):
            groups = [exp.and_(*(_test(one) for one in group)) for group in clause.groups]
            tests.append(exp.or_(*groups))
        else:
            tests.append(_test(clause))
    return tests


def _test(condition: Condition) -> exp.Expr:
    column = exp.column(condition.column, "f")
    value = condition.value
    if condition.operator == "present":
        return column.is_(exp.null()).not_()
    if condition.operator == "missing":
        return column.is_(exp.null())
    if condition.operator in ("in", "not_in"):
        items = value if isinstance(value, tuple) else ()
        test: exp.Expr = column.isin(*(_literal(item) for item in items))
        return test if condition.operator == "in" else test.not_()
    if value is True or value is False:
        is_wanted = value is (condition.operator == "is")
        return column if is_wanted else column.not_()
    literal = _literal(value if isinstance(value, str | int) else "")
    if condition.operator == "is":
        return column.eq(literal)
    if condition.operator == "is_not":
        return column.neq(literal)
    return column >= literal if condition.operator == "at_least" else column <= literal


def in_window(window: Window, year: exp.Expr) -> exp.Expr:
    """Test whether the row `f` counts for the year."""
    row_year = exp.column("year", "f")
    first: exp.Expr
    if window.since is not None:
        first = exp.Literal.number(window.since)
        return exp.and_(row_year >= first, row_year <= year.copy())
    if window.years is not None:
        first = year.copy() - exp.Literal.number(window.years)
        return exp.and_(row_year > first, row_year <= year.copy())
    return row_year.eq(year.copy())


def _literal(value: Scalar) -> exp.Expr:
    return exp.Literal.string(value) if isinstance(value, str) else exp.Literal.number(value)
