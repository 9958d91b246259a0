from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import pytest
import xlsxwriter
import yaml
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from jiangxin.core.forms import Form, Label, Links, Problem, clean, clean_many, parse_form
from jiangxin.core.forms.sheets import (
    Finding,
    Sheet,
    SheetKey,
    UnreadableFile,
    corrected,
    grids,
    read,
    template,
)

KEYS = [SheetKey("school", Label("School code", "学校标识码"))]
RAW = yaml.safe_load("""
sections: {basics: {en: Basics, zh-Hans: 基本情况}, money: {en: Money, zh-Hans: 经费}}
fields:
  kind: {type: choice, section: basics, label: {en: Kind, zh-Hans: 类别}, required: true,
    choices: {public: {en: Public, zh-Hans: 公共}, enterprise: {en: Enterprise, zh-Hans: 企业}}}
  area: {type: number, unit: m2, low: 0, section: basics, label: {en: Area, zh-Hans: 占地面积}}
  total: {type: number, section: basics, label: {en: Total, zh-Hans: 合计数}}
  services: {type: choice, many: true, section: basics, label: {en: Services, zh-Hans: 服务功能},
    choices: {training: {en: Training, zh-Hans: 实训}, research: {en: R and D, zh-Hans: "研发、转化"}}}
  founded: {type: date, section: basics, label: {en: Founded on, zh-Hans: 建成日期}}
  term: {type: period, section: basics, label: {en: Term, zh-Hans: 协议期限}}
  is_open: {type: yes_no, section: basics, label: {en: Open, zh-Hans: 是否开放}}
  school_link: {type: link, to: organisation, section: basics, label: {en: Base, zh-Hans: 依托单位}}
  charter: {type: file, section: basics, label: {en: Charter, zh-Hans: 章程}}
  phone: {type: text, section: basics, label: {en: Phone, zh-Hans: 联系电话}}
  spent: {type: money, low: 0, section: money, label: {en: Total, zh-Hans: 合计数}}
  members: {type: table, section: money, label: {en: Members, zh-Hans: 成员},
    columns: {name: {type: text, required: true, label: {en: Name, zh-Hans: 名称}},
      share: {type: number, unit: percent, low: 0, high: 100, label: {en: Share, zh-Hans: 份额}},
      joined: {type: period, label: {en: Joined, zh-Hans: 加入期间}}}}
""")
FORM = parse_form(RAW, code="practice_centre", version=2)


class Names:
    """Knows every organisation under “单位” and its code."""

    def labels(self, codes: Sequence[str]) -> Mapping[str, str]:
        return {code: f"单位{code}" for code in codes}

    def missing(self, codes: Sequence[str], *, where: Mapping[str, Any]) -> set[str]:
        return {code for code in codes if not code.startswith("S")}

    def find(self, text: str, *, where: Mapping[str, Any]) -> str | None:
        return text.removeprefix("单位") if text.startswith("单位") else None

    def search(self, text: str, **_narrowed: Any) -> list[Any]:
        raise AssertionError("a form is read and drawn without a search")


def links() -> Links:
    return Links({"organisation": Names()})  # type: ignore[dict-item]


def sheet(rows: Sequence[Sequence[Any]], *, name: str = "Sheet1") -> bytes:
    """Write cells as they are, days and numbers as Excel has them."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet(name)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for row, cells in enumerate(rows):
            for column, value in enumerate(cells):
                if isinstance(value, datetime.date):
                    page.write_datetime(row, column, value, day)
                elif value is not None:
                    page.write(row, column, value)
    return buffer.getvalue()


def one(content: bytes, **options: Any) -> tuple[dict[str, Any], Sheet]:
    """Read a file of one row and clean it."""
    found = read(FORM, content, **options)
    assert len(found.rows) == 1
    return clean(FORM, found.rows[0].raw, links=links(), partial=True).values, found


def edited(content: bytes, change: Any) -> bytes:
    """Change a workbook as somebody would in Excel."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


