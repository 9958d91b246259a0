"""Reads of tasks: lists, one task with its reports and history, counts, and whom to tell."""

from __future__ import annotations

import datetime
import uuid as uuids
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies.models import (
    Escalation,
    Reminder,
    StoredFile,
    Task,
    TaskAssignment,
    TaskReport,
)
from jiangxin.apps.policies.models.tasks import TaskQuerySet
from jiangxin.apps.policies.workflow import TaskState
from jiangxin.core.errors import NotFound
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import User
    from jiangxin.apps.organisations.models import Organisation
    from jiangxin.apps.reference.models import Region

# how a list of tasks is narrowed by what presses
DUE = ("overdue", "month", "quarter", "none")

_ROLE_ORDER = {role: place for place, role in enumerate(TaskAssignment.Role.values)}


def tasks(*, viewer: Viewer, region: Region | None = None, only_mine: bool = False) -> TaskQuerySet:
    """List tasks with document, region and those who carry them; nearest deadline first.

    Args:
        region: keep tasks of this region and below, and those that somebody there carries.
        only_mine: keep tasks on which the viewer reports for an organisation.
    """
    rows = (
        Task.objects.visible_to(viewer)
        .select_related("document", "region", "scope", "clause", "resolution__meeting")
        .defer("document__text", "document__references")
        .prefetch_related(
            Prefetch(
                "assignments",
                TaskAssignment.objects.select_related("organisation__scope").order_by("id"),
            )
        )
    )
    if only_mine:
        return rows.carried_by(viewer)
    if region is not None:
        carried = TaskAssignment.objects.filter(
            task=OuterRef("pk"), organisation__scope__path__startswith=region.path
        )
        rows = rows.filter(Q(region__path__startswith=region.path) | Exists(carried))
    return rows


def due_within(rows: TaskQuerySet, due: str, *, on: datetime.date) -> TaskQuerySet:
    """Keep tasks by what presses: overdue, due within a month or a quarter, or without a day."""
    if due == "overdue":
        return rows.overdue(on)
    if due == "none":
        return rows.open().filter(due_on__isnull=True)
    days = {"month": 31, "quarter": 92}.get(due)
    if days is None:
        return rows
    return rows.open().filter(due_on__range=(on, on + datetime.timedelta(days=days)))


