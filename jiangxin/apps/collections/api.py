"""Collections for other systems: what is asked, who filed, and a school's own return."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.queries import lists
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import NotFound
from jiangxin.core.http import REFUSALS, Door

router = Router(tags=["collections"])
READERS = ("operator", "leader", "officer", "auditor", "office", "school", "enterprise")
FILERS = ("officer", "leader", "office", "school", "enterprise")
REVIEWERS = ("officer", "leader")


class CollectionOut(Schema):
    """What is asked again and again."""

    code: str
    label: str
    purpose: str
    group: str
    requirements: list[str]
    every: str
    filed_by: list[str]
    version: int

    @staticmethod
    def of(row: Any) -> dict[str, Any]:
        """Return the values of a collection."""
        definition = row.definition
        return {
            "code": row.code,
            "label": str(definition.label),
            "purpose": str(definition.purpose),
            "group": definition.group,
            "requirements": list(definition.requirements),
            "every": definition.recurrence.every,
            "filed_by": list(definition.filed_by),
            "version": definition.form.version,
        }


class EditionOut(Schema):
    """One occurrence of a collection in a region."""

    uuid: UUID
    collection: str = Field(alias="collection.code")
    period: str
    title: str
    region_code: str = Field(alias="region.code")
    year: int
    opens_on: datetime.date
    due_on: datetime.date
    late_until: datetime.date
    state: str
    form_version: int = Field(alias="version.number")
    is_simulated: bool


class ProgressOut(Schema):
    """How far the filers of an edition are, counted by state."""

    region_code: str
    expected: int
    filed: int
    missing: int
    waiting: int
    approved: int
    excused: int
    late: int


class EditionProgressOut(ProgressOut):
    """The same with each region below."""

    below: list[ProgressOut]


class ProblemOut(Schema):
    """What is wrong with a value, and what to do about it."""

    path: str
    rule: str
    message: str
    fix: str
    severity: str


class FilingOut(Schema):
    """The return of one filer."""

    edition: UUID = Field(alias="edition.uuid")
    scope: UUID = Field(alias="scope.uuid")
    filer: str
    region_code: str = Field(alias="region.code")
    state: str
    step: int
    is_late: bool
    row_version: int
    form_version: int = Field(alias="version.number")
    submitted_at: datetime.datetime | None
    approved_at: datetime.datetime | None
    is_simulated: bool


class FullFilingOut(FilingOut):
    """The return of one filer with its values."""

    values: dict[str, Any]
    note: str
    problems: list[ProblemOut]


class DraftIn(Schema):
    """Values of a draft, by field."""

    values: dict[str, Any]
    row_version: int = Field(ge=0)
    form_version: int | None = None
    note: str | None = Field(None, max_length=2000)


class SubmitIn(Schema):
    """Hands in what was saved."""

    row_version: int = Field(ge=0)
    note: str = Field("", max_length=2000)


class ReviewIn(Schema):
    """What a reviewer does: pass, return, refuse (a correction)."""

    verdict: str = Field(pattern="^(pass|return|refuse)$")
    row_version: int = Field(ge=0)
    reason: str = Field("", max_length=2000)
    remarks: dict[str, str] = {}


@router.get("/", response={200: list[CollectionOut], **REFUSALS}, auth=Door(*READERS))
def list_collections(request: Any) -> Any:
    """List the collections that the viewer may know of."""
    return [CollectionOut.of(row) for row in queries.collections(viewer=request.viewer)]


@router.get("/editions", response={200: list[EditionOut], **REFUSALS}, auth=Door(*READERS))
def list_editions(
    request: Any, region: str = "", year: int | None = None, collection: str = ""
) -> Any:
    """List editions that reach the viewer, the latest deadline first; at most 500."""
    place = reference.get_region(region, on=request.at.date()) if region else None
    asked = queries.get_collection(collection, viewer=request.viewer) if collection else None
    found = queries.editions(viewer=request.viewer, region=place, year=year, collection=asked)
    return list(found[:500])


@router.get(
    "/editions/{uuid}/progress", response={200: EditionProgressOut, **REFUSALS}, auth=Door(*READERS)
)
def progress(request: Any, uuid: UUID, region: str = "") -> Any:
    """Count who filed in a region, and in each region directly below."""
    edition = queries.get_edition(uuid, viewer=request.viewer)
    on = request.at.date()
    place = reference.get_region(region, on=on) if region else edition.region
    if not place.path.startswith(edition.region.path):
        raise NotFound
    request.viewer.holds("collections.view", place.path).enforce()
    total, below = queries.regions_progress(edition, region=place, on=on)
    return {
        **_counted(place, total),
        "below": [_counted(row.region, row.progress) for row in below],
    }


def _counted(region: Any, counted: queries.Progress) -> dict[str, Any]:
    names = ("expected", "filed", "missing", "waiting", "approved", "excused", "late")
    return {"region_code": region.code, **{name: getattr(counted, name) for name in names}}


@router.get(
    "/editions/{uuid}/filings", response={200: list[FilingOut], **REFUSALS}, auth=Door(*READERS)
)
def list_filings(request: Any, uuid: UUID, state: str = "", first: int = 0) -> Any:
    """List returns that were begun, 500 at a time; who is missing has none."""
    edition = queries.get_edition(uuid, viewer=request.viewer)
    found = queries.filings(viewer=request.viewer, edition=edition).order_by("region", "pk")
    found = found.filter(state=state) if state else found
    return list(found[max(first, 0) : max(first, 0) + 500])


@router.get(
    "/editions/{uuid}/filings/{scope}",
    response={200: FullFilingOut, **REFUSALS},
    auth=Door(*READERS),
)
def get_filing(request: Any, uuid: UUID, scope: UUID) -> Any:
    """Return one return with its values; one not begun is empty."""
    return _filing(request, uuid, scope)


def _filing(request: Any, uuid: UUID, scope: UUID) -> Any:
    edition = queries.get_edition(uuid, viewer=request.viewer)
    return queries.filing_of(edition, scope, viewer=request.viewer, on=request.at.date())


@router.put(
    "/editions/{uuid}/filings/{scope}",
    response={200: FullFilingOut, **REFUSALS},
    auth=Door(*FILERS),
)
def save_filing(request: Any, uuid: UUID, scope: UUID, draft: DraftIn) -> Any:
    """Save a draft; `problems` says what is wrong so far."""
    return actions.save_draft(
        filing=_filing(request, uuid, scope),
        raw=draft.values,
        seen=draft.row_version,
        form_version=draft.form_version,
        note=draft.note,
        by=request.viewer,
        at=request.at,
    ).filing


@router.post(
    "/editions/{uuid}/filings/{scope}/submit",
    response={200: FilingOut, **REFUSALS},
    auth=Door(*FILERS),
)
def submit_filing(request: Any, uuid: UUID, scope: UUID, given: SubmitIn) -> Any:
    """Hand in what was saved."""
    return actions.submit(
        filing=_filing(request, uuid, scope),
        seen=given.row_version,
        note=given.note,
        by=request.viewer,
        at=request.at,
    )


@router.post(
    "/editions/{uuid}/filings/{scope}/review",
    response={200: FilingOut, **REFUSALS},
    auth=Door(*REVIEWERS),
)
def review_filing(request: Any, uuid: UUID, scope: UUID, given: ReviewIn) -> Any:
    """Take the step that a return waits for, give it back, or refuse a correction."""
    shared: dict[str, Any] = {
        "filing": _filing(request, uuid, scope),
        "reason": given.reason,
        "seen": given.row_version,
        "by": request.viewer,
        "at": request.at,
    }
    if given.verdict == "pass":
        return actions.review(**shared)
    if given.verdict == "refuse":
        return actions.refuse_amendment(**shared)
    return actions.return_filing(remarks=given.remarks, **shared)


@router.get("/queue", response={200: list[FilingOut], **REFUSALS}, auth=Door(*REVIEWERS))
def list_queue(request: Any) -> Any:
    """List returns whose step lies with the viewer, longest waiting first; at most 500."""
    return list(lists.to_review(request.viewer).select_related("version")[:500])
