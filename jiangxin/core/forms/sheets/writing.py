"""The template of a form: one column for each field, what may be written, and how to go about it."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import xlsxwriter
from django.utils import translation
from django.utils.translation import gettext as _
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell

from jiangxin.core.forms.links import Links
from jiangxin.core.forms.model import Field, Form
from jiangxin.core.forms.sheets.layout import (
    BAND,
    CODES,
    FIRST,
    HEADINGS,
    TITLE,
    VERSION,
    Column,
    Layout,
    SheetKey,
    layouts,
)
from jiangxin.core.forms.units import unit

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}
PROPERTY = "jiangxin-form"
SPARE_ROWS = 300  # rows below those given that offer choices too
SEPARATOR = "；"
Area = tuple[int, int, int, int]

Row = Sequence[Any]


def template(
    form: Form,
    *,
    rows: Sequence[Row] = (),
    keys: Sequence[SheetKey] = (),
    title: str = "",
    language: str = "zh-hans",
    links: Links | None = None,
    upright: bool = False,
) -> bytes:
    """Return a workbook to fill in: the form on the first sheet, a sheet for each of its tables.

    Files are added on screen, so they have no column.

    Args:
        rows: for each row the texts of the keys, then a mapping of the values known so far.
        keys: who a row is about; they come back with the values.
        upright: one row only, written with a field on each line: easier to fill in and to print.
    """
    with translation.override(language):
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, OPTIONS) as book:
            book.set_custom_property(PROPERTY, f"{form.code}/{form.version}")
            book.set_properties({"title": title or form.code})
            writer = _Writer(book, form, links or Links(), rows)
            pages = layouts(form, keys)
            for page in pages:
                if upright and not page.table:
                    writer.upright(page, title)
                else:
                    writer.page(page, title, len(keys))
            writer.words.write(_("Allowed words"))
            writer.guide(pages)
        return buffer.getvalue()


class Words:
    """The sheet of the words that may be chosen, one column for each list."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.lists: list[tuple[str, ...]] = []

    def range_of(self, words: tuple[str, ...]) -> str:
        """Return the cells that hold these words, for the validation of others."""
        if words not in self.lists:
            self.lists.append(words)
        column = self.lists.index(words)
        first = xl_rowcol_to_cell(1, column, row_abs=True, col_abs=True)
        last = xl_rowcol_to_cell(len(words), column, row_abs=True, col_abs=True)
        return f"={quote_sheetname(_('Allowed words'))}!{first}:{last}"

    def write(self, name: str) -> None:
        """Write the sheet, if anything is to be chosen."""
        if not self.lists:
            return
        sheet = self.book.add_worksheet(name)
        for column, words in enumerate(self.lists):
            sheet.write_string(0, column, _("List %(number)s") % {"number": column + 1})
            for row, word in enumerate(words, start=1):
                sheet.write_string(row, column, word)
        sheet.set_column(0, len(self.lists), 24)


def write_rules(sheet: Any, area: Area, field: Field, words: Words) -> None:
    """Let the cells of a field offer their choices, and warn about numbers out of range."""
    if field.type == "yes_no":
        rule: dict[str, Any] = {"validate": "list", "source": words.range_of((_("Yes"), _("No")))}
    elif field.type == "choice" and not field.many:
        labels = tuple(str(choice.label) for choice in field.choices)
        rule = {"validate": "list", "source": words.range_of(labels)}
    elif field.type in ("number", "money") and (field.low, field.high) != (None, None):
        rule = {"validate": "decimal", **_range(field)}
    else:
        return
    # a warning only: “3.2万” is understood, and a stop would keep people from writing it
    rule |= {
        "error_type": "warning",
        "error_title": str(field.label)[:32],
        "error_message": _rule_of(field)[:255],
        "ignore_blank": True,
    }
    sheet.data_validation(*area, rule)


def _range(field: Field) -> dict[str, Any]:
    if field.low is not None and field.high is not None:
        return {"criteria": "between", "minimum": field.low, "maximum": field.high}
    if field.low is not None:
        return {"criteria": ">=", "value": field.low}
    return {"criteria": "<=", "value": field.high}


