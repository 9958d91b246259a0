"""Pages of collections by role: fill in, submit, review, approve region by region, lock, correct."""

from __future__ import annotations

import datetime
import io
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jiangxin.apps.accounts.models import User
from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Collection, Edition, Extension, Filing, FilingImport
from jiangxin.core.permissions import SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, browser
from tests.apps.collections import factories

pytestmark = pytest.mark.django_db

GOOD = {"f-meals": "900", "f-students": "800", "f-cooks": "9"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The moment at which pages are read; a test moves it."""
    now = SimpleNamespace(at=NOW)
    monkeypatch.setattr(timezone, "now", lambda: now.at)
    return now


def as_user(viewer: Viewer) -> Client:
    """Return a browser in which the viewer is signed in."""
    return browser(User.objects.get(pk=viewer.user_id))


def address(name: str, *args: Any) -> str:
    """Return the address of a page of the app."""
    return reverse(f"collections:{name}", args=args)


def of_filing(name: str, edition: Edition, school: Any) -> str:
    """Return the address of a page of a school's return."""
    return address(name, edition.uuid, school.scope.uuid)


def read(client: Client, to: str, status: int = 200) -> str:
    """Read a page."""
    answer = client.get(to)
    text = answer.content.decode(errors="replace")
    assert answer.status_code == status, text[:2000]
    return text


def send(client: Client, to: str, body: dict[str, Any], status: int = 302, **more: Any) -> str:
    """Send a form."""
    answer = client.post(to, body, **more)
    text = answer.content.decode(errors="replace")
    assert answer.status_code == status, text[:2000]
    return text


def filing_of(edition: Edition, school: Any) -> Filing:
    """Return the stored return of a school."""
    return Filing.objects.get(edition=edition, scope=school.scope)


def test_a_school_saves_submits_and_takes_back() -> None:
    edition, school = factories.edition(), factories.school()
    client = as_user(factories.staff(school))

    assert of_filing("filing", edition, school) in read(client, address("collections"))
    # the notice of an edition leads the filer to the own return
    answer = client.get(address("edition", edition.uuid))
    assert answer.headers["Location"] == of_filing("filing", edition, school)
    read(client, of_filing("filing", edition, school))

    # 900 meals are more than 800 students, nothing is unusual
    send(client, of_filing("save_filing", edition, school), {**GOOD, "version": 0, "submit": "1"})
    filing = filing_of(edition, school)
    assert (filing.state, filing.values["meals"], filing.is_late) == ("submitted", 900, False)

    send(client, of_filing("withdraw", edition, school), {"version": filing.row_version})
    assert filing_of(edition, school).state == "draft"


def test_broken_rules_and_unexplained_values_come_back_with_what_was_typed() -> None:
    edition, school = factories.edition(), factories.school()
    client = as_user(factories.staff(school))
    to = of_filing("save_filing", edition, school)

    text = send(client, to, {**GOOD, "f-meals": "700", "version": 0, "submit": "1"}, 422)
    assert "Fewer meals than students." in text or "供餐数少于学生数。" in text
    assert filing_of(edition, school).state == "draft"

    # more than 50 cooks is pointed out: it needs an explanation, then it is taken
    many = {**GOOD, "f-cooks": "51", "submit": "1"}
    send(client, to, {**many, "version": filing_of(edition, school).row_version}, 422)
    assert filing_of(edition, school).state == "draft"
    version = filing_of(edition, school).row_version
    send(client, to, {**many, "version": version, "note": "三餐均供应"})
    assert filing_of(edition, school).note == "三餐均供应"


def test_saving_over_somebody_elses_change_shows_both() -> None:
    edition, school = factories.edition(), factories.school()
    first, second = factories.staff(school), factories.staff(school)
    factories.drafted(school, edition, by=first, meals=950)
    to = of_filing("save_filing", edition, school)

    text = send(as_user(second), to, {**GOOD, "version": 0, "save": "1"}, 409)

    name = User.objects.get(pk=first.user_id).name
    assert name in text
    assert "950" in text
    assert 'value="900"' in text
    assert filing_of(edition, school).values["meals"] == 950


def test_autosave_answers_with_the_new_version_alone() -> None:
    edition, school = factories.edition(), factories.school()
    client = as_user(factories.staff(school))
    to = of_filing("save_filing", edition, school)

    text = send(client, to, {**GOOD, "version": 0}, 200, headers={"HX-Request": "true"})
    assert "<html" not in text
    assert 'name="version"' in text
    assert 'value="1"' in text
    # the page that another person has open is told, and nothing of theirs is lost
    text = send(client, to, {**GOOD, "version": 0}, 409, headers={"HX-Request": "true"})
    assert "is-conflict" in text


def test_form_that_changed_while_filling_carries_what_it_can() -> None:
    edition, school = factories.edition(), factories.school()
    client = as_user(factories.staff(school))
    factories.drafted(school, edition, note="旧栏目")
    lines = [line for line in factories.PLAN.splitlines() if not line.startswith("  note:")]
    actions.save_collection(
        text="\n".join(lines) + "\n", scope=edition.scope, code="kitchen_plan", by=SYSTEM, at=NOW
    )

    text = read(client, of_filing("filing", edition, school))
    assert "旧栏目" in text  # named as without a place

    body = {**GOOD, "f-note": "旧栏目", "form_version": 1, "version": 1, "submit": "1"}
    send(client, of_filing("save_filing", edition, school), body)
    filing = filing_of(edition, school)
    # it is not submitted in a form that the person has not seen
    assert (filing.state, filing.version.number) == ("draft", 2)
    assert [lost["value"] for lost in filing.dropped] == ["旧栏目"]


def test_an_officer_gives_back_with_remarks_that_the_school_finds_beside_the_fields() -> None:
    edition, school = factories.edition(), factories.school()
    filing = factories.submitted(school, edition)
    officer = as_user(factories.reviewer())

    assert str(school.scope.uuid) in read(officer, address("queue"))
    to = of_filing("review_filing", edition, school)
    body = {"move": "return", "version": filing.row_version}
    send(officer, to, body, 422)  # without a reason nothing is given back
    send(officer, to, {**body, "reason": "请核对", "remark:meals": "与食堂台账不符"})

    assert filing_of(edition, school).state == "returned"
    text = read(as_user(factories.staff(school)), of_filing("filing", edition, school))
    assert "请核对" in text
    assert "与食堂台账不符" in text


def test_two_officers_at_once_the_second_is_told_who_was_first() -> None:
    edition, school = factories.edition(), factories.school()
    filing = factories.submitted(school, edition)
    to = of_filing("review_filing", edition, school)
    first, second = factories.reviewer(), factories.reviewer()

    send(as_user(first), to, {"move": "approve", "version": filing.row_version})
    text = send(
        as_user(second), to, {"move": "return", "reason": "x", "version": filing.row_version}, 409
    )
    assert User.objects.get(pk=first.user_id).name in text
    assert filing_of(edition, school).step == 1


def test_a_reviewer_of_another_region_finds_nothing() -> None:
    edition, school = factories.edition(), factories.school()
    factories.submitted(school, edition)
    stranger = as_user(factories.reviewer("510115"))
    read(stranger, of_filing("filing", edition, school), 404)
    read(stranger, address("edition", edition.uuid), 404)
    read(stranger, of_filing("template", edition, school), 404)
    assert str(school.scope.uuid) not in read(stranger, address("queue"))


def test_many_are_approved_after_a_look_at_what_would_happen() -> None:
    edition = factories.edition()
    schools = [factories.school(f"永川第{n}职业学校", key=f"K{n}") for n in range(3)]
    for school in schools[:2]:
        factories.submitted(school, edition)
    officer = as_user(factories.reviewer())
    to = address("approve_many", edition.uuid)

    read(officer, to)
    assert {filing_of(edition, school).step for school in schools[:2]} == {0}
    send(officer, to, {"confirm": "yes"})
    assert {filing_of(edition, school).step for school in schools[:2]} == {1}


def test_edition_lists_who_is_missing_and_gives_the_same_rows_as_a_file() -> None:
    edition = factories.edition()
    filed, missing = (
        factories.school("甲职业学校", key="J"),
        factories.school("乙职业学校", key="Y"),
    )
    factories.submitted(filed, edition)
    officer = as_user(factories.reviewer())
    to = address("edition", edition.uuid)

    text = read(officer, f"{to}?state=missing")
    assert of_filing("filing", edition, missing) in text
    assert of_filing("filing", edition, filed) not in text
    answer = officer.get(f"{to}?format=xlsx&state=missing")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["乙职业学校"]
    # one of two has handed in
    assert "1/2" in read(officer, to)
    part = officer.get(to, headers={"HX-Request": "true", "HX-Target": "progress"})
    assert b"<html" not in part.content
    assert b"every 20s" in part.content


def test_the_page_of_an_edition_costs_the_same_for_one_school_and_for_four(
    django_assert_max_num_queries: Any,
) -> None:
    edition = factories.edition()
    officer = as_user(factories.reviewer())
    factories.submitted(factories.school("一职业学校", key="A0"), edition)
    counts = []
    for more in range(2):
        for n in range(3 * more):
            factories.submitted(factories.school(f"校{n}", key=f"B{n}"), edition)
        with django_assert_max_num_queries(1000) as captured:
            read(officer, address("edition", edition.uuid))
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def test_matrix_shows_each_filer_once() -> None:
    edition = factories.edition()
    filed, other = factories.school("甲职业学校", key="J"), factories.school("乙职业学校", key="Y")
    factories.submitted(filed, edition)
    officer = as_user(factories.reviewer())
    text = read(officer, address("matrix"))
    assert of_filing("filing", edition, filed) in text
    assert of_filing("filing", edition, other) in text
    sheet = openpyxl.load_workbook(
        io.BytesIO(officer.get(address("matrix") + "?format=xlsx").content)
    ).active
    assert sheet is not None
    assert sheet.max_row == 3  # heads and two schools


def test_deadline_moves_for_all_with_a_reason() -> None:
    edition = factories.edition()
    officer = as_user(factories.reviewer("500000"))
    to = address("edition_move", edition.uuid)
    send(officer, to, {"move": "extend", "due_on": "2026-04-05"}, 422)
    send(officer, to, {"move": "extend", "due_on": "2026-04-05", "reason": "清明假期"})
    edition.refresh_from_db()
    assert edition.due_on == datetime.date(2026, 4, 5)
    assert Extension.objects.get().reason == "清明假期"


def test_region_approves_then_top_locks_then_a_school_corrects() -> None:
    edition, school = factories.edition(), factories.school()
    factories.approved(school, edition)
    move = {"move": "approve_region"}
    to = address("edition_move", edition.uuid)

    # an officer may not, the leader may; the top waits for the county
    send(as_user(factories.reviewer()), to, move, 403)
    send(as_user(factories.reviewer("500000", "leader")), to, move, 409)
    send(as_user(factories.reviewer("500118", "leader")), to, move)
    top = as_user(factories.reviewer("500000", "leader"))
    send(top, to, move)
    send(top, to, {"move": "lock"})
    assert filing_of(edition, school).state == "locked"

    client = as_user(factories.staff(school))
    read(client, of_filing("amend", edition, school))
    body = {**GOOD, "f-meals": "910", "version": filing_of(edition, school).row_version}
    send(client, of_filing("amend", edition, school), body, 422)  # no reason
    send(client, of_filing("amend", edition, school), {**body, "reason": "漏报十人"})
    filing = filing_of(edition, school)
    assert (filing.state, filing.values["meals"]) == ("amended", 910)
    assert filing.approved is not None
    assert filing.approved.values["meals"] == 900
    text = read(client, of_filing("filing", edition, school))
    assert "漏报十人" in text
    assert "900" in text
    assert "910" in text


def test_an_excused_school_is_no_longer_missing() -> None:
    edition, school = factories.edition(), factories.school()
    officer = as_user(factories.reviewer())
    to = of_filing("review_filing", edition, school)
    send(officer, to, {"move": "excuse", "reason": "停办食堂", "version": 0})
    assert queries.progress_of(edition, on=NOW.date()).missing == 0
    assert "停办食堂" in read(officer, of_filing("filing", edition, school))


def test_sheet_goes_out_filled_in_and_comes_back() -> None:
    edition, school = factories.edition(), factories.school()
    client = as_user(factories.staff(school))
    answer = client.get(of_filing("template", edition, school))
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert any(school.code == cell.value for row in book.worksheets[0] for cell in row)

    file = SimpleUploadedFile(
        "甲.csv", f"单位代码,单位名称,供餐数,学生数\n{school.code},,900,八百人\n".encode()
    )
    send(client, address("upload", edition.uuid), {"file": file})
    upload = FilingImport.objects.get()
    if upload.state == "uploaded":  # the worker has not come by yet
        actions.check_import(upload=upload, by=SYSTEM, at=NOW)
        upload.refresh_from_db()
    text = read(client, address("import", upload.uuid))
    assert "八百人" in text
    assert client.get(address("corrected", upload.uuid)).status_code == 200
    # its only row is bad
    send(client, address("apply_import", upload.uuid), {"skip_bad": "on"}, 422)
    send(client, address("discard_import", upload.uuid), {})
    upload.refresh_from_db()
    assert upload.state == "discarded"


def test_a_bureau_makes_a_collection_tries_it_and_has_it_run() -> None:
    officer = as_user(factories.reviewer())
    to = address("new_collection")
    read(officer, to)
    body = {"text": factories.PLAN}
    assert "Meals" in send(officer, to, {**body, "try": "1"}, 200).partition('id="trial"')[2]
    assert not Collection.objects.exists()
    send(
        officer,
        to,
        {"text": factories.PLAN.replace("every: year", "every: blue"), "save": "1"},
        422,
    )
    send(officer, to, {**body, "save": "1"})

    read(officer, address("collection", "kitchen_plan"))
    send(officer, address("run", "kitchen_plan"), {})
    running = queries.runnings(viewer=SYSTEM, on=NOW.date()).get()
    assert running.region.code == "500118"
    send(officer, address("call", "kitchen_plan"), {"title": "专项", "due_on": "2026-03-20"})
    assert Edition.objects.get().title == "专项"
    changed = factories.PLAN.replace("high: 50", "high: 40").replace("Cooks", "Kitchen staff")
    send(officer, address("edit_collection", "kitchen_plan"), {"text": changed, "save": "1"})
    assert "difference" in read(officer, address("collection", "kitchen_plan") + "?difference=2")
    send(officer, address("stop", running.uuid), {})
    assert not queries.runnings(viewer=SYSTEM, on=NOW.date() + datetime.timedelta(days=1)).exists()


def test_files_go_to_those_who_see_the_return_alone() -> None:
    edition, school = factories.edition(), factories.school()
    client = as_user(factories.staff(school))
    menu = SimpleUploadedFile("菜单.pdf", b"%PDF-1.4 menu")
    body = {**GOOD, "version": 0, "f-menu": menu, "save": "1"}
    send(client, of_filing("save_filing", edition, school), body)
    file = filing_of(edition, school).values["menu"]
    to = address("attachment", file["uuid"])
    assert client.get(to).content == b"%PDF-1.4 menu"
    other = factories.school("别的职业学校", key="O")
    assert as_user(factories.staff(other)).get(to).status_code == 404


def test_the_country_sees_each_region_below_on_a_map_and_in_a_table() -> None:
    edition = factories.edition(code="000000")
    factories.submitted(factories.school("永川某职业学校", key="A1"), edition)
    factories.school("温江某职业学校", code="510115", key="B1")
    top = as_user(factories.reviewer("000000"))
    text = read(top, address("edition", edition.uuid))
    assert "region-map-drawing" in text
    assert "region=500000" in text
    assert "region=510000" in text
    # a province sees its own filers alone
    below = read(as_user(factories.reviewer("510000")), address("edition", edition.uuid))
    assert "温江某职业学校" in below
    assert "永川某职业学校" not in below
