"""Where a target stands: achieved, on track, needs acceleration, off track, not yet measurable.

A target is turned into a goal, the interval of values that fulfil it. Everything else (pace,
projection, trajectory) is the way from the baseline to the nearest bound of that interval, so
rising and falling targets, ranges and "about" need no cases of their own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from jiangxin.engines.base import InvalidProblem, Step, Trace

_NO_TRACE = Trace("measures.attainment")

Comparator = Literal[">=", "<=", "==", "~", "range"]
Standing = Literal["achieved", "on_track", "needs_acceleration", "off_track", "not_yet_measurable"]


@dataclass(frozen=True, slots=True)
class Target:
    """A promise in numbers.

    Args:
        low: the value, or the lower end of a range, in the unit of the indicator.
        high: upper end of a range.
        due_on: the day by which; None where the document names none.
        direction: whether more is better; decides what "exactly", "about" and a range mean.
        per_year: the number is asked of every year anew, not of the deadline.
        upper: largest value that makes sense (1 for a share); bounds the projection.
    """

    comparator: Comparator
    low: float
    high: float | None = None
    due_on: date | None = None
    direction: Literal["higher", "lower", "neutral"] = "higher"
    per_year: bool = False
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """A measured value; `year` means the end of that year."""

    year: int
    value: float


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Parameters that an operator may replace (`rules/policies/attainment_thresholds.yaml`).

    Args:
        on_track: least ratio of actual to required pace that is on track.
        needs_acceleration: least ratio that only needs acceleration; below it is off track.
        about: how far from an "about" number still fulfils it, as a share of the number.
    """

    on_track: float = 0.95
    needs_acceleration: float = 0.5
    about: float = 0.05


@dataclass(frozen=True, slots=True)
class Goal:
    """The closed interval of values that fulfil a target; None is open."""

    least: float | None
    most: float | None

    def holds(self, value: float) -> bool:
        """Say whether a value fulfils the target."""
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )

    def aim(self, value: float) -> float:
        """Return the value nearest to the given one that fulfils the target."""
        if self.least is not None and value < self.least:
            return self.least
        return self.most if self.most is not None and value > self.most else value


@dataclass(frozen=True, slots=True)
class Attainment:
    """Where a target stands, and why.

    Args:
        ratio: actual by required pace (or value by number for a yearly target); None if
            it could not be formed.
        projected: value expected at the deadline if the pace stays; None without pace.
        pace: actual change a year since the baseline.
        pace_needed: change a year from now on that would just do.
        gap: what is still missing to the goal, with its sign; 0 if achieved.
        trajectory: (year, value) that a steady way from baseline to goal would show.
        reason: why there is no verdict or how it came about: "no_observation",
            "one_observation", "no_deadline", "missed", "year_running"; else empty.
    """

    standing: Standing
    goal: Goal
    ratio: float | None = None
    projected: float | None = None
    pace: float | None = None
    pace_needed: float | None = None
    gap: float | None = None
    trajectory: tuple[tuple[float, float], ...] = ()
    reason: str = ""
    trace: Trace = _NO_TRACE


def goal_of(target: Target, thresholds: Thresholds) -> Goal:
    """Return the interval of values that fulfil a target.

    A bare number ("build 10") and a range ("8 to 10") are floors where more is better, and
    ceilings where less is better: nobody fails a promise by exceeding it.

    Raises:
        InvalidProblem: a number is not finite, or a range lacks its upper end or is reversed.

    Source:
        Inferred from the wording of the documents (for example “建成…5个”, “3所左右”);
        they do not say how a target is judged.
    """
    if not math.isfinite(target.low):
        raise InvalidProblem("The target's number must be finite.", field="low")
    low = high = target.low
    if target.comparator == ">=":
        return Goal(low, None)
    if target.comparator == "<=":
        return Goal(None, low)
    if target.comparator == "range":
        if target.high is None or not low <= target.high < math.inf:
            raise InvalidProblem("A range needs an upper end above the lower one.", field="high")
        high = target.high
    elif target.comparator == "~":
        margin = abs(low) * thresholds.about
        low, high = low - margin, high + margin
    if target.direction == "higher":
        return Goal(low, None)
    if target.direction == "lower":
        return Goal(None, high)
    return Goal(low, high)


