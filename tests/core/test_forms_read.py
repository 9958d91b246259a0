"""What people write in a cell, and what is stored of it; expected values by hand."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from jiangxin.core.forms import Choice, Field, Label, read_value, shown

LABEL = Label("Field", "字段")
KINDS = (
    Choice("teach", Label("Teaching", "教学")),
    Choice("train", Label("Training (staff)", "培训（职工）")),
    Choice("both", Label("Teaching, training", "教学、培训")),
)


def field(type_: Any, **attributes: Any) -> Field:
    return Field("x", type_, LABEL, **attributes)


AREA = field("number", unit="m2")
SHARE = field("number", unit="share")
PERCENT = field("number", unit="percent")
PERSONS = field("number", unit="person", decimals=0)
MONEY = field("money", unit="yuan", decimals=2)
PLAIN = field("number")
KIND = field("choice", choices=KINDS)
SEVERAL = field("choice", choices=KINDS, many=True)


@pytest.mark.parametrize(
    ("asked", "raw", "value"),
    [
        (AREA, "32000", 32000),
        (AREA, "３２０００", 32000),
        (AREA, "32,000", 32000),
        (AREA, "32 000", 32000),
        (AREA, "１，２３４．５", 1234.5),
        (AREA, " 3.2万平方米 ", 32000),
        (AREA, "3.2 万 ㎡", 32000),
        (AREA, "3.2万", 32000),
        (AREA, "1.2亩", 800),
        (AREA, "2公顷", 20000),
        (AREA, "0.5平方公里", 500_000),
        (AREA, "1200 m²", 1200),
        (AREA, "-5", -5),
        (AREA, "－5", -5),
        (AREA, "-0", 0),
        (AREA, -0.0, 0),
        (AREA, "1e3", 1000),
        (AREA, 3.0, 3),
        (AREA, 0.1 + 0.2, 0.30000000000000004),
        (AREA, Decimal("2.50"), 2.5),
        (PERCENT, "12.5%", 12.5),
        (PERCENT, "12.5％", 12.5),
        (PERCENT, "12.5", 12.5),
        (PERCENT, "5‰", 0.5),
        (SHARE, "12.5%", 0.125),
        (SHARE, "0.125", 0.125),
        (PERSONS, "1200人", 1200),
        (PERSONS, "1.2千人", 1200),
        (PERSONS, "300名", 300),
        (MONEY, "￥1,200.50", 1200.5),
        (MONEY, "1.2亿元", 120_000_000),
        (MONEY, "300万元", 3_000_000),
        (MONEY, "人民币300元", 300),
        (MONEY, 0.1 + 0.2, 0.3),
        (MONEY, 12.0, 12),
        (PLAIN, "3千万", 30_000_000),
    ],
)
def test_numbers(asked: Field, raw: Any, value: float) -> None:
    read, problem = read_value(asked, raw)
    assert problem is None
    assert read == value
    # whole numbers are stored as such: an Excel file and the page give the same JSON
    assert isinstance(read, int) == float(value).is_integer()
    assert math.copysign(1, read) == (-1 if value < 0 else 1)


@pytest.mark.parametrize(
    ("asked", "raw", "rule", "in_fix"),
    [
        (AREA, "三层楼", "number", "m²"),
        (AREA, "1,23", "number", "digits"),
        (AREA, "1.2.3", "number", "digits"),
        (AREA, "约300", "number", "exact"),
        (AREA, "300多", "number", "exact"),
        (AREA, "300-400", "number", "digits"),
        (AREA, "无", "number", "Write 0"),
        (AREA, "—", "number", "Write 0"),
        (AREA, True, "number", "digits"),
        (AREA, float("nan"), "number", "digits"),
        (AREA, float("inf"), "number", "digits"),
        (AREA, "nan", "number", "digits"),
        (AREA, datetime.datetime(2026, 3, 1), "number", "formatted as a date"),
        (AREA, [1], "number", "digits"),
        (AREA, 10**40, "range", "number of digits"),
        (AREA, "1e99", "range", "number of digits"),
        (AREA, "9" * 200, "number", "digits"),
        (AREA, "300人", "unit", "m²"),
        (AREA, "300元", "unit", "m²"),
        (AREA, "￥300", "unit", "m²"),
        (PERSONS, "300人次", "unit", "persons"),
        (MONEY, "300美元", "unit", "yuan"),
        (MONEY, "12.345", "decimals", "12.34 yuan"),
        (PERSONS, "1.5", "decimals", "2 persons"),
        (field("number", unit="m2", decimals=0), "1亩", "decimals", "667 m²"),
        (PLAIN, "300人", "unit", "alone"),
        (field("number", unit="percent", low=0, high=100), "101", "range", "from 0% to 100%"),
        (field("number", unit="share", low=0, high=1), "85", "range", "from 0% to 100%"),
        (field("number", low=5), 4.5, "range", "at least 5"),
        (field("number", high=-1), "0", "range", "at most -1"),
    ],
)
def test_what_is_no_number_is_explained(asked: Field, raw: Any, rule: str, in_fix: str) -> None:
    value, problem = read_value(asked, raw)
    assert value is None
    assert problem is not None
    assert (problem.path, problem.rule, problem.severity) == ("x", rule, "error")
    assert in_fix in problem.fix


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-01",
        "2026/3/1",
        "2026.3.1",
        "2026年3月1日",
        "２０２６年３月１日",
        "2026 年 3 月 1 日",
        "20260301",
        20260301,
        46082,
        46082.0,
        46082.75,
        "46082",
        "2026-03-01 00:00:00",
        "2026-03-01T08:30",
        datetime.date(2026, 3, 1),
        datetime.datetime(2026, 3, 1, 23, 59),
    ],
)
def test_dates_in_the_formats_that_come(raw: Any) -> None:
    assert read_value(field("date"), raw) == ("2026-03-01", None)


@pytest.mark.parametrize(
    ("raw", "in_fix"),
    [
        ("2026年3月", "whole day"),
        ("2026", "whole day"),
        (2026, "whole day"),
        ("2026-02-30", "no such day"),
        ("26.3.1", "year, month and day"),
        ("3/1/2026", "year, month and day"),
        ("去年", "year, month and day"),
        (3, "year, month and day"),
        (True, "year, month and day"),
        (float("nan"), "year, month and day"),
        ("0026-03-01", "year"),
        ("9999-01-01", "year"),
    ],
)
def test_what_is_no_day_is_explained(raw: Any, in_fix: str) -> None:
    value, problem = read_value(field("date"), raw)
    assert value is None
    assert problem is not None
    assert problem.rule == "date"
    assert in_fix in problem.fix


@pytest.mark.parametrize(
    ("raw", "first", "end"),
    [
        # stored half-open; written with the last day included
        ({"from": "2026-03-01", "to": "2026-09-01"}, "2026-03-01", "2026-09-01"),
        ({"from": "2026-03-01", "last": "2026-08-31"}, "2026-03-01", "2026-09-01"),
        ({"from": "2026.3.1", "to": None}, "2026-03-01", None),
        ("2026-03-01 至 2026-08-31", "2026-03-01", "2026-09-01"),
        ("2026.3.1—2026.8.31", "2026-03-01", "2026-09-01"),
        ("2026-03-01-2026-08-31", "2026-03-01", "2026-09-01"),
        ("2026年3月1日到2026年8月31日", "2026-03-01", "2026-09-01"),
        ("２０２６．３．１～２０２６．８．３１", "2026-03-01", "2026-09-01"),
        ("2026-03-01 至今", "2026-03-01", None),
        ("2026年3月1日起", "2026-03-01", None),
        ("2026-03-01 – now", "2026-03-01", None),
    ],
)
def test_periods(raw: Any, first: str, end: str | None) -> None:
    assert read_value(field("period"), raw) == ({"from": first, "to": end}, None)


@pytest.mark.parametrize(
    "raw",
    [
        "2026-03-01",
        "2026年3月至5月",
        "2026-09-01 至 2026-03-01",
        {"to": "2026-03-01"},
        {"from": "2026-03-01", "to": "2026-03-01"},
        {"from": "2026-03-01", "until": "2027-03-01"},
        5,
        ["2026-03-01"],
    ],
)
def test_what_is_no_period_is_refused(raw: Any) -> None:
    value, problem = read_value(field("period"), raw)
    assert value is None
    assert problem is not None
    assert problem.rule in ("period", "date")


@pytest.mark.parametrize("raw", ["是", "√", "有", "Y", "yes", "1", 1, 1.0, True, "true", "on"])
def test_yes(raw: Any) -> None:
    assert read_value(field("yes_no"), raw) == (True, None)


@pytest.mark.parametrize("raw", ["否", "×", "无", "N", "no", "0", 0, 0.0, False, "ＦＡＬＳＥ"])
def test_no(raw: Any) -> None:
    assert read_value(field("yes_no"), raw) == (False, None)


@pytest.mark.parametrize("raw", ["maybe", 2, [True], {"a": 1}, "是否"])
def test_neither_yes_nor_no(raw: Any) -> None:
    value, problem = read_value(field("yes_no"), raw)
    assert (value, problem and problem.rule) == (None, "yes_no")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("teach", "teach"),
        ("教学", "teach"),
        (" TEACHING ", "teach"),
        ("培训(职工)", "train"),
        ("training(staff)", "train"),
        (["teach"], "teach"),
    ],
)
def test_a_choice_by_code_or_label(raw: Any, code: str) -> None:
    assert read_value(KIND, raw) == (code, None)


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        ("教学；培训（职工）", ["teach", "train"]),
        ("training (staff)\nteach", ["teach", "train"]),
        ("teach,train", ["teach", "train"]),
        ("教学、培训", ["both"]),
        ("教学、培训、教学", ["teach", "both"]),
        ("教学、培训（职工）", ["teach", "train"]),
        (["train", "train", "", "教学"], ["teach", "train"]),
    ],
)
def test_several_answers_in_the_order_of_the_form(raw: Any, codes: list[str]) -> None:
    assert read_value(SEVERAL, raw) == (codes, None)


@pytest.mark.parametrize(
    ("asked", "raw"),
    [(KIND, "教研"), (KIND, ["teach", "train"]), (SEVERAL, "教学、教研"), (SEVERAL, {"teach": 1})],
)
def test_an_unknown_answer_names_the_possible_ones(asked: Field, raw: Any) -> None:
    value, problem = read_value(asked, raw)
    assert (value, problem and problem.rule) == (None, "choice")
    assert problem is not None
    assert "“Teaching”" in problem.fix


@pytest.mark.parametrize(
    ("asked", "raw", "text"),
    [
        (field("text"), "  重庆\u200b  永川\n职教城 ", "重庆 永川 职教城"),
        (field("text", many_lines=True), "一\r\n二\x0b三\n", "一\n二\n三"),
        (field("text"), "e\u0301", "\u00e9"),
        (field("text"), 13800000000.0, "13800000000"),
        (field("text"), "<b>&", "<b>&"),
    ],
)
def test_texts(asked: Field, raw: Any, text: str) -> None:
    assert read_value(asked, raw) == (text, None)


@pytest.mark.parametrize(
    ("asked", "raw", "rule"),
    [
        (field("text"), "a\x00b", "text"),
        (field("text"), "a\u202eb", "text"),
        (field("text"), "\ud800", "text"),
        (field("text"), ["a"], "text"),
        (field("text", max_length=3), "四个汉字", "length"),
        (field("text"), "长" * 501, "length"),
    ],
)
def test_texts_that_are_refused(asked: Field, raw: Any, rule: str) -> None:
    value, problem = read_value(asked, raw)
    assert (value, problem and problem.rule) == (None, rule)


FILE = {
    "uuid": "6f1f0f3e-0d3c-4f0e-9a9c-0f8a5e1c2b3d",
    "name": "章程.PDF",
    "size": 12,
    "sha256": "ab" * 32,
}


def test_a_file_is_what_the_upload_returned() -> None:
    assert read_value(field("file", accept=("pdf",)), FILE) == (FILE, None)


@pytest.mark.parametrize(
    "change",
    [
        {"uuid": "x"},
        {"size": -1},
        {"size": True},
        {"sha256": "AB"},
        {"name": ""},
        {"name": "章程.exe"},
        {"name": "章程\u202efdp.exe"},
    ],
)
def test_anything_else_is_no_file(change: dict[str, Any]) -> None:
    value, problem = read_value(field("file", accept=("pdf",)), FILE | change)
    assert (value, problem and problem.rule) == (None, "file")


@pytest.mark.parametrize("raw", [None, "", "  ", "\u200b", "\u3000", [], {}])
@pytest.mark.parametrize("type_", ["text", "number", "date", "period", "yes_no", "file", "link"])
def test_nothing_is_nothing(type_: str, raw: Any) -> None:
    assert read_value(field(type_), raw) == (None, None)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates()
    | st.decimals()
    | st.text("0123456789,.-万亿元人%年月日至 ", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)
EVERY_TYPE = [
    AREA, SHARE, MONEY, PERSONS, KIND, SEVERAL, field("text"), field("date"), field("period"),
    field("yes_no"), field("file"), field("link", to="region"),
]  # fmt: skip


@given(asked=st.sampled_from(EVERY_TYPE), raw=ANYTHING)
def test_any_input_gives_a_value_or_a_problem(asked: Field, raw: Any) -> None:
    value, problem = read_value(asked, raw)
    assert value is None or problem is None
    if value is not None:
        # what is stored reads as itself: saving twice changes nothing
        assert read_value(asked, value) == (value, None)


@given(
    value=st.integers(-(10**15), 10**15) | st.floats(-(10**9), 10**9).map(lambda x: round(x, 6)),
    asked=st.sampled_from([AREA, PERCENT, PLAIN, field("number", unit="person")]),
    language=st.sampled_from(["en", "zh-hans"]),
)
def test_a_number_that_is_shown_reads_as_itself(value: float, asked: Field, language: str) -> None:
    with translation.override(language):
        assert read_value(asked, shown(asked, value)) == (value, None)


@given(
    first=st.dates(datetime.date(1801, 1, 1), datetime.date(2198, 1, 1)),
    days=st.none() | st.integers(1, 300),
    language=st.sampled_from(["en", "zh-hans"]),
)
def test_a_period_that_is_shown_reads_as_itself(
    first: datetime.date, days: int | None, language: str
) -> None:
    end = None if days is None else (first + datetime.timedelta(days=days)).isoformat()
    value = {"from": first.isoformat(), "to": end}
    with translation.override(language):
        assert read_value(field("period"), shown(field("period"), value)) == (value, None)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_other_values_that_are_shown_read_as_themselves(language: str) -> None:
    with translation.override(language):
        for asked, value in [
            (KIND, "train"),
            (SEVERAL, ["teach", "train"]),
            (SEVERAL, ["both"]),
            (field("yes_no"), True),
            (field("yes_no"), False),
            (field("date"), "2026-03-01"),
        ]:
            assert read_value(asked, shown(asked, value)) == (value, None)


def test_shown_in_both_languages() -> None:
    term = {"from": "2026-03-01", "to": "2026-09-01"}
    assert shown(AREA, 32000) == "32,000 m²"
    assert shown(SHARE, 0.125) == "12.5%"
    assert shown(field("period"), term) == "2026-03-01 – 2026-08-31"
    with translation.override("zh-hans"):
        assert shown(AREA, 32000) == "32,000 平方米"
        assert shown(SEVERAL, ["teach", "train"]) == "教学、培训（职工）"
        assert shown(field("period"), term) == "2026-03-01 至 2026-08-31"
        assert shown(field("yes_no"), False) == "否"
