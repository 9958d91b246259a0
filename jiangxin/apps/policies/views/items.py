"""Decisions about what was read: accept, reject, correct, add, and what happens on a clash."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiangxin.apps.policies import actions, forms, permissions, queries, workflow
from jiangxin.apps.policies.views import documents
from jiangxin.apps.policies.views.forms import add_errors
from jiangxin.core.errors import DomainError, Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page


def _back(request: Any, item: Any) -> HttpResponse:
    query = QueryDict(request.GET.urlencode()).urlencode()
    address = reverse("policies:document", args=[item.document.uuid])
    return redirect(f"{address}{'?' + query if query else ''}#item-{item.uuid}")


@audience(*documents.WRITERS)
@require_POST
def decide(request: Any, kind: str, uuid: str) -> HttpResponse:
    item = queries.get_item(kind, uuid, viewer=request.viewer)
    move = request.POST.get("move", "")
    version = request.POST.get("version", "")
    if move not in workflow.ITEM.moves or move == "correct" or not version.isdigit():
        raise Invalid(_("There is no such decision."))
    try:
        done = actions.decide_item(
            item=item, move=move, version=int(version), by=request.viewer, at=request.at
        )
    except actions.ItemChanged as error:
        messages.warning(request, error.message)
    else:
        if done.was_already:
            messages.info(
                request, _("%(name)s had already decided the same.") % {"name": done.merged_with}
            )
    if request.htmx:
        return documents.review_page(
            request, queries.get_document(item.document.uuid, viewer=request.viewer)
        )
    return _back(request, item)


@audience(*documents.WRITERS)
def correct(request: Any, kind: str, uuid: str) -> HttpResponse:
    item = queries.get_item(kind, uuid, viewer=request.viewer)
    permissions.can_review_document(request.viewer, item.document).enforce()
    form = forms.ITEM_FORMS[kind](request.POST or None, initial=forms.initial_of(item))
    clash: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            done = actions.decide_item(
                item=item,
                move="correct",
                version=form.cleaned_data.get("version") or 0,
                values=form.values(),
                note=form.cleaned_data.get("note", ""),
                by=request.viewer,
                at=request.at,
            )
        except actions.ItemChanged as error:
            form.add_error(None, error.message)
            clash = _side_by_side(item, error)
            # sending the form again decides on what is shown now
            typed = request.POST.copy()
            typed["version"] = str(error.data["version"])
            form.data = typed
        except DomainError as error:
            add_errors(form, error)
        else:
            text = _("The correction was saved.")
            if done.merged_with:
                text = _("The correction was saved together with that of %(name)s.") % {
                    "name": done.merged_with
                }
            messages.success(request, text)
            return _back(request, item)
    context = {
        "form": form,
        "item": item,
        "card": queries.card_of(item),
        "document": item.document,
        "kind_label": queries.kind_label(kind),
        "history": queries.history_of(item),
        "clash": clash,
        "moves": [m for m in workflow.ITEM.possible(item.state) if m.name != "correct"],
    }
    status = 409 if clash else 422 if form.errors else 200
    return page(request, "policies/correct.html", context, status=status)


def _side_by_side(item: Any, error: actions.ItemChanged) -> dict[str, Any]:
    theirs: Any = error.data["theirs"]
    yours: Any = error.data["yours"]
    rows = [
        (queries.field_label(item, name), theirs.get(name), value)
        for name, value in yours.items()
        if theirs.get(name) != value
    ]
    return {"by": error.data["by"], "rows": rows}


@audience(*documents.WRITERS)
def add(request: Any, uuid: str, kind: str) -> HttpResponse:
    found = queries.get_document(uuid, viewer=request.viewer)
    permissions.can_review_document(request.viewer, found).enforce()
    if kind not in forms.ITEM_FORMS:
        raise NotFound
    form = forms.ITEM_FORMS[kind](request.POST or None)
    place = forms.PlaceForm(request.POST or None, document=found)
    if request.method == "POST" and form.is_valid() and place.is_valid():
        where = place.place()
        if not place.errors:
            try:
                item = actions.add_item(
                    document=found,
                    kind=kind,
                    values=form.values(),
                    by=request.viewer,
                    at=request.at,
                    **where,
                )
            except DomainError as error:
                add_errors(form, error)
            else:
                messages.success(request, _("It was added."))
                return _back(request, item)
    context = {
        "form": form,
        "place": place,
        "document": found,
        "kind": kind,
        "kind_label": queries.kind_label(kind),
    }
    status = 422 if form.errors or place.errors else 200
    return page(request, "policies/add.html", context, status=status)
