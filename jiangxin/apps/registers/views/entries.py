"""Pages of what was recognised: the overview with list and map, one entry, two years compared."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_safe

from jiangxin.apps.registers import permissions, queries
from jiangxin.apps.registers.forms import (
    CheckForm,
    CompareForm,
    EntryFilter,
    MemberForm,
    MemberLeftForm,
    RevokeForm,
)
from jiangxin.apps.registers.queries.maps import counts_by_path
from jiangxin.apps.registers.views.places import (
    READERS,
    file_address,
    may_keep,
    tabs,
    tiles,
    type_choices,
)
from jiangxin.apps.registers.workflow import Level
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

# how an entry changed between two years → a state that the site knows how to draw
CHANGES = {
    "new": "on_track",
    "ended": "ended",
    "raised": "achieved",
    "lowered": "needs_acceleration",
    "kept": "active",
}
# state of an entry → a state that the site knows how to draw
OUTLOOK = {"in_force": "active", "expired": "ended", "revoked": "withdrawn"}


def state_label(row: Any) -> str:
    """Return the word for the state of an entry."""
    return str(row.get_state_display())


def entry_columns(request: Any, *, with_type: bool, page: str = "entry") -> list[Column]:
    """Return the columns of a list of entries.

    Args:
        page: what their names open: the whole entry, or its part of the public directory.
    """
    labels = queries.type_labels(on=request.at.date())

    def link(row: Any) -> str:
        return reverse(f"registers:{page}", args=[row.uuid if page == "entry" else row.number])

    columns = [
        Column("title", gettext_lazy("Name"), sort="title", link=link),
        Column("number", gettext_lazy("Register number"), sort="number"),
        Column("type", gettext_lazy("Kind of register"), lambda row: labels.get(row.type.code, "")),
        Column("level", gettext_lazy("Level recognised"), "get_level_display", sort="level"),
        Column(
            "holder",
            gettext_lazy("Held by"),
            lambda row: row.organisation.name if row.organisation else row.region.name,
            sort="organisation__pinyin",
        ),
        Column("region", gettext_lazy("Region"), "region.name", sort="region__code"),
        Column(
            "first", gettext_lazy("Since"), "first_recognised_on", "first_recognised_on", "date"
        ),
        Column("ends_on", gettext_lazy("Until before"), sort="ends_on", kind="date"),
        Column(
            "state",
            gettext_lazy("State"),
            lambda row: OUTLOOK[row.state],
            "state",
            "status",
            label_of=state_label,
        ),
    ]
    if not with_type:
        return [column for column in columns if column.key != "type"]
    if request.GET.get("format"):
        return columns
    # a screen has no room for all of them beside the name of the register
    return [column for column in columns if column.key not in ("number", "region", "ends_on")]


@audience(*READERS)
@require_safe
def entries(request: Any) -> HttpResponse:
    on = request.at.date()
    definitions = queries.current_definitions(on=on)
    definition = definitions.get(request.GET.get("type", ""))
    rows = queries.entries(
        request.viewer,
        region=request.region,
        group=EntryFilter.group_of(request.GET),
        year=request.year if request.GET.get("year") else None,
    )
    listing = Listing(
        request,
        rows,
        entry_columns(request, with_type=definition is None),
        search=("title", "number", "organisation__name"),
        filterset=EntryFilter,
        name=definition.code if definition else "entries",
        empty=gettext_lazy(
            "Nothing is recognised here yet. Schools and others apply; lists on paper are taken "
            "over on the page of the register."
        ),
    )
    may_apply = None
    if definition is not None:
        may_apply = request.viewer.holds_anywhere("registers.apply")
    groups = []
    if definition is None and not listing.is_filtered:
        groups = _groups(request)
    context = {
        "listing": listing,
        "definition": definition,
        "groups": groups,
        "tiles": tiles(
            request,
            counts_by_path(listing.found),
            "entries",
            **{key: request.GET.get(key, "") for key in ("type", "group", "level", "state", "q")},
        ),
        "may_apply": may_apply,
        "may_keep": may_keep(request),
        "tabs": tabs(request, "entries"),
    }
    return listing.response() or page(request, "registers/entries.html", context)


def _groups(request: Any) -> list[dict[str, Any]]:
    found = queries.overview(request.viewer, at=request.at, region=request.region)
    return [
        {
            "label": label,
            "cards": cards,
            "in_force": sum(card.in_force for card in cards),
            "is_simulated": any(card.is_simulated for card in cards),
            "is_open": any(card.in_force or card.open_calls for card in cards),
        }
        for label, cards in found
    ]


@audience(*READERS)
@require_safe
def entry(request: Any, uuid: UUID) -> HttpResponse:
    return entry_page(request, queries.get_entry(uuid, viewer=request.viewer))


def entry_page(request: Any, found: Any, **forms: Any) -> HttpResponse:
    """Answer with one entry, and with the form that somebody has to correct."""
    on = request.at.date()
    shown = queries.entry_page(found, viewer=request.viewer, on=on)
    definition = shown.definition
    roles = [(role.code, str(role.label)) for role in definition.members]
    changes: dict[str, Any] = {}
    if shown.can_change:
        changes["member"] = MemberForm(roles=roles) if roles else None
        changes["left"] = MemberLeftForm()
    if definition.annual_check is not None and shown.can_check:
        changes["check"] = CheckForm(initial={"year": on.year})
        changes["check_values"] = DynamicForm(
            definition.annual_check.form, values={}, viewer=request.viewer, prefix="check"
        )
    changes |= forms
    there = queries.authorities(found.region, on=on)
    revocable = [
        (
            row,
            permissions.can_revoke(request.viewer, there.get(row.level, found.region.path)),
        )
        for row in shown.recognitions
        if row.withdrawn_on is None and (row.ends_on is None or row.ends_on > on)
    ]
    context = {
        "shown": shown,
        "entry": found,
        "definition": definition,
        "holder": found.organisation or found.region,
        "look": OUTLOOK[found.state],
        "values": DynamicForm(
            definition.form,
            values=shown.values,
            viewer=request.viewer,
            editable=False,
            file_url=file_address,
            only=None if shown.is_whole else definition.public or (),
        ),
        "checks": _checks(request, shown),
        "forms": changes,
        "may_revoke": any(decision for _row, decision in revocable),
        "revocable": [row for row, decision in revocable if decision],
        "revoke_form": forms.get("revoke") or RevokeForm(),
        "kinds": [("renewal", _("Renew")), ("upgrade", _("Ask for a higher level"))],
    }
    status = 422 if forms else 200
    return page(request, "registers/entry.html", context, status=status)


def _checks(request: Any, shown: Any) -> list[dict[str, Any]]:
    annual = shown.definition.annual_check
    return [
        {
            "row": check,
            "values": DynamicForm(
                annual.form, values=check.values, viewer=request.viewer, editable=False
            )
            if annual is not None
            else None,
        }
        for check in shown.checks
    ]


@audience(*READERS)
@require_safe
def compare(request: Any) -> HttpResponse:
    """Compare what was in force in two years."""
    choices = type_choices(request)
    asked = request.GET
    initial = {
        "type": asked.get("type") or (choices[0][0] if choices else ""),
        "first": asked.get("first") or request.at.year - 1,
        "second": asked.get("second") or request.at.year,
    }
    form = CompareForm(initial, types=choices)
    found = None
    if form.is_valid():
        found = queries.compare_years(
            request.viewer,
            kind=queries.get_type(form.cleaned_data["type"]),
            first=form.cleaned_data["first"],
            second=form.cleaned_data["second"],
            region=request.region,
        )
    levels = dict(Level.choices)
    words = {
        "new": _("new"),
        "ended": pgettext("recognition", "ended"),
        "raised": _("raised"),
        "lowered": _("lowered"),
        "kept": _("kept"),
    }
    listing = Listing(
        request,
        found.rows if found else (),
        [
            Column(
                "title",
                gettext_lazy("Name"),
                "entry.title",
                sort="entry.title",
                link=lambda row: reverse("registers:entry", args=[row.entry.uuid]),
            ),
            Column("number", gettext_lazy("Register number"), "entry.number", "entry.number"),
            Column("region", gettext_lazy("Region"), "entry.region.name"),
            Column("before", gettext_lazy("Earlier year"), lambda row: levels.get(row.before, "—")),
            Column("after", gettext_lazy("Later year"), lambda row: levels.get(row.after, "—")),
            Column(
                "change",
                gettext_lazy("How it changed"),
                lambda row: CHANGES[row.change],
                "change",
                "status",
                label_of=lambda row: words[row.change],
            ),
        ],
        name="compare",
        empty=gettext_lazy("Nothing of this register was in force in either year."),
    )
    context = {
        "form": form,
        "found": found,
        "counts": [(words[name], n, CHANGES[name]) for name, n in found.counts.items()]
        if found
        else [],
        "listing": listing,
        "tabs": tabs(request, "compare"),
    }
    return listing.response() or page(request, "registers/compare.html", context)
