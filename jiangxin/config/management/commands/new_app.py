"""`jiangxin new_app NAME`: an empty app with the anatomy, placed on the ladder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

PACKAGE = Path(__file__).resolve().parents[3]
ROOT = PACKAGE.parent


class Command(BaseCommand):
    help = "Make an app for a noun of the ladder (pyproject.toml) and take it into the settings."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="a plural noun that stands on the ladder")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["name"]
        project = ROOT / "pyproject.toml"
        ladder = project.read_text(encoding="utf-8")
        if f'"({name})"' not in ladder:
            raise CommandError(
                f"“{name}” is no free place of the ladder in pyproject.toml. The order of the apps "
                "is a decision: add the place there with a short ADR, then run this again."
            )
        folder = PACKAGE / "apps" / name
        for path, text in _files(name).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        tests = ROOT / "tests" / "apps" / name
        tests.mkdir(parents=True, exist_ok=True)
        (tests / "__init__.py").write_text("", encoding="utf-8")
        project.write_text(ladder.replace(f'"({name})"', f'"{name}"'), encoding="utf-8")
        settings = PACKAGE / "config" / "settings.py"
        settings.write_text(
            _placed(settings.read_text(encoding="utf-8"), name, _order(ladder)), encoding="utf-8"
        )
        self.stdout.write(f"Made jiangxin/apps/{name}. Next: its README.md, then models.py.")


def _order(ladder: str) -> list[str]:
    block = ladder.split('id = "ladder"')[1].split("layers = [")[1].split("]")[0]
    return re.findall(r'"\(?([a-z]+)\)?"', block)


def _placed(settings: str, name: str, order: list[str]) -> str:
    """Return the settings with the app before the first installed one that stands below it."""
    for below in order[order.index(name) + 1 :]:
        line = f'    "jiangxin.apps.{below}",\n'
        if line in settings:
            return settings.replace(line, f'    "jiangxin.apps.{name}",\n{line}', 1)
    raise CommandError("No app below it is installed; add it to INSTALLED_APPS by hand.")


def _files(name: str) -> dict[str, str]:
    readme = (
        f"# {name}\n\nPurpose, in one sentence.\n\n- **Terms**:\n- **In from below**:\n- **Out**:\n"
    )
    return {
        "README.md": readme,
        "__init__.py": "",
        "apps.py": "from django.apps import AppConfig\n\n\n"
        f"class {name.capitalize()}Config(AppConfig):\n"
        f'    name = "jiangxin.apps.{name}"\n    label = "{name}"\n',
        "models.py": f'"""Tables of {name}."""\n',
        "urls.py": "from django.urls import URLPattern\n\n"
        f'app_name = "{name}"\nurlpatterns: list[URLPattern] = []\n',
        "migrations/__init__.py": "",
        f"templates/{name}/.gitkeep": "",
    }
