"""Running conditions of made-up schools; every expected number was worked out on paper."""

from __future__ import annotations

from typing import Any

import pytest

from jiangxin.apps.organisations.queries.conditions_check import Assessment, Checker
from jiangxin.apps.reference import actions as reference
from jiangxin.apps.reference import queries as reference_queries
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, load_regions

pytestmark = pytest.mark.django_db

YONGCHUAN = "000000/500000/500118/@S1/"
# 33 × 1,215 = 40,095 m²; 20 × 1,215 = 24,300 m²; 1,215 / 60 = 20.25; 2,500 × 1,215 = 3,037,500
SECONDARY = {
    "students": 1215,
    "area_m2": 36_975,
    "building_m2": 24_300,
    "full_time_teachers": 60,
    "equipment_yuan": 3_037_500,
    "books": 36_000,
}
# equivalent: 8000 + 1.5×10 + 2×5 + 3×100 + 50 + 30 + 200 + 0.3×1000 + 0.1×2000 = 9105
# full-time: 8000 + 10 + 5 + 100 + 50 + 30 + 200 = 8395; teachers: 420 + 0.5 × min(160, 105) = 472.5
COLLEGE = {
    "school_type": "engineering",
    "students": 8000,
    "students_master": 10,
    "students_doctor": 5,
    "students_foreign": 100,
    "students_preparatory": 50,
    "students_advanced": 30,
    "students_adult_full_time": 200,
    "students_evening": 1000,
    "students_correspondence": 2000,
    "full_time_teachers": 420,
    "external_teachers": 160,
    "postgraduate_teachers": 63,
    "teaching_m2": 134_320,
    "equipment_yuan": 36_000_000,
    "books": 546_300,
}


def assess(values: dict[str, Any], stage: str = "secondary", year: int = 2025) -> Assessment:
    return Checker(year).assess(values, stage=stage, path=YONGCHUAN)


def told(assessment: Assessment) -> dict[str, tuple[Any, ...]]:
    return {f.code: (f.state, f.missing, f.fewer_students) for f in assessment.findings}


def test_a_secondary_school_is_told_what_is_missing() -> None:
    found = assess(SECONDARY)
    assert told(found) == {
        "secondary_campus_area": ("failed", 3025, None),
        # 40,095 - 36,975 m²; 36,975 / 33 = 1,120.45 students have room
        "secondary_campus_area_per_student": ("failed", 3120, 95),
        "secondary_building_area": ("met", None, None),
        "secondary_building_area_per_student": ("met", None, None),
        "secondary_teachers": ("met", None, None),
        # 1,215 / 20 = 60.75 teachers; 60 × 20 = 1,200 students
        "secondary_students_per_teacher": ("failed", 1, 15),
        "secondary_equipment": ("met", None, None),
        "secondary_equipment_per_student": ("met", None, None),
        # 36,450 - 36,000 books; 36,000 / 30 = 1,200 students
        "secondary_books_per_student": ("failed", 450, 15),
    }
    assert (found.conditions_met, found.failed) == (False, 4)


def test_a_school_that_meets_all() -> None:
    found = assess(SECONDARY | {"area_m2": 40_095, "full_time_teachers": 61, "books": 36_450})
    assert (found.conditions_met, found.failed, found.unreported) == (True, 0, 0)


def test_a_college_is_judged_by_equivalent_students_and_counted_teachers() -> None:
    found = assess(COLLEGE, "higher_specialty")
    assert told(found) == {
        # 9,105 / 472.5 = 19.27; 9,105 / 18 = 505.83 teachers; 18 × 472.5 = 8,505 students
        "college_students_per_teacher": ("failed", 34, 600),
        "college_postgraduate_teachers": ("met", None, None),
        # 16 × 8,395
        "college_teaching_area_per_student": ("met", None, None),
        # 4,000 × 9,105 = 36,420,000; 36,000,000 / 4,000 = 9,000
        "college_equipment_per_student": ("failed", 420_000, 105),
        # 60 × 9,105
        "college_books_per_student": ("met", None, None),
    }
    ratio = found.findings[0]
    assert (ratio.amount, ratio.base, ratio.required) == (472.5, 9105, 18)
    assert [step.what.split(" ")[0] for step in ratio.trace.steps] == [
        "counted",
        "equivalent_student_weights",
        "college_students_per_teacher",
        "college_students_per_teacher:",
    ]
    assert "教发〔2004〕2号" in ratio.trace.steps[-1].source


