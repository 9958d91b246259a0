"""Entries that may be the same organisation, side by side."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from jiangxin.apps.organisations.models import Organisation, OrganisationName, normal_form
from jiangxin.apps.organisations.queries.directory import organisations
from jiangxin.apps.organisations.queries.names import Candidate, find_by_name
from jiangxin.core.permissions import Viewer

_AUTHORITIES = frozenset({Organisation.Kind.BUREAU, Organisation.Kind.OFFICE})
_MOST = 100
_CHOICES: dict[str, Any] = {
    "stage": Organisation.Stage,
    "ownership": Organisation.Ownership,
    "kind": Organisation.Kind,
}


def duplicates_of(
    *,
    name: str,
    region: Any,
    viewer: Viewer,
    on: datetime.date,
    uscc: str = "",
    school_code: str = "",
    address: str = "",
) -> list[Candidate]:
    """List organisations that a new one may already be, likeliest first.

    Compared are codes, names and aliases with and without the region, how the name sounds, and
    the address.
    """
    found: dict[int, Candidate] = {}
    codes = Q(pk__in=[])
    if uscc:
        codes |= Q(uscc=uscc)
    if school_code:
        codes |= Q(school_code=school_code) | Q(code=school_code)
    for row in Organisation.objects.visible_to(viewer).filter(codes).select_related("region"):
        found[row.pk] = Candidate(row, _("the same code"), 1.0)
    resolution = find_by_name(name, region=region, viewer=viewer, on=on)
    if resolution.exact is not None:
        found.setdefault(resolution.exact.pk, Candidate(resolution.exact, resolution.reason, 1.0))
    near = organisations(viewer=viewer, region=region, on=on)
    for row in near.filter(pinyin=_sound_of(name))[:5]:
        found.setdefault(row.pk, Candidate(row, _("a name that sounds the same"), 0.9))
    for candidate in resolution.candidates:
        found.setdefault(candidate.organisation.pk, candidate)
    if address.strip():
        for row in near.filter(address__iexact=address.strip())[:5]:
            found.setdefault(row.pk, Candidate(row, _("the same address"), 0.5))
    return sorted(found.values(), key=lambda c: -c.score)


def _sound_of(name: str) -> str:
    return " ".join(lazy_pinyin(name))[:800].lower()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be the same, and why."""

    one: Organisation
    other: Organisation
    reasons: tuple[str, ...]


def likely_duplicates(*, region: Any, viewer: Viewer, on: datetime.date) -> list[Pair]:
    """List pairs of open entries of a region that look like the same organisation, at most 100.

    Authorities have the same name in every region, so they are compared within their own. Two
    queries, whatever the number of organisations.
    """
    rows = list(
        organisations(viewer=viewer, region=region, on=on)
        .filter(viewer.within("organisations.manage"))
        .defer("notes", "contact_phone")
    )
    stems = dict(
        OrganisationName.objects.filter(
            organisation__in=[row.pk for row in rows], ends_on__isnull=True
        ).values_list("organisation", "stem")
        if len(rows) <= 500
        else OrganisationName.objects.filter(
            organisation__scope__path__startswith=region.path, ends_on__isnull=True
        ).values_list("organisation", "stem")
    )
    alike: dict[tuple[object, ...], list[Organisation]] = {}
    for row in rows:
        place = (row.region_id, row.parent_id) if row.kind in _AUTHORITIES else ()
        for why, value in (
            ("name", stems.get(row.pk, "")),
            ("sound", row.pinyin),
            ("address", normal_form(row.address)),
        ):
            if value and not (why == "address" and row.kind in _AUTHORITIES):
                alike.setdefault((why, row.kind, value, *place), []).append(row)
    words = {
        "name": _("the same name with the region left out or added"),
        "sound": _("a name that sounds the same"),
        "address": _("the same address"),
    }
    reasons: dict[tuple[int, int], list[str]] = {}
    by_pk = {row.pk: row for row in rows}
    for key, group in alike.items():
        for first, second in _pairs(group):
            if second.pk not in {first.parent_id} and first.pk not in {second.parent_id}:
                reasons.setdefault((first.pk, second.pk), []).append(words[str(key[0])])
    likeliest = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Pair(by_pk[a], by_pk[b], tuple(why)) for (a, b), why in likeliest[:_MOST]]


def _pairs(group: Sequence[Organisation]) -> Iterable[tuple[Organisation, Organisation]]:
    ordered = sorted(group, key=lambda row: row.pk)[:20]
    return ((a, b) for i, a in enumerate(ordered) for b in ordered[i + 1 :])


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of two entries, beside each other, as shown."""

    name: str
    label: str
    one: str
    other: str

    @property
    def differs(self) -> bool:
        """Whether they do not say the same."""
        return self.one != self.other


def side_by_side(
    one: Organisation, other: Organisation, *, fields: Iterable[str]
) -> list[Difference]:
    """Return the fields of two entries beside each other, in the order given."""
    labels = _labels()
    return [
        Difference(name, labels.get(name, name), shown(one, name), shown(other, name))
        for name in fields
    ]


def shown(row: Any, name: str) -> str:
    """Return a field of an organisation, or of details of one, as people read it."""
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display is not None else getattr(row, name)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value and display is None and name in _CHOICES:
        value = _CHOICES[name](value).label
    return "" if value is None else str(value)


def field_labels(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return fields of an organisation with their labels, in the order given."""
    labels = _labels()
    return [(name, labels.get(name, name)) for name in names]


def _labels() -> dict[str, str]:
    return {
        "name": _("Official name"),
        "short_name": _("Short name"),
        "kind": _("Kind"),
        "stage": _("School stage"),
        "ownership": _("Ownership"),
        "ownership_form": _("Form of ownership"),
        "uscc": _("Credit code"),
        "school_code": _("School code"),
        "is_listed": _("Listed for the public"),
        "address": _("Address"),
        "contact_name": _("Contact"),
        "contact_phone": _("Contact phone"),
        "notes": _("Notes"),
        "starts_on": _("Begins on"),
        "ends_on": _("Ends before"),
    }
