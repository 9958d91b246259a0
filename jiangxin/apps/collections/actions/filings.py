"""What filers do: write, attach files, submit, take back, correct after the lock."""

from __future__ import annotations

import datetime
import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.rows import (
    add_revision,
    differences,
    open_row,
    record,
    touch,
)
from jiangxin.apps.collections.models import Attachment, CollectionVersion, Filing, FilingRevision
from jiangxin.apps.collections.workflow import FILING, EditionState, FilingState
from jiangxin.core import audit, forms
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

MAX_FILE = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft as it was saved.

    Args:
        problems: what is wrong so far; what is still missing is not among them.
        moved_on: the form has a newer version than the one that the filer wrote in.
        dropped: values that have no place in the newer version, and why.
    """

    filing: Filing
    problems: tuple[forms.Problem, ...]
    moved_on: bool = False
    dropped: tuple[forms.Dropped, ...] = ()


@transaction.atomic
def save_draft(
    *,
    filing: Filing,
    raw: Mapping[str, Any],
    seen: int,
    by: Viewer,
    at: datetime.datetime,
    form_version: int | None = None,
    note: str | None = None,
) -> Saved:
    """Keep what the filer wrote, also where it is incomplete or wrong.

    If the form has changed since the page was loaded, the values are carried into the new
    version; what has no place there any more is kept apart and named.

    Args:
        filing: from `queries.filing_of`; it need not be stored yet.
        raw: what was typed, by field, or values as JSON.
        seen: `row_version` that the page showed.
        form_version: number of the version that the page showed; None is the newest.

    Raises:
        FilingChanged: somebody saved it meanwhile; names who.
        WrongState: it was submitted, the edition is not open, or it is too late.
        NotPermitted: only the filer writes.
    """
    row = open_row(filing, seen=seen)
    permissions.can_file(by, row).enforce()
    move = "rework" if row.state == FilingState.RETURNED else "save"
    state = FILING.check(row.state, move)
    check_time(row, at=at)
    moved_on, dropped = _write(row, raw, form_version)
    checked = queries.checked(row, partial=True)
    row.values, row.problems = checked.values, [asdict(problem) for problem in checked.problems]
    row.state = state
    if note is not None:
        row.note = note.strip()
    touch(row, by=by, at=at)
    row.save()
    record(
        "saved",
        row,
        by=by,
        at=at,
        data={"fields": len(row.values), "dropped": [d.path for d in dropped]},
    )
    return Saved(row, checked.problems, moved_on, dropped)


def _write(
    row: Filing, raw: Mapping[str, Any], form_version: int | None
) -> tuple[bool, tuple[forms.Dropped, ...]]:
    """Put what was typed into the row, in the newest version of the form."""
    newest = row.edition.version
    typed_in = newest
    if form_version is not None and form_version != newest.number:
        older = CollectionVersion.objects.filter(
            collection=row.edition.collection_id, number=form_version
        )
        typed_in = older.first() or newest
    moved_on = typed_in.pk != newest.pk
    dropped: tuple[forms.Dropped, ...] = ()
    values: Mapping[str, Any] = raw
    if moved_on:
        read = forms.clean(typed_in.definition.form, raw, partial=True)
        carried = _carry(read.values, typed_in, newest)
        values, dropped = carried.values, carried.dropped
    elif row.version_id != newest.pk:
        # the page showed the carried values; what could not be carried is kept here
        dropped = _carry(row.values, row.version, newest).dropped
    row.values, row.version = dict(values), newest
    row.dropped = [*row.dropped, *(asdict(one) for one in dropped)]
    return moved_on, dropped


def _carry(
    values: Mapping[str, Any], old: CollectionVersion, new: CollectionVersion
) -> forms.Carried:
    return forms.carry(values, old=old.definition.form, new=new.definition.form)


def check_time(row: Filing, *, at: datetime.datetime) -> None:
    """Refuse a return that comes before the edition opens, or after the last day for it.

    What was given back for rework is taken until the lock.
    """
    edition, today = row.edition, at.date()
    if edition.state == EditionState.LOCKED:
        raise WrongState(
            _("This edition is locked: values change only by a correction with a reason.")
        )
    if edition.state == EditionState.PLANNED or today < edition.opens_on:
        raise WrongState(
            _("This return opens on %(day)s.") % {"day": formats.date_format(edition.opens_on)}
        )
    last = max(edition.late_until, row.due_on or edition.late_until)
    if row.state != FilingState.RETURNED and today > last:
        raise WrongState(
            _(
                "Returns were taken until %(day)s. Ask the bureau that collects them to move the "
                "deadline for you."
            )
            % {"day": formats.date_format(last)}
        )


@transaction.atomic
def submit(*, filing: Filing, seen: int, note: str, by: Viewer, at: datetime.datetime) -> Filing:
    """Hand in what was saved. What is wrong must be mended, what is unusual explained.

    Args:
        note: explanation of what is unusual; needed only where there are warnings.

    Raises:
        Invalid: values break rules, or warnings have no explanation; `data["problems"]` lists
            them, `data["fields"]` maps fields to messages.
        FilingChanged: somebody changed it meanwhile.
        WrongState: it was submitted already, the edition is not open, or the form has changed
            since the draft was saved.
        NotPermitted: only the filer submits.
    """
    row = open_row(filing, seen=seen)
    permissions.can_file(by, row).enforce()
    state = FILING.check(row.state, "submit")
    check_time(row, at=at)
    if row.version_id != row.edition.version_id:
        raise WrongState(
            _("The form has changed since you saved. Open it, look at what is new, and save.")
        )
    checked = queries.checked(row)
    row.note = note.strip()
    refuse_problems(checked, note=row.note)
    row.values, row.problems = checked.values, [asdict(problem) for problem in checked.problems]
    put_in(row, state, by=by, at=at)
    revision = add_revision(row, kind=FilingRevision.Kind.SUBMISSION, note=row.note, by=by, at=at)
    record(
        "submitted",
        row,
        by=by,
        at=at,
        data={
            "revision": revision.number,
            "sha256": revision.sha256,
            "changed": sorted(revision.changes),
            "late": row.is_late,
            "warnings": len(checked.warnings),
        },
    )
    return row


def refuse_problems(checked: forms.Checked, *, note: str) -> None:
    """Raise Invalid where something is wrong, or unusual and not explained."""
    problems = [asdict(problem) for problem in checked.problems]
    if checked.errors:
        fields = {p.path: f"{p.message} {p.fix}".strip() for p in reversed(checked.errors)}
        raise Invalid(
            _("The return cannot be submitted yet; see the fields."),
            data={"fields": fields, "problems": problems},
        )
    if checked.warnings and not note:
        message = _("Some values are unusual. Mend them, or say in the note why they are right.")
        raise Invalid(message, data={"fields": {"note": message}, "problems": problems})


def put_in(row: Filing, state: str, *, by: Viewer, at: datetime.datetime) -> None:
    """Note who submitted a return and when, and save it; the first time decides on lateness."""
    row.state, row.step = state, 0
    row.submitted_by_id, row.submitted_by_name, row.submitted_at = by.user_id, by.name[:100], at
    if row.first_submitted_at is None:
        row.first_submitted_at = at
        row.is_late = queries.local_day(at) > row.deadline
    touch(row, by=by, at=at)
    row.save()


@transaction.atomic
def withdraw(*, filing: Filing, seen: int, by: Viewer, at: datetime.datetime) -> Filing:
    """Take a return back as long as nobody has looked at it.

    Raises:
        WrongState: a reviewer has acted already.
        NotPermitted: only the filer takes back.
    """
    row = open_row(filing, seen=seen)
    permissions.can_file(by, row).enforce()
    row.state = FILING.check(row.state, "withdraw")
    if row.step > 0:
        raise WrongState(_("A reviewer has handed it on already; ask for it to be returned."))
    touch(row, by=by, at=at)
    row.save()
    record("withdrawn", row, by=by, at=at, data={})
    return row


@transaction.atomic
def amend(
    *,
    filing: Filing,
    raw: Mapping[str, Any],
    reason: str,
    seen: int,
    by: Viewer,
    at: datetime.datetime,
) -> Filing:
    """Correct locked values with a reason; they come into force when the steps approve again.

    Until then the locked values stay in force. Field by field, old and new stay on record.

    Raises:
        Invalid: no reason, no change, or a value breaks a rule; names the fields.
        WrongState: the return is not locked, or another correction waits.
        NotPermitted: `by` is neither the filer nor the bureau that asks.
    """
    row = open_row(filing, seen=seen)
    permissions.can_amend(by, row).enforce()
    state = FILING.check(row.state, "amend")
    locked_values = row.values
    row.values = dict(raw)
    checked = queries.checked(row)
    refuse_problems(checked, note=reason.strip())
    if not reason.strip():
        message = _("Say why the locked values are corrected.")
        raise Invalid(message, data={"fields": {"reason": message}})
    changes = differences(locked_values, checked.values)
    if not changes:
        raise Invalid(_("Nothing differs from the locked values."), data={"fields": {}})
    row.values = checked.values
    put_in(row, state, by=by, at=at)
    revision = add_revision(
        row, kind=FilingRevision.Kind.AMENDMENT, note=reason.strip(), by=by, at=at
    )
    record(
        "amended",
        row,
        by=by,
        at=at,
        data={
            "revision": revision.number,
            "sha256": revision.sha256,
            "changed": sorted(changes),
            "reason": reason.strip(),
        },
    )
    return row


@transaction.atomic
def attach(
    *,
    filing: Filing,
    field: forms.Field,
    data: bytes,
    filename: str,
    by: Viewer,
    at: datetime.datetime,
) -> Attachment:
    """Keep a file for a field of a return, as it was given; `as_value` is what the field holds.

    Raises:
        Invalid: it is empty, too large, or of a kind that the field does not take.
        NotPermitted: only the filer attaches files.
        WrongState: the return is not open for writing.
    """
    row = open_row(filing, seen=None)
    permissions.can_file(by, row).enforce()
    if row.state != FilingState.LOCKED:  # a correction may bring a new file
        move = "rework" if row.state == FilingState.RETURNED else "save"
        FILING.check(row.state, move)
        check_time(row, at=at)
    name = PurePath(filename.replace("\\", "/")).name[-255:] or "file"
    _check_file(field, data, name)
    attachment = Attachment.objects.create(
        filing=row,
        scope=row.scope,
        name=name,
        media_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        content=data,
        given_by_name=by.name[:100],
        given_at=at,
        is_simulated=row.is_simulated,
    )
    audit.record(
        "collections.file.given",
        by=by,
        at=at,
        subject=attachment,
        path=row.scope.path,
        data={"field": field.code, "sha256": attachment.sha256, "size": attachment.size_bytes},
    )
    return attachment


def _check_file(field: forms.Field, data: bytes, name: str) -> None:
    ending = PurePath(name).suffix.lower().lstrip(".")
    accepted: Sequence[str] = field.accept
    problem = ""
    if not data:
        problem = _("The file is empty.")
    elif len(data) > MAX_FILE:
        problem = _("The file is larger than %(n)s MB.") % {"n": MAX_FILE // 1024 // 1024}
    elif accepted and ending not in accepted:
        problem = _("Give a file of one of these kinds: %(kinds)s.") % {
            "kinds": ", ".join(accepted)
        }
    if problem:
        raise Invalid(problem, data={"fields": {field.code: problem}})