class _Writer:
    def __init__(self, book: Any, form: Form, links: Links, rows: Sequence[Row]) -> None:
        self.book = book
        self.form = form
        self.links = links
        self.rows = rows
        self.words = Words(book)
        self.labels = {
            kind: links.labels(kind, codes) for kind, codes in _codes(form, rows).items()
        }
        head = {
            "bold": True,
            "bg_color": "#E8EEF7",
            "text_wrap": True,
            "valign": "top",
            "border": 1,
        }
        self.head = book.add_format(head)
        self.needed = book.add_format({**head, "bg_color": "#FDF1D9"})
        self.key = book.add_format({**head, "bg_color": "#DDE3E9"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.band = book.add_format({"bold": True, "font_color": "#0B6E99"})
        self.text = book.add_format({"num_format": "@"})  # codes keep their zeros
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})

    def page(self, page: Layout, title: str, key_count: int) -> None:
        """Write one sheet."""
        sheet = self.book.add_worksheet(page.name)
        name = str(self.form.field(page.table).label) if page.table else title or page.name
        sheet.write_string(TITLE, 0, name, self.title)
        sheet.write_string(VERSION, 0, _("Form version"))
        sheet.write_string(VERSION, 1, f"{self.form.code}/{self.form.version}")
        lines = list(self._lines(page))
        last = FIRST + len(lines) + SPARE_ROWS
        self._heads(sheet, page, last)
        for row, cells in enumerate(lines, start=FIRST):
            for place, (column, value) in enumerate(zip(page.columns, cells, strict=True)):
                self._cell(sheet, row, place, column, value)
        sheet.set_row(CODES, None, None, {"hidden": True})
        sheet.set_row(HEADINGS, 48)
        sheet.freeze_panes(FIRST, key_count)

    def upright(self, page: Layout, title: str) -> None:
        """Write the form of one filer with a field on each line."""
        sheet = self.book.add_worksheet(page.name)
        wrap = self.book.add_format({"text_wrap": True, "valign": "top", "font_color": "#566472"})
        box = {"border": 1, "text_wrap": True, "valign": "top"}
        sheet.write_string(TITLE, 1, title or page.name, self.title)
        sheet.write_string(VERSION, 1, f"{self.form.code}/{self.form.version}")
        for place, head in enumerate((_("Column"), _("Answers"), _("What to write")), start=1):
            sheet.write_string(BAND, place, head, self.key)
        sections = {section.code: str(section.label) for section in self.form.sections}
        values = next(iter(self._lines(page)), [None] * len(page.columns))
        row, band = BAND, ""
        for column, value in zip(page.columns, values, strict=True):
            field = column.field
            row += 1
            if field is not None and field.section != band:
                band = field.section
                sheet.write_string(row, 1, sections.get(band, ""), self.band)
                row += 1
            look = self.key if field is None else self.needed if field.required else self.head
            sheet.write_string(row, 0, column.code)
            sheet.write_string(row, 1, column.heading, look)
            is_text = field is None or field.type in ("text", "link", "choice")
            form = "@" if is_text else "yyyy-mm-dd" if _is_day(field) else "General"
            cell = self.book.add_format({**box, "num_format": form})
            sheet.write_blank(row, 2, None, cell)
            self._cell(sheet, row, 2, column, value, cell)
            if field is not None:
                sheet.write_string(row, 3, _advice(field), wrap)
                write_rules(sheet, (row, 2, row, 2), field, self.words)
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.set_column(1, 1, 34)
        sheet.set_column(2, 2, 40)
        sheet.set_column(3, 3, 60)
        sheet.freeze_panes(BAND + 1, 2)
        sheet.fit_to_pages(1, 0)

    def _heads(self, sheet: Any, page: Layout, last: int) -> None:
        sections = {section.code: str(section.label) for section in self.form.sections}
        band = ""
        for place, column in enumerate(page.columns):
            field = column.field
            look = self.key if field is None else self.needed if field.required else self.head
            sheet.write_string(CODES, place, column.code)
            sheet.write_string(HEADINGS, place, column.heading, look)
            is_text = field is None or field.type in ("text", "link", "choice")
            width = 22 if field is None or field.type in ("text", "link") else 15
            sheet.set_column(
                place, place, width, self.text if is_text else self.day if _is_day(field) else None
            )
            if field is None:
                continue
            if not page.table and field.section != band:
                band = field.section
                sheet.write_string(BAND, place, sections.get(band, ""), self.band)
            sheet.write_comment(HEADINGS, place, _advice(field), {"x_scale": 2, "y_scale": 1.4})
            write_rules(sheet, (FIRST, place, last, place), field, self.words)

    def _lines(self, page: Layout) -> Any:
        for row in self.rows:
            *key_values, values = row
            held = values.get(page.table) or [] if page.table else [values]
            for line in held:
                yield [
                    *key_values,
                    *(_part(line, column) for column in page.columns if column.field is not None),
                ]

    def _cell(
        self, sheet: Any, row: int, place: int, column: Column, value: Any, look: Any = None
    ) -> None:
        field = column.field
        if value in (None, "", []):
            return
        text = look or self.text
        if field is None:
            sheet.write_string(row, place, str(value), text)
        elif isinstance(value, bool):
            sheet.write_string(row, place, _("Yes") if value else _("No"), look)
        elif isinstance(value, int | float):
            sheet.write_number(row, place, value, look)
        elif _is_day(field) and (day := _day(value)):
            sheet.write_datetime(row, place, day, look or self.day)
        else:
            is_text = field.type in ("text", "link", "choice")
            written = self._written(field, value)[:32_767]
            sheet.write_string(row, place, written, text if is_text else look)

    def _written(self, field: Field, value: Any) -> str:
        if field.type == "choice":
            chosen = value if isinstance(value, list) else [value]
            return SEPARATOR.join(
                str(choice.label) if (choice := field.choice(code)) else str(code)
                for code in chosen
            )
        if field.type == "link" and isinstance(value, Mapping):
            code = str(value.get("code", ""))
            label = self.labels.get(field.to, {}).get(code, code)
            return f"{label} [{code}]" if label != code else code
        return str(value)

    def guide(self, pages: Sequence[Layout]) -> None:
        """Write how to fill it in, and every column with its rule."""
        sheet = self.book.add_worksheet(_("How to fill in"))
        wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        lines = (
            _("Write below the headings; one row for each school or other body named in it."),
            _("Columns may be moved. Do not merge cells."),
            _("Numbers may carry their unit: 3.2万平方米, 1,250元. Days: 2026-03-01."),
            _("Where a cell offers words, choose one; several are separated by “；”."),
            _("Rows of tables stand on sheets of their own, each with the key of its row here."),
            _("Files are added on the page after the upload."),
        )
        for row, line in enumerate(lines):
            sheet.write_string(row, 0, line)
        row = len(lines) + 1
        for place, head in enumerate((_("Sheet"), _("Column"), _("What to write"), _("Source"))):
            sheet.write_string(row, place, head, self.head)
        for page in pages:
            for column in (c for c in page.columns if c.field is not None):
                row += 1
                field = column.field
                assert field is not None  # noqa: S101 -- filtered in the line above
                for place, text in enumerate(
                    (page.name, column.heading, _advice(field), field.source)
                ):
                    sheet.write_string(row, place, text, wrap)
        sheet.set_column(0, 1, 24)
        sheet.set_column(2, 2, 70)
        sheet.set_column(3, 3, 16)


