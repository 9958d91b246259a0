"""From draft to lock: what each move does, who may make it, and what is refused."""

from __future__ import annotations

import pytest

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Filing, Review
from jiangxin.core.errors import Conflict, Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from tests.apps.collections.factories import (
    GOOD,
    NOW,
    PLAN,
    SYSTEM,
    approved,
    at,
    begun,
    collection,
    drafted,
    edition,
    region,
    reviewer,
    school,
    staff,
    submitted,
)

pytestmark = pytest.mark.django_db


def test_a_collection_from_thirty_lines_works_at_once() -> None:
    one = school()
    asked = edition()
    assert asked.period == "2026"
    assert (asked.opens_on.isoformat(), asked.due_on.isoformat()) == ("2026-03-01", "2026-03-31")
    assert asked.late_until.isoformat() == "2026-04-10"
    filing = approved(one, asked)
    assert filing.state == "approved"
    assert filing.approved is not None
    assert filing.approved.values == GOOD
    # county and province: a municipality has no city on the path
    assert [r.level for r in Review.objects.order_by("pk")] == ["county", "province"]


def test_a_draft_keeps_what_is_incomplete_and_what_is_wrong() -> None:
    one = school()
    saved = actions.save_draft(
        filing=begun(one, edition()),
        raw={"meals": "２,000", "students": "many"},
        seen=0,
        by=staff(one),
        at=NOW,
    )
    assert saved.filing.values == {"meals": 2000, "students": "many"}
    assert [p.path for p in saved.problems] == ["students"]
    with pytest.raises(Invalid) as refused:
        actions.submit(filing=saved.filing, seen=1, note="", by=staff(one), at=NOW)
    assert set(refused.value.data["fields"]) == {"students"}
    assert Filing.objects.get().state == "draft"


def test_two_who_save_at_once_do_not_overwrite_one_another() -> None:
    one = school()
    asked = edition()
    first, second = staff(one), staff(one)
    page_of_both = begun(one, asked, by=first)
    actions.save_draft(filing=page_of_both, raw={"meals": 1}, seen=0, by=first, at=NOW)
    with pytest.raises(Conflict, match=first.name):
        actions.save_draft(
            filing=begun(one, asked, by=second), raw={"meals": 2}, seen=0, by=second, at=NOW
        )
    assert Filing.objects.get().values == {"meals": 1}


def test_warnings_must_be_explained() -> None:
    one = school()
    draft = drafted(one, edition(), cooks=60)
    with pytest.raises(Invalid) as refused:
        actions.submit(filing=draft, seen=draft.row_version, note=" ", by=staff(one), at=NOW)
    assert set(refused.value.data["fields"]) == {"note"}
    filing = actions.submit(
        filing=draft, seen=draft.row_version, note="A banquet.", by=staff(one), at=NOW
    )
    assert (filing.state, filing.note) == ("submitted", "A banquet.")


def test_a_broken_rule_is_refused_and_the_draft_stays() -> None:
    one = school()
    draft = drafted(one, edition(), meals=700)
    with pytest.raises(Invalid, match="see the fields"):
        actions.submit(filing=draft, seen=draft.row_version, note="x", by=staff(one), at=NOW)
    assert Filing.objects.get().values["meals"] == 700


def test_lateness_counts_from_the_first_submission() -> None:
    asked = edition()
    in_time, late = school("永川第一职业学校"), school("永川第二职业学校")
    first = submitted(in_time, asked, when=at(3, 31))
    assert not first.is_late
    officer = reviewer()
    back = actions.return_filing(
        filing=first, reason="Look again.", seen=first.row_version, by=officer, at=at(4, 2)
    )
    again = actions.submit(
        filing=back, seen=back.row_version, note="", by=staff(in_time), at=at(4, 5)
    )
    assert not again.is_late
    assert submitted(late, asked, when=at(4, 1)).is_late


def test_nothing_is_taken_after_the_last_day_unless_the_deadline_is_moved() -> None:
    one = school()
    asked = edition()
    draft = drafted(one, asked)
    filer = staff(one)
    with pytest.raises(WrongState, match="Ask the bureau"):
        actions.submit(filing=draft, seen=draft.row_version, note="", by=filer, at=at(4, 11))
    actions.extend_deadline(
        edition=asked,
        filing=draft,
        due_on=at(4, 20).date(),
        reason="Flood",
        by=reviewer("500000"),
        at=at(4, 11),
    )
    draft.refresh_from_db()
    filing = actions.submit(filing=draft, seen=draft.row_version, note="", by=filer, at=at(4, 20))
    assert not filing.is_late


