"""The region at a glance: where its promises stand, what is late, what was measured."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies import queries as policies
from jiangxin.apps.policies.models import Target, Task
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import Viewer

# the worst first
_WANT_ATTENTION = ("off_track", "needs_acceleration")


@dataclass(frozen=True, slots=True)
class Branch:
    """A region with the standing of its promises, those of the regions below included."""

    code: str
    name: str
    # number by standing, in the order of STANDINGS
    counts: Mapping[str, int]
    # promises of the region itself, without those below
    own: int
    below: list[Branch] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Number of promises."""
        return sum(self.counts.values())

    @property
    def kept_rate(self) -> float | None:
        """Share of the measured promises that are achieved or on track; None if none is."""
        measured = self.total - self.counts["not_yet_measurable"]
        good = self.counts["achieved"] + self.counts["on_track"]
        return good / measured if measured else None


@dataclass(frozen=True, slots=True)
class Tile:
    """The newest value of an indicator with its trend, ready to be shown."""

    code: str
    label: str
    value: float
    # word of the unit; "share" is shown as percent
    unit: str
    # "computed" or "reported"
    kind: str
    is_simulated: bool
    trend: tuple[indicators.Seen, ...]
    # difference to the year before, in percentage points for a share; None if unknown
    change: float | None
    # whether the change is in the direction that the definition calls better; None if neither
    is_better: bool | None


def tiles(rows: Iterable[indicators.Row]) -> list[Tile]:
    """Turn rows with a value into tiles."""
    return [_tile(row) for row in rows if row.value is not None]


def _tile(row: indicators.Row) -> Tile:
    value = row.value or 0.0
    years = [seen for seen in row.trend if seen.value is not None]
    places = [i for i, seen in enumerate(years) if seen.uuid == row.uuid]
    before = years[places[0] - 1] if places and places[0] > 0 else None
    change = None
    if before is not None:
        # a change too small to be written is none
        change = round((value - before.value) * (100 if row.unit == "share" else 1), 1) or None
    is_better = None
    if change and row.direction in ("higher", "lower"):
        is_better = (change > 0) == (row.direction == "higher")
    return Tile(
        code=row.code,
        label=row.label,
        value=value,
        unit=indicators.unit_word(row.unit),
        kind=row.kind,
        is_simulated=row.is_simulated,
        trend=row.trend,
        change=change,
        is_better=is_better,
    )


def wanting_attention(standings: Iterable[policies.Standing]) -> list[policies.Standing]:
    """Keep the promises that are off track or need acceleration, the worst first."""
    rows = [row for row in standings if row.standing in _WANT_ATTENTION]

    def place(row: policies.Standing) -> tuple[int, float]:
        ratio = row.attainment.ratio
        return _WANT_ATTENTION.index(row.standing), 0.0 if ratio is None else ratio

    return sorted(rows, key=place)


def counted(standings: Iterable[policies.Standing]) -> dict[str, int]:
    """Count promises by standing, in the order of STANDINGS."""
    counts = dict.fromkeys(policies.STANDINGS, 0)
    for row in standings:
        counts[row.standing] += 1
    return counts


@dataclass(frozen=True, slots=True)
class YearOfDeadline:
    """The promises due in one year; `year` 0 stands for those without a deadline."""

    year: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cockpit:
    """What the cockpit of a region shows on a day."""

    tree: Branch
    # promises that are off track or need acceleration, the worst first
    attention: list[policies.Standing]
    by_deadline: list[YearOfDeadline]
    # the newest values of the indicators that measure promises, then of others
    values: list[Tile]
    measured: int
    unmeasured: int
    overdue: list[Task]
    tasks: policies.TaskCounts
    clashes: Sequence[policies.Clash]
    coverage: policies.Coverage


def cockpit(*, region: Region, year: int, viewer: Viewer, on: datetime.date) -> Cockpit:
    """Gather the cockpit of a region; the number of queries does not grow with its rows."""
    standings = policies.targets(viewer=viewer, on=on, region_path=region.path)
    rows = indicators.rows_for(scope="region", place=region.code, year=year, viewer=viewer)
    promised = {row.target.indicator_code for row in standings}
    measured = [row for row in rows if row.value is not None]
    measured.sort(key=lambda row: (row.code not in promised, -len(row.trend)))
    return Cockpit(
        tree=_tree(region, standings, on),
        attention=wanting_attention(standings),
        by_deadline=_by_deadline(standings),
        values=tiles(measured),
        measured=len(measured),
        unmeasured=len(rows) - len(measured),
        overdue=policies.overdue_tasks(region=region, viewer=viewer, on=on, limit=8),
        tasks=policies.task_counts(region=region, viewer=viewer, on=on),
        clashes=policies.contradictions(viewer=viewer, region_path=region.path),
        coverage=_coverage([row.target for row in standings]),
    )


def _coverage(targets: Sequence[Target]) -> policies.Coverage:
    """Count by binding the targets already read, instead of asking for them again."""
    binding = Target.Binding
    return policies.Coverage(
        total=len(targets),
        bound=sum(target.binding == binding.CONFIRMED for target in targets),
        suggested=sum(target.binding == binding.SUGGESTED for target in targets),
        unbound=tuple(target for target in targets if target.binding == binding.NONE),
    )


def _by_deadline(standings: Iterable[policies.Standing]) -> list[YearOfDeadline]:
    years: dict[int, list[policies.Standing]] = {}
    for row in standings:
        years.setdefault(row.due_on.year if row.due_on else 0, []).append(row)
    return [
        YearOfDeadline(year, counted(years[year]))
        for year in sorted(years, key=lambda y: y or 9999)
    ]


def _tree(region: Region, standings: Iterable[policies.Standing], on: datetime.date) -> Branch:
    by_path: dict[str, list[str]] = {}
    for row in standings:
        by_path.setdefault(row.target.region.path, []).append(row.standing)
    codes = {code for path in by_path for code in path.split("/") if code}
    names = {
        found.code: found.name
        for found in reference.regions(on=on).filter(code__in=codes | {region.code})
    }
    return _branch(region.path, names, by_path)


def _branch(path: str, names: Mapping[str, str], by_path: Mapping[str, list[str]]) -> Branch:
    inside = {p: found for p, found in by_path.items() if p.startswith(path)}
    counts = dict.fromkeys(policies.STANDINGS, 0)
    for found in inside.values():
        for standing in found:
            counts[standing] += 1
    children = sorted({path + p[len(path) :].split("/")[0] + "/" for p in inside if p != path})
    code = path.rstrip("/").rsplit("/", 1)[-1]
    return Branch(
        code=code,
        name=names.get(code, code),
        counts=counts,
        own=len(by_path.get(path, [])),
        below=[_branch(child, names, inside) for child in children],
    )
