"""What reviewers and bureaus do with one return, and the queue of what waits for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.collections import actions
from jiangxin.apps.collections.forms import QueueFilter
from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.views.filings import filing_for, filing_page
from jiangxin.apps.collections.views.panel import FORMS
from jiangxin.apps.collections.views.places import (
    FILING_LOOKS,
    REVIEWERS,
    address,
    number,
    tabs,
)
from jiangxin.core.errors import Invalid
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


@audience(*REVIEWERS, "operator")
@require_POST
def review_filing(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    """Take the step, give back, refuse a correction, excuse, expect again or move the deadline."""
    found = filing_for(request, edition, scope)
    name = request.POST.get("move", "")
    if name not in FORMS:
        raise Invalid(_("There is no such act."))
    form = FORMS[name](request.POST)
    if form.is_valid():
        try:
            words = _do(request, found, name, form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, words)
            return redirect(address(request, "filing", edition, scope))
    return filing_page(request, found, **{name: form})


def _do(request: Any, found: Any, name: str, given: dict[str, Any]) -> str:
    shared: dict[str, Any] = {
        "filing": found,
        "seen": number(request, "version"),
        "by": request.viewer,
        "at": request.at,
    }
    if name == "approve":
        done = actions.review(reason=given["reason"], **shared)
        return _("The return is now: %(state)s.") % {"state": done.get_state_display()}
    if name == "return":
        remarks = {
            key.partition(":")[2]: text
            for key, text in request.POST.items()
            if key.startswith("remark:") and text.strip()
        }
        actions.return_filing(reason=given["reason"], remarks=remarks, **shared)
        return _("The return is given back; the filer is told what to correct.")
    if name == "refuse":
        actions.refuse_amendment(reason=given["reason"], **shared)
        return _("The correction is refused; the locked values hold.")
    if name == "excuse":
        actions.excuse(reason=given["reason"], **shared)
        return _("The filer is excused.")
    if name == "expect":
        actions.expect(**shared)
        return _("The filer is expected again.")
    actions.extend_deadline(
        edition=found.edition,
        filing=found,
        due_on=given["due_on"],
        reason=given["reason"],
        by=request.viewer,
        at=request.at,
    )
    return _("The deadline of this filer is moved.")


@audience(*REVIEWERS)
@require_safe
def queue(request: Any) -> HttpResponse:
    """Show the returns whose step lies with the viewer."""
    viewer = request.viewer
    chosen = request.GET.get("edition", "")
    listing = Listing(
        request,
        lists.to_review(viewer),
        [
            Column(
                "filer",
                gettext_lazy("Filer"),
                "filer",
                link=lambda row: address(request, "filing", row.edition.uuid, row.scope.uuid),
            ),
            Column(
                "edition",
                gettext_lazy("Return form"),
                lambda row: str(row.edition),
                link=lambda row: address(request, "edition", row.edition.uuid),
            ),
            Column("region", gettext_lazy("Region"), "region.name", sort="region__code"),
            Column(
                "submitted",
                gettext_lazy("Submitted"),
                "submitted_at",
                sort="submitted_at",
                kind="datetime",
            ),
            Column("late", gettext_lazy("Late"), lambda row: _("late") if row.is_late else ""),
            Column(
                "warnings",
                gettext_lazy("Warnings"),
                lambda row: len(row.problems) or None,
                kind="number",
            ),
            Column(
                "state",
                gettext_lazy("State"),
                lambda row: FILING_LOOKS[row.state],
                kind="status",
                label_of=lambda row: row.get_state_display(),
            ),
        ],
        search=("organisation__name", "region__name"),
        filterset=QueueFilter,
        name="queue",
        empty=gettext_lazy("No return waits for you."),
    )
    edition = None
    if chosen and listing.page.paginator.count:
        edition = listing.page.object_list[0].edition
    context = {"listing": listing, "edition": edition, "tabs": tabs(request, "queue")}
    return listing.response() or page(request, "collections/queue.html", context)
