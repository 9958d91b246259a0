"""Pages of one application: fill it in, hand it in, judge it, follow it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers import actions, permissions, queries, workflow
from jiangxin.apps.registers.forms import (
    MemberForm,
    NoteForm,
    PanelForm,
    ReasonForm,
    RecogniseForm,
    SettleForm,
)
from jiangxin.apps.registers.views.applications import look_of
from jiangxin.apps.registers.views.places import (
    APPLICANTS,
    READERS,
    address,
    file_address,
    file_field,
)
from jiangxin.core.errors import Conflict, DomainError, Invalid, NotFound
from jiangxin.core.forms import Problem
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm, autosaved, dynamic_row_move, posted
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page

# verdicts that need a reason, or other words besides
FORMS = {
    "return": ReasonForm,
    "reject": ReasonForm,
    "approve": NoteForm,
    "recognise": RecogniseForm,
}


@audience(*READERS, "expert")
@require_safe
def application(request: Any, uuid: UUID) -> HttpResponse:
    return application_page(request, queries.get_application(uuid, viewer=request.viewer))


def application_page(
    request: Any,
    found: Any,
    *,
    values: Any = None,
    problems: Any = None,
    move: Any = None,
    **forms: Any,
) -> HttpResponse:
    """Answer with one application, and with what somebody has to correct.

    Args:
        values: what was just typed, where it could not be kept.
        problems: what a submission found; without it only what cannot be read is pointed out.
        move: the row button just pressed.
    """
    viewer, on = request.viewer, request.at.date()
    has_errors = bool(forms) or any(p.severity == "error" for p in problems or ())
    definition = queries.definition_for(found)
    moves = queries.moves_of(found, viewer=viewer, on=on)
    may_write = bool(moves.get("submit"))
    members = list(found.members.all())
    missing: tuple[Problem, ...] = ()
    shown_values = found.values if values is None else values
    previous = found.entry.values if found.entry is not None else None
    if may_write:
        place = {"on": on, "path": found.region.path, "previous": previous}
        whole = queries.checked(definition.form, shown_values, **place)
        missing = (*whole.errors, *queries.member_problems(definition, members))
        if problems is None:
            draft = queries.checked(definition.form, shown_values, partial=True, **place)
            problems = (*draft.errors, *whole.warnings) if whole.values else draft.errors
    dynamic = DynamicForm(
        definition.form,
        values=shown_values,
        viewer=viewer,
        problems=problems or (),
        previous=previous,
        previous_label=_("As recognised"),
        editable=may_write,
        version=found.version if may_write else None,
        autosave_url=address(request, "save_application", found.uuid) if may_write else "",
        file_url=file_address,
        move=move,
        default_button="save",
    )
    roles = [(role.code, str(role.label)) for role in definition.members]
    panel = queries.panel_for(found)
    context = {
        "application": found,
        "definition": definition,
        "form_version": definition.version,
        "look": look_of(found),
        "dynamic": dynamic,
        "may_write": may_write,
        "missing": missing,
        "carried": forms.pop("carried", None) or _carried(found, may_write=may_write, on=on),
        "members": [(member, _role_label(definition, member.role)) for member in members],
        "member_form": forms.pop("member", None)
        or (MemberForm(roles=roles, is_dated=False, prefix="member") if roles else None),
        "way": _way(found, definition, on=on),
        "next": _next(found, definition, on=on),
        "acts": _acts(found, moves, forms),
        "reviews": _said(found, definition),
        "returned": _returned(found),
        "objections": [
            (row, permissions.can_settle_objection(viewer, row))
            for row in queries.objections_of(found, viewer=viewer)
        ],
        "settle_form": forms.get("settle") or SettleForm(),
        "panel": _panel(request, panel),
        "panel_form": forms.get("panel") or PanelForm(),
        "may_announce": found.step_kind == "scoring"
        and found.state == "in_review"
        and panel is None
        and permissions.can_manage_panel(viewer, found.step_path),
        "holder": found.organisation or found.region,
        "is_simulated": found.is_simulated,
    }
    status = 422 if has_errors and request.method == "POST" else 200
    return page(request, "registers/application.html", context, status=status)


def _panel(request: Any, panel: Any) -> Any:
    """Return the panel if the viewer may see it."""
    if panel is None:
        return None
    try:
        return queries.get_panel(panel.uuid, viewer=request.viewer)
    except NotFound:
        return None


def _role_label(definition: Any, code: str) -> str:
    role = definition.role(code)
    return str(role.label) if role else code


def _carried(found: Any, *, may_write: bool, on: Any) -> Any:
    return queries.carried_over(found, on=on) if may_write else None


def _way(found: Any, definition: Any, *, on: Any) -> list[dict[str, Any]]:
    """Return the steps of the way with the one that is under way."""
    steps = found.steps or queries.way(
        definition, found.level, queries.authorities(found.region, on=on)
    )
    places = {step["path"]: step["path"].rstrip("/").rpartition("/")[2] for step in steps}
    names = reference.region_names(set(places.values()), on=on)
    codes = [step["code"] for step in steps]
    is_under_way = found.state in workflow.UNDER_WAY
    now = codes.index(found.step) if is_under_way and found.step in codes else -1
    is_over = found.state == "recognised"
    return [
        {
            "step": definition.step(step["code"]),
            "where": names.get(places[step["path"]], ""),
            "is_done": is_over or place < now,
            "is_now": place == now,
        }
        for place, step in enumerate(steps)
        if definition.step(step["code"]) is not None
    ]


def _next(found: Any, definition: Any, *, on: Any) -> str:
    """Say in one sentence what happens when the application is handed in."""
    way = _way(found, definition, on=on)
    if not way:
        return ""
    first = way[0]
    if found.state == "returned" and definition.step(found.step) is not None:
        first = next((row for row in way if row["step"].code == found.step), first)
    sentence = _("It then lies with %(where)s for: %(step)s.") % {
        "where": first["where"],
        "step": first["step"].label,
    }
    rest = way[way.index(first) + 1 :]
    if rest:
        names = " → ".join(str(row["step"].label) for row in rest)
        sentence += " " + _("After that: %(steps)s.") % {"steps": names}
    return sentence + " " + _("You are told by notice at every return and at the decision.")


def _acts(found: Any, moves: Any, forms: Any) -> list[dict[str, Any]]:
    """Return the moves of those who judge, each with its form, and withdrawal."""
    acts = []
    for name, decision in moves.items():
        if name == "submit":
            continue
        move = workflow.APPLICATION.moves[name]
        form_class = FORMS.get(name) or (NoteForm if name == "withdraw" else None)
        initial = {"starts_on": found.publicity_ends_on} if name == "recognise" else {}
        acts.append(
            {
                "name": name,
                "label": move.label,
                "decision": decision,
                "is_judging": move.owner != "applicant",
                "is_plain": form_class is None,
                "is_strong": name in ("approve", "recognise", "start_publicity"),
                "form": (forms.get(name) or form_class(initial=initial)) if form_class else None,
                "is_open": name in forms,
            }
        )
    # a decision comes before taking it back, which is seldom wanted
    return sorted(acts, key=lambda act: not act["is_judging"])


def _returned(found: Any) -> Any:
    """Return what was said when the application was returned, while it is."""
    if found.state != "returned":
        return None
    said = [row for row in queries.reviews_of(found) if row.verdict == "return"]
    return said[-1] if said else None


def _said(found: Any, definition: Any) -> list[dict[str, Any]]:
    """Return what was done so far, newest first."""
    said = []
    for row in reversed(queries.reviews_of(found)):
        move = workflow.APPLICATION.moves.get(row.verdict)
        step = definition.step(row.step)
        said.append(
            {
                "row": row,
                "label": move.label if move else row.verdict,
                "step": step.label if step else "",
            }
        )
    return said


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
    version = _number(request, "version")
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
    number = _number(request, "form_version")
    if number in (0, found.type_version.number):
        return queries.get_version(found.type, found.type_version.number)
    return queries.get_version(found.type, number)


def _number(request: Any, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@audience(*READERS)
@require_POST
def application_move(request: Any, uuid: UUID) -> HttpResponse:
    """Approve, return, reject, put on notice, recognise or withdraw."""
    found = queries.get_application(uuid, viewer=request.viewer)
    name = request.POST.get("move", "")
    form_class = FORMS.get(name) or NoteForm
    form = form_class(request.POST)
    if not form.is_valid():
        return application_page(request, found, **{name: form})
    shared: dict[str, Any] = {
        "application": found,
        "version": _number(request, "version"),
        "by": request.viewer,
        "at": request.at,
    }
    reason = form.cleaned_data.get("reason", "")
    try:
        if name == "withdraw":
            actions.withdraw(reason=reason, **shared)
        elif name == "start_publicity":
            actions.start_publicity(**shared)
        elif name == "close_publicity":
            actions.close_publicity(**shared)
        elif name == "recognise":
            entry = actions.recognise(
                document_number=form.cleaned_data["document_number"],
                recognised_on=form.cleaned_data["starts_on"],
                **shared,
            )
            messages.success(
                request, _("Recognised under the number %(number)s.") % {"number": entry.number}
            )
            return redirect(address(request, "entry", entry.uuid))
        else:
            actions.review(verdict=name, reason=reason, **shared)
    except Invalid as error:
        add_errors(form, error, names={"recognised_on": "starts_on"})
        return application_page(request, found, **{name: form})
    found = queries.get_application(uuid, viewer=request.viewer)
    messages.success(
        request, _("The application is now: %(state)s.") % {"state": found.get_state_display()}
    )
    return redirect(address(request, "application", found.uuid))


@audience(*READERS)
@require_POST
def settle(request: Any, uuid: UUID) -> HttpResponse:
    """Uphold or dismiss an objection."""
    objection = queries.get_objection(uuid, viewer=request.viewer)
    form = SettleForm(request.POST)
    if form.is_valid():
        try:
            actions.settle_objection(
                objection=objection,
                is_upheld=form.cleaned_data["is_upheld"] == "yes",
                answer=form.cleaned_data["answer"],
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The objection is settled."))
            return redirect(address(request, "application", objection.application.uuid))
    found = queries.get_application(objection.application.uuid, viewer=request.viewer)
    return application_page(request, found, settle=form)


@audience(*READERS, "expert")
@require_safe
def attachment(request: Any, uuid: UUID) -> HttpResponse:
    """Answer with a kept file, to be saved and never shown as a page."""
    file = queries.get_attachment(uuid, viewer=request.viewer)
    answer = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
