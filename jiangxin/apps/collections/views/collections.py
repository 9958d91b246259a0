"""Pages of collections: what is asked in a region, and each collection by itself."""

from __future__ import annotations

import datetime
import difflib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.collections import actions, permissions, queries
from jiangxin.apps.collections.forms import CallForm, DefinitionForm, RunForm
from jiangxin.apps.collections.models import parse_definition
from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.views.places import (
    MANAGERS,
    READERS,
    address,
    bureau_region,
    edition_look,
    filing_look,
    tabs,
)
from jiangxin.apps.collections.views.words import (
    GROUPS,
    audience_words,
    field_words,
    filed_by_words,
    recurrence_words,
    step_words,
)
from jiangxin.core import forms as core_forms
from jiangxin.core import jobs
from jiangxin.core.errors import DomainError
from jiangxin.core.http import audience
from jiangxin.core.permissions import SYSTEM, refuse
from jiangxin.ui.dynamic import DynamicForm
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page

# planned returns show in the own list this long before they open
AHEAD = datetime.timedelta(days=62)


@audience(*READERS)
@require_safe
def collections(request: Any) -> HttpResponse:
    """Show what is asked, by whom and until when; to filers first what they have to file."""
    viewer = request.viewer
    region = bureau_region(request, "")
    own = _own(request)
    groups = _groups(request, region) if region is not None else []
    context = {
        "region": region,
        "own": own,
        "open_own": sum(row["is_open"] for row in own),
        "files": viewer.holds_anywhere("collections.file"),
        "groups": groups,
        "asked": sum(card["is_asked"] for group in groups for card in group["cards"]),
        "may_manage": permissions.can_manage_collections(viewer, region.path)
        if region is not None
        else refuse(_("Your role does not include this duty.")),
        "tabs": tabs(request, "collections"),
    }
    return page(request, "collections/collections.html", context)


def _own(request: Any) -> list[dict[str, Any]]:
    """List the returns that the viewer files: what is open first, then what was filed."""
    viewer, on = request.viewer, request.at.date()
    if not viewer.holds_anywhere("collections.file"):
        return []
    rows = queries.own_filings(viewer, queries.editions(viewer=viewer)[:200], on=on)
    before: dict[tuple[int, int], Any] = {}
    shown: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row.edition.opens_on, row.edition.pk)):
        key = (row.edition.collection_id, row.scope.pk)
        overdue = row.due_on < on and not row.is_filed
        shown.append(
            {
                "own": row,
                "url": address(request, "filing", row.edition.uuid, row.scope.uuid),
                "last": before.get(key),
                "look": filing_look(row.state, overdue=overdue),
                "is_open": row.edition.state == "open" and not row.is_filed,
                "is_planned": row.edition.state == "planned",
                "days": row.edition.days_left(on),
                "is_simulated": row.is_simulated,
            }
        )
        before[key] = row
    place = {"open": 0, "planned": 1}
    soon = on + AHEAD
    shown = [row for row in shown if not row["is_planned"] or row["own"].edition.opens_on <= soon]
    shown.sort(key=lambda row: row["own"].due_on, reverse=True)
    shown.sort(
        key=lambda row: (
            not row["is_open"],
            place.get(row["own"].edition.state, 2),
            row["own"].due_on if row["is_open"] or row["is_planned"] else on,
        )
    )
    return shown


def _groups(request: Any, region: Any) -> list[dict[str, Any]]:
    """List the collections of a region by group, with what is under way of each."""
    viewer, on = request.viewer, request.at.date()
    running: dict[int, Any] = {}
    for row in queries.runnings(viewer=viewer, on=on, region=region):
        running[row.collection_id] = row
    current = lists.latest_editions(viewer=viewer, region=region, on=on)
    ahead = lists.next_editions(viewer=viewer, region=region)
    every = [edition for rows in current.values() for edition in rows]
    counted = queries.counts(every, on=on, within=region.path) if every else {}
    may_manage = permissions.can_manage_collections(viewer, region.path)
    cards: dict[str, list[dict[str, Any]]] = {}
    for collection in queries.collections(viewer=viewer):
        definition = collection.definition
        editions = current.get(collection.pk, [])
        total = queries.Progress()
        for edition in editions:
            for progress in counted[edition.pk].values():
                total.add(progress)
        runs = running.get(collection.pk)
        cards.setdefault(definition.group, []).append(
            {
                "collection": collection,
                "definition": definition,
                "who": audience_words(definition.audience),
                "when": recurrence_words(definition.recurrence),
                "editions": editions,
                "edition": editions[0] if len(editions) == 1 else None,
                "look": edition_look(editions[0]) if len(editions) == 1 else None,
                "next": ahead.get(collection.pk),
                "progress": total,
                "bar": bar_of(total),
                "running": runs,
                "is_asked": runs is not None or bool(editions),
                "runs_here": runs is not None and runs.region.path == region.path,
                "may_run": may_manage,
                "is_simulated": any(edition.is_simulated for edition in editions),
            }
        )
    return [
        {"label": GROUPS[code], "cards": cards[code], "asked": sum(c["is_asked"] for c in found)}
        for code, found in sorted(cards.items(), key=lambda item: list(GROUPS).index(item[0]))
    ]


