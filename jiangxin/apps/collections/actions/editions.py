"""Editions come by themselves, open, close; bureaus call, extend and open them again."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from jiangxin.apps.accounts.queries import scope_of_region
from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.catalogue import _check_reach
from jiangxin.apps.collections.actions.posts import tell_filers
from jiangxin.apps.collections.actions.rows import open_row
from jiangxin.apps.collections.models import Collection, Edition, Extension, Filing, Running
from jiangxin.apps.collections.workflow import EDITION, EditionState
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

# how far ahead the calendar shows what is to come
AHEAD = datetime.timedelta(days=366)


@transaction.atomic
def open_editions(*, by: Viewer, at: datetime.datetime) -> dict[str, int]:
    """Plan the editions of the coming year, open those whose day has come, close those over.

    Safe to run at any time; what a day without a run left out is made up for by the next.
    """
    today = at.date()
    planned = _plan(by=by, at=at)
    opened = list(_full(Edition.objects.filter(state=EditionState.PLANNED, opens_on__lte=today)))
    for edition in opened:
        assert edition.collection.current is not None  # noqa: S101 -- saved with its version
        edition.version = edition.collection.current
        _set(edition, "open", by=by, at=at)
        edition.peers = queries.peers_of(edition)
        edition.save(update_fields=["version", "peers"])
        if today <= edition.due_on:
            tell_filers(edition, "collection_opened", by=by, at=at)
    over = list(_full(Edition.objects.filter(state=EditionState.OPEN, late_until__lt=today)))
    for edition in over:
        _set(edition, "close", by=by, at=at)
    return {"planned": planned, "opened": len(opened), "closed": len(over)}


def _full(rows: Any) -> Iterable[Edition]:
    found: Iterable[Edition] = rows.select_related(
        "collection__current", "version", "scope", "region"
    )
    return found


def _plan(*, by: Viewer, at: datetime.datetime) -> int:
    today = at.date()
    runnings = list(
        Running.objects.on(today).select_related("collection__current", "scope", "region")
    )
    known = set(
        Edition.objects.filter(scope__in={running.scope_id for running in runnings}).values_list(
            "collection", "scope", "period"
        )
    )
    new = []
    for running in runnings:
        for found in queries.occurrences(
            running.collection.definition.recurrence,
            region_code=running.region.code,
            first=running.starts_on or today,
            last=today + AHEAD,
        ):
            if (running.collection_id, running.scope_id, found.period) in known:
                continue
            new.append(
                Edition(
                    collection=running.collection,
                    version=running.collection.current,
                    scope=running.scope,
                    region=running.region,
                    period=found.period,
                    year=found.year,
                    opens_on=found.opens_on,
                    due_on=found.due_on,
                    late_until=found.late_until,
                    is_simulated=running.is_simulated,
                )
            )
    # two workers may plan at once: the constraint lets one through
    Edition.objects.bulk_create(new, ignore_conflicts=True)
    if new:
        audit.record(
            "collections.editions.planned",
            by=by,
            at=at,
            subject=None,
            path="",
            data={"editions": sorted(str(edition.uuid) for edition in new)},
        )
    return len(new)


def _set(edition: Edition, move: str, *, by: Viewer, at: datetime.datetime) -> None:
    edition.state = EDITION.check(edition.state, move)
    edition.save(update_fields=["state"])
    audit.record(
        f"collections.edition.{edition.state}",
        by=by,
        at=at,
        subject=edition,
        path=edition.scope.path,
        data={"collection": edition.collection.code, "period": edition.period},
    )


@transaction.atomic
def call_edition(
    *,
    collection: Collection,
    region: Any,
    title: str,
    due_on: datetime.date,
    by: Viewer,
    at: datetime.datetime,
    opens_on: datetime.date | None = None,
    is_simulated: bool = False,
) -> Edition:
    """Ask now, once, beside the rhythm or without one.

    Raises:
        Invalid: the title is missing or the deadline lies before the opening; names the field.
        NotPermitted: `by` does not manage collections there.
    """
    permissions.can_manage_collections(by, region.path).enforce()
    _check_reach(collection.definition, region)
    opens_on = opens_on or at.date()
    fields = {}
    if not title.strip():
        fields["title"] = _("Say what this call is named.")
    if due_on < opens_on:
        fields["due_on"] = _("The deadline must not lie before the opening.")
    if fields:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": fields})
    scope = scope_of_region(region)
    made = Edition.objects.filter(collection=collection, scope=scope, title__gt="").count()
    recurrence = collection.definition.recurrence
    assert collection.current is not None  # noqa: S101 -- saved together with its first version
    edition = Edition.objects.create(
        collection=collection,
        version=collection.current,
        scope=scope,
        region=region,
        period=f"call-{made + 1}",
        title=title.strip()[:200],
        year=opens_on.year + recurrence.year_offset,
        opens_on=opens_on,
        due_on=due_on,
        late_until=due_on + datetime.timedelta(days=recurrence.late_days),
        is_simulated=is_simulated,
    )
    audit.record(
        "collections.edition.called",
        by=by,
        at=at,
        subject=edition,
        path=scope.path,
        data={"collection": collection.code, "title": edition.title, "due_on": due_on},
    )
    if opens_on <= at.date():
        _set(edition, "open", by=by, at=at)
        edition.peers = queries.peers_of(edition)
        edition.save(update_fields=["peers"])
        tell_filers(edition, "collection_opened", by=by, at=at)
    return edition


@transaction.atomic
def extend_deadline(
    *,
    edition: Edition,
    due_on: datetime.date,
    reason: str,
    by: Viewer,
    at: datetime.datetime,
    filing: Filing | None = None,
) -> Extension:
    """Move the deadline to a later day, for all or for one filer, with the reason.

    Who had handed in late by the old day stays late by the new one only if still after it.

    Raises:
        Invalid: no reason, or the day is not later; names the field.
        WrongState: the edition is locked.
        NotPermitted: `by` manages neither the edition nor, for one, the filer's region.
    """
    edition = edition.locked()
    if filing is None:
        permissions.can_manage_edition(by, edition).enforce()
    else:
        permissions.can_manage_filing(by, filing).enforce()
    _check_unlocked(edition)
    was = edition.due_on if filing is None else filing.deadline
    fields = {}
    if not reason.strip():
        fields["reason"] = _("Say why the deadline is moved.")
    if due_on <= was:
        fields["due_on"] = _("The new deadline must lie after %(day)s.") % {"day": was.isoformat()}
    if fields:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": fields})
    if filing is None:
        moved = due_on - edition.due_on
        edition.due_on, edition.late_until = due_on, max(edition.late_until + moved, due_on)
        if edition.state == EditionState.CLOSED and at.date() <= edition.late_until:
            edition.state = EDITION.check(edition.state, "reopen")
        edition.save(update_fields=["due_on", "late_until", "state"])
        _judge_lateness(edition)
        scope = edition.scope
    else:
        filing = open_row(filing, seen=None)
        filing.due_on = due_on
        filing.is_late = _is_late(filing)
        filing.row_version += 1
        filing.save(update_fields=["due_on", "is_late", "row_version"])
        scope = filing.scope
    extension = Extension.objects.create(
        edition=edition,
        scope=scope,
        is_for_all=filing is None,
        was_due_on=was,
        due_on=due_on,
        reason=reason.strip(),
        by_name=by.name[:100],
        at=at,
        is_simulated=edition.is_simulated,
    )
    audit.record(
        "collections.deadline.extended",
        by=by,
        at=at,
        subject=filing or edition,
        path=scope.path,
        data={"due_on": [was, due_on], "reason": extension.reason},
    )
    tell_filers(
        edition,
        "collection_extended",
        by=by,
        at=at,
        scopes=None if filing is None else [filing.scope_id],
        due_on=due_on,
        reason=extension.reason,
    )
    return extension


def _is_late(filing: Filing) -> bool:
    first = filing.first_submitted_at
    return first is not None and queries.local_day(first) > filing.deadline


def _judge_lateness(edition: Edition) -> None:
    """Clear the mark of those who are in time by the new deadline."""
    Filing.objects.filter(
        edition=edition,
        is_late=True,
        first_submitted_at__lt=queries.midnight(edition.due_on + datetime.timedelta(days=1)),
    ).update(is_late=False, row_version=F("row_version") + 1)


@transaction.atomic
def reopen_edition(
    *, edition: Edition, late_until: datetime.date, reason: str, by: Viewer, at: datetime.datetime
) -> Edition:
    """Take returns again after the edition closed; they stay late.

    Raises:
        Invalid: no reason, or the day lies in the past; names the field.
        WrongState: the edition is not closed.
        NotPermitted: `by` does not manage collections there.
    """
    edition = edition.locked()
    permissions.can_manage_edition(by, edition).enforce()
    state = EDITION.check(edition.state, "reopen")
    fields = {}
    if not reason.strip():
        fields["reason"] = _("Say why it is opened again.")
    if late_until < at.date():
        fields["late_until"] = _("This day is over.")
    if fields:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": fields})
    was, edition.late_until, edition.state = edition.late_until, late_until, state
    edition.save(update_fields=["late_until", "state"])
    audit.record(
        "collections.edition.reopened",
        by=by,
        at=at,
        subject=edition,
        path=edition.scope.path,
        data={"late_until": [was, late_until], "reason": reason.strip()},
    )
    return edition


def _check_unlocked(edition: Edition) -> None:
    if edition.state == EditionState.LOCKED:
        raise WrongState(
            _("This edition is locked: values change only by a correction with a reason.")
        )


@transaction.atomic
def refresh_peers(*, by: Viewer, at: datetime.datetime) -> int:
    """Compute anew what is usual in each edition that is open; returns how many."""
    count = 0
    for edition in _full(Edition.objects.filter(state=EditionState.OPEN)):
        edition.peers = queries.peers_of(edition)
        edition.save(update_fields=["peers"])
        count += 1
    return count
