"""What every template may use: who looks, at which region and year, and the way around."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from jiangxin.config.navigation import menu_for


def page(request: Any) -> dict[str, Any]:
    """Return the context shared by all pages; empty before the viewer is known."""
    viewer = getattr(request, "viewer", None)
    if viewer is None:
        return {}
    return {
        "viewer": viewer,
        "region": request.region,
        "year": request.year,
        "years": range(request.at.year - 8, request.at.year + 2),
        "menu": menu_for(viewer),
        "debug": settings.DEBUG,
    }
