"""Pages of what ties an organisation: ownership and holders, groups, campuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jiangxin.apps.organisations import actions, forms, permissions, queries
from jiangxin.apps.organisations.views.events import MANAGERS, READERS
from jiangxin.apps.organisations.views.tabs import tabs_of
from jiangxin.core.errors import DomainError
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page


@audience(*READERS)
@require_safe
def ties(request: Any, uuid: UUID) -> HttpResponse:
    organisation = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_view_details(request.viewer, organisation).enforce()
    context = {
        "organisation": organisation,
        "tabs": tabs_of(request, organisation, "ties"),
        "ties": queries.ties_of(organisation, viewer=request.viewer, on=request.at.date()),
        "entitlements": queries.entitlements_of(organisation),
        "dimensions": queries.dimensions(),
        "may_manage": permissions.can_manage_organisation(request.viewer, organisation),
    }
    return page(request, "organisations/ties.html", context)


@audience(*MANAGERS)
def ownership(request: Any, uuid: UUID) -> HttpResponse:
    found = _managed(request, uuid)
    form = forms.OwnershipForm(
        request.POST or None,
        initial={"ownership": found.ownership, "form": found.ownership_form},
    )

    def save(values: dict[str, Any]) -> None:
        actions.set_ownership(organisation=found, by=request.viewer, at=request.at, **values)

    return _act(request, found, form, save, _("Ownership"), _("The ownership is recorded."))


@audience(*MANAGERS)
def add_holding(request: Any, uuid: UUID) -> HttpResponse:
    found = _managed(request, uuid)
    form = forms.HoldingForm(
        request.POST or None,
        organisation=found,
        region=request.region,
        viewer=request.viewer,
        on=request.at.date(),
    )

    def save(values: dict[str, Any]) -> None:
        actions.record_holding(organisation=found, by=request.viewer, at=request.at, **values)

    return _act(request, found, form, save, _("Record a holder"), _("The holder is recorded."))


@audience(*MANAGERS)
def end_holding(request: Any, uuid: UUID) -> HttpResponse:
    holding = queries.get_holding(uuid, viewer=request.viewer)
    found = holding.organisation
    permissions.can_manage_organisation(request.viewer, found).enforce()

    def save(values: dict[str, Any]) -> None:
        actions.end_holding(holding=holding, by=request.viewer, at=request.at, **values)

    heading = _("End the share of %(name)s") % {"name": holding.holder_name}
    form = forms.EndForm(request.POST or None)
    return _act(request, found, form, save, heading, _("The end is recorded."))


@audience(*MANAGERS)
def add_campus(request: Any, uuid: UUID) -> HttpResponse:
    found = _managed(request, uuid)
    form = forms.CampusForm(request.POST or None, organisation=found, on=request.at.date())

    def save(values: dict[str, Any]) -> None:
        actions.open_campus(organisation=found, by=request.viewer, at=request.at, **values)

    return _act(request, found, form, save, _("Add a campus"), _("The campus is recorded."))


@audience(*MANAGERS)
def end_campus(request: Any, uuid: UUID) -> HttpResponse:
    campus = queries.get_campus(uuid, viewer=request.viewer)
    found = campus.organisation
    permissions.can_manage_organisation(request.viewer, found).enforce()

    def save(values: dict[str, Any]) -> None:
        actions.end_campus(campus=campus, by=request.viewer, at=request.at, **values)

    heading = _("Give up the campus %(name)s") % {"name": campus.name}
    form = forms.EndForm(request.POST or None)
    return _act(request, found, form, save, heading, _("The end is recorded."))


@audience(*MANAGERS)
def align(request: Any, uuid: UUID) -> HttpResponse:
    link = queries.get_link(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, link.lead).enforce()
    form = forms.AlignmentForm(request.POST or None)

    def save(values: dict[str, Any]) -> None:
        actions.record_alignment(link=link, by=request.viewer, at=request.at, **values)

    heading = _("Align with %(name)s") % {"name": link.member}
    return _act(request, link.lead, form, save, heading, _("What was agreed is recorded."))


@audience(*MANAGERS)
def end_link(request: Any, uuid: UUID) -> HttpResponse:
    link = queries.get_link(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, link.lead).enforce()

    def save(values: dict[str, Any]) -> None:
        actions.end_link(link=link, by=request.viewer, at=request.at, **values)

    heading = _("End the link with %(name)s") % {"name": link.member}
    form = forms.EndForm(request.POST or None)
    return _act(request, link.lead, form, save, heading, _("The end is recorded."))


def _managed(request: Any, uuid: UUID) -> Any:
    found = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, found).enforce()
    return found


def _act(
    request: Any,
    found: Any,
    form: django_forms.Form,
    save: Callable[[dict[str, Any]], None],
    heading: str,
    done: str,
) -> HttpResponse:
    """Show a form about an organisation, and save what it says."""
    if request.method == "POST" and form.is_valid():
        try:
            save(form.cleaned_data)
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, done)
            return redirect("organisations:ties", found.uuid)
    context = {"organisation": found, "form": form, "heading": heading, "button": _("Save")}
    return page(request, "organisations/act.html", context)
