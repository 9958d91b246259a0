"""Bytes of an uploaded file become grids of cells; what would hurt the server is refused first."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from typing import Any

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _
from lxml import etree
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum
from xlsxwriter.utility import xl_rowcol_to_cell

from jiangxin.core.errors import Invalid

MAX_UNPACKED = 500_000_000  # bytes of a workbook's sheets
MAX_CELLS = 10_000_000  # of the rectangle that holds all cells of a sheet: the reader fills it
MAX_SHEETS = 100
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# a row of six digits, or a column beyond AZZ (1,378)
_FAR = re.compile(rb""" r=["'](?:[A-Z]{0,3}\d{6,}|[B-Z][A-Z]{2}\d)""")
_WIDE = re.compile(rb""" r=["'][A-Z]{3}\d""")
_PLACE = re.compile(rb""" r=["']([A-Z]{1,3})(\d+)["']""")
_ERROR = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>""")
_PROPERTY = re.compile(r'name="jiangxin-form"[^>]*>\s*<vt:lpwstr>([a-z0-9_]+/\d+)</vt:lpwstr>')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Area = tuple[int, int, int, int]


class UnreadableFile(Invalid):
    """The file is no table that we can read, or none of this form."""

    code = "unreadable_file"


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells of one sheet.

    Args:
        merged: areas of merged cells (first row, first column, last row, last column, from 0);
            their value stands in the first cell.
        errors: cells whose formula gives an error; the reader sees them as empty.
        form: "code/version" from the properties of the file.
        is_upright: the sheet has a field in each row; here it is turned, so that each has a column.
    """

    name: str
    cells: list[list[Any]]
    merged: tuple[Area, ...] = ()
    errors: frozenset[tuple[int, int]] = frozenset()
    form: str = ""
    is_upright: bool = False

    def cell(self, row: int, column: int) -> str:
        """Return the name of a cell in the file."""
        place = (column, row) if self.is_upright else (row, column)
        return str(xl_rowcol_to_cell(*place))

    def turned(self, columns: int) -> Grid:
        """Return the first columns of an upright sheet as rows."""
        merged = tuple((b, a, d, c) for a, b, c, d in self.merged if d < columns)
        errors = frozenset((column, row) for row, column in self.errors)
        cells = [list(line) for line in zip(*self.cells, strict=True)][:columns]
        return Grid(self.name, cells, merged, errors, self.form, is_upright=True)


def grids(content: bytes) -> list[Grid]:
    """Return the sheets of a workbook, or the one table of a CSV text in any encoding.

    Raises:
        UnreadableFile: the bytes are neither, or too large.
    """
    if content[:2] == _ZIP or content[:8] == _OLE:
        return _workbook(content)
    return [Grid("", _csv(content))]


def _workbook(content: bytes) -> list[Grid]:
    form = ""
    errors: dict[str, set[tuple[int, int]]] = {}
    try:
        if content[:2] == _ZIP:
            form, errors = _looked_over(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = []
        names = [m.name for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
        for name in names[:MAX_SHEETS]:
            sheet = book.get_sheet_by_name(name)
            merged = tuple(
                (top, left, bottom, right)
                for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
            )
            cells = sheet.to_python(skip_empty_area=False)
            found.append(Grid(name, cells, merged, frozenset(errors.get(name, ())), form))
        if not found:
            raise UnreadableFile(_("This is no table. Upload an Excel workbook or a CSV file."))
        return found
    except UnreadableFile:
        raise
    # the reader is native code: whatever it makes of damaged bytes is a refusal, not a bug of ours
    except (CalamineError, OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
        raise UnreadableFile(
            _("The workbook is damaged or protected. Open it in Excel and save it again.")
        ) from error
    except (etree.XMLSyntaxError, RuntimeError, NotImplementedError, OverflowError) as error:
        raise UnreadableFile(
            _("The workbook is damaged or protected. Open it in Excel and save it again.")
        ) from error


def _looked_over(content: bytes) -> tuple[str, dict[str, set[tuple[int, int]]]]:
    """Refuse what unpacks to too much; return the form it names, and cells with errors."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = packed.namelist()
        if "xl/workbook.xml" not in names:
            raise UnreadableFile(_("Only workbooks of Excel can be read. Save it as .xlsx."))
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
            raise UnreadableFile(_("The workbook is too large. Send it in several files."))
        errors: dict[str, set[tuple[int, int]]] = {}
        for name, part in _parts(packed).items():
            xml = packed.read(part) if part in names else b""
            if _is_vast(xml):
                raise UnreadableFile(
                    _(
                        "The sheet “%(sheet)s” reaches too far: something stands in a cell far "
                        "below or to the right. Delete the empty rows and columns after the "
                        "table."
                    )
                    % {"sheet": name}
                )
            if b't="e"' in xml:
                errors[name] = {(int(m[2]) - 1, _column(m[1])) for m in _ERROR.finditer(xml)}
        form = ""
        if "docProps/custom.xml" in names:
            text = packed.read("docProps/custom.xml")[:100_000].decode("utf-8", "replace")
            match = _PROPERTY.search(text)
            form = match[1] if match else ""
        return form, errors


def _parts(packed: zipfile.ZipFile) -> dict[str, str]:
    """Return the file of each sheet, by the name of the sheet."""
    safe = etree.XMLParser(resolve_entities=False, no_network=True)
    book = etree.fromstring(packed.read("xl/workbook.xml"), safe)
    relations = etree.fromstring(packed.read("xl/_rels/workbook.xml.rels"), safe)
    targets = {r.get("Id"): str(r.get("Target", "")) for r in relations}
    found = {}
    for sheet in book.iter("{*}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        found[str(sheet.get("name"))] = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"
    return found


def _is_vast(xml: bytes) -> bool:
    if _FAR.search(xml):
        return True
    last = xml.rfind(b"<row ")
    match = re.search(rb"""\br=["'](\d+)""", xml[last : last + 200]) if last >= 0 else None
    rows = int(match[1]) if match else xml.count(b"<row")
    # a bound first, since finding the widest row means to look at every cell
    if rows * (1378 if _WIDE.search(xml) else 702) <= MAX_CELLS:
        return False
    wide, low = 1, rows
    for letters, row in set(_PLACE.findall(xml)):
        wide, low = max(wide, _column(letters) + 1), max(low, int(row))
    return wide * low > MAX_CELLS


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _csv(content: bytes) -> list[list[Any]]:
    wrong = _("This is no table. Upload an Excel workbook or a CSV file.")
    if b"\x00" in content[:4000]:
        raise UnreadableFile(wrong)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = from_bytes(content[:20_000]).best()
        encoding = guess.encoding if guess and guess.encoding.startswith("gb") else "gb18030"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                _("The letters of this file cannot be read. Save it as UTF-8 or as a workbook.")
            ) from error
    first = text.split("\n", 1)[0]
    separator = max(",\t;", key=first.count)
    try:
        rows: list[list[Any]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise UnreadableFile(wrong) from error
    width = max(map(len, rows), default=0)
    if width * len(rows) > MAX_CELLS:
        raise UnreadableFile(_("The file is too large. Send it in several files."))
    return [row + [""] * (width - len(row)) for row in rows]
