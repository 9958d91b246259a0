"""Journey A: a promise in a policy becomes a measured tile, through pages and through the API."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from typing import Any

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from jiangxin.apps.notices.models import Notice
from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import PolicyDocument, Target, Task, TaskRow
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW
from tests.journeys.conftest import District
from tests.journeys.texts import PLAN, PROMISE

REGION = "?region=500118"


def shown(client: Client, address: str) -> str:
    """Return the words of a page, without its tags."""
    answer = client.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code}"
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def send(client: Client, address: str, **body: Any) -> Any:
    """Send a form and return the answer, which must lead on."""
    answer = client.post(address, body)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer


def import_plan(client: Client) -> PolicyDocument:
    file = SimpleUploadedFile("plan.txt", PLAN.encode("gb18030"))
    send(client, "/policies/import/", files=file)
    return PolicyDocument.objects.get()


def decide_all(client: Client, document: PolicyDocument) -> None:
    """Accept, correct, reject and add: everything that a review consists of."""
    first, second, third = Target.objects.filter(document=document).order_by("start")
    send(client, f"/policies/items/target/{first.uuid}/decide/", move="accept", version=1)
    corrected = {
        "metric": "产教融合实训基地数", "comparator": ">=", "low": 6, "unit": "个",
        "due_on": "2027-12-31", "strength": "planned", "version": 1, "note": "应理解为下限",
    }  # fmt: skip
    send(client, f"/policies/items/target/{second.uuid}/correct/", **corrected)
    send(client, f"/policies/items/target/{third.uuid}/decide/", move="reject", version=1)
    send(
        client, f"/policies/documents/{document.uuid}/add/milestone/",
        milestone="设立理事会", milestone_kind="one-off", words="设立理事会",
    )  # fmt: skip
    send(client, f"/policies/documents/{document.uuid}/accept/")


def test_promise_becomes_a_tile(district: District, compute: Callable[[], object]) -> None:
    officer, leader = district.browsers["officer"], district.browsers["leader"]

    document = import_plan(officer)
    page = shown(officer, f"/policies/documents/{document.uuid}/")
    assert "永府办发〔2025〕19号" in page
    assert document.text == PLAN  # no word lost, no place moved
    assert PROMISE in page

    decide_all(officer, document)
    states = dict(Target.objects.values_list("metric", "state"))
    assert sorted(states.values()) == ["accepted", "corrected", "rejected"]
    send(officer, f"/policies/documents/{document.uuid}/move/", move="adopt")
    target = Target.objects.get(state="accepted")
    assert PLAN[target.start : target.end].endswith(PROMISE)

    assert target.indicator_code == "consortium_enterprise_rate"
    send(officer, f"/policies/documents/{document.uuid}/bind/")
    target.refresh_from_db()
    assert target.binding == "confirmed"

    compute()
    page = shown(officer, f"/policies/targets/{target.uuid}/{REGION}")
    assert "66.7%" in page  # 2 of 3
    assert "33.3%" in page  # 1 of 3, the year before
    # 80 % - 66.7 % in the two years from 2025 to 2027
    assert "6.7%" in page
    assert "到2027年" in page
    assert PROMISE in page
    values = re.findall(r"/indicators/values/[0-9a-f-]{36}/", _html(officer, target))
    rows = shown(officer, values[0])
    assert "E2" in rows
    assert "E1" in rows

    cockpit = shown(officer, f"/cockpit/{REGION}")
    assert "永川区" in cockpit
    listed = shown(leader, f"/policies/targets/{REGION}")
    assert "规模以上企业参与产教联合体比例" in listed
    assert "66.7%" in listed


def _html(client: Client, target: Target) -> str:
    return str(client.get(f"/policies/targets/{target.uuid}/{REGION}").content.decode())


def test_table_becomes_work_and_reports(district: District) -> None:
    browsers = district.browsers
    document = import_plan(browsers["officer"])
    decide_all(browsers["officer"], document)
    assert TaskRow.objects.filter(document=document).count() == 2
    send(browsers["officer"], f"/policies/documents/{document.uuid}/tasks/", due_on="2026-12-31")
    # the dates of the table are due before those of the plan
    task = Task.objects.get(number=1)
    assert {row.name for row in task.assignments.all()} == {"职业教育科"}

    assert task.text in shown(browsers["office"], "/policies/tasks/")
    assert task.text not in shown(browsers["school"], "/policies/tasks/")
    send(
        browsers["office"], f"/policies/tasks/{task.uuid}/report/",
        text="章程已报审", percent=60, files=SimpleUploadedFile("a.txt", "会议记录".encode()),
    )  # fmt: skip
    task.refresh_from_db()
    assert task.progress_rate == pytest.approx(0.6)
    assert "章程已报审" in shown(browsers["officer"], f"/policies/tasks/{task.uuid}/")

    Task.objects.filter(pk=task.pk).update(starts_on=None, due_on=NOW.date().replace(day=1))
    actions.remind_tasks(by=SYSTEM, at=NOW)
    told = Notice.objects.filter(to=district.people["office"], template__startswith="task")
    assert any(task.text in f"{notice.title} {notice.text}" for notice in told)
    assert task.text in shown(browsers["officer"], f"/policies/tasks/{REGION}&due=overdue")

    send(
        browsers["office"], f"/policies/tasks/{task.uuid}/report/",
        text="理事会已成立", percent=100, says_done="on",
    )  # fmt: skip
    send(browsers["officer"], f"/policies/tasks/{task.uuid}/move/", move="confirm")
    task.refresh_from_db()
    assert task.state == "done"


def test_report_is_read_back_from_its_files(
    district: District, compute: Callable[[], object]
) -> None:
    officer = district.browsers["officer"]
    document = import_plan(officer)
    decide_all(officer, document)
    send(officer, f"/policies/documents/{document.uuid}/move/", move="adopt")
    send(officer, f"/policies/documents/{document.uuid}/bind/")
    send(officer, f"/policies/documents/{document.uuid}/tasks/", due_on="2026-12-31")
    compute()
    address = f"{reverse('policies:report')}{REGION}&lang=zh-hans"
    answer = officer.get(f"{address}&format=docx")
    assert answer.status_code == 200, answer.content.decode()[:2000]
    word = docx.Document(io.BytesIO(answer.content))
    words = "\n".join(
        [p.text for p in word.paragraphs]
        + [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    )
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{address}&format=xlsx").content))
    cells = [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    for said in (words, "\n".join(cells)):
        assert "规模以上企业参与产教联合体比例" in said
        assert "组建理事会" in said
    assert "66.7%" in words
    assert any(c.replace(".", "").isdigit() and abs(float(c) - 2 / 3) < 1e-3 for c in cells) or (
        "66.7%" in cells
    )


def test_journey_through_the_api(district: District, compute: Callable[[], object]) -> None:
    officer = district.browsers["officer"]
    file = SimpleUploadedFile("plan.txt", PLAN.encode())
    answer = officer.post("/api/v1/policies/documents", {"file": file})
    assert answer.status_code == 201, answer.content
    document = answer.json()["document"]
    items = officer.get(f"/api/v1/policies/documents/{document['uuid']}/items").json()
    for item in items:
        answer = _json(
            officer, f"/api/v1/policies/items/{item['kind']}/{item['uuid']}/decision",
            {"move": "accept", "version": item["version"]},
        )  # fmt: skip
        assert answer.status_code == 200, answer.content
    moved = _json(officer, f"/api/v1/policies/documents/{document['uuid']}/move", {"move": "adopt"})
    assert moved.json()["state"] == "adopted"
    targets = officer.get("/api/v1/policies/targets?region=500118").json()["items"]
    target = next(row for row in targets if row["unit"] == "%")
    assert PLAN[slice(*_places(items, target))].endswith(PROMISE)
    bound = _json(
        officer, f"/api/v1/policies/targets/{target['uuid']}/bind",
        {"indicator_code": "consortium_enterprise_rate"},
    )  # fmt: skip
    assert bound.json()["binding"] == "confirmed"
    compute()
    seen = officer.get(f"/api/v1/policies/targets/{target['uuid']}").json()
    assert seen["value"] == pytest.approx(2 / 3)
    assert seen["pace_needed"] == pytest.approx((0.8 - 2 / 3) / 2)
    assert [row["year"] for row in seen["observations"]] == [2024, 2025]


def _places(items: list[dict[str, Any]], target: dict[str, Any]) -> tuple[int, int]:
    found = next(item for item in items if item["uuid"] == target["uuid"])
    return found["start"], found["end"]


def _json(client: Client, address: str, body: dict[str, Any]) -> Any:
    return client.post(address, json.dumps(body), content_type="application/json")
