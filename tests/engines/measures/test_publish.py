"""Small cells: what is held back, and that nothing held back can be reckoned from the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangxin.engines.base import InvalidProblem
from jiangxin.engines.measures import Value, publish
from tests.engines.measures import shipped

SHARE = shipped.define("{share: {fact: graduates, where: {employed: true}}}", code="rate")
THINGS = shipped.define("{count: {fact: classes}}", code="things", small_cell="")
MINIMUM = {"small_cell_minimum": 10}
# a city of two counties; county A has three schools, county B two
PARENTS = {
    ("region", "A"): ("region", "city"),
    ("region", "B"): ("region", "city"),
    **{("organisation", f"A{i}"): ("region", "A") for i in range(3)},
    **{("organisation", f"B{i}"): ("region", "B") for i in range(2)},
}


def value(code: str, numerator: int, n: int, indicator: str = "rate", part: str = "") -> Value:
    scope = "region" if code in ("city", "A", "B") else "organisation"
    share = numerator / n if n else None
    status = "measured" if n else "undefined"
    return Value(indicator, "v", scope, code, 2025, part, status, share, numerator, n, n, "", ())


def suppressed(values: list[Value]) -> dict[str, str]:
    results = publish(values, [SHARE, THINGS], minimums=MINIMUM, parent_of=PARENTS)
    return {
        result.code + (f"/{result.part}" if result.part else ""): result.suppressed
        for result in results
        if result.suppressed
    }


def test_large_cells_are_published_as_they_are() -> None:
    (result,) = publish([value("A", 60, 100)], [SHARE], minimums=MINIMUM, parent_of=PARENTS)
    assert (result.value, result.numerator, result.denominator) == (0.6, 60, 100)


@pytest.mark.parametrize(
    ("numerator", "n", "is_hidden"),
    [
        (5, 9, True),
        (5, 10, True),
        (9, 100, True),
        (91, 100, True),
        (0, 100, False),
        (90, 100, False),
    ],
)
def test_few_persons_in_the_cell_or_on_either_side_are_hidden(
    numerator: int, n: int, is_hidden: bool
) -> None:
    assert bool(suppressed([value("A", numerator, n)])) is is_hidden


def test_a_hidden_cell_keeps_nothing() -> None:
    (result,) = publish([value("A", 3, 5)], [SHARE], minimums=MINIMUM, parent_of=PARENTS)
    assert (result.value, result.numerator, result.denominator) == (None, None, None)
    assert result.suppressed == "small_cell"


def test_a_single_hidden_cell_takes_the_smallest_sibling_with_it() -> None:
    values = [value("A", 90, 180), value("A0", 3, 5), value("A1", 40, 80), value("A2", 47, 95)]
    assert suppressed(values) == {"A0": "small_cell", "A1": "complementary"}


def test_a_cell_hidden_as_a_sibling_needs_company_below() -> None:
    """County A is hidden only for B's sake; its schools would still add up to it."""
    values = [
        value("city", 100, 200),
        value("A", 95, 190),
        value("B", 5, 10),
        value("A0", 40, 80),
        value("A1", 55, 110),
    ]
    assert suppressed(values) == {
        "B": "small_cell",
        "A": "complementary",
        "A0": "complementary",
    }


def test_things_are_never_hidden() -> None:
    assert suppressed([value("A", 1, 1, indicator="things")]) == {}


def test_the_parts_of_a_breakdown_protect_each_other() -> None:
    values = [value("A", 20, 40, part="female"), value("A", 2, 4, part="male")]
    assert suppressed(values) == {"A/male": "small_cell", "A/female": "complementary"}


def test_a_rule_without_a_minimum_is_refused() -> None:
    with pytest.raises(InvalidProblem, match="small_cell_minimum"):
        publish([value("A", 3, 5)], [SHARE], minimums={}, parent_of=PARENTS)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=5, max_size=5))
def test_no_hidden_cell_can_be_reckoned_from_the_published_ones(cells) -> None:
    """Solve the sums as an attacker would, again and again; no small cell may come out."""
    codes = ["A0", "A1", "A2", "B0", "B1"]
    leaves = {code: (top, top + rest) for code, (top, rest) in zip(codes, cells, strict=True)}
    sums = {"A": codes[:3], "B": codes[3:], "city": ["A", "B"]}
    numbers = dict(leaves)
    for whole, parts in sums.items():
        numbers[whole] = tuple(sum(numbers[part][side] for part in parts) for side in (0, 1))
    values = [value(code, top, n) for code, (top, n) in numbers.items()]
    results = publish(values, [SHARE], minimums=MINIMUM, parent_of=PARENTS)
    known = {r.code for r in results if not r.suppressed}
    small = {r.code for r in results if r.suppressed == "small_cell"}
    grows = True
    while grows:
        grows = False
        for whole, parts in sums.items():
            unknown = {whole, *parts} - known
            if len(unknown) == 1:
                known |= unknown
                grows = True
    assert not known & small
