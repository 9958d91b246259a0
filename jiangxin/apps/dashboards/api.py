"""The first pages for other systems: what waits, where a region stands, what the public sees."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from ninja import Router, Schema

from jiangxin.apps.dashboards import queries
from jiangxin.core.errors import NotFound
from jiangxin.core.http import REFUSALS, Door

router = Router(tags=["dashboards"])


class WaitingOut(Schema):
    """One thing that waits for the caller; `url` is its page."""

    title: str
    kind: str
    url: str
    due_on: datetime.date | None
    is_overdue: bool


class BranchOut(Schema):
    """A region with its promises by standing, those of the regions below included."""

    code: str
    name: str
    total: int
    own: int
    kept_rate: float | None
    counts: dict[str, int]
    below: list[BranchOut]


class CockpitOut(Schema):
    """Where the promises and tasks of a region stand."""

    tree: BranchOut
    tasks: dict[str, int]
    contradictions: int
    bound: int
    suggested: int
    unbound: int
    indicators_measured: int
    indicators_unmeasured: int


class PublicOut(Schema):
    """Published promises of a region by standing."""

    total: int
    counts: dict[str, int]


@router.get("/todos", response={200: list[WaitingOut], **REFUSALS}, auth=Door("signed-in"))
def todos(request: Any) -> list[queries.Waiting]:
    """List what waits for the caller, the overdue first."""
    return queries.todos(viewer=request.viewer, on=timezone.localdate(request.at))


@router.get(
    "/cockpit",
    response={200: CockpitOut, **REFUSALS},
    auth=Door("operator", "leader", "officer", "auditor"),
)
def cockpit(request: Any) -> CockpitOut:
    """Return where the region of the address (?region=CODE) stands, in numbers."""
    if request.region is None:
        raise NotFound
    found = queries.cockpit(
        region=request.region,
        year=request.year,
        viewer=request.viewer,
        on=timezone.localdate(request.at),
    )
    return CockpitOut(
        tree=BranchOut.from_orm(found.tree),
        tasks=dict(found.tasks.counts),
        contradictions=len(found.clashes),
        bound=found.coverage.bound,
        suggested=found.coverage.suggested,
        unbound=len(found.coverage.unbound),
        indicators_measured=found.measured,
        indicators_unmeasured=found.unmeasured,
    )


@router.get("/public", response={200: PublicOut, **REFUSALS}, auth=Door("public"))
def public(request: Any) -> queries.PublicPage:
    """Return how the published promises of the region of the address stand."""
    if request.region is None:
        raise NotFound
    return queries.public_page(region=request.region, on=timezone.localdate(request.at))
