from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.notices.models import Notice
from jiangxin.apps.registers import actions, queries, workflow
from jiangxin.apps.registers.models import Application, Entry, Recognition
from jiangxin.core.errors import Conflict, DomainError, Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW
from tests.apps.registers import factories
from tests.apps.registers.factories import MEDAL, MONDAY, WORKSHOP, holder, of_school, school

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
LATER = MONDAY + 7 * DAY


def test_an_application_goes_from_draft_to_entry() -> None:
    entry = factories.recognised()
    application = entry.applications.get()
    assert application.steps == [
        {"code": "county", "path": "000000/500000/500118/"},
        {"code": "experts", "path": "000000/500000/"},
        {"code": "notice", "path": "000000/500000/"},
        {"code": "decision", "path": "000000/500000/"},
    ]
    assert [(r.step, r.verdict) for r in application.reviews.all()] == [
        ("", "submit"),
        ("county", "approve"),
        ("experts", "approve"),
        ("notice", "start_publicity"),
        ("notice", "close_publicity"),
        ("decision", "recognise"),
    ]
    # two totals of 80: (30 + 50) and (35 + 45)
    assert application.score == 80
    assert entry.number == "LANTERN-WORKSHOP-00001"
    assert (entry.level, entry.state, entry.is_listed) == ("provincial", "in_force", True)
    assert entry.values == {"kind": "silk", "places": 12, "cost": 30000}
    assert entry.first_recognised_on == datetime.date(2026, 3, 23)
    assert entry.ends_on == datetime.date(2029, 3, 23)
    recognition = entry.recognitions.get()
    assert recognition.document_number == "渝教〔2026〕1号"
    members = entry.members.order_by("role")
    assert [(m.role, m.organisation.code, m.starts_on) for m in members] == [
        ("leader", school().code, datetime.date(2026, 3, 23)),
        ("partner", factories.enterprise().code, datetime.date(2026, 3, 23)),
    ]
    told = Notice.objects.filter(to__username=f"reg-school-{school().code}")
    assert [n.template for n in told.order_by("pk")] == [
        "registers_on_notice",
        "registers_recognised",
    ]
    assert AuditRow.objects.filter(event="registers.entry.recognised").count() == 1


def test_public_notice_counts_working_days() -> None:
    application = factories.on_notice()
    assert application.publicity_starts_on == datetime.date(2026, 3, 16)  # a Monday
    assert application.publicity_ends_on == datetime.date(2026, 3, 21)  # five days, to Friday
    by = holder("officer", "500000")
    with pytest.raises(WrongState, match="2026-03-20"):
        actions.close_publicity(
            application=application, version=application.version, by=by, at=MONDAY + 4 * DAY
        )
    friday = actions.reviews.working_days_after(datetime.date(2026, 3, 20), 2)
    assert friday == datetime.date(2026, 3, 24)  # Friday and Monday
    sunday = actions.reviews.working_days_after(datetime.date(2026, 3, 22), 1)
    assert sunday == datetime.date(2026, 3, 24)


STATES = {
    "draft": factories.draft,
    "in_review": factories.submitted,
    "in_publicity": factories.on_notice,
}
ROLES = ("school", "other_school", "officer", "province", "leader", "other_region", "public")


def _who(role: str) -> Any:
    return {
        "school": lambda: of_school(school()),
        "other_school": lambda: of_school(school(2)),
        "officer": lambda: holder("officer"),
        "province": lambda: holder("officer", "500000"),
        "leader": lambda: holder("leader"),
        "other_region": lambda: holder("officer", "510115"),
        "public": lambda: PUBLIC,
    }[role]()


def _do(move: str, application: Application, by: Any) -> None:
    values = {"application": application, "version": application.version, "by": by, "at": LATER}
    if move in ("approve", "return", "reject"):
        actions.review(verdict=move, reason="缺材料", **values)
    elif move == "recognise":
        actions.recognise(document_number="1号", **values)
    else:
        getattr(actions, move)(**values)


