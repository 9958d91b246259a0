"""Acts on what was recognised: members, the annual check, changes, and withdrawal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiangxin.apps.registers import actions, permissions, queries
from jiangxin.apps.registers.forms import (
    AmendForm,
    CheckForm,
    MemberForm,
    MemberLeftForm,
    RevokeForm,
)
from jiangxin.apps.registers.views.drafts import organisation_named, problems_in
from jiangxin.apps.registers.views.entries import entry_page
from jiangxin.apps.registers.views.places import JUDGES, address, file_address, file_field
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.forms import Problem
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm, dynamic_row_move, posted
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page


@audience(*JUDGES)
@require_POST
def add_member(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_entry(uuid, viewer=request.viewer)
    definition = queries.definition_of(found.type_version)
    roles = [(role.code, str(role.label)) for role in definition.members]
    form = MemberForm(request.POST, roles=roles)
    if form.is_valid():
        try:
            actions.add_member(
                entry=found,
                role=form.cleaned_data["role"],
                organisation=organisation_named(request, form.cleaned_data["organisation"]),
                starts_on=form.cleaned_data["joined_on"] or request.at.date(),
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            add_errors(form, error, names={"starts_on": "joined_on"})
        else:
            messages.success(request, _("The member is added."))
            return redirect(address(request, "entry", found.uuid))
    return entry_page(request, found, member=form)


@audience(*JUDGES)
@require_POST
def remove_member(request: Any, uuid: UUID) -> HttpResponse:
    member = queries.get_member(uuid, viewer=request.viewer)
    if member.entry is None:
        raise NotFound
    form = MemberLeftForm(request.POST)
    if form.is_valid():
        try:
            actions.remove_member(
                member=member,
                ends_on=form.cleaned_data["left_on"],
                reason=form.cleaned_data["reason"],
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            add_errors(form, error, names={"ends_on": "left_on"})
        else:
            messages.success(request, _("The member leaves on that day; its time stays in view."))
            return redirect(address(request, "entry", member.entry.uuid))
    found = queries.get_entry(member.entry.uuid, viewer=request.viewer)
    return entry_page(request, found, left=form)


@audience(*JUDGES)
@require_POST
def check(request: Any, uuid: UUID) -> HttpResponse:
    """Record the annual check."""
    found = queries.get_entry(uuid, viewer=request.viewer)
    annual = queries.current_definition(found.type, on=request.at.date()).annual_check
    if annual is None:
        raise NotFound

    def store(field: Any, uploaded: Any) -> Any:
        kept = actions.attach_file(
            entry=found,
            field=file_field(annual.form, field),
            name=uploaded.name,
            content=uploaded.read(),
            by=request.viewer,
            at=request.at,
        )
        return kept.value

    move = dynamic_row_move(request)
    form = CheckForm(request.POST)
    raw = posted(annual.form, request, prefix="check", store=None if move else store)
    problems: Any = ()
    if move is None and form.is_valid():
        try:
            actions.record_annual_check(
                entry=found, raw=raw, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except Invalid as error:
            add_errors(form, error)
            problems = problems_in(error)
        else:
            messages.success(request, _("The check is recorded."))
            return redirect(address(request, "entry", found.uuid))
    values = DynamicForm(
        annual.form,
        values=raw,
        problems=problems,
        viewer=request.viewer,
        prefix="check",
        move=move,
    )
    return entry_page(request, found, check=form, check_values=values)


@audience("leader")
@require_POST
def revoke(request: Any, uuid: UUID) -> HttpResponse:
    """Withdraw a recognition."""
    recognition = queries.get_recognition(uuid, viewer=request.viewer)
    form = RevokeForm(request.POST)
    if form.is_valid():
        try:
            entry = actions.withdraw_recognition(
                recognition=recognition,
                reason=form.cleaned_data["reason"],
                withdrawn_on=form.cleaned_data["on"],
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            add_errors(form, error, names={"withdrawn_on": "on"})
        else:
            messages.success(request, _("The recognition is withdrawn from that day on."))
            return redirect(address(request, "entry", entry.uuid))
    found = queries.get_entry(recognition.entry.uuid, viewer=request.viewer)
    return entry_page(request, found, revoke=form)


@audience(*JUDGES)
def amend(request: Any, uuid: UUID) -> HttpResponse:
    """Change what is recorded about something recognised; its earlier values stay."""
    found = queries.get_entry(uuid, viewer=request.viewer)
    permissions.can_change_entry(request.viewer, found).enforce()
    shown = queries.entry_page(found, viewer=request.viewer, on=request.at.date())
    definition = queries.current_definition(found.type, on=request.at.date())

    def store(field: Any, uploaded: Any) -> Any:
        kept = actions.attach_file(
            entry=found,
            field=file_field(definition.form, field),
            name=uploaded.name,
            content=uploaded.read(),
            by=request.viewer,
            at=request.at,
        )
        return kept.value

    values, move = shown.values, None
    problems: tuple[Problem, ...] = ()
    form = AmendForm(request.POST or None, initial={"title": found.title})
    if request.method == "POST":
        move = dynamic_row_move(request)
        values = posted(
            definition.form, request, values=found.values, store=None if move else store
        )
        version = request.POST.get("version", "")
        if move is None and form.is_valid():
            try:
                actions.amend_entry(
                    entry=found,
                    version=int(version) if version.isdecimal() else 0,
                    raw=values,
                    by=request.viewer,
                    at=request.at,
                    **form.cleaned_data,
                )
            except Invalid as error:
                add_errors(form, error)
                problems = problems_in(error)
            else:
                messages.success(request, _("The changes are saved."))
                return redirect(address(request, "entry", found.uuid))
    context = {
        "entry": found,
        "definition": definition,
        "form": form,
        "is_newer": definition.version != shown.definition.version,
        "dynamic": DynamicForm(
            definition.form,
            values=values,
            problems=problems,
            viewer=request.viewer,
            version=found.version,
            file_url=file_address,
            move=move,
            default_button="save",
        ),
    }
    return page(request, "registers/amend.html", context, status=422 if problems else 200)
