"""What might become different at a school: another school joins, more students, a new building."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations import queries


class WhatIfForm(forms.Form):
    """Amounts are added to what was reported; a minus takes away."""

    students = forms.FloatField(
        label=_("More students"),
        required=False,
        help_text=_("For instance 200, or -50 for fewer."),
    )
    full_time_teachers = forms.FloatField(
        label=_("More full-time teachers"), required=False, help_text=_("Number of persons.")
    )
    area_m2 = forms.FloatField(
        label=_("More campus area"), required=False, help_text=_("In square metres.")
    )
    building_m2 = forms.FloatField(
        label=_("New buildings"), required=False, help_text=_("Floor area in square metres.")
    )
    teaching_m2 = forms.FloatField(
        label=_("More area for teaching and administration"),
        required=False,
        help_text=_("Floor area in square metres; for colleges."),
    )
    equipment_yuan = forms.FloatField(
        label=_("More equipment"), required=False, help_text=_("Value in yuan.")
    )
    books = forms.FloatField(
        label=_("More books"), required=False, help_text=_("Number of printed books.")
    )
    schools = forms.MultipleChoiceField(
        label=_("Merged with"),
        required=False,
        widget=forms.SelectMultiple,
        help_text=_("Their students, teachers, areas, equipment and books are added."),
    )

    def __init__(self, *args: Any, partners: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if partners:
            self.fields["schools"].choices = [(str(s.uuid), s.name) for s in partners]  # type: ignore[attr-defined]
        else:
            del self.fields["schools"]

    def change(self) -> queries.Change:
        """Return the amounts that were typed."""
        amounts = {name: self.cleaned_data.get(name) or 0 for name in queries.Change.__slots__}
        return queries.Change(**amounts)


class RegionFileForm(forms.Form):
    """A file of numbers or boundaries of regions."""

    file = forms.FileField(
        label=_("File"),
        help_text=_(
            "CSV with the columns region, year, population — or GeoJSON with the code of each "
            "region as adcode or code. At most 20 MB."
        ),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        help_text=_("Who published it, and where; it stands under the numbers."),
    )
