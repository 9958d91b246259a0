"""The views of one organisation, as tabs: which exist for whom."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import permissions


def tabs_of(request: Any, organisation: Any, current: str) -> list[dict[str, object]]:
    """Return the tabs of an organisation's pages that the viewer may open."""
    inside = bool(permissions.can_view_details(request.viewer, organisation))
    tabs = [
        ("organisation", _("Basic facts"), True),
        ("history", _("History"), True),
        ("school_conditions", _("Running conditions"), inside and organisation.kind == "school"),
        ("ties", _("Ownership, groups, campuses"), inside),
    ]
    kept = {key: request.GET[key] for key in ("region", "year") if key in request.GET}
    query = urlencode(kept)
    return [
        {
            "label": label,
            "url": reverse(f"organisations:{name}", args=[organisation.uuid])
            + (f"?{query}" if query else ""),
            "is_current": name == current,
        }
        for name, label, is_open in tabs
        if is_open
    ]
