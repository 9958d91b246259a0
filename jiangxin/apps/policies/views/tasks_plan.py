"""Pages that show tasks in time: the plan as bars, and the calendar."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from jiangxin.apps.policies import queries
from jiangxin.apps.policies.views.tasks import READERS, address, work_tabs
from jiangxin.apps.policies.views.tasks_forms import TaskFilter
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page

# bars beyond this make no picture; the list has all of them
MOST_BARS = 300


def _filtered(request: Any) -> tuple[Any, Any]:
    only_mine = request.GET.get("mine") == "1"
    rows = queries.tasks(viewer=request.viewer, region=request.region, only_mine=only_mine)
    chosen = TaskFilter(request.GET, queryset=rows, request=request)
    return chosen, chosen.qs


@audience(*READERS)
@require_safe
def tasks_plan(request: Any) -> HttpResponse:
    filters, rows = _filtered(request)
    found = list(rows[: MOST_BARS + 1])
    context = {
        "filters": filters,
        "plan": queries.plan(found[:MOST_BARS], on=request.at.date()),
        "is_cut": len(found) > MOST_BARS,
        "tabs": work_tabs(request, "tasks_plan"),
    }
    return page(request, "policies/tasks_plan.html", context)


@audience(*READERS)
@require_safe
def tasks_calendar(request: Any) -> HttpResponse:
    filters, rows = _filtered(request)
    on = request.at.date()
    month = queries.month(
        rows.filter(due_on__isnull=False),
        first=queries.month_of(request.GET.get("month", ""), on=on),
        on=on,
    )
    context = {
        "filters": filters,
        "month": month,
        "before": address(request, "tasks_calendar", month=month.before),
        "after": address(request, "tasks_calendar", month=month.after),
        "tabs": work_tabs(request, "tasks_calendar"),
    }
    return page(request, "policies/tasks_calendar.html", context)
