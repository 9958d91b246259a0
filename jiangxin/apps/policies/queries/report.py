"""What a progress report says: targets, tasks, contradictions and sources of a region or document."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiangxin.apps.policies.models import PolicyDocument, Task
from jiangxin.apps.policies.queries.contradictions import (
    Clash,
    contradictions,
)
from jiangxin.apps.policies.queries.documents import documents
from jiangxin.apps.policies.queries.standings import (
    STANDINGS,
    Standing,
)
from jiangxin.apps.policies.queries.targets import (
    targets,
)
from jiangxin.apps.policies.queries.tasks import TASK_STANDINGS, tasks
from jiangxin.apps.policies.workflow import TaskState
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """Everything that a progress report says, as far as its reader may see it.

    Args:
        document: the report is about this one alone; empty for all of the region and below.
    """

    region: Region
    document: PolicyDocument | None
    on: datetime.date
    targets: tuple[Standing, ...]
    counts: Mapping[str, int]
    tasks: tuple[Task, ...]
    task_counts: Mapping[str, int]
    clashes: tuple[Clash, ...]
    sources: tuple[PolicyDocument, ...]
    is_simulated: bool

    @property
    def overdue(self) -> tuple[Task, ...]:
        """Tasks whose deadline passed before anybody reported them as done."""
        return tuple(task for task in self.tasks if task.is_overdue(self.on))

    @property
    def title(self) -> str:
        """The document or the region that it is about."""
        return self.document.title if self.document else self.region.name


def progress_report(
    *,
    region: Region,
    viewer: Viewer,
    on: datetime.date,
    document: PolicyDocument | None = None,
) -> ProgressReport:
    """Collect a progress report on a region with everything below it, or on one document.

    The number of queries does not grow with the rows.
    """
    chosen = document.uuid if document else ""
    path = "" if document else region.path
    found = targets(viewer=viewer, on=on, region_path=path, document=chosen)
    rows = tasks(viewer=viewer, region=None if document else region).exclude(
        state=TaskState.CANCELLED
    )
    known = documents(viewer=viewer, region_path=path)
    if document is not None:
        rows, known = rows.filter(document=document), known.filter(pk=document.pk)
    work = tuple(rows)
    counts = dict.fromkeys(STANDINGS, 0)
    for row in found:
        counts[row.standing] += 1
    task_counts = dict.fromkeys(TASK_STANDINGS, 0)
    for task in work:
        task_counts[task.standing(on)] += 1
    clashes = contradictions(viewer=viewer, region_path=path)
    if document is not None:
        clashes = [c for c in clashes if any(t.document_id == document.pk for t in c.targets)]
    return ProgressReport(
        region=region,
        document=document,
        on=on,
        targets=tuple(found),
        counts=counts,
        tasks=work,
        task_counts=task_counts,
        clashes=tuple(clashes),
        sources=tuple(known),
        is_simulated=any(row.is_simulated for row in found)
        or any(task.is_simulated for task in work),
    )
