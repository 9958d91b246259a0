"""Dated events in the life of organisations, and what an organisation was before them."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models.keys import OrganisationKey
from jiangxin.apps.organisations.models.organisations import Organisation
from jiangxin.apps.organisations.workflow import EventState
from jiangxin.core.models import Entity, Period, PeriodQuerySet
from jiangxin.core.permissions import Viewer


class EventQuerySet(models.QuerySet["OrganisationEvent"]):
    """Filters of events."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep events decided in the viewer's scope, and those of organisations within it."""
        mine = EventParticipant.objects.visible_to(viewer).values("event")
        return self.filter(viewer.within("organisations.view") | Q(pk__in=mine))


class OrganisationEvent(Entity):
    """Something that happens to organisations on a day, decided by an authority."""

    class Kind(models.TextChoices):
        FOUNDING = "founding", _("founding")
        RENAMING = "renaming", _("renaming")
        MERGER = "merger", _("merger")
        SPLIT = "split", _("split")
        TRUSTEESHIP = "trusteeship", _("trusteeship")
        GROUP = "group", _("group running")
        UPGRADE = "upgrade", _("upgrade of the stage")
        RELOCATION = "relocation", _("relocation")
        CLOSING = "closing", _("closing")

    # of the region of the first organisation that it concerns
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # from this day on it holds
    effective_on = models.DateField()
    state = models.CharField(max_length=8, choices=EventState.choices, default=EventState.PLANNED)
    # the decision: title and number of the document of the authority
    document = models.CharField(max_length=200)
    number = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    # what only this kind of event needs; `queries.Plan` says which keys
    payload = models.JSONField(default=dict)
    planned_by_name = models.CharField(max_length=100)
    planned_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    # rows that moved and stayed, by table, as counted when it came into force
    outcome = models.JSONField(default=list)
    # why it could not come into force on its day; empty if nothing is in the way
    problem = models.CharField(max_length=500, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_by_name = models.CharField(max_length=100, blank=True)
    undo_reason = models.CharField(max_length=500, blank=True)

    objects: Any = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_on", "-id"]
        indexes = [models.Index(fields=["state", "effective_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="organisation_event_applied_has_time",
                violation_error_message=_("An event in force needs the time when it was applied."),
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False)
                | (~Q(state="undone") & Q(undone_at__isnull=True)),
                name="organisation_event_undone_has_time",
                violation_error_message=_("An event taken back needs the time of it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.effective_on.isoformat()}"


class ParticipantQuerySet(models.QuerySet["EventParticipant"]):
    """Filters of participants."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep participations of organisations within the viewer's scope."""
        return self.filter(viewer.within("organisations.view", "organisation__scope__path"))


class EventParticipant(Entity):
    """An organisation that takes part in an event, and as what."""

    class Role(models.TextChoices):
        # it changes or ends
        SOURCE = "source", _("concerned")
        # it takes the sources in
        TARGET = "target", _("takes in")
        # it comes into being
        NEW = "new", _("newly founded")
        LEAD = "lead", _("leads")
        MEMBER = "member", _("member")
        TRUSTEE = "trustee", _("runs it in trust")

    event = models.ForeignKey(OrganisationEvent, models.CASCADE, related_name="participants")
    role = models.CharField(max_length=8, choices=Role.choices)
    # empty for a new one until the event is in force; history, so it stays with who took part
    organisation = OrganisationKey(
        on_merger="stay", label=_("events taken part in"), null=True, related_name="events"
    )
    # as called at that time
    name = models.CharField(max_length=200)
    # of a new one: what is said of it until it is registered
    details = models.JSONField(default=dict)

    objects: Any = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["event", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "organisation"],
                condition=Q(organisation__isnull=False),
                name="organisation_event_participant_once",
                violation_error_message=_("This organisation takes part already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OwnedQuerySet(PeriodQuerySet):
    """Filters of what belongs to one organisation."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep rows of organisations within the viewer's scope."""
        return self.filter(viewer.within("organisations.view", "organisation__scope__path"))


class Phase(Entity, Period):
    """What an organisation was during a period that an event ended or began."""

    # history of the one organisation
    organisation = OrganisationKey(
        on_merger="stay", label=_("what it was before"), related_name="phases"
    )
    stage = models.CharField(max_length=30, choices=Organisation.Stage.choices, blank=True)
    school_code = models.CharField(max_length=10, blank=True)
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    address = models.CharField(max_length=300, blank=True)

    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        ordering = [F("starts_on").asc(nulls_first=True), "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(ends_on__isnull=True),
                name="organisation_one_open_phase",
            )
        ]


class FormerCode(Entity):
    """A code, or address, by which an organisation was known before."""

    class Kind(models.TextChoices):
        CODE = "code", _("code")
        SCHOOL_CODE = "school_code", _("school code")
        USCC = "uscc", _("credit code")
        # public identifier of a duplicate that was joined with this one
        UUID = "uuid", _("address of a duplicate")

    # a code names the one organisation that carried it, whoever succeeds it
    organisation = OrganisationKey(
        on_merger="stay", label=_("former codes"), related_name="former_codes"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    value = models.CharField(max_length=40, db_index=True)
    ended_on = models.DateField()

    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "ended_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "value"], name="organisation_former_code_once")
        ]

    def __str__(self) -> str:
        return self.value
