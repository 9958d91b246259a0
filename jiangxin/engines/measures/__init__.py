"""Indicator definitions become SQL, values, published tables and attainment of targets.

>>> units = parse_units('share: {label: {en: share, zh-Hans: 比例}, symbol: "%",'
...                     ' written_as: ["%"], scale: 0.01}')
>>> [80 * unit.scale for unit in units.written("%")]
[0.8]
"""

from jiangxin.engines.measures.attainment import (
    Attainment,
    Goal,
    Observation,
    Target,
    Thresholds,
    attain,
    goal_of,
)
from jiangxin.engines.measures.compile import (
    compile,  # noqa: A004 -- the verb of this engine
    create_table_sql,
    rows_query,
)
from jiangxin.engines.measures.evaluate import evaluate
from jiangxin.engines.measures.model import (
    Column,
    Definition,
    FactRows,
    FactSchema,
    Formula,
    Label,
    Query,
    Source,
    Term,
    Unit,
    Units,
    Value,
)
from jiangxin.engines.measures.parse import parse_definition, parse_schema, parse_units
from jiangxin.engines.measures.publish import Published, publish
from jiangxin.engines.measures.tables import DuckTables, SparkTables

__all__ = [
    "Attainment",
    "Column",
    "Definition",
    "DuckTables",
    "FactRows",
    "FactSchema",
    "Formula",
    "Goal",
    "Label",
    "Observation",
    "Published",
    "Query",
    "Source",
    "SparkTables",
    "Target",
    "Term",
    "Thresholds",
    "Unit",
    "Units",
    "Value",
    "attain",
    "compile",
    "create_table_sql",
    "evaluate",
    "goal_of",
    "parse_definition",
    "parse_schema",
    "parse_units",
    "publish",
    "rows_query",
]