def bar_of(progress: queries.Progress) -> dict[str, int]:
    """Return how many filers are approved, handed in, begun, missing, as looks of one bar."""
    states = progress.states
    return {
        "achieved": progress.approved,
        "submitted": states["submitted"],
        "in_progress": states["draft"] + states["returned"],
        "planned": max(progress.missing - states["draft"] - states["returned"], 0),
        "not_yet_measurable": progress.excused,
    }


@audience(*READERS)
@require_safe
def collection(request: Any, code: str) -> HttpResponse:
    """Show one collection: what it asks and of whom, its versions and editions."""
    return _collection_page(request, queries.get_collection(code, viewer=request.viewer))


def _collection_page(request: Any, found: Any, **given: Any) -> HttpResponse:
    viewer, on = request.viewer, request.at.date()
    definition = found.definition
    region = bureau_region(request, "")
    runnings = list(queries.runnings(viewer=viewer, on=on, region=region, collection=found))
    versions = queries.versions_of(found)
    may_manage = (
        permissions.can_manage_collections(viewer, region.path)
        if region is not None
        else refuse(_("Your role does not include this duty."))
    )
    context = {
        "collection": found,
        "definition": definition,
        "region": region,
        "who": audience_words(definition.audience),
        "filed_by": filed_by_words(definition.filed_by),
        "when": recurrence_words(definition.recurrence),
        "reminders": _reminders(definition),
        "steps": [step_words(step) for step in definition.review],
        "fields": [
            {"field": field, "kind": field_words(field), "section": _section(definition, field)}
            for field in definition.form.fields
        ],
        "versions": versions,
        "difference": _difference(versions, request.GET.get("difference", "")),
        "editions": [
            (edition, edition_look(edition))
            for edition in lists.editions_of(found, viewer=viewer, region=region)
        ],
        "runnings": [
            (row, permissions.can_manage_collections(viewer, row.scope.path)) for row in runnings
        ],
        "runs_here": any(region is not None and r.region.path == region.path for r in runnings),
        "may_manage": may_manage,
        "may_edit": _may_edit(viewer, found),
        "run_form": given.get("run") or RunForm(),
        "call_form": given.get("call") or CallForm(),
        "tabs": tabs(request, ""),
    }
    return page(request, "collections/collection.html", context, status=422 if given else 200)


def _may_edit(viewer: Any, found: Any) -> Any:
    if found.scope is None:
        return refuse(
            _("This collection comes with the product; take it as a draft for one of your own.")
        )
    return permissions.can_manage_collections(viewer, found.scope.path)


def _reminders(definition: Any) -> list[str]:
    words = []
    for days in definition.reminders:
        if days > 0:
            words.append(
                ngettext("%(n)s day before the deadline", "%(n)s days before the deadline", days)
                % {"n": days}
            )
        elif days == 0:
            words.append(_("on the last day"))
        else:
            words.append(
                ngettext("%(n)s day after the deadline", "%(n)s days after the deadline", -days)
                % {"n": -days}
            )
    return words


def _section(definition: Any, field: Any) -> str:
    labels = {section.code: str(section.label) for section in definition.form.sections}
    return labels.get(field.section, "")


def as_text(raw: Mapping[str, Any]) -> str:
    """Write a definition as the YAML that people edit."""
    return yaml.safe_dump(dict(raw), allow_unicode=True, sort_keys=False, width=100)


def _difference(versions: Any, asked: str) -> dict[str, Any] | None:
    by_number = {version.number: version for version in versions}
    if not asked.isdecimal() or int(asked) not in by_number or int(asked) - 1 not in by_number:
        return None
    new, old = by_number[int(asked)], by_number[int(asked) - 1]
    before, after = (as_text(json.loads(row.content)).splitlines() for row in (old, new))
    lines = difflib.unified_diff(before, after, n=2, lineterm="")
    shown = [(line[:1], line[1:]) for line in lines if not line.startswith(("---", "+++", "@@"))]
    changes = core_forms.compare(old.definition.form, new.definition.form)
    return {"number": new.number, "lines": shown, "summary": change_words(changes)}


def change_words(changes: core_forms.Changes) -> list[str]:
    """Say in lines what a newer form asks differently."""
    rows = [
        (_("New: %(fields)s"), changes.added),
        (_("No longer asked: %(fields)s"), changes.removed),
        (_("Changed: %(fields)s"), [change.code for change in changes.changed]),
        (_("Renamed: %(fields)s"), [f"{old} → {new}" for old, new in changes.renamed]),
        (_("Checks changed: %(fields)s"), changes.checks),
    ]
    return [words % {"fields": _(", ").join(codes)} for words, codes in rows if codes]


