"""YAML text becomes fact schemas, units and indicator definitions, checked against each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from jiangxin.engines.base import Fields, InvalidProblem
from jiangxin.engines.measures.model import (
    AnyOf,
    Column,
    Condition,
    Definition,
    FactSchema,
    Formula,
    Label,
    Scalar,
    Source,
    Term,
    Unit,
    Units,
    Where,
    Window,
)

T = TypeVar("T")
Schemas = Mapping[str, FactSchema]

# Every fact has them: they place a row in the region tree, at an organisation and in time.
PLACE_COLUMNS = ("region_code", "organisation_code", "year")

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "decimal": (int,),
    "boolean": (bool,),
}
_OPERATORS = ("at_least", "at_most", "not", "none_of", "present")


def parse_schema(text: str) -> FactSchema:
    """Read one fact schema from YAML text.

    Raises:
        InvalidProblem: a key is missing, unknown or odd; the error names it.
    """
    fields = Fields.of_yaml(text)
    columns_in = fields.inner("columns")
    columns = tuple(_column(columns_in.inner(name), name) for name in columns_in)
    names = {column.name for column in columns}
    key = fields.texts("key")
    for name in (*PLACE_COLUMNS, *key):
        if name not in names:
            raise InvalidProblem(f"columns.{name} is missing.", field=f"columns.{name}")
    schema = FactSchema(
        code=fields.text("code"),
        label=_label(fields),
        grain=fields.text("grain"),
        key=key,
        owner=fields.text("owner"),
        counts=_literal(fields, "counts", "persons", "organisations", "things"),
        columns=columns,
    )
    fields.finish()
    for name in (schema.code, *names):
        if not name.isidentifier() or not name.isascii() or not name.islower():
            raise InvalidProblem(f"{name!r} is no name for a table or column.", field=name)
    return schema


def parse_units(text: str) -> Units:
    """Read the units from YAML text: code, label, symbol and how documents write them."""
    fields = Fields.of_yaml(text)
    units = []
    for code in fields:
        unit = fields.inner(code)
        units.append(
            Unit(
                code=code,
                label=_label(unit),
                symbol=str(unit.raw("symbol")),
                written_as=unit.texts("written_as"),
                scale=unit.number("scale"),
                upper=unit.number("upper") if "upper" in unit else None,
            )
        )
        unit.finish()
    return Units(tuple(units))


def parse_definition(text: str, *, schemas: Schemas, units: Units) -> Definition:
    """Read one indicator definition from YAML text and check it against the facts.

    Args:
        schemas: fact schemas by code.

    Raises:
        InvalidProblem: a key is missing, unknown or odd, or names a fact, column, value or
            unit that does not exist; the error names it.
    """
    fields = Fields.of_yaml(text)
    formula = _formula(fields.inner("formula"), schemas)
    definition = Definition(
        code=fields.text("code"),
        label=_label(fields),
        unit=fields.text("unit"),
        direction=_literal(fields, "direction", "higher", "lower", "neutral"),
        grain=_literal(fields, "grain", "region", "organisation"),
        formula=formula,
        small_cell_rule=fields.text("small_cell", ""),
        expected_breakdowns=fields.texts("expected_breakdowns"),
        sources=tuple(_source(source) for source in fields.inners("sources")),
        inferred=_words(fields, "inferred"),
        effective_from=_required_day(fields, "effective_from"),
        effective_to=fields.day("effective_to"),
        requirements=fields.texts("requirements"),
        terms=fields.texts("terms"),
        version=_version(fields),
    )
    fields.finish()
    _check(definition, schemas, units)
    return definition


def _check(definition: Definition, schemas: Schemas, units: Units) -> None:
    if units.get(definition.unit) is None:
        raise InvalidProblem(f"unit: {definition.unit!r} is not in units.yaml.", field="unit")
    if not definition.sources and not definition.inferred:
        raise InvalidProblem(
            "sources: cite a document, or say under `inferred` what we decided.", field="sources"
        )
    for name in definition.expected_breakdowns:
        for fact in definition.facts:
            if schemas[fact].column(name) is None:
                raise InvalidProblem(
                    f"expected_breakdowns: fact {fact} has no column {name}.",
                    field="expected_breakdowns",
                )
    counts_persons = any(schemas[fact].counts == "persons" for fact in definition.facts)
    if counts_persons and not definition.small_cell_rule:
        raise InvalidProblem(
            "small_cell: this counts persons; name the rule that holds the smallest cell.",
            field="small_cell",
        )


def _version(fields: Fields) -> str:
    canonical = json.dumps(
        fields.content(),
        ensure_ascii=False,
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _formula(fields: Fields, schemas: Schemas) -> Formula:
    kinds = list(fields)
    if len(kinds) != 1 or kinds[0] not in _FORMULAS:
        raise InvalidProblem(
            f"{fields.path('')[:-1]} must hold exactly one of " + ", ".join(_FORMULAS) + ".",
            field="formula",
        )
    kind = kinds[0]
    formula: Formula = _FORMULAS[kind](kind, fields.inner(kind), schemas)
    return formula


def _single(kind: str, fields: Fields, schemas: Schemas) -> Formula:
    """Read count, distinct, sum or quantile: one term."""
    aggregate: Any = kind
    return Formula(kind, _finish(fields, _term(aggregate, fields, schemas)))


def _mean(kind: str, fields: Fields, schemas: Schemas) -> Formula:
    """Read mean: the sum over the rows that have a value, by their number."""
    total = _term("sum", fields, schemas)
    rows = Term(
        total.fact, "count", (*total.where, Condition(total.column, "present")), window=total.window
    )
    return _finish(fields, Formula(kind, total, rows))


def _weighted_mean(kind: str, fields: Fields, schemas: Schemas) -> Formula:
    """Read weighted mean: rows without value or weight do not count."""
    product = _term("product_sum", fields, schemas)
    present = (Condition(product.column, "present"), Condition(product.weight, "present"))
    where = (*product.where, *present)
    weights = Term(product.fact, "sum", where, product.weight, window=product.window)
    return _finish(fields, Formula(kind, product, weights))


def _share(kind: str, fields: Fields, schemas: Schemas) -> Formula:
    """Read share: rows that meet `where` among the rows that meet `among`."""
    part = _term("count", fields, schemas)
    among: Where = ()
    if "among" in fields:
        among = _where(fields.inner("among"), schemas[part.fact])
    numerator = Term(part.fact, "count", (*among, *part.where), window=part.window)
    denominator = Term(part.fact, "count", among, window=part.window)
    return _finish(fields, Formula(kind, numerator, denominator))


def _ratio(kind: str, fields: Fields, schemas: Schemas) -> Formula:
    """Read ratio: two terms, of one fact or of two."""
    terms = []
    for side in ("numerator", "denominator"):
        formula = _formula(fields.inner(side), schemas)
        if formula.denominator is not None or formula.change != "value":
            raise InvalidProblem(
                f"{fields.path(side)} must be count, distinct, sum or quantile.",
                field=fields.path(side),
            )
        terms.append(formula.numerator)
    return _finish(fields, Formula(kind, terms[0], terms[1]))


def _change(kind: str, fields: Fields, schemas: Schemas) -> Formula:
    """Read lag, growth or difference: another formula held against an earlier year."""
    of = _formula(fields.inner("of"), schemas)
    years = fields.integer("years")
    if years < 1 or of.change != "value":
        raise InvalidProblem(
            f"{fields.path('years')} must be 1 or more, and `of` no change itself.",
            field=fields.path("years"),
        )
    change: Any = kind
    return _finish(fields, Formula(of.kind, of.numerator, of.denominator, change, years))


_FORMULAS = {
    "count": _single,
    "distinct": _single,
    "sum": _single,
    "quantile": _single,
    "mean": _mean,
    "weighted_mean": _weighted_mean,
    "share": _share,
    "ratio": _ratio,
    "lag": _change,
    "growth": _change,
    "difference": _change,
}


def _finish(fields: Fields, result: T) -> T:
    fields.finish()
    return result


def _term(
    aggregate: Literal["count", "distinct", "sum", "product_sum", "quantile"],
    fields: Fields,
    schemas: Schemas,
) -> Term:
    fact = fields.text("fact")
    schema = schemas.get(fact)
    if schema is None:
        raise InvalidProblem(
            f"{fields.path('fact')}: there is no fact {fact!r}; known are {', '.join(schemas)}.",
            field=fields.path("fact"),
        )
    numeric = aggregate != "distinct"
    at = 0.5
    if aggregate == "quantile":
        at = fields.number("at")
        if not 0 <= at <= 1:
            raise fields.wrong("at", "a number from 0 to 1")
    return Term(
        fact=fact,
        aggregate=aggregate,
        where=_where(fields.inner("where"), schema) if "where" in fields else (),
        column="" if aggregate == "count" else _named(fields, "column", schema, numeric=numeric),
        weight=_named(fields, "weight", schema) if aggregate == "product_sum" else "",
        at=at,
        window=_window(fields.inner("window")) if "window" in fields else Window(),
    )


def _named(fields: Fields, key: str, schema: FactSchema, *, numeric: bool = True) -> str:
    column = schema.column(fields.text(key))
    if column is None:
        raise fields.wrong(key, f"a column of {schema.code}")
    if numeric and column.type not in ("integer", "decimal"):
        raise fields.wrong(key, "a column of numbers")
    return column.name


def _window(fields: Fields) -> Window:
    window = Window(
        since=fields.integer("since") if "since" in fields else None,
        years=fields.integer("years") if "years" in fields else None,
    )
    is_empty = window.years is not None and window.years < 1
    if (window.since is None) == (window.years is None) or is_empty:
        raise InvalidProblem(
            f"{fields.path('since')} or {fields.path('years')}, one of the two, must be given.",
            field=fields.path("since"),
        )
    return _finish(fields, window)


def _where(fields: Fields, schema: FactSchema) -> Where:
    clauses: list[Condition | AnyOf] = []
    for name in fields:
        if name == "any":
            groups = tuple(
                tuple(_condition(group, column, schema) for column in group)
                for group in fields.inners("any")
            )
            clauses.append(AnyOf(groups))
        else:
            clauses.append(_condition(fields, name, schema))
    return tuple(clauses)


def _condition(fields: Fields, name: str, schema: FactSchema) -> Condition:
    column = schema.column(name)
    if column is None:
        raise InvalidProblem(
            f"{fields.path(name)}: fact {schema.code} has no column {name!r}.",
            field=fields.path(name),
        )
    raw = fields.raw(name)
    if isinstance(raw, list):
        return Condition(name, "in", _values(fields, column, raw))
    if not isinstance(raw, dict):
        return Condition(name, "is", _value(fields, column, raw))
    if len(raw) != 1 or next(iter(raw)) not in _OPERATORS:
        raise fields.wrong(name, "a value, a list, or one of " + ", ".join(_OPERATORS))
    ((operator, operand),) = raw.items()
    if operator == "present":
        return Condition(name, "present" if operand else "missing")
    if operator == "none_of":
        return Condition(name, "not_in", _values(fields, column, operand))
    if operator == "not":
        return Condition(name, "is_not", _value(fields, column, operand))
    return Condition(name, operator, _value(fields, column, operand))


def _values(fields: Fields, column: Column, raw: object) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or not raw:
        raise fields.wrong(column.name, "a list of values")
    return tuple(_value(fields, column, item) for item in raw)


def _value(fields: Fields, column: Column, raw: object) -> Scalar:
    """Check a value against the column's type and its closed list."""
    allowed = dict(column.values)
    is_right_type = type(raw) in _PYTHON_TYPES[column.type]
    if not isinstance(raw, Scalar) or not is_right_type or (allowed and raw not in allowed):
        expected = "one of " + ", ".join(allowed) if allowed else f"a value of type {column.type}"
        raise fields.wrong(column.name, expected)
    return raw


