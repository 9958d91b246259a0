"""Reads of documents: the register, one document, its outline and the screen of its review."""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from jiangxin.apps.policies.models import (
    ITEM_KINDS,
    Clause,
    Item,
    ItemRevision,
    PolicyDocument,
    Responsibility,
    StoredFile,
    Target,
)
from jiangxin.apps.policies.queries.cards import Card, card_of
from jiangxin.apps.policies.queries.segments import Segment, segments
from jiangxin.apps.policies.workflow import ItemState
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer
from jiangxin.engines import policytext

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope


def documents(*, viewer: Viewer, region_path: str = "") -> QuerySet[PolicyDocument]:
    """List documents newest first, each with `targets` adopted and `waiting` items.

    Args:
        region_path: only documents of this region and of those below it.
    """
    rows = (
        PolicyDocument.objects.visible_to(viewer)
        .select_related("region", "scope")
        .defer("text", "references")
        .annotate(targets=_count(Target.objects.adopted()), waiting=_waiting())
    )
    return rows.filter(region__path__startswith=region_path) if region_path else rows


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = (
        rows.filter(document=OuterRef("pk"))
        .order_by()
        .values("document")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _waiting() -> Any:
    total: Any = 0
    for model in ITEM_KINDS.values():
        total = _count(model._default_manager.filter(state=ItemState.READ)) + total
    return total


def get_document(uuid: uuids.UUID | str, *, viewer: Viewer) -> PolicyDocument:
    """Return one document that the viewer may see, or raise NotFound."""
    document = (
        PolicyDocument.objects.visible_to(viewer)
        .select_related("region", "scope")
        .filter(uuid=uuid)
        .first()
    )
    if document is None:
        raise NotFound
    return document


def clauses_of(document: PolicyDocument) -> list[Clause]:
    """List the clauses of a document in the order of the text."""
    return list(document.clauses.select_related("parent"))


def get_clause(uuid: uuids.UUID | str, *, viewer: Viewer) -> Clause:
    """Return one clause of a document that the viewer may see, or raise NotFound."""
    clause = (
        Clause.objects.visible_to(viewer)
        .select_related("document__region", "document__scope")
        .filter(uuid=uuid)
        .first()
    )
    if clause is None:
        raise NotFound
    return clause


def get_original(uuid: uuids.UUID | str, *, viewer: Viewer) -> StoredFile:
    """Return the original file of a document that the viewer may see, or raise NotFound."""
    document = get_document(uuid, viewer=viewer)
    if document.original is None:
        raise NotFound
    return document.original


def stored_file(uuid: uuids.UUID | str) -> StoredFile:
    """Return a kept file for a task that was given its identifier by an action."""
    return StoredFile.objects.get(uuid=uuid)


def get_item(kind: str, uuid: uuids.UUID | str, *, viewer: Viewer) -> Item:
    """Return one item of any kind that the viewer may see, or raise NotFound."""
    model = ITEM_KINDS.get(kind)
    if model is None:
        raise NotFound
    rows: Any = model.objects.visible_to(viewer)
    item: Item | None = (
        rows.filter(uuid=uuid)
        .select_related("document__scope", "document__region", "clause")
        .first()
    )
    if item is None:
        raise NotFound
    return item


def values_at(item: Item, version: int) -> dict[str, Any]:
    """Return the editable values of an item at an earlier version, as plain values."""
    revision = ItemRevision.objects.filter(item_uuid=item.uuid, version=version).first()
    if revision is not None:
        return dict(revision.values)
    return dict(item.as_read)


def history_of(item: Item) -> list[ItemRevision]:
    """List the decisions about an item, newest first."""
    return list(ItemRevision.objects.filter(item_uuid=item.uuid).order_by("-version"))


def waiting_items(document: PolicyDocument) -> int:
    """Count the items of a document that wait for a decision."""
    return sum(
        model._default_manager.filter(document=document, state=ItemState.READ).count()
        for model in ITEM_KINDS.values()
    )


def clause_at(document: PolicyDocument, position: int) -> Clause | None:
    """Return the innermost clause in which a position of the text lies."""
    return (
        Clause.objects.filter(document=document, start__lte=position, end__gt=position)
        .order_by("-start", "-level")
        .first()
    )


def bare_number(number: str) -> str:
    """Return a document number as compared: one kind of brackets, no spaces."""
    table = str.maketrans("[]（）()【】", "〔〕〔〕〔〕〔〕", " \u3000")
    return number.translate(table)


def bare_title(title: str) -> str:
    """Return a title as compared: no spaces and book marks, one kind of brackets."""
    return "".join(title.split()).strip("《》").replace("（", "(").replace("）", ")")


def find_document_like(*, scope: Scope, title: str, document_number: str) -> PolicyDocument | None:
    """Return the document of this office with the same number or, lacking one, the same title."""
    number, bare = bare_number(document_number), bare_title(title)
    for document in PolicyDocument.objects.filter(scope=scope).defer("text"):
        theirs = bare_number(document.document_number)
        if (number and theirs == number) or (
            (not number or not theirs) and bare_title(document.title) == bare
        ):
            return document
    return None


# a text without a head is a known document if this share of their clause numbers agrees
SAME_NUMBERING_FROM = 0.8
SAME_NUMBERING_CLAUSES = 8


def find_facts_only(
    *,
    scope: Scope,
    title: str,
    document_number: str,
    clauses: Sequence[policytext.Clause] = (),
) -> PolicyDocument | None:
    """Return the same document if it is known without its text.

    Args:
        clauses: of the text; a text without title and number is known by the numbers of these.
    """
    if title or document_number:
        found = find_document_like(scope=scope, title=title, document_number=document_number)
        return found.locked() if found is not None and not found.has_text else None
    mine = set(number_paths(clauses).values())
    known = PolicyDocument.objects.filter(scope=scope, text_sha256="")
    for document in known.prefetch_related("clauses"):
        theirs = {clause.path for clause in document.clauses.all()}
        alike = len(mine & theirs) / max(len(mine | theirs), 1)
        if len(theirs) >= SAME_NUMBERING_CLAUSES and alike >= SAME_NUMBERING_FROM:
            return document.locked()
    return None


def number_paths(clauses: Sequence[policytext.Clause]) -> dict[str, str]:
    """Return the path of each clause by its id; parents stand before their children."""
    paths: dict[str, str] = {}
    for clause in clauses:
        own = clause.number or clause.heading[:12]
        above = paths.get(clause.parent or "")
        paths[clause.id] = f"{above}/{own}" if above is not None else own
    return paths


def engine_document(document: PolicyDocument) -> policytext.Document:
    """Return the clauses of a document as the engine takes them."""
    clauses = list(document.clauses.select_related("parent").order_by("position"))
    return policytext.Document(
        name=document.title,
        header=policytext.Header(
            title=document.title,
            document_number=document.document_number or None,
            issuers=tuple(document.issuers),
            issued_on=document.issued_on,
            references=tuple(
                policytext.Reference(cited["title"], cited.get("document_number") or None)
                for cited in document.references
            ),
        ),
        clauses=tuple(
            policytext.Clause(
                id=clause.key,
                parent=clause.parent.key if clause.parent else None,
                level=clause.level,
                number=clause.number,
                heading=clause.heading,
                text=clause.text,
                start=clause.start or 0,
                end=clause.end or 0,
            )
            for clause in clauses
            if clause.text or clause.heading
        ),
    )


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A clause in the outline with what was read in it and below."""

    clause: Clause
    depth: int
    items: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that the review of a document shows."""

    document: PolicyDocument
    segments: list[Segment]
    items: list[Item]
    cards: list[Card]
    outline: list[OutlineRow]
    counts: Mapping[str, int]
    waiting: int
    # adopted targets whose suggested indicator nobody confirmed yet
    suggested: int


def items_of(document: PolicyDocument, *, viewer: Viewer) -> list[Item]:
    """List everything read from a document that the viewer may see, in the order of the text."""
    return _items(document, list(document.clauses.all()), viewer)


def _items(document: PolicyDocument, clauses: Sequence[Clause], viewer: Viewer) -> list[Item]:
    """List the items with document and clause at hand, so that no item costs a query."""
    known = {clause.pk: clause for clause in clauses}
    found: list[Item] = []
    for model in ITEM_KINDS.values():
        found += model.objects.visible_to(viewer).filter(document=document)
    for item in found:
        item.document = document
        if item.clause_id in known:
            item.clause = known[item.clause_id]

    def place(item: Item) -> tuple[Any, ...]:
        has_start = item.start is not None
        clause = known.get(item.clause_id or 0)
        return (
            not has_start,
            item.start if has_start else clause.position if clause else 10**9,
            getattr(item, "number", 0),
            item.pk,
        )

    return sorted(found, key=place)


def review(document: PolicyDocument, *, viewer: Viewer, kind: str = "", state: str = "") -> Review:
    """Return the text with its marks, the items to show, and the outline.

    Args:
        kind: show only items of this kind.
        state: "waiting" shows only items without a decision; or a state.
    """
    clauses = list(document.clauses.all())
    items = _items(document, clauses, viewer)
    wanted = {"waiting": ItemState.READ.value}.get(state, state)
    shown = [
        item for item in items if kind in ("", item.kind) and (not wanted or item.state == wanted)
    ]
    counts: dict[str, int] = defaultdict(int)
    for item in items:
        counts[item.kind] += 1
    return Review(
        document=document,
        segments=segments(document.text, items, clauses),
        items=items,
        cards=[card_of(item) for item in shown],
        outline=_outline(clauses, items),
        counts=dict(counts),
        waiting=sum(item.state == ItemState.READ for item in items),
        suggested=sum(
            isinstance(item, Target)
            and item.is_adopted
            and item.binding == Target.Binding.SUGGESTED
            for item in items
        ),
    )


def _outline(clauses: list[Clause], items: list[Item]) -> list[OutlineRow]:
    parent = {clause.pk: clause.parent_id for clause in clauses}
    total: dict[int, int] = defaultdict(int)
    waiting: dict[int, int] = defaultdict(int)
    for item in items:
        at = item.clause_id
        while at is not None:
            total[at] += 1
            waiting[at] += item.state == ItemState.READ
            at = parent.get(at)
    depth: dict[int, int] = {}
    for clause in clauses:
        depth[clause.pk] = depth.get(clause.parent_id or 0, -1) + 1
    return [
        OutlineRow(clause, depth[clause.pk], total[clause.pk], waiting[clause.pk])
        for clause in clauses
    ]


def responsibilities_of(clause: Clause | None) -> list[Responsibility]:
    """List the adopted responsibilities of a clause, or of the nearest clause above that has any."""
    rows = list(
        Responsibility.objects.adopted().filter(document=clause.document_id) if clause else []
    )
    at = clause
    while at is not None:
        mine = [row for row in rows if row.clause_id == at.pk]
        if mine:
            return mine
        at = at.parent
    return []
