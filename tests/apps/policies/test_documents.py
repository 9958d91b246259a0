"""Importing, describing, adopting and publishing documents."""

from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import PolicyDocument, Target
from jiangxin.apps.policies.workflow import DOCUMENT, DocumentState
from jiangxin.core.errors import Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, officer, region
from tests.apps.policies import factories
from tests.apps.policies.texts import CHILD, PARENT

pytestmark = pytest.mark.django_db


def test_import_document_reads_the_head() -> None:
    found = factories.document()
    assert found.document_number == "永府办发〔2025〕7号"
    assert found.region.name == "永川区"
    assert found.scope.path == "000000/500000/500118/"
    assert found.issued_on == datetime.date(2025, 3, 5)
    assert found.plan_starts_on == datetime.date(2025, 1, 1)
    assert found.plan_ends_on == datetime.date(2028, 1, 1)
    assert found.disclosure == "此件公开发布"
    assert found.state == DocumentState.IMPORTED
    assert not found.region_is_confirmed


def test_import_document_keeps_every_letter_and_the_file() -> None:
    data = ("﻿" + CHILD.replace("\n", "\r\n")).encode()
    region()
    found = actions.import_document(data=data, filename="a.txt", by=SYSTEM, at=NOW).document
    found.refresh_from_db()
    assert found.text == CHILD.replace("\n", "\r\n")
    assert bytes(found.original.content) == data
    for target in Target.objects.filter(document=found):
        words = found.text[target.start : target.end]
        assert "".join(words.split()) == "".join(target.quote.split())


def test_import_document_twice_is_one_document() -> None:
    first = factories.document()
    again = actions.import_document(
        data=CHILD.encode("gb18030"), filename="other.txt", by=SYSTEM, at=NOW
    )
    assert again.document == first
    assert not again.is_new
    assert PolicyDocument.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (bytes(range(256)) * 40, "unknown_kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 50, "unknown_kind"),
        (b"x" * 50_000_000, "too_large"),
    ],
)
def test_import_document_refuses_what_has_no_text(data: bytes, reason: str) -> None:
    region()
    with pytest.raises(queries.UnreadableFile) as caught:
        actions.import_document(data=data, filename="给.bin", by=SYSTEM, at=NOW)
    assert "给.bin" in caught.value.message
    assert caught.value.data["reason"] == reason
    assert not PolicyDocument.objects.exists()


def test_import_document_without_a_known_region_asks_for_it() -> None:
    region()
    with pytest.raises(Invalid) as caught:
        actions.import_document(
            data="一、目标\n建成中心2个。".encode(), filename="x.txt", by=SYSTEM, at=NOW
        )
    assert caught.value.data["fields"]


def test_import_document_keeps_a_higher_document_in_ones_own_office() -> None:
    factories.region()
    by = officer()
    found = factories.document(PARENT, by=by)
    assert found.region.name == "重庆市"
    assert found.scope.path == "000000/500000/500118/"


def test_import_document_needs_the_duty() -> None:
    region()
    with pytest.raises(NotPermitted):
        actions.import_document(
            data=CHILD.encode(), filename="a.txt", by=officer(kind="auditor"), at=NOW
        )
    assert not PolicyDocument.objects.exists()


def test_facts_get_their_places_when_the_text_comes() -> None:
    known = actions.record_document(
        facts=factories.facts(), region=region(), by=SYSTEM, at=NOW
    ).document
    row = Target.objects.get(document=known, metric="双师型教师占比")
    assert (row.start, row.state) == (None, "accepted")
    done = actions.import_document(data=CHILD.encode(), filename="a.txt", by=SYSTEM, at=NOW)
    assert done.document == known
    assert done.is_attached
    row.refresh_from_db()
    done.document.refresh_from_db()
    assert "80%" in done.document.text[row.start : row.end]
    assert row.metric == "双师型教师占比"  # our words stay; the parser's are beside them
    assert row.as_read["low"] == 80
    assert row.clause is not None
    assert row.clause.number == "一"
    assert Target.objects.filter(document=known, low=80).count() == 1
    assert Target.objects.filter(document=known, state="read").exists()


def test_record_document_twice_changes_nothing() -> None:
    first = actions.record_document(facts=factories.facts(), region=region(), by=SYSTEM, at=NOW)
    again = actions.record_document(facts=factories.facts(), region=region(), by=SYSTEM, at=NOW)
    assert again.document == first.document
    assert Target.objects.count() == 2


def test_adopt_needs_every_item_decided() -> None:
    found = factories.document()
    with pytest.raises(WrongState, match="still wait"):
        actions.move_document(document=found, move="adopt", by=SYSTEM, at=NOW)
    actions.accept_all(document=found, by=SYSTEM, at=NOW)
    assert actions.move_document(document=found, move="adopt", by=SYSTEM, at=NOW).state == "adopted"


