from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.utils import translation

from jiangxin.apps.organisations import actions, queries, sheets
from jiangxin.apps.organisations.models import Import, Organisation
from jiangxin.core import jobs
from jiangxin.core.errors import NotFound, NotPermitted, WrongState
from jiangxin.core.models import AuditRow, Job
from tests.apps.accounts.factories import NOW, TODAY, officer, region_scope
from tests.apps.organisations.factories import bureau, organisation, sheet, uscc

pytestmark = pytest.mark.django_db
HEADS = ["单位名称", "单位类别", "办学层次", "统一社会信用代码", "学校标识码", "上级单位", "别名"]


def check(content: bytes, viewer: Any = None) -> sheets.Checked:
    return sheets.check(content, scope=region_scope(), viewer=viewer or officer(), on=TODAY)


def upload(content: bytes, by: Any) -> Import:
    made = actions.upload_import(
        scope=region_scope(), file_name="学校.xlsx", content=content, by=by, at=NOW
    )
    jobs.run.func(Job.objects.get(uuid=made.job_uuid).pk)
    made.refresh_from_db()
    return made


def apply(made: Import, by: Any, *, skip_bad: bool = False) -> Job:
    made = actions.ask_to_apply(upload=made, skip_bad=skip_bad, by=by, at=NOW)
    jobs.run.func(Job.objects.get(uuid=made.job_uuid).pk)
    made.refresh_from_db()
    return Job.objects.get(uuid=made.job_uuid)


@pytest.fixture
def by() -> Any:
    """An officer of the district."""
    return officer()


def test_check_finds_all_errors_at_once_with_row_column_rule_and_fix() -> None:
    organisation("温江甲校", "510115", uscc=uscc(1))
    content = sheet(
        HEADS,
        [
            ["好学校", "学校", "中职", uscc(2), 3650000123.0, "", "好校"],
            ["", "学校", "中职", "", "", "", ""],
            ["坏代码", "企业", "", "91350100M000100Y4Z", "", "", ""],
            ["坏类别", "大楼", "中职", "", "12", "", "好校"],
            ["已有代码", "企业", "", uscc(1), "", "", ""],
            ["科室", "科室", "", "", "", "不存在的局", ""],
            ["好学校", "学校", "中职", "", "", "", ""],
        ],
    )
    checked = check(content)
    assert [(f.row, f.field) for f in checked.findings] == [
        (3, "name"),
        (4, "uscc"),
        (5, "kind"),
        (6, "uscc"),
        (7, "parent"),
        (8, "name"),
    ]
    assert checked.counts["bad"] == 6
    assert [c.details.name for c in checked.changes] == ["好学校"]
    assert checked.changes[0].details.school_code == "3650000123"
    assert all(f.rule and f.fix for f in checked.findings)


def test_parents_in_the_same_file_are_registered_first(by: Any) -> None:
    content = sheet(
        HEADS,
        [
            ["职成科", "科室", "", "", "", "永川区示范局", ""],
            ["永川区示范局", "主管部门", "", "", "", "", "示范局"],
        ],
    )
    apply(upload(content, by), by)
    office = Organisation.objects.get(name="职成科")
    assert office.parent == Organisation.objects.get(name="永川区示范局")
    assert office.scope.path.startswith(office.parent.scope.path)


def test_rows_whose_parent_row_is_bad_are_refused_too() -> None:
    content = sheet(
        HEADS,
        [
            ["职成科", "科室", "", "", "", "坏局", ""],
            ["坏局", "主管部门", "", "123", "", "", ""],
            ["甲科", "科室", "", "", "", "乙科", ""],
            ["乙科", "科室", "", "", "", "甲科", ""],
        ],
    )
    checked = check(content)
    assert checked.changes == ()
    assert {f.row for f in checked.findings} == {2, 3, 4, 5}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_export_and_import_again_changes_nothing(language: str, by: Any) -> None:
    above = bureau(uscc=uscc(9), contact_name="张三", contact_phone="023-4988", notes="内部\n备注")
    organisation(
        "职成科",
        kind="office",
        stage="",
        parent=above,
        aliases=("职成教科", "成职教"),
        key="office-1",
    )
    organisation(
        "永川民办学校", ownership="private", school_code="3650000123", is_listed=True,
        starts_on=TODAY, is_simulated=True,
    )  # fmt: skip
    rows = queries.organisations(viewer=by).prefetch_related("aliases")
    with translation.override(language):
        content = sheets.workbook(rows, viewer=by)
        checked = check(content, by)
    assert checked.counts == {"new": 0, "changed": 0, "unchanged": 3, "bad": 0}, checked.findings


def test_export_holds_contacts_only_within_the_scope() -> None:
    organisation("公开学校", is_listed=True, contact_name="秘密联系人")
    stranger = officer("510115")
    rows = queries.organisations(viewer=stranger).prefetch_related("aliases")
    for viewer, is_seen in ((stranger, False), (officer(), True)):
        book = openpyxl.load_workbook(io.BytesIO(sheets.workbook(rows, viewer=viewer)))
        cells = {cell.value for row in book.worksheets[0].iter_rows() for cell in row}
        assert "公开学校" in cells
        assert ("秘密联系人" in cells) is is_seen


