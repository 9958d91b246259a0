"""Deadlines come near or pass: the persons concerned are told, once for each reason."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.notices import actions as notices
from jiangxin.apps.policies import queries
from jiangxin.apps.policies.actions.tasks import open_next, short
from jiangxin.apps.policies.models import Escalation, Reminder, Task
from jiangxin.core import audit
from jiangxin.core.permissions import Viewer
from jiangxin.ui.numbers import amount

# more than this on one day come as one notice
SINGLE = 3


@dataclass(slots=True)
class _Post:
    """What one person is to be told today: (template, task, values) and counts by reason."""

    person: Any
    letters: list[tuple[str, Task, dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Reminded:
    """What a run did."""

    reminders: int
    escalations: int
    repeated: int


@transaction.atomic
def remind_tasks(*, by: Viewer, at: datetime.datetime) -> Reminded:
    """Remind of tasks that fall due, put overdue ones before the next higher office, repeat rhythms.

    Safe to run at any time: a reminder goes to the same person once for the same reason and
    deadline, and what a day without a run left out is made up for by the next.

    Source:
        Days from `rules/policies/reminder_days.yaml` and `escalation_days.yaml`; inferred there.
    """
    on = at.date()
    telephone = queries.Telephone(on=on)
    rows = list(
        queries.tasks(viewer=by).unfinished().filter(due_on__isnull=False).order_by("due_on", "pk")
    )
    post: dict[int, _Post] = {}
    reminders = _remind(rows, telephone, post, at=at)
    escalations = _escalate(rows, telephone, post, by=by, at=at)
    for one in post.values():
        _send(one, by=by, at=at)
    if reminders:
        audit.record(
            "policies.reminders.sent",
            by=by,
            at=at,
            subject=None,
            path="",
            data={"reminders": reminders, "persons": len(post)},
        )
    repeated = 0
    over = queries.tasks(viewer=by).filter(
        due_on__lt=on, next_task__isnull=True, state__in=["planned", "in_progress", "submitted"]
    )
    for task in over.exclude(recurrence=Task.Recurrence.ONCE):
        repeated += open_next(task, by=by, at=at) is not None
    return Reminded(reminders, escalations, repeated)


def _reason(task: Task, on: datetime.date) -> tuple[str, int] | None:
    """Return the kind of reminder that a task is due for, with its threshold in days."""
    assert task.due_on is not None  # noqa: S101 -- the caller asks for tasks with a deadline
    left = (task.due_on - on).days
    if left < 0:
        return Reminder.Kind.OVERDUE, -1
    steps = queries.days_of("reminder_days", on=on, path=task.region.path)
    passed = [days for days in steps if left <= days]
    return (Reminder.Kind.DUE_SOON, min(passed)) if passed else None


def _remind(
    rows: Sequence[Task],
    telephone: queries.Telephone,
    post: dict[int, _Post],
    *,
    at: datetime.datetime,
) -> int:
    on = at.date()
    told = set(
        Reminder.objects.filter(task__in=rows).values_list(
            "task", "kind", "due_on", "days_before", "to"
        )
    )
    new = []
    for task in rows:
        reason = _reason(task, on)
        if reason is None or task.due_on is None:
            continue
        kind, days = reason
        for person in telephone.carriers(task):
            if (task.pk, str(kind), task.due_on, days, person.pk) in told:
                continue
            new.append(
                Reminder(
                    task=task,
                    kind=kind,
                    due_on=task.due_on,
                    days_before=days,
                    to=person,
                    at=at,
                    is_simulated=task.is_simulated,
                )
            )
            template = "task_overdue" if kind == Reminder.Kind.OVERDUE else "task_due_soon"
            values = {"days": abs((task.due_on - on).days)}
            post.setdefault(person.pk, _Post(person)).letters.append((template, task, values))
    Reminder.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    return len(new)


def _escalate(
    rows: Sequence[Task],
    telephone: queries.Telephone,
    post: dict[int, _Post],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> int:
    on = at.date()
    told: dict[tuple[int, int, datetime.date], bool] = defaultdict(bool)
    for key in Escalation.objects.filter(task__in=rows).values_list("task", "level", "due_on"):
        told[key] = True
    count = 0
    for task in rows:
        if task.due_on is None or task.due_on >= on:
            continue
        late = (on - task.due_on).days
        steps = queries.days_of("escalation_days", on=on, path=task.region.path)
        for level, days in enumerate(steps, start=1):
            if late < days or told[task.pk, level, task.due_on]:
                continue
            persons = _above(task, level, telephone)
            _put_before(task, level, days, persons, by=by, at=at)
            count += 1
            values = {"days": late, "units": queries.office_names(task) or "—"}
            for person in persons:
                post.setdefault(person.pk, _Post(person)).letters.append(
                    ("task_escalated", task, values)
                )
    return count


def _above(task: Task, level: int, telephone: queries.Telephone) -> tuple[Any, ...]:
    """Return whom a step reaches: first the leader of the bureau, then the regions above."""
    codes = [part for part in task.scope.path.split("/") if part and not part.startswith("@")]
    kept = codes[: len(codes) - level + 1]
    if not kept:
        return ()
    path = "".join(f"{code}/" for code in kept)
    leaders = telephone.nearest("tasks.escalate", path)
    return leaders or telephone.nearest("tasks.manage", path)


def _put_before(
    task: Task,
    level: int,
    days: int,
    persons: Sequence[Any],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    assert task.due_on is not None  # noqa: S101 -- only overdue tasks are put before anybody
    reason = _("Overdue for %(days)s days or more.") % {"days": days}
    nobody = _("nobody: no leader is known here")
    Escalation.objects.bulk_create(
        [
            Escalation(
                task=task,
                level=level,
                due_on=task.due_on,
                to=person,
                to_name=str(person)[:100] if person else nobody,
                reason=reason,
                at=at,
                is_simulated=task.is_simulated,
            )
            for person in (persons or (None,))
        ],
        ignore_conflicts=True,
    )
    audit.record(
        "policies.task.escalated",
        by=by,
        at=at,
        subject=task,
        path=task.scope.path,
        data={"level": level, "to": [str(person) for person in persons]},
    )


def _send(post: _Post, *, by: Viewer, at: datetime.datetime) -> None:
    """Send single notices, or one for all when there are many."""
    if len(post.letters) > SINGLE:
        counts: dict[str, int] = defaultdict(int)
        for template, _task, _values in post.letters:
            counts[template] += 1
        notices.send_after_commit(
            "tasks_digest",
            to=post.person,
            context={
                "count": len({task.pk for _template, task, _values in post.letters}),
                "overdue": counts["task_overdue"],
                "due_soon": counts["task_due_soon"],
                "escalated": counts["task_escalated"],
            },
            by=by,
            at=at,
            link=f"{reverse('policies:tasks')}?due=overdue"
            if counts["task_overdue"] or counts["task_escalated"]
            else f"{reverse('policies:tasks')}?due=month",
            is_simulated=all(task.is_simulated for _template, task, _values in post.letters),
        )
        return
    for template, task, values in post.letters:
        notices.send_after_commit(
            template,
            to=post.person,
            context={
                "task": short(task),
                "due_on": task.due_on,
                "progress": amount(task.progress_rate, "share"),
                **values,
            },
            by=by,
            at=at,
            link=reverse("policies:task", args=[task.uuid]),
            due_on=task.due_on,
            path=task.scope.path,
            is_simulated=task.is_simulated,
        )
