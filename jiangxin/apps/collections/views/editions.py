"""Pages of editions: who filed, who did not, and what the bureau does about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.collections import actions, permissions, queries
from jiangxin.apps.collections.forms import DeadlineForm, FilerFilter, ReasonForm, ReopenForm
from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.views.collections import bar_of
from jiangxin.apps.collections.views.places import (
    READERS,
    REVIEWERS,
    address,
    bureau_region,
    edition_look,
    filing_look,
)
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing
from jiangxin.ui.maps import Place, region_map


@audience(*READERS)
@require_safe
def edition(request: Any, uuid: UUID) -> HttpResponse:
    """Show how far an edition is; who only files goes straight to the own return."""
    found = queries.get_edition(uuid, viewer=request.viewer)
    if bureau_region(request, found.region.path) is None:
        own = queries.own_filings(request.viewer, [found], on=request.at.date())
        if len(own) == 1:
            return redirect(address(request, "filing", found.uuid, own[0].scope.uuid))
        looks = [(row, filing_look(row.state)) for row in own]
        context = {"edition": found, "own": looks, "look": edition_look(found)}
        return page(request, "collections/own.html", context)
    return edition_page(request, found)


def edition_page(request: Any, found: Any, **forms: Any) -> HttpResponse:
    """Answer with an edition; forms that were refused come back with their errors."""
    viewer, on = request.viewer, request.at.date()
    region = bureau_region(request, found.region.path)
    if region is None:
        raise NotFound
    total, below = queries.regions_progress(found, region=region, on=on)
    may_manage = permissions.can_manage_edition(viewer, found)
    rolls_up = found.definition.roll_up and found.state != "locked"
    context = {
        "edition": found,
        "definition": found.definition,
        "look": edition_look(found),
        "region": region,
        "is_top": region.path == found.region.path,
        "total": total,
        "bar": bar_of(total),
        "below": [
            {
                "row": row,
                "bar": bar_of(row.progress),
                "url": address(request, "edition", found.uuid, region=row.region.code),
            }
            for row in below
        ],
        "days": found.days_left(on),
        "is_overdue": found.due_on < on and found.state != "locked",
        "is_live": found.state == "open",
        "now": request.at,
        "own": queries.own_filings(viewer, [found], on=on),
    }
    if request.htmx and request.htmx.target == "progress":
        return page(request, "collections/edition.html", context, partial="progress")
    listing = _listing(request, found, region)
    waiting = (
        actions.review_many(
            edition=found, by=viewer, at=request.at, within=region.path, dry_run=True
        ).done
        if found.state != "locked" and total.waiting and viewer.roles & set(REVIEWERS)
        else 0
    )
    context |= {
        "listing": listing,
        "map": _map(request, found, region, below),
        "waiting": waiting,
        "may_manage": may_manage,
        "may_import": permissions.can_import(viewer, found, region.path),
        "approval": lists.standing_approval(found, region.path),
        "may_approve": permissions.can_approve_region(viewer, region.path),
        "may_lock": permissions.can_lock(viewer, found),
        "unsettled": _unsettled(found, region, total, on=on),
        "open_regions": lists.open_regions(found, path=region.path, on=on) if rolls_up else [],
        "approvals": [
            (row, permissions.can_approve_region(viewer, row.scope.path))
            for row in lists.approvals_of(found, viewer=viewer)
        ],
        "extensions": lists.extensions_of(found, viewer=viewer, within=region.path),
        "extend_form": forms.get("extend") or DeadlineForm(),
        "reopen_form": forms.get("reopen") or ReopenForm(),
        "unapprove_form": forms.get("unapprove") or ReasonForm(),
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return listing.response() or page(request, "collections/edition.html", context, status=status)


def _unsettled(found: Any, region: Any, total: Any, *, on: Any) -> list[str]:
    if not found.definition.roll_up or total.is_settled or found.state == "locked":
        return []
    return queries.unsettled(found, path=region.path, on=on)


def _map(request: Any, found: Any, region: Any, below: Any) -> Any:
    if len(below) < 2:
        return None
    return region_map(
        region.code,
        [
            Place(
                row.region.code,
                row.region.name,
                row.progress.filed_rate,
                address(request, "edition", found.uuid, region=row.region.code),
                is_simulated=found.is_simulated,
            )
            for row in below
        ],
        title=_("Share handed in"),
        unit="share",
    )


def _listing(request: Any, found: Any, region: Any) -> Listing:
    on = request.at.date()
    request.edition = found

    def overdue(row: Any) -> bool:
        return max(found.due_on, row.filing_due_on or found.due_on) < on

    def place(row: Any) -> str:
        return address(request, "filing", found.uuid, row.scope_uuid)

    is_regions = bool(found.definition.audience.regions)
    columns = [
        Column("name", gettext_lazy("Filer"), sort=None if is_regions else "pinyin", link=place),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: filing_look(row.state, overdue=overdue(row))[0],
            sort="state",
            kind="status",
            label_of=lambda row: filing_look(row.state)[1],
        ),
        Column(
            "late",
            gettext_lazy("Timeliness"),
            lambda row: _timeliness(row, overdue=overdue(row)),
        ),
        Column(
            "submitted",
            gettext_lazy("First submitted"),
            "filing_first_submitted_at",
            sort="filing_first_submitted_at",
            kind="datetime",
        ),
        Column(
            "saved",
            gettext_lazy("Last change"),
            lambda row: row.filing_saved_by_name or "",
        ),
    ]
    if not is_regions:
        columns.insert(1, Column("region", gettext_lazy("Region"), "region.name", "region__code"))
    rows = lists.filer_rows(found, viewer=request.viewer, within=region.path, on=on)
    return Listing(
        request,
        rows,
        columns,
        search=("name", "code"),
        filterset=FilerFilter,
        name="filers",
        empty=gettext_lazy("Nobody in this region has to file."),
    )


def _timeliness(row: Any, *, overdue: bool) -> str:
    if row.state == "excused":
        return ""
    if row.filing_is_late:
        return _("late")
    if row.filing_first_submitted_at:
        return _("on time")
    return _("overdue") if overdue else ""


@audience(*REVIEWERS)
def approve_many(request: Any, uuid: UUID) -> HttpResponse:
    """Say what taking the step of all waiting returns would do, then do it."""
    found = queries.get_edition(uuid, viewer=request.viewer)
    region = bureau_region(request, found.region.path)
    if region is None:
        raise NotFound
    chosen = request.POST.getlist("chosen") or None
    is_confirmed = request.method == "POST" and "confirm" in request.POST
    outcome = actions.review_many(
        edition=found,
        by=request.viewer,
        at=request.at,
        uuids=_uuids(chosen),
        within=region.path,
        dry_run=not is_confirmed,
    )
    if is_confirmed:
        messages.success(
            request,
            ngettext(
                "%(n)s return took its step; %(force)s of them are approved now.",
                "%(n)s returns took their step; %(force)s of them are approved now.",
                outcome.done,
            )
            % {"n": outcome.done, "force": outcome.in_force},
        )
        return redirect(address(request, "edition", found.uuid))
    context = {"edition": found, "region": region, "outcome": outcome, "chosen": chosen or ()}
    return page(request, "collections/approve.html", context)


def _uuids(texts: list[str] | None) -> list[UUID] | None:
    if texts is None:
        return None
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@audience(*REVIEWERS, "operator")
@require_POST
def edition_move(request: Any, uuid: UUID) -> HttpResponse:
    """Remind, extend, open again, approve the region as a whole, or lock."""
    found = queries.get_edition(uuid, viewer=request.viewer)
    name = request.POST.get("move", "")
    act = _MOVES.get(name)
    if act is None:
        raise Invalid(_("There is no such act."))
    return act(request, found)


def _remind(request: Any, found: Any) -> HttpResponse:
    told = actions.remind_now(edition=found, by=request.viewer, at=request.at)
    messages.success(
        request,
        ngettext("%(n)s person is reminded.", "%(n)s persons are reminded.", told) % {"n": told},
    )
    return redirect(address(request, "edition", found.uuid))


def _extend(request: Any, found: Any) -> HttpResponse:
    form = DeadlineForm(request.POST)
    if form.is_valid():
        try:
            actions.extend_deadline(
                edition=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The deadline is moved; who files is told."))
            return redirect(address(request, "edition", found.uuid))
    return edition_page(request, found, extend=form)


def _reopen(request: Any, found: Any) -> HttpResponse:
    form = ReopenForm(request.POST)
    if form.is_valid():
        try:
            actions.reopen_edition(
                edition=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Returns are taken again until the day you named."))
            return redirect(address(request, "edition", found.uuid))
    return edition_page(request, found, reopen=form)


def _approve_region(request: Any, found: Any) -> HttpResponse:
    region = bureau_region(request, found.region.path)
    if region is None:
        raise NotFound
    actions.approve_region(edition=found, region=region, by=request.viewer, at=request.at)
    messages.success(
        request, _("The returns of %(region)s are approved as a whole.") % {"region": region.name}
    )
    return redirect(address(request, "edition", found.uuid))


def _lock(request: Any, found: Any) -> HttpResponse:
    actions.lock(edition=found, by=request.viewer, at=request.at)
    messages.success(
        request, _("The edition is locked; values change only by a correction with a reason.")
    )
    return redirect(address(request, "edition", found.uuid))


_MOVES: Mapping[str, Callable[[Any, Any], HttpResponse]] = {
    "remind": _remind,
    "extend": _extend,
    "reopen": _reopen,
    "approve_region": _approve_region,
    "lock": _lock,
}


@audience(*REVIEWERS)
@require_POST
def unapprove(request: Any, uuid: UUID) -> HttpResponse:
    """Take the approval of a region back, with the reason."""
    approval = lists.get_approval(uuid, viewer=request.viewer)
    form = ReasonForm(request.POST)
    found = queries.get_edition(approval.edition.uuid, viewer=request.viewer)
    if form.is_valid():
        actions.unapprove_region(
            approval=approval,
            reason=form.cleaned_data["reason"],
            by=request.viewer,
            at=request.at,
        )
        messages.success(request, _("The approval is taken back."))
        return redirect(address(request, "edition", found.uuid))
    return edition_page(request, found, unapprove=form)
