"""Whole fillings: what is stored, what is found wrong, and that many at once give the same."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from jiangxin.core.forms import (
    Checked,
    Form,
    LinkOption,
    Links,
    clean,
    clean_many,
    parse_form,
    read_value,
    resolver_of,
    shown,
)
from jiangxin.core.permissions import Viewer

FORM = """
fields:
  kind:
    type: choice
    label: {en: Kind, zh-Hans: 类别}
    required: true
    choices: {public: {en: Public, zh-Hans: 公共}, enterprise: {en: Enterprise, zh-Hans: 企业}}
  area: {type: number, unit: m2, low: 0, decimals: 0, label: {en: Area, zh-Hans: 面积}}
  seats: {type: number, unit: item, label: {en: Seats, zh-Hans: 工位}}
  charter: {type: text, required_when: "kind == 'public'", label: {en: Charter, zh-Hans: 章程}}
  fee: {type: money, when: "kind == 'enterprise'", required: true, label: {en: Fee, zh-Hans: 收费}}
  reason: {type: text, when: fee > 1000, required: true, label: {en: Reason, zh-Hans: 理由}}
  council:
    type: table
    label: {en: Council, zh-Hans: 理事会}
    when: "kind == 'public'"
    min_rows: 2
    max_rows: 3
    columns:
      name: {type: text, required: true, label: {en: Name, zh-Hans: 名称}}
      share: {type: number, unit: percent, low: 0, high: 100, label: {en: Share, zh-Hans: 份额}}
      firm: {type: link, to: organisation, where: {kind: [enterprise]}, label: {en: Firm, zh-Hans: 企业}}
      lead: {type: yes_no, label: {en: Lead, zh-Hans: 牵头}}
      duty: {type: text, when: lead, required_when: area > 100, label: {en: Duty, zh-Hans: 职责}}
checks:
  - code: whole
    test: sum(council.share) == 100
    fields: [council]
    message: {en: The shares must add up to 100%., zh-Hans: 份额合计须为100%。}
  - code: roomy
    test: area / seats >= rule.least_area
    fields: [area, seats]
    severity: warning
    message: {en: Little room for each seat., zh-Hans: 工位面积偏小。}
