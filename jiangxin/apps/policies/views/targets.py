"""Pages about targets: the list, one target with its reasons, contradictions."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import actions, forms, permissions, queries
from jiangxin.apps.policies.views.documents import WRITERS
from jiangxin.apps.policies.views.forms import add_errors, region_of
from jiangxin.core.errors import DomainError, Invalid
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing
from jiangxin.ui.statuses import look


def judged_on(request: Any) -> datetime.date:
    """Return the day of judgement: today, or the end of an earlier year that was chosen."""
    today: datetime.date = request.at.date()
    return today if request.year >= today.year else datetime.date(request.year, 12, 31)


class TargetFilters:
    """Filters of the list, over rows whose standing is computed."""

    def __init__(self, data: Any, *, queryset: list[queries.Standing], request: Any) -> None:
        self.form = forms.TargetFilter(data)
        choices: Any = self.form.fields
        every = [("", _("all"))]
        choices["standing"].choices = every + [(s, look(s).label) for s in queries.STANDINGS]
        years = sorted({row.due_on.year for row in queryset if row.due_on})
        choices["due"].choices = every + [(str(year), str(year)) for year in years]
        documents = {str(r.target.document.uuid): r.target.document.title for r in queryset}
        choices["document"].choices = every + sorted(documents.items(), key=lambda d: d[1])
        self.qs = [row for row in queryset if self._fits(row)]

    def _fits(self, row: queries.Standing) -> bool:
        values = self.form.cleaned_data if self.form.is_valid() else {}
        binding = {"bound": "confirmed"}.get(values.get("binding", ""), values.get("binding", ""))
        words = values.get("q", "").casefold()
        return (
            values.get("standing", "") in ("", row.standing)
            and binding in ("", row.target.binding)
            and values.get("due", "") in ("", str(row.due_on.year if row.due_on else ""))
            and values.get("document", "") in ("", str(row.target.document.uuid))
            and words in f"{row.target.metric} {row.target.scope_text}".casefold()
        )


def _target_link(row: queries.Standing) -> str:
    return reverse("policies:target", args=[row.uuid])


@audience("public")
def targets(request: Any) -> HttpResponse:
    rows = queries.targets(
        viewer=request.viewer,
        on=judged_on(request),
        region_path=request.region.path if request.region else "",
    )
    listing = Listing(
        request,
        rows,
        [
            Column("metric", gettext_lazy("Target"), value="target.metric", link=_target_link),
            Column("promise", gettext_lazy("Promised")),
            Column(
                "value",
                gettext_lazy("Now"),
                kind="number",
                sort="value",
                unit=lambda row: row.unit,
            ),
            Column("standing", gettext_lazy("Standing"), kind="status", sort="standing"),
            Column("due_on", gettext_lazy("Deadline"), kind="date", sort="due_on"),
            Column(
                "region",
                gettext_lazy("Region"),
                value="target.region.name",
                sort="target.region.code",
            ),
            Column("document", gettext_lazy("Document"), value="target.document.title"),
            Column("clause", gettext_lazy("Clause"), value="target.place"),
            Column("indicator", gettext_lazy("Indicator"), sort="indicator"),
        ],
        search=False,
        filterset=TargetFilters,
        name="targets",
        empty=gettext_lazy(
            "No target of this region is adopted yet. Import a policy document and accept what "
            "it promises."
        ),
    )
    counts = [(s, sum(row.standing == s for row in rows)) for s in queries.STANDINGS]
    clashes = queries.count_contradictions(
        viewer=request.viewer, region_path=request.region.path if request.region else ""
    )
    context = {
        "listing": listing,
        "counts": counts,
        "total": len(rows),
        "clashes": clashes,
    }
    return listing.response() or page(request, "policies/targets.html", context, partial="listing")


@audience("public")
def target(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_target(uuid, viewer=request.viewer)
    shown = queries.standings([found], viewer=request.viewer, on=judged_on(request))[0]
    may_review = permissions.can_review_document(request.viewer, found.document)
    context = {
        "target": found,
        "shown": shown,
        "card": queries.card_of(found),
        "segments": queries.words_of(found),
        "choices": queries.binding_choices(found) if may_review else [],
        "indicator_options": queries.indicator_options() if may_review else [],
        "chart": trajectory(shown) if shown.observations or shown.attainment.trajectory else None,
        "clashes": queries.contradictions(viewer=request.viewer, target=found),
        "duties": queries.responsibilities_of(found.clause),
        "history": queries.history_of(found) if may_review else [],
        "may_review": may_review,
        "may_see_work": request.viewer.holds("policies.view", found.document.scope.path),
        "may_see_values": bool(request.viewer.holds_anywhere("indicators.view")),
    }
    return page(request, "policies/target.html", context)


def trajectory(shown: queries.Standing) -> dict[str, Any]:
    """Draw baseline, measured values, the steady way, the target and the projection."""
    found = shown.attainment
    years = {item.year for item in shown.observations}
    years |= {int(year) for year, _value in found.trajectory}
    due = shown.due_on.year if shown.due_on else None
    if due:
        years.add(due)
    axis = list(range(min(years), max(years) + 1)) if years else []
    measured = {item.year: item.value for item in shown.observations}
    way = {int(year): value for year, value in found.trajectory}
    series: list[dict[str, Any]] = [
        {
            "name": _("Measured"),
            "type": "line",
            "data": [measured.get(year) for year in axis],
            "symbolSize": 8,
            "connectNulls": True,
            "lineStyle": {"width": 3},
        }
    ]
    if way:
        series.append(
            {
                "name": _("Steady way to the target"),
                "type": "line",
                "data": [way.get(year) for year in axis],
                "lineStyle": {"type": "dashed"},
                "symbol": "none",
                "connectNulls": True,
            }
        )
    if found.projected is not None and due and shown.now:
        ends = {shown.now.year: shown.now.value, due: found.projected}
        series.append(
            {
                "name": _("If the pace stays"),
                "type": "line",
                "data": [ends.get(year) for year in axis],
                "lineStyle": {"type": "dotted"},
                "connectNulls": True,
            }
        )
    goal = found.goal.least if found.goal.least is not None else found.goal.most
    if goal is not None:
        series.append(
            {
                "name": _("Promised"),
                "type": "line",
                "data": [goal for _year in axis],
                "symbol": "none",
                "lineStyle": {"width": 1},
            }
        )
    value_axis: dict[str, Any] = {"type": "value", "scale": True}
    if shown.unit == "share":
        value_axis["axisLabel"] = {"formatter": "@percent"}
    return {
        "xAxis": {"type": "category", "data": [str(year) for year in axis]},
        "yAxis": value_axis,
        "legend": {"bottom": 0},
        "tooltip": {"trigger": "axis"},
        "series": series,
    }


@audience(*WRITERS)
@require_POST
def bind(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_target(uuid, viewer=request.viewer)
    version = request.POST.get("version", "")
    actions.bind_target(
        target=found,
        indicator_code=request.POST.get("indicator_code", ""),
        version=int(version) if version.isdigit() else None,
        by=request.viewer,
        at=request.at,
    )
    messages.success(request, _("The target is now measured by this indicator."))
    return redirect("policies:target", found.uuid)


@audience(*WRITERS)
@require_POST
def reject_indicator(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_target(uuid, viewer=request.viewer)
    actions.reject_indicator(
        target=found,
        indicator_code=request.POST.get("indicator_code", ""),
        by=request.viewer,
        at=request.at,
    )
    messages.success(request, _("This indicator will not be suggested for the target again."))
    return redirect("policies:target", found.uuid)


@audience(*WRITERS)
def assign(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_target(uuid, viewer=request.viewer)
    permissions.can_review_document(request.viewer, found.document).enforce()
    initial = {
        "region_code": found.region.code,
        "owners": [owner.name for owner in found.owners.all()],
    }
    form = forms.AssignForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            region = region_of(form.cleaned_data["region_code"], request)
            actions.assign_target(
                target=found,
                region=region,
                owners=_owners(form.cleaned_data["owners"], region, request),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("policies:target", found.uuid)
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "target": found,
        "card": queries.card_of(found),
        "duties": queries.responsibilities_of(found.clause),
    }
    return page(request, "policies/assign.html", context, status=status)


def _owners(names: list[str], region: Any, request: Any) -> list[Any]:
    resolver = organisations.resolver_for(region, viewer=request.viewer, on=request.at.date())
    owners = []
    for name in names:
        found = resolver.find(name)
        if found.exact is None:
            near = "、".join(candidate.organisation.name for candidate in found.candidates[:3])
            message = _("“%(name)s” is not in the register of organisations.") % {"name": name}
            if near:
                message += " " + _("Do you mean %(near)s?") % {"near": near}
            raise Invalid(message, data={"fields": {"owners": message}})
        owners.append(found.exact)
    return owners


@audience("officer", "leader", "operator", "auditor", "expert")
def contradictions(request: Any) -> HttpResponse:
    context = {
        "clashes": queries.contradictions(
            viewer=request.viewer, region_path=request.region.path if request.region else ""
        ),
        "dismissed": queries.contradictions(viewer=request.viewer, verdict="rejected"),
        "may_review": request.viewer.holds_anywhere("policies.manage"),
    }
    return page(request, "policies/contradictions.html", context)


@audience(*WRITERS)
@require_POST
def decide_contradiction(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_contradiction(uuid, viewer=request.viewer)
    try:
        actions.decide_contradiction(
            contradiction=found,
            is_contradiction=request.POST.get("verdict") == "confirmed",
            note=request.POST.get("note", ""),
            by=request.viewer,
            at=request.at,
        )
    except Invalid as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("Noted; both targets stay as they are."))
    return redirect(reverse("policies:contradictions") + f"#clash-{found.uuid}")
