"""One test for each thing that layout does to a text, and for deadlines that stand elsewhere."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from jiangxin.engines.policytext import Clause, Responsibility, Target, parse
from jiangxin.engines.policytext.layout import unwrap


def _dues(text: str) -> list[tuple[float, str | None]]:
    return [
        (target.low, target.due_on.isoformat() if target.due_on else None)
        for target in parse(text).targets
    ]


WRAPPED = """一、深化人才培养改革，拓展职普融通的新路径，服务成渝

地区人才资源建设

（一）提升关键办学能力。实施办学条件的达标工程，到 2025

年办学条件全部达标的职业学校比例达到 90%以上。支持职业

学校联合行业企业打造一批优质教材，建设在线精品课程 100
 门左右、规划教材 300 种左右，推动企业工程技术人员与高技

能人才和职业学校教师双向流动，实施终身学习质量提升行动，

开展多种形式的职业教育资格资历互认，建成示范基地 15 个。
"""


def test_hard_wrapped_lines_are_joined_across_blank_lines() -> None:
    document = parse(WRAPPED)
    assert [clause.heading for clause in document.clauses] == [
        "深化人才培养改革，拓展职普融通的新路径，服务成渝地区人才资源建设",
        "提升关键办学能力",
    ]
    assert [(t.comparator, t.low, t.unit) for t in document.targets] == [
        (">=", 90, "%"), ("~", 100, "门"), ("~", 300, "种"), ("==", 15, "个"),
    ]  # fmt: skip
    first = document.targets[0]
    assert first.quote == "到 2025年办学条件全部达标的职业学校比例达到 90%以上"
    assert "".join(WRAPPED[first.start : first.end].split()) == first.quote.replace(" ", "")


def test_sentence_runs_on_over_a_page_break_with_a_page_number() -> None:
    text = (
        "一、任务\n1.优化布局。围绕产业发展布局，规划新建的职业学校向产业和人口聚集区集中，鼓励将职业\n"
        "— 3 —\n\n教育办到产业园区，建设现代职业教育园区5个。\n"
    )
    document = parse(text)
    assert [target.low for target in document.targets] == [5]
    assert "鼓励将职业教育办到产业园区" in document.clauses[-1].text


def test_heading_that_ends_without_a_stop_does_not_swallow_the_paragraph() -> None:
    text = "一、总体要求\n以服务发展为宗旨，坚持改革创新。\n二、主要任务\n1.甲。\n"
    assert [clause.heading for clause in parse(text).clauses] == ["总体要求", "主要任务", "甲"]


def test_windows_line_ends_and_byte_offsets() -> None:
    text = "一、任务\r\n（一）建设。建成基地3个。\r\n"
    (target,) = parse(text).targets
    assert text[target.start : target.end] == "建成基地3个"


def _hard_wrapped(text: str, width: int) -> str:
    """Break lines at a display width as a typesetter does: no stop or bracket begins a line."""
    lines = []
    for paragraph in unwrap(text).text.split("\n"):
        line, used = "", 0.0
        for character in paragraph:
            size = 0.5 if character.isascii() else 1
            if used + size > width and character not in "，。、；：）》”％%":
                lines.append(line)
                line, used = "", 0.0
            line += character
            used += size
        lines.append(line)
    return "\n\n".join(lines)


@pytest.mark.parametrize("width", [26, 30, 38])
def test_hard_wrapping_changes_next_to_nothing(width: int) -> None:
    same = read = 0
    for path in sorted(Path(__file__).with_name("documents").glob("*.txt")):
        text = path.read_text(encoding="utf-8-sig")
        if "\t" in text:
            continue
        plain, wrapped = parse(text), parse(_hard_wrapped(text, width))
        for items in ("clauses", "targets", "responsibilities"):
            left = Counter(_essence(item) for item in getattr(plain, items))
            right = Counter(_essence(item) for item in getattr(wrapped, items))
            same += 2 * sum((left & right).values())
            read += sum(left.values()) + sum(right.values())
    assert read > 1000
    assert same / read >= 0.98


def _essence(item: Clause | Target | Responsibility) -> tuple[object, ...]:
    if isinstance(item, Clause):
        return item.level, item.number, item.heading
    if isinstance(item, Target):
        return item.comparator, item.low, item.unit, item.due_on
    return item.role, item.units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A lead sentence before a colon governs the items.
        (
            "一、目标\n到2027年，实现三个提升：\n——规模提升。新增学校2所。\n——质量提升。就业率达到90%。\n二、任务\n1.建设基地5个。",
            [(2, "2027-12-31"), (90, "2027-12-31"), (5, None)],
        ),
        # So does a section of aims that opens with a date, and a heading that holds one.
        (
            "一、目标任务\n到2020年，形成发展格局。\n（一）规模。在校生达到1万人。\n二、行动\n1.建设。建设基地5个。",
            [(10000, "2020-12-31"), (5, None)],
        ),
        ("一、主要目标（到2026年）\n（一）网络。建成中心6个。\n", [(6, "2026-12-31")]),
        # A list goes on in the next sentence, but not over a sentence without numbers.
        ("一、任务\n1.双优。到2027年，创建国家级2所。创建市级3所。", [(2, "2027-12-31"), (3, "2027-12-31")]),
        ("一、任务\n1.课程。到2025年，比例达到90%。支持校企合作。建设课程9门。", [(90, "2025-12-31"), (9, None)]),
        # The last date before the number counts, even over semicolons.
        (
            "一、任务\n1.覆盖。到2025年，覆盖率达到60%；到2030年，覆盖率达到80%。",
            [(60, "2025-12-31"), (80, "2030-12-31")],
        ),
        # A line below the clause sets its time limit.
        ("一、任务\n1.学院。组建学院4个。\n责任部门：甲局；完成时限：2025年9月\n", [(4, "2025-09-30")]),
        # A yearly duty outlives the day by which something else is done.
        ("一、任务\n1.基地。2026年底前建成基地3个，年培养800人以上。", [(3, "2026-12-31"), (800, None)]),
        # In a table the date of a later cell serves the cells before it.
        (
            "编号\t任务\t指标\t责任单位\n1\t建成示范校2所。\t到2026年，通过验收。\t甲局\n",
            [(2, "2026-12-31")],
        ),
        # Annual plans: 全年 ends with the year of the title.
        (
            "甲县2025年职业教育工作要点\n2025年2月1日\n一、招生\n1.招生。全年招生不低于1300人。",
            [(1300, "2025-12-31")],
        ),
    ],
)  # fmt: skip
def test_deadlines_from_the_surroundings(
    text: str, expected: list[tuple[float, str | None]]
) -> None:
    assert _dues(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "一、发展基础\n“十三五”期间，新建学校30所，在校生达到5万人。",
        "一、任务\n1.现状。截至2021年底，全市建成基地50个。",
        "一、任务\n1.基地。已建成示范基地12个，培训3万人次。",
        "一、任务\n1.体系。落实“1438”思路和“33618”集群体系，推进“3+2”“1+X”试点。",
        "一、任务\n1.依据。按照《中国制造2025》和甲政发〔2023〕22号文件第18条，开展第2轮建设。",
        "一、任务\n1.产业。围绕3个万亿级主导产业集群建设，深化改革。",
        "一、任务\n1.方法。坚持四个统一，实现三个大幅度提升，推进五大行动，打造一批精品。",
    ],
)
def test_false_friends_are_no_targets(text: str) -> None:
    assert parse(text).targets == ()


def test_indicator_table_gives_a_target_per_future_year() -> None:
    text = (
        "甲省“十四五”发展规划\n第一章 目标\n专栏1 主要指标\n"
        "序号\t指标\t单位\t2020年\t2025年\t属性\n1\t软件业收入\t亿元\t420\t900\t预期性\n2\t普及率\t%\t14.3\t≥45\t约束性\n"
    )
    targets = parse(text).targets
    assert [
        (t.metric, t.comparator, t.low, t.unit, str(t.due_on), t.strength) for t in targets
    ] == [
        ("软件业收入", "==", 90_000_000_000, "元", "2025-12-31", "planned"),
        ("普及率", ">=", 45, "%", "2025-12-31", "binding"),
    ]


def test_ragged_task_table_is_keyed_by_its_numbers() -> None:
    text = (
        "行动\t子行动\t编号\t任务\t指标\t责任科室\t实施学校\n"
        "提升能力\t达标\t1\t甲事\t甲指标\t成职教科、基建科\t甲校\n"
        "\t\t2\t乙事\t乙指标\t成职教科\t乙校\t\n"
        "\t\t\t3\t丙事\t丙指标\t人事科\t\n"
        "\t4\t丁事\t丁指标\t人事科\t丁校、戊校\n"
        "拓宽渠道\t\t5\t己事\t己指标\t人事科\t己校\n"
    )
    tasks = parse(text).tasks
    assert [
        (t.number, t.action, t.sub_action, t.task, t.responsible, t.implementers) for t in tasks
    ] == [
        (1, "提升能力", "达标", "甲事", ("成职教科", "基建科"), ("甲校",)),
        (2, "提升能力", "达标", "乙事", ("成职教科",), ("乙校",)),
        (3, "提升能力", "达标", "丙事", ("人事科",), ()),
        (4, "提升能力", "达标", "丁事", ("人事科",), ("丁校", "戊校")),
        (5, "提升能力", "拓宽渠道", "己事", ("人事科",), ("己校",)),
    ]


def test_milestones_of_each_kind() -> None:
    text = (
        "一、任务\n1.机制。2024年10月底前，公办学校建立专业动态调整机制。每年5月，开展活动月活动。"
        "定期召开联席会议。推进数字校园全覆盖。保持职普招生规模大体相当。\n"
    )
    read = [
        (m.kind, m.quote, str(m.due_on) if m.due_on else None, m.recurrence)
        for m in parse(text).milestones
    ]
    assert read == [
        ("one-off", "2024年10月底前，公办学校建立专业动态调整机制", "2024-10-31", None),
        ("annual", "每年5月，开展活动月活动", None, "每年5月"),
        ("periodic", "定期召开联席会议", None, "定期"),
        ("coverage", "推进数字校园全覆盖", None, None),
        ("ratio-word", "保持职普招生规模大体相当", None, None),
    ]
