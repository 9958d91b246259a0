"""Reading tables from Excel and CSV, and writing exports, templates and corrected files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import queries
from jiangxin.apps.organisations.models import Organisation, normal_form
from jiangxin.apps.organisations.sheets.columns import (
    COLUMNS,
    PROBLEMS,
    SEPARATOR,
    headings,
)
from jiangxin.core.forms.sheets import UnreadableFile, grids
from jiangxin.core.permissions import Viewer

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}


def table(content: bytes) -> list[list[Any]]:
    """Return the cells of the first sheet of a workbook, or of a CSV text in any encoding.

    Raises:
        UnreadableFile: the bytes are neither, or too large.
    """
    first, *_others = grids(content)
    return first.cells


def places(rows: Sequence[Sequence[Any]]) -> dict[str, int]:
    """Return the column of each field, from the headings in the first row.

    Raises:
        UnreadableFile: a required heading is missing, one is unknown, or one stands twice.
    """
    known, found, strange = headings(), {}, []
    for index, cell in enumerate(rows[0] if rows else ()):
        word = normal_form(str(cell))
        if not word:
            continue
        field = known.get(word)
        if field is None:
            strange.append(str(cell))
        elif field in found:
            raise UnreadableFile(_("The heading “%(heading)s” stands twice.") % {"heading": cell})
        elif field:
            found[field] = index
    missing = [str(c.label) for c in COLUMNS if c.is_required and c.field not in found]
    if missing:
        raise UnreadableFile(
            _("These columns are missing: %(columns)s. Begin with the template of this page.")
            % {"columns": _(", ").join(missing)}
        )
    if strange:
        raise UnreadableFile(
            _("These headings are not known: %(columns)s. Correct them or remove the columns.")
            % {"columns": _(", ").join(strange)}
        )
    return found


def workbook(organisations: Iterable[Organisation], *, viewer: Viewer) -> bytes:
    """Return organisations as a workbook that can be imported again without any change.

    Contact and notes are filled only where the viewer may see them.

    Args:
        organisations: with region, parent and scope selected and aliases prefetched.
    """
    paths = viewer.paths("organisations.view")
    rows = []
    for row in organisations:
        inside = viewer.is_system or row.scope.path.startswith(tuple(paths))
        rows.append(
            [
                _cell(column.field, row, viewer) if column.is_open or inside else ""
                for column in COLUMNS
            ]
        )
    return _book(rows)


def template() -> bytes:
    """Return an empty workbook with the headings, the rules and the words to choose from."""
    return _book([])


def _cell(field: str, row: Organisation, viewer: Viewer) -> Any:
    if field in ("kind", "stage", "ownership"):
        return str(getattr(row, f"get_{field}_display")())
    if field == "region":
        return row.region.code
    if field == "parent":
        parent = queries.parent_of(row, viewer=viewer)
        return parent.code if parent is not None else ""
    if field == "aliases":
        return SEPARATOR.join(alias.text for alias in row.aliases.all())
    value = getattr(row, field)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return value.isoformat() if field in ("starts_on", "ends_on") and value else value or ""


def _book(rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF7"})
        text = book.add_format({"num_format": "@"})  # codes keep their zeros
        sheet = book.add_worksheet(_("Organisations"))
        for index, column in enumerate(COLUMNS):
            star = "*" if column.is_required else ""
            sheet.write_string(0, index, str(column.label), bold)
            sheet.write_comment(0, index, f"{star}{column.rule}")
            sheet.set_column(index, index, column.width, text)
        for number, cells in enumerate(rows, start=1):
            sheet.write_row(number, 0, cells)
        sheet.freeze_panes(1, 2)
        _write_words(book, bold)
    return buffer.getvalue()


def _write_words(book: Any, bold: Any) -> None:
    sheet = book.add_worksheet(_("Allowed words"))
    choices = (Organisation.Kind, Organisation.Stage, Organisation.Ownership)
    for index, (field, kind) in enumerate(
        zip(("kind", "stage", "ownership"), choices, strict=True)
    ):
        label = next(column.label for column in COLUMNS if column.field == field)
        sheet.write_string(0, index, str(label), bold)
        sheet.write_column(1, index, [str(word) for word in kind.labels])
    sheet.set_column(0, 2, 30)


def corrected_file(content: bytes, findings: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the sheet as uploaded with a last column that says what to correct in each row.

    Cells that break a rule are marked; a second sheet lists row, column, value, rule and fix.
    The file can be corrected and uploaded again as it is.
    """
    cells = table(content)
    field_places = places(cells)
    by_row: dict[int, list[Mapping[str, Any]]] = {}
    for finding in findings:
        by_row.setdefault(int(finding["row"]), []).append(finding)
    width = max((len(row) for row in cells), default=0)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {**_OPTIONS, "default_date_format": "yyyy-mm-dd"}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#E8EEF7"})
        marked = book.add_format({"bg_color": "#FFD9D9"})
        sheet = book.add_worksheet(_("Organisations"))
        for index, row in enumerate(cells):
            problems = by_row.get(index + 1, [])
            bad = {field_places.get(str(p["field"]), -1) for p in problems}
            for place, cell in enumerate(row):
                look = bold if index == 0 else marked if place in bad else None
                sheet.write(index, place, cell, look)
            if index == 0:
                sheet.write(index, width, str(PROBLEMS), bold)
            elif problems:
                sheet.write(index, width, "\n".join(_line(p) for p in problems))
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, width - 1), 18)
        sheet.set_column(width, width, 60)
        listing = book.add_worksheet(_("To fix"))
        heads = [_("Row"), _("Column"), _("Cell value"), _("Rule"), _("Fix")]
        listing.write_row(0, 0, heads, bold)
        for index, finding in enumerate(findings, start=1):
            keys = ("row", "column", "value", "rule", "fix")
            listing.write_row(index, 0, [finding[key] for key in keys])
        listing.set_column(2, 4, 40)
        listing.freeze_panes(1, 0)
    return buffer.getvalue()


def _line(problem: Mapping[str, Any]) -> str:
    return f"{problem['column']}: {problem['rule']} {problem['fix']}"
