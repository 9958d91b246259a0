"""What people type in the directory and its imports, as clean values."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations import queries
from jiangxin.apps.organisations.actions import Details
from jiangxin.apps.organisations.models import Organisation, OrganisationEvent
from jiangxin.apps.organisations.workflow import EventState

_EMPTY = ("", "—")


class DayInput(forms.DateInput):
    """A date control of the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class EventFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=OrganisationEvent.Kind.choices, label=_("Event"))
    state = django_filters.ChoiceFilter(choices=EventState.choices, label=_("State"))

    class Meta:
        model = OrganisationEvent
        fields = ("kind", "state")


class OrganisationFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=Organisation.Kind.choices, label=_("Kind"))
    stage = django_filters.ChoiceFilter(choices=Organisation.Stage.choices, label=_("School stage"))
    ownership = django_filters.ChoiceFilter(
        choices=Organisation.Ownership.choices, label=_("Ownership")
    )

    class Meta:
        model = Organisation
        fields = ("kind", "stage", "ownership")


class FactsForm(forms.Form):
    """What can be corrected at any time."""

    stage = forms.ChoiceField(
        label=_("School stage"),
        choices=[_EMPTY, *Organisation.Stage.choices],
        required=False,
        help_text=_("For schools only: what kind of school it is."),
    )
    ownership = forms.ChoiceField(
        label=_("Ownership"),
        choices=[_EMPTY, *Organisation.Ownership.choices],
        required=False,
        help_text=_("Who runs it; leave open if it does not matter."),
    )
    uscc = forms.CharField(
        label=_("Credit code"),
        required=False,
        max_length=18,
        help_text=_(
            "Unified social credit code, 18 characters (GB 32100-2015); the last one checks the others."
        ),
    )
    school_code = forms.CharField(
        label=_("School code"),
        required=False,
        max_length=10,
        help_text=_("Ten digits; the third and fourth are the code of the province."),
    )
    is_listed = forms.BooleanField(
        label=_("Listed for the public"),
        required=False,
        help_text=_(
            "Name, kind, codes and address are then shown to everybody; contact and notes never are."
        ),
    )
    address = forms.CharField(
        label=_("Address"), required=False, max_length=300, help_text=_("Where letters go.")
    )
    contact_name = forms.CharField(
        label=_("Contact"),
        required=False,
        max_length=100,
        help_text=_("Whom to ask; seen only within the scope of the organisation."),
    )
    contact_phone = forms.CharField(
        label=_("Contact phone"),
        required=False,
        max_length=40,
        help_text=_("Kept encrypted; seen only within the scope of the organisation."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For colleagues; seen only within the scope of the organisation."),
    )

    def clean_uscc(self) -> str:
        return str(self.cleaned_data["uscc"]).strip().upper()

    def details(self, organisation: Organisation) -> Details:
        """Return the details said; names, place and period stay those of the organisation."""
        return Details(
            name=organisation.name,
            short_name=organisation.short_name,
            kind=organisation.kind,
            region=organisation.region,
            parent=organisation.parent,
            starts_on=organisation.starts_on,
            ends_on=organisation.ends_on,
            **self.cleaned_data,
        )


class RegisterForm(FactsForm):
    """Everything about a new organisation."""

    name = forms.CharField(
        label=_("Official name"), max_length=200, help_text=_("In full, as on the certificate.")
    )
    short_name = forms.CharField(
        label=_("Short name"),
        required=False,
        max_length=60,
        help_text=_("For lists and charts; may stay empty."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Organisation.Kind.choices,
        help_text=_("An office is a part of a public authority; name the authority below."),
    )
    parent = forms.CharField(
        label=_("Superior body"),
        required=False,
        max_length=200,
        help_text=_("Code or full name of the body that it is a part of; an office needs one."),
    )
    aliases = forms.CharField(
        label=_("Aliases"),
        required=False,
        max_length=1000,
        help_text=_("Other names in documents, separated by “；”."),
    )
    starts_on = forms.DateField(
        label=_("Begins on"),
        required=False,
        widget=DayInput(),
        help_text=_("Since when it exists; empty if long ago."),
    )
    is_new = forms.BooleanField(
        label=_("I compared: this is another organisation"),
        required=False,
        help_text=_("Only asked for when similar ones are known."),
    )
    difference = forms.CharField(
        label=_("How you know that it is another one"),
        required=False,
        max_length=300,
        help_text=_("In a sentence; it stays in the trail."),
    )
    field_order = (
        "name",
        "short_name",
        "kind",
        "stage",
        "parent",
        "ownership",
        "uscc",
        "school_code",
        "aliases",
        "starts_on",
    )

    def __init__(self, *args: Any, region: Any, viewer: Any, on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region, self.viewer, self.on = region, viewer, on

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("is_new") and not str(said.get("difference", "")).strip():
            self.add_error("difference", _("Say how you know that it is another one."))
        return said

    def clean_parent(self) -> Organisation | None:
        text = str(self.cleaned_data["parent"]).strip()
        if not text:
            return None
        found = queries.find_by_code(text, viewer=self.viewer) or (
            queries.find_by_name(text, region=self.region, viewer=self.viewer, on=self.on).exact
        )
        if found is None:
            raise forms.ValidationError(
                _("No organisation of this region is called so. Copy the name from the list.")
            )
        return found

    def clean_aliases(self) -> tuple[str, ...]:
        parts = str(self.cleaned_data["aliases"]).replace(";", "；").split("；")
        return tuple(part.strip() for part in parts if part.strip())

    def new_details(self) -> Details:
        """Return the details of the new organisation."""
        asked = ("is_new", "difference")
        values = {key: value for key, value in self.cleaned_data.items() if key not in asked}
        return Details(region=self.region, **values)


class RenameForm(forms.Form):
    name = forms.CharField(
        label=_("New official name"), max_length=200, help_text=_("In full, as decided.")
    )
    short_name = forms.CharField(
        label=_("Short name"), required=False, max_length=60, help_text=_("May stay empty.")
    )
    starts_on = forms.DateField(
        label=_("New name in force from"),
        widget=DayInput(),
        help_text=_("The old name stays in the history until the day before."),
    )
    source = forms.CharField(
        label=_("Naming decision"),
        required=False,
        max_length=200,
        help_text=_("Document and number that gave the name."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput())


class CloseForm(forms.Form):
    ends_on = forms.DateField(
        label=_("First day on which it no longer exists"),
        widget=DayInput(),
        help_text=_("Everything recorded of it stays; offices and parts must be closed first."),
    )


class AliasForm(forms.Form):
    text = forms.CharField(
        label=_("Name in documents"),
        max_length=200,
        help_text=_("Exactly as written there; within a region it stands for one organisation."),
    )
    source = forms.CharField(
        label=_("Seen in"),
        required=False,
        max_length=200,
        help_text=_("Document in which the name stands."),
    )


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Excel or CSV file"),
        help_text=_("With the headings of the template. Nothing is saved before you have seen it."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                _("The file has more than %(n)s MB. Divide it into several files.")
                % {"n": settings.UPLOAD_LIMIT // 1024 // 1024}
            )
        return file
