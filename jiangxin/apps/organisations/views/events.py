"""Pages of dated events: the list, planning in two steps, one event, the story of one."""

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
from jiangxin.apps.organisations.models import OrganisationEvent
from jiangxin.apps.organisations.views.tabs import tabs_of
from jiangxin.apps.organisations.workflow import EVENT
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

MANAGERS = ("operator", "officer")
READERS = (*MANAGERS, "leader", "auditor", "school", "enterprise")
# states of an event → states that the site knows how to draw
LOOKS = {"planned": "planned", "applied": "active", "undone": "withdrawn"}
# fields of plans → fields of forms, where they differ
_NAMES = {
    "region": "to_region",
    "participants": "sources",
}
_NAMES_OF_SPLIT = {"new_name": "name_1", "new_school_code": "school_code_1"}


@audience(*READERS)
@require_safe
def events(request: Any) -> HttpResponse:
    columns = (
        Column("effective_on", _("In force from"), kind="date", sort="effective_on"),
        Column("kind", _("Event"), "get_kind_display", sort="kind"),
        Column(
            "title",
            _("Organisations"),
            lambda row: _(", ").join(p.name for p in row.shown_participants),
            link=lambda row: reverse("organisations:event", args=[row.uuid]),
        ),
        Column(
            "state",
            _("State"),
            lambda row: "overdue" if row.problem else LOOKS[row.state],
            kind="status",
            label_of=lambda row: row.get_state_display(),
        ),
        Column("document", _("Decision")),
        Column("number", _("Number of the document")),
    )
    listing = Listing(
        request,
        queries.events(viewer=request.viewer, region=request.region),
        columns,
        filterset=forms.EventFilter,
        name="organisation-events",
        empty=gettext_lazy(
            "No events are known in this region yet. Plan one on the page of an organisation."
        ),
    )
    context = {
        "listing": listing,
        "may_found": request.region is not None
        and permissions.can_manage_organisations(request.viewer, request.region.path),
    }
    return listing.response() or page(request, "organisations/events.html", context)


@audience(*READERS)
@require_safe
def event(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_event(uuid, viewer=request.viewer)
    plan = queries.plan_of(found)
    may_plan = permissions.can_plan(request.viewer, plan)
    context = {
        "event": found,
        "title": queries.title_of(found),
        "look": LOOKS[found.state],
        "preview": queries.preview_of(found, viewer=request.viewer)
        if found.state == "planned" and may_plan
        else None,
        "may_undo": may_plan and EVENT.can(found.state, "undo"),
        "is_due": found.state == "planned" and found.effective_on <= request.at.date(),
    }
    return page(request, "organisations/event.html", context)


@audience(*MANAGERS)
def founding(request: Any) -> HttpResponse:
    """Plan the founding of an organisation in the region on top of the page."""
    if request.region is None:
        raise NotFound
    permissions.can_manage_organisations(request.viewer, request.region.path).enforce()
    return _planning(request, OrganisationEvent.Kind.FOUNDING.value, None)


@audience(*MANAGERS)
def plan(request: Any, uuid: UUID, kind: str) -> HttpResponse:
    """Plan an event of an organisation: the form, then what would happen, then keep it."""
    organisation = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, organisation).enforce()
    if kind not in forms.FORMS or kind == OrganisationEvent.Kind.FOUNDING:
        raise NotFound
    return _planning(request, kind, organisation)


def _planning(request: Any, kind: str, organisation: Any) -> HttpResponse:
    form = forms.FORMS[kind](
        request.POST or None,
        organisation=organisation,
        region=request.region or (organisation.region if organisation else None),
        viewer=request.viewer,
        on=request.at.date(),
    )
    step = request.POST.get("step", "")
    names = _NAMES | (_NAMES_OF_SPLIT if kind == OrganisationEvent.Kind.SPLIT else {})
    context: dict[str, Any] = {
        "form": form,
        "organisation": organisation,
        "kind": OrganisationEvent.Kind(kind),
        "preview": None,
    }
    if request.method == "POST" and form.is_valid() and step != "change":
        said = form.plan()
        try:
            if step == "keep":
                kept = actions.plan_event(
                    plan=said, by=request.viewer, at=request.at, seen=request.POST.get("seen", "")
                )
                text = (
                    _("The event is in force.")
                    if kept.state == "applied"
                    else _("The event is planned; until its day it can be taken back.")
                )
                messages.success(request, text)
                return redirect("organisations:event", kept.uuid)
            permissions.can_plan(request.viewer, said).enforce()
        except DomainError as error:
            add_errors(form, error, names=names)
        shown = queries.preview(said, viewer=request.viewer)
        if shown.problems and not form.errors:
            for name, message in shown.problems.items():
                place = names.get(name, name)
                form.add_error(place if place in form.fields else None, message)
        if not shown.problems and not form.errors:
            context["preview"] = shown
    return page(request, "organisations/plan.html", context)


@audience(*MANAGERS)
def undo(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_event(uuid, viewer=request.viewer)
    permissions.can_plan(request.viewer, queries.plan_of(found)).enforce()
    form = forms.UndoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.undo_event(event=found, by=request.viewer, at=request.at, **form.cleaned_data)
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The event is taken back; nothing has changed by it."))
            return redirect("organisations:event", found.uuid)
    context = {"event": found, "title": queries.title_of(found), "form": form}
    return page(request, "organisations/undo.html", context)


@audience(*MANAGERS)
@require_POST
def apply(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_event(uuid, viewer=request.viewer)
    actions.apply_event(event=found, by=request.viewer, at=request.at)
    messages.success(request, _("The event is in force."))
    return redirect("organisations:event", found.uuid)


@audience("public")
@require_safe
def history(request: Any, uuid: UUID) -> HttpResponse:
    organisation = queries.get_organisation(uuid, viewer=request.viewer)
    may_manage = permissions.can_manage_organisation(request.viewer, organisation)
    context = {
        "organisation": organisation,
        "tabs": tabs_of(request, organisation, "history"),
        "story": queries.story_of(organisation, viewer=request.viewer),
        "family": queries.family_of(organisation, viewer=request.viewer, on=request.at.date()),
        "looks": LOOKS,
        "may_manage": may_manage,
        "kinds": [
            (kind.value, kind.label)
            for kind in OrganisationEvent.Kind
            if kind != OrganisationEvent.Kind.FOUNDING
            and (kind != OrganisationEvent.Kind.UPGRADE or organisation.stage in queries.UPGRADES)
        ]
        if may_manage and organisation.is_open(request.at.date())
        else [],
    }
    return page(request, "organisations/history.html", context)
