"""Pages about joint meetings: plan, minutes, resolutions that become tasks."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import actions, permissions, queries, workflow
from jiangxin.apps.policies.views.forms import add_errors
from jiangxin.apps.policies.views.tasks import READERS, address, attachment, may_manage, work_tabs
from jiangxin.apps.policies.views.tasks_forms import MeetingForm, ResolutionForm, files_of
from jiangxin.core.errors import DomainError
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


def _badge(row: Any) -> str:
    """Return the look of a meeting's state: one that was held looks done."""
    return "done" if row.state == workflow.MeetingState.HELD else str(row.state)


@audience(*READERS)
@require_safe
def meetings(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.meetings(viewer=request.viewer, region=request.region),
        [
            Column(
                "title",
                gettext_lazy("Title"),
                sort="title",
                link=lambda row: reverse("policies:meeting", args=[row.uuid]),
            ),
            Column("series", gettext_lazy("Meeting system"), sort="series"),
            Column("held_on", gettext_lazy("Day"), sort="held_on", kind="date"),
            Column("region", gettext_lazy("Region"), "region.name", sort="region__code"),
            Column("decided", gettext_lazy("Resolutions"), kind="number", sort="decided"),
            Column("made", gettext_lazy("Made tasks"), kind="number", sort="made"),
            Column(
                "state",
                gettext_lazy("State"),
                _badge,
                kind="status",
                sort="state",
                label_of=lambda row: row.get_state_display(),
            ),
        ],
        search=("title", "series", "agenda"),
        name="meetings",
        empty=gettext_lazy(
            "No joint meeting is known yet. Plan one: what it resolves becomes tasks."
        ),
    )
    context = {
        "listing": listing,
        "may_manage": may_manage(request),
        "tabs": work_tabs(request, "meetings"),
    }
    return listing.response() or page(request, "policies/meetings.html", context)


@audience(*READERS)
@require_safe
def meeting(request: Any, uuid: str) -> HttpResponse:
    return _meeting_page(request, queries.get_meeting(uuid, viewer=request.viewer))


def _meeting_page(request: Any, found: Any, form: ResolutionForm | None = None) -> HttpResponse:
    context = {
        "meeting": found,
        "badge": _badge(found),
        "may_manage": permissions.can_manage_tasks(request.viewer, found.scope.path),
        "moves": workflow.MEETING.possible(found.state),
        "form": form or ResolutionForm(),
    }
    return page(request, "policies/meeting.html", context, status=422 if form else 200)


@audience("officer")
def meeting_new(request: Any) -> HttpResponse:
    may_manage(request).enforce()
    form = MeetingForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.plan_meeting(
                scope=accounts.scope_of_region(request.region),
                region=request.region,
                values=form.values(),
                by=request.viewer,
                at=request.at,
            )
            files = files_of(form)
            if files:
                actions.change_meeting(
                    meeting=found, values={}, files=files, by=request.viewer, at=request.at
                )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The meeting is planned."))
            return redirect(address(request, "meeting", found.uuid))
    return _form_page(request, form, _("Plan a meeting"), address(request, "meetings"))


@audience("officer")
def meeting_edit(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_meeting(uuid, viewer=request.viewer)
    permissions.can_manage_tasks(request.viewer, found.scope.path).enforce()
    initial = {name: getattr(found, name) for name in actions.MEETING_FIELDS}
    form = MeetingForm(request.POST or None, request.FILES or None, initial=initial)
    back = address(request, "meeting", found.uuid)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_meeting(
                meeting=found,
                values=form.values(),
                files=files_of(form),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The changes are saved."))
            return redirect(back)
    return _form_page(request, form, _("Minutes and facts of the meeting"), back)


def _form_page(request: Any, form: Any, heading: str, back: str) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "lead": request.region.name if request.region else "",
        "button": _("Save"),
        "back": back,
        "back_label": _("Joint meetings"),
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


@audience("officer")
@require_POST
def meeting_move(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_meeting(uuid, viewer=request.viewer)
    found = actions.move_meeting(
        meeting=found, move=request.POST.get("move", ""), by=request.viewer, at=request.at
    )
    messages.success(
        request, _("The meeting is now: %(state)s.") % {"state": found.get_state_display()}
    )
    return redirect(address(request, "meeting", found.uuid))


@audience("officer")
@require_POST
def add_resolution(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_meeting(uuid, viewer=request.viewer)
    form = ResolutionForm(request.POST)
    if form.is_valid():
        try:
            actions.add_resolution(
                meeting=found, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            if error.status == 403:
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The resolution is written down."))
            return redirect(address(request, "meeting", found.uuid))
    return _meeting_page(request, found, form)


@audience("officer")
@require_POST
def resolution_task(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_resolution(uuid, viewer=request.viewer)
    task = actions.make_task_of(resolution=found, by=request.viewer, at=request.at)
    messages.success(request, _("The resolution is a task now; those who carry it were told."))
    return redirect(address(request, "task", task.uuid))


@audience(*READERS)
@require_safe
def meeting_file(request: Any, uuid: str, file: str) -> HttpResponse:
    return attachment(queries.get_meeting_file(file, meeting=uuid, viewer=request.viewer))
