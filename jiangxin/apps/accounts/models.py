"""People, the scopes in which they act, and the roles that they hold for a period."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.core.models import EncryptedTextField, Entity, Period, PeriodQuerySet
from jiangxin.core.permissions import Viewer


class Scope(Entity):
    """A region with everything below it, or one organisation with its parts."""

    class Kind(models.TextChoices):
        REGION = "region", _("region")
        ORGANISATION = "organisation", _("organisation")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    # the region itself, or the region that the organisation belongs to
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="scopes")
    # region codes from the top, then "@" and the key of each organisation, each ended by "/"
    path = models.CharField(max_length=300, unique=True)
    # what people call it; repeated here so that lists need no look upwards
    label = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.label


class UserQuerySet(models.QuerySet["User"]):
    """Filters of people."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep the viewer, and people whose roles lie where the viewer manages accounts."""
        mine = Q(pk=viewer.user_id) if viewer.user_id else Q(pk__in=[])
        return self.filter(
            mine | Q(pk__in=Role.objects.filter(viewer.within("accounts.manage")).values("user"))
            if not viewer.is_system
            else Q()
        )

    def matching(self, text: str) -> Self:
        """Keep people whose name or sign-in name holds the text."""
        text = text.strip()
        return self.filter(Q(name__icontains=text) | Q(username__icontains=text)) if text else self


class PeopleManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Makes people; filters of UserQuerySet."""


class User(AbstractUser, Entity):
    """A person known to the system; signing in is possible once a password is set."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    # as on the identity card
    name = models.CharField(_("name"), max_length=100)
    citizen_id = EncryptedTextField(blank=True, default="")
    # keyed hash of the citizen id, for look-up; empty while the id is unknown
    citizen_id_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    phone = EncryptedTextField(blank=True, default="")
    born_on = models.DateField(null=True, blank=True)
    # in which notices are written
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default="zh-hans"
    )

    # the roles that a viewer may know of; filled by `queries.users`
    visible_roles: list[Role]

    objects: ClassVar[PeopleManager] = PeopleManager()
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["citizen_id_index"],
                condition=~Q(citizen_id_index=""),
                name="user_citizen_id_once",
                violation_error_message=_("Somebody with this citizen id is already known."),
            )
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        """Return the name as shown to others."""
        return str(self)


class Guardianship(Entity, Period):
    """A person answers for a minor during a period."""

    guardian = models.ForeignKey(User, models.PROTECT, related_name="wards")
    ward = models.ForeignKey(User, models.PROTECT, related_name="guardians")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(guardian=F("ward")), name="guardian_is_another_person"
            )
        ]


class RoleQuerySet(PeriodQuerySet):
    """Filters of roles."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep the viewer's own roles and those within scopes whose accounts they manage."""
        mine = Q(user_id=viewer.user_id) if viewer.user_id else Q(pk__in=[])
        return self.filter(viewer.within("accounts.manage") | mine)


class Role(Entity, Period):
    """A role that a person holds in a scope for a period."""

    class Kind(models.TextChoices):
        # held in a region
        OPERATOR = "operator", _("operator")
        LEADER = "leader", _("bureau leader")
        OFFICER = "officer", _("bureau officer")
        AUDITOR = "auditor", _("auditor")
        EXPERT = "expert", _("expert")
        # held in an organisation
        OFFICE = "office", _("office staff")
        SCHOOL = "school", _("school officer")
        ENTERPRISE = "enterprise", _("enterprise officer")
        TEACHER = "teacher", _("teacher")
        STUDENT = "student", _("student")
        # held by people for themselves, in the region where they live
        GUARDIAN = "guardian", _("guardian")
        LEARNER = "learner", _("lifelong learner")

    user = models.ForeignKey(User, models.PROTECT, related_name="roles_held")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    scope = models.ForeignKey(Scope, models.PROTECT, related_name="roles")
    granted_by_name = models.CharField(max_length=100)

    objects: Any = RoleQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="role_ends_after_start",
                violation_error_message=_("The role must end after the day on which it starts."),
            ),
            models.UniqueConstraint(
                fields=["user", "kind", "scope", "starts_on"], name="role_granted_once"
            ),
        ]

    def is_held(self, on: datetime.date) -> bool:
        """Whether the role is in force on the day."""
        return (self.starts_on is None or self.starts_on <= on) and (
            self.ends_on is None or on < self.ends_on
        )
