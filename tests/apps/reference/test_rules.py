"""Rules on screen: what a region sets goes before the file, from its day, there and below."""

from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.reference import actions, queries
from jiangxin.core.errors import Invalid, NotFound, NotPermitted, WrongState
from jiangxin.core.permissions import PUBLIC, SYSTEM, Grant, Viewer
from tests.apps.accounts.factories import NOW, load_regions

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 7, 1)
SOURCE = actions.RuleSource("某省关于公开数据的通知", "某教〔2026〕1号", "第三条")


@pytest.fixture(autouse=True)
def _divisions() -> None:
    load_regions()
    queries.forget_settings()


def set_minimum(number: float, region: str = "500000", by: Viewer = SYSTEM) -> object:
    setting = actions.set_rule_value(
        code="small_cell_minimum", region_code=region, starts_on=DAY, content=number,
        source=SOURCE, by=by, at=NOW,
    )  # fmt: skip
    queries.forget_settings()
    return setting


def minimum(path: str, on: datetime.date = DAY) -> tuple[float, bool]:
    value = queries.rule_value("small_cell_minimum", on=on, path=path)
    return value.number(), value.is_inferred


def test_a_setting_holds_from_its_day_there_and_below() -> None:
    assert minimum("000000/500000/500118/") == (10, True)
    set_minimum(20)
    assert minimum("000000/500000/500118/") == (20, False)
    assert minimum("000000/510000/") == (10, True)
    assert minimum("000000/500000/500118/", DAY - datetime.timedelta(days=1)) == (10, True)
    set_minimum(5, "500118")
    assert minimum("000000/500000/500118/") == (5, False)


def test_a_newer_setting_of_the_same_day_counts_and_can_be_taken_back() -> None:
    set_minimum(20)
    later = set_minimum(30)
    assert minimum("000000/500000/") == (30, False)
    actions.withdraw_rule_setting(setting=later, by=SYSTEM, at=NOW)
    queries.forget_settings()
    assert minimum("000000/500000/") == (20, False)
    with pytest.raises(WrongState):
        actions.withdraw_rule_setting(setting=later, by=SYSTEM, at=NOW)


def test_only_those_who_keep_the_rules_of_the_region_set_them() -> None:
    chongqing = Viewer(
        7, "某人", (Grant("operator", frozenset({"rules.manage"}), "000000/500000/"),)
    )
    set_minimum(20, "500118", by=chongqing)
    for region, viewer in (("", chongqing), ("510000", chongqing), ("500000", PUBLIC)):
        with pytest.raises(NotPermitted):
            set_minimum(20, region, by=viewer)


def test_a_value_of_another_shape_is_refused() -> None:
    def set_weights(content: object) -> None:
        actions.set_rule_value(
            code="scorecard_weights", region_code="", starts_on=DAY, content=content,
            source=SOURCE, by=SYSTEM, at=NOW,
        )  # fmt: skip

    for wrong in (1.0, (1.0, 2.0), {"targets": 1.0}):
        with pytest.raises(Invalid):
            set_weights(wrong)
    set_weights({"targets": 0.4, "tasks": 0.3, "timeliness": 0.2, "coverage": 0.1})
    with pytest.raises(Invalid) as refused:
        actions.set_rule_value(
            code="small_cell_minimum", region_code="", starts_on=DAY, content=3.0,
            source=actions.RuleSource(" "), by=SYSTEM, at=NOW,
        )  # fmt: skip
    assert set(refused.value.data["fields"]) == {"document"}
    with pytest.raises(NotFound):
        queries.rule("no_such_rule")


def test_pages_show_the_rule_and_take_a_setting(client, django_user_model) -> None:  # type: ignore[no-untyped-def]  # fixtures
    page = client.get("/reference/rules/").content.decode()
    assert "small_cell_minimum" in page
    assert client.get("/reference/rules/small_cell_minimum/").status_code == 200
    assert client.get("/reference/rules/nothing/").status_code == 404
    assert client.get("/reference/rules/?format=xlsx").status_code == 200
