"""Where targets stand: reckoned by hand for each comparator, and properties that always hold."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangxin.engines.base import InvalidProblem
from jiangxin.engines.measures import Goal, Observation, Target, Thresholds, attain, goal_of

END_2027 = date(2027, 12, 31)
NOW = date(2026, 3, 1)


def seen(**years: float) -> list[Observation]:
    return [Observation(int(year[1:]), value) for year, value in years.items()]


def test_the_example_of_open_sdg() -> None:
    """(52/45)^(1/3) - 1 = 4.937 % a year of the (60/45)^(1/5) - 1 = 5.922 % required."""
    result = attain(Target(">=", 60, due_on=END_2027), seen(y2022=45, y2025=52), on=NOW)
    assert result.standing == "needs_acceleration"
    assert result.ratio == pytest.approx(0.834, abs=0.0005)
    assert result.gap == 8
    assert result.pace == pytest.approx(7 / 3)
    assert result.pace_needed == 4
    # 52 · 1.04937²
    assert result.projected == pytest.approx(57.26, abs=0.01)


TABLE = {
    "reached": (Target(">=", 60, due_on=END_2027), seen(y2022=45, y2025=60), "achieved"),
    "exceeded": (Target(">=", 60, due_on=END_2027), seen(y2025=90), "achieved"),
    "steady": (Target(">=", 60, due_on=END_2027), seen(y2022=45, y2025=53.6), "on_track"),
    "too slow": (Target(">=", 60, due_on=END_2027), seen(y2022=45, y2025=46), "off_track"),
    "backwards": (Target(">=", 60, due_on=END_2027), seen(y2022=45, y2025=40), "off_track"),
    # from zero the paces are linear: 2 a year of 10/4 = 2.5 a year
    "from zero": (Target("==", 10, due_on=END_2027), seen(y2023=0, y2025=4), "needs_acceleration"),
    "still zero": (Target("==", 10, due_on=END_2027), seen(y2023=0, y2025=0), "off_track"),
    "falls to zero": (Target(">=", 10, due_on=END_2027), seen(y2023=4, y2025=0), "off_track"),
    "falling": (Target("<=", 10, due_on=END_2027), seen(y2022=20, y2025=12), "on_track"),
    "falling slowly": (Target("<=", 10, due_on=END_2027), seen(y2022=20, y2025=19), "off_track"),
    "low enough": (Target("<=", 10, due_on=END_2027), seen(y2025=9), "achieved"),
    "a bare number is a floor": (Target("==", 3, due_on=END_2027), seen(y2025=4), "achieved"),
    "a range is met from its lower end": (
        Target("range", 4, 6, END_2027),
        seen(y2025=4),
        "achieved",
    ),
    "a range is met above its upper end": (
        Target("range", 4, 6, END_2027),
        seen(y2025=9),
        "achieved",
    ),
    "a range below": (Target("range", 4, 6, END_2027), seen(y2024=0, y2025=3), "on_track"),
    "about": (Target("~", 100, due_on=END_2027), seen(y2025=95), "achieved"),
    "not quite about": (
        Target("~", 100, due_on=END_2027),
        seen(y2024=92, y2025=94),
        "on_track",
    ),
    "about, from above": (Target("~", 100, due_on=END_2027), seen(y2025=150), "achieved"),
    "about one to one": (
        Target("~", 1, due_on=END_2027, direction="neutral"),
        seen(y2025=1.04),
        "achieved",
    ),
    "far over one to one": (
        Target("~", 1, due_on=END_2027, direction="neutral"),
        seen(y2024=1.2, y2025=1.3),
        "off_track",
    ),
    "missed": (Target(">=", 60, due_on=date(2025, 12, 31)), seen(y2022=45, y2025=59), "off_track"),
    "nothing seen": (Target(">=", 60, due_on=END_2027), [], "not_yet_measurable"),
    "seen once": (Target(">=", 60, due_on=END_2027), seen(y2025=50), "not_yet_measurable"),
    "no deadline": (Target(">=", 60), seen(y2022=45, y2025=50), "not_yet_measurable"),
    "no deadline, reached": (Target(">=", 60), seen(y2025=61), "achieved"),
}


@pytest.mark.parametrize("name", TABLE)
def test_standing(name: str) -> None:
    target, observations, standing = TABLE[name]
    assert attain(target, observations, on=NOW).standing == standing


@pytest.mark.parametrize(
    ("target", "observations", "reason"),
    [
        (Target(">=", 60, due_on=END_2027), [], "no_observation"),
        (Target(">=", 60, due_on=END_2027), seen(y2025=50), "one_observation"),
        (Target(">=", 60), seen(y2022=45, y2025=50), "no_deadline"),
        (Target(">=", 60, due_on=date(2026, 2, 28)), seen(y2022=45, y2025=59), "missed"),
    ],
)
def test_reason(target: Target, observations: list[Observation], reason: str) -> None:
    assert attain(target, observations, on=NOW).reason == reason


YEARLY = Target(">=", 300_000, per_year=True)


@pytest.mark.parametrize(
    ("value", "on", "standing", "reason"),
    [
        (300_000, date(2026, 1, 1), "achieved", ""),
        (290_000, date(2026, 1, 1), "needs_acceleration", ""),
        (100_000, date(2026, 1, 1), "off_track", ""),
        # 181 of 365 days: 148 767 would be the even share
        (150_000, date(2025, 6, 30), "on_track", "year_running"),
        (100_000, date(2025, 6, 30), "needs_acceleration", "year_running"),
        (50_000, date(2025, 6, 30), "off_track", "year_running"),
    ],
)
def test_a_yearly_target_is_judged_by_its_last_year(
    value: float, on: date, standing: str, reason: str
) -> None:
    result = attain(YEARLY, seen(y2024=999_999, y2025=value), on=on)
    assert (result.standing, result.reason) == (standing, reason)


def test_a_yearly_ceiling_is_lost_at_once_and_kept_only_at_the_end() -> None:
    target = Target("<=", 5, per_year=True)
    assert attain(target, seen(y2025=3), on=date(2025, 6, 30)).standing == "on_track"
    assert attain(target, seen(y2025=6), on=date(2025, 6, 30)).standing == "off_track"
    assert attain(target, seen(y2025=3), on=date(2026, 1, 1)).standing == "achieved"


def test_the_projection_of_a_share_stays_below_one() -> None:
    target = Target(">=", 0.99, due_on=END_2027, upper=1)
    assert attain(target, seen(y2023=0.5, y2025=0.98), on=NOW).projected == 1


def test_the_trajectory_runs_from_the_baseline_to_the_goal() -> None:
    target = Target(">=", 10, due_on=date(2025, 6, 30))
    path = attain(target, seen(y2023=0, y2024=2), on=date(2025, 1, 31)).trajectory
    due = 2024 + 181 / 365
    assert path[0] == (2023, 0)
    assert path[1] == (2024, pytest.approx(10 / (due - 2023)))
    assert path[2] == (pytest.approx(due), 10)


@pytest.mark.parametrize(
    "target",
    [
        Target("range", 6, 4),
        Target("range", 6),
        Target(">=", float("nan")),
        Target(">=", float("inf")),
    ],
)
def test_odd_targets_are_refused(target: Target) -> None:
    with pytest.raises(InvalidProblem):
        attain(target, seen(y2025=5), on=NOW)


def test_odd_observations_are_refused() -> None:
    with pytest.raises(InvalidProblem, match="twice"):
        attain(Target(">=", 6), [Observation(2025, 1), Observation(2025, 2)], on=NOW)
    with pytest.raises(InvalidProblem, match="finite"):
        attain(Target(">=", 6), [Observation(2025, float("nan"))], on=NOW)


numbers = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))
targets = st.builds(
    lambda comparator, low, width, year, direction: Target(
        comparator,
        low,
        low + width if comparator == "range" else None,
        date(year, 12, 31),
        direction,
    ),
    st.sampled_from([">=", "<=", "==", "~", "range"]),
    numbers,
    st.floats(0, 1e3).map(lambda x: round(x, 3)),
    st.integers(2020, 2035),
    st.sampled_from(["higher", "lower", "neutral"]),
)
histories = st.dictionaries(st.integers(2015, 2030), numbers, max_size=6).map(
    lambda years: [Observation(year, value) for year, value in years.items()]
)


@given(target=targets, observations=histories, year=st.integers(2015, 2036))
def test_any_target_gets_one_answer_that_agrees_with_its_goal(
    target: Target, observations: list[Observation], year: int
) -> None:
    on = date(year, 7, 1)
    result = attain(target, observations, on=on)
    assert result == attain(target, observations[::-1], on=on)
    if not observations:
        assert result.standing == "not_yet_measurable"
        return
    last = max(observations, key=lambda observation: observation.year)
    assert (result.standing == "achieved") == result.goal.holds(last.value)
    assert result.gap is not None
    assert result.goal.holds(last.value + result.gap) or abs(result.gap) > 1e-9
    if result.standing == "on_track":
        assert result.ratio is not None
        assert result.ratio >= Thresholds().on_track
    for _, value in result.trajectory:
        bounds = [observations[0].value, *(o.value for o in observations), result.goal.aim(value)]
        assert min(bounds) - 1e-6 <= value <= max(bounds) + 1e-6 or result.goal.least is not None


@given(
    base=st.floats(0, 1e3), gain=st.floats(0.01, 1e3), more=st.floats(0, 1e3), low=st.floats(1, 5e3)
)
def test_a_better_value_never_stands_worse(
    base: float, gain: float, more: float, low: float
) -> None:
    order = ["off_track", "needs_acceleration", "on_track", "achieved"]
    target = Target(">=", base + low, due_on=END_2027)

    def standing(value: float) -> int:
        return order.index(attain(target, seen(y2022=base, y2025=value), on=NOW).standing)

    assert standing(base + gain) <= standing(base + gain + more)


@given(factor=st.sampled_from([0.01, 100.0]), base=st.integers(1, 60), now=st.integers(1, 99))
def test_the_unit_does_not_matter(factor: float, base: int, now: int) -> None:
    def standing(scale: float) -> str:
        target = Target(">=", 100 * scale, due_on=END_2027)
        return attain(target, seen(y2022=base * scale, y2025=now * scale), on=NOW).standing

    assert standing(1) == standing(factor)


def test_goal_of_each_comparator() -> None:
    thresholds = Thresholds(about=0.1)
    goals = {
        (comparator, direction): goal_of(
            Target(comparator, 10, 20 if comparator == "range" else None, direction=direction),
            thresholds,
        )
        for comparator in (">=", "<=", "==", "~", "range")
        for direction in ("higher", "lower", "neutral")
    }
    assert goals == {
        (">=", "higher"): Goal(10, None),
        (">=", "lower"): Goal(10, None),
        (">=", "neutral"): Goal(10, None),
        ("<=", "higher"): Goal(None, 10),
        ("<=", "lower"): Goal(None, 10),
        ("<=", "neutral"): Goal(None, 10),
        ("==", "higher"): Goal(10, None),
        ("==", "lower"): Goal(None, 10),
        ("==", "neutral"): Goal(10, 10),
        ("~", "higher"): Goal(9, None),
        ("~", "lower"): Goal(None, 11),
        ("~", "neutral"): Goal(9, 11),
        ("range", "higher"): Goal(10, None),
        ("range", "lower"): Goal(None, 20),
        ("range", "neutral"): Goal(10, 20),
    }
