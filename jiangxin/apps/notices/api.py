"""The inbox of the person signed in, for other systems."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema

from jiangxin.apps.notices import actions, queries
from jiangxin.core.http import REFUSALS, Door

router = Router(tags=["notices"])


class NoticeOut(Schema):
    """A notice as it was sent."""

    uuid: UUID
    template: str
    title: str
    text: str
    link: str
    sent_by_name: str
    sent_at: datetime.datetime
    read_at: datetime.datetime | None
    due_on: datetime.date | None
    is_simulated: bool


class InboxOut(Schema):
    """A page of the inbox."""

    unread: int
    total: int
    notices: list[NoticeOut]


class CountOut(Schema):
    """How many notices were changed."""

    count: int


@router.get("/", auth=Door("signed-in"), response={200: InboxOut, **REFUSALS})
def list_notices(
    request: Any, unread: bool = False, limit: int = 50, offset: int = 0
) -> dict[str, Any]:
    """List the notices of the person, newest first."""
    rows = queries.notices(viewer=request.viewer, only_unread=unread)
    first, size = max(0, min(offset, 1_000_000)), max(1, min(limit, 200))
    return {
        "unread": queries.unread_count(request.viewer),
        "total": rows.count(),
        "notices": list(rows[first : first + size]),
    }


# stands before "/{uuid}", which would take the word for a uuid
@router.post("/read-all", auth=Door("signed-in"), response={200: CountOut, **REFUSALS})
def read_all(request: Any) -> dict[str, int]:
    """Mark all notices of the person as read."""
    return {"count": actions.mark_all_read(by=request.viewer, at=request.at)}


@router.get("/{uuid}", auth=Door("signed-in"), response={200: NoticeOut, **REFUSALS})
def get_notice(request: Any, uuid: UUID) -> Any:
    """Return one notice of the person."""
    return queries.get_notice(uuid, viewer=request.viewer)


@router.post("/{uuid}/read", auth=Door("signed-in"), response={200: NoticeOut, **REFUSALS})
def read_notice(request: Any, uuid: UUID) -> Any:
    """Mark one notice as read."""
    found = queries.get_notice(uuid, viewer=request.viewer)
    return actions.mark_read(notice=found, by=request.viewer, at=request.at)