days = st.dates(datetime.date(1950, 1, 1), datetime.date(2100, 1, 1))
words = st.text(
    st.characters(categories=("Lu", "Ll", "Nd", "Lo", "Po", "Sm"), exclude_characters="[]"),
    min_size=1,
    max_size=20,
)
amounts = st.one_of(
    st.integers(0, 10**12),
    st.floats(0, 1e9, allow_nan=False).map(lambda x: round(x, 2)),
)


@st.composite
def periods(draw: Any) -> dict[str, str | None]:
    first = draw(days)
    last = draw(st.one_of(st.none(), days.filter(lambda day: day >= first)))
    after = last and last + datetime.timedelta(days=1)
    return {"from": first.isoformat(), "to": after and after.isoformat()}


filled = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["public", "enterprise"]),
        "area": amounts,
        "total": st.one_of(amounts, st.integers(-1000, -1)),
        "services": st.sampled_from([["training"], ["research"], ["training", "research"]]),
        "founded": days.map(datetime.date.isoformat),
        "term": periods(),
        "is_open": st.booleans(),
        "school_link": st.sampled_from(["S1", "S22"]).map(
            lambda code: {"kind": "organisation", "code": code}
        ),
        "phone": st.one_of(words, st.sampled_from(["023-49800000", "=1+1", "+86", "@x", "007"])),
        "spent": amounts,
        "members": st.lists(
            st.fixed_dictionaries(
                {"name": words},
                optional={"share": st.integers(0, 100), "joined": periods()},
            ),
            min_size=1,
            max_size=3,
        ),
    },
)


@settings(max_examples=40, deadline=None)
@given(values=filled, language=st.sampled_from(["en", "zh-hans"]), upright=st.booleans())
def test_read_returns_what_a_template_was_filled_with(
    values: dict[str, Any], language: str, upright: bool
) -> None:
    # what the form itself makes of the values: text without spare blanks, for instance
    wanted = clean(FORM, values, links=links(), partial=True)
    assert not wanted.errors
    rows = [("0101", wanted.values), *([] if upright else [("0102", {})])]
    content = template(
        FORM, rows=rows, keys=KEYS, language=language, links=links(), upright=upright
    )
    found = read(FORM, content, keys=KEYS)
    assert found.findings == []
    assert found.version == 2
    assert [row.keys["school"] for row in found.rows] == [code for code, _values in rows]
    again = clean(FORM, found.rows[0].raw, links=links(), partial=True)
    assert again.values == wanted.values
    assert [row.raw for row in found.rows[1:]] == [{}] * (len(rows) - 1)


def test_an_upright_sheet_names_its_cells_and_stays_upright_when_corrected() -> None:
    values = {"kind": "public", "members": [{"name": "甲"}]}
    content = template(FORM, rows=[("1", values)], keys=KEYS, upright=True)

    def fill(book: Any) -> None:
        page = book.worksheets[0]
        lines = {row[0].value: row for row in page.iter_rows()}
        lines["area"][2].value = "很大"
        page.insert_rows(1)

    found = read(FORM, edited(content, fill), keys=KEYS)
    row = found.rows[0]
    findings = found.findings_of(row, clean(FORM, row.raw, partial=True).problems)
    assert [(f.cell, f.value, f.row == row.number) for f in findings] == [("C8", "很大", True)]
    returned = corrected(edited(content, fill), findings, form=FORM, keys=KEYS)
    page = openpyxl.load_workbook(io.BytesIO(returned)).worksheets[0]
    assert page["C8"].fill.fgColor.rgb == "FFFFD0D0"
    assert page.column_dimensions["A"].hidden
    assert page.data_validations.dataValidation
    again = read(FORM, returned, keys=KEYS)
    assert (again.rows, again.findings) == (found.rows, [])