@audience(*MANAGERS)
@require_POST
def run(request: Any, code: str) -> HttpResponse:
    """Have a collection run in the region on top of the page."""
    found = queries.get_collection(code, viewer=request.viewer)
    form = RunForm(request.POST)
    if form.is_valid():
        try:
            actions.run_collection(
                collection=found,
                region=request.region,
                starts_on=form.cleaned_data["starts_on"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            if error.status in (403, 404):
                raise
            add_errors(form, error)
        else:
            jobs.defer("collections.open_editions", by=SYSTEM, at=request.at)
            messages.success(
                request,
                _("From now on this is asked here; its editions appear in a moment."),
            )
            return redirect(address(request, "collection", code))
    return _collection_page(request, found, run=form)


@audience(*MANAGERS)
@require_POST
def stop(request: Any, uuid: UUID) -> HttpResponse:
    """Make no further editions of a collection."""
    running = queries.get_running(uuid, viewer=request.viewer)
    actions.stop_running(running=running, by=request.viewer, at=request.at)
    messages.success(request, _("No further editions are made; open ones go on to their end."))
    return redirect(address(request, "collection", running.collection.code))


@audience(*MANAGERS)
@require_POST
def call(request: Any, code: str) -> HttpResponse:
    """Ask for an edition now, beside the rhythm."""
    found = queries.get_collection(code, viewer=request.viewer)
    form = CallForm(request.POST)
    if form.is_valid():
        try:
            edition = actions.call_edition(
                collection=found,
                region=request.region,
                by=request.viewer,
                at=request.at,
                **form.cleaned_data,
            )
        except DomainError as error:
            if error.status in (403, 404):
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("The edition is made; who has to file is told."))
            return redirect(address(request, "edition", edition.uuid))
    return _collection_page(request, found, call=form)


@audience(*MANAGERS)
def new_collection(request: Any) -> HttpResponse:
    """Make a collection on screen, perhaps from another as a draft."""
    draft = request.GET.get("from", "")
    base = queries.get_collection(draft, viewer=request.viewer) if draft else None
    return _edit(request, None, base)


@audience(*MANAGERS)
def edit_collection(request: Any, code: str) -> HttpResponse:
    found = queries.get_collection(code, viewer=request.viewer)
    return _edit(request, found, found)


def _edit(request: Any, found: Any, base: Any) -> HttpResponse:
    """Change a collection as text: try first, then save."""
    region = request.region if found is None else found.scope and found.scope.region
    if found is not None:
        _may_edit(request.viewer, found).enforce()
    permissions.can_manage_collections(request.viewer, region.path if region else "").enforce()
    raw = json.loads(base.current.content) if base is not None else _EMPTY
    form = DefinitionForm(
        request.POST or None,
        initial={"text": as_text(raw)},
    )
    trial = None
    if request.method == "POST" and form.is_valid():
        text = form.cleaned_data["text"]
        try:
            trial = _trial(text, found)
            if "save" in request.POST:
                scope = accounts.scope_of_region(region)
                saved = actions.save_collection(
                    text=text,
                    scope=scope,
                    code=found.code if found is not None else "",
                    by=request.viewer,
                    at=request.at,
                )
                messages.success(
                    request, _("Version %(n)s is in force.") % {"n": saved.definition.form.version}
                )
                return redirect(address(request, "collection", saved.code))
        except DomainError as error:
            if error.status in (403, 404):
                raise
            form.add_error("text", error.message)
    context = {
        "collection": found,
        "base": base,
        "region": region,
        "form": form,
        "trial": trial,
        "preview": DynamicForm(trial["definition"].form, values={}, prefix="preview")
        if trial
        else None,
    }
    return page(request, "collections/edit.html", context, status=422 if form.errors else 200)


def _trial(text: str, found: Any) -> dict[str, Any]:
    """Read a definition and say what it changes, without saving it."""
    definition = parse_definition(queries.read_definition(text))
    changes = (
        change_words(core_forms.compare(found.definition.form, definition.form)) if found else []
    )
    return {
        "definition": definition,
        "changes": changes,
        "who": audience_words(definition.audience),
        "when": recurrence_words(definition.recurrence),
        "steps": [step_words(step) for step in definition.review],
    }


_EMPTY: Mapping[str, Any] = {
    "code": "new_return",
    "label": {"en": "New return", "zh-Hans": "新报表"},
    "group": "governance",
    "requirements": [],
    "purpose": {"en": "Say what it is for.", "zh-Hans": "说明用途。"},
    "audience": {"kinds": ["school"]},
    "filed_by": ["school"],
    "recurrence": {
        "every": "year",
        "opens": {"month": 3, "day": 1},
        "due": {"month": 4, "day": 30},
        "late_days": 15,
    },
    "reminders": [14, 3, 0, -3],
    "review": [{"by": "officer", "at": "county", "verb": "approve"}],
    "roll_up": False,
    "fields": {
        "total": {
            "type": "number",
            "unit": "item",
            "low": 0,
            "required": True,
            "label": {"en": "Total", "zh-Hans": "合计"},
        }
    },
    "checks": [],
}
