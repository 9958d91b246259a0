"""Dated events of organisations for other systems: preview, plan, take back, and successors."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema, Status

from jiangxin.apps.organisations import actions, permissions, queries
from jiangxin.apps.organisations.api.base import router
from jiangxin.apps.reference import queries as reference
from jiangxin.core.http import REFUSALS, Door

MANAGERS = Door("operator", "officer")
READERS = Door("operator", "officer", "leader", "auditor", "school", "enterprise")


class FoundedIn(Schema):
    """An organisation that comes into being."""

    name: str = Field(max_length=200)
    kind: str = "school"
    stage: str = ""
    short_name: str = Field("", max_length=60)
    ownership: str = ""
    uscc: str = Field("", max_length=18)
    school_code: str = Field("", max_length=10)
    address: str = Field("", max_length=300)


class PlanIn(Schema):
    """An event as somebody says it; organisations by their codes."""

    kind: str
    effective_on: datetime.date
    document: str = Field(max_length=200)
    number: str = Field("", max_length=100)
    reason: str = Field("", max_length=500)
    sources: list[str] = Field([], max_length=200)
    target: str = ""
    lead: str = ""
    members: list[str] = Field([], max_length=500)
    new: list[FoundedIn] = Field([], max_length=20)
    # of a split: column of rows, or "roles" → place in `new`
    follows: dict[str, int] = {}
    source_ends: bool = False
    # name, short_name, stage, school_code, address, campus, link, title, ends_on
    values: dict[str, str] = {}
    region_code: str = ""
    # digest of the preview that was looked at; other rows by then are refused
    seen: str = ""


class LineOut(Schema):
    """What becomes of the rows of one table."""

    label: str
    source: str
    moving: int
    to: str
    clashing: int
    staying: int


class ChangeOut(Schema):
    """What becomes of one organisation, in words."""

    name: str
    text: str


class PreviewOut(Schema):
    """What a plan would do; with problems it cannot be kept."""

    problems: dict[str, str]
    changes: list[ChangeOut]
    lines: list[LineOut]
    moving: int
    staying: int
    digest: str


class ParticipantOut(Schema):
    """An organisation that takes part."""

    role: str
    name: str
    code: str = ""

    @staticmethod
    def resolve_code(row: Any) -> str:
        """Return the code, empty for a new one that is not registered yet."""
        return row.organisation.code if row.organisation is not None else ""


class EventOut(Schema):
    """A dated event as far as the viewer may know of it."""

    uuid: UUID
    kind: str
    state: str
    effective_on: datetime.date
    document: str
    number: str
    reason: str
    problem: str
    participants: list[ParticipantOut] = Field(alias="shown_participants")
    outcome: list[dict[str, Any]]
    is_simulated: bool


class EventsOut(Schema):
    """A page of events."""

    total: int
    events: list[EventOut]


class ReasonIn(Schema):
    """Why something is taken back."""

    reason: str = Field(max_length=500)


class SuccessorOut(Schema):
    """Who stands for an organisation on a day."""

    uuid: UUID
    code: str
    name: str


def _plan(request: Any, said: PlanIn) -> queries.Plan:
    def known(code: str) -> Any:
        return queries.get_by_code(code, viewer=request.viewer)

    code = said.region_code or said.values.get("region", "")
    values = dict(said.values)
    if code and said.kind == "relocation":
        values["region"] = code
    return queries.Plan(
        kind=said.kind,
        effective_on=said.effective_on,
        document=said.document,
        number=said.number,
        reason=said.reason,
        sources=tuple(known(code) for code in said.sources),
        target=known(said.target) if said.target else None,
        lead=known(said.lead) if said.lead else None,
        members=tuple(known(code) for code in said.members),
        new=tuple(queries.Founded(**row.dict()) for row in said.new),
        follows=said.follows,
        source_ends=said.source_ends,
        values=values,
        region=reference.get_region(code, on=request.at.date()) if code else None,
    )


@router.get("/events", auth=READERS, response={200: EventsOut, **REFUSALS})
def list_events(
    request: Any, region: str = "", state: str = "", limit: int = 100, offset: int = 0
) -> dict[str, Any]:
    """List events of organisations that the viewer may see, latest first."""
    place = reference.get_region(region, on=request.at.date()) if region else None
    rows = queries.events(viewer=request.viewer, region=place)
    if state:
        rows = rows.filter(state=state)
    first, size = max(0, min(offset, 10_000_000)), max(1, min(limit, 500))
    return {"total": rows.count(), "events": list(rows[first : first + size])}


@router.post("/events/preview", auth=MANAGERS, response={200: PreviewOut, **REFUSALS})
def preview_event(request: Any, said: PlanIn) -> Any:
    """Tell what an event would do, without keeping anything."""
    plan = _plan(request, said)
    permissions.can_plan(request.viewer, plan).enforce()
    return queries.preview(plan, viewer=request.viewer)


@router.post("/events", auth=MANAGERS, response={201: EventOut, **REFUSALS})
def plan_event(request: Any, said: PlanIn) -> Any:
    """Keep an event for its day; one whose day has come is put in force at once."""
    made = actions.plan_event(
        plan=_plan(request, said), seen=said.seen, by=request.viewer, at=request.at
    )
    return Status(201, queries.get_event(made.uuid, viewer=request.viewer))


@router.get("/events/{uuid:uuid}", auth=READERS, response={200: EventOut, **REFUSALS})
def get_event(request: Any, uuid: UUID) -> Any:
    """Return one event."""
    return queries.get_event(uuid, viewer=request.viewer)


@router.post("/events/{uuid:uuid}/undo", auth=MANAGERS, response={200: EventOut, **REFUSALS})
def undo_event(request: Any, uuid: UUID, said: ReasonIn) -> Any:
    """Take a planned event back before its day."""
    found = queries.get_event(uuid, viewer=request.viewer)
    actions.undo_event(event=found, reason=said.reason, by=request.viewer, at=request.at)
    return queries.get_event(uuid, viewer=request.viewer)


@router.get(
    "/{uuid:uuid}/successors", auth=Door("public"), response={200: list[SuccessorOut], **REFUSALS}
)
def list_successors(request: Any, uuid: UUID, on: datetime.date | None = None) -> Any:
    """Tell who stands for an organisation on a day: itself while it is open, else its heirs."""
    found = queries.get_organisation(uuid, viewer=request.viewer)
    return queries.successors_of(found.code, on=on or request.at.date(), viewer=request.viewer)
