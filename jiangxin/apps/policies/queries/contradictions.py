"""Reads of contradictions: targets that name different things for one metric."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass

from jiangxin.apps.policies.models import Contradiction, Target
from jiangxin.apps.policies.queries.standings import promise
from jiangxin.apps.policies.workflow import Verdict
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Clash:
    """Targets that name different things for one metric, side by side."""

    contradiction: Contradiction
    differs: str
    targets: tuple[Target, ...]
    promises: tuple[str, ...]

    @property
    def sides(self) -> list[tuple[Target, str]]:
        """Each target with what it promises."""
        return list(zip(self.targets, self.promises, strict=True))


def contradictions(
    *,
    viewer: Viewer,
    region_path: str = "",
    target: Target | None = None,
    verdict: str = "",
) -> list[Clash]:
    """List contradictions that nobody dismissed, the undecided ones first."""
    rows = Contradiction.objects.visible_to(viewer).prefetch_related(
        "targets__document__region", "targets__clause", "targets__region"
    )
    if target is not None:
        rows = rows.filter(targets=target)
    if region_path:
        rows = rows.filter(targets__region__path__startswith=region_path).distinct()
    rows = rows.filter(verdict=verdict) if verdict else rows.exclude(verdict=Verdict.REJECTED)
    clashes = []
    for row in rows:
        both = tuple(sorted(row.targets.all(), key=lambda t: (t.start or 0, t.pk)))
        clashes.append(
            Clash(row, str(row.reason.get("differs", "")), both, tuple(map(promise, both)))
        )
    return sorted(clashes, key=lambda clash: clash.contradiction.verdict != Verdict.SUGGESTED)


def count_contradictions(*, viewer: Viewer, region_path: str = "") -> int:
    """Count the contradictions of a region subtree that nobody dismissed."""
    rows = Contradiction.objects.visible_to(viewer).exclude(verdict=Verdict.REJECTED)
    if region_path:
        rows = rows.filter(targets__region__path__startswith=region_path).distinct()
    return rows.count()


def get_contradiction(uuid: uuids.UUID | str, *, viewer: Viewer) -> Contradiction:
    """Return one contradiction of the viewer's scope, or raise NotFound."""
    found = Contradiction.objects.visible_to(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found
