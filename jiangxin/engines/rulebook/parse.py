"""YAML text becomes a rule."""

from __future__ import annotations

import math
from datetime import date
from types import MappingProxyType
from typing import Any

from jiangxin.engines.base import Fields, InvalidProblem
from jiangxin.engines.rulebook.formula import names_in
from jiangxin.engines.rulebook.model import Citation, DatedValue, Label, Rule, RuleContent

_COMPARATORS = (">=", "<=", ">", "<", "==")


def parse(text: str) -> Rule:
    """Read one rule from YAML text.

    Raises:
        InvalidProblem: a key is missing, unknown or odd, a period stands twice, or neither
            sources nor `inferred` say where the rule comes from; the error names the key.

    Example:
        >>> rule = parse('''
        ... code: seats
        ... label: {en: Seats, zh-Hans: 座位}
        ... unit: item
        ... values: [{from: 2024-01-01, value: 40}]
        ... inferred: an example
        ... ''')
        >>> rule.values[0].content
        40
    """
    fields = Fields.of_yaml(text)
    label = fields.inner("label")
    comparator: Any = fields.one_of("comparator", _COMPARATORS) if "comparator" in fields else None
    rule = Rule(
        code=fields.text("code"),
        label=Label(label.text("en"), label.text("zh-Hans")),
        unit=fields.text("unit"),
        values=tuple(sorted(map(_dated_value, fields.inners("values")), key=_order)),
        formula=fields.text("formula", ""),
        comparator=comparator,
        sources=tuple(map(_citation, fields.inners("sources"))),
        checked_on=fields.day("checked_on"),
        inferred=_words(fields, "inferred"),
    )
    label.finish()
    fields.finish()
    _check(rule)
    return rule


def _check(rule: Rule) -> None:
    if bool(rule.values) == bool(rule.formula):
        raise InvalidProblem("values or formula, one of the two, must be given.", field="values")
    if rule.formula:
        names_in(rule.formula)
    if not rule.sources and not rule.inferred:
        raise InvalidProblem(
            "sources: cite a document, or say under `inferred` what we decided.", field="sources"
        )
    periods = [(value.region, value.starts_on) for value in rule.values]
    if len(set(periods)) != len(periods):
        raise InvalidProblem("values: two values start on the same day.", field="values")


def _order(value: DatedValue) -> tuple[str, date]:
    return value.region, value.starts_on


def _dated_value(fields: Fields) -> DatedValue:
    starts_on = fields.day("from")
    if starts_on is None:
        raise InvalidProblem(f"{fields.path('from')} is missing.", field=fields.path("from"))
    value = DatedValue(
        starts_on=starts_on,
        content=_content(fields),
        region=fields.text("region", ""),
        sources=tuple(map(_citation, fields.inners("sources"))),
    )
    fields.finish()
    return value


def _content(fields: Fields) -> RuleContent:
    raw = fields.raw("value")
    if isinstance(raw, list) and raw and all(map(_is_number, raw)):
        return tuple(raw)
    if isinstance(raw, dict) and raw and all(map(_is_number, raw.values())):
        return MappingProxyType({str(key): value for key, value in raw.items()})
    if _is_number(raw):
        number: float = raw
        return number
    raise fields.wrong("value", "a number, a list of numbers, or named numbers")


def _is_number(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def _words(fields: Fields, key: str) -> Label | None:
    words = fields.both(key)
    return Label(*words) if words else None


def _citation(fields: Fields) -> Citation:
    citation = Citation(
        document=fields.text("document"),
        issuer=fields.text("issuer", ""),
        number=fields.text("number", ""),
        article=fields.text("article", ""),
        says=_words(fields, "says"),
        link=fields.text("link", ""),
    )
    fields.finish()
    return citation
