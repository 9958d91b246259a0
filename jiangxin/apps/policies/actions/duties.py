"""Who answers for what: lists of duties by party and field."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import permissions, workflow
from jiangxin.apps.policies.models import Duty, DutyList, PolicyDocument
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid, WrongState
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope
    from jiangxin.apps.reference.models import Region


@transaction.atomic
def create_duty_list(
    *,
    scope: Scope,
    region: Region,
    title: str,
    parties: Sequence[str],
    fields: Sequence[str],
    by: Viewer,
    at: datetime.datetime,
    document: PolicyDocument | None = None,
    is_simulated: bool = False,
) -> DutyList:
    """Open an empty list of duties for parties and fields.

    Raises:
        Invalid: the title is missing, or a party or field is missing or named twice.
        NotPermitted: `by` does not manage tasks in the scope.
    """
    permissions.can_manage_tasks(by, scope.path).enforce()
    problems = {}
    if not title.strip():
        problems["title"] = _("Give the list a title.")
    for name, values in (("parties", parties), ("fields", fields)):
        if not values:
            problems[name] = _("Name at least one, each on a line of its own.")
        elif len(set(values)) < len(values):
            problems[name] = _("One of them is named twice.")
        elif any(len(value) > 100 for value in values):
            problems[name] = _("A name may have 100 characters at most.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    duties = DutyList.objects.create(
        scope=scope,
        region=region,
        title=title.strip()[:200],
        document=document,
        parties=list(parties),
        fields=list(fields),
        is_simulated=is_simulated,
    )
    audit.record(
        "policies.duties.created",
        by=by,
        at=at,
        subject=duties,
        path=scope.path,
        data={"title": duties.title, "parties": list(parties), "fields": list(fields)},
    )
    return duties


@transaction.atomic
def set_duties(
    *,
    duties: DutyList,
    version: int,
    cells: Mapping[tuple[str, str], str],
    by: Viewer,
    at: datetime.datetime,
) -> DutyList:
    """Write what each party answers for; an empty text takes a duty away.

    Args:
        cells: text by (party, field), for those that change.

    Raises:
        Conflict: somebody changed the list meanwhile; nothing was saved.
        WrongState: the list is published; withdraw it first.
    """
    duties = duties.locked()
    permissions.can_manage_tasks(by, duties.scope.path).enforce()
    if duties.state == workflow.SheetState.PUBLISHED:
        raise WrongState(_("The list is published. Withdraw it before it is changed."))
    if duties.version != version:
        raise Conflict(
            _(
                "Somebody changed this list meanwhile. Look at what it says now and change it again."
            ),
            data={"version": duties.version},
        )
    resolver = organisations.resolver_for(duties.region, viewer=by, on=at.date())
    changes = {}
    known = {(row.party, row.field): row for row in duties.duties.all()}
    for (party, field), text in cells.items():
        if party not in duties.parties or field not in duties.fields:
            raise Invalid(_("There is no such party or field in this list."))
        row = known.get((party, field))
        before, after = row.text if row else "", text.strip()
        if before == after:
            continue
        changes[f"{party} · {field}"] = [before, after]
        if not after and row:
            row.delete()
        elif row:
            row.text = after
            row.save(update_fields=["text"])
        else:
            Duty.objects.create(
                list=duties,
                party=party,
                field=field,
                text=after,
                organisation=resolver.find(party).exact,
                is_simulated=duties.is_simulated,
            )
    if changes:
        duties.version += 1
        duties.save(update_fields=["version"])
        audit.record(
            "policies.duties.changed",
            by=by,
            at=at,
            subject=duties,
            path=duties.scope.path,
            data=changes,
        )
    return duties


@transaction.atomic
def move_duty_list(*, duties: DutyList, move: str, by: Viewer, at: datetime.datetime) -> DutyList:
    """Show a list of duties to the public, or take it back."""
    duties = duties.locked()
    permissions.can_publish_duties(by, duties).enforce()
    if move not in workflow.SHEET.moves:
        raise Invalid(_("There is no such step."))
    duties.state = workflow.SHEET.check(duties.state, move)
    duties.published_at = at if move == "publish" else None
    duties.save(update_fields=["state", "published_at"])
    audit.record(
        "policies.duties.published" if move == "publish" else "policies.duties.withdrawn",
        by=by,
        at=at,
        subject=duties,
        path=duties.scope.path,
    )
    return duties
