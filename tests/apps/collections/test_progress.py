"""Counts, the matrix, what waits and what is due; reminders; and the facts that follow."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from jiangxin.apps.collections import actions, facts, queries
from jiangxin.apps.collections.models import Edition
from jiangxin.apps.notices.models import Notice
from jiangxin.apps.organisations import actions as organisations
from jiangxin.core.permissions import PUBLIC
from tests.apps.collections.factories import (
    NOW,
    PLAN,
    SYSTEM,
    approved,
    at,
    begun,
    drafted,
    edition,
    region,
    reviewer,
    school,
    staff,
    submitted,
)

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def names(n: int) -> list[Any]:
    return [school(f"永川第{i}号职业学校", key=f"K{i}") for i in range(n)]


def test_counts_by_state_and_region() -> None:
    schools = names(6)
    asked = edition()
    drafted(schools[0], asked)
    submitted(schools[1], asked)
    submitted(schools[2], asked, when=at(4, 5))
    approved(schools[3], asked)
    actions.excuse(filing=begun(schools[4], asked), reason="x", by=SYSTEM, at=NOW)
    progress = queries.progress_of(asked, on=TODAY)
    assert dict(progress.states) == {
        "draft": 1, "submitted": 2, "approved": 1, "excused": 1, "not_begun": 1
    }  # fmt: skip
    assert (progress.expected, progress.filed, progress.missing, progress.late) == (6, 3, 2, 1)
    assert progress.filed_rate == 3 / 5
    total, below = queries.regions_progress(asked, region=region("500000"), on=TODAY)
    assert total == progress
    assert [(row.region.code, row.progress.filed) for row in below] == [("500118", 3)]


def test_who_comes_and_goes_while_the_edition_runs() -> None:
    one, closing = names(2)
    asked = edition()
    submitted(closing, asked)
    organisations.close(organisation=closing, ends_on=at(3, 20).date(), by=SYSTEM, at=NOW)
    school("永川新建职业学校", key="N", starts_on=at(3, 25).date())
    school("永川晚建职业学校", key="L", starts_on=at(4, 20).date())
    expected = {
        at(3, 14): 2,  # the one that closes is still there
        at(3, 21): 1,
        at(3, 26): 2,  # founded meanwhile
        at(5, 1): 2,  # decided on 10 April: who comes later is asked next year
    }
    for moment, number in expected.items():
        day = moment.date()
        progress = queries.progress_of(asked, on=day)
        assert progress.expected == number
        assert progress.expected == queries.expected_organisations(asked, on=day).count()
    assert queries.progress_of(asked, on=at(3, 26).date()).filed == 0
    assert queries.filings(viewer=SYSTEM, edition=asked).count() == 1
    assert not queries.progress_of(asked, on=at(3, 26).date()).is_settled
    assert one.is_open(TODAY)


def test_the_matrix_shows_each_filer_against_each_edition() -> None:
    schools = names(3)
    asked = edition()
    other = edition(
        PLAN.replace("kitchen_plan", "garden_plan").replace("[secondary]", "[technician]")
    )
    submitted(schools[1], asked)
    officer = reviewer()
    found = queries.matrix(
        [asked, other], viewer=officer, on=TODAY, within=region("500118").path, size=2
    )
    assert found.filers == 3
    assert [total.expected for total in found.totals] == [3, 0]
    cells = {row.name: [cell and cell[0] for cell in row.states] for row in found.rows}
    assert len(cells) == 2
    every = queries.matrix([asked, other], viewer=officer, on=TODAY, within=region("500118").path)
    assert {row.name: [cell and cell[0] for cell in row.states] for row in every.rows} == {
        schools[0].name: ["not_begun", None],
        schools[1].name: ["submitted", None],
        schools[2].name: ["not_begun", None],
    }
    # another region sees nobody
    stranger = reviewer("510115")
    assert queries.matrix([asked], viewer=stranger, on=TODAY, within="").rows == ()


def test_more_filers_cost_no_more_queries(
    count_queries: Callable[[Callable[[], Any]], int],
) -> None:
    asked = edition()
    officer = reviewer()

    def page() -> None:
        queries.matrix([asked], viewer=officer, on=TODAY, within=region("500118").path)
        queries.regions_progress(asked, region=region("500118"), on=TODAY)
        queries.due_items(officer, first=TODAY, last=at(4, 30).date(), on=TODAY)

    submitted(names(1)[0], asked)
    few = count_queries(page)
    for number in range(20, 24):
        submitted(school(f"永川{number}号职业学校", key=f"M{number}"), asked)
    assert count_queries(page) == few


def todo_words(viewer: Any, on: datetime.date = TODAY) -> list[str]:
    return [todo.title for todo in queries.todos_for(viewer, on=on)]


def test_what_waits_for_whom() -> None:
    one, two = names(2)
    asked = edition()
    filer, officer = staff(one), reviewer()
    assert todo_words(filer) == [f"Submit: {asked}"]
    assert todo_words(officer) == []
    filing = submitted(one, asked, by=filer)
    assert todo_words(filer) == []
    assert todo_words(officer) == [f"1 return to review: {asked}"]
    assert todo_words(reviewer("510115")) == []
    actions.return_filing(filing=filing, reason="x", seen=filing.row_version, by=officer, at=NOW)
    assert todo_words(filer) == [f"Rework and submit again: {asked}"]
    assert todo_words(officer) == []
    assert todo_words(staff(two), on=at(4, 2).date()) == [f"Submit: {asked}"]
    assert queries.todos_for(staff(two), on=at(4, 2).date())[0].overdue
    assert queries.todos_for(PUBLIC, on=TODAY) == []


def test_what_is_due() -> None:
    one, _two = names(2)
    asked = edition()
    submitted(one, asked)
    march = {"first": at(3, 1).date(), "last": at(3, 31).date(), "on": TODAY}
    own = queries.due_items(staff(one), **march)
    assert [(due.for_whom, due.filed, due.status, due.due_on) for due in own] == [
        (one.name, True, "achieved", at(3, 31).date())
    ]
    bureau = queries.due_items(reviewer(), **march)
    assert [(due.for_whom, due.filed, due.status) for due in bureau] == [
        ("1 of 2 filed", False, "on_track")
    ]
    assert queries.due_items(reviewer(), **{**march, "last": at(3, 30).date()}) == []
    assert queries.due_items(reviewer("510115"), **march) == []
    late = queries.due_items(reviewer(), **{**march, "on": at(4, 2).date()})
    assert late[0].status == "overdue"


def test_search_finds_what_reaches_the_viewer() -> None:
    asked = edition()
    assert [hit.title for hit in queries.search(reviewer(), "kitchen")] == [
        str(asked.definition.label)
    ]
    assert queries.search(reviewer("510115"), "kitchen") == []
    assert queries.search(PUBLIC, "kitchen") == []


def told(template: str) -> list[str]:
    return sorted(Notice.objects.filter(template=template).values_list("to__username", flat=True))


def people_of(asked: Edition) -> tuple[Any, Any]:
    from tests.apps.accounts.factories import person, region_scope

    officer = person("officer", region_scope("500000"), username="bureau")
    leader = person("leader", region_scope("500118"), username="county-leader")
    person("leader", region_scope("500000"), username="top-leader")
    assert asked
    return officer, leader


def test_reminders_reach_those_who_are_missing_once() -> None:
    from tests.apps.accounts.factories import person, viewer

    one, two = names(2)
    filed = person("school", one.scope, username="filed")
    person("school", two.scope, username="missing")
    asked = edition()
    people_of(asked)
    submitted(one, asked, by=viewer(filed))
    # 17 days before: reminders go out 14 and 3 days before and 3 days after
    assert actions.remind(by=SYSTEM, at=NOW) == actions.Reminded(0, 0, 0)
    assert actions.remind(by=SYSTEM, at=at(3, 18)).filers == 1
    assert actions.remind(by=SYSTEM, at=at(3, 19)).filers == 0
    assert told("collection_due_soon") == ["missing"]
    assert told("collection_digest") == ["bureau"]
    words = Notice.objects.get(template="collection_due_soon")
    assert words.title == "Due on March 31, 2026: Kitchen plan year 2026"
    assert actions.remind(by=SYSTEM, at=at(3, 29)).filers == 1
    assert actions.remind(by=SYSTEM, at=at(4, 3)).filers == 1
    assert told("collection_overdue") == ["missing"]
    # five days after the deadline the leaders of the county and of the bureau hear of it
    assert actions.remind(by=SYSTEM, at=at(4, 4)).leaders == 0
    assert actions.remind(by=SYSTEM, at=at(4, 5)).leaders == 2
    assert told("collection_escalated") == ["county-leader", "top-leader"]
    assert actions.remind(by=SYSTEM, at=at(4, 6)).leaders == 0


def test_who_has_more_time_is_not_pressed() -> None:
    from tests.apps.accounts.factories import person

    one = names(1)[0]
    person("school", one.scope, username="extended")
    asked = edition()
    actions.extend_deadline(
        edition=asked,
        filing=begun(one, asked),
        due_on=at(4, 30).date(),
        reason="Flood",
        by=SYSTEM,
        at=NOW,
    )
    assert actions.remind(by=SYSTEM, at=at(4, 5)) == actions.Reminded(0, 0, 0)


def test_facts_have_one_row_per_filer(monkeypatch: pytest.MonkeyPatch) -> None:
    schools = names(5)
    asked = edition()
    approved(schools[0], asked)
    submitted(schools[1], asked, when=at(4, 2))
    drafted(schools[2], asked)
    actions.excuse(filing=begun(schools[3], asked), reason="x", by=SYSTEM, at=NOW)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: TODAY)
    assert list(facts.filings().rows) == []  # not due yet
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: at(5, 1).date())
    published = facts.filings()
    rows = {row[1]: row[6:] for row in published.rows}
    assert rows == {
        "K0": (True, True, True),
        "K1": (True, False, False),
        "K2": (False, False, False),
        "K4": (False, False, False),
    }
    assert published.covers == [("500000", 2026, 2026)]
    again = list(facts.filings().rows)
    assert len({row[3] for row in again}) == 4
    assert {row[:1] + row[2:3] + row[4:5] for row in again} == {("500118", 2026, "kitchen_plan")}


def test_approved_values_go_to_the_school_year() -> None:
    from jiangxin.apps.organisations.models import SchoolYear

    one = school()
    asked = edition(
        PLAN
        + "on_approval: {action: organisations.record_school_year, "
        + "values: {students: students, internship_plan_filed: 'true'}}\n"
    )
    filing = submitted(one, asked)
    assert not SchoolYear.objects.exists()
    actions.review(filing=filing, seen=filing.row_version, by=reviewer(), at=NOW)
    assert not SchoolYear.objects.exists()
    actions.review_many(edition=asked, by=reviewer("500000"), at=NOW)
    year = SchoolYear.objects.get()
    assert (year.organisation, year.year) == (one, 2026)
    assert year.values["students"] == 800
    assert year.values["internship_plan_filed"] is True
