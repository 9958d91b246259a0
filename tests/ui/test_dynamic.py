from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.translation import override
from lxml import html

from jiangxin.core.forms import clean, links, parse_form
from jiangxin.core.permissions import PUBLIC
from jiangxin.ui.dynamic import DynamicForm, RowMove, autosaved, dynamic_row_move, posted

FORM = parse_form(
    yaml.safe_load("""
sections: {basics: {en: Basics, zh-Hans: 基本情况}, council: {en: Council, zh-Hans: 理事会}}
fields:
  kind: {type: choice, section: basics, label: {en: Kind, zh-Hans: 类别}, required: true,
    choices: {public: {en: Public, zh-Hans: 公共}, enterprise: {en: Enterprise, zh-Hans: 企业}}}
  area: {type: number, unit: m2, low: 0, section: basics, label: {en: Area, zh-Hans: 面积},
    help: {en: Only what is in use., zh-Hans: 仅填在用面积。}, source: LAY-04}
  services: {type: choice, many: true, section: basics, label: {en: Services, zh-Hans: 服务},
    choices: {training: {en: Training, zh-Hans: 实训}, research: {en: Research, zh-Hans: 研发}}}
  founded: {type: date, section: basics, label: {en: Founded on, zh-Hans: 建成日期}}
  term: {type: period, section: basics, label: {en: Term, zh-Hans: 期限}}
  is_free: {type: yes_no, section: basics, when: "kind == 'public'", label: {en: Free, zh-Hans: 公益}}
  base: {type: link, to: organisation, where: {kind: [school]}, section: basics,
    label: {en: Base, zh-Hans: 依托单位}}
  charter: {type: file, accept: [pdf], section: council, required_when: "kind == 'public'",
    label: {en: Charter, zh-Hans: 章程}}
  council: {type: table, section: council, min_rows: 1, max_rows: 9, label: {en: Members, zh-Hans: 成员},
    columns: {tier: {type: choice, required: true, label: {en: Tier, zh-Hans: 层级},
        choices: {top: {en: Top, zh-Hans: 上级}, low: {en: Low, zh-Hans: 下级}}},
      who: {type: link, to: organisation, label: {en: Who, zh-Hans: 单位}},
      share: {type: number, unit: percent, high: 100, label: {en: Share, zh-Hans: 份额}}}}
  note: {type: text, many_lines: true, max_length: 300, section: council, label: {en: Note, zh-Hans: 说明}}
"""),
    code="centre",
)
FILE = {
    "uuid": "6f1c7f0e-0000-4000-8000-000000000001",
    "name": "章程.pdf",
    "size": 10,
    "sha256": "0" * 64,
}


class Names:
    """Two organisations; counts how often it is asked for names."""

    asked = 0

    def labels(self, codes: Sequence[str]) -> Mapping[str, str]:
        Names.asked += 1
        return {code: f"学校{code}" for code in codes}

    def missing(self, codes: Sequence[str], *, where: Mapping[str, Any]) -> set[str]:
        return set(codes) - {"S1", "S2"}

    def find(self, text: str, *, where: Mapping[str, Any]) -> str | None:
        return {"学校S1": "S1"}.get(text)

    def search(self, text: str, **_narrowed: Any) -> list[Any]:
        raise AssertionError("a form is read and drawn without a search")


@pytest.fixture(autouse=True)
def organisations() -> Iterator[None]:
    before = links._RESOLVERS.copy()
    links.register_links("organisation", Names())  # type: ignore[arg-type]
    Names.asked = 0
    with override("en"):
        yield
    links._RESOLVERS.clear()
    links._RESOLVERS.update(before)


def drawn(values: Mapping[str, Any], **options: Any) -> Any:
    dynamic = DynamicForm(FORM, values=values, viewer=PUBLIC, **options)
    return html.fromstring(
        "<form>" + render_to_string("ui/dynamic_form.html", {"dynamic": dynamic}) + "</form>"
    )


def request(text: str = "", files: Mapping[str, Any] | None = None, **fields: Any) -> Any:
    post = QueryDict(text, mutable=True)
    for name, value in fields.items():
        post.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    uploaded = MultiValueDict({name: [file] for name, file in (files or {}).items()})
    return SimpleNamespace(POST=post, FILES=uploaded)