def test_template_writes_nothing_as_a_formula() -> None:
    content = template(FORM, rows=[({"phone": "=1+1"},)], links=links())
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_template_offers_choices_and_names_units_and_rules() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template(FORM, language="zh-hans")))
    page = book.worksheets[0]
    headings = {cell.value: cell for cell in page[5]}
    assert "占地面积 (平方米)" in headings
    assert "类别*" in headings
    # two fields of the same name are told apart by their sections
    assert {"基本情况 · 合计数", "经费 · 合计数 (元)"} <= set(headings)
    offered = [rule for rule in page.data_validations.dataValidation if rule.type == "list"]
    assert {str(rule.sqref).split(":")[0] for rule in offered} == {"A6", "H6"}
    assert "公共；企业" in headings["类别*"].comment.text
    assert page.row_dimensions[4].hidden
    assert "practice_centre/2" in [cell.value for cell in page[2]]
    assert [sheet.title for sheet in book.worksheets][1] == "成员"


def test_columns_moved_are_found_by_their_headings() -> None:
    values, found = one(sheet([["联系电话", "占地面积（平方米）", "类别*"], ["023", 12, "企业"]]))
    assert values == {"phone": "023", "area": 12, "kind": "enterprise"}
    assert {f.severity for f in found.findings} <= {"warning"}


@pytest.mark.parametrize(
    "heading", ["占地面积", "Area", "AREA (m²)", "area", "占 地 面 积（㎡）", "占地面积(平方米)*"]
)
def test_a_column_is_known_in_each_language_by_code_and_without_unit(heading: str) -> None:
    assert one(sheet([["类别", heading], ["公共", 5]]))[0]["area"] == 5


def test_a_renamed_column_is_known_by_the_hidden_code_and_said() -> None:
    content = template(FORM, rows=[("1", {"area": 7})], keys=KEYS)

    def rename(book: Any) -> None:
        book.worksheets[0]["C5"] = "我校用地"

    found = read(FORM, edited(content, rename), keys=KEYS)
    assert found.rows[0].raw == {"area": 7.0}
    assert [(f.cell, f.severity) for f in found.findings] == [("C5", "warning")]
    assert "Area" in found.findings[0].rule


def test_whole_columns_moved_in_a_template_are_found() -> None:
    values = {"kind": "public", "area": 7, "spent": 3, "phone": "1"}
    content = template(FORM, rows=[("1", values)], keys=KEYS)

    def swap(book: Any) -> None:
        page = book.worksheets[0]
        for row in range(4, 7):
            a, b = page.cell(row, 2), page.cell(row, 3)
            a.value, b.value = b.value, a.value

    found = read(FORM, edited(content, swap), keys=KEYS)
    assert clean(FORM, found.rows[0].raw, partial=True).values == values


def test_an_earlier_name_of_a_field_is_known() -> None:
    raw = {
        "fields": {"area": {**RAW["fields"]["area"], "section": "", "was": ["site", "用地面积"]}}
    }
    form = parse_form(raw, code="small")
    for heading in ("用地面积", "site"):
        assert read(form, sheet([[heading], [9]])).rows[0].raw == {"area": 9.0}


def test_units_in_headings_belong_to_the_numbers_below() -> None:
    content = sheet([["占地面积（亩）", "经费 · 合计数（万元）"], [3, 1.5]])
    values, _found = one(content)
    # 1 mu is 2000/3 square metres
    assert values == {"area": 2000, "spent": 15000}


def test_messy_cells_are_read_as_people_mean_them() -> None:
    heads = ["占地面积", "建成日期", "是否开放", "联系电话", "服务功能"]
    rows = [
        ["3.2万平方米", "2026年3月1日", "√", 13800000000, "实训、研发、转化"],
        ["３２０００", "2026/3/1", "是", "13800000000", "training;research"],
        ["32,000 ㎡", "2026.3.1", "有", 13800000000.0, "R and D，Training"],
        [32000, "20260301", True, "１３８００００００００", "研发、转化\n实训"],
        ["48亩", datetime.date(2026, 3, 1), 1, "13800000000", "实训|research"],
    ]
    found = read(FORM, sheet([heads, *rows]))
    checked = clean_many(FORM, [row.raw for row in found.rows], partial=True)
    for values in checked:
        assert values.values["area"] == 32000
        assert values.values["founded"] == "2026-03-01"
        assert values.values["is_open"] is True
        assert values.values["services"] == ["training", "research"]
    phones = {values.values["phone"] for values in checked}
    assert phones == {"13800000000", "１３８００００００００"}


