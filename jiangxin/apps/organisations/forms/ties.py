"""What people type about ownership, holdings, campuses and groups, and about duplicates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations import queries
from jiangxin.apps.organisations.forms.directory import DayInput
from jiangxin.apps.organisations.forms.events import OtherField
from jiangxin.apps.organisations.models import Holding, Organisation, OrganisationLink
from jiangxin.apps.reference import queries as reference

_EMPTY = ("", "—")


class OwnershipForm(forms.Form):
    ownership = forms.ChoiceField(
        label=_("Ownership"),
        choices=Organisation.Ownership.choices,
        help_text=_("All have the same standing in law; entitled policies are listed beside."),
    )
    form = forms.ChoiceField(
        label=_("Form of ownership"),
        choices=[_EMPTY, *Organisation.OwnershipForm.choices],
        required=False,
        help_text=_("By whom and with whose capital it is run, if that is known."),
    )


class HoldingForm(forms.Form):
    holder = OtherField(
        label=_("Holder"),
        required=False,
        help_text=_("An organisation of the register; if it is not in it, write the name below."),
    )
    holder_name = forms.CharField(
        label=_("Name of the holder"),
        required=False,
        max_length=200,
        help_text=_("Only if the register does not know the holder."),
    )
    holder_kind = forms.ChoiceField(
        label=_("Kind of holder"),
        choices=Holding.HolderKind.choices,
        help_text=_("Whose capital it is."),
    )
    share_percent = forms.DecimalField(
        label=_("Share in percent"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        help_text=_("Of the capital; all shares of a day together are at most 100."),
    )
    starts_on = forms.DateField(
        label=_("From"), required=False, widget=DayInput(), help_text=_("Empty if long ago.")
    )
    ends_on = forms.DateField(
        label=_("Ends before"),
        required=False,
        widget=DayInput(),
        help_text=_("First day on which it no longer holds; empty if open."),
    )
    source = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=200,
        help_text=_("Articles, licence or agreement that shows it."),
    )

    def __init__(
        self, *args: Any, organisation: Organisation, region: Any, viewer: Any, on: Any, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        rows = queries.organisations(viewer=viewer, region=region, on=on)
        self.fields["holder"].queryset = rows.exclude(pk=organisation.pk)  # type: ignore[attr-defined]


class CampusForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the campus"), max_length=100, help_text=_("For instance by its district.")
    )
    address = forms.CharField(label=_("Address"), max_length=300, help_text=_("Street and number."))
    region = forms.ChoiceField(label=_("Region"), help_text=_("In which it lies."))
    area_m2 = forms.DecimalField(
        label=_("Campus area (m²)"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("Ground of the campus, in square metres."),
    )
    building_m2 = forms.DecimalField(
        label=_("Floor area (m²)"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        help_text=_("Of all buildings on it, in square metres."),
    )
    starts_on = forms.DateField(
        label=_("From"), required=False, widget=DayInput(), help_text=_("Empty if long ago.")
    )
    is_main = forms.BooleanField(
        label=_("Main campus"), required=False, help_text=_("Another main campus is then none.")
    )

    def __init__(self, *args: Any, organisation: Organisation, on: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        here = organisation.region
        above = reference.ancestors_of(here.code, on=on)
        province = next((r for r in above if r.level == "province"), here)
        near = [r for r in reference.regions_within(province.code, on=on) if r.level == here.level]
        self.regions = {row.code: row for row in [here, *near]}
        choices = [(code, row.name) for code, row in self.regions.items()]
        self.fields["region"].choices = choices  # type: ignore[attr-defined]

    def clean_region(self) -> Any:
        return self.regions[self.cleaned_data["region"]]


class EndForm(forms.Form):
    ends_on = forms.DateField(
        label=_("Ends before"),
        widget=DayInput(),
        help_text=_("First day on which it no longer holds; it stays in the history."),
    )


class AlignmentForm(forms.Form):
    dimension = forms.ChoiceField(
        label=_("Dimension"),
        choices=OrganisationLink.Alignment.choices,
        help_text=_("One of the seven on which secondary and higher schools of a group align."),
    )
    note = forms.CharField(
        label=_("What was agreed"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In a sentence or two; empty takes it back."),
    )


class JoinForm(forms.Form):
    """Which entry says it right, field by field."""

    def __init__(self, *args: Any, differences: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        for row in differences:
            self.fields[row.name] = forms.ChoiceField(
                label=row.label,
                choices=(("kept", row.one or "—"), ("other", row.other or "—")),
                widget=forms.RadioSelect,
                initial="other" if row.other and not row.one else "kept",
                help_text=_("First the entry that stays, then the other."),
            )
        self.fields["reason"] = forms.CharField(
            label=_("How you know that they are the same"),
            max_length=500,
            help_text=_("In a sentence; it stays in the trail."),
        )

    @property
    def from_other(self) -> list[str]:
        """Names of the fields of which the other entry says it right."""
        return [name for name, value in self.cleaned_data.items() if value == "other"]
