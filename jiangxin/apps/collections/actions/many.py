"""Many returns take their step at once: decided row by row, stored in batches."""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions
from jiangxin.apps.collections.actions import hooks
from jiangxin.apps.collections.actions.inserts import insert_rows
from jiangxin.apps.collections.models import (
    Edition,
    Filing,
    FilingRevision,
    PlacedStep,
    Review,
    placed_steps,
)
from jiangxin.apps.collections.workflow import WAITING, EditionState, FilingState, Verdict
from jiangxin.core import audit
from jiangxin.core.errors import WrongState
from jiangxin.core.permissions import Decision, Viewer

# audit rows of many at once name this many returns each, with the hashes of their values
BATCH = 500
# how many of those left out are named
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an approval of many did, or would do.

    Args:
        done: how many took their step; `in_force` of them took the last.
        left_out: how many were not taken; `skipped` names some of them, each with the reason.
    """

    done: int
    in_force: int
    left_out: int
    skipped: tuple[tuple[Filing, str], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """What deciding on a return needs to know of it; a province has many."""

    pk: int
    uuid: UUID
    state: str
    step: int
    submitted_by_id: int | None
    organisation_id: int | None
    region_path: str
    path: str
    is_simulated: bool


_COLUMNS = (
    *("pk", "uuid", "state", "step", "submitted_by_id", "organisation_id", "region__path"),
    *("scope__path", "is_simulated"),
)


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

    Raises:
        WrongState: the edition is locked.
    """
    if edition.state == EditionState.LOCKED:
        raise WrongState(
            _("This edition is locked: values change only by a correction with a reason.")
        )
    waiting = Filing.objects.filter(edition=edition, state__in=WAITING).visible_to(by)
    if within:
        waiting = waiting.filter(scope__path__startswith=within)
    if uuids is not None:
        waiting = waiting.filter(uuid__in=list(uuids))
    if not dry_run:
        waiting = waiting.select_for_update(of=("self",))
    rows = [_Row(*values) for values in waiting.order_by("pk").values_list(*_COLUMNS)]
    steps = _Steps(edition, by)
    earlier = _earlier_reviewers(rows)
    taken: list[_Row] = []
    reasons: dict[int, str] = {}
    for row in rows:
        decision = steps.decision(row, earlier[row.pk])
        if not decision:
            reasons[row.pk] = decision.reason
        elif row.state == FilingState.AMENDED:
            reasons[row.pk] = _("Corrections of locked returns are looked at one by one.")
        else:
            taken.append(row)
    last = {row.pk for row in taken if row.step + 1 >= len(steps.of(row))}
    if not dry_run:
        for start in range(0, len(taken), BATCH):
            _take(edition, taken[start : start + BATCH], last, steps, by=by, at=at)
    named = (
        Filing.objects.filter(pk__in=list(reasons)[:SHOWN])
        .select_related("organisation", "region", "scope")
        .defer("values", "problems")
        .order_by("pk")
    )
    skipped = tuple((filing, reasons[filing.pk]) for filing in named)
    return Outcome(len(taken), len(last), len(reasons), skipped)


class _Steps:
    """The steps of each region, and whether the viewer may take them; each is asked once."""

    def __init__(self, edition: Edition, by: Viewer) -> None:
        self._definition = edition.definition
        self._top = edition.region.path
        self._by = by
        self._steps: dict[tuple[str, bool], tuple[PlacedStep, ...]] = {}
        self._decisions: dict[PlacedStep, Decision] = {}

    def of(self, row: _Row) -> tuple[PlacedStep, ...]:
        key = (row.region_path, row.organisation_id is None)
        if key not in self._steps:
            path, files_itself = key
            self._steps[key] = placed_steps(
                self._definition.review, path=path, top=self._top, files_itself=files_itself
            )
        return self._steps[key]

    def current(self, row: _Row) -> PlacedStep:
        steps = self.of(row)
        return steps[min(row.step, len(steps) - 1)]

    def decision(self, row: _Row, earlier: tuple[int | None, ...]) -> Decision:
        placed = self.current(row)
        if placed not in self._decisions:
            self._decisions[placed] = permissions.can_take_step(self._by, placed)
        return self._decisions[placed] and permissions.may_judge(
            self._by,
            submitted_by_id=row.submitted_by_id,
            path=row.path,
            filed_by=self._definition.filed_by,
            earlier=earlier,
        )