def test_import_changes_names_facts_and_aliases_of_known_ones(by: Any) -> None:
    school = organisation("永川旧名学校", school_code="3650000123", aliases=("旧别名",))
    content = sheet(
        [*HEADS, "地址"],
        [["永川新名学校", "学校", "中职", "", "3650000123", "", "新别名", "学府路"]],
    )
    made = upload(content, by)
    assert made.counts == {"new": 0, "changed": 1, "unchanged": 0, "bad": 0}
    apply(made, by)
    school.refresh_from_db()
    assert (school.name, school.address) == ("永川新名学校", "学府路")
    assert [alias.text for alias in school.aliases.all()] == ["新别名"]
    assert school.names.count() == 2
    assert upload(content, by).counts["unchanged"] == 1


def test_columns_that_are_not_in_the_file_stay_as_they_are(by: Any) -> None:
    school = organisation("永川甲校", address="学府路", notes="内部", aliases=("别名",))
    content = sheet(["name", "kind", "stage"], [["永川甲校", "school", "technician"]])
    apply(upload(content, by), by)
    school.refresh_from_db()
    assert (school.stage, school.address, school.notes) == ("technician", "学府路", "内部")
    assert school.aliases.count() == 1


def test_similar_name_is_a_warning_and_does_not_stop() -> None:
    organisation("永川区护士学校")
    checked = check(sheet(HEADS[:3], [["永川护士学校", "学校", "中职"]]))
    assert [(f.field, f.is_warning) for f in checked.findings] == [("name", True)]
    assert checked.counts == {"new": 1, "changed": 0, "unchanged": 0, "bad": 0}


@pytest.mark.parametrize("total", [600, pytest.param(5000, marks=pytest.mark.slow)])
def test_three_bad_rows_among_many(total: int, by: Any) -> None:
    rows = [[f"学校{n}", "学校", "中职", uscc(n), "", "", f"别名{n}"] for n in range(total)]
    rows[10][3] = "91350100M000100Y4Z"
    rows[200][1] = "大楼"
    rows[599][6] = "别名5"
    good = total - 3
    made = upload(sheet(HEADS, rows), by)
    assert made.counts == {"new": good, "changed": 0, "unchanged": 0, "bad": 3}
    assert [f["row"] for f in made.findings] == [12, 202, 601]
    with pytest.raises(WrongState):
        actions.ask_to_apply(upload=made, skip_bad=False, by=by, at=NOW)
    assert not Organisation.objects.exists()
    job = apply(made, by, skip_bad=True)
    assert job.result == {"new": good, "changed": 0, "skipped": 3}
    assert Organisation.objects.count() == good
    registered = AuditRow.objects.filter(event="organisations.organisation.registered")
    assert registered.count() == good
    # the corrected file names the three rows, and once corrected it goes through as it is
    content = sheets.corrected_file(bytes(made.content), made.findings)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [row[0].value for row in book.worksheets[1].iter_rows(min_row=2)] == [12, 202, 601]
    page = book.worksheets[0]
    page["D12"], page["B202"], page["G601"] = uscc(10), "学校", "别名599"
    assert str(page["H12"].value).startswith("Credit code: ")
    buffer = io.BytesIO()
    book.save(buffer)
    again = upload(buffer.getvalue(), by)
    assert again.counts == {"new": 3, "changed": 0, "unchanged": good, "bad": 0}
    apply(again, by)
    assert Organisation.objects.count() == total


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no table"),
        (b"PK\x03\x04 broken", "damaged"),
        ("类别\n学校\n".encode(), "missing"),
        ("单位名称,单位类别,颜色\n甲,学校,红\n".encode(), "not known"),
        ("单位名称,名称,单位类别\n甲,乙,学校\n".encode(), "twice"),
        ("单位名称,单位类别\n".encode(), "no rows"),
        (b"name,kind\n" + b"x" * 200_000, "no table"),
    ],
)
def test_unreadable_files_fail_the_job_with_a_reason(content: bytes, words: str, by: Any) -> None:
    made = upload(content, by)
    job = Job.objects.get(uuid=made.job_uuid)
    assert (made.state, job.state) == ("uploaded", "failed")
    assert words in job.error["message"]
    actions.discard_import(upload=made, by=by, at=NOW)
    made.refresh_from_db()
    assert bytes(made.content) == b""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_common_encodings(encoding: str) -> None:
    text = "单位名称,单位类别,办学层次\n永川区星河职业学校,学校,中职\n"
    assert check(text.encode(encoding)).counts["new"] == 1


def test_imports_of_another_region_are_out_of_reach(by: Any) -> None:
    made = upload(sheet(HEADS[:3], [["甲校", "学校", "中职"]]), by)
    stranger = officer("510115")
    with pytest.raises(NotFound):
        queries.get_import(made.uuid, viewer=stranger)
    for act in (
        lambda: actions.ask_to_apply(upload=made, skip_bad=True, by=stranger, at=NOW),
        lambda: actions.discard_import(upload=made, by=stranger, at=NOW),
        lambda: actions.upload_import(
            scope=region_scope(), file_name="x", content=b"x", by=stranger, at=NOW
        ),
    ):
        with pytest.raises(NotPermitted):
            act()
    made.refresh_from_db()
    assert made.state == "checked"


def test_saving_twice_saves_once(by: Any) -> None:
    made = upload(sheet(HEADS[:3], [["甲校", "学校", "中职"]]), by)
    made = actions.ask_to_apply(upload=made, skip_bad=False, by=by, at=NOW)
    with pytest.raises(WrongState):  # the job waits already
        actions.ask_to_apply(upload=made, skip_bad=False, by=by, at=NOW)
    job = Job.objects.get(uuid=made.job_uuid)
    jobs.run.func(job.pk)
    jobs.run.func(job.pk)
    assert Organisation.objects.count() == 1
    with pytest.raises(WrongState):
        actions.ask_to_apply(upload=made, skip_bad=False, by=by, at=NOW)
