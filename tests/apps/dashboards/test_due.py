"""What is due: one list for a bureau and one for a school, with what was filed."""

from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.dashboards import queries
from jiangxin.core.permissions import PUBLIC, Viewer
from tests.apps.accounts.factories import browser, person, region, region_scope, viewer
from tests.apps.collections import factories as returns
from tests.apps.policies.factories import adopted

pytestmark = pytest.mark.django_db
MARCH = (datetime.date(2026, 3, 1), datetime.date(2026, 3, 31))


def due(who: Viewer, on: datetime.date, *, code: str = "500118") -> list[tuple]:
    found = queries.dues(viewer=who, region=region(code), first=MARCH[0], last=MARCH[1], on=on)
    return [(row.kind, row.on.day, row.status, row.for_whom, row.filed) for row in found]


def test_a_bureau_sees_how_many_filed_and_a_school_whether_it_did() -> None:
    asked = returns.edition()
    one, two = returns.school(), returns.school("永川第二职业学校")
    officer, filer = returns.reviewer(), returns.staff(one)
    in_time, too_late = datetime.date(2026, 3, 14), datetime.date(2026, 4, 2)
    assert due(officer, in_time) == [("collection", 31, "on_track", "0 of 2 filed", False)]
    assert due(filer, in_time) == [("return", 31, "on_track", one.name, False)]
    returns.submitted(one, asked)
    assert due(filer, in_time) == [("return", 31, "achieved", one.name, True)]
    assert due(officer, too_late) == [("collection", 31, "overdue", "1 of 2 filed", False)]
    returns.submitted(two, asked)
    assert due(officer, too_late) == [("collection", 31, "achieved", "2 of 2 filed", True)]


def test_nobody_sees_what_is_due_elsewhere() -> None:
    returns.edition()
    one = returns.school()
    on = datetime.date(2026, 3, 14)
    assert due(viewer(person("officer", region_scope("510115"))), on, code="510115") == []
    assert due(PUBLIC, on) == []
    other = returns.staff(returns.school("永川第二职业学校"))
    assert one.name not in str(due(other, on))


def test_the_list_keeps_its_filters_in_the_address_and_gives_them_as_a_file() -> None:
    found = adopted()
    client = browser(person("officer", region_scope("500118")))
    page = client.get("/calendar/", {"region": "500118", "span": "year", "kind": "target"})
    assert page.status_code == 200
    assert found.title
    rows = page.context["listing"].found
    assert {row.kind for row in rows} <= {"target"}
    assert client.get("/calendar/", {"region": "500118", "format": "xlsx"}).status_code == 200
    for nonsense in ({"span": "x"}, {"filed": "x"}, {"kind": "x"}, {"whom": "x"}):
        assert client.get("/calendar/", nonsense).status_code == 200
