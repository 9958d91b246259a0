"""Making people known, their passwords and choices, and the full values of personal data."""

from __future__ import annotations

import datetime
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
from jiangxin.apps.accounts.actions.roles import grant_role
from jiangxin.apps.accounts.models import Scope, User
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.models import blind_index
from jiangxin.core.permissions import Viewer


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
