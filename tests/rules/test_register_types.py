"""Every shipped register type is sound, differs from the others and is counted by something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from jiangxin.apps.registers.models.definition import (
    RegisterDefinition,
    parse_definition,
    resolved,
)
from jiangxin.engines import measures

RULES = Path(measures.__file__).parents[2] / "rules"
# how many requirements each domain of the catalogue has: CON 16 stands for CON-01 to CON-16
DOMAINS = {
    "GOV": 16, "SUP": 9, "PRG": 10, "LAY": 12, "ADM": 18, "STU": 6, "CRD": 9, "CUR": 9, "DIG": 9,
    "TEA": 16, "INT": 11, "CON": 16, "SCI": 13, "EMP": 8, "LIF": 6, "RUR": 4, "ICO": 12, "QUA": 9,
    "FIN": 6,
}  # fmt: skip
KNOWN_REQUIREMENTS = {
    f"{domain}-{number:02}" for domain, count in DOMAINS.items() for number in range(1, count + 1)
}
# requirements that name something which an authority recognises
NAMED = {
    *("LAY-03", "LAY-06", "LAY-07", "LAY-08", "LAY-10"),
    *("CON-01", "CON-02", "CON-03", "CON-06", "CON-07", "CON-08", "CON-09", "CON-10", "CON-11"),
    *("CON-12", "CON-13", "CON-14", "SCI-02", "SCI-03", "SCI-04", "SCI-06", "SCI-07", "SCI-08"),
    *("SCI-10", "SCI-11", "SCI-12", "SCI-13", "ICO-01", "ICO-03", "ICO-04", "ICO-05", "ICO-06"),
    *("ICO-07", "ICO-09", "ICO-10", "ICO-11", "ICO-12", "CUR-03", "CUR-04", "CUR-05", "CUR-06"),
    *("CUR-09", "DIG-01", "DIG-02", "DIG-03", "DIG-04", "DIG-05", "DIG-09", "TEA-09", "TEA-10"),
    *("TEA-12", "TEA-15", "QUA-06", "QUA-07", "QUA-08", "RUR-01", "RUR-02", "RUR-03", "RUR-04"),
    *("FIN-02", "FIN-03", "GOV-05", "GOV-12", "GOV-14", "SUP-01", "SUP-03", "EMP-08"),
}


def load(folder: str) -> dict[str, dict[str, Any]]:
    paths = sorted((RULES / folder).glob("*.yaml"))
    return {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}


RAW = load("registers")
INDICATORS = load("indicators")


def parsed(code: str) -> RegisterDefinition:
    return parse_definition(resolved(RAW[code], RAW))


def labels_in(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        if set(node) == {"en", "zh-Hans"}:
            yield node["en"], node["zh-Hans"]
        else:
            for value in node.values():
                yield from labels_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from labels_in(value)


def types_in(where: Any) -> Iterator[str]:
    """Go through the types that a condition of an indicator names, also inside `any`."""
    if isinstance(where, Mapping):
        for key, value in where.items():
            if key == "type":
                yield from [value] if isinstance(value, str) else value
            else:
                yield from types_in(value)
    elif isinstance(where, list):
        for value in where:
            yield from types_in(value)


def over_recognitions(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if node.get("fact") == "recognitions":
            yield node
        for value in node.values():
            yield from over_recognitions(value)


@pytest.mark.parametrize("code", RAW)
def test_type_is_sound(code: str) -> None:
    definition = parsed(code)
    assert definition.code == code, "the file is named after the code"
    assert set(definition.requirements) <= KNOWN_REQUIREMENTS
    assert definition.requirements
    assert definition.sources
    assert definition.inferred, "the documents leave something open; say what was decided"
    for source in definition.sources:
        assert source.issuer, source
        assert source.number, source
        assert source.article, source
        assert source.says, source
    assert (
        any(check.severity == "error" for check in definition.form.checks)
        or len([field for field in definition.form.fields if field.required]) >= 3
    )


def test_there_are_enough_types() -> None:
    assert len(RAW) >= 60


def test_requirements_that_name_a_thing_have_a_type() -> None:
    served = {requirement for raw in RAW.values() for requirement in raw["requirements"]}
    assert NAMED - served == set()


def test_no_two_types_ask_the_same() -> None:
    asked = {code: frozenset(raw["fields"]) for code, raw in RAW.items()}
    seen: dict[frozenset[str], str] = {}
    for code, fields in asked.items():
        assert fields not in seen, f"{code} asks what {seen.get(fields)} asks: use `extends`"
        seen[fields] = code
    for code, fields in asked.items():
        for other, others in asked.items():
            if code < other and len(fields & others) * 2 > min(len(fields), len(others)):
                pytest.fail(f"{code} and {other} share more than half of their own fields")


def test_labels_of_types_are_unique() -> None:
    for language in ("en", "zh-Hans"):
        labels = [raw["label"][language] for raw in RAW.values()]
        assert len(set(labels)) == len(labels)


def test_one_label_has_one_translation() -> None:
    known: dict[str, str] = {}
    for code, raw in RAW.items():
        for english, chinese in labels_in(raw):
            assert known.setdefault(english, chinese) == chinese, (code, english)


@pytest.mark.parametrize("code", RAW)
def test_type_is_counted(code: str) -> None:
    for rule in parsed(code).counting:
        if rule.indicator:
            assert rule.indicator in INDICATORS
            formula = INDICATORS[rule.indicator]["formula"]
            named = {t for part in over_recognitions(formula) for t in types_in(part["where"])}
            assert code in named
        else:
            assert set(rule.together_with) <= set(RAW)


def test_rules_that_make_an_indicator_have_names_of_their_own() -> None:
    codes, labels = set(INDICATORS), {raw["label"]["zh-Hans"] for raw in INDICATORS.values()}
    for code in RAW:
        for rule in parsed(code).counting:
            if rule.code:
                assert rule.code not in codes, rule.code
                assert rule.label is not None
                assert rule.label.zh_hans not in labels, rule.label
                codes.add(rule.code)
                labels.add(rule.label.zh_hans)


def test_indicators_count_only_types_that_exist() -> None:
    for code, raw in INDICATORS.items():
        for part in over_recognitions(raw["formula"]):
            assert set(types_in(part.get("where", {}))) <= set(RAW), code


@pytest.mark.parametrize("code", RAW)
def test_person_never_reaches_the_public(code: str) -> None:
    definition = parsed(code)
    for name in definition.public or ():
        field = definition.form.field(name)
        assert "person" not in {field.to, *(column.to for column in field.columns)}
