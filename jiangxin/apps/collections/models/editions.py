"""Editions of a collection: one occurrence in a region, and how far it was approved."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from jiangxin.apps.collections.models.collections import Collection, CollectionVersion, from_above
from jiangxin.apps.collections.models.definition import Definition
from jiangxin.apps.collections.workflow import EditionState
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class EditionQuerySet(models.QuerySet["Edition"]):
    """Filters of editions."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep editions of the viewer's region and below, and what authorities above ask."""
        return self.filter(
            viewer.within("collections.view")
            | from_above(viewer, "collections.view", "collections.file")
        )

    def running(self) -> Self:
        """Keep editions that are not locked yet and have begun."""
        return self.filter(state__in=[EditionState.OPEN, EditionState.CLOSED])


class Edition(Entity):
    """One occurrence of a collection: who asks, for which period, until when."""

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="editions")
    # moves on to the newest version until the edition closes; filings keep their own
    version = models.ForeignKey(CollectionVersion, models.PROTECT, related_name="+")
    # the bureau that asks, and its region
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # "2026", "2026-autumn", "2026-Q1", "2026-03", or the number of a call
    period = models.CharField(max_length=20)
    # of a call: what people name it; the others are named by their period
    title = models.CharField(max_length=200, blank=True)
    # the year of which the returns speak
    year = models.PositiveSmallIntegerField()
    opens_on = models.DateField(gettext_lazy("opens"))
    # last days, included: for being on time, and for being taken at all
    due_on = models.DateField(gettext_lazy("deadline"))
    late_until = models.DateField(gettext_lazy("taken until"))
    state = models.CharField(
        max_length=8, choices=EditionState.choices, default=EditionState.PLANNED
    )
    # what is usual: {stage: {field: [count, median, median absolute deviation]}}
    peers = models.JSONField(default=dict)
    locked_at = models.DateTimeField(null=True)
    locked_by_name = models.CharField(max_length=100, blank=True)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["-due_on", "collection", "id"]
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.UniqueConstraint(
                fields=["collection", "scope", "period"],
                name="collections_edition_once",
                violation_error_message=gettext_lazy("This edition is already there."),
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("opens_on"), late_until__gte=F("due_on")),
                name="collections_edition_runs_forward",
                violation_error_message=gettext_lazy(
                    "The deadline must not lie before the opening."
                ),
            ),
            models.CheckConstraint(
                condition=Q(state="locked", locked_at__isnull=False)
                | (~Q(state="locked") & Q(locked_at__isnull=True)),
                name="collections_edition_locked_has_time",
                violation_error_message=gettext_lazy(
                    "A locked edition needs the time of the lock."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition.label} {self.period_label}"

    @property
    def definition(self) -> Definition:
        """What is asked."""
        return self.version.definition

    @property
    def period_label(self) -> str:
        """The period as people say it: “2026”, “autumn term 2026/27”, “first quarter of 2026”."""
        if self.title:
            return self.title
        year, _dash, part = self.period.partition("-")
        if part in ("autumn", "spring"):
            words = _("autumn term %(year)s") if part == "autumn" else _("spring term %(year)s")
            return words % {"year": f"{year}/{(int(year) + 1) % 100:02}"}
        if part.startswith("Q"):
            return _("quarter %(quarter)s of %(year)s") % {"quarter": part[1:], "year": year}
        if part:
            return _("%(year)s-%(month)s") % {"year": year, "month": part}
        return _("year %(year)s") % {"year": year}

    def is_late(self, on: datetime.date) -> bool:
        """Whether a return that comes on the day is late."""
        return on > self.due_on

    def counts_on(self, on: datetime.date) -> datetime.date:
        """Return the day on which it is decided who has to file: today, at last the last day.

        Who is founded while the edition runs is expected too; who closes drops out. Afterwards
        nothing changes any more.
        """
        return max(self.opens_on, min(on, self.late_until))

    def days_left(self, on: datetime.date) -> str:
        """Say how long there is still time, or for how long it has been overdue."""
        days = (self.due_on - on).days
        if days < 0:
            return ngettext("%(n)s day overdue", "%(n)s days overdue", -days) % {"n": -days}
        return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}


class OfEditionQuerySet(models.QuerySet[Any]):
    """Filters of what the bureaus do with an edition."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep rows of the viewer's region and below."""
        return self.filter(viewer.within("collections.view"))


class RegionApproval(Entity):
    """A region approved all its returns of an edition; the next higher region builds on it."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="approvals")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    # how many filers, by "expected", "approved" and "excused"
    counts = models.JSONField(default=dict)
    # hash over the hashes of the approved values, so that it can be shown what was approved
    sha256 = models.CharField(max_length=64)
    approved_by_name = models.CharField(max_length=100)
    approved_at = models.DateTimeField()
    # taken back before the lock, with the reason
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by_name = models.CharField(max_length=100, blank=True)
    reason = models.TextField(blank=True)

    objects: Any = OfEditionQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "approved_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "scope"],
                condition=Q(withdrawn_at__isnull=True),
                name="collections_region_approved_once",
                violation_error_message=gettext_lazy("This region has been approved already."),
            )
        ]


class Extension(Entity):
    """A deadline was moved, for all or for one filer, with the reason."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="extensions")
    # the bureau, or the one filer
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    is_for_all = models.BooleanField()
    was_due_on = models.DateField()
    due_on = models.DateField()
    reason = models.TextField()
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    objects: Any = OfEditionQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "at", "id"]
