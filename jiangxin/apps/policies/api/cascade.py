"""Which document and which clause carries out which, for other systems."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Field, Schema

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.api.base import WRITERS, router
from jiangxin.core.http import REFUSALS, Door


class LinkOut(Schema):
    """A document carries out another."""

    uuid: UUID
    parent: UUID = Field(alias="parent.uuid")
    child: UUID = Field(alias="child.uuid")
    origin: str
    reason: str
    verdict: str
    carried: int
    is_simulated: bool


class PairOut(Schema):
    """A clause of the child and a clause of the parent; strength 2 carries it out."""

    uuid: UUID
    parent_clause: str = Field(alias="parent_clause.path")
    child_clause: str = Field(alias="child_clause.path")
    score: float
    strength: int
    shared: list[str]
    verdict: str


class CascadeOut(Schema):
    """All pairs of a link, best first, and what is left on both sides."""

    link: LinkOut
    pairs: list[PairOut]
    uncovered: list[str]
    without_parent: list[str]


class VerdictIn(Schema):
    """confirmed, rejected or suggested."""

    verdict: str


@router.get("/links", response={200: list[LinkOut], **REFUSALS}, auth=Door("public"))
def links(request: Any) -> Any:
    """List links between documents that the caller may both see."""
    return list(queries.links(viewer=request.viewer))


@router.get("/links/{uuid}", response={200: CascadeOut, **REFUSALS}, auth=Door("public"))
def cascade(request: Any, uuid: UUID) -> Any:
    """Return how the child carries out the parent, clause by clause."""
    link = queries.get_link(uuid, viewer=request.viewer)
    shown = queries.cascade_of(link, viewer=request.viewer)
    return {
        "link": link,
        "pairs": [pair for row in shown.rows for pair in row.pairs],
        "uncovered": [clause.path for clause in shown.uncovered],
        "without_parent": [clause.path for clause in shown.without_parent],
    }


@router.post("/links/{uuid}/verdict", response={200: LinkOut, **REFUSALS}, auth=Door(*WRITERS))
def decide_link(request: Any, uuid: UUID, decision: VerdictIn) -> Any:
    """Confirm or reject that one document carries out another."""
    link = queries.get_link(uuid, viewer=request.viewer)
    actions.decide_link(link=link, verdict=decision.verdict, by=request.viewer, at=request.at)
    return queries.get_link(uuid, viewer=request.viewer)


@router.post("/pairs/{uuid}/verdict", response={200: PairOut, **REFUSALS}, auth=Door(*WRITERS))
def decide_pair(request: Any, uuid: UUID, decision: VerdictIn) -> Any:
    """Confirm or reject that one clause carries out another."""
    pair = queries.get_pair(uuid, viewer=request.viewer)
    actions.decide_pair(pair=pair, verdict=decision.verdict, by=request.viewer, at=request.at)
    return queries.get_pair(uuid, viewer=request.viewer)
