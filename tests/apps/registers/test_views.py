"""Pages of registers by role, from the draft to the public directory."""

from __future__ import annotations

import datetime
import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from jiangxin.apps.accounts.models import User
from jiangxin.apps.registers import queries, sheets
from jiangxin.apps.registers.models import (
    Application,
    Attachment,
    Entry,
    Member,
    Objection,
    TypeVersion,
)
from jiangxin.core.forms.sheets import template
from jiangxin.core.permissions import Viewer
from tests.apps.accounts.factories import NOW, browser
from tests.apps.registers import factories
from tests.apps.registers.world import address

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The moment at which pages are read; a test moves it."""
    now = SimpleNamespace(at=NOW)
    monkeypatch.setattr(timezone, "now", lambda: now.at)
    return now


def as_user(viewer: Viewer) -> Client:
    """Return a browser in which the viewer is signed in."""
    return browser(User.objects.get(pk=viewer.user_id))


def of_school(found: Any) -> Client:
    """Return the browser of the school's officer."""
    return as_user(factories.of_school(found))


def read(client: Client, to: str, status: int = 200) -> str:
    """Read a page."""
    answer = client.get(to)
    text = answer.content.decode(errors="replace")
    assert answer.status_code == status, text[:3000]
    return text


def send(client: Client, to: str, body: dict[str, Any], status: int = 302) -> Any:
    """Send a form."""
    answer = client.post(to, body)
    assert answer.status_code == status, answer.content.decode()[:4000]
    return answer


def test_overview_counts_by_group_and_region(clock: SimpleNamespace) -> None:
    entry = factories.recognised()
    clock.at += datetime.timedelta(days=10)
    page = read(as_user(factories.holder("officer", "500000")), address("entries", region="500000"))
    assert "Lantern workshop" in page
    assert entry.title in page
    # a tile for the district of the holder, with one thing in it
    assert page.partition("<span>永川区</span><strong>")[2].partition("<")[0] == "1"


def test_list_narrows_by_type_level_and_words() -> None:
    factories.taken_over(title="纸灯工坊", level="county")
    factories.taken_over(title="绸灯工坊", level="city", organisation=factories.school(2))
    client = as_user(factories.holder())
    page = read(client, address("entries", region="500118", level="county"))
    assert "纸灯工坊" in page
    assert "绸灯工坊" not in page
    page = read(client, address("entries", region="500118", q="绸灯", group="centres"))
    assert "纸灯工坊" not in page
    assert "绸灯工坊" in page
    page = read(client, address("entries", region="500118", group="honours"))
    assert "灯工坊" not in page.partition("<main")[2].partition('class="card listing"')[2]


def test_list_as_excel_has_the_rows_of_the_page() -> None:
    factories.taken_over(title="纸灯工坊")
    client = as_user(factories.holder())
    answer = client.get(address("entries", region="500118", format="xlsx"))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    rows = list(book.active.values)
    assert [row[0] for row in rows[1:]] == ["纸灯工坊"]


def test_list_of_many_costs_no_more_queries_than_of_one(count_queries: Any) -> None:
    client = as_user(factories.holder())
    to = address("entries", region="500118", state="in_force")
    factories.taken_over(title="一")
    client.get(to)
    few = count_queries(lambda: client.get(to))
    for number in range(2, 5):
        factories.taken_over(title=f"第{number}", organisation=factories.school(number))
    assert count_queries(lambda: client.get(to)) <= few


def test_about_page_says_way_fields_counts_and_difference() -> None:
    factories.register_type()
    levels = ["provincial", "city"]
    factories.register_type(levels=levels)
    page = read(browser(), address("type", "lantern_workshop"))
    for words in ("County review", "Places", "Lantern workshops", "CON-05", "Version 2"):
        assert words in page
    page = read(browser(), address("type", "lantern_workshop", difference=2))
    assert "Levels changed" in page
    assert "<del>− - county</del>" in page
    # no such version to compare with
    assert "What version" not in read(browser(), address("type", "lantern_workshop", difference=9))


