"""What people type on the pages of collections, as clean values."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.collections.models import Filing
from jiangxin.apps.collections.workflow import EDITABLE, FilingState


class Lines(forms.CharField):
    """A text of a few sentences."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        options.setdefault("max_length", 2000)
        super().__init__(**options)


class Day(forms.DateField):
    """A day with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**options)


class NoteForm(forms.Form):
    """A remark that goes with an approval."""

    reason = Lines(
        label=_("Remark"), required=False, help_text=_("The filer reads it; may stay empty.")
    )


class ReasonForm(forms.Form):
    """A reason for an act that somebody will ask about."""

    reason = Lines(label=_("Reason"), help_text=_("The filer reads it, and it stays on record."))


class DeadlineForm(forms.Form):
    """A later deadline, with the reason."""

    due_on = Day(label=_("New deadline"), help_text=_("A day after the deadline until now."))
    reason = Lines(label=_("Reason"), help_text=_("Who files is told it together with the day."))


class ReopenForm(forms.Form):
    """Until when a closed edition takes returns again."""

    late_until = Day(
        label=_("Taken until"), help_text=_("Returns that come until this day are taken, as late.")
    )
    reason = Lines(label=_("Reason"), help_text=_("It stays on record."))


class CallForm(forms.Form):
    """Asks for an edition beside the rhythm."""

    title = forms.CharField(
        label=_("Name of this call"),
        max_length=200,
        help_text=_("For instance the occasion: “special inspection of May 2026”."),
    )
    opens_on = Day(
        label=_("Opens on"), required=False, help_text=_("Today, if you leave it empty.")
    )
    due_on = Day(label=_("Deadline"), help_text=_("The last day for being on time."))


class RunForm(forms.Form):
    """From when on a region asks for the returns of a collection."""

    starts_on = Day(
        label=_("From"),
        required=False,
        help_text=_("Editions that are open on this day are asked for too. Today, if empty."),
    )


class SheetForm(forms.Form):
    """A sheet that was filled in offline."""

    file = forms.FileField(
        label=_("Filled-in sheet"),
        help_text=_("The template of this edition as .xlsx, or a .csv file with the same columns."),
    )


class ApplyForm(forms.Form):
    """What is done with the rows of a checked sheet."""

    skip_bad = forms.BooleanField(
        label=_("Submit the good rows without the bad ones"),
        required=False,
        help_text=_("The bad rows can be mended in the file and uploaded again later."),
    )
    note = Lines(
        label=_("Explanation of unusual values"),
        required=False,
        help_text=_("Rows with unusual values are left out unless you explain them here."),
    )


class DefinitionForm(forms.Form):
    """A collection as YAML text."""

    text = forms.CharField(
        label=_("Definition"),
        strip=False,
        max_length=200_000,
        help_text=_(
            "YAML as in the files that come with the product: label, purpose, audience, "
            "recurrence, review, fields and checks."
        ),
        widget=forms.Textarea(
            attrs={"rows": 30, "spellcheck": "false", "class": "definition-text"}
        ),
    )


class FilerFilter(django_filters.FilterSet):
    """Filters of the filers of an edition; their rows carry the state of the return."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("missing", _("not handed in")), *FilingState.choices],
        method="by_state",
    )
    late = django_filters.ChoiceFilter(
        label=_("Late"), choices=[("yes", _("late or overdue")), ("no", _("on time"))],
        method="by_lateness",
    )  # fmt: skip

    def by_state(self, rows: Any, _name: str, value: str) -> Any:
        """Keep the filers whose return is in a state."""
        if value == "missing":
            return rows.filter(state__in=EDITABLE)
        return rows.filter(state=value)

    def by_lateness(self, rows: Any, _name: str, value: str) -> Any:
        """Keep who handed in late, or has not handed in though the deadline has passed."""
        edition, today = self.request.edition, self.request.at.date()
        late = Q(filing_is_late=True)
        if today > edition.due_on:
            own = Q(filing_due_on__isnull=True) | Q(filing_due_on__lt=today)
            late |= Q(state__in=EDITABLE) & own
        return rows.filter(late) if value == "yes" else rows.exclude(late)


class QueueFilter(django_filters.FilterSet):
    """Filters of what waits for the viewer."""

    edition = django_filters.UUIDFilter(
        label=_("Edition"), field_name="edition__uuid", widget=forms.HiddenInput()
    )

    class Meta:
        model = Filing
        fields = ("edition",)
