"""Organisations of a region, and the names that they had and have."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Iterable
from typing import Any, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jiangxin.apps.organisations.models.keys import OrganisationKey
from jiangxin.core.models import EncryptedTextField, Entity, Period, PeriodQuerySet
from jiangxin.core.permissions import Viewer

_IGNORED = str.maketrans("", "", " \t\r\n\u3000·•・-—_'\"“”‘’()[]〔〕【】《》<>、,，.。")


def normal_form(name: str) -> str:
    """Return the name as compared: half width, lower case, without spaces and punctuation."""
    return unicodedata.normalize("NFKC", name).casefold().translate(_IGNORED)


def stem_of(normal: str, region_names: Iterable[str]) -> str:
    """Return a normalised name without the regions that it begins with.

    “重庆市永川区某某学校”, “永川某某学校” and “区某某学校” have the same stem.

    Args:
        region_names: names of the region and of those above it, as official (“永川区”).
    """
    forms = {form for name in region_names for form in (name, short_region(name)) if len(form) > 1}
    ordered = sorted(forms, key=len, reverse=True)
    rest = normal
    while True:
        found = next((f for f in ordered if rest.startswith(f) and len(rest) - len(f) > 1), "")
        if not found:
            break
        rest = rest[len(found) :]
    # “区某某学校”: the bare word stands for the region that the text is about
    if rest == normal and rest[:1] in ("区", "县", "市", "省") and len(rest) > 3:
        rest = rest[1:]
    return rest


def short_region(region: str) -> str:
    """Return the name of a region as people say it: “永川” for “永川区”."""
    for ending in ("壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区"):
        if region.endswith(ending):
            return region[: -len(ending)]
    return region[:-1] if region[-1:] in ("省", "市", "区", "县") and len(region) > 2 else region


class OrganisationQuerySet(PeriodQuerySet):
    """Filters of organisations."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep those within the viewer's scope, and those listed for the public."""
        return self.filter(viewer.within("organisations.view") | Q(is_listed=True))

    def matching(self, text: str) -> Self:
        """Keep those with the text in a name, alias or code, or at the start of the pinyin.

        Former names and codes count as well; so do the names of those that were merged into it.
        """
        text = text.strip()
        if not text:
            return self
        found = Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__startswith=text)
        found |= Q(uscc__startswith=text.upper()) | Q(pinyin__startswith=text.lower())
        normal = normal_form(text)
        if normal:
            called = Q(pk__in=Alias.objects.filter(normal__contains=normal).values("organisation"))
            names = OrganisationName.objects.filter(normal__contains=normal)
            called |= Q(pk__in=names.values("organisation"))
            merged = Organisation.objects.filter(called, ends_on__isnull=False).values("pk")
            heirs = Organisation.objects.filter(
                events__role__in=("target", "new"),
                events__event__kind="merger",
                events__event__state="applied",
                events__event__participants__role="source",
                events__event__participants__organisation__in=merged,
            )
            former = Organisation.objects.filter(former_codes__value__startswith=text.upper())
            found |= called | Q(pk__in=heirs.values("pk")) | Q(pk__in=former.values("pk"))
        return self.filter(found)


