"""What is known of a school in one year: the numbers of its return, and the verdict on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models.keys import OrganisationKey
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer

Reported = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Key:
    """One thing that is reported of a school each year.

    Args:
        kind: "count" is a whole number, "number" any number from 0 on, "flag" yes or no,
            "filing" a flag that means no until it is reported, "choice" one of `choices`.
        unit: code of rules/units.yaml, empty for flags and choices.
    """

    label: str | Promise
    kind: Literal["count", "number", "flag", "filing", "choice"]
    unit: str = ""
    choices: tuple[str, ...] = ()


# by which running conditions are told apart: 达标工程 for the first four, 教发〔2004〕2号 below
SCHOOL_TYPES: Mapping[str, str | Promise] = {
    "general": _("general secondary vocational school"),
    "technician": _("technical school"),
    "arts": _("secondary school of the arts"),
    "remote": _("secondary school in a remote county lifted out of poverty"),
    "comprehensive": _("comprehensive, normal or ethnic college"),
    "engineering": _("college of engineering, agriculture or forestry"),
    "medicine": _("college of medicine"),
    "language": _("college of languages, finance or law"),
    "sport": _("college of sport"),
    "fine_arts": _("college of the arts"),
}

KEYS: Mapping[str, Key] = {
    "school_type": Key(_("Type for running conditions"), "choice", choices=tuple(SCHOOL_TYPES)),
    # students by kind; the formula of equivalent students gives each kind its weight
    "students": Key(_("Ordinary students"), "count", "person"),
    "students_master": Key(_("Master students"), "count", "person"),
    "students_doctor": Key(_("Doctoral students"), "count", "person"),
    "students_foreign": Key(_("Foreign students"), "count", "person"),
    "students_preparatory": Key(_("Preparatory students"), "count", "person"),
    "students_advanced": Key(_("Students in advanced study"), "count", "person"),
    "students_adult_full_time": Key(_("Adult full-time students"), "count", "person"),
    "students_evening": Key(_("Evening students"), "count", "person"),
    "students_correspondence": Key(_("Correspondence students"), "count", "person"),
    "graduates": Key(_("Graduates of the year"), "count", "person"),
    "full_time_teachers": Key(_("Full-time teachers"), "count", "person"),
    "postgraduate_teachers": Key(
        _("Full-time teachers with a postgraduate degree"), "count", "person"
    ),
    "external_teachers": Key(_("External teachers"), "count", "person"),
    "area_m2": Key(_("Campus area"), "number", "m2"),
    "building_m2": Key(_("Floor area of buildings"), "number", "m2"),
    "teaching_m2": Key(_("Floor area for teaching and administration"), "number", "m2"),
    "equipment_yuan": Key(_("Value of equipment"), "number", "yuan"),
    "equipment_added_yuan": Key(_("Value of equipment added in the year"), "number", "yuan"),
    "books": Key(_("Printed books"), "count", "book"),
    "books_added": Key(_("Books added in the year"), "count", "book"),
    # columns of rules/facts/schools.yaml
    "conditions_met": Key(_("Verdict of an earlier check, where numbers are lacking"), "flag"),
    "digital_infrastructure": Key(_("Covered by the new digital infrastructure"), "flag"),
    "digitally_transformed": Key(_("Digital transformation completed"), "flag"),
    "courses_upgraded": Key(_("Professional courses upgraded throughout"), "flag"),
    "in_consortium": Key(_("Takes part in a consortium of industry and education"), "flag"),
    "adjustment_plan": Key(_("Has a plan for adjusting its programmes"), "filing"),
    "experience_day": Key(_("Holds a vocational experience day"), "flag"),
    "quality_report": Key(_("Published its annual quality report"), "filing"),
    "practice_plan_filed": Key(_("Filed its plan for enterprise practice of teachers"), "filing"),
    "internship_plan_filed": Key(_("Filed its internship plan"), "filing"),
    "establishment_posts": Key(_("Staff posts of the establishment"), "count", "post"),
}


class SchoolYearQuerySet(models.QuerySet[Any]):
    """Filters of school years."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep years of schools within the viewer's scope."""
        return self.filter(viewer.within("organisations.view", "organisation__scope__path"))


class SchoolYear(Entity):
    """What is known of a school in a calendar year, and whether it meets the running conditions."""

    # a year stays with the school that lived it, also after a merger
    organisation = OrganisationKey(
        on_merger="stay", label=_("school years reported"), related_name="school_years"
    )
    year = models.PositiveSmallIntegerField()
    # by the keys above; what was not reported has no key
    values = models.JSONField(default=dict)
    # who said it, by key: a collection, a person's entry, an import
    sources = models.JSONField(default=dict)
    # what was asked, found and missing per condition, with the version of each rule
    findings = models.JSONField(default=list)
    # all conditions met; empty where one cannot be told from what was reported
    conditions_met = models.BooleanField(null=True)
    # conditions that failed for certain; one or more brings a card
    failed = models.PositiveSmallIntegerField(default=0)
    recorded_at = models.DateTimeField()

    objects: Any = SchoolYearQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "-year"]
        indexes = [models.Index(fields=["year"])]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"],
                name="organisation_school_year_once",
                violation_error_message=_("This year of the school is known already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"
