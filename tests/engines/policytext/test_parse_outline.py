"""Numbering styles, their nesting, and what only looks like a number."""

from __future__ import annotations

from itertools import pairwise

import pytest

from jiangxin.engines.policytext import parse

OUTLINES = [
    (
        "一、目标\n（一）布局。做好布局。\n1.调整。优化。\n（1）专业。停办。\n①护理。新办。\n二、保障\n",
        ["1 一 目标", "2 （一） 布局", "3 1. 调整", "4 （1） 专业", "5 ① 护理", "1 二 保障"],
    ),
    (
        "第一章 总则\n第一条 为了发展。\n第二条 本办法适用于：\n（一）学校；\n（二）企业。\n第二章 附则\n第三条 自公布之日起施行。\n",
        [
            "1 第一章 总则",
            "2 第一条 为了发展",
            "2 第二条 本办法适用于",
            "3 （一） 学校",
            "3 （二） 企业",
            "1 第二章 附则",
            "2 第三条 自公布之日起施行",
        ],
    ),
    (
        "一、任务\n1. 布局。甲。\n2．专业。乙。\n二、保障\n3、投入。丙。\n",
        ["1 一 任务", "2 1. 布局", "2 2． 专业", "1 二 保障", "2 3 投入"],
    ),
    (
        "一、任务\n（一）统筹。甲。（二）投入。乙。（三）考核。丙。\n",
        ["1 一 任务", "2 （一） 统筹", "2 （二） 投入", "2 （三） 考核"],
    ),
    (
        "一、目标（到2026年）\n——规模更大。在校生达到3万人。\n——质量更高。就业率达到95%。\n二、任务\n",
        ["1 一 目标（到2026年）", "1 二 任务"],
    ),
    (
        "一、任务\n（一）实施强基工程（责任单位：市教育局）。甲。\n",
        ["1 一 任务", "2 （一） 实施强基工程"],
    ),
    # An annex begins a new tree; the list of annexes and the table of contents are none.
    (
        "一、要求\n现予印发。\n附件：1.任务清单\n2.学校名单\n\n附件1\n任务清单\n一、布局\n1.甲事项。\n",
        ["1 一 要求", "1 一 布局", "2 1. 甲事项"],
    ),
    (
        "目  录\n第一章 基础……1\n第二章 任务……5\n第一章 基础\n第一节 现状\n第二章 任务\n",
        ["1 第一章 基础", "2 第一节 现状", "1 第二章 任务"],
    ),
    ("目录\n一、基础\n二、任务\n一、基础\n甲。\n二、任务\n乙。\n", ["1 一 基础", "1 二 任务"]),
    (
        "1 总体目标\n推进改革。\n1.1 近期目标\n打基础。\n1.2 远期目标\n见成效。\n2 重点行动\n2.1 平台共建\n2.1.1 共建中心。甲。\n",
        [
            "1 1 总体目标",
            "2 1.1 近期目标",
            "2 1.2 远期目标",
            "1 2 重点行动",
            "2 2.1 平台共建",
            "3 2.1.1 共建中心",
        ],
    ),
    (
        "第一部分 目标\n甲。\n第二部分 任务\n（一）统筹。乙。\n",
        ["1 第一部分 目标", "1 第二部分 任务", "2 （一） 统筹"],
    ),
    ("[bookmark: _GoBack]一、任务\n甲。\n二、保障\n乙。\n", ["1 一 任务", "1 二 保障"]),
    (  # a copy that lost its line breaks
        "一、总体要求(一)指导思想。甲。(二)工作目标。乙。\n二、重点任务(一)优化布局。丙。(县教育局负责)(二)配强师资。丁，落实（一）中的要求。\n",
        [
            "1 一 总体要求",
            "2 (一) 指导思想",
            "2 (二) 工作目标",
            "1 二 重点任务",
            "2 (一) 优化布局",
            "2 (二) 配强师资",
        ],
    ),
    ("本科专业10个。\n3.5万人参加培训。\n2024年底完成。\n", []),
]


@pytest.mark.parametrize(("text", "expected"), OUTLINES)
def test_outline(text: str, expected: list[str]) -> None:
    clauses = parse(text).clauses
    assert [f"{c.level} {c.number} {c.heading}" for c in clauses] == expected
    by_id = {clause.id: clause for clause in clauses}
    for clause in clauses:
        parent = by_id[clause.parent] if clause.parent else None
        assert clause.level == (parent.level + 1 if parent else 1)


def test_closing_paragraph_is_a_clause_of_its_own() -> None:
    item = "加强统筹。把职业教育纳入规划，定期研究，做好协调，形成合力。"
    closing = "各地各部门要把思想统一到决策部署上来，结合实际细化措施，及时总结经验，做好宣传引导，营造人人关心和支持职业教育的良好氛围，重大事项按程序报告。"
    text = (
        f"一、任务\n1.{item}\n2.{item}\n3.{item}\n4.{item}\n{closing}\n甲省办公厅\n2024年7月26日\n"
    )
    last = parse(text).clauses[-1]
    assert (last.number, last.level, last.heading, last.text) == ("末段", 1, "", closing)


def test_clauses_lie_side_by_side_and_keep_every_word() -> None:
    text = "一、任务\n（一）甲。乙。\n丙。\n（二）丁。\n二、保障\n戊。"
    clauses = parse(text).clauses
    assert "".join("".join(clause.text.split()) for clause in clauses) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(clauses))
