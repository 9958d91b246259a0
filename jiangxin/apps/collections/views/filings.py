"""Pages of one return: fill it in, hand it in, follow it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.collections import actions, permissions, queries
from jiangxin.apps.collections.actions.filings import check_time
from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.views.history import history_of
from jiangxin.apps.collections.views.panel import review_panel
from jiangxin.apps.collections.views.places import (
    FILERS,
    READERS,
    address,
    download,
    edition_look,
    file_address,
    filing_look,
    number,
)
from jiangxin.apps.collections.views.words import LEVELS, value_words
from jiangxin.apps.collections.workflow import Verb
from jiangxin.core import forms
from jiangxin.core.errors import DomainError, Invalid, WrongState
from jiangxin.core.forms import Problem
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm, autosaved, dynamic_row_move, posted
from jiangxin.ui.htmx import page


def filing_for(request: Any, edition: UUID, scope: UUID) -> Any:
    """Return the return of a filer in an edition, or raise a refusal."""
    asked = queries.get_edition(edition, viewer=request.viewer)
    return queries.filing_of(asked, scope, viewer=request.viewer, on=request.at.date())


@audience(*READERS)
@require_safe
def filing(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    return filing_page(request, filing_for(request, edition, scope))


def filing_page(
    request: Any,
    found: Any,
    *,
    values: Any = None,
    problems: Any = None,
    move: Any = None,
    clash: Any = None,
    note: str | None = None,
    note_error: str = "",
    **refused: Any,
) -> HttpResponse:
    """Answer with a return, and with what somebody has to correct.

    Args:
        values: what was just typed, where it could not be kept.
        problems: what a submission found.
        move: the row button just pressed.
        clash: why somebody else's change keeps these values from being saved.
        note_error: what is wrong with the explanation.
        refused: forms that come back with their errors, by the name of their act.
    """
    viewer, on = request.viewer, request.at.date()
    may_file = permissions.can_file(viewer, found)
    waits = _why_not_now(found, request) if may_file else ""
    may_write = bool(may_file) and found.is_editable and not waits
    carried = _carried(found) if may_write else None
    previous = queries.previous_values(found.edition, [found.scope_id]).get(found.scope_id, {})
    if carried is not None:
        found.values, found.version = carried.values, found.edition.version
    if values is not None:
        found.values = values
    missing: tuple[Problem, ...] = ()
    warned: tuple[Problem, ...] = ()
    stored = tuple(Problem(**row) for row in found.problems)
    if may_write:
        whole = queries.checked(found, previous=previous)
        missing, warned = whole.errors, whole.warnings
        if problems is None:
            draft = queries.checked(found, previous=previous, partial=True)
            problems = (*draft.errors, *warned) if found.values else ()
    elif problems is None:
        problems = tuple(problem for problem in stored if problem.severity == "warning")
    remarks = _remarks(found)
    last = lists.last_filed(found)
    form = found.version.definition.form
    dynamic = DynamicForm(
        form,
        values=found.values,
        viewer=viewer,
        problems=(*problems, *remarks),
        previous=previous,
        previous_label=last.edition.period_label if last else "",
        editable=may_write,
        version=found.row_version if may_write else None,
        autosave_url=address(request, "save_filing", found.edition.uuid, found.scope.uuid)
        if may_write and clash is None
        else "",
        file_url=file_address,
        move=move,
        default_button="save",
    )
    overdue = found.deadline < on and found.state in ("not_begun", "draft")
    context = {
        "filing": found,
        "edition": found.edition,
        "definition": found.edition.definition,
        "look": filing_look(found.state, overdue=overdue),
        "edition_look": edition_look(found.edition),
        "days": found.edition.days_left(on),
        "dynamic": dynamic,
        "form_version": found.version.definition.form.version,
        "may_file": may_file,
        "may_write": may_write,
        "waits": waits,
        "is_clash": clash is not None,
        "clash": clash,
        "missing": missing,
        "warned": warned,
        "note": found.note if note is None else note,
        "note_error": note_error,
        "carried": carried,
        "dropped": found.dropped,
        "returned": next((r for r in lists.reviews_of(found) if r.verdict != "passed"), None)
        if found.state == "returned"
        else None,
        "last": last,
        "way": _way(request, found),
        "next": _next(request, found),
        "may_withdraw": may_file and found.state == "submitted" and found.step == 0,
        "may_amend": permissions.can_amend(viewer, found) and found.state == "locked",
        "panel": review_panel(request, found, refused),
        "history": history_of(found),
        "reads_edition": viewer.holds("collections.view", found.scope.path),
    }
    is_refused = bool(refused or note_error) or any(p.severity == "error" for p in problems)
    status = 409 if clash is not None else 422 if is_refused and request.method == "POST" else 200
    return page(request, "collections/filing.html", context, status=status)


def _why_not_now(found: Any, request: Any) -> str:
    try:
        check_time(found, at=request.at)
    except WrongState as error:
        return error.message
    return ""


def _carried(found: Any) -> Any:
    """Bring what was saved under an older form into the newest one, for the page."""
    if found.version_id == found.edition.version_id or not found.values:
        return None
    return forms.carry(
        found.values,
        old=found.version.definition.form,
        new=found.edition.definition.form,
    )


def _remarks(found: Any) -> tuple[Problem, ...]:
    """Return what reviewers wrote on single fields of the submission that came back."""
    if found.state != "returned":
        return ()
    review = next((row for row in lists.reviews_of(found) if row.verdict == "returned"), None)
    if review is None:
        return ()
    return tuple(
        Problem(code, "remark", _("Reviewer: %(text)s") % {"text": text}, "", "warning")
        for code, text in review.remarks.items()
    )


def _way(request: Any, found: Any) -> list[dict[str, Any]]:
    """Return the steps of the way with the one that is under way."""
    steps = found.steps
    names = lists.regions_at([placed.path for placed in steps], on=request.at.date())
    is_under_way = found.state in ("submitted", "amended")
    is_over = found.state in ("approved", "locked")
    return [
        {
            "where": names[placed.path].name
            if placed.path in names
            else str(LEVELS[placed.step.at]),
            "verb": str(Verb(placed.step.verb).label),
            "is_done": is_over or (is_under_way and place < found.step),
            "is_now": is_under_way and place == found.step,
        }
        for place, placed in enumerate(steps)
    ]


def _next(request: Any, found: Any) -> str:
    """Say in one sentence what happens when the return is handed in."""
    way = _way(request, found)
    first, rest = way[0], way[1:]
    sentence = _("It then lies with %(where)s, which %(verb)s.") % first
    if rest:
        steps = " → ".join(f"{row['where']} ({row['verb']})" for row in rest)
        sentence += " " + _("After that: %(steps)s.") % {"steps": steps}
    sentence += " " + _("You can take it back until a reviewer has acted.")
    if request.at.date() > found.deadline:
        sentence += " " + _("The deadline has passed: it counts as late.")
    return sentence


@audience(*FILERS)
@require_POST
def save_filing(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    """Keep the draft; hand it in if that button was pressed."""
    found = filing_for(request, edition, scope)
    shown = lists.version_of(found.edition, number(request, "form_version"))
    form = shown.definition.form

    def store(field: Any, uploaded: Any) -> Any:
        kept = actions.attach(
            filing=found,
            field=field,
            data=uploaded.read(),
            filename=uploaded.name,
            by=request.viewer,
            at=request.at,
        )
        return kept.as_value

    move = dynamic_row_move(request)
    is_autosave = bool(request.htmx) and move is None
    note = request.POST.get("note")
    try:
        raw = posted(
            form, request, values=found.values, store=None if move or is_autosave else store
        )
    except Invalid as error:
        messages.error(request, error.message)
        return filing_page(request, found, note=note)
    if move is not None:
        return filing_page(request, found, values=raw, move=move, note=note)
    try:
        saved = actions.save_draft(
            filing=found,
            raw=raw,
            seen=number(request, "version"),
            form_version=shown.number,
            note=note,
            by=request.viewer,
            at=request.at,
        )
    except actions.FilingChanged as error:
        if is_autosave:
            return autosaved(request, _drawn(found, raw), conflict=error.message)
        return _clash(request, edition, scope, raw, error, note)
    except WrongState as error:
        if is_autosave:
            return autosaved(request, _drawn(found, raw), conflict=error.message)
        raise
    if is_autosave:
        dynamic = _drawn(saved.filing, saved.filing.values, saved.problems)
        return autosaved(request, dynamic, at=request.at)
    if saved.moved_on:
        messages.warning(
            request,
            _("The form changed since you opened it; your values were brought over. Look at them."),
        )
    if "submit" in request.POST and not saved.moved_on:
        return _submit(request, saved.filing)
    messages.success(request, _("The draft is saved."))
    return redirect(address(request, "filing", edition, scope))


def _drawn(found: Any, values: Any, problems: Any = ()) -> DynamicForm:
    previous = queries.previous_values(found.edition, [found.scope_id]).get(found.scope_id, {})
    return DynamicForm(
        found.edition.definition.form,
        values=values,
        problems=problems,
        version=found.row_version,
        previous=previous,
    )


def _clash(
    request: Any, edition: UUID, scope: UUID, raw: Any, error: DomainError, note: str | None
) -> HttpResponse:
    """Show what was typed beside what somebody else saved, unless it is no longer to be written."""
    found = filing_for(request, edition, scope)
    if not found.is_editable:
        raise error
    form = found.edition.definition.form
    typed = forms.clean(form, raw, partial=True).values
    differing = [
        {
            "label": str(field.label),
            "typed": value_words(field, typed.get(field.code)),
            "saved": value_words(field, found.values.get(field.code)),
        }
        for field in form.fields
        if typed.get(field.code) != found.values.get(field.code)
    ]
    return filing_page(
        request,
        found,
        values=raw,
        clash={"message": error.message, "differing": differing},
        note=note,
    )


def _submit(request: Any, found: Any) -> HttpResponse:
    try:
        actions.submit(
            filing=found,
            seen=found.row_version,
            note=request.POST.get("note", ""),
            by=request.viewer,
            at=request.at,
        )
    except Invalid as error:
        messages.error(request, error.message)
        fields = error.data.get("fields")
        rows = error.data.get("problems")
        problems = tuple(Problem(**row) for row in rows) if isinstance(rows, list) else None
        note_error = fields.get("note", "") if isinstance(fields, dict) else ""
        return filing_page(request, found, problems=problems, note_error=note_error)
    messages.success(request, _("The return is handed in."))
    return redirect(address(request, "filing", found.edition.uuid, found.scope.uuid))


@audience(*FILERS, "operator")
def amend(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    """Correct locked values with a reason."""
    found = filing_for(request, edition, scope)
    permissions.can_amend(request.viewer, found).enforce()
    form = found.version.definition.form
    values, reason, error = found.values, "", None
    problems: tuple[Problem, ...] = ()
    move = dynamic_row_move(request)
    if request.method == "POST":
        reason = request.POST.get("reason", "")

        def store(field: Any, uploaded: Any) -> Any:
            kept = actions.attach(
                filing=found,
                field=field,
                data=uploaded.read(),
                filename=uploaded.name,
                by=request.viewer,
                at=request.at,
            )
            return kept.as_value

        try:
            values = posted(form, request, values=found.values, store=None if move else store)
            if move is None:
                actions.amend(
                    filing=found,
                    raw=values,
                    reason=reason,
                    seen=number(request, "version"),
                    by=request.viewer,
                    at=request.at,
                )
                messages.success(
                    request,
                    _("The correction waits for approval; until then the locked values hold."),
                )
                return redirect(address(request, "filing", edition, scope))
        except Invalid as refused:
            error = refused
            rows = refused.data.get("problems")
            problems = tuple(Problem(**row) for row in rows) if isinstance(rows, list) else ()
    dynamic = DynamicForm(
        form,
        values=values,
        viewer=request.viewer,
        problems=problems,
        previous=found.values,
        previous_label=_("Locked"),
        version=found.row_version,
        file_url=file_address,
        move=move,
        default_button="save",
    )
    context = {
        "filing": found,
        "edition": found.edition,
        "dynamic": dynamic,
        "reason": reason,
        "error": error,
        "can": _amendable(found),
    }
    return page(request, "collections/amend.html", context, status=422 if error else 200)


def _amendable(found: Any) -> str:
    """Say why the return cannot be corrected now; empty where it can."""
    if found.state == "locked":
        return ""
    if found.state == "amended":
        return _("Another correction waits for approval.")
    return _("Only a locked return is corrected; before the lock a reviewer gives it back.")


@audience(*FILERS)
@require_POST
def withdraw(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    """Take a return back as long as nobody has looked at it."""
    found = filing_for(request, edition, scope)
    actions.withdraw(
        filing=found, seen=number(request, "version"), by=request.viewer, at=request.at
    )
    messages.success(request, _("The return is yours again; submit it before the deadline."))
    return redirect(address(request, "filing", edition, scope))


@audience(*READERS)
@require_safe
def attachment(request: Any, uuid: UUID) -> HttpResponse:
    """Answer with a kept file, to be saved and never shown as a page."""
    file = lists.get_attachment(uuid, viewer=request.viewer)
    return download(bytes(file.content), file.name)