def test_return_gives_reasons_per_field_and_is_noted() -> None:
    one = school()
    filing = submitted(one, edition())
    officer = reviewer()
    with pytest.raises(Invalid) as refused:
        actions.return_filing(
            filing=filing,
            reason="",
            remarks={"soup": "Salt"},
            seen=filing.row_version,
            by=officer,
            at=NOW,
        )
    assert set(refused.value.data["fields"]) == {"reason", "soup"}
    back = actions.return_filing(
        filing=filing,
        reason="Count again.",
        remarks={"meals": "Too few?"},
        seen=filing.row_version,
        by=officer,
        at=NOW,
    )
    assert back.state == "returned"
    review = Review.objects.get()
    assert (review.verdict, review.remarks) == ("returned", {"meals": "Too few?"})
    assert AuditRow.objects.filter(event="collections.filing.returned").count() == 1


def test_two_officers_returning_and_approving_at_once() -> None:
    one = school()
    filing = submitted(one, edition())
    quick, slow = reviewer(), reviewer()
    seen = filing.row_version
    actions.review(filing=filing, seen=seen, by=quick, at=NOW)
    with pytest.raises(Conflict, match=quick.name):
        actions.return_filing(filing=filing, reason="No.", seen=seen, by=slow, at=NOW)
    filing.refresh_from_db()
    assert (filing.state, filing.step) == ("submitted", 1)


def test_nobody_reviews_what_they_filed_or_their_own_school() -> None:
    from tests.apps.accounts.factories import grant, person, region_scope, viewer

    one = school()
    asked = edition()
    both = person("school", one.scope)
    grant(both, "officer", region_scope("500118"))
    filing = submitted(one, asked, by=viewer(both))
    with pytest.raises(NotPermitted, match="You filed this return yourself"):
        actions.review(filing=filing, seen=filing.row_version, by=viewer(both), at=NOW)
    colleague = person("school", one.scope)
    grant(colleague, "officer", region_scope("500118"))
    with pytest.raises(NotPermitted, match="your own organisation"):
        actions.review(filing=filing, seen=filing.row_version, by=viewer(colleague), at=NOW)


def test_nobody_takes_two_steps_of_one_submission() -> None:
    one = school()
    filing = submitted(one, edition())
    everywhere = reviewer("500000")
    first = actions.review(filing=filing, seen=filing.row_version, by=everywhere, at=NOW)
    with pytest.raises(NotPermitted, match="earlier step"):
        actions.review(filing=first, seen=first.row_version, by=everywhere, at=NOW)
    last = actions.review(filing=first, seen=first.row_version, by=reviewer("500000"), at=NOW)
    assert last.state == "approved"


@pytest.mark.parametrize(
    ("kind", "code", "allowed"),
    [
        ("officer", "500118", True),
        ("officer", "500000", True),
        ("officer", "510115", False),
        ("leader", "500118", False),
        ("operator", "500118", False),
        ("auditor", "500118", False),
    ],
)
def test_who_takes_the_step_of_the_county(kind: str, code: str, allowed: bool) -> None:
    one = school()
    filing = submitted(one, edition())
    by = reviewer(code, kind)
    if allowed:
        assert actions.review(filing=filing, seen=filing.row_version, by=by, at=NOW).step == 1
    else:
        with pytest.raises(NotPermitted):
            actions.review(filing=filing, seen=filing.row_version, by=by, at=NOW)


@pytest.mark.parametrize("kind", ["officer", "leader", "operator", "auditor"])
def test_the_bureau_does_not_write_for_a_school(kind: str) -> None:
    one = school()
    asked = edition()
    by = reviewer("500118", kind)
    with pytest.raises(NotPermitted):
        actions.save_draft(filing=begun(one, asked), raw=GOOD, seen=0, by=by, at=NOW)
    assert not Filing.objects.exists()


def test_another_school_sees_and_writes_nothing() -> None:
    from jiangxin.apps.collections.queries import FilingNotFound

    one, other = school("永川第一职业学校"), school("永川第二职业学校")
    asked = edition()
    filing = submitted(one, asked)
    stranger = staff(other)
    assert not queries.filings(viewer=stranger).exists()
    with pytest.raises(FilingNotFound):
        queries.filing_of(asked, one.scope.uuid, viewer=stranger, on=NOW.date())
    with pytest.raises(NotPermitted):
        actions.withdraw(filing=filing, seen=filing.row_version, by=stranger, at=NOW)


# state → moves that are possible from it, for a person who may make all of them
POSSIBLE = {
    "not_begun": {"save_draft", "submit_empty", "excuse"},
    "draft": {"save_draft", "submit", "excuse"},
    "submitted": {"withdraw", "review", "return"},
    "returned": {"save_draft", "submit", "excuse"},
    "approved": {"return"},
    "locked": {"amend"},
    "amended": {"review", "refuse"},
    "excused": {"expect"},
}


