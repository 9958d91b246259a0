"""Many returns at once: read from a sheet, checked column by column, stored in batches."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.many import BATCH, record_many
from jiangxin.apps.collections.actions.rows import differences, digest
from jiangxin.apps.collections.models import Edition, Filing, FilingRevision
from jiangxin.apps.collections.workflow import EDITABLE, EditionState, FilingState
from jiangxin.apps.organisations.models import normal_form
from jiangxin.core import forms
from jiangxin.core.errors import WrongState
from jiangxin.core.forms import sheets
from jiangxin.core.permissions import Viewer

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
    form = edition.definition.form
    earlier = [
        version.definition.form
        for version in edition.collection.versions.exclude(pk=edition.version_id)
    ]
    sheet = sheets.read(form, content, keys=queries.KEYS, earlier=earlier)
    if report:
        report(1, 4)
    rows, findings, bad_rows = _matched(edition, sheet, path=path, on=on)
    findings += sheet.findings
    bad_rows |= {f.row for f in sheet.findings if f.severity == "error" and f.row}
    checked = _checked(edition, rows)
    if report:
        report(2, 4)
    good, warned, bad = [], [], len(sheet.rows) - len(rows)
    for (row, filer), result in zip(rows, checked, strict=True):
        findings += sheet.findings_of(row, result.problems)
        entry = Entry(filer, result)
        if result.errors or row.number in bad_rows:
            bad += 1
        elif result.warnings:
            warned.append(entry)
        else:
            good.append(entry)
    if report:
        report(3, 4)
    return Reading(len(sheet.rows), tuple(good), tuple(warned), bad, tuple(findings))


def _matched(
    edition: Edition, sheet: sheets.Sheet, *, path: str, on: datetime.date
) -> tuple[list[tuple[sheets.SheetRow, Filer]], list[sheets.Finding], set[int]]:
    """Find the filer of each row; rows of nobody, of others or twice of one are refused."""
    by_code, by_name = _filers(edition, path=path, on=on)
    closed = dict(
        Filing.objects.filter(edition=edition)
        .exclude(state__in=EDITABLE)
        .values_list("scope", "state")
    )
    rows: list[tuple[sheets.SheetRow, Filer]] = []
    findings: list[sheets.Finding] = []
    seen: dict[int, int] = {}
    bad: set[int] = set()
    for row in sheet.rows:
        if not row.raw:  # not filled in
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
            bad.add(row.number)
            continue
        seen[filer.scope_id] = row.number
        rows.append((row, filer))
    return rows, findings, bad


def _filers(
    edition: Edition, *, path: str, on: datetime.date
) -> tuple[dict[str, Filer], dict[str, Filer]]:
    """Return the filers within a path by their codes, and by their names."""
    by_code: dict[str, Filer] = {}
    by_name: dict[str, Filer] = {}
    if edition.definition.audience.regions:
        regions = queries.expected_regions(edition, on=on).filter(
            path__startswith=path, scopes__kind="region"
        )
        for pk, code, name, scope in regions.values_list("pk", "code", "name", "scopes__pk"):
            filer = Filer(scope, None, pk, "", False, path)
            by_code[code] = by_name[normal_form(name)] = filer
        return by_code, by_name
    organisations = queries.expected_organisations(edition, on=on).filter(
        scope__path__startswith=path
    )
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
    earlier = queries.previous_values(edition, [filer.scope_id for _row, filer in rows])
    found = forms.clean_many(
        definition.form,
        [row.raw for row, _filer in rows],
        rules=queries.rules_for(definition.form, on=edition.due_on, path=edition.region.path),
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
        for place, warned in queries.unusual_many(definition.form, values, usual).items():
            result = found[positions[place]]
            found[positions[place]] = forms.Checked(result.values, (*result.problems, *warned))
    return found


@transaction.atomic
def submit_many(
    *,
    edition: Edition,
    entries: Sequence[Entry],
    path: str,
    note: str,
    by: Viewer,
    at: datetime.datetime,
) -> int:
    """Submit checked returns, all or none; each is named in the trail with the hash of its values.

    A bureau may hand in a sheet for its filers; somebody else then reviews them.

    Args:
        path: scope path for which `by` hands in.
        note: explanation of what is unusual.

    Raises:
        WrongState: the edition is not open, too late, or a return was submitted meanwhile.
        NotPermitted: `by` neither files nor manages collections there.
    """
    edition = edition.locked()
    permissions.can_import(by, edition, path).enforce()
    if edition.state != EditionState.OPEN:
        raise WrongState(
            _("This is not possible while the state is “%(state)s”.")
            % {"state": edition.get_state_display()}
        )
    late = queries.local_day(at) > edition.due_on
    stored = {
        row.scope_id: row
        for row in Filing.objects.select_for_update(of=("self",))
        .filter(edition=edition, scope__path__startswith=path)
        .defer("values", "problems")
    }
    numbers = dict(
        FilingRevision.objects.filter(filing__in=[row.pk for row in stored.values()])
        .values_list("filing")
        .annotate(last=Max("number"))
    ) if stored else {}  # fmt: skip
    for start in range(0, len(entries), BATCH):
        _submit_batch(
            edition, entries[start : start + BATCH], stored, numbers, late, note, by=by, at=at
        )
    return len(entries)


def _submit_batch(
    edition: Edition,
    entries: Sequence[Entry],
    stored: Mapping[int, Filing],
    numbers: Mapping[int, int],
    late: bool,
    note: str,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    new: list[Filing] = []
    known: list[Filing] = []
    begun = [row.pk for e in entries if (row := stored.get(e.filer.scope_id)) is not None]
    last = FilingRevision.objects.filter(filing__in=begun).order_by("number")
    old_values = dict(last.values_list("filing", "values"))
    pairs: list[tuple[Filing, Entry]] = []
    for entry in entries:
        row = stored.get(entry.filer.scope_id)
        if row is None:
            row = Filing(
                edition=edition,
                organisation_id=entry.filer.organisation_id,
                region_id=entry.filer.region_id,
                scope_id=entry.filer.scope_id,
                is_simulated=entry.filer.is_simulated or edition.is_simulated,
            )
            new.append(row)
        elif row.state in EDITABLE:
            known.append(row)
        else:
            raise WrongState(
                _("%(filer)s submitted meanwhile; check the sheet again.") % {"filer": row.filer}
            )
        _fill(row, entry, edition, late, note, by=by, at=at)
        pairs.append((row, entry))
    Filing.objects.bulk_create(new)
    Filing.objects.bulk_update(known, _FILLED, batch_size=50)
    revisions = []
    for row, _entry in pairs:
        old = old_values.get(row.pk)
        revisions.append(
            FilingRevision(
                filing=row,
                number=numbers.get(row.pk, 0) + 1,
                values=row.values,
                version_id=edition.version_id,
                sha256=digest(row.values),
                changes=differences(old, row.values) if old is not None else {},
                note=note,
                by_id=by.user_id,
                by_name=by.name[:100],
                at=at,
                is_simulated=row.is_simulated,
            )
        )
    FilingRevision.objects.bulk_create(revisions)
    record_many(
        "submitted",
        edition,
        {str(revision.filing.uuid): revision.sha256 for revision in revisions},
        by=by,
        at=at,
        data={"late": late},
    )


_FILLED = [
    *("values", "version", "problems", "note", "state", "step", "row_version", "saved_by_name"),
    *("saved_at", "submitted_by", "submitted_by_name", "submitted_at", "first_submitted_at"),
    "is_late",
]


def _fill(
    row: Filing,
    entry: Entry,
    edition: Edition,
    late: bool,
    note: str,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    row.values, row.version_id = entry.checked.values, edition.version_id
    row.problems = [asdict(problem) for problem in entry.checked.problems]
    row.note, row.state, row.step = note, FilingState.SUBMITTED, 0
    row.row_version += 1
    row.saved_by_name, row.saved_at = by.name[:100], at
    row.submitted_by_id, row.submitted_by_name, row.submitted_at = by.user_id, by.name[:100], at
    if row.first_submitted_at is None:
        row.first_submitted_at = at
        row.is_late = late and not (row.due_on and queries.local_day(at) <= row.due_on)
