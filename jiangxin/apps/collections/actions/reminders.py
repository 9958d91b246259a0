"""Deadlines come near or pass: filers, bureaus and leaders are told, once for each reason."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.posts import edition_url, tell, tell_filers
from jiangxin.apps.collections.models import Edition, Filing
from jiangxin.apps.collections.workflow import EditionState
from jiangxin.core import audit
from jiangxin.core.errors import WrongState
from jiangxin.core.permissions import Viewer

# an edition that nobody locked is not pressed for ever
_LONGEST = datetime.timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many persons a run told."""

    filers: int = 0
    bureaus: int = 0
    leaders: int = 0


@transaction.atomic
def remind(*, by: Viewer, at: datetime.datetime) -> Reminded:
    """Remind of editions that fall due or are overdue, and tell leaders who is still missing.

    Safe to run at any time: the same person is told once for the same reason and deadline, and
    what a day without a run left out is made up for by the next.
    """
    on = at.date()
    filers = bureaus = leaders = 0
    running = Edition.objects.filter(
        state__in=[EditionState.OPEN, EditionState.CLOSED], due_on__gte=on - _LONGEST
    ).select_related("collection", "version", "scope", "region")
    for edition in running:
        missing = _still_missing(edition, on=on)
        if not missing:
            continue
        left = (edition.due_on - on).days
        passed = [days for days in edition.definition.reminders if left <= days]
        if passed and edition.state == EditionState.OPEN:
            threshold = min(passed)
            key = f"collections:{edition.uuid}:{edition.due_on}:{threshold}"
            filers += tell_filers(
                edition,
                "collection_due_soon" if left >= 0 else "collection_overdue",
                by=by,
                at=at,
                scopes=missing,
                key=key,
                days=abs(left),
            )
            bureaus += _digest(edition, len(missing), key=f"{key}:digest", by=by, at=at)
        patience = edition.definition.escalation_days
        if patience is not None and -left >= patience:
            leaders += _escalate(edition, missing, days=-left, by=by, at=at)
    return Reminded(filers, bureaus, leaders)


@transaction.atomic
def remind_now(*, edition: Edition, by: Viewer, at: datetime.datetime) -> int:
    """Remind by hand who has not filed in an open edition; once a day. Returns how many were told.

    Raises:
        WrongState: the edition is not open.
        NotPermitted: `by` does not manage the edition.
    """
    permissions.can_manage_edition(by, edition).enforce()
    if edition.state != EditionState.OPEN:
        raise WrongState(
            _("This is not possible while the state is “%(state)s”.")
            % {"state": edition.get_state_display()}
        )
    on = at.date()
    left = (edition.due_on - on).days
    told = tell_filers(
        edition,
        "collection_due_soon" if left >= 0 else "collection_overdue",
        by=by,
        at=at,
        scopes=_still_missing(edition, on=on),
        key=f"collections:{edition.uuid}:{edition.due_on}:by_hand:{on}",
        days=abs(left),
    )
    audit.record(
        "collections.edition.reminded",
        by=by,
        at=at,
        subject=edition,
        path=edition.scope.path,
        data={"told": told},
    )
    return told


def _still_missing(edition: Edition, *, on: datetime.date) -> set[int]:
    """Return the scopes of filers who have not handed in and have no later deadline of their own."""
    missing = queries.missing_scopes(edition, on=on)
    if on > edition.due_on:
        later = Filing.objects.filter(edition=edition, due_on__gte=on)
        missing -= set(later.values_list("scope", flat=True))
    return missing


def _digest(edition: Edition, missing: int, *, key: str, by: Viewer, at: datetime.datetime) -> int:
    progress = queries.progress_of(edition, on=at.date())
    return tell(
        queries.nearest("collections.manage", edition.scope.path, on=at.date()),
        "collection_digest",
        edition=edition,
        link=edition_url(edition),
        by=by,
        at=at,
        key=key,
        due_on=edition.due_on,
        missing=missing,
        expected=progress.expected,
        waiting=progress.waiting,
    )


def _escalate(
    edition: Edition, missing: set[int], *, days: int, by: Viewer, at: datetime.datetime
) -> int:
    """Tell the leader of each region in which somebody is missing, and that of the bureau."""
    on = at.date()
    counts = queries.missing_by_region(missing)
    told = 0
    for path in dict.fromkeys((*counts, edition.scope.path)):
        number = sum(count for place, count in counts.items() if place.startswith(path))
        names = queries.region_names(counts if path == edition.scope.path else [path], on=on)
        told += tell(
            queries.nearest("collections.approve", path, on=on),
            "collection_escalated",
            edition=edition,
            link=edition_url(edition),
            by=by,
            at=at,
            key=f"collections:{edition.uuid}:{edition.due_on}:escalated:{path}",
            missing=number,
            days=days,
            due_on=edition.due_on,
            place=_(", ").join(names[:20]),
        )
    return told
