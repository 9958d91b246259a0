"""The life of an import: uploaded, checked, then saved or given up."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.notices import actions as notices
from jiangxin.apps.organisations import permissions
from jiangxin.apps.organisations.actions.details import Details, register_many, revise
from jiangxin.apps.organisations.actions.names import add_alias, remove_alias, rename
from jiangxin.apps.organisations.models import Import, Organisation, normal_form
from jiangxin.apps.organisations.workflow import IMPORT, ImportState
from jiangxin.core import audit, jobs
from jiangxin.core.errors import Conflict, Invalid, NotPermitted, WrongState
from jiangxin.core.models import Job
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Change:
    """What one good row does: registers (`organisation` empty) or changes an organisation.

    Args:
        code: code asked for a new one; may be empty.
        parent_line: line of the row in the same file that registers the parent, 0 for none.
        aliases: whether the file speaks of aliases at all.
    """

    line: int
    details: Details
    organisation: Organisation | None
    code: str = ""
    parent_line: int = 0
    aliases: bool = False


@transaction.atomic
def upload_import(
    *, scope: Any, file_name: str, content: bytes, by: Viewer, at: datetime.datetime
) -> Import:
    """Keep an uploaded sheet and have it checked in the background; nothing else is saved.

    Raises:
        NotPermitted: `by` does not manage organisations in the scope.
        Invalid: the file is empty.
    """
    permissions.can_manage_organisations(by, scope.path).enforce()
    if by.user_id is None:
        raise NotPermitted(_("Only a person can upload a file."))
    if not content:
        message = _("The file is empty. Choose the sheet that you filled in.")
        raise Invalid(message, data={"fields": {"file": message}})
    upload: Import = Import.objects.create(
        scope=scope,
        file_name=file_name[-200:],
        content=content,
        uploaded_by_id=by.user_id,
        uploaded_at=at,
    )
    audit.record(
        "organisations.import.uploaded",
        by=by,
        at=at,
        subject=upload,
        path=scope.path,
        data={"file": upload.file_name, "bytes": len(content)},
    )
    _defer(upload, "organisations.check_import", by=by, at=at)
    return upload


def _defer(
    upload: Import, task: str, *, by: Viewer, at: datetime.datetime, **arguments: object
) -> None:
    job = jobs.defer(
        task, by=by, at=at, path=upload.scope.path, import_uuid=str(upload.uuid), **arguments
    )
    upload.job_uuid = job.uuid
    upload.save(update_fields=["job_uuid"])


@transaction.atomic
def record_check(
    *,
    upload: Import,
    rows: int,
    counts: Mapping[str, int],
    findings: Sequence[Mapping[str, object]],
    by: Viewer,
    at: datetime.datetime,
) -> Import:
    """Keep what the check found; a repeated check of the same file replaces the first.

    Raises:
        WrongState: the import was saved or given up meanwhile.
    """
    upload = upload.locked()
    permissions.can_manage_organisations(by, upload.scope.path).enforce()
    if upload.state != ImportState.CHECKED:
        upload.state = IMPORT.check(upload.state, "check")
    upload.rows, upload.counts, upload.findings = rows, dict(counts), list(findings)
    upload.save(update_fields=["state", "rows", "counts", "findings"])
    audit.record(
        "organisations.import.checked",
        by=by,
        at=at,
        subject=upload,
        path=upload.scope.path,
        data={"rows": rows, **counts},
    )
    notices.send_after_commit(
        "import_checked",
        to=upload.uploaded_by,
        context={"file": upload.file_name, **counts},
        by=by,
        at=at,
        link=reverse("organisations:import", args=[upload.uuid]),
        key=f"import_checked:{upload.uuid}",
        path=upload.scope.path,
    )
    return upload


@transaction.atomic
def ask_to_apply(*, upload: Import, skip_bad: bool, by: Viewer, at: datetime.datetime) -> Import:
    """Have the rows of a checked import saved in the background.

    Args:
        skip_bad: save the good rows although others break rules.

    Raises:
        WrongState: not checked yet, already being saved, or bad rows and not `skip_bad`.
    """
    upload = upload.locked()
    permissions.can_manage_organisations(by, upload.scope.path).enforce()
    IMPORT.check(upload.state, "apply")
    if upload.counts.get("bad") and not skip_bad:
        raise WrongState(
            _(
                "%(n)s rows break rules, so nothing was saved. Correct the file and upload it "
                "again, or choose to save the good rows."
            )
            % {"n": upload.counts["bad"]}
        )
    if is_busy(upload):
        raise WrongState(_("The rows are being saved already. Wait for the job to finish."))
    _defer(upload, "organisations.apply_import", by=by, at=at, skip_bad=skip_bad)
    return upload


def is_busy(upload: Import) -> bool:
    """Whether a job of this import waits or runs."""
    if upload.job_uuid is None:
        return False
    return bool(
        Job.objects.filter(
            uuid=upload.job_uuid, state__in=[Job.State.QUEUED, Job.State.RUNNING]
        ).exists()
    )


@transaction.atomic
def apply_import(
    *,
    upload: Import,
    changes: Sequence[Change],
    bad: int,
    skip_bad: bool,
    by: Viewer,
    at: datetime.datetime,
) -> dict[str, int]:
    """Save the good rows of a checked import, all in one transaction; returns what was done.

    Args:
        changes: from a fresh check, since others may have worked meanwhile.
        bad: how many rows break rules now.

    Raises:
        WrongState: it was saved or given up already.
        Conflict: rows break rules now and `skip_bad` is false; nothing is saved.
    """
    upload = upload.locked()
    permissions.can_manage_organisations(by, upload.scope.path).enforce()
    state = IMPORT.check(upload.state, "apply")
    if bad and not skip_bad:
        raise Conflict(_("Rows break rules since others changed something; nothing was saved."))
    new = [change for change in changes if change.organisation is None]
    known = [change for change in changes if change.organisation is not None]
    _register(new, by=by, at=at)
    for change in known:
        _change(change, by=by, at=at)
    upload.state = state
    upload.applied_at = at
    if not bad:
        upload.content = b""
    upload.save(update_fields=["state", "applied_at", "content"])
    done = {"new": len(new), "changed": len(known), "skipped": bad}
    audit.record(
        "organisations.import.applied",
        by=by,
        at=at,
        subject=upload,
        path=upload.scope.path,
        data=done,
    )
    return done


def _register(new: Sequence[Change], *, by: Viewer, at: datetime.datetime) -> None:
    """Register in generations, so that a parent in the same file exists before its parts."""
    made: dict[int, Organisation] = {}
    waiting = list(new)
    while waiting:
        ready = [c for c in waiting if not c.parent_line or c.parent_line in made]
        if not ready:  # the check refuses circles; this guards against an endless loop
            raise Conflict(_("Parents and parts in the file run in a circle; nothing was saved."))
        entries = [
            (
                _with_parent(c.details, made.get(c.parent_line)) if c.parent_line else c.details,
                c.code,
            )
            for c in ready
        ]
        rows = register_many(entries=entries, by=by, at=at)
        made |= {change.line: row for change, row in zip(ready, rows, strict=True)}
        waiting = [c for c in waiting if c.line not in made]


def _with_parent(details: Details, parent: Organisation | None) -> Details:
    return replace(details, parent=parent)


def _change(change: Change, *, by: Viewer, at: datetime.datetime) -> None:
    organisation, details = change.organisation, change.details
    if organisation is None:
        return
    revise(organisation=organisation, details=details, by=by, at=at)
    if (details.name, details.short_name) != (organisation.name, organisation.short_name):
        rename(
            organisation=organisation,
            name=details.name,
            short_name=details.short_name,
            starts_on=at.date(),
            by=by,
            at=at,
        )
    if change.aliases:
        wanted = {normal_form(text): text for text in details.aliases}
        for alias in organisation.aliases.all():
            if wanted.pop(alias.normal, None) is None:
                remove_alias(alias=alias, by=by, at=at)
        for text in wanted.values():
            add_alias(organisation=organisation, text=text, by=by, at=at)


@transaction.atomic
def discard_import(*, upload: Import, by: Viewer, at: datetime.datetime) -> Import:
    """Give up an import that was not saved; the file is deleted, the record stays.

    Raises:
        WrongState: it was saved or given up already, or is being saved.
    """
    upload = upload.locked()
    permissions.can_manage_organisations(by, upload.scope.path).enforce()
    state = IMPORT.check(upload.state, "discard")
    if upload.state == ImportState.CHECKED and is_busy(upload):
        raise WrongState(_("The rows are being saved already. Wait for the job to finish."))
    upload.state = state
    upload.content = b""
    upload.findings = []
    upload.save(update_fields=["state", "content", "findings"])
    audit.record(
        "organisations.import.discarded", by=by, at=at, subject=upload, path=upload.scope.path
    )
    return upload
