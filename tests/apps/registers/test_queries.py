from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.models import Entry
from jiangxin.core.errors import Invalid, NotFound, NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, region, viewer
from tests.apps.registers import factories
from tests.apps.registers.factories import MEDAL, enterprise, expert, holder, of_school, school

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def test_everybody_sees_listed_entries_with_public_fields_only() -> None:
    listed = factories.taken_over(level="county", values=factories.VALUES)
    hidden = factories.taken_over(text=MEDAL, title="内部奖章", values={"words": "亮"})
    assert list(queries.directory()) == [listed]
    row = queries.get_entry(listed.uuid, viewer=PUBLIC)
    definition = queries.definition_of(row.type_version)
    assert queries.values_for(row, definition) == {"kind": "silk", "places": 12}
    page = queries.entry_page(row, viewer=PUBLIC, on=TODAY)
    assert (page.is_whole, page.values, page.timeline, page.checks) == (
        False, {"kind": "silk", "places": 12}, (), (),
    )  # fmt: skip
    with pytest.raises(NotFound):
        queries.get_entry(hidden.uuid, viewer=PUBLIC)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("holder", True),
        ("member", True),
        ("officer", True),
        ("province", True),
        ("auditor", True),
        ("other school", False),
        ("other region", False),
        ("expert", False),
    ],
)
def test_who_sees_an_unlisted_entry(who: str, sees: bool) -> None:
    factories.register_type(MEDAL, members=factories.raw()["members"])
    entry = factories.taken_over(
        text=MEDAL, values={"words": "亮"}, members=[("partner", enterprise())]
    )
    member = factories.person("enterprise", enterprise().scope, username="member")
    by = {
        "holder": lambda: of_school(school()),
        "member": lambda: viewer(member),
        "officer": lambda: holder(),
        "province": lambda: holder("officer", "500000"),
        "auditor": lambda: holder("auditor"),
        "other school": lambda: of_school(school(2)),
        "other region": lambda: holder("officer", "510115"),
        "expert": lambda: viewer(expert(0)),
    }[who]()
    assert queries.entries(by).filter(pk=entry.pk).exists() == sees
    if sees:
        row = queries.get_entry(entry.uuid, viewer=by)
        assert queries.entry_page(row, viewer=by, on=TODAY).values == {"words": "亮"}


def test_applications_are_seen_by_applicant_offices_and_members_only() -> None:
    application = factories.submitted()
    member = viewer(factories.person("enterprise", enterprise().scope, username="member"))
    seen = (of_school(school()), member, holder(), holder("leader", "500000"))
    unseen = (of_school(school(2)), holder("officer", "510115"), viewer(expert(0)), PUBLIC)
    for by in seen:
        assert queries.get_application(application.uuid, viewer=by) == application
    for by in unseen:
        with pytest.raises(NotFound):
            queries.get_application(application.uuid, viewer=by)
    # a draft names members before they were asked
    draft = factories.draft(title="草稿")
    assert queries.get_application(draft.uuid, viewer=of_school(school())) == draft
    with pytest.raises(NotFound):
        queries.get_application(draft.uuid, viewer=member)


def test_filters_of_entries() -> None:
    first = factories.taken_over(level="county", starts_on=datetime.date(2021, 5, 1))
    second = factories.taken_over(
        level="provincial", title="新工坊", organisation=school(2),
        members=[("partner", enterprise())], starts_on=datetime.date(2025, 5, 1),
    )  # fmt: skip
    far = factories.taken_over(text=MEDAL, title="温江奖章", organisation=school(1, "510115"))

    def found(**filters: Any) -> set[Entry]:
        return set(queries.entries(SYSTEM, **filters))

    assert found(type_code="lantern_workshop") == {first, second}
    assert found(group="honours") == {far}
    assert found(level="provincial") == {second}
    assert found(region=region("500000")) == {first, second}
    assert found(organisation=enterprise()) == {second}
    assert found(year=2022) == {first}
    assert found(state="expired") == {first}
    assert found(text="新工") == {second}
    assert found(text="lantern-medal") == {far}
    assert found(text="510115") == {far}  # in the holder's name