@pytest.mark.parametrize("state", POSSIBLE)
def test_every_move_from_every_state(state: str) -> None:
    one = school()
    asked = edition()
    row = begun(one, asked)
    if state != "not_begun":
        row = drafted(one, asked)
        Filing.objects.filter(pk=row.pk).update(state=state, excuse="x") if state in (
            "excused",
        ) else None
    if state in ("submitted", "returned", "approved", "locked", "amended"):
        row = actions.submit(filing=row, seen=row.row_version, note="", by=staff(one), at=NOW)
    if state == "returned":
        row = actions.return_filing(filing=row, reason="x", seen=row.row_version, by=SYSTEM, at=NOW)
    if state in ("approved", "locked", "amended"):
        for _step in row.steps:
            row = actions.review(filing=row, seen=row.row_version, by=SYSTEM, at=NOW)
    if state in ("locked", "amended"):
        actions.approve_region(edition=asked, region=region("500118"), by=SYSTEM, at=NOW)
        actions.approve_region(edition=asked, region=region("500000"), by=SYSTEM, at=NOW)
        actions.lock(edition=asked, by=SYSTEM, at=NOW)
    if state == "amended":
        row = actions.amend(
            filing=row,
            raw={**GOOD, "cooks": 10},
            reason="Forgot one",
            seen=row.row_version + 1,
            by=SYSTEM,
            at=NOW,
        )
    if row.is_stored:
        row.refresh_from_db()
    assert row.state == state
    seen = row.row_version
    moves = {
        "save_draft": lambda: actions.save_draft(
            filing=row, raw=GOOD, seen=seen, by=SYSTEM, at=NOW
        ),
        "submit": lambda: actions.submit(filing=row, seen=seen, note="", by=SYSTEM, at=NOW),
        "withdraw": lambda: actions.withdraw(filing=row, seen=seen, by=SYSTEM, at=NOW),
        "review": lambda: actions.review(filing=row, seen=seen, by=SYSTEM, at=NOW),
        "return": lambda: actions.return_filing(
            filing=row, reason="x", seen=seen, by=SYSTEM, at=NOW
        ),
        "refuse": lambda: actions.refuse_amendment(
            filing=row, reason="x", seen=seen, by=SYSTEM, at=NOW
        ),
        "amend": lambda: actions.amend(
            filing=row, raw={**GOOD, "cooks": 11}, reason="x", seen=seen, by=SYSTEM, at=NOW
        ),
        "excuse": lambda: actions.excuse(filing=row, reason="x", by=SYSTEM, at=NOW),
        "expect": lambda: actions.expect(filing=row, by=SYSTEM, at=NOW),
    }
    from django.db import transaction

    possible = set()
    for name, move in moves.items():
        try:
            with transaction.atomic():
                move()
                possible.add(name)
                raise _Undo
        except _Undo:
            pass
        except (WrongState, Invalid) as error:
            if isinstance(error, Invalid):
                possible.add(f"{name}_empty")
        if row.is_stored and state == "not_begun":
            row = begun(one, asked)
    assert possible == POSSIBLE[state]


class _Undo(Exception):
    """Takes back what a move did."""


def test_the_form_changes_while_a_school_fills_it_in() -> None:
    one = school()
    made = collection()
    actions.run_collection(
        collection=made, region=region("500000"), starts_on=at(1, 1).date(), by=SYSTEM, at=NOW
    )
    actions.open_editions(by=SYSTEM, at=NOW)
    asked = queries.editions(viewer=SYSTEM).get(collection=made, state="open")
    filer = staff(one)
    draft = actions.save_draft(
        filing=begun(one, asked), raw={**GOOD, "note": "Soup"}, seen=0, by=filer, at=NOW
    ).filing
    # meals is now called dinners, note is gone, rooms is new and required
    text = (
        PLAN.replace("  meals: {", "  dinners: {was: [meals], ")
        .replace(
            'test: "meals >= students", fields: [meals]',
            'test: "dinners >= students", fields: [dinners]',
        )
        .replace("  note: {type: text, max_length: 100, label: {en: Remark, zh-Hans: 备注}}\n", "")
        .replace(
            "  menu: {",
            "  rooms: {type: number, unit: item, required: true, label: {en: Rooms, zh-Hans: 房间数}}\n  menu: {",
        )
    )
    actions.save_collection(text=text, scope=made.scope, code="kitchen_plan", by=SYSTEM, at=NOW)
    draft = queries.get_filing(draft.uuid, viewer=filer)
    with pytest.raises(WrongState, match="form has changed"):
        actions.submit(filing=draft, seen=draft.row_version, note="", by=filer, at=NOW)
    # the page was loaded before: it still speaks of meals
    saved = actions.save_draft(
        filing=draft,
        raw={**GOOD, "meals": 950, "note": "Soup"},
        seen=draft.row_version,
        form_version=1,
        by=filer,
        at=NOW,
    )
    assert saved.moved_on
    assert saved.filing.values == {"dinners": 950, "students": 800, "cooks": 9}
    assert [(d.path, d.value) for d in saved.dropped] == [("note", "Soup")]
    assert saved.filing.dropped[0]["value"] == "Soup"
    with pytest.raises(Invalid) as refused:
        actions.submit(
            filing=saved.filing, seen=saved.filing.row_version, note="", by=filer, at=NOW
        )
    assert set(refused.value.data["fields"]) == {"rooms"}
