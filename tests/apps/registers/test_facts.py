"""What is counted, against counts made by hand from the rows below."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.organisations.queries import Plan
from jiangxin.apps.registers import actions, facts, queries
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, region
from tests.apps.registers import factories
from tests.apps.registers.factories import MEDAL, enterprise, holder, of_school, school

pytestmark = pytest.mark.django_db


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def published(first: int = 2020, last: int = 2026) -> list[dict[str, Any]]:
    """Return the published rows of some years by column name."""
    columns = [c.name for c in indicators.schemas()["recognitions"].columns]
    rows = [dict(zip(columns, row, strict=True)) for row in facts.recognitions().rows]
    return [row for row in rows if first <= row["year"] <= last]


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    # the fact reaches to the year of today; the tests act in 2026
    monkeypatch.setattr(timezone, "localdate", lambda *_args: NOW.date())


def levels(number: str) -> dict[int, str]:
    return {row["year"]: row["level"] for row in published() if row["recognition_id"] == number}


def test_one_row_a_year_from_first_to_last() -> None:
    # 2022-07-01 for three years: on 2025-06-30 for the last time
    entry = factories.taken_over(starts_on=day("2022-07-01"), level="county")
    assert levels(entry.number) == dict.fromkeys((2022, 2023, 2024, 2025), "county")
    row = published(2023, 2023)[0]
    assert row == {
        "region_code": "500118",
        "organisation_code": school().code,
        "year": 2023,
        "recognition_id": "LANTERN-WORKSHOP-00001",
        "type": "lantern_workshop",
        "level": "county",
        "first_year": 2022,
        "led_by": "school",
        "kind": None,
        "quantity": None,
    }


def test_an_end_on_new_year_does_not_count_the_new_year() -> None:
    entry = factories.taken_over(text=MEDAL, starts_on=day("2023-05-01"), ends_on=day("2025-01-01"))
    assert set(levels(entry.number)) == {2023, 2024}


def test_an_upgraded_entry_is_counted_once_at_its_highest_level() -> None:
    kind = factories.register_type(MEDAL)
    rows = [
        actions.Recognised("奖章", level, day(start), organisation=school())
        for level, start in (("school", "2021-01-10"), ("county", "2023-02-01"), ("provincial", "2025-03-01"))
    ]  # fmt: skip
    done = actions.record_recognised_many(kind=kind, rows=rows, by=SYSTEM, at=NOW)
    assert (done.new, done.added, done.known) == (1, 2, 0)
    entry = done.entries[0]
    assert levels(entry.number) == {
        2021: "school", 2022: "school",
        2023: "county", 2024: "county",
        2025: "provincial", 2026: "provincial",
    }  # fmt: skip
    assert {row["first_year"] for row in published()} == {2021}
    # the province withdraws in 2026: it still was in force on days of that year
    top = entry.recognitions.get(level="provincial")
    actions.withdraw_recognition(
        recognition=top, reason="停办", by=holder("leader", "500000"), at=NOW
    )
    assert levels(entry.number)[2026] == "provincial"


def test_a_change_of_leader_does_not_count_twice() -> None:
    entry = factories.taken_over(
        starts_on=day("2024-05-01"), level="county",
        members=[("leader", school()), ("partner", enterprise())],
    )  # fmt: skip
    park = factories.organisation("灯笼园区", kind="park", stage="", key="RPARK")
    leader = entry.members.get(role="leader")
    actions.remove_member(
        member=leader, ends_on=day("2025-06-01"), reason="移交", by=holder(), at=NOW
    )
    actions.add_member(
        entry=entry, role="leader", organisation=park, starts_on=day("2025-06-01"),
        by=holder(), at=NOW,
    )  # fmt: skip
    assert {(row["year"], row["led_by"]) for row in published()} == {
        (2024, "school"),
        (2025, "park"),
        (2026, "park"),
    }


def test_a_merger_moves_entries_and_counts_nothing_twice() -> None:
    old, new = school(1), school(2)
    entry = factories.taken_over(
        starts_on=day("2024-05-01"), level="county",
        members=[("leader", old), ("partner", enterprise())],
    )  # fmt: skip
    other = factories.taken_over(
        title="别的", organisation=new, starts_on=day("2025-05-01"), level="county"
    )
    organisations.plan_event(
        plan=Plan(
            kind="merger", effective_on=NOW.date(), document="关于两校合并的批复",
            sources=(old,), target=new,
        ),
        by=SYSTEM, at=NOW,
    )  # fmt: skip
    entry.refresh_from_db()
    assert (entry.organisation, entry.scope) == (new, new.scope)
    assert entry.members.get(role="leader").organisation == new
    rows = [(row["recognition_id"], row["year"], row["organisation_code"]) for row in published()]
    assert sorted(rows) == [
        (entry.number, 2024, new.code),
        (entry.number, 2025, new.code),
        (entry.number, 2026, new.code),
        (other.number, 2025, new.code),
        (other.number, 2026, new.code),
    ]
    found = queries.get_entry(entry.uuid, viewer=of_school(new))
    page = queries.entry_page(found, viewer=of_school(new), on=NOW.date())
    assert "event" in [moment.kind for moment in page.timeline]


def test_kind_and_quantity_come_from_the_fields_that_the_type_names() -> None:
    factories.taken_over(level="county", values={"kind": "silk", "places": 12})
    assert {(row["kind"], row["quantity"]) for row in published()} == {("silk", 12)}


def test_covers_say_where_no_row_means_none() -> None:
    assert list(facts.recognitions().covers) == []
    actions.keep_registers(
        region=region("500000"), since_year=2021, by=holder("officer", "500000"), at=NOW
    )
    assert list(facts.recognitions().covers) == [("500000", 2021, 2026)]


def test_counts_by_year_and_level_as_by_hand() -> None:
    school2, far = school(2), school(1, "510115")
    medal = factories.register_type(MEDAL)
    rows = [
        # in force 2023 to 2026: 1 provincial
        actions.Recognised("甲", "provincial", day("2023-03-01"), organisation=school()),
        # 2024 and 2025: 1 county
        actions.Recognised(
            "乙", "county", day("2024-03-01"), organisation=school(), ends_on=day("2026-01-01")
        ),
        # county in 2024, provincial from 2025 on
        actions.Recognised("丙", "county", day("2024-06-01"), organisation=school2),
        actions.Recognised("丙", "provincial", day("2025-06-01"), organisation=school2),
        # another region
        actions.Recognised("丁", "county", day("2025-06-01"), organisation=far),
    ]
    actions.record_recognised_many(kind=medal, rows=rows, by=SYSTEM, at=NOW)
    counts: dict[tuple[str, int, str], int] = {}
    for row in published():
        key = (row["region_code"], row["year"], row["level"])
        counts[key] = counts.get(key, 0) + 1
    assert counts == {
        ("500118", 2023, "provincial"): 1,
        ("500118", 2024, "provincial"): 1,
        ("500118", 2024, "county"): 2,
        ("500118", 2025, "provincial"): 2,
        ("500118", 2025, "county"): 1,
        ("500118", 2026, "provincial"): 2,
        ("510115", 2025, "county"): 1,
        ("510115", 2026, "county"): 1,
    }


def test_queries_of_the_fact_do_not_grow(count_queries: Any) -> None:
    medal = factories.register_type(MEDAL)

    def add(*titles: str) -> None:
        rows = [
            actions.Recognised(t, "county", day("2024-03-01"), organisation=school())
            for t in titles
        ]
        actions.record_recognised_many(kind=medal, rows=rows, by=SYSTEM, at=NOW)

    add("一")
    published()
    one = count_queries(published)
    add("二", "三", "四")
    assert count_queries(published) == one
