"""The jobs that check and save an import; they stand here because tasks may not read sheets."""

from __future__ import annotations

import datetime

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.sheets.checking import check
from jiangxin.core import jobs
from jiangxin.core.permissions import Viewer


@jobs.task("organisations.check_import", label=_("Check a sheet of organisations"))
def check_import(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime, import_uuid: str
) -> dict[str, int]:
    """Check an uploaded sheet and keep what was found."""
    upload = queries.get_import(import_uuid, viewer=by)
    with translation.override(upload.uploaded_by.language):  # who reads the findings
        checked = check(
            bytes(upload.content), scope=upload.scope, viewer=by, on=at.date(), report=progress.at
        )
        actions.record_check(
            upload=upload,
            rows=checked.rows,
            counts=checked.counts,
            findings=[finding.as_dict() for finding in checked.findings],
            by=by,
            at=at,
        )
    return checked.counts


@jobs.task("organisations.apply_import", label=_("Save a sheet of organisations"))
def apply_import(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime, import_uuid: str, skip_bad: bool
) -> dict[str, int]:
    """Check a sheet once more and save its good rows."""
    upload = queries.get_import(import_uuid, viewer=by)
    checked = check(
        bytes(upload.content), scope=upload.scope, viewer=by, on=at.date(), report=progress.at
    )
    # all rows are saved in one transaction, in which a report of progress would not be seen
    return actions.apply_import(
        upload=upload, changes=checked.changes, bad=checked.bad, skip_bad=skip_bad, by=by, at=at
    )
