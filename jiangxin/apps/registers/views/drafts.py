"""The draft of an application: saved as it is typed, with its members, and handed in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.forms import MemberForm
from jiangxin.apps.registers.views.application import application_page
from jiangxin.apps.registers.views.places import APPLICANTS, address, file_field, number_in
from jiangxin.core.errors import Conflict, DomainError, Invalid
from jiangxin.core.forms import Problem
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm, autosaved, dynamic_row_move, posted
from jiangxin.ui.forms import add_errors


@audience(*APPLICANTS)
@require_POST
def save_application(request: Any, uuid: UUID) -> HttpResponse:
    """Keep the draft; then add or remove a member, or hand it in, if that button was pressed."""
    found = queries.get_application(uuid, viewer=request.viewer)
    shown = _shown_version(request, found)
    form = queries.definition_of(shown).form

    def store(field: Any, uploaded: Any) -> Any:
        kept = actions.attach_file(
            application=found,
            field=file_field(form, field),
            name=uploaded.name,
            content=uploaded.read(),
            by=request.viewer,
            at=request.at,
        )
        return kept.value

    move = dynamic_row_move(request)
    is_autosave = bool(request.htmx) and move is None
    try:
        raw = posted(
            form, request, values=found.values, store=None if move or is_autosave else store
        )
    except Invalid as error:
        messages.error(request, error.message)
        return application_page(request, found)
    if move is not None:
        return application_page(request, found, values=raw, move=move)
    version = number_in(request, "version")
    try:
        draft = actions.save_draft(
            application=found,
            version=version,
            raw=raw,
            form_version=shown.number,
            title=request.POST.get("title"),
            by=request.viewer,
            at=request.at,
        )
    except Conflict as error:
        if is_autosave:
            return autosaved(request, _autosave_form(found, raw, ()), conflict=error.message)
        raise
    except Invalid as error:
        if is_autosave:
            return autosaved(request, _autosave_form(found, raw, ()), conflict=error.message)
        messages.error(request, error.message)
        return application_page(request, found, values=raw)
    found = draft.application
    if is_autosave:
        dynamic = _autosave_form(found, found.values, draft.checked.problems)
        return autosaved(request, dynamic, at=request.at)
    return _after_saving(request, queries.get_application(uuid, viewer=request.viewer), draft)


def _autosave_form(found: Any, values: Any, problems: Any) -> DynamicForm:
    return DynamicForm(
        queries.definition_for(found).form,
        values=values,
        problems=problems,
        version=found.version,
        previous=found.entry.values if found.entry is not None else None,
    )


def _after_saving(request: Any, found: Any, draft: Any) -> HttpResponse:
    """Do what the button asks besides saving."""
    pressed = request.POST
    if draft.carried is not None:
        messages.warning(
            request,
            _("The form changed since you opened it; your values were brought over. Look at them."),
        )
    try:
        if "member_add" in pressed or any(name.startswith("member_remove:") for name in pressed):
            return _members_changed(request, found)
        if "submit" in pressed:
            actions.submit(
                application=found, version=found.version, by=request.viewer, at=request.at
            )
            messages.success(request, _("The application is handed in."))
            return redirect(address(request, "application", found.uuid))
    except Invalid as error:
        messages.error(request, error.message)
        problems = problems_in(error) or draft.checked.problems
        return application_page(request, found, problems=problems, submit=error)
    messages.success(request, _("The draft is saved."))
    return redirect(address(request, "application", found.uuid))


def problems_in(error: DomainError) -> tuple[Problem, ...]:
    """Return the problems with values that a refusal names."""
    rows = error.data.get("problems")
    return tuple(Problem(**row) for row in rows) if isinstance(rows, list) else ()


def _members_changed(request: Any, found: Any) -> HttpResponse:
    members = [(row.role, row.organisation) for row in found.members.all()]
    removed = {n.partition(":")[2] for n in request.POST if n.startswith("member_remove:")}
    if removed:
        rows = found.members.all()
        members = [(r.role, r.organisation) for r in rows if str(r.uuid) not in removed]
    else:
        definition = queries.definition_for(found)
        form = MemberForm(
            request.POST,
            roles=[(role.code, str(role.label)) for role in definition.members],
            is_dated=False,
            prefix="member",
        )
        if not form.is_valid():
            return application_page(request, found, member=form)
        try:
            organisation = organisation_named(request, form.cleaned_data["organisation"])
        except Invalid as error:
            add_errors(form, error)
            return application_page(request, found, member=form)
        members.append((form.cleaned_data["role"], organisation))
    actions.set_members(
        application=found,
        version=found.version,
        members=members,
        by=request.viewer,
        at=request.at,
    )
    return redirect(f"{address(request, 'application', found.uuid)}#members")


def organisation_named(request: Any, text: str) -> Any:
    """Return the organisation with this code or full name.

    Raises:
        Invalid: there is none, or several have the name; says what to do.
    """
    found = organisations.find_by_code(text, viewer=request.viewer)
    if found is not None:
        return found
    rows = [
        row
        for row in organisations.organisations(viewer=request.viewer, text=text)
        if row.name == text
    ]
    if len(rows) == 1:
        return rows[0]
    message = (
        _("Several organisations have this name; type the code instead.")
        if rows
        else _("No organisation has this name or code. Look it up in the directory.")
    )
    raise Invalid(message, data={"fields": {"organisation": message}})


def _shown_version(request: Any, found: Any) -> Any:
    number = number_in(request, "form_version")
    if number in (0, found.type_version.number):
        return queries.get_version(found.type, found.type_version.number)
    return queries.get_version(found.type, number)
