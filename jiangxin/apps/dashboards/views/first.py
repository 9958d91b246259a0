"""First pages: home of a person, cockpit of a region, what the public sees, what is due."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from jiangxin.apps.dashboards import queries
from jiangxin.apps.dashboards.views import charts
from jiangxin.core.errors import NotFound
from jiangxin.core.http import audience
from jiangxin.core.permissions import Viewer
from jiangxin.ui.htmx import page


@audience("public")
@require_GET
def home(request: Any) -> HttpResponse:
    viewer: Viewer = request.viewer
    if viewer.is_public:
        query = request.GET.urlencode()
        return redirect(reverse("dashboards:public") + (f"?{query}" if query else ""))
    on = timezone.localdate(request.at)
    found = queries.home(viewer=viewer, region=request.region, year=request.year, on=on)
    links = charts.target_links(request.region) if request.region else {}
    context = {"home": found, "on": on, "hour": timezone.localtime(request.at).hour, "links": links}
    return page(request, "dashboards/home.html", context)


@audience("operator", "leader", "officer", "auditor")
@require_GET
def cockpit(request: Any) -> HttpResponse:
    return page(request, "dashboards/cockpit.html", _cockpit(request))


@audience("operator", "leader", "officer", "auditor")
@require_GET
def wall(request: Any) -> HttpResponse:
    return page(request, "dashboards/wall.html", _cockpit(request), partial="board")


@audience("public")
@require_GET
def public(request: Any) -> HttpResponse:
    on = timezone.localdate(request.at)
    found = queries.public_page(region=request.region, on=on) if request.region else None
    return page(request, "dashboards/public.html", {"public": found, "on": on})


def _cockpit(request: Any) -> dict[str, Any]:
    if request.region is None:
        raise NotFound(
            _("No regions are loaded yet. Ask the operator to load the administrative divisions.")
        )
    on = timezone.localdate(request.at)
    found = queries.cockpit(region=request.region, year=request.year, viewer=request.viewer, on=on)
    return {
        "cockpit": found,
        "is_own": bool(request.viewer.holds("dashboards.view", request.region.path)),
        "on": on,
        "at": request.at,
        "links": charts.target_links(request.region),
        "by_deadline": charts.by_deadline(found.by_deadline, request.region),
        "by_region": charts.by_region(found.tree),
    }
