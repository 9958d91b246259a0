"""Recognition: given at the end of an application, withdrawn with a reason, ended by its date."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.registers import permissions, queries
from jiangxin.apps.registers.actions.notes import applicants, changed, nearest, note, tell
from jiangxin.apps.registers.actions.reviews import at_step
from jiangxin.apps.registers.models import (
    Application,
    Call,
    Entry,
    EntryRevision,
    Member,
    Recognition,
    RegisterType,
)
from jiangxin.apps.registers.models.definition import RegisterDefinition
from jiangxin.apps.registers.workflow import RANK, ApplicationState, EntryState
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer


class QuotaUsedUp(WrongState):
    """The call allows no further recognition."""

    code = "quota_used_up"


@transaction.atomic
def recognise(
    *,
    application: Application,
    version: int,
    document_number: str,
    by: Viewer,
    at: datetime.datetime,
    recognised_on: datetime.date | None = None,
) -> Entry:
    """Recognise what was applied for: the entry gets its number, or its next recognition.

    A renewal begins when the recognition in force ends, so that no day is lost or doubled.

    Args:
        document_number: number of the document that announces it.
        recognised_on: day of the document; today if not given.

    Raises:
        WrongState: it is not at its last step, or the public notice is not over.
        QuotaUsedUp: the call's number is reached, or others have higher scores.
        Conflict: another officer was faster.
    """
    application, step = at_step(application, "recognise", version, by=by)
    if not queries.is_last_step(application):
        raise WrongState(_("The application has further steps before it; this is not the last."))
    if step.kind == "publicity":
        over = queries.notice_is_over(application, on=at.date())
        if not over:
            raise WrongState(over.reason)
    if not document_number.strip():
        message = _("Give the number of the document that announces the recognition.")
        raise Invalid(message, data={"fields": {"document_number": message}})
    if application.call is not None:
        _check_quota(application, application.call)
    day = recognised_on or at.date()
    if day > at.date():
        message = _("The day of recognition cannot lie in the future.")
        raise Invalid(message, data={"fields": {"recognised_on": message}})
    note(application, "recognise", by=by, at=at, reason=document_number)
    definition = queries.definition_for(application)
    entry = application.entry
    if entry is None:
        entry = _new_entry(application, definition, day)
        application.entry = entry
    else:
        entry = entry.locked()
        _renew_entry(entry, application, day, by=by, at=at)
    application.state, application.decided_at = ApplicationState.RECOGNISED, at
    starts_on = _start(entry, application.level, day)
    recognition = Recognition.objects.create(
        entry=entry,
        level=application.level,
        starts_on=starts_on,
        ends_on=valid_until(definition, starts_on),
        valid_until=valid_until(definition, starts_on),
        document_number=document_number.strip()[:100],
        application=application,
        decided_by_name=by.name[:100],
        decided_at=at,
        is_simulated=application.is_simulated,
    )
    application.attachments.update(entry=entry)
    refresh(entry, on=at.date())
    tell(
        "registers_recognised",
        applicants(application, on=at.date()),
        entry,
        by=by,
        at=at,
        context={"number": entry.number, "level": str(recognition.get_level_display())},
    )
    changed(application, by=by, at=at)
    audit.record(
        "registers.entry.recognised",
        by=by,
        at=at,
        subject=entry,
        path=entry.scope.path,
        data={
            "number": entry.number,
            "level": application.level,
            "document": recognition.document_number,
        },
    )
    return entry


def _check_quota(application: Application, call: Call) -> None:
    call = call.locked()
    if call.quota is None:
        return
    used = call.applications.filter(state=ApplicationState.RECOGNISED).count()
    if used >= call.quota:
        raise QuotaUsedUp(
            _("The call allows %(n)s, and as many are recognised. Reject the application.")
            % {"n": call.quota}
        )
    if application.score is None:
        return
    better = call.applications.filter(
        score__gt=application.score,
        state__in=("in_review", "in_publicity", "recognised"),
    ).count()
    if better >= call.quota:
        raise QuotaUsedUp(
            _("By score it takes place %(place)s, and the call allows %(n)s.")
            % {"place": better + 1, "n": call.quota}
        )


def valid_until(definition: RegisterDefinition, starts_on: datetime.date) -> datetime.date | None:
    """Return the first day on which a recognition no longer holds; None if it has no end."""
    if definition.validity_years is None:
        return None
    year = starts_on.year + definition.validity_years
    try:
        return starts_on.replace(year=year)
    except ValueError:  # 29 February
        return datetime.date(year, 3, 1)


def _start(entry: Entry, level: str, day: datetime.date) -> datetime.date:
    ends = [
        recognition.ends_on
        for recognition in entry.recognitions.filter(level=level)
        if recognition.is_in_force(day) and recognition.ends_on is not None
    ]
    return max(ends, default=day)


def take_numbers(kind: RegisterType, count: int) -> list[str]:
    """Give out the next public numbers of a type; its row is locked until the transaction ends."""
    locked = RegisterType.objects.select_for_update().get(pk=kind.pk)
    first = locked.last_number + 1
    locked.last_number += count
    locked.save(update_fields=["last_number"])
    stem = locked.code.replace("_", "-").upper()
    return [f"{stem}-{number:05d}" for number in range(first, first + count)]


def _new_entry(
    application: Application, definition: RegisterDefinition, day: datetime.date
) -> Entry:
    entry = Entry.objects.create(
        type=application.type,
        type_version=application.type_version,
        number=take_numbers(application.type, 1)[0],
        title=application.title,
        organisation=application.organisation,
        region=application.region,
        scope=application.scope,
        values=application.values,
        level=application.level,
        first_recognised_on=day,
        is_listed=definition.public is not None,
        is_simulated=application.is_simulated,
    )
    _follow_members(entry, application, day)
    return entry


def _renew_entry(
    entry: Entry,
    application: Application,
    day: datetime.date,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    """Take over title, values and members of the application; the earlier ones stay in history."""
    keep_revision(entry, application.get_kind_display(), by=by, at=at)
    entry.title, entry.values = application.title, application.values
    entry.type_version = application.type_version
    entry.save()
    _follow_members(entry, application, day)


def keep_revision(entry: Entry, reason: str, *, by: Viewer, at: datetime.datetime) -> None:
    """Keep what the entry said until now; the caller changes and saves it."""
    EntryRevision.objects.create(
        entry=entry,
        type_version=entry.type_version,
        version=entry.version,
        title=entry.title,
        values=entry.values,
        reason=str(reason)[:500],
        changed_by_name=by.name[:100],
        changed_at=at,
        is_simulated=entry.is_simulated,
    )
    entry.version += 1


def _follow_members(entry: Entry, application: Application, day: datetime.date) -> None:
    """End members that the application no longer names, and begin those that it names anew."""
    named = {(row.role, row.organisation_id) for row in application.members.all()}
    present = {(row.role, row.organisation_id): row for row in entry.members.on(day)}
    for key, row in present.items():
        if key not in named:
            row.ends_on = max(day, row.starts_on or day)
            row.save(update_fields=["ends_on"])
    Member.objects.bulk_create(
        Member(
            entry=entry,
            role=role,
            organisation_id=organisation_id,
            starts_on=day,
            is_simulated=entry.is_simulated,
        )
        for role, organisation_id in sorted(named - set(present))
    )


def settle(entry: Entry, rows: Sequence[Recognition], *, on: datetime.date) -> bool:
    """Set level, state and end of an entry by its recognitions; says whether that changed it."""
    before = (entry.state, entry.level, entry.ends_on, entry.first_recognised_on)
    alive = [row for row in rows if row.ends_on is None or row.ends_on > on]
    # one that begins later keeps the entry alive, but its level counts from then on
    counted = [row for row in alive if row.is_in_force(on)] or alive
    if counted:
        entry.state = EntryState.IN_FORCE
        entry.level = max((row.level for row in counted), key=lambda level: RANK[level])
        ends = [row.ends_on for row in alive if row.ends_on is not None]
        entry.ends_on = max(ends) if len(ends) == len(alive) else None
    elif rows:
        last = max(rows, key=lambda row: (row.ends_on or on, row.pk))
        revoked = last.withdrawn_on is not None
        entry.state = EntryState.REVOKED if revoked else EntryState.EXPIRED
        entry.level, entry.ends_on = last.level, last.ends_on
    entry.first_recognised_on = min(
        (row.starts_on for row in rows if row.starts_on is not None),
        default=entry.first_recognised_on,
    )
    after = (entry.state, entry.level, entry.ends_on, entry.first_recognised_on)
    return after != before


def refresh(entry: Entry, *, on: datetime.date) -> bool:
    """Bring level, state and end of an entry up to date and save them if they changed."""
    is_changed = settle(entry, list(entry.recognitions.all()), on=on)
    if is_changed:
        entry.save(update_fields=["state", "level", "ends_on", "first_recognised_on"])
    return is_changed


@transaction.atomic
def withdraw_recognition(
    *,
    recognition: Recognition,
    reason: str,
    by: Viewer,
    at: datetime.datetime,
    withdrawn_on: datetime.date | None = None,
) -> Entry:
    """Withdraw one recognition with a reason; those at other levels stay in force.

    Raises:
        WrongState: it is not in force.
        Invalid: the reason is missing, or the day lies outside its period.
    """
    entry = recognition.entry.locked()
    recognition = recognition.locked()
    day = withdrawn_on or at.date()
    there = queries.authorities(entry.region, on=at.date())
    permissions.can_revoke(by, there.get(recognition.level, entry.region.path)).enforce()
    if recognition.withdrawn_on is not None or not (
        recognition.ends_on is None or recognition.ends_on > at.date()
    ):
        raise WrongState(_("This recognition is no longer in force; nothing is left to withdraw."))
    problems = {}
    if not reason.strip():
        problems["reason"] = _("Say why the recognition is withdrawn.")
    if recognition.starts_on is not None and not recognition.starts_on <= day <= at.date():
        problems["withdrawn_on"] = _("The day lies between its beginning and today.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    recognition.withdrawn_on = recognition.ends_on = day
    recognition.withdrawal_reason = reason.strip()[:500]
    recognition.save()
    refresh(entry, on=at.date())
    people = nearest("registers.apply", entry.scope.path, on=at.date())
    tell(
        "registers_withdrawn",
        people,
        entry,
        by=by,
        at=at,
        context={"reason": reason.strip(), "level": str(recognition.get_level_display())},
    )
    audit.record(
        "registers.recognition.withdrawn",
        by=by,
        at=at,
        subject=recognition,
        path=entry.scope.path,
        data={"level": recognition.level, "on": day, "reason": reason.strip()},
    )
    return entry


@transaction.atomic
def end_recognitions(*, by: Viewer, at: datetime.datetime) -> int:
    """Bring entries whose recognition ended by its date up to date; returns how many changed."""
    on = at.date()
    ended = Recognition.objects.filter(ends_on__lte=on).values("entry")
    stale = Entry.objects.filter(state=EntryState.IN_FORCE, pk__in=ended)
    count = 0
    for entry in stale.select_related("scope").prefetch_related("recognitions"):
        if refresh(entry, on=on):
            count += 1
            audit.record(
                "registers.entry.ended",
                by=by,
                at=at,
                subject=entry,
                path=entry.scope.path,
                data={"state": entry.state, "level": entry.level},
            )
    return count
