from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.utils import translation

from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.models import RegisterType, TypeVersion
from jiangxin.apps.registers.models.definition import parse_definition, resolved
from jiangxin.core.errors import Conflict, NotPermitted
from jiangxin.core.forms import InvalidForm, Label
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW
from tests.apps.registers import factories
from tests.apps.registers.factories import MEDAL, WORKSHOP, holder, raw

pytestmark = pytest.mark.django_db


def _wrong(path: str, **values: Any) -> str:
    with pytest.raises(InvalidForm) as caught:
        parse_definition(raw(WORKSHOP, **values))
    assert str(caught.value.data["path"]).startswith(path), caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("group", {"group": "gardens"}),
        ("levels", {"levels": ["galactic"]}),
        ("levels", {"levels": []}),
        ("review", {"review": []}),
        ("counting", {"counting": []}),
        ("kind_field", {"kind_field": "places"}),
        ("quantity_field", {"quantity_field": "kind"}),
        ("public", {"public": ["plan"]}),  # a file
        ("public", {"public": ["colour"]}),
        ("applicants.kinds", {"applicants": {"kinds": ["circus"]}}),
        ("colour", {"colour": "red"}),
        ("annual_check.month", {"annual_check": {"month": 13, "fields": {}}}),
        ("validity_years", {"validity_years": 0}),
        ("members.leader", {"members": {"leader": {"min": 1}}}),
        ("fields.x", {"fields": {"x": {"type": "riddle"}}}),
    ],
)
def test_a_wrong_definition_names_the_place(path: str, values: dict[str, Any]) -> None:
    _wrong(path, **values)


def test_review_steps_must_lead_to_a_decision() -> None:
    steps = raw()["review"]
    assert "decide" in _wrong("review", review=steps[:2])
    assert "same code" in _wrong("review", review=[steps[0], steps[0], steps[3]])
    assert "level" in _wrong("review", review=[steps[0]])
    steps[1]["scoring"]["pass_mark"] = 101
    _wrong("review[1].scoring.pass_mark", review=steps)


def test_counting_rules_name_kinds_and_levels_that_exist() -> None:
    rule = raw()["counting"][1]
    assert "velvet" in _wrong("counting.silk_places", counting=[{**rule, "kind": ["velvet"]}])
    assert "national" in _wrong("counting.silk_places", counting=[{**rule, "level": ["national"]}])


def test_extends_takes_fields_and_checks_and_adds_own() -> None:
    child = {
        "code": "tall_workshop", "label": {"en": "Tall", "zh-Hans": "高"}, "group": "centres",
        "purpose": {"en": "x", "zh-Hans": "x"}, "inferred": "x", "extends": "lantern_workshop",
        "fields": {"height": {"type": "number", "unit": "m2", "label": {"en": "H", "zh-Hans": "高"}}},
        "counting": [{"indicator": "training_base_total"}],
    }  # fmt: skip
    whole = parse_definition(resolved(child, {"lantern_workshop": raw()}))
    assert [field.code for field in whole.form.fields] == [
        "kind", "places", "cost", "plan", "height",
    ]  # fmt: skip
    assert whole.levels == ("provincial", "city", "county")
    assert [rule.indicator for rule in whole.counting] == ["training_base_total"]


def test_a_circle_of_extends_is_refused_with_its_way() -> None:
    known = {"a": {"code": "a", "extends": "b"}, "b": {"code": "b", "extends": "a"}}
    with pytest.raises(InvalidForm, match="a → b → a"):
        resolved(known["a"], known)
    with pytest.raises(InvalidForm, match="no type “c”"):
        resolved({"code": "a", "extends": "c"}, known)


def _write(folder: Path, text: str, **values: Any) -> None:
    content = raw(text, **values)
    file = folder / f"{content['code']}.yaml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_two_new_types_work_from_their_files_alone(tmp_path: Path) -> None:
    _write(tmp_path, WORKSHOP)
    _write(tmp_path, MEDAL)
    done = actions.load_types(by=SYSTEM, at=NOW, folder=tmp_path)
    assert done.new == ("lantern_medal", "lantern_workshop")
    again = actions.load_types(by=SYSTEM, at=NOW, folder=tmp_path)
    assert (again.new, again.changed, again.held_back) == ((), (), ())
    assert TypeVersion.objects.count() == 2
    factories.register_type()  # finds the loaded one
    entry = factories.recognised()
    assert entry.type.code == "lantern_workshop"