def get_task(uuid: uuids.UUID | str, *, viewer: Viewer) -> Task:
    """Return one task that the viewer may see, or raise NotFound."""
    found = tasks(viewer=viewer).select_related("row__clause", "previous").filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def get_report(uuid: uuids.UUID | str, *, viewer: Viewer) -> TaskReport:
    """Return one report that the viewer may see, or raise NotFound."""
    found = (
        TaskReport.objects.visible_to(viewer)
        .select_related("task__scope", "scope")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_evidence(uuid: uuids.UUID | str, *, viewer: Viewer) -> StoredFile:
    """Return a file of evidence if the viewer may see the report that it belongs to."""
    reports = TaskReport.objects.visible_to(viewer)
    links = TaskReport.files.through.objects.filter(taskreport__in=reports.values("pk"))
    found = StoredFile.objects.filter(pk__in=links.values("storedfile"), uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def carriers(task: Task, *roles: str) -> list[TaskAssignment]:
    """List who carries the task, by rank; only the given roles if there are any."""
    rows = [row for row in task.assignments.all() if not roles or row.role in roles]
    return sorted(rows, key=lambda row: (_ROLE_ORDER[row.role], row.pk))


def carriers_by_role(task: Task) -> list[tuple[str, list[TaskAssignment]]]:
    """Group who carries the task by rank, with the word for it."""
    groups: dict[str, list[TaskAssignment]] = {}
    for row in carriers(task):
        groups.setdefault(str(row.get_role_display()), []).append(row)
    return list(groups.items())


def office_names(task: Task) -> str:
    """Write who answers for the task."""
    roles = TaskAssignment.Role
    rows = carriers(task, roles.LEAD, roles.RESPONSIBLE, roles.SUPPORT)
    return "、".join(dict.fromkeys(row.name for row in rows))


def implementer_names(task: Task) -> str:
    """Write who carries the task out."""
    rows = carriers(task, TaskAssignment.Role.IMPLEMENTER)
    return "、".join(dict.fromkeys(row.name for row in rows))


def reporting_organisations(task: Task, *, viewer: Viewer) -> list[Organisation]:
    """List the organisations for which the viewer may report on the task."""
    found: dict[int, Organisation] = {}
    for row in carriers(task):
        organisation = row.organisation
        if organisation and viewer.holds("tasks.report", organisation.scope.path):
            found.setdefault(organisation.pk, organisation)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Source:
    """Where a task comes from, as one cites it, with its words and the page that shows them."""

    citation: str
    words: str
    url: str


def source_of(task: Task) -> Source | None:
    """Return where the task comes from; nothing for one that somebody simply set."""
    if task.resolution is not None:
        meeting = task.resolution.meeting
        citation = _("%(meeting)s, resolution %(number)s") % {
            "meeting": meeting.title,
            "number": task.resolution.number,
        }
        url = reverse("policies:meeting", args=[meeting.uuid])
        return Source(citation, task.resolution.text, url)
    if task.document is None:
        return None
    words = ""
    place = ""
    url = reverse("policies:document", args=[task.document.uuid])
    if task.row is not None:
        words, place = task.row.quote or task.row.task, task.row.place
        url = f"{url}?kind=taskrow#item-{task.row.uuid}"
    if task.clause is not None:
        words = words or task.clause.text or task.clause.heading
        place = place or task.clause.path
        if task.row is None:
            url = reverse("policies:clause", args=[task.clause.uuid])
    return Source(f"{task.document.citation} {place}".strip(), words, url)


_HAPPENED: Mapping[str, Callable[[], str]] = {
    "policies.task.created": lambda: _("set"),
    "policies.task.repeated": lambda: _("opened as the next time of its rhythm"),
    "policies.task.changed": lambda: _("changed"),
    "policies.task.name_settled": lambda: _("a name was settled"),
    "policies.task.reported": lambda: _("reported on"),
    "policies.task.started": lambda: _("started"),
    "policies.task.confirmed": lambda: _("confirmed as done"),
    "policies.task.returned": lambda: _("returned"),
    "policies.task.cancelled": lambda: _("cancelled"),
    "policies.task.reopened": lambda: _("reopened"),
    "policies.task.escalated": lambda: _("put before the next higher office"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history of a thing."""

    at: datetime.datetime
    by_name: str
    event: str
    changes: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What happened, in words."""
        words = _HAPPENED.get(self.event)
        return words() if words else self.event


@dataclass(frozen=True, slots=True)
class Follow:
    """What happened on a task: reports, reminders, escalations, and every change."""

    reports: list[TaskReport]
    reminders: list[Reminder]
    escalations: list[Escalation]
    history: list[Event]


def follow(task: Task, *, viewer: Viewer) -> Follow:
    """Return what happened on a task, as far as the viewer may know of it.

    Whom the bureau reminded and what it changed is for those who see the whole task; who carries
    a part sees their own reports.
    """
    reports = (
        TaskReport.objects.visible_to(viewer)
        .filter(task=task)
        .select_related("organisation")
        .prefetch_related(Prefetch("files", StoredFile.objects.defer("content")))
    )
    if not viewer.holds("tasks.view", task.scope.path):
        own = Reminder.objects.filter(task=task, to_id=viewer.user_id).select_related("to")
        return Follow(list(reports), list(own), [], [])
    rows = AuditRow.objects.filter(subject_kind="policies.task", subject_uuid=task.uuid).order_by(
        "-id"
    )
    return Follow(
        list(reports),
        list(Reminder.objects.filter(task=task).select_related("to")),
        list(Escalation.objects.filter(task=task)),
        [Event(row.at, row.by_name, row.event, row.data) for row in rows[:100]],
    )


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks of a region are in which state; overdue ones are counted as such."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All that are not cancelled."""
        return sum(self.counts.values())

    @property
    def overdue(self) -> int:
        """Unfinished after their deadline."""
        return self.counts["overdue"]


# in the order of drawing
TASK_STANDINGS = ("done", "submitted", "in_progress", "planned", "overdue")


def task_counts(*, region: Region, viewer: Viewer, on: datetime.date) -> TaskCounts:
    """Count the tasks of a region subtree by state, the overdue ones apart."""
    rows = Task.objects.visible_to(viewer).filter(region__path__startswith=region.path)
    return TaskCounts(_counted(rows, on=on))


def _counted(rows: TaskQuerySet, *, on: datetime.date) -> dict[str, int]:
    counts = dict.fromkeys(TASK_STANDINGS, 0)
    late = Q(state__in=[TaskState.PLANNED, TaskState.IN_PROGRESS], due_on__lt=on)
    grouped = (
        rows.exclude(state=TaskState.CANCELLED)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"), late=Count("pk", filter=late))
    )
    for row in grouped:
        counts[row["state"]] += row["n"] - row["late"]
        counts["overdue"] += row["late"]
    return counts


def overdue_tasks(
    *, region: Region, viewer: Viewer, on: datetime.date, limit: int = 10
) -> list[Task]:
    """List the tasks of a region that are overdue, the longest first."""
    return list(tasks(viewer=viewer, region=region).overdue(on).order_by("due_on", "pk")[:limit])


def units_in(rows: TaskQuerySet) -> dict[str, list[tuple[str, str]]]:
    """List who carries these tasks, for filters: offices and all others, as (uuid, name)."""
    found: dict[str, dict[str, str]] = {"office": {}, "other": {}}
    assigned = TaskAssignment.objects.filter(task__in=rows.order_by().values("pk"))
    for uuid, kind, name, short in assigned.filter(organisation__isnull=False).values_list(
        "organisation__uuid",
        "organisation__kind",
        "organisation__name",
        "organisation__short_name",
    ):
        found["office" if kind in ("bureau", "office") else "other"][str(uuid)] = short or name
    return {
        group: sorted(units.items(), key=lambda pair: pair[1]) for group, units in found.items()
    }


def documents_in(rows: TaskQuerySet) -> list[tuple[str, str]]:
    """List the documents that these tasks come from, for filters, as (uuid, title)."""
    found = rows.filter(document__isnull=False).order_by("document__title")
    pairs = found.values_list("document__uuid", "document__title").distinct()
    return [(str(uuid), title) for uuid, title in pairs]


def carried_by_unit(rows: TaskQuerySet, uuid: str) -> TaskQuerySet:
    """Keep tasks that one organisation carries in any role."""
    mine = TaskAssignment.objects.filter(task=OuterRef("pk"), organisation__uuid=uuid)
    return rows.filter(Exists(mine))


class Telephone:
    """Finds the persons who carry a duty nearest to a place; asks once for each place."""

    def __init__(self, *, on: datetime.date) -> None:
        self._on = on
        self._known: dict[tuple[str, str], tuple[User, ...]] = {}

    def nearest(self, duty: str, path: str) -> tuple[User, ...]:
        """Return who carries the duty in the smallest scope around the path.

        An office without staff falls back on its authority, that on the region and so on up:
        nothing is left without somebody.
        """
        key = (duty, path)
        if key not in self._known:
            reach: dict[int, list[User]] = {}
            for user in accounts.holders(duty=duty, path=path, on=self._on):
                held = accounts.viewer_for(user, on=self._on).paths(duty)
                longest = max(len(p) for p in held if path.startswith(p))
                reach.setdefault(longest, []).append(user)
            self._known[key] = tuple(reach[max(reach)]) if reach else ()
        return self._known[key]

    def carriers(self, task: Task) -> tuple[User, ...]:
        """Return the persons who report on a task; for names nobody knows yet, its bureau."""
        found: dict[int, User] = {}
        rows = list(task.assignments.all())
        for row in rows:
            if row.organisation is not None:
                for user in self.nearest("tasks.report", row.organisation.scope.path):
                    found[user.pk] = user
        if not rows or any(row.organisation is None for row in rows):
            for user in self.nearest("tasks.manage", task.scope.path):
                found[user.pk] = user
        return tuple(found.values())

    def reviewers(self, task: Task) -> tuple[User, ...]:
        """Return the persons who confirm what is reported on a task."""
        return self.nearest("tasks.manage", task.scope.path)
