"""Progress reports as Word and Excel, read back with the real libraries; and the task API."""

from __future__ import annotations

import datetime
import io
from typing import Any

import docx
import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from jiangxin.apps.policies import actions, queries, sheets
from jiangxin.apps.policies.models import Task
from tests.apps.accounts.factories import NOW, TODAY, browser, region
from tests.apps.policies import factories
from tests.apps.policies.tasks_factories import DAY, District, district

pytestmark = pytest.mark.django_db


def _region_with_work() -> tuple[District, Any]:
    document = factories.adopted()
    home = district("500118")
    home.task(text="=cmd|' /C calc'!A0", due_on=TODAY - 3 * DAY, document=document)
    home.task(text="按期的任务", due_on=TODAY + 30 * DAY, document=document, is_simulated=True)
    return home, document


def _tables(data: bytes) -> tuple[list[str], list[list[list[str]]]]:
    file = docx.Document(io.BytesIO(data))
    words = [paragraph.text for paragraph in file.paragraphs if paragraph.text]
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in file.tables]
    return words, tables


def test_docx_report_says_what_the_pages_say() -> None:
    home, document = _region_with_work()
    report = queries.progress_report(region=region(), viewer=home.officer, on=TODAY)
    words, tables = _tables(sheets.docx_report(report))
    assert words[0] == "Progress report: 永川区"
    assert any("made up for demonstration" in text for text in words)
    overview, work, targets, overdue, tasks = tables
    assert overview[1][0] == str(len(report.targets))
    assert dict(zip(work[0], work[1], strict=True))["Overdue"] == "1"
    assert [row[0] for row in targets[1:]] == [row.target.metric for row in report.targets]
    assert targets[1][-1].startswith(document.citation)
    # 6 targets and no value: the mark of "none", never 0
    assert {row[4] for row in targets[1:]} == {"—"}
    assert [row[1] for row in overdue[1:]] == ["=cmd|' /C calc'!A0"]
    assert [row[1] for row in tasks[1:]] == ["=cmd|' /C calc'!A0", "按期的任务（simulated）"]
    # the employment rate of 95 % contradicts that of 90 %
    assert any("毕业生就业率" in text and "≥ 95%" in text and "≥ 90%" in text for text in words)


def test_docx_report_in_chinese() -> None:
    home, _document = _region_with_work()
    with translation.override("zh-hans"):
        report = queries.progress_report(region=region(), viewer=home.officer, on=TODAY)
        words, tables = _tables(sheets.docx_report(report))
    assert words[0].startswith("进展报告")
    assert "指标任务" not in words[0]
    assert tables[2][0][0] == "目标"


def test_xlsx_report_keeps_numbers_days_and_texts() -> None:
    home, document = _region_with_work()
    report = queries.progress_report(region=region(), viewer=home.officer, on=TODAY)
    book = openpyxl.load_workbook(io.BytesIO(sheets.xlsx_report(report)))
    assert book.sheetnames == ["Targets", "Tasks", "Values", "Sources"]
    rows = list(book["Tasks"].iter_rows(values_only=True))
    head = rows[0]
    first = dict(zip(head, rows[1], strict=True))
    assert first["Task"] == "=cmd|' /C calc'!A0"
    assert book["Tasks"].cell(2, 4).data_type == "s"
    due = datetime.datetime.combine(TODAY - 3 * DAY, datetime.time())
    assert (first["Deadline"], first["State"], first["Simulated"]) == (due, "Overdue", None)
    assert dict(zip(head, rows[2], strict=True))["Simulated"] == "simulated"
    sources = list(book["Sources"].iter_rows(values_only=True))
    assert sources[1][:2] == (document.title, document.document_number)


def test_report_of_one_document_leaves_the_others_out() -> None:
    home, document = _region_with_work()
    home.task(text="没有文件的任务")
    report = queries.progress_report(
        region=region(), document=document, viewer=home.officer, on=TODAY
    )
    assert {task.document_id for task in report.tasks} == {document.pk}
    assert report.title == document.title


