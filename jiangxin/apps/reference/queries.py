"""What is true on a day: regions and their tree, code lists, school years and terms.

Reference data are public, so no query here asks who looks. Every question takes the day (`on`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.reference.models import (
    Edition,
    Industry,
    ListedQuerySet,
    Occupation,
    Programme,
    Region,
    RegionClosure,
    Term,
)
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer
from jiangxin.engines import rulebook

NATION = "000000"
RULES = Path(__file__).resolve().parents[2] / "rules" / "reference"


class RegionNotFound(NotFound):
    """No region has this code on this day."""

    code = "region_not_found"

    def __init__(self, code: str, on: datetime.date) -> None:
        super().__init__(
            _(
                "No region has the code %(code)s on %(on)s. Check the six digits, or choose "
                "another day: divisions are merged and renamed over the years."
            )
            % {"code": code, "on": on.isoformat()},
            data={"code": code, "on": on.isoformat()},
        )


def find_region(code: str, *, on: datetime.date) -> Region | None:
    """Return the region that has this code on the day, if there is one."""
    return Region.objects.on(on).filter(code=code).first()


def get_region(code: str, *, on: datetime.date) -> Region:
    """Return the region that has this code on the day.

    Raises:
        RegionNotFound: there is none; the code may belong to another day.
    """
    region = find_region(code, on=on)
    if region is None:
        raise RegionNotFound(code, on)
    return region


def regions_within(code: str, *, on: datetime.date) -> models.QuerySet[Region]:
    """List the region itself and all regions below it on the day, ordered by code."""
    links = RegionClosure.objects.filter(_in_force("", on), ancestor__code=code)
    return Region.objects.on(on).filter(pk__in=links.values("descendant"))


def codes_within(code: str, *, on: datetime.date) -> list[str]:
    """List the codes of the region itself and of all regions below it on the day."""
    return list(regions_within(code, on=on).values_list("code", flat=True))


def ancestors_of(code: str, *, on: datetime.date) -> list[Region]:
    """List the regions above on the day, the nation first; without the region itself."""
    links = (
        RegionClosure.objects.filter(
            _in_force("", on),
            _in_force("descendant__", on),
            _in_force("ancestor__", on),
            descendant__code=code,
            depth__gt=0,
        )
        .select_related("ancestor")
        .order_by("-depth")
    )
    return [link.ancestor for link in links]


def children_of(code: str, *, on: datetime.date) -> models.QuerySet[Region]:
    """List the regions directly below on the day, ordered by code."""
    links = RegionClosure.objects.filter(_in_force("", on), ancestor__code=code, depth=1)
    return Region.objects.on(on).filter(pk__in=links.values("descendant"))


def history_of(code: str) -> list[Region]:
    """List all rows that this code ever had, oldest first, with their successors."""
    return list(Region.objects.filter(code=code).select_related("successor", "parent"))


def region_tree(*, on: datetime.date) -> list[tuple[str, str, int]]:
    """List (ancestor code, descendant code, depth) of all pairs on the day, for snapshots."""
    links = RegionClosure.objects.filter(
        _in_force("", on), _in_force("ancestor__", on), _in_force("descendant__", on)
    )
    return list(
        links.order_by("ancestor__code", "depth", "descendant__code").values_list(
            "ancestor__code", "descendant__code", "depth"
        )
    )


def regions(*, on: datetime.date, text: str = "", level: str = "") -> ListedQuerySet:
    """List regions of the day, filtered by text (code, name or pinyin) and level."""
    rows: ListedQuerySet = Region.objects.on(on).matching(text)
    return rows.filter(level=level) if level else rows


def programmes(
    *, on: datetime.date, text: str = "", level: str = "", category: str = "", controlled: str = ""
) -> ListedQuerySet:
    """List programmes of the catalogue on the day, filtered.

    Args:
        controlled: "1" for state-controlled programmes, "0" for the others, empty for all.
    """
    rows: ListedQuerySet = Programme.objects.on(on).matching(text)
    if level:
        rows = rows.filter(level=level)
    if category:
        rows = rows.filter(category=category)
    if controlled in ("0", "1"):
        rows = rows.filter(is_state_controlled=controlled == "1")
    return rows


def occupations(
    *, on: datetime.date, text: str = "", level: str = "", within: str = "", mark: str = ""
) -> models.QuerySet[Occupation]:
    """List occupations and their groups on the day; `within` is the code of a group."""
    rows: ListedQuerySet = Occupation.objects.on(on).matching(text)
    if level:
        rows = rows.filter(level=level)
    if mark:
        rows = rows.filter(marks__contains=mark)
    return occupations_in(rows, within) if within else rows


def occupations_in(rows: models.QuerySet[Occupation], code: str) -> models.QuerySet[Occupation]:
    """Keep the group of the code and what it contains."""
    return rows.filter(models.Q(code=code) | models.Q(code__startswith=code + "-"))


def industries(
    *, on: datetime.date, text: str = "", level: str = "", section: str = ""
) -> ListedQuerySet:
    """List sections, divisions, groups and classes of economic activities on the day."""
    rows: ListedQuerySet = Industry.objects.on(on).matching(text)
    if level:
        rows = rows.filter(level=level)
    if section:
        rows = rows.filter(section=section)
    return rows


def find_programme(level: str, code: str, *, on: datetime.date) -> Programme | None:
    """Return the programme with this level and code on the day, if there is one."""
    return Programme.objects.on(on).filter(level=level, code=code).first()


def find_occupation(code: str, *, on: datetime.date) -> Occupation | None:
    """Return the occupation or group with this code on the day, if there is one."""
    return Occupation.objects.on(on).filter(code=code).first()


def find_industry(code: str, *, on: datetime.date) -> Industry | None:
    """Return the industry with this code on the day, if there is one."""
    return Industry.objects.on(on).filter(code=code).first()


def categories(*, on: datetime.date) -> list[str]:
    """List the names of the programme categories (专业大类) in the order of their codes."""
    names: dict[str, None] = {}
    for name in Programme.objects.on(on).order_by("code").values_list("category", flat=True):
        names.setdefault(name)
    return list(names)


def listed(kind: str, *, on: datetime.date) -> models.QuerySet[Any]:
    """List all rows of a kind of code list that are in force on the day."""
    every = {
        "divisions": Region,
        "programmes": Programme,
        "occupations": Occupation,
        "industries": Industry,
    }
    rows: models.QuerySet[Any] = every[kind].objects.on(on)
    return rows


def editions() -> models.QuerySet[Edition]:
    """List the editions loaded, newest first within each kind."""
    return Edition.objects.all()


@dataclass(frozen=True, slots=True)
class RegionPage:
    """What the page of a region shows: its place, what lies below, its terms and its history."""

    region: Region
    ancestors: list[Region]
    # level → number of regions below, in the order of the levels
    below: dict[str, int]
    history: list[Region]
    school_year: int
    terms: list[TermDates]

    @property
    def school_year_label(self) -> str:
        """The school year as people write it: 2026/27."""
        return f"{self.school_year}/{(self.school_year + 1) % 100:02}"


def region_page(code: str, *, on: datetime.date) -> RegionPage:
    """Gather the page of a region on a day.

    Raises:
        RegionNotFound: no region has the code on the day.
    """
    region = get_region(code, on=on)
    counted = dict(
        regions_within(code, on=on)
        .exclude(code=code)
        .order_by()
        .values_list("level")
        .annotate(number=models.Count("pk"))
    )
    return RegionPage(
        region,
        ancestors_of(code, on=on),
        {str(label): counted[level] for level, label in Region.Level.choices if level in counted},
        history_of(code),
        school_year_of(on),
        terms_for(code, school_year_of(on)),
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found by the search of all pages."""

    kind: str
    title: str
    detail: str
    url: str


