"""Making the scopes of regions and organisations."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.reference import queries as reference
from jiangxin.core import audit
from jiangxin.core.errors import Conflict
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
def move_scope(*, scope: Scope, inside: Scope, by: Viewer, at: datetime.datetime) -> int:
    """Put the scope of an organisation, with all below it, inside another scope.

    Rows keep pointing at the same scopes and so move along; returns how many scopes moved.

    Raises:
        Conflict: the place is taken by another organisation with the same key.
    """
    scope = scope.locked()
    before = scope.path
    after = f"{inside.path}@{before.rsplit('@', 1)[1]}"
    if after == before:
        return 0
    if Scope.objects.filter(path=after).exists():
        raise Conflict(_("There is an organisation with the same code at the new place already."))
    below = list(Scope.objects.filter(path__startswith=before).select_for_update(of=("self",)))
    for row in below:
        row.path = after + row.path[len(before) :]
        row.region_id = inside.region_id
    Scope.objects.bulk_update(below, ["path", "region"], batch_size=500)
    audit.record(
        "accounts.scope.moved",
        by=by,
        at=at,
        subject=scope,
        path=after,
        data={"path": [before, after], "scopes": len(below)},
    )
    return len(below)


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
