"""What a rule says on a day in a place, and whether a measured number meets it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from jiangxin.engines.base import InvalidProblem, Step, Trace
from jiangxin.engines.rulebook.formula import compute, names_in
from jiangxin.engines.rulebook.model import (
    Citation,
    DatedValue,
    Finding,
    Label,
    Rule,
    RuleValue,
)

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}
_NO_RULES: Mapping[str, Rule] = {}
_NO_INPUTS: Mapping[str, float] = {}


def value_at(
    rule: Rule,
    *,
    on: date,
    region: Sequence[str] = (),
    inputs: Mapping[str, float] = _NO_INPUTS,
    rules: Mapping[str, Rule] = _NO_RULES,
) -> RuleValue:
    """Find what a rule says on a day in a region.

    A value of the nearest region wins over that of a region above it, and that over the rule's
    own; within one region the latest that has started counts.

    Args:
        region: codes from the top of the tree down to the region asked for.
        inputs: numbers that a formula needs, by name.
        rules: other rules that a formula may read, by code.

    Raises:
        InvalidProblem: nothing is in force on that day, or a formula lacks an input.

    Example:
        >>> from jiangxin.engines.rulebook import parse
        >>> rule = parse('''
        ... {code: age, label: {en: Age, zh-Hans: 年龄}, unit: year, inferred: an example,
        ...  values: [{from: 2022-01-01, value: 16}, {from: 2024-01-01, value: 18, region: "50"}]}
        ... ''')
        >>> value_at(rule, on=date(2025, 1, 1), region=("50", "500118")).content
        18
    """
    return _value_at(rule, on, tuple(region), inputs, rules, ())


def check(
    rule: Rule,
    actual: float,
    *,
    on: date,
    region: Sequence[str] = (),
    inputs: Mapping[str, float] = _NO_INPUTS,
    rules: Mapping[str, Rule] = _NO_RULES,
) -> Finding:
    """Hold a measured number against a rule that has a comparator.

    Raises:
        InvalidProblem: the rule is no check, or `value_at` finds nothing.
    """
    if rule.comparator is None:
        raise InvalidProblem(f"{rule.code} has no comparator.", field="comparator")
    value = value_at(rule, on=on, region=region, inputs=inputs, rules=rules)
    required = value.number()
    is_met = _COMPARE[rule.comparator](actual, required)
    step = Step(
        f"{rule.code}: actual {rule.comparator} required",
        (("actual", actual), ("required", required)),
        is_met,
        _cited(rule.sources, rule.inferred),
    )
    return Finding(is_met, actual, required, Trace("rulebook", (*value.trace.steps, step)))


def _value_at(
    rule: Rule,
    on: date,
    region: tuple[str, ...],
    inputs: Mapping[str, float],
    rules: Mapping[str, Rule],
    above: tuple[str, ...],
) -> RuleValue:
    if rule.code in above:
        raise InvalidProblem(
            "formula: these rules read each other: " + ", ".join((*above, rule.code)),
            field="formula",
        )
    if rule.formula:
        return _computed(rule, on, region, inputs, rules, above)
    chosen = _in_force(rule, on, region)
    step = Step(
        rule.code,
        (("on", on), ("from", chosen.starts_on), ("region", chosen.region)),
        chosen.content,
        _cited(chosen.sources or rule.sources, rule.inferred),
    )
    return RuleValue(
        content=chosen.content,
        unit=rule.unit,
        starts_on=chosen.starts_on,
        region=chosen.region,
        is_inferred=bool(rule.inferred),
        trace=Trace("rulebook", (step,)),
    )


def _in_force(rule: Rule, on: date, region: tuple[str, ...]) -> DatedValue:
    for place in (*reversed(region), ""):
        started = [v for v in rule.values if v.region == place and v.starts_on <= on]
        if started:
            return max(started, key=lambda value: value.starts_on)
    first = min(value.starts_on for value in rule.values)
    raise InvalidProblem(
        f"{rule.code} says nothing for {on}; its first value starts on {first}.", field="on"
    )


def _computed(
    rule: Rule,
    on: date,
    region: tuple[str, ...],
    inputs: Mapping[str, float],
    rules: Mapping[str, Rule],
    above: tuple[str, ...],
) -> RuleValue:
    numbers: dict[str, float] = {}
    steps: list[Step] = []
    is_inferred = bool(rule.inferred)
    for name in names_in(rule.formula):
        if name in inputs:
            numbers[name] = inputs[name]
        elif name in rules:
            inner = _value_at(rules[name], on, region, inputs, rules, (*above, rule.code))
            numbers[name] = inner.number()
            steps += inner.trace.steps
            is_inferred = is_inferred or inner.is_inferred
    result = compute(rule.formula, numbers)
    steps.append(
        Step(
            f"{rule.code} = {rule.formula}",
            tuple(numbers.items()),
            result,
            _cited(rule.sources, rule.inferred),
        )
    )
    return RuleValue(result, rule.unit, None, "", is_inferred, Trace("rulebook", tuple(steps)))


def _cited(sources: Sequence[Citation], inferred: Label | None) -> str:
    cited = "; ".join(
        " ".join(word for word in (source.document, source.number, source.article) if word)
        for source in sources
    )
    if not inferred:
        return cited
    decided = f"inferred: {inferred.en}"
    return f"{cited}; {decided}" if cited else decided
