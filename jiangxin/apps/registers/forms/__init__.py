"""What people type on the pages of registers, as clean values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.registers import queries
from jiangxin.apps.registers.models import AnnualCheck, Application, Entry
from jiangxin.apps.registers.workflow import ApplicationState, EntryState, Group, Level

Choices = Sequence[tuple[str, Any]]


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


class Moment(forms.DateTimeField):
    """A day and time with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        options.setdefault("widget", widget)
        super().__init__(**options)


def _labels(request: Any) -> list[tuple[str, str]]:
    return list(queries.type_labels(on=request.at.date()).items())


class EntryFilter(django_filters.FilterSet):
    """Filters of lists of entries; region and year come from the top of the page."""

    type = django_filters.ChoiceFilter(label=_("Kind of register"), field_name="type__code")
    # read by `group_of` before the list is made: the groups stand in files, not in rows
    group = django_filters.ChoiceFilter(label=_("Group"), choices=Group.choices, method="keep_all")
    level = django_filters.ChoiceFilter(label=_("Level recognised"), choices=Level.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=EntryState.choices)

    class Meta:
        model = Entry
        fields = ("type", "group", "level", "state")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["type"].extra["choices"] = _labels(self.request)

    @staticmethod
    def group_of(given: Mapping[str, Any]) -> str:
        """Return the group asked for, if there is such a group."""
        group = given.get("group", "")
        return group if group in Group.values else ""

    def keep_all(self, rows: Any, _name: str, _value: str) -> Any:
        """Keep the rows as they are."""
        return rows


class ApplicationFilter(django_filters.FilterSet):
    """Filters of lists of applications."""

    type = django_filters.ChoiceFilter(label=_("Kind of register"), field_name="type__code")
    state = django_filters.ChoiceFilter(label=_("State"), choices=ApplicationState.choices)
    level = django_filters.ChoiceFilter(label=_("Level recognised"), choices=Level.choices)

    class Meta:
        model = Application
        fields = ("type", "state", "level")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.filters["type"].extra["choices"] = _labels(self.request)


class ApplyForm(forms.Form):
    """Who applies for what."""

    holder = forms.ChoiceField(
        label=_("Applicant"), help_text=_("The organisation or authority that would hold it.")
    )
    title = forms.CharField(
        label=_("Name of the thing"),
        max_length=200,
        help_text=_("As it should stand in the register, for instance the name of the centre."),
    )
    level = forms.ChoiceField(
        label=_("Level recognised"), help_text=_("Level of the authority that is to recognise it.")
    )
    call = forms.ChoiceField(
        label=_("Call"), help_text=_("The open call that the application answers."), required=False
    )

    def __init__(
        self, *args: Any, holders: Choices, levels: Choices, calls: Choices | None, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._choices("holder").choices = holders
        self._choices("level").choices = levels
        if calls is None:
            del self.fields["call"]
        else:
            self._choices("call").choices = calls
            self._choices("call").required = True

    def _choices(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        return field


class AgainForm(forms.Form):
    """Asks that something recognised be renewed or raised."""

    kind = forms.ChoiceField(
        label=_("Request"),
        choices=[("renewal", _("renewal")), ("upgrade", _("higher level"))],
        help_text=_("A renewal keeps the level; the number in the register stays in both cases."),
    )
    level = forms.ChoiceField(
        label=_("Level recognised"), help_text=_("Level of the authority that is to recognise it.")
    )

    def __init__(self, *args: Any, levels: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        level = self.fields["level"]
        assert isinstance(level, forms.ChoiceField)  # noqa: S101 -- declared above
        level.choices = levels


class ReasonForm(forms.Form):
    """A reason for a step that somebody will ask about."""

    reason = Lines(label=_("Reason"), help_text=_("The applicant reads this sentence."))


class NoteForm(forms.Form):
    """A remark that may be left out."""

    reason = Lines(
        label=_("Remark"),
        required=False,
        help_text=_("Stays with the application; may be left out."),
    )


class RecogniseForm(forms.Form):
    """The decision that recognises."""

    document_number = forms.CharField(
        label=_("Number of the decision"),
        max_length=100,
        help_text=_("Number of the document that recognises it."),
    )
    starts_on = Day(label=_("Effective from"), help_text=_("Usually the date of the document."))


class RevokeForm(forms.Form):
    """Ends a recognition before its time."""

    on = Day(label=_("From"), help_text=_("First day on which it is no longer recognised."))
    reason = Lines(
        label=_("Reason"),
        help_text=_("The holder reads it; it stays in the timeline."),
        max_length=500,
    )


class MemberForm(forms.Form):
    """An organisation joins."""

    # stands in the form of an application, which may be saved without it
    use_required_attribute = False

    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=200,
        help_text=_("Full name or code as in the directory of organisations."),
    )
    role = forms.ChoiceField(label=_("Part taken"), help_text=_("As what it takes part."))
    joined_on = Day(label=_("From"), help_text=_("First day as a member."), required=False)

    def __init__(self, *args: Any, roles: Choices, is_dated: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        role = self.fields["role"]
        assert isinstance(role, forms.ChoiceField)  # noqa: S101 -- declared above
        role.choices = roles
        if not is_dated:
            del self.fields["joined_on"]


class MemberLeftForm(forms.Form):
    """A member leaves."""

    left_on = Day(label=_("Until before"), help_text=_("First day on which it is no member."))
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Why it leaves; stays in the record.")
    )


class CheckForm(forms.Form):
    """The annual check of an entry."""

    year = forms.IntegerField(label=_("Year"), help_text=_("The year that is checked."))
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=AnnualCheck.Outcome.choices,
        help_text=_("What the check found as a whole."),
    )
    mend_by = Day(
        label=_("To be mended by"),
        required=False,
        help_text=_("Needed where something must be mended."),
    )
    note = Lines(
        label=_("Remark"),
        required=False,
        max_length=500,
        help_text=_("What was found."),
    )


class AmendForm(forms.Form):
    """Why recognised values change."""

    title = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("As it stands in the register.")
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("The values until now stay in the timeline with this reason."),
    )


