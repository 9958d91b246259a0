"""Which row holds the headings, and which column is which field, however they were moved about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core.forms.model import Field
from jiangxin.core.forms.sheets.correcting import Finding
from jiangxin.core.forms.sheets.layout import Column, Layout, bare, word
from jiangxin.core.forms.sheets.opening import Grid
from jiangxin.core.forms.units import factor, is_unit_word, normal

LOOK = 20  # rows in which headings are looked for
_SCALED = re.compile(r"([百千]?[万亿]|[百千])(.*)")


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of a layout in a grid.

    Args:
        places: column by code of the layout; `headings` as they stand, by column.
        sizes: units in the heading that the numbers below do not carry themselves ("万元").
        unknown: columns that are no field; `twice` those that stand a second time; `renamed`
            those known by the hidden row only.
    """

    grid: Grid
    heading_row: int
    first_row: int
    places: dict[str, int] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    columns: dict[int, Column] = field(default_factory=dict)
    sizes: dict[int, str] = field(default_factory=dict)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    twice: list[tuple[int, str]] = field(default_factory=list)
    renamed: list[tuple[int, str, Column]] = field(default_factory=list)

    def errors_in(self, row: int) -> set[int]:
        """Return the columns of a row whose formula gives an error."""
        return {column for line, column in self.grid.errors if line == row}

    def filled(self, findings: list[Finding]) -> list[list[Any]]:
        """Return the cells, each merged area resolved or named."""
        below = [area for area in self.grid.merged if area[2] >= self.first_row]
        if not below:
            return self.grid.cells
        cells = [list(line) for line in self.grid.cells]
        for top, left, bottom, right in below:
            mine = [place for place in range(left, right + 1) if place in self.columns]
            if not mine or not 0 <= top < len(cells):
                continue
            value = cells[top][left]
            if value == "":
                continue
            findings.append(self._merged(top, left, bottom, mine, value))
            if findings[-1].severity == "warning":
                for row in range(top, min(bottom + 1, len(cells))):
                    cells[row][mine[0]] = value
        return cells

    def _merged(self, top: int, left: int, bottom: int, mine: list[int], value: Any) -> Finding:
        column = self.columns[mine[0]]
        heading = self.headings.get(mine[0], column.heading)
        is_number = column.field is not None and column.field.type in ("number", "money")
        if len(mine) > 1:
            rule = _("Cells of several columns are merged; the value was read for the first one.")
        elif bottom > top and is_number:
            rule = _("One number stands for several rows; it was read for the first one only.")
        else:
            rule = _("Cells are merged; the value was read for each of the rows.")
        is_clear = len(mine) == 1 and not (bottom > top and is_number)
        fix = _("Undo the merging and write the value into each cell.")
        return Finding(
            top + 1,
            heading,
            str(value)[:200],
            rule,
            fix,
            "warning" if is_clear else "error",
            self.grid.name,
            self.grid.cell(top, left),
        )


def lying(grid: Grid, layout: Layout) -> Grid:
    """Return the grid with its fields side by side: codes below each other are turned."""
    codes = {column.code: column for column in layout.columns}
    across = max((_codes_in(row, codes) for row in grid.cells[:LOOK]), default=0)
    down = _codes_in([row[0] for row in grid.cells if row], codes)
    return grid.turned(columns=3) if down > across and down >= min(2, len(codes)) else grid


def best(grids: Sequence[Grid], layout: Layout) -> Found | None:
    """Return the sheet that fits the layout best, with its columns."""
    return paired(grids, [layout]).get(layout.table)


def paired(grids: Sequence[Grid], layouts: Sequence[Layout]) -> dict[str, Found]:
    """Return the sheet of each table, no sheet twice; the closest fits are paired first."""
    fits = [
        (_fit(page, layout), layout.table, page)
        for layout in layouts
        for grid in grids
        if (page := locate(grid, layout)) is not None
    ]
    pairs: dict[str, Found] = {}
    for _how_well, table, page in sorted(fits, key=lambda fit: fit[0], reverse=True):
        if table not in pairs and all(page.grid is not other.grid for other in pairs.values()):
            pairs[table] = page
    return pairs


