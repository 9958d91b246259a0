"""What people decide about what was read: accept, correct, reject, add; nobody's word is lost."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.actions import contents
from jiangxin.apps.policies.actions.contradictions import find_contradictions
from jiangxin.apps.policies.models import (
    ITEM_KINDS,
    Clause,
    Item,
    ItemRevision,
    PolicyDocument,
    Target,
)
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.permissions import Viewer


class ItemChanged(Conflict):
    """Somebody else decided otherwise meanwhile; `data` holds both versions field by field."""

    code = "item_changed"


@dataclass(frozen=True, slots=True)
class Decided:
    """The item after a decision.

    Args:
        merged_with: who decided meanwhile, where both decisions were brought together.
        was_already: the same had been decided before; nothing changed.
    """

    item: Item
    merged_with: str = ""
    was_already: bool = False


def decide_item(
    *,
    item: Item,
    move: str,
    version: int,
    by: Viewer,
    at: datetime.datetime,
    values: Mapping[str, Any] | None = None,
    note: str = "",
) -> Decided:
    """Accept, correct, reject or reopen an item, seen as `version` of it.

    If somebody else decided meanwhile: the same decision is simply confirmed; corrections of
    different fields are merged; anything else is refused, and both versions are shown.

    Args:
        values: corrected fields, for "correct".

    Raises:
        ItemChanged: the other decision does not go together with this one.
        Invalid: a value breaks a rule.
        WrongState: the move is not possible from the item's state.
    """
    with transaction.atomic():
        return _decide(item.locked(), move, version, values or {}, note, by, at)


def _decide(
    item: Item,
    move: str,
    version: int,
    values: Mapping[str, Any],
    note: str,
    by: Viewer,
    at: datetime.datetime,
) -> Decided:
    permissions.can_review_document(by, item.document).enforce()
    merged_with = ""
    wanted = workflow.ITEM.moves[move].target
    if item.version != version:
        if item.state == wanted and all(getattr(item, k) == v for k, v in values.items()):
            return Decided(item, merged_with=item.reviewed_by_name, was_already=True)
        if move != "correct" or item.state == workflow.ItemState.REJECTED:
            raise _changed(item, values)
        values = _merged(item, version, values)
        merged_with = item.reviewed_by_name
    before = contents.plain(item.values())
    state_before = item.state
    item.state = workflow.ITEM.check(item.state, move)
    if move == "correct":
        for name in item.EDITABLE:
            if name in values:
                setattr(item, name, values[name])
        item.reviewed_at = at
        _check(item)
    if note:
        item.review_note = note.strip()[:500]
    _stamp(item, by, at)
    item.save()
    after = contents.plain(item.values())
    audit.record(
        f"policies.{item.KIND}.{_past(move)}",
        by=by,
        at=at,
        subject=item,
        path=item.document.scope.path,
        data={
            "state": [state_before, item.state],
            "note": note,
            **{k: [before[k], after[k]] for k in after if before[k] != after[k]},
        },
    )
    contents.begin_review(item.document)
    if isinstance(item, Target):
        find_contradictions(document=item.document, at=at)
    return Decided(item, merged_with=merged_with)


def _past(move: str) -> str:
    return {
        "accept": "accepted",
        "correct": "corrected",
        "reject": "rejected",
        "reopen": "reopened",
    }[move]


def _stamp(item: Item, by: Viewer, at: datetime.datetime) -> None:
    """Mark who decided, and keep the values as a revision of their own."""
    item.version += 1
    item.reviewed_by_id, item.reviewed_by_name, item.reviewed_at = by.user_id, by.name[:100], at
    ItemRevision.objects.create(
        document_id=item.document_id,
        item_kind=item.KIND,
        item_uuid=item.uuid,
        version=item.version,
        values=contents.plain(item.values()),
        state=item.state,
        note=item.review_note,
        by_name=by.name[:100],
        at=at,
    )


def _merged(item: Item, version: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Bring two corrections together if no field was changed differently by both."""
    base = queries.values_at(item, version)
    mine, theirs = contents.plain(values), contents.plain(item.values())
    clashes = [
        name
        for name in mine
        if mine[name] != base.get(name) and theirs[name] not in (base.get(name), mine[name])
    ]
    if clashes:
        raise _changed(item, values, clashes)
    return {name: value for name, value in values.items() if mine[name] != base.get(name)}


def _changed(item: Item, values: Mapping[str, Any], fields: list[str] | None = None) -> ItemChanged:
    message = _(
        "%(name)s decided about this meanwhile (now: %(state)s). Nothing of yours was saved yet: "
        "compare both versions below and decide again."
    ) % {"name": item.reviewed_by_name, "state": item.get_state_display()}
    return ItemChanged(
        message,
        data={
            "version": item.version,
            "state": item.state,
            "by": item.reviewed_by_name,
            "theirs": contents.plain(item.values()),
            "yours": contents.plain(values),
            "fields": dict.fromkeys(fields or [], _("Changed by both.")),
        },
    )


def _check(item: Item) -> None:
    """Refuse values that the table would refuse, with a message beside the field."""
    exclude = {f.name for f in item._meta.fields} - set(item.EDITABLE)
    try:
        item.clean_fields(exclude=exclude)
        item.validate_constraints(exclude=set())
    except ValidationError as error:
        fields = {
            ("high" if name == "__all__" else name): " ".join(messages)
            for name, messages in error.message_dict.items()
        }
        raise Invalid(
            _("Some values cannot be used; see the fields."), data={"fields": fields}
        ) from None


@transaction.atomic
def add_item(
    *,
    document: PolicyDocument,
    kind: str,
    values: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    clause: Clause | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Item:
    """Add something that the document says and the parser did not read.

    Args:
        start: with `end`, where it stands in the text; the clause is then found by itself.
    """
    document = document.locked()
    permissions.can_review_document(by, document).enforce()
    if start is not None and end is not None:
        if not 0 <= start < end <= len(document.text):
            message = _("Mark the words in the text that say this.")
            raise Invalid(message, data={"fields": {"start": message}})
        clause = clause or queries.clause_at(document, start)
    else:
        start = end = None
    item = ITEM_KINDS[kind](
        document=document,
        scope_id=document.scope_id,
        clause=clause,
        place=clause.path if clause else "",
        start=start,
        end=end,
        quote="".join(document.text[start:end].split("\n")) if end else "",
        origin=Item.Origin.PERSON,
        state=workflow.ItemState.ACCEPTED,
        version=0,
        is_simulated=document.is_simulated,
        **{name: values[name] for name in ITEM_KINDS[kind].EDITABLE if name in values},
    )
    if isinstance(item, Target):
        item.region_id = document.region_id
        contents.suggest_bindings([item])
    item.reviewed_at = at
    _check(item)
    _stamp(item, by, at)
    item.save()
    audit.record(
        f"policies.{kind}.added",
        by=by,
        at=at,
        subject=item,
        path=document.scope.path,
        data=contents.plain(item.values()),
    )
    contents.begin_review(document)
    if isinstance(item, Target):
        find_contradictions(document=document, at=at)
    return item
