"""Background work of the app."""

from __future__ import annotations

import datetime
from dataclasses import asdict

from django.utils.translation import gettext_lazy as _

from jiangxin.apps.registers import actions
from jiangxin.core import jobs
from jiangxin.core.permissions import Viewer


@jobs.task(
    "registers.keep_up",
    label=_("End recognitions by their date and remind of checks"),
    every=datetime.timedelta(days=1),
)
def keep_up(*, progress: jobs.Progress, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Do what the calendar asks of the registers."""
    return asdict(actions.keep_up(by=by, at=at))
