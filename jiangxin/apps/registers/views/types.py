"""Pages of types: what a register is, all types, and changing one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.registers import actions, permissions, queries
from jiangxin.apps.registers.forms import DefinitionForm, KeepForm
from jiangxin.apps.registers.forms.types import DEFINITION, raw_of, values_of
from jiangxin.apps.registers.queries.trials import form_changes, trial_of
from jiangxin.apps.registers.queries.words import indicator_label, organisation_words
from jiangxin.apps.registers.views.applications import place_label
from jiangxin.apps.registers.views.places import KEEPERS, address, may_keep, tabs
from jiangxin.apps.registers.workflow import Level
from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.forms import InvalidForm, Problem, clean
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm, dynamic_row_move, posted
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing


@audience("public")
@require_safe
def type_(request: Any, code: str) -> HttpResponse:
    """Show what a register is, who may apply, and what it counts for."""
    kind = queries.get_type(code)
    on = request.at.date()
    definition = queries.current_definition(kind, on=on)
    versions = queries.versions_of(kind)
    viewer = request.viewer
    context = {
        "kind": kind,
        "definition": definition,
        "fields": _fields(definition),
        "steps": [{"step": step, "where": place_label(step.at)} for step in definition.review],
        "levels": [Level(level).label for level in definition.levels],
        "applicants": organisation_words(definition.applicants),
        "members": [_member(role) for role in definition.members],
        "counting": _counting(definition),
        "versions": versions,
        "difference": _difference(kind, versions, request.GET.get("difference", "")),
        "may_apply": not kind.is_retired and viewer.holds_anywhere("registers.apply"),
        "may_take_over": may_keep(request),
        "may_edit": permissions.can_manage_types(viewer),
        "tabs": tabs(request, "entries"),
    }
    return page(request, "registers/type.html", context)


def _member(role: Any) -> str:
    least = _("at least %(n)s") % {"n": role.min} if role.min else ""
    most = _("at most %(n)s") % {"n": role.max} if role.max is not None else ""
    limits = _(", ").join(text for text in (least, most) if text)
    who = _(", ").join(organisation_words(role.who)) if role.who.kinds else ""
    notes = "; ".join(text for text in (limits, who) if text)
    return f"{role.label} ({notes})" if notes else str(role.label)


def _fields(definition: Any) -> list[dict[str, Any]]:
    public = definition.public or ()
    return [
        {
            "label": field.label,
            "help": field.help,
            "kind": field_words(field),
            "required": _("yes")
            if field.required
            else _("at times")
            if field.required_when
            else "",
            "is_public": field.code in public,
            "source": field.source,
        }
        for field in definition.form.fields
    ]


def field_words(field: Any) -> str:
    """Say in words what a field takes."""
    names = {
        "text": _("words"),
        "number": _("figure"),
        "money": _("money"),
        "date": _("date"),
        "period": _("period"),
        "choice": _("choice"),
        "yes_no": _("yes or no"),
        "file": _("file"),
        "table": _("table"),
        "link": _("link"),
    }
    word = names[field.type]
    if field.type == "choice":
        return f"{word}: " + _(", ").join(str(choice.label) for choice in field.choices)
    if field.type == "table":
        return f"{word}: " + _(", ").join(str(column.label) for column in field.columns)
    return word


def _counting(definition: Any) -> list[dict[str, Any]]:
    rows = []
    for rule in definition.counting:
        code = rule.indicator or rule.code
        notes = [str(Level(level).label) for level in rule.levels]
        if rule.quantity:
            notes.append(_("adds up the quantity"))
        if rule.together_with:
            notes.append(_("together with other registers"))
        if rule.since:
            notes.append(_("from %(year)s on") % {"year": rule.since})
        rows.append(
            {
                "label": rule.label or indicator_label(code),
                "url": reverse("indicators:indicator", args=[code]),
                "note": _(", ").join(notes),
            }
        )
    return rows


def as_text(raw: Mapping[str, Any]) -> str:
    """Write a definition as the YAML that people edit."""
    return yaml.safe_dump(dict(raw), allow_unicode=True, sort_keys=False, width=100)


def _difference(kind: Any, versions: Any, asked: str) -> dict[str, Any] | None:
    numbers = [version.number for version in versions]
    if not asked.isdecimal() or int(asked) not in numbers or int(asked) == min(numbers):
        return None
    number = int(asked)
    earlier = max(n for n in numbers if n < number)
    old, new = (queries.get_version(kind, n) for n in (earlier, number))
    lines = difflib.unified_diff(
        as_text(old.definition).splitlines(), as_text(new.definition).splitlines(), n=2, lineterm=""
    )
    shown = [(line[:1], line[1:]) for line in lines if not line.startswith(("---", "+++", "@@"))]
    changes = form_changes(old, new)
    return {"number": number, "lines": shown, "summary": changes}


@audience("operator")
@require_safe
def types(request: Any) -> HttpResponse:
    definitions = queries.current_definitions(on=request.at.date())
    rows = []
    for _group, cards in queries.overview(request.viewer, at=request.at):
        rows += [
            {
                "code": card.code,
                "label": str(card.definition.label),
                "group": _group,
                "fields": len(card.definition.form.fields),
                "in_force": card.in_force,
                "open": card.open_applications,
                "version": definitions[card.code].version,
                "source": _("screen") if card.is_from_screen else _("file"),
                "state": "archived" if card.is_retired else "active",
                "state_label": _("retired") if card.is_retired else _("in use"),
                "is_simulated": False,
            }
            for card in cards
        ]
    listing = Listing(
        request,
        rows,
        [
            Column(
                "label",
                gettext_lazy("Kind of register"),
                sort="label",
                link=lambda row: reverse("registers:type", args=[row["code"]]),
            ),
            Column("code", gettext_lazy("Code"), sort="code"),
            Column("group", gettext_lazy("Group"), sort="group"),
            Column("fields", gettext_lazy("Number of fields"), sort="fields", kind="number"),
            Column("in_force", gettext_lazy("In force"), sort="in_force", kind="number"),
            Column("open", gettext_lazy("Open applications"), sort="open", kind="number"),
            Column("version", gettext_lazy("Version"), sort="version", kind="number"),
            Column("source", gettext_lazy("Made in"), sort="source"),
            Column(
                "state",
                gettext_lazy("State"),
                sort="state",
                kind="status",
                label_of=lambda row: row["state_label"],
            ),
        ],
        search=True,
        name="types",
        empty=gettext_lazy("No registers are set up yet."),
    )
    context = {
        "listing": listing,
        "may_edit": permissions.can_manage_types(request.viewer),
        "may_keep": may_keep(request),
        "keep_form": KeepForm(initial={"since_year": request.at.year}),
        "tabs": tabs(request, "types"),
    }
    return listing.response() or page(request, "registers/types.html", context)


@audience(*KEEPERS)
@require_POST
def keep(request: Any) -> HttpResponse:
    """Say since when the region keeps its registers here."""
    may_keep(request).enforce()
    form = KeepForm(request.POST)
    if form.is_valid():
        try:
            actions.keep_registers(
                region=request.region, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(
                request,
                _("From %(year)s on, what has no entry counts as none.") % form_year(form),
            )
    return redirect(address(request, "types"))


def form_year(form: Any) -> dict[str, Any]:
    """Return the year for a message."""
    return {"year": form.cleaned_data["since_year"]}


@audience("operator")
@require_POST
def retire(request: Any, code: str) -> HttpResponse:
    kind = queries.get_type(code)
    actions.retire_type(
        kind=kind,
        is_retired=request.POST.get("is_retired") == "yes",
        by=request.viewer,
        at=request.at,
    )
    messages.success(request, _("The changes are saved."))
    return redirect(address(request, "type", code))


@audience("operator")
def type_new(request: Any) -> HttpResponse:
    return _edit(request, None)


@audience("operator")
def edit_type(request: Any, code: str) -> HttpResponse:
    return _edit(request, queries.get_type(code))


def _edit(request: Any, kind: Any) -> HttpResponse:
    """Change a type as a form or as text: preview and trial first, then save."""
    permissions.can_manage_types(request.viewer).enforce()
    version = queries.current_version(kind, on=request.at.date()) if kind is not None else None
    base: dict[str, Any] = dict(version.definition) if version else {}
    as_yaml = request.GET.get("as") == "text"
    form = DefinitionForm(
        request.POST or None if as_yaml else None,
        initial={"text": as_text(base), "version": version.number if version else 0},
    )
    values: Any = values_of(base)
    raw, move, error = base, None, None
    problems: tuple[Problem, ...] = ()
    if request.method == "POST" and as_yaml and form.is_valid():
        raw, error = _parsed(form.cleaned_data["text"])
    elif request.method == "POST" and not as_yaml:
        move = dynamic_row_move(request)
        values = posted(DEFINITION, request, values={})
        checked = clean(DEFINITION, values)
        problems = checked.errors
        raw = raw_of(checked.values, base)
    trial = None
    is_ready = request.method == "POST" and move is None and not problems and not error
    if is_ready and (not as_yaml or form.is_valid()):
        try:
            trial = trial_of(raw, on=request.at.date())
            if "save" in request.POST:
                return _save(request, raw, version)
        except InvalidForm as refused:
            error = refused.message
        except DomainError as refused:
            if refused.status in (403, 404):
                raise
            error = refused.message
    if error and as_yaml:
        form.add_error("text", error)
    context = {
        "kind": kind,
        "version": version,
        "as_yaml": as_yaml,
        "form": form,
        "error": error,
        "trial": trial,
        "preview": DynamicForm(trial.definition.form, values={}, prefix="preview")
        if trial is not None
        else None,
        "dynamic": DynamicForm(
            DEFINITION,
            values=values,
            problems=problems,
            viewer=request.viewer,
            version=version.number if version else 0,
            move=move,
            default_button="try",
        ),
    }
    status = 422 if error or problems else 200
    return page(request, "registers/edit_type.html", context, status=status)


def _parsed(text: str) -> tuple[dict[str, Any], str | None]:
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = _("line %(n)s") % {"n": mark.line + 1} if mark else ""
        return {}, _("This is not YAML: %(place)s %(what)s") % {
            "place": place,
            "what": getattr(problem, "problem", "") or "",
        }
    if not isinstance(raw, dict):
        return {}, _("A definition is a mapping that begins with `code`.")
    return raw, None


def _save(request: Any, raw: Mapping[str, Any], version: Any) -> HttpResponse:
    number = request.POST.get("version", "")
    made = actions.save_type(
        raw=raw,
        version=int(number) if number.isdecimal() else 0,
        by=request.viewer,
        at=request.at,
    )
    messages.success(request, _("Version %(n)s is in force.") % {"n": made.number})
    code = str(raw.get("code") or "")
    if version is not None and code != version.type.code:
        raise NotFound
    return redirect(address(request, "type", code))
