"""Every shipped collection is sound, keeps its deadline and feeds what is computed from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from jiangxin.apps.collections.actions import hooks
from jiangxin.apps.collections.models import Definition
from jiangxin.apps.collections.models.definition import parse_definition
from jiangxin.apps.organisations.models import KEYS
from jiangxin.core.forms import Links, clean, rules_named
from tests.rules.test_register_types import (
    INDICATORS,
    KNOWN_REQUIREMENTS,
    RULES,
    labels_in,
    load,
)
from tests.rules.test_register_types import RAW as REGISTERS

RAW = load("collections")
# deadlines that the documents state: month and day on which the return is due
DEADLINES = {
    "hiring_plan": (2, 28),  # February
    "demand_survey": (3, 31),  # March
    "internship_plan": (4, 30),  # before May
    "exchange_plan": (5, 31),  # before June
    "enterprise_practice_plan": (6, 30),  # each June
    "training_plan_filing": (6, 30),  # June
    "programme_adjustment_plan": (10, 31),  # October
    "teaching_inspection": (11, 30),  # October to November
}
# what the issue names, by the requirement it serves
NAMED = {
    *("PRG-08", "CUR-01", "TEA-05", "TEA-06", "TEA-16", "INT-01", "INT-06", "QUA-01", "QUA-02"),
    *("QUA-03", "LAY-04", "GOV-10", "TEA-03", "TEA-07", "DIG-05", "CON-04", "CON-15", "SUP-05"),
}


class Anything:
    """A resolver to whom every code is known."""

    def labels(self, codes: Any) -> dict[str, str]:
        return {code: code for code in codes}

    def missing(self, codes: Any, *, where: Any) -> set[str]:
        return set()

    def search(self, *_: Any, **__: Any) -> list[Any]:
        return []

    def find(self, text: str, *, where: Any) -> str | None:
        return None


def parsed(code: str) -> Definition:
    return parse_definition(RAW[code])


def broken(code: str, raw: dict[str, Any], rules: dict[str, float]) -> set[str]:
    """Return the codes of the checks that values break."""
    kinds = ("organisation", "programme", "occupation", "industry", "region", "person", "entry")
    links = Links({kind: Anything() for kind in kinds})
    checked = clean(parsed(code).form, raw, links=links, rules=rules, partial=True)
    rules_broken = {problem.rule for problem in checked.problems}
    return {rule.removeprefix("check:") for rule in rules_broken if rule.startswith("check:")}


@pytest.mark.parametrize("code", RAW)
def test_collection_is_sound(code: str) -> None:
    definition = parsed(code)
    hooks.check(definition)
    assert definition.code == code, "the file is named after the code"
    assert definition.requirements
    assert set(definition.requirements) <= KNOWN_REQUIREMENTS
    assert definition.inferred
    for source in definition.sources:
        assert source.issuer, source
        assert source.number, source
        assert source.article, source
        assert source.says, source
    assert definition.form.checks
    assert definition.reminders, "nobody would be reminded"
    rule_files = {path.stem for path in RULES.glob("*/*.yaml")}
    assert rules_named(definition.form) <= rule_files


def test_there_are_enough() -> None:
    assert len(RAW) >= 14
    served = {requirement for raw in RAW.values() for requirement in raw["requirements"]}
    assert NAMED - served == set()


@pytest.mark.parametrize(("code", "due"), DEADLINES.items())
def test_deadline_is_that_of_the_document(code: str, due: tuple[int, int]) -> None:
    day = parsed(code).recurrence.due
    assert day is not None
    assert (day.month, day.day) == due


def test_what_schools_report_reaches_running_conditions_and_indicators() -> None:
    """Everything known of a school year comes from a return, save the verdict itself."""
    fed = {name for code in RAW if (hook := parsed(code).on_approval) for name in hook.values}
    assert set(KEYS) - fed == {"conditions_met"}


def test_no_two_values_of_a_school_year_come_from_two_yearly_returns() -> None:
    seen: dict[str, str] = {}
    for code in RAW:
        hook = parsed(code).on_approval
        for name in hook.values if hook else ():
            if name != "establishment_posts":  # the hiring plan knows it half a year earlier
                assert name not in seen, f"{code} and {seen[name]} both report {name}"
                seen[name] = code


def test_labels_fit_those_of_registers() -> None:
    known: dict[str, str] = {}
    for code, raw in {**REGISTERS, **RAW}.items():
        for english, chinese in labels_in(raw):
            assert known.setdefault(english, chinese) == chinese, (code, english)
    for language in ("en", "zh-Hans"):
        labels = [raw["label"][language] for raw in {**REGISTERS, **RAW}.values()]
        assert len(set(labels)) == len(labels)


def test_no_two_collections_ask_the_same() -> None:
    asked = [frozenset(raw["fields"]) for raw in RAW.values()]
    assert len(set(asked)) == len(asked)


def internship(**changes: Any) -> dict[str, Any]:
    row = {
        "programme": {"kind": "programme", "code": "710205"},
        "kind": "post",
        "study_year": 3,
        "learners": 40,
        "enterprise": {"kind": "organisation", "code": "E1"},
        "starts_on": "2025-07-01",
        "ends_on": "2025-12-31",
        "pay_share": 80,
        "agency": False,
    }
    return {"batches": [row | changes], "three_party": 40, "insured": 40}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        # 教职成〔2021〕4号: no post in the first year, no agency, at least 80 % of the wage
        ({"study_year": 1}, {"not_in_first_year"}),
        ({"study_year": 1, "kind": "visit"}, set()),
        ({"agency": True}, {"no_agency"}),
        ({"pay_share": 79}, {"paid"}),
        ({"ends_on": "2025-06-30"}, {"order_of_days"}),
        ({"learners": 41}, {"all_insured", "three_party_each"}),
    ],
)
def test_internship_plan_keeps_the_rules(changes: dict[str, Any], expected: set[str]) -> None:
    assert (
        broken("internship_plan", internship(**changes), {"internship_pay_share": 0.8}) == expected
    )


@pytest.mark.parametrize(
    ("planned", "expected"),
    # 100 posts, 20 hired: a quarter needs five more
    [(4, {"quarter"}), (5, set())],
)
def test_hiring_plan_warns_below_a_quarter(planned: int, expected: set[str]) -> None:
    row = {"subject": "数控", "profile": "skilled", "post_kind": "flexible", "people": planned}
    row |= {"hours": 80, "yearly_cost": 50_000}
    raw = {"establishment": 100, "hired_now": 20, "plans": [row], "budget": 50_000}
    assert broken("hiring_plan", raw, {"enterprise_hire_share": 0.25}) == expected


def test_annual_return_holds_sums_and_parts_together() -> None:
    rules = {"external_teacher_cap": 0.25}
    raw: dict[str, Any] = {"students": 1000, "students_female": 400, "full_time_teachers": 60}
    raw |= {"external_teachers": 15, "income_fiscal": 3e6, "income_tuition": 1e6}
    raw |= {"income_other": 5e5, "income_total": 4.5e6}
    assert broken("annual_school_return", raw, rules) == set()
    assert broken("annual_school_return", raw | {"students_female": 1001}, rules) == {
        "female_within"
    }
    assert broken("annual_school_return", raw | {"external_teachers": 16}, rules) == {
        "many_external"
    }
    assert broken("annual_school_return", raw | {"income_total": 4e6}, rules) == {"income_adds_up"}


def test_teaching_inspection_asks_for_the_six_checks() -> None:
    """Time, hours, share of public courses, core courses, direction courses, training rooms."""
    raw = yaml.safe_load(Path(RULES / "collections/teaching_inspection.yaml").read_text("utf-8"))
    assert "teaching_weeks" in raw["fields"]
    assert {
        "hours_taught",
        "public_share",
        "core_all",
        "direction_all",
        "rooms_there",
    } <= set(raw["fields"]["programme_checks"]["columns"])


def test_indicators_of_filings_are_fed() -> None:
    columns = {"quality_report", "practice_plan_filed", "internship_plan_filed", "adjustment_plan"}
    fed = {name for code in RAW if (hook := parsed(code).on_approval) for name in hook.values}
    assert columns <= fed
    for indicator in ("quality_report_rate", "practice_plan_rate", "internship_plan_rate"):
        assert INDICATORS[indicator]["formula"]["share"]["fact"] == "schools"
