"""What people type about people and roles, as clean values."""

from __future__ import annotations

import datetime
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.core.models import AuditRow, Job


class DayInput(forms.DateInput):
    """A date control of the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PersonFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(label=_("Role"), choices=Role.Kind.choices, method="by_role")

    class Meta:
        model = User
        fields = ("role",)

    def by_role(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        roles = Role.objects.visible_to(self.request.viewer).filter(kind=value)
        return rows.filter(pk__in=roles.values("user"))


class TrailFilter(django_filters.FilterSet):
    event = django_filters.CharFilter(label=_("Event"), lookup_expr="startswith")
    by = django_filters.CharFilter(label=_("Person"), field_name="by_name", lookup_expr="icontains")
    subject = django_filters.UUIDFilter(label=_("Subject"), field_name="subject_uuid")
    first = django_filters.DateFilter(
        label=_("From"), field_name="at", lookup_expr="date__gte", widget=DayInput()
    )
    last = django_filters.DateFilter(
        label=_("To"), field_name="at", lookup_expr="date__lte", widget=DayInput()
    )

    class Meta:
        model = AuditRow
        fields = ("event", "by", "subject", "first", "last")


class JobFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=Job.State.choices)

    class Meta:
        model = Job
        fields = ("state",)


class RoleForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("Role"),
        choices=Role.Kind.choices,
        help_text=_("The page “What each role may do” tells the duties of each."),
    )
    scope = forms.ModelChoiceField(
        label=_("Scope"),
        queryset=Scope.objects.none(),
        to_field_name="uuid",
        help_text=_(
            "The region on top of the page, the regions directly below it, and its "
            "organisations. Choose another region on top for others."
        ),
    )
    starts_on = forms.DateField(
        label=_("From"), widget=DayInput(), help_text=_("First day on which the role is held.")
    )

    def __init__(
        self, *args: Any, scopes: QuerySet[Scope], on: datetime.date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].queryset = scopes  # type: ignore[attr-defined]
        self.fields["starts_on"].initial = on


class GrantForm(RoleForm):
    ends_on = forms.DateField(
        label=_("Until before"),
        required=False,
        widget=DayInput(),
        help_text=_("First day on which the role is no longer held; empty for an open end."),
    )


class EndRoleForm(forms.Form):
    ends_on = forms.DateField(
        label=_("First day without the role"),
        widget=DayInput(),
        help_text=_("The history stays; what the person did keeps their name."),
    )


class PersonForm(RoleForm):
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=150,
        validators=[User.username_validator],
        help_text=_("Letters, digits and @ . + - _ ; it cannot be changed later."),
    )
    name = forms.CharField(
        label=_("Name of the person"), max_length=100, help_text=_("As on the identity card.")
    )
    password = forms.CharField(
        label=_("First password"),
        required=False,
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "At least ten characters; the person changes it after the first sign-in. "
            "Without one the person cannot sign in yet."
        ),
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("For notices; may stay empty.")
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, help_text=_("Kept encrypted.")
    )
    citizen_id = forms.CharField(
        label=_("Citizen id"),
        required=False,
        max_length=18,
        help_text=_("18 characters, kept encrypted; only where the work needs it."),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        initial="zh-hans",
        help_text=_("In which notices are written."),
    )
    field_order = ("username", "name", "kind", "scope", "starts_on", "password")


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        max_length=128,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters. Tell it to the person on a safe way."),
    )


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("Of the pages and of the notices to you."),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Notices go there as well, if this installation sends mail."),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Why you need it"),
        max_length=300,
        help_text=_("A few words; your name, the time and the reason are recorded."),
    )
