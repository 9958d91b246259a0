"""The engine against the slow reference, and what it says when something is missing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jiangxin.engines import measures
from tests.engines.measures import generated, shipped
from tests.engines.measures.reference import Reference, agree, as_floats

FORMULAS = (
    "{weighted_mean: {fact: classes, column: learners, weight: learners}}",
    "{sum: {fact: training_sessions, column: person_times, window: {years: 2}}}",
    "{distinct: {fact: offerings, column: programme_code, window: {since: 2023}}}",
    "{quantile: {fact: classes, column: learners, at: 0.25, where: {order_class: true}}}",
    "{lag: {of: {mean: {fact: graduates, column: starting_wage_yuan}}, years: 2}}",
    "{growth: {of: {sum: {fact: schools, column: establishment_posts}}, years: 1}}",
    "{count: {fact: teachers, where: {dual_level: {present: true}, sector: {none_of: [secondary]}}}}",
    "{share: {fact: teachers, where: {dual_level: {not: senior}}, among: {sex: female}}}",
    "{count: {fact: graduates, where: {any: [{employed: true, sex: male}, {further_study: false}]}}}",
    "{count: {fact: graduates, where: {works_in: {present: false}}}}",
)


def all_definitions() -> list[measures.Definition]:
    extra = [
        shipped.define(formula, code=f"extra_{number}") for number, formula in enumerate(FORMULAS)
    ]
    return [*shipped.definitions(), *extra]


def expected(reference: Reference, definition: measures.Definition) -> dict[tuple, tuple]:
    return {
        place: as_floats(reference.answer(definition, *place))
        for place in reference.places(definition, generated.YEARS)
    }


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), rows=st.sampled_from([4, 40, 100]))
def test_evaluate_equals_reference(seed: int, rows: int) -> None:
    schemas = shipped.schemas()
    facts = generated.facts(schemas, seed, rows)
    reference = Reference(facts, generated.closure(), schemas)
    with generated.duck(facts, schemas) as connection:
        values = measures.evaluate(
            connection,
            all_definitions(),
            schemas,
            regions=generated.REGIONS,
            years=generated.YEARS,
        )
    found: dict[str, dict[tuple, tuple]] = {}
    for value in values:
        answers = found.setdefault(value.indicator, {})
        key = (value.scope, value.code, value.year)
        assert key not in answers
        assert value.part == ""
        answers[key] = as_floats(value[6:])
    for definition in all_definitions():
        wanted = expected(reference, definition)
        assert found[definition.code].keys() == wanted.keys()
        for key, answer in wanted.items():
            got = found[definition.code][key]
            assert agree(got, answer), (definition.code, key, got, answer)


@pytest.fixture(scope="module")
def filled():
    schemas = shipped.schemas()
    with generated.duck(generated.facts(schemas, seed=7, rows=200), schemas) as opened:
        yield opened


@pytest.fixture
def connection(filled):
    filled.execute("BEGIN")
    yield filled
    filled.execute("ROLLBACK")


def test_evaluate_does_not_depend_on_the_order_of_rows_or_definitions(connection) -> None:
    definitions = shipped.definitions()
    before = measures.evaluate(connection, definitions, shipped.schemas())
    for code in shipped.schemas():
        connection.execute(f"CREATE TABLE t AS SELECT * FROM {code} ORDER BY hash({code})")
        connection.execute(f"DROP TABLE {code}")
        connection.execute(f"ALTER TABLE t RENAME TO {code}")
    after = measures.evaluate(connection, definitions[::-1], shipped.schemas())
    assert sorted(before) == sorted(after)


@pytest.mark.parametrize("definition", shipped.definitions(), ids=lambda d: d.code)
def test_a_missing_fact_is_named_and_never_zero(connection, definition) -> None:
    for fact in definition.facts:
        connection.execute(f"DROP TABLE {fact}")
        values = measures.evaluate(connection, [definition], shipped.schemas())
        assert {value.status for value in values} == {"not_yet_measurable"}
        assert {value.value for value in values} == {None}
        assert {value.reason for value in values} == {"no_fact"}
        assert all(fact in value.missing for value in values)
        assert {value.code for value in values} == set(generated.REGIONS)


def test_a_missing_column_is_named(connection) -> None:
    connection.execute("ALTER TABLE teachers DROP COLUMN dual_qualified")
    definition = next(d for d in shipped.definitions() if d.code == "dual_qualified_rate")
    values = measures.evaluate(connection, [definition], shipped.schemas())
    assert {(value.status, value.reason, value.missing) for value in values} == {
        ("not_yet_measurable", "no_column", ("teachers.dual_qualified",))
    }


def test_a_region_without_rows_is_zero_only_where_the_fact_is_said_to_be_complete(
    connection,
) -> None:
    connection.execute("DELETE FROM recognitions WHERE region_code = '500118'")
    definition = next(d for d in shipped.definitions() if d.code == "park_consortia")

    values = measures.evaluate(
        connection, [definition], shipped.schemas(), regions=["500118"], years=[2025]
    )
    assert [(v.status, v.missing) for v in values] == [("not_yet_measurable", ("recognitions",))]
    connection.execute("CREATE TABLE fact_coverage (fact TEXT, region_code TEXT, year INT)")
    connection.execute("INSERT INTO fact_coverage VALUES ('recognitions', '500000', 2025)")
    values = measures.evaluate(
        connection, [definition], shipped.schemas(), regions=["500118"], years=[2025]
    )
    assert [(v.status, v.value, v.n) for v in values] == [("measured", 0, 0)]


def test_the_parts_of_a_breakdown_add_up_to_the_whole(connection) -> None:
    definitions = [d for d in shipped.definitions() if "sex" in d.expected_breakdowns]
    assert len(definitions) > 10
    additive = [d for d in definitions if d.formula.numerator.is_additive]
    whole = measures.evaluate(connection, additive, shipped.schemas())
    parts = measures.evaluate(connection, additive, shipped.schemas(), by="sex")
    assert {value.part for value in parts} == {"female", "male"}
    sums: dict[tuple, float] = {}
    for value in parts:
        key = (value.indicator, value.scope, value.code, value.year)
        sums[key] = sums.get(key, 0) + (value.numerator or 0)
    for value in whole:
        key = (value.indicator, value.scope, value.code, value.year)
        assert sums.get(key, 0) == (value.numerator or 0)


def test_evaluate_answers_only_for_years_in_which_the_definition_is_in_force(connection) -> None:
    definition = shipped.define(
        "{count: {fact: classes}}",
        effective_from="2022-07-01",
        effective_to="2024-06-30",
        small_cell="",
    )
    values = measures.evaluate(connection, [definition], shipped.schemas())
    assert {value.year for value in values} == {2022, 2023}
