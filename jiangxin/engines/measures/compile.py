"""Definitions become SQL, as trees of sqlglot: one dialect more costs nothing, nothing is pasted.

Each fact is read once (a *scan*): first summed per region, organisation and year, then rolled
up the region tree. Distinct counts and quantiles cannot be summed and are rolled up row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from jiangxin.engines.base import InvalidProblem
from jiangxin.engines.measures.conditions import in_window, tests_of
from jiangxin.engines.measures.model import (
    Definition,
    Dialect,
    FactSchema,
    Query,
    Scalar,
    Scope,
    Term,
    Window,
)

Schemas = Mapping[str, FactSchema]

KEY = ("scope", "code", "year", "part")
RESULT_COLUMNS = (*KEY, "numerator", "denominator", "value", "n")

_SQL_TYPES = {
    "text": "TEXT",
    "integer": "BIGINT",
    "decimal": "DECIMAL(18, 4)",
    "boolean": "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """One pass over a fact that answers all terms which share fact, window and additivity."""

    fact: str
    window: Window
    is_additive: bool
    terms: tuple[Term, ...]
    # Whether organisations are asked for, and not only regions.
    has_organisations: bool

    def name_of(self, term: Term) -> str:
        """Return the column that holds this term."""
        return f"t{self.terms.index(term)}"


def scans_of(definitions: Iterable[Definition]) -> tuple[Scan, ...]:
    """Group all terms of the definitions into as few passes over the facts as possible."""
    groups: dict[tuple[str, Window, bool], dict[Term, None]] = {}
    asked_of_organisations = set()
    for definition in definitions:
        formula = definition.formula
        for term in (*formula.terms, formula.cell):
            key = (term.fact, term.window, term.is_additive)
            groups.setdefault(key, {})[term] = None
            if definition.grain == "organisation":
                asked_of_organisations.add(key)
    return tuple(
        Scan(*key, tuple(group), key in asked_of_organisations) for key, group in groups.items()
    )


def compile(  # noqa: A001 -- the verb of this engine, used as measures.compile
    definition: Definition, schemas: Schemas, *, dialect: Dialect, by: str | None = None
) -> Query:
    """Turn a definition into one statement for every region, organisation and year.

    Args:
        by: breakdown column; the values then stand per `part`, and `part` is "" without it.

    Returns:
        A query with the columns scope, code, year, part, numerator, denominator, value and n.
        A value without denominator, or with one fact missing for the place, is NULL.

    Raises:
        InvalidProblem: the dialect has no quantiles, or `by` is no column of closed values.

    Method:
        Linear in the rows of the facts; sums are taken per organisation before the roll-up, so
        the region tree costs organisations × depth, not rows × depth.
    """
    formula = definition.formula
    scans = scans_of([definition])
    statement = exp.Select()
    branches = []
    for number, scan in enumerate(scans):
        statement = _with_scan(statement, scan, schemas, dialect, by=by, prefix=f"s{number}")
        picks: list[exp.Expr] = [exp.column(name) for name in KEY]
        for role, term in (
            ("numerator", formula.numerator),
            ("denominator", formula.denominator),
            ("n", formula.cell),
        ):
            here = term is not None and term in scan.terms
            value = exp.column(scan.name_of(term)) if here and term else _null(role)
            picks.append(exp.alias_(value, role))
        branches.append(exp.select(*picks).from_(f"s{number}"))
    merged = exp.select(*KEY, *(_as(_sum(c), c) for c in ("numerator", "denominator", "n")))
    merged = merged.from_(
        exp.Subquery(this=_union(branches), alias=exp.to_identifier("pieces"))
    ).group_by(*KEY)
    statement = statement.with_("merged", as_=merged)
    numerator = exp.cast(exp.column("numerator"), "DOUBLE")
    if formula.denominator is None:
        value = numerator
    else:
        value = numerator / exp.func("NULLIF", exp.column("denominator"), exp.Literal.number(0))
    valued = exp.select(*KEY, "numerator", "denominator", _as(value, "value"), "n").from_("merged")
    if formula.change == "value":
        statement = statement.select(*valued.expressions).from_("merged")
    else:
        statement = _against_earlier(statement.with_("valued", as_=valued), definition)
    return Query(statement.sql(dialect=dialect, pretty=True), dialect, RESULT_COLUMNS)


def _against_earlier(statement: exp.Select, definition: Definition) -> exp.Select:
    """Join each value with that of the earlier year."""
    formula = definition.formula

    def now(name: str) -> exp.Column:
        return exp.column(name, "now")

    def then(name: str) -> exp.Column:
        return exp.column(name, "earlier")

    difference = now("value") - then("value")
    none = exp.cast(exp.null(), "DOUBLE")
    picks: tuple[exp.Expr, exp.Expr, exp.Expr]
    if formula.change == "lag":
        # where the year itself has no value, it has no earlier one either
        known = exp.Not(this=exp.Is(this=now("value"), expression=exp.null()))
        picks = (
            then("numerator"),
            then("denominator"),
            exp.Case().when(known, then("value")),
        )
    elif formula.change == "difference":
        picks = (difference, none, difference)
    else:
        share = difference / exp.func("NULLIF", then("value"), exp.Literal.number(0))
        picks = (difference, then("value"), share)
    smaller = exp.Case().when(then("n") < now("n"), then("n")).else_(now("n"))
    names = ("numerator", "denominator", "value")
    statement = statement.select(*(now(key) for key in KEY))
    statement = statement.select(
        *(_as(pick, name) for pick, name in zip(picks, names, strict=True)), _as(smaller, "n")
    )
    same = [now(key).eq(then(key)) for key in ("scope", "code", "part")]
    past = then("year").eq(now("year") - exp.Literal.number(formula.years))
    return statement.from_("valued AS now").join(
        exp.to_table("valued").as_("earlier"), on=exp.and_(*same, past), join_type="left"
    )


def scan_query(scan: Scan, schemas: Schemas, *, dialect: Dialect, by: str | None = None) -> Query:
    """Turn a scan into a statement: the key, `fact_rows`, and a column per term."""
    statement = _with_scan(exp.Select(), scan, schemas, dialect, by=by, prefix="s")
    columns = (*KEY, "fact_rows", *(scan.name_of(term) for term in scan.terms))
    statement = statement.select(*columns, copy=False).from_("s", copy=False)
    return Query(statement.sql(dialect=dialect), dialect, columns)


def rows_query(
    definition: Definition,
    schemas: Schemas,
    *,
    dialect: Dialect,
    scope: Scope,
    code: str,
    year: int,
    side: str = "numerator",
    limit: int = 1000,
) -> Query:
    """List the fact rows behind one value, in the order of the fact's key.

    Args:
        side: "numerator" or "denominator"; for a formula against an earlier year, the rows
            are those of `year`.

    Raises:
        InvalidProblem: the formula has no denominator.
    """
    term = definition.formula.denominator if side == "denominator" else definition.formula.numerator
    if term is None:
        raise InvalidProblem(f"{definition.code} has no denominator.", field="side")
    schema = schemas[term.fact]
    columns = tuple(column.name for column in schema.columns)
    rows = exp.select(*(exp.column(name, "f") for name in columns)).from_(f"{term.fact} AS f")
    if scope == "region":
        rows = rows.join(
            "region_closure AS c", on="c.descendant_code = f.region_code", join_type="inner"
        ).where(exp.column("ancestor_code", "c").eq(exp.Placeholder(this="code")))
    else:
        rows = rows.where(exp.column("organisation_code", "f").eq(exp.Placeholder(this="code")))
    rows = rows.where(in_window(term.window, exp.Placeholder(this="year")), *tests_of(term.where))
    order = [exp.column(name, "f") for name in (*schema.key, "year")]
    rows = rows.order_by(*order).limit(int(limit))
    parameters: dict[str, Scalar] = {"code": code, "year": year}
    return Query(rows.sql(dialect=dialect, pretty=True), dialect, columns, parameters)


def create_table_sql(schema: FactSchema, *, dialect: Dialect, temporary: bool = False) -> str:
    """Write the statement that makes an empty table for a fact."""
    columns = [
        exp.ColumnDef(
            this=exp.to_identifier(column.name),
            kind=exp.DataType.build(_SQL_TYPES[column.type]),
            constraints=[]
            if column.nullable
            else [exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())],
        )
        for column in schema.columns
    ]
    table = exp.Schema(this=exp.to_table(schema.code), expressions=columns)
    kind = exp.Properties(expressions=[exp.TemporaryProperty()]) if temporary else None
    return exp.Create(this=table, kind="TABLE", properties=kind).sql(dialect=dialect)


def _with_scan(
    statement: exp.Select,
    scan: Scan,
    schemas: Schemas,
    dialect: Dialect,
    *,
    by: str | None,
    prefix: str,
) -> exp.Select:
    """Add the common table expressions of one scan; the last is called `prefix`."""
    schema = schemas[scan.fact]
    if by is not None:
        column = schema.column(by)
        if column is None or not column.values:
            raise InvalidProblem(
                f"by: {by!r} is no column of closed values of fact {scan.fact}.", field="by"
            )
    aggregates = [
        _as(exp.Count(this=exp.Star()), "fact_rows"),
        *(_as(_aggregate(term, dialect), scan.name_of(term)) for term in scan.terms),
    ]
    if not scan.is_additive:
        return statement.with_(prefix, as_=_rolled_up_by_row(scan, aggregates, by), copy=False)
    names = ["region_code", "year", *(["organisation_code"] if scan.has_organisations else [])]
    place: list[exp.Expr] = [exp.column(name, "f") for name in names]
    if by is not None:
        place.append(_part(by))
    leaf = exp.select(*place, *aggregates, copy=False).from_(f"{scan.fact} AS f", copy=False)
    leaf = leaf.group_by(*(item.unalias().copy() for item in place), copy=False)
    statement = statement.with_(f"{prefix}_leaf", as_=leaf, copy=False)
    return statement.with_(prefix, as_=_rolled_up(scan, schema, f"{prefix}_leaf", by), copy=False)


def _rolled_up(scan: Scan, schema: FactSchema, leaf: str, by: str | None) -> exp.Expr:
    """Sum the leaves per organisation and, through the closure, per region."""
    names = ["fact_rows", *(scan.name_of(term) for term in scan.terms)]
    is_exact = {"fact_rows": True}
    for term in scan.terms:
        read = (schema.column(name) for name in (term.column, term.weight) if name)
        is_exact[scan.name_of(term)] = all(column and column.type == "integer" for column in read)

    def total(name: str) -> exp.Expr:
        value = exp.func("COALESCE", _sum(exp.column(name, "f")), exp.Literal.number(0), copy=False)
        return _as(exp.cast(value, "BIGINT", copy=False) if is_exact[name] else value, name)

    totals = [total(name) for name in names]
    part = exp.column("part", "f") if by is not None else None
    source = exp.to_table(leaf)
    return _both_scopes(scan, source, totals, part)


def _rolled_up_by_row(scan: Scan, aggregates: Sequence[exp.Expr], by: str | None) -> exp.Expr:
    part = _part(by).unalias() if by is not None else None
    return _both_scopes(scan, exp.to_table(scan.fact), aggregates, part)


def _both_scopes(
    scan: Scan,
    source: exp.Table,
    aggregates: Sequence[exp.Expr],
    part: exp.Expr | None,
) -> exp.Expr:
    """Aggregate a source `f` once per organisation and once per region of the tree."""
    is_windowed = scan.window != Window()
    year = exp.column("year", "y" if is_windowed else "f")
    branches = []
    for scope, code in (
        ("organisation", exp.column("organisation_code", "f")),
        ("region", exp.column("ancestor_code", "c")),
    ):
        if scope == "organisation" and not scan.has_organisations:
            continue
        part_pick = exp.Literal.string("") if part is None else part.copy()
        branch = exp.select(
            _as(exp.Literal.string(scope), "scope"),
            _as(code.copy(), "code"),
            _as(year.copy(), "year"),
            _as(part_pick, "part"),
            *(aggregate.copy() for aggregate in aggregates),
            copy=False,
        ).from_(source.copy().as_("f"), copy=False)
        if is_windowed:
            years = exp.select("year").distinct().from_(source.copy()).subquery("y")
            branch = branch.join(
                years, on=in_window(scan.window, year), join_type="inner", copy=False
            )
        if scope == "region":
            branch = branch.join(
                "region_closure AS c",
                on="c.descendant_code = f.region_code",
                join_type="inner",
                copy=False,
            )
        else:
            is_known = exp.column("organisation_code", "f").is_(exp.null()).not_()
            branch = branch.where(is_known, copy=False)
        keys = [code, year] if part is None else [code, year, part]
        branches.append(branch.group_by(*(key.copy() for key in keys), copy=False))
    return _union(branches)


def _aggregate(term: Term, dialect: Dialect) -> exp.Expr:
    column = exp.column(term.column, "f")
    inner: exp.Expr
    if term.aggregate == "count":
        inner = exp.Count(this=exp.Star())
    elif term.aggregate == "distinct":
        inner = exp.Count(this=exp.Distinct(expressions=[column]))
    elif term.aggregate == "sum":
        inner = _sum(column)
    elif term.aggregate == "product_sum":
        inner = _sum(column * exp.column(term.weight, "f"))
    else:
        inner = _quantile(column, term.at, dialect)
    tests = tests_of(term.where)
    if not tests:
        return inner
    return exp.Filter(this=inner, expression=exp.Where(this=exp.and_(*tests)))


def _quantile(column: exp.Column, at: float, dialect: Dialect) -> exp.Expr:
    """Interpolate linearly between the two nearest rows, as all three engines do."""
    level = exp.Literal.number(at)
    if dialect == "sqlite":
        raise InvalidProblem("SQLite has no quantiles; use DuckDB.", field="dialect")
    if dialect == "spark":
        return exp.Anonymous(this="PERCENTILE", expressions=[column, level])
    return exp.PercentileCont(this=column, expression=level)


def _part(by: str) -> exp.Expr:
    value = exp.func("COALESCE", exp.column(by, "f"), exp.Literal.string("unknown"))
    return _as(value, "part")


def _union(branches: Sequence[exp.Select]) -> exp.Expr:
    result: exp.Expr = branches[0]
    for branch in branches[1:]:
        result = exp.union(result, branch, distinct=False, copy=False)
    return result


def _sum(value: exp.Expr | str) -> exp.Sum:
    return exp.Sum(this=exp.column(value) if isinstance(value, str) else value)


def _as(value: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(value, name, copy=False)


def _null(role: str) -> exp.Expr:
    return exp.cast(exp.null(), "BIGINT" if role == "n" else "DOUBLE")
