"""Bottom-up: a region approves its returns as a whole, the next above builds on it, the top locks."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.posts import edition_url, tell
from jiangxin.apps.collections.actions.rows import open_row, record, touch
from jiangxin.apps.collections.models import Edition, Filing, RegionApproval
from jiangxin.apps.collections.workflow import (
    EDITION,
    FILING,
    IN_FORCE,
    WAITING,
    EditionState,
    FilingState,
)
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid, WrongState
from jiangxin.core.permissions import Viewer


class NotComplete(WrongState):
    """Something below is still open; `data` names some of it."""

    code = "not_complete"


@transaction.atomic
def approve_region(
    *, edition: Edition, region: Any, by: Viewer, at: datetime.datetime
) -> RegionApproval:
    """Approve all returns of a region as a whole, once each is approved or excused.

    The regions directly below must have approved theirs before.

    Raises:
        NotComplete: returns or regions below are still open; names them.
        Conflict: it has been approved already.
        WrongState: the edition knows no roll-up, is locked, or the region is not part of it.
        NotPermitted: `by` does not approve for the region.
    """
    edition = edition.locked()
    permissions.can_approve_region(by, region.path).enforce()
    _check_rolls_up(edition)
    if not region.path.startswith(edition.region.path):
        raise WrongState(_("This region is not part of the edition."))
    if _standing(edition, region.path) is not None:
        raise Conflict(_("%(region)s has approved its returns already.") % {"region": region.name})
    on = at.date()
    progress = queries.progress_of(edition, on=on, within=region.path)
    _check_complete(edition, region.path, progress, on=on)
    approval = RegionApproval.objects.create(
        edition=edition,
        region=region,
        scope=accounts.scope_of_region(region),
        counts={
            "expected": progress.expected,
            "approved": progress.approved,
            "excused": progress.excused,
        },
        sha256=_digest(edition, region.path),
        approved_by_name=by.name[:100],
        approved_at=at,
        is_simulated=edition.is_simulated,
    )
    audit.record(
        "collections.region.approved",
        by=by,
        at=at,
        subject=approval,
        path=region.path,
        data={"edition": str(edition.uuid), **approval.counts, "sha256": approval.sha256},
    )
    _tell_above(edition, region, by=by, at=at)
    return approval


def _check_rolls_up(edition: Edition) -> None:
    if edition.state == EditionState.LOCKED:
        raise WrongState(
            _("This edition is locked: values change only by a correction with a reason.")
        )
    if not edition.definition.roll_up:
        raise WrongState(_("This collection is not approved region by region."))


def _standing(edition: Edition, path: str) -> RegionApproval | None:
    found: RegionApproval | None = RegionApproval.objects.filter(
        edition=edition, scope__path=path, withdrawn_at__isnull=True
    ).first()
    return found


def _check_complete(
    edition: Edition, path: str, progress: queries.Progress, *, on: datetime.date
) -> None:
    below = queries.approving_regions(edition, path=path, on=on)
    approved = set(
        RegionApproval.objects.filter(
            edition=edition, withdrawn_at__isnull=True, scope__path__in=below
        ).values_list("scope__path", flat=True)
    )
    open_regions = [place for place in below if place not in approved]
    if open_regions:
        names = queries.region_names(open_regions, on=on)
        raise NotComplete(
            _("These regions have not approved their returns yet: %(names)s.")
            % {"names": _(", ").join(names[:20])},
            data={"regions": names},
        )
    if not progress.is_settled:
        missing = queries.unsettled(edition, path=path, on=on)
        raise NotComplete(
            _("These returns are neither approved nor excused yet: %(names)s.")
            % {"names": _(", ").join(missing)},
            data={"filers": missing},
        )


def _digest(edition: Edition, path: str) -> str:
    """Return the hash over what was approved, so that a later change can be shown."""
    total = hashlib.sha256()
    rows = Filing.objects.filter(
        edition=edition, region__in=queries.region_ids(path), state__in=IN_FORCE
    ).order_by("uuid")
    for uuid, sha256 in rows.values_list("uuid", "approved__sha256").iterator(chunk_size=5000):
        total.update(f"{uuid} {sha256}\n".encode())
    return total.hexdigest()


def _tell_above(edition: Edition, region: Any, *, by: Viewer, at: datetime.datetime) -> None:
    if region.path == edition.region.path:
        return
    above = region.path[: region.path.rstrip("/").rindex("/") + 1]
    tell(
        queries.nearest("collections.approve", above, on=at.date()),
        "region_approved",
        edition=edition,
        link=edition_url(edition),
        by=by,
        at=at,
        region=region.name,
    )


@transaction.atomic
def unapprove_region(
    *, approval: RegionApproval, reason: str, by: Viewer, at: datetime.datetime
) -> RegionApproval:
    """Take back the approval of a region before the lock, with the reason; from the top down.

    Raises:
        Invalid: no reason.
        WrongState: it was taken back already, the edition is locked, or a region above has
            approved on top of it.
        NotPermitted: `by` approves neither for the region nor above it.
    """
    approval = approval.locked()
    edition = Edition.objects.select_for_update(of=("self",)).get(pk=approval.edition_id)
    permissions.can_approve_region(by, approval.scope.path).enforce()
    _check_rolls_up(edition)
    if approval.withdrawn_at is not None:
        raise WrongState(_("This approval was taken back already."))
    path = approval.scope.path
    above = [path[: i + 1] for i, letter in enumerate(path[:-1]) if letter == "/"]
    built_on = (
        RegionApproval.objects.filter(
            edition=edition, withdrawn_at__isnull=True, scope__path__in=above
        )
        .select_related("region")
        .first()
    )
    if built_on is not None:
        raise WrongState(
            _("%(region)s has approved its returns as a whole; take that back first.")
            % {"region": built_on.region.name}
        )
    if not reason.strip():
        message = _("Say why the approval is taken back.")
        raise Invalid(message, data={"fields": {"reason": message}})
    approval.withdrawn_at, approval.withdrawn_by_name = at, by.name[:100]
    approval.reason = reason.strip()
    approval.save(update_fields=["withdrawn_at", "withdrawn_by_name", "reason"])
    audit.record(
        "collections.region.unapproved",
        by=by,
        at=at,
        subject=approval,
        path=path,
        data={"edition": str(edition.uuid), "reason": approval.reason},
    )
    return approval


@transaction.atomic
def lock(*, edition: Edition, by: Viewer, at: datetime.datetime) -> Edition:
    """Lock an edition: its values change from now on only by a correction with a reason.

    Raises:
        NotComplete: returns wait for a review, or the region at the top has not approved.
        WrongState: it is locked already or not open yet.
        NotPermitted: only the leader of the bureau that asks locks.
    """
    edition = edition.locked()
    permissions.can_lock(by, edition).enforce()
    state = EDITION.check(edition.state, "lock")
    waiting = Filing.objects.filter(edition=edition, state__in=WAITING)
    if waiting.exists():
        raise NotComplete(_("Some returns still wait for a review."))
    if edition.definition.roll_up and _standing(edition, edition.scope.path) is None:
        raise NotComplete(
            _("Approve the returns of %(region)s as a whole first.")
            % {"region": edition.region.name}
        )
    FILING.check(FilingState.APPROVED, "lock")
    count = Filing.objects.filter(edition=edition, state=FilingState.APPROVED).update(
        state=FilingState.LOCKED,
        row_version=F("row_version") + 1,
        saved_by_name=by.name[:100],
        saved_at=at,
    )
    edition.state, edition.locked_at, edition.locked_by_name = state, at, by.name[:100]
    edition.save(update_fields=["state", "locked_at", "locked_by_name"])
    audit.record(
        "collections.edition.locked",
        by=by,
        at=at,
        subject=edition,
        path=edition.scope.path,
        data={"filings": count, "sha256": _digest(edition, edition.scope.path)},
    )
    return edition


@transaction.atomic
def excuse(
    *, filing: Filing, reason: str, by: Viewer, at: datetime.datetime, seen: int | None = None
) -> Filing:
    """Say that a filer need not file this time, with the reason; what it wrote stays.

    Args:
        filing: from `queries.filing_of`; it need not be stored yet.

    Raises:
        Invalid: no reason.
        WrongState: it has filed already, or the edition is locked.
        NotPermitted: `by` does not manage collections in the filer's region.
    """
    row = open_row(filing, seen=seen)
    permissions.can_manage_filing(by, row).enforce()
    state = FILING.check(row.state, "excuse")
    _check_unlocked(row.edition)
    if not reason.strip():
        message = _("Say why this filer need not file.")
        raise Invalid(message, data={"fields": {"reason": message}})
    row.state, row.excuse = state, reason.strip()
    touch(row, by=by, at=at)
    row.save()
    record("excused", row, by=by, at=at, data={"reason": row.excuse})
    return row


@transaction.atomic
def expect(*, filing: Filing, by: Viewer, at: datetime.datetime, seen: int | None = None) -> Filing:
    """Expect a filer again that was excused.

    Raises:
        WrongState: it was not excused, or the edition is locked.
        NotPermitted: `by` does not manage collections in the filer's region.
    """
    row = open_row(filing, seen=seen)
    permissions.can_manage_filing(by, row).enforce()
    state = FILING.check(row.state, "expect")
    _check_unlocked(row.edition)
    row.state, row.excuse = state, ""
    touch(row, by=by, at=at)
    row.save()
    record("expected", row, by=by, at=at, data={})
    return row


def _check_unlocked(edition: Edition) -> None:
    if edition.state == EditionState.LOCKED:
        raise WrongState(
            _("This edition is locked: values change only by a correction with a reason.")
        )
