"""Pages of running conditions: the schools of a region, one school, and what would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.organisations import actions, forms, permissions, queries
from jiangxin.apps.organisations.models import KEYS
from jiangxin.apps.organisations.views.tabs import tabs_of
from jiangxin.core.errors import NotFound
from jiangxin.core.forms import unit
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing
from jiangxin.ui.numbers import amount

READERS = ("operator", "officer", "leader", "auditor", "school")
MANAGERS = ("operator", "officer")
# states of a condition → states that the site knows how to draw, and their words
_LOOKS = {
    "met": ("achieved", gettext_lazy("met")),
    "exempt": ("achieved", gettext_lazy("counts as met")),
    "failed": ("off_track", gettext_lazy("not met")),
    "not_reported": ("not_yet_measurable", gettext_lazy("not reported")),
    "not_set": ("not_yet_measurable", gettext_lazy("value to be confirmed")),
}
_CARDS = {"yellow": "needs_acceleration", "red": "off_track", "": "not_yet_measurable"}
_VERDICTS = {
    True: ("achieved", gettext_lazy("all met")),
    False: ("off_track", gettext_lazy("not all met")),
    None: ("not_yet_measurable", gettext_lazy("cannot be told")),
}
# the required value stands at this place of a bar
_MARK = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A condition as the page shows it.

    Args:
        bar: length of the bar, 100 being what is required; None without a number.
    """

    code: str
    label: str
    look: str
    state: str
    required: str
    actual: str
    basis: str
    bar: float | None
    missing: str
    rule_url: str
    source: str
    steps: tuple[Any, ...]
    is_inferred: bool


def _unit(code: str) -> str:
    if code == "share":
        return "share"
    found = unit(code)
    return str(found) if found else ""


def _shown(finding: Any) -> Shown:
    rule = finding.rule
    look, state = _LOOKS[finding.state]
    word = _unit(rule.unit)
    sign = "≤" if rule.comparator == "<=" else "≥"
    required = "" if finding.required is None else f"{sign} {amount(finding.required, word)}"
    return Shown(
        finding.code,
        finding.label,
        look,
        str(state),
        required,
        amount(finding.actual, word),
        _basis(finding),
        _bar(finding, rule.comparator == "<="),
        missing_text(finding),
        reverse("reference:rule", args=[finding.code]),
        "；".join(f"{s.document} {s.number} {s.article}".strip() for s in rule.sources),
        finding.trace.steps,
        bool(rule.inferred),
    )


def _basis(finding: Any) -> str:
    """Say what a share was computed from, or what was not reported."""
    if finding.state == "not_reported":
        names = [str(KEYS[key].label) if key in KEYS else key for key in finding.lacks]
        return _("lacks: %(names)s") % {"names": _(", ").join(names)}
    if finding.amount is None or finding.base is None:
        return ""
    there, among = amount(finding.amount, _unit(finding.unit)), amount(finding.base)
    return f"{among} / {there}" if finding.is_inverse else f"{there} / {among}"


def _bar(finding: Any, is_limit: bool) -> float | None:
    if not finding.required or not finding.actual:
        return None
    share = finding.required / finding.actual if is_limit else finding.actual / finding.required
    return round(min(share, 1.5) * _MARK, 1)


def missing_text(finding: Any) -> str:
    """Say in one sentence what would make a failed condition met; empty if nothing is missing."""
    if finding.missing is None:
        return ""
    more = _("needs %(amount)s more") % {"amount": amount(finding.missing, _unit(finding.unit))}
    if not finding.fewer_students:
        return more
    fewer = ngettext(
        "or %(number)s student fewer", "or %(number)s students fewer", finding.fewer_students
    ) % {"number": amount(finding.fewer_students)}
    return _("%(more)s, %(fewer)s") % {"more": more, "fewer": fewer}


def _year(request: Any, known: int | None) -> int:
    """Return the year asked for, else the last one that was reported."""
    return request.year if request.GET.get("year") or known is None else known