def test_school_begins_a_draft_for_itself_only() -> None:
    factories.register_type()
    mine, other = factories.school(1), factories.school(2)
    client = of_school(mine)
    page = read(client, address("apply", "lantern_workshop", region="500118"))
    assert mine.name in page
    assert other.name not in page
    body = {"holder": str(other.uuid), "title": "灯", "level": "county"}
    send(client, address("apply", "lantern_workshop", region="500118"), body, 422)
    assert not Application.objects.exists()
    send(
        client,
        address("apply", "lantern_workshop", region="500118"),
        {**body, "holder": str(mine.uuid)},
    )
    made = Application.objects.get()
    assert made.organisation == mine
    assert made.state == "draft"


def test_second_application_leads_to_the_first() -> None:
    made = factories.draft(level="county")
    client = of_school(made.organisation)
    body = {"holder": str(made.organisation.uuid), "title": made.title, "level": "county"}
    answer = send(client, address("apply", "lantern_workshop", region="500118"), body, 422)
    assert address("application", made.uuid) in answer.content.decode()


def test_draft_keeps_what_cannot_be_read_and_says_what_is_missing() -> None:
    made = factories.draft()
    client = of_school(made.organisation)
    to = address("save_application", made.uuid)
    body = {
        "version": made.version,
        "f-kind": "silk",
        "f-places": "十二个左右",
        "title": made.title,
    }
    send(client, to, body)
    made.refresh_from_db()
    assert made.values["places"] == "十二个左右"
    page = read(client, address("application", made.uuid))
    assert 'value="十二个左右"' in page
    assert "to complete before you can hand it in" in page
    # handing it in anyway shows what is wrong, keeps the draft, and moves nothing
    send(client, to, {**body, "version": made.version, "submit": "1"}, 422)
    made.refresh_from_db()
    assert made.state == "draft"


