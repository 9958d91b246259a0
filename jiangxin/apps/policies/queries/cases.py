"""Reads of good-practice cases."""

from __future__ import annotations

import uuid as uuids
from typing import TYPE_CHECKING

from django.db.models import Prefetch, QuerySet

from jiangxin.apps.policies.models import Case, StoredFile
from jiangxin.apps.policies.workflow import CaseState
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


def cases(
    *, viewer: Viewer, region: Region | None = None, only_published: bool = False
) -> QuerySet[Case]:
    """List cases that the viewer may see, newest first."""
    rows = (
        Case.objects.visible_to(viewer)
        .select_related("region", "scope", "organisation", "document", "target__document")
        .defer("document__text", "document__references", "target__document__text")
    )
    if only_published:
        rows = rows.filter(state=CaseState.PUBLISHED)
    return rows.filter(region__path__startswith=region.path) if region else rows


def get_case(uuid: uuids.UUID | str, *, viewer: Viewer) -> Case:
    """Return one case with its files, or raise NotFound."""
    found = (
        cases(viewer=viewer)
        .prefetch_related(Prefetch("files", StoredFile.objects.defer("content")))
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_case_file(uuid: uuids.UUID | str, *, case: uuids.UUID | str, viewer: Viewer) -> StoredFile:
    """Return a file of a case that the viewer may see, or raise NotFound."""
    found = get_case(case, viewer=viewer).files.filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return StoredFile.objects.get(pk=found.pk)
