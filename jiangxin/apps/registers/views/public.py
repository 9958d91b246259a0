"""Pages for everybody: the directory, its entries, and what is on public notice."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.forms import EntryFilter, ObjectionForm
from jiangxin.apps.registers.queries.maps import counts_by_path
from jiangxin.apps.registers.views.entries import OUTLOOK, entry_columns
from jiangxin.apps.registers.views.places import address, tabs, tiles
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.http import audience
from jiangxin.core.permissions import PUBLIC
from jiangxin.ui.dynamic import DynamicForm
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


@audience("public")
@require_safe
def directory(request: Any) -> HttpResponse:
    on = request.at.date()
    definition = queries.current_definitions(on=on).get(request.GET.get("type", ""))
    rows = queries.directory(
        region=request.region,
        group=EntryFilter.group_of(request.GET),
        year=request.year if request.GET.get("year") else None,
    )
    columns = entry_columns(request, with_type=definition is None, page="directory_entry")
    listing = Listing(
        request,
        rows,
        columns,
        search=("title", "number", "organisation__name"),
        filterset=EntryFilter,
        name="directory",
        empty=gettext_lazy("Nothing was recognised in this region yet."),
    )
    context = {
        "listing": listing,
        "definition": definition,
        "tiles": tiles(
            request,
            counts_by_path(listing.found),
            "directory",
            **{key: request.GET.get(key, "") for key in ("type", "group", "level", "state", "q")},
        ),
        "tabs": tabs(request, "directory"),
    }
    return listing.response() or page(request, "registers/directory.html", context)


@audience("public")
@require_safe
def directory_entry(request: Any, number: str) -> HttpResponse:
    """Show what everybody may see of an entry, whoever looks."""
    found = queries.find_by_number(number, viewer=PUBLIC)
    if found is None:
        raise NotFound
    shown = queries.entry_page(
        queries.get_entry(found.uuid, viewer=PUBLIC), viewer=PUBLIC, on=request.at.date()
    )
    context = {
        "shown": shown,
        "entry": shown.entry,
        "definition": shown.definition,
        "holder": shown.entry.organisation or shown.entry.region,
        "look": OUTLOOK[shown.entry.state],
        "values": public_form(shown.definition, shown.values),
    }
    return page(request, "registers/directory_entry.html", context)


def public_form(definition: Any, values: Any) -> DynamicForm:
    """Return the fields that everybody may see, to read."""
    codes = definition.public or ()
    return DynamicForm(
        definition.form,
        values=queries.public_values(definition, values),
        editable=False,
        only=codes,
    )


@audience("public")
@require_safe
def publicity(request: Any) -> HttpResponse:
    labels = queries.type_labels(on=request.at.date())
    listing = Listing(
        request,
        queries.on_notice(on=request.at.date(), region=request.region),
        [
            Column(
                "title",
                gettext_lazy("Name"),
                sort="title",
                link=lambda row: reverse("registers:notice", args=[row.uuid]),
            ),
            Column(
                "type", gettext_lazy("Kind of register"), lambda row: labels.get(row.type.code, "")
            ),
            Column("level", gettext_lazy("Level recognised"), "get_level_display", sort="level"),
            Column(
                "holder",
                gettext_lazy("Applicant"),
                lambda row: row.organisation.name if row.organisation else row.region.name,
            ),
            Column("region", gettext_lazy("Region"), "region.name", sort="region__code"),
            Column(
                "from",
                gettext_lazy("On notice from"),
                "publicity_starts_on",
                "publicity_starts_on",
                "date",
            ),
            Column(
                "until",
                gettext_lazy("Until before"),
                "publicity_ends_on",
                "publicity_ends_on",
                "date",
            ),
        ],
        search=("title", "organisation__name"),
        name="publicity",
        empty=gettext_lazy("Nothing is on public notice in this region now."),
    )
    context = {"listing": listing, "tabs": tabs(request, "publicity")}
    return listing.response() or page(request, "registers/publicity.html", context)


@audience("public")
def notice(request: Any, uuid: UUID) -> HttpResponse:
    """Show what is on public notice, and take an objection."""
    found = queries.get_on_notice(uuid, on=request.at.date())
    definition = queries.definition_for(found)
    form = ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.lodge_objection(
                application=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(
                request, _("Your objection was received. Whoever settles it will reach you.")
            )
            return redirect(address(request, "notice", found.uuid))
    context = {
        "application": found,
        "definition": definition,
        "holder": found.organisation or found.region,
        "values": public_form(definition, found.values),
        "form": form,
    }
    return page(request, "registers/notice.html", context, status=422 if form.errors else 200)
