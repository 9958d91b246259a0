"""Which organisation a text means: official and former names, aliases, regions left out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import (
    Alias,
    Organisation,
    OrganisationName,
    normal_form,
    short_region,
    stem_of,
)
from jiangxin.apps.organisations.queries.lineage import heirs_of
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import Viewer

# bigrams in common that make two names worth showing side by side
_SIMILAR = 0.4
_AUTHORITIES = frozenset({Organisation.Kind.BUREAU, Organisation.Kind.OFFICE})
# names of statistical groupings that nobody writes before the name of a school
_NO_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


def region_names(region: Any, *, on: datetime.date) -> tuple[str, ...]:
    """Return the names of a region and of those above it, without the nation."""
    above = reference.ancestors_of(region.code, on=on)
    names = [r.name for r in [region, *reversed(above)] if r.level != "nation"]
    return tuple(name for name in names if name not in _NO_NAMES)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that a text may mean, why, and how alike the names are (0 to 1)."""

    organisation: Organisation
    reason: str
    score: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """The organisation that a text means, or candidates for a person to choose from."""

    text: str
    exact: Organisation | None
    reason: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    organisation: Organisation
    text: str
    normal: str
    stem: str
    bigrams: frozenset[str]
    what: str


class Resolver:
    """Finds organisations by name within a region; loads the names once for many texts."""

    def __init__(self, entries: Iterable[_Entry], *, region: Any, regions: Sequence[Any]) -> None:
        """Prepare look-ups.

        Args:
            region: the region that the texts speak of.
            regions: it, those above it, and those below it that have organisations.
        """
        self._region = region
        self._regions = [r for r in regions if r.name not in _NO_NAMES and r.level != "nation"]
        self._names = [r.name for r in self._regions]
        self._by_normal: dict[str, list[_Entry]] = {}
        self._by_stem: dict[str, list[_Entry]] = {}
        self._entries = list(entries)
        for entry in self._entries:
            self._by_normal.setdefault(entry.normal, []).append(entry)
            self._by_stem.setdefault(entry.stem, []).append(entry)

    def find(self, text: str) -> Resolution:
        """Return what the text means; exact only if a single organisation fits."""
        normal = normal_form(text)
        stem = stem_of(normal, self._names)
        for entries, reason in (
            (self._by_normal.get(normal, []), ""),
            (self._by_stem.get(stem, []), _("the same name with the region left out or added")),
        ):
            exact = self._single(entries, normal)
            if exact is not None:
                return Resolution(text, exact.organisation, reason or exact.what, ())
            if entries:
                return Resolution(text, None, "", self._many(entries))
        return Resolution(text, None, "", self._similar(normal, stem))

    def _single(self, entries: Sequence[_Entry], normal: str) -> _Entry | None:
        found = {entry.organisation.pk: entry for entry in entries}
        if len(found) == 1 and any(entry.normal == normal for entry in entries):
            return next(iter(found.values()))
        meant, is_said = self._region_meant(normal)
        here = [e for e in found.values() if e.organisation.region.code == meant.code]
        if len(here) == 1:
            return here[0]
        # authorities have the same name in every region: another region's is another authority
        near = [
            e
            for e in found.values()
            if e.organisation.kind not in _AUTHORITIES
            and (not is_said or e.organisation.region.path.startswith(meant.path))
        ]
        return near[0] if len(found) == len(near) == 1 else None

    def _region_meant(self, normal: str) -> tuple[Any, bool]:
        """Return the region that a text names or points at, and whether it says one at all."""
        rest, named = normal, None
        for _step in range(4):
            found = [r for r in self._regions if rest.startswith((r.name, short_region(r.name)))]
            if not found:
                break
            named = max(found, key=lambda r: r.path.count("/"))
            full = rest.startswith(named.name)
            rest = rest[len(named.name if full else short_region(named.name)) :]
        if named is not None:
            return named, True
        levels = {"区": ("county",), "县": ("county",), "省": ("province",)}.get(normal[:1], ())
        chain = [r for r in self._regions if self._region.path.startswith(r.path)]
        if normal[:1] == "市":  # a municipality such as 重庆市 stands on the level of a province
            levels = ("city",) if any(r.level == "city" for r in chain) else ("province",)
        pointed = [r for r in chain if r.level in levels]
        return (pointed[-1], True) if pointed else (self._region, False)

    def _many(self, entries: Iterable[_Entry]) -> tuple[Candidate, ...]:
        found: dict[int, Candidate] = {}
        for entry in entries:
            reason = _("the same name in %(region)s") % {"region": entry.organisation.region.name}
            found.setdefault(entry.organisation.pk, Candidate(entry.organisation, reason, 1.0))
        return tuple(found.values())[:5]

    def _similar(self, normal: str, stem: str) -> tuple[Candidate, ...]:
        grams = _bigrams(stem)
        best: dict[int, Candidate] = {}
        for entry in self._entries:
            common = len(grams & entry.bigrams)
            score = common / max(1, len(grams | entry.bigrams))
            reason = _("similar to “%(name)s”") % {"name": entry.text}
            if common and (_is_short_for(stem, entry.stem) or _is_short_for(entry.stem, stem)):
                score = max(score, 0.5) + 0.2
                reason = _("short for “%(name)s” or the reverse") % {"name": entry.text}
            known = best.get(entry.organisation.pk)
            if score >= _SIMILAR and (known is None or known.score < score):
                best[entry.organisation.pk] = Candidate(entry.organisation, reason, round(score, 3))
        ordered = sorted(best.values(), key=lambda c: (-c.score, c.organisation.name))
        return tuple(ordered[:5])


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset({text})


