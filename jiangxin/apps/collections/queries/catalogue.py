"""Collections, their versions, and who runs them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from jiangxin.apps.collections.models import (
    Collection,
    CollectionVersion,
    InvalidCollection,
    Running,
)
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

RULES = Path(__file__).resolve().parents[3] / "rules" / "collections"


class CollectionNotFound(NotFound):
    """No such collection that the viewer may know of."""

    code = "collection_not_found"


def collections(*, viewer: Viewer) -> QuerySet[Collection]:
    """List collections that the viewer may know of, with their newest version."""
    return Collection.objects.visible_to(viewer).select_related("current", "scope")


def get_collection(code: str, *, viewer: Viewer) -> Collection:
    """Return the collection with this code, or raise CollectionNotFound."""
    found = collections(viewer=viewer).filter(code=code).first()
    if found is None:
        raise CollectionNotFound
    return found


def versions_of(collection: Collection) -> list[CollectionVersion]:
    """List all versions of a collection, newest first."""
    return list(CollectionVersion.objects.filter(collection=collection).order_by("-number"))


def runnings(
    *, viewer: Viewer, on: datetime.date, region: Any = None, collection: Collection | None = None
) -> QuerySet[Running]:
    """List which bureaus run which collections on the day.

    Args:
        region: keep the bureaus whose editions reach this region: its own and those above.
    """
    found: QuerySet[Running] = (
        Running.objects.visible_to(viewer)
        .on(on)
        .select_related("collection__current", "scope", "region")
    )
    if collection is not None:
        found = found.filter(collection=collection)
    if region is not None:
        codes = [code for code in region.path.split("/") if code]
        found = found.filter(region__code__in=codes)
    return found


def get_running(uuid: UUID | str, *, viewer: Viewer) -> Running:
    """Return one running, or raise NotFound."""
    found: Running | None = (
        Running.objects.visible_to(viewer)
        .select_related("collection__current", "scope", "region")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def read_definition(text: str) -> dict[str, Any]:
    """Read YAML as typed on screen or in a file.

    Raises:
        InvalidCollection: it is no YAML.
    """
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = _("line %(line)s") % {"line": mark.line + 1} if mark else ""
        raise InvalidCollection(
            place, _("This is no YAML: %(why)s.") % {"why": getattr(error, "problem", "") or error}
        ) from error
    if not isinstance(raw, dict):
        raise InvalidCollection("", _("Write a mapping that begins with “code:”."))
    return raw
