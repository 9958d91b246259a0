"""Granting, ending and moving roles; their history stays."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import permissions
from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.core import audit
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer


@transaction.atomic
def grant_role(
    *,
    user: User,
    kind: str,
    scope: Scope,
    starts_on: datetime.date,
    by: Viewer,
    at: datetime.datetime,
    ends_on: datetime.date | None = None,
    is_simulated: bool = False,
) -> Role:
    """Give a person a role in a scope from a day on.

    Raises:
        NotPermitted: `by` does not manage accounts in the scope.
        Invalid: the same role is already held there on that day, the period is empty, or the
            role needs an organisation.
    """
    permissions.can_manage_roles(by, scope).enforce()
    if kind not in Role.Kind.values:
        raise Invalid(_("There is no such role."), data={"fields": {"kind": _("Unknown.")}})
    if kind in permissions.ORGANISATION_KINDS and scope.kind != Scope.Kind.ORGANISATION:
        message = _("This role is held in an organisation. Choose the organisation as its scope.")
        raise Invalid(message, data={"fields": {"scope": message}})
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid(
            _("The role must end after the day on which it starts."),
            data={"fields": {"ends_on": _("Choose a later day.")}},
        )
    held = Role.objects.on(starts_on).filter(user=user, kind=kind, scope=scope)
    if held.exists():
        raise Invalid(
            _("%(name)s already holds this role there on that day.") % {"name": user},
            data={"fields": {"kind": _("Already held.")}},
        )
    role: Role = Role.objects.create(
        user=user,
        kind=kind,
        scope=scope,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_by_name=by.name,
        is_simulated=is_simulated,
    )
    audit.record(
        "accounts.role.granted",
        by=by,
        at=at,
        subject=role,
        path=scope.path,
        data={"kind": kind, "user": str(user.uuid), "starts_on": starts_on, "ends_on": ends_on},
    )
    return role


@transaction.atomic
def end_role(*, role: Role, ends_on: datetime.date, by: Viewer, at: datetime.datetime) -> Role:
    """End a role on a day (excluded); its history stays.

    Raises:
        NotPermitted: `by` does not manage accounts in the scope of the role.
        Invalid: the day is not after the start of the role.
    """
    role = role.locked()
    permissions.can_manage_roles(by, role.scope).enforce()
    if role.starts_on and ends_on <= role.starts_on:
        raise Invalid(
            _("The role must end after the day on which it starts."),
            data={"fields": {"ends_on": _("Choose a later day.")}},
        )
    before = role.ends_on
    role.ends_on = ends_on
    role.save(update_fields=["ends_on"])
    audit.record(
        "accounts.role.ended",
        by=by,
        at=at,
        subject=role,
        path=role.scope.path,
        data={"ends_on": [before, ends_on]},
    )
    return role


@transaction.atomic
def move_roles(*, source: Scope, target: Scope, by: Viewer, at: datetime.datetime) -> int:
    """Move the roles in force from one scope to another, as a merger of organisations needs.

    The old roles end today and new ones begin, so that history stays; returns how many.
    """
    permissions.can_manage_roles(by, source).enforce()
    permissions.can_manage_roles(by, target).enforce()
    today = at.date()
    moved = 0
    for role in Role.objects.on(today).filter(scope=source).select_for_update(of=("self",)):
        if role.starts_on == today:
            role.scope = target
            role.save(update_fields=["scope"])
        else:
            Role.objects.filter(pk=role.pk).update(ends_on=today)
            if (
                not Role.objects.on(today)
                .filter(user=role.user_id, kind=role.kind, scope=target)
                .exists()
            ):
                Role.objects.create(
                    user_id=role.user_id,
                    kind=role.kind,
                    scope=target,
                    starts_on=today,
                    ends_on=role.ends_on,
                    granted_by_name=by.name,
                    is_simulated=role.is_simulated,
                )
        moved += 1
    audit.record(
        "accounts.roles.moved",
        by=by,
        at=at,
        subject=source,
        path=source.path,
        data={"target": str(target.uuid), "roles": moved},
    )
    return moved


@transaction.atomic
def join_roles(*, source: Scope, target: Scope, by: Viewer, at: datetime.datetime) -> int:
    """Let all roles of a scope, ended ones too, count as held in another; returns how many.

    For two scopes that stand for the same organisation by mistake: no role begins or ends. One
    that the person holds in both from the same day on is kept once.
    """
    permissions.can_manage_roles(by, source).enforce()
    permissions.can_manage_roles(by, target).enforce()
    joined = 0
    for role in Role.objects.filter(scope=source).select_for_update(of=("self",)):
        twin = Role.objects.filter(
            user=role.user_id, kind=role.kind, scope=target, starts_on=role.starts_on
        )
        if twin.exists():
            role.delete()
        else:
            role.scope = target
            role.save(update_fields=["scope"])
        joined += 1
    audit.record(
        "accounts.roles.joined",
        by=by,
        at=at,
        subject=source,
        path=target.path,
        data={"source": source.path, "roles": joined},
    )
    return joined
