"""Which value of a rule holds when and where, what formulas compute, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jiangxin.engines import rulebook
from jiangxin.engines.base import InvalidProblem

FUNDING = """
code: funding_per_pupil
label: {en: Funding per pupil, zh-Hans: 生均经费}
unit: yuan
comparator: ">="
values:
  - {from: 2024-01-01, value: 1200}
  - {from: 2020-01-01, value: 1000}
  - {from: 2023-01-01, value: 1500, region: "500000"}
  - from: 2025-01-01
    value: 2000
    region: "500118"
    sources: [{document: Notice of the district, number: No. 3, article: art. 4}]
sources: [{document: Notice of the ministry, number: No. 1, article: art. 2, says: At least so much.}]
checked_on: 2026-01-31
"""

FACTOR = """
code: small_school_factor
label: {en: Factor of small schools, zh-Hans: 小规模学校系数}
unit: weight
formula: "1.5 if pupils < 100 else max(1, 2 - pupils / 200)"
inferred: an example
"""

BUDGET = """
code: budget
label: {en: Budget, zh-Hans: 预算}
unit: yuan
formula: "funding_per_pupil * pupils * small_school_factor"
inferred: an example
"""


def rules() -> dict[str, rulebook.Rule]:
    parsed = map(rulebook.parse, (FUNDING, FACTOR, BUDGET))
    return {rule.code: rule for rule in parsed}


@pytest.mark.parametrize(
    ("on", "region", "expected"),
    [
        ("2020-01-01", (), 1000),
        ("2023-12-31", (), 1000),
        ("2024-01-01", (), 1200),
        ("2030-01-01", ("510000",), 1200),
        ("2022-12-31", ("500000",), 1000),
        ("2023-01-01", ("500000",), 1500),
        # an older value of a nearer region wins over a newer one above it
        ("2024-06-01", ("500000", "500118"), 1500),
        ("2025-01-01", ("500000", "500118"), 2000),
        ("2025-01-01", ("500000", "500119"), 1500),
    ],
)
def test_the_nearest_region_and_the_latest_start_win(
    on: str, region: tuple[str, ...], expected: float
) -> None:
    rule = rulebook.parse(FUNDING)
    assert rulebook.value_at(rule, on=date.fromisoformat(on), region=region).content == expected


def test_before_the_first_day_there_is_no_value() -> None:
    with pytest.raises(InvalidProblem, match="2020-01-01"):
        rulebook.value_at(rulebook.parse(FUNDING), on=date(2019, 12, 31))


def test_the_trace_names_value_day_region_and_source() -> None:
    rule = rulebook.parse(FUNDING)
    value = rulebook.value_at(rule, on=date(2026, 1, 1), region=("500000", "500118"))
    (step,) = value.trace.steps
    assert step.what == "funding_per_pupil"
    assert dict(step.inputs) == {
        "on": date(2026, 1, 1),
        "from": date(2025, 1, 1),
        "region": "500118",
    }
    assert step.result == 2000
    assert step.source == "Notice of the district No. 3 art. 4"
    assert not value.is_inferred


@pytest.mark.parametrize(("actual", "is_met"), [(1199.9, False), (1200, True), (1300, True)])
def test_check(actual: float, is_met: bool) -> None:
    finding = rulebook.check(rulebook.parse(FUNDING), actual, on=date(2026, 1, 1))
    assert (finding.is_met, finding.actual, finding.required) == (is_met, actual, 1200)
    assert finding.trace.steps[-1].result is is_met


@pytest.mark.parametrize(
    ("pupils", "expected"),
    # 1200 a pupil; factor 1.5 below 100, then 2 - pupils/200, at least 1
    [(80, 1200 * 80 * 1.5), (100, 1200 * 100 * 1.5), (150, 1200 * 150 * 1.25), (400, 480_000)],
)
def test_a_formula_reads_inputs_and_other_rules(pupils: float, expected: float) -> None:
    all_rules = rules()
    value = rulebook.value_at(
        all_rules["budget"], on=date(2026, 1, 1), inputs={"pupils": pupils}, rules=all_rules
    )
    assert value.number() == expected
    assert value.is_inferred
    assert [step.what.split(" = ")[0] for step in value.trace.steps] == [
        "funding_per_pupil",
        "small_school_factor",
        "budget",
    ]


def test_a_formula_without_its_input_names_it() -> None:
    all_rules = rules()
    with pytest.raises(InvalidProblem) as caught:
        rulebook.value_at(all_rules["budget"], on=date(2026, 1, 1), rules=all_rules)
    assert caught.value.field == "pupils"


def test_rules_that_read_each_other_are_refused() -> None:
    loop = BUDGET.replace("funding_per_pupil * pupils * small_school_factor", "budget + 1")
    rule = rulebook.parse(loop)
    with pytest.raises(InvalidProblem, match="read each other"):
        rulebook.value_at(rule, on=date(2026, 1, 1), rules={"budget": rule})


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').getcwd()",
        "pupils.real",
        "pupils ** 9",
        "[1, 2]",
        "'text'",
        "True",
        "lambda: 1",
        "min(pupils)",
        "open(1, 2)",
        "1 <",
        "1 < 2 < 3",
        "1 if pupils else open(1, 2)",
    ],
)
def test_a_formula_holds_only_the_small_arithmetic(formula: str) -> None:
    text = FACTOR.replace("1.5 if pupils < 100 else max(1, 2 - pupils / 200)", formula)
    with pytest.raises(InvalidProblem) as caught:
        rulebook.parse(text)
    assert caught.value.field == "formula"


def test_division_by_zero_is_an_answer_not_a_crash() -> None:
    text = FACTOR.replace("1.5 if pupils < 100 else max(1, 2 - pupils / 200)", "1 / pupils")
    with pytest.raises(InvalidProblem, match="division by zero"):
        rulebook.value_at(rulebook.parse(text), on=date(2026, 1, 1), inputs={"pupils": 0})


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("unit: yuan", "", "unit"),
        ("value: 1200", "value: twelve", "values[0].value"),
        ("value: 1200", "value: .inf", "values[0].value"),
        ("value: 1200", "value: true", "values[0].value"),
        ("from: 2024-01-01", "from: 2024", "values[0].from"),
        ("from: 2024-01-01, ", "", "values[0].from"),
        ("from: 2024-01-01", "from: 2020-01-01", "values"),
        ('comparator: ">="', "comparator: about", "comparator"),
        ("checked_on: 2026-01-31", "checked_at: 2026-01-31", "checked_at"),
        ("checked_on: 2026-01-31", "formula: 1 + 1", "values"),
    ],
)
def test_an_odd_rule_is_refused_by_name(old: str, new: str, field: str) -> None:
    with pytest.raises(InvalidProblem) as caught:
        rulebook.parse(FUNDING.replace(old, new))
    assert caught.value.field == field


def test_a_rule_without_source_must_say_what_we_decided() -> None:
    head, _, tail = FUNDING.partition("sources: [{document: Notice of the ministry")
    with pytest.raises(InvalidProblem) as caught:
        rulebook.parse(head + "checked_on:" + tail.partition("checked_on:")[2])
    assert caught.value.field == "sources"


@given(
    days=st.lists(
        st.dates(date(2000, 1, 1), date(2040, 1, 1)), min_size=1, max_size=8, unique=True
    ),
    on=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
)
def test_the_order_of_values_does_not_matter(days: list[date], on: date) -> None:
    def text(order: list[date]) -> str:
        values = [f"  - {{from: {day}, value: {day.toordinal()}}}" for day in order]
        head = "code: x\nlabel: {en: X, zh-Hans: X}\nunit: day\ninferred: an example\nvalues:\n"
        return head + "\n".join(values)

    started = [day for day in days if day <= on]
    for order in (days, sorted(days), sorted(days, reverse=True)):
        rule = rulebook.parse(text(order))
        if started:
            assert rulebook.value_at(rule, on=on).content == max(started).toordinal()
        else:
            with pytest.raises(InvalidProblem):
                rulebook.value_at(rule, on=on)


def test_what_a_source_says_and_what_we_decided_are_in_both_languages() -> None:
    both = "{en: Ours., zh-Hans: 自定。}"
    text = FACTOR.replace("an example", both) + "sources: [{document: Notice, says: 同}]\n"
    rule = rulebook.parse(text)
    assert rule.inferred == rulebook.Label("Ours.", "自定。")
    assert rule.sources[0].says == rulebook.Label("同", "同"), "one text stands for both"
    with pytest.raises(InvalidProblem) as caught:
        rulebook.parse(FACTOR.replace("an example", "{en: Ours.}"))
    assert caught.value.field == "inferred.zh-Hans"