def sent(page: Any) -> QueryDict:
    """Return what a browser would send of a page as it stands."""
    post = QueryDict(mutable=True)
    for box in page.xpath("//input[@name]|//select[@name]|//textarea[@name]"):
        if box.xpath("ancestor::template") or box.get("type") == "file":
            continue
        if box.get("type") in ("checkbox", "radio") and box.get("checked") is None:
            continue
        if box.tag == "select":
            chosen = box.xpath("./option[@selected]/@value") or box.xpath("./option[1]/@value")
            post.appendlist(box.get("name"), chosen[0])
        else:
            post.appendlist(
                box.get("name"), box.text or "" if box.tag == "textarea" else box.get("value", "")
            )
    return post


FILLED = {
    "kind": "public",
    "area": 32000,
    "services": ["research"],
    "founded": "2020-09-01",
    "term": {"from": "2025-01-01", "to": "2026-01-01"},
    "is_free": False,
    "base": {"kind": "organisation", "code": "S1"},
    "charter": FILE,
    "council": [
        {"tier": "top", "who": {"kind": "organisation", "code": "S2"}, "share": 51.5},
        {"tier": "low"},
    ],
    "note": "第一行\n第二行",
}


def test_what_is_drawn_and_sent_back_is_what_was_stored() -> None:
    post = sent(drawn(FILLED))
    raw = posted(FORM, SimpleNamespace(POST=post, FILES=MultiValueDict()), values=FILLED)
    checked = clean(FORM, raw)
    assert checked.problems == ()
    assert checked.values == FILLED


@pytest.mark.parametrize(
    "values", [{}, FILLED, {"area": "viel", "founded": "gestern", "kind": "?"}]
)
def test_every_box_has_a_name_that_is_read_aloud(values: Mapping[str, Any]) -> None:
    page = drawn(values)
    labels = set(page.xpath("//label/@for"))
    for box in page.xpath("//input[not(@type='hidden')]|//select|//textarea"):
        is_named = box.get("id") in labels or box.get("aria-label") or box.xpath("ancestor::label")
        assert is_named, html.tostring(box)
    for group in page.xpath("//fieldset"):
        assert group.xpath("./legend") or group.get("aria-label")


@pytest.mark.parametrize("values", [{}, FILLED])
def test_ids_are_unique_and_descriptions_exist(values: Mapping[str, Any]) -> None:
    problems = clean(FORM, {**values, "area": "x", "council": [{"share": 120}]}).problems
    page = drawn({**values, "area": "x", "council": [{"share": 120}]}, problems=problems)
    ids = page.xpath("//*[not(ancestor-or-self::template)]/@id")
    assert len(ids) == len(set(ids))
    for described in page.xpath("//*[not(ancestor-or-self::template)]/@aria-describedby"):
        assert set(described.split()) <= set(ids)
    for target in page.xpath("//a/@href"):
        assert target.removeprefix("#") in ids


def test_errors_stand_on_top_beside_the_box_and_are_linked() -> None:
    raw = {"kind": "public", "area": "large", "council": [{"tier": "top", "share": 120}]}
    page = drawn(raw, problems=clean(FORM, raw).problems)
    (summary,) = page.xpath("//*[@id='f-summary']")
    assert summary.get("role") == "alert"
    assert summary.get("autofocus") is not None
    assert summary.xpath(".//a/@href") == ["#f-area", "#f-charter", "#f-council-0-share"]
    (area,) = page.xpath("//input[@id='f-area']")
    assert (area.get("value"), area.get("aria-invalid")) == ("large", "true")
    assert "f-area-notes" in area.get("aria-describedby")
    (share,) = page.xpath("//input[@id='f-council-0-share']")
    (note,) = page.xpath(f"//*[@id='{share.get('aria-describedby')}']")
    assert "dyn-error" in note.get("class")
    # said once: beside the cell, not again below the table
    assert not page.xpath("//*[@id='f-council-notes']//p")


def test_warnings_differ_from_errors_in_word_and_shape() -> None:
    checked = clean(FORM, {"area": 90}, previous={"area": 30}, outlier_change=0.3, partial=True)
    page = drawn(checked.values, problems=checked.problems, previous={"area": 30})
    (note,) = page.xpath("//*[@id='f-area-notes']//p[@class='dyn-warning']")
    assert "triangle-alert" in html.tostring(note).decode()
    assert "Please check" in note.text_content()
    assert not page.xpath("//*[@id='f-area' and @aria-invalid]")


