"""Pages of applications: begin one, fill it in, hand it in, and follow it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.registers import actions, permissions, queries, workflow
from jiangxin.apps.registers.forms import (
    AgainForm,
    ApplicationFilter,
    ApplyForm,
)
from jiangxin.apps.registers.views.places import (
    APPLICANTS,
    READERS,
    address,
    tabs,
)
from jiangxin.core.errors import DomainError
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

# states of applications → states that the site knows how to draw
LOOKS = {"in_publicity": "published", "recognised": "approved"}


def look_of(application: Any) -> str:
    """Return the state by which the badge is drawn."""
    return LOOKS.get(application.state, application.state)


def columns(request: Any) -> list[Column]:
    """Return the columns of a list of applications."""
    labels = queries.type_labels(on=request.at.date())
    return [
        Column(
            "title",
            gettext_lazy("Name"),
            sort="title",
            link=lambda row: reverse("registers:application", args=[row.uuid]),
        ),
        Column("type", gettext_lazy("Kind of register"), lambda row: labels.get(row.type.code, "")),
        Column("kind", gettext_lazy("Request"), "get_kind_display", sort="kind"),
        Column("level", gettext_lazy("Level recognised"), "get_level_display", sort="level"),
        Column(
            "holder",
            gettext_lazy("Applicant"),
            lambda row: row.organisation.name if row.organisation else row.region.name,
            sort="organisation__pinyin",
        ),
        Column("step", gettext_lazy("Step"), step_label),
        Column("since", gettext_lazy("Waiting since"), "step_since", "step_since", "date"),
        Column(
            "state",
            gettext_lazy("State"),
            look_of,
            "state",
            "status",
            label_of=lambda row: str(row.get_state_display()),
        ),
    ]


def step_label(row: Any) -> str:
    """Return the name of the step at which an application is."""
    step = queries.step_of(row)
    return str(step.label) if step else ""


@audience(*READERS)
@require_safe
def applications(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.applications(request.viewer, region=request.region),
        columns(request),
        search=("title", "organisation__name"),
        filterset=ApplicationFilter,
        name="applications",
        empty=gettext_lazy(
            "Nobody has applied yet. An application begins on the page of a register."
        ),
    )
    context = {"listing": listing, "tabs": tabs(request, "applications")}
    return listing.response() or page(request, "registers/applications.html", context)


@audience(*APPLICANTS)
def apply(request: Any, code: str) -> HttpResponse:
    """Begin an application for something of this type."""
    kind = queries.get_type(code)
    on = request.at.date()
    definition = queries.current_definition(kind, on=on)
    holders = _holders(request, definition)
    calls = list(queries.calls(request.viewer, at=request.at, type_code=code))
    form = ApplyForm(
        request.POST or None,
        holders=[(key, label) for key, (label, _who, _where) in holders.items()],
        levels=[(level, workflow.Level(level).label) for level in definition.levels],
        calls=[(str(call.uuid), _call_label(call)) for call in calls] if definition.calls else None,
        initial={"level": definition.levels[-1]},
    )
    link = ""
    if request.method == "POST" and form.is_valid():
        _label, organisation, region = holders[form.cleaned_data["holder"]]
        call = next((c for c in calls if str(c.uuid) == form.cleaned_data.get("call")), None)
        try:
            made = actions.start_application(
                kind=kind,
                level=call.level if call else form.cleaned_data["level"],
                title=form.cleaned_data["title"],
                organisation=organisation,
                region=region,
                call=call,
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error, names={"organisation": "holder"})
            link = str(error.data.get("link", ""))
        else:
            return redirect(address(request, "application", made.uuid))
    context = {
        "form": form,
        "definition": definition,
        "steps": _steps(definition),
        "holders": holders,
        "needs_call": definition.calls and not calls,
        "is_retired": kind.is_retired,
        "link": link,
    }
    return page(request, "registers/apply.html", context, status=422 if form.errors else 200)


def _call_label(call: Any) -> str:
    return _("%(title)s (until %(day)s)") % {
        "title": call.title,
        "day": call.closes_at.strftime("%Y-%m-%d"),
    }


def _holders(request: Any, definition: Any) -> dict[str, tuple[str, Any, Any]]:
    """Return for whom the viewer may apply: label, organisation and region by key."""
    found: dict[str, tuple[str, Any, Any]] = {}
    region = request.region
    if (
        region is not None
        and definition.applicants.may_be_region
        and permissions.can_apply(request.viewer, region.path)
    ):
        label = _("%(place)s (the authority itself)") % {"place": region.name}
        found["region"] = (label, None, region)
    rows = organisations.organisations(viewer=request.viewer, region=region, on=request.at.date())
    for row in rows.select_related("scope", "region"):
        if definition.applicants.fits(row) and permissions.can_apply(
            request.viewer, row.scope.path
        ):
            found[str(row.uuid)] = (row.name, row, None)
    return found


@audience(*APPLICANTS)
def again(request: Any, uuid: UUID) -> HttpResponse:
    """Ask that something recognised be renewed or raised."""
    entry = queries.get_entry(uuid, viewer=request.viewer)
    permissions.can_apply(request.viewer, entry.scope.path).enforce()
    definition = queries.current_definition(entry.type, on=request.at.date())
    asked = request.GET.get("kind", "renewal")
    form = AgainForm(
        request.POST or None,
        levels=[(level, workflow.Level(level).label) for level in definition.levels],
        initial={"kind": asked, "level": entry.level},
    )
    link = ""
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.start_application(
                kind=entry.type,
                level=form.cleaned_data["level"],
                title=entry.title,
                entry=entry,
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
            link = str(error.data.get("link", ""))
        else:
            return redirect(address(request, "application", made.uuid))
    context = {
        "form": form,
        "entry": entry,
        "definition": definition,
        "steps": _steps(definition),
        "holders": True,
        "link": link,
    }
    return page(request, "registers/apply.html", context, status=422 if form.errors else 200)


def _steps(definition: Any) -> list[dict[str, Any]]:
    return [
        {"label": step.label, "step": step, "where": place_label(step.at)}
        for step in definition.review
    ]


def place_label(at: str) -> str:
    """Return the words for the authority at which a step lies."""
    return {
        "county": _("district or county"),
        "city": _("city"),
        "provincial": _("province"),
        "national": _("nation"),
        "level": _("level applied for"),
    }[at]
