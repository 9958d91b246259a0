"""Writes about people, scopes and roles."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from stdnum.cn import ric
from stdnum.exceptions import InvalidFormat
from stdnum.exceptions import ValidationError as NumberError

from jiangxin.apps.accounts import permissions
from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.apps.reference import queries as reference
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.models import blind_index
from jiangxin.core.permissions import Viewer


@transaction.atomic
def create_scope(
    *,
    kind: str,
    region: Any,
    label: str,
    by: Viewer,
    at: datetime.datetime,
    inside: Scope | None = None,
    key: str = "",
    is_simulated: bool = False,
) -> Scope:
    """Create the scope of a region, or of an organisation inside another scope.

    Args:
        key: short key of the organisation, unique within `inside`; empty for a region.
    """
    path = region.path if inside is None else f"{inside.path}@{key}/"
    scope = Scope.objects.create(
        kind=kind, region=region, path=path, label=label, is_simulated=is_simulated
    )
    audit.record("accounts.scope.created", by=by, at=at, subject=scope, path=path)
    return scope


@transaction.atomic
def create_organisation_scopes(
    *,
    entries: Sequence[tuple[Scope, str, str, bool]],
    by: Viewer,
    at: datetime.datetime,
) -> list[Scope]:
    """Create the scopes of many organisations at once, in the order given.

    The organisations' own audit rows tell of each; one row here stands for all scopes.

    Args:
        entries: the scope it lies in, its key there, its label, whether it is simulated.
    """
    scopes = [
        Scope(
            kind=Scope.Kind.ORGANISATION,
            region_id=inside.region_id,
            path=f"{inside.path}@{key}/",
            label=label,
            is_simulated=is_simulated,
        )
        for inside, key, label, is_simulated in entries
    ]
    created = Scope.objects.bulk_create(scopes, batch_size=500)
    if created:
        audit.record(
            "accounts.scopes.created",
            by=by,
            at=at,
            subject=None,
            path=entries[0][0].path,
            data={"organisations": len(created)},
        )
    return created


@transaction.atomic
def relabel_scope(*, scope: Scope, label: str, by: Viewer, at: datetime.datetime) -> Scope:
    """Give a scope the name that its organisation carries now."""
    scope = scope.locked()
    before, scope.label = scope.label, label
    scope.save(update_fields=["label"])
    audit.record(
        "accounts.scope.relabelled",
        by=by,
        at=at,
        subject=scope,
        path=scope.path,
        data={"label": [before, label]},
    )
    return scope


@transaction.atomic
def create_region_scopes(*, by: Viewer, at: datetime.datetime) -> int:
    """Give every region in force that has no scope yet its own; returns how many were made.

    One audit row stands for all: a scope of a region says nothing that the region does not.
    """
    known = set(Scope.objects.filter(kind=Scope.Kind.REGION).values_list("path", flat=True))
    new = [
        Scope(kind=Scope.Kind.REGION, region=region, path=region.path, label=region.name)
        for region in reference.regions(on=at.date())
        if region.path not in known
    ]
    if new:
        Scope.objects.bulk_create(new, batch_size=500)
        audit.record(
            "accounts.scopes.created",
            by=by,
            at=at,
            subject=None,
            path=new[0].path,
            data={"regions": len(new)},
        )
    return len(new)


@transaction.atomic
def create_user(
    *,
    username: str,
    name: str,
    scope: Scope,
    by: Viewer,
    at: datetime.datetime,
    password: str = "",
    citizen_id: str = "",
    phone: str = "",
    born_on: datetime.date | None = None,
    email: str = "",
    language: str = "zh-hans",
    is_simulated: bool = False,
) -> User:
    """Make a person known; without a password the person cannot sign in yet.

    Args:
        scope: where the person will act; `by` must manage accounts there.

    Raises:
        NotPermitted: `by` does not manage accounts in the scope.
        Invalid: name taken, password too weak, or citizen id not valid.

    Source:
        GB 11643-1999 for the citizen id (18 characters, check character mod 11-2).
    """
    permissions.can_manage_roles(by, scope).enforce()
    if User.objects.filter(username=username).exists():
        raise Invalid(
            _("The sign-in name “%(name)s” is taken. Choose another one.") % {"name": username},
            data={"fields": {"username": _("This name is taken.")}},
        )
    user = User(
        username=username,
        name=name,
        phone=phone,
        born_on=born_on,
        email=email,
        language=language,
        is_simulated=is_simulated,
    )
    if citizen_id:
        user.citizen_id = _valid_citizen_id(citizen_id)
        user.citizen_id_index = blind_index(user.citizen_id)
        if User.objects.filter(citizen_id_index=user.citizen_id_index).exists():
            raise Invalid(
                _("Somebody with this citizen id is already known. Search for the person instead."),
                data={"fields": {"citizen_id": _("Already known.")}},
            )
    _set_password(user, password)
    user.save()
    audit.record(
        "accounts.user.created", by=by, at=at, subject=user, path=scope.path, data={"name": name}
    )
    return user


def _valid_citizen_id(text: str) -> str:
    number = ric.compact(text).upper()
    try:
        # ric.validate() also asks a list of counties that lacks some abolished ones
        if len(number) != 18 or ric.calc_check_digit(number) != number[-1]:
            raise InvalidFormat
        ric.get_birth_date(number)
    except (NumberError, ValueError):
        raise Invalid(
            _(
                "This is not a valid citizen id: it needs 18 characters, a real birth date and "
                "the right last character. Compare it with the identity card."
            ),
            data={"fields": {"citizen_id": _("Not a valid citizen id.")}},
        ) from None
    return number


def _set_password(user: User, password: str) -> None:
    if not password:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(
            " ".join(error.messages), data={"fields": {"password": " ".join(error.messages)}}
        ) from None
    user.set_password(password)


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
def create_user_with_role(
    *,
    username: str,
    name: str,
    kind: str,
    scope: Scope,
    starts_on: datetime.date,
    by: Viewer,
    at: datetime.datetime,
    **details: Any,
) -> User:
    """Make a person known together with the first role, or neither.

    Args:
        details: further values of `create_user`.
    """
    user = create_user(username=username, name=name, scope=scope, by=by, at=at, **details)
    grant_role(user=user, kind=kind, scope=scope, starts_on=starts_on, by=by, at=at)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: Viewer, at: datetime.datetime) -> None:
    """Give a person a new password, for instance because the old one was forgotten.

    Raises:
        NotPermitted: the person is out of the viewer's reach, or has a role outside it.
        Invalid: the password is too weak.
    """
    user = user.locked()
    permissions.can_set_password(by, user).enforce()
    if not password:
        message = _("Write a password.")
        raise Invalid(message, data={"fields": {"password": message}})
    _set_password(user, password)
    user.save(update_fields=["password"])
    audit.record("accounts.password.set", by=by, at=at, subject=user, path=_path_of(user, at))


@transaction.atomic
def set_preferences(
    *, user: User, language: str, email: str, by: Viewer, at: datetime.datetime
) -> User:
    """Keep the language and the e-mail address that a person chose for notices.

    Raises:
        NotPermitted: `by` is another person.
        Invalid: the language is not offered.
    """
    user = user.locked()
    if by.user_id != user.pk:
        raise NotPermitted(_("Only the person can change this."))
    if language not in dict(settings.LANGUAGES):
        message = _("This language is not offered.")
        raise Invalid(message, data={"fields": {"language": message}})
    user.language, user.email = language, email
    user.save(update_fields=["language", "email"])
    audit.record(
        "accounts.preferences.set",
        by=by,
        at=at,
        subject=user,
        path=_path_of(user, at),
        data={"language": language},
    )
    return user


def _path_of(user: User, at: datetime.datetime) -> str:
    """Return the scope path under which an act on a person stands in the trail."""
    roles = user.roles_held.select_related("scope").order_by("id")
    held = [role for role in roles if role.is_held(at.date())] or list(roles)
    return held[0].scope.path if held else ""


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
def reveal_personal_data(
    *, user: User, reason: str, by: Viewer, at: datetime.datetime
) -> dict[str, str]:
    """Show the full citizen id and phone of a person; who looked and why is recorded.

    Raises:
        NotPermitted: the person is outside the viewer's scope.
        Invalid: no reason of at least five characters.

    Source:
        Personal Information Protection Law, art. 6 (only for a stated purpose, to the least extent).
    """
    permissions.can_view_user(by, user).enforce()
    if len(reason.strip()) < 5:
        raise Invalid(
            _("Say in a few words why you need the full value; it is recorded."),
            data={"fields": {"reason": _("A reason is needed.")}},
        )
    audit.record(
        "accounts.personal_data.revealed",
        by=by,
        at=at,
        subject=user,
        path=_path_of(user, at),
        data={"reason": reason.strip()[:300]},
    )
    return {"citizen_id": user.citizen_id, "phone": user.phone}
