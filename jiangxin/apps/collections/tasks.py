"""Background work of collections: each task calls one action."""

from __future__ import annotations

import datetime
from dataclasses import asdict

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.collections import actions, queries
from jiangxin.core import jobs
from jiangxin.core.permissions import Viewer


@jobs.task(
    "collections.load",
    label=_("Take over collections from files"),
    every=datetime.timedelta(hours=1),
)
def load(*, progress: jobs.Progress, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Take over new and changed files of rules/collections."""
    return {
        key: len(codes) for key, codes in asdict(actions.load_collections(by=by, at=at)).items()
    }


@jobs.task(
    "collections.open_editions",
    label=_("Open and close editions of collections"),
    every=datetime.timedelta(hours=1),
)
def open_editions(*, progress: jobs.Progress, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Plan, open and close editions by the calendar."""
    return actions.open_editions(by=by, at=at)


@jobs.task(
    "collections.remind", label=_("Remind of missing returns"), every=datetime.timedelta(days=1)
)
def remind(*, progress: jobs.Progress, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Remind filers, bureaus and leaders."""
    return asdict(actions.remind(by=by, at=at))


@jobs.task(
    "collections.refresh_peers",
    label=_("Compute what is usual in returns"),
    every=datetime.timedelta(days=1),
)
def refresh_peers(*, progress: jobs.Progress, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Compute anew what similar filers give."""
    return {"editions": actions.refresh_peers(by=by, at=at)}


@jobs.task("collections.check_import", label=_("Check a sheet of returns"))
def check_import(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime, import_uuid: str
) -> dict[str, int]:
    """Check an uploaded sheet, in the language of who reads the findings."""
    upload = queries.get_import(import_uuid, viewer=by)
    language = upload.uploaded_by.language if upload.uploaded_by else None
    with translation.override(language):
        checked = actions.check_import(upload=upload, by=by, at=at, report=progress.at)
    return dict(checked.counts)


@jobs.task("collections.apply_import", label=_("Submit a sheet of returns"))
def apply_import(
    *,
    progress: jobs.Progress,
    by: Viewer,
    at: datetime.datetime,
    import_uuid: str,
    skip_bad: bool,
    note: str,
) -> dict[str, int]:
    """Check a sheet once more and submit its good rows."""
    upload = queries.get_import(import_uuid, viewer=by)
    return actions.apply_import(
        upload=upload, skip_bad=skip_bad, note=note, by=by, at=at, report=progress.at
    )
