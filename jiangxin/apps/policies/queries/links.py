"""Reads of links between documents: which one carries out which, and who cites whom."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from jiangxin.apps.policies.models import DocumentLink, PolicyDocument
from jiangxin.apps.policies.queries.documents import bare_number, bare_title, documents
from jiangxin.core.permissions import Viewer


def links(*, viewer: Viewer) -> QuerySet[DocumentLink]:
    """List links between documents that the viewer may both see."""
    seen = PolicyDocument.objects.visible_to(viewer).values("pk")
    return (
        DocumentLink.objects.visible_to(viewer)
        .filter(parent__in=seen, child__in=seen)
        .select_related("parent__region", "parent__scope", "child__region", "child__scope", "scope")
        .defer("parent__text", "child__text")
        .annotate(
            carried=Count(
                "pairs__parent_clause",
                filter=Q(pairs__strength=2) & ~Q(pairs__verdict="rejected"),
                distinct=True,
            )
        )
    )


def link_candidates(document: PolicyDocument, *, viewer: Viewer) -> list[PolicyDocument]:
    """List documents that this one could carry out: not linked yet, and not issued later."""
    linked = {link.parent_id for link in links(viewer=viewer).filter(child=document)}
    return [
        row
        for row in documents(viewer=viewer).exclude(pk=document.pk)[:200]
        if row.pk not in linked
        and not (row.issued_on and document.issued_on and row.issued_on > document.issued_on)
    ]


def citation_of(parent: PolicyDocument, *, within: PolicyDocument) -> str:
    """Return the words by which one document cites another; empty if it does not."""
    number, title = bare_number(parent.document_number), bare_title(parent.title)
    for cited in within.references:
        theirs = bare_number(cited.get("document_number") or "")
        name = bare_title(cited.get("title") or "")
        if (number and theirs == number) or (len(name) >= 6 and name and name in title):
            text = "".join(
                part
                for part in (
                    f"《{cited['title']}》" if cited.get("title") else "",
                    cited.get("document_number") or "",
                )
            )
            return text or parent.document_number
    return ""
