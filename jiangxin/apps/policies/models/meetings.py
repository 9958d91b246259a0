"""Joint meetings with their resolutions, and the list of duties of several parties."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models import OrganisationKey
from jiangxin.apps.policies.models.documents import PolicyDocument, StoredFile
from jiangxin.apps.policies.workflow import MeetingState, SheetState
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Filters of meetings."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep meetings of the viewer's scope."""
        return self.filter(viewer.within("tasks.view"))


class Meeting(Entity):
    """A joint meeting of several authorities: who took part, what was studied and resolved."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # name of the meeting system that it belongs to, for instance a city-district joint meeting
    series = models.CharField(_("meeting system"), max_length=200)
    title = models.CharField(_("title"), max_length=200)
    # the clause's document that asks for the meetings; empty where none does
    document = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="+"
    )
    held_on = models.DateField(_("day"))
    place = models.CharField(_("place"), max_length=200, blank=True, default="")
    # list of names of the member units, as printed in the invitation
    members = models.JSONField(_("members"), default=list, blank=True)
    agenda = models.TextField(_("agenda"), blank=True, default="")
    minutes = models.TextField(_("minutes"), blank=True, default="")
    files: Any = models.ManyToManyField(StoredFile, blank=True, related_name="+")
    state = models.CharField(
        max_length=10, choices=MeetingState.choices, default=MeetingState.PLANNED
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "id"]

    def __str__(self) -> str:
        return self.title


class Resolution(Entity):
    """Something that a meeting resolved; it becomes a task."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="resolutions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(_("resolution"))
    # list of names as written down
    responsible = models.JSONField(_("responsible"), default=list, blank=True)
    due_on = models.DateField(_("deadline"), null=True, blank=True)

    class Meta:
        ordering = ["meeting", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "number"],
                name="policies_resolution_number_once",
                violation_error_message=_("This number is already used in the meeting."),
            )
        ]

    def __str__(self) -> str:
        return self.text


class DutyListQuerySet(models.QuerySet["DutyList"]):
    """Filters of duty lists."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep lists of the viewer's scope and published ones."""
        return self.filter(viewer.within("tasks.view") | Q(state=SheetState.PUBLISHED))


class DutyList(Entity):
    """A list that says which party answers for what, field by field."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=200)
    document = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="+"
    )
    # names of the parties and of the fields, in the order of the table
    parties = models.JSONField(_("parties"), default=list)
    fields = models.JSONField(_("fields"), default=list)
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DutyListQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]

    def __str__(self) -> str:
        return self.title


class Duty(Entity):
    """What one party answers for in one field."""

    list = models.ForeignKey(DutyList, models.CASCADE, related_name="duties")
    party = models.CharField(_("party"), max_length=100)
    field = models.CharField(_("field"), max_length=100)
    text = models.TextField(_("duty"))
    # empty until the register knows the party
    organisation = OrganisationKey(
        on_merger="follow",
        label=_("duties in lists of responsibilities"),
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        ordering = ["list", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "party", "field"],
                name="policies_duty_once",
                violation_error_message=_("This party already has a duty in this field."),
            )
        ]