def test_report_files_through_the_page_in_both_languages() -> None:
    home, document = _region_with_work()
    officer = browser(home.users["officer"])
    page = reverse("policies:report")
    assert officer.get(page).status_code == 200
    for query, word in (("lang=en", "Progress report"), ("lang=zh-hans", "进展报告")):
        answer = officer.get(f"{page}?format=docx&{query}&document={document.uuid}")
        assert _tables(answer.content)[0][0].startswith(word)
        book = openpyxl.load_workbook(
            io.BytesIO(officer.get(f"{page}?format=xlsx&{query}").content)
        )
        assert len(book.sheetnames) == 4
    away = district("510115")
    outsider = browser(away.users["officer"])
    for query in ("", "&format=docx", "&format=xlsx"):
        assert outsider.get(f"{page}?region=500118{query}").status_code == 403
        asked = outsider.get(f"{page}?document={document.uuid}{query}")
        assert asked.status_code == 404
    assert Client().get(page).status_code == 302
    assert browser(home.users["teacher"]).get(page).status_code == 403


API = "/api/v1/policies/tasks"


def _post(client: Client, path: str, **body: Any) -> Any:
    return client.post(path, data=body, content_type="application/json")


def test_a_task_through_the_api() -> None:
    home = district()
    officer, school = browser(home.users["officer"]), browser(home.users["teacher"])
    made = _post(
        officer,
        f"{API}?region=510115",
        text="编制清单",
        due_on="2026-12-31",
        lead=[home.office.name],
        implementer=[home.schools[0].name, "没有的学校"],
    )
    assert made.status_code == 201
    body = made.json()
    assert [(u["role"], u["name"], u["organisation_code"]) for u in body["units"]] == [
        ("lead", home.office.name, home.office.code),
        ("implementer", home.schools[0].name, home.schools[0].code),
        ("implementer", "没有的学校", None),
    ]
    address = f"{API}/{body['uuid']}"
    assert _post(school, f"{address}/reports", text="完成", says_done=True).json() == {
        "uuid": str(Task.objects.get().reports.get().uuid),
        "task_state": "submitted",
        "task_progress_rate": 1.0,
    }
    assert _post(school, f"{address}/moves", move="confirm").status_code == 403
    assert _post(officer, f"{address}/moves", move="return").status_code == 422
    assert _post(officer, f"{address}/moves", move="confirm").json()["state"] == "done"
    listed = school.get(f"{API}?region=510115").json()
    assert [item["text"] for item in listed["items"]] == ["编制清单"]


def test_the_task_api_shows_nothing_to_others() -> None:
    home, away = district(), district("500118")
    task = home.task(text="不可外传")
    for user in (away.users["officer"], away.users["teacher"], home.users["other"]):
        client = browser(user)
        assert client.get(f"{API}?region=510115").json() == {"total": 0, "items": []}
        assert client.get(f"{API}/{task.uuid}").status_code == 404
        assert _post(client, f"{API}/{task.uuid}/reports", text="x").status_code == 404
        assert _post(client, f"{API}/{task.uuid}/moves", move="start").status_code in (403, 404)
    assert Client().get(API).status_code == 401
    away_post = _post(browser(away.users["officer"]), f"{API}?region=510115", text="越权")
    assert away_post.status_code == 403
    assert Task.objects.count() == 1
    assert task.reports.count() == 0


def test_cases_api_lists_published_ones_only() -> None:
    home = district()
    case = home.case_at("published")
    home.case_at("reviewed", title="未发布")
    answer = Client().get("/api/v1/policies/cases?region=510115").json()
    assert [item["uuid"] for item in answer["items"]] == [str(case.uuid)]
    assert "told_by_name" not in answer["items"][0]
    actions.move_case(case=case, move="withdraw", by=home.leader, at=NOW)
    assert Client().get("/api/v1/policies/cases?region=510115").json()["total"] == 0
