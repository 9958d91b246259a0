"""Indicators for other systems."""

from __future__ import annotations

from typing import Any

from ninja import Router, Schema, Status

from jiangxin.apps.indicators import actions, queries
from jiangxin.core.http import REFUSALS, Door

router = Router(tags=["indicators"])
_READERS = Door("operator", "leader", "officer", "auditor", "expert", "school")


class DefinitionOut(Schema):
    """An indicator definition."""

    code: str
    label: str
    unit: str
    direction: str
    facts: list[str]
    version: str


class SeenOut(Schema):
    """One observation."""

    year: int
    value: float
    kind: str
    is_simulated: bool
    uuid: str
    numerator: float | None
    denominator: float | None


class ReportIn(Schema):
    """A reported value; a share is 0 to 1."""

    year: int
    value: float
    evidence: str


class ReportOut(Schema):
    """A stored report."""

    uuid: str
    indicator: str
    year: int
    value: float


@router.get("/definitions", response={200: list[DefinitionOut], **REFUSALS}, auth=_READERS)
def definitions(request: Any) -> list[DefinitionOut]:
    """List the definitions."""
    return [
        DefinitionOut(
            code=d.code,
            label=queries.label_of(d.label),
            unit=d.unit,
            direction=d.direction,
            facts=list(d.facts),
            version=d.version,
        )
        for d in queries.definitions()
    ]


@router.get("/{code}/series", response={200: list[SeenOut], **REFUSALS}, auth=_READERS)
def series(request: Any, code: str) -> list[queries.Seen]:
    """List the observations of an indicator for the region of the address (?region=CODE)."""
    queries.get_definition(code)
    return queries.series(code, scope="region", place=request.region.code, viewer=request.viewer)


@router.post(
    "/{code}/reports",
    response={201: ReportOut, **REFUSALS},
    auth=Door("officer", "office", "school"),
)
def report(request: Any, code: str, body: ReportIn) -> Status[ReportOut]:
    """Report a value for the region of the address, with evidence."""
    scope = queries.scope_to_report(request.region, viewer=request.viewer)
    stored = actions.report_value(
        indicator=code, scope=scope, by=request.viewer, at=request.at, **body.dict()
    )
    return Status(
        201, ReportOut(uuid=str(stored.uuid), indicator=code, year=stored.year, value=stored.value)
    )
