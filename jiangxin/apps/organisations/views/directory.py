"""Pages of the directory, of one organisation, and of imports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.organisations import actions, forms, permissions, queries, sheets
from jiangxin.apps.organisations.views.tabs import tabs_of
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.http import audience
from jiangxin.core.permissions import Viewer, refuse
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import SPREADSHEET, Column, Listing

MANAGERS = ("operator", "officer")
# states of an import → states that the site knows how to draw
_LOOKS = {
    "uploaded": "queued",
    "checked": "proposed",
    "applied": "done",
    "discarded": "cancelled",
}


def _address(organisation: Any) -> str:
    return reverse("organisations:organisation", args=[organisation.uuid])


def _columns(viewer: Viewer) -> tuple[Column, ...]:
    def parent(row: Any) -> str:
        known = queries.parent_of(row, viewer=viewer)
        return known.label if known is not None else ""

    return (
        Column("name", _("Name"), sort="pinyin", link=_address),
        Column("code", _("Code"), sort="code"),
        Column("kind", _("Kind"), "get_kind_display", sort="kind"),
        Column("stage", _("School stage"), "get_stage_display", sort="stage"),
        Column("ownership", _("Ownership"), "get_ownership_display", sort="ownership"),
        Column("region", _("Region"), "region.name", sort="region__code"),
        Column("parent", _("Superior body"), parent),
    )


def _may_manage(request: Any) -> Any:
    """Answer whether the viewer may register organisations in the region on top of the page."""
    if request.region is None:
        return refuse(_("Load the administrative divisions first."))
    return permissions.can_manage_organisations(request.viewer, request.region.path)


@audience("public")
@require_safe
def organisations(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.organisations(viewer=request.viewer, region=request.region, on=request.at.date()),
        _columns(request.viewer),
        search=True,
        filterset=forms.OrganisationFilter,
        name="organisations",
        empty=gettext_lazy(
            "No organisations are known in this region yet. Register one, or import a sheet."
        ),
    )
    context = {"listing": listing, "may_manage": _may_manage(request)}
    return listing.response() or page(request, "organisations/organisations.html", context)


@audience("public")
@require_safe
def organisation(request: Any, uuid: UUID) -> HttpResponse:
    joined = queries.moved_to(uuid, viewer=request.viewer)
    if joined is not None:
        return redirect("organisations:organisation", joined.uuid)
    found = queries.get_organisation(uuid, viewer=request.viewer)
    context = {
        "tabs": tabs_of(request, found, "organisation"),
        "heirs": []
        if found.is_open(request.at.date())
        else queries.successors_of(found.code, on=request.at.date(), viewer=request.viewer),
        "card": queries.card_of(found, viewer=request.viewer, on=request.at.date()),
        "organisation": found,
        "may_manage": permissions.can_manage_organisation(request.viewer, found),
        "alias_form": forms.AliasForm(),
    }
    return page(request, "organisations/organisation.html", context)


@audience(*MANAGERS)
def register(request: Any) -> HttpResponse:
    _may_manage(request).enforce()
    form = forms.RegisterForm(
        request.POST or None, region=request.region, viewer=request.viewer, on=request.at.date()
    )
    candidates: list[queries.Candidate] = []
    compared: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        details = form.new_details()
        try:
            made = actions.register(
                details=details,
                is_new=form.cleaned_data["is_new"],
                reason=form.cleaned_data["difference"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
            candidates = queries.duplicates_of(
                name=details.name,
                region=details.region,
                viewer=request.viewer,
                on=request.at.date(),
                uscc=details.uscc,
                school_code=details.school_code,
                address=details.address,
            )
            compared = _compared(details, candidates, request.viewer)
        else:
            messages.success(request, _("%(name)s is registered.") % {"name": made.name})
            return redirect("organisations:organisation", made.uuid)
    is_asked = bool(candidates) or "is_new" in request.POST
    if not is_asked:
        form.fields["is_new"].widget = django_forms.HiddenInput()
        form.fields["difference"].widget = django_forms.HiddenInput()
    context = {"form": form, "compared": compared, "is_asked": is_asked}
    return page(request, "organisations/register.html", context)


def _compared(
    details: actions.Details, candidates: list[queries.Candidate], viewer: Viewer
) -> list[dict[str, Any]]:
    """Return each similar organisation beside what was typed, field by field."""
    fields = ("name", "kind", *actions.REVISABLE)
    found = []
    for candidate in candidates:
        row = candidate.organisation
        may_use = permissions.can_manage_organisation(viewer, row)
        # contact and notes are seen only by those who may change them
        shown = [
            f for f in fields if may_use or f not in ("contact_name", "contact_phone", "notes")
        ]
        found.append(
            {
                "candidate": candidate,
                "may_use": may_use,
                "fields": [
                    {
                        "name": name,
                        "label": label,
                        "typed": queries.shown(details, name),
                        "raw": getattr(details, name),
                        "known": queries.shown(row, name),
                    }
                    for name, label in queries.field_labels(shown)
                ],
            }
        )
    return found


@audience(*MANAGERS)
def edit(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, found).enforce()
    initial = {name: getattr(found, name) for name in actions.REVISABLE}
    form = forms.FactsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.revise(
                organisation=found, details=form.details(found), by=request.viewer, at=request.at
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The changes are saved."))
            return redirect("organisations:organisation", found.uuid)
    return _act_page(request, found, form, _("Correct what is known"), _("Save"))


@audience(*MANAGERS)
def rename(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, found).enforce()
    form = forms.RenameForm(request.POST or None, initial={"seen": queries.latest_name(found)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.rename(
                organisation=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The new name is kept with its day."))
            return redirect("organisations:organisation", found.uuid)
    return _act_page(request, found, form, _("Rename"), _("Keep the new name"))


@audience(*MANAGERS)
def close(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, found).enforce()
    form = forms.CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.close(
                organisation=found,
                ends_on=form.cleaned_data["ends_on"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The organisation is closed from that day on."))
            return redirect("organisations:organisation", found.uuid)
    return _act_page(request, found, form, _("Close the organisation"), _("Close from that day on"))


@audience(*MANAGERS)
@require_POST
def add_alias(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_manage_organisation(request.viewer, found).enforce()
    form = forms.AliasForm(request.POST)
    if form.is_valid():
        try:
            actions.add_alias(
                organisation=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Documents may use this name from now on."))
            return redirect("organisations:organisation", found.uuid)
    return _act_page(request, found, form, _("Add an alias"), _("Add"))


@audience(*MANAGERS)
@require_POST
def remove_alias(request: Any, uuid: UUID) -> HttpResponse:
    alias = queries.get_alias(uuid, viewer=request.viewer)
    owner = alias.organisation
    actions.remove_alias(alias=alias, by=request.viewer, at=request.at)
    messages.success(request, _("The alias is removed; the trail keeps that it existed."))
    return redirect("organisations:organisation", owner.uuid)


@audience("public")
@require_safe
def export(request: Any) -> HttpResponse:
    rows = queries.organisations(viewer=request.viewer, region=request.region).prefetch_related(
        "aliases"
    )
    return _file(sheets.workbook(rows, viewer=request.viewer), "organisations.xlsx")


@audience(*MANAGERS)
@require_safe
def template(request: Any) -> HttpResponse:
    return _file(sheets.template(), "organisations-template.xlsx")


@audience(*MANAGERS)
def imports(request: Any) -> HttpResponse:
    _may_manage(request).enforce()
    form = forms.UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            upload = actions.upload_import(
                scope=accounts.scope_of_region(request.region),
                file_name=file.name,
                content=file.read(),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            return redirect("organisations:import", upload.uuid)
    columns = (
        Column(
            "file_name",
            _("File"),
            link=lambda row: reverse("organisations:import", args=[row.uuid]),
        ),
        Column("scope", _("Region"), "scope.label"),
        Column(
            "state",
            _("State"),
            lambda row: _LOOKS[row.state],
            kind="status",
            label_of=lambda row: row.get_state_display(),
        ),
        Column("rows", _("Rows"), kind="number"),
        Column("uploaded_by", _("Uploaded by"), "uploaded_by.name"),
        Column("uploaded_at", _("Uploaded at"), kind="datetime", sort="uploaded_at"),
    )
    listing = Listing(
        request,
        queries.imports(viewer=request.viewer),
        columns,
        name="imports",
        empty=_("No sheet was imported yet."),
    )
    context = {"form": form, "listing": listing}
    return listing.response() or page(request, "organisations/imports.html", context)


@audience(*MANAGERS)
@require_safe
def import_(request: Any, uuid: UUID) -> HttpResponse:
    upload = queries.get_import(uuid, viewer=request.viewer)
    context = {
        "upload": upload,
        "look": _LOOKS[upload.state],
        "job": queries.job_of(upload, viewer=request.viewer),
        "findings": upload.findings[:200],
        "more": max(0, len(upload.findings) - 200),
    }
    return page(request, "organisations/import.html", context, partial="state")


@audience(*MANAGERS)
@require_POST
def apply_import(request: Any, uuid: UUID) -> HttpResponse:
    upload = queries.get_import(uuid, viewer=request.viewer)
    actions.ask_to_apply(
        upload=upload,
        skip_bad=request.POST.get("skip_bad") == "yes",
        by=request.viewer,
        at=request.at,
    )
    return redirect("organisations:import", upload.uuid)


@audience(*MANAGERS)
@require_POST
def discard_import(request: Any, uuid: UUID) -> HttpResponse:
    upload = queries.get_import(uuid, viewer=request.viewer)
    actions.discard_import(upload=upload, by=request.viewer, at=request.at)
    messages.success(request, _("The import is given up; nothing was saved."))
    return redirect("organisations:imports")


@audience(*MANAGERS)
@require_safe
def corrected(request: Any, uuid: UUID) -> HttpResponse:
    upload = queries.get_import(uuid, viewer=request.viewer)
    if not upload.content or not upload.findings:
        raise NotFound(_("This import has no file to correct."))
    return _file(sheets.corrected_file(bytes(upload.content), upload.findings), "to-correct.xlsx")


def _act_page(
    request: Any, found: Any, form: django_forms.Form, heading: str, button: str
) -> HttpResponse:
    context = {"organisation": found, "form": form, "heading": heading, "button": button}
    return page(request, "organisations/act.html", context)


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=SPREADSHEET)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
