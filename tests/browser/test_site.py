"""The site in a real browser: every page of the menu, and journey A with and without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from jiangxin.config.demo.people import PEOPLE
from tests.browser.conftest import Eyes, Open
from tests.journeys.texts import PLAN, PROMISE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FIRST_OF_ROLE = {person.role: person.username for person in reversed(PEOPLE)}


def menu(page: Page) -> list[str]:
    """Return the addresses of the menu."""
    links = page.locator("nav a[href^='/']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    return sorted({link for link in links if not link.startswith(("/sign-in/", "/api/"))})


@pytest.mark.parametrize("role", sorted(FIRST_OF_ROLE))
def test_every_page_of_the_menu_opens(look: Open, role: str) -> None:
    eyes = look(FIRST_OF_ROLE[role])
    eyes.check_page()
    found = menu(eyes.page)
    assert len(found) >= 3
    for address in found:
        eyes.go(address)
        eyes.check_page()


@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [("phone", "zh-CN", False), ("phone", "en-US", True), ("desktop", "en-US", True)],
)
def test_pages_fit_the_reader(look: Open, width: str, language: str, dark: bool) -> None:
    eyes = look("officer", width=width, language=language, dark=dark)
    expected = "en" if language.startswith("en") else "zh-hans"
    for address in [*menu(eyes.page), *_deeper(eyes)]:
        eyes.go(address)
        eyes.check_page()
        assert eyes.page.locator("html").get_attribute("lang") == expected


def _deeper(eyes: Eyes) -> list[str]:
    """Return one page below each of the main lists."""
    found = []
    for address, below in (
        ("/policies/", "/policies/documents/"),
        ("/policies/targets/", "/policies/targets/"),
        ("/policies/tasks/", "/policies/tasks/"),
        ("/organisations/", "/organisations/"),
        ("/indicators/", "/indicators/"),
    ):
        eyes.go(address)
        link = eyes.page.locator(f"table a[href^='{below}']").first
        found.append(str(link.get_attribute("href")))
    return found


def test_public_page_needs_no_sign_in(look: Open) -> None:
    eyes = look(width="phone")
    eyes.go("/public/")
    eyes.check_page()


def test_keyboard_skips_to_the_content(look: Open) -> None:
    eyes = look("officer")
    eyes.go("/policies/targets/")
    eyes.page.keyboard.press("Tab")
    assert eyes.page.evaluate("document.activeElement.className") == "skip-link"
    eyes.page.keyboard.press("Enter")
    assert eyes.page.evaluate("document.activeElement.id") == "content"


def test_theme_is_dark_when_the_reader_wants_it(look: Open) -> None:
    def brightness(eyes: Eyes) -> float:
        colour = eyes.page.evaluate("getComputedStyle(document.body).backgroundColor")
        parts = [float(part) for part in colour.strip("rgba()").split(",")[:3]]
        return sum(parts) / 3

    light, dark = look(), look(dark=True)
    for eyes in (light, dark):
        eyes.go("/public/")
    assert brightness(light) > 200
    assert brightness(dark) < 60


def _import(eyes: Eyes, folder: Path, number: str) -> None:
    """Import the plan under another number, so that each test has its own document."""
    file = folder / "plan.txt"
    file.write_text(
        PLAN.replace("19号", f"{number}号").replace("产教融合行动", f"产教{number}行动")
    )
    eyes.go("/policies/import/")
    eyes.page.set_input_files("input[type=file]", file)
    eyes.page.click("main form button.btn-primary")
    eyes.page.wait_for_url("**/policies/documents/**")


def _adopt(eyes: Eyes) -> None:
    eyes.page.locator("form[action$='/move/'] button", has_text="采纳").click()
    eyes.page.wait_for_load_state()


def test_promise_becomes_a_tile(look: Open, tmp_path: Path) -> None:
    eyes = look("officer")
    page = eyes.page
    _import(eyes, tmp_path, "71")
    assert PROMISE in page.locator(".source-text").inner_text()
    card = page.locator("article.item-target", has_text="规模以上企业").first
    card.locator("button[value=accept]").click()
    page.locator("article.item-target.is-accepted", has_text="规模以上企业").wait_for()
    card = page.locator("article.item-target.is-read").first
    card.locator("button[value=reject]").click()
    page.locator("article.item-target.is-rejected").first.wait_for()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("form[action$='/accept/'] button").click()
    page.wait_for_load_state("networkidle")
    assert page.locator("article.is-read").count() == 0
    page.locator("form[action$='/bind/'] button").click()
    page.wait_for_url("**/policies/targets/?document=**")
    page.locator("main table a", has_text="规模以上企业").first.click()
    page.wait_for_url(lambda url: "?document=" not in url)
    eyes.check_page()
    assert PROMISE in page.locator("blockquote.source-text").inner_text()
    assert "80%" in page.locator(".figures").inner_text()
    page.locator("#why table a").first.click()
    page.wait_for_url("**/indicators/values/**")
    eyes.check_page()
    assert page.locator("main table tbody tr").count() > 0


def test_review_works_without_scripts(look: Open, tmp_path: Path) -> None:
    eyes = look("officer", scripts=False)
    page = eyes.page
    _import(eyes, tmp_path, "72")
    address = page.url
    card = page.locator("article.item-target.is-read").first
    card.locator("button[value=accept]").click()
    page.wait_for_load_state()
    assert page.locator("article.item-target.is-accepted").count() == 1
    page.locator("form[action$='/accept/'] button").click()
    page.wait_for_load_state()
    page.goto(address)
    assert page.locator("article.is-read").count() == 0
    page.locator("form[action$='/move/'] button", has_text="采纳").click()
    page.wait_for_load_state()
    assert "已采纳" in page.locator(".lead-text").inner_text()