def _is_short_for(short: str, long: str) -> bool:
    """Whether all letters of the one stand in the other in their order (职教 in 职业教育)."""
    letters = iter(long)
    return 2 < len(short) < len(long) and all(letter in letters for letter in short)


def resolver_for(region: Any, *, viewer: Viewer, on: datetime.date) -> Resolver:
    """Return a resolver for texts about a region: what is in it, below it and above it.

    Former names count as well: a document of 2018 uses the names of 2018. So do the names of those
    that were merged by the day: they lead to the one that took them in. Six queries.
    """
    above = reference.ancestors_of(region.code, on=on)
    place = Q(scope__path__startswith=region.path) | Q(region__code__in=[r.code for r in above])
    visible = Organisation.objects.visible_to(viewer).filter(place)
    known = {row.pk: row for row in visible.select_related("region", "parent")}
    heirs = _single_heirs(known, on)
    names = OrganisationName.objects.filter(organisation__in=visible.values("pk"))
    aliases = Alias.objects.filter(organisation__in=visible.values("pk"))
    entries = [
        *_entries(known, heirs, names, "name", _("official name"), _("former name")),
        *_entries(known, heirs, aliases, "text", _("alias"), _("alias")),
    ]
    regions = {r.code: r for r in [*above, region]}
    for row in known.values():
        regions.setdefault(row.region.code, row.region)
    return Resolver(entries, region=region, regions=list(regions.values()))


def _single_heirs(
    known: dict[int, Organisation], on: datetime.date
) -> dict[int, tuple[Organisation, str]]:
    """Return who stands today for each closed organisation, where it is one, and why."""
    closed = [pk for pk, row in known.items() if row.ends_on is not None and row.ends_on <= on]
    if not closed:
        return {}
    return {
        pk: (known[heir], _("formerly “%(name)s”") % {"name": known[pk].name})
        for pk, heirs in heirs_of(closed, on=on).items()
        if len(heirs) == 1 and (heir := next(iter(heirs))) in known
    }


def _entries(
    known: dict[int, Organisation],
    heirs: dict[int, tuple[Organisation, str]],
    rows: Iterable[Any],
    field: str,
    now: str,
    before: str,
) -> list[_Entry]:
    found = []
    for row in rows:
        ended = getattr(row, "ends_on", None)
        organisation = known.get(row.organisation_id)
        if organisation is None:  # came into being between the two queries
            continue
        what = before if ended else now
        organisation, what = heirs.get(organisation.pk, (organisation, what))
        text = getattr(row, field)
        found.append(_Entry(organisation, text, row.normal, row.stem, _bigrams(row.stem), what))
        short = normal_form(getattr(row, "short_name", ""))
        if short and short != row.normal:
            found.append(
                _Entry(organisation, row.short_name, short, short, _bigrams(short), _("short name"))
            )
    return found


def find_by_name(text: str, *, region: Any, viewer: Viewer, on: datetime.date) -> Resolution:
    """Return what one text means within a region; for many texts keep a `resolver_for`."""
    return resolver_for(region, viewer=viewer, on=on).find(text)
