"""Dated, sourced parameters and checks, each answer with its trace."""

from jiangxin.engines.rulebook.evaluate import check, value_at
from jiangxin.engines.rulebook.model import (
    Citation,
    DatedValue,
    Finding,
    Label,
    Rule,
    RuleContent,
    RuleValue,
)
from jiangxin.engines.rulebook.parse import parse

__all__ = [
    "Citation",
    "DatedValue",
    "Finding",
    "Label",
    "Rule",
    "RuleContent",
    "RuleValue",
    "check",
    "parse",
    "value_at",
]