def attain(
    target: Target,
    observations: Sequence[Observation],
    *,
    on: date,
    thresholds: Thresholds = Thresholds(),
) -> Attainment:
    """Judge a target by its observations.

    Args:
        observations: any order, one per year; the earliest is the baseline, the latest the
            present. Give none before the plan's baseline.
        on: the day of judgement; decides whether a deadline has passed and, for a yearly
            target, how much of the last year has run.

    Raises:
        InvalidProblem: a number is not finite, or two observations share a year.

    Method:
        Where baseline, present and aim are positive: ratio of the actual to the required
        yearly growth rate, as the progress measure of Open SDG and the monitoring reports of
        Eurostat form it; else (a zero baseline) ratio of the linear paces.
        Required growth (aim / baseline)^(1 / years) - 1. Linear in the observations.

    Source:
        Inferred: the documents name no thresholds; 0.95 and 0.5 are those of Open SDG and
        stand in a rule that an operator can replace.

    Example:
        >>> target = Target(">=", 60, due_on=date(2027, 12, 31))
        >>> seen = [Observation(2022, 45), Observation(2025, 52)]
        >>> result = attain(target, seen, on=date(2026, 1, 31))
        >>> result.standing, round(result.ratio or 0, 3)
        ('needs_acceleration', 0.834)
    """
    goal = goal_of(target, thresholds)
    ordered = _ordered(observations)
    if not ordered:
        return Attainment("not_yet_measurable", goal, reason="no_observation")
    if target.per_year:
        return _attain_yearly(target, goal, ordered[-1], on=on, thresholds=thresholds)
    first, last = ordered[0], ordered[-1]
    gap = goal.aim(last.value) - last.value
    due = _years(target.due_on) if target.due_on else None
    path = _path(first, goal, due)
    pace = (last.value - first.value) / (last.year - first.year) if last is not first else None
    needed = gap / (due - last.year) if due is not None and due > last.year else None
    projected = _projected(first, last, goal, due, target.upper)

    def result(standing: Standing, reason: str = "", ratio: float | None = None) -> Attainment:
        trace = _trace(target, goal, first, last, ratio, thresholds, standing)
        return Attainment(standing, goal, ratio, projected, pace, needed, gap, path, reason, trace)

    if goal.holds(last.value):
        return result("achieved")
    if due is None or target.due_on is None:
        return result("not_yet_measurable", "no_deadline")
    if on > target.due_on or last.year >= due:
        return result("off_track", "missed")
    if last is first:
        return result("not_yet_measurable", "one_observation")
    ratio = _pace_ratio(first, last, goal, due)
    return result(_standing(ratio, thresholds), "", ratio)


def _ordered(observations: Sequence[Observation]) -> list[Observation]:
    ordered = sorted(observations, key=lambda observation: observation.year)
    for before, after in pairwise(ordered):
        if before.year == after.year:
            raise InvalidProblem(f"{after.year} is observed twice.", field="observations")
    for observation in ordered:
        if not math.isfinite(observation.value):
            raise InvalidProblem(
                f"The value of {observation.year} must be finite.", field="observations"
            )
    return ordered


