"""Made-up plans of the districts that have no document of their own, so that they can be compared.

Each carries out clauses of the Chongqing or the Sichuan document in words of our own.
"""

from __future__ import annotations

import datetime
from typing import Any

from jiangxin.config.demo.places import DISTRICTS, WENJIANG, YONGCHUAN, District

# clause, heading, metric, indicator, comparator, low by quality 0 and 1, unit, scope
_PROMISES: tuple[tuple[str, str, str, str, str, float, float, str], ...] = (
    ("一", "办学条件达标", "办学条件全部达标学校比例", "conditions_met_rate", ">=", 85, 100, "%"),
    ("二", "教师队伍建设", "双师型教师占比", "dual_qualified_rate", ">=", 65, 80, "%"),
    ("三", "专业对接产业", "专业对接产业匹配率", "programme_match_rate", ">=", 88, 95, "%"),
    ("四", "技能培训", "年技能培训人次", "training_person_times", ">=", 15_000, 40_000, "人次/年"),
    ("五", "就业质量", "毕业生就业率", "employment_rate", ">=", 90, 95, "%"),
    (
        "六",
        "产教联合体",
        "职业院校参与产教联合体覆盖率",
        "consortium_school_rate",
        ">=",
        90,
        100,
        "%",
    ),
    ("七", "订单培养", "订单培养班级比例", "order_class_rate", ">=", 30, 50, "%"),
)


def district_plans(at: datetime.datetime) -> list[tuple[District, str, dict[str, Any]]]:
    """Return district, name of the parent's facts, and facts of each made-up plan."""
    plans = []
    for district in DISTRICTS:
        if district.code in (YONGCHUAN, WENJIANG):
            continue
        parent = "chongqing-2023" if district.code.startswith("50") else "sichuan-2024"
        plans.append((district, parent, _facts(district, at)))
    return plans


def _facts(district: District, at: datetime.datetime) -> dict[str, Any]:
    name = f"{district.short}区"
    return {
        "document": {
            "title": f"{name}职业教育提质行动计划（{at.year - 2}—{at.year + 1}年，演示）",
            "document_number": f"{district.short}教演示〔{at.year - 2}〕1号",
            "issuers": [f"{name}教育委员会（演示）"],
            "issued_on": datetime.date(at.year - 2, 3, 1),
            "plan_starts_on": datetime.date(at.year - 2, 1, 1),
            "plan_ends_on": datetime.date(at.year + 2, 1, 1),
        },
        "clauses": [{"path": p[0], "heading": p[1]} for p in _PROMISES],
        "targets": [
            {
                "clause": clause,
                "metric": metric,
                "indicator": indicator,
                "comparator": comparator,
                "low": round(low + (high - low) * district.quality),
                "unit": unit,
                "due_on": datetime.date(at.year + 1, 12, 31),
                "scope": name,
                "strength": "planned",
            }
            for clause, _heading, metric, indicator, comparator, low, high, unit in _PROMISES
        ],
    }