@pytest.mark.parametrize("state", DocumentState.values)
@pytest.mark.parametrize("move", list(DOCUMENT.moves))
@pytest.mark.parametrize("role", ["officer", "leader", "expert", "auditor"])
def test_move_document_by_role_and_state(state: str, move: str, role: str) -> None:
    region()
    found = actions.record_document(
        facts=factories.facts(), region=region(), by=SYSTEM, at=NOW, state=DocumentState.PUBLISHED
    ).document
    PolicyDocument.objects.filter(pk=found.pk).update(state=state)
    by = officer(kind=role)
    owner = DOCUMENT.moves[move].owner
    if role != owner:
        with pytest.raises(NotPermitted):
            actions.move_document(document=found, move=move, by=by, at=NOW)
    elif state not in DOCUMENT.moves[move].sources:
        with pytest.raises(WrongState):
            actions.move_document(document=found, move=move, by=by, at=NOW)
    else:
        after = actions.move_document(document=found, move=move, by=by, at=NOW)
        assert after.state == DOCUMENT.moves[move].target
        assert AuditRow.objects.filter(subject_uuid=found.uuid, by_id=by.user_id).count() == 1


def test_documents_are_seen_by_their_office_and_when_published_by_all() -> None:
    found = factories.adopted()
    inside, outside = officer("500118"), officer("510115")
    assert list(queries.documents(viewer=inside)) == [found]
    assert list(queries.documents(viewer=officer("500000"))) == [found]
    for stranger in (outside, PUBLIC, officer("500118", "guardian")):
        assert not queries.documents(viewer=stranger).exists()
    actions.move_document(document=found, move="publish", by=SYSTEM, at=NOW)
    assert list(queries.documents(viewer=PUBLIC)) == [found]


def test_the_public_sees_only_adopted_items() -> None:
    found = factories.document()
    row = factories.target(found)
    actions.accept_all(document=found, by=SYSTEM, at=NOW)
    row.refresh_from_db()
    actions.decide_item(item=row, move="reject", version=row.version, by=SYSTEM, at=NOW)
    found = actions.move_document(document=found, move="adopt", by=SYSTEM, at=NOW)
    found = actions.move_document(document=found, move="publish", by=SYSTEM, at=NOW)
    seen = queries.items_of(found, viewer=PUBLIC)
    assert seen
    assert row not in seen
    assert row in queries.items_of(found, viewer=officer())


def test_describe_document_moves_targets_to_the_right_region() -> None:
    found = factories.document()
    by = officer()
    other = region("510115")
    actions.describe_document(document=found, region=other, by=by, at=NOW, title="改过的标题")
    found.refresh_from_db()
    assert (found.title, found.region, found.region_is_confirmed) == ("改过的标题", other, True)
    assert set(Target.objects.filter(document=found).values_list("region__code", flat=True)) == {
        "510115"
    }


def test_describe_document_refuses_a_plan_that_ends_before_it_begins() -> None:
    found = factories.document()
    with pytest.raises(Invalid) as caught:
        actions.describe_document(
            document=found, by=SYSTEM, at=NOW, plan_ends_on=datetime.date(2020, 1, 1)
        )
    assert "plan_ends_on" in caught.value.data["fields"]  # type: ignore[operator]


def test_segments_joined_are_the_text_again() -> None:
    found = factories.document()
    shown = queries.review(found, viewer=SYSTEM)
    assert "".join(part.text for part in shown.segments) == CHILD
    marked = {item.uuid for part in shown.segments for item in part.marks}
    assert marked == {item.uuid for item in shown.items if item.start is not None}
    begun = [item.uuid for part in shown.segments for item in part.begins]
    assert sorted(begun, key=str) == sorted(marked, key=str)


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("某行动计划（2024-2027年）", (2024, 2028)),
        ("某规划（2021—2025）", (2021, 2026)),
        ("某方案（2025年至2026年）", (2025, 2027)),
        ("关于2024年工作的通知", None),
        ("某意见（2027-2024）", None),
    ],
)
def test_plan_period(title: str, period: tuple[int, int] | None) -> None:
    found = queries.plan_period(title)
    assert (found and (found[0].year, found[1].year)) == period


@pytest.mark.parametrize(
    ("issuers", "title", "code"),
    [
        (["重庆市永川区人民政府办公室"], "", "500118"),
        (["成都市温江区教育局"], "", "510115"),
        (["温江区教育局"], "", "510115"),
        (["中共四川省委办公厅", "四川省人民政府办公厅"], "", "510000"),
        (["教育部", "重庆市人民政府"], "", "500000"),
        (["中共中央办公厅", "国务院办公厅"], "", "000000"),
        (["教育部"], "", "000000"),
        ([], "重庆市职业教育条例", "500000"),
        (["某某协会"], "", None),
    ],
)
def test_guess_region(issuers: list[str], title: str, code: str | None) -> None:
    region()
    found = queries.guess_region(issuers, title, on=NOW.date())
    assert (found and found.code) == code


def test_strategy_rolls_up_targets_of_all_clauses_below() -> None:
    facts = factories.facts()
    facts["strategy"] = [{"kind": "goal", "title": "融合", "clauses": ["二"]}]
    found = actions.record_document(facts=facts, region=region(), by=SYSTEM, at=NOW).document
    actions.add_strategy_node(document=found, kind="key_task", title="空", by=officer(), at=NOW)
    tree = queries.strategy_tree(found, viewer=SYSTEM, on=NOW.date())
    assert [(h.node.title, h.roll.targets) for h in tree.headings] == [("融合", 1), ("空", 0)]
    assert {b.clause.path: b.roll.targets for b in tree.branches} == {
        "一": 1,
        "二": 1,
        "二/（一）": 1,
    }
    assert tree.total.targets == 2
    with pytest.raises(Invalid):
        actions.add_strategy_node(document=found, kind="goal", title="融合", by=SYSTEM, at=NOW)
