"""Pages of indicators: the list for a place and year, one indicator, and why a value is so."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiangxin.apps.indicators import actions, permissions, queries
from jiangxin.apps.indicators.forms import ReportForm
from jiangxin.core import jobs
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

_READERS = ("operator", "leader", "officer", "auditor", "expert", "school")


def _address(request: Any, name: str, *args: Any) -> str:
    return f"{reverse(name, args=args)}?region={request.region.code}&year={request.year}"


@audience(*_READERS)
def indicators(request: Any) -> HttpResponse:
    here = queries.place_for(request.region, viewer=request.viewer)
    rows = queries.rows_for(
        scope=here.scope, place=here.code, year=request.year, viewer=request.viewer
    )
    listing = Listing(
        request,
        rows,
        [
            Column(
                "label",
                gettext_lazy("Indicator"),
                sort="label",
                link=lambda row: _address(request, "indicators:indicator", row.code),
            ),
            Column(
                "value",
                gettext_lazy("Value"),
                sort="value",
                kind="number",
                unit=lambda row: queries.unit_word(row.unit),
            ),
            Column("status", gettext_lazy("State"), value=_state, kind="status"),
            Column("missing", gettext_lazy("Missing"), value=lambda r: _(", ").join(r.missing)),
        ],
        search=True,
        name="indicators",
    )
    context = {
        "listing": listing,
        "here": here,
        "computation": queries.current_computation(),
        "may_compute": permissions.can_compute(request.viewer),
        "may_publish": permissions.can_publish(request.viewer, request.region.path),
    }
    return listing.response() or page(
        request, "indicators/indicators.html", context, partial="listing"
    )


def _place_state(row: queries.Place) -> str:
    if row.status != "measured":
        return row.status
    return "simulated" if row.is_simulated else "computed"


def _state(row: queries.Row) -> str:
    if row.status != "measured":
        return row.status
    return "simulated" if row.is_simulated else row.kind


@audience(*_READERS)
def indicator(request: Any, code: str) -> HttpResponse:
    shown = queries.indicator_page(
        code, region=request.region, year=request.year, viewer=request.viewer
    )
    listing = Listing(
        request,
        shown.places,
        [
            Column(
                "name",
                gettext_lazy("Place"),
                sort="name",
                link=lambda row: reverse("indicators:value", args=[row.uuid]),
            ),
            Column(
                "value",
                gettext_lazy("Value"),
                sort="value",
                kind="number",
                unit=lambda _row: queries.unit_word(shown.definition.unit),
            ),
            Column("numerator", gettext_lazy("Numerator"), sort="numerator", kind="number"),
            Column("denominator", gettext_lazy("Denominator"), sort="denominator", kind="number"),
            Column("status", gettext_lazy("State"), value=_place_state, kind="status"),
        ],
        search=True,
        name=code,
    )
    context = {
        "shown": shown,
        "inferred": queries.label_of(shown.definition.inferred),
        "sources": [(source, queries.label_of(source.says)) for source in shown.definition.sources],
        "listing": listing,
        "chart": _series_chart(shown),
        "parts_chart": _parts_chart(shown),
        "may_report": permissions.can_report(request.viewer, request.region.path),
    }
    return listing.response() or page(
        request, "indicators/indicator.html", context, partial="listing"
    )


def _series_chart(shown: queries.IndicatorPage) -> dict[str, Any] | None:
    if not shown.trend:
        return None
    return {
        "xAxis": {"type": "category", "data": [str(item.year) for item in shown.trend]},
        "yAxis": _axis(shown),
        "series": [
            {
                "type": "line",
                "name": shown.label,
                "data": [item.value for item in shown.trend],
                "symbolSize": 8,
            }
        ],
        "tooltip": {"trigger": "axis", "valueFormatter": _formatter(shown)},
    }


def _parts_chart(shown: queries.IndicatorPage) -> dict[str, Any] | None:
    measured = [part for part in shown.parts if part.value is not None]
    if not measured:
        return None
    return {
        "xAxis": _axis(shown),
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisLabel": {"interval": 0},
            "data": [queries.part_word(shown.definition, p.part) for p in measured],
        },
        "series": [{"type": "bar", "name": shown.label, "data": [p.value for p in measured]}],
        "tooltip": {"trigger": "axis", "valueFormatter": _formatter(shown)},
    }


def _formatter(shown: queries.IndicatorPage) -> str:
    return "@percent" if shown.unit == "share" else "@number"


def _axis(shown: queries.IndicatorPage) -> dict[str, Any]:
    return {"type": "value", "axisLabel": {"formatter": _formatter(shown)}}


@audience(*_READERS)
def value(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_value(uuid, viewer=request.viewer)
    trace = queries.explain(found, viewer=request.viewer, side=request.GET.get("side", ""))
    listing = Listing(
        request,
        [dict(zip((c.name for c in trace.columns), row, strict=True)) for row in trace.rows],
        [
            Column(c.name, queries.label_of(c.meaning), sort=c.name, value=_cell(c))
            for c in trace.columns
        ],
        name=f"{found.indicator}-{found.code}-{found.year}",
        size=50,
    )
    context = {
        "trace": trace,
        "listing": listing,
        "again": queries.recompute(found) if "recompute" in request.GET else None,
        "asked_again": "recompute" in request.GET,
        "place": queries.place_name(found, viewer=request.viewer),
        "unit": queries.unit_word(trace.definition.unit),
    }
    return listing.response() or page(request, "indicators/value.html", context, partial="listing")


def _cell(column: Any) -> Any:
    words = dict(column.values)
    return lambda row: words.get(row[column.name], row[column.name])


@audience("operator", "officer")
@require_POST
def compute(request: Any) -> HttpResponse:
    permissions.can_compute(request.viewer).enforce()
    job = jobs.defer(
        "indicators.compute", by=request.viewer, at=request.at, path=request.region.path
    )
    messages.info(request, _("The computation runs in the background; you can leave this page."))
    return redirect("accounts:job", job.uuid)


@audience("leader")
@require_POST
def publish(request: Any) -> HttpResponse:
    computation = queries.current_computation()
    if computation is None:
        raise NotFound(_("Nothing was computed yet. Let an officer compute the indicators first."))
    actions.publish_values(
        computation=computation, region=request.region.code, by=request.viewer, at=request.at
    )
    messages.success(request, _("The values of this region are now open to the public."))
    return redirect(_address(request, "indicators:indicators"))


@audience("officer", "office", "school")
def report(request: Any, code: str) -> HttpResponse:
    definition = queries.get_definition(code)
    scope = queries.scope_to_report(request.region, viewer=request.viewer)
    is_share = definition.unit == "share"
    form = ReportForm(
        request.POST or None,
        request.FILES or None,
        is_share=is_share,
        initial={"year": min(request.year, request.at.year)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.report_value(
                indicator=code, scope=scope, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The value is stored and marked as reported."))
            return redirect(_address(request, "indicators:indicator", code))
    context = {
        "form": form,
        "definition": definition,
        "label": queries.label_of(definition.label),
        "scope": scope,
        "unit": queries.unit_word(definition.unit),
        "decision": permissions.can_report(request.viewer, scope.path),
    }
    return page(request, "indicators/report.html", context)


@audience("officer", "office", "school")
@require_POST
def withdraw(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_report(uuid, viewer=request.viewer)
    actions.withdraw_report(report=found, by=request.viewer, at=request.at)
    messages.success(request, _("The reported value was withdrawn; it stays in the history."))
    return redirect(_address(request, "indicators:indicator", found.indicator))


@audience(*_READERS, "office")
def evidence(request: Any, uuid: str) -> HttpResponse | FileResponse:
    found = queries.get_report(uuid, viewer=request.viewer)
    if not found.evidence_file:
        raise NotFound(_("No file was handed in with this value."))
    return FileResponse(
        found.evidence_file.open("rb"),
        as_attachment=True,
        filename=str(found.evidence_file.name).rsplit("/", 1)[-1],
    )


@audience("operator", "officer", "auditor")
def snapshots(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.snapshots(),
        [
            Column("taken_at", gettext_lazy("Taken"), sort="taken_at", kind="datetime"),
            Column("folder", gettext_lazy("Folder"), sort="folder"),
            Column("facts", gettext_lazy("Facts"), value=lambda s: len(s.manifest), kind="number"),
            Column(
                "rows",
                gettext_lazy("Rows"),
                value=lambda s: sum(entry["rows"] for entry in s.manifest.values()),
                kind="number",
            ),
            Column(
                "computations",
                gettext_lazy("Computations"),
                value=lambda s: len(s.computations.all()),
                kind="number",
            ),
        ],
        name="snapshots",
    )
    return listing.response() or page(
        request, "indicators/snapshots.html", {"listing": listing}, partial="listing"
    )