class CallForm(forms.Form):
    """A call for applications."""

    type = forms.ChoiceField(label=_("Kind of register"), help_text=_("What may be applied for."))
    level = forms.ChoiceField(
        label=_("Level recognised"),
        choices=Level.choices,
        help_text=_("Level at which it is recognised."),
    )
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("As in the notice that calls.")
    )
    opens_at = Moment(label=_("Opens"), help_text=_("From then on applications can be sent."))
    closes_at = Moment(label=_("Closes"), help_text=_("Nothing is taken from this moment on."))
    quota = forms.IntegerField(
        label=_("At most"),
        min_value=1,
        required=False,
        help_text=_("How many can be recognised; leave open if there is no limit."),
    )
    document = forms.CharField(
        label=_("Notice"),
        max_length=200,
        required=False,
        help_text=_("Title and number of the notice that calls."),
    )

    def __init__(self, *args: Any, types: Choices, is_new: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        kind = self.fields["type"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 -- declared above
        kind.choices = types
        if not is_new:  # what was called for does not change
            del self.fields["type"], self.fields["level"]


class PanelForm(forms.Form):
    """Announces a draw of experts."""

    seed_source = forms.CharField(
        label=_("Where the seed will come from"),
        max_length=200,
        help_text=_(
            "A public number that nobody knows yet, for instance the winning numbers of a named "
            "lottery draw of tomorrow."
        ),
    )


class DrawForm(forms.Form):
    """Draws the experts."""

    seed = forms.CharField(
        label=_("Seed"),
        max_length=200,
        help_text=_("The number as published; everybody can draw again with it."),
    )


class ScoreForm(forms.Form):
    """The points of one expert for one application."""

    def __init__(self, *args: Any, criteria: Iterable[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        self.criteria = list(criteria)
        for criterion in self.criteria:
            self.fields[criterion.code] = forms.DecimalField(
                label=str(criterion.label),
                min_value=0,
                max_value=criterion.points,
                decimal_places=1,
                help_text=_("0 to %(most)s points") % {"most": f"{criterion.points:g}"},
            )
            self.fields[f"{criterion.code}-comment"] = forms.CharField(
                label=_("Remark"),
                required=False,
                max_length=500,
                help_text=_("Why; may be left out."),
            )

    def rows(self) -> list[tuple[Any, Any]]:
        """Return the boxes for points and remark of each criterion."""
        return [(self[c.code], self[f"{c.code}-comment"]) for c in self.criteria]

    def points(self) -> dict[str, Any]:
        """Return the points by criterion."""
        return {c.code: self.cleaned_data[c.code] for c in self.criteria}

    def comments(self) -> dict[str, str]:
        """Return the remarks by criterion."""
        found = {c.code: self.cleaned_data[f"{c.code}-comment"] for c in self.criteria}
        return {code: text for code, text in found.items() if text}


class ObjectionForm(forms.Form):
    """An objection during the public notice."""

    text = Lines(
        label=_("Your objection"),
        help_text=_("What speaks against the recognition, with facts that can be checked."),
    )
    contact = forms.CharField(
        label=_("How to reach you"),
        max_length=200,
        help_text=_("Phone or mail; only those who settle the objection see it."),
    )


class SettleForm(forms.Form):
    """What becomes of an objection."""

    is_upheld = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("no", _("dismissed")), ("yes", _("upheld"))],
        help_text=_("An upheld objection keeps the application from being recognised."),
    )
    answer = Lines(label=_("Answer"), help_text=_("What was looked into and found."))


class CompareForm(forms.Form):
    """Which register and which two years."""

    type = forms.ChoiceField(label=_("Kind of register"), help_text=_("Register to compare."))
    first = forms.IntegerField(
        label=_("Earlier year"), min_value=1990, max_value=2100, help_text=_("Earlier year.")
    )
    second = forms.IntegerField(
        label=_("Later year"), min_value=1990, max_value=2100, help_text=_("Later year.")
    )

    def __init__(self, *args: Any, types: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        kind = self.fields["type"]
        assert isinstance(kind, forms.ChoiceField)  # noqa: S101 -- declared above
        kind.choices = types


class KeepForm(forms.Form):
    """Since when the region keeps its registers here."""

    since_year = forms.IntegerField(
        label=_("Since year"),
        min_value=1990,
        max_value=2100,
        help_text=_("From this year on, no entry means that there is none."),
    )


class SheetForm(forms.Form):
    """A list of things recognised earlier."""

    file = forms.FileField(
        label=_("Excel file"), help_text=_("The filled template of this register, or a CSV file.")
    )


class DefinitionForm(forms.Form):
    """A type as text."""

    text = forms.CharField(
        label=_("Definition"),
        help_text=_("YAML, as in the shipped files of rules/registers."),
        widget=forms.Textarea(
            attrs={"rows": 30, "class": "definition-text", "spellcheck": "false"}
        ),
        max_length=200_000,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    in_force_from = Day(
        label=_("Effective from"),
        required=False,
        help_text=_("Applications begun before keep the version they were begun with."),
    )
