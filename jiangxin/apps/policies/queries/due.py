"""What is due in a span of days: tasks with their rhythm, deadlines of targets, meetings."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.policies.models import Task
from jiangxin.apps.policies.queries.meetings import meetings
from jiangxin.apps.policies.queries.targets import targets
from jiangxin.apps.policies.queries.tasks import carriers, tasks
from jiangxin.apps.policies.queries.tasks_plan import due_between
from jiangxin.apps.policies.workflow import MeetingState, TaskState
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class DueItem:
    """Something due on a day.

    Args:
        for_whom: who has to deliver.
        filed: whether it was delivered; None where nothing is delivered.
    """

    kind: str
    title: str
    url: str
    due_on: datetime.date
    status: str
    for_whom: str = ""
    filed: bool | None = None
    is_simulated: bool = False


def due_items(
    viewer: Viewer,
    *,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    region: Region | None = None,
) -> list[DueItem]:
    """List what is due from `first` to `last` in a region, or wherever the viewer may look."""
    return [
        *_tasks(viewer, first, last, on, region),
        *_targets(viewer, first, last, on, region),
        *_meetings(viewer, first, last, region),
    ]


def _tasks(
    viewer: Viewer,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    region: Region | None,
) -> Iterator[DueItem]:
    rows = tasks(viewer=viewer, region=region)
    for day, due in due_between(rows, first=first, last=last, on=on):
        task: Task = due.task
        yield DueItem(
            _("task"),
            str(task),
            reverse("policies:task", args=[task.uuid]),
            day,
            due.standing,
            "、".join(dict.fromkeys(row.name for row in carriers(task))),
            None if due.is_repeat else task.state in (TaskState.SUBMITTED, TaskState.DONE),
            task.is_simulated,
        )


def _targets(
    viewer: Viewer,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    region: Region | None,
) -> Iterator[DueItem]:
    for row in targets(viewer=viewer, on=on, region_path=region.path if region else ""):
        if row.due_on is not None and first <= row.due_on <= last:
            yield DueItem(
                _("target"),
                f"{row.target.metric} {row.promise}",
                reverse("policies:target", args=[row.uuid]),
                row.due_on,
                row.standing,
                row.target.region.name,
                is_simulated=row.is_simulated,
            )


def _meetings(
    viewer: Viewer, first: datetime.date, last: datetime.date, region: Region | None
) -> Iterator[DueItem]:
    rows = meetings(viewer=viewer, region=region).filter(held_on__range=(first, last))
    for meeting in rows:
        yield DueItem(
            _("meeting"),
            meeting.title,
            reverse("policies:meeting", args=[meeting.uuid]),
            meeting.held_on,
            "done" if meeting.state == MeetingState.HELD else str(meeting.state),
            meeting.region.name,
            is_simulated=meeting.is_simulated,
        )
