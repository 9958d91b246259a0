"""Registers for other systems of the region: the same reads and acts as the pages."""

from __future__ import annotations

import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Router, Schema, Status

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers import actions, queries
from jiangxin.core.http import REFUSALS, Door

router = Router(tags=["registers"])
READERS = ("operator", "leader", "officer", "auditor", "office", "school", "enterprise")
APPLICANTS = ("officer", "office", "school", "enterprise")
JUDGES = ("leader", "officer")


class LabelOut(Schema):
    """A name in both languages."""

    en: str
    zh_hans: str


class TypeOut(Schema):
    """A type of register."""

    code: str
    label: LabelOut
    group: str
    purpose: LabelOut
    requirements: list[str]
    levels: list[str]
    version: int
    calls: bool
    validity_years: int | None
    has_directory: bool

    @staticmethod
    def resolve_has_directory(definition: Any) -> bool:
        """Whether its entries stand in the public directory."""
        return definition.public is not None


class FieldOut(Schema):
    """What a form asks."""

    code: str
    type: str
    label: LabelOut
    required: bool
    required_when: str
    when: str
    unit: str
    many: bool
    choices: list[str]
    columns: list[str]

    @staticmethod
    def resolve_choices(field: Any) -> list[str]:
        """Return the codes of the answers."""
        return [choice.code for choice in field.choices]

    @staticmethod
    def resolve_columns(field: Any) -> list[str]:
        """Return the codes of the columns."""
        return [column.code for column in field.columns]


class TypeDetailOut(TypeOut):
    """A type with its form, its steps, and what counts it."""

    fields: list[FieldOut] = Field(alias="form.fields")
    steps: list[str]
    indicators: list[str]

    @staticmethod
    def resolve_steps(definition: Any) -> list[str]:
        """Return the codes of the steps in their order."""
        return [step.code for step in definition.review]

    @staticmethod
    def resolve_indicators(definition: Any) -> list[str]:
        """Return the codes of the indicators that count it."""
        return [rule.indicator or rule.code for rule in definition.counting]


class EntryOut(Schema):
    """Something recognised; `values` are all of them, or those of the public directory."""

    uuid: UUID
    number: str
    title: str
    type: str = Field(alias="type.code")
    level: str
    state: str
    organisation_code: str
    region_code: str = Field(alias="region.code")
    first_recognised_on: datetime.date
    ends_on: datetime.date | None
    values: dict[str, Any]
    is_simulated: bool

    @staticmethod
    def resolve_organisation_code(row: Any) -> str:
        """Return the code of the holder; empty where the authority of the region holds it."""
        return row.organisation.code if row.organisation is not None else ""

    @staticmethod
    def resolve_values(row: Any, context: Any) -> dict[str, Any]:
        """Return the values that the viewer may see."""
        found = context["request"].register_definitions[row.type_version_id]
        return queries.values_for(row, found)


class EntriesOut(Schema):
    """A page of entries."""

    total: int
    rows: list[EntryOut]


class ApplicationOut(Schema):
    """An application with its version, which every change has to name."""

    uuid: UUID
    type: str = Field(alias="type.code")
    title: str
    kind: str
    level: str
    state: str
    step: str
    version: int
    form_version: int = Field(alias="type_version.number")
    values: dict[str, Any]
    score: float | None
    is_simulated: bool


class ProblemOut(Schema):
    """What is wrong with a value, and what to do."""

    path: str
    rule: str
    message: str
    fix: str
    severity: str


class DraftOut(Schema):
    """A draft as kept, with what is wrong so far."""

    application: ApplicationOut
    problems: list[ProblemOut]


class StartIn(Schema):
    """Who applies for what."""

    type: str
    level: str
    title: str = Field(max_length=200)
    organisation_code: str = ""
    region_code: str = ""
    call: UUID | None = None
    entry: UUID | None = None


class SaveIn(Schema):
    """Values by code of field, as typed or as stored."""

    version: int
    form_version: int | None = None
    title: str | None = None
    values: dict[str, Any]


class MemberIn(Schema):
    """An organisation in a role."""

    role: str
    organisation_code: str


class MembersIn(Schema):
    """All members of an application, in place of those named before."""

    version: int
    members: list[MemberIn] = Field(max_length=500)


class VersionIn(Schema):
    """The version that one has seen."""

    version: int


class ReviewIn(Schema):
    """A verdict at the present step."""

    version: int
    verdict: Literal["approve", "return", "reject"]
    reason: str = ""


class RecogniseIn(Schema):
    """The decision that recognises."""

    version: int
    document_number: str
    recognised_on: datetime.date | None = None


@router.get(
    "/types", response={200: list[TypeOut], **REFUSALS}, auth=Door("public"), summary="All types"
)
def list_types(request: Any, group: str = "") -> Any:
    """List what can be recognised."""
    found = queries.current_definitions(on=request.at.date()).values()
    return [row for row in found if not group or row.group == group]


@router.get(
    "/types/{code}",
    response={200: TypeDetailOut, **REFUSALS},
    auth=Door("public"),
    summary="One type",
)
def get_type(request: Any, code: str) -> Any:
    """Return a type with its form."""
    return queries.current_definition(queries.get_type(code), on=request.at.date())


