"""What people type about a dated event, as a plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jiangxin.apps.organisations import queries
from jiangxin.apps.organisations.forms.directory import DayInput
from jiangxin.apps.organisations.models import Organisation, OrganisationEvent, OrganisationLink
from jiangxin.apps.organisations.queries import ROLES, Founded, Plan
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import Viewer

Kind = OrganisationEvent.Kind
_EMPTY = ("", "—")
_NEW_PLACES = (1, 2, 3)


class OthersField(forms.ModelMultipleChoiceField):
    """Several other organisations, by their public identifier."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Organisation.objects.none(), to_field_name="uuid", **kwargs)


class OtherField(forms.ModelChoiceField):
    """One other organisation, by its public identifier."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Organisation.objects.none(), to_field_name="uuid", empty_label="—", **kwargs
        )


class EventForm(forms.Form):
    """What every event needs; the forms of the kinds add their own."""

    kind = ""
    effective_on = forms.DateField(
        label=_("In force from"),
        widget=DayInput(),
        help_text=_(
            "Until the day before it can be taken back; a day that has come counts at once."
        ),
    )
    document = forms.CharField(
        label=_("Decision"), max_length=200, help_text=_("Title of the document that decided it.")
    )
    number = forms.CharField(
        label=_("Number of the document"),
        required=False,
        max_length=100,
        help_text=_("As printed, for instance with year and number in brackets."),
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("In a sentence, for those who look back at it."),
    )

    def __init__(
        self,
        *args: Any,
        organisation: Organisation | None,
        region: Any,
        viewer: Viewer,
        on: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.organisation, self.region, self.viewer, self.on = organisation, region, viewer, on
        # the decision comes last, as it is the same for all kinds
        last = ("effective_on", "document", "number", "reason")
        self.order_fields([name for name in self.fields if name not in last] + list(last))

    def others(self, **filters: Any) -> Any:
        """List the other organisations to choose from: open ones of the region shown."""
        rows = queries.organisations(viewer=self.viewer, region=self.region, on=self.on)
        pk = self.organisation.pk if self.organisation is not None else None
        return rows.filter(**filters).exclude(pk=pk)

    def plan(self) -> Plan:
        """Return what was said as a plan."""
        said = {
            name: self.cleaned_data[name]
            for name in ("effective_on", "document", "number", "reason")
        }
        simulated = self.organisation is not None and self.organisation.is_simulated
        return Plan(kind=self.kind, is_simulated=simulated, **said, **self.special())

    def special(self) -> dict[str, Any]:
        """Return what only this kind says; by default the one organisation that it concerns."""
        return {"sources": self.concerned}

    @property
    def concerned(self) -> tuple[Organisation, ...]:
        """The organisation from whose page the form was opened."""
        return (self.organisation,) if self.organisation is not None else ()

    def said(self, *names: str) -> dict[str, str]:
        """Return text values for the plan."""
        found = {name: self.cleaned_data.get(name) for name in names}
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else str(value)
            for name, value in found.items()
            if value
        }


class FoundingForm(EventForm):
    kind = Kind.FOUNDING.value
    new_name = forms.CharField(
        label=_("Official name"), max_length=200, help_text=_("In full, as on the certificate.")
    )
    new_kind = forms.ChoiceField(
        label=_("Kind"), choices=Organisation.Kind.choices, help_text=_("What it will be.")
    )
    new_stage = forms.ChoiceField(
        label=_("School stage"),
        choices=[_EMPTY, *Organisation.Stage.choices],
        required=False,
        help_text=_("For schools only: what kind of school it is."),
    )
    new_ownership = forms.ChoiceField(
        label=_("Ownership"),
        choices=[_EMPTY, *Organisation.Ownership.choices],
        required=False,
        help_text=_("Who runs it; leave open if it does not matter."),
    )
    new_school_code = forms.CharField(
        label=_("School code"),
        required=False,
        max_length=10,
        help_text=_("Ten digits; the third and fourth are the code of the province."),
    )
    new_address = forms.CharField(
        label=_("Address"), required=False, max_length=300, help_text=_("Where letters go.")
    )

    def special(self) -> dict[str, Any]:
        said = self.cleaned_data
        new = Founded(
            said["new_name"],
            kind=said["new_kind"],
            stage=said["new_stage"],
            ownership=said["new_ownership"],
            school_code=said["new_school_code"],
            address=said["new_address"],
        )
        return {"new": (new,), "region": self.region}


class RenamingForm(EventForm):
    kind = Kind.RENAMING.value
    name = forms.CharField(
        label=_("New official name"), max_length=200, help_text=_("In full, as decided.")
    )
    short_name = forms.CharField(
        label=_("Short name"), required=False, max_length=60, help_text=_("May stay empty.")
    )

    def special(self) -> dict[str, Any]:
        return {"sources": self.concerned, "values": self.said("name", "short_name")}


class MergerForm(EventForm):
    kind = Kind.MERGER.value
    sources = OthersField(
        label=_("Merged with"),
        help_text=_("Those that end with the merger; hold Ctrl to choose several."),
    )
    how = forms.ChoiceField(
        label=_("Way of merging"),
        choices=(
            ("into_this", _("they go into this one")),
            ("into_new", _("this one and they become a new one")),
        ),
        help_text=_("If this one goes into another, plan the merger on the page of that one."),
    )
    new_name = forms.CharField(
        label=_("Name of the new one"),
        required=False,
        max_length=200,
        help_text=_("Only if a new one comes into being; it may be the name of one of them."),
    )
    new_school_code = forms.CharField(
        label=_("School code of the new one"),
        required=False,
        max_length=10,
        help_text=_("Only if a new one comes into being; ten digits."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.organisation is not None:
            self.fields["sources"].queryset = self.others(kind=self.organisation.kind)  # type: ignore[attr-defined]

    def special(self) -> dict[str, Any]:
        chosen = tuple(self.cleaned_data["sources"])
        if self.cleaned_data["how"] == "into_this":
            return {"sources": chosen, "target": self.organisation}
        together = (*self.concerned, *chosen)
        highest = max(together, key=lambda row: queries.rank_of(row.stage))
        new = Founded(
            self.cleaned_data["new_name"],
            kind=highest.kind,
            stage=highest.stage,
            school_code=self.cleaned_data["new_school_code"],
        )
        return {"sources": together, "new": (new,)}


class SplitForm(EventForm):
    """Up to three new ones, and for each kind of rows to whom they go."""

    kind = Kind.SPLIT.value
    source_ends = forms.BooleanField(
        label=_("The old one ends"),
        required=False,
        help_text=_("Else it goes on beside the new ones."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = self.fields
        first: dict[str, forms.Field] = {}
        for place in _NEW_PLACES:
            first[f"name_{place}"] = forms.CharField(
                label=_("Name of new organisation %(n)s") % {"n": place},
                required=False,
                max_length=200,
                help_text=_("In full, as decided; leave empty if there are fewer."),
            )
            first[f"school_code_{place}"] = forms.CharField(
                label=_("School code of new organisation %(n)s") % {"n": place},
                required=False,
                max_length=10,
                help_text=_("Ten digits; may stay empty."),
            )
        goes = [
            ("", pgettext_lazy("rows", "stay with the old one")),
            *(
                (str(place - 1), _("go to new organisation %(n)s") % {"n": place})
                for place in _NEW_PLACES
            ),
        ]
        self.row_fields: dict[str, str] = {}
        for number, (code, label, rows) in enumerate(self._groups()):
            name = f"follows_{number}"
            self.row_fields[name] = code
            first[name] = forms.ChoiceField(
                label=_("%(rows)s: %(n)s") % {"rows": label, "n": rows},
                choices=goes,
                required=False,
                help_text=_("To whom they belong from then on."),
            )
        self.fields = {**first, **last}

    def _groups(self) -> list[tuple[str, str, int]]:
        if self.organisation is None:
            return []
        found = [
            (group.key.code, group.key.label, group.rows)
            for group in queries.row_groups(self.organisation, None)
            if group.key.follows
        ]
        return [*found, (ROLES, str(_("People with a role")), queries.people_in(self.organisation))]

    def special(self) -> dict[str, Any]:
        source = self.concerned[0]
        new = tuple(
            Founded(
                self.cleaned_data[f"name_{place}"],
                kind=source.kind,
                stage=source.stage,
                school_code=self.cleaned_data[f"school_code_{place}"],
            )
            for place in _NEW_PLACES
            if self.cleaned_data[f"name_{place}"].strip()
        )
        follows = {
            code: int(self.cleaned_data[name])
            for name, code in self.row_fields.items()
            if self.cleaned_data[name]
        }
        return {
            "sources": self.concerned,
            "new": new,
            "follows": follows,
            "source_ends": self.cleaned_data["source_ends"],
        }


class TrusteeshipForm(EventForm):
    kind = Kind.TRUSTEESHIP.value
    lead = OtherField(
        label=_("Run by"), help_text=_("Who runs it in trust; both stay what they are.")
    )
    ends_on = forms.DateField(
        label=_("Ends before"),
        required=False,
        widget=DayInput(),
        help_text=_("First day on which it no longer holds; empty if open."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lead"].queryset = self.others()  # type: ignore[attr-defined]

    def special(self) -> dict[str, Any]:
        lead = self.cleaned_data["lead"]
        return {"sources": self.concerned, "lead": lead, "values": self.said("ends_on")}


class GroupForm(EventForm):
    kind = Kind.GROUP.value
    title = forms.CharField(
        label=_("Name of the group"), max_length=200, help_text=_("As in the founding document.")
    )
    link = forms.ChoiceField(
        label=_("Form of the group"),
        choices=[
            choice
            for choice in OrganisationLink.Kind.choices
            if choice[0] != OrganisationLink.Kind.TRUSTEESHIP
        ],
        help_text=_("“1+N” is one higher vocational college with secondary schools."),
    )
    members = OthersField(
        label=_("Members"),
        help_text=_("Beside this one, which leads; hold Ctrl to choose several."),
    )
    ends_on = TrusteeshipForm.base_fields["ends_on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["members"].queryset = self.others()  # type: ignore[attr-defined]

    def special(self) -> dict[str, Any]:
        return {
            "lead": self.organisation,
            "members": tuple(self.cleaned_data["members"]),
            "values": self.said("title", "link", "ends_on"),
        }


class UpgradeForm(EventForm):
    kind = Kind.UPGRADE.value
    stage = forms.ChoiceField(
        label=_("New stage"), help_text=_("The next step up; a step cannot be left out.")
    )
    school_code = forms.CharField(
        label=_("New school code"),
        required=False,
        max_length=10,
        help_text=_("The old code keeps leading here; empty if it stays."),
    )
    name = forms.CharField(
        label=_("New official name"),
        required=False,
        max_length=200,
        help_text=_("Empty if the name stays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stage = self.organisation.stage if self.organisation is not None else ""
        self.fields["stage"].choices = [  # type: ignore[attr-defined]
            (code, Organisation.Stage(code).label) for code in queries.UPGRADES.get(stage, ())
        ]

    def special(self) -> dict[str, Any]:
        return {"sources": self.concerned, "values": self.said("stage", "school_code", "name")}


class RelocationForm(EventForm):
    kind = Kind.RELOCATION.value
    address = forms.CharField(
        label=_("New address"), max_length=300, help_text=_("Where it is from that day on.")
    )
    campus = forms.CharField(
        label=_("Name of the new main campus"),
        required=False,
        max_length=100,
        help_text=_("The main campus of before is then closed; empty if none is recorded."),
    )
    to_region = forms.ChoiceField(
        label=_("New region"),
        required=False,
        help_text=_("Only if it belongs to another region from then on; its rows move along."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = self.organisation.region if self.organisation is not None else self.region
        above = reference.ancestors_of(here.code, on=self.on)
        province = next((r for r in above if r.level == "province"), here)
        near = reference.regions_within(province.code, on=self.on).filter(level=here.level)
        self.fields["to_region"].choices = [  # type: ignore[attr-defined]
            _EMPTY,
            *((row.code, row.name) for row in near if row.code != here.code),
        ]

    def special(self) -> dict[str, Any]:
        code = self.cleaned_data["to_region"]
        return {
            "sources": self.concerned,
            "region": reference.get_region(code, on=self.on) if code else None,
            "values": self.said("address", "campus") | ({"region": code} if code else {}),
        }


class ClosingForm(EventForm):
    kind = Kind.CLOSING.value


FORMS: dict[str, type[EventForm]] = {
    form.kind: form
    for form in (
        FoundingForm,
        RenamingForm,
        MergerForm,
        SplitForm,
        TrusteeshipForm,
        GroupForm,
        UpgradeForm,
        RelocationForm,
        ClosingForm,
    )
}


class UndoForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is taken back"),
        max_length=500,
        help_text=_("It stays in the list with this reason; nothing has changed by it yet."),
    )
