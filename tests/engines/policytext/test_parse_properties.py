"""What must hold for every text, however malformed."""

from __future__ import annotations

import json
import time
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangxin.engines.policytext import parse
from jiangxin.engines.policytext.layout import unwrap
from jiangxin.engines.policytext.masks import mask
from jiangxin.engines.policytext.model import Document
from jiangxin.engines.policytext.numerals import chinese_number
from tests.engines.policytext.reference import clause_holding, in_chinese, without_layout

PIECES = st.sampled_from(
    [
        "一、",
        "（一）",
        "1.",
        "（1）",
        "①",
        "第一章",
        "第一条",
        "到2025年",
        "2025年底前",
        "，。",
        "。",
        "；",
        "：",
        "\n",
        "\n\n",
        "\t",
        "\u3000",
        "“",
        "”",
        "《",
        "》",
        "（",
        "）",
        "【",
        "】",
        "建成",
        "达到",
        "不低于",
        "10个",
        "50%",
        "3-5所",
        "百名",
        "一批",
        "“3+2”",
        "甲局",
        "、",
        "牵头",
        "配合",
        "责任单位：",
        "按职责分工负责",
        "附件",
        "目录",
        "每年",
        "定期",
        "全覆盖",
        "20万人次",
        "由",
        "从",
        "提高到",
        "〔2023〕22号",
        "编号",
        "任务",
        "责任科室",
        "2020年",
        "十四五",
        "期间",
        "二〇二三年",
        "１０",
        "％",
        "-",
        "—",
        "关于",
        "的通知",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(max_size=120))


def _offsets_are_true(text: str, document: Document) -> None:
    for item in (*document.targets, *document.milestones):
        assert 0 <= item.start < item.end <= len(text)
        assert without_layout(text[item.start : item.end]) == without_layout(item.quote)
    for clause in document.clauses:
        assert 0 <= clause.start < clause.end <= len(text)
    for duty in document.responsibilities:
        assert 0 <= duty.start < duty.end <= len(text)
        assert duty.units


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_parse_never_fails_and_its_offsets_are_true(text: str) -> None:
    document = parse(text)
    _offsets_are_true(text, document)
    json.dumps(document.as_json(), ensure_ascii=False)
    assert parse(text) == document


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_items_lie_in_the_clause_that_they_name(text: str) -> None:
    document = parse(text)
    starts = [clause.start for clause in document.clauses]
    ends = [clause.end for clause in document.clauses]
    assert starts == sorted(starts)
    for duty in document.responsibilities:
        held = clause_holding(starts, ends, duty.start)
        assert duty.clause == (document.clauses[held].id if held >= 0 else "")


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_unwrapped_characters_come_from_where_they_say(text: str) -> None:
    flow = unwrap(text)
    for index, character in enumerate(flow.text):
        if character not in "\n ":
            assert text[flow.source_offset(index)] == character
    assert len(mask(flow.text)) == len(flow.text)
    for start in flow.paragraphs:
        assert bisect_right(flow.starts, start) > 0


@given(st.integers(min_value=0, max_value=99_999_999))
def test_chinese_number_reads_what_the_reference_writes(number: int) -> None:
    assert chinese_number(in_chinese(number)) == number


@given(st.text(alphabet="批若干整多 大个", min_size=1, max_size=5))
def test_chinese_number_refuses_other_words(words: str) -> None:
    assert chinese_number(words) is None


REPEATED = [
    "（", "(", "1", "、", "《", "“", "到2025年", "1个", "一", "\n", "1.\n", "\t", "（责任单位：", "牵头，", "由甲局牵头，",
    "建成1个、", "到2025年建成10个，", "。", "，", "①", "百分之", "1-", "1,000,", "A1", "每年", "目录\n一、甲\n", "附件：\n",
    "长" * 29 + "\n", "从1%提高到", "1\t", "序号\t任务\t责任\n1\t甲\t乙\n", "十四五", "：\n", "到2025年：\n", "一、甲\n", "是一是",
]  # fmt: skip


@pytest.mark.parametrize("piece", REPEATED)
def test_work_grows_no_faster_than_the_text(piece: str) -> None:
    """Doubling the text may not much more than double the work, whatever is repeated."""
    small, large = (_cheapest(piece * (size // len(piece))) for size in (6_000, 24_000))
    # Four times the text: 4 if linear, 16 if quadratic. Half-way between leaves room for noise.
    assert large < 10 * small + 0.02, f"{small:.4f} s and {large:.4f} s of processor time"


def _cheapest(text: str) -> float:
    used = []
    for _ in range(2):
        before = time.process_time()
        parse(text)
        used.append(time.process_time() - before)
    return min(used)