def _is_day(field: Field | None) -> bool:
    return field is not None and field.type in ("date", "period")


def _part(values: Mapping[str, Any], column: Column) -> Any:
    """Return the value of a column; of a period its first or last day."""
    value = values.get(column.name)
    if not column.end:
        return value
    if not isinstance(value, Mapping):
        return value if column.end == "from" else None
    if column.end == "from" or "last" in value:
        return value.get(column.end)
    day = _day(value.get("to"))
    return (day - timedelta(days=1)).isoformat() if day else value.get("to")


def _day(value: Any) -> date | None:
    try:
        day = date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if day.year >= 1900 else None  # Excel knows no earlier days


def _advice(field: Field) -> str:
    """Say what belongs in a cell."""
    parts = [_("Required.") if field.required else "", str(field.help or ""), _rule_of(field)]
    return " ".join(part for part in parts if part)[:1000] or str(field.label)


def _rule_of(field: Field) -> str:
    size = unit(field.unit)
    words = f" {size}" if size and str(size) else ""
    if field.type in ("number", "money"):
        if field.low is not None and field.high is not None:
            span = {"low": f"{field.low:g}", "high": f"{field.high:g}"}
            return _("A number from %(low)s to %(high)s") % span + words
        if field.low is not None:
            return _("A number from %(low)s up") % {"low": f"{field.low:g}"} + words
        return _("A number") + words
    if field.type == "choice":
        labels = SEPARATOR.join(str(choice.label) for choice in field.choices)
        text = _("Any of: %(answers)s") if field.many else _("One of: %(answers)s")
        return text % {"answers": labels}
    return {
        "yes_no": _("Yes or no."),
        "date": _("A day, such as 2026-03-01."),
        "period": _("A day, such as 2026-03-01; leave the last day empty while it goes on."),
        "link": _("The official name or the code."),
    }.get(field.type, "")


def _codes(form: Form, rows: Sequence[Row]) -> dict[str, set[str]]:
    """Return what the values link to, by kind."""
    wanted: dict[str, set[str]] = {}

    def note(field: Field, value: Any) -> None:
        if field.type == "link" and isinstance(value, Mapping) and value.get("code"):
            wanted.setdefault(field.to, set()).add(str(value["code"]))

    for row in rows:
        for field in form.fields:
            value = row[-1].get(field.code)
            note(field, value)
            if field.type == "table":
                for line in value or ():
                    for column in field.columns:
                        note(column, line.get(column.code))
    return wanted
