"""Generates facts of any size for the benchmark, as Parquet, with nothing but row numbers.

Every column is a hash of the row's number, so two runs write the same facts.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from jiangxin.engines.measures import FactSchema

_YEARS = 5
_FIRST_YEAR = 2021


def write_facts(
    connection: duckdb.DuckDBPyConnection,
    schemas: dict[str, FactSchema],
    folder: Path,
    learners: int,
) -> None:
    """Write a Parquet file per fact and register views of the facts' names.

    Args:
        learners: each is enrolled for three of the five years, so `enrolments` gets three
            times as many rows; the other facts follow in the proportions of a real system.
    """
    schools = max(learners // 2500, 20)
    rows = {
        "enrolments": learners * 3,
        "graduates": learners * 5 // 3,
        "teachers": learners * 5 // 18,
        "classes": learners * 3 // 40,
        "schools": schools * _YEARS,
        "enterprises": schools * 10 * _YEARS,
        "offerings": schools * 20 * _YEARS,
        "training_rooms": schools * 20 * _YEARS,
        "recognitions": schools * 5 * _YEARS,
        "training_sessions": schools * 20 * _YEARS,
        "projects": schools * 4 * _YEARS,
        "activities": schools * 2 * _YEARS,
        "filings": schools * 10 * _YEARS,
    }
    _regions(connection, schools)
    for code, schema in schemas.items():
        target = folder / f"{code}.parquet"
        connection.execute(
            f"COPY (SELECT {_columns(schema, schools)} FROM range({rows[code]}) t(i)) "
            f"TO '{target}' (FORMAT parquet)"
        )
        connection.execute(f"CREATE VIEW {code} AS SELECT * FROM '{target}'")


def _regions(connection: duckdb.DuckDBPyConnection, schools: int) -> None:
    """Make a tree of one root, a city per 30 schools and a county per 4 schools."""
    counties, cities = max(schools // 4, 4), max(schools // 30, 2)
    connection.execute("CREATE TABLE region_closure (ancestor_code TEXT, descendant_code TEXT)")
    connection.execute(
        f"""INSERT INTO region_closure
            SELECT code, code FROM (SELECT 'R' AS code
                UNION ALL SELECT 'C' || i FROM range({cities}) t(i)
                UNION ALL SELECT 'D' || i FROM range({counties}) t(i))
            UNION ALL SELECT 'R', 'C' || i FROM range({cities}) t(i)
            UNION ALL SELECT 'R', 'D' || i FROM range({counties}) t(i)
            UNION ALL SELECT 'C' || i % {cities}, 'D' || i FROM range({counties}) t(i)"""
    )


def _columns(schema: FactSchema, schools: int) -> str:
    counties = max(schools // 4, 4)
    school = f"(i % {schools})"
    picks = []
    for salt, column in enumerate(schema.columns):
        draw = f"(hash(i * 31 + {salt}) >> 8)"
        if column.name == "region_code":
            value = f"'D' || ({school} % {counties})"
        elif column.name == "organisation_code":
            value = f"'S' || {school}"
        elif column.name == "year":
            value = f"{_FIRST_YEAR} + (i // {schools}) % {_YEARS}"
        elif column.values:
            words = ", ".join(f"'{word}'" for word, _ in column.values)
            value = f"[{words}][1 + CAST({draw} % {len(column.values)} AS INTEGER)]"
        elif column.type == "boolean":
            value = f"{draw} % 3 = 0"
        elif column.type == "integer":
            lowest, span = (2015, 11) if column.unit == "year" else (0, 60)
            value = f"CAST({lowest} + {draw} % {span} AS INTEGER)"
        elif column.name in schema.key and column.name != "programme_code":
            value = "'x' || i"
        else:
            value = f"'p' || ({draw} % 300)"
        if column.nullable and column.name != "organisation_code":
            value = f"CASE WHEN hash(i * 37 + {salt}) % 5 > 0 THEN {value} END"
        picks.append(f"{value} AS {column.name}")
    return ", ".join(picks)
