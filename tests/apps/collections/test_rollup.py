"""Bottom-up approval, the lock, corrections after it; and who may do each."""

from __future__ import annotations

from typing import Any

import pytest

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Edition, Filing, FilingRevision, RegionApproval
from jiangxin.core.errors import Conflict, Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from tests.apps.collections.factories import (
    GOOD,
    NOW,
    PLAN,
    SYSTEM,
    approved,
    begun,
    edition,
    region,
    reviewer,
    school,
    staff,
    submitted,
)

pytestmark = pytest.mark.django_db


def locked(*schools: Any) -> Edition:
    asked = edition()
    for one in schools:
        approved(one, asked)
    for code in ("500118", "500000"):
        actions.approve_region(
            edition=asked, region=region(code), by=reviewer(code, "leader"), at=NOW
        )
    return actions.lock(edition=asked, by=reviewer("500000", "leader"), at=NOW)


def test_a_region_approves_when_every_return_is_approved_or_excused() -> None:
    one, two = school("永川第一职业学校"), school("永川第二职业学校")
    asked = edition()
    leader = reviewer("500118", "leader")
    approved(one, asked)
    with pytest.raises(actions.NotComplete, match="永川第二职业学校"):
        actions.approve_region(edition=asked, region=region("500118"), by=leader, at=NOW)
    actions.excuse(filing=begun(two, asked), reason="Moves house.", by=reviewer("500118"), at=NOW)
    with pytest.raises(actions.NotComplete, match="永川区"):
        actions.approve_region(
            edition=asked, region=region("500000"), by=reviewer("500000", "leader"), at=NOW
        )
    approval = actions.approve_region(edition=asked, region=region("500118"), by=leader, at=NOW)
    assert approval.counts == {"expected": 2, "approved": 1, "excused": 1}
    with pytest.raises(Conflict):
        actions.approve_region(edition=asked, region=region("500118"), by=leader, at=NOW)


def test_an_approved_region_holds_its_returns_until_it_is_taken_back() -> None:
    one = school()
    asked = edition()
    filing = approved(one, asked)
    leader = reviewer("500118", "leader")
    county = actions.approve_region(edition=asked, region=region("500118"), by=leader, at=NOW)
    give_back = {"filing": filing, "reason": "Wrong.", "seen": filing.row_version, "at": NOW}
    with pytest.raises(WrongState, match="take that back first"):
        actions.return_filing(**give_back, by=reviewer("500118"))
    top = actions.approve_region(
        edition=asked, region=region("500000"), by=reviewer("500000", "leader"), at=NOW
    )
    with pytest.raises(WrongState, match="重庆市"):
        actions.unapprove_region(approval=county, reason="x", by=leader, at=NOW)
    with pytest.raises(NotPermitted):
        actions.unapprove_region(approval=top, reason="x", by=leader, at=NOW)
    actions.unapprove_region(
        approval=top, reason="County asks.", by=reviewer("500000", "leader"), at=NOW
    )
    with pytest.raises(Invalid):
        actions.unapprove_region(approval=county, reason=" ", by=leader, at=NOW)
    actions.unapprove_region(approval=county, reason="A wrong number.", by=leader, at=NOW)
    assert actions.return_filing(**give_back, by=reviewer("500118")).state == "returned"
    assert Filing.objects.get().approved is None
    assert RegionApproval.objects.filter(withdrawn_at__isnull=False).count() == 2


@pytest.mark.parametrize(
    ("kind", "code", "allowed"),
    [
        ("leader", "500118", True),
        ("leader", "500000", True),
        ("officer", "500118", False),
        ("leader", "510115", False),
        ("operator", "500118", False),
    ],
)
def test_who_approves_a_county(kind: str, code: str, allowed: bool) -> None:
    asked = edition()
    approved(school(), asked)
    by = reviewer(code, kind)
    if allowed:
        actions.approve_region(edition=asked, region=region("500118"), by=by, at=NOW)
    else:
        with pytest.raises(NotPermitted):
            actions.approve_region(edition=asked, region=region("500118"), by=by, at=NOW)


def test_the_top_locks_after_its_own_approval() -> None:
    one = school()
    asked = edition()
    filing = approved(one, asked)
    leader = reviewer("500000", "leader")
    with pytest.raises(actions.NotComplete):
        actions.lock(edition=asked, by=leader, at=NOW)
    actions.approve_region(
        edition=asked, region=region("500118"), by=reviewer("500118", "leader"), at=NOW
    )
    actions.approve_region(edition=asked, region=region("500000"), by=leader, at=NOW)
    with pytest.raises(NotPermitted):
        actions.lock(edition=asked, by=reviewer("500118", "leader"), at=NOW)
    actions.lock(edition=asked, by=leader, at=NOW)
    filing.refresh_from_db()
    assert filing.state == "locked"
    for refused in (
        lambda: actions.return_filing(
            filing=filing, reason="x", seen=filing.row_version, by=SYSTEM, at=NOW
        ),
        lambda: actions.save_draft(
            filing=filing, raw=GOOD, seen=filing.row_version, by=SYSTEM, at=NOW
        ),
        lambda: actions.extend_deadline(
            edition=asked, due_on=asked.late_until, reason="x", by=SYSTEM, at=NOW
        ),
    ):
        with pytest.raises(WrongState):
            refused()


