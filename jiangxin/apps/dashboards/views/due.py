"""Supervision calendar: the month's sheet, and the list of what is due, for whom, filed or not."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from jiangxin.apps.dashboards import forms, queries
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

_DAY = datetime.timedelta(days=1)
# how far back what was never delivered is still shown
_LATE = 365 * _DAY


@audience("signed-in")
@require_GET
def calendar(request: Any) -> HttpResponse:
    on = timezone.localdate(request.at)
    month = queries.month(
        first=_month_asked(request.GET.get("month", ""), on),
        region=request.region,
        viewer=request.viewer,
        on=on,
    )
    context = {"month": month, "on": on, "tabs": _tabs("calendar")}
    return page(request, "dashboards/calendar.html", context)


@audience("signed-in")
@require_GET
def due(request: Any) -> HttpResponse:
    on = timezone.localdate(request.at)
    span = request.GET.get("span", "")
    first, last = _days(span, on)
    rows = queries.dues(viewer=request.viewer, region=request.region, first=first, last=last, on=on)
    if span not in ("quarter", "year", "before"):
        rows = [row for row in rows if row.on >= on or row.is_overdue or row.filed is False]
    listing = Listing(
        request,
        rows,
        (
            Column("title", gettext_lazy("Item due"), link=lambda row: row.url),
            Column("kind", gettext_lazy("Kind"), sort="kind"),
            Column("on", gettext_lazy("Due on"), kind="date", sort="on"),
            Column("for_whom", gettext_lazy("For whom"), sort="for_whom"),
            Column("filed", gettext_lazy("Filed"), value=_filed),
            Column("status", gettext_lazy("State"), kind="status", sort="status"),
        ),
        search=True,
        filterset=DueFilters,
        name="due",
        empty=gettext_lazy("Nothing is due in this time."),
    )
    counts = {
        "late": sum(row.is_overdue for row in rows),
        "open": sum(row.filed is False and not row.is_overdue for row in rows),
        "filed": sum(row.filed is True for row in rows),
    }
    context = {"listing": listing, "tabs": _tabs("due"), "counts": counts}
    return listing.response() or page(request, "dashboards/due.html", context)


class DueFilters:
    """Filters over rows that all apps gave."""

    def __init__(self, data: Any, *, queryset: list[queries.Due], request: Any) -> None:
        self.form = forms.DueFilter(data)
        choices: Any = self.form.fields
        every = [("", _("all"))]
        for name, found in (
            ("kind", {row.kind for row in queryset}),
            ("whom", {row.for_whom for row in queryset if row.for_whom}),
        ):
            choices[name].choices = every + [(word, word) for word in sorted(found)]
        self.qs = [row for row in queryset if self._fits(row)]

    def _fits(self, row: queries.Due) -> bool:
        values = self.form.cleaned_data if self.form.is_valid() else {}
        filed = values.get("filed", "")
        return (
            values.get("kind", "") in ("", row.kind)
            and values.get("whom", "") in ("", row.for_whom)
            and (
                not filed
                or (filed == "yes" and row.filed is True)
                or (filed == "no" and row.filed is False)
                or (filed == "late" and row.is_overdue)
            )
        )


def _filed(row: queries.Due) -> str:
    if row.filed is None:
        return ""
    return _("filed") if row.filed else _("not filed")


def _days(span: str, on: datetime.date) -> tuple[datetime.date, datetime.date]:
    if span == "quarter":
        return on, on + 92 * _DAY
    if span == "year":
        return datetime.date(on.year, 1, 1), datetime.date(on.year, 12, 31)
    if span == "before":
        return datetime.date(on.year - 1, 1, 1), datetime.date(on.year - 1, 12, 31)
    return on - _LATE, on + 30 * _DAY


def _tabs(current: str) -> list[dict[str, object]]:
    labels = {"due": _("As a list"), "calendar": _("By month")}
    return [
        {"label": label, "url": reverse(f"dashboards:{name}"), "is_current": name == current}
        for name, label in labels.items()
    ]


def _month_asked(text: str, on: datetime.date) -> datetime.date:
    try:
        asked = datetime.date.fromisoformat(f"{text}-01")
    except ValueError:
        return on.replace(day=1)
    return asked if 1990 <= asked.year <= 2100 else on.replace(day=1)
