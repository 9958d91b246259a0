"""Pages of the regions, the code lists and the calendar; loading of editions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiangxin.apps.reference import actions, forms, permissions, queries, sheets
from jiangxin.apps.reference.models import Edition
from jiangxin.apps.reference.views.shared import day_of, tabs
from jiangxin.core.errors import DomainError, Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import SPREADSHEET, Column, Listing

_CODE = Column("code", gettext_lazy("Code"), sort="code")
_NAME = Column("name", gettext_lazy("Name"), sort="pinyin")
_LEVEL = Column("level", gettext_lazy("Level"), "get_level_display", sort="level")
_REGION_COLUMNS = (
    _CODE,
    Column(
        "name",
        gettext_lazy("Name"),
        sort="pinyin",
        link=lambda region: reverse("reference:region", args=[region.code]),
    ),
    _LEVEL,
)


@audience("public")
def regions(request: Any) -> HttpResponse:
    on = day_of(request)
    narrowed = request.GET.get("q") or request.GET.get("level")
    rows = queries.regions(on=on) if narrowed else queries.children_of(queries.NATION, on=on)
    listing = Listing(
        request,
        rows,
        _REGION_COLUMNS,
        search=True,
        filterset=forms.RegionFilter,
        name="regions",
        empty=gettext_lazy("No regions are loaded yet. Run: jiangxin load_reference"),
    )
    return listing.response() or _list_page(request, "regions", listing)


@audience("public")
def region(request: Any, code: str) -> HttpResponse:
    shown = queries.region_page(code, on=day_of(request))
    listing = Listing(
        request,
        queries.children_of(code, on=day_of(request)),
        _REGION_COLUMNS,
        search=True,
        name=f"regions-{code}",
    )
    context = {
        "shown": shown,
        "listing": listing,
        "may_set_terms": permissions.can_set_terms(request.viewer, shown.region.path),
        "on": day_of(request),
    }
    return listing.response() or page(request, "reference/region.html", context)


@audience("public")
def programmes(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.programmes(on=day_of(request)),
        (
            _CODE,
            _NAME,
            _LEVEL,
            Column("class_name", gettext_lazy("Programme class"), sort="class_name"),
            Column("category", gettext_lazy("Programme category"), sort="category"),
            Column("is_state_controlled", gettext_lazy("State-controlled")),
        ),
        search=True,
        filterset=forms.ProgrammeFilter,
        name="programmes",
    )
    return listing.response() or _list_page(request, "programmes", listing)


@audience("public")
def occupations(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.occupations(on=day_of(request)),
        (
            _CODE,
            _NAME,
            _LEVEL,
            Column("parent_code", gettext_lazy("Belongs to"), link=_group_link),
            Column("marks", gettext_lazy("Occupation mark")),
        ),
        search=True,
        filterset=forms.OccupationFilter,
        name="occupations",
    )
    return listing.response() or _list_page(request, "occupations", listing)


@audience("public")
def industries(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.industries(on=day_of(request)),
        (
            Column("section", gettext_lazy("Industry section"), sort="section"),
            _CODE,
            _NAME,
            _LEVEL,
            Column("parent_code", gettext_lazy("Belongs to")),
        ),
        search=True,
        filterset=forms.IndustryFilter,
        name="industries",
    )
    return listing.response() or _list_page(request, "industries", listing)


@audience("public")
def editions(request: Any) -> HttpResponse:
    context = {
        "editions": queries.editions(),
        "may_load": permissions.can_load_edition(request.viewer),
        "tabs": tabs("editions"),
    }
    return page(request, "reference/editions.html", context)


@audience("public")
def download(request: Any, kind: str) -> HttpResponse:
    if kind not in Edition.Kind.values:
        raise NotFound
    rows = queries.listed(kind, on=day_of(request))
    return _file(sheets.workbook(kind, rows), f"{kind}.xlsx")


@audience("operator")
def load(request: Any) -> HttpResponse:
    permissions.can_load_edition(request.viewer).enforce()
    form = forms.EditionForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        cells = form.cleaned_data
        act = request.POST.get("act", "check")
        try:
            file = cells["file"]
            sheet = sheets.read(file.read(), name=file.name, kind=cells["kind"])
            if act == "corrected":
                return _file(sheets.corrected_file(sheet), "to-correct.xlsx")
            is_trial = act != "load" or (bool(sheet.errors) and not cells["save_good"])
            outcome = actions.load_edition(
                header=actions.EditionHeader(
                    sheet.kind,
                    cells["name"],
                    title=cells["title"],
                    issuer=cells["issuer"],
                    number=cells["number"],
                    starts_on=cells["starts_on"],
                    is_complete=cells["is_complete"] and not sheet.errors,
                ),
                rows=sheet.rows,
                by=request.viewer,
                at=request.at,
                is_dry_run=is_trial,
            )
            if not is_trial:
                messages.success(
                    request,
                    _("Loaded: %(added)s added, %(changed)s changed, %(ended)s ended.")
                    % {"added": outcome.added, "changed": outcome.changed, "ended": outcome.ended},
                )
                return redirect("reference:editions")
            context |= {"sheet": sheet, "outcome": outcome, "errors": sheet.errors[:200]}
        except Invalid as error:
            form.add_error(None, error.message)
        except DomainError as error:
            form.add_error("name", error.message)
    return page(request, "reference/load.html", context)


@audience("operator", "officer")
def terms(request: Any, code: str, school_year: int) -> HttpResponse:
    found = queries.get_region(code, on=day_of(request))
    permissions.can_set_terms(request.viewer, found.path).enforce()
    now = {term.season: term for term in queries.terms_for(code, school_year)}
    first = {f"{season}_starts_on": term.starts_on for season, term in now.items()}
    last = {f"{season}_ends_on": term.last_day for season, term in now.items()}
    form = forms.TermsForm(request.POST or None, initial={**first, **last})
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_terms(
                region_code=code,
                school_year=school_year,
                terms=form.spans,
                source=form.cleaned_data["source"],
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The terms are set; the regions below inherit them."))
            return redirect("reference:region", code)
    context = {"form": form, "region_shown": found, "school_year": school_year}
    return page(request, "reference/terms.html", context)


def _list_page(request: Any, kind: str, listing: Listing) -> HttpResponse:
    titles = {
        "regions": (_("Regions"), _("Administrative divisions of the country, by day.")),
        "programmes": (_("Programmes"), _("The national catalogue of vocational programmes.")),
        "occupations": (_("Occupations"), _("The national dictionary of occupations.")),
        "industries": (_("Industries"), _("The classification of economic activities.")),
    }
    heading, lead = titles[kind]
    edition_kind = "divisions" if kind == "regions" else kind
    context = {
        "listing": listing,
        "heading": heading,
        "lead": lead,
        "tabs": tabs(kind),
        "download_kind": edition_kind,
        "edition": queries.editions().filter(kind=edition_kind).first(),
    }
    return page(request, "reference/list.html", context)


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=SPREADSHEET)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _group_link(occupation: Any) -> str:
    if not occupation.parent_code:
        return ""
    return f"{reverse('reference:occupations')}?within={occupation.parent_code}"
