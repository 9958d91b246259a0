"""Pages of the cascade: what carries out a document, and one document held against another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from jiangxin.apps.policies import actions, permissions, queries
from jiangxin.apps.policies.views.documents import WRITERS, document_tabs
from jiangxin.apps.policies.views.forms import uuid_of
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


@audience("public")
def document_links(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    rows = queries.links(viewer=request.viewer)
    context = {
        "document": found,
        "tabs": document_tabs(found, "document_links"),
        "up": list(rows.filter(child=found)),
        "down": list(rows.filter(parent=found)),
        "may_review": permissions.can_review_document(request.viewer, found),
        "candidates": queries.link_candidates(found, viewer=request.viewer),
    }
    return page(request, "policies/links.html", context)


@audience(*WRITERS)
@require_POST
def add_link(request: Any, uuid: str) -> HttpResponse:
    child = queries.get_document(uuid, viewer=request.viewer)
    parent = queries.get_document(uuid_of(request.POST.get("parent", "")), viewer=request.viewer)
    link = actions.link_documents(parent=parent, child=child, by=request.viewer, at=request.at)
    messages.success(request, _("The documents are linked and their clauses compared."))
    return redirect("policies:cascade", link.uuid)


@audience("public")
def cascade(request: Any, uuid: str) -> HttpResponse:
    link = queries.get_link(uuid, viewer=request.viewer)
    shown = queries.cascade_of(link, viewer=request.viewer)
    pairs = [pair for row in shown.rows for pair in row.pairs]
    listing = Listing(
        request,
        pairs,
        [
            Column("parent", gettext_lazy("Clause of the parent"), value="parent_clause.path"),
            Column("parent_heading", gettext_lazy("Heading"), value="parent_clause.heading"),
            Column("child", gettext_lazy("Clause of the child"), value="child_clause.path"),
            Column("child_heading", gettext_lazy("Heading"), value="child_clause.heading"),
            Column(
                "strength",
                gettext_lazy("Strength"),
                value=lambda pair: pair.get_strength_display(),
            ),
            Column("score", gettext_lazy("Score"), kind="number"),
            Column("shared", gettext_lazy("In common"), value=lambda p: "、".join(p.shared)),
            Column("verdict", gettext_lazy("Verdict"), value=lambda p: p.get_verdict_display()),
        ],
        name="cascade",
    )
    context = {
        "link": link,
        "shown": shown,
        "listing": listing,
        "may_review": permissions.can_review_document(request.viewer, link.child),
        "is_comparable": link.parent.text_sha256 and link.child.text_sha256,
    }
    return listing.response() or page(request, "policies/cascade.html", context, partial="pairs")


@audience(*WRITERS)
@require_POST
def decide_link(request: Any, uuid: str) -> HttpResponse:
    link = queries.get_link(uuid, viewer=request.viewer)
    actions.decide_link(
        link=link, verdict=request.POST.get("verdict", ""), by=request.viewer, at=request.at
    )
    messages.success(request, _("Noted."))
    return redirect("policies:cascade", link.uuid)


@audience(*WRITERS)
@require_POST
def compare(request: Any, uuid: str) -> HttpResponse:
    link = queries.get_link(uuid, viewer=request.viewer)
    count = actions.compare_documents(link=link, by=request.viewer, at=request.at)
    text = ngettext("%(n)s pair of clauses was found.", "%(n)s pairs of clauses were found.", count)
    messages.success(request, text % {"n": count})
    return redirect("policies:cascade", link.uuid)


@audience(*WRITERS)
@require_POST
def decide_pair(request: Any, uuid: str) -> HttpResponse:
    pair = queries.get_pair(uuid, viewer=request.viewer)
    actions.decide_pair(
        pair=pair, verdict=request.POST.get("verdict", ""), by=request.viewer, at=request.at
    )
    if request.htmx:
        return cascade(request, str(pair.link.uuid))
    return redirect(reverse("policies:cascade", args=[pair.link.uuid]) + f"#pair-{pair.uuid}")


@audience(*WRITERS)
@require_POST
def add_pair(request: Any, uuid: str) -> HttpResponse:
    link = queries.get_link(uuid, viewer=request.viewer)
    actions.add_pair(
        link=link,
        parent_clause=queries.get_clause(
            uuid_of(request.POST.get("parent", "")), viewer=request.viewer
        ),
        child_clause=queries.get_clause(
            uuid_of(request.POST.get("child", "")), viewer=request.viewer
        ),
        by=request.viewer,
        at=request.at,
    )
    messages.success(request, _("The pair was added."))
    return redirect("policies:cascade", link.uuid)
