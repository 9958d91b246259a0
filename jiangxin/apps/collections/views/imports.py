"""Returns filled in offline: the template, the uploaded sheet, its findings, the corrected file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.collections import actions, permissions, queries
from jiangxin.apps.collections.forms import ApplyForm, SheetForm
from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.views.places import (
    IMPORT_LOOKS,
    address,
    bureau_region,
    download,
)
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import SPREADSHEET, Column, Listing

IMPORTERS = ("operator", "officer", "leader", "office", "school", "enterprise")


@audience(*IMPORTERS)
@require_safe
def template(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    """Answer with the sheet of a filer or of all filers of a region."""
    asked = queries.get_edition(edition, viewer=request.viewer)
    place = lists.get_scope(asked, scope, viewer=request.viewer)
    content = queries.template(
        asked,
        path=place.path,
        viewer=request.viewer,
        on=request.at.date(),
        language=get_language() or "zh-hans",
    )
    return download(content, f"{asked}-{place.label}.xlsx", SPREADSHEET)


def _scope(request: Any, edition: Any) -> Any:
    """Return for whom a sheet is: the one asked for, else the bureau's region or the own filer."""
    asked = request.GET.get("scope", "")
    if asked:
        try:
            return lists.get_scope(edition, UUID(asked), viewer=request.viewer)
        except ValueError:
            raise NotFound from None
    region = bureau_region(request, edition.region.path)
    if region is not None and permissions.can_import(request.viewer, edition, region.path):
        return accounts.scope_of_region(region)
    own = queries.own_scopes(edition, viewer=request.viewer, on=request.at.date())
    if not own:
        raise NotFound
    return own[0]


@audience(*IMPORTERS)
def upload(request: Any, uuid: UUID) -> HttpResponse:
    """Give the template out and take the filled-in sheet back."""
    edition = queries.get_edition(uuid, viewer=request.viewer)
    scope = _scope(request, edition)
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > settings.UPLOAD_LIMIT:
                message = _("A file is too large. Send a smaller one.")
                raise Invalid(message, data={"fields": {"file": message}})
            made = actions.import_filings(
                edition=edition,
                content=file.read(),
                filename=file.name,
                scope=scope,
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            return redirect(address(request, "import", made.uuid))
    listing = Listing(
        request,
        queries.imports(viewer=request.viewer, edition=edition).defer("content", "findings"),
        [
            Column(
                "file_name",
                gettext_lazy("File"),
                link=lambda row: address(request, "import", row.uuid),
            ),
            Column("scope", gettext_lazy("For"), "scope.label"),
            Column("rows", gettext_lazy("Rows"), kind="number"),
            Column("uploaded_at", gettext_lazy("Uploaded"), kind="datetime"),
            Column(
                "state",
                gettext_lazy("State"),
                lambda row: IMPORT_LOOKS[row.state],
                kind="status",
                label_of=lambda row: row.get_state_display(),
            ),
        ],
        name="imports",
        empty=gettext_lazy("No sheet was uploaded yet."),
    )
    context = {
        "edition": edition,
        "scope": scope,
        "form": form,
        "listing": listing,
        "may_import": permissions.can_import(request.viewer, edition, scope.path),
    }
    status = 422 if form.errors else 200
    return listing.response() or page(request, "collections/upload.html", context, status=status)


@audience(*IMPORTERS)
@require_safe
def import_(request: Any, uuid: UUID) -> HttpResponse:
    return _import_page(request, queries.get_import(uuid, viewer=request.viewer))


def _import_page(request: Any, found: Any, form: Any = None) -> HttpResponse:
    job = lists.job_of(found, viewer=request.viewer)
    context = {
        "upload": found,
        "edition": found.edition,
        "look": IMPORT_LOOKS[found.state],
        "job": job,
        "is_working": job is not None and job.state in ("queued", "running"),
        "findings": found.findings[:200],
        "more": max(0, found.counts.get("findings", 0) - 200),
        "has_file": bool(found.content) and bool(found.findings),
        "form": form or ApplyForm(),
    }
    status = 422 if form is not None else 200
    return page(request, "collections/import.html", context, partial="state", status=status)


@audience(*IMPORTERS)
@require_POST
def apply_import(request: Any, uuid: UUID) -> HttpResponse:
    """Have the rows of a checked sheet submitted."""
    found = queries.get_import(uuid, viewer=request.viewer)
    form = ApplyForm(request.POST)
    if form.is_valid():
        try:
            actions.request_apply(
                upload=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The rows are being submitted."))
            return redirect(address(request, "import", uuid))
    return _import_page(request, found, form)


@audience(*IMPORTERS)
@require_POST
def discard_import(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_import(uuid, viewer=request.viewer)
    actions.discard_import(upload=found, by=request.viewer, at=request.at)
    messages.success(request, _("The import is given up; nothing was saved."))
    return redirect(address(request, "upload", found.edition.uuid))


@audience(*IMPORTERS)
@require_safe
def corrected(request: Any, uuid: UUID) -> HttpResponse:
    """Answer with the uploaded file, its bad cells marked."""
    found = queries.get_import(uuid, viewer=request.viewer)
    if not found.content or not found.findings:
        raise NotFound(_("This import has no file to correct."))
    return download(
        queries.corrected_file(found), _("with findings") + f"-{found.file_name}", SPREADSHEET
    )
