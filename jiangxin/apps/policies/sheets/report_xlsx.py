"""A progress report as a workbook: targets, tasks, values and sources, in the language in force."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from jiangxin.apps.policies.queries import ProgressReport, implementer_names, office_names
from jiangxin.ui.numbers import amount
from jiangxin.ui.statuses import look

Cell = str | float | int | datetime.date | None


def xlsx_report(report: ProgressReport) -> bytes:
    """Write the report as sheets of plain rows; a last column marks made-up ones."""
    target = io.BytesIO()
    # a text that begins with "=" stays a text: spreadsheets must not run what people typed
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"title": _("Progress report: %(title)s") % {"title": report.title}})
    _sheet(book, _("Targets"), _target_heads(), _target_rows(report))
    _sheet(book, _("Tasks"), _task_heads(), _task_rows(report))
    _sheet(book, _("Values"), _value_heads(), _value_rows(report))
    _sheet(book, _("Sources"), _source_heads(), _source_rows(report))
    book.close()
    return target.getvalue()


def _sheet(book: Any, name: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = book.add_worksheet(name[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    date = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, heads, bold)
    sheet.freeze_panes(1, 0)
    widths = [_width(text) for text in heads]
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, datetime.date):
                sheet.write_datetime(
                    line, place, datetime.datetime.combine(value, datetime.time()), date
                )
            elif isinstance(value, int | float):
                sheet.write_number(line, place, value)
            else:
                sheet.write_string(line, place, value)
            widths[place] = max(widths[place], _width(str(value)))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(max(width + 2, 8), 60))


def _width(text: str) -> int:
    return len(text.encode("gb18030", "replace"))


def _mark(is_simulated: bool) -> str:
    return _("simulated") if is_simulated else ""


def _target_heads() -> list[str]:
    return [
        _("Target"),
        _("Region"),
        _("Promised"),
        _("Unit"),
        _("Deadline"),
        _("Indicator"),
        _("Now"),
        _("Year"),
        _("Expected at the deadline"),
        _("Needed every year"),
        _("Standing"),
        _("Document"),
        _("Clause"),
        _("Simulated"),
    ]


def _target_rows(report: ProgressReport) -> Iterable[list[Cell]]:
    for row in report.targets:
        target = row.target
        yield [
            target.metric,
            target.region.name,
            row.promise,
            target.unit,
            row.due_on,
            row.indicator,
            row.value,
            row.now.year if row.now else None,
            row.attainment.projected,
            row.attainment.pace_needed,
            str(look(row.standing).label),
            target.document.citation,
            target.place,
            _mark(row.is_simulated),
        ]


def _task_heads() -> list[str]:
    return [
        _("Number"),
        _("Action"),
        _("Sub-action"),
        _("Task"),
        _("Indicator"),
        _("Responsible"),
        _("Implementing units"),
        _("Start"),
        _("Deadline"),
        _("Rhythm"),
        _("Done"),
        _("State"),
        _("Document"),
        _("Simulated"),
    ]


def _task_rows(report: ProgressReport) -> Iterable[list[Cell]]:
    for task in report.tasks:
        yield [
            task.number,
            task.action,
            task.sub_action,
            task.text,
            task.indicator,
            office_names(task),
            implementer_names(task),
            task.starts_on,
            task.due_on,
            str(task.get_recurrence_display()),
            amount(task.progress_rate, "share"),
            str(look(task.standing(report.on)).label),
            task.document.citation if task.document else "",
            _mark(task.is_simulated),
        ]


def _value_heads() -> list[str]:
    return [
        _("Target"),
        _("Indicator"),
        _("Region"),
        _("Year"),
        _("Value"),
        _("Unit"),
        _("Numerator"),
        _("Denominator"),
        _("Kind"),
        _("Identifier"),
        _("Simulated"),
    ]


def _value_rows(report: ProgressReport) -> Iterable[list[Cell]]:
    for row in report.targets:
        for seen in row.observations:
            yield [
                row.target.metric,
                row.indicator,
                row.target.region.name,
                seen.year,
                seen.value,
                row.unit,
                seen.numerator,
                seen.denominator,
                str(look(seen.kind).label),
                seen.uuid,
                _mark(seen.is_simulated),
            ]


def _source_heads() -> list[str]:
    return [_("Document"), _("Number"), _("Issuers"), _("Issued on"), _("Region"), _("Simulated")]


def _source_rows(report: ProgressReport) -> Iterable[list[Cell]]:
    for document in report.sources:
        yield [
            document.title,
            document.document_number,
            "、".join(document.issuers),
            document.issued_on,
            document.region.name,
            _mark(document.is_simulated),
        ]
