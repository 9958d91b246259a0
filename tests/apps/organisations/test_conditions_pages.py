"""Pages of running conditions: what is said, to whom, and what a form works out."""

from __future__ import annotations

from typing import Any

import pytest

from jiangxin.apps.organisations import actions
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, browser, person, region_scope
from tests.apps.organisations.factories import organisation
from tests.apps.organisations.test_conditions_check import SECONDARY

pytestmark = pytest.mark.django_db


def reported(name: str = "永川第一职业学校", **more: Any) -> Any:
    school = organisation(name, is_listed=True)
    actions.record_school_year(
        organisation=school,
        year=2025,
        values=SECONDARY | more,
        source="annual return 2025",
        by=SYSTEM,
        at=NOW,
    )
    return school


def test_the_page_of_a_school_says_what_is_missing() -> None:
    school = reported()
    client = browser(person("school", school.scope))
    page = client.get(f"/organisations/{school.uuid}/conditions/")
    text = page.content.decode()
    assert page.status_code == 200
    assert page.context["year"] == 2025
    assert "needs 3,120 m² more, or 95 students fewer" in text
    assert "red card" in text
    assert "annual return 2025" in text
    client.cookies["django_language"] = "zh-hans"
    assert client.get(f"/organisations/{school.uuid}/conditions/?year=2019").status_code == 200


def test_what_if_on_the_page() -> None:
    school, partner = reported(), reported("永川第二职业学校", students=200)
    officer = browser(person("officer"))
    address = f"/organisations/{school.uuid}/conditions/?what_if=1&year=2025"
    page = officer.get(f"{address}&students=-95&schools={partner.uuid}&area_m2=1000")
    what_if = page.context["what_if"]
    assert [b.organisation for b in what_if.before] == [school, partner]
    # 1,215 + 200 - 95 students; 2 × 36,975 + 1,000 m²
    assert (what_if.values["students"], what_if.values["area_m2"]) == (1320, 74_950)
    wrong = officer.get(f"{address}&students=many")
    assert wrong.status_code == 200
    assert wrong.context["what_if"] is None
    # a school sees no other school's numbers, so it has no partners to choose
    mine = browser(person("school", school.scope)).get(address)
    assert "schools" not in mine.context["form"].fields


def test_the_list_of_a_region_and_its_file() -> None:
    reported()
    reported("永川第二职业学校", area_m2=40_095, full_time_teachers=61, books=36_450)
    officer = browser(person("officer"))
    page = officer.get("/organisations/conditions/?region=500118")
    assert page.status_code == 200
    assert page.context["overview"].share == 0.5
    assert [tab["count"] for tab in page.context["tabs"]] == [2, 1, 1, 0, 0, 1]
    failed = officer.get("/organisations/conditions/?region=500118&state=not_met")
    assert [row.thing.organisation.name for row in failed.context["listing"].rows] == [
        "永川第一职业学校"
    ]
    assert officer.get("/organisations/conditions/?format=xlsx")["Content-Type"].endswith("sheet")
    again = officer.post("/organisations/conditions/recheck/?region=500118&year=2025")
    assert again.status_code == 302


def test_pages_are_closed_to_others() -> None:
    school = reported()
    address = f"/organisations/{school.uuid}/conditions/"
    elsewhere = browser(person("officer", region_scope("510115")))
    # the school is listed for everybody, its numbers are not
    assert elsewhere.get(address).status_code == 403
    assert browser(person("school", organisation("永川第三职业学校").scope)).get(
        address
    ).status_code == 403  # fmt: skip
    assert browser().get(address).status_code in (302, 403)
    assert elsewhere.post("/organisations/conditions/recheck/?region=500118").status_code == 403
    assert not elsewhere.get("/organisations/conditions/?region=500118").context["overview"].rows


def test_the_same_by_the_api() -> None:
    school = reported()
    address = f"/api/v1/organisations/{school.uuid}/conditions/2025"
    officer = browser(person("officer"))
    found = officer.get(address).json()
    assert (found["conditions_met"], found["card"], found["values"]["students"]) == (
        False,
        "red",
        1215,
    )
    area = found["findings"][1]
    assert (area["code"], area["missing"], area["unit"], area["fewer_students"]) == (
        "secondary_campus_area_per_student",
        3120,
        "m2",
        95,
    )
    sent = {"values": {"area_m2": 40_095, "school_type": "general"}, "source": "survey"}
    answer = officer.put(address, sent, content_type="application/json")
    assert [f["state"] for f in answer.json()["findings"]][:2] == ["met", "met"]
    wrong = officer.put(
        address, {"values": {"area": 1}, "source": "x"}, content_type="application/json"
    )
    assert wrong.status_code == 422
    elsewhere = browser(person("officer", region_scope("510115")))
    assert elsewhere.get(address).status_code == 403
    assert elsewhere.put(address, sent, content_type="application/json").status_code == 403
