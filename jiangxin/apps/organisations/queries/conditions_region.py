"""Running conditions of all schools of a region: who meets them, cards, what fails most."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import Organisation, SchoolYear
from jiangxin.apps.organisations.queries.conditions_cards import (
    Card,
    card_of,
    number_in,
    thresholds,
)
from jiangxin.apps.organisations.queries.conditions_check import VOCATIONAL
from jiangxin.apps.organisations.queries.phases import Phases
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import Viewer

_BATCH = 500


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school in the list of a region.

    Args:
        conditions_met: None where it cannot be told.
        missing: what fails, with the missing amounts, in the words of the rules.
    """

    organisation: Organisation
    stage: str
    conditions_met: bool | None
    failed: int
    findings: Sequence[Mapping[str, Any]]
    card: Card
    is_simulated: bool

    @property
    def stage_label(self) -> str:
        """The stage in that year in words."""
        return str(Organisation.Stage(self.stage).label)

    @property
    def missing(self) -> str:
        """Which conditions fail, in the words of the rules."""
        names = [
            reference.label_of(reference.rule(str(found["code"])))
            for found in self.findings
            if found["state"] == "failed"
        ]
        return _(", ").join(names)


@dataclass(frozen=True, slots=True)
class Overview:
    """Vocational schools of a region in a year against their running conditions."""

    rows: tuple[SchoolRow, ...]
    year: int

    @property
    def reported(self) -> int:
        """How many schools can be told."""
        return sum(row.conditions_met is not None for row in self.rows)

    @property
    def met(self) -> int:
        """How many schools meet all conditions."""
        return sum(row.conditions_met is True for row in self.rows)

    @property
    def share(self) -> float | None:
        """Share of schools that meet all conditions, among those that can be told (LAY-04)."""
        return self.met / self.reported if self.reported else None

    def cards(self, code: str) -> int:
        """Return how many schools have this card."""
        return sum(row.card.code == code for row in self.rows)

    @property
    def yellow(self) -> int:
        """How many schools have a yellow card."""
        return self.cards("yellow")

    @property
    def red(self) -> int:
        """How many schools have a red card."""
        return self.cards("red")

    @property
    def is_simulated(self) -> bool:
        """Whether a school year behind it is made up."""
        return any(row.is_simulated for row in self.rows)

    @property
    def failing(self) -> list[tuple[str, int]]:
        """Conditions by how many schools fail them, most first."""
        counts: dict[str, int] = {}
        for row in self.rows:
            for found in row.findings:
                if found["state"] == "failed":
                    counts[str(found["code"])] = counts.get(str(found["code"]), 0) + 1
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [(reference.label_of(reference.rule(code)), number) for code, number in ordered]


def conditions_overview(
    *, region: Any, year: int, viewer: Viewer, today: datetime.date
) -> Overview:
    """List the vocational schools of a region that the viewer may see the inside of.

    Schools open on 31 December of the year (today in the current year) count; the number of
    queries does not grow with them.
    """
    day = min(datetime.date(year, 12, 31), today)
    schools = list(
        Organisation.objects.on(day)
        .filter(viewer.within("organisations.view"), kind=Organisation.Kind.SCHOOL)
        .filter(scope__path__startswith=region.path)
        .select_related("region", "scope")
    )
    ids = [school.pk for school in schools]
    phases = Phases(ids if len(ids) <= _BATCH else None)
    here = SchoolYear.objects.filter(
        viewer.within("organisations.view", "organisation__scope__path"),
        organisation__scope__path__startswith=region.path,
    ).order_by()
    known = {row.organisation_id: row for row in here.filter(year=year).defer("sources")}
    span = int(thresholds("card_thresholds", year)["years_in_a_row"])
    past: dict[int, dict[int, int]] = {}
    before = here.filter(year__in=range(year - span, year))
    for organisation, number, failed in before.values_list("organisation", "year", "failed"):
        past.setdefault(organisation, {})[number] = failed
    rows = []
    for school in schools:
        stage = phases.stage(school.pk, day, now=school.stage)
        if stage in VOCATIONAL:
            row = known.get(school.pk)
            rows.append(_school_row(school, stage, row, past.get(school.pk, {}), year))
    return Overview(tuple(rows), year)


def _school_row(
    school: Organisation,
    stage: str,
    row: SchoolYear | None,
    past: Mapping[int, int],
    year: int,
) -> SchoolRow:
    if row is None:
        card = card_of(past, year, stage=stage)
        return SchoolRow(school, stage, None, 0, (), card, school.is_simulated)
    met = row.values.get("conditions_met") if row.conditions_met is None else row.conditions_met
    graduates = number_in(row.values, "graduates")
    card = card_of({**past, year: row.failed}, year, stage=stage, graduates=graduates)
    is_simulated = school.is_simulated or row.is_simulated
    return SchoolRow(school, stage, met, row.failed, row.findings, card, is_simulated)


def latest_school_year(
    *, viewer: Viewer, region: Any = None, school: Organisation | None = None
) -> int | None:
    """Return the last year of which a school, or any of a region, reported something."""
    known = SchoolYear.objects.visible_to(viewer)
    if school is not None:
        known = known.filter(organisation=school)
    elif region is not None:
        known = known.filter(organisation__scope__path__startswith=region.path)
    latest: int | None = known.order_by("-year").values_list("year", flat=True).first()
    return latest


def partners_of(school: Organisation, *, viewer: Viewer, on: datetime.date) -> list[Organisation]:
    """List open vocational schools of the same city or province whose numbers the viewer may see."""
    above = school.scope.path.split("@")[0].rstrip("/").rsplit("/", 1)[0] + "/"
    return list(
        Organisation.objects.on(on)
        .filter(viewer.within("organisations.view"), kind=school.kind, stage__in=VOCATIONAL)
        .filter(scope__path__startswith=above)
        .exclude(pk=school.pk)
        .select_related("scope")[:500]
    )
