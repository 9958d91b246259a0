"""What the first pages show, joined from what the apps below publish."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from importlib import import_module, util
from typing import Any

from django.apps import apps

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
class Found:
    """A group of hits of one kind."""

    kind: str
    hits: list[Any]


def search(*, viewer: Viewer, text: str, on: datetime.date) -> list[Found]:
    """Find whatever the viewer may see by a word: what each app's `search` returns, by kind."""
    groups: dict[str, list[Any]] = {}
    if text.strip():
        for function in published("search"):
            for hit in function(viewer, text.strip(), on=on):
                groups.setdefault(str(hit.kind), []).append(hit)
    return [Found(kind, hits) for kind, hits in groups.items()]
