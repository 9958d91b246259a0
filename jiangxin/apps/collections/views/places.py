"""Addresses, tabs and audiences that the pages of this app share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

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
