"""Joint meetings are planned and held; what they resolve becomes tasks."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from jiangxin.apps.policies import permissions, workflow
from jiangxin.apps.policies.actions.files import store_file
from jiangxin.apps.policies.actions.tasks import create_task
from jiangxin.apps.policies.models import (
    Meeting,
    PolicyDocument,
    Resolution,
    Task,
    TaskAssignment,
)
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope
    from jiangxin.apps.reference.models import Region

MEETING_FIELDS = ("series", "title", "held_on", "place", "members", "agenda", "minutes")


@transaction.atomic
def plan_meeting(
    *,
    scope: Scope,
    region: Region,
    values: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    document: PolicyDocument | None = None,
    is_simulated: bool = False,
) -> Meeting:
    """Plan a joint meeting: its system, day, members and agenda.

    Raises:
        Invalid: the title or the system of the meeting is missing.
        NotPermitted: `by` does not manage tasks in the scope.
    """
    permissions.can_manage_tasks(by, scope.path).enforce()
    meeting = Meeting(scope=scope, region=region, document=document, is_simulated=is_simulated)
    _fill(meeting, values)
    meeting.save()
    audit.record(
        "policies.meeting.planned",
        by=by,
        at=at,
        subject=meeting,
        path=scope.path,
        data={"title": meeting.title, "held_on": meeting.held_on},
    )
    return meeting


@transaction.atomic
def change_meeting(
    *,
    meeting: Meeting,
    values: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    files: Sequence[tuple[str, bytes]] = (),
) -> Meeting:
    """Change what is known of a meeting, its minutes above all, and add files."""
    meeting = meeting.locked()
    permissions.can_manage_tasks(by, meeting.scope.path).enforce()
    if meeting.state == workflow.MeetingState.CANCELLED:
        raise WrongState(_("This meeting was cancelled. Plan a new one."))
    _fill(meeting, values)
    meeting.save()
    for name, data in files:
        meeting.files.add(store_file(data=data, filename=name, scope=meeting.scope, by=by, at=at))
    audit.record(
        "policies.meeting.changed",
        by=by,
        at=at,
        subject=meeting,
        path=meeting.scope.path,
        data={"fields": sorted(values), "files": len(files)},
    )
    return meeting


def _fill(meeting: Meeting, values: Mapping[str, Any]) -> None:
    for name in MEETING_FIELDS:
        if name in values:
            setattr(meeting, name, values[name])
    missing = {
        name: _("This is needed.")
        for name in ("series", "title", "held_on")
        if not getattr(meeting, name)
    }
    if missing:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": missing})


@transaction.atomic
def move_meeting(*, meeting: Meeting, move: str, by: Viewer, at: datetime.datetime) -> Meeting:
    """Record a meeting as held, or cancel it.

    Raises:
        WrongState: the meeting was held or cancelled before, or its day lies ahead.
    """
    meeting = meeting.locked()
    permissions.can_manage_tasks(by, meeting.scope.path).enforce()
    if move not in workflow.MEETING.moves:
        raise Invalid(_("There is no such step."))
    before = meeting.state
    meeting.state = workflow.MEETING.check(before, move)
    if move == "hold" and meeting.held_on > at.date():
        raise WrongState(
            _("The day of the meeting lies ahead. Change the day first if it is over.")
        )
    meeting.save(update_fields=["state"])
    audit.record(
        "policies.meeting.held" if move == "hold" else "policies.meeting.cancelled",
        by=by,
        at=at,
        subject=meeting,
        path=meeting.scope.path,
        data={"state": [before, meeting.state]},
    )
    return meeting


@transaction.atomic
def add_resolution(
    *,
    meeting: Meeting,
    text: str,
    by: Viewer,
    at: datetime.datetime,
    responsible: Sequence[str] = (),
    due_on: datetime.date | None = None,
) -> Resolution:
    """Write down something that the meeting resolved; it takes the next number."""
    meeting = meeting.locked()
    permissions.can_manage_tasks(by, meeting.scope.path).enforce()
    if meeting.state != workflow.MeetingState.HELD:
        raise WrongState(
            _("Only a meeting that was held has resolutions. Record it as held first.")
        )
    if not text.strip():
        message = _("Say in a sentence what was resolved.")
        raise Invalid(message, data={"fields": {"text": message}})
    last = meeting.resolutions.aggregate(last=Max("number"))["last"] or 0
    resolution = Resolution.objects.create(
        scope_id=meeting.scope_id,
        meeting=meeting,
        number=last + 1,
        text=text.strip(),
        responsible=[name.strip() for name in responsible if name.strip()],
        due_on=due_on,
        is_simulated=meeting.is_simulated,
    )
    audit.record(
        "policies.resolution.added",
        by=by,
        at=at,
        subject=resolution,
        path=meeting.scope.path,
        data={"meeting": str(meeting.uuid), "number": resolution.number},
    )
    return resolution


@transaction.atomic
def make_task_of(*, resolution: Resolution, by: Viewer, at: datetime.datetime) -> Task:
    """Make a task of a resolution, with its responsible units and deadline; once.

    The first unit leads, the others support, as resolutions are written; change it in the task.
    """
    resolution = resolution.locked()
    known = Task.objects.filter(resolution=resolution).first()
    if known is not None:
        return known
    meeting = resolution.meeting
    names = list(resolution.responsible)
    return create_task(
        scope=meeting.scope,
        region=meeting.region,
        text=resolution.text,
        units={
            TaskAssignment.Role.LEAD: names[:1],
            TaskAssignment.Role.SUPPORT: names[1:],
        },
        starts_on=_earlier(meeting.held_on, resolution.due_on),
        due_on=resolution.due_on,
        document=meeting.document,
        resolution=resolution,
        by=by,
        at=at,
        is_simulated=resolution.is_simulated,
    )


def _earlier(day: datetime.date, due_on: datetime.date | None) -> datetime.date:
    return day if due_on is None else min(day, due_on)
