"""Addresses, tabs and audiences that the pages of this app share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.workflow import EDITABLE, FilingState

READERS = ("operator", "leader", "officer", "auditor", "office", "school", "enterprise")
FILERS = ("officer", "leader", "office", "school", "enterprise")
REVIEWERS = ("officer", "leader")
MANAGERS = ("operator", "officer")
BUREAUS = ("operator", "leader", "officer", "auditor")


def address(request: Any, name: str, *args: Any, **query: Any) -> str:
    """Return the address of a page of this app with region and year kept."""
    kept = {key: request.GET[key] for key in ("region", "year") if request.GET.get(key)}
    parts = {**kept, **{key: value for key, value in query.items() if value not in (None, "")}}
    url = reverse(f"collections:{name}", args=args)
    return f"{url}?{urlencode(parts)}" if parts else url


def tabs(request: Any, current: str) -> list[dict[str, Any]]:
    """Return the tabs over the pages of this app that the viewer may open."""
    roles = request.viewer.roles
    views = [
        ("collections", _("Collections"), READERS),
        ("matrix", _("Filed and not filed"), BUREAUS),
        ("queue", _("To review"), REVIEWERS),
    ]
    return [
        {"label": label, "url": address(request, name), "is_current": name == current}
        for name, label, audience in views
        if roles & set(audience)
    ]


def file_address(value: Mapping[str, Any]) -> str:
    """Return the address of a file that a return keeps."""
    return reverse("collections:attachment", args=[value["uuid"]])


def number(request: Any, name: str) -> int:
    """Return a number that a form carries along; 0 where it is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def download(content: bytes, name: str, kind: str = "application/octet-stream") -> HttpResponse:
    """Answer with a file to be saved, never shown as a page."""
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


# how states look; their words come from the workflow
FILING_LOOKS = {
    "not_begun": "planned",
    "draft": "draft",
    "submitted": "submitted",
    "returned": "returned",
    "approved": "approved",
    "locked": "confirmed",
    "amended": "in_review",
    "excused": "withdrawn",
}
EDITION_LOOKS = {"planned": "planned", "open": "open", "closed": "ended", "locked": "confirmed"}
IMPORT_LOOKS = {
    "uploaded": "queued",
    "checked": "in_review",
    "applied": "done",
    "discarded": "withdrawn",
}


def filing_look(state: str, *, overdue: bool = False) -> tuple[str, str]:
    """Return how the state of a return looks, and its word."""
    if overdue and state in EDITABLE:
        return "overdue", str(FilingState(state).label)
    return FILING_LOOKS[state], str(FilingState(state).label)


def edition_look(edition: Any) -> tuple[str, str]:
    """Return how the state of an edition looks, and its word."""
    return EDITION_LOOKS[edition.state], edition.get_state_display()


def bureau_region(request: Any, top: str) -> Any:
    """Return the region of the bar if the viewer sees collections there, else the viewer's own.

    Args:
        top: keep to this region path; "" is everywhere.

    Returns:
        None where the viewer sees no collections of a region: filers see their own returns alone.
    """
    region = request.region
    is_within = region is not None and region.path.startswith(top)
    if is_within and request.viewer.holds("collections.view", region.path):
        return region
    held = [
        path
        for path in request.viewer.paths("collections.view")
        if "@" not in path and (path.startswith(top) or top.startswith(path))
    ]
    if not held:
        return None
    path = min((max(path, top, key=len) for path in held), key=len)
    return lists.regions_at([path], on=request.at.date()).get(path)