def search(viewer: Viewer, text: str, *, on: datetime.date, limit: int = 5) -> list[Hit]:
    """Find regions, programmes and occupations by name, code or pinyin; open to everybody."""
    if not text.strip():
        return []
    found = [
        Hit(
            _("Region"),
            region.name,
            region.code,
            reverse("reference:region", args=[region.code]),
        )
        for region in regions(on=on, text=text)[:limit]
    ]
    found += [
        Hit(
            _("Programme"),
            programme.name,
            f"{programme.code} {programme.get_level_display()}",
            f"{reverse('reference:programmes')}?q={programme.code}",
        )
        for programme in programmes(on=on, text=text)[:limit]
    ]
    found += [
        Hit(
            _("Occupation"),
            occupation.name,
            occupation.code,
            f"{reverse('reference:occupations')}?q={occupation.code}",
        )
        for occupation in occupations(on=on, text=text)[:limit]
    ]
    return found


@dataclass(frozen=True, slots=True)
class TermDates:
    """A term as it holds in a region: its days, and who set them.

    Args:
        ends_on: first day after the term.
        set_by: code of the region whose authority set the dates; empty for the inferred default.
    """

    school_year: int
    season: str
    starts_on: datetime.date
    ends_on: datetime.date
    set_by: str
    source: str

    @property
    def label(self) -> str:
        """The season in words."""
        return str(Term.Season(self.season).label)

    @property
    def last_day(self) -> datetime.date:
        """The last day of the term, as people say it."""
        return self.ends_on - datetime.timedelta(days=1)

    @property
    def weeks(self) -> int:
        """Number of whole weeks."""
        return (self.ends_on - self.starts_on).days // 7

    @property
    def is_inferred(self) -> bool:
        """Whether no authority above the region has set the dates."""
        return not self.set_by


