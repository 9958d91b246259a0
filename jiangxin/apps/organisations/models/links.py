"""What ties organisations: groups and trusteeships, holdings, and their campuses."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models.events import OrganisationEvent, OwnedQuerySet
from jiangxin.apps.organisations.models.keys import OrganisationKey
from jiangxin.core.models import Entity, Period, PeriodQuerySet
from jiangxin.core.permissions import Viewer

_ENDS_LATER = Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gt=F("starts_on"))


class LinkQuerySet(PeriodQuerySet):
    """Filters of links."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep links whose leader or member lies within the viewer's scope."""
        return self.filter(
            viewer.within("organisations.view", "lead__scope__path")
            | viewer.within("organisations.view", "member__scope__path")
        )


class OrganisationLink(Entity, Period):
    """One organisation leads or runs another during a period; a group is a link per member."""

    class Kind(models.TextChoices):
        TRUSTEESHIP = "trusteeship", _("trusteeship")
        GROUP = "group", _("education group")
        # one higher vocational college with N secondary schools
        ONE_N = "one_n", _("1+N integration")
        # 温江 2018: 3+2, counterpart higher vocational and single admission with N schools
        THREE_ONE_N = "three_one_n", _("3+1+N group")

    class Alignment(models.TextChoices):
        """What secondary and higher schools of a group align (成都 “3+1+N”)."""

        AIMS = "aims", _("aims of training")
        PROGRAMMES = "programmes", _("programmes offered")
        CURRICULA = "curricula", _("system of courses")
        TEACHERS = "teachers", _("training of teachers")
        PRACTICE = "practice", _("internships and practice")
        EMPLOYMENT = "employment", _("start-ups and employment")
        ADMISSION = "admission", _("admission and examination")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    # of the group; empty for a trusteeship
    name = models.CharField(max_length=200, blank=True)
    lead = OrganisationKey(on_merger="follow", label=_("groups led"), related_name="leads")
    member = OrganisationKey(
        on_merger="follow", label=_("memberships in groups"), related_name="member_of"
    )
    event = models.ForeignKey(OrganisationEvent, models.PROTECT, null=True, related_name="links")
    # {dimension: what was agreed}; a dimension without an entry is open
    alignment = models.JSONField(default=dict)

    objects: Any = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(lead=F("member")),
                name="organisation_link_joins_two",
                violation_error_message=_("An organisation cannot lead itself."),
            ),
            models.CheckConstraint(condition=_ENDS_LATER, name="organisation_link_ends_later"),
            models.UniqueConstraint(
                fields=["kind", "lead", "member"],
                condition=Q(ends_on__isnull=True),
                name="organisation_link_once",
                violation_error_message=_("They are linked in this way already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())


class Holding(Entity, Period):
    """A share that somebody holds in an organisation during a period."""

    class HolderKind(models.TextChoices):
        GOVERNMENT = "government", _("government")
        STATE_ENTERPRISE = "state_enterprise", _("state-owned enterprise")
        PRIVATE_ENTERPRISE = "private_enterprise", _("private enterprise")
        FOREIGN = "foreign", _("foreign investor")
        SOCIAL = "social", _("social organisation")
        PERSON = "person", _("individual")

    # who owned a school that is merged is told by its own history
    organisation = OrganisationKey(
        on_merger="stay", label=_("holders of shares"), related_name="holdings"
    )
    # a successor holds what its predecessor held; empty if the register does not know the holder
    holder = OrganisationKey(
        on_merger="follow", label=_("shares held in others"), null=True, related_name="holds"
    )
    holder_name = models.CharField(max_length=200)
    holder_kind = models.CharField(max_length=20, choices=HolderKind.choices)
    # of the capital, 0 to 100; empty if not agreed or not known
    share_percent = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    # the document that shows it
    source = models.CharField(max_length=200, blank=True)

    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", F("share_percent").desc(nulls_last=True), "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(holder__isnull=True) | ~Q(holder=F("organisation")),
                name="organisation_does_not_hold_itself",
                violation_error_message=_("An organisation cannot own itself."),
            ),
            models.CheckConstraint(
                condition=Q(share_percent__isnull=True)
                | Q(share_percent__gt=0, share_percent__lte=100),
                name="organisation_share_is_percent",
                violation_error_message=_("A share lies above 0 and not above 100 percent."),
            ),
            models.CheckConstraint(condition=_ENDS_LATER, name="organisation_holding_ends_later"),
        ]

    def __str__(self) -> str:
        return self.holder_name


class Campus(Entity, Period):
    """A place where an organisation works during a period."""

    organisation = OrganisationKey(on_merger="follow", label=_("campuses"), related_name="campuses")
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=300)
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    area_m2 = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    building_m2 = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    is_main = models.BooleanField(default=False)

    objects: Any = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "-is_main", "id"]
        verbose_name_plural = "campuses"
        constraints = [
            models.CheckConstraint(condition=_ENDS_LATER, name="organisation_campus_ends_later"),
        ]

    def __str__(self) -> str:
        return self.name
