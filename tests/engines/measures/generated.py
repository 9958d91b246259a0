"""Generated facts: small, seeded, with every allowed value, empty cells and uneven years."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from jiangxin.engines import measures
from jiangxin.engines.measures.model import Column, Dialect, FactSchema

PARENTS = {"500118": "500000", "500119": "500000", "510115": "510100", "510100": "510000"}
REGIONS = ("500000", "500118", "500119", "510000", "510100", "510115")
YEARS = (2021, 2022, 2023, 2024, 2025)
ORGANISATIONS = {f"S{i}": ("500118", "500119", "510115")[i % 3] for i in range(7)}

Facts = dict[str, list[dict[str, object]]]


def closure() -> list[tuple[str, str]]:
    pairs = []
    for region in REGIONS:
        ancestor: str | None = region
        while ancestor:
            pairs.append((ancestor, region))
            ancestor = PARENTS.get(ancestor)
    return pairs


def facts(schemas: Mapping[str, FactSchema], seed: int, rows: int = 40) -> Facts:
    rng = random.Random(seed)
    return {
        code: [_row(schema, rng, i) for i in range(rng.choice((rows // 4, rows, rows)))]
        for code, schema in schemas.items()
    }


def _row(schema: FactSchema, rng: random.Random, number: int) -> dict[str, object]:
    organisation = rng.choice(list(ORGANISATIONS))
    row: dict[str, object] = {
        "region_code": ORGANISATIONS[organisation],
        "organisation_code": organisation if rng.random() < 0.9 else None,
        "year": rng.choice(YEARS),
    }
    for column in schema.columns:
        if column.name not in row:
            row[column.name] = _cell(column, rng, number)
    return row


def _cell(column: Column, rng: random.Random, number: int) -> object:
    if column.nullable and rng.random() < 0.3:
        return None
    if column.values:
        return rng.choice(column.values)[0]
    if column.type == "boolean":
        return rng.random() < 0.5
    if column.type == "integer":
        return rng.choice(YEARS) if column.unit == "year" else rng.randrange(0, 60)
    if column.type == "decimal":
        return rng.randrange(0, 400) / 4  # exact in binary
    return f"p{rng.randrange(6)}" if column.name == "programme_code" else f"x{number}"


def duck(facts_in: Facts, schemas: Mapping[str, FactSchema]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    _create(connection, schemas, "duckdb")
    for code, rows in facts_in.items():
        if rows:
            connection.register("rows", pa.Table.from_pylist(rows))
            connection.execute(f"INSERT INTO {code} BY NAME SELECT * FROM rows")
            connection.unregister("rows")
    return connection


def lite(facts_in: Facts, schemas: Mapping[str, FactSchema]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    _create(connection, schemas, "sqlite")
    for code, rows in facts_in.items():
        names = [column.name for column in schemas[code].columns]
        connection.executemany(
            f"INSERT INTO {code} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})",
            [[row[name] for name in names] for row in rows],
        )
    return connection


def _create(connection: Any, schemas: Mapping[str, FactSchema], dialect: Dialect) -> None:
    connection.execute("CREATE TABLE region_closure (ancestor_code TEXT, descendant_code TEXT)")
    connection.executemany("INSERT INTO region_closure VALUES (?, ?)", closure())
    for schema in schemas.values():
        connection.execute(measures.create_table_sql(schema, dialect=dialect))
