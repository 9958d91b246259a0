"""Pages about tasks: the list, one task, reports, and names to settle."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import actions, permissions, queries, workflow
from jiangxin.apps.policies.views.forms import add_errors, uuid_of
from jiangxin.apps.policies.views.tasks_forms import (
    MakeTasksForm,
    ReasonForm,
    ReportForm,
    TaskFilter,
    TaskForm,
    files_of,
    number_of,
)
from jiangxin.core.errors import DomainError, Invalid, NotFound
from jiangxin.core.http import audience
from jiangxin.core.permissions import refuse
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

READERS = ("operator", "leader", "officer", "auditor", "office", "school", "enterprise")
REPORTERS = ("officer", "office", "school", "enterprise")


def address(request: Any, name: str, *args: Any, **query: Any) -> str:
    """Return the address of a page of this app with region and year kept."""
    kept = {key: request.GET[key] for key in ("region", "year") if request.GET.get(key)}
    parts = {**kept, **{key: value for key, value in query.items() if value not in (None, "")}}
    url = reverse(f"policies:{name}", args=args)
    return f"{url}?{urlencode(parts)}" if parts else url


def may_manage(request: Any) -> Any:
    """Answer whether the viewer may set tasks in the region on top of the page."""
    if request.region is None:
        return refuse(_("Load the administrative divisions first."))
    return permissions.can_manage_tasks(request.viewer, request.region.path)


def work_tabs(request: Any, current: str) -> list[dict[str, Any]]:
    """Return the tabs over the pages about work that is carried out."""
    views = [
        ("tasks", _("Task list")),
        ("tasks_plan", _("Plan")),
        ("tasks_calendar", _("Calendar")),
        ("meetings", _("Joint meetings")),
        ("duty_lists", _("Duty lists")),
        ("cases", _("Good practice")),
    ]
    if may_manage(request):
        views.insert(3, ("task_names", _("Names to settle")))
    return [
        {"label": label, "url": address(request, name), "is_current": name == current}
        for name, label in views
    ]


def _task_link(row: Any) -> str:
    return reverse("policies:task", args=[row.uuid])


def _columns(on: datetime.date) -> list[Column]:
    def standing(row: Any) -> str:
        found: str = row.standing(on)
        return found

    def label(row: Any) -> str:
        return _("overdue") if row.is_overdue(on) else str(row.get_state_display())

    return [
        Column("text", gettext_lazy("Task"), value="text", sort="text", link=_task_link),
        Column("number", gettext_lazy("Number"), sort="number", kind="number"),
        Column("sub_action", gettext_lazy("Sub-action"), sort="sub_action"),
        Column("offices", gettext_lazy("Responsible"), value=queries.office_names),
        Column("implementers", gettext_lazy("Implementing units"), value=queries.implementer_names),
        Column("due_on", gettext_lazy("Deadline"), sort="due_on", kind="date"),
        Column(
            "progress", gettext_lazy("Done"), "progress_rate", sort="progress_rate", kind="rate"
        ),
        Column("state", gettext_lazy("State"), standing, "state", "status", label_of=label),
        Column(
            "document",
            gettext_lazy("Document"),
            value=lambda row: row.document.title if row.document else "",
            sort="document__title",
        ),
        Column("indicator", gettext_lazy("Indicator")),
    ]


@audience(*READERS)
@require_safe
def tasks(request: Any) -> HttpResponse:
    on = request.at.date()
    only_mine = request.GET.get("mine") == "1"
    rows = queries.tasks(viewer=request.viewer, region=request.region, only_mine=only_mine)
    columns = _columns(on)
    if not request.GET.get("format"):
        columns = [
            column
            for column in columns
            if column.key not in ("indicator", "sub_action", "document")
        ]
    listing = Listing(
        request,
        rows,
        columns,
        search=("text", "indicator", "action", "sub_action", "assignments__name"),
        filterset=TaskFilter,
        name="tasks",
        empty=gettext_lazy(
            "There are no tasks yet. They are made from the task table of a document, from a "
            "clause, or from what a joint meeting resolved."
        ),
    )
    if listing.text:  # a search in the names of units meets a task once for each of them
        listing.found = listing.found.distinct()
    counts = None
    if request.region is not None and not only_mine:
        counts = queries.task_counts(region=request.region, viewer=request.viewer, on=on)
    context = {
        "listing": listing,
        "counts": counts,
        "only_mine": only_mine,
        "has_mine": any("@" in path for path in request.viewer.paths("tasks.report")),
        "may_manage": may_manage(request),
        "tabs": work_tabs(request, "tasks"),
    }
    return listing.response() or page(request, "policies/tasks.html", context)


@audience(*READERS)
@require_safe
def task(request: Any, uuid: str) -> HttpResponse:
    return task_page(request, queries.get_task(uuid, viewer=request.viewer))


def task_page(
    request: Any,
    found: Any,
    *,
    report_form: ReportForm | None = None,
    reason_form: ReasonForm | None = None,
) -> HttpResponse:
    """Answer with one task, and with the form that somebody has to correct."""
    on = request.at.date()
    viewer = request.viewer
    may_report = permissions.can_report_task(viewer, found)
    may_manage_it = permissions.can_manage_task(viewer, found)
    can_report = workflow.TASK.can(found.state, "submit")
    moves = []
    for move in workflow.TASK.possible(found.state):
        may = may_report if move.owner == "assignee" else may_manage_it
        if may and move.name != "submit":
            moves.append((move, move.name in actions.NEEDS_REASON))
    status = 422 if (report_form or reason_form) else 200
    context = {
        "task": found,
        "standing": found.standing(on),
        "standing_label": _("overdue") if found.is_overdue(on) else found.get_state_display(),
        "groups": queries.carriers_by_role(found),
        "source": queries.source_of(found),
        "follow": queries.follow(found, viewer=viewer),
        "targets": found.targets.all(),
        "next_due": queries.next_due(found),
        "may_manage": may_manage_it,
        "may_report": may_report if can_report else can_report,
        "moves": moves,
        "reason_form": reason_form or ReasonForm(),
        "report_form": report_form
        or ReportForm(
            organisations=queries.reporting_organisations(found, viewer=viewer),
            bureau=_bureau(request, found),
            initial={"percent": round(found.progress_rate * 100)},
        ),
    }
    return page(request, "policies/task.html", context, status=status)


def _bureau(request: Any, found: Any) -> str:
    """Return the name of the bureau that follows the task if the viewer reports for it."""
    may = request.viewer.holds("tasks.report", found.scope.path)
    return str(found.scope.label) if may else ""


@audience(*REPORTERS)
@require_POST
def task_report(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_task(uuid, viewer=request.viewer)
    mine = queries.reporting_organisations(found, viewer=request.viewer)
    form = ReportForm(
        request.POST, request.FILES, organisations=mine, bureau=_bureau(request, found)
    )
    if form.is_valid():
        chosen = form.cleaned_data.get("organisation", "")
        try:
            actions.report_task(
                task=found,
                text=form.cleaned_data["text"],
                progress_rate=form.cleaned_data["percent"] / 100,
                says_done=form.cleaned_data["says_done"],
                organisation=next((row for row in mine if str(row.uuid) == chosen), None),
                files=files_of(form),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            if error.status in (403, 404, 409):
                raise
            add_errors(form, error)
        else:
            messages.success(request, _("Your report is kept; the bureau sees it."))
            return redirect(address(request, "task", found.uuid))
    return task_page(request, found, report_form=form)


@audience(*REPORTERS)
@require_POST
def task_move(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_task(uuid, viewer=request.viewer)
    form = ReasonForm(request.POST)
    try:
        found = actions.move_task(
            task=found,
            move=request.POST.get("move", ""),
            reason=request.POST.get("reason", ""),
            by=request.viewer,
            at=request.at,
        )
    except Invalid as error:
        form.is_valid()
        form.errors.clear()
        add_errors(form, error)
        return task_page(request, found, reason_form=form)
    messages.success(
        request, _("The task is now: %(state)s.") % {"state": found.get_state_display()}
    )
    return redirect(address(request, "task", found.uuid))


@audience(*READERS)
@require_safe
def evidence(request: Any, uuid: str) -> HttpResponse:
    return attachment(queries.get_evidence(uuid, viewer=request.viewer))


def attachment(file: Any) -> HttpResponse:
    """Answer with a kept file, to be saved and never shown as a page."""
    answer = HttpResponse(bytes(file.content), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@audience("officer")
def task_new(request: Any) -> HttpResponse:
    """Set a task, on its own or for a clause, milestone or target named in the address."""
    source = _source(request)
    region = source["document"].region if source["document"] else request.region
    scope = source["document"].scope if source["document"] else _scope(request)
    permissions.can_manage_tasks(request.viewer, scope.path).enforce()
    form = TaskForm(request.POST or None, initial=source["initial"])
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_task(
                scope=scope,
                region=region,
                document=source["document"],
                clause=source["clause"],
                targets=source["targets"],
                units=form.units(),
                by=request.viewer,
                at=request.at,
                **form.values(),
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The task is set; those who carry it were told."))
            return redirect(address(request, "task", made.uuid))
    context = {
        "form": form,
        "heading": _("Set a task"),
        "lead": source["lead"] or region.name,
        "button": _("Set the task"),
        "back": address(request, "tasks"),
        "back_label": _("Tasks"),
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


def _scope(request: Any) -> Any:
    if request.region is None:
        raise NotFound
    return accounts.scope_of_region(request.region)


def _source(request: Any) -> dict[str, Any]:
    """Return what a new task is made from, and what the form proposes."""
    found: dict[str, Any] = {"document": None, "clause": None, "targets": (), "lead": ""}
    initial: dict[str, Any] = {"kind": request.GET.get("kind", "task"), "recurrence": "once"}
    clause = None
    if uuid := request.GET.get("clause", ""):
        clause = queries.get_clause(uuid_of(uuid), viewer=request.viewer)
        initial["text"] = clause.heading or clause.text[:300]
    elif uuid := request.GET.get("milestone", ""):
        item: Any = queries.get_item("milestone", uuid_of(uuid), viewer=request.viewer)
        clause, found["document"] = item.clause, item.document
        since = item.document.plan_starts_on or request.at.date()
        schedule = queries.schedule_of(item.recurrence, since=max(since, request.at.date()))
        initial |= {"text": item.milestone, "recurrence": schedule.recurrence}
        initial["due_on"] = item.due_on or schedule.due_on
    elif uuid := request.GET.get("target", ""):
        target = queries.get_target(uuid_of(uuid), viewer=request.viewer)
        clause, found["document"], found["targets"] = target.clause, target.document, (target,)
        initial |= {"text": target.metric, "due_on": target.due_on}
        initial["indicator"] = f"{target.metric} {queries.promise(target)}"
    if clause is not None:
        found["clause"], found["document"] = clause, clause.document
        roles = {"lead": "lead", "support": "support", "unspecified": "responsible"}
        for duty in queries.responsibilities_of(clause):
            initial.setdefault(roles[duty.role], []).extend(duty.units)
    if found["document"] is not None:
        found["lead"] = f"{found['document'].citation} {clause.path if clause else ''}".strip()
        initial.setdefault("due_on", queries.plan_of(found["document"])[1])
    found["initial"] = initial
    return found


@audience("officer")
def task_edit(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_task(uuid, viewer=request.viewer)
    permissions.can_manage_task(request.viewer, found).enforce()
    form = TaskForm(request.POST or None, initial=TaskForm.initial_of(found))
    version = found.version
    if request.method == "POST" and form.is_valid():
        version = number_of(request.POST.get("version"))
        try:
            actions.change_task(
                task=found,
                version=version,
                values=form.values(),
                units=form.units(),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
            version = int(str(error.data.get("version", version)))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect(address(request, "task", found.uuid))
    context = {
        "form": form,
        "version": version,
        "heading": _("Change the task"),
        "lead": found.text,
        "button": _("Save"),
        "back": address(request, "task", found.uuid),
        "back_label": found.text[:40],
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


@audience("officer")
def make_tasks(request: Any, uuid: str) -> HttpResponse:
    """Make tasks of the rows of a document's task tables."""
    document = queries.get_document(uuid, viewer=request.viewer)
    permissions.can_manage_tasks(request.viewer, document.scope.path).enforce()
    initial = {"due_on": queries.plan_of(document)[1]}
    form = MakeTasksForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = actions.make_tasks(
            document=document,
            due_on=form.cleaned_data["due_on"],
            by=request.viewer,
            at=request.at,
        )
        count = len(made.tasks)
        text = ngettext("%(n)s task was made.", "%(n)s tasks were made.", count) % {"n": count}
        messages.success(request, text)
        if made.unknown:
            messages.warning(
                request,
                _("Some names mean no organisation that is known: %(names)s. Say whom they mean.")
                % {"names": "、".join(made.unknown[:8])},
            )
            return redirect(address(request, "task_names"))
        return redirect(address(request, "tasks", document=document.uuid))
    context = {
        "form": form,
        "heading": _("Make tasks of the task table"),
        "lead": document.citation,
        "note": _("Every accepted row that is no task yet becomes one; nothing is made twice."),
        "button": _("Make the tasks"),
        "back": reverse("policies:document", args=[document.uuid]),
        "back_label": document.title,
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


@audience("officer")
def task_names(request: Any) -> HttpResponse:
    """Say whom a name in tasks means."""
    may_manage(request).enforce()
    on = request.at.date()
    problems: dict[str, str] = {}
    if request.method == "POST":
        name = request.POST.get("name", "")
        try:
            count = actions.settle_name(
                name=name,
                region=request.region,
                uuids=[uuid_of(uuid) for uuid in request.POST.getlist("organisations") if uuid],
                keep_alias=request.POST.get("keep_alias") == "yes",
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            problems[name] = " ".join(str(v) for v in _fields(error).values()) or error.message
        else:
            text = ngettext(
                "“%(name)s” is settled in %(n)s task.",
                "“%(name)s” is settled in %(n)s tasks.",
                count,
            )
            messages.success(request, text % {"name": name, "n": count})
            return redirect(address(request, "task_names"))
    names = queries.unknown_names(viewer=request.viewer, region=request.region, on=on)
    context = {
        "rows": [(row, problems.get(row.name, "")) for row in names],
        "known": organisations.organisations(viewer=request.viewer, region=request.region, on=on)
        if names
        else [],
        "tabs": work_tabs(request, "task_names"),
    }
    return page(request, "policies/task_names.html", context, status=422 if problems else 200)


def _fields(error: DomainError) -> dict[str, Any]:
    fields = error.data.get("fields")
    return fields if isinstance(fields, dict) else {}
