"""What forms.js adds to a dynamic form, in a real browser: rows, pasting, the box of links."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.template.loader import render_to_string

import jiangxin
from jiangxin.core.forms import Links
from jiangxin.ui.dynamic import DynamicForm
from tests.ui.test_browser import ARGUMENTS
from tests.ui.test_dynamic import FORM, Names

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

pytestmark = pytest.mark.browser
SCRIPT = Path(jiangxin.__file__).parent / "ui" / "static" / "ui" / "forms.js"
PASTE = """(cells) => {
  const data = new DataTransfer();
  data.setData("text/plain", cells);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def page(playwright: Playwright, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A form with one row filled in."""
    names: Any = {"organisation": Names()}
    monkeypatch.setattr("jiangxin.ui.dynamic.boxes.Links", lambda: Links(names))
    values = {"council": [{"tier": "top", "share": 60}]}
    drawn = render_to_string("ui/dynamic_form.html", {"dynamic": DynamicForm(FORM, values=values)})
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_content(f"<form>{drawn}</form>")
    page.add_script_tag(content=SCRIPT.read_text())
    yield page
    browser.close()
    assert complaints == []


def shares(page: Page) -> list[str]:
    """Return the shares as a browser would send them, in the order of the rows."""
    keys = page.eval_on_selector_all(".dyn-row input[name$='-row']", "all => all.map(x => x.value)")
    return [page.input_value(f"[name='f-council-{key}-share']") for key in keys]


def test_rows_are_added_copied_and_removed_with_the_focus_in_them(page: Page) -> None:
    page.click("[name='row_copy:council:0']")
    assert shares(page) == ["60", "60"]
    assert page.input_value("#f-council-1-tier") == "top"
    page.click("[name='row_add:council']")
    assert shares(page) == ["60", "60", ""]
    assert page.evaluate("document.activeElement.id") == "f-council-2-tier"
    page.click("[name='row_remove:council:0']")
    assert shares(page) == ["60", ""]
    numbers = page.eval_on_selector_all(
        ".dyn-row [data-number]", "all => all.map(x => x.innerText)"
    )
    assert numbers == ["1", "2"]
    assert page.text_content(".dyn-row:last-child [name^='row_copy'] span") == "Copy row 2"
    assert page.evaluate("document.activeElement.id") == "f-council-1-tier"


def test_cells_of_a_spreadsheet_fill_rows_and_keep_unknown_words(page: Page) -> None:
    page.focus("#f-council-0-tier")
    page.evaluate(PASTE, "Low\t甲公司\t40\nTop\t乙学校\t35\n中层\t丙\t25\n")
    assert shares(page) == ["40", "35", "25"]
    tiers = [page.input_value(f"#f-council-{row}-tier") for row in range(3)]
    # the server says what is wrong with a word that is no answer; nothing is lost on the way
    assert tiers == ["low", "top", "中层"]
    assert page.input_value("#f-council-1-who") == "乙学校"


def test_one_word_is_pasted_as_ever(page: Page) -> None:
    page.focus("#f-council-0-share")
    page.evaluate(PASTE, "77")
    assert shares(page) == ["60"]  # left to the browser, which a made-up event does not move


def test_a_link_is_chosen_with_the_keyboard(page: Page) -> None:
    page.focus("#f-base")
    page.evaluate(
        """() => {
          const list = document.getElementById("f-base-found");
          list.innerHTML = '<li role="option" id="a" aria-selected="false" data-value="甲 [S1]">甲</li>'
            + '<li role="option" id="b" aria-selected="false" data-value="乙 [S2]">乙</li>';
        }"""
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#f-base", "aria-expanded") == "true"
    assert page.get_attribute("#f-base", "aria-activedescendant") == "b"
    page.keyboard.press("Enter")
    assert page.input_value("#f-base") == "乙 [S2]"
    assert page.get_attribute("#f-base", "aria-expanded") == "false"
    assert page.is_hidden("#f-base-found")


def test_an_autosave_shows_what_applies_now(page: Page) -> None:
    assert page.get_attribute("[data-field='is_free']", "hidden") is not None
    page.evaluate(
        """() => {
          const state = document.getElementById("f-state");
          state.dataset.hidden = "";
          state.dataset.required = "kind charter";
          state.dataset.invalid = "f-area";
          state.dispatchEvent(new CustomEvent("htmx:oobAfterSwap", {bubbles: true}));
        }"""
    )
    assert page.get_attribute("[data-field='is_free']", "hidden") is None
    assert page.get_attribute("[data-field='charter'] [data-need]", "hidden") is None
    assert page.get_attribute("#f-area", "aria-invalid") == "true"
