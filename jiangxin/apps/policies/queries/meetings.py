"""Reads of joint meetings with their resolutions."""

from __future__ import annotations

import uuid as uuids
from typing import TYPE_CHECKING

from django.db.models import Count, Prefetch, Q, QuerySet

from jiangxin.apps.policies.models import Meeting, Resolution, StoredFile
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


def meetings(*, viewer: Viewer, region: Region | None = None) -> QuerySet[Meeting]:
    """List meetings, newest first, each with the number of `decided` and of `made` tasks."""
    rows = (
        Meeting.objects.visible_to(viewer)
        .select_related("region", "scope", "document")
        .defer("document__text", "document__references")
        .annotate(
            decided=Count("resolutions"),
            made=Count("resolutions", filter=Q(resolutions__made_task__isnull=False)),
        )
        .order_by("-held_on", "id")
    )
    return rows.filter(region__path__startswith=region.path) if region else rows


def get_meeting(uuid: uuids.UUID | str, *, viewer: Viewer) -> Meeting:
    """Return one meeting with resolutions, their tasks and files, or raise NotFound."""
    found = (
        meetings(viewer=viewer)
        .filter(uuid=uuid)
        .prefetch_related(
            Prefetch("resolutions", Resolution.objects.select_related("made_task")),
            Prefetch("files", StoredFile.objects.defer("content")),
        )
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_resolution(uuid: uuids.UUID | str, *, viewer: Viewer) -> Resolution:
    """Return one resolution of a meeting that the viewer may see, or raise NotFound."""
    found = (
        Resolution.objects.filter(uuid=uuid, meeting__in=Meeting.objects.visible_to(viewer))
        .select_related("meeting__scope", "meeting__region", "meeting__document")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_meeting_file(
    uuid: uuids.UUID | str, *, meeting: uuids.UUID | str, viewer: Viewer
) -> StoredFile:
    """Return a file of a meeting that the viewer may see, or raise NotFound."""
    found = get_meeting(meeting, viewer=viewer).files.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return StoredFile.objects.get(pk=found.pk)