class Organisation(Entity, Period):
    """A body with a place in the system: an authority, an office of it, a school, a company."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("public authority")
        OFFICE = "office", _("office of an authority")
        SCHOOL = "school", _("school")
        COMMUNITY_SCHOOL = "community_school", _("community school")
        ENTERPRISE = "enterprise", _("enterprise")
        PARK = "park", _("industrial park")
        INSTITUTE = "institute", _("institute")
        INDUSTRY_BODY = "industry_body", _("industry body")

    class Stage(models.TextChoices):
        # vocational
        SECONDARY = "secondary", _("secondary vocational school")
        TECHNICIAN = "technician", _("technical school")
        HIGHER_SPECIALTY = "higher_specialty", _("higher vocational college")
        VOCATIONAL_UNIVERSITY = "vocational_university", _("vocational university")
        # of other kinds, with which vocational schools are linked
        APPLIED_UNIVERSITY = "applied_university", _("application-oriented university")
        GENERAL_HIGH_SCHOOL = "general_high_school", _("general high school")
        COMPREHENSIVE_HIGH_SCHOOL = "comprehensive_high_school", _("comprehensive high school")
        OPEN_UNIVERSITY = "open_university", _("open university")

    class Ownership(models.TextChoices):
        PUBLIC = "public", pgettext_lazy("ownership", "public")
        PRIVATE = "private", pgettext_lazy("ownership", "private")
        MIXED = "mixed", _("mixed ownership")

    class OwnershipForm(models.TextChoices):
        GOVERNMENT = "government", _("run by government")
        STATE_ENTERPRISE = "state_enterprise", _("run by a state-owned enterprise")
        SOLE = "sole", _("private, one investor")
        JOINT = "joint", _("private, joint capital")
        COOPERATIVE = "cooperative", _("private, cooperative")
        SHAREHOLDING = "shareholding", _("shareholding")
        MIXED = "mixed", pgettext_lazy("ownership form", "mixed ownership")

    # by which sheets and fact tables know it: 学校标识码, else the USCC, else given by us; never changes
    code = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    # what kind of school; empty for everything else
    stage = models.CharField(max_length=30, choices=Stage.choices, blank=True)
    ownership = models.CharField(max_length=10, choices=Ownership.choices, blank=True)
    # by whom and with whose capital it is run, where that is known more closely (LAY-09)
    ownership_form = models.CharField(max_length=20, choices=OwnershipForm.choices, blank=True)
    # the names in force today, repeated here for lists; OrganisationName has the history
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    # pinyin syllables of the name: sorts Chinese names without a collation of the database
    pinyin = models.CharField(max_length=800, blank=True)
    # 统一社会信用代码, GB 32100-2015; an office has none
    uscc = models.CharField(max_length=18, blank=True)
    # 学校标识码, ten digits
    school_code = models.CharField(max_length=10, blank=True)
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # the body that it is a part of; who supervises a school is told by the region instead
    parent = OrganisationKey(
        to="self", on_merger="follow", label=_("offices and parts"), null=True, related_name="parts"
    )
    scope = models.OneToOneField("accounts.Scope", models.PROTECT, related_name="+")
    # a public fact: name, kind, codes and names over time are shown to everybody
    is_listed = models.BooleanField(default=False)
    address = models.CharField(max_length=300, blank=True)

    # from here on only for those within its scope
    contact_name = models.CharField(max_length=100, blank=True)
    contact_phone = EncryptedTextField(blank=True, default="")
    notes = models.TextField(blank=True)

    objects: Any = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["pinyin", "id"]
        indexes = [models.Index(fields=["kind", "stage"])]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"],
                condition=~Q(uscc=""),
                name="organisation_uscc_once",
                violation_error_message=_("An organisation with this credit code is known."),
            ),
            models.UniqueConstraint(
                fields=["school_code"],
                condition=~Q(school_code=""),
                name="organisation_school_code_once",
                violation_error_message=_("A school with this school code is known."),
            ),
            models.CheckConstraint(
                condition=Q(kind="school", stage__gt="") | (~Q(kind="school") & Q(stage="")),
                name="organisation_school_has_stage",
                violation_error_message=_("A school needs a stage, and only a school has one."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True)
                | Q(starts_on__isnull=True)
                | Q(ends_on__gt=F("starts_on")),
                name="organisation_ends_after_start",
                violation_error_message=_("An organisation must end after it began."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name where there is one."""
        return self.short_name or self.name

    @property
    def parent_path(self) -> str:
        """The scope path of the body that it is a part of, or of its region."""
        return str(self.scope.path).rsplit("@", 1)[0]

    def is_open(self, on: datetime.date) -> bool:
        """Whether it exists on the day."""
        return (self.starts_on is None or self.starts_on <= on) and (
            self.ends_on is None or on < self.ends_on
        )


class NameQuerySet(PeriodQuerySet):
    """Filters of what belongs to an organisation."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep names of organisations that the viewer may see."""
        return self.filter(
            viewer.within("organisations.view", "organisation__scope__path")
            | Q(organisation__is_listed=True)
        )


class OrganisationName(Entity, Period):
    """An official name that an organisation carries during a period."""

    organisation = OrganisationKey(
        on_merger="stay", label=_("official names"), related_name="names"
    )
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60, blank=True)
    # the name as compared, and the same without the regions in front
    normal = models.CharField(max_length=200, db_index=True)
    stem = models.CharField(max_length=200, db_index=True)
    # the decision that gave the name
    source = models.CharField(max_length=200, blank=True)

    objects: Any = NameQuerySet.as_manager()

    class Meta:
        ordering = [F("starts_on").asc(nulls_first=True), "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(ends_on__isnull=True),
                name="organisation_one_open_name",
                violation_error_message=_("The organisation already has a name in force."),
            )
        ]


class Alias(Entity):
    """Another name under which documents of a region mean an organisation."""

    organisation = OrganisationKey(
        on_merger="stay", label=_("aliases in documents"), related_name="aliases"
    )
    # repeated from the organisation: within a region an alias means one thing
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    text = models.CharField(max_length=200)
    normal = models.CharField(max_length=200, db_index=True)
    stem = models.CharField(max_length=200, db_index=True)
    # where it was seen: a document, a person's decision
    source = models.CharField(max_length=200, blank=True)

    objects: Any = NameQuerySet.as_manager()

    class Meta:
        ordering = ["text", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "normal"],
                name="alias_once_in_region",
                violation_error_message=_("This name already stands for an organisation here."),
            )
        ]

    def __str__(self) -> str:
        return self.text
