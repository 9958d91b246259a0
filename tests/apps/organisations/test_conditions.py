"""Cards over the years, the list of a region, and what would be; expected values by hand."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.queries.conditions_cards import card_of
from jiangxin.apps.reference import actions as reference
from jiangxin.apps.reference import queries as reference_queries
from jiangxin.core.errors import NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, officer, person, region, viewer
from tests.apps.organisations.factories import organisation
from tests.apps.organisations.test_conditions_check import SECONDARY

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
# SECONDARY misses campus area twice, one teacher and books
GOOD = SECONDARY | {"area_m2": 40_095, "full_time_teachers": 61, "books": 36_450}


def record(school: Any, year: int, values: dict[str, Any]) -> None:
    actions.record_school_year(
        organisation=school, year=year, values=values, source="annual return", by=SYSTEM, at=NOW
    )


@pytest.mark.parametrize(
    ("failed", "code", "because"),
    [
        ({2025: 0}, "", ""),
        ({2025: 1}, "yellow", "failed"),
        ({2025: 2}, "red", "failed"),
        ({2024: 1, 2025: 1}, "yellow", "failed"),
        ({2023: 1, 2024: 1, 2025: 1}, "red", "years_in_a_row"),
        ({2022: 1, 2023: 1, 2024: 1, 2025: 1}, "red", "years_in_a_row"),
        ({2023: 1, 2024: 1, 2025: 0}, "", ""),
        # a good year or one that nobody knows ends the row; a red year is not a yellow one
        ({2022: 1, 2023: 0, 2024: 1, 2025: 1}, "yellow", "failed"),
        ({2022: 1, 2024: 1, 2025: 1}, "yellow", "failed"),
        ({2023: 3, 2024: 1, 2025: 1}, "yellow", "failed"),
        ({}, "", ""),
    ],
)
def test_cards(failed: dict[int, int], code: str, because: str) -> None:
    card = card_of(failed, 2025, stage="higher_specialty")
    assert (card.code, card.because) == (code, because)


def test_three_yellow_years_of_a_school_are_red_on_its_page() -> None:
    school = organisation()
    for year in (2023, 2024, 2025):
        record(school, year, GOOD | {"books": 36_449})
    found = queries.conditions(school, year=2025, viewer=SYSTEM)
    assert [(past.year, past.card.code) for past in found.history] == [
        (2025, "red"),
        (2024, "yellow"),
        (2023, "yellow"),
    ]
    assert (found.card.code, found.card.years, found.is_outdated) == ("red", 3, False)
    assert found.assessment.findings[-1].missing == 1
    assert {line.key: line.source for line in found.lines}["books"] == "annual return"


def test_the_stored_verdict_names_the_version_of_each_rule() -> None:
    school = organisation()
    record(school, 2025, SECONDARY)
    year = school.school_years.get()
    assert (year.conditions_met, year.failed) == (False, 4)
    assert year.findings[1] == {
        "code": "secondary_campus_area_per_student",
        "state": "failed",
        "since": "2010-07-06",
        "region": "",
        "actual": 36_975 / 1215,
        "required": 33,
        "missing": 3120,
        "fewer_students": 95,
    }


def test_who_sees_the_numbers_of_a_school() -> None:
    school = organisation()
    other = organisation("永川第二职业学校")
    record(school, 2025, SECONDARY)
    for may in (officer(), viewer(person("school", school.scope))):
        assert queries.conditions(school, year=2025, viewer=may).is_reported
    for may_not in (PUBLIC, officer("510115"), viewer(person("school", other.scope))):
        with pytest.raises(NotPermitted):
            queries.conditions(school, year=2025, viewer=may_not)


def test_the_list_of_a_region() -> None:
    good, bad, silent, elsewhere = (
        organisation("永川甲职业学校"),
        organisation("永川乙职业学校"),
        organisation("永川丙职业学校"),
        organisation("温江职业学校", "510115"),
    )
    organisation("永川高级中学", stage="general_high_school")
    closed = organisation("永川丁职业学校")
    record(good, 2025, GOOD)
    record(bad, 2025, SECONDARY)
    record(closed, 2025, SECONDARY)
    record(elsewhere, 2025, GOOD)
    actions.close(organisation=closed, ends_on=datetime.date(2025, 12, 31), by=SYSTEM, at=NOW)
    found = queries.conditions_overview(region=region(), year=2025, viewer=officer(), today=TODAY)
    told = {row.organisation.pk: (row.conditions_met, row.card.code) for row in found.rows}
    assert told == {good.pk: (True, ""), bad.pk: (False, "red"), silent.pk: (None, "")}
    assert (found.met, found.reported, found.share) == (1, 2, 0.5)
    assert found.failing[0][1] == 1
    assert len(found.failing) == 4
    mine = queries.conditions_overview(
        region=region(), year=2025, viewer=viewer(person("school", bad.scope)), today=TODAY
    )
    assert [row.organisation.pk for row in mine.rows] == [bad.pk]
    public = queries.conditions_overview(region=region(), year=2025, viewer=PUBLIC, today=TODAY)
    assert public.rows == ()


def test_the_list_costs_the_same_for_more_schools(django_assert_num_queries: Any) -> None:
    for number in range(4):
        record(organisation(f"永川第{number}职业学校"), 2025, SECONDARY)
    here = region()
    with django_assert_num_queries(4):
        found = queries.conditions_overview(region=here, year=2025, viewer=SYSTEM, today=TODAY)
        assert [row.missing for row in found.rows]


def test_a_merger_adds_up_and_the_first_school_goes_on() -> None:
    one, two = organisation(), organisation("永川第二职业学校")
    record(one, 2025, GOOD | {"students": 1000, "area_m2": 30_000, "external_teachers": 3})
    record(two, 2025, {"students": 215, "area_m2": 10_096, "full_time_teachers": 9, "books": 10})
    found = queries.what_if([one, two], year=2025, change=queries.Change(), viewer=SYSTEM)
    assert [before.assessment.failed for before in found.before] == [2, 4]
    after = {finding.code: finding for finding in found.after.findings}
    # 30,000 + 10,096 m² for 1,215 students need 40,095
    assert found.values["area_m2"] == 40_096
    assert found.values["students"] == 1215
    assert after["secondary_campus_area_per_student"].state == "met"
    # 61 + 9 = 70 teachers
    assert after["secondary_students_per_teacher"].actual == 1215 / 70
    # the second school did not report its buildings
    assert after["secondary_building_area"].state == "not_reported"
    assert found.values["external_teachers"] == 3


def test_more_students_and_a_new_building() -> None:
    school = organisation()
    record(school, 2025, GOOD)
    change = queries.Change(students=185, building_m2=3_700)
    found = queries.what_if([school], year=2025, change=change, viewer=SYSTEM)
    after = {finding.code: finding for finding in found.after.findings}
    # 1,400 students need 28,000 m² of buildings and there are 24,300 + 3,700
    assert after["secondary_building_area_per_student"].state == "met"
    # 33 × 1,400 = 46,200 - 40,095; 1,400 / 20 = 70 - 61
    assert after["secondary_campus_area_per_student"].missing == 6105
    assert after["secondary_students_per_teacher"].missing == 9


def test_a_recheck_after_the_rules_changed() -> None:
    school = organisation()
    record(school, 2025, GOOD)
    reference.set_rule_value(
        code="secondary_campus_area",
        region_code="500000",
        starts_on=datetime.date(2025, 1, 1),
        content={"general": 50_000},
        source=reference.RuleSource("重庆市中职学校办学标准"),
        by=SYSTEM,
        at=NOW,
    )
    reference_queries.forget_settings()
    assert queries.conditions(school, year=2025, viewer=SYSTEM).is_outdated
    path = region().path
    assert actions.recheck_conditions(path=path, year=2025, by=SYSTEM, at=NOW) == 1
    assert actions.recheck_conditions(path=path, year=2025, by=SYSTEM, at=NOW) == 0
    year = school.school_years.get()
    assert (year.conditions_met, year.failed, year.findings[0]["region"]) == (False, 1, "500000")
    with pytest.raises(NotPermitted):
        actions.recheck_conditions(path=path, year=2025, by=officer("510115"), at=NOW)
