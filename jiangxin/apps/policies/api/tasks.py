"""Tasks for other systems: lists, one task, setting, reporting, moving."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Schema, Status

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.api.base import Limit, Offset, router
from jiangxin.apps.policies.models import Task
from jiangxin.core.errors import NotFound
from jiangxin.core.http import REFUSALS, Door

_READERS = Door("operator", "leader", "officer", "auditor", "office", "school", "enterprise")
_REPORTERS = Door("officer", "office", "school", "enterprise")


class UnitOut(Schema):
    """Who carries a task, as named and as known."""

    role: str
    name: str
    organisation_code: str | None


class TaskOut(Schema):
    """A task; `standing` is its state, or "overdue"."""

    uuid: UUID
    kind: str
    number: int | None
    action: str
    sub_action: str
    text: str
    indicator: str
    region_code: str
    document_uuid: UUID | None
    starts_on: datetime.date | None
    due_on: datetime.date | None
    recurrence: str
    state: str
    standing: str
    progress_rate: float
    version: int
    is_simulated: bool
    units: list[UnitOut]


class TasksOut(Schema):
    """A page of tasks."""

    total: int
    items: list[TaskOut]


class TaskIn(Schema):
    """A task to be set in the region of the address (?region=CODE)."""

    text: str
    kind: str = "task"
    indicator: str = ""
    starts_on: datetime.date | None = None
    due_on: datetime.date | None = None
    recurrence: str = "once"
    repeats_until: datetime.date | None = None
    lead: list[str] = []
    responsible: list[str] = []
    support: list[str] = []
    implementer: list[str] = []


class ReportIn(Schema):
    """How far a task is; a share is 0 to 1."""

    text: str
    progress_rate: float | None = None
    says_done: bool = False
    organisation_code: str = ""


class ReportOut(Schema):
    """A kept report, and what it made of the task."""

    uuid: UUID
    task_state: str
    task_progress_rate: float


class MoveIn(Schema):
    """A move of the task's table: start, confirm, return, cancel or reopen."""

    move: str
    reason: str = ""


def _out(task: Task, on: datetime.date) -> TaskOut:
    return TaskOut(
        region_code=task.region.code,
        document_uuid=task.document.uuid if task.document else None,
        standing=task.standing(on),
        units=[
            UnitOut(
                role=row.role,
                name=row.name,
                organisation_code=row.organisation.code if row.organisation else None,
            )
            for row in queries.carriers(task)
        ],
        **{
            name: getattr(task, name)
            for name in (
                "uuid",
                "kind",
                "number",
                "action",
                "sub_action",
                "text",
                "indicator",
                "starts_on",
                "due_on",
                "recurrence",
                "state",
                "progress_rate",
                "version",
                "is_simulated",
            )
        },
    )


@router.get("/tasks", response={200: TasksOut, **REFUSALS}, auth=_READERS)
def tasks(
    request: Any,
    region: str = "",
    due: str = "",
    state: str = "",
    limit: Limit = 100,
    offset: Offset = 0,
) -> TasksOut:
    """List the tasks of the region of the address that the viewer may see.

    `due` is overdue, month, quarter or none.
    """
    on = request.at.date()
    rows = queries.tasks(viewer=request.viewer, region=request.region)
    rows = queries.due_within(rows, due, on=on)
    if state:
        rows = rows.filter(state=state)
    return TasksOut(
        total=rows.count(), items=[_out(task, on) for task in rows[offset : offset + limit]]
    )


@router.get("/tasks/{uuid}", response={200: TaskOut, **REFUSALS}, auth=_READERS)
def task(request: Any, uuid: UUID) -> TaskOut:
    """Return one task."""
    return _out(queries.get_task(uuid, viewer=request.viewer), request.at.date())


@router.post("/tasks", response={201: TaskOut, **REFUSALS}, auth=Door("officer"))
def create_task(request: Any, body: TaskIn, region: str = "") -> Status[TaskOut]:
    """Set a task in the region of the address; those who carry it are told."""
    if request.region is None:
        raise NotFound
    values = body.dict()
    roles = ("lead", "responsible", "support", "implementer")
    made = actions.create_task(
        scope=accounts.scope_of_region(request.region),
        region=request.region,
        units={role: values.pop(role) for role in roles},
        by=request.viewer,
        at=request.at,
        **values,
    )
    found = queries.get_task(made.uuid, viewer=request.viewer)
    return Status(201, _out(found, request.at.date()))


@router.post("/tasks/{uuid}/reports", response={201: ReportOut, **REFUSALS}, auth=_REPORTERS)
def report_task(request: Any, uuid: UUID, body: ReportIn) -> Status[ReportOut]:
    """Report how far a task is."""
    found = queries.get_task(uuid, viewer=request.viewer)
    mine = queries.reporting_organisations(found, viewer=request.viewer)
    chosen = next((row for row in mine if row.code == body.organisation_code), None)
    if body.organisation_code and chosen is None:
        raise NotFound
    report = actions.report_task(
        task=found,
        text=body.text,
        progress_rate=body.progress_rate,
        says_done=body.says_done,
        organisation=chosen,
        by=request.viewer,
        at=request.at,
    )
    after = queries.get_task(uuid, viewer=request.viewer)
    kept = ReportOut(
        uuid=report.uuid, task_state=after.state, task_progress_rate=after.progress_rate
    )
    return Status(201, kept)


@router.post("/tasks/{uuid}/moves", response={200: TaskOut, **REFUSALS}, auth=_REPORTERS)
def move_task(request: Any, uuid: UUID, body: MoveIn) -> TaskOut:
    """Start, confirm, return, cancel or reopen a task."""
    found = queries.get_task(uuid, viewer=request.viewer)
    actions.move_task(
        task=found, move=body.move, reason=body.reason, by=request.viewer, at=request.at
    )
    return _out(queries.get_task(uuid, viewer=request.viewer), request.at.date())
