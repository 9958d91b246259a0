"""Pages of the siting of schools: regions beside one another, and loading figures of regions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from jiangxin.apps.organisations import actions, forms, permissions, queries
from jiangxin.apps.organisations.sheets import regions as region_files
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing
from jiangxin.ui.maps import Place, region_map

READERS = ("operator", "officer", "leader", "auditor", "school", "enterprise")


@audience(*READERS)
@require_safe
def siting(request: Any) -> HttpResponse:
    if request.region is None:
        raise NotFound(_("Load the administrative divisions first."))
    known = queries.latest_school_year(region=request.region, viewer=request.viewer)
    year = request.year if request.GET.get("year") or known is None else known
    found = queries.siting(
        region=request.region, year=year, viewer=request.viewer, on=request.at.date()
    )
    measures = queries.siting_measures()
    shown = request.GET.get("measure", "schools")
    if shown not in measures:
        raise NotFound(_("There is no such measure. Choose one of the list."))
    title, unit = measures[shown]
    places = [
        Place(
            row.region.code,
            row.region.name,
            getattr(row, shown),
            reverse("organisations:organisations") + f"?region={row.region.code}&kind=school",
            row.is_simulated,
        )
        for row in found.rows
    ]
    listing = Listing(request, found.rows, _columns(), name="siting", size=200)
    context = {
        "found": found,
        "year": year,
        "listing": listing,
        "map": region_map(
            found.parent.code,
            places,
            title=f"{title} · {found.parent.name} · {year}",
            unit=unit,
            boundaries=queries.boundaries_of(place.code for place in places),
        ),
        "measures": [(code, name, code == shown) for code, (name, _unit) in measures.items()],
        "may_load": permissions.can_load_region_data(request.viewer, found.parent.path),
    }
    return listing.response() or page(request, "organisations/siting.html", context)


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            "region",
            _("Region"),
            "region.name",
            sort="region.code",
            link=lambda row: reverse("organisations:siting") + f"?region={row.region.code}",
        ),
        Column("schools", _("Vocational schools"), kind="number", sort="schools"),
        Column("students", _("Students"), kind="number", sort="students"),
        Column("enterprises", _("Enterprises"), kind="number", sort="enterprises"),
        Column("parks", _("Parks"), kind="number", sort="parks"),
        Column("population", _("Population"), kind="number", sort="population"),
        Column(
            "schools_per_million",
            _("Schools for a million people"),
            lambda row: _rounded(row.schools_per_million),
            kind="number",
            sort="schools_per_million",
        ),
        Column(
            "students_per_thousand",
            _("Students for a thousand people"),
            lambda row: _rounded(row.students_per_thousand),
            kind="number",
            sort="students_per_thousand",
        ),
        Column(
            "enterprises_per_school",
            _("Enterprises for a school"),
            lambda row: _rounded(row.enterprises_per_school),
            kind="number",
            sort="enterprises_per_school",
        ),
        Column("lead", _("Share of schools less share of people"), kind="rate", sort="lead"),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


@audience("operator")
def load_region_file(request: Any) -> HttpResponse:
    if request.region is None:
        raise NotFound(_("Load the administrative divisions first."))
    permissions.can_load_region_data(request.viewer, request.region.path).enforce()
    form = forms.RegionFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            number = _load(request, form.cleaned_data["file"], form.cleaned_data["source"])
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(
                request,
                ngettext("%(number)d row is loaded.", "%(number)d rows are loaded.", number)
                % {"number": number},
            )
            return redirect(reverse("organisations:siting") + f"?region={request.region.code}")
    return page(request, "organisations/load_region_file.html", {"form": form})


def _load(request: Any, file: Any, source: str) -> int:
    if file.size > region_files.MAX_BYTES:
        raise region_files.UnreadableFile(_("The file is larger than 20 MB. Load a coarser one."))
    rows = region_files.read(file.read())
    said = {"source": source, "by": request.viewer, "at": request.at}
    if isinstance(rows[0], region_files.FigureRow):
        figures = [
            actions.Figure(row.region_code, row.measure, row.year, row.value)
            for row in rows
            if isinstance(row, region_files.FigureRow)
        ]
        return actions.load_region_figures(figures=figures, **said)
    outlines = [
        actions.Outline(row.region_code, row.rings)
        for row in rows
        if isinstance(row, region_files.BoundaryRow)
    ]
    return actions.load_region_boundaries(outlines=outlines, **said)
