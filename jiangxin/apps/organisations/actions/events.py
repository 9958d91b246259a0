"""Planning a dated event of organisations, putting it in force on its day, taking it back."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.notices import actions as notices
from jiangxin.apps.organisations import permissions, queries
from jiangxin.apps.organisations.actions.details import problems_of, taken
from jiangxin.apps.organisations.actions.event_effects import Act, details_of, put_in_force
from jiangxin.apps.organisations.models import EventParticipant, Organisation, OrganisationEvent
from jiangxin.apps.organisations.queries.plans import Kind, Plan
from jiangxin.apps.organisations.queries.previews import Preview
from jiangxin.apps.organisations.workflow import EVENT, EventState
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, DomainError, Invalid, WrongState
from jiangxin.core.permissions import Viewer

# what undoes an event that is in force already: another event
_COUNTER = {
    Kind.FOUNDING: Kind.CLOSING,
    Kind.RENAMING: Kind.RENAMING,
    Kind.MERGER: Kind.SPLIT,
    Kind.SPLIT: Kind.MERGER,
    Kind.RELOCATION: Kind.RELOCATION,
    Kind.CLOSING: Kind.FOUNDING,
}


@transaction.atomic
def plan_event(
    *, plan: Plan, by: Viewer, at: datetime.datetime, seen: str = ""
) -> OrganisationEvent:
    """Keep an event for its day; one whose day has come is put in force at once.

    Args:
        seen: digest of the preview that the person saw; other rows by now are a conflict.

    Raises:
        NotPermitted: `by` does not manage organisations where something changes.
        Invalid: the plan breaks a rule; names the fields.
        Conflict: the rows that would move are others than those that were shown.
    """
    plan = _locked(plan)
    permissions.can_plan(by, plan).enforce()
    shown = queries.preview(plan, viewer=by)
    if shown.problems:
        raise Invalid(next(iter(shown.problems.values())), data={"fields": shown.problems})
    if seen and seen != shown.digest:
        raise Conflict(
            _("Meanwhile other rows hang on these organisations. Look at the preview again.")
        )
    _check_new(plan, at=at)
    event: OrganisationEvent = OrganisationEvent.objects.create(
        scope=accounts.scope_of_region(plan.place),
        kind=plan.kind,
        effective_on=plan.effective_on,
        document=plan.document.strip()[:200],
        number=plan.number.strip(),
        reason=plan.reason.strip(),
        payload=plan.payload(),
        planned_by_name=by.name[:100],
        planned_at=at,
        is_simulated=plan.is_simulated,
    )
    EventParticipant.objects.bulk_create(
        [
            EventParticipant(
                event=event,
                role=role,
                organisation=row,
                name=row.name,
                is_simulated=plan.is_simulated,
            )
            for role, row in plan.known
        ]
        + [
            EventParticipant(
                event=event,
                role=EventParticipant.Role.NEW,
                name=details["name"],
                details=details,
                is_simulated=plan.is_simulated,
            )
            for details in plan.founded_details()
        ]
    )
    audit.record(
        "organisations.event.planned",
        by=by,
        at=at,
        subject=event,
        path=event.scope.path,
        data={
            "kind": event.kind,
            "effective_on": event.effective_on,
            "document": event.document,
            "number": event.number,
            "participants": [[role, row.code] for role, row in plan.known],
            "new": [row.name for row in plan.new],
        },
    )
    if event.effective_on <= at.date():
        _apply(event, plan, shown, by=by, at=at)
    else:
        _tell("planned", event, plan, _people(plan, at=at), by=by, at=at)
    return event


def _people(plan: Plan, *, at: datetime.datetime) -> list[Any]:
    """List those who work for the organisations that take part."""
    scopes = [row.scope for _role, row in plan.known]
    return accounts.people_of(scopes, duty="tasks.report", on=at.date())


def _tell(
    what: str,
    event: OrganisationEvent,
    plan: Plan,
    people: list[Any],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    """Tell the people of the organisations what was planned, taken back, or is in force."""
    names = [row.name for _role, row in plan.known]
    notices.send_after_commit(
        f"organisation_event_{what}",
        to=people,
        context={
            "names": "、".join(names[:3]),
            "day": event.effective_on,
            "document": event.document,
            "reason": event.undo_reason,
        },
        by=by,
        at=at,
        link=reverse("organisations:event", args=[event.uuid]),
        key=f"organisation_event_{what}:{event.uuid}",
        path=event.scope.path,
        is_simulated=event.is_simulated,
    )


def _check_new(plan: Plan, *, at: datetime.datetime) -> None:
    """Refuse a new organisation that could not be registered on the day."""
    provinces = queries.province_codes(on=at.date())
    # names of those that end become free
    free = {row.pk for row in plan.ending}
    for said in plan.new:
        details = details_of(plan, said)
        problems = problems_of(details, provinces=provinces)
        problems |= taken(details, "", besides=free)
        if problems:
            fields = {f"new_{name}": text for name, text in problems.items()}
            raise Invalid(next(iter(problems.values())), data={"fields": fields})


def _locked(plan: Plan) -> Plan:
    """Return the plan with its organisations re-read for update, in the order of their ids."""
    ids = sorted(row.pk for _role, row in plan.known)
    rows = {
        row.pk: row
        for row in Organisation.objects.select_for_update(of=("self",))
        .filter(pk__in=ids)
        .select_related("scope", "region")
        .order_by("pk")
    }

    def again(row: Organisation | None) -> Any:
        return None if row is None else rows[row.pk]

    return dataclasses.replace(
        plan,
        sources=tuple(again(row) for row in plan.sources),
        target=again(plan.target),
        lead=again(plan.lead),
        members=tuple(again(row) for row in plan.members),
    )


def _apply(
    event: OrganisationEvent, plan: Plan, shown: Preview, *, by: Viewer, at: datetime.datetime
) -> None:
    """Put a locked event in force and keep how many rows moved and stayed."""
    event.state = EVENT.check(event.state, "apply")
    # roles and rows of other apps move as a consequence of the decision, not by a duty of `by`
    act = Act(event, plan, shown, dataclasses.replace(by, is_system=True), at)
    # before roles move or end
    people = _people(plan, at=at)
    put_in_force(act)
    event.applied_at = at
    event.problem = ""
    event.outcome = [
        {
            "rows": group.key.code,
            "label": group.key.label,
            "source": group.source.code,
            "moved": len(group.moving),
            "clashing": len(group.clashing),
            "stayed": group.staying,
        }
        for group in shown.groups
    ]
    event.save(update_fields=["state", "applied_at", "problem", "outcome"])
    audit.record(
        "organisations.event.applied",
        by=by,
        at=at,
        subject=event,
        path=event.scope.path,
        data={
            "kind": event.kind,
            "effective_on": event.effective_on,
            "rows": event.outcome,
            "roles": [[group.source.code, group.people] for group in shown.roles],
        },
    )
    _tell("in_force", event, plan, people, by=by, at=at)


@transaction.atomic
def apply_event(
    *, event: OrganisationEvent, by: Viewer, at: datetime.datetime
) -> OrganisationEvent:
    """Put a planned event in force whose day has come.

    Raises:
        WrongState: it was applied or taken back, or its day has not come.
        Invalid: what was planned has become impossible; names the fields.
    """
    event = event.locked()
    EVENT.check(event.state, "apply")
    if event.effective_on > at.date():
        raise WrongState(
            _("It comes into force on %(day)s.") % {"day": event.effective_on.isoformat()}
        )
    plan = _locked(queries.plan_of(event))
    permissions.can_plan(by, plan).enforce()
    shown = queries.preview(plan, viewer=by, except_event=event.pk)
    if shown.problems:
        raise Invalid(next(iter(shown.problems.values())), data={"fields": shown.problems})
    _apply(event, plan, shown, by=by, at=at)
    return event


def apply_due_events(*, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Put all events in force whose day has come; returns how many were, and how many could not.

    One that cannot come into force stays planned with the reason, for a person to look at.
    """
    counts = {"applied": 0, "failed": 0}
    due = OrganisationEvent.objects.filter(
        state=EventState.PLANNED, effective_on__lte=at.date()
    ).order_by("effective_on", "id")
    for event in list(due):
        try:
            apply_event(event=event, by=by, at=at)
        except WrongState:  # another worker or a person was faster
            continue
        except (DomainError, IntegrityError) as error:
            reason = error.message if isinstance(error, DomainError) else str(error)
            _keep_problem(event, reason, by=by, at=at)
            counts["failed"] += 1
        else:
            counts["applied"] += 1
    return counts


