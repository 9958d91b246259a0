"""Pages of those who judge: what waits, approving many, panels of experts and their points."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.registers import actions, permissions, queries
from jiangxin.apps.registers.actions.many import approve_many
from jiangxin.apps.registers.forms import DrawForm, PanelForm, ReasonForm, ScoreForm
from jiangxin.apps.registers.views.application import application_page
from jiangxin.apps.registers.views.applications import columns
from jiangxin.apps.registers.views.places import JUDGES, READERS, address, tabs
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

# a panel's state → a state that the site knows how to draw
PANEL_LOOKS = {"announced": "planned", "drawn": "in_progress", "closed": "done"}


@audience(*JUDGES)
@require_safe
def queue(request: Any) -> HttpResponse:
    is_all = request.GET.get("all") == "1"
    rows = queries.review_queue(request.viewer, is_own_only=not is_all)
    if request.region is not None:
        rows = rows.filter(region__path__startswith=request.region.path)
    listing = Listing(
        request,
        rows,
        columns(request),
        search=("title", "organisation__name"),
        name="queue",
        empty=gettext_lazy("Nothing waits for your judgement."),
    )
    context = {
        "listing": listing,
        "is_all": is_all,
        "tabs": tabs(request, "queue"),
    }
    return listing.response() or page(request, "registers/queue.html", context)


@audience(*JUDGES)
@require_POST
def queue_approve(request: Any) -> HttpResponse:
    """Show what approving the chosen ones would do; with `confirm` do it."""
    chosen = []
    for text in request.POST.getlist("chosen"):
        uuid, _colon, version = text.partition(":")
        found = queries.get_application(_uuid(uuid), viewer=request.viewer)
        chosen.append((found, int(version) if version.isdecimal() else 0))
    if not chosen:
        messages.error(request, _("Choose at least one application."))
        return redirect(address(request, "queue"))
    is_trial = request.POST.get("confirm") != "yes"
    outcomes = approve_many(chosen=chosen, is_trial=is_trial, by=request.viewer, at=request.at)
    if is_trial:
        rows = []
        for (found, version), outcome in zip(chosen, outcomes, strict=True):
            step = queries.definition_for(found).step(outcome.step)
            rows.append((found, version, outcome, step.label if step else ""))
        context = {
            "rows": rows,
            "possible": sum(1 for outcome in outcomes if not outcome.refusal),
        }
        return page(request, "registers/approve.html", context)
    done = [outcome for outcome in outcomes if not outcome.refusal]
    text = ngettext("%(n)s application is approved.", "%(n)s applications are approved.", len(done))
    messages.success(request, text % {"n": len(done)})
    for outcome in outcomes:
        if outcome.refusal:
            messages.warning(request, f"{outcome.application.title}: {outcome.refusal}")
    return redirect(address(request, "queue"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


@audience("expert")
@require_safe
def scores(request: Any) -> HttpResponse:
    """List the panels in which the expert sits."""
    listing = Listing(
        request,
        queries.panels(request.viewer),
        [
            Column(
                "title",
                gettext_lazy("What is scored"),
                lambda row: (row.call or row.application).title,
                link=lambda row: reverse("registers:panel", args=[row.uuid]),
            ),
            Column("drawn_at", gettext_lazy("Drawn"), sort="drawn_at", kind="date"),
            Column(
                "state",
                gettext_lazy("State"),
                lambda row: PANEL_LOOKS[row.state],
                "state",
                "status",
                label_of=lambda row: str(row.get_state_display()),
            ),
        ],
        name="panels",
        empty=gettext_lazy("You were not drawn into a panel yet. You are told by notice."),
    )
    context = {"listing": listing, "tabs": tabs(request, "scores")}
    return listing.response() or page(request, "registers/scores.html", context)


@audience(*READERS, "expert")
@require_safe
def panel(request: Any, uuid: UUID) -> HttpResponse:
    return panel_page(request, queries.get_panel(uuid, viewer=request.viewer))


def panel_page(request: Any, found: Any, **forms: Any) -> HttpResponse:
    """Answer with one panel: its draw, its seats, and the points as far as one may see them."""
    viewer = request.viewer
    step = queries.step_of_panel(found)
    may_manage = permissions.can_manage_panel(viewer, found.path)
    sheets = queries.sheets_of(found, viewer=viewer)
    mine = [sheet for sheet in sheets if sheet.seat.expert_id == viewer.user_id]
    criteria = step.scoring.criteria if step.scoring else ()
    context = {
        "panel": found,
        "subject": found.call or found.application,
        "step": step,
        "look": PANEL_LOOKS[found.state],
        "criteria": criteria,
        "seats": queries.seats_of(found, viewer=viewer),
        "redraw": queries.recompute_draw(found) if found.seed and may_manage else None,
        "mine": [
            (sheet, [(c.label, sheet.points.get(c.code)) for c in criteria]) for sheet in mine
        ],
        "sheets": [
            (sheet, [sheet.points.get(c.code) for c in criteria]) for sheet in sheets if may_manage
        ],
        "may_manage": may_manage,
        "draw_form": forms.get("draw") or DrawForm(),
        "close_form": forms.get("close") or ReasonForm(),
        "down_form": forms.get("down") or ReasonForm(),
        "seat": mine[0].seat if mine else None,
    }
    return page(request, "registers/panel.html", context, status=422 if forms else 200)


@audience(*JUDGES)
@require_POST
def announce(request: Any, uuid: UUID) -> HttpResponse:
    """Announce a panel for one application."""
    found = queries.get_application(uuid, viewer=request.viewer)
    form = PanelForm(request.POST)
    if form.is_valid():
        try:
            made = actions.announce_panel(
                application=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            if error.status != 422:
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The panel is announced; draw it when the seed is known."))
            return redirect(address(request, "panel", made.uuid))
    return application_page(request, found, panel=form)


@audience(*JUDGES)
@require_POST
def draw(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_panel(uuid, viewer=request.viewer)
    form = DrawForm(request.POST)
    if form.is_valid():
        try:
            actions.draw_panel(
                panel=found, seed=form.cleaned_data["seed"], by=request.viewer, at=request.at
            )
        except DomainError as error:
            if error.status != 422:
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The experts are drawn and told."))
            return redirect(address(request, "panel", found.uuid))
    return panel_page(request, found, draw=form)


@audience(*JUDGES)
@require_POST
def close_panel(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_panel(uuid, viewer=request.viewer)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            actions.close_panel(
                panel=found, reason=form.cleaned_data["reason"], by=request.viewer, at=request.at
            )
        except DomainError as error:
            if error.status == 403:
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The scoring is closed."))
            return redirect(address(request, "panel", found.uuid))
    return panel_page(request, found, close=form)


@audience("expert")
@require_POST
def step_down(request: Any, uuid: UUID) -> HttpResponse:
    """Leave a panel for a conflict of interest."""
    seat = queries.get_seat(uuid, viewer=request.viewer)
    form = ReasonForm(request.POST)
    if form.is_valid():
        actions.step_down(
            seat=seat, reason=form.cleaned_data["reason"], by=request.viewer, at=request.at
        )
        messages.success(request, _("You left the panel; the next in the draw takes over."))
        return redirect(address(request, "scores"))
    panel = queries.get_panel(seat.panel.uuid, viewer=request.viewer)
    return panel_page(request, panel, down=form)


@audience("expert")
def score(request: Any, uuid: UUID, application: UUID) -> HttpResponse:
    """Give one application its points."""
    seat = queries.get_seat(uuid, viewer=request.viewer)
    permissions.can_score(request.viewer, seat).enforce()
    found = queries.get_application(application, viewer=request.viewer)
    step = queries.step_of_panel(seat.panel)
    criteria = step.scoring.criteria if step.scoring else ()
    form = ScoreForm(request.POST or None, criteria=criteria)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_points(
                seat=seat,
                application=found,
                points=form.points(),
                comments=form.comments(),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            if error.status != 422:
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("Your points are given. They cannot be changed any more."))
            return redirect(address(request, "panel", seat.panel.uuid))
    context = {
        "form": form,
        "seat": seat,
        "application": found,
        "step": step,
        "most": sum(criterion.points for criterion in criteria),
    }
    return page(request, "registers/score.html", context, status=422 if form.errors else 200)
