"""Scorecards of lower governments are kept as computed, published and withdrawn."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.models import Scorecard
from jiangxin.core import audit
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region


@transaction.atomic
def keep_scorecard(*, region: Region, by: Viewer, at: datetime.datetime) -> Scorecard:
    """Keep the scorecard of the governments below a region as it stands now.

    It never changes afterwards: a later computation is a further edition of the year.

    Raises:
        Invalid: there is nothing to score below the region.
        NotPermitted: `by` does not manage the policies of the region.
    """
    scope = accounts.scope_of_region(region)
    permissions.can_compute_scorecard(by, scope.path).enforce()
    card = queries.scorecard(region=region, viewer=by, on=at.date())
    if not card.rows:
        raise Invalid(
            _("No government below this region has targets or tasks yet, so nothing can be scored.")
        )
    year = at.year
    last = Scorecard.objects.filter(region=region, year=year).aggregate(last=Max("edition"))["last"]
    kept = Scorecard.objects.create(
        scope=scope,
        region=region,
        year=year,
        edition=(last or 0) + 1,
        weights=dict(card.weights),
        rows=card.plain(),
        computed_at=at,
        computed_by_name=by.name[:100],
        is_simulated=any(row.is_simulated for row in card.rows),
    )
    audit.record(
        "policies.scorecard.kept",
        by=by,
        at=at,
        subject=kept,
        path=scope.path,
        data={"year": year, "edition": kept.edition, "rows": len(card.rows)},
    )
    return kept


@transaction.atomic
def move_scorecard(*, card: Scorecard, move: str, by: Viewer, at: datetime.datetime) -> Scorecard:
    """Show a kept scorecard to the public, or take it back."""
    card = card.locked()
    permissions.can_publish_scorecard(by, card).enforce()
    if move not in workflow.SHEET.moves:
        raise Invalid(_("There is no such step."))
    card.state = workflow.SHEET.check(card.state, move)
    card.published_at = at if move == "publish" else None
    card.save(update_fields=["state", "published_at"])
    audit.record(
        "policies.scorecard.published" if move == "publish" else "policies.scorecard.withdrawn",
        by=by,
        at=at,
        subject=card,
        path=card.scope.path,
    )
    return card
