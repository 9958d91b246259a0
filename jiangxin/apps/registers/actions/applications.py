"""The applicant's side: begin, fill in, name members, submit, withdraw."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.registers import permissions, queries, workflow
from jiangxin.apps.registers.actions.notes import changed, check_version, note
from jiangxin.apps.registers.actions.steps import enter_step
from jiangxin.apps.registers.models import Application, Call, Entry, Member, RegisterType
from jiangxin.apps.registers.workflow import RANK, ApplicationState
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid, WrongState
from jiangxin.core.forms import Carried, Checked, Problem
from jiangxin.core.permissions import Viewer


class Duplicate(Conflict):
    """The same thing is applied for or recognised already; `data["link"]` leads to it."""

    code = "duplicate_application"


class CallClosed(WrongState):
    """The call takes no applications at this moment."""

    code = "call_closed"


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft after saving: what is wrong so far, and what a newer form changed.

    Args:
        carried: set if the form changed meanwhile; says what is missing and what was dropped.
    """

    application: Application
    checked: Checked
    carried: Carried | None


@transaction.atomic
def start_application(
    *,
    kind: RegisterType,
    level: str,
    title: str,
    by: Viewer,
    at: datetime.datetime,
    organisation: Any = None,
    region: Any = None,
    call: Call | None = None,
    entry: Entry | None = None,
    is_simulated: bool = False,
) -> Application:
    """Begin an application as a draft, or another one for something that is recognised.

    Args:
        organisation: who would hold it; None where the authority of `region` applies itself.
        entry: what is to be recognised higher or longer; its holder, values and members carry over.

    Raises:
        Invalid: level, title, holder or call do not fit the type.
        Duplicate: the same is applied for or recognised already.
        CallClosed: the call is not open.
    """
    if entry is not None:
        entry = entry.locked()
        organisation, region, title = entry.organisation, entry.region, title or entry.title
    place = region if organisation is None else organisation.region
    scope = accounts.scope_of_region(place) if organisation is None else organisation.scope
    permissions.can_apply(by, scope.path).enforce()
    version = queries.current_version(kind, on=at.date())
    definition = queries.definition_of(version)
    _check_start(kind, definition, level, title, organisation, place, call, at=at)
    if call is None and definition.calls:
        message = _("This type is applied for within a call. Choose an open call.")
        raise Invalid(message, data={"fields": {"call": message}})
    application = Application(
        type=kind,
        type_version=version,
        kind=_kind_of(entry, level),
        entry=entry,
        call=call,
        level=level,
        title=title.strip(),
        organisation=organisation,
        region=place,
        scope=scope,
        values=_values_of(entry, version),
        started_by_id=by.user_id,
        started_at=at,
        changed_by_name=by.name[:100],
        changed_at=at,
        is_simulated=is_simulated,
    )
    _refuse_duplicate(application, at=at)
    application.save()
    if entry is not None:
        present = entry.members.on(at.date())
        _keep_members(application, [(row.role, row.organisation) for row in present])
    audit.record(
        "registers.application.started",
        by=by,
        at=at,
        subject=application,
        path=scope.path,
        data={"type": kind.code, "level": level, "title": application.title},
    )
    return application


