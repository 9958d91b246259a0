"""The same definitions give the same numbers as SQL on every engine that is at hand."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import Any

import pytest
import sqlglot

from jiangxin.engines import measures
from jiangxin.engines.base import InvalidProblem
from tests.engines.measures import generated, shipped
from tests.engines.measures.reference import Reference, agree, as_floats
from tests.engines.measures.test_evaluate import all_definitions

SEED, ROWS = 11, 60


def has_quantile(definition: measures.Definition) -> bool:
    return any(term.aggregate == "quantile" for term in definition.formula.terms)


@pytest.fixture(scope="module")
def facts() -> generated.Facts:
    return generated.facts(shipped.schemas(), SEED, ROWS)


@pytest.fixture(scope="module")
def wanted(facts: generated.Facts) -> dict[str, dict[tuple, tuple]]:
    """What the slow reference says, as value, numerator, denominator and n, where there is one."""
    reference = Reference(facts, generated.closure(), shipped.schemas())
    answers: dict[str, dict[tuple, tuple]] = {}
    for definition in all_definitions():
        answers[definition.code] = {
            place: as_floats(reference.answer(definition, *place))
            for place in reference.places(definition, generated.YEARS)
        }
    return answers


def compare(rows: list[tuple], definition: measures.Definition, wanted: dict) -> None:
    """Hold the rows of `compile` against the reference: every value, and no other."""
    answers = wanted[definition.code]
    found = {(scope, code, year): rest for scope, code, year, _part, *rest in rows}
    measured = {place for place, answer in answers.items() if answer[0] == "measured"}
    assert {place for place, rest in found.items() if rest[2] is not None} == measured
    for place in measured:
        numerator, denominator, value, n = found[place]
        got = as_floats(("measured", value, numerator, denominator, int(n), "", ()))
        assert agree(got, answers[place]), (definition.code, place, got, answers[place])


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
def test_sql_of_embedded_engines_equals_reference(facts, wanted, dialect) -> None:
    connection: Any = {"duckdb": generated.duck, "sqlite": generated.lite}[dialect](
        facts, shipped.schemas()
    )
    for definition in all_definitions():
        if dialect == "sqlite" and has_quantile(definition):
            with pytest.raises(InvalidProblem, match="no quantiles"):
                measures.compile(definition, shipped.schemas(), dialect=dialect)
            continue
        query = measures.compile(definition, shipped.schemas(), dialect=dialect)
        compare(connection.execute(query.sql).fetchall(), definition, wanted)
    connection.close()


@pytest.mark.postgres
def test_sql_of_postgres_equals_reference(facts, wanted) -> None:
    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        pytest.skip("DATABASE_URL names no PostgreSQL")
    import psycopg

    with psycopg.connect(address) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE region_closure (ancestor_code TEXT, descendant_code TEXT)"
        )
        cursor = connection.cursor()
        cursor.executemany("INSERT INTO region_closure VALUES (%s, %s)", generated.closure())
        for code, rows in facts.items():
            schema = shipped.schemas()[code]
            connection.execute(
                measures.create_table_sql(schema, dialect="postgres", temporary=True)
            )
            names = [column.name for column in schema.columns]
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(
                f"INSERT INTO {code} ({', '.join(names)}) VALUES ({marks})",
                [[row[name] for name in names] for row in rows],
            )
        for definition in all_definitions():
            query = measures.compile(definition, shipped.schemas(), dialect="postgres")
            compare(connection.execute(query.sql).fetchall(), definition, wanted)
        connection.rollback()


@pytest.mark.parametrize("definition", all_definitions(), ids=lambda d: d.code)
def test_sql_for_spark_parses(definition) -> None:
    query = measures.compile(definition, shipped.schemas(), dialect="spark")
    assert sqlglot.parse_one(query.sql, read="spark").find(sqlglot.exp.Select)
    rows = measures.rows_query(
        definition, shipped.schemas(), dialect="spark", scope="region", code="500118", year=2024
    )
    assert sqlglot.parse_one(rows.sql, read="spark").find(sqlglot.exp.Select)


@pytest.mark.slow
def test_sql_of_spark_equals_reference(facts, wanted) -> None:
    if not (shutil.which("java") and find_spec("pyspark")):
        pytest.skip("Spark needs Java and the package pyspark")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", 2)
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    pairs = "ancestor_code STRING, descendant_code STRING"
    spark.createDataFrame(generated.closure(), pairs).createOrReplaceTempView("region_closure")
    types = {
        "text": "STRING",
        "integer": "BIGINT",
        "boolean": "BOOLEAN",
        "decimal": "DECIMAL(18, 4)",
    }
    for code, rows in facts.items():
        columns = shipped.schemas()[code].columns
        names = ", ".join(f"{column.name} {types[column.type]}" for column in columns)
        cells = [tuple(row[column.name] for column in columns) for row in rows]
        spark.createDataFrame(cells, names).createOrReplaceTempView(code)
    # One statement each takes Spark seconds: one definition of each kind of formula is enough here,
    # since `evaluate` below asks for all.
    kinds = {(d.formula.kind, d.formula.change, d.grain): d for d in all_definitions()}
    for definition in kinds.values():
        query = measures.compile(definition, shipped.schemas(), dialect="spark")
        rows = [tuple(row) for row in spark.sql(query.sql).collect()]
        compare(rows, definition, wanted)
    with generated.duck(facts, shipped.schemas()) as connection:
        on_duckdb = measures.evaluate(connection, all_definitions(), shipped.schemas())
    on_spark = measures.evaluate(measures.SparkTables(spark), all_definitions(), shipped.schemas())
    assert on_spark == on_duckdb
    spark.stop()


@pytest.fixture(scope="module")
def connection(facts):
    with generated.duck(facts, shipped.schemas()) as opened:
        yield opened


@pytest.mark.parametrize(
    "definition",
    [d for d in all_definitions() if d.formula.change == "value"],
    ids=lambda d: d.code,
)
def test_rows_behind_a_value_are_as_many_as_it_counts(connection, definition) -> None:
    side = "denominator" if definition.formula.denominator else "numerator"
    values = measures.evaluate(connection, [definition], shipped.schemas())
    measured = [value for value in values if value.status == "measured"]
    assert measured
    for value in measured[:8]:
        query = measures.rows_query(
            definition,
            shipped.schemas(),
            dialect="duckdb",
            scope=value.scope,
            code=value.code,
            year=value.year,
            side=side,
        )
        rows = connection.execute(query.sql, dict(query.parameters)).fetchall()
        assert len(rows) == value.n
        assert all(len(row) == len(query.columns) for row in rows)
