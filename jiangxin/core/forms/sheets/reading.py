"""A filled sheet becomes raw values for `clean`, with everything that stands in its way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core.forms.model import Field, Form, Problem, Severity
from jiangxin.core.forms.sheets.correcting import Finding
from jiangxin.core.forms.sheets.layout import Column, Layout, SheetKey, layouts
from jiangxin.core.forms.sheets.locating import Found, best, lying, paired
from jiangxin.core.forms.sheets.opening import Grid, UnreadableFile, grids
from jiangxin.core.forms.units import normal

_FORM = re.compile(r"([a-z][a-z0-9_]*)/(\d{1,6})")
_PATH = re.compile(r"([a-z0-9_]+)(?:\[(\d+)\])?(?:\.([a-z0-9_]+))?")
_CODED = re.compile(r".*\[([^\[\]]+)\]\s*", re.DOTALL)
_TOTALS = frozenset({"合计", "总计", "小计", "总数", "total", "sum"})

Keys = tuple[str, ...]
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """What one row of the first sheet says, with the rows of the tables that belong to it.

    Args:
        number: of the row as Excel counts it.
        keys: texts of the keys, by code; `raw` values for `core.forms.clean`.
        lines: for each table, the numbers of its rows in the sheet of the table.
    """

    number: int
    keys: Mapping[str, str]
    raw: dict[str, Any]
    lines: Mapping[str, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as it was read; nothing is judged yet but its shape.

    Args:
        version: the version of the form that the file names; None if it names none.
    """

    rows: list[SheetRow]
    findings: list[Finding]
    version: int | None
    pages: Mapping[str, Found] = field(default_factory=dict, repr=False)

    @property
    def is_ok(self) -> bool:
        """Whether the shape of the file hides nothing; warnings are allowed."""
        return all(finding.severity == "warning" for finding in self.findings)

    def findings_of(self, row: SheetRow, problems: Sequence[Problem]) -> list[Finding]:
        """Return the problems that `clean` found in a row as places in the file."""
        return [self._finding(row, problem) for problem in problems]

    def finding(
        self, row: SheetRow, column: str, rule: str, fix: str, severity: Severity = "error"
    ) -> Finding:
        """Return a finding of the caller's own: `column` is the code of a key or a field."""
        return self._at(self.pages[""], row.number, column, "@" + column, rule, fix, severity)

    def _finding(self, row: SheetRow, problem: Problem) -> Finding:
        match = _PATH.match(problem.path)
        code, index, column = match.groups() if match else ("", None, None)
        page, number, wanted = self.pages[""], row.number, (code, f"{code}.from")
        lines = row.lines.get(code)
        if code in self.pages and code:
            page, number, wanted = self.pages[code], 0, ("", "")
            if index is not None and lines and int(index) < len(lines):
                number = lines[int(index)]
                wanted = (f"{code}.{column}", f"{code}.{column}.from")
        severity = problem.severity
        return self._at(page, number, *wanted, problem.message, problem.fix, severity)

    def _at(
        self,
        page: Found,
        number: int,
        code: str,
        other: str,
        rule: str,
        fix: str,
        severity: Severity,
    ) -> Finding:
        place = page.places.get(code, page.places.get(other, -1))
        value, heading, cell = "", "", ""
        if place >= 0:
            heading = page.headings.get(place, "")
        if place >= 0 and number:
            value = _shortly(page.grid.cells[number - 1][place])
            cell = page.grid.cell(number - 1, place)
        return Finding(number, heading, value, rule, fix, severity, page.grid.name, cell)


def read(
    form: Form, content: bytes, *, keys: Sequence[SheetKey] = (), earlier: Sequence[Form] = ()
) -> Sheet:
    """Read a filled template, an export of ours, or any table with headings that fit.

    Columns are known by their heading in either language, by their code, by earlier names, or by
    the hidden row of codes. The values are raw: `clean` reads and judges them. A row that holds
    its keys only is kept, with nothing in `raw`: it was not filled in.

    Args:
        earlier: older versions of the form; what they asked and this one does not is named.

    Raises:
        UnreadableFile: no table, no heading that we know, a key is missing, or another form.
    """
    opened = grids(content)
    findings: list[Finding] = []
    version = _version(form, opened, findings)
    old = next((other for other in earlier if other.version == version), None)
    first, *tables = layouts(form, keys)
    opened = [lying(grid, first) for grid in opened]
    main = best(opened, first)
    if main is None:
        raise UnreadableFile(
            _("No heading of this form was found. Begin with the template of this page.")
        )
    missing = [str(key.label) for key in keys if f"@{key.code}" not in main.places]
    if missing:
        raise UnreadableFile(
            _("These columns are missing: %(columns)s. Begin with the template of this page.")
            % {"columns": _(", ").join(missing)}
        )
    pages = {"": main}
    findings += _shape(main, first, old)
    rows: list[SheetRow] = []
    by_key: dict[Keys, SheetRow] = {}
    for number, key_texts, raw in _lines(main, first, findings):
        row = SheetRow(number, dict(zip((k.code for k in keys), key_texts, strict=True)), raw, {})
        rows.append(row)
        if key_texts in by_key:
            _twice(main, row, by_key[key_texts].number, findings)
        by_key.setdefault(key_texts, row)
    pages |= paired([grid for grid in opened if grid is not main.grid], tables)
    for layout in tables:
        if (page := pages.get(layout.table)) is not None:
            findings += _shape(page, layout, old)
            _put_lines(page, layout, by_key, findings, has_keys=bool(keys))
    return Sheet(rows, findings, version, pages)


