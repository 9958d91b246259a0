"""What every template may use: who looks, at which region and year, and the way around."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from jiangxin.apps.notices import queries as notices
from jiangxin.apps.reference import queries as reference
from jiangxin.config import demo
from jiangxin.config.navigation import menu_for


def page(request: Any) -> dict[str, Any]:
    """Return the context shared by all pages; empty before the viewer is known."""
    viewer = getattr(request, "viewer", None)
    if viewer is None:
        return {}
    region = request.region
    is_demo = demo.is_present()

    def region_line() -> list[Any]:
        return [*reference.ancestors_of(region.code, on=request.at.date()), region]

    return {
        "viewer": viewer,
        "region": region,
        # the regions from the nation down to this one; asked for only where they are shown
        "region_line": SimpleLazyObject(region_line) if region else [],
        # the data shown are made up: every page says so, the sign-in page lists the people
        "is_demo": is_demo,
        "demo_sign_ins": SimpleLazyObject(demo.cards) if is_demo else [],
        "unread_notices": SimpleLazyObject(lambda: notices.unread_count(viewer)),
        "year": request.year,
        "years": range(request.at.year - 8, request.at.year + 2),
        "menu": menu_for(viewer),
        "debug": settings.DEBUG,
    }
