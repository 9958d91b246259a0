"""Background work of organisations that nobody asks for."""

from __future__ import annotations

import datetime

from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations import actions
from jiangxin.core import jobs
from jiangxin.core.permissions import Viewer


@jobs.task(
    "organisations.put_names_in_force",
    label=_("Let new names come into force"),
    every=datetime.timedelta(hours=6),
)
def put_names_in_force(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime
) -> dict[str, int]:
    """Show the names that begin by today."""
    return {"names": actions.put_names_in_force(by=by, at=at)}


@jobs.task(
    "organisations.apply_due_events",
    label=_("Put events of organisations in force"),
    every=datetime.timedelta(hours=1),
)
def apply_due_events(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime
) -> dict[str, int]:
    """Put mergers, closings and other events in force whose day has come."""
    return actions.apply_due_events(by=by, at=at)
