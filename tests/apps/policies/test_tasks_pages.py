"""Pages of tasks, meetings, duties and cases through HTTP: journeys, leaks, constant queries."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import Case, DutyList, Meeting, Task, TaskReport
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, browser, person, region, region_scope
from tests.apps.policies.tasks_factories import DAY, District, district, wenjiang_document

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def _at(name: str, *args: Any, **query: str) -> str:
    parts = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"policies:{name}", args=args) + (f"?{parts}" if parts else "")


def _clients(home: District) -> dict[str, Client]:
    return {key: browser(user) for key, user in home.users.items()}


def test_a_table_becomes_tasks_that_a_school_reports_and_the_bureau_confirms() -> None:
    home = district()
    document = wenjiang_document()
    who = _clients(home)
    form = who["officer"].get(_at("make_tasks", document.uuid))
    assert 'value="2028-12-31"' in form.content.decode()
    made = who["officer"].post(
        _at("make_tasks", document.uuid), {"due_on": "2028-12-31"}, follow=True
    )
    assert "4 tasks were made." in _text(made)
    assert "Names to settle" in _text(made)
    settled = who["officer"].post(
        _at("task_names"),
        {"name": "燎原职校", "organisations": [home.schools[0].uuid, ""], "keep_alias": "yes"},
        follow=True,
    )
    assert "“燎原职校” is settled in 1 task." in _text(settled)

    task = Task.objects.get(number=1)
    listed = who["teacher"].get(_at("tasks", mine="1"))
    assert "建设实训中心" in _text(listed)
    assert "建立成长档案" not in _text(listed)
    evidence = SimpleUploadedFile("照片.txt", b"evidence")
    sent = who["teacher"].post(
        _at("task_report", task.uuid),
        {"percent": "100", "text": "主体完工", "says_done": "on", "attachments": evidence},
        follow=True,
    )
    assert sent.status_code == 200
    task.refresh_from_db()
    assert (task.state, task.progress_rate) == ("submitted", 1.0)
    file = TaskReport.objects.get().files.get()
    got = who["officer"].get(_at("evidence", file.uuid))
    assert got.content == b"evidence"
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Content-Disposition"].startswith("attachment")
    back = who["officer"].post(
        _at("task_move", task.uuid), {"move": "return", "reason": "缺验收单"}, follow=True
    )
    assert "缺验收单" in _text(back)
    done = {"percent": "100", "text": "补验收单", "says_done": "on"}
    who["teacher"].post(_at("task_report", task.uuid), done)
    end = who["officer"].post(_at("task_move", task.uuid), {"move": "confirm"}, follow=True)
    assert "The task is now: done." in _text(end)
    words = _text(end)
    assert "confirmed as done" in words
    assert "2027年6月前完成基础建设" in words
    assert document.citation in words


def test_a_refused_report_keeps_what_was_typed() -> None:
    home = district()
    task = home.task()
    answer = browser(home.users["teacher"]).post(
        _at("task_report", task.uuid), {"percent": "150", "text": "写了很多字"}
    )
    assert answer.status_code == 422
    assert "写了很多字" in answer.content.decode()
    assert TaskReport.objects.count() == 0


def test_return_without_a_reason_is_explained() -> None:
    home = district()
    task = home.task_at("submitted")
    answer = browser(home.users["officer"]).post(_at("task_move", task.uuid), {"move": "return"})
    assert answer.status_code == 422
    assert "Give the reason; those concerned read it." in _text(answer)


def test_two_officers_change_one_task_through_the_form() -> None:
    home = district()
    task = home.task()
    officer = browser(home.users["officer"])
    form = {
        "kind": "task",
        "text": "新的说法",
        "recurrence": "once",
        "lead": home.office.name,
        "implementer": home.schools[0].name,
        "due_on": "2026-09-30",
        "version": "1",
    }
    assert officer.post(_at("task_edit", task.uuid), form).status_code == 302
    late = officer.post(_at("task_edit", task.uuid), {**form, "text": "别的说法"})
    assert late.status_code == 422
    assert "Somebody changed this task meanwhile." in _text(late)
    assert "别的说法" in late.content.decode()
    task.refresh_from_db()
    assert (task.text, str(task.due_on)) == ("新的说法", "2026-09-30")


def test_a_task_is_set_for_a_clause_with_its_responsible_units() -> None:
    home = district()
    document = wenjiang_document()
    clause = document.clauses.filter(text__contains="双师型").first()
    assert clause is not None
    officer = browser(home.users["officer"])
    form = officer.get(_at("task_new", clause=str(clause.uuid)))
    assert document.title in _text(form)
    answer = officer.post(
        _at("task_new", clause=str(clause.uuid)),
        {"kind": "deliverable", "text": "印发办法", "recurrence": "once", "lead": "成职教科"},
    )
    assert answer.status_code == 302
    task = Task.objects.get()
    assert (task.clause, task.document, task.kind) == (clause, document, "deliverable")


def test_list_filters_and_spreadsheet_agree() -> None:
    home = district()
    home.task(text="逾期的", due_on=TODAY - DAY)
    home.task(text="将到期的", due_on=TODAY + 10 * DAY)
    home.task(text="别校的", units={"implementer": [home.schools[1].name]})
    officer = browser(home.users["officer"])
    # the clock of the request is the real one, so both dated tasks are overdue by then
    unit = str(home.schools[1].uuid)
    words = _text(officer.get(_at("tasks", school=unit)))
    assert "别校的" in words
    assert "逾期的" not in words
    answer = officer.get(_at("tasks", school=unit, format="xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["别校的"]
    assert home.schools[1].name in rows[1]


def test_plan_and_calendar_show_tasks_without_scripts() -> None:
    home = district()
    home.task(text="画在图上", starts_on=TODAY, due_on=TODAY + 100 * DAY)
    home.task(
        text="每年一次", due_on=TODAY + 10 * DAY, recurrence="yearly", units={"lead": ["成职教科"]}
    )
    home.task(text="没有日期", due_on=None)
    officer = browser(home.users["officer"])
    plan = officer.get(_at("tasks_plan"))
    page = plan.content.decode()
    assert page.count('<svg class="plan-axis"') == 2
    assert "style=" not in page.split("<main", 1)[1].split("</main>")[0]
    assert "没有日期" in _text(plan)
    month = officer.get(_at("tasks_calendar", month="2027-03"))
    assert "每年一次" in _text(month)
    assert 'class="is-planned is-repeat"' in month.content.decode()
    assert officer.get(_at("tasks_calendar", month="nonsense")).status_code == 200


def test_a_meeting_resolves_and_its_resolution_is_a_task_in_one_click() -> None:
    home = district()
    officer = browser(home.users["officer"])
    officer.post(
        _at("meeting_new"),
        {
            "series": "市区联席会议",
            "title": "第三次会议",
            "held_on": "2026-03-10",
            "members": "市教委\n市财政局",
            "agenda": "研究经费",
        },
    )
    meeting = Meeting.objects.get()
    assert meeting.members == ["市教委", "市财政局"]
    early = officer.post(_at("add_resolution", meeting.uuid), {"text": "落实经费"})
    assert early.status_code == 422
    officer.post(_at("meeting_move", meeting.uuid), {"move": "hold"})
    officer.post(
        _at("add_resolution", meeting.uuid),
        {"text": "落实经费", "responsible": "成职教科\n人事科", "due_on": "2026-12-31"},
    )
    resolution = meeting.resolutions.get()
    first = officer.post(_at("resolution_task", resolution.uuid), follow=True)
    officer.post(_at("resolution_task", resolution.uuid))
    task = Task.objects.get()
    assert (task.text, str(task.due_on), task.resolution) == ("落实经费", "2026-12-31", resolution)
    roles = {row.name: row.role for row in task.assignments.all()}
    assert roles == {"成职教科": "lead", "人事科": "support"}
    assert "第三次会议, resolution 1" in _text(first)


def test_duties_of_three_parties_are_written_published_and_seen_by_all() -> None:
    home = district()
    officer, leader = browser(home.users["officer"]), browser(home.users["leader"])
    answer = officer.post(
        _at("duty_list_new"),
        {"title": "三方职责", "parties": "市教委\n区政府\n院校", "fields_": "党建\n安全稳定"},
    )
    duties = DutyList.objects.get()
    assert answer["Location"] == _at("duty_list_edit", duties.uuid)
    cells = {"version": "1", "cell-0-0": "统筹党建", "cell-1-2": "校园安全"}
    officer.post(_at("duty_list_edit", duties.uuid), cells)
    late = officer.post(_at("duty_list_edit", duties.uuid), {**cells, "cell-0-0": "改"})
    assert late.status_code == 409
    public = Client()
    assert public.get(_at("duty_list", duties.uuid)).status_code == 404
    assert officer.post(_at("duty_list_move", duties.uuid), {"move": "publish"}).status_code == 403
    leader.post(_at("duty_list_move", duties.uuid), {"move": "publish"})
    words = _text(public.get(_at("duty_list", duties.uuid)))
    assert "统筹党建" in words
    assert "校园安全" in words
    again = officer.post(_at("duty_list_edit", duties.uuid), {"version": "2", "cell-0-0": "改"})
    assert again.status_code == 409


def test_a_case_goes_from_a_school_to_the_public() -> None:
    home = district()
    who = _clients(home)
    expert = browser(person("expert", region_scope(home.code)))
    form = {
        "scope": str(home.schools[0].scope.uuid),
        "title": "校企共育",
        "summary": "摘要",
        "text": "全文",
    }
    answer = who["teacher"].post(_at("case_new"), form)
    assert answer.status_code == 302
    case = Case.objects.get()
    assert case.organisation == home.schools[0]
    page = _at("case", case.uuid)
    # a draft is the school's own
    assert [c.get(page).status_code for c in (who["officer"], expert, Client())] == [404] * 3
    who["teacher"].post(_at("case_move", case.uuid), {"move": "submit"})
    assert expert.get(page).status_code == 200
    assert Client().get(page).status_code == 404
    refused = expert.post(_at("case_move", case.uuid), {"move": "return"})
    assert refused.status_code == 422
    expert.post(_at("case_move", case.uuid), {"move": "recommend", "is_replicable": "on"})
    who["leader"].post(_at("case_move", case.uuid), {"move": "publish"})
    seen = Client(headers={"accept-language": "en"}).get(page)
    assert "校企共育" in _text(seen)
    assert "Others can repeat it" in _text(seen)
    assert "校企共育" in _text(Client().get(_at("cases", region=home.code)))


MARK = "不可外传"


def test_nothing_of_another_region_or_school_shows() -> None:
    home, away = district(), district("500118")
    task = home.task(text=MARK)
    report = actions.report_task(
        task=task,
        text=MARK,
        progress_rate=0.4,
        files=[("a.txt", MARK.encode())],
        by=home.teachers[0],
        at=NOW,
    )
    file = report.files.get()
    meeting = actions.plan_meeting(
        scope=region_scope(home.code),
        region=region(home.code),
        values={"series": MARK, "title": MARK, "held_on": TODAY},
        by=home.officer,
        at=NOW,
    )
    meeting = actions.change_meeting(
        meeting=meeting, values={}, files=[("b.txt", b"b")], by=home.officer, at=NOW
    )
    actions.move_meeting(meeting=meeting, move="hold", by=home.officer, at=NOW)
    resolution = actions.add_resolution(meeting=meeting, text=MARK, by=home.officer, at=NOW)
    duties = actions.create_duty_list(
        scope=region_scope(home.code),
        region=region(home.code),
        title=MARK,
        parties=["甲"],
        fields=["党建"],
        by=home.officer,
        at=NOW,
    )
    case = home.case_at("submitted", title=MARK)
    meeting_file = meeting.files.get()
    own_pages = {
        _at("task", task.uuid),
        _at("tasks"),
        _at("tasks", format="xlsx"),
        _at("tasks_plan"),
        _at("tasks_calendar", month=f"{task.due_on:%Y-%m}"),
        _at("evidence", file.uuid),
        _at("meetings"),
        _at("meeting", meeting.uuid),
        _at("duty_lists"),
        _at("duty_list", duties.uuid),
        _at("cases"),
        _at("case", case.uuid),
        _at("report"),
    }
    officer = browser(home.users["officer"])
    for page in own_pages:
        answer = officer.get(page)
        assert answer.status_code == 200, page
        if "xlsx" not in page and "report" not in page:
            assert MARK in answer.content.decode(), page
    outsiders = {
        "away officer": browser(away.users["officer"]),
        "away school": browser(away.users["teacher"]),
        "other school": browser(home.users["other"]),
        "public": Client(),
    }
    for name, client in outsiders.items():
        for page in own_pages:
            for asked in (page, page + ("&" if "?" in page else "?") + "region=510115"):
                answer = client.get(asked)
                assert MARK.encode() not in answer.content, (name, asked)
                for uuid in map(str, (task.uuid, meeting.uuid, duties.uuid, case.uuid)):
                    # a page of refusal names the address that was asked for
                    assert uuid in asked or uuid.encode() not in answer.content, (name, asked)
                if answer.content[:2] == b"PK":
                    book = openpyxl.load_workbook(io.BytesIO(answer.content))
                    cells = [c.value for sheet in book for row in sheet.iter_rows() for c in row]
                    assert MARK not in cells, (name, asked)
        writes = {
            _at("task_report", task.uuid): {"percent": "5", "text": "x"},
            _at("task_move", task.uuid): {"move": "start"},
            _at("task_edit", task.uuid): {"text": "x"},
            _at("meeting_edit", meeting.uuid): {"title": "x"},
            _at("meeting_move", meeting.uuid): {"move": "cancel"},
            _at("add_resolution", meeting.uuid): {"text": "x"},
            _at("resolution_task", resolution.uuid): {},
            _at("duty_list_edit", duties.uuid): {"version": "1", "cell-0-0": "x"},
            _at("duty_list_move", duties.uuid): {"move": "publish"},
            _at("case_edit", case.uuid): {"title": "x"},
            _at("case_move", case.uuid): {"move": "recommend"},
            _at("meeting_file", meeting.uuid, meeting_file.uuid): {},
        }
        for page, body in writes.items():
            answer = client.post(page, body)
            assert answer.status_code in (302, 403, 404, 405), (name, page)
            if answer.status_code == 302:
                assert "sign-in" in answer["Location"], (name, page)
    task.refresh_from_db()
    assert (task.state, task.progress_rate) == ("in_progress", 0.4)
    case.refresh_from_db()
    assert case.state == "submitted"


def test_a_school_sees_its_own_reports_and_not_those_of_others() -> None:
    home = district()
    task = home.task(units={"implementer": [school.name for school in home.schools]})
    for teacher, words in zip(home.teachers, ("第一校的话", "第二校的话"), strict=True):
        actions.report_task(task=task, text=words, progress_rate=0.5, by=teacher, at=NOW)
    page = _text(browser(home.users["teacher"]).get(_at("task", task.uuid)))
    assert "第一校的话" in page
    assert "第二校的话" not in page
    assert "第二校的话" in _text(browser(home.users["officer"]).get(_at("task", task.uuid)))


@pytest.mark.parametrize("page", ["tasks", "tasks_plan", "tasks_calendar", "cases", "meetings"])
def test_lists_ask_no_more_for_more_rows(
    page: str, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    home = district()
    officer = browser(home.users["officer"])
    names = [school.name for school in home.schools]

    def more() -> None:
        home.task(units={"lead": [home.office.name], "implementer": names}, by=SYSTEM)
        home.case_at("published")
        actions.plan_meeting(
            scope=region_scope(home.code),
            region=region(home.code),
            values={"series": "会", "title": "会", "held_on": TODAY},
            by=home.officer,
            at=NOW,
        )

    more()
    address = _at(page)
    if page == "tasks_calendar":
        address = _at(page, month=f"{TODAY + 60 * DAY:%Y-%m}")
    officer.get(address)
    one = count_queries(lambda: officer.get(address))
    more()
    more()
    assert count_queries(lambda: officer.get(address)) == one


def test_task_page_asks_no_more_for_more_reports(
    count_queries: Callable[[Callable[[], Any]], int],
) -> None:
    home = district()
    task = home.task(units={"implementer": [school.name for school in home.schools]})
    officer = browser(home.users["officer"])

    def report() -> None:
        actions.report_task(
            task=task,
            text="进展",
            progress_rate=0.2,
            files=[("a.txt", b"a")],
            by=home.teachers[0],
            at=NOW,
        )

    report()
    page = _at("task", task.uuid)
    officer.get(page)
    one = count_queries(lambda: officer.get(page))
    report()
    report()
    assert count_queries(lambda: officer.get(page)) == one
