"""Filters of the list of what is due."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

SPANS = (
    ("near", _("late, and the next 30 days")),
    ("quarter", _("the next three months")),
    ("year", _("this year")),
    ("before", _("the year before")),
)


class DueFilter(forms.Form):
    """Filters of the list of what is due; all of them stay in the address."""

    span = forms.ChoiceField(label=_("Time"), required=False, choices=SPANS)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    filed = forms.ChoiceField(
        label=_("Filed"),
        required=False,
        choices=[("", _("all")), ("no", _("not filed")), ("late", _("late")), ("yes", _("filed"))],
    )
    whom = forms.ChoiceField(label=_("For whom"), required=False)
