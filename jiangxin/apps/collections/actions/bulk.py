"""Many returns at once: read from a sheet, checked column by column, stored in batches."""

from __future__ import annotations

import datetime
import gc
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.inserts import insert_rows
from jiangxin.apps.collections.actions.many import BATCH, record_many
from jiangxin.apps.collections.actions.rows import canonical, differences, digest
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
    sheet = sheets.read(form, content, keys=queries.KEYS, earlier=earlier)
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
        .select_related("edition", "organisation", "region")
        .defer("values", "problems")
    }
    batch = _Batch(edition, note, late, by, at)
    new = [entry for entry in entries if entry.filer.scope_id not in stored]
    for start in range(0, len(new), BATCH):
        batch.submit_new(new[start : start + BATCH])
    begun = [entry for entry in entries if entry.filer.scope_id in stored]
    for start in range(0, len(begun), BATCH):
        some = begun[start : start + BATCH]
        batch.submit_begun([(stored[entry.filer.scope_id], entry) for entry in some])
    return len(entries)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What all returns of one submission of many share."""

    edition: Edition
    note: str
    late: bool
    by: Viewer
    at: datetime.datetime

    @property
    def _filed(self) -> dict[str, Any]:
        name = self.by.name[:100]
        return {
            "edition_id": self.edition.pk,
            "version_id": self.edition.version_id,
            "note": self.note,
            "state": FilingState.SUBMITTED.value,
            "step": 0,
            "saved_by_name": name,
            "saved_at": self.at,
            "submitted_by_id": self.by.user_id,
            "submitted_by_name": name,
            "submitted_at": self.at,
        }

    @property
    def _revised(self) -> dict[str, Any]:
        return {
            "version_id": self.edition.version_id,
            "kind": FilingRevision.Kind.SUBMISSION.value,
            "note": self.note,
            "by_id": self.by.user_id,
            "by_name": self.by.name[:100],
            "at": self.at,
        }

    def submit_new(self, entries: Sequence[Entry]) -> None:
        """Submit returns of filers who had not begun: in two statements."""
        texts = [canonical(entry.checked.values) for entry in entries]
        rows = [
            {
                "uuid": uuid.uuid4(),
                "organisation_id": entry.filer.organisation_id,
                "region_id": entry.filer.region_id,
                "scope_id": entry.filer.scope_id,
                "values": text,
                "problems": _problems(entry),
                "is_simulated": entry.filer.is_simulated or self.edition.is_simulated,
            }
            for entry, text in zip(entries, texts, strict=True)
        ]
        shared = {
            **self._filed,
            "row_version": 1,
            "first_submitted_at": self.at,
            "is_late": self.late,
        }
        insert_rows(Filing, rows, shared=shared)
        scopes = [entry.filer.scope_id for entry in entries]
        made = Filing.objects.filter(edition=self.edition, scope__in=scopes)
        keys = dict(made.values_list("scope_id", "pk"))
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        insert_rows(
            FilingRevision,
            [
                {
                    "uuid": uuid.uuid4(),
                    "filing_id": keys[entry.filer.scope_id],
                    "values": text,
                    "sha256": sha256,
                    "is_simulated": entry.filer.is_simulated or self.edition.is_simulated,
                }
                for entry, text, sha256 in zip(entries, texts, hashes, strict=True)
            ],
            shared={**self._revised, "number": 1},
        )
        self._record({str(row["uuid"]): sha256 for row, sha256 in zip(rows, hashes, strict=True)})

    def submit_begun(self, pairs: Sequence[tuple[Filing, Entry]]) -> None:
        """Submit returns that were begun before, on screen or by an earlier sheet."""
        filings = [row for row, _entry in pairs]
        last = FilingRevision.objects.filter(filing__in=filings).order_by("number")
        before = {
            filing: (number, values)
            for filing, number, values in last.values_list("filing", "number", "values")
        }
        revisions = []
        for row, entry in pairs:
            if row.state not in EDITABLE:
                raise WrongState(
                    _("%(filer)s submitted meanwhile; check the sheet again.")
                    % {"filer": row.filer}
                )
            for name, value in self._filed.items():
                setattr(row, name, value)
            row.values = entry.checked.values
            row.problems = [asdict(problem) for problem in entry.checked.problems]
            row.row_version += 1
            if row.first_submitted_at is None:
                row.first_submitted_at = self.at
                row.is_late = queries.local_day(self.at) > row.deadline
            number, values = before.get(row.pk, (0, None))
            revisions.append(
                FilingRevision(
                    filing=row,
                    number=number + 1,
                    values=row.values,
                    sha256=digest(row.values),
                    changes=differences(values, row.values) if values is not None else {},
                    is_simulated=row.is_simulated,
                    **self._revised,
                )
            )
        Filing.objects.bulk_update(filings, _FILLED, batch_size=50)
        FilingRevision.objects.bulk_create(revisions)
        self._record({str(one.filing.uuid): one.sha256 for one in revisions})

    def _record(self, named: Mapping[str, str]) -> None:
        record_many(
            "submitted", self.edition, named, by=self.by, at=self.at, data={"late": self.late}
        )


def _problems(entry: Entry) -> str:
    problems = [asdict(problem) for problem in entry.checked.problems]
    return json.dumps(problems, ensure_ascii=False) if problems else "[]"


_FILLED = [
    *("values", "version", "problems", "note", "state", "step", "row_version", "saved_by_name"),
    *("saved_at", "submitted_by", "submitted_by_name", "submitted_at", "first_submitted_at"),
    "is_late",
]
