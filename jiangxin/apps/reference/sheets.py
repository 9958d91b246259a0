"""Code lists from and to Excel and CSV: columns, checks with row and column, corrected file.

All errors of a file are found at once, each with the rule that it breaks and a proposed fix.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from python_calamine import CalamineError, CalamineWorkbook

from jiangxin.apps.reference.actions import (
    DivisionRow,
    EditionHeader,
    IndustryRow,
    OccupationRow,
    Outcome,
    ProgrammeRow,
    Row,
    load_edition,
)
from jiangxin.apps.reference.models import Industry, Occupation, Programme, Region
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its field, the headings it goes by, and the rule for its cells."""

    field: str
    headings: tuple[str, ...]
    rule: str | Promise
    pattern: str = ""
    # cell as written → stored value; anything else breaks the rule
    choices: Mapping[str, object] | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of list and the row that they make."""

    columns: tuple[Column, ...]
    row: Callable[..., Row]
    check: Callable[[Sequence[Numbered]], list[CellError]]


@dataclass(frozen=True, slots=True)
class CellError:
    """One cell that breaks a rule."""

    row: int
    column: str
    value: str
    rule: str
    fix: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row that is well formed, with its line in the file."""

    line: int
    row: Any


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was read: good rows, errors, and the cells for the corrected file."""

    kind: str
    rows: tuple[Row, ...]
    errors: tuple[CellError, ...]
    cells: tuple[tuple[str, ...], ...]

    def enforce(self) -> None:
        """Raise CellsInvalid with the first hundred errors if there is any."""
        if self.errors:
            raise CellsInvalid(
                _("%(number)s cells break a rule, so nothing was loaded. Correct them first.")
                % {"number": len(self.errors)},
                data={"errors": [asdict(error) for error in self.errors[:100]]},
            )


class CellsInvalid(Invalid):
    """Some cells of a file break rules; `data["errors"]` lists them."""

    code = "cells_invalid"


class UnreadableFile(Invalid):
    """The file is neither an Excel workbook nor a CSV text that can be read."""

    code = "unreadable_file"


def _levels(choices: Iterable[tuple[str, Any]], *official: str) -> dict[str, object]:
    """Return what may stand in a level column: our word, or the official Chinese one."""
    known: dict[str, object] = {}
    for (value, _label), word in zip(choices, official, strict=True):
        known[value] = value
        for alias in word.split("/"):
            known[alias] = value
    return known


_CODE = ("code", "代码", "编码", "专业代码", "职业编码", "行政区划代码", "行业代码")
_NAME = ("name", "名称", "专业名称", "职业名称", "行业名称", "单位名称")
_LEVEL = ("level", "层级", "级别", "层次", "培养层次")
_PARENT = ("parent", "上级", "上级代码")
_NAME_COLUMN = Column("name", _NAME, gettext_lazy("1 to 60 characters"), r".{1,60}")
_YES = {"1": True, "是": True, "K": True, "true": True, "0": False, "否": False, "false": False}


def _check_divisions(rows: Sequence[Numbered]) -> list[CellError]:
    order = ["nation", "province", "city", "county", "zone"]
    levels = {n.row.code: n.row.level for n in rows}
    errors = []
    for n in rows:
        above = levels.get(n.row.parent)
        if above is not None and order.index(above) >= order.index(n.row.level):
            errors.append(
                CellError(
                    n.line,
                    "parent",
                    n.row.parent,
                    _("the parent stands on a higher level"),
                    _("Name a region of a higher level, or correct the level of one of the two"),
                )
            )
    return errors + _missing_parents(rows, top="nation")


def _check_programmes(rows: Sequence[Numbered]) -> list[CellError]:
    tens = {"secondary": "67", "college": "45", "bachelor": "23"}
    errors = []
    for n in rows:
        if n.row.code[0] not in tens[n.row.level]:
            errors.append(
                CellError(
                    n.line,
                    "code",
                    n.row.code,
                    _("codes begin with 6 or 7 (secondary), 4 or 5 (college), 2 or 3 (bachelor)"),
                    _("Correct the code or the level"),
                )
            )
        if n.row.code.endswith("K") != n.row.is_state_controlled:
            errors.append(
                CellError(
                    n.line,
                    "state_controlled",
                    str(int(n.row.is_state_controlled)),
                    _("the code of a state-controlled programme ends in K, no other does"),
                    _("Write %(value)s") % {"value": int(n.row.code.endswith("K"))},
                )
            )
    return errors


def _check_occupations(rows: Sequence[Numbered]) -> list[CellError]:
    depth = {1: "major", 4: "medium", 7: "minor", 10: "occupation"}
    errors = []
    for n in rows:
        if depth[len(n.row.code)] != n.row.level:
            errors.append(
                CellError(
                    n.line,
                    "level",
                    n.row.level,
                    _("the level follows from the length of the code"),
                    _("Write %(value)s") % {"value": depth[len(n.row.code)]},
                )
            )
    return errors + _missing_parents(rows, top="major")


def _check_industries(rows: Sequence[Numbered]) -> list[CellError]:
    return _missing_parents(rows, top="section")


def _missing_parents(rows: Sequence[Numbered], *, top: str) -> list[CellError]:
    codes = {n.row.code for n in rows}
    return [
        CellError(
            n.line,
            "parent",
            n.row.parent,
            _("the parent is listed in the same file; only the top level has none"),
            _("Add a row for the parent, or correct its code"),
        )
        for n in rows
        if (n.row.level == top) != (n.row.parent == "")
        or (n.row.parent and n.row.parent not in codes)
    ]


LAYOUTS: Mapping[str, Layout] = {
    "divisions": Layout(
        (
            Column("code", _CODE, gettext_lazy("six digits"), r"\d{6}"),
            _NAME_COLUMN,
            Column(
                "level",
                _LEVEL,
                gettext_lazy("nation, province, city, county or zone"),
                choices=_levels(
                    Region.Level.choices, "国家", "省/省级", "市/地级", "县/区县/县级", "开发区"
                ),
            ),
            Column(
                "parent",
                _PARENT,
                gettext_lazy("six digits; empty for the nation"),
                r"(\d{6})?",
                is_required=False,
            ),
        ),
        DivisionRow,
        _check_divisions,
    ),
    "programmes": Layout(
        (
            Column(
                "level",
                _LEVEL,
                gettext_lazy("secondary, college or bachelor"),
                choices=_levels(Programme.Level.choices, "中职", "高职专科", "高职本科/职业本科"),
            ),
            Column(
                "code", _CODE, gettext_lazy("six digits, then K if state-controlled"), r"\d{6}K?"
            ),
            _NAME_COLUMN,
            Column("class", ("class", "专业类"), gettext_lazy("1 to 40 characters"), r".{1,40}"),
            Column(
                "category", ("category", "专业大类"), gettext_lazy("1 to 40 characters"), r".{1,40}"
            ),
            Column(
                "state_controlled",
                ("state_controlled", "国家控制", "国控"),
                gettext_lazy("1 or 0"),
                choices=_YES,
            ),
        ),
        ProgrammeRow,
        _check_programmes,
    ),
    "occupations": Layout(
        (
            Column(
                "code",
                _CODE,
                gettext_lazy("digits of the dictionary, for instance 4-02-02-02"),
                r"\d(-\d\d(-\d\d(-\d\d)?)?)?",
            ),
            _NAME_COLUMN,
            Column(
                "level",
                _LEVEL,
                gettext_lazy("major, medium, minor or occupation"),
                choices=_levels(Occupation.Level.choices, "大类", "中类", "小类", "细类/职业"),
            ),
            Column(
                "parent",
                _PARENT,
                gettext_lazy("code of the group above; empty for a major group"),
                r"(\d(-\d\d(-\d\d)?)?)?",
                is_required=False,
            ),
            Column(
                "marks",
                ("marks", "标识"),
                gettext_lazy("L, S, LS or empty"),
                r"L?S?",
                is_required=False,
            ),
        ),
        OccupationRow,
        _check_occupations,
    ),
    "industries": Layout(
        (
            Column("section", ("section", "门类"), gettext_lazy("one letter A to T"), r"[A-T]"),
            Column("code", _CODE, gettext_lazy("a letter or two to four digits"), r"[A-T]|\d{2,4}"),
            _NAME_COLUMN,
            Column(
                "level",
                _LEVEL,
                gettext_lazy("section, division, group or class"),
                choices=_levels(Industry.Level.choices, "门类", "大类", "中类", "小类"),
            ),
            Column(
                "parent",
                _PARENT,
                gettext_lazy("code above; empty for a section"),
                r"([A-T]|\d{2,3})?",
                is_required=False,
            ),
        ),
        IndustryRow,
        _check_industries,
    ),
}


def read(content: bytes, *, name: str, kind: str = "") -> Sheet:
    """Read a code list from the bytes of an Excel or CSV file and check all of it.

    Args:
        name: file name, for its ending.
        kind: kind of list; empty to tell it from the headings.

    Raises:
        UnreadableFile: the bytes are no table, or the headings fit no kind of list.
    """
    table = _table(content, name)
    if not table:
        raise UnreadableFile(_("The file is empty. Export the list again, with its headings."))
    headings = [cell.strip() for cell in table[0]]
    kind = kind or _kind_of(headings, table)
    layout = LAYOUTS[kind]
    places = _places(layout, headings)
    good: list[Numbered] = []
    errors: list[CellError] = []
    for line, cells in enumerate(table[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        values, found = _values(layout, places, cells, line)
        errors += found
        if not found:
            good.append(Numbered(line, layout.row(*values)))
    errors += _repeated(good, kind)
    errors += layout.check(good)
    bad = {error.row for error in errors}
    named = {
        column.field: headings[place]
        for column, place in zip(layout.columns, places, strict=True)
        if place is not None
    }
    errors = [replace(error, column=named.get(error.column, error.column)) for error in errors]
    return Sheet(
        kind,
        tuple(n.row for n in good if n.line not in bad),
        tuple(sorted(errors, key=lambda error: (error.row, error.column))),
        tuple(tuple(cells) for cells in table),
    )


def corrected_file(sheet: Sheet) -> bytes:
    """Return a workbook with the cells as read, bad ones marked, and a list of what to fix."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True})
        marked = book.add_format({"bg_color": "#FFD9D9"})
        data = book.add_worksheet(_("Rows as read"))
        lines = {error.row for error in sheet.errors}
        for index, cells in enumerate(sheet.cells):
            data.write_row(index, 0, cells, marked if index + 1 in lines else None)
        listing = book.add_worksheet(_("To fix"))
        listing.write_row(0, 0, [_("Row"), _("Column"), _("Value"), _("Rule"), _("Fix")], bold)
        for index, error in enumerate(sheet.errors, start=1):
            listing.write_row(index, 0, astuple(error))
        listing.set_column(2, 4, 40)
        listing.freeze_panes(1, 0)
    return buffer.getvalue()


