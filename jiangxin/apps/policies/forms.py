"""Input of the pages about documents, items and targets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.policies.models import (
    Clause,
    Item,
    Milestone,
    PolicyDocument,
    Responsibility,
    StrategyNode,
    Target,
)


class Lines(forms.CharField):
    """A list of names, one a line."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], code="required")

    def run_validators(self, value: Any) -> None:
        return


class Day(forms.DateField):
    """A day with the browser's own picker."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(**options)


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """One or more files."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", ManyFilesInput())
        super().__init__(**options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(ManyFiles, self).clean(file, initial) for file in files]


class ImportForm(forms.Form):
    """Files to read into the register."""

    files: Any = ManyFiles(
        label=_("Files"),
        help_text=_(
            "Word (.docx, .doc), PDF with text, HTML or plain text; several at once. The text is "
            "kept exactly as it is. The same text twice is one document."
        ),
    )
    region_code = forms.CharField(
        label=_("Whose document"),
        required=False,
        max_length=6,
        help_text=_(
            "Six digits of the region whose authority issued it. Empty: told from the issuers; "
            "you confirm it afterwards."
        ),
    )


class HeaderForm(forms.Form):
    """What the head of a document says."""

    title = forms.CharField(
        label=_("Title"), max_length=300, help_text=_("As printed, without line breaks.")
    )
    document_number = forms.CharField(
        label=_("Document number"),
        max_length=100,
        required=False,
        help_text=_("As printed, with the year in 〔〕. Other documents cite it by this number."),
    )
    issuers = Lines(label=_("Issued by"), required=False, help_text=_("One authority a line."))
    issued_on = Day(label=_("Issued on"), required=False, help_text=_("The day under the text."))
    plan_starts_on = Day(
        label=_("Plan begins"), required=False, help_text=_("First day of the plan period.")
    )
    plan_ends_on = Day(
        label=_("Plan ended by"),
        required=False,
        help_text=_("First day after the plan period: 2028-01-01 for a plan until 2027."),
    )
    disclosure = forms.CharField(
        label=_("Disclosure"),
        max_length=60,
        required=False,
        help_text=_("How the document itself says that it may be disclosed."),
    )
    region_code = forms.CharField(
        label=_("Whose document"),
        max_length=6,
        help_text=_("Six digits of the region whose authority issued it; saving confirms it."),
    )

    @classmethod
    def initial_of(cls, document: PolicyDocument) -> dict[str, Any]:
        """Return what the form shows first."""
        names = [name for name in cls.base_fields if name != "region_code"]
        values = {name: getattr(document, name) for name in names}
        return {**values, "region_code": document.region.code}


