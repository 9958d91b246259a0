"""`jiangxin messages`: collect the texts of every floor and app, and compile the catalogues.

Babel reads Python and, through Django's own conversion, templates; no system package is needed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation.template import templatize

KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


class Command(BaseCommand):
    help = "Update and compile the zh-Hans catalogues; --check fails if one is incomplete or old."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("labels", nargs="*", help="apps to work on (default: all)")
        parser.add_argument("--compile", action="store_true", help="only compile")
        parser.add_argument("--check", action="store_true", help="change nothing, report")

    def handle(self, *args: Any, **options: Any) -> None:
        problems: list[str] = []
        for folder in catalogue_folders(options["labels"]):
            path = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
            if options["check"]:
                problems += check(folder, path)
                continue
            if not options["compile"]:
                update(folder, path)
            if path.exists():
                compile_(path)
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise SystemExit(1)


def catalogue_folders(labels: list[str]) -> list[Path]:
    """List the packages of the product that hold texts, or those of the labels."""
    return [
        Path(config.path)
        for config in apps.get_app_configs()
        if config.name.startswith("jiangxin.")
        and (not labels or config.label in labels or config.name.rsplit(".", 1)[-1] in labels)
    ]


def texts_in(folder: Path) -> Iterator[tuple[str, Any, str | None]]:
    """Yield file, message (or plural pair) and context of each text in a package."""
    for path in sorted(folder.rglob("*")):
        if "migrations" in path.parts or "static" in path.parts:
            continue
        if path.suffix == ".py":
            source = path.read_text(encoding="utf-8")
        elif path.suffix in (".html", ".txt") and "templates" in path.parts:
            source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        else:
            continue
        for _line, function, messages, _comments in extract_python(
            io.BytesIO(source.encode()), KEYWORDS, (), {"encoding": "utf-8"}
        ):
            found = _message(function, messages)
            if found is not None:
                yield (path.relative_to(folder).as_posix(), *found)


def _message(function: Any, messages: Any) -> tuple[Any, str | None] | None:
    parts = messages if isinstance(messages, tuple) else (messages,)
    context: str | None = None
    if "pgettext" in function:
        context, parts = parts[0], parts[1:]
    if not parts or not isinstance(parts[0], str) or not parts[0]:
        return None
    return (tuple(parts[:2]) if function.startswith(("ng", "np")) else parts[0]), context


def _read(path: Path) -> Catalog:
    if not path.exists():
        return Catalog(locale="zh_Hans")
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def update(folder: Path, path: Path) -> None:
    """Write the catalogue of a package: new texts added, unused ones dropped, the rest kept."""
    old, new = _read(path), Catalog(locale="zh_Hans", charset="utf-8", fuzzy=False)
    for _file, message, context in texts_in(folder):
        known = old.get(message if isinstance(message, str) else message[0], context)
        string = known.string if known is not None else ""
        if isinstance(message, tuple) and isinstance(string, str):
            string = (string,)
        new.add(message, string, context=context, flags=known.flags if known else ())
    if not len(new):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    body = io.BytesIO()
    write_po(body, new, omit_header=True, sort_output=True, width=100, no_location=True)
    header = (
        'msgid ""\nmsgstr ""\n"Language: zh_Hans\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    )
    path.write_text(header + body.getvalue().decode(), encoding="utf-8")


def compile_(path: Path) -> None:
    """Compile a catalogue beside itself, if it is newer."""
    target = path.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
        return
    with target.open("wb") as file:
        write_mo(file, _read(path))


def check(folder: Path, path: Path) -> list[str]:
    """List texts of a package that the catalogue does not translate."""
    catalogue = _read(path)
    problems = []
    for file, message, context in texts_in(folder):
        known = catalogue.get(message if isinstance(message, str) else message[0], context)
        string = known.string if known is not None else ""
        if not string or (isinstance(string, tuple) and not string[0]):
            problems.append(f"{folder.name}/{file}: no zh-Hans for {message!r}")
    return problems
