"""What is refused in schemas and definitions, and that the error names the key."""

from __future__ import annotations

import os
from csv import DictReader
from pathlib import Path

import pytest

from jiangxin.engines import measures
from jiangxin.engines.base import InvalidProblem
from tests.engines.measures import shipped


@pytest.mark.parametrize(
    ("formula", "field"),
    [
        ("{count: {fact: pupils}}", "formula.count.fact"),
        ("{count: {fact: teachers, wher: {full_time: true}}}", "formula.count.wher"),
        ("{count: {fact: teachers, where: {salary: 3}}}", "formula.count.where.salary"),
        ("{count: {fact: teachers, where: {full_time: 1}}}", "formula.count.where.full_time"),
        ("{count: {fact: teachers, where: {sector: primary}}}", "formula.count.where.sector"),
        ("{count: {fact: teachers, where: {sector: []}}}", "formula.count.where.sector"),
        ("{count: {fact: teachers, where: {sector: {like: a}}}}", "formula.count.where.sector"),
        ("{sum: {fact: teachers}}", "formula.sum.column"),
        ("{sum: {fact: teachers, column: sector}}", "formula.sum.column"),
        ("{quantile: {fact: classes, column: learners, at: 2}}", "formula.quantile.at"),
        ("{quantile: {fact: classes, column: learners, at: .nan}}", "formula.quantile.at"),
        ("{median: {fact: classes, column: learners}}", "formula"),
        ("{count: {fact: classes}, sum: {fact: classes}}", "formula"),
        ("{count: {fact: classes, window: {}}}", "formula.count.window.since"),
        ("{count: {fact: classes, window: {years: 0}}}", "formula.count.window.since"),
        ("{growth: {of: {count: {fact: classes}}, years: 0}}", "formula.growth.years"),
        (
            (
                "{ratio: {numerator: {mean: {fact: classes, column: learners}},"
                " denominator: {count: {fact: classes}}}}"
            ),
            "formula.ratio.numerator",
        ),
        ("teachers", "formula"),
    ],
)
def test_an_odd_formula_is_refused_by_name(formula: str, field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        shipped.define(formula)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"unit": "parsec"}, "unit"),
        ({"direction": "up"}, "direction"),
        ({"grain": "classroom"}, "grain"),
        ({"label": "{en: Example}"}, "label.zh-Hans"),
        ({"inferred": ""}, "sources"),
        ({"small_cell": ""}, "small_cell"),
        ({"expected_breakdowns": "[shoe_size]"}, "expected_breakdowns"),
        ({"effective_from": ""}, "effective_from"),
        ({"effective_from": "soon"}, "effective_from"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_odd_definition_is_refused_by_name(changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        shipped.define("{count: {fact: teachers}}", **changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "row"), [("code: [", 1), ("code: a\ncode: b", 2), ("? {a: b}\n: c", 1)]
)
def test_bad_yaml_names_the_line(text: str, row: int) -> None:
    with pytest.raises(InvalidProblem) as caught:
        measures.parse_definition(text, schemas=shipped.schemas(), units=shipped.units())
    assert caught.value.row == row


def test_yaml_cannot_make_objects() -> None:
    with pytest.raises(InvalidProblem):
        measures.parse_schema("!!python/object/apply:os.getcwd []")


def test_a_table_name_cannot_carry_sql() -> None:
    path = shipped.RULES / "facts" / "classes.yaml"
    text = path.read_text(encoding="utf-8").replace("code: classes", "code: 'a; DROP TABLE b'")
    with pytest.raises(InvalidProblem):
        measures.parse_schema(text)


def test_a_value_with_a_quote_stays_a_value() -> None:
    formula = '{count: {fact: teachers, where: {teacher_id: "x\' OR 1=1 --"}}}'
    definition = shipped.define(formula)
    for dialect in ("duckdb", "sqlite", "postgres"):
        sql = measures.compile(definition, shipped.schemas(), dialect=dialect).sql
        assert "'x'' OR 1=1 --'" in sql


def test_every_shipped_file_is_named_after_its_code() -> None:
    for definition in shipped.definitions():
        assert (shipped.RULES / "indicators" / f"{definition.code}.yaml").exists()
    assert len(shipped.definitions()) >= 45
    for code, schema in shipped.schemas().items():
        assert (shipped.RULES / "facts" / f"{code}.yaml").exists()
        for column in schema.columns:
            assert not column.unit or shipped.units().get(column.unit)


def test_no_two_definitions_claim_the_same_words() -> None:
    claims: dict[str, list[str]] = {}
    for definition in shipped.definitions():
        assert definition.terms
        for term in definition.terms:
            claims.setdefault(term, []).append(definition.code)
    assert {term: codes for term, codes in claims.items() if len(codes) > 1} == {}


@pytest.mark.real_documents
def test_every_target_of_the_five_documents_has_a_definition_in_its_unit() -> None:
    folder = os.environ.get("POLICIES", "")
    if not folder:
        pytest.skip("POLICIES names no folder")
    by_term = {term: d for d in shipped.definitions() for term in d.terms}
    with (Path(folder) / "gold" / "targets.csv").open(encoding="utf-8-sig") as file:
        rows = list(DictReader(file))
    assert len(rows) == 92
    for row in rows:
        definition = by_term[row["metric"]]
        written = [unit.code for unit in shipped.units().written(row["unit"])]
        assert definition.unit in written, (row["metric"], row["unit"])
