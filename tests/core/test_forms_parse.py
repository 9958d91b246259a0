"""Definitions of forms: one that is right, and every way to be wrong, with its place."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from django.utils import translation

from jiangxin.core.forms import FieldType, InvalidForm, Label, LinkKind, parse_form, rules_named
from jiangxin.core.forms.expressions import FUNCTIONS

CENTRE = """
sections: {basics: {en: Basics, zh-Hans: 基本情况}}
fields:
  kind:
    type: choice
    label: {en: Kind, zh-Hans: 类别}
    required: true
    choices: {public: {en: Public, zh-Hans: 公共}, enterprise: {en: Enterprise, zh-Hans: 企业}}
  area: {type: number, unit: m2, low: 0, decimals: 0, section: basics, label: {en: Area, zh-Hans: 面积}, was: [size]}
  charter: {type: file, accept: [.PDF, docx], required_when: "kind == 'public'", label: {en: Charter, zh-Hans: 章程}}
  school: {type: link, to: organisation, where: {kind: [school]}, label: {en: School, zh-Hans: 学校}}
  funds: {type: money, label: {en: Funds, zh-Hans: 经费}}
  council:
    type: table
    min_rows: 1
    label: {en: Council, zh-Hans: 理事会}
    columns:
      tier: {type: text, label: {en: Tier, zh-Hans: 层级}}
      share: {type: number, unit: percent, label: {en: Share, zh-Hans: 份额}, when: filled(tier)}
checks:
  - code: large
    test: area >= rule.least_area
    fields: [area]
    severity: warning
    message: {en: Too small., zh-Hans: 面积不足。}
    source: CON-04
