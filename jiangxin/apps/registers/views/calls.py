"""Pages of calls for applications and of their ranking."""

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

from jiangxin.apps.registers import actions, permissions, queries
from jiangxin.apps.registers.forms import CallForm, PanelForm
from jiangxin.apps.registers.views.applications import columns
from jiangxin.apps.registers.views.places import (
    JUDGES,
    KEEPERS,
    READERS,
    address,
    may_keep,
    tabs,
    type_choices,
)
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


def standing(call: Any, at: Any) -> str:
    """Return whether the call is yet to open, open or closed, as a state to draw."""
    if at < call.opens_at:
        return "planned"
    return "open" if call.is_open(at) else "ended"


@audience(*READERS)
@require_safe
def calls(request: Any) -> HttpResponse:
    labels = queries.type_labels(on=request.at.date())
    listing = Listing(
        request,
        queries.calls(request.viewer),
        [
            Column(
                "title",
                gettext_lazy("Call"),
                sort="title",
                link=lambda row: reverse("registers:call", args=[row.uuid]),
            ),
            Column(
                "type", gettext_lazy("Kind of register"), lambda row: labels.get(row.type.code, "")
            ),
            Column("level", gettext_lazy("Level recognised"), "get_level_display", sort="level"),
            Column("region", gettext_lazy("Region"), "region.name", sort="region__code"),
            Column("opens_at", gettext_lazy("Opens"), sort="opens_at", kind="datetime"),
            Column("closes_at", gettext_lazy("Closes"), sort="closes_at", kind="datetime"),
            Column("quota", gettext_lazy("At most"), sort="quota", kind="number"),
            Column(
                "state", gettext_lazy("State"), lambda row: standing(row, request.at), kind="status"
            ),
        ],
        search=("title", "document"),
        name="calls",
        empty=gettext_lazy("There are no calls yet. The bureau makes one for a register."),
    )
    context = {"listing": listing, "may_call": may_keep(request), "tabs": tabs(request, "calls")}
    return listing.response() or page(request, "registers/calls.html", context)


@audience(*READERS)
@require_safe
def call(request: Any, uuid: UUID) -> HttpResponse:
    return call_page(request, queries.get_call(uuid, viewer=request.viewer))


def call_page(request: Any, found: Any, **forms: Any) -> HttpResponse:
    """Answer with one call, its applications as far as one may see them, and the ranking."""
    viewer = request.viewer
    ranking = queries.ranking(found, viewer=viewer)
    listing = Listing(
        request,
        queries.applications(viewer, call=found),
        [column for column in columns(request) if column.key != "type"],
        search=("title", "organisation__name"),
        name="applications",
        empty=gettext_lazy("Nobody that you may see has applied yet."),
    )
    definition = queries.current_definition(found.type, on=request.at.date())
    is_open = found.is_open(request.at)
    context = {
        "call": found,
        "definition": definition,
        "state": standing(found, request.at),
        "listing": listing,
        "ranking": ranking,
        "may_change": permissions.can_change_call(viewer, found),
        "may_apply": is_open and viewer.holds_anywhere("registers.apply"),
        "panels": [row for row in queries.panels(viewer) if row.call_id == found.pk],
        "may_announce": not is_open
        and any(step.scoring for step in definition.review)
        and permissions.can_manage_panel(viewer, found.scope.path),
        "panel_form": forms.get("panel") or PanelForm(),
    }
    if not forms and (answer := listing.response()):
        return answer
    return page(request, "registers/call.html", context, status=422 if forms else 200)


@audience(*JUDGES)
@require_POST
def call_announce(request: Any, uuid: UUID) -> HttpResponse:
    """Announce a panel for all applications of a call."""
    found = queries.get_call(uuid, viewer=request.viewer)
    form = PanelForm(request.POST)
    if form.is_valid():
        try:
            made = actions.announce_panel(
                call=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            if error.status in (403, 404):
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The panel is announced; draw it when the seed is known."))
            return redirect(address(request, "panel", made.uuid))
    return call_page(request, found, panel=form)


@audience(*KEEPERS)
def call_new(request: Any) -> HttpResponse:
    may_keep(request).enforce()
    if request.region is None:
        raise NotFound
    form = CallForm(
        request.POST or None,
        types=type_choices(request),
        initial={"type": request.GET.get("type", "")},
    )
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            made = actions.make_call(
                kind=queries.get_type(values.pop("type")),
                region=request.region,
                by=request.viewer,
                at=request.at,
                **values,
            )
        except DomainError as error:
            if error.status in (403, 404):
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The call is made; those whom it concerns can see it."))
            return redirect(address(request, "call", made.uuid))
    context = {
        "form": form,
        "heading": _("New call for applications"),
        "lead": request.region.name,
        "button": _("Make the call"),
        "back": address(request, "calls"),
        "back_label": _("Calls"),
    }
    return page(request, "registers/form.html", context, status=422 if form.errors else 200)


@audience(*KEEPERS)
def call_edit(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_call(uuid, viewer=request.viewer)
    permissions.can_change_call(request.viewer, found).enforce()
    initial = {
        key: getattr(found, key) for key in ("title", "opens_at", "closes_at", "quota", "document")
    }
    form = CallForm(request.POST or None, types=[], is_new=False, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_call(call=found, by=request.viewer, at=request.at, **form.cleaned_data)
        except DomainError as error:
            if error.status in (403, 404):
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The changes are saved."))
            return redirect(address(request, "call", found.uuid))
    context = {
        "form": form,
        "heading": _("Change the call"),
        "lead": found.title,
        "button": _("Save"),
        "back": address(request, "call", found.uuid),
        "back_label": found.title,
    }
    return page(request, "registers/form.html", context, status=422 if form.errors else 200)
