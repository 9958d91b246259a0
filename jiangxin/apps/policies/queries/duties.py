"""Reads of duty lists: who answers for what, as a table of parties and fields."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from jiangxin.apps.policies.models import Duty, DutyList
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


def duty_lists(*, viewer: Viewer, region: Region | None = None) -> QuerySet[DutyList]:
    """List duty lists that the viewer may see."""
    rows = DutyList.objects.visible_to(viewer).select_related("region", "scope", "document")
    rows = rows.defer("document__text", "document__references")
    return rows.filter(region__path__startswith=region.path) if region else rows


def get_duty_list(uuid: uuids.UUID | str, *, viewer: Viewer) -> DutyList:
    """Return one duty list, or raise NotFound."""
    found = duty_lists(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A field with the duty of each party, in the order of the parties; empty where none is set."""

    field: str
    cells: tuple[Duty | None, ...]


def duty_table(duties: DutyList) -> list[DutyRow]:
    """Lay the duties of a list out by field and party."""
    known = {
        (row.field, row.party): row
        for row in Duty.objects.filter(list=duties).select_related("organisation")
    }
    return [
        DutyRow(field, tuple(known.get((field, party)) for party in duties.parties))
        for field in duties.fields
    ]
