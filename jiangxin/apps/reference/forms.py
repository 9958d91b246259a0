"""Filters of the lists, and the forms for loading an edition and setting terms."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.reference import queries
from jiangxin.apps.reference.models import Edition, Industry, Occupation, Programme, Region, Term
from jiangxin.engines import rulebook


class RegionFilter(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(
        label=_("Level"), empty_label=_("all"), choices=Region.Level.choices
    )


class ProgrammeFilter(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(
        label=_("Level"), empty_label=_("all"), choices=Programme.Level.choices
    )
    category = django_filters.ChoiceFilter(label=_("Programme category"), empty_label=_("all"))
    is_state_controlled = django_filters.ChoiceFilter(
        label=_("State-controlled"),
        empty_label=_("all"),
        choices=[("True", _("Yes")), ("False", _("No"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        on = kwargs["request"].at.date()
        names = queries.categories(on=on)
        self.filters["category"].extra["choices"] = [(name, name) for name in names]


class OccupationFilter(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(
        label=_("Level"), empty_label=_("all"), choices=Occupation.Level.choices
    )
    marks = django_filters.ChoiceFilter(
        label=_("Occupation mark"),
        empty_label=_("all"),
        choices=[("L", _("green occupation")), ("S", _("digital occupation"))],
        lookup_expr="contains",
    )
    within = django_filters.CharFilter(label=_("Belongs to"), method="in_group")

    def in_group(self, rows: QuerySet[Occupation], _name: str, code: str) -> QuerySet[Occupation]:
        return queries.occupations_in(rows, code)


class IndustryFilter(django_filters.FilterSet):
    level = django_filters.ChoiceFilter(
        label=_("Level"), empty_label=_("all"), choices=Industry.Level.choices
    )
    section = django_filters.ChoiceFilter(
        label=_("Industry section"),
        empty_label=_("all"),
        choices=[(letter, letter) for letter in "ABCDEFGHIJKLMNOPQRST"],
    )


class DayInput(forms.DateInput):
    """The browser's own calendar; it takes and gives days as YYYY-MM-DD in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class EditionForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel or CSV with the headings of an export (see the list pages)."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of list"),
        choices=[("", _("tell from the headings")), *Edition.Kind.choices],
        required=False,
        help_text=_("Usually the headings are enough."),
    )
    name = forms.CharField(
        label=_("Edition"),
        max_length=60,
        help_text=_("Short name, for instance 2025 or “2021 with additions to 2025”."),
    )
    title = forms.CharField(
        label=_("Official document"),
        max_length=200,
        required=False,
        help_text=_("Title of the document that publishes the list."),
    )
    issuer = forms.CharField(
        label=_("Issuer"), max_length=200, required=False, help_text=_("Who published it.")
    )
    number = forms.CharField(
        label=_("Document number"),
        max_length=100,
        required=False,
        help_text=_("For instance 教职成〔2021〕2号."),
    )
    starts_on = forms.DateField(
        label=_("Counts from"),
        required=False,
        widget=DayInput(),
        help_text=_("First day of the edition; earlier days keep their answer."),
    )
    is_complete = forms.BooleanField(
        label=_("The file is the whole list"),
        required=False,
        help_text=_("Then codes that it does not name end on that day; otherwise it only adds."),
    )
    save_good = forms.BooleanField(
        label=_("Load the good rows even if others are wrong"),
        required=False,
        help_text=_("Nothing ends then; the wrong rows can follow later."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_LIMIT:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s MB. Split it, or use the command line."),
                params={"limit": settings.UPLOAD_LIMIT // 1024**2},
            )
        return file


class TermsForm(forms.Form):
    autumn_starts_on = forms.DateField(
        label=_("Autumn term, first day"),
        widget=DayInput(),
        help_text=_("The first day of teaching."),
    )
    autumn_ends_on = forms.DateField(
        label=_("Autumn term, last day"),
        widget=DayInput(),
        help_text=_("The last day before the holidays."),
    )
    spring_starts_on = forms.DateField(
        label=_("Spring term, first day"),
        widget=DayInput(),
        help_text=_("The first day of teaching."),
    )
    spring_ends_on = forms.DateField(
        label=_("Spring term, last day"),
        widget=DayInput(),
        help_text=_("The last day before the holidays."),
    )
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("Title and number of the notice.")
    )

    @property
    def spans(self) -> dict[str, tuple[datetime.date, datetime.date]]:
        """Terms as the action wants them: people name the last day, we keep the day after."""
        one = datetime.timedelta(days=1)
        cells = self.cleaned_data
        return {
            season: (cells[f"{season}_starts_on"], cells[f"{season}_ends_on"] + one)
            for season in Term.Season.values
        }


class RuleForm(forms.Form):
    """A value of a rule; `rule_form` adds a box per number that the rule holds."""

    region_code = forms.CharField(
        label=_("Region code"),
        max_length=6,
        required=False,
        help_text=_("Six digits; it holds there and below. Empty: the whole country."),
    )
    starts_on = forms.DateField(
        label=_("Holds from"), widget=DayInput(), help_text=_("The day named in the document.")
    )
    document = forms.CharField(
        label=_("Official document"), max_length=200, help_text=_("Its title.")
    )
    number = forms.CharField(
        label=_("Document number"), max_length=100, required=False, help_text=_("As printed.")
    )
    article = forms.CharField(
        label=_("Article"), max_length=100, required=False, help_text=_("Where it says so.")
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, help_text=_("For those who ask later.")
    )

    def content(self) -> rulebook.RuleContent:
        """Return the numbers in the shape of the rule."""
        names = [name for name in self.fields if name.startswith("value_")]
        numbers = [self.cleaned_data[name] for name in names]
        if names == ["value_"]:
            return numbers[0]
        if names[0] == "value_0":
            return tuple(numbers)
        named = {
            name.removeprefix("value_"): number
            for name, number in zip(names, numbers, strict=True)
            if number is not None
        }
        if self.cleaned_data.get("row") and self.cleaned_data.get("row_number") is not None:
            named[self.cleaned_data["row"]] = self.cleaned_data["row_number"]
        return named


def rule_form(rule: rulebook.Rule, sent: Any, **options: Any) -> RuleForm:
    """Return the form for a rule, with a box per number."""
    form = RuleForm(sent, **options)
    now = rule.values[-1].content if rule.values else 0.0
    if isinstance(now, Mapping):
        named = {str(name): (str(name), number) for name, number in now.items()}
    elif isinstance(now, tuple):
        named = {str(i): (str(i + 1), number) for i, number in enumerate(now)}
    else:
        named = {"": ("", now)}
    boxes: dict[str, forms.Field] = {
        f"value_{key}": forms.FloatField(
            label=f"{_('Value')} {word}".strip(),
            initial=number,
            help_text=_("In the unit “%(unit)s”; the file says %(number)s.")
            % {"unit": queries.unit_text(rule), "number": f"{number:g}"},
            # a check by type may be set for one type only
            required=not (rule.comparator and key),
        )
        for key, (word, number) in named.items()
    }
    if rule.comparator and isinstance(now, Mapping):
        boxes["row"] = forms.CharField(
            label=_("Another type"),
            max_length=40,
            required=False,
            help_text=_("Code of a type that the file has no number for."),
        )
        boxes["row_number"] = forms.FloatField(
            label=_("Value of the other type"),
            required=False,
            help_text=_("In the unit “%(unit)s”.") % {"unit": queries.unit_text(rule)},
        )
    form.fields = {**boxes, **form.fields}
    return form
