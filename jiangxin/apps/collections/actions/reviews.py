"""What reviewers do: take a step, return with reasons, decide on corrections."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions import hooks
from jiangxin.apps.collections.actions.posts import filing_url, tell
from jiangxin.apps.collections.actions.rows import newest_revision, open_row, record, touch
from jiangxin.apps.collections.models import (
    Edition,
    Filing,
    FilingRevision,
    RegionApproval,
    Review,
)
from jiangxin.apps.collections.workflow import (
    FILING,
    EditionState,
    FilingState,
    Verdict,
)
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer


@transaction.atomic
def review(
    *, filing: Filing, seen: int, by: Viewer, at: datetime.datetime, reason: str = ""
) -> Filing:
    """Take the step that a return waits for: approve, consent, or put on record.

    After the last step its values are in force, and the action that the collection names gets
    them. A correction of a locked return comes into force in the same way.

    Args:
        seen: `row_version` that the page showed.

    Raises:
        FilingChanged: somebody returned, approved or changed it meanwhile; names who.
        WrongState: it does not wait for a review.
        NotPermitted: the step is another's, or `by` filed it.
    """
    row = open_row(filing, seen=seen)
    amended = row.state == FilingState.AMENDED
    is_last = row.step + 1 >= len(row.steps)
    move = ("accept_amendment" if amended else "approve") if is_last else (
        "pass_amendment" if amended else "pass"
    )  # fmt: skip
    state = FILING.check(row.state, move)
    permissions.can_review(by, row).enforce()
    _check_edition(row.edition, amended=amended)
    revision = _newest(row)
    _keep_review(row, revision, Verdict.PASSED, reason, {}, by=by, at=at)
    row.state = state
    if is_last:
        row.approved, row.approved_at, row.step = revision, at, 0
    else:
        row.step += 1
    touch(row, by=by, at=at)
    row.save()
    record(
        "approved" if is_last else "passed",
        row,
        by=by,
        at=at,
        data={
            "revision": revision.number,
            "sha256": revision.sha256,
            "changed": sorted(revision.changes) if amended else [],
            "reason": reason.strip(),
        },
    )
    if is_last:
        hooks.run([row], by=by, at=at)
    return row


def _check_edition(edition: Edition, *, amended: bool) -> None:
    if edition.state == EditionState.LOCKED and not amended:
        raise WrongState(
            _("This edition is locked: values change only by a correction with a reason.")
        )


def _newest(row: Filing) -> FilingRevision:
    revision = newest_revision(row)
    if revision is None:
        raise WrongState(_("Nothing was submitted yet."))
    return revision


def _keep_review(
    row: Filing,
    revision: FilingRevision,
    verdict: str,
    reason: str,
    remarks: Mapping[str, str],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> Review:
    step = row.current_step.step
    return Review.objects.create(
        filing=row,
        revision=revision,
        step=row.step,
        level=step.at,
        verb=step.verb,
        verdict=verdict,
        reason=reason.strip(),
        remarks=dict(remarks),
        by_id=by.user_id,
        by_name=by.name[:100],
        at=at,
        is_simulated=row.is_simulated,
    )


@transaction.atomic
def return_filing(
    *,
    filing: Filing,
    reason: str,
    seen: int,
    by: Viewer,
    at: datetime.datetime,
    remarks: Mapping[str, str] | None = None,
) -> Filing:
    """Give a return back with the reason, and with remarks on single fields.

    An approved return can be given back as long as its region is not approved as a whole.

    Args:
        remarks: {field: what is to be corrected}.

    Raises:
        FilingChanged: somebody acted meanwhile; names who.
        Invalid: no reason, or a remark on a field that the form does not have.
        WrongState: it cannot be given back now.
        NotPermitted: the step is another's, or `by` filed it.
    """
    row = open_row(filing, seen=seen)
    state = FILING.check(row.state, "return")
    permissions.can_return(by, row).enforce()
    _check_edition(row.edition, amended=False)
    remarks = {code: text.strip() for code, text in (remarks or {}).items() if text.strip()}
    fields = {}
    if not reason.strip():
        fields["reason"] = _("Say what is to be corrected.")
    known = {field.code for field in row.version.definition.form.fields}
    for code in remarks.keys() - known:
        fields[code] = _("The form has no such field.")
    if fields:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": fields})
    if row.state == FilingState.APPROVED:
        _check_region_open(row)
    revision = _newest(row)
    _keep_review(row, revision, Verdict.RETURNED, reason, remarks, by=by, at=at)
    row.state, row.step, row.approved, row.approved_at = state, 0, None, None
    touch(row, by=by, at=at)
    row.save()
    record(
        "returned",
        row,
        by=by,
        at=at,
        data={"revision": revision.number, "reason": reason.strip(), "fields": sorted(remarks)},
    )
    tell(
        queries.filers(row.edition, on=at.date(), scopes=[row.scope_id]),
        "filing_returned",
        edition=row.edition,
        link=filing_url(row),
        by=by,
        at=at,
        reason=reason.strip()[:300],
    )
    return row


def _check_region_open(row: Filing) -> None:
    """Refuse to touch an approved return below a region that was approved as a whole."""
    above = [row.scope.path[: i + 1] for i, letter in enumerate(row.scope.path) if letter == "/"]
    approval = (
        RegionApproval.objects.filter(
            edition=row.edition, withdrawn_at__isnull=True, scope__path__in=above
        )
        .select_related("region")
        .first()
    )
    if approval is not None:
        raise WrongState(
            _("%(region)s has approved its returns as a whole; take that back first.")
            % {"region": approval.region.name}
        )


@transaction.atomic
def refuse_amendment(
    *, filing: Filing, reason: str, seen: int, by: Viewer, at: datetime.datetime
) -> Filing:
    """Refuse a correction of a locked return: the locked values stay in force.

    Raises:
        FilingChanged: somebody acted meanwhile; names who.
        Invalid: no reason.
        WrongState: no correction waits.
        NotPermitted: the step is another's, or `by` filed it.
    """
    row = open_row(filing, seen=seen)
    state = FILING.check(row.state, "refuse_amendment")
    permissions.can_review(by, row, earlier=()).enforce()
    if not reason.strip():
        message = _("Say why the correction is refused.")
        raise Invalid(message, data={"fields": {"reason": message}})
    assert row.approved is not None  # noqa: S101 -- a locked return has values in force
    revision = _newest(row)
    _keep_review(row, revision, Verdict.REFUSED, reason, {}, by=by, at=at)
    row.state, row.step = state, 0
    row.values, row.version = row.approved.values, row.approved.version
    touch(row, by=by, at=at)
    row.save()
    record(
        "amendment_refused",
        row,
        by=by,
        at=at,
        data={"revision": revision.number, "reason": reason.strip()},
    )
    tell(
        queries.filers(row.edition, on=at.date(), scopes=[row.scope_id]),
        "filing_returned",
        edition=row.edition,
        link=filing_url(row),
        by=by,
        at=at,
        reason=reason.strip()[:300],
    )
    return row
