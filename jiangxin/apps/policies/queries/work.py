"""What waits for a viewer, and what a viewer finds by words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiangxin.apps.policies.models import Clause, Contradiction, PolicyDocument, Target
from jiangxin.apps.policies.queries.documents import documents
from jiangxin.apps.policies.queries.standings import promise
from jiangxin.apps.policies.workflow import DocumentState, Verdict
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that waits for the viewer."""

    title: str
    url: str
    due_on: datetime.date | None
    kind: str
    overdue: bool = False


def document_todos(viewer: Viewer, *, on: datetime.date) -> list[Todo]:
    """List reviews, bindings, contradictions and publications that wait for the viewer."""
    todos = []
    mine: Any = documents(viewer=viewer).filter(viewer.within("policies.manage"))
    for document in mine.filter(state__in=[DocumentState.IMPORTED, DocumentState.IN_REVIEW]):
        title = ngettext(
            "Review “%(title)s”: %(n)s item to decide",
            "Review “%(title)s”: %(n)s items to decide",
            document.waiting,
        ) % {"title": document.title, "n": document.waiting}
        if not document.waiting:
            title = _("Adopt “%(title)s”: everything is decided") % {"title": document.title}
        url = reverse("policies:document", args=[document.uuid])
        todos.append(Todo(title, url, None, _("review")))
    unbound = (
        Target.objects.adopted()
        .filter(viewer.within("policies.manage"), binding=Target.Binding.SUGGESTED)
        .count()
    )
    if unbound:
        title = ngettext(
            "Confirm the indicator of %(n)s target",
            "Confirm the indicators of %(n)s targets",
            unbound,
        ) % {"n": unbound}
        url = f"{reverse('policies:targets')}?binding=suggested"
        todos.append(Todo(title, url, None, _("binding")))
    open_clashes = Contradiction.objects.filter(
        viewer.within("policies.manage"), verdict=Verdict.SUGGESTED
    ).count()
    if open_clashes:
        title = ngettext(
            "Look at %(n)s contradiction between targets",
            "Look at %(n)s contradictions between targets",
            open_clashes,
        ) % {"n": open_clashes}
        todos.append(Todo(title, reverse("policies:contradictions"), None, _("contradiction")))
    for document in PolicyDocument.objects.filter(
        viewer.within("policies.approve"), state=DocumentState.ADOPTED
    ).defer("text"):
        title = _("Publish “%(title)s” or send it back") % {"title": document.title}
        url = reverse("policies:document", args=[document.uuid])
        todos.append(Todo(title, url, None, _("publication")))
    return todos


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found by the search of all pages."""

    kind: str
    title: str
    detail: str
    url: str


def search(viewer: Viewer, text: str, *, limit: int = 5) -> list[Hit]:
    """Find documents, clauses and targets by their words."""
    text = text.strip()
    if not text:
        return []
    found = [
        Hit(
            _("Policy document"),
            document.title,
            document.document_number,
            reverse("policies:document", args=[document.uuid]),
        )
        for document in PolicyDocument.objects.visible_to(viewer)
        .filter(Q(title__icontains=text) | Q(document_number__icontains=text))
        .defer("text")[:limit]
    ]
    found += [
        Hit(
            _("Target"),
            f"{target.metric} {promise(target)}",
            target.document.title,
            reverse("policies:target", args=[target.uuid]),
        )
        for target in Target.objects.visible_to(viewer)
        .adopted()
        .filter(metric__icontains=text)
        .select_related("document")
        .defer("document__text")[:limit]
    ]
    found += [
        Hit(
            _("Clause"),
            f"{clause.path} {clause.heading}",
            clause.document.title,
            reverse("policies:clause", args=[clause.uuid]),
        )
        for clause in Clause.objects.visible_to(viewer)
        .filter(heading__icontains=text)
        .select_related("document")
        .defer("document__text")[:limit]
    ]
    return found
