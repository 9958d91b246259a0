"""Lists of things recognised earlier, as Excel: template, check, findings, taking over."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.models import RegisterType
from jiangxin.apps.registers.models.definition import RegisterDefinition
from jiangxin.core.errors import Invalid
from jiangxin.core.forms import Form, Label, clean, parse_form
from jiangxin.core.forms.sheets import Finding, Sheet, SheetKey, SheetRow, read, template
from jiangxin.core.permissions import Viewer

_LABELS = {
    "title": Label("Name", "名称"),
    "holder": Label("Holder (name or code)", "认定单位（名称或代码）"),
    "level": Label("Level recognised", "认定级别"),
    "starts_on": Label("Recognised on", "认定日期"),
    "ends_on": Label("No longer in force from", "失效日期"),
    "document_number": Label("Number of the decision", "认定文号"),
}
KEYS = tuple(SheetKey(code, label) for code, label in _LABELS.items())
_LEVELS = {
    "national": "国家级",
    "provincial": "省级",
    "city": "市级",
    "county": "区县级",
    "school": "校级",
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file says, and all that is wrong with it; `done` once it was taken over."""

    rows: int
    findings: tuple[Finding, ...]
    done: actions.TakenOver | None = None

    @property
    def errors(self) -> list[Finding]:
        """What must be mended before anything is taken over."""
        return [finding for finding in self.findings if finding.severity == "error"]


def empty_template(definition: RegisterDefinition) -> bytes:
    """Return the workbook in which a list of this type is filled in."""
    return template(
        definition.form,
        keys=KEYS,
        title=str(definition.label),
        language=get_language() or "zh-hans",
    )


def _key_form(definition: RegisterDefinition) -> Form:
    """Return the form of the columns in front, which every register has."""

    def label(code: str) -> dict[str, str]:
        return {"en": _LABELS[code].en, "zh-Hans": _LABELS[code].zh_hans}

    levels = {level: {"en": level, "zh-Hans": _LEVELS[level]} for level in definition.levels}
    fields: dict[str, dict[str, Any]] = {
        "title": {"type": "text", "required": True, "max_length": 200},
        "holder": {"type": "text", "required": True, "max_length": 200},
        "level": {"type": "choice", "required": True, "choices": levels},
        "starts_on": {"type": "date", "required": True},
        "ends_on": {"type": "date"},
        "document_number": {"type": "text", "max_length": 100},
    }
    raw = {"fields": {code: {**body, "label": label(code)} for code, body in fields.items()}}
    return parse_form(raw, code="recognised")


def take_over(
    *,
    kind: RegisterType,
    content: bytes,
    region: Any,
    is_trial: bool,
    by: Viewer,
    at: datetime.datetime,
) -> Taken:
    """Check a list, and take it over unless it is only tried or something in it is wrong.

    Args:
        region: where holders are looked up; its own name stands for the authority itself.

    Raises:
        UnreadableFile: no table with the columns of the template was found.
    """
    definition = queries.current_definition(kind, on=at.date())
    sheet = read(definition.form, content, keys=KEYS)
    findings = list(sheet.findings)
    form = _key_form(definition)
    rows: list[actions.Recognised] = []
    lines: list[SheetRow] = []
    for line in sheet.rows:
        keys = clean(form, line.keys)
        wrong = [(p.path, p.message, p.fix) for p in keys.errors]
        holder = _holder(keys.values.get("holder", ""), region=region, viewer=by, on=at.date())
        if holder is None and "holder" in keys.values:
            fix = _("Write the full name or the code as in the directory of organisations.")
            wrong.append(("holder", _("No holder of this name is known here."), fix))
        findings += [sheet.finding(line, code, text, fix) for code, text, fix in wrong]
        # without a fault in front the row can be judged as a whole
        if not wrong and holder is not None:
            lines.append(line)
            rows.append(_recognised(line, keys.values, holder))
    findings += _judged(definition, sheet, lines, rows, on=at.date(), path=region.path)
    taken = Taken(len(sheet.rows), tuple(findings))
    if is_trial or taken.errors or not rows:
        return taken
    try:
        done = actions.record_recognised_many(kind=kind, rows=rows, by=by, at=at)
    except Invalid as error:
        named = error.data.get("rows")
        found = named if isinstance(named, Mapping) else {}
        more = [
            sheet.finding(lines[int(index)], str(problem["path"]), str(problem["message"]), "")
            for index, problems in found.items()
            for problem in problems
        ]
        if not more:
            raise
        return Taken(len(sheet.rows), (*findings, *more))
    return Taken(len(sheet.rows), tuple(findings), done)


def _recognised(
    line: SheetRow, keys: Mapping[str, Any], holder: tuple[Any, Any]
) -> actions.Recognised:
    organisation, place = holder
    ends_on = keys.get("ends_on")
    return actions.Recognised(
        title=keys["title"],
        level=keys["level"],
        starts_on=datetime.date.fromisoformat(keys["starts_on"]),
        ends_on=datetime.date.fromisoformat(ends_on) if ends_on else None,
        organisation=organisation,
        region=place,
        values=line.raw,
        document_number=keys.get("document_number", ""),
    )


def _judged(
    definition: RegisterDefinition,
    sheet: Sheet,
    lines: Sequence[SheetRow],
    rows: Sequence[actions.Recognised],
    *,
    on: datetime.date,
    path: str,
) -> list[Finding]:
    checked = queries.checked_many(definition.form, [row.values for row in rows], on=on, path=path)
    return [
        finding
        for line, found in zip(lines, checked, strict=True)
        for finding in sheet.findings_of(line, found.problems)
    ]


def _holder(text: str, *, region: Any, viewer: Viewer, on: datetime.date) -> tuple[Any, Any] | None:
    """Return organisation or region that a text means, within the region on top of the page."""
    if not text:
        return None
    if text in (region.name, region.code):
        return None, region
    known = organisations.organisations(viewer=viewer, region=region, text=text)
    exact = [row for row in known if text in (row.name, row.code, row.uscc, row.school_code)]
    if len(exact) == 1:
        return exact[0], None
    below = reference.find_region(text, on=on) if text.isdecimal() and len(text) == 6 else None
    if below is not None and below.path.startswith(region.path):
        return None, below
    return None
