"""The matrix: who filed what, filers down and collections across."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from jiangxin.apps.collections import queries
from jiangxin.apps.collections.views.collections import bar_of
from jiangxin.apps.collections.views.places import (
    BUREAUS,
    address,
    bureau_region,
    filing_look,
    tabs,
)
from jiangxin.core.http import audience
from jiangxin.core.permissions import refuse
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

SIZE = 50
# more editions side by side cannot be read
WIDEST = 16


@audience(*BUREAUS)
@require_safe
def matrix(request: Any) -> HttpResponse:
    """Show which filers of a region handed in what in a year."""
    viewer, on = request.viewer, request.at.date()
    region = bureau_region(request, "")
    if region is None:
        refuse(viewer.holds_anywhere("collections.view").reason).enforce()
    every = _editions(request, region)
    chosen = request.GET.get("collection", "")
    columns = _columns(every, chosen)
    shown = columns[:WIDEST]
    editions = [edition for column in shown for edition in column["editions"]]
    text = request.GET.get("q", "").strip()
    number = request.GET.get("page", "")
    start = (int(number) - 1) * SIZE if number.isdecimal() and 0 < int(number) < 10**6 else 0
    is_file = request.GET.get("format") == "xlsx"
    found = queries.matrix(
        editions,
        viewer=viewer,
        on=on,
        within=region.path,
        first=0 if is_file else start,
        size=10**6 if is_file else SIZE,
        text=text,
    )
    rows = [_row(request, row, shown, editions, on) for row in found.rows]
    if is_file:
        return _file(request, rows, shown)
    paginator = Paginator(range(found.filers), SIZE)
    pages = paginator.get_page(start // SIZE + 1)
    totals = dict(zip((edition.pk for edition in editions), found.totals, strict=True))
    context = {
        "region": region,
        "columns": [{**column, **_total(column, totals)} for column in shown],
        "left_out": len(columns) - len(shown),
        "rows": rows,
        "filers": found.filers,
        "page": pages,
        "text": text,
        "chosen": chosen,
        "collections": sorted(
            {(e.collection.code, str(e.definition.label)) for e in every}, key=lambda c: c[1]
        ),
        "tabs": tabs(request, "matrix"),
    }
    return page(request, "collections/matrix.html", context)


def _editions(request: Any, region: Any) -> list[Any]:
    """List the editions of the year for which organisations of the region file."""
    rows = queries.editions(viewer=request.viewer, region=region, year=request.year)
    return [
        edition
        for edition in rows.order_by("due_on", "pk")
        if not edition.definition.audience.regions and edition.state != "planned"
    ]


def _columns(every: Any, chosen: str) -> list[dict[str, Any]]:
    """Put editions of the same collection and period, by whatever bureau, into one column."""
    columns: dict[tuple[int, str], dict[str, Any]] = {}
    for edition in every:
        if chosen and edition.collection.code != chosen:
            continue
        key = (edition.collection_id, edition.title or edition.period)
        column = columns.setdefault(
            key,
            {
                "label": str(edition.definition.label),
                "period": edition.period_label,
                "due_on": edition.due_on,
                "editions": [],
                "is_simulated": edition.is_simulated,
            },
        )
        column["editions"].append(edition)
    return list(columns.values())


def _row(request: Any, row: Any, columns: Any, editions: Any, on: Any) -> dict[str, Any]:
    states = dict(zip((edition.pk for edition in editions), row.states, strict=True))
    cells: list[dict[str, Any] | None] = []
    for column in columns:
        asked = next((e for e in column["editions"] if states[e.pk] is not None), None)
        if asked is None:
            cells.append(None)
            continue
        state, late, _uuid = states[asked.pk]
        look, word = filing_look(state, overdue=asked.due_on < on)
        url = address(request, "filing", asked.uuid, row.scope_uuid)
        cells.append({"look": look, "word": word, "is_late": late, "url": url})
    return {
        "name": row.name,
        "region": row.region,
        "is_simulated": row.is_simulated,
        "cells": cells,
    }


def _total(column: Any, totals: Any) -> dict[str, Any]:
    total = queries.Progress()
    for edition in column["editions"]:
        total.add(totals[edition.pk])
    single = column["editions"][0] if len(column["editions"]) == 1 else None
    return {"total": total, "bar": bar_of(total), "edition": single}


def _file(request: Any, rows: Any, columns: Any) -> HttpResponse:
    heads = [
        Column("name", gettext_lazy("Filer")),
        Column("region", gettext_lazy("Region")),
        *(
            Column(f"c{place}", f"{column['label']} {column['period']}", _word_of(place))
            for place, column in enumerate(columns)
        ),
    ]
    answer = Listing(request, rows, heads, name="returns").response()
    assert answer is not None  # noqa: S101 -- only asked when the address asks for the file
    return answer


def _word_of(place: int) -> Any:
    def word(row: Any) -> str:
        cell = row["cells"][place]
        return cell["word"] if cell else ""

    return word
