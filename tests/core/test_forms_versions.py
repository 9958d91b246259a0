"""Two versions of a form: what changed, what is carried over, and that nothing is lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jiangxin.core.forms import Change, Form, carry, compare, parse_form

KINDS = {"a": {"en": "Alpha", "zh-Hans": "甲"}, "b": {"en": "Beta", "zh-Hans": "乙"}}


def form(version: int = 1, **fields: Any) -> Form:
    raw = {
        code: {"label": {"en": code.title(), "zh-Hans": code}} | body
        for code, body in fields.items()
    }
    return parse_form({"fields": raw}, code="x", version=version)


def table(**columns: Any) -> dict[str, Any]:
    named = {
        code: {"label": {"en": code.title(), "zh-Hans": code}} | body
        for code, body in columns.items()
    }
    return {"type": "table", "columns": named}


OLD = form(
    1,
    area={"type": "number", "unit": "m2"},
    kind={"type": "choice", "choices": KINDS},
    since={"type": "text"},
    gone={"type": "yes_no"},
    people=table(name={"type": "text"}, hours={"type": "number"}, old={"type": "text"}),
)
NEW = form(
    2,
    floor={"type": "number", "unit": "m2", "required": True, "was": ["area"]},
    kind={"type": "choice", "many": True, "choices": KINDS},
    since={"type": "date"},
    fresh={"type": "text", "required": True},
    people=table(full={"type": "text", "was": ["name"]}, hours={"type": "number", "high": 10}),
)


def test_compare() -> None:
    changes = compare(OLD, NEW)
    assert changes
    assert changes.added == ("fresh",)
    assert changes.removed == ("gone", "people.old")
    assert changes.renamed == (("area", "floor"), ("people.name", "people.full"))
    assert changes.changed == (
        Change("floor", ("label", "required")),
        Change("kind", ("many",)),
        Change("since", ("type",)),
        Change("people.full", ("label",)),
        Change("people.hours", ("high",)),
    )
    assert not compare(OLD, OLD)


def test_a_check_that_differs_is_named() -> None:
    raw: dict[str, Any] = {
        "fields": {"n": {"type": "number", "label": KINDS["a"]}},
        "checks": [{"code": "few", "test": "n < 5", "message": KINDS["a"]}],
    }
    before = parse_form(raw, code="x")
    raw["checks"][0]["test"] = "n < 6"
    assert compare(before, parse_form(raw, code="x")).checks == ("few",)


def test_carry() -> None:
    carried = carry(
        {
            "area": 120,
            "kind": "a",
            "since": "2026年3月1日",
            "gone": True,
            "people": [{"name": "Li", "hours": 12, "old": "x"}, {"name": "Wu", "hours": 3}],
        },
        old=OLD,
        new=NEW,
    )
    assert carried.values == {
        "floor": 120,
        "kind": ["a"],
        "since": "2026-03-01",
        "people": [{"full": "Li"}, {"full": "Wu", "hours": 3}],
    }
    assert carried.missing == ("fresh",)
    lost = {d.path: d.value for d in carried.dropped}
    assert lost == {"people[0].hours": 12, "people[0].old": "x", "gone": True}
    assert all(d.reason for d in carried.dropped)


def test_a_number_is_converted_to_the_new_unit_or_listed() -> None:
    share = form(1, quota={"type": "number", "unit": "share"})
    percent = form(2, quota={"type": "number", "unit": "percent"})
    people = form(3, quota={"type": "number", "unit": "person"})
    assert carry({"quota": 0.125}, old=share, new=percent).values == {"quota": 12.5}
    assert carry({"quota": 12.5}, old=percent, new=share).values == {"quota": 0.125}
    carried = carry({"quota": 12.5}, old=percent, new=people)
    assert carried.values == {}
    assert [(d.path, d.value) for d in carried.dropped] == [("quota", 12.5)]


def test_what_no_longer_applies_is_listed() -> None:
    before = form(1, kind={"type": "choice", "choices": KINDS}, note={"type": "text"})
    after = form(
        2,
        kind={"type": "choice", "choices": KINDS},
        note={"type": "text", "when": "kind == 'b'"},
    )
    carried = carry({"kind": "a", "note": "kept?"}, old=before, new=after)
    assert carried.values == {"kind": "a"}
    assert [(d.path, d.value) for d in carried.dropped] == [("note", "kept?")]


def test_links_are_carried_without_asking() -> None:
    before = form(1, school={"type": "link", "to": "organisation"})
    after = form(2, college={"type": "link", "to": "organisation", "was": ["school"]})
    value = {"kind": "organisation", "code": "S1"}
    assert carry({"school": value}, old=before, new=after).values == {"college": value}


TYPES = st.sampled_from(
    [
        {"type": "text"},
        {"type": "number"},
        {"type": "number", "unit": "m2", "high": 50},
        {"type": "money"},
        {"type": "yes_no"},
        {"type": "date"},
        {"type": "choice", "choices": KINDS},
        {"type": "choice", "many": True, "choices": KINDS},
        table(a={"type": "text"}, b={"type": "number"}),
        table(a={"type": "number"}),
    ]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(["3", "a", "是", "2026-03-01", "word"]),
    "number": st.integers(0, 100),
    "money": st.integers(0, 100),
    "yes_no": st.booleans(),
    "date": st.just("2026-03-01"),
    "choice": st.sampled_from(["a", "b"]),
}


@st.composite
def filled(draw: st.DrawFn) -> tuple[Form, Form, dict[str, Any]]:
    codes = ["p", "q", "r"]
    old = form(1, **{code: draw(TYPES) for code in codes})
    new = form(
        2, **{code: draw(TYPES) for code in draw(st.lists(st.sampled_from("pqrs"), unique=True))}
    )
    values = {}
    for field in old.fields:
        if field.type == "table":
            row = st.fixed_dictionaries({c.code: VALUES[c.type] for c in field.columns})
            values[field.code] = draw(st.lists(row, min_size=1, max_size=2))
        elif field.many:
            values[field.code] = draw(st.sampled_from([["a"], ["a", "b"]]))
        else:
            values[field.code] = draw(VALUES[field.type])
    return old, new, values


def leaves(values: dict[str, Any]) -> set[str]:
    """List the path of every cell; a table that is wholly there or gone counts by its cells."""
    found = set()
    for code, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found |= {f"{code}[{n}].{c}" for n, row in enumerate(value) for c in row}
        else:
            found.add(code)
    return found


@given(filled())
def test_every_value_is_carried_or_listed(case: tuple[Form, Form, dict[str, Any]]) -> None:
    old, new, values = case
    carried = carry(values, old=old, new=new)
    lost: dict[str, Any] = {d.path: d.value for d in carried.dropped}
    kept = leaves(carried.values)
    for path in leaves(values):
        table_code = path.partition("[")[0]
        # exactly one of the two; a table whose type changed is listed or rewritten as a whole
        whole = table_code in lost or (table_code in kept and table_code != path)
        assert whole or (path in kept) is not (path in lost), path
        if table_code in lost:
            assert lost[table_code] == values[table_code]
