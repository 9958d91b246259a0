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
        parent_of: the region directly above each region or organisation. What stands under
            one parent adds up to it, so a single hidden cell could be found by subtraction:
            then the smallest shown one is hidden too. The parts of a breakdown add up to
            their whole in the same way.

    Returns:
        One result per value, in the same order.

    Raises:
        InvalidProblem: a definition names a rule without a minimum, or a value has no
            definition.

    Method:
        Primary suppression of cells with fewer than the minimum persons, and of numerators or
        remainders between 0 and the minimum; then secondary cells until no sum of parts has
        exactly one unknown. Each round hides at least one cell; two or three rounds are usual.

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
    _hide_complements(values, hidden, _sums(values, protected, parent_of))
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


def _hide_complements(
    values: Sequence[Value], hidden: dict[int, Suppression], sums: Sequence[Sequence[int]]
) -> None:
    """Hide more cells until no sum has exactly one unknown; smallest parts go first."""
    is_stable = False
    while not is_stable:
        is_stable = True
        for members in sums:
            shown = [index for index in members if index not in hidden]
            if len(members) - len(shown) == 1 and shown:
                hidden[min(shown, key=lambda index: (values[index].n, index))] = "complementary"
                is_stable = False


def _sums(
    values: Sequence[Value], protected: set[int], parent_of: Mapping[Place, Place]
) -> list[list[int]]:
    """List the sums that a reader can form: parts and, where it is published, their whole."""
    groups: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for index in sorted(protected):
        value = values[index]
        if value.n == 0:
            continue
        kind = (value.indicator, value.year)
        place = (value.scope, value.code)
        parent = parent_of.get(place)
        if parent is not None:
            groups[("place", *kind, value.part, parent)].append(index)
        if value.part:
            groups[("part", *kind, place)].append(index)
    for index in protected:
        value = values[index]
        kind = (value.indicator, value.year)
        place = (value.scope, value.code)
        wholes: list[tuple[object, ...]] = [("place", *kind, value.part, place)]
        if not value.part:
            wholes.append(("part", *kind, place))
        for whole in wholes:
            if whole in groups:
                groups[whole].append(index)
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
