"""Collections, their versions, and the bureaus that run them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.collections.models.definition import Definition, parse_definition
from jiangxin.core.models import Entity, Period, PeriodQuerySet
from jiangxin.core.permissions import Viewer


def from_above(viewer: Viewer, *duties: str, field: str = "scope__path") -> Q:
    """Return the filter for rows of the authorities above the viewer: what they ask reaches down."""
    above = {
        path[: end + 1]
        for duty in duties
        for path in viewer.paths(duty)
        for end, letter in enumerate(path)
        if letter == "/"
    }
    return Q(**{f"{field}__in": sorted(above)})


class CollectionQuerySet(models.QuerySet["Collection"]):
    """Filters of collections."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep those that come with the product, and those of the viewer's region or above it."""
        if viewer.is_public:
            return self.none()
        return self.filter(
            Q(scope__isnull=True)
            | viewer.within("collections.view")
            | from_above(viewer, "collections.view", "collections.file")
        )


class Collection(Entity):
    """Something that is asked again and again, under one code."""

    class Source(models.TextChoices):
        RULES = "rules", _("comes with the product")
        SCREEN = "screen", _("made on screen")

    code = models.CharField(max_length=60, unique=True)
    source = models.CharField(max_length=6, choices=Source.choices)
    # the bureau that made it on screen; empty for those that come with the product
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, null=True, related_name="+")
    # the newest version; editions that are open move on to it
    current = models.ForeignKey("CollectionVersion", models.PROTECT, null=True, related_name="+")

    objects = CollectionQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(source="rules", scope__isnull=True)
                | Q(source="screen", scope__isnull=False),
                name="collection_made_on_screen_has_bureau",
                violation_error_message=_("Say which bureau made this collection."),
            )
        ]

    def __str__(self) -> str:
        return str(self.definition.label)

    @property
    def definition(self) -> Definition:
        """The newest version."""
        assert self.current is not None  # noqa: S101 -- saved together with its first version
        return self.current.definition


class VersionQuerySet(models.QuerySet["CollectionVersion"]):
    """Filters of versions."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep versions of collections that the viewer may know of."""
        return self.filter(collection__in=Collection.objects.visible_to(viewer))


class CollectionVersion(Entity):
    """What a collection asked from one moment on; never changed."""

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # as in the YAML file, as JSON text: a JSON column of PostgreSQL forgets the order of the fields
    content = models.TextField()
    # hash of the content; loading the same again makes no version
    sha256 = models.CharField(max_length=64)
    saved_at = models.DateTimeField()
    saved_by_name = models.CharField(max_length=100)

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["collection", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "number"], name="collections_version_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.definition.label} · {self.number}"

    @property
    def definition(self) -> Definition:
        """The content, read; reading happens once in a process."""
        return _parsed(self.content, self.number)


@lru_cache(maxsize=256)
def _parsed(text: str, version: int) -> Definition:
    return parse_definition(json.loads(text), version=version)


class RunningQuerySet(PeriodQuerySet):
    """Filters of runnings."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep what bureaus of the viewer's region, below and above it run."""
        return self.filter(
            viewer.within("collections.view")
            | from_above(viewer, "collections.view", "collections.file")
        )


class Running(Entity, Period):
    """A bureau runs a collection in its region for a period: its editions come by themselves."""

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="runnings")
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=100)

    objects: Any = RunningQuerySet.as_manager()

    class Meta:
        ordering = ["collection", "scope"]
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "scope"],
                condition=Q(ends_on__isnull=True),
                name="collections_running_once",
                violation_error_message=_("This region already runs the collection."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="collections_running_runs_forward",
                violation_error_message=_("The end must not lie before the beginning."),
            ),
        ]
