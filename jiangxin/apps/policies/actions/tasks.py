"""Tasks are made from rows, clauses and resolutions, given to organisations, changed and moved."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jiangxin.apps.notices import actions as notices
from jiangxin.apps.organisations import actions as organisation_actions
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.models import (
    Clause,
    Escalation,
    Milestone,
    PolicyDocument,
    Resolution,
    Target,
    Task,
    TaskAssignment,
    TaskRow,
)
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope
    from jiangxin.apps.organisations.models import Organisation
    from jiangxin.apps.reference.models import Region

Role = TaskAssignment.Role
# fields that the bureau may change later
TASK_FIELDS = (
    "kind",
    "text",
    "indicator",
    "starts_on",
    "due_on",
    "recurrence",
    "repeats_until",
)
# moves of the table that need only a reason; "submit" comes with a report
NEEDS_REASON = frozenset({"return", "cancel", "reopen"})
_EVENTS = {
    "start": "policies.task.started",
    "confirm": "policies.task.confirmed",
    "return": "policies.task.returned",
    "cancel": "policies.task.cancelled",
    "reopen": "policies.task.reopened",
}


class TaskChanged(Conflict):
    """Somebody changed the task meanwhile; `data` holds what it says now."""

    code = "task_changed"


@dataclass(frozen=True, slots=True)
class Made:
    """Tasks that were made, and the names in them that mean no organisation we know."""

    tasks: tuple[Task, ...]
    unknown: tuple[str, ...]


@transaction.atomic
def create_task(
    *,
    scope: Scope,
    region: Region,
    text: str,
    by: Viewer,
    at: datetime.datetime,
    units: Mapping[str, Sequence[str]] | None = None,
    kind: str = Task.Kind.TASK,
    indicator: str = "",
    starts_on: datetime.date | None = None,
    due_on: datetime.date | None = None,
    recurrence: str = Task.Recurrence.ONCE,
    repeats_until: datetime.date | None = None,
    document: PolicyDocument | None = None,
    clause: Clause | None = None,
    resolution: Resolution | None = None,
    targets: Iterable[Target] = (),
    is_simulated: bool = False,
) -> Task:
    """Set a task, and tell those who carry it.

    Args:
        units: names by role ("lead", "responsible", "support", "implementer"), as printed; a name
            that means one organisation of the region is given to it, others wait for a person.

    Raises:
        Invalid: words are missing, or the days do not fit together; names the fields.
        NotPermitted: `by` does not manage tasks in the scope.
    """
    permissions.can_manage_tasks(by, scope.path).enforce()
    if clause is not None and document is None:
        document = clause.document
    task = Task(
        scope=scope,
        region=region,
        kind=kind,
        text=text.strip(),
        indicator=indicator.strip(),
        starts_on=starts_on,
        due_on=due_on,
        recurrence=recurrence,
        repeats_until=repeats_until,
        document=document,
        clause=clause,
        resolution=resolution,
        is_simulated=is_simulated,
    )
    resolver = organisations.resolver_for(region, viewer=by, on=at.date())
    _keep(task, units or {}, resolver, by=by, at=at)
    task.targets.set(targets)
    _tell_carriers([task], source=_source_name(task), by=by, at=at)
    return task


@transaction.atomic
def make_tasks(
    *,
    document: PolicyDocument,
    by: Viewer,
    at: datetime.datetime,
    due_on: datetime.date | None = None,
    is_simulated: bool = False,
) -> Made:
    """Make a task of every adopted row of the document's task tables that has none yet.

    Days come from the milestones in the row, else from its words; a rhythm ends with the plan.

    Args:
        due_on: for rows that state no day; empty leaves them without.
    """
    document = document.locked()
    permissions.can_manage_tasks(by, document.scope.path).enforce()
    rows = list(
        TaskRow.objects.adopted()
        .filter(document=document, made_task__isnull=True)
        .select_related("clause")
        .order_by("number", "pk")
    )
    milestones = list(Milestone.objects.adopted().filter(document=document))
    begins, ends = queries.plan_of(document)
    today = at.date()
    # a plan that still runs is followed from today on; one that is over, from its beginning
    since = begins if begins and ends and ends < today else max(begins or today, today)
    resolver = organisations.resolver_for(document.region, viewer=by, on=today)
    made = []
    for row in rows:
        schedule = _schedule_of(row, milestones, since=since)
        task = Task(
            scope_id=document.scope_id,
            region=document.region,
            document=document,
            clause=row.clause,
            row=row,
            number=row.number,
            action=row.action,
            sub_action=row.sub_action,
            text=row.task,
            indicator=row.indicator,
            starts_on=schedule.starts_on or _start(begins, schedule.due_on or due_on),
            due_on=schedule.due_on or (due_on if schedule.recurrence == "once" else None),
            recurrence=schedule.recurrence,
            repeats_until=ends if schedule.recurrence != Task.Recurrence.ONCE else None,
            is_simulated=is_simulated or row.is_simulated or document.is_simulated,
        )
        units: dict[str, Sequence[str]] = {
            Role.RESPONSIBLE: row.responsible,
            Role.IMPLEMENTER: row.implementers,
        }
        _keep(task, units, resolver, by=by, at=at)
        made.append(task)
    _tell_carriers(made, source=document.title, by=by, at=at)
    return Made(tuple(made), _unknown(made))


def _start(begins: datetime.date | None, due_on: datetime.date | None) -> datetime.date | None:
    return begins if begins and (due_on is None or begins <= due_on) else None


def _schedule_of(
    row: TaskRow, milestones: Sequence[Milestone], *, since: datetime.date
) -> queries.Schedule:
    """Read the days of a row: from milestones within it, else from its words."""
    inside = [m for m in milestones if _is_inside(m, row)]
    days = [m.due_on for m in inside if m.due_on]
    if days:
        return queries.Schedule(due_on=max(days))
    for milestone in inside:
        found = queries.schedule_of(milestone.recurrence, since=since)
        if found.recurrence != Task.Recurrence.ONCE:
            return found
    return queries.schedule_of(f"{row.task}。{row.indicator}", since=since)


def _is_inside(milestone: Milestone, row: TaskRow) -> bool:
    """Tell whether a milestone was read from a row: by its words, or by its place in the table."""
    if milestone.quote:
        return _bare(milestone.quote) in _bare(row.task + row.indicator)
    table, slash, number = milestone.place.rpartition("/")
    return bool(slash) and "表" in table and number.rstrip(".、") == str(row.number)


def _bare(words: str) -> str:
    return "".join(words.split())


def _keep(
    task: Task,
    units: Mapping[str, Sequence[str]],
    resolver: organisations.Resolver,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    """Store a new task with those who carry it."""
    task.created_by_name, task.created_at = by.name[:100], at
    _check(task)
    task.save()
    rows = []
    for role, names in units.items():
        for name in dict.fromkeys(name.strip()[:200] for name in names):
            if name:
                found = resolver.find(name).exact
                rows.append(_assignment(task, role, name, found))
    TaskAssignment.objects.bulk_create(_without_repeats(rows))
    audit.record(
        "policies.task.created",
        by=by,
        at=at,
        subject=task,
        path=task.scope.path,
        data={
            "text": task.text[:200],
            "due_on": task.due_on,
            "units": [f"{row.role}: {row.name}" for row in rows],
        },
    )


def _assignment(
    task: Task, role: str, name: str, organisation: Organisation | None
) -> TaskAssignment:
    return TaskAssignment(
        task=task,
        role=role,
        name=name,
        organisation=organisation,
        is_simulated=task.is_simulated,
    )


def _without_repeats(rows: Iterable[TaskAssignment]) -> list[TaskAssignment]:
    """Leave out a second name of the same organisation in one role."""
    found: dict[tuple[Any, ...], TaskAssignment] = {}
    for row in rows:
        key = (row.task_id, row.role, row.organisation_id or row.name)
        found.setdefault(key, row)
    return list(found.values())


def _check(task: Task) -> None:
    """Refuse values that the table would refuse, with a message beside the field."""
    if not task.text:
        message = _("Say in a sentence what is to be done.")
        raise Invalid(message, data={"fields": {"text": message}})
    exclude = {f.name for f in Task._meta.fields} - set(TASK_FIELDS)
    fields: dict[str, str] = {}
    try:
        task.clean_fields(exclude=exclude)
        task.validate_constraints(exclude={"document", "row", "resolution", "previous"})
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            fields["due_on" if name == "__all__" else name] = " ".join(messages)
    if task.repeats_until and task.due_on and task.repeats_until < task.due_on:
        fields["repeats_until"] = _("The rhythm must not end before the first deadline.")
    if fields:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": fields})


def _unknown(made: Iterable[Task]) -> tuple[str, ...]:
    rows = TaskAssignment.objects.filter(task__in=list(made), organisation__isnull=True)
    return tuple(sorted(set(rows.values_list("name", flat=True))))


def _source_name(task: Task) -> str:
    if task.resolution is not None:
        return task.resolution.meeting.title
    return task.document.title if task.document else task.region.name


def _tell_carriers(made: Sequence[Task], *, source: str, by: Viewer, at: datetime.datetime) -> None:
    """Tell each person once of all tasks that one act brought."""
    telephone = queries.Telephone(on=at.date())
    rows = queries.tasks(viewer=_all_seeing(by)).filter(pk__in=[task.pk for task in made])
    by_person: dict[Any, list[Task]] = {}
    for task in rows:
        for person in telephone.carriers(task):
            if person.pk != by.user_id:
                by_person.setdefault(person, []).append(task)
    for person, mine in by_person.items():
        days = [task.due_on for task in mine if task.due_on]
        notices.send_after_commit(
            "tasks_assigned",
            to=person,
            context={
                "count": len(mine),
                "source": source,
                "due_on": date_format(min(days), "Y-m-d") if days else "—",
            },
            by=by,
            at=at,
            link=_address(mine[0]) if len(mine) == 1 else f"{reverse('policies:tasks')}?mine=1",
            path=mine[0].scope.path,
            is_simulated=mine[0].is_simulated,
        )


def _all_seeing(by: Viewer) -> Viewer:
    """Return the system: whom to tell does not depend on what the actor may see."""
    return Viewer(user_id=by.user_id, name=by.name, is_system=True)


def _address(task: Task) -> str:
    return reverse("policies:task", args=[task.uuid])


@transaction.atomic
def change_task(
    *,
    task: Task,
    version: int,
    values: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    units: Mapping[str, Sequence[str]] | None = None,
) -> Task:
    """Change what a task says, when it is due, or who carries it, seen as `version` of it.

    Args:
        units: the names of each role as they should be; organisations that a person chose for a
            name stay with it.

    Raises:
        TaskChanged: somebody changed it meanwhile; nothing was saved.
        Invalid: a value breaks a rule; names the fields.
    """
    task = task.locked()
    permissions.can_manage_task(by, task).enforce()
    if task.version != version:
        raise TaskChanged(
            _(
                "Somebody changed this task meanwhile. Nothing of yours was saved: look at what "
                "it says now and change it again."
            ),
            data={"version": task.version, "theirs": _plain(task)},
        )
    before = _plain(task)
    due_before = task.due_on
    for name in TASK_FIELDS:
        if name in values:
            setattr(task, name, values[name])
    _check(task)
    task.version += 1
    task.save()
    after = _plain(task)
    changes: dict[str, Any] = {k: [before[k], after[k]] for k in after if before[k] != after[k]}
    if units is not None:
        changes |= _change_units(task, units, by=by, at=at)
    if task.due_on != due_before:
        settle(task, at=at)
    audit.record(
        "policies.task.changed",
        by=by,
        at=at,
        subject=task,
        path=task.scope.path,
        data=changes,
    )
    return task


def _plain(task: Task) -> dict[str, Any]:
    values = {name: getattr(task, name) for name in TASK_FIELDS}
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in values.items()
    }


def _change_units(
    task: Task, units: Mapping[str, Sequence[str]], *, by: Viewer, at: datetime.datetime
) -> dict[str, Any]:
    rows = list(task.assignments.select_related("organisation"))
    before = sorted({f"{row.role}: {row.name}" for row in rows})
    wanted = {
        (str(role), name.strip()[:200])
        for role, names in units.items()
        for name in names
        if name.strip()
    }
    had = {(row.role, row.name) for row in rows}
    TaskAssignment.objects.filter(
        pk__in=[row.pk for row in rows if (row.role, row.name) not in wanted]
    ).delete()
    resolver = organisations.resolver_for(task.region, viewer=by, on=at.date())
    kept = [row for row in rows if (row.role, row.name) in wanted]
    new = [
        _assignment(task, role, name, resolver.find(name).exact)
        for role, name in sorted(wanted - had)
    ]
    fresh = [row for row in _without_repeats([*kept, *new]) if row.pk is None]
    TaskAssignment.objects.bulk_create(fresh)
    after = sorted({f"{role}: {name}" for role, name in wanted})
    return {"units": [before, after]} if before != after else {}


@transaction.atomic
def settle_name(
    *,
    name: str,
    region: Region,
    uuids: Collection[UUID | str],
    by: Viewer,
    at: datetime.datetime,
    keep_alias: bool = False,
) -> int:
    """Say which organisations a name in the tasks of a region means; returns how many tasks.

    Args:
        uuids: one organisation, or several where the name stands for a group.
        keep_alias: let documents of the region mean that organisation by this name from now on.

    Raises:
        Invalid: no organisation was chosen, or an alias was asked for a group.
    """
    chosen = [organisations.get_organisation(uuid, viewer=by) for uuid in uuids]
    if not chosen:
        message = _("Choose the organisation that is meant.")
        raise Invalid(message, data={"fields": {"organisations": message}})
    if keep_alias and len(chosen) > 1:
        message = _("A name that stands for several organisations cannot be an alias of one.")
        raise Invalid(message, data={"fields": {"keep_alias": message}})
    open_rows = list(
        TaskAssignment.objects.select_for_update(of=("self",))
        .filter(
            by.within("tasks.manage", "task__scope__path"),
            name=name,
            organisation__isnull=True,
            task__region__path__startswith=region.path,
        )
        .select_related("task__scope", "task__document", "task__region")
    )
    for row in open_rows:
        permissions.can_manage_task(by, row.task).enforce()
    had = {
        (row.task_id, row.role, row.organisation_id)
        for row in TaskAssignment.objects.filter(
            task__in=[row.task_id for row in open_rows], organisation__isnull=False
        )
    }
    new = [
        _assignment(row.task, row.role, row.name, organisation)
        for row in open_rows
        for organisation in chosen
        if (row.task_id, row.role, organisation.pk) not in had
    ]
    TaskAssignment.objects.filter(pk__in=[row.pk for row in open_rows]).delete()
    TaskAssignment.objects.bulk_create(_without_repeats(new))
    tasks = {row.task_id: row.task for row in open_rows}
    for task in tasks.values():
        audit.record(
            "policies.task.name_settled",
            by=by,
            at=at,
            subject=task,
            path=task.scope.path,
            data={"name": name, "organisations": [row.name for row in chosen]},
        )
    if keep_alias:
        organisation_actions.add_alias(
            organisation=chosen[0], text=name, by=by, at=at, source=_alias_source(tasks.values())
        )
    if tasks:
        rows = list(tasks.values())
        _tell_carriers(rows, source=_source_name(rows[0]), by=by, at=at)
    return len(tasks)


def _alias_source(rows: Iterable[Task]) -> str:
    titles = [row.document.title for row in rows if row.document]
    return titles[0][:200] if titles else ""


@transaction.atomic
def move_task(
    *, task: Task, move: str, by: Viewer, at: datetime.datetime, reason: str = ""
) -> Task:
    """Start, confirm, return, cancel or reopen a task.

    Those who carry it are told when it is confirmed or returned; a confirmed task with a rhythm
    opens its next occurrence.

    Raises:
        Invalid: the move needs a reason, or there is no such move.
        WrongState: the move is not possible from the task's state.
    """
    task = task.locked()
    if move not in _EVENTS:
        raise Invalid(_("There is no such step."))
    if workflow.TASK.moves[move].owner == "assignee":
        permissions.can_report_task(by, task).enforce()
    else:
        permissions.can_manage_task(by, task).enforce()
    before = task.state
    task.state = workflow.TASK.check(before, move)
    reason = reason.strip()[:500]
    if move in NEEDS_REASON and not reason:
        message = _("Give the reason; those concerned read it.")
        raise Invalid(message, data={"fields": {"reason": message}})
    task.done_at = at if move == "confirm" else None
    if move == "confirm":
        task.progress_rate = 1
    task.version += 1
    task.save()
    if move == "return":
        latest = task.reports.filter(says_done=True, answer="")
        latest.update(answer=reason)
    if move in ("confirm", "cancel"):
        settle(task, at=at)
    audit.record(
        _EVENTS[move],
        by=by,
        at=at,
        subject=task,
        path=task.scope.path,
        data={"state": [before, task.state], "reason": reason},
    )
    if move == "confirm":
        open_next(task, by=by, at=at)
    if move in ("confirm", "return"):
        template = "task_confirmed" if move == "confirm" else "task_returned"
        persons = queries.Telephone(on=at.date()).carriers(task)
        notices.send_after_commit(
            template,
            to=[person for person in persons if person.pk != by.user_id],
            context={"task": short(task), "by": by.name, "reason": reason},
            by=by,
            at=at,
            link=_address(task),
            path=task.scope.path,
            is_simulated=task.is_simulated,
        )
    return task


def short(task: Task) -> str:
    """Return the words of a task, short enough for a title."""
    return task.text if len(task.text) <= 60 else f"{task.text[:59]}…"


def settle(task: Task, *, at: datetime.datetime) -> None:
    """Close the escalations of a task that is no longer overdue for the reason they name."""
    Escalation.objects.filter(task=task, settled_at__isnull=True).update(settled_at=at)


def open_next(task: Task, *, by: Viewer, at: datetime.datetime) -> Task | None:
    """Open the next occurrence of a task with a rhythm; once, however often it is called."""
    due = queries.next_due(task)
    if due is None or Task.objects.filter(previous=task).exists():
        return None
    start = None
    if task.starts_on and task.due_on:
        start = due - (task.due_on - task.starts_on)
    following = Task(
        **{name: getattr(task, name) for name in (*TASK_FIELDS, "action", "sub_action", "number")},
        scope_id=task.scope_id,
        region_id=task.region_id,
        document_id=task.document_id,
        clause_id=task.clause_id,
        previous=task,
        created_by_name=by.name[:100],
        created_at=at,
        is_simulated=task.is_simulated,
    )
    # a lead time of years is the time of the plan, not that of one occurrence
    long = start is not None and (due - start).days > 400
    following.starts_on, following.due_on = None if long else start, due
    following.save()
    TaskAssignment.objects.bulk_create(
        [
            _assignment(following, row.role, row.name, row.organisation)
            for row in task.assignments.select_related("organisation")
        ]
    )
    following.targets.set(task.targets.all())
    audit.record(
        "policies.task.repeated",
        by=by,
        at=at,
        subject=following,
        path=task.scope.path,
        data={"previous": str(task.uuid), "due_on": due},
    )
    return following
