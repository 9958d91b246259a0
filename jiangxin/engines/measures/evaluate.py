"""Runs many definitions over one connection: each fact is read once, for all of them.

The last step, numerator over denominator, is taken here and not in SQL, so that a value is the
same on every engine that can sum. What cannot be measured says what is missing; it is never 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from jiangxin.engines.measures.compile import KEY, Scan, scan_query, scans_of
from jiangxin.engines.measures.model import Definition, FactSchema, Scope, Term, Value
from jiangxin.engines.measures.tables import DuckTables, Tables

Schemas = Mapping[str, FactSchema]
# scope, code, year, part
Key = tuple[Scope, str, int, str]
Row = tuple[object, ...]

_TERMS_START = len(KEY) + 1


@dataclass(frozen=True, slots=True)
class Area:
    """The regions and years that must have an answer, be it "not yet measurable"."""

    regions: tuple[str, ...]
    years: tuple[int, ...]
    # (fact, region, year) that are complete even where no row stands.
    covered: frozenset[tuple[str, str, int]]
    # Whether a region without rows gets an answer; of breakdowns only parts with rows do.
    is_filled: bool


def evaluate(
    connection: Any,
    definitions: Sequence[Definition],
    schemas: Schemas,
    *,
    regions: Collection[str] | None = None,
    years: Collection[int] | None = None,
    by: str | None = None,
) -> list[Value]:
    """Compute definitions for every region, organisation and year.

    Args:
        connection: an open DuckDB connection, or `SparkTables` around a Spark session. It holds
            a table or view per fact, `region_closure` and perhaps `fact_coverage`, as the README
            says.
        regions: regions that must have an answer; by default all in which any row stands.
        years: years to answer for; by default all that stand in the facts.
        by: breakdown column of closed values; definitions that do not read it in each of
            their facts are left out, and only parts that have rows are returned.

    Returns:
        Values in the order of the definitions, then scope, code, year and part.

    Method:
        One scan per fact and window; afterwards linear in the values.
    """
    tables: Tables = connection if hasattr(connection, "dialect") else DuckTables(connection)
    columns = {code: tables.columns(code) for code in schemas}
    if by is not None:
        definitions = [d for d in definitions if all(schemas[f].column(by) for f in d.facts)]
    missing = {d.code: _missing(d, columns, by) for d in definitions}
    measurable = [d for d in definitions if not missing[d.code]]
    scanned = {scan: _run(tables, scan, schemas, by) for scan in scans_of(measurable)}
    area = _area(tables, scanned, columns, regions, years, is_filled=by is None)
    grid = _Grid(tuple(scanned.values()), area)
    values: list[Value] = []
    for definition in definitions:
        if missing[definition.code] and by is None:
            values += _unmeasurable(definition, area, missing[definition.code])
        elif not missing[definition.code]:
            values += _values(definition, grid)
    return values


class _Table:
    """The rows of one scan by key."""

    def __init__(self, scan: Scan, rows: Iterable[tuple[object, ...]]) -> None:
        self.scan = scan
        self.rows: dict[Key, Row] = {row[: len(KEY)]: row for row in rows}  # type: ignore[misc]

    def keys(self, area: Area, grain: Scope) -> list[Key]:
        """List the places to answer for: those with rows, and all regions of the area."""
        wanted = set(area.regions)
        keys = {key for key in self.rows if key[0] == "region" and key[1] in wanted}
        if grain == "organisation":
            keys.update(key for key in self.rows if key[0] == "organisation")
        if area.is_filled:
            keys.update(("region", code, year, "") for code in wanted for year in area.years)
        return sorted(keys)

    def column(self, term: Term, keys: Sequence[Key], area: Area) -> list[Amount]:
        """Return the term's amount for each key, `_ABSENT` where nothing was reported."""
        index = _TERMS_START + self.scan.terms.index(term)
        nothing: Row = (_ABSENT,) * (index + 1)
        get = self.rows.get
        amounts: list[Amount] = [get(key, nothing)[index] for key in keys]  # type: ignore[misc]
        if area.covered:
            empty = None if term.aggregate == "quantile" else 0
            for position, (scope, code, year, _) in enumerate(keys):
                is_absent = amounts[position] is _ABSENT and scope == "region"
                if is_absent and (term.fact, code, year) in area.covered:
                    amounts[position] = empty
        return amounts


