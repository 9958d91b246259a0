"""What the first pages show, joined from what the apps below publish."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from importlib import import_module, util
from inspect import signature
from typing import Any

from django.apps import apps
from django.urls import reverse

from jiangxin.core.permissions import Viewer


def published(name: str) -> list[Any]:
    """List the functions of this name in the queries of all apps below, top of the ladder first."""
    found = []
    for config in apps.get_app_configs():
        if not config.name.startswith("jiangxin.apps.") or config.label == "dashboards":
            continue
        if util.find_spec(f"{config.name}.queries"):
            function = getattr(import_module(f"{config.name}.queries"), name, None)
            if function is not None:
                found.append(function)
    return found


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found, with the address of its page."""

    title: str
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class Found:
    """A group of hits of one kind."""

    kind: str
    hits: list[Hit]


def search(*, viewer: Viewer, text: str, on: datetime.date) -> list[Found]:
    """Find whatever the viewer may see by a word: what each app's `search` returns, by kind."""
    text = text.strip()
    groups: dict[str, list[Hit]] = {}
    for function in published("search") if text else []:
        dated = {"on": on} if "on" in signature(function).parameters else {}
        for hit in function(viewer, text, **dated):
            url = getattr(hit, "url", "") or reverse(hit.url_name, args=hit.arguments)
            found = Hit(str(hit.title), str(getattr(hit, "detail", "")), url)
            groups.setdefault(str(hit.kind), []).append(found)
    return [Found(kind, hits) for kind, hits in groups.items()]
