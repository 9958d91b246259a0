"""Input of the pages about tasks, meetings, duties and cases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.policies import queries
from jiangxin.apps.policies.forms import Lines, ManyFiles
from jiangxin.apps.policies.models import Task, TaskAssignment
from jiangxin.apps.policies.workflow import TaskState

ROLES = tuple(TaskAssignment.Role.values)


class DayInput(forms.DateInput):
    """A date control of the browser."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def number_of(text: Any) -> int:
    """Return a number that a hidden field carried; 0 for anything else."""
    return int(text) if str(text or "").isdigit() else 0


def files_of(form: forms.Form, name: str = "attachments") -> list[tuple[str, bytes]]:
    """Return name and bytes of the files that somebody sent."""
    return [(file.name, file.read()) for file in form.cleaned_data.get(name) or [] if file]


class EvidenceField(ManyFiles):
    """Files that may be left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)


class TaskForm(forms.Form):
    """What a task says and who carries it."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=Task.Kind.choices,
        help_text=_("Most are plain tasks; the others keep registers of their own."),
    )
    text = forms.CharField(
        label=_("Task"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is to be done, in a sentence."),
    )
    indicator = forms.CharField(
        label=_("Indicator"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("How one sees that it is done."),
    )
    lead = Lines(
        label=_("Leads"),
        required=False,
        help_text=_("Units that lead, one a line, by any of their names."),
    )
    responsible = Lines(
        label=_("Responsible"),
        required=False,
        help_text=_("Units named without a rank, one a line."),
    )
    support = Lines(
        label=_("Supports"), required=False, help_text=_("Units that help, one a line.")
    )
    implementer = Lines(
        label=_("Carries it out"),
        required=False,
        help_text=_("Schools and others that do the work, one a line; each reports for itself."),
    )
    starts_on = forms.DateField(
        label=_("Start"),
        required=False,
        widget=DayInput(),
        help_text=_("Leave open if it may begin at any time."),
    )
    due_on = forms.DateField(
        label=_("Deadline"),
        required=False,
        widget=DayInput(),
        help_text=_("The last day, included; with a rhythm that of the first time."),
    )
    recurrence = forms.ChoiceField(
        label=_("Rhythm"),
        choices=Task.Recurrence.choices,
        help_text=_("The next time opens by itself when one is done or over."),
    )
    repeats_until = forms.DateField(
        label=_("Repeats until"),
        required=False,
        widget=DayInput(),
        help_text=_("The last day of the rhythm; leave open if it has no end."),
    )

    def values(self) -> dict[str, Any]:
        """Return the fields of the task itself."""
        return {name: self.cleaned_data[name] for name in self.cleaned_data if name not in ROLES}

    def units(self) -> dict[str, list[str]]:
        """Return the names by role."""
        return {role: self.cleaned_data[role] for role in ROLES}

    @staticmethod
    def initial_of(task: Task) -> dict[str, Any]:
        """Return what the form shows for a task."""
        names = ("kind", "text", "indicator", "starts_on", "due_on", "recurrence", "repeats_until")
        values = {name: getattr(task, name) for name in names}
        for role in ROLES:
            rows = queries.carriers(task, role)
            values[role] = list(dict.fromkeys(row.name for row in rows))
        return values


class MakeTasksForm(forms.Form):
    due_on = forms.DateField(
        label=_("Deadline of rows that state none"),
        required=False,
        widget=DayInput(),
        help_text=_("The end of the plan is proposed; leave open to set days task by task."),
    )


class ReportForm(forms.Form):
    """How far a task is."""

    organisation = forms.ChoiceField(
        label=_("For"), required=False, help_text=_("The organisation for which you report.")
    )
    percent = forms.FloatField(
        label=_("Done, in percent"),
        min_value=0,
        max_value=100,
        help_text=_("Your honest estimate; 100 is possible before the task is closed."),
    )
    text = forms.CharField(
        label=_("What was done"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was done, what is still open, and what holds it up."),
    )
    attachments = EvidenceField(
        label=_("Files of evidence"), help_text=_("Papers or pictures that prove it.")
    )
    says_done = forms.BooleanField(
        label=_("The task is done"),
        required=False,
        help_text=_("The bureau then confirms it, or returns it with reasons."),
    )

    def __init__(
        self, *args: Any, organisations: list[Any], bureau: str = "", **options: Any
    ) -> None:
        """Offer the organisations, and the bureau itself where it may report as such."""
        super().__init__(*args, **options)
        offered = [("", bureau)] if bureau else []
        offered += [(str(row.uuid), row.name) for row in organisations]
        if len(offered) < 2:
            del self.fields["organisation"]
        else:
            choices: Any = self.fields["organisation"]
            choices.choices = offered


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In a sentence; those concerned read it."),
    )


class TaskFilter(django_filters.FilterSet):
    """Filters of the list of tasks; the choices are what the list holds."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=TaskState.choices)
    due = django_filters.ChoiceFilter(
        label=_("Due"),
        choices=[
            ("overdue", _("overdue")),
            ("month", _("within a month")),
            ("quarter", _("within a quarter")),
            ("none", _("without a deadline")),
        ],
        method="filter_due",
    )
    office = django_filters.ChoiceFilter(label=_("Office"), method="filter_unit")
    school = django_filters.ChoiceFilter(label=_("School or other"), method="filter_unit")
    document = django_filters.ChoiceFilter(label=_("Document"), field_name="document__uuid")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Task.Kind.choices)

    class Meta:
        model = Task
        fields = ("state", "due", "office", "school", "document", "kind")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        units = queries.units_in(self.queryset)
        documents = queries.documents_in(self.queryset)
        self.filters["office"].extra["choices"] = units["office"]
        self.filters["school"].extra["choices"] = units["other"]
        self.filters["document"].extra["choices"] = documents

    def filter_due(self, rows: Any, _name: str, value: str) -> Any:
        return queries.due_within(rows, value, on=self.request.at.date())

    def filter_unit(self, rows: Any, _name: str, value: str) -> Any:
        return queries.carried_by_unit(rows, value)


class MeetingForm(forms.Form):
    """A joint meeting."""

    series = forms.CharField(
        label=_("Meeting system"),
        max_length=200,
        help_text=_("For instance the joint meeting of city and district."),
    )
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("By which people find this meeting.")
    )
    held_on = forms.DateField(
        label=_("Day"), widget=DayInput(), help_text=_("When it takes place.")
    )
    place = forms.CharField(
        label=_("Venue"), max_length=200, required=False, help_text=_("Where it takes place.")
    )
    members = Lines(
        label=_("Members"), required=False, help_text=_("Units that take part, one a line.")
    )
    agenda = forms.CharField(
        label=_("Agenda"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Policies, tasks and projects to be studied."),
    )
    minutes = forms.CharField(
        label=_("Minutes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What was said; resolutions are added one by one."),
    )
    attachments = EvidenceField(label=_("Files"), help_text=_("Signed minutes, slides."))

    def values(self) -> dict[str, Any]:
        """Return the fields of the meeting."""
        return {name: value for name, value in self.cleaned_data.items() if name != "attachments"}


class ResolutionForm(forms.Form):
    text = forms.CharField(
        label=_("Resolution"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What was resolved, in a sentence."),
    )
    responsible = Lines(
        label=_("Responsible"), required=False, help_text=_("Units, one a line; the first leads.")
    )
    due_on = forms.DateField(
        label=_("Deadline"), required=False, widget=DayInput(), help_text=_("The last day.")
    )


class DutyListForm(forms.Form):
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("For instance: three-party duty list.")
    )
    parties = Lines(label=_("Parties"), help_text=_("One a line; they become the columns."))
    fields_ = Lines(label=_("Fields"), help_text=_("One a line; they become the rows."))


class CaseForm(forms.Form):
    """A good-practice case."""

    scope = forms.ChoiceField(label=_("Told by"), help_text=_("The office whose experience it is."))
    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("What was achieved, in one line.")
    )
    field = forms.CharField(
        label=_("Field of reform"),
        max_length=100,
        required=False,
        help_text=_("The field of reform it belongs to, for instance industry and education."),
    )
    summary = forms.CharField(
        label=_("Summary"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Background, what was done, and the result, in 500 characters at most."),
    )
    text = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("Tell it so that others can repeat it."),
    )
    document = forms.ChoiceField(
        label=_("Document"),
        required=False,
        help_text=_("The policy that it helped to carry out, if there is one."),
    )
    attachments = EvidenceField(
        label=_("Files"), help_text=_("Papers or pictures; published with it.")
    )

    def __init__(
        self, *args: Any, scopes: Mapping[str, str], documents: Mapping[str, str], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["scope"].choices = list(scopes.items())
        fields["document"].choices = [("", "—"), *documents.items()]
        if len(scopes) < 2:
            self.fields["scope"].widget = forms.HiddenInput()
            self.fields["scope"].initial = next(iter(scopes), "")

    def values(self) -> dict[str, Any]:
        """Return the words of the case."""
        names = ("title", "field", "summary", "text")
        return {name: self.cleaned_data[name] for name in names}


class CaseReviewForm(forms.Form):
    reason = forms.CharField(
        label=_("Review"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Why it is recommended or returned; a return needs reasons."),
    )
    is_replicable = forms.BooleanField(
        label=_("Others can repeat it"), required=False, help_text=_("Shown with the case.")
    )