def _attain_yearly(
    target: Target, goal: Goal, last: Observation, *, on: date, thresholds: Thresholds
) -> Attainment:
    """Judge the last year alone; a year that still runs is held against its elapsed part."""
    elapsed = min(max(_years(on) - (last.year - 1), 0.0), 1.0)
    aim = goal.aim(last.value)
    is_running = elapsed < 1
    ratio: float | None = None
    if goal.least is not None and goal.least > 0:
        ratio = last.value / (goal.least * elapsed) if elapsed > 0 else None
    gap = aim - last.value
    projected = last.value / elapsed if is_running and elapsed > 0 else last.value
    standing: Standing
    if is_running and goal.most is not None:
        # A ceiling is kept only when the year is over; exceeding it is final at once.
        standing = "off_track" if last.value > goal.most else "on_track"
    elif goal.holds(last.value):
        standing = "achieved"
    elif ratio is None:
        standing = "not_yet_measurable" if is_running else "off_track"
    else:
        standing = _standing(ratio, thresholds)
        if standing == "on_track" and not is_running:
            standing = "needs_acceleration"
    return Attainment(
        standing=standing,
        goal=goal,
        ratio=ratio,
        projected=projected,
        gap=gap,
        trajectory=((float(last.year), aim),),
        reason="year_running" if is_running else "",
        trace=_trace(target, goal, last, last, ratio, thresholds, standing),
    )


def _standing(ratio: float, thresholds: Thresholds) -> Standing:
    if ratio >= thresholds.on_track:
        return "on_track"
    return "needs_acceleration" if ratio >= thresholds.needs_acceleration else "off_track"


def _is_growth(*values: float) -> bool:
    """Say whether growth rates make sense: everything is above zero."""
    return min(values) > 0


def _pace_ratio(first: Observation, last: Observation, goal: Goal, due: float) -> float:
    """Divide the actual by the required pace; a baseline that fulfils the goal has slipped."""
    aim = goal.aim(first.value)
    if aim == first.value:
        return -1.0
    span, whole = last.year - first.year, due - first.year
    if _is_growth(first.value, last.value, aim):
        actual = math.log(last.value / first.value) / span
        required = math.log(aim / first.value) / whole
        if abs(required) > 1e-12:
            return math.expm1(actual) / math.expm1(required)
    return ((last.value - first.value) / span) / ((aim - first.value) / whole)


def _projected(
    first: Observation, last: Observation, goal: Goal, due: float | None, upper: float | None
) -> float | None:
    """Continue the actual pace to the deadline, in the same way in which pace is judged."""
    if due is None or last is first:
        return None
    ahead = max(due - last.year, 0.0)
    span = last.year - first.year
    if _is_growth(first.value, last.value, goal.aim(first.value)):
        exponent = math.log(last.value / first.value) / span * ahead
        value = last.value * math.exp(min(exponent, 50.0))
    else:
        value = last.value + (last.value - first.value) / span * ahead
    return value if upper is None else min(value, max(upper, last.value))


def _path(first: Observation, goal: Goal, due: float | None) -> tuple[tuple[float, float], ...]:
    """Return the steady way from the baseline to the goal, a point per year end."""
    if due is None or due <= first.year:
        return ()
    aim = goal.aim(first.value)
    years = [float(year) for year in range(first.year, math.ceil(due))] + [due]
    points = []
    for year in years:
        done = (year - first.year) / (due - first.year)
        if _is_growth(first.value, aim):
            value = first.value * (aim / first.value) ** done
        else:
            value = first.value + (aim - first.value) * done
        points.append((year, value))
    points[-1] = (due, aim)
    return tuple(points)


def _years(day: date) -> float:
    """Count days as years, so that the last day of 2027 is 2027.0."""
    first = date(day.year, 1, 1)
    length = (date(day.year + 1, 1, 1) - first).days
    return day.year - 1 + ((day - first).days + 1) / length


def _trace(
    target: Target,
    goal: Goal,
    first: Observation,
    last: Observation,
    ratio: float | None,
    thresholds: Thresholds,
    standing: Standing,
) -> Trace:
    return Trace(
        "measures.attainment",
        (
            Step(
                "goal",
                (("comparator", target.comparator), ("low", target.low), ("high", target.high)),
                (goal.least, goal.most),
            ),
            Step(
                "observations",
                (("baseline", (first.year, first.value)), ("present", (last.year, last.value))),
            ),
            Step(
                "standing",
                (
                    ("ratio", ratio),
                    ("on_track", thresholds.on_track),
                    ("needs_acceleration", thresholds.needs_acceleration),
                ),
                standing,
            ),
        ),
    )
