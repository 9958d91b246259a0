"""Good-practice cases, and the scorecard of lower governments."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models import OrganisationKey
from jiangxin.apps.policies.models.documents import PolicyDocument, StoredFile
from jiangxin.apps.policies.models.items import Target
from jiangxin.apps.policies.workflow import CaseState, SheetState
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class CaseQuerySet(models.QuerySet["Case"]):
    """Filters of cases."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep published cases, those of one's own office, and submitted ones that one reviews."""
        return self.filter(
            Q(state=CaseState.PUBLISHED)
            | Q(scope__path__in=viewer.paths("cases.submit"))
            | (viewer.within("cases.review") | viewer.within("cases.publish"))
            & ~Q(state=CaseState.DRAFT)
        )


class Case(Entity):
    """An experience worth repeating elsewhere, told by those who made it."""

    # of the organisation or bureau that tells it
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    organisation = OrganisationKey(
        on_merger="follow",
        label=_("cases of good practice"),
        null=True,
        blank=True,
        related_name="+",
    )
    title = models.CharField(_("title"), max_length=200)
    # the field of reform that it belongs to, free words
    field = models.CharField(_("field"), max_length=100, blank=True, default="")
    summary = models.CharField(_("summary"), max_length=500)
    text = models.TextField(_("text"))
    # what it helped to carry out; each is empty where it does not apply
    document = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="cases"
    )
    target = models.ForeignKey(Target, models.PROTECT, null=True, blank=True, related_name="cases")
    files: Any = models.ManyToManyField(StoredFile, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.DRAFT)
    # whether the reviewers say that others can repeat it
    is_replicable = models.BooleanField(default=False)
    review_note = models.CharField(max_length=500, blank=True, default="")
    told_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+"
    )
    told_by_name = models.CharField(max_length=100)
    told_at = models.DateTimeField()
    reviewed_by_name = models.CharField(max_length=100, blank=True, default="")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-told_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="policies_case_published_has_time",
                violation_error_message=_("A published case needs the time of publication."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    """Filters of scorecards."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep scorecards of the viewer's scope and published ones."""
        return self.filter(viewer.within("policies.view") | Q(state=SheetState.PUBLISHED))


class Scorecard(Entity):
    """How the governments below a region stood in a year, as computed on a day and kept."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    # counts the computations of one region and year
    edition = models.PositiveSmallIntegerField(default=1)
    # {"part": weight}, the rule's value on the day of computation with its source
    weights = models.JSONField(default=dict)
    # one mapping per government: code, name, score of each part, total, and the rows behind
    rows = models.JSONField(default=list)
    computed_at = models.DateTimeField()
    computed_by_name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "region", "-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "year", "edition"], name="policies_scorecard_edition_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="policies_scorecard_published_has_time",
                violation_error_message=_("A published scorecard needs the time of publication."),
            ),
        ]
