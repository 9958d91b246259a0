"""Runs many definitions over one DuckDB connection: each fact is read once, for all of them.

The last step, numerator over denominator, is taken here and not in SQL, so that a value is the
same on every engine that can sum. What cannot be measured says what is missing; it is never 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from jiangxin.engines.measures.compile import KEY, Scan, scan_query, scans_of, terms_of
from jiangxin.engines.measures.model import Definition, FactSchema, Scope, Status, Term, Value

Schemas = Mapping[str, FactSchema]
# scope, code, year, part
Key = tuple[Scope, str, int, str]
Row = tuple[float | None, ...]

_TERMS_START = len(KEY) + 1


class Connection(Protocol):
    """The little of a DuckDB connection that is needed."""

    def execute(self, query: str, /) -> Connection:
        """Run one statement."""
        ...

    def fetchall(self) -> list[tuple[object, ...]]:
        """Return all rows of the last statement."""
        ...


@dataclass(frozen=True, slots=True)
class Area:
    """The regions and years that must have an answer, be it "not yet measurable"."""

    regions: tuple[str, ...]
    years: tuple[int, ...]
    # (fact, region, year) that are complete even where no row stands.
    covered: frozenset[tuple[str, str, int]]


def evaluate(
    connection: Connection,
    definitions: Sequence[Definition],
    schemas: Schemas,
    *,
    regions: Collection[str] | None = None,
    years: Collection[int] | None = None,
    by: str | None = None,
) -> list[Value]:
    """Compute definitions for every region, organisation and year.

    Args:
        connection: holds a table or view per fact, `region_closure` and perhaps
            `fact_coverage`, as the README says.
        regions: regions that must have an answer; by default all in which any row stands.
        years: years to answer for; by default all that stand in the facts.
        by: breakdown column of closed values; definitions that do not read it in each of
            their facts are left out, and only parts that have rows are returned.

    Returns:
        Values in the order of the definitions, then scope, code, year and part.

    Method:
        One scan per fact and window; afterwards linear in the values.
    """
    columns = {code: _columns(connection, code) for code in schemas}
    if by is not None:
        definitions = [d for d in definitions if all(schemas[f].column(by) for f in d.facts)]
    missing = {d.code: _missing(d, columns, by) for d in definitions}
    measurable = [d for d in definitions if not missing[d.code]]
    tables = {
        scan: _run(connection, scan, schemas, by)
        for scan in scans_of(term for d in measurable for term in terms_of(d))
    }
    area = _area(connection, tables, columns, regions, years, is_whole=by is None)
    values: list[Value] = []
    for definition in definitions:
        if missing[definition.code]:
            values += _unmeasurable(definition, area, missing[definition.code])
        else:
            values += _values(definition, tables, area)
    return values


class _Table:
    """The rows of one scan by key."""

    def __init__(self, scan: Scan, rows: Iterable[tuple[object, ...]]) -> None:
        self.scan = scan
        self.rows: dict[Key, Row] = {}
        for row in rows:
            key: Key = row[: len(KEY)]  # type: ignore[assignment]
            self.rows[key] = tuple(map(_plain, row[_TERMS_START:]))  # type: ignore[arg-type]

    def index(self, term: Term) -> int | None:
        """Return where the term stands in a row, or None if another scan holds it."""
        return self.scan.terms.index(term) if term in self.scan.terms else None


def _plain(value: float | Decimal | None) -> float | None:
    return float(value) if isinstance(value, Decimal) else value


def _run(connection: Connection, scan: Scan, schemas: Schemas, by: str | None) -> _Table:
    query = scan_query(scan, schemas, dialect="duckdb", by=by)
    return _Table(scan, connection.execute(query.sql).fetchall())


def _columns(connection: Connection, table: str) -> frozenset[str]:
    """Return the columns of a table or view, empty if it does not exist."""
    found = connection.execute(
        f"SELECT DISTINCT column_name FROM duckdb_columns() WHERE table_name = '{table}'"
    ).fetchall()
    return frozenset(str(name) for (name,) in found)


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
    connection: Connection,
    tables: Mapping[Scan, _Table],
    columns: Mapping[str, frozenset[str]],
    regions: Collection[str] | None,
    years: Collection[int] | None,
    *,
    is_whole: bool,
) -> Area:
    if not is_whole:
        return Area((), tuple(years or ()), frozenset())
    seen = {key[:3] for table in tables.values() for key in table.rows if key[0] == "region"}
    if not seen and (regions is None or years is None):
        seen = set(_places_of_any_fact(connection, columns))
    if regions is None:
        regions = {code for _, code, _ in seen}
    if years is None:
        years = {year for _, _, year in seen}
    covered: frozenset[tuple[str, str, int]] = frozenset()
    if _columns(connection, "fact_coverage"):
        covered = frozenset(
            connection.execute(
                "SELECT v.fact, c.descendant_code, v.year FROM fact_coverage AS v "
                "JOIN region_closure AS c ON c.ancestor_code = v.region_code"
            ).fetchall()  # type: ignore[arg-type]
        )
    return Area(tuple(sorted(regions)), tuple(sorted(years)), covered)


def _places_of_any_fact(
    connection: Connection, columns: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Scope, str, int]]:
    """Find regions and years where any fact at all has rows."""
    for fact, names in columns.items():
        if {"region_code", "year"} <= names:
            rows = connection.execute(
                f"SELECT DISTINCT c.ancestor_code, f.year FROM {fact} AS f "
                "JOIN region_closure AS c ON c.descendant_code = f.region_code"
            ).fetchall()
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


def _values(definition: Definition, tables: Mapping[Scan, _Table], area: Area) -> list[Value]:
    formula = definition.formula
    read_numerator = _reader(formula.numerator, tables, area)
    read_denominator = _reader(formula.denominator, tables, area) if formula.denominator else None
    read_cell = _reader(formula.cell, tables, area)
    keys = _keys(definition, tables, area)
    earlier = {(s, code, year - formula.years, part) for s, code, year, part in keys}
    found: dict[Key, Value] = {}
    for key in sorted(earlier.union(keys)):
        numerator = read_numerator.get(key)
        denominator = read_denominator.get(key) if read_denominator else None
        cell = read_cell.get(key)
        absent = []
        if numerator is None:
            absent.append(formula.numerator.fact)
        if read_denominator is not None and denominator is None and formula.denominator:
            absent.append(formula.denominator.fact)
        if absent:
            facts = tuple(dict.fromkeys(absent))
            found[key] = _without_value(definition, key, "no_rows", facts)
            continue
        found[key] = _value(
            definition,
            key,
            numerator[0] if numerator else None,
            denominator[0] if denominator else None,
            int(cell[0] or 0) if cell else 0,
            has_denominator=read_denominator is not None,
        )
    if formula.change == "value":
        return list(found.values())
    return [_against_earlier(definition, found[key], found) for key in keys]


def _value(
    definition: Definition,
    key: Key,
    numerator: float | None,
    denominator: float | None,
    n: int,
    *,
    has_denominator: bool,
) -> Value:
    value: float | None
    if not has_denominator:
        value, reason = numerator, "" if numerator is not None else "no_rows"
    elif not denominator or numerator is None:
        value, reason = None, "no_denominator"
    else:
        value, reason = numerator / denominator, ""
    status: Status = "measured" if value is not None else "undefined"
    return Value(
        definition.code,
        definition.version,
        *key,
        status,
        value,
        numerator,
        denominator,
        n,
        reason,
        (),
    )


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


class _Reader:
    """Looks a term up by key; a covered place without rows counts as empty, others as absent."""

    def __init__(self, term: Term, table: _Table, index: int, area: Area) -> None:
        self._rows = table.rows
        self._index = index
        self._fact = term.fact
        self._covered = area.covered
        self._empty: tuple[float | None] = (None if term.aggregate == "quantile" else 0,)

    def get(self, key: Key) -> tuple[float | None] | None:
        """Return the term's amount in a tuple, or None where nothing was reported."""
        row = self._rows.get(key)
        if row is not None:
            return (row[self._index],)
        if self._covered and key[0] == "region" and (self._fact, key[1], key[2]) in self._covered:
            return self._empty
        return None


def _reader(term: Term, tables: Mapping[Scan, _Table], area: Area) -> _Reader:
    for table in tables.values():
        index = table.index(term)
        if index is not None:
            return _Reader(term, table, index, area)
    raise AssertionError("every term was scanned")


def _keys(definition: Definition, tables: Mapping[Scan, _Table], area: Area) -> list[Key]:
    """List the places that get a value: reported ones, and all regions of the area."""
    main = definition.formula.denominator or definition.formula.numerator
    wanted_years = {year for year in area.years if _is_effective(definition, year)}
    keys: set[Key] = {
        ("region", region, year, "") for region in area.regions for year in wanted_years
    }
    wanted_regions = set(area.regions)
    for scan, table in tables.items():
        if main not in scan.terms:
            continue
        for key in table.rows:
            if key[0] == "organisation":
                is_wanted = definition.grain == "organisation"
            else:
                is_wanted = not wanted_regions or key[1] in wanted_regions
            if is_wanted and (not wanted_years or key[2] in wanted_years):
                keys.add(key)
    return sorted(keys)