@router.get(
    "/entries", response={200: EntriesOut, **REFUSALS}, auth=Door("public"), summary="Entries"
)
def list_entries(
    request: Any,
    type: str = "",  # noqa: A002 -- the word that callers know
    group: str = "",
    level: str = "",
    state: str = "",
    region: str = "",
    year: int | None = None,
    q: str = "",
    offset: int = 0,
    limit: int = 100,
) -> Any:
    """List what was recognised; the public sees the directory."""
    place = reference.get_region(region, on=request.at.date()) if region else None
    rows = queries.entries(
        request.viewer,
        type_code=type,
        group=group,
        level=level,
        state=state,
        region=place,
        year=year,
        text=q,
    )
    offset, limit = max(offset, 0), min(max(limit, 1), 1000)
    page = list(rows[offset : offset + limit])
    request.register_definitions = queries.definitions_of(row.type_version_id for row in page)
    return {"total": rows.count(), "rows": page}


@router.get(
    "/entries/{uuid}",
    response={200: EntryOut, **REFUSALS},
    auth=Door("public"),
    summary="One entry",
)
def get_entry(request: Any, uuid: UUID) -> Any:
    """Return one entry as far as the viewer may see it."""
    row = queries.get_entry(uuid, viewer=request.viewer)
    request.register_definitions = queries.definitions_of([row.type_version_id])
    return row


@router.get(
    "/applications/{uuid}",
    response={200: ApplicationOut, **REFUSALS},
    auth=Door(*READERS),
    summary="One application",
)
def get_application(request: Any, uuid: UUID) -> Any:
    """Return one application."""
    return queries.get_application(uuid, viewer=request.viewer)


@router.post(
    "/applications",
    response={201: ApplicationOut, **REFUSALS},
    auth=Door(*APPLICANTS),
    summary="Begin an application",
)
def start_application(request: Any, body: StartIn) -> Any:
    """Begin a draft."""
    on, viewer = request.at.date(), request.viewer
    organisation = (
        organisations.get_by_code(body.organisation_code, viewer=viewer)
        if body.organisation_code
        else None
    )
    region = reference.get_region(body.region_code, on=on) if body.region_code else request.region
    made = actions.start_application(
        kind=queries.get_type(body.type),
        level=body.level,
        title=body.title,
        organisation=organisation,
        region=region,
        call=queries.get_call(body.call, viewer=viewer) if body.call else None,
        entry=queries.get_entry(body.entry, viewer=viewer) if body.entry else None,
        by=viewer,
        at=request.at,
    )
    return Status(201, made)


@router.put(
    "/applications/{uuid}/values",
    response={200: DraftOut, **REFUSALS},
    auth=Door(*APPLICANTS),
    summary="Save the draft",
)
def save_draft(request: Any, uuid: UUID, body: SaveIn) -> Any:
    """Keep values, complete or not; says what is wrong so far."""
    draft = actions.save_draft(
        application=queries.get_application(uuid, viewer=request.viewer),
        version=body.version,
        raw=body.values,
        form_version=body.form_version,
        title=body.title,
        by=request.viewer,
        at=request.at,
    )
    return {"application": draft.application, "problems": list(draft.checked.problems)}


@router.put(
    "/applications/{uuid}/members",
    response={200: ApplicationOut, **REFUSALS},
    auth=Door(*APPLICANTS),
    summary="Name the members",
)
def set_members(request: Any, uuid: UUID, body: MembersIn) -> Any:
    """Name all members."""
    found = queries.get_application(uuid, viewer=request.viewer)
    members = [
        (row.role, organisations.get_by_code(row.organisation_code, viewer=request.viewer))
        for row in body.members
    ]
    return actions.set_members(
        application=found,
        version=body.version,
        members=members,
        by=request.viewer,
        at=request.at,
    )


@router.post(
    "/applications/{uuid}/submit",
    response={200: ApplicationOut, **REFUSALS},
    auth=Door(*APPLICANTS),
    summary="Hand in",
)
def submit(request: Any, uuid: UUID, body: VersionIn) -> Any:
    """Hand the application in; a refusal names every place that is wrong."""
    return actions.submit(
        application=queries.get_application(uuid, viewer=request.viewer),
        version=body.version,
        by=request.viewer,
        at=request.at,
    )


@router.post(
    "/applications/{uuid}/review",
    response={200: ApplicationOut, **REFUSALS},
    auth=Door(*JUDGES),
    summary="Approve, return or reject",
)
def review(request: Any, uuid: UUID, body: ReviewIn) -> Any:
    """Judge the application at its present step."""
    return actions.review(
        application=queries.get_application(uuid, viewer=request.viewer),
        verdict=body.verdict,
        version=body.version,
        reason=body.reason,
        by=request.viewer,
        at=request.at,
    )


@router.post(
    "/applications/{uuid}/recognise",
    response={200: EntryOut, **REFUSALS},
    auth=Door(*JUDGES),
    summary="Recognise",
)
def recognise(request: Any, uuid: UUID, body: RecogniseIn) -> Any:
    """Recognise what was applied for; the answer has its register number."""
    entry = actions.recognise(
        application=queries.get_application(uuid, viewer=request.viewer),
        version=body.version,
        document_number=body.document_number,
        recognised_on=body.recognised_on,
        by=request.viewer,
        at=request.at,
    )
    return get_entry(request, entry.uuid)
