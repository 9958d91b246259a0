"""Targets with where they stand, their binding and contradictions, for other systems."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.api.base import WRITERS, Limit, Offset, router
from jiangxin.apps.reference import queries as reference
from jiangxin.core.http import REFUSALS, Door


class SeenOut(Schema):
    """One value of the indicator; a share is 0 to 1."""

    year: int
    value: float
    kind: str
    is_simulated: bool
    uuid: str


class TargetOut(Schema):
    """A target and where it stands; values in the unit of its indicator."""

    uuid: UUID
    metric: str = Field(alias="target.metric")
    comparator: str = Field(alias="target.comparator")
    low: float = Field(alias="target.low")
    high: float | None = Field(None, alias="target.high")
    unit: str = Field(alias="target.unit")
    due_on: datetime.date | None
    scope_text: str = Field(alias="target.scope_text")
    strength: str = Field(alias="target.strength")
    region_code: str = Field(alias="target.region.code")
    document_uuid: UUID = Field(alias="target.document.uuid")
    place: str = Field(alias="target.place")
    quote: str = Field(alias="target.quote")
    indicator_code: str = Field(alias="target.indicator_code")
    binding: str = Field(alias="target.binding")
    version: int = Field(alias="target.version")
    standing: str
    reason: str
    value: float | None
    expected_at_deadline: float | None = Field(None, alias="attainment.projected")
    pace: float | None = Field(None, alias="attainment.pace")
    pace_needed: float | None = Field(None, alias="attainment.pace_needed")
    observations: list[SeenOut]
    is_simulated: bool


class TargetsOut(Schema):
    """A page of targets."""

    total: int
    items: list[TargetOut]


class ChoiceOut(Schema):
    """An indicator that may measure the target, and why."""

    code: str
    label: str
    score: float
    reason: str
    is_rejected: bool


class BindIn(Schema):
    """The indicator that measures the target, seen as `version` of it."""

    indicator_code: str
    version: int | None = None


class RejectIn(Schema):
    """The indicator that does not measure the target."""

    indicator_code: str


class ClashSideOut(Schema):
    """One side of a contradiction."""

    uuid: UUID
    metric: str
    promise: str
    due_on: datetime.date | None
    place: str


class ClashOut(Schema):
    """Targets that name different things for one metric."""

    uuid: UUID = Field(alias="contradiction.uuid")
    differs: str
    verdict: str = Field(alias="contradiction.verdict")
    note: str = Field(alias="contradiction.note")
    sides: list[ClashSideOut]

    @staticmethod
    def resolve_sides(clash: Any) -> list[dict[str, Any]]:
        """Return both sides with what they promise."""
        return [
            {
                "uuid": one.uuid,
                "metric": one.metric,
                "promise": words,
                "due_on": one.due_on,
                "place": one.place,
            }
            for one, words in clash.sides
        ]


@router.get("/targets", response={200: TargetsOut, **REFUSALS}, auth=Door("public"))
def targets(
    request: Any,
    region: str = "",
    document: UUID | None = None,
    standing: str = "",
    binding: str = "",
    q: str = "",
    offset: Offset = 0,
    limit: Limit = 100,
) -> Any:
    """List adopted targets of a region and everything below it, with where they stand."""
    path = reference.get_region(region, on=request.at.date()).path if region else ""
    rows = queries.targets(
        viewer=request.viewer,
        on=request.at.date(),
        region_path=path,
        document=document or "",
        standing=standing,
        binding=binding,
        text=q,
    )
    return {"total": len(rows), "items": rows[offset : offset + limit]}


@router.get("/targets/{uuid}", response={200: TargetOut, **REFUSALS}, auth=Door("public"))
def target(request: Any, uuid: UUID) -> Any:
    """Return one target with where it stands."""
    return _standing(request, uuid)


def _standing(request: Any, uuid: UUID) -> queries.Standing:
    found = queries.get_target(uuid, viewer=request.viewer)
    return queries.standings([found], viewer=request.viewer, on=request.at.date())[0]


@router.get(
    "/targets/{uuid}/choices", response={200: list[ChoiceOut], **REFUSALS}, auth=Door(*WRITERS)
)
def choices(request: Any, uuid: UUID) -> Any:
    """List indicators that may measure the target, best first."""
    return queries.binding_choices(queries.get_target(uuid, viewer=request.viewer))


@router.post("/targets/{uuid}/bind", response={200: TargetOut, **REFUSALS}, auth=Door(*WRITERS))
def bind(request: Any, uuid: UUID, choice: BindIn) -> Any:
    """Confirm which indicator measures the target."""
    actions.bind_target(
        target=queries.get_target(uuid, viewer=request.viewer),
        indicator_code=choice.indicator_code,
        version=choice.version,
        by=request.viewer,
        at=request.at,
    )
    return _standing(request, uuid)


@router.post("/targets/{uuid}/reject", response={200: TargetOut, **REFUSALS}, auth=Door(*WRITERS))
def reject(request: Any, uuid: UUID, choice: RejectIn) -> Any:
    """Say that an indicator does not measure the target."""
    actions.reject_indicator(
        target=queries.get_target(uuid, viewer=request.viewer),
        indicator_code=choice.indicator_code,
        by=request.viewer,
        at=request.at,
    )
    return _standing(request, uuid)


@router.get(
    "/contradictions",
    response={200: list[ClashOut], **REFUSALS},
    auth=Door("officer", "leader", "operator", "auditor", "expert"),
)
def contradictions(request: Any, region: str = "") -> Any:
    """List targets that contradict each other."""
    path = reference.get_region(region, on=request.at.date()).path if region else ""
    return queries.contradictions(viewer=request.viewer, region_path=path)
