"""What each kind of formula means, on ten rows that can be reckoned by hand."""

from __future__ import annotations

import duckdb
import pytest

from jiangxin.engines import measures
from tests.engines.measures import shipped

# region, school, year, class, stage, learners, order_class
CLASSES = """
500118 S1 2023 a secondary          40 yes
500118 S1 2023 b secondary          30 no
500118 S1 2024 a secondary          50 yes
500118 S1 2024 b secondary          20 no
500118 S1 2024 c higher_specialty   10 yes
500118 S2 2024 d secondary          60 no
500119 S3 2024 e higher_specialty   25 no
500119 S3 2025 e higher_specialty   15 yes
500118 S1 2025 a secondary          44 yes
500118 S1 2025 b secondary          22 no
"""

# formula → region 500000 in 2024: value, numerator, denominator, n
TABLE = {
    "{count: {fact: classes}}": (5, 5, None, 5),
    "{count: {fact: classes, where: {order_class: true}}}": (2, 2, None, 2),
    "{count: {fact: classes, where: {stage: [secondary]}}}": (3, 3, None, 3),
    "{count: {fact: classes, where: {learners: {at_least: 25}}}}": (3, 3, None, 3),
    "{count: {fact: classes, where: {learners: {at_most: 20}}}}": (2, 2, None, 2),
    "{count: {fact: classes, where: {any: [{order_class: true}, {learners: 60}]}}}": (
        3,
        3,
        None,
        3,
    ),
    "{count: {fact: classes, window: {since: 2023}}}": (7, 7, None, 7),
    "{count: {fact: classes, window: {years: 2}}}": (7, 7, None, 7),
    "{sum: {fact: classes, column: learners}}": (165, 165, None, 5),
    "{sum: {fact: classes, column: learners, where: {stage: secondary}}}": (130, 130, None, 3),
    "{distinct: {fact: classes, column: stage}}": (2, 2, None, 5),
    "{distinct: {fact: classes, column: class_id, window: {since: 2023}}}": (5, 5, None, 7),
    "{mean: {fact: classes, column: learners}}": (33, 165, 5, 5),
    # (40 is no class of 2024) 50² + 20² + 10² + 60² + 25² over their sum
    "{weighted_mean: {fact: classes, column: learners, weight: learners}}": (
        7225 / 165,
        7225,
        165,
        5,
    ),
    # 10 20 25 50 60: the middle one, and half way between the second and third quarter's ends
    "{quantile: {fact: classes, column: learners, at: 0.5}}": (25, 25, None, 5),
    "{quantile: {fact: classes, column: learners, at: 0.125}}": (15, 15, None, 5),
    "{share: {fact: classes, where: {order_class: true}}}": (2 / 5, 2, 5, 5),
    "{share: {fact: classes, where: {order_class: true}, among: {stage: secondary}}}": (
        1 / 3,
        1,
        3,
        3,
    ),
    "{ratio: {numerator: {sum: {fact: classes, column: learners}},"
    " denominator: {count: {fact: classes, where: {order_class: false}}}}}": (55, 165, 3, 3),
    # 165 in 2024 after 70 in 2023
    "{growth: {of: {sum: {fact: classes, column: learners}}, years: 1}}": (95 / 70, 95, 70, 2),
    "{difference: {of: {count: {fact: classes}}, years: 1}}": (3, 3, None, 2),
    "{lag: {of: {mean: {fact: classes, column: learners}}, years: 1}}": (35, 70, 2, 2),
}


@pytest.fixture(scope="module")
def connection():
    schema = shipped.schemas()["classes"]
    with duckdb.connect() as opened:
        opened.execute(measures.create_table_sql(schema, dialect="duckdb"))
        for line in CLASSES.split("\n")[1:-1]:
            region, school, year, name, stage, learners, order = line.split()
            opened.execute(
                "INSERT INTO classes VALUES (?, ?, ?, ?, ?, ?, ?, false, false)",
                [region, school, int(year), name, stage, int(learners), order == "yes"],
            )
        opened.execute("CREATE TABLE region_closure (ancestor_code TEXT, descendant_code TEXT)")
        opened.execute(
            "INSERT INTO region_closure VALUES ('500000', '500000'), ('500000', '500118'),"
            " ('500000', '500119'), ('500118', '500118'), ('500119', '500119')"
        )
        yield opened


def values(connection, formula: str, **changes: str) -> list[measures.Value]:
    definition = shipped.define(formula, small_cell="", **changes)
    return measures.evaluate(connection, [definition], shipped.schemas())


@pytest.mark.parametrize("formula", TABLE)
def test_formula(connection, formula: str) -> None:
    found = [v for v in values(connection, formula) if (v.code, v.year) == ("500000", 2024)]
    assert [(v.value, v.numerator, v.denominator, v.n) for v in found] == [TABLE[formula]]


def test_a_denominator_of_zero_has_no_value_but_a_reason(connection) -> None:
    formula = "{share: {fact: classes, where: {order_class: true}, among: {apprenticeship: true}}}"
    found = [v for v in values(connection, formula) if (v.code, v.year) == ("S2", 2024)]
    assert [(v.status, v.value, v.numerator, v.denominator, v.reason) for v in found] == [
        ("undefined", None, 0, 0, "no_denominator")
    ]


def test_growth_without_an_earlier_year_has_no_value_but_a_reason(connection) -> None:
    formula = "{growth: {of: {count: {fact: classes}}, years: 1}}"
    found = [v for v in values(connection, formula) if (v.code, v.year) == ("S2", 2024)]
    assert [(v.status, v.value, v.reason) for v in found] == [
        ("undefined", None, "no_earlier_value")
    ]


def test_a_regional_definition_has_no_values_of_organisations(connection) -> None:
    found = values(connection, "{count: {fact: classes}}", grain="region")
    assert {v.scope for v in found} == {"region"}


def test_a_region_above_holds_all_rows_below(connection) -> None:
    found = values(connection, "{sum: {fact: classes, column: learners}}")
    at = {(v.code, v.year): v.value for v in found}
    assert at["500000", 2025] == at["500118", 2025] + at["500119", 2025] == 81


def test_the_version_changes_with_the_definition_and_only_then() -> None:
    one = shipped.define("{count: {fact: classes}}", small_cell="")
    same = shipped.define("{count:  {fact:   classes}}", small_cell="")
    other = shipped.define("{count: {fact: offerings}}", small_cell="")
    assert one.version == same.version != other.version