def _check_start(
    kind: RegisterType,
    definition: Any,
    level: str,
    title: str,
    organisation: Any,
    region: Any,
    call: Call | None,
    *,
    at: datetime.datetime,
) -> None:
    problems = {}
    if not title.strip() or len(title.strip()) > 200:
        problems["title"] = _("Give a title of at most %(n)s characters.") % {"n": 200}
    if kind.is_retired:
        problems["type"] = _("This register is closed to new applications.")
    if level not in queries.levels_for(definition, region, on=at.date()):
        problems["level"] = _("This type is not recognised at this level here.")
    if organisation is None and not definition.applicants.may_be_region:
        problems["organisation"] = _("Name the organisation that would hold it.")
    if organisation is not None and not definition.applicants.fits(organisation):
        problems["organisation"] = _("Organisations of this kind cannot hold it.")
    if call is not None:
        if call.type_id != kind.pk or call.level != level:
            problems["call"] = _("This call is for something else.")
        elif not region.path.startswith(call.region.path):
            problems["call"] = _("This call is for another region.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    if call is not None:
        _check_window(call, at=at)


def _check_window(call: Call, *, at: datetime.datetime) -> None:
    if at < call.opens_at:
        raise CallClosed(
            _("“%(title)s” opens on %(day)s; apply from then on.")
            % {"title": call.title, "day": call.opens_at.date()}
        )
    if at >= call.closes_at:
        raise CallClosed(
            _(
                "“%(title)s” closed on %(day)s. Wait for the next call, or ask the office that called."
            )
            % {"title": call.title, "day": call.closes_at.date()}
        )


def _kind_of(entry: Entry | None, level: str) -> str:
    if entry is None:
        return Application.Kind.NEW
    if entry.state == workflow.EntryState.IN_FORCE and RANK[level] > RANK[entry.level]:
        return Application.Kind.UPGRADE
    return Application.Kind.RENEWAL


def _values_of(entry: Entry | None, version: Any) -> dict[str, Any]:
    if entry is None:
        return {}
    if entry.type_version_id == version.pk:
        return dict(entry.values)
    carried = queries.carried_values(entry.values, old=entry.type_version, new=version)
    return dict(carried.values)


def _refuse_duplicate(application: Application, *, at: datetime.datetime) -> None:
    found = queries.duplicate_of(
        kind=application.type,
        definition=queries.definition_of(application.type_version),
        level=application.level,
        title=application.title,
        organisation=application.organisation,
        region=application.region,
        on=at.date(),
        but=application if application.pk else None,
        entry=application.entry,
    )
    if found is None:
        return
    if found.application is not None:
        link = reverse("registers:application", args=[found.application.uuid])
    else:
        assert found.entry is not None  # noqa: S101 -- one of the two stands in the way
        link = reverse("registers:entry", args=[found.entry.uuid])
    raise Duplicate(found.message, data={"link": link})


@transaction.atomic
def save_draft(
    *,
    application: Application,
    version: int,
    raw: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    form_version: int | None = None,
    title: str | None = None,
) -> Draft:
    """Keep what was filled in so far, complete or not; unreadable values stay as typed.

    Args:
        version: of the application, as the form showed it.
        form_version: number of the type's version that the form showed, if it is an older one;
            the values are brought to the newest version and nothing is lost silently.

    Raises:
        Conflict: somebody changed it meanwhile; says who.
        WrongState: it is under review or decided.
    """
    application = application.locked()
    permissions.can_write_application(by, application).enforce()
    if application.state not in workflow.WRITABLE:
        raise WrongState(
            _("An application is changed as a draft or after it was returned, not now.")
        )
    check_version(application, version)
    shown = application.type_version
    if form_version is not None and form_version != shown.number:
        shown = queries.get_version(application.type, form_version)
    newest = queries.current_version(application.type, on=at.date())
    values: Mapping[str, Any] = raw
    carried = None
    if newest.pk != shown.pk:
        as_typed = _judged(application, queries.definition_of(shown).form, raw, at=at)
        carried = queries.carried_values(as_typed.values, old=shown, new=newest)
        values = carried.values
    application.type_version = newest
    checked = _judged(application, queries.definition_of(newest).form, values, at=at)
    application.values = checked.values
    if title is not None:
        if not title.strip() or len(title.strip()) > 200:
            message = _("Give a title of at most %(n)s characters.") % {"n": 200}
            raise Invalid(message, data={"fields": {"title": message}})
        application.title = title.strip()
    changed(application, by=by, at=at)
    audit.record(
        "registers.application.drafted",
        by=by,
        at=at,
        subject=application,
        path=application.scope.path,
        data={"fields": sorted(checked.values), "form": newest.number},
    )
    return Draft(application, checked, carried)


def _judged(
    application: Application,
    form: Any,
    values: Mapping[str, Any],
    *,
    at: datetime.datetime,
    partial: bool = True,
) -> Checked:
    return queries.checked(
        form,
        values,
        on=at.date(),
        path=application.region.path,
        previous=application.entry.values if application.entry is not None else None,
        partial=partial,
    )


@transaction.atomic
def set_members(
    *,
    application: Application,
    version: int,
    members: Sequence[tuple[str, Any]],
    by: Viewer,
    at: datetime.datetime,
) -> Application:
    """Name the organisations that would take part, in place of those named before.

    Args:
        members: role and organisation of each; too few or of a wrong kind is told at submission.

    Raises:
        Invalid: a role that the type does not know, or an organisation twice in a role.
        Conflict: somebody changed the application meanwhile.
    """
    application = application.locked()
    permissions.can_write_application(by, application).enforce()
    if application.state not in workflow.WRITABLE:
        raise WrongState(
            _("An application is changed as a draft or after it was returned, not now.")
        )
    check_version(application, version)
    definition = queries.definition_for(application)
    seen = set()
    for role, organisation in members:
        if definition.role(role) is None:
            raise Invalid(_("This type knows no role “%(role)s”.") % {"role": role})
        if (role, organisation.pk) in seen:
            message = _("%(name)s is named twice.") % {"name": organisation.name}
            raise Invalid(message, data={"fields": {f"members.{role}": message}})
        seen.add((role, organisation.pk))
    application.members.all().delete()
    _keep_members(application, members)
    changed(application, by=by, at=at)
    audit.record(
        "registers.application.members_named",
        by=by,
        at=at,
        subject=application,
        path=application.scope.path,
        data={"members": [[role, organisation.code] for role, organisation in members]},
    )
    return application


def _keep_members(application: Application, members: Sequence[tuple[str, Any]]) -> None:
    Member.objects.bulk_create(
        Member(
            application=application,
            role=role,
            organisation=organisation,
            is_simulated=application.is_simulated,
        )
        for role, organisation in members
    )


@transaction.atomic
def submit(
    *, application: Application, version: int, by: Viewer, at: datetime.datetime
) -> Application:
    """Hand the application in: everything is checked, its way is fixed, the first office is told.

    A returned application goes back to the step that returned it.

    Raises:
        Invalid: something is missing or wrong; `data["problems"]` names every place.
        CallClosed: the call closed before the first submission.
        Duplicate: the same is applied for or recognised already.
        Conflict: somebody changed it meanwhile.
    """
    # the type is locked as well: two submissions of the same thing must see one another
    RegisterType.objects.select_for_update().get(pk=application.type_id)
    application = application.locked()
    permissions.can_write_application(by, application).enforce()
    target = workflow.APPLICATION.check(application.state, "submit")
    check_version(application, version)
    if application.call is not None and application.submitted_at is None:
        _check_window(application.call, at=at)
    newest = queries.current_version(application.type, on=at.date())
    values: Mapping[str, Any] = application.values
    if newest.pk != application.type_version_id:
        values = queries.carried_values(values, old=application.type_version, new=newest).values
    definition = queries.definition_of(newest)
    checked = _judged(application, definition.form, values, at=at, partial=False)
    members = list(application.members.select_related("organisation"))
    problems: list[Problem] = [*checked.errors, *queries.member_problems(definition, members)]
    if problems:
        raise queries.refusal(problems)
    application.type_version, application.values = newest, checked.values
    _refuse_duplicate(application, at=at)
    there = queries.authorities(application.region, on=at.date())
    returned_at = application.step if application.state == ApplicationState.RETURNED else ""
    application.steps = queries.way(definition, application.level, there)
    application.submitted_by_id, application.submitted_at = by.user_id, at
    note(application, "submit", by=by, at=at)
    codes = [step["code"] for step in application.steps]
    index = codes.index(returned_at) if returned_at in codes else 0
    application.state = target
    enter_step(application, index, by=by, at=at)
    changed(application, by=by, at=at)
    audit.record(
        "registers.application.submitted",
        by=by,
        at=at,
        subject=application,
        path=application.scope.path,
        data={"step": application.step, "warnings": len(checked.warnings)},
    )
    return application


@transaction.atomic
def withdraw(
    *,
    application: Application,
    version: int,
    by: Viewer,
    at: datetime.datetime,
    reason: str = "",
) -> Application:
    """Take the application back; it stays in the history and cannot be taken up again."""
    application = application.locked()
    permissions.can_write_application(by, application).enforce()
    target = workflow.APPLICATION.check(application.state, "withdraw")
    check_version(application, version)
    before = application.state
    note(application, "withdraw", by=by, at=at, reason=reason)
    application.state, application.decided_at = target, at
    changed(application, by=by, at=at)
    audit.record(
        "registers.application.withdrawn",
        by=by,
        at=at,
        subject=application,
        path=application.scope.path,
        data={"state": [before, target], "reason": reason},
    )
    return application
