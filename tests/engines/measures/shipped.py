"""The schemas, units and definitions that the product ships, parsed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jiangxin.engines import measures

RULES = Path(measures.__file__).parents[2] / "rules"


@cache
def schemas() -> dict[str, measures.FactSchema]:
    texts = (path.read_text(encoding="utf-8") for path in sorted((RULES / "facts").glob("*.yaml")))
    return {schema.code: schema for schema in map(measures.parse_schema, texts)}


@cache
def units() -> measures.Units:
    return measures.parse_units((RULES / "units.yaml").read_text(encoding="utf-8"))


@cache
def definitions() -> tuple[measures.Definition, ...]:
    return tuple(
        measures.parse_definition(
            path.read_text(encoding="utf-8"), schemas=schemas(), units=units()
        )
        for path in sorted((RULES / "indicators").glob("*.yaml"))
    )


def define(formula: str, **changes: str) -> measures.Definition:
    """Parse a definition that has this formula and is otherwise dull."""
    keys = {
        "code": "example",
        "label": "{en: Example, zh-Hans: 示例}",
        "unit": "item",
        "direction": "higher",
        "grain": "organisation",
        "formula": formula,
        "small_cell": "small_cell_minimum",
        "inferred": "an example",
        "effective_from": "2015-01-01",
        **changes,
    }
    text = "\n".join(f"{key}: {value}" for key, value in keys.items() if value)
    return measures.parse_definition(text, schemas=schemas(), units=units())