def test_compare_years() -> None:
    medal = factories.register_type(MEDAL)
    day = datetime.date
    rows = [
        actions.Recognised("留", "county", day(2023, 1, 1), organisation=school()),
        actions.Recognised("升", "county", day(2023, 1, 1), organisation=school()),
        actions.Recognised("升", "provincial", day(2025, 1, 1), organisation=school()),
        actions.Recognised("新", "county", day(2025, 1, 1), organisation=school()),
        actions.Recognised(
            "止", "county", day(2023, 1, 1), organisation=school(), ends_on=day(2025, 1, 1)
        ),
    ]
    actions.record_recognised_many(kind=medal, rows=rows, by=SYSTEM, at=NOW)
    compared = queries.compare_years(SYSTEM, kind=medal, first=2024, second=2025)
    assert {row.entry.title: row.change for row in compared.rows} == {
        "留": "kept", "升": "raised", "新": "new", "止": "ended",
    }  # fmt: skip
    assert compared.counts == {"new": 1, "ended": 1, "raised": 1, "lowered": 0, "kept": 1}
    back = queries.compare_years(SYSTEM, kind=medal, first=2025, second=2024)
    assert back.counts == {"new": 1, "ended": 1, "raised": 0, "lowered": 1, "kept": 1}


def test_review_queue_holds_steps_of_ones_own_office() -> None:
    application = factories.submitted()
    province = holder("officer", "500000")
    assert list(queries.review_queue(holder())) == [application]
    assert list(queries.review_queue(holder("leader"))) == []
    assert list(queries.review_queue(province)) == []
    assert list(queries.review_queue(province, is_own_only=False)) == [application]
    assert list(queries.review_queue(holder("officer", "510115"), is_own_only=False)) == []


def test_todos_follow_the_application() -> None:
    made = factories.draft()
    writer, officer = of_school(school()), holder()
    assert [t.title for t in queries.todos_for(writer, on=TODAY)] == [
        "Finish the application: 永川灯笼工坊"
    ]
    actions.submit(application=made, version=made.version, by=writer, at=NOW)
    assert [t.title for t in queries.todos_for(officer, on=TODAY)] == ["Review: 永川灯笼工坊"]
    made.refresh_from_db()
    actions.review(application=made, verdict="approve", version=made.version, by=officer, at=NOW)
    panel = factories.drawn(made)
    sitting = viewer(panel.seats.first().expert)
    assert [t.title for t in queries.todos_for(sitting, on=TODAY)] == [
        "Give your points: 永川灯笼工坊 (1)"
    ]
    assert queries.todos_for(PUBLIC, on=TODAY) == []


def test_due_items_of_a_range() -> None:
    factories.taken_over(level="county", starts_on=datetime.date(2024, 5, 1))
    on_notice = factories.on_notice(title="公示中", organisation=school(2))
    first, last = datetime.date(2026, 3, 1), datetime.date(2026, 12, 31)

    def due(by: Any, **values: Any) -> list[tuple[str, str, str]]:
        items = queries.due_items(by, first=first, last=last, on=TODAY, **values)
        return [(d.kind, d.title, d.due_on.isoformat()) for d in items]

    assert due(holder()) == [
        ("end of the public notice", "公示中", "2026-03-20"),
        ("annual check", "旧灯笼工坊", "2026-11-30"),
    ]
    assert due(of_school(school())) == [("annual check", "旧灯笼工坊", "2026-11-30")]
    assert due(holder("officer", "510115")) == []
    assert due(SYSTEM, region=region("510115")) == []
    assert on_notice.state == "in_publicity"


def test_search_finds_entries_and_registers() -> None:
    entry = factories.taken_over(level="county")
    hits = queries.search(PUBLIC, "灯笼工坊", on=TODAY)
    assert [hit.title for hit in hits] == [entry.title]
    assert [hit.title for hit in queries.search(PUBLIC, "lantern work", on=TODAY)] == [
        "Lantern workshop"
    ]
    assert queries.search(PUBLIC, " ", on=TODAY) == []