def test_autosave_says_when_somebody_else_saved() -> None:
    made = factories.draft()
    client = of_school(made.organisation)
    to = address("save_application", made.uuid)
    body = {"version": made.version, "f-kind": "paper", "f-places": "3"}
    answer = client.post(to, body, headers={"hx-request": "true"})
    assert answer.status_code == 200
    made.refresh_from_db()
    assert made.values["places"] == 3
    answer = client.post(to, body, headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert "changed this application" in answer.content.decode()
    made.refresh_from_db()
    assert made.values["places"] == 3


def test_members_are_named_and_taken_out_with_the_draft_saved() -> None:
    made = factories.draft()
    client = of_school(made.organisation)
    to = address("save_application", made.uuid)
    enterprise = factories.enterprise(2)
    enterprise.is_listed = True
    enterprise.save()
    body = {"version": made.version, "f-places": "7", "member_add": "1"}
    person = {"member-organisation": enterprise.name, "member-role": "partner"}
    send(client, to, {**body, **person})
    made.refresh_from_db()
    assert made.values == {"places": 7}
    assert made.members.filter(organisation=enterprise, role="partner").exists()
    member = Member.objects.get(application=made, organisation=enterprise)
    removal = {f"member_remove:{member.uuid}": "1", "version": made.version, "f-places": "7"}
    send(client, to, removal)
    assert not made.members.filter(organisation=enterprise).exists()
    made.refresh_from_db()
    unknown = {"member-organisation": "没有的公司", "member-role": "partner"}
    answer = send(client, to, {**body, **unknown, "version": made.version}, 422)
    assert "No organisation has this name" in answer.content.decode()


def test_file_is_kept_and_stays_with_those_who_may_see_it() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    made = factories.draft()
    client = of_school(made.organisation)
    plan = SimpleUploadedFile("方案.pdf", b"%PDF-1.4")
    body = {"version": made.version, "f-kind": "silk", "f-places": "12", "f-plan": plan}
    send(client, address("save_application", made.uuid), body)
    file = Attachment.objects.get()
    answer = client.get(address("attachment", file.uuid))
    assert answer.content == b"%PDF-1.4"
    assert answer["X-Content-Type-Options"] == "nosniff"
    read(of_school(factories.school(2)), address("attachment", file.uuid), 404)
    made.refresh_from_db()
    wrong = SimpleUploadedFile("方案.exe", b"MZ")
    body = {"version": made.version, "f-plan": wrong}
    page = client.post(address("save_application", made.uuid), body).content.decode()
    assert "send one of: pdf" in page
    assert Attachment.objects.count() == 1


def test_stranger_finds_no_application() -> None:
    made = factories.submitted()
    for client in (of_school(factories.school(2)), as_user(factories.holder("officer", "510115"))):
        read(client, address("application", made.uuid), 404)
        body = {"move": "approve", "version": made.version}
        send(client, address("application_move", made.uuid), body, 404)


def test_return_needs_a_reason_that_the_applicant_reads() -> None:
    made = factories.submitted()
    client = as_user(factories.holder())
    to = address("application_move", made.uuid)
    body = {"move": "return", "version": made.version, "reason": ""}
    send(client, to, body, 422)
    send(client, to, {**body, "reason": "请补充方案"})
    page = read(of_school(made.organisation), address("application", made.uuid))
    assert "请补充方案" in page
    assert "Hand in" in page


def test_second_officer_reads_what_the_first_decided() -> None:
    made = factories.submitted()
    to = address("application_move", made.uuid)
    first = as_user(factories.holder())
    send(first, to, {"move": "return", "version": made.version, "reason": "请补充"})
    second = as_user(factories.holder(name="second-officer"))
    answer = send(second, to, {"move": "approve", "version": made.version}, 409)
    assert "reg-officer-500118" in answer.content.decode()


def test_queue_tries_before_it_approves() -> None:
    made = factories.submitted()
    other = factories.submitted(organisation=factories.school(2), title="二号工坊")
    client = as_user(factories.holder())
    assert "二号工坊" in read(client, address("queue", region="500118"))
    chosen = [f"{made.uuid}:{made.version}", f"{other.uuid}:{other.version - 1}"]
    page = send(client, address("queue_approve"), {"chosen": chosen}, 200).content.decode()
    assert "goes on to: Experts" in page
    assert "changed this application" in page or "was faster" in page
    made.refresh_from_db()
    assert made.step == "county"
    send(client, address("queue_approve"), {"chosen": chosen, "confirm": "yes"})
    made.refresh_from_db()
    other.refresh_from_db()
    assert (made.step, other.step) == ("experts", "county")


def test_points_stay_hidden_until_the_panel_is_closed() -> None:
    made = factories.at_experts()
    panel = factories.drawn(made)
    first, second = panel.seats.select_related("expert").order_by("position")
    office = as_user(factories.holder("officer", "500000"))
    expert = browser(first.expert)
    to = address("score", first.uuid, made.uuid)
    send(expert, to, {"base": "41", "use": "50"}, 422)
    send(expert, to, {"base": "37.5", "use": "50", "base-comment": "扎实的基础"})
    mine, theirs = address("panel", panel.uuid), browser(second.expert)
    assert "37.5" in read(expert, mine)
    for client in (office, theirs):
        page = read(client, mine)
        assert "37.5" not in page
        assert "扎实的基础" not in page
    read(theirs, address("score", first.uuid, made.uuid), 404)
    send(theirs, address("score", second.uuid, made.uuid), {"base": "20", "use": "40"})
    page = read(office, mine)
    assert "37.5" in page
    assert "same seats" in page


def test_expert_with_a_conflict_leaves_the_seat_to_the_next() -> None:
    made = factories.at_experts()
    panel = factories.drawn(made)
    seat = panel.seats.order_by("position").first()
    client = browser(seat.expert)
    send(client, address("step_down", seat.uuid), {"reason": ""}, 422)
    send(client, address("step_down", seat.uuid), {"reason": "曾任该校顾问"})
    assert panel.seats.filter(state="drawn").count() == 2
    assert panel.seats.count() == 3


def test_anybody_objects_and_the_office_settles(clock: SimpleNamespace) -> None:
    made = factories.on_notice()
    clock.at = factories.MONDAY
    public = browser()
    assert made.title in read(public, address("publicity", region="500000"))
    to = address("notice", made.uuid)
    page = read(public, to)
    assert "Places" in page
    assert "Cost" not in page  # not among the public fields
    send(public, to, {"text": "短", "contact": "138"}, 422)
    send(public, to, {"text": "该工坊的场地并不存在，现场可查。", "contact": "13800000000"})
    objection = Objection.objects.get()
    office = as_user(factories.holder("officer", "500000"))
    assert "13800000000" in read(office, address("application", made.uuid))
    assert "13800000000" not in read(
        of_school(made.organisation), address("application", made.uuid)
    )
    answer = {"is_upheld": "no", "answer": "现场核实，场地属实。"}
    send(office, address("settle_objection", objection.uuid), answer)
    objection.refresh_from_db()
    assert objection.state == "dismissed"


def test_public_sees_the_public_fields_only(clock: SimpleNamespace) -> None:
    entry = factories.recognised()
    clock.at += datetime.timedelta(days=10)
    page = read(browser(), address("directory_entry", entry.number))
    assert "Silk" in page
    assert "30,000" not in page
    assert entry.number in read(browser(), address("directory", region="500118"))
    # somebody of another region sees no more in the register itself
    page = read(as_user(factories.holder("officer", "510115")), address("entry", entry.uuid))
    assert "30,000" not in page
    page = read(as_user(factories.holder()), address("entry", entry.uuid))
    assert "30,000" in page


def test_entry_keeps_members_checks_changes_and_withdrawal(clock: SimpleNamespace) -> None:
    entry = factories.recognised()
    clock.at += datetime.timedelta(days=300)
    office, leader = factories.holder("officer", "500000"), factories.holder("leader", "500000")
    client = as_user(office)
    firm = factories.enterprise(3)
    joined = {"organisation": firm.code, "role": "partner", "joined_on": "2026-06-01"}
    send(client, address("add_member", entry.uuid), joined)
    member = Member.objects.get(entry=entry, organisation=firm)
    left = {"left_on": "2026-09-01", "reason": "协议到期"}
    send(client, address("remove_member", member.uuid), left)
    check = {"year": "2026", "outcome": "to_mend", "note": "", "check-visitors": "120"}
    send(client, address("check", entry.uuid), check, 422)
    send(
        client,
        address("check", entry.uuid),
        {**check, "note": "工位不足", "mend_by": "2027-03-01"},
    )
    entry.refresh_from_db()
    amended = {"title": "新名工坊", "reason": "更名", "version": entry.version}
    values = {"f-kind": "silk", "f-places": "15"}
    send(client, address("amend", entry.uuid), {**amended, **values, "reason": ""}, 200)
    send(client, address("amend", entry.uuid), {**amended, **values})
    page = read(client, address("entry", entry.uuid))
    for words in ("新名工坊", "更名", "工位不足", "2026-09-01", "to be mended"):
        assert words in page
    recognition = entry.recognitions.get()
    gone = {"on": "2026-12-01", "reason": "弄虚作假"}
    send(client, address("revoke", recognition.uuid), gone, 403)
    send(as_user(leader), address("revoke", recognition.uuid), gone)
    entry.refresh_from_db()
    assert entry.state == "revoked"


def test_years_are_compared(clock: SimpleNamespace) -> None:
    factories.taken_over(title="老工坊", starts_on=datetime.date(2024, 5, 1))
    factories.taken_over(
        title="新工坊", starts_on=datetime.date(2026, 1, 5), organisation=factories.school(2)
    )
    client = as_user(factories.holder())
    to = address("compare", type="lantern_workshop", first=2025, second=2026, region="500118")
    page = read(client, to)
    assert page.partition(">新工坊<")[2].partition("data-status=")[2].startswith('"on_track"')
    assert page.partition(">老工坊<")[2].partition("data-status=")[2].startswith('"active"')


def test_type_is_tried_before_it_is_saved() -> None:
    kind = factories.register_type()
    factories.taken_over()
    admin = as_user(factories.holder("operator", "000000"))
    to = address("edit_type", kind.code) + "?as=text"
    raw = factories.raw()
    raw["fields"]["height"] = {"type": "number", "label": {"en": "Height", "zh-Hans": "高度"}}
    del raw["fields"]["cost"]
    import yaml

    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    body = {"text": text, "version": "1"}
    page = send(admin, to, {**body, "try": "1"}, 200).content.decode()
    assert "New field: Height" in page
    assert "Field no longer asked: Cost" in page
    assert "1 entry in force" in page
    assert TypeVersion.objects.filter(type=kind).count() == 1
    broken = {**body, "text": text.replace("type: number", "type: nonsense", 1), "try": "1"}
    page = send(admin, to, broken, 422).content.decode()
    assert "nonsense" in page
    send(admin, to, {**body, "save": "1"})
    assert TypeVersion.objects.filter(type=kind).count() == 2
    # a page that was opened before is refused
    page = send(admin, to, {**body, "save": "1"}, 422).content.decode()
    assert "newer version" in page


def test_type_as_a_form_changes_what_it_shows_and_keeps_the_rest() -> None:
    from jiangxin.apps.registers.forms.types import DEFINITION, values_of
    from tests.apps.registers.filled import posted

    kind = factories.register_type()
    admin = as_user(factories.holder("operator", "000000"))
    page = read(admin, address("edit_type", kind.code))
    assert "Lantern workshop" in page
    values = values_of(factories.raw())
    values["label_zh"] = "新灯笼工坊"
    body = posted(DEFINITION, values)
    send(admin, address("edit_type", kind.code), {**body, "version": "1", "save": "1"})
    newest = kind.versions.order_by("-number").first()
    assert newest is not None
    changed = {**factories.raw(), "label": {"en": "Lantern workshop", "zh-Hans": "新灯笼工坊"}}
    was, now = (
        queries.definition_of(
            TypeVersion(type=kind, number=9, definition=raw, hash=queries.hash_of(raw))
        )
        for raw in (changed, newest.definition)
    )
    assert was == now


def test_only_a_national_administrator_changes_types() -> None:
    kind = factories.register_type()
    read(as_user(factories.holder("operator")), address("edit_type", kind.code), 403)
    read(as_user(factories.holder()), address("edit_type", kind.code), 403)


def test_list_on_paper_is_checked_marked_and_taken_over() -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    kind = factories.register_type()
    school = factories.school()
    definition = queries.current_definition(kind, on=NOW.date())
    keys = ("纸灯工坊", school.name, "county", "2024年5月1日", "", "永教〔2024〕3号")
    good = (*keys, {"kind": "paper", "places": 12})
    bad = ("绸灯工坊", "没有的学校", "国际级", "五月", "", "", {"kind": "paper", "places": 3})

    def file(*rows: Any) -> SimpleUploadedFile:
        content = template(definition.form, keys=sheets.KEYS, rows=rows, language="zh-hans")
        return SimpleUploadedFile("清单.xlsx", content)

    client = as_user(factories.holder())
    to = address("import", kind.code, region="500118")
    page = send(client, to, {"file": file(good, bad), "save": "1"}, 422).content.decode()
    assert "No holder of this name" in page
    assert not Entry.objects.exists()
    answer = send(client, to, {"file": file(good, bad), "mark": "1"}, 200)
    assert answer["Content-Type"].endswith("sheet")
    send(client, to, {"file": file(good), "try": "1"}, 200)
    assert not Entry.objects.exists()
    send(client, to, {"file": file(good), "save": "1"})
    entry = Entry.objects.get()
    assert entry.title == "纸灯工坊"
    assert entry.first_recognised_on == datetime.date(2024, 5, 1)
    assert entry.values["places"] == 12


def test_call_opens_ranks_and_closes(clock: SimpleNamespace) -> None:
    kind = factories.register_type(calls=True)
    province = as_user(factories.holder("officer", "500000"))
    body = {
        "type": kind.code,
        "level": "provincial",
        "title": "2026年申报",
        "opens_at": "2026-03-01T00:00",
        "closes_at": "2026-02-01T00:00",
        "quota": "1",
    }
    send(province, address("call_new", region="500000"), body, 422)
    send(
        province,
        address("call_new", region="500000"),
        {**body, "closes_at": "2026-04-01T00:00"},
    )
    school = factories.school()
    client = of_school(school)
    page = read(client, address("calls", region="500118"))
    assert "2026年申报" in page
    page = read(client, address("apply", kind.code, region="500118"))
    assert "2026年申报" in page
    clock.at += datetime.timedelta(days=60)
    page = read(of_school(school), address("apply", kind.code, region="500118"))
    assert "No call is open now" in page


@pytest.mark.parametrize("kind", ["officer", "leader", "operator", "auditor"])
def test_every_page_of_the_menu_opens(kind: str) -> None:
    factories.recognised()
    client = as_user(factories.holder(kind))
    names = ["entries", "applications", "calls", "compare", "directory", "publicity"]
    names += ["queue"] if kind in ("officer", "leader") else []
    names += ["types"] if kind == "operator" else []
    for name in names:
        read(client, address(name, region="500118"))
