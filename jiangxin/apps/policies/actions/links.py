"""Which document carries out which, and which clause carries out which clause."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from jiangxin.apps.policies import permissions, queries
from jiangxin.apps.policies.models import (
    CascadePair,
    Clause,
    DocumentLink,
    PolicyDocument,
)
from jiangxin.apps.policies.workflow import Verdict
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.permissions import Viewer
from jiangxin.engines.policytext import cascade as cascades

# how many documents of the regions above are compared with a new one
COMPARED_AT_MOST = 20
# clauses that must be carried out before likeness alone suggests a link
CARRIED_AT_LEAST = 3


@transaction.atomic
def suggest_links(document: PolicyDocument, *, by: Viewer, at: datetime.datetime) -> int:
    """Suggest which documents this one carries out, and which carry it out; returns how many.

    A citation suffices; without one, the clauses of documents of the same or a higher region are
    compared. Only documents that `by` sees are considered, and only children that `by` reviews.
    """
    others = list(
        PolicyDocument.objects.visible_to(by)
        .exclude(pk=document.pk)
        .select_related("region", "scope")
        .defer("text")
    )
    known = DocumentLink.objects.filter(Q(parent=document) | Q(child=document))
    for link in known.filter(compared_at=None).select_related("parent", "child"):
        compare(link, at=at)  # linked before one of the texts was here
    linked = set(known.values_list("parent_id", "child_id"))
    count = compared = 0
    for other in others:
        for parent, child in ((other, document), (document, other)):
            if (parent.pk, child.pk) in linked:
                continue
            if not permissions.can_review_document(by, child):
                continue
            citation = queries.citation_of(parent, within=child)
            if citation:
                compare(_create_link(parent, child, DocumentLink.Origin.CITED, citation), at=at)
                count += 1
            elif compared < COMPARED_AT_MOST and _may_carry_out(parent, child):
                compared += 1
                count += _link_if_alike(parent, child, at=at)
    return count


def _may_carry_out(parent: PolicyDocument, child: PolicyDocument) -> bool:
    """Tell whether a comparison makes sense: of the same or a higher region, and not younger."""
    if not (parent.has_text and child.has_text):
        return False
    is_younger = parent.issued_on and child.issued_on and parent.issued_on >= child.issued_on
    return child.region.path.startswith(parent.region.path) and not is_younger


def _link_if_alike(parent: PolicyDocument, child: PolicyDocument, *, at: datetime.datetime) -> int:
    found = cascades.cascade(queries.engine_document(parent), queries.engine_document(child))
    carried = [pair for pair in found.pairs if pair.strength == 2]
    if len({pair.parent_clause for pair in carried}) < CARRIED_AT_LEAST:
        return 0
    words = "、".join(dict.fromkeys(word for pair in carried for word in pair.shared[:1]))
    link = _create_link(parent, child, DocumentLink.Origin.LIKENESS, words)
    _keep_pairs(link, found, at=at)
    return 1


def _create_link(
    parent: PolicyDocument, child: PolicyDocument, origin: str, reason: str
) -> DocumentLink:
    return DocumentLink.objects.create(
        scope_id=child.scope_id,
        parent=parent,
        child=child,
        origin=origin,
        reason=reason[:500],
        is_simulated=parent.is_simulated or child.is_simulated,
    )


def compare(link: DocumentLink, *, at: datetime.datetime) -> int:
    """Hold the clauses of the two documents against each other; returns the number of pairs."""
    if not (link.parent.has_text and link.child.has_text):
        return 0
    found = cascades.cascade(
        queries.engine_document(link.parent), queries.engine_document(link.child)
    )
    return _keep_pairs(link, found, at=at)


def _keep_pairs(link: DocumentLink, found: cascades.Cascade, *, at: datetime.datetime) -> int:
    """Write the pairs that claim something; what a person has decided stays as it is."""
    keys = {
        document: dict(Clause.objects.filter(document=document).values_list("key", "pk"))
        for document in (link.parent_id, link.child_id)
    }
    link.pairs.filter(verdict=Verdict.SUGGESTED).delete()
    decided = set(link.pairs.values_list("parent_clause_id", "child_clause_id"))
    rows = []
    for pair in found.pairs:
        above = keys[link.parent_id].get(pair.parent_clause)
        below = keys[link.child_id].get(pair.child_clause)
        if pair.strength == 0 or above is None or below is None or (above, below) in decided:
            continue
        rows.append(
            CascadePair(
                scope_id=link.scope_id,
                link=link,
                parent_clause_id=above,
                child_clause_id=below,
                score=pair.score,
                strength=pair.strength,
                shared=list(pair.shared),
                is_simulated=link.is_simulated,
            )
        )
    CascadePair.objects.bulk_create(rows, batch_size=500)
    link.compared_at = at
    link.save(update_fields=["compared_at"])
    return len(rows)


@transaction.atomic
def link_documents(
    *, parent: PolicyDocument, child: PolicyDocument, by: Viewer, at: datetime.datetime
) -> DocumentLink:
    """Say that the child carries out the parent, and compare their clauses.

    Raises:
        Invalid: the two are one document.
        Conflict: they are already linked.
    """
    permissions.can_review_document(by, child).enforce()
    if parent.pk == child.pk:
        message = _("A document cannot carry out itself. Choose another one.")
        raise Invalid(message, data={"fields": {"parent": message}})
    if DocumentLink.objects.filter(parent=parent, child=child).exists():
        raise Conflict(_("These two documents are already linked. Open the link instead."))
    link = _create_link(parent, child, DocumentLink.Origin.PERSON, by.name)
    link.verdict, link.decided_by_name, link.decided_at = Verdict.CONFIRMED, by.name[:100], at
    link.save()
    pairs = compare(link, at=at)
    audit.record(
        "policies.link.added",
        by=by,
        at=at,
        subject=link,
        path=child.scope.path,
        data={"parent": str(parent.uuid), "child": str(child.uuid), "pairs": pairs},
    )
    return link


@transaction.atomic
def decide_link(
    *, link: DocumentLink, verdict: str, by: Viewer, at: datetime.datetime
) -> DocumentLink:
    """Confirm or reject that one document carries out another."""
    link = link.locked()
    permissions.can_review_document(by, link.child).enforce()
    link.verdict = _checked(verdict)
    link.decided_by_name, link.decided_at = by.name[:100], at
    link.save(update_fields=["verdict", "decided_by_name", "decided_at"])
    audit.record(
        "policies.link.decided",
        by=by,
        at=at,
        subject=link,
        path=link.child.scope.path,
        data={"verdict": verdict},
    )
    return link


@transaction.atomic
def compare_documents(*, link: DocumentLink, by: Viewer, at: datetime.datetime) -> int:
    """Compare the clauses again, for instance after a text came in; decisions stay."""
    link = link.locked()
    permissions.can_review_document(by, link.child).enforce()
    pairs = compare(link, at=at)
    audit.record(
        "policies.link.compared",
        by=by,
        at=at,
        subject=link,
        path=link.child.scope.path,
        data={"pairs": pairs},
    )
    return pairs


@transaction.atomic
def decide_pair(
    *, pair: CascadePair, verdict: str, by: Viewer, at: datetime.datetime
) -> CascadePair:
    """Confirm or reject that a clause carries out another; later comparisons respect it."""
    pair = pair.locked()
    permissions.can_review_document(by, pair.link.child).enforce()
    pair.verdict = _checked(verdict)
    pair.decided_by_name, pair.decided_at = by.name[:100], at
    pair.save(update_fields=["verdict", "decided_by_name", "decided_at"])
    audit.record(
        "policies.pair.decided",
        by=by,
        at=at,
        subject=pair,
        path=pair.link.child.scope.path,
        data={"verdict": verdict},
    )
    return pair


@transaction.atomic
def add_pair(
    *,
    link: DocumentLink,
    parent_clause: Clause,
    child_clause: Clause,
    by: Viewer,
    at: datetime.datetime,
) -> CascadePair:
    """Say that a clause carries out another one that the comparison did not find."""
    link = link.locked()
    permissions.can_review_document(by, link.child).enforce()
    if (parent_clause.document_id, child_clause.document_id) != (link.parent_id, link.child_id):
        message = _("Choose a clause of the parent and a clause of the child.")
        raise Invalid(message, data={"fields": {"child_clause": message}})
    pair, _created = CascadePair.objects.get_or_create(
        parent_clause=parent_clause,
        child_clause=child_clause,
        defaults={
            "scope_id": link.scope_id,
            "link": link,
            "strength": CascadePair.Strength.CARRIES,
            "is_simulated": link.is_simulated,
        },
    )
    pair.strength, pair.verdict = CascadePair.Strength.CARRIES, Verdict.CONFIRMED
    pair.decided_by_name, pair.decided_at = by.name[:100], at
    pair.save()
    audit.record("policies.pair.added", by=by, at=at, subject=pair, path=link.child.scope.path)
    return pair


def _checked(verdict: str) -> str:
    if verdict not in Verdict.values:
        raise Invalid(_("Confirm, reject, or leave it as a suggestion."))
    return verdict