def school_year_of(day: datetime.date) -> int:
    """Return the calendar year in which the school year of the day began.

    Source:
        `rules/reference/school_year_start.yaml`.
    """
    return day.year if day >= first_day_of(day.year) else day.year - 1


def first_day_of(school_year: int) -> datetime.date:
    """Return the first day of the school year that begins in this calendar year."""
    first = rulebook.value_at(_rule("school_year_start"), on=datetime.date(school_year, 1, 1))
    named = _named(first)
    return datetime.date(school_year, int(named["month"]), int(named["day"]))


def terms_for(code: str, school_year: int) -> list[TermDates]:
    """List the terms of a school year in a region, first the autumn term.

    A term that the region has not set itself is inherited from the nearest region above that
    has; where none has, the default of `rules/reference/default_terms.yaml` holds.

    Raises:
        RegionNotFound: the region does not exist in that school year.
    """
    on = first_day_of(school_year)
    chain = get_region(code, on=on).path.rstrip("/").split("/")
    rows = Term.objects.filter(region_code__in=chain, school_year=school_year)
    nearest: dict[str, Term] = {}
    for row in sorted(rows, key=lambda term: chain.index(term.region_code)):
        nearest[row.season] = row
    terms = []
    for season in Term.Season.values:
        own = nearest.get(season)
        if own is None:
            terms.append(_default_term(season, on, chain))
        else:
            terms.append(
                TermDates(
                    school_year, season, own.starts_on, own.ends_on, own.region_code, own.source
                )
            )
    return terms


def _default_term(season: str, first_day: datetime.date, chain: Sequence[str]) -> TermDates:
    value = rulebook.value_at(_rule("default_terms"), on=first_day, region=chain)
    days = {name: datetime.timedelta(days=number) for name, number in _named(value).items()}
    return TermDates(
        first_day.year,
        season,
        first_day + days[f"{season}_starts"],
        first_day + days[f"{season}_ends"],
        "",
        "",
    )


def _in_force(prefix: str, on: datetime.date) -> models.Q:
    return (
        models.Q(**{f"{prefix}starts_on__isnull": True})
        | models.Q(**{f"{prefix}starts_on__lte": on})
    ) & (models.Q(**{f"{prefix}ends_on__isnull": True}) | models.Q(**{f"{prefix}ends_on__gt": on}))


@cache
def _rule(code: str) -> rulebook.Rule:
    return rulebook.parse((RULES / f"{code}.yaml").read_text(encoding="utf-8"))


def _named(value: rulebook.RuleValue) -> Mapping[str, float]:
    if not isinstance(value.content, Mapping):
        raise TypeError("this rule of the calendar is made of named numbers")
    return value.content
