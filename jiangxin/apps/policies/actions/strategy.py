"""The strategy map of a plan: headings under which clauses, targets and tasks roll up."""

from __future__ import annotations

import datetime
import uuid as uuids
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.policies import permissions
from jiangxin.apps.policies.models import Clause, PolicyDocument, StrategyNode
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.permissions import Viewer


@transaction.atomic
def add_strategy_node(
    *,
    document: PolicyDocument,
    kind: str,
    title: str,
    clauses: Sequence[Clause] = (),
    by: Viewer,
    at: datetime.datetime,
) -> StrategyNode:
    """Put a heading on the strategy map, served by some clauses of the document.

    Raises:
        Invalid: the heading is already there, or a clause is of another document.
    """
    document = document.locked()
    permissions.can_review_document(by, document).enforce()
    if kind not in StrategyNode.Kind.values or not title.strip():
        raise Invalid(_("Choose a kind and write a heading."))
    if any(clause.document_id != document.pk for clause in clauses):
        message = _("Choose clauses of this document.")
        raise Invalid(message, data={"fields": {"clauses": message}})
    if document.strategy.filter(kind=kind, title=title.strip()).exists():
        message = _("This heading is already on the strategy map.")
        raise Invalid(message, data={"fields": {"title": message}})
    node = StrategyNode.objects.create(
        scope_id=document.scope_id,
        document=document,
        kind=kind,
        title=title.strip()[:200],
        position=document.strategy.filter(kind=kind).count() + 1,
        is_simulated=document.is_simulated,
    )
    node.clauses.set(clauses)
    audit.record(
        "policies.strategy.added",
        by=by,
        at=at,
        subject=node,
        path=document.scope.path,
        data={"kind": kind, "title": node.title, "clauses": [c.path for c in clauses]},
    )
    return node


@transaction.atomic
def remove_strategy_node(
    *, document: PolicyDocument, uuid: uuids.UUID | str, by: Viewer, at: datetime.datetime
) -> None:
    """Take a heading off the strategy map; clauses, targets and tasks stay as they are."""
    document = document.locked()
    permissions.can_review_document(by, document).enforce()
    node = document.strategy.filter(uuid=uuid).first()
    if node is None:
        raise NotFound
    audit.record(
        "policies.strategy.removed",
        by=by,
        at=at,
        subject=node,
        path=document.scope.path,
        data={"kind": node.kind, "title": node.title},
    )
    node.delete()