class ItemForm(forms.Form):
    """What all forms of items share: the version that was seen, and why it was changed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label=_("Why"),
        max_length=500,
        required=False,
        help_text=_("What the text really says, for colleagues who look at this later."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.order_fields([*(name for name in self.fields if name != "note"), "note"])

    def values(self) -> dict[str, Any]:
        """Return the editable fields only."""
        return {k: v for k, v in self.cleaned_data.items() if k not in ("version", "note")}


class TargetForm(ItemForm):
    metric = forms.CharField(
        label=_("Metric"), max_length=200, help_text=_("What is counted, in the words of the text.")
    )
    comparator = forms.ChoiceField(
        label=_("Comparator"),
        choices=Target.Comparator.choices,
        help_text=_("A bare number in the text is “exactly”; it is judged as a floor."),
    )
    low = forms.FloatField(
        label=_("Value"), help_text=_("50 for 50 %, 200000 for 20 万; the lower end of a range.")
    )
    high = forms.FloatField(
        label=_("Upper value"), required=False, help_text=_("Only for a range.")
    )
    unit = forms.CharField(
        label=_("Unit"),
        max_length=40,
        required=False,
        help_text=_("As printed; add /年 where the number is meant for each year."),
    )
    due_on = Day(
        label=_("Deadline"),
        required=False,
        help_text=_("Last day; leave empty where the document states none."),
    )
    scope_text = forms.CharField(
        label=_("Whom it concerns"), max_length=300, required=False, help_text=_("As printed.")
    )
    strength = forms.ChoiceField(
        label=_("Strength"),
        choices=Target.Strength.choices,
        help_text=_("How firmly the words promise it."),
    )
    baseline_value = forms.FloatField(
        label=_("Starting value"),
        required=False,
        help_text=_("In the unit of the target. Empty: the first measured year counts."),
    )
    baseline_year = forms.IntegerField(
        label=_("Starting year"),
        required=False,
        min_value=1990,
        max_value=2100,
        help_text=_("Year of the starting value."),
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        low, high = values.get("low"), values.get("high")
        is_range = values.get("comparator") == Target.Comparator.RANGE
        if is_range and (high is None or (low is not None and high < low)):
            self.add_error("high", _("A range needs an upper value that is not below the lower."))
        if (values.get("baseline_value") is None) != (values.get("baseline_year") is None):
            self.add_error("baseline_year", _("Give the starting value together with its year."))
        return values


class MilestoneForm(ItemForm):
    milestone = forms.CharField(
        label=_("Milestone"), max_length=500, help_text=_("What is to happen, in short.")
    )
    milestone_kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Milestone.Kind.choices,
        help_text=_("Once, regularly, or a word that means all of them."),
    )
    due_on = Day(label=_("Deadline"), required=False, help_text=_("Last day, if one is stated."))
    recurrence = forms.CharField(
        label=_("Rhythm"), max_length=60, required=False, help_text=_("As printed, e.g. 每年.")
    )
    scope_text = forms.CharField(
        label=_("Whom it concerns"), max_length=300, required=False, help_text=_("As printed.")
    )


class ResponsibilityForm(ItemForm):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=Responsibility.Role.choices,
        help_text=_("Lead and support only where the text says so."),
    )
    units = Lines(label=_("Units"), help_text=_("As printed, one a line."))


class TaskRowForm(ItemForm):
    number = forms.IntegerField(
        label=_("Number"), min_value=1, help_text=_("As printed in the table.")
    )
    action = forms.CharField(
        label=_("Action"), max_length=300, required=False, help_text=_("As printed.")
    )
    sub_action = forms.CharField(
        label=_("Sub-action"), max_length=300, required=False, help_text=_("As printed.")
    )
    task = forms.CharField(
        label=_("Task"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is to be done, as printed."),
    )
    indicator = forms.CharField(
        label=_("Indicator"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        help_text=_("How one sees that it is done, as printed."),
    )
    responsible = Lines(label=_("Responsible"), required=False, help_text=_("One unit a line."))
    implementers = Lines(
        label=_("Implemented by"), required=False, help_text=_("One unit or school a line.")
    )


ITEM_FORMS: dict[str, type[ItemForm]] = {
    "target": TargetForm,
    "milestone": MilestoneForm,
    "responsibility": ResponsibilityForm,
    "taskrow": TaskRowForm,
}


class PlaceForm(forms.Form):
    """Where something that is added by hand stands."""

    clause = forms.ModelChoiceField(
        label=_("Clause"),
        queryset=Clause.objects.none(),
        required=False,
        help_text=_("The clause that says it; not needed where the words are given below."),
    )
    words = forms.CharField(
        label=_("Words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "The very words, copied from the text; they are then marked in place. Empty where "
            "the text is not here."
        ),
    )

    def __init__(self, *args: Any, document: PolicyDocument, **options: Any) -> None:
        super().__init__(*args, **options)
        self.document = document
        clauses = self.fields["clause"]
        clauses.queryset = document.clauses.all()  # type: ignore[attr-defined]

    def place(self) -> dict[str, Any]:
        """Return clause, start and end; words that are not found are an error of the field."""
        words = self.cleaned_data.get("words", "")
        clause = self.cleaned_data.get("clause")
        if not words:
            return {"clause": clause}
        begin = clause.start if clause and clause.start is not None else 0
        start, end = find_words(self.document.text, words, begin)
        if start is None:
            self.add_error(
                "words",
                _("These words are not in the text. Copy them from it, without leaving any out."),
            )
        return {"clause": clause, "start": start, "end": end}


def find_words(text: str, words: str, begin: int = 0) -> tuple[int | None, int | None]:
    """Find words in a text whatever its line wraps and spaces; first from `begin` on."""
    wanted = "".join(words.split())
    positions = [i for i, letter in enumerate(text) if not letter.isspace()]
    joined = "".join(text[i] for i in positions)
    if not wanted:
        return None, None
    after = next((n for n, i in enumerate(positions) if i >= begin), 0)
    at = joined.find(wanted, after)
    if at < 0:
        at = joined.find(wanted)
    if at < 0:
        return None, None
    return positions[at], positions[at + len(wanted) - 1] + 1


def initial_of(item: Item) -> dict[str, Any]:
    """Return what the form of an item shows first."""
    return {**item.values(), "version": item.version}


class AssignForm(forms.Form):
    """Whose value is held against a target, and who answers for it."""

    region_code = forms.CharField(
        label=_("Measured for"),
        max_length=6,
        help_text=_("Six digits of the region whose value counts; within the document's region."),
    )
    owners = Lines(
        label=_("Answered for by"),
        required=False,
        help_text=_("Names of offices or schools, one a line, as the register knows them."),
    )


class TargetFilter(forms.Form):
    """Filters of the list of targets; all of them stay in the address."""

    q = forms.CharField(label=_("Words"), required=False)
    standing = forms.ChoiceField(label=_("Standing"), required=False)
    binding = forms.ChoiceField(
        label=_("Indicator"),
        required=False,
        choices=[
            ("", _("all")),
            ("bound", _("bound")),
            ("suggested", _("suggested")),
            ("none", _("without")),
        ],
    )
    due = forms.ChoiceField(label=_("Due in"), required=False)
    document = forms.ChoiceField(label=_("Document"), required=False)


class StrategyForm(forms.Form):
    """A heading of the strategy map and the clauses that serve it."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=StrategyNode.Kind.choices,
        help_text=_("Its place in the map: one positioning, some goals, transformations, tasks."),
    )
    title = forms.CharField(
        label=_("Heading"), max_length=200, help_text=_("In the words of the document.")
    )
    clauses = forms.ModelMultipleChoiceField(
        label=_("Clauses"),
        queryset=Clause.objects.none(),
        required=False,
        help_text=_("What they promise, with everything below them, is counted here."),
    )

    def __init__(self, *args: Any, document: PolicyDocument, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["clauses"].queryset = document.clauses.all()  # type: ignore[attr-defined]
