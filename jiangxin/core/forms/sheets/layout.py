"""Where each field stands in a workbook, and by which words its column is known again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from jiangxin.core.forms.model import Field, Form, Label
from jiangxin.core.forms.units import normal, unit

LANGUAGES = ("en", "zh-hans")
# in the hidden row of codes: marks a column that says whom the row is about
KEY_MARK = "@"
# rows of a sheet that we write, from 0
TITLE, VERSION, BAND, CODES, HEADINGS, FIRST = range(6)
_BRACKETS = re.compile(r"[(（\[［]([^()（）\[\]［］]*)[)）\]］]\s*\*?\s*$")


@dataclass(frozen=True, slots=True)
class SheetKey:
    """A column in front of the fields that says whom the row is about, a school code for one."""

    code: str
    label: Label | str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Args:
        code: what stands in the hidden row: "@school", "area", "term.from", "council.tier".
        field: None for a key.
        end: "from" or "last" for the columns of a period.
        words: normal forms of all headings by which it is known.
    """

    code: str
    field: Field | None
    heading: str
    end: str = ""
    words: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Code within its row: without the table that it belongs to and the end of a period."""
        return self.field.code if self.field else self.code.removeprefix(KEY_MARK)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one sheet; `table` is empty for the sheet of the form itself."""

    name: str
    columns: tuple[Column, ...]
    table: str = ""


def layouts(form: Form, keys: Sequence[SheetKey]) -> tuple[Layout, ...]:
    """Return the sheet of the form and one for each of its tables; files are not in sheets."""
    key_columns = [_key(key) for key in keys]
    fields = [f for f in form.fields if f.type not in ("table", "file")]
    sections = {section.code: section.label for section in form.sections}
    names: set[str] = set()
    found = [
        Layout(
            sheet_name(_("Answers"), names), (*key_columns, *_columns(fields, sections, prefix=""))
        )
    ]
    for table in (f for f in form.fields if f.type == "table"):
        inner = [c for c in table.columns if c.type != "file"]
        columns = (*key_columns, *_columns(inner, {}, prefix=f"{table.code}."))
        found.append(Layout(sheet_name(str(table.label), names), columns, table.code))
    return tuple(found)


def sheet_name(text: str, taken: set[str]) -> str:
    """Return a name that Excel allows, once."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", text).strip()[:28] or "Sheet"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain} {number}"
    taken.add(name.lower())
    return name


def word(text: object) -> str:
    """Return a heading as it is compared: narrow, lower case, without blanks and stars."""
    return normal(str(text)).strip("*")


def bare(text: object) -> tuple[str, str]:
    """Split a heading into its words and the unit in brackets behind them."""
    written = str(text).strip()
    match = _BRACKETS.search(written)
    return (word(written[: match.start()]), match[1].strip()) if match else (word(written), "")


def _key(key: SheetKey) -> Column:
    labels = {key.label.en, key.label.zh_hans} if isinstance(key.label, Label) else {key.label}
    words = frozenset(word(label) for label in {*labels, key.code, KEY_MARK + key.code})
    return Column(KEY_MARK + key.code, None, str(key.label), words=words)


def _columns(
    fields: Iterable[Field], sections: dict[str, Label], *, prefix: str
) -> tuple[Column, ...]:
    fields = list(fields)
    twice = {
        label
        for language in LANGUAGES
        for label, count in Counter(_said(field.label, language) for field in fields).items()
        if count > 1
    }
    columns = []
    for field in fields:
        section = sections.get(field.section)
        is_twice = any(_said(field.label, language) in twice for language in LANGUAGES)
        for end in ("from", "last") if field.type == "period" else ("",):
            with_section = section if is_twice else None
            words = {word(field.code), word(prefix + field.code)} if not end else set()
            for language in LANGUAGES:
                with translation.override(language):
                    words |= {word(text) for text in _headings(field, with_section, end)}
            words |= {word(old) for old in field.was} if not end else set()
            code = f"{prefix}{field.code}" + (f".{end}" if end else "")
            heading = _headings(field, with_section, end)[0]
            columns.append(
                Column(code, field, heading, end, frozenset({*words, word(code)} - {""}))
            )
    return tuple(columns)


def _said(label: Label, language: str) -> str:
    return word(label.en if language == "en" else label.zh_hans)


def _headings(field: Field, section: Label | None, end: str) -> list[str]:
    """Return the heading as we write it, then the shorter ones that are known too."""
    name = str(field.label)
    if section is not None:
        name = f"{section} · {name}"
    if end:
        name += " · " + (_("first day") if end == "from" else _("last day"))
    size = unit(field.unit)
    star = "*" if field.required else ""
    full = f"{name} ({size}){star}" if size and str(size) else f"{name}{star}"
    return [full, name] + ([str(field.label)] if not end else [])
