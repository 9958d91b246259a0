"""What was recognised: entries with their members, recognitions, checks and earlier values."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models import OrganisationKey
from jiangxin.apps.registers.models.types import RegisterType, TypeVersion
from jiangxin.apps.registers.workflow import EntryState, Level
from jiangxin.core.models import Entity, Period, PeriodQuerySet
from jiangxin.core.permissions import Viewer


class EntryQuerySet(models.QuerySet["Entry"]):
    """Filters of entries."""

    def open_to(self, viewer: Viewer) -> Self:
        """Keep entries of which the viewer sees every field: holder, members, authorities."""
        return self.filter(whole(viewer))

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep entries open to the viewer, and those in the public directory."""
        return self.filter(whole(viewer) | Q(is_listed=True))

    def in_force_on(self, day: datetime.date) -> Self:
        """Keep entries with a recognition in force on the day."""
        return self.filter(pk__in=Recognition.objects.on(day).values("entry"))

    def in_force_in(self, year: int) -> Self:
        """Keep entries with a recognition in force on some day of the year."""
        return self.filter(pk__in=Recognition.objects.during(year).values("entry"))


def whole(viewer: Viewer) -> Q:
    """Return the filter for entries of which the viewer sees every field."""
    members = Member.objects.filter(
        viewer.within("registers.view", "organisation__scope__path"), entry__isnull=False
    )
    return viewer.within("registers.view") | Q(pk__in=members.values("entry"))


class Entry(Entity):
    """A thing that an authority recognised, under one register number for its whole life."""

    type = models.ForeignKey(RegisterType, models.PROTECT, related_name="entries")
    # the version of the form that the values were filled in with
    type_version = models.ForeignKey(TypeVersion, models.PROTECT, related_name="+")
    # public register number; given once, kept through renewals, upgrades and mergers
    number = models.CharField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    # who holds it; empty for a thing that the authority of the region holds itself
    organisation = OrganisationKey(
        on_merger="follow", label=_("recognised entries"), null=True, related_name="+"
    )
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # of the holder, else of the region
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    values = models.JSONField(default=dict)
    # repeated from the recognitions, as of the last change or the daily job
    state = models.CharField(max_length=10, choices=EntryState.choices, default=EntryState.IN_FORCE)
    # highest level in force, or the last one that was
    level = models.CharField(max_length=12, choices=Level.choices)
    first_recognised_on = models.DateField()
    # first day on which it is no longer in force; empty: until withdrawn
    ends_on = models.DateField(null=True)
    # its type has a public directory
    is_listed = models.BooleanField(default=False)
    # counts up with each change, so that a form opened before does not overwrite it
    version = models.PositiveIntegerField(default=1)

    objects: Any = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["type", "number"]
        indexes = [models.Index(fields=["type", "state", "level"])]

    def __str__(self) -> str:
        return self.title


class OfEntryQuerySet(PeriodQuerySet):
    """Filters of what belongs to an entry."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep rows of entries that are open to the viewer."""
        return self.filter(entry__in=Entry.objects.open_to(viewer).values("pk"))


class RecognitionQuerySet(OfEntryQuerySet):
    """Filters of recognitions."""

    def during(self, year: int) -> Self:
        """Keep those in force on some day of the year."""
        first, after = datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1)
        return self.filter(Q(starts_on__lt=after), Q(ends_on__isnull=True) | Q(ends_on__gt=first))


class Recognition(Entity, Period):
    """An authority recognised an entry at a level for a period."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="recognitions")
    level = models.CharField(max_length=12, choices=Level.choices)
    # the document that says so
    document_number = models.CharField(max_length=100, blank=True)
    # the end of validity as decided; `ends_on` is earlier if it was withdrawn
    valid_until = models.DateField(null=True)
    application = models.ForeignKey(
        "registers.Application", models.PROTECT, null=True, related_name="recognitions"
    )
    decided_by_name = models.CharField(max_length=100)
    decided_at = models.DateTimeField()
    withdrawn_on = models.DateField(null=True)
    withdrawal_reason = models.CharField(max_length=500, blank=True)

    objects: Any = RecognitionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="recognition_runs_forward",
                violation_error_message=_("A recognition cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | ~Q(withdrawal_reason=""),
                name="recognition_withdrawn_with_reason",
                violation_error_message=_("Say why the recognition is withdrawn."),
            ),
        ]

    def is_in_force(self, on: datetime.date) -> bool:
        """Whether it counts on the day."""
        starts = self.starts_on is None or self.starts_on <= on
        return starts and (self.ends_on is None or on < self.ends_on)


class MemberQuerySet(PeriodQuerySet):
    """Filters of members."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep members of entries and applications that are open to the viewer."""
        from jiangxin.apps.registers.models.applications import Application

        return self.filter(
            Q(entry__in=Entry.objects.open_to(viewer).values("pk"))
            | Q(application__in=Application.objects.visible_to(viewer).values("pk"))
        )


class Member(Entity, Period):
    """An organisation takes part in an entry, or would in what is applied for, in a role."""

    # one of the two
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="members")
    application = models.ForeignKey(
        "registers.Application", models.CASCADE, null=True, related_name="members"
    )
    # code of a role that the type names, for instance "leader"
    role = models.CharField(max_length=40)
    organisation = OrganisationKey(
        on_merger="follow", label=_("memberships in recognised entries"), related_name="+"
    )

    objects: Any = MemberQuerySet.as_manager()

    class Meta:
        ordering = ["role", "starts_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=True, application__isnull=False)
                | Q(entry__isnull=False, application__isnull=True),
                name="register_member_of_one",
                violation_error_message=_("A member belongs to an entry or to an application."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="register_member_runs_forward",
                violation_error_message=_("A member cannot leave before it joined."),
            ),
        ]


class EntryRevision(Entity):
    """The title and values that an entry had before a change, with the reason for the change."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="revisions")
    type_version = models.ForeignKey(TypeVersion, models.PROTECT, related_name="+")
    # the entry's `version` until the change
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    values = models.JSONField()
    reason = models.CharField(max_length=500)
    changed_by_name = models.CharField(max_length=100)
    changed_at = models.DateTimeField()

    objects: Any = OfEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "version"], name="entry_revision_once")
        ]


class AnnualCheck(Entity):
    """What the check of an entry in a year found."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("passed")
        TO_MEND = "to_mend", _("to be mended by a day")
        FAILED = "failed", _("failed")

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="checks")
    type_version = models.ForeignKey(TypeVersion, models.PROTECT, related_name="+")
    year = models.PositiveIntegerField()
    values = models.JSONField(default=dict)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    # until when what was found must be mended
    mend_by = models.DateField(null=True)
    note = models.CharField(max_length=500, blank=True)
    checked_by_name = models.CharField(max_length=100)
    checked_at = models.DateTimeField()

    objects: Any = OfEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry", "year"],
                name="annual_check_once",
                violation_error_message=_("The check of this year is recorded already."),
            )
        ]
