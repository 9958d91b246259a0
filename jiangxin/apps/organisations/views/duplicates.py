"""Pages of entries that may be the same: the list of pairs, joining two, using a known one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.organisations import actions, forms, permissions, queries
from jiangxin.apps.organisations.views.events import MANAGERS
from jiangxin.core.errors import DomainError, Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


@audience(*MANAGERS)
@require_safe
def duplicates(request: Any) -> HttpResponse:
    if request.region is None:
        raise NotFound
    permissions.can_manage_organisations(request.viewer, request.region.path).enforce()
    columns = (
        Column("one", _("Entry"), "one.name", link=lambda row: _card(row.one)),
        Column("one_code", _("Code"), "one.code"),
        Column("other", _("Other entry"), "other.name", link=lambda row: _card(row.other)),
        Column("other_code", _("Code of the other"), "other.code"),
        Column("why", _("Why it is shown"), lambda row: _("; ").join(row.reasons)),
        Column(
            "compare",
            _("Compare"),
            lambda _row: _("Side by side"),
            link=lambda row: reverse("organisations:join", args=[row.one.uuid, row.other.uuid]),
        ),
    )
    listing = Listing(
        request,
        queries.likely_duplicates(
            region=request.region, viewer=request.viewer, on=request.at.date()
        ),
        columns,
        name="likely-duplicates",
        empty=gettext_lazy("No two entries of this region look like the same organisation."),
    )
    return listing.response() or page(
        request, "organisations/duplicates.html", {"listing": listing}
    )


def _card(row: Any) -> str:
    return reverse("organisations:organisation", args=[row.uuid])


@audience(*MANAGERS)
def join(request: Any, uuid: UUID, other: UUID) -> HttpResponse:
    kept = queries.get_organisation(uuid, viewer=request.viewer)
    second = queries.get_organisation(other, viewer=request.viewer)
    for row in (kept, second):
        permissions.can_manage_organisation(request.viewer, row).enforce()
    differences = queries.side_by_side(kept, second, fields=actions.CHOOSABLE)
    form = forms.JoinForm(
        request.POST or None, differences=[row for row in differences if row.differs]
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.join_duplicates(
                kept=kept,
                other=second,
                from_other=form.from_other,
                reason=form.cleaned_data["reason"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The two entries are one now; the other leads here."))
            return redirect("organisations:organisation", kept.uuid)
    context = {
        "kept": kept,
        "other": second,
        "differences": differences,
        "groups": queries.row_groups(second, kept, everything=True, viewer=request.viewer),
        "form": form,
    }
    return page(request, "organisations/join.html", context)


@audience(*MANAGERS)
@require_POST
def use_known(request: Any, uuid: UUID) -> HttpResponse:
    """Take the chosen values that were typed for a new organisation over into a known one."""
    known = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, known).enforce()
    take = set(request.POST.getlist("take")) & set(actions.REVISABLE)
    values = {name: getattr(known, name) for name in actions.REVISABLE}
    values |= {name: request.POST.get(f"typed_{name}", "") for name in take}
    form = forms.FactsForm(values)
    if not form.is_valid():
        raise Invalid(_("Some values cannot be used; correct the facts on its page."))
    actions.revise(
        organisation=known, details=form.details(known), by=request.viewer, at=request.at
    )
    typed = request.POST.get("typed_name", "").strip()
    if "name" in request.POST.getlist("take") and typed:
        actions.add_alias(organisation=known, text=typed, by=request.viewer, at=request.at)
    messages.success(request, _("The known entry is used; nothing new was registered."))
    return redirect("organisations:organisation", known.uuid)
