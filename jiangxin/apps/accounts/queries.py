"""Reads of people, roles and scopes; how a signed-in person becomes a viewer."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.apps.accounts.permissions import DUTIES
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import PUBLIC, SYSTEM, Grant, Viewer


def system() -> Viewer:
    """Return the viewer that stands for the system itself."""
    return SYSTEM


def viewer_for(user: User | AnonymousUser | Any, *, on: datetime.date) -> Viewer:
    """Return the viewer for a person with the roles in force on the day; one query."""
    if not user.is_authenticated:
        return PUBLIC
    roles = Role.objects.on(on).filter(user=user).select_related("scope").order_by("id")
    grants = tuple(
        Grant(role.kind, DUTIES[role.kind], role.scope.path, str(role.scope.uuid)) for role in roles
    )
    return Viewer(user_id=user.pk, name=str(user), grants=grants)


def viewer_of_id(user_id: int | None) -> Viewer:
    """Return the viewer of a stored user id with the roles of today; the system for none."""
    if user_id is None:
        return SYSTEM
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return PUBLIC
    return viewer_for(user, on=timezone.localdate())


def users(*, viewer: Viewer, search: str = "", role: str = "") -> QuerySet[User]:
    """List people that the viewer may manage, by name, each with roles prefetched."""
    found = User.objects.visible_to(viewer).prefetch_related("roles_held__scope")
    if search:
        found = found.filter(Q(name__icontains=search) | Q(username__icontains=search))
    if role:
        found = found.filter(roles_held__kind=role).distinct()
    return found


def get_user(uuid: object, *, viewer: Viewer) -> User:
    """Return one person within the viewer's reach, or raise NotFound."""
    user = User.objects.visible_to(viewer).filter(uuid=uuid).first()
    if user is None:
        raise NotFound
    return user


def get_role(uuid: object, *, viewer: Viewer) -> Role:
    """Return one role within the viewer's reach, or raise NotFound."""
    role: Role | None = (
        Role.objects.visible_to(viewer).select_related("scope", "user").filter(uuid=uuid).first()
    )
    if role is None:
        raise NotFound
    return role


def scopes(*, viewer: Viewer, duty: str = "accounts.manage") -> QuerySet[Scope]:
    """List the scopes in which the viewer carries the duty, by path."""
    return Scope.objects.filter(viewer.within(duty, "path")).order_by("path")


def get_scope(uuid: object, *, viewer: Viewer, duty: str = "accounts.manage") -> Scope:
    """Return one scope in which the viewer carries the duty, or raise NotFound."""
    scope = scopes(viewer=viewer, duty=duty).filter(uuid=uuid).first()
    if scope is None:
        raise NotFound
    return scope


def scope_of_region(region: Any) -> Scope:
    """Return the scope of a region; regions get theirs when code lists are loaded."""
    return Scope.objects.get(kind=Scope.Kind.REGION, path=region.path)


def holders(*, duty: str, path: str, on: datetime.date) -> QuerySet[User]:
    """List people who carry the duty exactly where the path lies, nearest scope first.

    Used to find whom to tell: a person with two fitting roles appears once.
    """
    kinds = [kind for kind, duties in DUTIES.items() if duty in duties]
    covering = [path[: i + 1] for i, letter in enumerate(path) if letter == "/"]
    roles = Role.objects.on(on).filter(kind__in=kinds, scope__path__in=covering)
    return User.objects.filter(pk__in=roles.values("user"), is_active=True)


def roles_in(scope: Scope, *, viewer: Viewer, on: datetime.date) -> QuerySet[Role]:
    """List the roles held in a scope on the day, as far as the viewer may know of them."""
    found: QuerySet[Role] = (
        Role.objects.visible_to(viewer).on(on).filter(scope=scope).select_related("user", "scope")
    )
    return found
