"""What all apps publish under one name, joined: what is found, what waits, what is due."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from importlib import import_module, util
from inspect import signature
from typing import Any

from django.apps import apps
from django.urls import reverse

from jiangxin.apps.reference.models import Region
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


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for the viewer, from whichever app."""

    title: str
    url: str
    kind: str
    due_on: datetime.date | None
    is_overdue: bool
    is_simulated: bool = False


def todos(*, viewer: Viewer, on: datetime.date) -> list[Waiting]:
    """List what waits for the viewer in all apps: overdue first, then by deadline."""
    if viewer.is_public:
        return []
    found = [
        Waiting(
            str(todo.title),
            todo.url,
            str(todo.kind),
            todo.due_on,
            bool(todo.overdue or (todo.due_on and todo.due_on < on)),
            bool(getattr(todo, "is_simulated", False)),
        )
        for function in published("todos_for")
        for todo in function(viewer, on=on)
    ]
    return sorted(found, key=lambda w: (not w.is_overdue, w.due_on or datetime.date.max, w.kind))


@dataclass(frozen=True, slots=True)
class Due:
    """Something due on a day, from whichever app.

    Args:
        for_whom: who has to deliver, in words.
        filed: whether it was delivered; None where nothing is delivered, as on a meeting's day.
        status: code of ui.statuses.
    """

    kind: str
    title: str
    url: str
    on: datetime.date
    status: str
    for_whom: str
    filed: bool | None
    is_simulated: bool

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been delivered by now."""
        return self.status == "overdue"


def dues(
    *,
    viewer: Viewer,
    region: Region | None,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
) -> list[Due]:
    """List what is due in all apps from `first` to `last`, in order of days.

    Todos of the viewer with a day are added; what an app lists as due as well stands once, as the
    app knows its state better.
    """
    if viewer.is_public:
        return []
    found: dict[tuple[str, datetime.date], Due] = {}
    for function in published("due_items"):
        for item in function(viewer, first=first, last=last, on=on, region=region):
            due = Due(
                str(item.kind),
                str(item.title),
                item.url,
                item.due_on,
                item.status,
                str(item.for_whom),
                item.filed,
                bool(item.is_simulated),
            )
            found.setdefault((due.url, due.on), due)
    for todo in todos(viewer=viewer, on=on):
        if todo.due_on is not None and first <= todo.due_on <= last:
            status = "overdue" if todo.is_overdue else "open"
            due = Due(
                todo.kind, todo.title, todo.url, todo.due_on, status,
                viewer.name, False, todo.is_simulated,
            )  # fmt: skip
            found.setdefault((due.url, due.on), due)
    return sorted(found.values(), key=lambda due: (due.on, due.kind, due.title))
