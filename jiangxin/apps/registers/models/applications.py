"""Applications with their reviews, objections and attachments."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models import OrganisationKey
from jiangxin.apps.registers.models.entries import Entry, Member
from jiangxin.apps.registers.models.types import Call, RegisterType, TypeVersion
from jiangxin.apps.registers.workflow import (
    ApplicationState,
    Level,
    ObjectionState,
    SeatState,
)
from jiangxin.core.models import EncryptedTextField, Entity
from jiangxin.core.permissions import Viewer


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Filters of applications."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep what lies within the viewer's scope, what one is a member of, and what one scores."""
        members = Member.objects.filter(
            viewer.within("registers.view", "organisation__scope__path"),
            application__isnull=False,
        )
        # a draft names members before they were asked
        of_members = Q(pk__in=members.values("application")) & ~Q(state=ApplicationState.DRAFT)
        condition = viewer.within("registers.view") | of_members
        if viewer.user_id is not None:
            seat = {"expert": viewer.user_id, "state": SeatState.DRAWN}
            condition |= Q(**{f"panels__seats__{key}": value for key, value in seat.items()})
            condition |= Q(
                step_kind="scoring",
                **{f"call__panels__seats__{key}": value for key, value in seat.items()},
            )
        return self.filter(pk__in=Application.objects.filter(condition).values("pk"))

    def on_notice(self, day: datetime.date) -> Self:
        """Keep those that the public may look at and object to on the day."""
        return self.filter(
            state=ApplicationState.IN_PUBLICITY,
            publicity_starts_on__lte=day,
            publicity_ends_on__gt=day,
        )

    def at_steps_of(self, viewer: Viewer, duty: str = "registers.review") -> Self:
        """Keep those whose present step lies where the viewer carries the duty."""
        return self.filter(viewer.within(duty, "step_path"))


class Application(Entity):
    """Somebody asks that a thing be recognised, or recognised higher, longer or otherwise."""

    class Kind(models.TextChoices):
        NEW = "new", _("first recognition")
        UPGRADE = "upgrade", _("higher level")
        RENEWAL = "renewal", _("renewal")

    type = models.ForeignKey(RegisterType, models.PROTECT, related_name="applications")
    type_version = models.ForeignKey(TypeVersion, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.NEW)
    # empty until a first recognition makes it
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="applications")
    call = models.ForeignKey(Call, models.PROTECT, null=True, related_name="applications")
    level = models.CharField(max_length=12, choices=Level.choices)
    title = models.CharField(max_length=200)
    # who would hold it; empty where the authority of the region applies itself
    organisation = OrganisationKey(
        on_merger="follow", label=_("applications for recognition"), null=True, related_name="+"
    )
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    values = models.JSONField(default=dict)

    # set by the workflow
    state = models.CharField(
        max_length=12, choices=ApplicationState.choices, default=ApplicationState.DRAFT
    )
    # the way of this application, fixed when it is submitted: [{"code": …, "path": …}]
    steps = models.JSONField(default=list)
    # the present step; empty before the first submission and after the end
    step = models.CharField(max_length=40, blank=True)
    # review, scoring or publicity
    step_kind = models.CharField(max_length=10, blank=True)
    # role that passes it
    step_by = models.CharField(max_length=10, blank=True)
    # scope path of the authority whose turn it is
    step_path = models.CharField(max_length=300, blank=True, db_index=True)
    # since when it waits there
    step_since = models.DateTimeField(null=True)
    # mean of the experts' totals; empty where nobody scores
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    publicity_starts_on = models.DateField(null=True)
    # exclusive
    publicity_ends_on = models.DateField(null=True)

    # who wrote and submitted it: they do not judge it
    started_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    submitted_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    changed_by_name = models.CharField(max_length=100)
    changed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    # counts up with each change, so that a form opened before does not overwrite it
    version = models.PositiveIntegerField(default=1)

    objects: Any = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "-id"]
        indexes = [models.Index(fields=["state", "step_path"])]

    def __str__(self) -> str:
        return self.title


class OfApplicationQuerySet(models.QuerySet[Any]):
    """Filters of what belongs to an application."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep rows of applications that the viewer may see."""
        return self.filter(application__in=Application.objects.visible_to(viewer).values("pk"))


class Review(Entity):
    """What an authority, the applicant or the panel said about an application at a step."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="reviews")
    # empty for what the applicant did
    step = models.CharField(max_length=40, blank=True)
    # name of the move: submit, approve, return, reject, recognise …
    verdict = models.CharField(max_length=20)
    reason = models.TextField(blank=True)
    path = models.CharField(max_length=300, blank=True)
    by_user = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    objects: Any = OfApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Filters of objections."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep those that the viewer settles, and the viewer's own."""
        mine = Q(lodged_by=viewer.user_id) if viewer.user_id else Q(pk__in=[])
        return self.filter(viewer.within("registers.review", "path") | mine)


class Objection(Entity):
    """Somebody objects to an application during its public notice."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="objections")
    # scope path of the authority that settles it
    path = models.CharField(max_length=300, db_index=True)
    text = models.TextField()
    # how to reach whoever objects; only those who settle it see it
    contact = EncryptedTextField(blank=True, default="")
    # empty for the public
    lodged_by = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    lodged_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=ObjectionState.choices, default=ObjectionState.OPEN
    )
    answer = models.TextField(blank=True)
    settled_by_name = models.CharField(max_length=100, blank=True)
    settled_at = models.DateTimeField(null=True)

    objects: Any = ObjectionQuerySet.as_manager()

    class Meta:
        ordering = ["lodged_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(answer=""),
                name="objection_settled_with_answer",
                violation_error_message=_("Answer the objection when you settle it."),
            )
        ]


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Filters of attachments."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep files of applications and entries that are open to the viewer."""
        return self.filter(
            Q(application__in=Application.objects.visible_to(viewer).values("pk"))
            | Q(entry__in=Entry.objects.open_to(viewer).values("pk"))
        )


class Attachment(Entity):
    """A file given as evidence, exactly as it was given; the values of forms point at it."""

    # at least one: an application's files stay with the entry that comes of it
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, related_name="attachments"
    )
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="attachments")
    # code of the field it was given for
    field = models.CharField(max_length=60)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    content = models.BinaryField()
    given_by_name = models.CharField(max_length=100)
    given_at = models.DateTimeField()

    objects: Any = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(entry__isnull=False) | Q(application__isnull=False),
                name="attachment_belongs",
                violation_error_message=_("A file belongs to an application or an entry."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def value(self) -> dict[str, Any]:
        """What the field of a form keeps of the file."""
        return {
            "uuid": str(self.uuid),
            "name": self.name,
            "size": self.size_bytes,
            "sha256": self.sha256,
        }
