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
from jiangxin.apps.registers.views.places import READERS, address, file_address, number_in
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.forms import Problem
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm
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
        "version": number_in(request, "version"),
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
