"""What reviewers do: take a step, return with reasons, decide on corrections, many at once."""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
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
    WAITING,
    EditionState,
    FilingState,
    Verdict,
)
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

# audit rows of many at once name this many returns each, with the hashes of their values
BATCH = 500


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
    return Review.objects.create(
        **_review_values(row, revision.pk, verdict, reason, remarks, by, at)
    )


def _review_values(
    row: Filing,
    revision_id: int,
    verdict: str,
    reason: str,
    remarks: Mapping[str, str],
    by: Viewer,
    at: datetime.datetime,
) -> dict[str, Any]:
    step = row.current_step.step
    return {
        "filing": row,
        "revision_id": revision_id,
        "step": row.step,
        "level": step.at,
        "verb": step.verb,
        "verdict": verdict,
        "reason": reason.strip(),
        "remarks": dict(remarks),
        "by_id": by.user_id,
        "by_name": by.name[:100],
        "at": at,
        "is_simulated": row.is_simulated,
    }


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an approval of many did, or would do.

    Args:
        done: how many took their step; `in_force` of them took the last.
        skipped: returns that were left out, each with the reason.
    """

    done: int
    in_force: int
    skipped: tuple[tuple[Filing, str], ...]


@transaction.atomic
def review_many(
    *,
    edition: Edition,
    by: Viewer,
    at: datetime.datetime,
    uuids: Iterable[Any] | None = None,
    within: str = "",
    dry_run: bool = False,
) -> Outcome:
    """Take the step of many returns at once; those that cannot be taken are named with the reason.

    Args:
        uuids: of the returns; None is all that wait within the scope path.
        dry_run: change nothing, only say what would happen.
    """
    _check_edition(edition, amended=False)
    waiting = Filing.objects.filter(edition=edition, state__in=WAITING).visible_to(by)
    if within:
        waiting = waiting.filter(scope__path__startswith=within)
    if uuids is not None:
        waiting = waiting.filter(uuid__in=list(uuids))
    if not dry_run:
        waiting = waiting.select_for_update(of=("self",))
    rows = list(
        waiting.select_related("organisation", "region", "scope", "version")
        .defer("values", "problems")
        .order_by("pk")
    )
    for row in rows:
        row.edition = edition  # one object, whose definition is read once
    earlier = _earlier_reviewers(rows)
    taken: list[Filing] = []
    skipped = []
    for row in rows:
        decision = permissions.can_review(by, row, earlier=earlier[row.pk])
        if decision and row.state == FilingState.AMENDED:
            skipped.append((row, _("Corrections of locked returns are looked at one by one.")))
        elif decision:
            taken.append(row)
        else:
            skipped.append((row, decision.reason))
    last = [row for row in taken if row.step + 1 >= len(row.steps)]
    if not dry_run and taken:
        _take(edition, taken, last, by=by, at=at)
    return Outcome(len(taken), len(last), tuple(skipped))


def _earlier_reviewers(rows: Sequence[Filing]) -> Mapping[int, tuple[int | None, ...]]:
    """List for each return who took a step of its newest submission; one query."""
    found: dict[int, tuple[int | None, ...]] = defaultdict(tuple)
    climbed = {row.pk: row for row in rows if row.step > 0}
    for start in range(0, len(climbed), BATCH):
        some = list(climbed)[start : start + BATCH]
        given = Review.objects.filter(
            filing__in=some,
            verdict=Verdict.PASSED,
            revision__at__gte=F("filing__submitted_at"),
        )
        for filing_id, by_id in given.values_list("filing_id", "by_id"):
            if by_id is not None:
                found[filing_id] += (by_id,)
    return found


def _take(
    edition: Edition,
    taken: Sequence[Filing],
    last: Sequence[Filing],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    finished = {row.pk for row in last}
    for start in range(0, len(taken), BATCH):
        rows = taken[start : start + BATCH]
        revisions = {
            revision.filing_id: revision
            for revision in FilingRevision.objects.filter(filing__in=rows)
            .order_by("number")
            .select_related("version")
            .defer(*(() if edition.definition.on_approval else ("values",)))
        }
        Review.objects.bulk_create(
            [
                Review(**_review_values(row, revisions[row.pk].pk, Verdict.PASSED, "", {}, by, at))
                for row in rows
            ]
        )
        _step_on(rows, finished, revisions, by=by, at=at)
        record_many(
            "reviewed",
            edition,
            [(row, revisions[row.pk].sha256) for row in rows],
            by=by,
            at=at,
            data={"in_force": sum(row.pk in finished for row in rows)},
        )
        hooks.run([row for row in rows if row.pk in finished], by=by, at=at)


def _step_on(
    rows: Sequence[Filing],
    finished: set[int],
    revisions: Mapping[int, FilingRevision],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    """Store the step of many returns in two statements, and in the rows at hand."""
    shared = {
        "row_version": F("row_version") + 1,
        "saved_by_name": by.name[:100],
        "saved_at": at,
    }
    newest = FilingRevision.objects.filter(filing=OuterRef("pk")).order_by("-number")
    done = [row.pk for row in rows if row.pk in finished]
    Filing.objects.filter(pk__in=done).update(
        state=FilingState.APPROVED,
        step=0,
        approved_id=Subquery(newest.values("pk")[:1]),
        approved_at=at,
        **shared,
    )
    climbing = [row.pk for row in rows if row.pk not in finished]
    Filing.objects.filter(pk__in=climbing).update(step=F("step") + 1, **shared)
    for row in rows:
        if row.pk in finished:
            row.approved = revisions[row.pk]


def record_many(
    what: str,
    edition: Edition,
    rows: Sequence[tuple[Filing, str]],
    *,
    by: Viewer,
    at: datetime.datetime,
    data: Mapping[str, object],
) -> None:
    """Write one audit row for many returns: each is named with the hash of its values.

    A row per return would double the time of a roll-up; this leaves out none of them either.
    """
    named = {str(row.uuid): sha256 for row, sha256 in rows}
    total = hashlib.sha256("".join(f"{k} {v}\n" for k, v in sorted(named.items())).encode())
    audit.record(
        f"collections.filings.{what}",
        by=by,
        at=at,
        subject=edition,
        path=edition.scope.path,
        data={**data, "count": len(rows), "sha256": total.hexdigest(), "filings": named},
    )
