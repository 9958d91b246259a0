"""A site of its own with the demo region, and a real headless Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import jiangxin
from jiangxin.config.demo.people import PASSWORD

VENDOR = Path(jiangxin.__file__).parent / "ui" / "static" / "vendor" / "tabler.min.css"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the demo region from a folder of its own, as `jiangxin up` does."""
    if not VENDOR.exists():
        pytest.fail("The front-end packages are missing: run `make setup` once.")
    env = {**os.environ, "JIANGXIN_VAR": str(tmp_path_factory.mktemp("site")), "DATABASE_URL": ""}
    env.pop("POLICIES", None)
    command = [sys.executable, "-m", "jiangxin"]

    def run(*arguments: str) -> None:
        subprocess.run([*command, *arguments], env=env, check=True, stdout=subprocess.DEVNULL)

    run("up", "--no-serve", "--no-demo")
    run("demo", "--learners", "2000")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = Path(env["JIANGXIN_VAR"]) / "log"
    with log.open("w") as file:
        server = subprocess.Popen(
            [*command, "up", "--port", str(port)], env=env, stdout=file, stderr=file
        )
        try:
            _wait_for(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _second in range(120):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/public/", timeout=5).close()  # noqa: S310 -- own
        except OSError:
            time.sleep(1)
        else:
            return
    pytest.fail(f"the site does not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Drive the Chromium of the system."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is missing: apt-get install chromium, then run again.")
    return {"executable_path": program, "args": ARGUMENTS}


@dataclass
class Eyes:
    """One person at a browser, with everything that went wrong on the way."""

    page: Page
    site: str
    problems: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note errors of scripts, breaches of the content policy, and answers that failed."""
        self.page.on(
            "console",
            lambda m: (
                self.problems.append(f"{self.page.url}: {m.text}") if m.type == "error" else None
            ),
        )
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: {error}"))
        self.page.on(
            "response",
            lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 400 else None,
        )

    def go(self, path: str) -> None:
        """Open a page of the site; its scripts have run when this returns."""
        answer = self.page.goto(f"{self.site}{path}", wait_until="load")
        assert answer is not None
        assert answer.status < 400, f"{path}: {answer.status}"

    def sign_in(self, username: str) -> None:
        """Sign in as a person of the demo."""
        self.go("/sign-in/login/")
        self.page.fill("#id_login", username)
        self.page.fill("#id_password", PASSWORD)
        self.page.click("main button.btn-primary, form button.btn-primary >> nth=0")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)

    def check_page(self) -> None:
        """Check what holds on every page."""
        page = self.page
        assert page.locator("main").count() == 1, page.url
        assert page.locator("h1").count() == 1, page.url
        assert page.title().strip(" ·"), page.url
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{page.url} can be pushed sideways by {wide} px"


Open = Callable[..., Eyes]


@pytest.fixture
def look(browser: Browser, site: str) -> Iterator[Open]:
    """Return a function that opens a browser of a width, language and theme for a person."""
    opened: list[tuple[BrowserContext, Eyes]] = []

    def open_(
        username: str = "", *, width: str = "desktop", language: str = "zh-CN",
        scripts: bool = True, dark: bool = False,
    ) -> Eyes:  # fmt: skip
        wide, high = WIDTHS[width]
        context = browser.new_context(
            viewport={"width": wide, "height": high},
            locale=language,
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
        )
        eyes = Eyes(context.new_page(), site)
        eyes.page.set_default_timeout(20_000)
        eyes.watch()
        opened.append((context, eyes))
        if username:
            eyes.sign_in(username)
        return eyes

    yield open_
    found = []
    for context, eyes in opened:
        found += eyes.problems
        context.close()
    assert found == []
