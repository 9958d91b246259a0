"""A sheet of returns as it was read: whose each row is, what it says, and what is wrong with it."""

from __future__ import annotations

import datetime
import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jiangxin.apps.collections.models import Edition, Filing
from jiangxin.apps.collections.queries.comparison import (
    previous_values,
    rules_for,
    unusual_many,
)
from jiangxin.apps.collections.queries.editions import expected_organisations, expected_regions
from jiangxin.apps.collections.queries.sheets import KEYS
from jiangxin.apps.collections.workflow import EDITABLE, FilingState
from jiangxin.apps.organisations.models import normal_form
from jiangxin.core import forms
from jiangxin.core.forms import sheets

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Filer:
    """An organisation or region that has to file."""

    scope_id: int
    organisation_id: int | None
    region_id: int
    stage: str
    is_simulated: bool
    path: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The return of one filer, checked."""

    filer: Filer
    checked: forms.Checked


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sheet holds.

    Args:
        good: entries that can be submitted; `warned` those that need an explanation first.
        bad: number of rows that cannot be taken.
        findings: all that is wrong or unusual, cell by cell.
    """

    rows: int
    good: tuple[Entry, ...]
    warned: tuple[Entry, ...]
    bad: int
    findings: tuple[sheets.Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return {"good": len(self.good), "warned": len(self.warned), "bad": self.bad}


def read_sheet(
    edition: Edition,
    content: bytes,
    *,
    path: str,
    on: datetime.date,
    report: Report | None = None,
) -> Reading:
    """Read and check a sheet of returns; nothing is stored.

    Args:
        path: scope path; rows of filers elsewhere are refused.

    Raises:
        UnreadableFile: it is no sheet of this form.
    """
    with _undisturbed():
        return _read_sheet(edition, content, path=path, on=on, report=report)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the collector of cycles away: a sheet makes millions of small values that all stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read_sheet(
    edition: Edition, content: bytes, *, path: str, on: datetime.date, report: Report | None
) -> Reading:
    form = edition.definition.form
    earlier = [
        version.definition.form
        for version in edition.collection.versions.exclude(pk=edition.version_id)
    ]
    sheet = sheets.read(form, content, keys=KEYS, earlier=earlier)
    if report:
        report(1, 4)
    findings = list(sheet.findings)
    broken = {f.row for f in findings if f.severity == "error" and f.row}
    rows, unmatched = _matched(edition, sheet, broken, path=path, on=on)
    findings += unmatched
    checked = _checked(edition, rows)
    if report:
        report(2, 4)
    filled = sum(bool(row.raw) for row in sheet.rows)
    good, warned, bad = [], [], filled - len(rows)
    for (row, filer), result in zip(rows, checked, strict=True):
        findings += sheet.findings_of(row, result.problems)
        entry = Entry(filer, result)
        if result.errors:
            bad += 1
        elif result.warnings:
            warned.append(entry)
        else:
            good.append(entry)
    if report:
        report(3, 4)
    return Reading(filled, tuple(good), tuple(warned), bad, tuple(findings))


def _matched(
    edition: Edition, sheet: sheets.Sheet, broken: set[int], *, path: str, on: datetime.date
) -> tuple[list[tuple[sheets.SheetRow, Filer]], list[sheets.Finding]]:
    """Find the filer of each row; rows of nobody, of others or twice of one are refused.

    Args:
        broken: rows that the reader of the sheet has refused already.
    """
    by_code, by_name = _filers(edition, path=path, on=on)
    closed = dict(
        Filing.objects.filter(edition=edition)
        .exclude(state__in=EDITABLE)
        .values_list("scope", "state")
    )
    rows: list[tuple[sheets.SheetRow, Filer]] = []
    findings: list[sheets.Finding] = []
    seen: dict[int, int] = {}
    for row in sheet.rows:
        if not row.raw or row.number in broken:  # not filled in, or refused already
            continue
        filer = by_code.get(row.keys["code"].upper()) or by_name.get(normal_form(row.keys["name"]))
        rule = fix = ""
        if filer is None:
            rule = _("Nobody with this code or name has to file here.")
            fix = _("Copy code and name from the template.")
        elif filer.scope_id in seen:
            rule = _("Row %(row)s is about the same.") % {"row": seen[filer.scope_id]}
            fix = _("Remove one of the two rows.")
        elif filer.scope_id in closed:
            state = FilingState(closed[filer.scope_id]).label
            rule = _("This return is “%(state)s” already.") % {"state": state}
            fix = _("Leave the row out, or have the return given back first.")
        if rule or filer is None:
            findings.append(sheet.finding(row, "code", rule, fix))
            continue
        seen[filer.scope_id] = row.number
        rows.append((row, filer))
    return rows, findings


def _filers(
    edition: Edition, *, path: str, on: datetime.date
) -> tuple[dict[str, Filer], dict[str, Filer]]:
    """Return the filers within a path by their codes, and by their names."""
    by_code: dict[str, Filer] = {}
    by_name: dict[str, Filer] = {}
    if edition.definition.audience.regions:
        regions = expected_regions(edition, on=on).filter(
            path__startswith=path, scopes__kind="region"
        )
        for pk, code, name, scope in regions.values_list("pk", "code", "name", "scopes__pk"):
            filer = Filer(scope, None, pk, "", False, path)
            by_code[code] = by_name[normal_form(name)] = filer
        return by_code, by_name
    organisations = expected_organisations(edition, on=on).filter(scope__path__startswith=path)
    columns = ("pk", "code", "school_code", "uscc", "name", "stage", "is_simulated")
    for (
        pk,
        code,
        school_code,
        uscc,
        name,
        stage,
        simulated,
        region,
        scope,
        place,
    ) in organisations.order_by().values_list(*columns, "region", "scope", "scope__path"):
        filer = Filer(scope, pk, region, stage, simulated, place)
        for key in (code, school_code, uscc):
            if key:
                by_code[key.upper()] = filer
        normal = normal_form(name)
        # two of one name: only the code tells them apart
        by_name[normal] = filer if normal not in by_name else _NOBODY
    return by_code, {name: filer for name, filer in by_name.items() if filer is not _NOBODY}


_NOBODY = Filer(0, None, 0, "", False, "")


def _checked(
    edition: Edition, rows: Sequence[tuple[sheets.SheetRow, Filer]]
) -> list[forms.Checked]:
    definition = edition.definition
    earlier = previous_values(edition, [filer.scope_id for _row, filer in rows])
    found = forms.clean_many(
        definition.form,
        [row.raw for row, _filer in rows],
        rules=rules_for(definition.form, on=edition.due_on, path=edition.region.path),
        previous=[earlier.get(filer.scope_id) for _row, filer in rows],
        outlier_change=definition.outlier_change,
    )
    by_stage: dict[str, list[int]] = {}
    for position, (_row, filer) in enumerate(rows):
        by_stage.setdefault(filer.stage, []).append(position)
    for stage, positions in by_stage.items():
        # where no last period tells what is usual, the sheet itself does
        usual = edition.peers.get(stage) if edition.peers else None
        values = [found[position].values for position in positions]
        for place, warned in unusual_many(definition.form, values, usual).items():
            result = found[positions[place]]
            found[positions[place]] = forms.Checked(result.values, (*result.problems, *warned))
    return found