def _version(form: Form, opened: Sequence[Grid], findings: list[Finding]) -> int | None:
    """Return the version that the file names.

    Raises:
        UnreadableFile: it is a file of another form.
    """
    said = [grid.form for grid in opened[:1] if grid.form]
    for grid in opened:
        for line in grid.cells[:5]:
            said += [cell for cell in line if isinstance(cell, str) and _FORM.fullmatch(cell)]
    if not said:
        return None
    match = _FORM.fullmatch(said[0])
    assert match is not None  # noqa: S101 -- only what matches was kept
    if match[1] != form.code:
        raise UnreadableFile(
            _("This is a file of another form (%(form)s). Begin with the template of this page.")
            % {"form": match[1]}
        )
    version = int(match[2])
    if version != form.version:
        rule = _("The file was made for version %(old)s of the form; now version %(new)s holds.")
        fix = _("What fits was taken over; look at what is named here, or begin anew.")
        numbers = {"old": version, "new": form.version}
        findings.append(Finding(0, "", said[0], rule % numbers, fix, "warning"))
    return version


def _shape(page: Found, layout: Layout, old: Form | None) -> Iterator[Finding]:
    """Name the columns that are missing, stand twice or are not known."""
    row, name = page.heading_row + 1, page.grid.name
    for place, heading in page.twice:
        yield Finding(
            row,
            heading,
            heading,
            _("This column stands twice; only the first one was read."),
            _("Remove one of the two columns, or correct its heading."),
            "error",
            name,
            page.grid.cell(row - 1, place),
        )
    former = _former(old, layout) if old is not None else frozenset()
    for place, heading in page.unknown:
        rule = (
            _("This is no longer asked; what stands in the column was left out.")
            if normal(heading) in former
            else _("This heading is not known; what stands in the column was left out.")
        )
        fix = _("Correct the heading if the column belongs to the form; else leave it.")
        yield Finding(
            row, heading, heading, rule, fix, "warning", name, page.grid.cell(row - 1, place)
        )
    for place, heading, column in page.renamed:
        rule = _("The heading was changed; the column was read as “%(name)s”.")
        fix = _("Check that it is this column; else use the template.")
        said = rule % {"name": column.heading}
        yield Finding(
            row, heading, heading, said, fix, "warning", name, page.grid.cell(row - 1, place)
        )
    for column in layout.columns:
        if column.field is not None and column.code not in page.places and column.end != "last":
            severity: Severity = "error" if column.field.required else "warning"
            rule = _("The column “%(name)s” is missing.") % {"name": column.heading}
            fix = _("Take it over from the template.")
            yield Finding(row, column.heading, "", rule, fix, severity, name)


def _former(old: Form, layout: Layout) -> frozenset[str]:
    """Return the headings of the older version of this sheet."""
    sheet = next((page for page in layouts(old, ()) if page.table == layout.table), None)
    return frozenset(normal(c.heading) for c in sheet.columns) if sheet else frozenset()