# who may make which move from which state; everything else is refused
ALLOWED = {
    ("draft", "school", "submit"),
    ("draft", "school", "withdraw"),
    ("in_review", "school", "withdraw"),
    ("in_review", "officer", "approve"),
    ("in_review", "officer", "return"),
    ("in_review", "officer", "reject"),
    # holding the province means holding its districts
    ("in_review", "province", "approve"),
    ("in_review", "province", "return"),
    ("in_review", "province", "reject"),
    ("in_publicity", "school", "withdraw"),
    ("in_publicity", "province", "return"),
    ("in_publicity", "province", "reject"),
    ("in_publicity", "province", "close_publicity"),
}


@pytest.mark.parametrize("state", STATES)
def test_every_role_makes_only_its_moves(state: str) -> None:
    from django.db import transaction

    application = STATES[state]()
    done = set()
    for role in ROLES:
        by = _who(role)
        for move in workflow.APPLICATION.moves:
            try:
                with transaction.atomic():
                    _do(move, Application.objects.get(pk=application.pk), by)
                    done.add((state, role, move))
                    raise _Undo
            except (DomainError, _Undo):
                pass
    assert done == {row for row in ALLOWED if row[0] == state}


class _Undo(Exception):
    pass


def test_moves_of_agrees_with_what_actions_allow() -> None:
    application = queries.get_application(factories.submitted().uuid, viewer=SYSTEM)
    on = LATER.date()
    officer = queries.moves_of(application, viewer=holder(), on=on)
    assert {name: bool(decision) for name, decision in officer.items()} == {
        "withdraw": False,  # the applicant's, unless the officer began it
        "approve": True,
        "return": True,
        "reject": True,
    }
    writer = queries.moves_of(application, viewer=of_school(school()), on=on)
    assert [name for name, decision in writer.items() if decision] == ["withdraw"]


def test_two_officers_at_once_one_is_told_what_the_other_decided() -> None:
    application = factories.submitted()
    seen = application.version
    actions.review(
        application=application, verdict="return", reason="缺图纸", version=seen,
        by=holder(name="officer-chen"), at=NOW,
    )  # fmt: skip
    with pytest.raises(Conflict, match="officer-chen was faster: “Return”") as caught:
        actions.review(
            application=application, verdict="approve", version=seen,
            by=holder(name="officer-li"), at=NOW,
        )  # fmt: skip
    assert caught.value.data["verdict"] == "return"
    application.refresh_from_db()
    assert application.state == "returned"
    assert application.reviews.filter(verdict="approve").count() == 0


def test_nobody_judges_their_own() -> None:
    writer = holder(name="officer-writer")
    application = factories.submitted(by=writer)
    with pytest.raises(NotPermitted, match="wrote this application yourself"):
        actions.review(
            application=application, verdict="approve", version=application.version,
            by=writer, at=NOW,
        )  # fmt: skip


def test_an_officer_with_a_role_in_a_member_does_not_judge() -> None:
    from jiangxin.apps.accounts.models import User
    from tests.apps.accounts.factories import grant, viewer

    application = factories.submitted()
    holder(name="officer-two-hats")
    user = User.objects.get(username="officer-two-hats")
    grant(user, "enterprise", factories.enterprise().scope)
    with pytest.raises(NotPermitted, match="a role in an organisation that applies"):
        actions.review(
            application=application, verdict="approve", version=application.version,
            by=viewer(user), at=NOW,
        )  # fmt: skip


def test_returned_comes_back_to_the_step_that_returned_it() -> None:
    application = factories.at_experts()
    by = holder("officer", "500000")
    application = actions.review(
        application=application, verdict="return", reason="补充", version=application.version,
        by=by, at=NOW,
    )  # fmt: skip
    writer = of_school(school())
    application = actions.submit(
        application=application, version=application.version, by=writer, at=NOW
    )
    assert (application.state, application.step) == ("in_review", "experts")
    told = Notice.objects.get(template="registers_returned")
    assert "补充" in told.text


def test_return_and_reject_need_a_reason() -> None:
    application = factories.submitted()
    for verdict in ("return", "reject"):
        with pytest.raises(Invalid) as caught:
            actions.review(
                application=application, verdict=verdict, version=application.version,
                by=holder(), at=NOW,
            )  # fmt: skip
        assert list(caught.value.data["fields"]) == ["reason"]


