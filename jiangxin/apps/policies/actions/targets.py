"""Targets are bound to the indicators that measure them, and to those who answer for them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies import permissions
from jiangxin.apps.policies.actions.contradictions import find_contradictions
from jiangxin.apps.policies.models import PolicyDocument, Target
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.organisations.models import Organisation
    from jiangxin.apps.reference.models import Region


@transaction.atomic
def bind_target(
    *,
    target: Target,
    indicator_code: str,
    by: Viewer,
    at: datetime.datetime,
    version: int | None = None,
) -> Target:
    """Confirm which indicator measures the target.

    Args:
        version: of the target as the officer saw it; a later decision by somebody else is then
            not overwritten.

    Raises:
        Conflict: somebody else bound it to another indicator meanwhile.
        NotFound: there is no such indicator.
    """
    target = target.locked()
    permissions.can_review_document(by, target.document).enforce()
    indicators.get_definition(indicator_code)
    is_bound = target.binding == Target.Binding.CONFIRMED
    if is_bound and target.indicator_code == indicator_code:
        return target
    if is_bound and version is not None and version != target.version:
        raise Conflict(
            _(
                "%(name)s bound this target to “%(code)s” meanwhile. Look at it before you change it."
            )
            % {"name": target.bound_by_name, "code": target.indicator_code},
            data={"indicator_code": target.indicator_code, "version": target.version},
        )
    before = target.indicator_code
    target.indicator_code, target.binding = indicator_code, Target.Binding.CONFIRMED
    target.rejected_indicators = [c for c in target.rejected_indicators if c != indicator_code]
    target.bound_by_name, target.bound_at = by.name[:100], at
    target.version += 1
    target.save()
    audit.record(
        "policies.target.bound",
        by=by,
        at=at,
        subject=target,
        path=target.document.scope.path,
        data={"indicator": [before, indicator_code]},
    )
    find_contradictions(document=target.document, at=at)
    return target


@transaction.atomic
def reject_indicator(
    *, target: Target, indicator_code: str, by: Viewer, at: datetime.datetime
) -> Target:
    """Say that an indicator does not measure the target; it is never suggested again."""
    target = target.locked()
    permissions.can_review_document(by, target.document).enforce()
    if indicator_code not in target.rejected_indicators:
        target.rejected_indicators = [*target.rejected_indicators, indicator_code]
    if target.indicator_code == indicator_code:
        target.indicator_code, target.binding = "", Target.Binding.NONE
        target.bound_by_name, target.bound_at = "", None
    target.version += 1
    target.save()
    audit.record(
        "policies.target.indicator_rejected",
        by=by,
        at=at,
        subject=target,
        path=target.document.scope.path,
        data={"indicator": indicator_code},
    )
    return target


@transaction.atomic
def confirm_bindings(*, document: PolicyDocument, by: Viewer, at: datetime.datetime) -> int:
    """Confirm all suggested bindings of adopted targets at once; returns how many."""
    document = document.locked()
    permissions.can_review_document(by, document).enforce()
    waiting = list(
        Target.objects.adopted().filter(document=document, binding=Target.Binding.SUGGESTED)
    )
    for target in waiting:
        target.binding = Target.Binding.CONFIRMED
        target.bound_by_name, target.bound_at = by.name[:100], at
        target.version += 1
    Target.objects.bulk_update(
        waiting, ["binding", "bound_by_name", "bound_at", "version"], batch_size=500
    )
    audit.record(
        "policies.targets.bound",
        by=by,
        at=at,
        subject=document,
        path=document.scope.path,
        data={"targets": {str(t.uuid): t.indicator_code for t in waiting}},
    )
    return len(waiting)


@transaction.atomic
def assign_target(
    *,
    target: Target,
    by: Viewer,
    at: datetime.datetime,
    region: Region | None = None,
    owners: Sequence[Organisation] | None = None,
) -> Target:
    """Say whose value is held against the target, and who answers for it.

    Raises:
        Invalid: the region lies outside the region of the document.
    """
    target = target.locked()
    permissions.can_review_document(by, target.document).enforce()
    changes: dict[str, Any] = {}
    if region is not None and region.pk != target.region_id:
        if not region.path.startswith(target.document.region.path):
            message = _("The region must lie within %(name)s, whose document this is.") % {
                "name": target.document.region.name
            }
            raise Invalid(message, data={"fields": {"region": message}})
        changes["region"] = [target.region.code, region.code]
        target.region = region
    target.version += 1
    target.save()
    if owners is not None:
        target.owners.set(owners)
        changes["owners"] = [str(owner.uuid) for owner in owners]
    audit.record(
        "policies.target.assigned",
        by=by,
        at=at,
        subject=target,
        path=target.document.scope.path,
        data=changes,
    )
    return target