@audience(*READERS)
@require_safe
def conditions(request: Any) -> HttpResponse:
    if request.region is None:
        raise NotFound(_("Load the administrative divisions first."))
    year = _year(request, queries.latest_school_year(region=request.region, viewer=request.viewer))
    overview = queries.conditions_overview(
        region=request.region, year=year, viewer=request.viewer, today=request.at.date()
    )
    state = request.GET.get("state", "")
    listing = Listing(
        request,
        [row for row in overview.rows if _is_wanted(row, state)],
        (
            Column(
                "school",
                _("School"),
                "organisation.name",
                sort="organisation.pinyin",
                link=lambda row: (
                    reverse("organisations:school_conditions", args=[row.organisation.uuid])
                    + f"?year={year}"
                ),
            ),
            Column("stage", _("School stage"), "stage_label", sort="stage"),
            Column(
                "region", _("Region"), "organisation.region.name", sort="organisation.scope.path"
            ),
            Column(
                "verdict",
                _("Running conditions"),
                lambda row: _VERDICTS[row.conditions_met][0],
                kind="status",
                label_of=lambda row: str(_VERDICTS[row.conditions_met][1]),
            ),
            Column("failed", _("Conditions failed"), kind="number", sort="failed"),
            Column("missing", _("What fails"), "missing"),
            Column(
                "card",
                _("Card"),
                lambda row: _CARDS[row.card.code],
                kind="status",
                label_of=lambda row: row.card.label,
            ),
        ),
        search=True,
        name="running-conditions",
        empty=gettext_lazy("No vocational schools of this region that you may see inside."),
    )
    context = {
        "overview": overview,
        "year": year,
        "listing": listing,
        "tabs": _state_tabs(request, overview, state),
        "may_recheck": permissions.can_manage_organisations(request.viewer, request.region.path),
        "recheck_url": _with(request, "organisations:recheck_conditions", year),
    }
    return listing.response() or page(request, "organisations/conditions.html", context)


def _is_wanted(row: Any, state: str) -> bool:
    match state:
        case "met":
            return row.conditions_met is True
        case "not_met":
            return row.conditions_met is False
        case "unknown":
            return row.conditions_met is None
        case "yellow" | "red":
            return bool(row.card.code == state)
    return True


def _state_tabs(request: Any, overview: Any, current: str) -> list[dict[str, object]]:
    states = (
        ("", _("All schools")),
        ("met", _("All met")),
        ("not_met", _("Not all met")),
        ("unknown", _("Cannot be told")),
        ("yellow", _("Yellow cards")),
        ("red", _("Red cards")),
    )
    kept = {
        name: value
        for name, value in request.GET.items()
        if name in ("region", "year", "q") and value
    }
    return [
        {
            "label": label,
            "url": "?" + urlencode(kept | ({"state": code} if code else {})),
            "is_current": code == current,
            "count": sum(_is_wanted(row, code) for row in overview.rows),
        }
        for code, label in states
    ]


@audience(*READERS)
@require_safe
def school_conditions(request: Any, uuid: UUID) -> HttpResponse:
    school = queries.get_organisation(uuid, viewer=request.viewer)
    permissions.can_view_conditions(request.viewer, school).enforce()
    year = _year(request, queries.latest_school_year(school=school, viewer=request.viewer))
    found = queries.conditions(school, year=year, viewer=request.viewer)
    partners = queries.partners_of(school, viewer=request.viewer, on=request.at.date())
    is_asked = "what_if" in request.GET
    form = forms.WhatIfForm(request.GET if is_asked else None, partners=partners)
    what_if = None
    if is_asked and form.is_valid():
        chosen = [s for s in partners if str(s.uuid) in form.cleaned_data.get("schools", ())]
        what_if = queries.what_if(
            [school, *chosen], year=year, change=form.change(), viewer=request.viewer
        )
    context = {
        "organisation": school,
        "found": found,
        "year": year,
        "rows": [_shown(finding) for finding in found.assessment.findings],
        "lines": [
            (line, amount(line.value, _unit(line.unit)) if line.unit else line.value)
            for line in found.lines
        ],
        "card_look": _CARDS[found.card.code],
        "verdict": _VERDICTS[found.assessment.conditions_met if found.is_reported else None],
        "history": [
            (past, _VERDICTS[past.conditions_met], _CARDS[past.card.code]) for past in found.history
        ],
        "form": form,
        "what_if": what_if,
        "pairs": _pairs(what_if),
        "verdict_after": _VERDICTS[what_if.after.conditions_met] if what_if else None,
        "tabs": tabs_of(request, school, "school_conditions"),
    }
    return page(request, "organisations/school_conditions.html", context)


def _pairs(what_if: Any) -> list[tuple[Shown, Shown]]:
    if what_if is None:
        return []
    return [(_shown(before), _shown(after)) for before, after in what_if.pairs]


@audience(*MANAGERS)
@require_POST
def recheck_conditions(request: Any) -> HttpResponse:
    changed = actions.recheck_conditions(
        path=request.region.path, year=request.year, by=request.viewer, at=request.at
    )
    messages.success(
        request,
        ngettext(
            "%(number)d verdict changed by the rules of now.",
            "%(number)d verdicts changed by the rules of now.",
            changed,
        )
        % {"number": changed},
    )
    return redirect(_with(request, "organisations:conditions", request.year))


def _with(request: Any, name: str, year: int) -> str:
    return f"{reverse(name)}?{urlencode({'region': request.region.code, 'year': year})}"
