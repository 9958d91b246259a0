"""Filings, each submission of them, what reviewers said, and files that belong to them."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.collections.models.collections import CollectionVersion
from jiangxin.apps.collections.models.definition import PlacedStep, placed_steps
from jiangxin.apps.collections.models.editions import Edition
from jiangxin.apps.collections.workflow import (
    EDITABLE,
    FILED,
    FilingState,
    ImportState,
    Verb,
    Verdict,
)
from jiangxin.apps.organisations.models import OrganisationKey
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class FilingQuerySet(models.QuerySet["Filing"]):
    """Filters of filings."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep filings of the viewer's region and below, and those that the viewer files."""
        return self.filter(viewer.within("collections.view") | viewer.within("collections.file"))

    def filed(self) -> Self:
        """Keep what was handed in and not given back."""
        return self.filter(state__in=FILED)


class Filing(Entity):
    """What one organisation or one region returns in one edition."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="filings")
    # what an organisation said of itself stays its own when it is merged into another
    organisation = OrganisationKey(
        on_merger="stay", label=_("returns filed"), null=True, related_name="+"
    )
    # the region that files, or that of the organisation
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # of the filer
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=10, choices=FilingState.choices, default=FilingState.NOT_BEGUN
    )
    # the review step that it waits for, counted from 0
    step = models.PositiveSmallIntegerField(default=0)
    # as they are now; what was submitted stands in the revisions
    values = models.JSONField(default=dict)
    # the version of the form in which the values are written
    version = models.ForeignKey(CollectionVersion, models.PROTECT, related_name="+")
    # [{"path", "rule", "message", "fix", "severity"}] as found when it was last saved
    problems = models.JSONField(default=list)
    # values that had no place in a newer version of the form: [{"path", "value", "reason"}]
    dropped = models.JSONField(default=list)
    # the filer explains what is unusual
    note = models.TextField(blank=True)
    # grows with each change: who saves names what they saw
    row_version = models.PositiveIntegerField(default=0)
    saved_by_name = models.CharField(max_length=100, blank=True)
    saved_at = models.DateTimeField(null=True)
    # an own deadline, if it was moved for this filer alone
    due_on = models.DateField(null=True)
    submitted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    submitted_by_name = models.CharField(max_length=100, blank=True)
    submitted_at = models.DateTimeField(null=True)
    # being on time is judged by the first submission: a return for rework is not the filer's delay
    first_submitted_at = models.DateTimeField(null=True)
    is_late = models.BooleanField(default=False)
    # the values in force
    approved = models.ForeignKey(
        "FilingRevision", models.PROTECT, null=True, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(null=True)
    excuse = models.TextField(blank=True)

    objects = FilingQuerySet.as_manager()

    class Meta:
        ordering = ["edition", "region", "id"]
        indexes = [
            # the matrix counts from this index alone
            models.Index(fields=["edition", "region", "state", "is_late"]),
            models.Index(fields=["organisation", "edition"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "scope"],
                name="collections_filing_once",
                violation_error_message=_("This filer already has a return in this edition."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "locked", "amended"])
                | Q(approved__isnull=False, approved_at__isnull=False),
                name="collections_filing_approved_has_values",
                violation_error_message=_(
                    "An approved return needs the values that were approved."
                ),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "approved", "locked", "amended"])
                | Q(submitted_at__isnull=False, first_submitted_at__isnull=False),
                name="collections_filing_submitted_has_time",
                violation_error_message=_("A submitted return needs the time when it was."),
            ),
            models.CheckConstraint(
                condition=~Q(state="excused") | Q(excuse__gt=""),
                name="collections_filing_excused_has_reason",
                violation_error_message=_("Say why this filer need not file."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition} · {self.filer}"

    @property
    def filer(self) -> str:
        """Name of the organisation or region that files."""
        return str(self.organisation.name if self.organisation else self.region.name)

    @property
    def deadline(self) -> datetime.date:
        """The last day for being on time."""
        return max(self.edition.due_on, self.due_on or self.edition.due_on)

    @property
    def is_stored(self) -> bool:
        """Whether the filer, or somebody for the filer, has begun."""
        return not self._state.adding

    @property
    def steps(self) -> tuple[PlacedStep, ...]:
        """The review steps that this return climbs, each with the region that takes it."""
        return placed_steps(
            self.edition.definition.review,
            path=self.region.path,
            top=self.edition.region.path,
            files_itself=self.organisation_id is None,
        )

    @property
    def current_step(self) -> PlacedStep:
        """The step that it waits for."""
        steps = self.steps
        return steps[min(self.step, len(steps) - 1)]

    @property
    def is_editable(self) -> bool:
        """Whether the filer may still write."""
        return self.state in EDITABLE


class OfFilingQuerySet(models.QuerySet[Any]):
    """Filters of what belongs to a filing."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep what belongs to filings that the viewer may see."""
        return self.filter(
            viewer.within("collections.view", "filing__scope__path")
            | viewer.within("collections.file", "filing__scope__path")
        )


