"""Schools by year as indicators get them; expected rows by hand."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml

from jiangxin.apps.organisations import actions, facts
from jiangxin.apps.organisations.models import Phase
from jiangxin.apps.reference.queries import RULES
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, region
from tests.apps.organisations.factories import organisation
from tests.apps.organisations.test_conditions_check import SECONDARY

pytestmark = pytest.mark.django_db

COLUMNS = list(yaml.safe_load((RULES / "facts" / "schools.yaml").read_text("utf-8"))["columns"])


def record(school: Any, year: int, **values: Any) -> None:
    actions.record_school_year(
        organisation=school, year=year, values=values, source="return", by=SYSTEM, at=NOW
    )


def rows() -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in facts.schools().rows]


def test_nothing_is_published_before_something_was_recorded() -> None:
    organisation()
    published = facts.schools()
    assert (list(published.rows), published.covers, published.is_simulated) == ([], (), False)


def test_one_row_for_each_open_school_of_a_region_where_something_was_recorded() -> None:
    reporting = organisation("永川甲职业学校", ownership="public", key="A")
    organisation("永川乙职业学校", ownership="mixed", key="B")
    closed = organisation("永川丙职业学校", key="C")
    organisation("永川公司", kind="enterprise", stage="", key="E")
    organisation("永川丁职业学校", key="D", starts_on=datetime.date(2026, 1, 1))
    organisation("温江职业学校", "510115", key="W")
    actions.close(organisation=closed, ends_on=datetime.date(2025, 12, 31), by=SYSTEM, at=NOW)
    record(reporting, 2025, **SECONDARY, quality_report=True, digitally_transformed=True)
    told = rows()
    assert [(row["organisation_code"], row["year"]) for row in told] == [("A", 2025), ("B", 2025)]
    first, second = told
    assert first == {
        "region_code": "500118",
        "organisation_code": "A",
        "year": 2025,
        "sector": "secondary",
        "ownership": "public",
        "conditions_met": False,
        "digital_infrastructure": None,
        "digitally_transformed": True,
        "courses_upgraded": None,
        "in_consortium": None,
        "adjustment_plan": None,
        "experience_day": None,
        "quality_report": True,
        "practice_plan_filed": None,
        "internship_plan_filed": None,
        "establishment_posts": None,
    }
    # nobody knows the conditions of the second; it has not filed the report that others filed
    assert (second["conditions_met"], second["quality_report"]) == (None, False)
    assert (second["ownership"], second["internship_plan_filed"]) == (None, None)
    assert facts.schools().covers == (("500118", 2025, 2025),)


def test_an_earlier_verdict_stands_in_where_numbers_are_lacking() -> None:
    first, second = organisation("永川甲职业学校", key="A"), organisation("永川乙职业学校", key="B")
    record(first, 2024, conditions_met=True)
    record(second, 2024, conditions_met=True, **SECONDARY)
    assert [row["conditions_met"] for row in rows()] == [True, False]


def test_a_school_is_told_as_it_was() -> None:
    school = organisation("重庆星湖职业技术大学", stage="vocational_university", key="A")
    Phase.objects.create(
        organisation=school,
        stage="higher_specialty",
        region=region("510115"),
        ends_on=datetime.date(2025, 6, 1),
    )
    Phase.objects.create(
        organisation=school,
        stage="vocational_university",
        region=region("500118"),
        starts_on=datetime.date(2025, 6, 1),
    )
    record(school, 2024, students=10)
    record(school, 2025, students=10)
    assert [(row["year"], row["sector"], row["region_code"]) for row in rows()] == [
        (2024, "higher_specialty", "510115"),
        (2025, "vocational_university", "500118"),
    ]


def test_made_up_years_mark_the_fact() -> None:
    actions.record_school_year(
        organisation=organisation(),
        year=2025,
        values={"students": 5},
        source="demo",
        by=SYSTEM,
        at=NOW,
        is_simulated=True,
    )
    assert facts.schools().is_simulated