def test_an_upheld_objection_stops_the_recognition() -> None:
    application = factories.on_notice()
    objection = actions.lodge_objection(
        application=application, text="该工坊工位数与实际不符，现场仅有三个。",
        contact="13800138000", by=PUBLIC, at=MONDAY + DAY,
    )  # fmt: skip
    by = holder("officer", "500000")
    values = {"application": application, "version": application.version, "by": by, "at": LATER}
    with pytest.raises(WrongState, match="still open"):
        actions.close_publicity(**values)
    actions.settle_objection(
        objection=objection, is_upheld=True, answer="经核查属实。", by=by, at=LATER
    )
    with pytest.raises(WrongState, match="upheld"):
        actions.close_publicity(**values)
    with pytest.raises(WrongState, match="settled this objection already"):
        actions.settle_objection(objection=objection, is_upheld=False, answer="否", by=by, at=LATER)


def test_after_an_upheld_objection_the_mended_application_can_pass() -> None:
    application = factories.on_notice()
    by = holder("officer", "500000")
    objection = actions.lodge_objection(
        application=application, text="该工坊工位数与实际不符，现场仅有三个。",
        contact="13800138000", by=PUBLIC, at=MONDAY + DAY,
    )  # fmt: skip
    actions.settle_objection(
        objection=objection, is_upheld=True, answer="属实，责成改正。", by=by, at=MONDAY + DAY
    )
    application = actions.review(
        application=application, verdict="return", reason="改正工位数",
        version=application.version, by=by, at=MONDAY + DAY,
    )  # fmt: skip
    application = actions.submit(
        application=application, version=application.version, by=of_school(school()), at=LATER
    )
    assert application.step == "notice"
    application = actions.start_publicity(
        application=application, version=application.version, by=by, at=LATER
    )
    application = actions.close_publicity(
        application=application, version=application.version, by=by, at=LATER + 7 * DAY
    )
    assert application.step == "decision"


def test_objections_are_taken_only_during_the_notice() -> None:
    application = factories.on_notice()
    values = {"application": application, "contact": "a@b.cn", "by": PUBLIC}
    with pytest.raises(WrongState):
        actions.lodge_objection(text="材料与实际情况不符，请核查。", at=LATER, **values)
    with pytest.raises(Invalid) as caught:
        actions.lodge_objection(text="不行", at=MONDAY, **{**values, "contact": " "})
    assert set(caught.value.data["fields"]) == {"text", "contact"}


