"""Pages about good-practice cases: the public ones, writing, reviewing, publishing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import actions, permissions, queries, workflow
from jiangxin.apps.policies.views.forms import add_errors
from jiangxin.apps.policies.views.tasks import address, attachment, work_tabs
from jiangxin.apps.policies.views.tasks_forms import CaseForm, CaseReviewForm, files_of, number_of
from jiangxin.core.errors import DomainError, Invalid
from jiangxin.core.http import audience
from jiangxin.core.permissions import ALLOWED, Decision, refuse
from jiangxin.ui.htmx import page

AUTHORS = ("officer", "office", "school")
_MAY = {
    "author": permissions.can_submit_case,
    "reviewer": permissions.can_review_case,
    "leader": permissions.can_publish_case,
}


@audience("public")
@require_safe
def cases(request: Any) -> HttpResponse:
    rows = list(queries.cases(viewer=request.viewer, region=request.region))
    context = {
        "published": [case for case in rows if case.state == workflow.CaseState.PUBLISHED],
        "waiting": [case for case in rows if case.state != workflow.CaseState.PUBLISHED],
        "may_tell": _may_tell(request),
        "tabs": work_tabs(request, "cases") if request.viewer.holds_anywhere("tasks.view") else [],
    }
    return page(request, "policies/cases.html", context)


def _may_tell(request: Any) -> Decision:
    if request.viewer.paths("cases.submit"):
        return ALLOWED
    return refuse(_("Offices and schools tell cases."))


@audience("public")
@require_safe
def case(request: Any, uuid: str) -> HttpResponse:
    return _case_page(request, queries.get_case(uuid, viewer=request.viewer))


def _case_page(request: Any, found: Any, form: CaseReviewForm | None = None) -> HttpResponse:
    viewer = request.viewer
    moves = [m for m in workflow.CASE.possible(found.state) if _MAY[m.owner](viewer, found)]
    may_change = permissions.can_submit_case(viewer, found)
    context = {
        "case": found,
        "badge": "approved" if found.state == workflow.CaseState.REVIEWED else found.state,
        "plain_moves": [m for m in moves if m.owner != "reviewer"],
        "review_moves": [m for m in moves if m.owner == "reviewer"],
        "may_change": may_change and found.state in ("draft", "returned"),
        "sees_review": bool(
            may_change
            or viewer.holds("cases.review", found.scope.path)
            or viewer.holds("cases.publish", found.scope.path)
        ),
        "form": form or CaseReviewForm(initial={"is_replicable": found.is_replicable}),
    }
    return page(request, "policies/case.html", context, status=422 if form else 200)


def _form(request: Any, **options: Any) -> CaseForm:
    viewer = request.viewer
    scopes = accounts.scopes(viewer=viewer, duty="cases.submit")
    own = scopes.filter(path__in=viewer.paths("cases.submit"))
    documents = queries.documents(viewer=viewer)
    return CaseForm(
        request.POST or None,
        request.FILES or None,
        scopes={str(scope.uuid): scope.label for scope in own},
        documents={str(row.uuid): row.title for row in documents},
        **options,
    )


def _values(request: Any, form: CaseForm) -> dict[str, Any]:
    chosen = form.cleaned_data["document"]
    document = queries.get_document(chosen, viewer=request.viewer) if chosen else None
    return {**form.values(), "document": document}


@audience(*AUTHORS)
def case_new(request: Any) -> HttpResponse:
    _may_tell(request).enforce()
    form = _form(request)
    if request.method == "POST" and form.is_valid():
        try:
            found = actions.tell_case(
                scope=accounts.get_scope(
                    form.cleaned_data["scope"], viewer=request.viewer, duty="cases.submit"
                ),
                values=_values(request, form),
                files=files_of(form),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The case is kept as a draft. Submit it when it is ready."))
            return redirect(address(request, "case", found.uuid))
    context = {
        "form": form,
        "heading": _("Tell a case"),
        "lead": _(
            "An experience that others can learn from; it is reviewed before it is published."
        ),
        "button": _("Keep as a draft"),
        "back": address(request, "cases"),
        "back_label": _("Good practice"),
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


@audience(*AUTHORS)
def case_edit(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_case(uuid, viewer=request.viewer)
    permissions.can_submit_case(request.viewer, found).enforce()
    names = ("title", "field", "summary", "text")
    initial = {name: getattr(found, name) for name in names}
    initial["document"] = str(found.document.uuid) if found.document else ""
    form = _form(request, initial=initial)
    del form.fields["scope"]
    version = found.version
    if request.method == "POST" and form.is_valid():
        version = number_of(request.POST.get("version"))
        try:
            actions.change_case(
                case=found,
                version=version,
                values=_values(request, form),
                files=files_of(form),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
            version = int(str(error.data.get("version", version)))
        else:
            messages.success(request, _("The changes are saved."))
            return redirect(address(request, "case", found.uuid))
    context = {
        "form": form,
        "version": version,
        "heading": _("Change the case"),
        "lead": found.title,
        "button": _("Save"),
        "back": address(request, "case", found.uuid),
        "back_label": found.title[:40],
    }
    return page(request, "policies/work_form.html", context, status=422 if form.errors else 200)


@audience(*AUTHORS, "expert", "leader")
@require_POST
def case_move(request: Any, uuid: str) -> HttpResponse:
    found = queries.get_case(uuid, viewer=request.viewer)
    move = request.POST.get("move", "")
    form = CaseReviewForm(request.POST)
    is_review = move in ("recommend", "return")
    try:
        found = actions.move_case(
            case=found,
            move=move,
            reason=request.POST.get("reason", ""),
            is_replicable="is_replicable" in request.POST if is_review else None,
            by=request.viewer,
            at=request.at,
        )
    except Invalid as error:
        form.is_valid()
        add_errors(form, error)
        return _case_page(request, found, form)
    messages.success(
        request, _("The case is now: %(state)s.") % {"state": found.get_state_display()}
    )
    return redirect(address(request, "case", found.uuid))


@audience("public")
@require_safe
def case_file(request: Any, uuid: str, file: str) -> HttpResponse:
    return attachment(queries.get_case_file(file, case=uuid, viewer=request.viewer))