def _earlier_reviewers(rows: Sequence[_Row]) -> Mapping[int, tuple[int | None, ...]]:
    """List for each return who took a step of its newest submission."""
    found: dict[int, tuple[int | None, ...]] = defaultdict(tuple)
    climbed = [row.pk for row in rows if row.step > 0]
    for start in range(0, len(climbed), BATCH):
        given = Review.objects.filter(
            filing__in=climbed[start : start + BATCH],
            verdict=Verdict.PASSED,
            revision__at__gte=F("filing__submitted_at"),
        )
        for filing_id, by_id in given.values_list("filing_id", "by_id"):
            if by_id is not None:
                found[filing_id] += (by_id,)
    return found


def _take(
    edition: Edition,
    rows: Sequence[_Row],
    last: set[int],
    steps: _Steps,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    """Store the step of some returns, in a few statements."""
    revisions = {
        filing: (pk, sha256)
        for filing, pk, sha256 in FilingRevision.objects.filter(filing__in=[row.pk for row in rows])
        .order_by("number")
        .values_list("filing_id", "pk", "sha256")
    }
    insert_rows(
        Review,
        [
            {
                "uuid": uuid4(),
                "filing_id": row.pk,
                "revision_id": revisions[row.pk][0],
                "step": row.step,
                "level": steps.current(row).step.at,
                "verb": steps.current(row).step.verb,
                "is_simulated": row.is_simulated,
            }
            for row in rows
        ],
        shared={
            "verdict": Verdict.PASSED.value,
            "by_id": by.user_id,
            "by_name": by.name[:100],
            "at": at,
        },
    )
    shared = {"row_version": F("row_version") + 1, "saved_by_name": by.name[:100], "saved_at": at}
    newest = FilingRevision.objects.filter(filing=OuterRef("pk")).order_by("-number")
    done = Filing.objects.filter(pk__in=[row.pk for row in rows if row.pk in last])
    done.update(
        state=FilingState.APPROVED,
        step=0,
        approved_id=Subquery(newest.values("pk")[:1]),
        approved_at=at,
        **shared,
    )
    climbing = [row.pk for row in rows if row.pk not in last]
    Filing.objects.filter(pk__in=climbing).update(step=F("step") + 1, **shared)
    record_many(
        "reviewed",
        edition,
        {str(row.uuid): revisions[row.pk][1] for row in rows},
        by=by,
        at=at,
        data={"in_force": sum(row.pk in last for row in rows)},
    )
    _hand_on(edition, done, by=by, at=at)


def _hand_on(
    edition: Edition, done: QuerySet[Filing], *, by: Viewer, at: datetime.datetime
) -> None:
    """Give the values in force to the action that the collection names, if it names one."""
    versions = edition.collection.versions.all()
    if any(version.definition.on_approval for version in versions):
        hooks.run(
            list(done.select_related("organisation", "approved__version", "edition__collection")),
            by=by,
            at=at,
        )


def record_many(
    what: str,
    edition: Edition,
    named: Mapping[str, str],
    *,
    by: Viewer,
    at: datetime.datetime,
    data: Mapping[str, object],
) -> None:
    """Write one audit row for many returns: each is named with the hash of its values.

    A row per return would double the time of a roll-up; this leaves out none of them either.

    Args:
        named: identifier of each return and the hash of its values.
    """
    total = hashlib.sha256("".join(f"{k} {v}\n" for k, v in sorted(named.items())).encode())
    audit.record(
        f"collections.filings.{what}",
        by=by,
        at=at,
        subject=edition,
        path=edition.scope.path,
        data={**data, "count": len(named), "sha256": total.hexdigest(), "filings": dict(named)},
    )
