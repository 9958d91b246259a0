"""A sheet of returns comes back: kept, checked by a job, then saved or given up."""

from __future__ import annotations

import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.bulk import submit_many
from jiangxin.apps.collections.models import Edition, FilingImport
from jiangxin.apps.collections.workflow import IMPORT, EditionState
from jiangxin.core import audit, jobs
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope

MAX_FILE = 100 * 1024 * 1024
# findings beyond this are counted, not listed
_LISTED = 20_000


@transaction.atomic
def import_filings(
    *,
    edition: Edition,
    content: bytes,
    filename: str,
    scope: Scope,
    by: Viewer,
    at: datetime.datetime,
) -> FilingImport:
    """Keep an uploaded sheet and have it checked by a job; nothing is submitted yet.

    Args:
        scope: for whose filers: a region, or one organisation.

    Raises:
        Invalid: the file is empty or too large.
        WrongState: the edition is not open.
        NotPermitted: `by` neither files nor manages collections there.
    """
    permissions.can_import(by, edition, scope.path).enforce()
    if edition.state != EditionState.OPEN:
        raise WrongState(
            _("This is not possible while the state is “%(state)s”.")
            % {"state": edition.get_state_display()}
        )
    problem = ""
    if not content:
        problem = _("The file is empty.")
    elif len(content) > MAX_FILE:
        problem = _("The file is larger than %(n)s MB.") % {"n": MAX_FILE // 1024 // 1024}
    if problem:
        raise Invalid(problem, data={"fields": {"file": problem}})
    upload = FilingImport.objects.create(
        edition=edition,
        scope=scope,
        file_name=PurePath(filename.replace("\\", "/")).name[-200:] or "file",
        content=content,
        uploaded_by_id=by.user_id,
        uploaded_at=at,
        is_simulated=edition.is_simulated,
    )
    job = jobs.defer(
        "collections.check_import", by=by, at=at, path=scope.path, import_uuid=str(upload.uuid)
    )
    upload.job_uuid = job.uuid
    upload.save(update_fields=["job_uuid"])
    _record("uploaded", upload, by=by, at=at, data={"bytes": len(content)})
    return upload


def check_import(
    *, upload: FilingImport, by: Viewer, at: datetime.datetime, report: queries.Report | None = None
) -> FilingImport:
    """Read an uploaded sheet and keep what was found in it.

    Raises:
        UnreadableFile: it is no sheet of this form.
        WrongState: it was checked already.
    """
    reading = _read(upload, at=at, report=report)
    with transaction.atomic():
        upload = upload.locked()
        upload.state = IMPORT.check(upload.state, "check")
        upload.rows, upload.counts = reading.rows, reading.counts
        upload.findings = [finding.as_dict() for finding in reading.findings[:_LISTED]]
        upload.counts["findings"] = len(reading.findings)
        upload.save(update_fields=["state", "rows", "counts", "findings"])
        _record("checked", upload, by=by, at=at, data=upload.counts)
    return upload


def _read(
    upload: FilingImport, *, at: datetime.datetime, report: queries.Report | None
) -> queries.Reading:
    """Read the file outside of a transaction, so that the progress can be seen."""
    return queries.read_sheet(
        upload.edition, bytes(upload.content), path=upload.scope.path, on=at.date(), report=report
    )


@transaction.atomic
def request_apply(
    *,
    upload: FilingImport,
    skip_bad: bool,
    note: str,
    by: Viewer,
    at: datetime.datetime,
) -> FilingImport:
    """Have the rows of a checked sheet submitted by a job.

    Args:
        skip_bad: submit the good rows alone; else nothing happens while one is bad.
        note: explanation of unusual values; without it such rows are left out.

    Raises:
        Invalid: rows are bad and are not to be skipped, or nothing is left to submit.
        WrongState: it is not checked, or was saved already.
        NotPermitted: `by` neither files nor manages collections there.
    """
    upload = upload.locked()
    permissions.can_import(by, upload.edition, upload.scope.path).enforce()
    IMPORT.check(upload.state, "apply")
    if upload.counts.get("bad") and not skip_bad:
        message = _("Mend the bad rows, or say that the good ones are saved without them.")
        raise Invalid(message, data={"fields": {"skip_bad": message}})
    if not upload.counts.get("good") and not (note.strip() and upload.counts.get("warned")):
        message = _("No row can be submitted: mend what is wrong, or explain what is unusual.")
        raise Invalid(message, data={"fields": {"note": message}})
    job = jobs.defer(
        "collections.apply_import",
        by=by,
        at=at,
        path=upload.scope.path,
        import_uuid=str(upload.uuid),
        skip_bad=skip_bad,
        note=note.strip(),
    )
    upload.job_uuid = job.uuid
    upload.save(update_fields=["job_uuid"])
    return upload


def apply_import(
    *,
    upload: FilingImport,
    skip_bad: bool,
    note: str,
    by: Viewer,
    at: datetime.datetime,
    report: queries.Report | None = None,
) -> dict[str, int]:
    """Check a sheet once more and submit its good rows; all of them or none.

    Raises:
        WrongState: it was saved already, or rows have become bad since the check.
        NotPermitted: `by` neither files nor manages collections there.
    """
    IMPORT.check(upload.state, "apply")
    reading = _read(upload, at=at, report=report)
    if reading.bad and not skip_bad:
        raise WrongState(_("Rows have become bad since the check; check the sheet again."))
    entries = [*reading.good, *(reading.warned if note else ())]
    outcome = {"submitted": len(entries), "left_out": reading.rows - len(entries)}
    with transaction.atomic():
        upload = upload.locked()
        upload.state = IMPORT.check(upload.state, "apply")
        submit_many(
            edition=upload.edition,
            entries=entries,
            path=upload.scope.path,
            note=note,
            by=by,
            at=at,
        )
        upload.applied_at, upload.content = at, b""
        upload.save(update_fields=["state", "applied_at", "content"])
        _record("applied", upload, by=by, at=at, data=outcome)
    return outcome


@transaction.atomic
def discard_import(*, upload: FilingImport, by: Viewer, at: datetime.datetime) -> FilingImport:
    """Give an uploaded sheet up; the file is removed.

    Raises:
        WrongState: it was saved already.
        NotPermitted: `by` neither files nor manages collections there.
    """
    upload = upload.locked()
    permissions.can_import(by, upload.edition, upload.scope.path).enforce()
    upload.state, upload.content = IMPORT.check(upload.state, "discard"), b""
    upload.save(update_fields=["state", "content"])
    _record("discarded", upload, by=by, at=at, data={})
    return upload


def _record(
    what: str,
    upload: FilingImport,
    *,
    by: Viewer,
    at: datetime.datetime,
    data: dict[str, int],
) -> None:
    audit.record(
        f"collections.import.{what}",
        by=by,
        at=at,
        subject=upload,
        path=upload.scope.path,
        data={"edition": str(upload.edition.uuid), **data},
    )
