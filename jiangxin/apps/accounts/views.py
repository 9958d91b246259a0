"""Pages about people: the own account, people and roles, jobs, and the audit trail."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from jiangxin.apps.accounts import actions, forms, permissions, queries
from jiangxin.apps.accounts.models import Scope
from jiangxin.core.errors import DomainError
from jiangxin.core.http import audience
from jiangxin.core.jobs import get_job
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

MANAGERS = ("operator",)


@audience("signed-in")
def account(request: Any) -> HttpResponse:
    user = queries.get_user(request.user.uuid, viewer=request.viewer)
    initial = {"language": user.language, "email": user.email}
    form = forms.PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_preferences(
                user=user, by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Your choices are saved."))
            answer = redirect("accounts:account")
            answer.set_cookie(
                settings.LANGUAGE_COOKIE_NAME,
                form.cleaned_data["language"],
                max_age=365 * 24 * 3600,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
                samesite="Lax",
            )
            return answer
    context = {"form": form, "card": queries.person_card(user, viewer=request.viewer)}
    return page(request, "accounts/account.html", context)


def _roles_text(user: Any) -> str:
    return "; ".join(
        f"{role.get_kind_display()} ({role.scope.label})" for role in user.visible_roles
    )


@audience(*MANAGERS)
@require_safe
def users(request: Any) -> HttpResponse:
    columns = (
        Column(
            "name",
            _("Name of the person"),
            sort="name",
            link=lambda user: reverse("accounts:user", args=[user.uuid]),
        ),
        Column("username", _("Sign-in name"), sort="username"),
        Column("roles", _("Roles"), _roles_text),
        Column("last_login", _("Last sign-in"), sort="last_login", kind="datetime"),
    )
    listing = Listing(
        request,
        queries.users(viewer=request.viewer),
        columns,
        search=True,
        filterset=forms.PersonFilter,
        name="people",
        empty=_("Nobody is known here yet. Make the first person known."),
    )
    return listing.response() or page(request, "accounts/users.html", {"listing": listing})


@audience("signed-in")
@require_safe
def user(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_user(uuid, viewer=request.viewer)
    context = {
        "card": queries.person_card(found, viewer=request.viewer),
        "may_manage": request.viewer.holds_anywhere("accounts.manage"),
        "today": request.at.date(),
    }
    return page(request, "accounts/user.html", context)


@audience(*MANAGERS)
@sensitive_post_parameters("password", "citizen_id", "phone")
def create_user(request: Any) -> HttpResponse:
    form = forms.PersonForm(request.POST or None, scopes=_scopes(request), on=request.at.date())
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_user_with_role(
                by=request.viewer, at=request.at, **form.cleaned_data
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("%(name)s is known now.") % {"name": made})
            return redirect("accounts:user", made.uuid)
    context = {
        "form": form,
        "heading": _("Make a person known"),
        "lead": _("With a first role, which says where and as what the person acts."),
        "button": _("Save"),
        "back": reverse("accounts:users"),
    }
    return page(request, "accounts/act.html", context)


@audience(*MANAGERS)
def grant_role(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_user(uuid, viewer=request.viewer)
    form = forms.GrantForm(request.POST or None, scopes=_scopes(request), on=request.at.date())
    if request.method == "POST" and form.is_valid():
        try:
            actions.grant_role(user=found, by=request.viewer, at=request.at, **form.cleaned_data)
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The role is granted."))
            return redirect("accounts:user", found.uuid)
    return _person_act(request, found, form, _("Grant a role"), _("Grant"))


@audience(*MANAGERS)
def end_role(request: Any, uuid: UUID) -> HttpResponse:
    role = queries.get_role(uuid, viewer=request.viewer)
    permissions.can_manage_roles(request.viewer, role.scope).enforce()
    form = forms.EndRoleForm(request.POST or None, initial={"ends_on": request.at.date()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_role(
                role=role,
                ends_on=form.cleaned_data["ends_on"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The role ends on that day."))
            return redirect("accounts:user", role.user.uuid)
    heading = _("End the role “%(role)s” in %(scope)s") % {
        "role": role.get_kind_display(),
        "scope": role.scope.label,
    }
    return _person_act(request, role.user, form, heading, _("End the role"))


@audience(*MANAGERS)
@sensitive_post_parameters("password")
def set_password(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_user(uuid, viewer=request.viewer)
    permissions.can_set_password(request.viewer, found).enforce()
    form = forms.PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_password(
                user=found,
                password=form.cleaned_data["password"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The new password holds from now on."))
            return redirect("accounts:user", found.uuid)
    return _person_act(request, found, form, _("Set a new password"), _("Set the password"))


@audience("signed-in")
@never_cache
def reveal(request: Any, uuid: UUID) -> HttpResponse:
    found = queries.get_user(uuid, viewer=request.viewer)
    permissions.can_view_user(request.viewer, found).enforce()
    form = forms.ReasonForm(request.POST or None)
    revealed = None
    if request.method == "POST" and form.is_valid():
        try:
            revealed = actions.reveal_personal_data(
                user=found,
                reason=form.cleaned_data["reason"],
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
    context = {"person": found, "form": form, "revealed": revealed}
    return page(request, "accounts/reveal.html", context)


@audience("signed-in")
@require_safe
def roles(request: Any) -> HttpResponse:
    kinds, rows = queries.duty_table()
    return page(request, "accounts/roles.html", {"kinds": kinds, "rows": rows})


@audience("operator", "auditor")
@require_safe
def trail(request: Any) -> HttpResponse:
    is_file = request.GET.get("format") == "xlsx"
    columns = (
        Column("at", _("Time"), sort="id", kind="datetime"),
        Column("by", _("Person"), "by_name", sort="by_name"),
        Column("event", _("Event"), sort="event"),
        Column("data", _("What changed"), lambda row: _compact(row.data)),
        Column("subject_kind", _("Kind of thing")),
        Column(
            "subject",
            _("Subject"),
            lambda row: str(row.subject_uuid or "")[: 36 if is_file else 8],
            link=lambda row: f"?subject={row.subject_uuid}" if row.subject_uuid else "",
        ),
        Column("path", _("Scope"), sort="path"),
        Column("sealed", _("Sealed"), "is_sealed"),
    )
    listing = Listing(
        request,
        queries.trail(viewer=request.viewer),
        columns,
        filterset=forms.TrailFilter,
        name="audit-trail",
        empty=_("Nothing was recorded in your scope yet."),
    )
    return listing.response() or page(request, "accounts/trail.html", {"listing": listing})


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(", ", ": "))[:2000] if data else ""


@audience("signed-in")
@require_safe
def jobs(request: Any) -> HttpResponse:
    columns = (
        Column(
            "task",
            _("Kind of work"),
            queries.job_label,
            link=lambda job: reverse("accounts:job", args=[job.uuid]),
        ),
        Column(
            "state", _("State"), kind="status", label_of=lambda job: str(job.get_state_display())
        ),
        Column("by", _("Asked by"), "by_name", sort="by_name"),
        Column("created_at", _("Asked at"), kind="datetime", sort="created_at"),
        Column("finished_at", _("Finished at"), kind="datetime", sort="finished_at"),
        Column("note", _("Note")),
    )
    listing = Listing(
        request,
        queries.jobs_for(request.viewer),
        columns,
        filterset=forms.JobFilter,
        name="jobs",
        empty=_("No work ran in the background yet. Imports and computations appear here."),
    )
    return listing.response() or page(request, "accounts/jobs.html", {"listing": listing})


@audience("signed-in")
@require_safe
def job(request: Any, uuid: UUID) -> HttpResponse:
    found = get_job(str(uuid), viewer=request.viewer)
    context = {
        "job": found,
        "label": queries.job_label(found),
        "is_busy": found.state in ("queued", "running"),
        "results": list(found.result.items()),
    }
    return page(request, "accounts/job.html", context, partial="progress")


def _scopes(request: Any) -> Any:
    if request.region is None:
        return Scope.objects.none()
    return queries.scopes_near(request.region, viewer=request.viewer)


def _person_act(
    request: Any, found: Any, form: django_forms.Form, heading: str, button: str
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "lead": str(found),
        "button": button,
        "back": reverse("accounts:user", args=[found.uuid]),
    }
    return page(request, "accounts/act.html", context)