class _Absent:
    """Stands where a fact has no row for a place, which is not the same as an empty sum."""


_ABSENT = _Absent()
Amount = float | None | _Absent


class _Grid:
    """All scans of one evaluation, read by definition; columns are looked up once."""

    def __init__(self, tables: Sequence[_Table], area: Area) -> None:
        self.area = area
        self._table_of = {term: table for table in tables for term in table.scan.terms}
        self._keys: dict[tuple[Scan, Scope], list[Key]] = {}
        self._columns: dict[tuple[Scan, Scope, Term], list[Amount]] = {}

    def keys(self, main: Term, grain: Scope) -> list[Key]:
        """List the places that the main term of a definition decides, in order."""
        table = self._table_of[main]
        at = (table.scan, grain)
        if at not in self._keys:
            self._keys[at] = table.keys(self.area, grain)
        return self._keys[at]

    def column(self, main: Term, grain: Scope, term: Term) -> list[Amount]:
        """Return the amounts of a term at the places of the main term."""
        at = (self._table_of[main].scan, grain, term)
        if at not in self._columns:
            keys = self.keys(main, grain)
            self._columns[at] = self._table_of[term].column(term, keys, self.area)
        return self._columns[at]


def _run(tables: Tables, scan: Scan, schemas: Schemas, by: str | None) -> _Table:
    rows = tables.rows(scan_query(scan, schemas, dialect=tables.dialect, by=by).sql)
    schema = schemas[scan.fact]
    read = {name for term in scan.terms for name in term.columns()}
    if any(column.type == "decimal" for column in schema.columns if column.name in read):
        # Sums of decimals are exact in the database; only the result becomes a float.
        rows = [tuple(float(x) if isinstance(x, Decimal) else x for x in row) for row in rows]
    return _Table(scan, rows)


def _missing(
    definition: Definition, columns: Mapping[str, frozenset[str]], by: str | None
) -> tuple[str, ...]:
    """Name the facts, or columns of facts, that the formula needs and nobody publishes."""
    needed: dict[str, None] = {}
    for term in definition.formula.terms:
        published = columns[term.fact]
        if not published:
            needed[term.fact] = None
            continue
        read = term.columns() | {"region_code", "organisation_code", "year"} | ({by} - {None})
        for name in sorted(str(name) for name in read - published):
            needed[f"{term.fact}.{name}"] = None
    return tuple(needed)


def _area(
    tables: Tables,
    scanned: Mapping[Scan, _Table],
    columns: Mapping[str, frozenset[str]],
    regions: Collection[str] | None,
    years: Collection[int] | None,
    *,
    is_filled: bool,
) -> Area:
    seen = {key[:3] for table in scanned.values() for key in table.rows if key[0] == "region"}
    if not seen and is_filled and (regions is None or years is None):
        seen = set(_places_of_any_fact(tables, columns))
    if regions is None:
        regions = {code for _, code, _ in seen}
    if years is None:
        years = {year for _, _, year in seen}
    covered: frozenset[tuple[str, str, int]] = frozenset()
    if tables.columns("fact_coverage"):
        covered = frozenset(
            tables.rows(
                "SELECT v.fact, c.descendant_code, v.year FROM fact_coverage AS v "
                "JOIN region_closure AS c ON c.ancestor_code = v.region_code"
            )  # type: ignore[arg-type]
        )
    return Area(tuple(sorted(regions)), tuple(sorted(years)), covered, is_filled)


def _places_of_any_fact(
    tables: Tables, columns: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Scope, str, int]]:
    """Find regions and years where any fact at all has rows."""
    for fact, names in columns.items():
        if {"region_code", "year"} <= names:
            rows = tables.rows(
                f"SELECT DISTINCT c.ancestor_code, f.year FROM {fact} AS f "
                "JOIN region_closure AS c ON c.descendant_code = f.region_code"
            )
            for code, year in rows:
                yield ("region", code, year)  # type: ignore[misc]


def _is_effective(definition: Definition, year: int) -> bool:
    """Say whether the definition is the one in force at the end of the year."""
    end = date(year, 12, 31)
    until = definition.effective_to
    return definition.effective_from <= end and (until is None or end < until)