"""


@pytest.fixture(scope="module")
def form() -> Form:
    return parse_form(yaml.safe_load(FORM), code="centre")


class Firms:
    """Two firms, and a count of the questions asked."""

    names: Mapping[str, str] = {"F1": "Changan", "F2": "Lifan"}

    def __init__(self) -> None:
        self.asked: list[str] = []

    def labels(self, codes: Collection[str]) -> Mapping[str, str]:
        self.asked.append("labels")
        return {code: self.names[code] for code in codes if code in self.names}

    def missing(self, codes: Collection[str], *, where: Mapping[str, Any]) -> set[str]:
        assert where == {"kind": ["enterprise"]}
        self.asked.append("missing")
        return set(codes) - set(self.names)

    def search(
        self, text: str, *, viewer: Viewer, where: Mapping[str, Any], limit: int
    ) -> list[LinkOption]:
        return []

    def find(self, text: str, *, where: Mapping[str, Any]) -> str | None:
        self.asked.append(f"find {text}")
        return {name: code for code, name in self.names.items()}.get(text)


@pytest.fixture
def firms() -> Firms:
    return Firms()


GOOD = {
    "kind": "公共",
    "area": "3.2万平方米",
    "charter": "章程",
    "council": [
        {"name": "甲", "share": "60%", "firm": "F1"},
        {"name": "", "share": None},
        {"name": "乙", "share": 40.0, "firm": {"kind": "organisation", "code": "Lifan"}},
    ],
}
STORED = {
    "kind": "public",
    "area": 32000,
    "charter": "章程",
    "council": [
        {"name": "甲", "share": 60, "firm": {"kind": "organisation", "code": "F1"}},
        {"name": "乙", "share": 40, "firm": {"kind": "organisation", "code": "F2"}},
    ],
}


def found(checked: Checked) -> list[tuple[str, str]]:
    return [(problem.path, problem.rule) for problem in checked.problems]


def test_what_is_right_is_stored_and_stays_as_it_is(form: Form, firms: Firms) -> None:
    links = Links({"organisation": firms})
    checked = clean(form, GOOD, links=links)
    assert checked == Checked(STORED)
    assert checked.is_ok
    # one question for all codes, one for the text that is no code
    assert firms.asked == ["missing", "find Lifan"]
    assert clean(form, checked.values, links=links) == checked
    assert json.loads(json.dumps(checked.values)) == checked.values


def test_the_input_is_not_changed(form: Form, firms: Firms) -> None:
    before = json.dumps(GOOD)
    first = clean(form, GOOD, links=Links({"organisation": firms}))
    first.values["council"][0]["firm"]["code"] = "changed"
    assert json.dumps(GOOD) == before


def test_what_is_missing_is_named_in_the_order_of_the_page(form: Form) -> None:
    assert found(clean(form, {})) == [("kind", "required")]
    assert found(clean(form, {"kind": "public"})) == [
        ("charter", "required"),
        ("council", "rows"),
        ("council", "check:whole"),
    ]
    assert found(clean(form, {"kind": "enterprise"})) == [("fee", "required")]
    assert found(clean(form, {"kind": "enterprise", "fee": 2000})) == [("reason", "required")]
    assert found(clean(form, {"kind": "enterprise", "fee": 1000})) == []


def test_what_does_not_apply_is_left_out_and_said(form: Form, firms: Firms) -> None:
    raw = GOOD | {"kind": "enterprise", "fee": "900元", "reason": "why"}
    checked = clean(form, raw, links=Links({"organisation": firms}))
    assert checked.values == {"kind": "enterprise", "area": 32000, "charter": "章程", "fee": 900}
    assert found(checked) == [("reason", "not_applicable"), ("council", "not_applicable")]
    assert checked.is_ok


def test_problems_inside_a_table_name_the_cell(form: Form, firms: Firms) -> None:
    rows = [
        {"name": "甲", "share": "many", "lead": True},
        {},
        {"share": 40, "firm": "F9", "duty": "x", "colour": "red"},
    ]
    raw = GOOD | {"council": rows}
    checked = clean(form, raw, links=Links({"organisation": firms}))
    assert found(checked) == [
        ("council[0].share", "number"),
        ("council[0].duty", "required"),
        ("council[1].name", "required"),
        ("council[1].firm", "link"),
        ("council[1].duty", "not_applicable"),
        ("council[1].colour", "unknown_field"),
        # the shares are not judged while one cannot be read
    ]
    assert checked.values["council"] == [{"name": "甲", "lead": True}, {"share": 40}]


def test_rows_of_a_table_are_counted(form: Form) -> None:
    rows = [{"name": str(n), "share": 25} for n in range(4)]
    assert found(clean(form, GOOD | {"council": rows})) == [("council", "rows")]
    assert found(clean(form, GOOD | {"council": rows[:1]})) == [
        ("council", "rows"),
        ("council", "check:whole"),
    ]
    assert found(clean(form, GOOD | {"council": "甲"})) == [("council", "rows")]


def test_checks_and_warnings(form: Form) -> None:
    rows = [{"name": "甲", "share": 60}, {"name": "乙", "share": 39}]
    checked = clean(form, GOOD | {"council": rows, "seats": 4000}, rules={"least_area": 10})
    assert found(checked) == [("council", "check:whole"), ("area", "check:roomy")]
    assert [p.message for p in checked.errors] == ["The shares must add up to 100%."]
    assert [p.fix for p in checked.warnings] == ["Look at “Area”, “Seats”."]
    # without the number of the rule, without seats or with none of them: nothing is said
    for seats in (4000, None, 0):
        assert not clean(form, GOOD | {"council": rows[:1] * 2, "seats": seats}).warnings


def test_a_draft_keeps_everything_and_asks_for_nothing(form: Form, firms: Firms) -> None:
    raw = {
        "kind": "公共",
        "area": "about 300",
        "seats": float("inf"),
        "council": [{"name": "甲", "share": "half", "firm": "F9"}],
    }
    links = Links({"organisation": firms})
    checked = clean(form, raw, partial=True, links=links)
    assert checked.values == raw | {"kind": "public", "seats": "inf"}
    assert found(checked) == [
        ("area", "number"),
        ("seats", "number"),
        ("council[0].share", "number"),
        ("council[0].firm", "link"),
    ]
    assert json.loads(json.dumps(checked.values, allow_nan=False)) == checked.values
    assert found(clean(form, {}, partial=True)) == []
    assert clean(form, checked.values, partial=True, links=links).values == checked.values


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (100, 131, "Last time it was 100 m², now it is 131 m² (+31%)."),
        (100, 69, "Last time it was 100 m², now it is 69 m² (-31%)."),
        (100, 0, "Last time it was 100 m², now it is 0 m² (-100%)."),
        (0, 5, "Last time it was 0 m², now it is 5 m²."),
        (100, 130, None),
        (0, 0, None),
        (None, 5, None),
        ("100", 5, None),
        (True, 5, None),
    ],
)
def test_outliers_against_the_last_period(
    form: Form, old: Any, new: float, message: str | None
) -> None:
    raw = {"kind": "enterprise", "fee": 1, "area": new}
    checked = clean(form, raw, previous={"area": old}, outlier_change=0.3)
    assert [p.message for p in checked.warnings] == ([message] if message else [])
    assert checked.is_ok
    assert not clean(form, raw, previous={"area": old}).problems


def test_a_kind_of_link_without_resolver_is_a_mistake_of_ours(form: Form) -> None:
    with pytest.raises(LookupError, match="planet"):
        resolver_of("planet")
    with pytest.raises(LookupError):
        clean(form, GOOD, links=Links({}))


def test_names_of_links_are_asked_for_once(form: Form, firms: Firms) -> None:
    links = Links({"organisation": firms})
    links.labels("organisation", ["F1", "F2", "F9"])
    firm = form.field("council").column("firm")
    names = [
        shown(firm, {"kind": "organisation", "code": code}, links=links)
        for code in ("F1", "F2", "F9")
    ]
    assert names == ["Changan", "Lifan", "F9"]
    assert firms.asked == ["labels"]
    table = shown(form.field("council"), STORED["council"], links=links)
    assert table == "Name: 甲; Share: 60%; Firm: Changan\nName: 乙; Share: 40%; Firm: Lifan"


CELLS: Mapping[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from([None, "", "公共", "enterprise", "x", 1, ["public"]]),
    "area": st.sampled_from(
        [None, "", 5, 5.0, -1, 120.5, "3.2万", "12人", "x", True, float("nan")]
    ),
    "seats": st.sampled_from([None, 0, 3, 2.5, 1e16, "７"]),
    "charter": st.sampled_from([None, " ", "章程", 5.0, "a\x00"]),
    "fee": st.sampled_from([None, 0, 0.1 + 0.2, 1500, "1.2万元", "0.001"]),
    "reason": st.sampled_from([None, "why", ["why"]]),
    "else": st.sampled_from([None, "", 5]),
}
ROWS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from([None, "", "甲"]),
        "share": st.sampled_from([None, 50, 100.0, "50%", "x", 101]),
        "firm": st.sampled_from([None, "F1", "Lifan", "F9", {"kind": "region", "code": "1"}]),
        "lead": st.sampled_from([None, "是", False, "?"]),
        "duty": st.sampled_from([None, "x"]),
        "more": st.just(1),
    },
)
FILLINGS = st.fixed_dictionaries(
    {},
    optional=dict(CELLS) | {"council": st.none() | st.just("x") | st.lists(ROWS, max_size=4)},
)


@given(
    rows=st.lists(st.tuples(FILLINGS, st.none() | FILLINGS), max_size=5),
    partial=st.booleans(),
    outlier_change=st.sampled_from([None, 0.3]),
    rules=st.sampled_from([None, {"least_area": 10.0}]),
)
def test_many_at_once_give_what_each_gives(
    rows: list[tuple[dict[str, Any], dict[str, Any] | None]],
    partial: bool,
    outlier_change: float | None,
    rules: Mapping[str, float] | None,
) -> None:
    form = parse_form(yaml.safe_load(FORM), code="centre")
    options: dict[str, Any] = {
        "partial": partial,
        "outlier_change": outlier_change,
        "rules": rules,
        "links": Links({"organisation": Firms()}),
    }
    together = clean_many(form, [r for r, _p in rows], previous=[p for _r, p in rows], **options)
    alone = [clean(form, raw, previous=before, **options) for raw, before in rows]
    assert together == alone
    for checked in together:
        json.dumps(checked.values, allow_nan=False)


@given(
    column=st.lists(
        st.none() | st.integers(-(10**16), 10**16) | st.floats() | st.just("") | st.just("3万"),
        min_size=1,
        max_size=6,
    ),
    low=st.none() | st.just(-5),
    decimals=st.none() | st.integers(0, 3),
)
def test_a_column_of_numbers_is_read_like_its_cells(
    column: list[Any], low: float | None, decimals: int | None
) -> None:
    attributes = {k: v for k, v in {"low": low, "decimals": decimals}.items() if v is not None}
    raw = {"n": {"type": "number", "label": {"en": "N", "zh-Hans": "数"}} | attributes}
    form = parse_form({"fields": raw}, code="x")
    for cell, checked in zip(column, clean_many(form, [{"n": c} for c in column]), strict=True):
        value, problem = read_value(form.field("n"), cell)
        assert checked.values.get("n") == value
        assert type(checked.values.get("n")) is type(value)
        assert checked.problems == ((problem,) if problem else ())


def test_equal_texts_in_two_rows_are_two_values() -> None:
    raw = {"fields": {"term": {"type": "period", "label": {"en": "Term", "zh-Hans": "任期"}}}}
    terms = parse_form(raw, code="x")
    first, second = clean_many(terms, [{"term": "2026-03-01 至今"}] * 2)
    first.values["term"]["to"] = "2030-01-01"
    assert second.values["term"]["to"] is None
