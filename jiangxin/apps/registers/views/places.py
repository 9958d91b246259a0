"""Addresses, tabs and the tile map that the pages of this app share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers import permissions, queries
from jiangxin.core.forms import Field, Form
from jiangxin.core.permissions import refuse

READERS = ("operator", "leader", "officer", "auditor", "office", "school", "enterprise")
APPLICANTS = ("officer", "office", "school", "enterprise")
JUDGES = ("leader", "officer")
KEEPERS = ("operator", "officer")
SHADES = 4


def address(request: Any, name: str, *args: Any, **query: Any) -> str:
    """Return the address of a page of this app with region and year kept."""
    kept = {key: request.GET[key] for key in ("region", "year") if request.GET.get(key)}
    parts = {**kept, **{key: value for key, value in query.items() if value not in (None, "")}}
    url = reverse(f"registers:{name}", args=args)
    return f"{url}?{urlencode(parts)}" if parts else url


def tabs(request: Any, current: str) -> list[dict[str, Any]]:
    """Return the tabs over the pages of this app that the viewer may open."""
    roles = request.viewer.roles
    views = [
        ("entries", _("Registers"), READERS),
        ("applications", _("Applications"), READERS),
        ("queue", _("To judge"), JUDGES),
        ("scores", _("To score"), ("expert",)),
        ("calls", _("Calls"), READERS),
        ("compare", _("Compare years"), READERS),
        ("publicity", _("Public notice"), None),
        ("directory", _("Public directory"), None),
        ("types", _("Types"), ("operator",)),
    ]
    return [
        {"label": label, "url": address(request, name), "is_current": name == current}
        for name, label, audience in views
        if audience is None or roles & set(audience)
    ]


def file_address(value: Mapping[str, Any]) -> str:
    """Return the address of a file that a form keeps."""
    return reverse("registers:attachment", args=[value["uuid"]])


def file_field(form: Form, field: Field) -> str:
    """Return where a file belongs: the code of the field, or "table.column"."""
    for known in form.fields:
        if any(column is field for column in known.columns):
            return f"{known.code}.{field.code}"
    return field.code


def may_keep(request: Any) -> Any:
    """Answer whether the viewer may call and take over lists in the region on top of the page."""
    if request.region is None:
        return refuse(_("Load the administrative divisions first."))
    return permissions.can_take_over(request.viewer, request.region.path)


def tiles(request: Any, counts: Mapping[str, int], name: str, **query: Any) -> list[dict[str, Any]]:
    """Return a tile for each region directly below the one on top, shaded by its count.

    Args:
        counts: how many there are, by code of any region below.
        name: page that a tile opens, with its `query`.
    """
    if request.region is None:
        return []
    below = reference.children_of(request.region.code, on=request.at.date())
    sums = {
        place.code: sum(n for path, n in counts.items() if path.startswith(place.path))
        for place in below
    }
    most = max(sums.values(), default=0)
    return [
        {
            "name": place.name,
            "count": sums[place.code],
            "shade": -(-SHADES * sums[place.code] // most) if most else 0,
            "url": f"{reverse(f'registers:{name}')}?"
            + urlencode({"region": place.code, **{k: v for k, v in query.items() if v}}),
        }
        for place in below
    ]


def type_choices(request: Any) -> list[tuple[str, str]]:
    """Return code and name of every type, for choices."""
    return list(queries.type_labels(on=request.at.date()).items())


def number_in(request: Any, name: str) -> int:
    """Return a whole number that was sent; 0 if it is none."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