def test_text_in_a_number_cell_is_found_at_its_place() -> None:
    found = read(FORM, sheet([["类别", "占地面积"], ["公共", 5], ["公共", "很大"]]))
    row = found.rows[1]
    (finding,) = found.findings_of(row, clean(FORM, row.raw, partial=True).problems)
    assert (finding.row, finding.cell, finding.value) == (3, "B3", "很大")
    assert finding.column == "占地面积"
    assert finding.fix


def merged(areas: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    def merge(book: Any) -> None:
        for area in areas:
            book.active.merge_cells(area)

    return edited(sheet(rows), merge)


def test_merged_titles_and_headings_do_no_harm() -> None:
    rows = [["产教融合实践中心统计表", None, None], ["学校标识码", "基本情况", None],
            [None, "类别", "占地面积"], ["0101", "公共", 5]]  # fmt: skip
    found = read(FORM, merged(["A1:C1", "B2:C2", "A2:A3"], rows), keys=KEYS)
    assert found.rows[0].keys == {"school": "0101"}
    assert found.rows[0].raw == {"kind": "公共", "area": 5.0}


def test_a_word_merged_over_rows_holds_for_each_with_a_warning() -> None:
    rows = [["类别", "占地面积"], ["公共", 1], [None, 2], [None, 3]]
    found = read(FORM, merged(["A2:A4"], rows))
    assert [row.raw["kind"] for row in found.rows] == ["公共"] * 3
    assert [(f.cell, f.severity) for f in found.findings if f.cell] == [("A2", "warning")]


def test_a_number_merged_over_rows_is_never_multiplied() -> None:
    rows = [["类别", "占地面积"], ["公共", 30], ["企业", None], ["企业", None]]
    found = read(FORM, merged(["B2:B4"], rows))
    assert [row.raw.get("area") for row in found.rows] == [30.0, None, None]
    assert [f.cell for f in found.findings if f.severity == "error" and f.cell] == ["B2"]
    assert not found.is_ok


def test_a_cell_merged_over_columns_is_an_error() -> None:
    rows = [["占地面积", "合计数"], [30, None]]
    found = read(FORM, merged(["A2:B2"], rows))
    assert [f.cell for f in found.findings if f.severity == "error" and f.cell] == ["A2"]


def test_formula_errors_are_not_taken_for_empty_cells() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["类别", "占地面积"])
        page.write(1, 0, "公共")
        page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    found = read(FORM, buffer.getvalue())
    assert [f.cell for f in found.findings if f.severity == "error"] == ["B2"]


def test_a_row_of_totals_is_left_out_and_said() -> None:
    found = read(FORM, sheet([["学校标识码", "占地面积"], ["0101", 5], ["合计", 5]]), keys=KEYS)
    assert [row.keys["school"] for row in found.rows] == ["0101"]
    assert [(f.row, f.severity) for f in found.findings if f.row == 3] == [(3, "warning")]


def test_a_school_twice_is_found() -> None:
    found = read(
        FORM, sheet([["学校标识码", "占地面积"], ["0101", 5], [101, 5], ["0101", 6]]), keys=KEYS
    )
    assert [(f.cell, f.severity) for f in found.findings if f.cell] == [("A4", "error")]