def test_last_year_and_the_difference_stand_beside_the_number() -> None:
    page = drawn({"area": 33000}, previous={"area": 30000}, previous_label="2024")
    text = page.xpath("//*[@id='f-area-notes']")[0].text_content()
    assert "2024" in text
    assert "30,000 m²" in text
    assert "+3,000 (+10%)" in text


def test_required_is_said_in_words_and_follows_conditions() -> None:
    def needs(values: Mapping[str, Any]) -> set[str]:
        page = drawn(values)
        return {
            mark.xpath("string(ancestor::*[@data-field][1]/@data-field)")
            for mark in page.xpath("//*[@data-need][not(@hidden)]")
        }

    assert needs({}) == {"kind"}
    assert needs({"kind": "public"}) == {"kind", "charter"}


def test_a_field_that_does_not_apply_is_hidden_and_not_counted() -> None:
    page, other = drawn({"kind": "enterprise"}), drawn({"kind": "public"})
    assert page.xpath("//*[@data-field='is_free']/@hidden")
    assert not other.xpath("//*[@data-field='is_free']/@hidden")
    assert "1 of 9 filled" in page.text_content()
    assert "1 of 10 filled" in other.text_content()


def test_units_help_and_source_stand_with_the_box() -> None:
    (area,) = drawn({}).xpath("//input[@id='f-area']")
    described = area.get("aria-describedby").split()
    texts = {i: area.xpath(f"string(//*[@id='{i}'])") for i in described}
    assert texts["f-area-unit"] == "m²"
    assert "Only what is in use." in texts["f-area-help"]
    assert "LAY-04" in texts["f-area-help"]


def test_names_of_links_are_asked_for_once() -> None:
    rows = [{"tier": "top", "who": {"kind": "organisation", "code": f"S{n}"}} for n in range(30)]
    page = drawn({**FILLED, "council": rows})
    assert page.xpath("//input[@id='f-council-7-who']/@value") == ["学校S7 [S7]"]
    assert Names.asked == 1


@pytest.mark.parametrize(
    ("written", "code"),
    [("学校S1", "S1"), ("S2", "S2"), ("whatever [S2]", "S2"), ("学校 [S1] ", "S1")],
)
def test_a_link_is_read_from_a_name_a_code_or_both(written: str, code: str) -> None:
    raw = posted(FORM, request(f__base=written))
    assert clean(FORM, raw, partial=True).values["base"]["code"] == code


def test_row_buttons_add_copy_and_remove_without_a_script() -> None:
    boxes = {"f-council-row": ["0", "4", "2"], "f-council-0-share": "1", "f-council-4-share": "2",
             "f-council-2-share": "3"}  # fmt: skip

    def shares(button: str) -> list[Any]:
        pressed = request(**{**boxes, button: "1"})
        assert dynamic_row_move(pressed) is not None
        return [row.get("share") for row in posted(FORM, pressed)["council"]]

    assert shares("row_add:council") == ["1", "2", "3", None]
    assert shares("row_copy:council:4") == ["1", "2", "2", "3"]
    assert shares("row_remove:council:4") == ["1", "3"]
    assert dynamic_row_move(request(**boxes)) is None


def test_a_new_row_has_the_focus() -> None:
    page = drawn({"council": [{"tier": "top"}, {}]}, move=RowMove("add", "council"))
    assert page.xpath("//*[@autofocus]/@id") == ["f-council-1-tier"]


def test_empty_rows_are_not_sent() -> None:
    boxes = {"f-council-row": ["0", "1", "x"], "f-council-0-share": "", "f-council-1-share": "5"}
    assert posted(FORM, request(**boxes))["council"] == [{"share": "5"}]


def test_a_problem_counts_filled_rows_only() -> None:
    raw = {"council": [{}, {"tier": "top", "share": 120}]}
    page = drawn(raw, problems=clean(FORM, raw, partial=True).problems)
    assert page.xpath("//*[@id='f-summary']//a/@href") == ["#f-council-1-share"]


