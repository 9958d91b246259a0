"""What waits for a viewer around tasks and cases."""

from __future__ import annotations

import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiangxin.apps.policies.models import Case, Escalation, Task, TaskAssignment
from jiangxin.apps.policies.queries.work import Todo
from jiangxin.apps.policies.workflow import CaseState, TaskState
from jiangxin.core.permissions import Viewer

# how far ahead one's own tasks show
AHEAD = datetime.timedelta(days=31)
# more of one kind are shown as one line
SHOWN = 20


def task_todos_for(viewer: Viewer, *, on: datetime.date) -> list[Todo]:
    """List tasks to report on, reports to review, names to settle, and cases that wait."""
    if viewer.is_public or viewer.is_system:
        return []
    return [*_to_carry(viewer, on), *_to_review(viewer), *_to_press(viewer, on), *_cases(viewer)]


def _address(task: Task) -> str:
    return reverse("policies:task", args=[task.uuid])


def _to_carry(viewer: Viewer, on: datetime.date) -> list[Todo]:
    mine = Task.objects.carried_by(viewer).unfinished().filter(due_on__lte=on + AHEAD)
    return [
        Todo(task.text, _address(task), task.due_on, _("task"), task.is_overdue(on))
        for task in mine[:SHOWN]
    ]


def _to_review(viewer: Viewer) -> list[Todo]:
    within = viewer.within("tasks.manage")
    todos = [
        Todo(
            _("Confirm or return: %(task)s") % {"task": task.text},
            _address(task),
            task.due_on,
            _("review"),
        )
        for task in Task.objects.filter(within, state=TaskState.SUBMITTED)[:SHOWN]
    ]
    unknown = (
        TaskAssignment.objects.filter(
            viewer.within("tasks.manage", "task__scope__path"), organisation__isnull=True
        )
        .exclude(task__state__in=[TaskState.DONE, TaskState.CANCELLED])
        .order_by()
        .values("name")
        .distinct()
        .count()
    )
    if unknown:
        title = ngettext(
            "Say whom %(n)s name in tasks means",
            "Say whom %(n)s names in tasks mean",
            unknown,
        ) % {"n": unknown}
        todos.append(Todo(title, reverse("policies:task_names"), None, _("names")))
    return todos


def _to_press(viewer: Viewer, on: datetime.date) -> list[Todo]:
    rows = (
        Escalation.objects.filter(to_id=viewer.user_id, settled_at__isnull=True)
        .filter(task__in=Task.objects.visible_to(viewer).overdue(on).values("pk"))
        .select_related("task")
        .order_by("task", "-level")
    )
    found = {row.task_id: row.task for row in rows}
    return [
        Todo(
            _("Overdue, put before you: %(task)s") % {"task": task.text},
            _address(task),
            task.due_on,
            _("escalation"),
            overdue=True,
        )
        for task in list(found.values())[:SHOWN]
    ]


def _cases(viewer: Viewer) -> list[Todo]:
    def todo(case: Case, title: str) -> Todo:
        url = reverse("policies:case", args=[case.uuid])
        return Todo(title % {"case": case.title}, url, None, _("case"))

    review = Case.objects.filter(viewer.within("cases.review"), state=CaseState.SUBMITTED)
    publish = Case.objects.filter(viewer.within("cases.publish"), state=CaseState.REVIEWED)
    returned = Case.objects.filter(told_by_id=viewer.user_id, state=CaseState.RETURNED)
    return [
        *(
            todo(case, _("Review the case “%(case)s”"))
            for case in review.exclude(told_by_id=viewer.user_id)[:SHOWN]
        ),
        *(todo(case, _("Publish the case “%(case)s”")) for case in publish[:SHOWN]),
        *(todo(case, _("Rework the case “%(case)s”")) for case in returned[:SHOWN]),
    ]