def test_a_correction_after_the_lock_keeps_both_values_and_is_approved_again() -> None:
    one = school()
    locked(one)
    filing = Filing.objects.get()
    filer = staff(one)
    amended = actions.amend(
        filing=filing,
        raw={**GOOD, "cooks": 11},
        reason="Two cooks were forgotten.",
        seen=filing.row_version,
        by=filer,
        at=NOW,
    )
    # the locked values stay in force until the correction is approved
    assert amended.approved is not None
    assert amended.approved.values["cooks"] == 9
    with pytest.raises(NotPermitted):
        actions.review(filing=amended, seen=amended.row_version, by=filer, at=NOW)
    for code in ("500118", "500000"):
        amended = actions.review(
            filing=amended, seen=amended.row_version, by=reviewer(code), at=NOW
        )
    assert amended.state == "locked"
    assert amended.approved.values["cooks"] == 11
    revision = FilingRevision.objects.get(kind="amendment")
    assert revision.changes == {"cooks": [9, 11]}
    assert revision.note == "Two cooks were forgotten."
    row = AuditRow.objects.get(event="collections.filing.amended")
    assert row.data["changed"] == ["cooks"]
    assert FilingRevision.objects.get(number=1).values == GOOD


def test_a_refused_correction_leaves_the_locked_values() -> None:
    one = school()
    locked(one)
    filing = Filing.objects.get()
    amended = actions.amend(
        filing=filing,
        raw={**GOOD, "cooks": 11},
        reason="Perhaps.",
        seen=filing.row_version,
        by=staff(one),
        at=NOW,
    )
    back = actions.refuse_amendment(
        filing=amended, reason="No.", seen=amended.row_version, by=reviewer(), at=NOW
    )
    assert (back.state, back.values) == ("locked", GOOD)


def test_a_correction_needs_a_reason_and_a_change() -> None:
    one = school()
    locked(one)
    filing = Filing.objects.get()
    for raw, reason in (({**GOOD, "cooks": 11}, " "), (GOOD, "Nothing.")):
        with pytest.raises(Invalid):
            actions.amend(
                filing=filing,
                raw=raw,
                reason=reason,
                seen=filing.row_version,
                by=staff(one),
                at=NOW,
            )


def test_many_at_once_with_a_dry_run() -> None:
    from tests.apps.accounts.factories import grant, person, region_scope, viewer

    one, two, own = (school(f"永川第{n}职业学校") for n in "一二三")
    asked = edition()
    both = person("school", own.scope)
    grant(both, "officer", region_scope("500118"))
    for of in (one, two):
        submitted(of, asked)
    submitted(own, asked, by=viewer(both))
    would = actions.review_many(edition=asked, by=viewer(both), at=NOW, dry_run=True)
    assert (would.done, would.in_force, len(would.skipped)) == (2, 0, 1)
    assert "yourself" in would.skipped[0][1]
    assert set(Filing.objects.values_list("step", flat=True)) == {0}
    actions.review_many(edition=asked, by=viewer(both), at=NOW)
    assert sorted(Filing.objects.values_list("step", flat=True)) == [0, 1, 1]
    last = actions.review_many(edition=asked, by=reviewer("500000"), at=NOW)
    # the one whose county step is open is taken too, by the county's superior
    assert (last.done, last.in_force) == (3, 2)
    filed = Filing.objects.filter(state="approved").select_related("approved")
    assert [filing.approved.values for filing in filed] == [GOOD, GOOD]
    # nothing unaudited: each return is named with the hash of its values
    rows = AuditRow.objects.filter(event="collections.filings.reviewed")
    named = [uuid for row in rows for uuid in row.data["filings"]]
    assert sorted(named) == sorted(
        [str(f.uuid) for f in Filing.objects.all()] + [str(f.uuid) for f in filed]
    )


def test_regions_file_for_themselves_and_the_level_above_reviews() -> None:
    text = PLAN.replace(
        "audience: {kinds: [school], stages: [secondary]}", "audience: {regions: county}"
    ).replace("kitchen_plan", "county_plan")
    asked = edition(text)
    county = reviewer("500118")
    from jiangxin.apps.accounts.queries import scope_of_region

    filing = queries.filing_of(
        asked, scope_of_region(region("500118")).uuid, viewer=county, on=NOW.date()
    )
    draft = actions.save_draft(filing=filing, raw=GOOD, seen=0, by=county, at=NOW).filing
    done = actions.submit(filing=draft, seen=draft.row_version, note="", by=county, at=NOW)
    assert [step.step.at for step in done.steps] == ["province"]
    with pytest.raises(NotPermitted):
        actions.review(filing=done, seen=done.row_version, by=reviewer("500118"), at=NOW)
    done = actions.review(filing=done, seen=done.row_version, by=reviewer("500000"), at=NOW)
    assert done.state == "approved"
    approval = actions.approve_region(
        edition=asked, region=region("500000"), by=reviewer("500000", "leader"), at=NOW
    )
    assert approval.counts["expected"] == 1
