"""Regions and their tree, the national code lists with their editions, and the school calendar.

Every listed thing is a row with a half-open period: a rename, a move or a merger ends one row
and begins another, so that a question about a past day gets the answer of that day.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.core.models import Entity, Period, PeriodQuerySet


class Edition(Entity):
    """One published state of a code list, as it was loaded."""

    class Kind(models.TextChoices):
        DIVISIONS = "divisions", _("Administrative divisions")
        PROGRAMMES = "programmes", _("Programme catalogue")
        OCCUPATIONS = "occupations", _("Occupations")
        INDUSTRIES = "industries", _("Industries")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    # name of the edition as people say it: "2021", "GB/T 4754-2017"
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    issuer = models.CharField(max_length=200, blank=True)
    # number of the official document
    number = models.CharField(max_length=100, blank=True)
    # first day on which the edition counts; empty: for as long as we look back
    starts_on = models.DateField(null=True, blank=True)
    # a complete edition ends what it does not list; additions only add and change
    is_complete = models.BooleanField(default=True)
    # how complete the list is and what its layout leaves out, in plain words
    note = models.TextField(blank=True)
    # SHA-256 of the rows; loading the same rows again changes nothing
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-starts_on", "-loaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"],
                name="reference_edition_once",
                violation_error_message=_("An edition of this name is already loaded."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.name}"


class ListedQuerySet(PeriodQuerySet):
    """Rows of a code list."""

    def matching(self, text: str) -> Self:
        """Keep rows whose code, name, pinyin or initials match the text."""
        text = text.strip()
        if not text:
            return self
        return self.filter(
            Q(code__startswith=text.upper())
            | Q(name__icontains=text)
            | Q(initials__startswith=text.lower())
            | Q(pinyin__startswith=text.lower())
        )


class Listed(Period):
    """What all rows of code lists share: code, name, sort key, edition and period."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=12, db_index=True)
    name = models.CharField(max_length=100)
    # syllables with spaces between them: sorts Chinese names without a collation of the database
    pinyin = models.CharField(max_length=400)
    initials = models.CharField(max_length=100)

    objects = ListedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def _one_open_row(name: str, *fields: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(
            fields=fields,
            condition=Q(ends_on__isnull=True),
            name=f"reference_{name}_one_open_row",
            violation_error_message=_("This code already has a row in force; end it first."),
        ),
        models.CheckConstraint(
            condition=Q(starts_on__isnull=True)
            | Q(ends_on__isnull=True)
            | Q(ends_on__gt=F("starts_on")),
            name=f"reference_{name}_period_runs_forward",
            violation_error_message=_("The end of a period must lie after its start."),
        ),
    ]


class Region(Listed):
    """An administrative division under one name and at one place of the tree, for a period."""

    class Level(models.TextChoices):
        NATION = "nation", _("nation")
        PROVINCE = "province", _("province")
        CITY = "city", _("city")
        COUNTY = "county", _("district or county")
        # has a statistical code but is no division of GB/T 2260
        ZONE = "zone", _("development zone")

    level = models.CharField(max_length=8, choices=Level.choices)
    # the parent when this row began; for the tree of a later day ask the closure
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    # codes from the top, each ended by "/"; the form of a scope path
    path = models.CharField(max_length=60, db_index=True)
    # who took over when this row ended by a merger or a change of code
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["code", F("starts_on").asc(nulls_first=True)]
        constraints = _one_open_row("region", "code")


class RegionClosure(Period):
    """Ancestor and descendant, and the days on which that holds; each region is its own at 0."""

    ancestor = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="below")
    descendant = models.ForeignKey(Region, on_delete=models.CASCADE, related_name="above")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["ancestor", "depth", "descendant"]
        indexes = [models.Index(fields=["descendant", "depth"])]


class Programme(Listed):
    """A programme of the national catalogue at one level; the key is level and code."""

    class Level(models.TextChoices):
        SECONDARY = "secondary", _("secondary vocational")
        COLLEGE = "college", _("vocational college")
        BACHELOR = "bachelor", _("vocational bachelor")

    level = models.CharField(max_length=10, choices=Level.choices)
    # 专业类 and 专业大类, as printed
    class_name = models.CharField(max_length=40)
    category = models.CharField(max_length=40)
    # 国家控制布点专业: needs approval instead of filing; its code ends in K
    is_state_controlled = models.BooleanField(default=False)

    class Meta:
        ordering = ["code", F("starts_on").asc(nulls_first=True)]
        constraints = _one_open_row("programme", "level", "code")

    @property
    def class_code(self) -> str:
        """The first four digits: the 专业类 at this level."""
        return self.code[:4]


class Occupation(Listed):
    """An occupation or a group of the national dictionary of occupations."""

    class Level(models.TextChoices):
        MAJOR = "major", _("major group")
        MEDIUM = "medium", _("medium group")
        MINOR = "minor", _("minor group")
        OCCUPATION = "occupation", _("occupation")

    level = models.CharField(max_length=10, choices=Level.choices)
    # code of the group above; empty for a major group
    parent_code = models.CharField(max_length=12, blank=True, db_index=True)
    # L green occupation, S digital occupation, as marked in the dictionary
    marks = models.CharField(max_length=2, blank=True)

    class Meta:
        ordering = ["code", F("starts_on").asc(nulls_first=True)]
        constraints = _one_open_row("occupation", "code")


class Industry(Listed):
    """A section, division, group or class of the classification of economic activities."""

    class Level(models.TextChoices):
        SECTION = "section", _("industry section")
        DIVISION = "division", _("industry division")
        GROUP = "group", _("industry group")
        CLASS = "class", _("industry class")

    level = models.CharField(max_length=8, choices=Level.choices)
    # letter A to T
    section = models.CharField(max_length=1)
    # code above; empty for a section
    parent_code = models.CharField(max_length=12, blank=True, db_index=True)

    class Meta:
        ordering = ["section", "code", F("starts_on").asc(nulls_first=True)]
        constraints = _one_open_row("industry", "code")
        verbose_name_plural = "industries"


class Term(models.Model):
    """A school term as the authority of a region set it; regions below inherit it."""

    class Season(models.TextChoices):
        AUTUMN = "autumn", _("autumn term")
        SPRING = "spring", _("spring term")

    # six digits, not a row: a calendar outlives a rename of the region
    region_code = models.CharField(max_length=6)
    # calendar year in which the school year begins: 2026 stands for 2026/27
    school_year = models.PositiveSmallIntegerField()
    season = models.CharField(max_length=6, choices=Season.choices)
    # half-open: ends_on is the first day of the holidays
    starts_on = models.DateField()
    ends_on = models.DateField()
    # the notice that set the dates
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["region_code", "school_year", "starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["region_code", "school_year", "season"],
                name="reference_term_once",
                violation_error_message=_("This term of the region is already set."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")),
                name="reference_term_runs_forward",
                violation_error_message=_("A term must end after it starts."),
            ),
        ]


class RuleSetting(Entity):
    """A value of a rule that an authority set on screen, from a day on, for a region and below."""

    # code of the rule; its file says what it is and what holds without a setting
    code = models.CharField(max_length=80, db_index=True)
    # where it holds; nothing stands for the whole country
    region_code = models.CharField(max_length=6, blank=True)
    starts_on = models.DateField()
    # a number, a list of numbers or named numbers, of the shape that the file has
    content = models.JSONField()
    # the official document that says so
    document = models.CharField(max_length=200)
    number = models.CharField(max_length=100, blank=True)
    article = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    set_by_name = models.CharField(max_length=100)
    set_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["code", "-set_at"]
