"""What everybody may see: promises of published documents and published values, nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from jiangxin.apps.dashboards.queries.cockpit import counted
from jiangxin.apps.policies import queries as policies
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import PUBLIC


@dataclass(frozen=True, slots=True)
class Pledge:
    """A published document with its promises."""

    title: str
    document_number: str
    region_name: str
    is_simulated: bool
    standings: list[policies.Standing]


@dataclass(frozen=True, slots=True)
class PublicPage:
    """Promises and progress of a region, as the public sees them."""

    counts: Mapping[str, int]
    pledges: list[Pledge]

    @property
    def total(self) -> int:
        """Number of promises."""
        return sum(self.counts.values())


def public_page(*, region: Region, on: datetime.date) -> PublicPage:
    """Gather promises and progress of a region; the same for everybody, whoever is signed in."""
    standings = policies.targets(viewer=PUBLIC, on=on, region_path=region.path)
    by_document: dict[int, list[policies.Standing]] = {}
    for row in standings:
        by_document.setdefault(row.target.document_id, []).append(row)
    pledges = [
        Pledge(
            title=rows[0].target.document.title,
            document_number=rows[0].target.document.document_number,
            region_name=rows[0].target.region.name,
            is_simulated=rows[0].target.document.is_simulated,
            standings=rows,
        )
        for rows in by_document.values()
    ]
    return PublicPage(counted(standings), pledges)
