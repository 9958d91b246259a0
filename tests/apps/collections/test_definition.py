"""Definitions: what a file may say, and how each mistake is named."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml
from django.utils import translation

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import (
    Collection,
    Day,
    InvalidCollection,
    Recurrence,
    Step,
    parse_definition,
    placed_steps,
)
from jiangxin.core.errors import Conflict, NotPermitted, WrongState
from tests.apps.collections.factories import (
    NOW,
    PLAN,
    SYSTEM,
    collection,
    region,
    region_scope,
    reviewer,
    school,
)

D = datetime.date


def with_(change: str) -> dict[str, object]:
    """Return the plan with some entries replaced."""
    return {**yaml.safe_load(PLAN), **yaml.safe_load(change)}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ("colour: red", "colour"),
        ("code: Kitchen-Plan", "code"),
        ("label: {en: Plan}", "label"),
        ("group: other", "group"),
        ("audience: {}", "audience"),
        ("audience: {stages: [secondary]}", "audience.kinds"),
        ("audience: {regions: village}", "audience.regions"),
        ("audience: {regions: county, kinds: [school]}", "audience"),
        ("filed_by: [parent]", "filed_by"),
        ("filed_by: [officer]", "filed_by"),
        ("recurrence: {every: week}", "recurrence.every"),
        ("recurrence: {every: year, opens: {month: 3}, due: {month: 3, day: 1}}",
         "recurrence.opens.day"),
        ("recurrence: {every: year, opens: {month: 3, day: 32}, due: {month: 3, day: 1}}",
         "recurrence.opens.day"),
        ("recurrence: {every: month, opens: {day: 9}, due: {day: 5}}", "recurrence.due"),
        ("reminders: [soon]", "reminders"),
        ("sources: [{document: Notice, colour: red}]", "sources[0].colour"),
        ("sources: [{document: Notice, says: {en: So.}}]", "sources[0].says"),
        ("review: []", "review"),
        ("review: [{by: officer, at: village, verb: approve}]", "review[0].at"),
        ("review: [{by: teacher, at: county, verb: approve}]", "review[0].by"),
        ("review: [{by: officer, at: city, verb: approve}, {by: officer, at: county, verb: record}]",
         "review[1].at"),
        ("roll_up: sometimes", "roll_up"),
        ("outlier_change: -1", "outlier_change"),
        ("on_approval: {action: shutil.rmtree, values: {a: meals}}", "on_approval.action"),
        ("on_approval: {action: organisations.record_school_year, values: {soup: meals}}",
         "on_approval.values.soup"),
        ("fields: {meals: {type: numbr, label: {en: M, zh-Hans: 餐}}}", "fields.meals.type"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_place(change: str, path: str) -> None:
    from jiangxin.apps.collections.actions import hooks

    with pytest.raises(InvalidCollection) as refused:
        hooks.check(parse_definition(with_(change)))
    assert refused.value.data["path"] == path
    assert path in refused.value.message


def test_what_we_say_ourselves_is_in_the_language_of_the_reader() -> None:
    definition = parse_definition(
        with_(
            "inferred: {en: Ours., zh-Hans: 自定。}\n"
            "sources: [{document: 甲, says: {en: So., zh-Hans: 如此。}}, {document: 乙, says: 同}]"
        )
    )
    for language, words in (
        ("en", ["So.", "同", "Ours."]),
        ("zh-hans", ["如此。", "同", "自定。"]),
    ):
        with translation.override(language):
            said = [*(source.says for source in definition.sources), definition.inferred]
            assert [str(text) for text in said] == words


def test_a_hook_with_a_wrong_expression_is_refused() -> None:
    from jiangxin.apps.collections.actions import hooks

    change = "on_approval: {action: organisations.record_school_year, values: {students: pupils}}"
    with pytest.raises(InvalidCollection, match="pupils"):
        hooks.check(parse_definition(with_(change)))


# (rhythm, first, last) → periods with opening and deadline, worked out on a calendar
RHYTHMS = [
    (
        Recurrence("year", Day(1, 3), Day(30, 4), late_days=15),
        D(2026, 1, 1),
        D(2027, 3, 1),
        [("2026", D(2026, 3, 1), D(2026, 4, 30)), ("2027", D(2027, 3, 1), D(2027, 4, 30))],
    ),
    (  # opens in December, due in the next January
        Recurrence("year", Day(1, 12), Day(15, 13)),
        D(2026, 1, 10),
        D(2026, 6, 1),
        [("2025", D(2025, 12, 1), D(2026, 1, 15))],
    ),
    (
        Recurrence("quarter", Day(20, 3), Day(10, 4)),
        D(2026, 4, 1),
        D(2026, 6, 30),
        [("2026-Q1", D(2026, 3, 20), D(2026, 4, 10)), ("2026-Q2", D(2026, 6, 20), D(2026, 7, 10))],
    ),
    (  # the 31st of a shorter month is its last day
        Recurrence("month", Day(25), Day(31)),
        D(2026, 2, 1),
        D(2026, 2, 28),
        [("2026-02", D(2026, 2, 25), D(2026, 2, 28))],
    ),
    (
        Recurrence("once", Day(1, 5, 2026), Day(1, 6, 2026)),
        D(2026, 1, 1),
        D(2026, 12, 31),
        [("2026", D(2026, 5, 1), D(2026, 6, 1))],
    ),
    (Recurrence("when_called"), D(2026, 1, 1), D(2026, 12, 31), []),
]


@pytest.mark.parametrize(("rhythm", "first", "last", "expected"), RHYTHMS)
def test_days_of_a_rhythm(rhythm: Recurrence, first: D, last: D, expected: list[object]) -> None:
    found = queries.occurrences(rhythm, region_code="500118", first=first, last=last)
    assert [(o.period, o.opens_on, o.due_on) for o in found] == expected
    assert all((o.late_until - o.due_on).days == rhythm.late_days for o in found)


@pytest.mark.django_db
def test_terms_count_from_their_first_day() -> None:
    region()
    from jiangxin.apps.reference.queries import terms_for

    autumn = terms_for("500118", 2026)[0]
    found = queries.occurrences(
        Recurrence("term", Day(1), Day(30)),
        region_code="500118",
        first=autumn.starts_on,
        last=autumn.starts_on,
    )
    assert ("2026-autumn", autumn.starts_on, autumn.starts_on + datetime.timedelta(days=29)) in [
        (o.period, o.opens_on, o.due_on) for o in found
    ]


STEPS = tuple(Step("officer", at, "approve") for at in ("county", "city", "province"))


@pytest.mark.parametrize(
    ("path", "top", "files_itself", "expected"),
    [
        ("000000/510000/510100/510115/", "000000/510000/", False, ["510115", "510100", "510000"]),
        # a municipality has no city
        ("000000/500000/500118/", "000000/500000/", False, ["500118", "500000"]),
        # nobody above the bureau that asks
        ("000000/510000/510100/510115/", "000000/510000/510100/510115/", False, ["510115"]),
        # a county does not review its own return
        ("000000/510000/510100/510115/", "000000/510000/", True, ["510100", "510000"]),
        # a school that belongs to the province itself
        ("000000/510000/", "000000/510000/", False, ["510000"]),
        # the nation asks, and has no step of its own: the highest step remains
        ("000000/510000/", "000000/", True, ["000000"]),
    ],
)
def test_steps_of_a_filer(path: str, top: str, files_itself: bool, expected: list[str]) -> None:
    found = placed_steps(STEPS, path=path, top=top, files_itself=files_itself)
    assert [step.path.rstrip("/").rpartition("/")[2] for step in found] == expected


@pytest.mark.django_db
def test_files_are_loaded_once_and_new_versions_reach_open_editions(tmp_path: Path) -> None:
    file = tmp_path / "kitchen_plan.yaml"
    file.write_text(PLAN, encoding="utf-8")
    assert actions.load_collections(by=SYSTEM, at=NOW, folder=tmp_path).new == ("kitchen_plan",)
    again = actions.load_collections(by=SYSTEM, at=NOW, folder=tmp_path)
    assert (again.new, again.unchanged) == ((), ("kitchen_plan",))
    made = Collection.objects.get()
    actions.run_collection(collection=made, region=region("500118"), by=SYSTEM, at=NOW)
    actions.open_editions(by=SYSTEM, at=NOW)
    file.write_text(PLAN.replace("max_length: 100", "max_length: 90"), encoding="utf-8")
    assert actions.load_collections(by=SYSTEM, at=NOW, folder=tmp_path).changed
    asked = queries.editions(viewer=SYSTEM).get(state="open")
    assert asked.version.number == 2
    # the order of the fields is that of the file
    assert [f.code for f in asked.definition.form.fields] == [
        "meals", "students", "cooks", "menu", "note"
    ]  # fmt: skip
    (tmp_path / "wrong_name.yaml").write_text(PLAN, encoding="utf-8")
    with pytest.raises(InvalidCollection, match=r"wrong_name\.yaml"):
        actions.load_collections(by=SYSTEM, at=NOW, folder=tmp_path)


@pytest.mark.django_db
def test_yaml_that_is_none_names_the_line() -> None:
    with pytest.raises(InvalidCollection, match="line 3"):
        actions.save_collection(
            text="code: a\nlabel: {en: x,\n zh-Hans: : }", scope=region_scope(), by=SYSTEM, at=NOW
        )


@pytest.mark.django_db
def test_one_authority_asks_not_two() -> None:
    made = collection(code="500000")
    county, province = region("500118"), region("500000")
    own = actions.run_collection(collection=made, region=county, by=reviewer("500118"), at=NOW)
    with pytest.raises(Conflict):
        actions.run_collection(collection=made, region=county, by=SYSTEM, at=NOW)
    with pytest.raises(NotPermitted):
        actions.run_collection(collection=made, region=province, by=reviewer("500118"), at=NOW)
    actions.run_collection(collection=made, region=province, by=reviewer("500000"), at=NOW)
    own.refresh_from_db()
    assert own.ends_on == NOW.date()
    with pytest.raises(WrongState, match="already asks"):
        actions.run_collection(collection=made, region=county, by=SYSTEM, at=NOW)


@pytest.mark.django_db
def test_editions_come_open_and_close_by_the_calendar() -> None:
    school()
    made = collection()
    actions.run_collection(
        collection=made, region=region("500000"), starts_on=D(2026, 1, 1), by=SYSTEM, at=NOW
    )
    first = datetime.datetime(2026, 2, 1, 2, tzinfo=datetime.UTC)
    assert actions.open_editions(by=SYSTEM, at=first) == {"planned": 1, "opened": 0, "closed": 0}
    assert actions.open_editions(by=SYSTEM, at=first)["planned"] == 0
    march = first.replace(month=3)
    assert actions.open_editions(by=SYSTEM, at=march)["opened"] == 1
    # 10 April is the last day, next year's edition comes within a year
    april = first.replace(month=4, day=10)
    assert actions.open_editions(by=SYSTEM, at=april)["closed"] == 0
    assert actions.open_editions(by=SYSTEM, at=april.replace(day=11))["closed"] == 1
    states = queries.editions(viewer=SYSTEM).order_by("period").values_list("period", "state")
    assert list(states) == [("2026", "closed"), ("2027", "planned")]
