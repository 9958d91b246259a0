"""The scorecard of lower governments, and published cases, for other systems."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Schema

from jiangxin.apps.policies import queries
from jiangxin.apps.policies.api.base import Limit, Offset, router
from jiangxin.core.errors import NotFound
from jiangxin.core.http import REFUSALS, Door


class PartOut(Schema):
    """A part of a score: a share of one, empty where it has no rows."""

    rate: float | None
    numerator: float
    denominator: int


class ScoreOut(Schema):
    """One government."""

    code: str
    name: str
    rank: int | None
    total: float | None
    weight: float
    parts: dict[str, PartOut]
    counts: dict[str, int]
    is_simulated: bool


class ScorecardOut(Schema):
    """The governments below a region on a day, with the weights and what was inferred."""

    region_code: str
    on: datetime.date
    weights: dict[str, float]
    points: dict[str, float]
    inferred: str
    rows: list[ScoreOut]


class CaseOut(Schema):
    """A published good-practice case."""

    uuid: UUID
    title: str
    field: str
    summary: str
    text: str
    told_by: str
    region_code: str
    is_replicable: bool
    published_on: datetime.date
    is_simulated: bool


class CasesOut(Schema):
    """A page of cases."""

    total: int
    items: list[CaseOut]


@router.get(
    "/scorecard",
    response={200: ScorecardOut, **REFUSALS},
    auth=Door("operator", "leader", "officer", "auditor", "expert"),
)
def scorecard(request: Any, region: str = "") -> queries.Scores:
    """Score the governments below the region of the address (?region=CODE) as of today."""
    if request.region is None:
        raise NotFound
    request.viewer.holds("policies.view", request.region.path).enforce()
    return queries.scorecard(region=request.region, viewer=request.viewer, on=request.at.date())


@router.get("/cases", response={200: CasesOut, **REFUSALS}, auth=Door("public"))
def cases(request: Any, region: str = "", limit: Limit = 100, offset: Offset = 0) -> CasesOut:
    """List published cases of the region of the address and below."""
    rows = queries.cases(viewer=request.viewer, region=request.region, only_published=True)
    return CasesOut(
        total=rows.count(),
        items=[
            CaseOut(
                uuid=case.uuid,
                title=case.title,
                field=case.field,
                summary=case.summary,
                text=case.text,
                told_by=case.scope.label,
                region_code=case.region.code,
                is_replicable=case.is_replicable,
                published_on=case.published_at.date() if case.published_at else case.told_at.date(),
                is_simulated=case.is_simulated,
            )
            for case in rows[offset : offset + limit]
        ],
    )