def workbook(kind: str, rows: Iterable[Any]) -> bytes:
    """Return rows of a list as an Excel workbook that `read` takes back."""
    layout = LAYOUTS[kind]
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(kind)
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, [column.field for column in layout.columns], bold)
        for index, row in enumerate(rows, start=1):
            sheet.write_row(index, 0, [_cell(column.field, row) for column in layout.columns])
        sheet.freeze_panes(1, 0)
        sheet.set_column(1, 2, 24)
    return buffer.getvalue()


def load_reference(*, by: Viewer, at: datetime.datetime) -> list[Outcome]:
    """Load the national lists that the product ships; those already loaded cost nothing.

    Source:
        `data/sources.yaml` names the official document of each list.
    """
    sources = yaml.safe_load((DATA / "sources.yaml").read_text(encoding="utf-8"))
    outcomes = []
    for kind, source in sources.items():
        sheet = read((DATA / source["file"]).read_bytes(), name=source["file"], kind=kind)
        if sheet.errors:
            raise Invalid(_("A shipped code list is damaged: %s") % str(sheet.errors[0]))
        header = EditionHeader(
            kind,
            str(source["edition"]),
            title=source["title"],
            issuer=source["issuer"],
            number=source.get("number", ""),
            starts_on=source["starts_on"],
            note="\n".join([*source.get("complete", []), *source.get("notes", [])]),
        )
        outcomes.append(load_edition(header=header, rows=sheet.rows, by=by, at=at))
    return outcomes


