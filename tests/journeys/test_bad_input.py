"""What people send by mistake: each answer says what is wrong, and nothing is lost."""

from __future__ import annotations

import io
from typing import Any

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.pdfgen.canvas import Canvas

from jiangxin.apps.organisations.models import Import, Organisation
from jiangxin.apps.policies.models import PolicyDocument, Target, TaskRow
from jiangxin.core import jobs
from jiangxin.core.models import Job
from tests.apps.organisations.factories import sheet
from tests.journeys.conftest import District
from tests.journeys.texts import PLAN


def scanned_pdf() -> bytes:
    """Return a page that holds lines and no text, as from a scanner."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.rect(100, 100, 300, 500, fill=1)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def ragged_table() -> bytes:
    """Return a Word file whose task table has merged and missing cells."""
    document = docx.Document()
    for line in PLAN.split("附件：", 1)[0].splitlines():
        document.add_paragraph(line)
    table = document.add_table(rows=4, cols=4)
    rows = (
        ("序号", "任务", "具体措施", "责任单位"),
        ("1", "组建理事会", "制定章程", "职业教育科"),
        ("2", "开放设备", "", ""),
        ("", "", "公布目录", "永川第一职业学校"),
    )
    for line, cells in enumerate(rows):
        for place, text in enumerate(cells):
            table.cell(line, place).text = text
    table.cell(1, 3).merge(table.cell(2, 3))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def give(district: District, name: str, data: bytes) -> Any:
    file = SimpleUploadedFile(name, data)
    return district.browsers["officer"].post(
        "/policies/import/", {"files": file, "region_code": "500118"}
    )


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("empty.txt", b" \n", "holds no text"),
        ("picture.txt", bytes(range(256)) * 40, ""),
        ("scan.pdf", scanned_pdf(), "OCR"),
        ("broken.docx", b"PK\x03\x04 and nothing more", ""),
        ("broken.pdf", b"%PDF-1.7 and nothing more", ""),
    ],
)
def test_files_without_text_are_refused_with_the_way_out(
    district: District, name: str, data: bytes, says: str
) -> None:
    answer = give(district, name, data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert name in page
    assert says in page
    assert not PolicyDocument.objects.exists()


def test_other_encodings_are_told_by_themselves(district: District) -> None:
    for number, encoding in enumerate(("gb18030", "utf-16", "utf-8-sig")):
        text = PLAN.replace("19号", f"2{number}号")
        assert give(district, f"{encoding}.txt", text.encode(encoding)).status_code == 302
        assert PolicyDocument.objects.latest("pk").text == text


def test_a_ragged_table_keeps_its_rows(district: District) -> None:
    assert give(district, "plan.docx", ragged_table()).status_code == 302
    rows = {row.number: row for row in TaskRow.objects.all()}
    assert rows[1].responsible == ["职业教育科"]
    assert rows[2].task.startswith("开放设备")


def test_a_day_that_does_not_exist_is_no_deadline(district: District) -> None:
    text = PLAN.replace("到2027年，", "到2027年2月30日，")
    assert give(district, "plan.txt", text.encode()).status_code == 302
    days = set(Target.objects.values_list("due_on", flat=True))
    assert all(day is None or (day.month, day.day) != (2, 30) for day in days)
    target = Target.objects.first()
    assert target is not None
    answer = district.browsers["officer"].post(
        f"/policies/items/target/{target.uuid}/correct/",
        {"metric": "x", "comparator": ">=", "low": "1", "unit": "", "strength": "planned",
         "due_on": "2027-02-30", "version": 1},
    )  # fmt: skip
    assert answer.status_code == 422
    target.refresh_from_db()
    assert target.state == "read"


@pytest.mark.slow
def test_three_bad_rows_among_five_thousand(district: District) -> None:
    officer = district.browsers["officer"]
    before = Organisation.objects.count()
    rows = [[f"永川产业企业{n:04d}有限公司", "企业", ""] for n in range(4997)]
    rows += [["", "企业", ""], ["某学校", "学校", ""], ["某单位", "没有这一类", ""]]
    file = SimpleUploadedFile("many.xlsx", sheet(["单位名称", "单位类别", "办学层次"], rows))
    assert officer.post("/organisations/imports/", {"file": file}).status_code == 302
    upload = Import.objects.get()
    jobs.run.func(Job.objects.get(uuid=upload.job_uuid).pk)
    upload.refresh_from_db()
    assert (upload.rows, upload.counts["bad"]) == (5000, 3)
    assert Organisation.objects.count() == before

    answer = officer.post(f"/organisations/imports/{upload.uuid}/apply/")
    assert answer.status_code == 409  # nothing is saved unless the good ones are chosen
    corrected = officer.get(f"/organisations/imports/{upload.uuid}/corrected.xlsx").content
    page = openpyxl.load_workbook(io.BytesIO(corrected)).active
    assert page is not None
    assert page.max_row >= 4

    officer.post(f"/organisations/imports/{upload.uuid}/apply/", {"skip_bad": "yes"})
    upload.refresh_from_db()
    jobs.run.func(Job.objects.get(uuid=upload.job_uuid).pk)
    assert Organisation.objects.count() == before + 4997
