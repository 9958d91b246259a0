"""The directory of organisations for other systems of the region."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Schema, Status

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.api.base import router
from jiangxin.apps.reference import queries as reference
from jiangxin.core.http import REFUSALS, Door


class OrganisationOut(Schema):
    """The public facts of an organisation."""

    uuid: UUID
    code: str
    name: str
    short_name: str
    kind: str
    stage: str
    ownership: str
    uscc: str
    school_code: str
    region_code: str = Field(alias="region.code")
    parent_code: str = ""
    is_listed: bool
    starts_on: datetime.date | None
    ends_on: datetime.date | None
    address: str
    is_simulated: bool

    @staticmethod
    def resolve_parent_code(row: Any, context: Any) -> str:
        """Return the code of the parent, if the viewer may know of it."""
        parent = queries.parent_of(row, viewer=context["request"].viewer)
        return parent.code if parent is not None else ""


class NameOut(Schema):
    """A name and the days on which it holds."""

    name: str
    short_name: str
    starts_on: datetime.date | None
    ends_on: datetime.date | None
    source: str


class DetailsOut(Schema):
    """What only those within the scope see."""

    contact_name: str
    contact_phone: str
    notes: str


class CardOut(Schema):
    """An organisation as the viewer may see it; details are null from outside its scope."""

    organisation: OrganisationOut
    names: list[NameOut]
    aliases: list[str]
    details: DetailsOut | None

    @staticmethod
    def resolve_aliases(card: Any) -> list[str]:
        """Return the texts of the aliases."""
        return [str(alias) for alias in card.aliases]


class PageOut(Schema):
    """A page of the directory."""

    total: int
    organisations: list[OrganisationOut]


class OrganisationIn(Schema):
    """A new organisation."""

    name: str = Field(min_length=1, max_length=200)
    kind: str
    region_code: str
    stage: str = ""
    short_name: str = Field("", max_length=60)
    ownership: str = ""
    uscc: str = Field("", max_length=18)
    school_code: str = Field("", max_length=10)
    parent_code: str = ""
    aliases: list[str] = []
    is_listed: bool = False
    starts_on: datetime.date | None = None
    address: str = Field("", max_length=300)
    contact_name: str = Field("", max_length=100)
    contact_phone: str = Field("", max_length=40)
    notes: str = Field("", max_length=5000)
    is_new: bool = False


class CandidateOut(Schema):
    """An organisation that a name may mean."""

    organisation: OrganisationOut
    reason: str
    score: float


class ResolutionOut(Schema):
    """What a name means within a region."""

    text: str
    exact: OrganisationOut | None
    reason: str
    candidates: list[CandidateOut]


@router.get("/", auth=Door("public"), response={200: PageOut, **REFUSALS})
def list_organisations(
    request: Any,
    region: str = "",
    kind: str = "",
    stage: str = "",
    q: str = "",
    limit: int = 100,
    offset: int = 0,
) -> dict[str, Any]:
    """List organisations that the viewer may see; without sign-in those listed for the public."""
    on = request.at.date()
    rows = queries.organisations(
        viewer=request.viewer,
        region=reference.get_region(region, on=on) if region else None,
        kind=kind,
        stage=stage,
        text=q,
        on=on,
    )
    first, size = max(0, min(offset, 10_000_000)), max(1, min(limit, 500))
    return {"total": rows.count(), "organisations": list(rows[first : first + size])}


@router.get("/named", auth=Door("signed-in"), response={200: ResolutionOut, **REFUSALS})
def find_by_name(request: Any, text: str, region: str) -> Any:
    """Tell which organisation a name in a document of a region means."""
    on = request.at.date()
    return queries.find_by_name(
        text[:200], region=reference.get_region(region, on=on), viewer=request.viewer, on=on
    )


@router.get("/{uuid:uuid}", auth=Door("public"), response={200: CardOut, **REFUSALS})
def get_organisation(request: Any, uuid: UUID) -> Any:
    """Return one organisation with its names."""
    found = queries.get_organisation(uuid, viewer=request.viewer)
    return queries.card_of(found, viewer=request.viewer, on=request.at.date())


@router.post("/", auth=Door("operator", "officer"), response={201: OrganisationOut, **REFUSALS})
def register(request: Any, new: OrganisationIn) -> Any:
    """Register an organisation."""
    values = new.dict(exclude={"region_code", "parent_code", "is_new", "aliases"})
    details = actions.Details(
        region=reference.get_region(new.region_code, on=request.at.date()),
        parent=queries.get_by_code(new.parent_code, viewer=request.viewer)
        if new.parent_code
        else None,
        aliases=tuple(new.aliases),
        **values,
    )
    made = actions.register(details=details, is_new=new.is_new, by=request.viewer, at=request.at)
    return Status(201, made)
