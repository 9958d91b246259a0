"""The shipped returns, filed by a school and approved by bureaus, become facts of that school."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Collection
from jiangxin.apps.organisations.facts import schools
from jiangxin.apps.organisations.models import Organisation, SchoolYear
from jiangxin.core.permissions import SYSTEM
from tests.apps.collections.factories import region, reviewer, school, staff

pytestmark = pytest.mark.django_db

# 1,200 students ask for exactly 40,000 and 24,000 m², 60 teachers, 3 million yuan, 36,000 books
ANNUAL: dict[str, Any] = {
    "school_type": "general", "programmes_open": 8, "classes_in_all": 30,
    "students": 1200, "students_female": 500, "students_internship": 300, "intake": 400,
    "graduates": 380, "staff": 90, "establishment_posts": 80, "full_time_teachers": 60,
    "professional_teachers": 35, "dual_qualified_teachers": 30, "postgraduate_teachers": 6,
    "external_teachers": 0, "from_enterprises": 0, "area_m2": 40_000, "building_m2": 24_000,
    "teaching_m2": 14_000, "practice_m2": 5_000, "dormitory_m2": 8_000, "dangerous_m2": 0,
    "equipment_yuan": 3_000_000, "equipment_added_yuan": 200_000, "practice_stations": 500,
    "books": 36_000, "books_added": 1_000, "income_fiscal": 9e6, "income_tuition": 0,
    "income_other": 1e6, "income_total": 10e6, "spending_people": 6e6, "spending_teaching": 3e6,
    "spending_building": 1e6, "spending_total": 10e6,
}  # fmt: skip
DIGITAL: dict[str, Any] = {
    "classrooms": 40, "classrooms_connected": 40, "campus_network": 100, "systems": 5,
    "systems_joined": 4, "courses_professional": 60, "courses_done": 60,
    "evaluated_digitally": True, "security_graded": True, "digital_spending": 500_000,
}  # fmt: skip


def approve(code: str, values: dict[str, Any], of: Organisation, when: datetime.datetime) -> None:
    """File a shipped return and let every bureau of its way approve it."""
    actions.load_collections(by=SYSTEM, at=when)
    collection = Collection.objects.get(code=code)
    actions.run_collection(
        collection=collection,
        region=region("500000"),
        starts_on=when.date().replace(month=1, day=1),
        by=SYSTEM,
        at=when,
    )
    actions.open_editions(by=SYSTEM, at=when)
    edition = queries.editions(viewer=SYSTEM).get(collection=collection, state="open")
    filer = staff(of)
    filing = queries.filing_of(edition, of.scope.uuid, viewer=filer, on=when.date())
    saved = actions.save_draft(
        filing=filing, raw=values, seen=filing.row_version, by=filer, at=when
    )
    assert saved.filing.problems == []
    filing = actions.submit(
        filing=saved.filing, seen=saved.filing.row_version, note="", by=filer, at=when
    )
    for placed in filing.steps:
        place = placed.path.rstrip("/").rpartition("/")[2]
        by = reviewer(place, placed.step.by)
        filing = actions.review(filing=filing, seen=filing.row_version, by=by, at=when)
    assert filing.state == "approved"


@pytest.mark.parametrize(("books", "is_met"), [(36_000, True), (35_999, False)])
def test_annual_return_decides_on_running_conditions(books: int, *, is_met: bool) -> None:
    of = school()
    when = datetime.datetime(2025, 10, 20, 2, tzinfo=datetime.UTC)
    approve("annual_school_return", ANNUAL | {"books": books}, of, when)
    year = SchoolYear.objects.get(organisation=of, year=2025)
    assert year.values["students"] == 1200
    assert year.values["equipment_yuan"] == 3_000_000
    assert year.conditions_met is is_met
    assert year.failed == (0 if is_met else 1)


def test_returns_of_one_year_meet_in_one_row_of_facts() -> None:
    of = school(ownership="public")
    approve(
        "annual_school_return", ANNUAL, of, datetime.datetime(2025, 10, 20, 2, tzinfo=datetime.UTC)
    )
    approve(
        "digital_transformation",
        DIGITAL,
        of,
        datetime.datetime(2025, 11, 20, 2, tzinfo=datetime.UTC),
    )
    (row,) = [row for row in schools().rows if row[1] == of.code and row[2] == 2025]
    # sector, ownership, conditions, infrastructure, transformed (a system is apart), courses
    assert list(row[3:9]) == ["secondary", "public", True, True, False, True]
    assert row[-1] == 80
