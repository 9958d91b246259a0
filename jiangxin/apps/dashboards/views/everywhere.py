"""What every page carries: search, choice of region, colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from jiangxin.apps.dashboards import queries
from jiangxin.apps.reference import queries as reference
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region

YEAR = 365 * 24 * 3600


@audience("public")
@require_GET
def search(request: Any) -> HttpResponse:
    text = request.GET.get("q", "")[:100]
    found = queries.search(viewer=request.viewer, text=text, on=request.at.date())
    context = {"text": text, "found": found}
    return page(request, "dashboards/search.html", context, partial="found")


@audience("public")
@require_GET
def regions(request: Any) -> HttpResponse:
    text = request.GET.get("q", "")[:50].strip()
    on = request.at.date()
    rows: Iterable[Region] = []
    if text:
        rows = reference.regions(on=on, text=text)[:30]
    elif request.region:
        rows = reference.children_of(request.region.code, on=on)
    back = _back(request)
    choices = [
        {"code": r.code, "name": r.name, "level": r.get_level_display(), "url": _at(back, r.code)}
        for r in rows
    ]
    context = {"text": text, "rows": choices}
    return page(request, "dashboards/regions.html", context, partial="found")


@audience("public")
@require_POST
def theme(request: Any) -> HttpResponse:
    answer = HttpResponseRedirect(_back(request))
    chosen = request.POST.get("theme")
    if chosen in ("light", "dark", "auto"):
        answer.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", httponly=True)
    return answer


def _back(request: Any) -> str:
    """Return the address to go back to, if it is one of ours."""
    given = request.POST.get("next") or request.GET.get("next") or "/"
    return given if url_has_allowed_host_and_scheme(given, allowed_hosts=None) else "/"


def _at(address: str, region: str) -> str:
    """Return the address with its region replaced."""
    parts = urlsplit(address)
    query = [(k, v) for k, v in parse_qsl(parts.query) if k not in ("region", "page")]
    return f"{parts.path}?{urlencode([*query, ('region', region)])}"
