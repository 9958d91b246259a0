"""What of the values may be shown outside: cells that could point at a person are held back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from jiangxin.engines.base import InvalidProblem
from jiangxin.engines.measures.model import Definition, Scope, Value

Place = tuple[Scope, str]
Suppression = Literal["", "small_cell", "complementary"]


@dataclass(frozen=True, slots=True)
class Published:
    """The public form of a value; a suppressed one keeps neither value nor parts nor size.

    Args:
        suppressed: why nothing is shown: "small_cell" because few persons stand behind it,
            "complementary" because it would give such a cell away by subtraction.
    """

    indicator: str
    version: str
    scope: Scope
    code: str
    year: int
    part: str
    status: str
    value: float | None
    numerator: float | None
    denominator: float | None
    suppressed: Suppression
    reason: str


def publish(
    values: Sequence[Value],
    definitions: Sequence[Definition],
    *,
    minimums: Mapping[str, int],
    parent_of: Mapping[Place, Place],
) -> list[Published]:
    """Turn internal values into those that may be published.

    Args:
        minimums: smallest publishable cell by the code of its rule (`small_cell_rule`).
        parent_of: the region directly above each region or organisation. Siblings under one
            parent add up to it, so a single hidden one could be found by subtraction: then
            the smallest shown sibling is hidden too. The parts of a breakdown are siblings
            under their whole.

    Returns:
        One result per value, in the same order.

    Raises:
        InvalidProblem: a definition names a rule without a minimum, or a value has no
            definition.

    Method:
        Primary suppression of cells with fewer than the minimum persons, and of numerators or
        remainders between 0 and the minimum; then one secondary cell per group of siblings.
        Linear but for sorting the groups.

    Source:
        Inferred from usual disclosure control of official statistics; the minimum is a rule.
    """
    rules = {definition.code: definition.small_cell_rule for definition in definitions}
    protected: set[int] = set()
    hidden: dict[int, Suppression] = {}
    for index, value in enumerate(values):
        if value.indicator not in rules:
            raise InvalidProblem(f"{value.indicator} has no definition.", field="definitions")
        rule = rules[value.indicator]
        if not rule or value.status == "not_yet_measurable":
            continue
        if rule not in minimums:
            raise InvalidProblem(f"There is no minimum for rule {rule}.", field="minimums")
        protected.add(index)
        if _is_small(value, minimums[rule]):
            hidden[index] = "small_cell"
    for group in _siblings(values, protected, parent_of):
        shown = [index for index in group if index not in hidden]
        if len(group) - len(shown) == 1 and shown:
            hidden[min(shown, key=lambda index: (values[index].n, index))] = "complementary"
    return [_published(value, hidden.get(index, "")) for index, value in enumerate(values)]


def _is_small(value: Value, minimum: int) -> bool:
    """Say whether few persons stand behind the value, its numerator or the remainder."""
    if 0 < value.n < minimum:
        return True
    numerator, denominator = value.numerator, value.denominator
    if numerator is None or denominator is None or denominator != value.n:
        # Sums and means: only the number of rows tells how many persons there are.
        return False
    return 0 < numerator < minimum or 0 < denominator - numerator < minimum


def _siblings(
    values: Sequence[Value], protected: set[int], parent_of: Mapping[Place, Place]
) -> list[list[int]]:
    """Group the values that add up to a common whole."""
    groups: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for index in sorted(protected):
        value = values[index]
        if value.n == 0:
            continue
        parent = parent_of.get((value.scope, value.code))
        if parent is not None:
            groups["place", value.indicator, value.year, value.part, parent].append(index)
        if value.part:
            groups["part", value.indicator, value.year, value.scope, value.code].append(index)
    return list(groups.values())


def _published(value: Value, suppressed: Suppression) -> Published:
    is_shown = not suppressed
    return Published(
        indicator=value.indicator,
        version=value.version,
        scope=value.scope,
        code=value.code,
        year=value.year,
        part=value.part,
        status=value.status,
        value=value.value if is_shown else None,
        numerator=value.numerator if is_shown else None,
        denominator=value.denominator if is_shown else None,
        suppressed=suppressed,
        reason=value.reason,
    )