def test_files_are_stored_kept_and_dropped_but_never_guessed() -> None:
    upload = SimpleUploadedFile("新章程.pdf", b"%PDF-1.7")
    stored: list[str] = []

    def store(field: Any, file: Any) -> dict[str, Any]:
        stored.append(f"{field.code}:{file.name}")
        return {**FILE, "name": file.name}

    files = {"f-charter": upload}
    assert posted(FORM, request(files=files), store=store)["charter"]["name"] == "新章程.pdf"
    assert stored == ["charter:新章程.pdf"]
    kept = {"f-charter-kept": FILE["uuid"]}
    assert posted(FORM, request(**kept), values=FILLED)["charter"] == FILE
    # the file of somebody else
    assert "charter" not in posted(FORM, request(**kept), values={})
    assert "charter" not in posted(FORM, request(**kept, **{"f-charter-drop": "1"}), values=FILLED)


def test_what_was_typed_is_escaped() -> None:
    evil = '"><script>alert(1)</script>'
    values = {
        "note": evil,
        "base": {"kind": "organisation", "code": evil},
        "kind": evil,
        "area": evil,
    }
    for editable in (True, False):
        dynamic = DynamicForm(FORM, values=values, editable=editable)
        name = "ui/dynamic_form.html" if editable else "ui/dynamic_values.html"
        assert "<script>alert" not in render_to_string(name, {"dynamic": dynamic})


def test_a_draft_shows_what_could_not_be_read() -> None:
    page = drawn({"area": "viel", "founded": "gestern", "kind": "neither"})
    assert page.xpath("//input[@id='f-area']/@value") == ["viel"]
    assert page.xpath("//input[@id='f-founded']/@value") == ["gestern"]
    assert page.xpath("//input[@id='f-founded']/@type") == ["text"]
    assert page.xpath("//select[@id='f-kind']/option[@selected]/@value") == ["neither"]


def test_values_are_read_with_words_units_and_files() -> None:
    dynamic = DynamicForm(
        FORM, values=FILLED, editable=False, file_url=lambda f: f"/files/{f['uuid']}/"
    )
    page = html.fromstring(
        "<div>" + render_to_string("ui/dynamic_values.html", {"dynamic": dynamic}) + "</div>"
    )
    text = page.text_content()
    for shown in ("Public", "32,000 m²", "Research", "2020-09-01", "2025-12-31", "学校S1", "51.5%"):
        assert shown in text
    assert page.xpath("//a/@href") == [f"/files/{FILE['uuid']}/"]
    assert not page.xpath("//input|//select|//textarea")
    # several may stand on one page
    assert not page.xpath("//@id")


def test_only_the_fields_named_are_shown() -> None:
    dynamic = DynamicForm(FORM, values=FILLED, editable=False, only={"kind"})
    text = render_to_string("ui/dynamic_values.html", {"dynamic": dynamic})
    assert "Public" in text
    assert "32,000" not in text


def test_autosave_answers_with_notes_and_state_but_no_boxes(rf: Any) -> None:
    values = {"kind": "public", "area": "x"}
    dynamic = DynamicForm(
        FORM, values=values, problems=clean(FORM, values, partial=True).problems, version=4
    )
    at = datetime.datetime(2026, 5, 4, 10, 32, tzinfo=datetime.UTC)
    with override("en"):
        answer = autosaved(rf.post("/"), dynamic, at=at)
    page = html.fromstring("<div>" + answer.content.decode() + "</div>")
    assert re.search(r"Saved \d\d:32", page.text_content())
    assert page.xpath("//input/@name") == ["version"]
    assert page.xpath("//input/@value") == ["4"]
    (state,) = page.xpath("//*[@id='f-state']")
    assert state.get("data-required").split() == ["kind", "charter"]
    assert state.get("data-invalid").split() == ["f-area"]
    assert page.xpath("//*[@id='f-area-notes']//p[@class='dyn-error']")


def test_an_autosave_that_lost_says_so_and_changes_nothing(rf: Any) -> None:
    dynamic = DynamicForm(FORM, values={}, version=4)
    answer = autosaved(rf.post("/"), dynamic, conflict="Somebody else saved this form.")
    page = html.fromstring("<div>" + answer.content.decode() + "</div>")
    assert answer.status_code == 409
    assert page.xpath("//*[@role='alert']")
    assert not page.xpath("//input")


def test_a_draft_needs_no_resolver_to_know_what_applies() -> None:
    links._RESOLVERS.clear()
    page = drawn({"kind": "public", "base": "free text"})
    assert page.xpath("//input[@id='f-base']/@value") == ["free text"]