def test_contact_of_an_objection_is_encrypted_and_seen_only_by_who_settles() -> None:
    from django.db import connection

    from jiangxin.apps.registers.models import Objection

    application = factories.on_notice()
    actions.lodge_objection(
        application=application, text="材料与实际情况不符，请核查。", contact="13912345678",
        by=of_school(school(2)), at=MONDAY,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact FROM registers_objection")
        assert "139" not in cursor.fetchone()[0]
    for who, seen in ((holder("officer", "500000"), 1), (of_school(school()), 0), (PUBLIC, 0)):
        assert len(queries.objections_of(application, viewer=who)) == seen
    assert Objection.objects.get().contact == "13912345678"


def test_submit_names_everything_that_is_missing() -> None:
    made = factories.draft(values={"kind": "silk", "places": "很多"})
    actions.set_members(
        application=made, version=made.version, members=[("partner", school())],
        by=of_school(school()), at=NOW,
    )  # fmt: skip
    made.refresh_from_db()
    with pytest.raises(Invalid) as caught:
        actions.submit(application=made, version=made.version, by=of_school(school()), at=NOW)
    assert set(caught.value.data["fields"]) == {"places", "members.leader", "members.partner"}
    made.refresh_from_db()
    assert made.state == "draft"
    assert made.values["places"] == "很多"  # kept as typed


def test_a_draft_saved_twice_names_who_was_faster() -> None:
    made = factories.draft()
    seen = made.version
    first = of_school(school())
    actions.save_draft(application=made, version=seen, raw={"kind": "paper"}, by=first, at=NOW)
    with pytest.raises(Conflict, match=first.name):
        actions.save_draft(application=made, version=seen, raw={"kind": "silk"}, by=SYSTEM, at=NOW)
    made.refresh_from_db()
    assert made.values == {"kind": "paper"}


def test_form_version_changed_while_a_draft_was_open() -> None:
    made = factories.draft()
    new = factories.raw(WORKSHOP)
    new["fields"]["seats"] = {**new["fields"].pop("places"), "was": ["places"]}
    new["fields"]["story"] = {
        "type": "text", "required": True, "max_length": 50,
        "label": {"en": "Story", "zh-Hans": "故事"},
    }  # fmt: skip
    del new["fields"]["cost"]
    new |= {"quantity_field": "seats", "public": ["kind", "seats"]}
    actions.save_type(raw=new, version=1, by=SYSTEM, at=NOW)
    assert queries.carried_over(made, on=NOW.date()) is not None
    # the browser still shows the first version
    saved = actions.save_draft(
        application=made, version=made.version, by=of_school(school()), at=NOW, form_version=1,
        raw={"kind": "paper", "places": "20", "cost": "5"},
    )  # fmt: skip
    assert saved.carried is not None
    assert saved.application.values == {"kind": "paper", "seats": 20}
    assert [dropped.path for dropped in saved.carried.dropped] == ["cost"]
    assert saved.application.type_version.number == 2
    with pytest.raises(Invalid) as caught:
        actions.submit(
            application=saved.application, version=saved.application.version,
            by=of_school(school()), at=NOW,
        )  # fmt: skip
    assert list(caught.value.data["fields"]) == ["story"]


def test_the_same_is_not_applied_for_twice() -> None:
    first = factories.draft()
    with pytest.raises(actions.Duplicate) as caught:
        factories.draft()
    assert str(first.uuid) in str(caught.value.data["link"])
    factories.draft(level="county")  # another level
    factories.draft(title="另一个工坊")  # another thing


def test_a_designation_is_held_once_whatever_its_title() -> None:
    factories.register_type(MEDAL, one_per_applicant=True)
    factories.draft(text=MEDAL, level="county", title="一")
    with pytest.raises(actions.Duplicate):
        factories.draft(text=MEDAL, level="county", title="二")


def test_what_is_in_force_is_not_applied_for_anew() -> None:
    entry = factories.taken_over(starts_on=datetime.date(2025, 1, 1), level="county")
    with pytest.raises(actions.Duplicate) as caught:
        factories.draft(title=entry.title, level="county")
    assert str(entry.uuid) in str(caught.value.data["link"])
    # a renewal of the entry itself may
    renewal = factories.draft(title="", level="county", entry=entry)
    assert (renewal.kind, renewal.title) == ("renewal", entry.title)


def test_levels_and_holders_must_fit() -> None:
    with pytest.raises(Invalid) as caught:
        factories.draft(level="city")  # a municipality has no city level
    assert list(caught.value.data["fields"]) == ["level"]
    with pytest.raises(Invalid) as caught:
        factories.draft(organisation=factories.enterprise(), by=SYSTEM)
    assert list(caught.value.data["fields"]) == ["organisation"]
    made = factories.submitted(level="city", organisation=school(1, "510115"), by=SYSTEM)
    assert [step["path"] for step in made.steps] == [
        "000000/510000/510100/510115/",
        "000000/510000/510100/",
        "000000/510000/510100/",
        "000000/510000/510100/",
    ]


def test_school_level_lies_with_the_district_and_a_bureau_may_hold() -> None:
    made = factories.submitted(text=MEDAL, level="school")
    assert made.steps == [{"code": "decision", "path": "000000/500000/500118/"}]
    from tests.apps.accounts.factories import region

    held = factories.submitted(
        text=MEDAL, level="county", organisation=None, region=region(), title="区奖",
        by=holder(),
    )  # fmt: skip
    entry = actions.recognise(
        application=held, version=held.version, document_number="1号",
        by=holder("leader"), at=NOW,
    )  # fmt: skip
    assert (entry.organisation, entry.region.code, entry.is_listed) == (None, "500118", False)


def _call(**values: Any) -> Any:
    from tests.apps.accounts.factories import region

    shared = {
        "kind": factories.register_type(MEDAL), "level": "county", "region": region(),
        "title": "2026年奖章", "opens_at": NOW - DAY, "closes_at": NOW + 30 * DAY, "quota": 1,
    }  # fmt: skip
    return actions.make_call(**{**shared, **values}, by=holder(), at=NOW)


def test_call_window_and_quota() -> None:
    factories.register_type(MEDAL, calls=True)
    with pytest.raises(Invalid) as caught:
        factories.draft(text=MEDAL, level="county")
    assert list(caught.value.data["fields"]) == ["call"]
    call = _call()
    first = factories.submitted(text=MEDAL, level="county", call=call)
    second = factories.submitted(
        text=MEDAL, level="county", call=call, organisation=school(2), title="二"
    )
    late = factories.draft(
        text=MEDAL, level="county", call=call, organisation=school(3), title="三"
    )
    with pytest.raises(actions.CallClosed):
        actions.submit(
            application=late, version=late.version, by=of_school(school(3)), at=NOW + 30 * DAY
        )
    leader = holder("leader")
    actions.recognise(
        application=first, version=first.version, document_number="1号", by=leader, at=NOW
    )
    with pytest.raises(actions.QuotaUsedUp):
        actions.recognise(
            application=second, version=second.version, document_number="2号", by=leader, at=NOW
        )
    assert Entry.objects.count() == 1


def test_a_call_of_another_region_or_type_does_not_serve() -> None:
    factories.register_type(MEDAL)
    call = _call()
    with pytest.raises(Invalid) as caught:
        factories.draft(text=MEDAL, level="county", call=call, organisation=school(1, "510115"))
    assert list(caught.value.data["fields"]) == ["call"]


def test_recognition_upgraded_renewed_withdrawn_and_ended() -> None:
    entry = factories.taken_over(starts_on=datetime.date(2024, 5, 1), level="county")
    assert (entry.level, entry.ends_on) == ("county", datetime.date(2027, 5, 1))
    # upgraded by the province; the form now has values
    entry.refresh_from_db()
    raised = factories.recognised(entry=entry, title=entry.title)
    assert (raised.pk, raised.level, raised.number) == (entry.pk, "provincial", entry.number)
    assert raised.first_recognised_on == datetime.date(2024, 5, 1)
    assert raised.ends_on == datetime.date(2029, 3, 23)
    assert raised.revisions.get().values == {}
    # the province withdraws; the county's recognition is still in force
    top = raised.recognitions.get(level="provincial")
    with pytest.raises(NotPermitted):
        actions.withdraw_recognition(recognition=top, reason="停办", by=holder("leader"), at=LATER)
    lowered = actions.withdraw_recognition(
        recognition=top, reason="停办", by=holder("leader", "500000"), at=LATER + 30 * DAY
    )
    assert (lowered.state, lowered.level) == ("in_force", "county")
    with pytest.raises(WrongState):
        actions.withdraw_recognition(
            recognition=top, reason="再次", by=holder("leader", "500000"), at=LATER + 40 * DAY
        )
    # the end of the county's validity comes by date
    end = datetime.datetime(2027, 5, 1, 3, tzinfo=datetime.UTC)
    assert actions.end_recognitions(by=SYSTEM, at=end - DAY) == 0
    assert actions.end_recognitions(by=SYSTEM, at=end) == 1
    assert actions.end_recognitions(by=SYSTEM, at=end) == 0
    lowered.refresh_from_db()
    assert lowered.state == "expired"


def test_a_renewal_begins_when_the_old_recognition_ends() -> None:
    entry = factories.taken_over(
        level="provincial", starts_on=datetime.date(2023, 6, 1),
        members=[("leader", school()), ("partner", factories.enterprise(2))],
    )  # fmt: skip
    renewed = factories.recognised(entry=entry, title=entry.title)
    rows = Recognition.objects.filter(entry=entry).order_by("starts_on")
    assert [(r.starts_on, r.ends_on) for r in rows] == [
        (datetime.date(2023, 6, 1), datetime.date(2026, 6, 1)),
        (datetime.date(2026, 6, 1), datetime.date(2029, 6, 1)),
    ]
    assert renewed.ends_on == datetime.date(2029, 6, 1)
    assert renewed.members.count() == 2  # taken over, nobody twice


def test_daily_upkeep_reminds_once() -> None:
    factories.taken_over(level="county", starts_on=datetime.date(2023, 5, 1))
    of_school(school())
    holder()
    first = actions.keep_up(by=SYSTEM, at=NOW)  # ends on 1 May 2026, the check is in November
    assert (first.ended, first.validity_reminders, first.check_reminders) == (0, 1, 0)
    actions.keep_up(by=SYSTEM, at=NOW + DAY)
    assert Notice.objects.filter(template="registers_validity_ends").count() == 1


def test_annual_check_is_recorded_once_and_tells_what_was_found() -> None:
    entry = factories.taken_over(level="county", starts_on=datetime.date(2025, 5, 1))
    of_school(school())
    values = {"entry": entry, "by": holder(), "at": NOW}
    with pytest.raises(Invalid) as caught:
        actions.record_annual_check(year=2026, raw={}, outcome="passed", **values)
    assert list(caught.value.data["fields"]) == ["visitors"]
    with pytest.raises(Invalid) as caught:
        actions.record_annual_check(year=2026, raw={}, outcome="failed", **values)
    assert list(caught.value.data["fields"]) == ["note"]
    check = actions.record_annual_check(
        year=2026, raw={"visitors": "１２０人"}, outcome="failed", note="工位闲置", **values
    )
    assert check.values == {"visitors": 120}
    assert "工位闲置" in Notice.objects.get(template="registers_check_found").text
    with pytest.raises(Invalid) as caught:
        actions.record_annual_check(year=2026, raw={"visitors": 1}, outcome="passed", **values)
    assert list(caught.value.data["fields"]) == ["year"]
    with pytest.raises(NotPermitted):
        actions.record_annual_check(
            entry=entry, year=2025, raw={}, outcome="passed", by=of_school(school()), at=NOW
        )


def test_members_come_and_go_and_stay_in_history() -> None:
    entry = factories.taken_over(level="county", members=[("leader", school())])
    by, on = holder(), NOW.date()
    with pytest.raises(Invalid) as caught:
        actions.add_member(
            entry=entry, role="leader", organisation=school(2), starts_on=on, by=by, at=NOW
        )
    assert list(caught.value.data["fields"]) == ["role"]
    old = entry.members.get()
    actions.remove_member(member=old, ends_on=on, reason="合并", by=by, at=NOW)
    actions.add_member(
        entry=entry, role="leader", organisation=school(2), starts_on=on, by=by, at=NOW
    )
    rows = entry.members.order_by("starts_on")
    assert [(m.organisation.code, m.starts_on, m.ends_on) for m in rows] == [
        (school().code, datetime.date(2024, 5, 1), on),
        (school(2).code, on, None),
    ]
    with pytest.raises(Invalid):
        actions.remove_member(member=old, ends_on=on, reason="再次", by=by, at=NOW)


def test_amending_keeps_the_earlier_values_and_the_reason() -> None:
    entry = factories.taken_over(level="county", values={"kind": "silk", "places": 3})
    changed = actions.amend_entry(
        entry=entry, version=1, raw={"kind": "silk", "places": 8}, reason="扩建后核定",
        by=holder(), at=NOW,
    )  # fmt: skip
    assert (changed.values["places"], changed.version) == (8, 2)
    revision = changed.revisions.get()
    assert (revision.values["places"], revision.reason) == (3, "扩建后核定")
    with pytest.raises(Conflict):
        actions.amend_entry(
            entry=entry, version=1, raw={"kind": "silk", "places": 9}, reason="重复",
            by=holder(), at=NOW,
        )  # fmt: skip


def test_files_are_checked_and_go_with_the_entry() -> None:
    made = factories.draft()
    writer = of_school(school())
    values = {"application": made, "by": writer, "at": NOW}
    for field, name, content in (
        ("places", "a.pdf", b"x"),
        ("plan", "a.exe", b"x"),
        ("plan", "a.pdf", b""),
        ("nothing", "a.pdf", b"x"),
    ):
        with pytest.raises(Invalid):
            actions.attach_file(field=field, name=name, content=content, **values)
    kept = actions.attach_file(field="plan", name="../方案.PDF", content=b"%PDF", **values)
    assert kept.name == "方案.PDF"
    saved = actions.save_draft(
        application=made, version=made.version, raw={**factories.VALUES, "plan": kept.value},
        by=writer, at=NOW,
    )  # fmt: skip
    assert saved.application.values["plan"]["uuid"] == str(kept.uuid)
    assert queries.get_attachment(kept.uuid, viewer=writer) == kept
    for stranger in (of_school(school(2)), holder("officer", "510115"), PUBLIC):
        with pytest.raises(DomainError):
            queries.get_attachment(kept.uuid, viewer=stranger)