def test_overview_counts_what_the_viewer_sees(count_queries: Any) -> None:
    factories.taken_over(level="county")
    factories.taken_over(level="provincial", title="二", organisation=school(2))
    factories.submitted(title="三", organisation=school(3))

    def card(by: Any, **values: Any) -> Any:
        groups = dict(queries.overview(by, at=NOW, **values))
        return groups["Practice centres and bases"][0]

    mine = card(holder())
    assert (mine.in_force, mine.open_applications) == (2, 1)
    assert mine.by_level == {"provincial": 1, "city": 0, "county": 1}
    assert card(PUBLIC).open_applications == 0
    assert card(PUBLIC, region=region("510115")).in_force == 0
    before = count_queries(lambda: queries.overview(SYSTEM, at=NOW))
    factories.register_type(MEDAL)
    factories.taken_over(text=MEDAL)
    queries.overview(SYSTEM, at=NOW)
    assert count_queries(lambda: queries.overview(SYSTEM, at=NOW)) == before


def test_lists_do_not_query_per_row(count_queries: Any) -> None:
    def run() -> None:
        for entry in queries.entries(holder()):
            definition = queries.definitions_of([entry.type_version_id])[entry.type_version_id]
            assert queries.values_for(entry, definition) is not None
            assert entry.organisation.scope.path
            assert entry.region.name
            assert entry.type.code

    factories.taken_over(level="county")
    run()
    one = count_queries(run)
    for number in (2, 3):
        factories.taken_over(level="county", organisation=school(number))
    assert count_queries(run) <= one + 2  # definitions_of asks once per call here


def test_the_timeline_tells_the_life_of_an_entry() -> None:
    entry = factories.recognised()
    row = queries.get_entry(entry.uuid, viewer=holder())
    page = queries.entry_page(row, viewer=holder(), on=TODAY)
    assert [(m.kind, m.title) for m in page.timeline if m.kind == "reviewed"] == [
        ("reviewed", "End the public notice"),
        ("reviewed", "Recognise"),
        ("reviewed", "Put on public notice"),
        ("reviewed", "Submit"),
        ("reviewed", "Approve"),
        ("reviewed", "Approve"),
    ]
    assert ("recognised", "Recognised at level: provincial") in [
        (m.kind, m.title) for m in page.timeline
    ]


def test_taking_over_a_list_twice_changes_nothing_and_errors_name_rows() -> None:
    kind = factories.register_type()
    day = datetime.date(2024, 5, 1)
    rows = [
        actions.Recognised(
            f"工坊{n}", "county", day, organisation=school(n),
            members=[("partner", enterprise())], values={"kind": "paper", "places": "8个"},
        )
        for n in range(1, 4)
    ]  # fmt: skip
    done = actions.record_recognised_many(kind=kind, rows=rows, by=holder(), at=NOW)
    assert (done.new, done.added, done.known) == (3, 0, 0)
    assert done.entries[2].number == "LANTERN-WORKSHOP-00003"
    assert done.entries[0].values == {"kind": "paper", "places": 8}
    again = actions.record_recognised_many(kind=kind, rows=rows, by=holder(), at=NOW)
    assert (again.new, again.added, again.known) == (0, 0, 3)
    assert Entry.objects.count() == 3
    bad = [
        rows[0],
        actions.Recognised("", "national", day, organisation=enterprise()),
        actions.Recognised("四", "county", day, organisation=school(4), values={"places": -1}),
    ]
    with pytest.raises(Invalid) as caught:
        actions.record_recognised_many(kind=kind, rows=bad, by=holder(), at=NOW)
    wrong = caught.value.data["rows"]
    assert {i: {p["path"] for p in found} for i, found in wrong.items()} == {
        "1": {"title", "level", "organisation"},
        "2": {"places"},
    }
    assert Entry.objects.count() == 3
    with pytest.raises(NotPermitted):
        actions.record_recognised_many(kind=kind, rows=rows, by=holder("officer", "510115"), at=NOW)
