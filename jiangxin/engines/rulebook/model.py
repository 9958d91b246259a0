"""Types of the engine: a rule with its dated values, and the answers it gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jiangxin.engines.base import Trace

# A number, an ordered list of numbers (days before a date), or named numbers (weights).
RuleContent = float | tuple[float, ...] | Mapping[str, float]
Comparator = Literal[">=", "<=", ">", "<", "=="]


@dataclass(frozen=True, slots=True)
class Label:
    """A name in the two languages of the product."""

    en: str
    zh_hans: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that sets the rule, and what it says in our own words."""

    document: str
    issuer: str = ""
    number: str = ""
    article: str = ""
    says: Label | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class DatedValue:
    """What a rule says from a day on, everywhere or in one region and below."""

    starts_on: date
    content: RuleContent
    # Six-digit code of the region that departs from the rule; empty for the rule itself.
    region: str = ""
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold, weight, age, share, period or fee of an authority."""

    code: str
    label: Label
    unit: str
    # Dated values, or a formula over inputs and other rules; exactly one of the two.
    values: tuple[DatedValue, ...]
    formula: str
    # How a measured number is held against the value, for rules that are checks.
    comparator: Comparator | None
    sources: tuple[Citation, ...]
    checked_on: date | None
    # What we decided because no document says it; None where the sources say everything.
    inferred: Label | None


@dataclass(frozen=True, slots=True)
class RuleValue:
    """The content of a rule on a day in a place, and how it was found."""

    content: RuleContent
    unit: str
    starts_on: date | None
    region: str
    is_inferred: bool
    trace: Trace

    def number(self) -> float:
        """Return the content of a rule that is one number."""
        if not isinstance(self.content, int | float):
            raise TypeError("this rule holds several numbers")
        return self.content


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer of a check: what was found, what was asked, and whether that is enough."""

    is_met: bool
    actual: float
    required: float
    trace: Trace