"""


def raw_form() -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load(CENTRE))


def test_a_form_is_read() -> None:
    form = parse_form(raw_form(), code="centre", version=3)
    assert (form.code, form.version) == ("centre", 3)
    assert [field.code for field in form.fields] == list(raw_form()["fields"])
    assert [field.code for field in form.in_section("basics")] == ["area"]
    assert form.field("area").was == ("size",)
    assert form.field("charter").accept == ("pdf", "docx")
    assert (form.field("funds").unit, form.field("funds").decimals) == ("yuan", 2)
    assert form.field("school").where == {"kind": ["school"]}
    assert form.field("council").column("share").unit == "percent"
    assert form.field("kind").choice("public") is not None
    assert form.checks[0].severity == "warning"
    assert rules_named(form) == {"least_area"}
    with pytest.raises(KeyError):
        form.field("nothing")


def test_a_label_speaks_the_language_of_the_reader() -> None:
    label = Label("Area", "面积")
    assert str(label) == "Area"
    with translation.override("zh-hans"):
        assert str(label) == "面积"


def at(raw: dict[str, Any], path: str) -> dict[str, Any]:
    for key in path.split(".") if path else []:
        raw = raw[int(key)] if key.isdigit() else raw[key]
    return raw


NAMED = {"en": "A", "zh-Hans": "甲"}


@pytest.mark.parametrize(
    ("within", "key", "value", "place"),
    [
        ("", "fields", [], ""),
        ("", "fields", ["area"], "fields"),
        ("", "checks", {}, ""),
        ("", "checks", "area", "checks"),
        ("fields", "Area", {"type": "text", "label": NAMED}, "fields.Area"),
        ("fields", "class", {"type": "text", "label": NAMED}, "fields.class"),
        ("fields", "count", {"type": "text", "label": NAMED}, "fields.count"),
        ("fields", "previous", {"type": "text", "label": NAMED}, "fields.previous"),
        ("fields", "x", "text", "fields.x"),
        ("fields.area", "type", "integer", "fields.area.type"),
        ("fields.area", "type", ["number"], "fields.area.type"),
        ("fields.area", "maximum", 5, "fields.area.maximum"),
        ("fields.area", "max_length", 5, "fields.area.max_length"),
        ("fields.area", "label", "Area", "fields.area.label"),
        ("fields.area", "label", {"en": "Area"}, "fields.area.label"),
        ("fields.area", "label", {"en": "Area", "zh-Hans": " "}, "fields.area.label.zh-Hans"),
        ("fields.area", "help", {"zh-Hans": "面积"}, "fields.area.help"),
        ("fields.area", "required", "yes", "fields.area.required"),
        ("fields.area", "unit", "furlong", "fields.area.unit"),
        ("fields.area", "high", -1, "fields.area.low"),
        ("fields.area", "low", "0", "fields.area.low"),
        ("fields.area", "low", float("nan"), "fields.area.low"),
        ("fields.area", "decimals", -1, "fields.area.decimals"),
        ("fields.area", "decimals", 1.5, "fields.area.decimals"),
        ("fields.area", "section", "nowhere", "fields.area.section"),
        ("fields.area", "was", "size", "fields.area.was"),
        ("fields.area", "was", ["kind"], "fields.area.was"),
        ("fields.area", "when", "kind == 'both'", "fields.area.when"),
        ("fields.area", "when", "kind", "fields.area.when"),
        ("fields.area", "when", "area > 1", "fields"),
        ("fields.charter", "required", True, "fields.charter.required_when"),
        ("fields.kind", "choices", {}, "fields.kind.choices"),
        ("fields.kind", "choices", {True: NAMED}, "fields.kind.choices.True"),
        ("fields.kind", "choices", {1: NAMED}, "fields.kind.choices.1"),
        ("fields.kind", "choices", {"a": {"en": "A"}}, "fields.kind.choices.a"),
        ("fields.kind", "choices", {"a": NAMED, "b": NAMED}, "fields.kind.choices.b"),
        ("fields.school", "to", "planet", "fields.school.to"),
        ("fields.school", "where", ["school"], "fields.school.where"),
        ("fields.council", "columns", {}, "fields.council.columns"),
        (
            "fields.council.columns",
            "inner",
            {"type": "table", "label": NAMED, "columns": {"a": {"type": "text", "label": NAMED}}},
            "fields.council.columns.inner.type",
        ),
        (
            "fields.council.columns.share",
            "section",
            "basics",
            "fields.council.columns.share.section",
        ),
        (
            "fields.council.columns.share",
            "when",
            "nothing > 1",
            "fields.council.columns.share.when",
        ),
        ("fields.council.columns.share", "when", "share > 1", "fields.council.columns"),
        ("fields.council.columns.share", "when", "count(council) > 1", "fields"),
        ("fields.council", "max_rows", 0, "fields.council.min_rows"),
        ("checks.0", "code", "", "checks[0].code"),
        ("checks.0", "test", "", "checks[0].test"),
        ("checks.0", "test", "aera > 1", "checks[0].test"),
        ("checks.0", "severity", "fatal", "checks[0].severity"),
        ("checks.0", "fields", ["aera"], "checks[0].fields"),
        ("checks.0", "message", "Too small.", "checks[0].message"),
        ("checks.0", "text", "Too small.", "checks[0]"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(
    within: str, key: str, value: Any, place: str
) -> None:
    raw = raw_form()
    at(raw, within)[key] = value
    if not place:  # empty containers are as good as none
        parse_form(raw | {"checks": []}, code="x")
        return
    with pytest.raises(InvalidForm) as caught:
        parse_form(raw, code="x")
    assert caught.value.data == {"path": place}
    assert caught.value.message.startswith(place)
    assert caught.value.status == 422


def test_conditions_in_a_circle_are_refused() -> None:
    raw = raw_form()
    raw["fields"]["area"]["when"] = "funds > 1"
    raw["fields"]["funds"]["when"] = "count(council) > 1"
    raw["fields"]["council"]["columns"]["tier"]["when"] = "area > 1"
    with pytest.raises(InvalidForm, match="circle"):
        parse_form(raw, code="x")


def test_two_checks_of_one_code_are_refused() -> None:
    raw = raw_form()
    raw["checks"] *= 2
    with pytest.raises(InvalidForm) as caught:
        parse_form(raw, code="x")
    assert caught.value.data == {"path": "checks[1].code"}


@pytest.mark.parametrize("raw", [None, [], "fields", {"fields": 5}])
def test_something_else_than_a_form(raw: Any) -> None:
    with pytest.raises(InvalidForm):
        parse_form(raw, code="x")


def test_the_example_of_the_manual_is_a_form() -> None:
    page = (Path(__file__).parents[2] / "docs" / "forms.md").read_text(encoding="utf-8")
    example = page.partition("```yaml\n")[2].partition("```")[0]
    form = parse_form(yaml.safe_load(example), code="example")
    assert len(form.fields) == 5
    # the page names every type and function that there is
    for word in (*FUNCTIONS, *get_args(FieldType), *get_args(LinkKind)):
        assert word in page, word
