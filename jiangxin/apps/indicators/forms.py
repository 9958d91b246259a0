"""Input of reported values."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ReportForm(forms.Form):
    """A number, its year, and what shows that it is right."""

    year = forms.IntegerField(
        label=_("Year"), min_value=2000, max_value=2100, help_text=_("The year that it speaks of.")
    )
    value = forms.FloatField(
        label=_("Value"), min_value=0, help_text=_("In the unit of the indicator.")
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What shows that the number is right: name, number and date of the document."),
    )
    evidence_file = forms.FileField(
        label=_("File"), required=False, help_text=_("Optional: the document itself, up to 20 MB.")
    )

    def __init__(self, *args: Any, is_share: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_share = is_share
        if is_share:
            self.fields["value"].label = _("Value in percent")
            self.fields["value"].help_text = _("Between 0 and 100.")

    def clean_value(self) -> float:
        """Return the value as it is kept: a share of one for percentages."""
        value = float(self.cleaned_data["value"])
        return value / 100 if self.is_share else value
