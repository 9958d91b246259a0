"""Deciding about what was read; two officers at once lose nothing."""

from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import ItemRevision, Target
from jiangxin.apps.policies.workflow import ITEM, ItemState
from jiangxin.core.errors import Invalid, NotPermitted, WrongState
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, officer, person, region_scope, viewer
from tests.apps.policies import factories
from tests.apps.policies.texts import CHILD

pytestmark = pytest.mark.django_db


def test_accept_marks_who_and_when_and_begins_the_review() -> None:
    found = factories.document()
    row = factories.target(found)
    by = officer()
    done = actions.decide_item(item=row, move="accept", version=1, by=by, at=NOW)
    row.refresh_from_db()
    found.refresh_from_db()
    assert (row.state, row.version, row.reviewed_by_name) == ("accepted", 2, by.name)
    assert row.reviewed_at == NOW
    assert found.state == "in_review"
    assert not done.was_already


def test_two_officers_accept_one_target_the_second_hears_that_it_is_done() -> None:
    row = factories.target(factories.document())
    first, second = officer(), officer()
    actions.decide_item(item=row, move="accept", version=1, by=first, at=NOW)
    done = actions.decide_item(item=row, move="accept", version=1, by=second, at=NOW)
    row.refresh_from_db()
    assert done.was_already
    assert done.merged_with == first.name
    assert (row.version, row.reviewed_by_name) == (2, first.name)


def test_corrections_of_different_fields_are_merged() -> None:
    row = factories.target(factories.document())
    first, second = officer(), officer()
    values = row.values()
    actions.decide_item(
        item=row, move="correct", version=1, values={**values, "low": 81.0}, by=first, at=NOW
    )
    due = datetime.date(2027, 6, 30)
    done = actions.decide_item(
        item=row, move="correct", version=1, values={**values, "due_on": due}, by=second, at=NOW
    )
    row.refresh_from_db()
    assert done.merged_with == first.name
    assert (row.low, row.due_on, row.version) == (81.0, due, 3)


def test_corrections_of_one_field_clash_and_both_are_shown() -> None:
    row = factories.target(factories.document())
    values = row.values()
    first, second = officer(), officer()
    actions.decide_item(
        item=row, move="correct", version=1, values={**values, "low": 81.0}, by=first, at=NOW
    )
    with pytest.raises(actions.ItemChanged) as caught:
        actions.decide_item(
            item=row, move="correct", version=1, values={**values, "low": 82.0}, by=second, at=NOW
        )
    data = caught.value.data
    assert (data["theirs"]["low"], data["yours"]["low"]) == (81.0, 82.0)  # type: ignore[index]
    assert list(data["fields"]) == ["low"]  # type: ignore[call-overload]
    row.refresh_from_db()
    assert row.low == 81.0


def test_reject_after_somebody_corrected_is_refused() -> None:
    row = factories.target(factories.document())
    actions.decide_item(
        item=row, move="correct", version=1, values={"low": 81.0}, by=officer(), at=NOW
    )
    with pytest.raises(actions.ItemChanged):
        actions.decide_item(item=row, move="reject", version=1, by=officer(), at=NOW)
    row.refresh_from_db()
    assert row.state == "corrected"


def test_correct_keeps_what_was_read_and_a_history() -> None:
    row = factories.target(factories.document())
    read = dict(row.as_read)
    actions.decide_item(
        item=row, move="correct", version=1, values={"low": 79.5}, by=SYSTEM, at=NOW, note="笔误"
    )
    actions.decide_item(item=row, move="reject", version=2, by=SYSTEM, at=NOW)
    row.refresh_from_db()
    assert row.as_read == read
    assert read["low"] == 80
    states = [(r.version, r.state, r.values["low"]) for r in queries.history_of(row)]
    assert states == [(3, "rejected", 79.5), (2, "corrected", 79.5)]


def test_correct_refuses_a_range_without_its_end() -> None:
    row = factories.target(factories.document())
    with pytest.raises(Invalid) as caught:
        actions.decide_item(
            item=row,
            move="correct",
            version=1,
            values={"comparator": "range", "high": None},
            by=SYSTEM,
            at=NOW,
        )
    assert caught.value.data["fields"]
    row.refresh_from_db()
    assert row.state == "read"
    assert not ItemRevision.objects.exists()


@pytest.mark.parametrize("state", ItemState.values)
@pytest.mark.parametrize("move", list(ITEM.moves))
def test_decide_item_from_every_state(state: str, move: str) -> None:
    row = factories.target(factories.document())
    Target.objects.filter(pk=row.pk).update(state=state, reviewed_at=NOW)
    if state in ITEM.moves[move].sources:
        actions.decide_item(item=row, move=move, version=1, by=SYSTEM, at=NOW)
        row.refresh_from_db()
        assert row.state == ITEM.moves[move].target
    else:
        with pytest.raises(WrongState):
            actions.decide_item(item=row, move=move, version=1, by=SYSTEM, at=NOW)


@pytest.mark.parametrize("code_and_kind", [("510115", "officer"), ("500118", "auditor")])
def test_decide_item_is_for_the_office_of_the_document(code_and_kind: tuple[str, str]) -> None:
    row = factories.target(factories.document())
    with pytest.raises(NotPermitted):
        actions.decide_item(item=row, move="accept", version=1, by=officer(*code_and_kind), at=NOW)
    row.refresh_from_db()
    assert row.version == 1


def test_add_item_marks_the_words_and_finds_the_clause() -> None:
    found = factories.document()
    start = CHILD.index("扶持竹编")
    item = actions.add_item(
        document=found,
        kind="milestone",
        values={"milestone": "非遗工坊进校园", "milestone_kind": "one-off"},
        by=viewer(person("officer", region_scope())),
        at=NOW,
        start=start,
        end=start + 10,
    )
    assert (item.state, item.origin, item.version) == ("accepted", "person", 1)
    assert item.quote == CHILD[start : start + 10]
    assert item.clause is not None
    assert item.clause.heading == "培育非遗工坊"


def test_accept_all_accepts_only_what_waits() -> None:
    found = factories.document()
    row = factories.target(found)
    actions.decide_item(item=row, move="reject", version=1, by=SYSTEM, at=NOW)
    count = actions.accept_all(document=found, kind="target", by=SYSTEM, at=NOW)
    row.refresh_from_db()
    assert row.state == "rejected"
    accepted = Target.objects.filter(document=found, state="accepted")
    assert count == accepted.count() > 0
    assert {item.version for item in accepted} == {2}
