from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import get_template

import jiangxin
from jiangxin.config.navigation import MENU
from jiangxin.core.permissions import ALLOWED, refuse
from jiangxin.ui.statuses import LOOKS

PACKAGE = Path(jiangxin.__file__).parent
STATIC = PACKAGE / "ui" / "static" / "ui"
SPRITE = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
TEMPLATES = sorted(PACKAGE.glob("**/templates/**/*.html"))


def render(text: str, query: str = "", **values: Any) -> str:
    request = SimpleNamespace(
        GET=QueryDict(query), path="/here/", COOKIES={}, get_full_path=lambda: "/here/"
    )
    return Template("{% load ui %}" + text).render(Context({"request": request, **values}))


def test_link_keeps_region_and_year_and_drops_the_rest() -> None:
    text = '{% link "dashboards:search" q="双师" %}'
    address, _mark, query = render(text, "region=500118&year=2025&page=4").partition("?")
    assert address == "/search/"
    assert QueryDict(query.replace("&amp;", "&")).dict() == {
        "region": "500118",
        "year": "2025",
        "q": "双师",
    }


def test_here_replaces_one_part_and_returns_to_the_first_page() -> None:
    html = render("{% here month=None region=code %}", "region=1&month=2026-01&page=2", code="2")
    assert html == "/here/?region=2"


def test_status_has_shape_and_word() -> None:
    html = render('{% status "off_track" %}')
    assert "#octagon-x" in html
    assert "Off track" in html


def test_an_unknown_status_is_shown_as_it_is() -> None:
    assert "half_done".replace("_", " ") in render('{% status "half_done" %}')


def test_a_refused_act_is_no_form_and_says_why() -> None:
    text = '{% act_button "Publish" "/publish/" decision %}'
    html = render(text, decision=refuse("Only a leader may publish."))
    assert "<form" not in html
    assert "disabled" in html
    assert html.count("Only a leader may publish.") == 2  # tooltip, and for ears


def test_an_allowed_act_posts_its_fields_with_the_token() -> None:
    text = '{% act_button "Publish" "/publish/" decision version=3 %}'
    html = render(text, decision=ALLOWED, csrf_token="t0ken")
    assert 'action="/publish/"' in html
    assert 'value="t0ken"' in html
    assert 'name="version" value="3"' in html


def test_simulated_marks_only_what_is_made_up() -> None:
    text = "{% simulated thing %}"
    assert render(text, thing=SimpleNamespace(is_simulated=False)) == ""
    assert "simulated" in render(text, thing=SimpleNamespace(is_simulated=True))


def test_sparkline_tells_its_values_and_dashes_made_up_ones() -> None:
    points = [
        SimpleNamespace(year=2025, value=0.5, kind="computed", is_simulated=True),
        SimpleNamespace(year=2026, value=0.6, kind="reported", is_simulated=False),
    ]
    html = render('{% sparkline points "share" %}', points=points)
    assert "2025: 50%, 2026: 60%" in html
    assert "is-simulated" in html
    assert "spark-reported" in html


def test_status_bar_has_widths_that_fill_it() -> None:
    html = render("{% status_bar counts %}", counts={"achieved": 1, "off_track": 3, "on_track": 0})
    widths = [float(width) for width in re.findall(r'x="[\d.]+" y="0" width="([\d.]+)"', html)]
    assert widths == [25.0, 75.0]


def test_a_title_is_shortened_to_what_people_call_it() -> None:
    title = "某区人民政府关于印发《行动计划（2024-2027年）》的通知"
    assert render("{{ title|short_title }}", title=title) == "行动计划（2024-2027年）"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_template_compiles_without_inline_style_or_script(path: Path) -> None:
    name = str(path).split("/templates/", 1)[1]
    get_template(name)
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son\w+=\"|<style", text)
    for attributes in re.findall(r"<script([^>]*)>", text):
        assert "src=" in attributes or "application/json" in attributes


def test_every_icon_that_is_named_is_drawn() -> None:
    named = {look.icon for look in LOOKS.values()} | {entry.icon for entry in MENU}
    for path in TEMPLATES:
        named |= set(re.findall(r'{% icon "([\w-]+)"', path.read_text(encoding="utf-8")))
    assert named - SPRITE == set()


def test_scripts_of_ours_make_no_code_from_text() -> None:
    for path in STATIC.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", text), path.name


def test_policy_allows_nothing_inline() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]


def test_lock_file_names_no_package_host() -> None:
    lock = json.loads((PACKAGE.parent / "package-lock.json").read_text())
    packages = [entry for name, entry in lock["packages"].items() if name]
    assert packages
    assert not any("resolved" in entry for entry in packages)
    assert all(entry["integrity"].startswith("sha512-") for entry in packages)
