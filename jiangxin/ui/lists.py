"""Lists: search, filters, sorting, pages and the same rows as a spreadsheet, from one description."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from jiangxin.ui.numbers import NONE, amount, day
from jiangxin.ui.statuses import look

Value = Callable[[Any], Any] | str
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list.

    Args:
        key: name in the address (?sort=key).
        label: heading.
        value: attribute path ("school.name") or function of the row; the key by default.
        sort: ORM field to sort by, or attribute of a plain row; None if it cannot be sorted.
        kind: text, number, rate (share of one), date, datetime or status.
        link: function of the row that gives the address of its page.
        unit: for numbers, the unit's word, or a function of the row.
        label_of: for a status, function of the row that gives its word.
    """

    key: str
    label: str | Promise
    value: Value | None = None
    sort: str | None = None
    kind: str = "text"
    link: Callable[[Any], str | None] | None = None
    unit: str | Callable[[Any], str] = ""
    label_of: Callable[[Any], str] | None = None

    def of(self, row: Any) -> Any:
        """Return the plain value of this column in a row."""
        value = self.value or self.key
        if callable(value):
            return value(row)
        if isinstance(row, dict):
            return row.get(value)
        found = attrgetter(value)(row)
        return found() if callable(found) else found

    def unit_of(self, row: Any) -> str:
        """Return the unit of this column in a row."""
        return self.unit(row) if callable(self.unit) else self.unit


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in its place: what is shown, and where it leads."""

    column: Column
    value: Any
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A thing of the list with its cells."""

    thing: Any
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head with what a click on it does."""

    column: Column
    order: str
    query: str


@dataclass
class Listing:
    """A list as the reader asked for it; template `ui/listing.html`, file by `?format=xlsx`.

    Args:
        search: True shows a search box: rows come filtered by `q` through their QuerySet's
            `matching(text)`, or by the texts of all columns; a tuple of ORM fields searches those.
        filterset: a django_filters.FilterSet class for the QuerySet.
        name: file name without ending; also the id of the list on the page.
        empty: what is said when there is no row at all.
    """

    request: Any
    source: QuerySet[Any] | Iterable[Any]
    columns: Sequence[Column]
    search: bool | Sequence[str] = False
    filterset: type[Any] | None = None
    name: str = "list"
    size: int = 50
    empty: str | Promise = ""
    filters: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        rows = self.source
        if self.filterset is not None:
            self.filters = self.filterset(self.request.GET, queryset=rows, request=self.request)
            rows = self.filters.qs
        self.found = self._sorted(self._searched(rows))

    @property
    def text(self) -> str:
        """The text searched for."""
        return str(self.request.GET.get("q", "")).strip()

    @property
    def is_filtered(self) -> bool:
        """Whether the reader narrowed the list."""
        return any(self.request.GET.get(name) for name in ["q", *self._filter_names])

    @cached_property
    def page(self) -> Page[Any]:
        """The page asked for; the last one if the number is too high."""
        return Paginator(self.found, self.size).get_page(self.request.GET.get("page"))

    @cached_property
    def rows(self) -> list[Row]:
        """The rows of this page."""
        return [self._row(thing) for thing in self.page]

    @property
    def headings(self) -> list[Heading]:
        """The heads of the columns with their sorting."""
        asked = self.request.GET.get("sort", "")
        heads = []
        for column in self.columns:
            order = ""
            if column.sort and asked.lstrip("-") == column.key:
                order = "descending" if asked.startswith("-") else "ascending"
            turned = f"-{column.key}" if order == "ascending" else column.key
            heads.append(Heading(column, order, self._query(sort=turned)))
        return heads

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form of search and filters keeps of the address: region, year, sorting, tab."""
        own = {"q", "page", "format", *self._filter_names}
        given = self.request.GET
        return [(name, v) for name in given if name not in own for v in given.getlist(name)]

    @property
    def download_query(self) -> str:
        """The query that gives these rows as a spreadsheet."""
        return self._query(format="xlsx")

    @property
    def clear_query(self) -> str:
        """The query without search and filters."""
        return self._query(**dict.fromkeys(["q", *self._filter_names]))

    def page_query(self, number: int) -> str:
        """Return the query of another page of this list."""
        return self._query(page=number)

    @property
    def pages(self) -> list[tuple[str, str]]:
        """Numbers and queries of the pages to offer; an empty query is a gap or this page."""
        offered = []
        for number in self.page.paginator.get_elided_page_range(
            self.page.number, on_each_side=2, on_ends=1
        ):
            is_other = isinstance(number, int) and number != self.page.number
            offered.append((str(number), self.page_query(int(number)) if is_other else ""))
        return offered

    @property
    def previous_query(self) -> str:
        """The query of the page before; empty on the first."""
        return self.page_query(self.page.number - 1) if self.page.has_previous() else ""

    @property
    def next_query(self) -> str:
        """The query of the page after; empty on the last."""
        return self.page_query(self.page.number + 1) if self.page.has_next() else ""

    def response(self) -> HttpResponse | None:
        """Answer with a spreadsheet when the address asks for one, else None."""
        if self.request.GET.get("format") != "xlsx":
            return None
        answer = HttpResponse(self.spreadsheet(), content_type=SPREADSHEET)
        file_name = quote(f"{self.name}-{timezone.localdate(self.request.at):%Y%m%d}.xlsx")
        answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{file_name}"
        return answer

    def spreadsheet(self) -> bytes:
        """Write all rows found, not only this page; made-up rows carry a mark in a last column."""
        target = io.BytesIO()
        # a text that begins with "=" stays a text: spreadsheets must not run what people typed
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(target, options)
        sheet = book.add_worksheet()
        formats = {
            "rate": book.add_format({"num_format": "0.0%"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        }
        head = book.add_format({"bold": True, "bottom": 1})
        heads = [str(column.label) for column in self.columns] + [_("Simulated")]
        sheet.write_row(0, 0, heads, head)
        sheet.freeze_panes(1, 0)
        widths = [len(text.encode("gb18030", "replace")) for text in heads]
        for line, thing in enumerate(self.found, start=1):
            for place, column in enumerate(self.columns):
                value = self._plain(column, thing)
                if value is None:
                    continue
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sheet.write_number(line, place, value, formats.get(column.kind))
                elif isinstance(value, datetime.date):
                    sheet.write_datetime(line, place, value, formats.get(column.kind))
                else:
                    sheet.write_string(line, place, str(value))
                widths[place] = max(widths[place], len(str(value).encode("gb18030", "replace")))
            if _is_simulated(thing):
                sheet.write_string(line, len(self.columns), _("simulated"))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(max(width + 2, 8), 60))
        book.close()
        return target.getvalue()

    @property
    def _filter_names(self) -> list[str]:
        return list(self.filters.form.fields) if self.filters is not None else []

    def _searched(self, rows: Any) -> Any:
        if not self.search or not self.text:
            return rows
        if isinstance(rows, QuerySet):
            if not isinstance(self.search, bool):
                condition = Q()
                for name in self.search:
                    condition |= Q(**{f"{name}__icontains": self.text})
                return rows.filter(condition)
            return rows.matching(self.text)  # type: ignore[attr-defined]
        wanted = self.text.casefold()
        return [
            row
            for row in rows
            if any(wanted in self._cell(column, row).text.casefold() for column in self.columns)
        ]

    def _sorted(self, rows: Any) -> Any:
        asked = self.request.GET.get("sort", "")
        column = next((c for c in self.columns if c.sort and c.key == asked.lstrip("-")), None)
        if column is None or column.sort is None:
            return rows if isinstance(rows, QuerySet) else list(rows)
        backwards = asked.startswith("-")
        if isinstance(rows, QuerySet):
            return rows.order_by(f"-{column.sort}" if backwards else column.sort, "pk")
        key = column.sort

        def place(row: Any) -> Any:
            return row.get(key) if isinstance(row, dict) else attrgetter(key)(row)

        all_rows = list(rows)
        known = sorted((r for r in all_rows if place(r) is not None), key=place, reverse=backwards)
        return known + [r for r in all_rows if place(r) is None]

    def _query(self, **changes: Any) -> str:
        parts = self.request.GET.copy()
        if "page" not in changes:
            parts.pop("page", None)
        parts.pop("format", None)
        for key, value in changes.items():
            parts.pop(key, None)
            if value not in (None, ""):
                parts[key] = str(value)
        return "?" + parts.urlencode()

    def _row(self, thing: Any) -> Row:
        return Row(thing, [self._cell(column, thing) for column in self.columns])

    def _cell(self, column: Column, thing: Any) -> Cell:
        value = column.of(thing)
        url = (column.link(thing) or "") if column.link else ""
        return Cell(column, value, _written(column, thing, value), url)

    def _plain(self, column: Column, thing: Any) -> Any:
        value = column.of(thing)
        if isinstance(value, datetime.datetime):
            return timezone.localtime(value).replace(tzinfo=None)
        if isinstance(value, datetime.date | int | float) and not isinstance(value, bool):
            return value
        text = _written(column, thing, value)
        return None if text in ("", NONE) else text


def _written(column: Column, thing: Any, value: Any) -> str:
    """Write a value for people, in the way of its column."""
    if value is None or value == "":
        return NONE if column.kind in ("number", "rate") else ""
    if column.kind == "rate":
        return amount(value, "share")
    if column.kind == "number":
        return amount(value, column.unit_of(thing))
    if column.kind == "status":
        return column.label_of(thing) if column.label_of else str(look(str(value)).label)
    if column.kind == "date":
        return day(value)
    if column.kind == "datetime":
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)


def _is_simulated(thing: Any) -> bool:
    made_up = thing.get("is_simulated") if isinstance(thing, dict) else None
    return bool(made_up or getattr(thing, "is_simulated", False))
