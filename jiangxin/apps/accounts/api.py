"""People, roles, jobs and the audit trail for other systems of the region."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Router, Schema, Status

from jiangxin.apps.accounts import actions, queries
from jiangxin.core.http import REFUSALS, Door
from jiangxin.core.jobs import get_job

router = Router(tags=["accounts"])


class RoleOut(Schema):
    """A role in a scope for a period."""

    uuid: UUID
    kind: str
    scope_uuid: UUID = Field(alias="scope.uuid")
    scope: str = Field(alias="scope.label")
    starts_on: datetime.date | None
    ends_on: datetime.date | None
    is_simulated: bool


class UserOut(Schema):
    """A person; personal data are never part of the API."""

    uuid: UUID
    username: str
    name: str
    is_simulated: bool
    roles: list[RoleOut] = Field(alias="visible_roles")


class UsersOut(Schema):
    """A page of people."""

    total: int
    people: list[UserOut]


class UserIn(Schema):
    """A person to make known, with the first role."""

    username: str = Field(min_length=1, max_length=150, pattern=r"^[\w.@+-]+$")
    name: str = Field(min_length=1, max_length=100)
    kind: str
    scope_uuid: UUID
    starts_on: datetime.date
    email: str = Field("", max_length=254)


class RoleIn(Schema):
    """A role to grant."""

    kind: str
    scope_uuid: UUID
    starts_on: datetime.date
    ends_on: datetime.date | None = None


class EndIn(Schema):
    """The first day without the role."""

    ends_on: datetime.date


class JobOut(Schema):
    """A piece of background work."""

    uuid: UUID
    task: str
    state: str
    steps_done: int
    steps_total: int
    note: str
    result: dict[str, Any]
    error: dict[str, Any]
    created_at: datetime.datetime
    finished_at: datetime.datetime | None


class TrailRowOut(Schema):
    """An audit row."""

    uuid: UUID
    at: datetime.datetime
    by_name: str
    event: str
    subject_kind: str
    subject_uuid: UUID | None
    path: str
    data: dict[str, Any]
    is_sealed: bool


class TrailOut(Schema):
    """A page of the audit trail."""

    total: int
    rows: list[TrailRowOut]


def _slice(rows: Any, offset: int, limit: int) -> list[Any]:
    first = max(0, min(offset, 10_000_000))
    return list(rows[first : first + max(1, min(limit, 500))])


@router.get("/me", auth=Door("signed-in"), response={200: UserOut, **REFUSALS})
def me(request: Any) -> Any:
    """Return the person signed in."""
    return queries.get_user(request.user.uuid, viewer=request.viewer)


@router.get("/people", auth=Door("operator"), response={200: UsersOut, **REFUSALS})
def list_people(
    request: Any, q: str = "", role: str = "", limit: int = 100, offset: int = 0
) -> dict[str, Any]:
    """List people whose roles the viewer manages."""
    rows = queries.users(viewer=request.viewer, search=q, role=role)
    return {"total": rows.count(), "people": _slice(rows, offset, limit)}


@router.get("/people/{uuid}", auth=Door("signed-in"), response={200: UserOut, **REFUSALS})
def get_person(request: Any, uuid: UUID) -> Any:
    """Return one person."""
    return queries.get_user(uuid, viewer=request.viewer)


@router.post("/people", auth=Door("operator"), response={201: UserOut, **REFUSALS})
def create_person(request: Any, new: UserIn) -> Any:
    """Make a person known with a first role."""
    made = actions.create_user_with_role(
        scope=queries.get_scope(new.scope_uuid, viewer=request.viewer),
        by=request.viewer,
        at=request.at,
        **new.dict(exclude={"scope_uuid"}),
    )
    return Status(201, queries.get_user(made.uuid, viewer=request.viewer))


@router.post("/people/{uuid}/roles", auth=Door("operator"), response={201: RoleOut, **REFUSALS})
def grant_role(request: Any, uuid: UUID, new: RoleIn) -> Any:
    """Grant a role to a person."""
    granted = actions.grant_role(
        user=queries.get_user(uuid, viewer=request.viewer),
        scope=queries.get_scope(new.scope_uuid, viewer=request.viewer),
        by=request.viewer,
        at=request.at,
        **new.dict(exclude={"scope_uuid"}),
    )
    return Status(201, granted)


@router.post("/roles/{uuid}/end", auth=Door("operator"), response={200: RoleOut, **REFUSALS})
def end_role(request: Any, uuid: UUID, end: EndIn) -> Any:
    """End a role on a day."""
    return actions.end_role(
        role=queries.get_role(uuid, viewer=request.viewer),
        ends_on=end.ends_on,
        by=request.viewer,
        at=request.at,
    )


@router.get("/jobs/{uuid}", auth=Door("signed-in"), response={200: JobOut, **REFUSALS})
def get_background_job(request: Any, uuid: UUID) -> Any:
    """Return the progress of a background job."""
    return get_job(str(uuid), viewer=request.viewer)


@router.get("/trail", auth=Door("operator", "auditor"), response={200: TrailOut, **REFUSALS})
def list_trail(
    request: Any,
    event: str = "",
    person: str = "",
    subject: UUID | None = None,
    first_on: datetime.date | None = None,
    last_on: datetime.date | None = None,
    limit: int = 100,
    offset: int = 0,
) -> dict[str, Any]:
    """List audit rows of the viewer's scopes, newest first."""
    rows = queries.trail(
        viewer=request.viewer,
        event=event,
        person=person,
        subject=subject,
        first_on=first_on,
        last_on=last_on,
    )
    return {"total": rows.count(), "rows": _slice(rows, offset, limit)}
