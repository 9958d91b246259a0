"""A progress report as a Word document, in the language in force."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import docx
from django.utils.translation import gettext as _
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from jiangxin.apps.policies.queries import (
    Clash,
    ProgressReport,
    Standing,
    implementer_names,
    office_names,
)
from jiangxin.ui.numbers import NONE, amount, day
from jiangxin.ui.statuses import look

_MADE_UP = RGBColor(0x6D, 0x43, 0xA8)


def docx_report(report: ProgressReport) -> bytes:
    """Write the report: overview, targets, tasks, contradictions, sources; made-up rows marked."""
    file = docx.Document()
    _set_page(file)
    file.add_heading(_("Progress report: %(title)s") % {"title": report.title}, level=0)
    file.add_paragraph(
        _("%(region)s · as of %(day)s") % {"region": report.region.name, "day": day(report.on)}
    )
    if report.is_simulated:
        run = file.add_paragraph().add_run(
            _(
                "This report holds data made up for demonstration. They are marked “simulated”; "
                "nothing marked so is a real record."
            )
        )
        run.bold, run.font.color.rgb = True, _MADE_UP
    _overview(file, report)
    _targets(file, report)
    _tasks(file, report)
    _clashes(file, report.clashes)
    _sources(file, report)
    target = io.BytesIO()
    file.save(target)
    return target.getvalue()


def _set_page(file: Any) -> None:
    section = file.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Cm(29.7), Cm(21)
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = file.styles[name]
        # Word asks for the font of Chinese letters apart
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "宋体" if name == "Normal" else "黑体")
    file.styles["Normal"].font.size = Pt(10.5)


def _table(file: Any, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = file.add_table(rows=1, cols=len(heads), style="Table Grid")
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.paragraphs[0].add_run(text).bold = True
    # the heads are repeated on every page
    header = table.rows[0]._tr.get_or_add_trPr()  # noqa: SLF001 -- python-docx offers no other way
    header.append(header.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    file.add_paragraph()


def _marked(text: str, is_simulated: bool) -> str:
    return f"{text}（{_('simulated')}）" if is_simulated else text


def _overview(file: Any, report: ProgressReport) -> None:
    file.add_heading(_("Overview"), level=1)
    _table(
        file,
        [_("Targets"), *(str(look(code).label) for code in report.counts)],
        [[str(len(report.targets)), *(str(count) for count in report.counts.values())]],
    )
    _table(
        file,
        [_("Tasks"), *(str(look(code).label) for code in report.task_counts)],
        [[str(len(report.tasks)), *(str(count) for count in report.task_counts.values())]],
    )


def _targets(file: Any, report: ProgressReport) -> None:
    file.add_heading(_("Targets"), level=1)
    if not report.targets:
        file.add_paragraph(_("No adopted targets."))
        return
    heads = [
        _("Target"),
        _("Region"),
        _("Promised"),
        _("Deadline"),
        _("Now"),
        _("Expected at the deadline"),
        _("Standing"),
        _("Source"),
    ]
    _table(file, heads, (_target_row(row) for row in report.targets))


def _target_row(row: Standing) -> list[str]:
    now = NONE
    if row.now is not None:
        now = f"{amount(row.value, row.unit)} ({row.now.year}, {look(row.now.kind).label})"
    return [
        _marked(row.target.metric, row.target.is_simulated),
        row.target.region.name,
        row.promise,
        day(row.due_on) or NONE,
        _marked(now, bool(row.now and row.now.is_simulated)),
        amount(row.attainment.projected, row.unit),
        str(look(row.standing).label),
        f"{row.target.document.citation} {row.target.place}".strip(),
    ]


def _tasks(file: Any, report: ProgressReport) -> None:
    for title, tasks in ((_("Overdue tasks"), report.overdue), (_("All tasks"), report.tasks)):
        file.add_heading(title, level=1)
        if not tasks:
            file.add_paragraph(_("None."))
            continue
        heads = [
            _("Number"),
            _("Task"),
            _("Responsible"),
            _("Implementing units"),
            _("Deadline"),
            _("Done"),
            _("State"),
        ]
        rows = (
            [
                str(task.number or ""),
                _marked(task.text, task.is_simulated),
                office_names(task) or NONE,
                implementer_names(task) or NONE,
                day(task.due_on) or NONE,
                amount(task.progress_rate, "share"),
                str(look(task.standing(report.on)).label),
            ]
            for task in tasks
        )
        _table(file, heads, rows)


def _clashes(file: Any, clashes: Sequence[Clash]) -> None:
    file.add_heading(_("Contradictions in the documents"), level=1)
    if not clashes:
        file.add_paragraph(_("None."))
    for clash in clashes:
        file.add_paragraph(
            "; ".join(
                f"{target.metric} {words} ({target.document.citation} {target.place})"
                for target, words in zip(clash.targets, clash.promises, strict=True)
            ),
            style="List Bullet",
        )


def _sources(file: Any, report: ProgressReport) -> None:
    file.add_heading(_("Sources"), level=1)
    for document in report.sources:
        issued = f", {day(document.issued_on)}" if document.issued_on else ""
        issuers = "、".join(document.issuers)
        file.add_paragraph(f"{issuers}{document.citation}{issued}", style="List Bullet")
    file.add_paragraph(
        _(
            "Standings follow the thresholds of the rules in force (from 95 % of the needed pace on "
            "track, from 50 % needs acceleration); no document states them, they are inferred."
        )
    )