@transaction.atomic
def _keep_problem(
    event: OrganisationEvent, reason: str, *, by: Viewer, at: datetime.datetime
) -> None:
    event = event.locked()
    if event.problem == reason[:500]:
        return
    event.problem = reason[:500]
    event.save(update_fields=["problem"])
    audit.record(
        "organisations.event.failed",
        by=by,
        at=at,
        subject=event,
        path=event.scope.path,
        data={"reason": event.problem},
    )


@transaction.atomic
def undo_event(
    *, event: OrganisationEvent, reason: str, by: Viewer, at: datetime.datetime
) -> OrganisationEvent:
    """Take a planned event back before it comes into force; nothing has changed by it yet.

    Raises:
        NotPermitted: `by` does not manage organisations where something would change.
        WrongState: it is in force or was taken back; names the event that would undo it.
        Invalid: no reason is given.
    """
    event = event.locked()
    plan = queries.plan_of(event)
    permissions.can_plan(by, plan).enforce()
    if event.state == EventState.APPLIED:
        counter = _COUNTER.get(Kind(event.kind))
        if counter is None:
            raise WrongState(
                _("It is in force since %(day)s. End the link, or record what is decided next.")
                % {"day": event.effective_on.isoformat()}
            )
        raise WrongState(
            _(
                "It is in force since %(day)s, so its history stays. What undoes it is another "
                "event: %(kind)s."
            )
            % {"day": event.effective_on.isoformat(), "kind": counter.label}
        )
    state = EVENT.check(event.state, "undo")
    if not reason.strip():
        message = _("Say why it is taken back.")
        raise Invalid(message, data={"fields": {"reason": message}})
    event.state = state
    event.undone_at = at
    event.undone_by_name = by.name[:100]
    event.undo_reason = reason.strip()[:500]
    event.save(update_fields=["state", "undone_at", "undone_by_name", "undo_reason"])
    audit.record(
        "organisations.event.undone",
        by=by,
        at=at,
        subject=event,
        path=event.scope.path,
        data={"reason": event.undo_reason},
    )
    _tell("undone", event, plan, _people(plan, at=at), by=by, at=at)
    return event
