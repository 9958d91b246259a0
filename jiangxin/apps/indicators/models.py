"""Fact tables handed in, snapshots of them, computations, and values computed or reported."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class DefinitionVersion(models.Model):
    """The text of an indicator definition as it stood when values were computed with it."""

    code = models.CharField(max_length=80)
    # hash of the definition, as engines/measures makes it
    version = models.CharField(max_length=64)
    text = models.TextField()
    first_used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="definition_version_once")
        ]


class FactTable(Entity):
    """Rows of one fact as handed in by an app, a demonstration or a file; kept as Parquet."""

    # code of the schema in rules/facts
    fact = models.CharField(max_length=60)
    # relative to the folder of facts
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveBigIntegerField()
    # who handed it in: an app, a person, "demo"
    origin = models.CharField(max_length=100)
    handed_in_at = models.DateTimeField()
    # [[region code, first year, last year]]: complete there, so that no row means none
    covers = models.JSONField(default=list)
    # replaced by a later hand-in of the same fact and origin
    is_current = models.BooleanField(default=True)

    class Meta:
        ordering = ["fact", "-handed_in_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["fact", "origin"],
                condition=Q(is_current=True),
                name="fact_table_one_current",
            )
        ]


class Snapshot(Entity):
    """All facts at one moment, as Parquet files that are never changed."""

    taken_at = models.DateTimeField()
    # name of the folder under the folder of snapshots
    folder = models.CharField(max_length=60, unique=True)
    # by fact: number of rows, hash of the file, whether made up
    manifest = models.JSONField(default=dict)

    class Meta:
        ordering = ["-taken_at"]


class Computation(Entity):
    """One run over a snapshot: all definitions of that day for regions, organisations, years."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="computations")
    started_at = models.DateTimeField()
    # empty while it runs; only finished computations are shown
    finished_at = models.DateTimeField(null=True)
    by_name = models.CharField(max_length=100)
    engine = models.CharField(max_length=10, default="duckdb")

    class Meta:
        ordering = ["-started_at"]


class Publication(Entity):
    """The decision to show a region's values of one computation to the public."""

    computation = models.ForeignKey(Computation, models.PROTECT, related_name="publications")
    # the region whose values, with those of regions below, are shown
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    published_by_name = models.CharField(max_length=100)
    # [indicator, region code, year] whose cells are too small to be shown, or would give one away
    withheld = models.JSONField(default=list)

    class Meta:
        ordering = ["-published_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["computation", "scope"], name="indicator_publication_once"
            )
        ]


class ValueQuerySet(models.QuerySet["Value"]):
    """Filters of computed values."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep values of regions and organisations within the viewer's scope."""
        return self.filter(viewer.within("indicators.view", "path"))


class Value(models.Model):
    """One computed number, or why there is none."""

    class Status(models.TextChoices):
        MEASURED = "measured", _("measured")
        UNDEFINED = "undefined", _("not defined")
        NOT_YET_MEASURABLE = "not_yet_measurable", _("not yet measurable")

    class Scope(models.TextChoices):
        REGION = "region", _("region")
        ORGANISATION = "organisation", _("organisation")

    uuid = models.UUIDField(unique=True, editable=False)
    computation = models.ForeignKey(Computation, models.CASCADE, related_name="values")
    definition = models.ForeignKey(DefinitionVersion, models.PROTECT, related_name="values")
    # repeated from the definition for look-up
    indicator = models.CharField(max_length=80)
    scope = models.CharField(max_length=12, choices=Scope.choices)
    # region code or organisation code
    code = models.CharField(max_length=20)
    # scope path of the region or organisation: who may see the value
    path = models.CharField(max_length=300, db_index=True)
    year = models.PositiveSmallIntegerField()
    # value of the breakdown column; empty for the whole
    part = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=20, choices=Status.choices)
    # in the unit of the definition; a share is 0 to 1
    value = models.FloatField(null=True)
    numerator = models.FloatField(null=True)
    denominator = models.FloatField(null=True)
    # rows behind the value, for the rule of small cells
    n = models.PositiveBigIntegerField(default=0)
    reason = models.CharField(max_length=30, blank=True)
    # facts, or fact.column, that would have to be there
    missing = models.JSONField(default=list)
    # at least one fact behind it is made up
    is_simulated = models.BooleanField(default=False)

    objects = ValueQuerySet.as_manager()

    class Meta:
        ordering = ["indicator", "scope", "code", "year", "part"]
        indexes = [
            models.Index(fields=["computation", "scope", "code", "indicator"]),
            models.Index(fields=["computation", "indicator", "scope", "year"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["computation", "indicator", "scope", "code", "year", "part"],
                name="indicator_value_once",
            ),
            models.CheckConstraint(
                condition=Q(status="measured", value__isnull=False)
                | (~Q(status="measured") & Q(value__isnull=True)),
                name="indicator_value_only_if_measured",
                violation_error_message=_("Only a measured value has a number."),
            ),
        ]


class ReportedQuerySet(models.QuerySet["ReportedValue"]):
    """Filters of reported values."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep values reported for regions and organisations within the viewer's scope."""
        return self.filter(viewer.within("indicators.view"))

    def current(self) -> Self:
        """Keep those that were neither replaced nor withdrawn."""
        return self.filter(withdrawn_at__isnull=True, replaced_by__isnull=True)


class ReportedValue(Entity):
    """A number that a person answers for, where it cannot be computed from facts yet."""

    indicator = models.CharField(max_length=80)
    # the region or organisation that the number speaks of
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    # in the unit of the definition; a share is 0 to 1
    value = models.FloatField()
    # what shows that the number is right, in words
    evidence = models.TextField()
    evidence_file = models.FileField(upload_to="indicators/evidence/%Y/", blank=True)
    reported_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", null=True)
    reported_by_name = models.CharField(max_length=100)
    reported_at = models.DateTimeField()
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, related_name="replaces")
    withdrawn_at = models.DateTimeField(null=True)

    objects: Any = ReportedQuerySet.as_manager()

    class Meta:
        ordering = ["indicator", "year", "-reported_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "scope", "year"],
                condition=Q(withdrawn_at__isnull=True, replaced_by__isnull=True),
                name="reported_value_one_current",
                violation_error_message=_("A value for this year is already reported."),
            ),
            models.CheckConstraint(
                condition=~Q(replaced_by=F("id")), name="reported_value_not_own_successor"
            ),
        ]
