"""Background work of the app: each task loads by identifier and calls one action."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from jiangxin.apps.policies import actions, queries
from jiangxin.apps.reference import queries as reference
from jiangxin.core import jobs
from jiangxin.core.errors import DomainError
from jiangxin.core.permissions import Viewer


@jobs.task("policies.import_files", label=_("Read policy documents"))
def import_files(
    *,
    progress: jobs.Progress,
    by: Viewer,
    at: datetime.datetime,
    files: list[str],
    region: str = "",
) -> dict[str, Any]:
    """Read the kept files one by one; a bad one does not stop the rest."""
    place = reference.get_region(region, on=at.date()) if region else None
    outcome: dict[str, Any] = {"imported": [], "known": [], "bad": []}
    for done, uuid in enumerate(files):
        file = queries.stored_file(uuid)
        progress.at(done, len(files), file.name)
        try:
            result = actions.import_document(
                data=bytes(file.content), filename=file.name, region=place, by=by, at=at
            )
        except DomainError as error:
            outcome["bad"].append({"file": file.name, "message": error.message})
            continue
        title = result.document.title
        outcome["imported" if result.is_new or result.is_attached else "known"].append(title)
    progress.at(len(files), len(files))
    return outcome


@jobs.task(
    "policies.remind", label=_("Remind of tasks and repeat them"), every=datetime.timedelta(days=1)
)
def remind(*, progress: jobs.Progress, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Remind of tasks that fall due or are overdue, and open the next times of rhythms."""
    done = actions.remind_tasks(by=by, at=at)
    return {
        "reminders": done.reminders,
        "escalations": done.escalations,
        "repeated": done.repeated,
    }
