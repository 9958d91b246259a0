"""Who answers: every form of bracket, line and sentence, and what is read in it."""

from __future__ import annotations

import pytest

from jiangxin.engines.policytext import parse

FORMS = [
    ("（责任单位：市教育局、市财政局，各区县政府）", "unspecified: 市教育局|市财政局|各区县政府"),
    (
        "（牵头单位：市教育局；配合单位：市发展改革委、市财政局）",
        "lead: 市教育局; support: 市发展改革委|市财政局",
    ),
    (
        "【牵头单位：市教育局；责任单位：市人力资源和社会保障局、市财政局】",
        "lead: 市教育局; support: 市人力资源和社会保障局|市财政局",
    ),
    (
        "（市教育局牵头，市发展改革委、市财政局等按职责分工负责）",
        "lead: 市教育局; support: 市发展改革委|市财政局",
    ),
    (
        "（省教育厅、省发展改革委、省财政厅等部门按职责分工负责，各市、县（区）人民政府落实）",
        "unspecified: 省教育厅|省发展改革委|省财政厅|各市、县（区）人民政府",
    ),
    ("（市教育局负责）", "lead: 市教育局"),
    (
        "[市教委牵头，市人力社保局、各区县（自治县）政府配合]",
        "lead: 市教委; support: 市人力社保局|各区县（自治县）政府",
    ),
    ("〔省卫生健康委、省医保局按职责分工负责〕", "unspecified: 省卫生健康委|省医保局"),
    ("由市教育局牵头，市财政局、市税务局配合。", "lead: 市教育局; support: 市财政局|市税务局"),
    (
        "\n责任单位：市民政局、市住房和城乡建设局、市自然资源和规划局\n",
        "unspecified: 市民政局|市住房和城乡建设局|市自然资源和规划局",
    ),
    (
        "\n牵头部门：市民政局\n协办部门：市财政局、市卫生健康委员会\n",
        "lead: 市民政局; support: 市财政局|市卫生健康委员会",
    ),
    (
        "（责任单位：区教育局、区文化和旅游局和各镇人民政府）",
        "unspecified: 区教育局|区文化和旅游局|各镇人民政府",
    ),
    (
        "（市教育局（市委教育工委）、团市委、市总工会分工负责）",
        "unspecified: 市教育局（市委教育工委）|团市委|市总工会",
    ),
    ("（责任单位：市教育局等有关部门）", "unspecified: 市教育局"),
    (
        "（牵头单位：市教育局，配合单位：各县（市、区）人民政府，完成时限：2025年12月）",
        "lead: 市教育局; support: 各县（市、区）人民政府",
    ),
    ("（市教育局会同市财政局负责）", "lead: 市教育局; support: 市财政局"),
    (
        "（责任单位：市教育局（牵头）、市财政局、市人社局）",
        "lead: 市教育局; support: 市财政局|市人社局",
    ),
    (
        "（国家发展改革委、教育部、工业和信息化部等按职责分工负责）",
        "unspecified: 国家发展改革委|教育部|工业和信息化部",
    ),
    (
        "（发展改革委牵头，教育部、财政部、人力资源社会保障部参与）",
        "lead: 发展改革委; support: 教育部|财政部|人力资源社会保障部",
    ),
    ("建立由龙头企业、职业学校牵头的产教联合体，实行校长负责制（含分管负责同志）。", ""),
    (
        "（主责单位：区科技局；协同单位：区经信委、高新区管委会）",
        "lead: 区科技局; support: 区经信委|高新区管委会",
    ),
    (
        "（省教育厅牵头负责；省人力资源社会保障厅、省财政厅，各市（州）人民政府配合）",
        "lead: 省教育厅; support: 省人力资源社会保障厅|省财政厅|各市（州）人民政府",
    ),
    (
        "（责任部门：经济发展局、组织人事部、党群工作部）",
        "unspecified: 经济发展局|组织人事部|党群工作部",
    ),
    (
        "（县人社局牵头，县教育局、县农业农村局、各乡镇（街道）配合落实）",
        "lead: 县人社局; support: 县教育局|县农业农村局|各乡镇（街道）",
    ),
    ("（市教育局、市财政局负责）", "unspecified: 市教育局|市财政局"),
    ("（各区政府，市教委、市规划资源局）", "unspecified: 各区政府|市教委|市规划资源局"),
    (
        "牵头单位：市教育局；责任单位：市财政局。完成时限：2025年6月。",
        "lead: 市教育局; support: 市财政局",
    ),
    ("（责任领导：张某；责任单位：区教育局；责任科室：职成科）", "unspecified: 区教育局|职成科"),
    (
        "（市委组织部、市委编办、市教育局、市人社局按照职责分工分别负责）",
        "unspecified: 市委组织部|市委编办|市教育局|市人社局",
    ),
    ("（市教育局主办，市财政局协办）", "lead: 市教育局; support: 市财政局"),
    ("（市教育局、各高校）", "unspecified: 市教育局|各高校"),
    ("（市教育局）", "unspecified: 市教育局"),
    ("［市教育局牵头，市财政局配合］", "lead: 市教育局; support: 市财政局"),
    ("（各县、自治县、区人民政府负责）", "lead: 各县、自治县、区人民政府"),
    (
        "由市教育局牵头，会同市财政局、市农广校，推进改革。",
        "lead: 市教育局; support: 市财政局|市农广校",
    ),
    ("市教育局、市财政局按职责分工负责，各区县抓好落实。", "unspecified: 市教育局|市财政局"),
    ("推进“放管服”改革（含税）。由龙头企业牵头组建联合体。", ""),
]


@pytest.mark.parametrize(("words", "expected"), FORMS)
def test_responsibilities_of_a_clause(words: str, expected: str) -> None:
    duties = parse(f"一、任务\n（一）做好工作。推进改革。{words}").responsibilities
    read = "; ".join(f"{duty.role}: {'|'.join(duty.units)}" for duty in duties)
    assert read == expected
    assert {duty.clause for duty in duties} <= {"c2"}


def test_responsibilities_stand_where_their_offsets_say() -> None:
    text = "一、任务\n（一）做好工作。（牵头单位：甲市教育\n\n局；配合单位：甲市财政局）"
    lead, support = parse(text).responsibilities
    assert (lead.units, support.units) == (("甲市教育局",), ("甲市财政局",))
    assert text[lead.start : lead.end] == "（牵头单位：甲市教育\n\n局；配合单位：甲市财政局）"