@pytest.mark.parametrize(
    ("equipment", "added", "state"),
    [
        (100_000_001, 10_000_001, "exempt"),
        (100_000_001, 10_000_000, "failed"),
        (100_000_000, 10_000_001, "failed"),
    ],
)
def test_much_equipment_is_enough_for_any_number(equipment: int, added: int, state: str) -> None:
    values = COLLEGE | {
        "students": 26_000,  # with the others 27,105 equivalent students need 108,420,000 yuan
        "equipment_yuan": equipment,
        "equipment_added_yuan": added,
    }
    assert told(assess(values, "higher_specialty"))["college_equipment_per_student"][0] == state


@pytest.mark.parametrize(
    ("students", "added", "state"),
    [(28_896, 90_001, "exempt"), (28_895, 90_001, "failed"), (28_896, 90_000, "failed")],
)
def test_many_new_books_are_enough_for_a_large_school(
    students: int, added: int, state: str
) -> None:
    # the other kinds make 1,105 equivalent students, so the limit of 30,000 lies at 28,895
    values = COLLEGE | {"students": students, "books_added": added}
    assert told(assess(values, "higher_specialty"))["college_books_per_student"][0] == state


def test_what_is_not_reported_is_neither_met_nor_failed() -> None:
    found = assess({k: v for k, v in SECONDARY.items() if k != "books"} | {"area_m2": 50_000})
    books = found.findings[-1]
    assert (books.state, books.lacks) == ("not_reported", ("books",))
    assert found.conditions_met is False  # one teacher is missing
    enough = assess({**SECONDARY, "area_m2": 50_000, "full_time_teachers": 61, "books": None})
    assert (enough.conditions_met, enough.failed, enough.unreported) == (None, 0, 1)
    assert assess({}).conditions_met is None


def test_a_school_without_students_or_without_teachers() -> None:
    empty = assess(SECONDARY | {"students": 0})
    assert {f.state for f in empty.findings if f.code.endswith("per_student")} == {"not_reported"}
    alone = told(assess(SECONDARY | {"full_time_teachers": 0}))
    assert alone["secondary_students_per_teacher"] == ("failed", 61, 1215)


def test_types_without_values_are_said_to_be_unset() -> None:
    unset = assess(COLLEGE | {"school_type": "sport"}, "higher_specialty")
    assert {f.state for f in unset.findings} == {"not_set"}
    assert unset.conditions_met is None
    no_type = assess({k: v for k, v in COLLEGE.items() if k != "school_type"}, "higher_specialty")
    assert {f.lacks for f in no_type.findings} == {("school_type",)}
    technical = assess(SECONDARY, "technician")
    assert [f.code for f in technical.findings if f.state != "not_set"] == [
        "secondary_campus_area",
        "secondary_building_area",
        "secondary_building_area_per_student",
        "secondary_equipment",
    ]
    # 36,975 ≥ 30,000; 24,300 ≥ 18,000; 20.0 ≥ 20; 3,037,500 ≥ 3,000,000
    assert (technical.conditions_met, technical.unset) == (True, 5)


def test_a_vocational_university_is_held_against_the_undergraduate_row() -> None:
    found = assess(COLLEGE, "vocational_university")
    assert [f.required for f in found.findings] == [18, 0.3, 16, 5000, 80]


def test_a_province_can_set_its_own_value_for_schools_of_the_arts() -> None:
    values = SECONDARY | {"school_type": "arts"}
    assert assess(values).findings[0].state == "not_set"
    load_regions()
    reference.set_rule_value(
        code="secondary_campus_area",
        region_code="500000",
        starts_on=NOW.date().replace(2024, 1, 1),
        content={"arts": 20_000},
        source=reference.RuleSource("重庆市艺术类中职学校办学条件标准"),
        by=SYSTEM,
        at=NOW,
    )
    reference_queries.forget_settings()
    found = assess(values).findings[0]
    assert (found.state, found.required, found.region) == ("met", 20_000, "500000")
    # what the province says of the arts leaves general schools as they were
    assert assess(SECONDARY).findings[0].required == 40_000


def test_nothing_is_asked_before_there_was_a_rule_nor_of_other_schools() -> None:
    assert {f.state for f in assess(SECONDARY, year=2009).findings} == {"not_set"}
    assert assess(SECONDARY, "general_high_school").findings == ()
