"""Background work on indicators."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from jiangxin.apps.indicators import actions
from jiangxin.core import jobs
from jiangxin.core.jobs import Progress
from jiangxin.core.permissions import Viewer


@jobs.task("indicators.compute", label=_("Compute indicators"))
def compute(
    *, progress: Progress, by: Viewer, at: datetime.datetime, **_arguments: Any
) -> dict[str, Any]:
    """Take a snapshot and compute all indicators over it."""
    snapshot = actions.take_snapshot(by=by, at=at)
    computation = actions.compute_indicators(snapshot=snapshot, by=by, at=at, progress=progress)
    return {"computation": str(computation.uuid), "values": computation.values.count()}