def _column(fields: Fields, name: str) -> Column:
    values: tuple[tuple[str, str], ...] = ()
    if "values" in fields:
        inner = fields.inner("values")
        values = tuple((value, inner.text(value)) for value in inner)
    column = Column(
        name=name,
        type=_literal(fields, "type", *_PYTHON_TYPES),
        meaning=_label(fields, "meaning"),
        nullable=fields.flag("nullable", default=False),
        unit=fields.text("unit", ""),
        values=values,
    )
    return _finish(fields, column)


def _source(fields: Fields) -> Source:
    source = Source(
        document=fields.text("document"),
        issuer=fields.text("issuer", ""),
        number=fields.text("number", ""),
        clause=fields.text("clause", ""),
        says=_words(fields, "says"),
    )
    return _finish(fields, source)


def _label(fields: Fields, key: str = "label") -> Label:
    inner = fields.inner(key)
    return _finish(inner, Label(inner.text("en"), inner.text("zh-Hans")))


def _words(fields: Fields, key: str) -> Label | None:
    words = fields.both(key)
    return Label(*words) if words else None


def _required_day(fields: Fields, key: str) -> Any:
    fields.raw(key)
    return fields.day(key)


def _literal(fields: Fields, key: str, *allowed: str) -> Any:
    """Return a text out of a closed list; the caller's annotation names the Literal type."""
    return fields.one_of(key, allowed)
