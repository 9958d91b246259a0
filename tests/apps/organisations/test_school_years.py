"""What schools report of a year: merging, refusals, many at once."""

from __future__ import annotations

from typing import Any

import pytest

from jiangxin.apps.organisations import actions
from jiangxin.apps.organisations.models import SchoolYear
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, officer, person, region, viewer
from tests.apps.organisations.factories import bureau, organisation

pytestmark = pytest.mark.django_db


def record(
    school: Any, year: int = 2025, source: str = "annual return", **values: Any
) -> SchoolYear:
    return actions.record_school_year(
        organisation=school, year=year, values=values, source=source, by=SYSTEM, at=NOW
    )


def test_values_are_merged_into_one_row_with_their_sources() -> None:
    school = organisation()
    record(school, students=1200, books=36_000)
    record(school, source="plan", students=1300, internship_plan_filed=True)
    year = SchoolYear.objects.get()
    assert year.values == {"students": 1300, "books": 36_000, "internship_plan_filed": True}
    assert year.sources == {
        "students": "plan",
        "books": "annual return",
        "internship_plan_filed": "plan",
    }
    record(school, students=None)
    year.refresh_from_db()
    assert "students" not in year.values
    assert [row.data["values"] for row in AuditRow.objects.filter(
        event="organisations.school_year.recorded"
    )] == [
        {"students": 1200, "books": 36_000},
        {"students": 1300, "internship_plan_filed": True},
        {"students": None},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"studnets": 1}, "studnets"),
        ({"students": -1}, "students"),
        ({"students": 1.5}, "students"),
        ({"students": True}, "students"),
        ({"area_m2": float("nan")}, "area_m2"),
        ({"quality_report": 1}, "quality_report"),
        ({"school_type": "military"}, "school_type"),
    ],
)
def test_a_wrong_value_is_refused_and_nothing_is_kept(values: dict[str, Any], field: str) -> None:
    good, bad = organisation(), organisation("永川第二职业学校")
    rows = [
        actions.Reports(good, 2025, {"students": 10}, "return"),
        actions.Reports(bad, 2025, values, "return"),
    ]
    with pytest.raises(Invalid) as refused:
        actions.record_school_years(rows=rows, by=SYSTEM, at=NOW)
    assert list(refused.value.data["fields"]) == [field]
    assert refused.value.data["organisation"] == bad.code
    assert not SchoolYear.objects.exists()


def test_only_schools_have_school_years_and_only_of_years_near() -> None:
    with pytest.raises(Invalid):
        record(bureau(), students=1)
    with pytest.raises(Invalid):
        record(organisation(), year=NOW.year + 2, students=1)


def test_who_may_record() -> None:
    school = organisation()
    at = {"organisation": school, "year": 2025, "values": {"students": 1}, "source": "x", "at": NOW}
    actions.record_school_year(**at, by=officer())
    for by in (PUBLIC, officer("510115"), viewer(person("school", school.scope))):
        with pytest.raises(NotPermitted):
            actions.record_school_year(**at, by=by)


def test_thousands_of_rows_cost_a_fixed_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    entries = [
        (
            actions.Details(name=f"学校{n}", kind="school", stage="secondary", region=region()),
            f"S{n}",
        )
        for n in range(60)
    ]
    schools = actions.register_many(entries=entries, by=SYSTEM, at=NOW)
    rows = [
        actions.Reports(s, 2025, {"students": 100 + n}, "return") for n, s in enumerate(schools)
    ]
    for _again in range(2):
        with django_assert_max_num_queries(14):
            actions.record_school_years(rows=rows, by=SYSTEM, at=NOW)
    assert SchoolYear.objects.count() == 60
    trail = AuditRow.objects.filter(event="organisations.school_years.recorded").first()
    assert trail is not None
    assert trail.path.endswith("500118/")
    assert trail.data["schools"]["S7"] == {"source": "return", "values": {"students": 107}}