def _fit(page: Found, layout: Layout) -> tuple[int, bool, int]:
    """Two tables may have the same headings, so hidden codes count first, then the name."""
    codes = {column.code: column for column in layout.columns if column.field is not None}
    coded = max(_codes_in(row, codes) for row in _top(page.grid))
    return coded, page.grid.name == layout.name, len(page.places)


def locate(grid: Grid, layout: Layout) -> Found | None:
    """Find the headings of a layout in a grid; None if it has none of its fields."""
    codes = {column.code: column for column in layout.columns}
    rows = list(_top(grid))
    code_row = max(range(len(rows)), key=lambda row: _codes_in(rows[row], codes), default=-1)
    if code_row < 0 or _codes_in(rows[code_row], codes) < min(2, len(codes)):
        code_row = -1
    words = _words(layout)
    # a sheet of a table shares its keys with the first one; a code in data is no heading
    scores = [
        sum(word(cell) in words or bare(cell)[0] in words for cell in row if cell != "")
        if row_number != code_row
        else 0
        for row_number, row in enumerate(rows)
    ]
    heading_row = max(range(len(rows)), key=lambda row: scores[row], default=-1)
    if heading_row < 0 or scores[heading_row] == 0:
        heading_row = code_row
    if heading_row < 0:
        return None
    page = Found(grid, heading_row, max(heading_row, code_row) + 1)
    by_code = rows[code_row] if code_row >= 0 else []
    _assign(page, rows[heading_row], by_code, codes, words, is_code_row=heading_row == code_row)
    # a form may consist of tables alone: then its first sheet holds nothing but keys
    asked = {column.code for column in layout.columns if column.field} or set(codes)
    return page if asked & page.places.keys() else None


def _top(grid: Grid) -> Iterator[list[Any]]:
    """Go through the first rows with merged headings filled in."""
    rows = [list(line) for line in grid.cells[:LOOK]]
    for top, left, bottom, right in grid.merged:
        if bottom < len(rows) and right < len(rows[top]) and left == right:
            for row in range(top, bottom + 1):
                rows[row][left] = rows[top][left]
    return iter(rows)


def _codes_in(row: Sequence[Any], codes: dict[str, Column]) -> int:
    return sum(isinstance(cell, str) and cell.strip() in codes for cell in row)


def _words(layout: Layout) -> dict[str, list[Column]]:
    words: dict[str, list[Column]] = {}
    for column in layout.columns:
        for text in column.words:
            words.setdefault(text, []).append(column)
    return words


def _assign(
    page: Found,
    headings: Sequence[Any],
    code_row: Sequence[Any],
    codes: dict[str, Column],
    words: dict[str, list[Column]],
    *,
    is_code_row: bool,
) -> None:
    for place, cell in enumerate(headings):
        heading = str(cell).strip()
        coded = codes.get(str(code_row[place]).strip()) if place < len(code_row) else None
        plain, size = bare(heading)
        named = words.get(word(heading)) or words.get(plain) or []
        # the same word for two columns: the hidden code says which, else their order
        free = [column for column in named if column.code not in page.places]
        column = coded if coded in named or not named else (free or named)[0]
        if column is None:
            if heading and not page.grid.is_upright and _has_values(page, place):
                page.unknown.append((place, heading))
            continue
        page.headings[place] = heading or column.heading
        if column.code in page.places:
            page.twice.append((place, heading))
            continue
        page.places[column.code] = place
        page.columns[place] = column
        if heading and not named and not is_code_row:
            page.renamed.append((place, heading, column))
        if column.field is not None and size and column.field.unit and _size(column.field, size):
            page.sizes[place] = size


def _size(field: Field, text: str) -> bool:
    """Whether the brackets of a heading hold a unit, and not that of the field itself."""
    scaled = _SCALED.fullmatch(normal(text))
    plain = scaled[2] if scaled else text
    if not scaled and factor(field.unit, text) == 1:
        return False
    return is_unit_word(plain) or (scaled is not None and not plain)


def _has_values(page: Found, place: int) -> bool:
    rows = page.grid.cells[page.first_row :]
    return any(place < len(row) and row[place] not in ("", None) for row in rows)