class FilingRevision(Entity):
    """The values of a filing as they were submitted or corrected once; never changed."""

    class Kind(models.TextChoices):
        SUBMISSION = "submission", _("submission")
        AMENDMENT = "amendment", _("correction")

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SUBMISSION)
    values = models.JSONField()
    version = models.ForeignKey(CollectionVersion, models.PROTECT, related_name="+")
    # hash of the values, as the trail names it
    sha256 = models.CharField(max_length=64)
    # what differs from the revision before: {field: [old, new]}
    changes = models.JSONField(default=dict)
    # explanation of a submission, reason of a correction
    note = models.TextField(blank=True)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    objects: Any = OfFilingQuerySet.as_manager()

    class Meta:
        ordering = ["filing", "number"]
        constraints = [
            models.UniqueConstraint(fields=["filing", "number"], name="collections_revision_once")
        ]


class Review(Entity):
    """What a reviewer said about a submission."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="reviews")
    revision = models.ForeignKey(FilingRevision, models.PROTECT, related_name="reviews")
    step = models.PositiveSmallIntegerField()
    # level of the step: county, city or province
    level = models.CharField(max_length=10)
    verb = models.CharField(max_length=10, choices=Verb.choices)
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reason = models.TextField(blank=True)
    # {field: what is to be corrected}
    remarks = models.JSONField(default=dict)
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    objects: Any = OfFilingQuerySet.as_manager()

    class Meta:
        ordering = ["filing", "at", "id"]


class ScopedQuerySet(models.QuerySet[Any]):
    """Filters of files."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep files of filers in the viewer's scope."""
        return self.filter(viewer.within("collections.view") | viewer.within("collections.file"))


class Attachment(Entity):
    """A file exactly as a filer gave it; values of the form point at it."""

    filing = models.ForeignKey(Filing, models.PROTECT, related_name="attachments")
    # of the filer
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.PositiveBigIntegerField()
    content = models.BinaryField()
    given_by_name = models.CharField(max_length=100)
    given_at = models.DateTimeField()

    objects: Any = ScopedQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def as_value(self) -> dict[str, Any]:
        """What a file field holds."""
        return {
            "uuid": str(self.uuid),
            "name": self.name,
            "size": self.size_bytes,
            "sha256": self.sha256,
        }


class ImportQuerySet(models.QuerySet["FilingImport"]):
    """Filters of imports."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep imports into scopes for which the viewer files or which they manage."""
        return self.filter(viewer.within("collections.manage") | viewer.within("collections.file"))


class FilingImport(Entity):
    """A sheet of filings that came back, with what was found in it."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="imports")
    # for whose filers it was uploaded: a region or one organisation
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    # the file itself: the database is the one place that web and worker share; emptied when done
    content = models.BinaryField()
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    uploaded_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    rows = models.PositiveIntegerField(default=0)
    # what saving would do: {"good": n, "warned": n, "bad": n}
    counts = models.JSONField(default=dict)
    # a mapping of row, column, value, rule and fix for each
    findings = models.JSONField(default=list)
    # the job that checks or saves, for the progress page
    job_uuid = models.UUIDField(null=True)
    applied_at = models.DateTimeField(null=True)

    objects: Any = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="collections_import_applied_has_time",
                violation_error_message=_("A saved import needs the time when it was saved."),
            )
        ]
