"""What this app publishes for indicators: schools by year.

A region and year is published once one of its schools has a school year there; then every school
that was open on 31 December (today in the current year) has a row. What a school did not report
is empty, and definitions count it neither as met nor as failed. A filing is different: where one
school of the region has reported it, the others have not filed.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils import timezone

from jiangxin.apps.organisations.models import KEYS, Organisation, SchoolYear
from jiangxin.apps.organisations.queries.phases import Phases
from jiangxin.engines import measures

_SECTORS = frozenset(
    {"secondary", "technician", "higher_specialty", "vocational_university", "general_high_school"}
)
# columns of rules/facts/schools.yaml after the first five
_REPORTED = (
    "digital_infrastructure",
    "digitally_transformed",
    "courses_upgraded",
    "in_consortium",
    "adjustment_plan",
    "experience_day",
    "quality_report",
    "practice_plan_filed",
    "internship_plan_filed",
    "establishment_posts",
)
Place = tuple[str, int]


def schools() -> measures.FactRows:
    """Publish one row for each open school and year, in the columns of rules/facts/schools.yaml."""
    today = timezone.localdate()
    known = {
        (row["organisation"], row["year"]): row
        for row in SchoolYear.objects.filter(year__lte=today.year).values(
            "organisation", "year", "values", "conditions_met", "is_simulated"
        )
    }
    phases = Phases()
    organisations = _schools()
    kept, filed = _kept_here(known, {row["id"]: row for row in organisations}, phases, today)
    return measures.FactRows(
        _rows(organisations, known, phases, kept, filed, today),
        tuple((region, year, year) for region, year in sorted(kept)),
        is_simulated=any(row["is_simulated"] for row in known.values()),
    )


PUBLISHES: Mapping[str, Callable[[], measures.FactRows]] = {"schools": schools}


def _schools() -> list[dict[str, Any]]:
    columns = ("id", "code", "stage", "ownership", "region__code", "starts_on", "ends_on")
    rows = Organisation.objects.filter(~Q(stage=""), kind=Organisation.Kind.SCHOOL)
    return list(rows.order_by("code").values(*columns))


def _day(year: int, today: datetime.date) -> datetime.date:
    return min(datetime.date(year, 12, 31), today)


def _kept_here(
    known: Mapping[tuple[int, int], Mapping[str, Any]],
    schools_by_id: Mapping[int, Mapping[str, Any]],
    phases: Phases,
    today: datetime.date,
) -> tuple[set[Place], dict[str, set[Place]]]:
    """Return regions and years that are published, and those where each filing was reported."""
    kept: set[Place] = set()
    filed: dict[str, set[Place]] = {}
    for (organisation, year), row in known.items():
        if organisation not in schools_by_id:
            continue
        region = phases.region(
            organisation, _day(year, today), now=schools_by_id[organisation]["region__code"]
        )
        kept.add((region, year))
        for key in row["values"]:
            if key in KEYS and KEYS[key].kind == "filing":
                filed.setdefault(key, set()).add((region, year))
    return kept, filed


def _rows(
    organisations: Sequence[Mapping[str, Any]],
    known: Mapping[tuple[int, int], Mapping[str, Any]],
    phases: Phases,
    kept: set[Place],
    filed: Mapping[str, set[Place]],
    today: datetime.date,
) -> Iterator[Sequence[object]]:
    for year in sorted({year for _region, year in kept}):
        day = _day(year, today)
        for school in organisations:
            starts_on, ends_on = school["starts_on"], school["ends_on"]
            if (starts_on and day < starts_on) or (ends_on and ends_on <= day):
                continue
            sector = phases.stage(school["id"], day, now=school["stage"])
            region = phases.region(school["id"], day, now=school["region__code"])
            if (region, year) not in kept or sector not in _SECTORS:
                continue
            row = known.get((school["id"], year))
            values = row["values"] if row else {}
            met = row["conditions_met"] if row else None
            yield (
                region,
                school["code"],
                year,
                sector,
                # the fact tells public and private apart; mixed ownership is neither
                school["ownership"] if school["ownership"] in ("public", "private") else None,
                values.get("conditions_met") if met is None else met,
                *(
                    values.get(key, False if (region, year) in filed.get(key, ()) else None)
                    for key in _REPORTED
                ),
            )