def test_unknown_and_double_columns_are_named_and_not_read() -> None:
    found = read(FORM, sheet([["占地面积", "备注二", "Area", "类别"], [5, "x", 6, "公共"]]))
    assert found.rows[0].raw == {"area": 5.0, "kind": "公共"}
    said = {f.cell: f.severity for f in found.findings if f.cell}
    assert said == {"B1": "warning", "C1": "error"}


def test_a_missing_required_column_is_an_error() -> None:
    found = read(FORM, sheet([["占地面积"], [5]]))
    assert [f.column for f in found.findings if f.severity == "error"] == ["Kind*"]


def test_rows_of_tables_go_to_the_row_with_their_key() -> None:
    values = {"members": [{"name": "甲"}, {"name": "乙", "share": 40}]}
    content = template(FORM, rows=[("1", {"members": [{"name": "丙"}]}), ("2", values)], keys=KEYS)

    def wrong(book: Any) -> None:
        page = book.worksheets[1]
        page.append(["9", "丁", "很多"])
        page["C8"] = "很多"

    found = read(FORM, edited(content, wrong), keys=KEYS)
    assert [len(row.raw["members"]) for row in found.rows] == [1, 2]
    assert [(f.row, f.sheet) for f in found.findings] == [(9, "成员")]
    problems = clean(FORM, found.rows[1].raw, partial=True).problems
    places = [(f.sheet, f.cell) for f in found.findings_of(found.rows[1], problems)]
    assert places == [("成员", "C8")]


def test_another_version_is_carried_over_and_said() -> None:
    older = dict(RAW["fields"]) | {
        "gone": {"type": "text", "section": "basics", "label": {"en": "Gone", "zh-Hans": "旧项"}}
    }
    old = parse_form({**RAW, "fields": older}, code="practice_centre", version=1)
    content = template(old, rows=[("1", {"area": 7, "gone": "x"})], keys=KEYS)
    found = read(FORM, content, keys=KEYS, earlier=[old])
    assert found.version == 1
    assert found.rows[0].raw == {"area": 7.0}
    assert [f.severity for f in found.findings] == ["warning", "warning"]
    assert found.findings[1].column == "旧项"