def test_a_changed_file_is_a_new_version_unless_the_screen_changed_it(tmp_path: Path) -> None:
    _write(tmp_path, MEDAL)
    actions.load_types(by=SYSTEM, at=NOW, folder=tmp_path)
    entry = factories.taken_over(text=MEDAL, values={"words": "亮"})
    _write(tmp_path, MEDAL, inferred="Less.")
    assert actions.load_types(by=SYSTEM, at=NOW, folder=tmp_path).changed == ("lantern_medal",)
    entry.refresh_from_db()
    assert entry.type_version.number == 1
    actions.save_type(raw=raw(MEDAL, inferred="Mine."), version=2, by=SYSTEM, at=NOW)
    kind = RegisterType.objects.get()
    assert kind.source == "screen"
    # a type of tests has no file in the product, so its hash was emptied: the file is held back
    done = actions.load_types(by=SYSTEM, at=NOW, folder=tmp_path)
    assert (done.changed, done.held_back) == ((), ("lantern_medal",))
    assert queries.current_definition(kind, on=NOW.date()).inferred == Label("Mine.", "Mine.")


def test_what_we_say_ourselves_is_in_the_language_of_the_reader() -> None:
    from jiangxin.apps.registers.forms.types import raw_of, values_of

    both = {"en": "Ours.", "zh-Hans": "自定。"}
    source = {"document": "甲", "says": {"en": "So.", "zh-Hans": "如此。"}}
    whole = raw(MEDAL, inferred=both, sources=[source, {"document": "乙", "says": "同"}])
    definition = parse_definition(whole)
    for language, words in (
        ("en", ["So.", "同", "Ours."]),
        ("zh-hans", ["如此。", "同", "自定。"]),
    ):
        with translation.override(language):
            said = [*(source.says for source in definition.sources), definition.inferred]
            assert [str(text) for text in said] == words
    # the type as a form keeps both, and one text for both
    assert raw_of(values_of(whole), whole)["inferred"] == both
    assert raw_of({"inferred_zh": "自定。"}, whole)["inferred"] == "自定。"
    assert "inferred" not in raw_of({}, whole)
    _wrong("inferred", inferred={"en": "Only English."})


def test_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    _write(tmp_path, WORKSHOP)
    (tmp_path / "torn.yaml").write_text("code: torn\nlabel: [", encoding="utf-8")
    with pytest.raises(InvalidForm) as caught:
        actions.load_types(by=SYSTEM, at=NOW, folder=tmp_path)
    assert caught.value.data["path"] == "torn.yaml"
    assert not RegisterType.objects.exists()


def test_only_operators_of_the_whole_change_types() -> None:
    for by in (holder("operator"), holder("officer", "000000"), holder("leader", "000000")):
        allowed = "registers.manage" in {d for g in by.grants for d in g.duties}
        if allowed and by.paths("registers.manage") == ("000000/",):
            actions.save_type(raw=raw(MEDAL), by=by, at=NOW)
        else:
            with pytest.raises(NotPermitted):
                actions.save_type(raw=raw(MEDAL), by=by, at=NOW)


def test_a_type_changed_meanwhile_is_a_conflict() -> None:
    factories.register_type(MEDAL)
    actions.save_type(raw=raw(MEDAL, inferred="A"), version=1, by=SYSTEM, at=NOW)
    with pytest.raises(Conflict):
        actions.save_type(raw=raw(MEDAL, inferred="B"), version=1, by=SYSTEM, at=NOW)


def test_shipped_types_are_many_complete_and_differ() -> None:
    raws = queries.raw_files()
    assert len(raws) >= 45
    asked: dict[tuple[str, ...], str] = {}
    for code, content in raws.items():
        definition = parse_definition(content)
        assert definition.requirements, code
        assert definition.sources, code
        assert definition.counting, code
        if definition.extends:
            continue
        fields = tuple(sorted(field.code for field in definition.form.fields))
        assert fields not in asked, f"{code} asks the same as {asked.get(fields)}"
        asked[fields] = code


def test_counting_rules_become_indicator_definitions() -> None:
    factories.register_type()
    found = {d["code"]: d for d in queries.counting_definitions(on=NOW.date())}
    assert found["lantern_workshops"]["formula"] == {
        "count": {"fact": "recognitions", "where": {"type": "lantern_workshop"}}
    }
    assert found["silk_places"]["formula"] == {
        "sum": {
            "fact": "recognitions",
            "column": "quantity",
            "where": {
                "type": "lantern_workshop",
                "level": ["provincial"],
                "kind": ["silk"],
                "first_year": {"at_least": 2025},
            },
        }
    }
    assert found["silk_places"]["requirements"] == ["CON-05"]  # of the type
