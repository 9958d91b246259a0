"""Indicator definitions become SQL, values, published tables and attainment of targets."""

from jiangxin.engines.measures.compile import compile, create_table_sql, rows_query  # noqa: A004 -- the verb
from jiangxin.engines.measures.evaluate import evaluate
from jiangxin.engines.measures.model import (
    Definition,
    FactSchema,
    Query,
    Unit,
    Units,
    Value,
)
from jiangxin.engines.measures.parse import parse_definition, parse_schema, parse_units

__all__ = [
    "Definition",
    "FactSchema",
    "Query",
    "Unit",
    "Units",
    "Value",
    "compile",
    "create_table_sql",
    "evaluate",
    "parse_definition",
    "parse_schema",
    "parse_units",
    "rows_query",
]
