"""Documents, clauses and items for other systems: the same acts as the pages."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Field, File, Schema, Status, UploadedFile

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.api.base import WRITERS, Limit, Offset, router
from jiangxin.apps.policies.models import ITEM_KINDS
from jiangxin.apps.policies.workflow import DOCUMENT, ITEM
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.http import REFUSALS, Door


class DocumentOut(Schema):
    """The head of a document."""

    uuid: UUID
    title: str
    document_number: str
    issuers: list[str]
    issued_on: datetime.date | None
    plan_starts_on: datetime.date | None
    plan_ends_on: datetime.date | None
    disclosure: str
    region_code: str = Field(alias="region.code")
    region_is_confirmed: bool
    state: str
    text_sha256: str
    is_simulated: bool


class DocumentsOut(Schema):
    """A page of the register."""

    total: int
    items: list[DocumentOut]


class ClauseOut(Schema):
    """A clause; offsets count code points of the document's text."""

    uuid: UUID
    key: str
    parent: str | None
    level: int
    number: str
    heading: str
    path: str
    text: str
    start: int | None
    end: int | None

    @staticmethod
    def resolve_parent(clause: Any) -> str | None:
        """Return the key of the clause above."""
        return clause.parent.key if clause.parent else None


class ItemOut(Schema):
    """Something that a document says, as read and as a person left it."""

    uuid: UUID
    kind: str
    place: str
    start: int | None
    end: int | None
    quote: str
    origin: str
    state: str
    version: int
    values: dict[str, Any]
    as_read: dict[str, Any]
    is_simulated: bool

    @staticmethod
    def resolve_values(item: Any) -> dict[str, Any]:
        """Return the editable fields."""
        return dict(item.values())


class ImportedOut(Schema):
    """What an import did."""

    document: DocumentOut
    is_new: bool
    is_attached: bool


class MoveIn(Schema):
    """A step of the document."""

    move: str


class DecisionIn(Schema):
    """A decision about an item, seen as `version` of it; `values` for "correct"."""

    move: str
    version: int
    values: dict[str, Any] = {}
    note: str = ""


class DecidedOut(Schema):
    """The item after the decision."""

    item: ItemOut
    merged_with: str
    was_already: bool


@router.get("/documents", response={200: DocumentsOut, **REFUSALS}, auth=Door("public"))
def documents(
    request: Any,
    region: str = "",
    q: str = "",
    offset: Offset = 0,
    limit: Limit = 50,
) -> Any:
    """List documents that the caller may see, newest first."""
    path = reference.get_region(region, on=request.at.date()).path if region else ""
    rows = queries.documents(viewer=request.viewer, region_path=path)
    rows = rows.filter(title__icontains=q) if q else rows
    return {"total": rows.count(), "items": list(rows[offset : offset + limit])}


@router.post("/documents", response={201: ImportedOut, **REFUSALS}, auth=Door(*WRITERS))
def import_document(request: Any, file: File[UploadedFile], region: str = "") -> Any:
    """Read a file into the register; the same text twice is one document."""
    queries.check_size(file.size or 0, filename=file.name or "file")
    place = reference.get_region(region, on=request.at.date()) if region else None
    done = actions.import_document(
        data=file.read(),
        filename=file.name or "file",
        region=place,
        by=request.viewer,
        at=request.at,
    )
    return Status(201, done)


@router.get("/documents/{uuid}", response={200: DocumentOut, **REFUSALS}, auth=Door("public"))
def document(request: Any, uuid: UUID) -> Any:
    """Return the head of one document."""
    return queries.get_document(uuid, viewer=request.viewer)


@router.get(
    "/documents/{uuid}/clauses", response={200: list[ClauseOut], **REFUSALS}, auth=Door("public")
)
def clauses(request: Any, uuid: UUID) -> Any:
    """List the clauses of a document in the order of the text."""
    return queries.clauses_of(queries.get_document(uuid, viewer=request.viewer))


@router.get(
    "/documents/{uuid}/items", response={200: list[ItemOut], **REFUSALS}, auth=Door("public")
)
def items(request: Any, uuid: UUID, kind: str = "") -> Any:
    """List what was read from a document, in the order of the text."""
    found = queries.items_of(
        queries.get_document(uuid, viewer=request.viewer), viewer=request.viewer
    )
    return [item for item in found if kind in ("", item.kind)]


@router.post("/documents/{uuid}/move", response={200: DocumentOut, **REFUSALS}, auth=Door(*WRITERS))
def move(request: Any, uuid: UUID, step: MoveIn) -> Any:
    """Take a document one step on: review, adopt, reopen, publish or withdraw."""
    if step.move not in DOCUMENT.moves:
        raise Invalid("move: " + ", ".join(DOCUMENT.moves))
    found = queries.get_document(uuid, viewer=request.viewer)
    return actions.move_document(document=found, move=step.move, by=request.viewer, at=request.at)


@router.post(
    "/items/{kind}/{uuid}/decision", response={200: DecidedOut, **REFUSALS}, auth=Door(*WRITERS)
)
def decide(request: Any, kind: str, uuid: UUID, decision: DecisionIn) -> Any:
    """Accept, correct, reject or reopen an item; a clash answers 409 with both versions."""
    if kind not in ITEM_KINDS:
        raise NotFound
    if decision.move not in ITEM.moves:
        raise Invalid("move: " + ", ".join(ITEM.moves))
    return actions.decide_item(
        item=queries.get_item(kind, uuid, viewer=request.viewer),
        move=decision.move,
        version=decision.version,
        values=_typed(kind, decision.values),
        note=decision.note,
        by=request.viewer,
        at=request.at,
    )


def _typed(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return values as the table holds them: days from ISO text, unknown fields refused."""
    unknown = set(values) - set(ITEM_KINDS[kind].EDITABLE)
    if unknown:
        name = sorted(unknown)[0]
        raise Invalid(f"{name}?", data={"fields": {name: "unknown field"}})
    typed = dict(values)
    if typed.get("due_on"):
        try:
            typed["due_on"] = datetime.date.fromisoformat(str(typed["due_on"]))
        except ValueError as error:
            raise Invalid(str(error), data={"fields": {"due_on": str(error)}}) from error
    return typed
