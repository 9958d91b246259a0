"""Pages about accountability: the scorecard, the rows behind it, kept editions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.policies import actions, permissions, queries, workflow
from jiangxin.apps.policies.views.targets import judged_on
from jiangxin.apps.policies.views.tasks import address
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import NotFound
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page


def part_labels() -> dict[str, str]:
    """Return the word for each part of the score."""
    return {
        "targets": _("Targets reached or on the way"),
        "tasks": _("Due tasks done"),
        "timeliness": _("Done in time"),
        "coverage": _("Clauses of the region above taken up"),
    }


@audience("public")
@require_safe
def scorecard(request: Any) -> HttpResponse:
    if request.region is None:
        raise NotFound(_("Load the administrative divisions first."))
    viewer, region = request.viewer, request.region
    may_see = viewer.holds("policies.view", region.path)
    context: dict[str, Any] = {
        "kept": queries.scorecards(viewer=viewer, region=region)[:30],
        "may_see": may_see,
        "may_keep": permissions.can_compute_scorecard(viewer, region.path),
        "card": None,
    }
    if may_see:
        card = queries.scorecard(region=region, viewer=viewer, on=judged_on(request))
        context |= {"card": card, "heads": _heads(card.weights), "rows": _rows(card.plain())}
    return page(request, "policies/scorecard.html", context)


def _heads(weights: Any) -> list[dict[str, Any]]:
    total = sum(weights.values()) or 1
    labels = part_labels()
    return [
        {"code": code, "label": labels[code], "weight": weights.get(code, 0) / total}
        for code in queries.PARTS
    ]


def _rows(plain: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of a live or a kept card with their parts in the order of the table."""
    return [
        {
            **row,
            "cells": [row["parts"][code] for code in queries.PARTS],
            "standings": {code: row["counts"].get(code, 0) for code in queries.STANDINGS},
            "overdue": row["counts"].get("overdue", 0),
        }
        for row in plain
    ]


@audience("operator", "leader", "officer", "auditor", "expert")
@require_safe
def score(request: Any, code: str) -> HttpResponse:
    """Show the rows behind the score of one government."""
    child = reference.get_region(code, on=request.at.date())
    if request.region is None or not child.path.startswith(request.region.path):
        raise NotFound
    request.viewer.holds("policies.view", child.path).enforce()
    on = judged_on(request)
    card = queries.scorecard(region=request.region, viewer=request.viewer, on=on)
    rows = [row for row in _rows(card.plain()) if row["code"] == code]
    if not rows:
        raise NotFound
    context = {
        "child": child,
        "row": rows[0],
        "heads": _heads(card.weights),
        "points": card.points,
        "behind": queries.behind_score(
            region=request.region, child=child, viewer=request.viewer, on=on
        ),
    }
    return page(request, "policies/score.html", context)


@audience("officer")
@require_POST
def keep_scorecard(request: Any) -> HttpResponse:
    if request.region is None:
        raise NotFound
    kept = actions.keep_scorecard(region=request.region, by=request.viewer, at=request.at)
    messages.success(request, _("The scorecard is kept as it stands today."))
    return redirect(address(request, "kept_scorecard", kept.uuid))


@audience("public")
@require_safe
def kept_scorecard(request: Any, uuid: str) -> HttpResponse:
    kept = queries.get_scorecard(uuid, viewer=request.viewer)
    may_publish = permissions.can_publish_scorecard(request.viewer, kept)
    context = {
        "kept": kept,
        "heads": _heads(kept.weights),
        "rows": _rows(kept.rows),
        "moves": workflow.SHEET.possible(kept.state) if may_publish else [],
    }
    return page(request, "policies/kept_scorecard.html", context)


@audience("leader")
@require_POST
def move_scorecard(request: Any, uuid: str) -> HttpResponse:
    kept = queries.get_scorecard(uuid, viewer=request.viewer)
    kept = actions.move_scorecard(
        card=kept, move=request.POST.get("move", ""), by=request.viewer, at=request.at
    )
    messages.success(
        request, _("The scorecard is now: %(state)s.") % {"state": kept.get_state_display()}
    )
    return redirect(address(request, "kept_scorecard", kept.uuid))
