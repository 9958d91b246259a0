"""Rules of this app (`rules/policies`): thresholds and weights in force on a day in a region."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jiangxin
from jiangxin.engines import measures, rulebook

RULES = Path(jiangxin.__file__).parent / "rules" / "policies"


@cache
def rule(code: str) -> rulebook.Rule:
    """Return a rule of this app by its code."""
    return rulebook.parse((RULES / f"{code}.yaml").read_text(encoding="utf-8"))


def rule_value(code: str, *, on: datetime.date, path: str = "") -> rulebook.RuleValue:
    """Return what a rule says on a day at a scope path."""
    regions = tuple(part for part in path.split("/") if part and not part.startswith("@"))
    return rulebook.value_at(rule(code), on=on, region=regions)


@cache
def thresholds(on: datetime.date, path: str) -> measures.Thresholds:
    """Return the thresholds by which targets of a region are judged on a day."""
    content = rule_value("attainment_thresholds", on=on, path=path).content
    if not isinstance(content, Mapping):
        raise TypeError("attainment_thresholds must be a mapping of named numbers")
    return measures.Thresholds(**content)
