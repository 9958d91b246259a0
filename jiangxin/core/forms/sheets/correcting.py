"""What is wrong in a sheet, cell by cell, and the file given back with it marked."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_cell_to_rowcol

from jiangxin.core.forms.model import Form, Severity
from jiangxin.core.forms.sheets.layout import SheetKey, layouts, sheet_name
from jiangxin.core.forms.sheets.opening import grids
from jiangxin.core.forms.sheets.writing import OPTIONS, Words, write_rules

# begins the notes that a corrected file carries beside its rows; the next one replaces them
_NOTE = "⚠ "


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a file that must be mended (error) or looked at (warning).

    Args:
        row: of the sheet as Excel counts it (of an upright sheet the column); 0 if it is about
            the whole file.
        column: heading of the column as the reader knows it; may be empty.
        sheet: name of the sheet, `cell` the place in it, "C7"; empty for whole rows.
        rule: what is wrong and why; `fix` what to do.
    """

    row: int
    column: str
    value: str
    rule: str
    fix: str
    severity: Severity = "error"
    sheet: str = ""
    cell: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, to be stored."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return a finding that was stored."""
        return cls(**stored)


def corrected(
    content: bytes,
    findings: Sequence[Finding],
    *,
    form: Form | None = None,
    keys: Sequence[SheetKey] = (),
) -> bytes:
    """Return the file as uploaded, with bad cells coloured and a list of what to mend.

    It can be corrected and uploaded again as it is. Looks of the uploaded file are not kept;
    choices to pick from are, if the form is given.
    """
    by_cell: dict[tuple[str, int, int], list[Finding]] = {}
    by_row: dict[tuple[str, int], list[Finding]] = {}
    for finding in findings:
        row = finding.row - 1
        if finding.cell:
            row, column = xl_cell_to_rowcol(finding.cell)
            by_cell.setdefault((finding.sheet, row, column), []).append(finding)
        if finding.row:
            by_row.setdefault((finding.sheet, row), []).append(finding)
    buffer = io.BytesIO()
    taken: set[str] = set()
    with xlsxwriter.Workbook(buffer, OPTIONS) as book:
        looks = _Looks(book)
        pages = [grid for grid in grids(content) if grid.name not in (_to_fix(), _allowed())]
        words = Words(book)
        for grid in pages:
            sheet = book.add_worksheet(sheet_name(grid.name or _("Answers"), taken))
            width = max((len(row) for row in grid.cells), default=0)
            for row, cells in enumerate(grid.cells):
                for column, value in enumerate(cells):
                    bad = by_cell.get((grid.name, row, column))
                    is_note = isinstance(value, str) and value.startswith(_NOTE)
                    if (value in (None, "") and not bad) or is_note:
                        continue
                    looks.write(sheet, row, column, value, bad)
                if problems := by_row.get((grid.name, row)):
                    text = "\n".join(_line(problem) for problem in problems[:20])
                    sheet.write_string(row, width, _NOTE + text, looks.note)
            sheet.set_column(0, max(0, width - 1), 16)
            sheet.set_column(width, width, 60)
            _hide_codes(sheet, grid.cells, form, keys, words)
        if form is not None:
            words.write(_allowed())
        _list(book, findings, taken)
    return buffer.getvalue()


def _to_fix() -> str:
    return _("To fix")


def _allowed() -> str:
    return _("Allowed words")


def _hide_codes(
    sheet: Any,
    cells: Sequence[Sequence[Any]],
    form: Form | None,
    keys: Sequence[SheetKey],
    words: Words,
) -> None:
    """Hide the codes again, where they still are, and let choices be picked by them."""
    pages = layouts(form, keys) if form is not None else ()
    known = {column.code: column.field for page in pages for column in page.columns}

    def is_codes(line: Sequence[Any]) -> bool:
        return sum(str(cell) in known for cell in line) >= min(2, len(known)) > 0

    for row, line in enumerate(cells[:15]):
        if is_codes(line):
            sheet.set_row(row, None, None, {"hidden": True})
            last = max(len(cells), row + 2)
            for place, code in enumerate(line):
                if field := known.get(str(code)):
                    write_rules(sheet, (row + 2, place, last, place), field, words)
            return
    first = [line[0] for line in cells if line]
    if is_codes(first):
        sheet.set_column(0, 0, None, None, {"hidden": True})
        sheet.set_column(1, 3, 36)
        for row, code in enumerate(first):
            if field := known.get(str(code)):
                write_rules(sheet, (row, 2, row, 2), field, words)


class _Looks:
    def __init__(self, book: Any) -> None:
        self.error = book.add_format(
            {"bg_color": "#FFD0D0", "border": 1, "border_color": "#C0392B"}
        )
        self.warning = book.add_format({"bg_color": "#FFF0C8"})
        self.error_day = book.add_format({"bg_color": "#FFD0D0", "num_format": "yyyy-mm-dd"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.note = book.add_format({"text_wrap": True, "font_color": "#A01818", "valign": "top"})

    def write(
        self, sheet: Any, row: int, column: int, value: Any, bad: Sequence[Finding] | None
    ) -> None:
        """Write a cell as it was; a bad one coloured, with a comment."""
        is_day = hasattr(value, "isoformat") and hasattr(value, "year")
        look = self.day if is_day else None
        if bad:
            is_error = any(finding.severity == "error" for finding in bad)
            look = (self.error_day if is_day else self.error) if is_error else self.warning
            text = "\n".join(f"{finding.rule} {finding.fix}" for finding in bad)
            sheet.write_comment(row, column, text[:2000], {"x_scale": 2, "y_scale": 1.5})
        if is_day:
            sheet.write_datetime(row, column, value, look)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, look)
        elif isinstance(value, int | float):
            sheet.write_number(row, column, value, look)
        elif value in (None, ""):
            sheet.write_blank(row, column, None, look)
        else:  # as text, so that nothing typed becomes a formula
            sheet.write_string(row, column, str(value)[:32_767], look)


def _list(book: Any, findings: Sequence[Finding], taken: set[str]) -> None:
    name = sheet_name(_to_fix(), taken)
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF7"})
    heads = (
        _("Sheet"),
        _("Row"),
        _("Column"),
        _("Cell value"),
        _("Rule"),
        _("Fix"),
        _("Weight"),
    )
    sheet.write_row(0, 0, heads, bold)
    for row, finding in enumerate(findings, start=1):
        weight = _("must be mended") if finding.severity == "error" else _("please check")
        sheet.write_string(row, 0, finding.sheet)
        sheet.write_string(row, 1, finding.cell or (str(finding.row) if finding.row else ""))
        texts = (finding.column, finding.value, finding.rule, finding.fix, weight)
        for column, text in enumerate(texts, start=2):
            sheet.write_string(row, column, text[:32_767])
    sheet.set_column(0, 2, 14)
    sheet.set_column(3, 5, 40)
    sheet.freeze_panes(1, 0)


def _line(finding: Finding) -> str:
    said = f"{finding.rule} {finding.fix}"
    return f"{finding.column}: {said}" if finding.column else said
