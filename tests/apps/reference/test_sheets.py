from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from jiangxin.apps.reference import queries, sheets
from jiangxin.apps.reference.actions import DivisionRow, ProgrammeRow

from .factories import TODAY, division_rows, load_country

GOOD = "层次,专业代码,专业名称,专业类,专业大类,国家控制\n中职,610101,种植,农业类,农林牧渔大类,否\n"


def errors(text: str) -> list[tuple[int, str, str]]:
    sheet = sheets.read(text.encode(), name="list.csv")
    return [(error.row, error.column, error.value) for error in sheet.errors]


def excel(rows: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for index, row in enumerate(rows):
            sheet.write_row(index, 0, row)
    return buffer.getvalue()


def test_read_takes_chinese_headings_and_tells_the_kind() -> None:
    sheet = sheets.read(GOOD.encode(), name="x.csv")
    assert sheet.kind == "programmes"
    assert sheet.rows == (
        ProgrammeRow("secondary", "610101", "种植", "农业类", "农林牧渔大类", False),
    )
    assert sheet.errors == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_read_takes_the_encodings_of_spreadsheet_programs(encoding: str) -> None:
    assert sheets.read(GOOD.encode(encoding), name="x.csv").rows[0].name == "种植"


def test_read_takes_codes_that_excel_made_numbers() -> None:
    content = excel([["代码", "名称", "级别", "上级"], [0, "x", "省", 1], [110000, "市", "市", ""]])
    sheet = sheets.read(content, name="x.xlsx", kind="divisions")
    assert [(e.row, e.column, e.value) for e in sheet.errors] == [
        (2, "上级", "1"),
        (2, "代码", "0"),
        (3, "上级", ""),
    ]


def test_read_lists_all_errors_of_a_file_at_once() -> None:
    text = GOOD + (
        "中职,６１０１０２,作物,农业类,农林牧渔大类,否\n"
        "中专,610103,园艺,农业类,农林牧渔大类,否\n"
        "中职,410104,茶叶,农业类,农林牧渔大类,否\n"
        "\n"
        "中职,610105,,农业类,农林牧渔大类,是\n"
        "中职,610101,种植,农业类,农林牧渔大类,否\n"
        "高职专科,520101K,医学,医学类,医药卫生大类,否\n"
    )
    assert errors(text) == [
        (3, "专业代码", "６１０１０２"),
        (4, "层次", "中专"),
        (5, "专业代码", "410104"),
        (7, "专业名称", ""),
        (8, "专业代码", "610101"),
        (9, "国家控制", "0"),
    ]
    sheet = sheets.read(text.encode(), name="x.csv")
    assert len(sheet.rows) == 1
    assert "610102" in sheet.errors[0].fix


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ("000000,国,nation,\n100000,省,province,000000\n", []),
        ("000000,国,nation,\n100000,省,province,900000\n", [(3, "parent", "900000")]),
        ("000000,国,nation,\n100000,省,province,\n", [(3, "parent", "")]),
        (
            "000000,国,nation,\n100000,省,province,110000\n110000,市,city,000000\n",
            [(3, "parent", "110000")],
        ),
    ],
)
def test_read_checks_the_tree(rows: str, found: list[tuple[int, str, str]]) -> None:
    assert errors("code,name,level,parent\n" + rows) == found


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "x.csv"),
        (b"\x00\x01\x02", "x.csv"),
        (b"PK\x03\x04 no workbook", "x.xlsx"),
        (b"\xff\xfe\xff\xff", "x.csv"),
        (b"apples,pears\n1,2\n", "x.csv"),
    ],
)
def test_read_refuses_what_is_no_list(content: bytes, name: str) -> None:
    with pytest.raises(sheets.UnreadableFile):
        sheets.read(content, name=name)


def test_corrected_file_keeps_the_cells_and_lists_what_to_fix() -> None:
    sheet = sheets.read((GOOD + "中专,610103,=1+1,农业类,大类,否\n").encode(), name="x.csv")
    book = CalamineWorkbook.from_filelike(io.BytesIO(sheets.corrected_file(sheet)))
    data = book.get_sheet_by_index(0).to_python()
    assert data[2][:3] == ["中专", "610103", "=1+1"]
    listing = book.get_sheet_by_index(1).to_python()
    assert listing[1][:3] == [3, "层次", "中专"]
    assert len(listing) == 2


@pytest.mark.django_db
def test_workbook_is_read_back_as_the_same_rows() -> None:
    load_country()
    content = sheets.workbook("divisions", queries.listed("divisions", on=TODAY))
    sheet = sheets.read(content, name="x.xlsx")
    assert sheet.errors == ()
    assert set(sheet.rows) == set(division_rows())
    assert all(isinstance(row, DivisionRow) for row in sheet.rows)


@pytest.mark.parametrize("kind", ["divisions", "programmes", "occupations", "industries"])
def test_shipped_files_tell_their_kind(kind: str) -> None:
    sheet = sheets.read((sheets.DATA / f"{kind}.csv").read_bytes(), name=f"{kind}.csv")
    assert (sheet.kind, sheet.errors) == (kind, ())
