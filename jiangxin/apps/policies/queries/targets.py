"""Reads of targets: the list, one target with its words, and what may measure it."""

from __future__ import annotations

import datetime
import uuid as uuids
from dataclasses import dataclass

from django.db.models import Prefetch

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.indicators.queries.definitions import label_of
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies.models import Target
from jiangxin.apps.policies.queries.segments import Segment
from jiangxin.apps.policies.queries.standings import Standing, standings
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


def targets(
    *,
    viewer: Viewer,
    on: datetime.date,
    region_path: str = "",
    document: uuids.UUID | str = "",
    standing: str = "",
    due_year: int | None = None,
    binding: str = "",
    text: str = "",
) -> list[Standing]:
    """List adopted targets with where they stand, nearest deadline first.

    Args:
        region_path: only targets of this region and of those below it.
        binding: "bound" (confirmed), "suggested" or "none".
        text: words of the metric or of whom it concerns.
    """
    rows = (
        Target.objects.visible_to(viewer).adopted().select_related("region", "document", "clause")
    )
    rows = rows.defer("document__text", "document__references")
    if region_path:
        rows = rows.filter(region__path__startswith=region_path)
    if document:
        rows = rows.filter(document__uuid=document)
    if due_year:
        rows = rows.filter(due_on__year=due_year)
    if binding:
        rows = rows.filter(binding="confirmed" if binding == "bound" else binding)
    if text:
        rows = rows.filter(metric__icontains=text) | rows.filter(scope_text__icontains=text)
    found = standings(rows, viewer=viewer, on=on)
    if standing:
        found = [row for row in found if row.standing == standing]
    latest = datetime.date.max
    return sorted(
        found, key=lambda row: (row.due_on or latest, row.target.document_id, row.target.pk)
    )


def get_target(uuid: uuids.UUID | str, *, viewer: Viewer) -> Target:
    """Return one target that the viewer may see, or raise NotFound."""
    target = (
        Target.objects.visible_to(viewer)
        .filter(uuid=uuid)
        .select_related("document__region", "document__scope", "region", "clause__parent")
        .prefetch_related(Prefetch("owners", organisations.organisations(viewer=viewer)))
        .first()
    )
    if target is None:
        raise NotFound
    return target


# letters of the text shown before and after the words of a target
CONTEXT = 160


def words_of(target: Target) -> list[Segment]:
    """Return the words of the target marked within its surroundings; empty without the text."""
    text = target.document.text
    if target.start is None or target.end is None or target.end > len(text):
        return []
    clause = target.clause
    begin = max(target.start - CONTEXT, clause.start or 0 if clause else 0, 0)
    end = min(target.end + CONTEXT, clause.end or len(text) if clause else len(text), len(text))
    before, words, after = (
        text[begin : target.start],
        text[target.start : target.end],
        text[target.end : end],
    )
    cut = "…"
    parts = [
        Segment((cut if begin else "") + before, "", (), ()),
        Segment(words, "", (target,), (target,)),
        Segment(after + (cut if end < len(text) else ""), "", (), ()),
    ]
    return [part for part in parts if part.text]


def indicator_options() -> list[tuple[str, str]]:
    """List all indicators by name, for a person who knows better than the suggestions."""
    return sorted(
        ((d.code, label_of(d.label)) for d in indicators.definitions()), key=lambda o: o[1]
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """An indicator that may measure a target, why, and whether a person rejected it."""

    code: str
    label: str
    score: float
    reason: str
    is_rejected: bool


def binding_choices(target: Target) -> list[Choice]:
    """List indicators that may measure the target, best first, the rejected ones last."""
    found = indicators.suggest(target.metric, unit=target.unit, scope=target.scope_text, limit=8)
    choices = [
        Choice(s.code, s.label, s.score, s.reason, s.code in target.rejected_indicators)
        for s in found
    ]
    return sorted(choices, key=lambda choice: (choice.is_rejected, -choice.score))