def test_a_file_of_another_form_is_refused() -> None:
    other = parse_form(RAW, code="other_form")
    with pytest.raises(UnreadableFile, match="other_form"):
        read(FORM, template(other, keys=KEYS), keys=KEYS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_the_encodings_of_excel_is_read(encoding: str) -> None:
    text = "学校标识码,类别,占地面积,建成日期\r\n0101,公共,3.2万平方米,2026/3/1\r\n"
    found = read(FORM, text.encode(encoding), keys=KEYS)
    values = clean(FORM, found.rows[0].raw, partial=True).values
    assert values == {"kind": "public", "area": 32000, "founded": "2026-03-01"}
    assert found.rows[0].keys == {"school": "0101"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04 cut off",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"%PDF-1.7\x00\x01",
        "只有一句话".encode(),
        b"\x00\x01\x02",
    ],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        read(FORM, content, keys=KEYS)


def test_a_sheet_that_reaches_too_far_is_refused_before_it_is_unpacked() -> None:
    for cell in ("XFD1048576", "A999999", "ZZ40000"):
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            page = book.add_worksheet()
            page.write("A1", "占地面积")
            page.write(cell, 1)
        with pytest.raises(UnreadableFile):
            grids(buffer.getvalue())


def test_a_package_that_is_no_workbook_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("word/document.xml", "<w/>")
    with pytest.raises(UnreadableFile):
        grids(buffer.getvalue())


def test_corrected_marks_cells_lists_findings_and_is_read_again() -> None:
    content = sheet(
        [["学校标识码", "类别", "占地面积"], ["0101", "公共", "很大"], ["0102", "企业", 4]]
    )
    found = read(FORM, content, keys=KEYS)
    findings = [
        finding
        for row in found.rows
        for finding in found.findings_of(row, clean(FORM, row.raw, partial=True).problems)
    ]
    findings.append(found.finding(found.rows[1], "school", "不在本区", "请核对"))
    returned = corrected(content, findings, form=FORM, keys=KEYS)
    book = openpyxl.load_workbook(io.BytesIO(returned))
    first, last = book.worksheets[0], book.worksheets[-1]
    assert first["C2"].fill.fgColor.rgb == "FFFFD0D0"
    assert first["C2"].comment is not None
    assert first["A3"].comment.text.startswith("不在本区")
    assert first["C3"].comment is None
    assert [cell.value for cell in last[2]][1:4] == ["C2", "占地面积", "很大"]
    assert [row.raw for row in read(FORM, returned, keys=KEYS).rows] == [r.raw for r in found.rows]


def test_corrected_keeps_the_template_a_template() -> None:
    content = template(
        FORM, rows=[("1", {"kind": "public", "members": [{"name": "甲"}]})], keys=KEYS
    )
    found = read(FORM, content, keys=KEYS)
    problem = Problem("members[0].share", "required", "missing", "fill in")
    returned = corrected(content, found.findings_of(found.rows[0], [problem]), form=FORM, keys=KEYS)
    again = read(FORM, returned, keys=KEYS)
    assert (again.rows, again.findings, again.version) == (found.rows, [], 2)
    book = openpyxl.load_workbook(io.BytesIO(returned))
    assert book.worksheets[0].row_dimensions[4].hidden
    assert book.worksheets[0].data_validations.dataValidation
    assert book.worksheets[1]["C6"].comment is not None


def test_a_finding_survives_being_stored() -> None:
    finding = Finding(3, "占地面积", "x", "rule", "fix", "warning", "表", "B3")
    assert Finding.from_dict(finding.as_dict()) == finding


def test_wide_forms_are_read() -> None:
    fields = {
        f"n{index}": {"type": "number", "label": {"en": f"N {index}", "zh-Hans": f"数{index}"}}
        for index in range(200)
    }
    form: Form = parse_form({"fields": fields}, code="wide")
    content = template(
        form, rows=[(str(r), {"n0": r, "n199": r * 2}) for r in range(50)], keys=KEYS
    )
    found = read(form, content, keys=KEYS)
    assert [row.raw for row in found.rows] == [
        {"n0": float(r), "n199": float(r * 2)} for r in range(50)
    ]
    assert get_column_letter(201) == "GS"
    assert found.findings == []


ALIKE = parse_form(
    yaml.safe_load("""
fields:
  sent: {type: table, label: {en: Sent, zh-Hans: 派出}, columns: &same {
    people: {type: number, label: {en: People, zh-Hans: 人数}},
    cost: {type: money, label: {en: Cost, zh-Hans: 费用}}}}
  wanted: {type: table, label: {en: Wanted, zh-Hans: 引进}, columns: {
    people: {type: number, label: {en: People, zh-Hans: 人数}}}}
  received: {type: table, label: {en: Received, zh-Hans: 接收}, columns: *same}
"""),
    code="exchange",
)


@pytest.mark.parametrize("keeps_codes", [True, False])
def test_tables_with_the_same_headings_keep_their_rows(*, keeps_codes: bool) -> None:
    values = {
        "sent": [{"people": 1, "cost": 10}],
        "wanted": [{"people": 2}],
        "received": [{"people": 3, "cost": 30}],
    }
    content = template(ALIKE, rows=[({"school": "1"}, values)], keys=KEYS, title="t", language="en")
    if not keeps_codes:
        book = openpyxl.load_workbook(io.BytesIO(content))
        for page in book.worksheets:
            for line in page.iter_rows(min_row=1, max_row=6):
                for cell in line:
                    if isinstance(cell.value, str) and "." in cell.value:
                        cell.value = None
        buffer = io.BytesIO()
        book.save(buffer)
        content = buffer.getvalue()
    with translation.override("en"):
        got = read(ALIKE, content, keys=KEYS)
    assert clean(ALIKE, got.rows[0].raw).values == values
