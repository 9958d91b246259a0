"""The frame of the pages in a real browser: keys, phone, colours, no script, strict policy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from jiangxin.apps.policies.models import Target
from tests.apps.accounts.factories import person
from tests.apps.policies.factories import adopted

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Playwright

# the transactional database is emptied after each test, so every test makes its own country
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 390, "height": 844}
Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The headless Chromium of the system."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def open_page(chromium: Browser, live_server: Any) -> Iterator[Open]:
    """Open an address as an officer; fail the test if the console complains."""
    adopted()
    person("officer", username="officer")
    complaints: list[str] = []
    contexts = []

    def open_(address: str, **options: Any) -> Page:
        context = chromium.new_context(
            **{"locale": "en-GB", "viewport": {"width": 1440, "height": 900}, **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}/sign-in/login/?next=/regions/")
        page.fill("#id_login", "officer")
        page.fill("#id_password", "pass-word-1")
        page.press("#id_password", "Enter")
        page.wait_for_url("**/regions/")
        page.goto(live_server.url + address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    "address", ["/", "/cockpit/", "/cockpit/wall/", "/public/", "/calendar/", "/policies/targets/"]
)
def test_a_phone_needs_no_scrolling_sideways(open_page: Open, address: str) -> None:
    page = open_page(address, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_menu_of_a_phone_opens_and_closes(open_page: Open) -> None:
    page = open_page("/", viewport=PHONE)
    entry = page.get_by_role("link", name="Targets", exact=True)
    assert not entry.is_visible()
    page.click(".nav-open")
    entry.click()
    page.wait_for_url("**/policies/targets/")


def test_search_by_keys_alone(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("双师型")
    page.wait_for_selector("#palette-found a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    target = Target.objects.filter(metric__contains="双师型").first()
    assert target is not None
    page.wait_for_url(f"**/policies/targets/{target.uuid}/")


def test_the_first_key_leads_past_the_menu(open_page: Open) -> None:
    page = open_page("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"


def test_charts_are_drawn_and_told_as_a_table(open_page: Open) -> None:
    page = open_page("/cockpit/")
    page.wait_for_selector("figure[data-drawn] canvas")
    table = page.locator(".chart-data")
    assert table.get_attribute("open") is None
    table.locator("summary").click()
    assert table.locator("tbody tr").count() > 0


def test_without_script_the_numbers_of_a_chart_are_there(open_page: Open) -> None:
    page = open_page("/cockpit/", java_script_enabled=False)
    assert page.locator(".chart-data tbody tr").first.is_visible()
    assert page.locator(".chart-canvas").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_follow_the_device_until_somebody_chooses(open_page: Open, scheme: str) -> None:
    page = open_page("/", color_scheme=scheme)

    def darkness() -> bool:
        return bool(page.evaluate("document.documentElement.dataset.bsTheme === 'dark'"))

    assert darkness() == (scheme == "dark")
    page.click(".display-menu > summary")
    page.click(".display-menu button[value=dark]")
    page.wait_for_load_state()
    assert darkness()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_language_changes_where_one_stands(open_page: Open) -> None:
    page = open_page("/cockpit/?year=2025")
    page.click(".display-menu > summary")
    page.click(".display-menu button[value=zh-hans]")
    page.wait_for_selector("h1:has-text('承诺与进展')")
    assert page.url.endswith("/cockpit/?year=2025")


def test_another_region_is_found_by_typing(open_page: Open) -> None:
    page = open_page("/public/?year=2025")
    page.click(".region-button")
    page.wait_for_selector("#region-text:focus")
    page.keyboard.type("wj")
    page.click("#region-found a:has-text('温江区')")
    page.wait_for_url("**/public/?year=2025&region=510115")
