"""Types of registers and their versions, calls for applications, and who keeps registers here."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.registers.workflow import Level
from jiangxin.core.models import Entity, OrderedJSONField
from jiangxin.core.permissions import Viewer


class TypeQuerySet(models.QuerySet["RegisterType"]):
    """Filters of types."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep all: which registers there are is public."""
        return self.all()


class RegisterType(Entity):
    """A kind of thing that authorities recognise and policies count."""

    class Source(models.TextChoices):
        FILE = "file", _("shipped with the product")
        SCREEN = "screen", _("made or changed on screen")

    code = models.CharField(max_length=60, unique=True)
    # where the newest version came from; one changed on screen is not overwritten by an unchanged file
    source = models.CharField(max_length=6, choices=Source.choices)
    # hash of the file that was read last; empty for a type that has none
    file_hash = models.CharField(max_length=64, blank=True)
    # no new applications; what was recognised stays
    is_retired = models.BooleanField(default=False)
    # last public register number given out
    last_number = models.PositiveIntegerField(default=0)

    objects: Any = TypeQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class VersionQuerySet(models.QuerySet["TypeVersion"]):
    """Filters of versions."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep all: what a register asks for is public."""
        return self.all()


class TypeVersion(Entity):
    """One wording of a type: its fields, levels, steps and counting rules, never changed."""

    type = models.ForeignKey(RegisterType, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # complete: what the type takes over from another by `extends` is written out
    definition = OrderedJSONField()
    hash = models.CharField(max_length=64)
    in_force_from = models.DateField()
    made_by_name = models.CharField(max_length=100)
    made_at = models.DateTimeField()

    objects: Any = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["type", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["type", "number"], name="register_version_once")
        ]


class CallQuerySet(models.QuerySet["Call"]):
    """Filters of calls."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep calls of the regions above and below the viewer, whom they concern."""
        if viewer.is_system:
            return self.all()
        condition = viewer.within("registers.view")
        # a call of the province is for everybody within it
        above = {
            path[: i + 1]
            for path in viewer.paths("registers.view")
            for i, letter in enumerate(path)
            if letter == "/"
        }
        return self.filter(condition | Q(scope__path__in=above))

    def open_at(self, at: datetime.datetime) -> Self:
        """Keep calls that take applications at this moment."""
        return self.filter(opens_at__lte=at, closes_at__gt=at)


class Call(Entity):
    """An authority asks for applications within a window, perhaps up to a number."""

    type = models.ForeignKey(RegisterType, models.PROTECT, related_name="calls")
    level = models.CharField(max_length=12, choices=Level.choices)
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    opens_at = models.DateTimeField()
    # exclusive
    closes_at = models.DateTimeField()
    # at most so many are recognised; empty: no limit
    quota = models.PositiveIntegerField(null=True)
    # title and number of the notice that calls
    document = models.CharField(max_length=200, blank=True)
    made_by_name = models.CharField(max_length=100)

    objects: Any = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-closes_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="register_call_runs_forward",
                violation_error_message=_("A call must close after it opens."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def is_open(self, at: datetime.datetime) -> bool:
        """Whether it takes applications at this moment."""
        return self.opens_at <= at < self.closes_at


class KeepingQuerySet(models.QuerySet["Keeping"]):
    """Filters of keepings."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep those of regions whose registers the viewer sees."""
        return self.filter(viewer.within("registers.view"))


class Keeping(Entity):
    """A region keeps all its registers here since a year: no row then means none."""

    scope = models.OneToOneField("accounts.Scope", models.PROTECT, related_name="+")
    region = models.OneToOneField("reference.Region", models.PROTECT, related_name="+")
    since_year = models.PositiveIntegerField()
    said_by_name = models.CharField(max_length=100)
    said_at = models.DateTimeField()

    objects: Any = KeepingQuerySet.as_manager()
