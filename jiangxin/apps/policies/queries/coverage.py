"""The promises of a region subtree in numbers: by standing, by sub-region, and measured at all."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiangxin.apps.policies.models import Target
from jiangxin.apps.policies.queries.standings import STANDINGS, Standing
from jiangxin.apps.policies.queries.targets import targets
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


@dataclass(frozen=True, slots=True)
class RegionStandings:
    """How the promises of one region with everything below it stand."""

    code: str
    name: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Number of adopted targets."""
        return sum(self.counts.values())


def targets_by_status(*, region: Region, viewer: Viewer, on: datetime.date) -> RegionStandings:
    """Count the targets of a region subtree by where they stand."""
    rows = targets(viewer=viewer, on=on, region_path=region.path)
    return RegionStandings(region.code, region.name, _counted(rows))


def standings_below(*, region: Region, viewer: Viewer, on: datetime.date) -> list[RegionStandings]:
    """Count the targets of each region directly below; those without a target are left out."""
    rows = targets(viewer=viewer, on=on, region_path=region.path)
    found = []
    for child in reference.children_of(region.code, on=on):
        mine = [row for row in rows if row.target.region.path.startswith(child.path)]
        if mine:
            found.append(RegionStandings(child.code, child.name, _counted(mine)))
    return found


def _counted(rows: Iterable[Standing]) -> dict[str, int]:
    counts = dict.fromkeys(STANDINGS, 0)
    for row in rows:
        counts[row.standing] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many promises are measured at all."""

    total: int
    bound: int
    suggested: int
    unbound: tuple[Target, ...]


def coverage(*, region: Region, viewer: Viewer) -> Coverage:
    """Tell which promises of a region subtree an indicator measures, and list those without."""
    rows = (
        Target.objects.visible_to(viewer)
        .adopted()
        .filter(region__path__startswith=region.path)
        .select_related("document", "region")
        .defer("document__text", "document__references")
    )
    by_binding: dict[str, list[Target]] = defaultdict(list)
    for row in rows:
        by_binding[row.binding].append(row)
    return Coverage(
        total=sum(map(len, by_binding.values())),
        bound=len(by_binding[Target.Binding.CONFIRMED]),
        suggested=len(by_binding[Target.Binding.SUGGESTED]),
        unbound=tuple(by_binding[Target.Binding.NONE]),
    )