def _unmeasurable(definition: Definition, area: Area, missing: tuple[str, ...]) -> list[Value]:
    reason = "no_column" if all("." in name for name in missing) else "no_fact"
    return [
        _without_value(definition, ("region", region, year, ""), reason, missing)
        for region in area.regions
        for year in area.years
        if _is_effective(definition, year)
    ]


def _without_value(
    definition: Definition, key: Key, reason: str, missing: tuple[str, ...]
) -> Value:
    return Value(
        definition.code,
        definition.version,
        *key,
        "not_yet_measurable",
        None,
        None,
        None,
        0,
        reason,
        missing,
    )


def _values(definition: Definition, grid: _Grid) -> list[Value]:
    formula = definition.formula
    main = formula.denominator or formula.numerator
    grain = definition.grain
    keys = grid.keys(main, grain)
    numerators = grid.column(main, grain, formula.numerator)
    cells = grid.column(main, grain, formula.cell)
    if formula.denominator is None:
        values = _plain_values(definition, keys, numerators, cells)
    else:
        denominators = grid.column(main, grain, formula.denominator)
        values = _ratios(definition, keys, numerators, denominators, cells)
    if formula.change != "value":
        values = _changes(definition, values)
    years = {year for year in grid.area.years if _is_effective(definition, year)}
    if years.issuperset(year for _, _, year, _ in keys):
        return values
    return [value for value in values if value.year in years]


def _plain_values(
    definition: Definition,
    keys: Sequence[Key],
    numerators: Sequence[Amount],
    cells: Sequence[Amount],
) -> list[Value]:
    code, version = definition.code, definition.version
    missing = (definition.formula.numerator.fact,)
    values = []
    for key, top, cell in zip(keys, numerators, cells, strict=True):
        if isinstance(top, _Absent):
            values.append(_without_value(definition, key, "no_rows", missing))
            continue
        n = _size(cell)
        if top is None:
            values.append(
                Value(code, version, *key, "undefined", None, None, None, n, "no_rows", ())
            )
        else:
            values.append(Value(code, version, *key, "measured", top, top, None, n, "", ()))
    return values


def _ratios(
    definition: Definition,
    keys: Sequence[Key],
    numerators: Sequence[Amount],
    denominators: Sequence[Amount],
    cells: Sequence[Amount],
) -> list[Value]:
    code, version = definition.code, definition.version
    facts = [term.fact for term in definition.formula.terms]
    values = []
    for key, top, bottom, cell in zip(keys, numerators, denominators, cells, strict=True):
        if isinstance(top, _Absent) or isinstance(bottom, _Absent):
            absent = [
                fact
                for fact, amount in zip(facts, (top, bottom), strict=True)
                if isinstance(amount, _Absent)
            ]
            missing = tuple(dict.fromkeys(absent))
            values.append(_without_value(definition, key, "no_rows", missing))
            continue
        n = _size(cell)
        if top is None or not bottom:
            values.append(
                Value(code, version, *key, "undefined", None, top, bottom, n, "no_denominator", ())
            )
        else:
            values.append(
                Value(code, version, *key, "measured", top / bottom, top, bottom, n, "", ())
            )
    return values


def _size(cell: Amount) -> int:
    return 0 if cell is None or isinstance(cell, _Absent) else int(cell)


def _changes(definition: Definition, values: Sequence[Value]) -> list[Value]:
    by_place = {value[2:6]: value for value in values}
    return [_against_earlier(definition, value, by_place) for value in values]


def _against_earlier(definition: Definition, now: Value, values: Mapping[Key, Value]) -> Value:
    """Hold a value against the one `years` earlier, as the SQL of `compile` does."""
    formula = definition.formula
    if now.status == "not_yet_measurable":
        return now
    head = now[:6]
    earlier = values.get((now.scope, now.code, now.year - formula.years, now.part))
    if earlier is None or earlier.value is None or now.value is None:
        reason = "no_earlier_value" if now.value is not None else now.reason
        return Value(*head, "undefined", None, None, None, now.n, reason, ())
    n = min(now.n, earlier.n)
    if formula.change == "lag":
        return Value(*head, *earlier[6:10], n, "", ())
    change = now.value - earlier.value
    if formula.change == "difference":
        return Value(*head, "measured", change, change, None, n, "", ())
    if not earlier.value:
        return Value(*head, "undefined", None, change, earlier.value, n, "no_denominator", ())
    share = change / earlier.value
    return Value(*head, "measured", share, change, earlier.value, n, "", ())