def _lines(
    page: Found, layout: Layout, findings: list[Finding]
) -> Iterator[tuple[int, Keys, dict[str, Any]]]:
    """Go through the rows below the headings; empty ones and totals are passed over."""
    cells = page.filled(findings)
    key_places = [
        page.places[c.code] for c in layout.columns if c.field is None and c.code in page.places
    ]
    plain, converted = _columns(page, layout)
    shown_places = [place for place, _code in plain] + [place for place, *_rest in converted]
    for index in range(page.first_row, len(cells)):
        line = cells[index]
        keys = tuple([_key_text(line[place]) for place in key_places])
        raw = {code: value for place, code in plain if (value := line[place]) != ""}
        for place, column, convert in converted:
            if (value := line[place]) == "":
                continue
            value = convert(value)
            if column.end:
                raw.setdefault(column.name, {})[column.end] = value
            else:
                raw[column.name] = value
        if not raw and not any(keys):
            continue
        if any(normal(text) in _TOTALS for text in keys) or (
            not key_places and _is_total(line, shown_places)
        ):
            rule = _("This row of totals was left out.")
            findings.append(Finding(index + 1, "", "", rule, "", "warning", page.grid.name))
            continue
        for place in sorted(page.errors_in(index) & set(shown_places)):
            findings.append(
                Finding(
                    index + 1,
                    page.headings.get(place, ""),
                    "",
                    _("The formula in this cell gives an error."),
                    _("Write the value itself."),
                    "error",
                    page.grid.name,
                    page.grid.cell(index, place),
                )
            )
        yield index + 1, keys, raw


def _columns(
    page: Found, layout: Layout
) -> tuple[list[tuple[int, str]], list[tuple[int, Column, Convert]]]:
    """Sort the columns found into those read as they are and those to be converted first."""
    plain: list[tuple[int, str]] = []
    converted: list[tuple[int, Column, Convert]] = []
    for column in layout.columns:
        place = page.places.get(column.code)
        if place is None or column.field is None:
            continue
        size = page.sizes.get(place, "")
        if size:
            converted.append((place, column, _with_unit(size)))
        elif column.end:
            converted.append((place, column, lambda value: value))
        elif column.field.type == "link":
            converted.append((place, column, _link(column.field)))
        elif column.field.type == "text":
            converted.append((place, column, _plain_text))
        else:
            plain.append((place, column.name))
    return plain, converted


def _is_total(line: Sequence[Any], places: Sequence[int]) -> bool:
    first = next((line[place] for place in sorted(places) if line[place] != ""), "")
    return isinstance(first, str) and normal(first) in _TOTALS


def _with_unit(size: str) -> Convert:
    """The heading names another size (万元): it belongs to each number below it."""
    return lambda value: (
        f"{_number_text(value)}{size}"
        if not isinstance(value, str) or value.strip()[-1:].isdigit()
        else value
    )


def _number_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _link(link: Field) -> Convert:
    def convert(value: Any) -> Any:
        if isinstance(value, str) and (match := _CODED.fullmatch(value)):
            return {"kind": link.to, "code": match[1].strip()}
        return value

    return convert


def _plain_text(value: Any) -> Any:
    """Write a day or a number in a text cell as people would."""
    if isinstance(value, datetime):
        return value.date().isoformat() if not value.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return _number_text(value) if isinstance(value, float) else value


def _key_text(value: Any) -> str:
    """Write a key: a school code that Excel made a number is still the code."""
    return str(_plain_text(value)).strip()


def _twice(main: Found, row: SheetRow, first: int, findings: list[Finding]) -> None:
    rule = _("Row %(row)s is about the same.") % {"row": first}
    fix = _("Remove one of the two rows.")
    place = min(main.places.values())
    value = _shortly(main.grid.cells[row.number - 1][place])
    cell = main.grid.cell(row.number - 1, place)
    heading = main.headings.get(place, "")
    if row.keys:
        findings.append(
            Finding(row.number, heading, value, rule, fix, "error", main.grid.name, cell)
        )


def _put_lines(
    page: Found,
    layout: Layout,
    by_key: Mapping[Keys, SheetRow],
    findings: list[Finding],
    *,
    has_keys: bool,
) -> None:
    """Give the rows of a table to the row of the form that they belong to."""
    key_codes = [c.code for c in layout.columns if c.field is None]
    if has_keys and any(code not in page.places for code in key_codes):
        rule = _("The sheet “%(sheet)s” does not say which row its rows belong to.")
        fix = _("Take the first columns over from the template.")
        said = rule % {"sheet": page.grid.name}
        findings.append(Finding(page.heading_row + 1, "", "", said, fix, "error", page.grid.name))
        return
    for number, keys, raw in _lines(page, layout, findings):
        if not raw:
            continue
        owner = by_key.get(keys)
        if owner is None:
            rule = _("No row of the first sheet has this key.")
            fix = _("Correct the key, or add the row to the first sheet.")
            value = _(", ").join(keys)
            findings.append(Finding(number, "", value, rule, fix, "error", page.grid.name))
            continue
        owner.raw.setdefault(layout.table, []).append(raw)
        owner.lines.setdefault(layout.table, []).append(number)  # type: ignore[attr-defined]


def _shortly(value: Any) -> str:
    text = _key_text(value)
    return text if len(text) <= 200 else text[:199] + "…"
