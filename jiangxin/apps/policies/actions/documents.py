"""Documents are described, adopted and published."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.actions import contents
from jiangxin.apps.policies.actions.contradictions import find_contradictions
from jiangxin.apps.policies.models import ITEM_KINDS, PolicyDocument
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region

# fields of the header that an officer may correct
HEADER_FIELDS = (
    "title",
    "document_number",
    "issuers",
    "issued_on",
    "plan_starts_on",
    "plan_ends_on",
    "disclosure",
)


@transaction.atomic
def describe_document(
    *,
    document: PolicyDocument,
    region: Region | None = None,
    by: Viewer,
    at: datetime.datetime,
    **values: Any,
) -> PolicyDocument:
    """Correct what the header of the document says, and confirm whose document it is.

    Targets that were measured for the old region follow to the new one.
    """
    document = document.locked()
    permissions.can_review_document(by, document).enforce()
    unknown = set(values) - set(HEADER_FIELDS)
    if unknown:
        raise ValueError(f"not a field of the header: {sorted(unknown)}")
    starts, ends = (
        values.get(name, getattr(document, name)) for name in ("plan_starts_on", "plan_ends_on")
    )
    if starts and ends and ends <= starts:
        message = _("The plan must end after it starts.")
        raise Invalid(message, data={"fields": {"plan_ends_on": message}})
    if not str(values.get("title", document.title)).strip():
        message = _("A document needs a title.")
        raise Invalid(message, data={"fields": {"title": message}})
    changes: dict[str, object] = {}
    for name, value in values.items():
        if getattr(document, name) != value:
            changes[name] = [getattr(document, name), value]
            setattr(document, name, value)
    if region is not None:
        if region.pk != document.region_id:
            changes["region"] = [document.region.code, region.code]
            document.target_items.filter(region_id=document.region_id).update(region=region)
            document.region = region
        document.region_is_confirmed = True
    document.save()
    audit.record(
        "policies.document.described",
        by=by,
        at=at,
        subject=document,
        path=document.scope.path,
        data=changes,
    )
    return document


EVENTS = {
    "review": "policies.document.review_begun",
    "adopt": "policies.document.adopted",
    "reopen": "policies.document.reopened",
    "publish": "policies.document.published",
    "withdraw": "policies.document.withdrawn",
}


@transaction.atomic
def move_document(
    *, document: PolicyDocument, move: str, by: Viewer, at: datetime.datetime
) -> PolicyDocument:
    """Take a document one step on: review, adopt, reopen, publish or withdraw.

    Raises:
        WrongState: the step is not possible now, or items still wait for a decision.
    """
    document = document.locked()
    if workflow.DOCUMENT.moves[move].owner == "leader":
        permissions.can_publish_document(by, document).enforce()
    else:
        permissions.can_review_document(by, document).enforce()
    before = document.state
    document.state = workflow.DOCUMENT.check(before, move)
    if move == "adopt":
        waiting = queries.waiting_items(document)
        if waiting:
            raise WrongState(
                _("%(n)s items still wait for a decision. Accept, correct or reject them first.")
                % {"n": waiting},
                data={"waiting": waiting},
            )
        document.adopted_at = at
    if move == "publish":
        document.published_at = at
    document.save(update_fields=["state", "adopted_at", "published_at"])
    audit.record(
        EVENTS[move],
        by=by,
        at=at,
        subject=document,
        path=document.scope.path,
        data={"state": [before, document.state]},
    )
    return document


@transaction.atomic
def accept_all(
    *, document: PolicyDocument, kind: str = "", by: Viewer, at: datetime.datetime
) -> int:
    """Accept every item that still waits for a decision; returns how many.

    Args:
        kind: only items of this kind, for instance "target"; empty for all.
    """
    document = document.locked()
    permissions.can_review_document(by, document).enforce()
    count = 0
    for name, model in ITEM_KINDS.items():
        if kind in ("", name):
            count += contents.accept_waiting(model, document, by=by, at=at)
    contents.begin_review(document)
    audit.record(
        "policies.items.accepted",
        by=by,
        at=at,
        subject=document,
        path=document.scope.path,
        data={"kind": kind, "items": count},
    )
    find_contradictions(document=document, at=at)
    return count
