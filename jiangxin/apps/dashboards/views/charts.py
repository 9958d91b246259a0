"""Chart options of the first pages, and the lists behind their pieces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.dashboards.queries import Branch, YearOfDeadline
from jiangxin.apps.policies.queries import STANDINGS
from jiangxin.ui.statuses import look


def target_links(region: Any, **query: Any) -> dict[str, str]:
    """Return the address of the list of targets behind each standing in a region."""
    address = reverse("policies:targets")
    return {
        code: f"{address}?{urlencode({'region': region.code, 'standing': code, **query})}"
        for code in STANDINGS
    }


def by_deadline(years: Sequence[YearOfDeadline], region: Any) -> dict[str, Any]:
    """Stack the standings of the promises due in each year; a click opens their list."""
    links = [target_links(region, due_year=one.year) if one.year else {} for one in years]
    names = [str(one.year) if one.year else _("no deadline") for one in years]
    series = [
        {
            "name": str(look(code).label),
            "type": "bar",
            "stack": "all",
            "barMaxWidth": 36,
            "itemStyle": {"color": f"var(--status-{code})"},
            "data": [
                {"value": one.counts[code], "url": links[place].get(code, "")}
                for place, one in enumerate(years)
            ],
        }
        for code in STANDINGS
    ]
    return {
        "grid": {"left": 8, "right": 8, "top": 40, "bottom": 4, "containLabel": True},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }


def by_region(tree: Branch) -> dict[str, Any]:
    """Stack the standings of the promises of each region directly below."""
    rows = list(reversed(tree.below or [tree]))
    series = [
        {
            "name": str(look(code).label),
            "type": "bar",
            "stack": "all",
            "barMaxWidth": 28,
            "itemStyle": {"color": f"var(--status-{code})"},
            "data": [row.counts[code] for row in rows],
        }
        for code in STANDINGS
    ]
    return {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 4, "containLabel": True},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {"type": "category", "data": [row.name for row in rows]},
        "series": series,
    }
