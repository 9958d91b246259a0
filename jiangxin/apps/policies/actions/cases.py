"""Good-practice cases: told by those who made them, reviewed, published."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.notices import actions as notices
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.actions.files import store_file
from jiangxin.apps.policies.models import Case
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid, WrongState
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope

CASE_FIELDS = ("title", "field", "summary", "text", "document", "target")
_EVENTS = {
    "submit": "policies.case.submitted",
    "recommend": "policies.case.recommended",
    "return": "policies.case.returned",
    "publish": "policies.case.published",
    "withdraw": "policies.case.withdrawn",
}


@transaction.atomic
def tell_case(
    *,
    scope: Scope,
    values: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    files: Sequence[tuple[str, bytes]] = (),
    is_simulated: bool = False,
) -> Case:
    """Begin a case as a draft; nobody outside the scope sees it before it is submitted.

    Raises:
        Invalid: words are missing; names the fields.
        NotPermitted: `by` does not tell cases for this scope.
    """
    organisation = organisations.organisations_of_scopes([scope.pk]).get(scope.pk)
    case = Case(
        scope=scope,
        region=scope.region,
        organisation=organisation,
        told_by_id=by.user_id,
        told_by_name=by.name[:100],
        told_at=at,
        is_simulated=is_simulated,
    )
    permissions.can_submit_case(by, case).enforce()
    _fill(case, values, files)
    case.save()
    _add_files(case, files, by=by, at=at)
    audit.record(
        "policies.case.told",
        by=by,
        at=at,
        subject=case,
        path=scope.path,
        data={"title": case.title},
    )
    return case


@transaction.atomic
def change_case(
    *,
    case: Case,
    version: int,
    values: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    files: Sequence[tuple[str, bytes]] = (),
) -> Case:
    """Change a draft or a returned case.

    Raises:
        Conflict: somebody changed it meanwhile; nothing was saved.
        WrongState: it is under review or published.
    """
    case = case.locked()
    permissions.can_submit_case(by, case).enforce()
    if case.state not in (workflow.CaseState.DRAFT, workflow.CaseState.RETURNED):
        raise WrongState(_("A case is changed as a draft or after it was returned, not now."))
    if case.version != version:
        raise Conflict(
            _(
                "Somebody changed this case meanwhile. Look at what it says now and change it again."
            ),
            data={"version": case.version},
        )
    _fill(case, values, files)
    case.version += 1
    case.save()
    _add_files(case, files, by=by, at=at)
    audit.record(
        "policies.case.changed",
        by=by,
        at=at,
        subject=case,
        path=case.scope.path,
        data={"fields": sorted(values), "files": len(files)},
    )
    return case


def _fill(case: Case, values: Mapping[str, Any], files: Sequence[tuple[str, bytes]]) -> None:
    for name in CASE_FIELDS:
        if name in values:
            value = values[name]
            setattr(case, name, value.strip() if isinstance(value, str) else value)
    problems = {
        name: _("This is needed.")
        for name in ("title", "summary", "text")
        if not getattr(case, name)
    }
    for name, limit in (("title", 200), ("field", 100), ("summary", 500)):
        if len(getattr(case, name)) > limit:
            problems[name] = _("At most %(n)s characters.") % {"n": limit}
    if any(len(data) > settings.UPLOAD_LIMIT for _name, data in files):
        problems["attachments"] = _("A file is too large. Send a smaller one.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})


def _add_files(
    case: Case, files: Sequence[tuple[str, bytes]], *, by: Viewer, at: datetime.datetime
) -> None:
    for name, data in files:
        case.files.add(store_file(data=data, filename=name, scope=case.scope, by=by, at=at))


@transaction.atomic
def move_case(
    *,
    case: Case,
    move: str,
    by: Viewer,
    at: datetime.datetime,
    reason: str = "",
    is_replicable: bool | None = None,
) -> Case:
    """Submit, recommend, return, publish or withdraw a case; the next person is told.

    Args:
        reason: the review in words; needed when it is returned, and read by its author.
        is_replicable: whether the reviewers say that others can repeat it.

    Raises:
        WrongState: the move is not possible from the case's state.
        Invalid: a return without a reason, or no such move.
    """
    case = case.locked()
    if move not in workflow.CASE.moves:
        raise Invalid(_("There is no such step."))
    owner = workflow.CASE.moves[move].owner
    may = {
        "author": permissions.can_submit_case,
        "reviewer": permissions.can_review_case,
        "leader": permissions.can_publish_case,
    }[owner]
    may(by, case).enforce()
    before = case.state
    case.state = workflow.CASE.check(before, move)
    reason = reason.strip()[:500]
    if move == "return" and not reason:
        message = _("Give the reason; the author reads it.")
        raise Invalid(message, data={"fields": {"reason": message}})
    if owner == "reviewer":
        case.review_note, case.reviewed_by_name, case.reviewed_at = reason, by.name[:100], at
        if is_replicable is not None:
            case.is_replicable = is_replicable
    if owner == "leader":
        case.published_at = at if move == "publish" else None
    case.version += 1
    case.save()
    audit.record(
        _EVENTS[move],
        by=by,
        at=at,
        subject=case,
        path=case.scope.path,
        data={"state": [before, case.state], "reason": reason},
    )
    _tell(case, move, reason, by=by, at=at)
    return case


def _tell(case: Case, move: str, reason: str, *, by: Viewer, at: datetime.datetime) -> None:
    """Tell whose turn it is."""
    telephone = queries.Telephone(on=at.date())
    persons: tuple[Any, ...] = ()
    if move == "submit":
        template = "case_submitted"
        persons = tuple(accounts.holders(duty="cases.review", path=case.scope.path, on=at.date()))
    elif move == "recommend":
        template = "case_recommended"
        persons = telephone.nearest("cases.publish", case.scope.path)
    elif move in ("return", "publish"):
        template = "case_returned" if move == "return" else "case_published"
        persons = (case.told_by,) if case.told_by else ()
    else:
        return
    notices.send_after_commit(
        template,
        to=[person for person in persons if person.pk != by.user_id],
        context={"case": case.title[:60], "by": by.name, "reason": reason},
        by=by,
        at=at,
        link=reverse("policies:case", args=[case.uuid]),
        path=case.scope.path,
        is_simulated=case.is_simulated,
    )
