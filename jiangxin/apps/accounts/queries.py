"""Reads of people, roles and scopes; how a signed-in person becomes a viewer."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import permissions
from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.apps.accounts.permissions import DUTIES, DUTY_LABELS
from jiangxin.apps.reference.queries import Hit
from jiangxin.core import jobs
from jiangxin.core.errors import NotFound
from jiangxin.core.models import AuditRow, AuditSeal, Job
from jiangxin.core.permissions import PUBLIC, SYSTEM, Decision, Grant, Viewer


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
    """List people that the viewer may manage, by name.

    Each has `visible_roles`: those of their roles that the viewer may know of.
    """
    roles = Role.objects.visible_to(viewer).select_related("scope")
    found: QuerySet[User] = User.objects.visible_to(viewer).prefetch_related(
        Prefetch("roles_held", queryset=roles, to_attr="visible_roles")
    )
    if role:
        found = found.filter(pk__in=roles.filter(kind=role).values("user"))
    return found.matching(search)  # type: ignore[attr-defined,no-any-return]


def colleagues(*, viewer: Viewer) -> QuerySet[User]:
    """List people with a role where the viewer applies, reviews or manages: whom forms may name.

    Nothing but the name and the roles there may be shown of them.
    """
    near = viewer.within("registers.apply") | viewer.within("registers.review")
    near |= viewer.within("accounts.manage")
    roles = Role.objects.on(timezone.localdate()).filter(near)
    found: QuerySet[User] = User.objects.filter(
        is_active=True, pk__in=roles.values("user")
    ).prefetch_related(Prefetch("roles_held", queryset=roles, to_attr="visible_roles"))
    return found.order_by("name", "pk")


def get_user(uuid: UUID | str, *, viewer: Viewer) -> User:
    """Return one person within the viewer's reach with `visible_roles`, or raise NotFound."""
    user = users(viewer=viewer).filter(uuid=uuid).first()
    if user is None:
        raise NotFound
    return user


@dataclass(frozen=True, slots=True)
class PersonCard:
    """A person as others see them: personal data masked, roles as far as they may be known."""

    user: User
    citizen_id: str
    phone: str
    roles: tuple[Role, ...]
    can_reveal: Decision
    can_set_password: Decision


def person_card(user: User, *, viewer: Viewer) -> PersonCard:
    """Return what the viewer sees of a person; `get_user` said that they may see one at all."""
    roles = Role.objects.visible_to(viewer).filter(user=user).select_related("scope")
    return PersonCard(
        user,
        masked(user.citizen_id, 4, 2),
        masked(user.phone, 3, 2),
        tuple(roles.order_by("-starts_on", "id")),
        permissions.can_view_user(viewer, user),
        permissions.can_set_password(viewer, user),
    )


def masked(value: str, first: int, last: int) -> str:
    """Return a personal value with its middle hidden."""
    hidden = len(value) - first - last
    if hidden <= 0:
        return "*" * len(value)
    return value[:first] + "*" * hidden + value[-last:]


def get_role(uuid: UUID | str, *, viewer: Viewer) -> Role:
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


def scopes_near(region: Any, *, viewer: Viewer, duty: str = "accounts.manage") -> QuerySet[Scope]:
    """List the scopes to choose from beside a region: it, its organisations, the regions below."""
    if region is None:
        return Scope.objects.none()
    near = (
        Q(path=region.path)
        | Q(kind=Scope.Kind.ORGANISATION, region__code=region.code)
        | Q(kind=Scope.Kind.REGION, region__parent__code=region.code)
    )
    return scopes(viewer=viewer, duty=duty).filter(near)


def get_scope(uuid: UUID | str, *, viewer: Viewer, duty: str = "accounts.manage") -> Scope:
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
    found: QuerySet[User] = User.objects.filter(pk__in=roles.values("user"), is_active=True)
    return found


def people_of(scopes: Collection[Scope], *, duty: str, on: datetime.date) -> list[User]:
    """List people who carry the duty by a role in one of the scopes itself, not above it."""
    kinds = [kind for kind, duties in DUTIES.items() if duty in duties]
    roles = Role.objects.on(on).filter(kind__in=kinds, scope__in=scopes)
    return list(User.objects.filter(pk__in=roles.values("user"), is_active=True))


def roles_in(scope: Scope, *, viewer: Viewer, on: datetime.date) -> QuerySet[Role]:
    """List the roles held in a scope on the day, as far as the viewer may know of them."""
    found: QuerySet[Role] = (
        Role.objects.visible_to(viewer).on(on).filter(scope=scope).select_related("user", "scope")
    )
    return found


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty and, for each role in order, its name and whether it carries the duty."""

    code: str
    label: str
    carried: tuple[tuple[str, bool], ...]


def duty_table() -> tuple[list[str], list[DutyRow]]:
    """Return the names of the roles, and each duty with the roles that carry it."""
    kinds = list(Role.Kind)
    codes = {duty for duties in DUTIES.values() for duty in duties}
    known = [code for code in DUTY_LABELS if code in codes]
    rows = [
        DutyRow(
            code,
            str(DUTY_LABELS.get(code, code)),
            tuple((str(kind.label), code in DUTIES[kind]) for kind in kinds),
        )
        for code in [*known, *sorted(codes - set(known))]
    ]
    return [str(kind.label) for kind in kinds], rows


def trail(
    *,
    viewer: Viewer,
    event: str = "",
    person: str = "",
    subject: UUID | None = None,
    first_on: datetime.date | None = None,
    last_on: datetime.date | None = None,
) -> QuerySet[AuditRow]:
    """List audit rows of the viewer's scopes, newest first, each with `is_sealed`.

    Args:
        event: beginning of the event ("organisations." or "accounts.role.granted").
        person: part of the name of who acted.
        last_on: last day, included.

    Raises:
        NotPermitted: the viewer reads no trail at all.
    """
    permissions.can_view_trail(viewer).enforce()
    found = AuditRow.objects.filter(viewer.within("audit.view", "path")).annotate(
        is_sealed=Exists(AuditSeal.objects.filter(row_id=OuterRef("pk")))
    )
    if event:
        found = found.filter(event__startswith=event)
    if person:
        found = found.filter(by_name__icontains=person)
    if subject is not None:
        found = found.filter(subject_uuid=subject)
    if first_on is not None:
        found = found.filter(at__gte=_midnight(first_on))
    if last_on is not None:
        found = found.filter(at__lt=_midnight(last_on + datetime.timedelta(days=1)))
    return found.order_by("-id")


def _midnight(day: datetime.date) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def jobs_for(viewer: Viewer) -> QuerySet[Job]:
    """List background jobs that the viewer asked for, or of scopes whose jobs they see."""
    mine = Q(by_id=viewer.user_id) if viewer.user_id else Q(pk__in=[])
    return Job.objects.filter(viewer.within("jobs.view", "path") | mine).order_by("-created_at")


def job_label(job: Job) -> str:
    """Return what a job does, in words."""
    kind = jobs.REGISTRY.get(job.task)
    return str(kind.label) if kind is not None else job.task


def search(viewer: Viewer, text: str, *, limit: int = 5) -> list[Hit]:
    """Find people whom the viewer manages by name or sign-in name, for the search of all pages."""
    if not text.strip() or not viewer.paths("accounts.manage"):
        return []
    return [
        Hit(
            _("Person"),
            str(user),
            ", ".join(sorted({str(role.get_kind_display()) for role in user.visible_roles})),
            reverse("accounts:user", args=[user.uuid]),
        )
        for user in users(viewer=viewer, search=text)[:limit]
    ]