def _table(content: bytes, name: str) -> list[list[str]]:
    if name.lower().endswith((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")):
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
            rows = book.get_sheet_by_index(0).to_python()
        except (CalamineError, OSError, ValueError, IndexError) as error:
            raise UnreadableFile(
                _(
                    "The file cannot be read as a workbook. It may be damaged or protected: open "
                    "it in the spreadsheet program and save it as .xlsx without a password."
                )
            ) from error
        return [[_text(cell) for cell in row] for row in rows]
    if b"\0" in content:
        raise UnreadableFile(_("This is no text file. Save the list as .xlsx or as CSV in UTF-8."))
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return list(csv.reader(io.StringIO(text, newline="")))
        except csv.Error as error:
            raise UnreadableFile(
                _("The lines of the file are no CSV. Export the list again as CSV or .xlsx.")
            ) from error
    raise UnreadableFile(_("The text is neither UTF-8 nor GB 18030. Save it as CSV in UTF-8."))


def _text(cell: object) -> str:
    """Return a cell as text; spreadsheets turn codes into numbers such as 610101.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _kind_of(headings: Sequence[str], table: Sequence[Sequence[str]]) -> str:
    fits = [
        kind
        for kind, layout in LAYOUTS.items()
        if all(set(c.headings) & set(headings) for c in layout.columns if c.is_required)
    ]
    if "programmes" in fits:
        return "programmes"
    if "industries" in fits:
        return "industries"
    for kind in fits:
        code = LAYOUTS[kind].columns[0]
        place = next(i for i, heading in enumerate(headings) if heading in code.headings)
        sample = [row[place] for row in table[1:] if len(row) > place and row[place].strip()]
        fitting = sum(bool(re.fullmatch(code.pattern, cell.strip(), re.ASCII)) for cell in sample)
        if 2 * fitting > len(sample):
            return kind
    raise UnreadableFile(
        _(
            "The headings %(headings)s fit no code list. Name the kind (--kind) and use the "
            "headings of an export, for instance code, name, level, parent."
        )
        % {"headings": ", ".join(headings[:8])}
    )


def _places(layout: Layout, headings: Sequence[str]) -> list[int | None]:
    places: list[int | None] = []
    for column in layout.columns:
        found = [i for i, heading in enumerate(headings) if heading in column.headings]
        if not found and column.is_required:
            raise UnreadableFile(
                _("The column %(column)s is missing. It may be called: %(headings)s.")
                % {"column": column.field, "headings": ", ".join(column.headings)}
            )
        places.append(found[0] if found else None)
    return places


def _values(
    layout: Layout, places: Sequence[int | None], cells: Sequence[str], line: int
) -> tuple[list[object], list[CellError]]:
    values: list[object] = []
    errors = []
    for column, place in zip(layout.columns, places, strict=True):
        written = cells[place].strip() if place is not None and place < len(cells) else ""
        value = (column.choices or {}).get(written) if column.choices else written
        wrong = value is None or (
            column.pattern and not re.fullmatch(column.pattern, written, re.ASCII)
        )
        if wrong:
            errors.append(
                CellError(line, column.field, written, str(column.rule), _fix(column, written))
            )
        values.append(value)
    return values, errors


def _fix(column: Column, written: str) -> str:
    """Propose what to write: the cell without spaces and full-width forms, if that is right."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", written))
    if column.choices and plain in column.choices:
        return _("Write %(value)s") % {"value": plain}
    if column.pattern and plain and re.fullmatch(column.pattern, plain, re.ASCII):
        return _("Write %(value)s") % {"value": plain}
    if not written:
        return _("Fill in the cell")
    return _("Compare with the official list and correct the cell")


def _repeated(rows: Sequence[Numbered], kind: str) -> list[CellError]:
    first: dict[object, int] = {}
    errors = []
    for n in rows:
        key = (n.row.level, n.row.code) if kind == "programmes" else n.row.code
        if key in first:
            errors.append(
                CellError(
                    n.line,
                    "code",
                    n.row.code,
                    _("each code stands once"),
                    _("Remove this row, or row %(row)s with the same code") % {"row": first[key]},
                )
            )
        first.setdefault(key, n.line)
    return errors


def _cell(field: str, row: Any) -> object:
    if field == "parent":
        if isinstance(row, Region):
            return row.path.split("/")[-3] if row.path.count("/") > 1 else ""
        return row.parent_code
    if field == "class":
        return row.class_name
    if field == "state_controlled":
        return int(row.is_state_controlled)
    return getattr(row, field)
