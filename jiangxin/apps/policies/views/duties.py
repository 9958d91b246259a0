"""Pages about duty lists: parties by fields."""

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
from jiangxin.apps.policies.views.tasks import address, may_manage, work_tabs
from jiangxin.apps.policies.views.tasks_forms import DutyListForm, number_of
from jiangxin.core.errors import Conflict, DomainError
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


@audience("public")
@require_safe
def duty_lists(request: Any) -> HttpResponse:
    listing = Listing(
        request,
        queries.duty_lists(viewer=request.viewer, region=request.region),
        [
            Column(
                "title",
                gettext_lazy("Title"),
                sort="title",
                link=lambda row: reverse("policies:duty_list", args=[row.uuid]),
            ),
            Column("region", gettext_lazy("Region"), "region.name", sort="region__code"),
            Column("parties", gettext_lazy("Parties"), lambda row: "、".join(row.parties)),
            Column("fields", gettext_lazy("Fields"), lambda row: "、".join(row.fields)),
            Column(
                "state",
                gettext_lazy("State"),
                kind="status",
                sort="state",
                label_of=lambda row: row.get_state_display(),
            ),
        ],
        name="duties",
        empty=gettext_lazy(
            "No list of duties is known yet. It says which party answers for what, field by field."
        ),
    )
    context = {
        "listing": listing,
        "may_manage": may_manage(request),
        "tabs": work_tabs(request, "duty_lists"),
    }
    return listing.response() or page(request, "policies/duty_lists.html", context)


@audience("public")
@require_safe
def duty_list(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_duty_list(uuid, viewer=request.viewer)
    may_publish = permissions.can_publish_duties(request.viewer, found)
    context = {
        "duties": found,
        "rows": queries.duty_table(found),
        "may_manage": permissions.can_manage_tasks(request.viewer, found.scope.path),
        "moves": workflow.SHEET.possible(found.state) if may_publish else [],
    }
    return page(request, "policies/duty_list.html", context)


@audience("officer")
def duty_list_new(request: Any) -> HttpResponse:
    may_manage(request).enforce()
    form = DutyListForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.create_duty_list(
                scope=accounts.scope_of_region(request.region),
                region=request.region,
                title=form.cleaned_data["title"],
                parties=form.cleaned_data["parties"],
                fields=form.cleaned_data["fields_"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            fields = error.data.get("fields")
            if isinstance(fields, dict) and "fields" in fields:
                fields["fields_"] = fields.pop("fields")
            add_errors(form, error)
        else:
            return redirect(address(request, "duty_list_edit", found.uuid))
    context = {
        "form": form,
        "heading": _("New list of duties"),
        "lead": request.region.name,
        "button": _("Go on to the duties"),
        "back": address(request, "duty_lists"),
        "back_label": _("Duty lists"),
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


@audience("officer")
def duty_list_edit(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_duty_list(uuid, viewer=request.viewer)
    permissions.can_manage_tasks(request.viewer, found.scope.path).enforce()
    table = [
        [(f"cell-{row}-{column}", party, field, "") for column, party in enumerate(found.parties)]
        for row, field in enumerate(found.fields)
    ]
    problem = ""
    version = found.version
    if request.method == "POST":
        try:
            actions.set_duties(
                duties=found,
                version=number_of(request.POST.get("version")),
                cells={
                    (party, field): request.POST.get(name, "")
                    for cells in table
                    for name, party, field, _text in cells
                    if name in request.POST
                },
                by=request.viewer,
                at=request.at,
            )
        except Conflict as error:
            problem = error.message
        else:
            messages.success(request, _("The duties are saved."))
            return redirect(address(request, "duty_list", found.uuid))
    rows = queries.duty_table(found)
    shown = [
        (
            row.field,
            [
                (f"cell-{number}-{column}", found.parties[column], cell.text if cell else "")
                for column, cell in enumerate(row.cells)
            ],
        )
        for number, row in enumerate(rows)
    ]
    context = {"duties": found, "rows": shown, "problem": problem, "version": version}
    return page(request, "policies/duty_list_edit.html", context, status=409 if problem else 200)


@audience("leader")
@require_POST
def duty_list_move(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_duty_list(uuid, viewer=request.viewer)
    found = actions.move_duty_list(
        duties=found, move=request.POST.get("move", ""), by=request.viewer, at=request.at
    )
    messages.success(
        request, _("The list is now: %(state)s.") % {"state": found.get_state_display()}
    )
    return redirect(address(request, "duty_list", found.uuid))
