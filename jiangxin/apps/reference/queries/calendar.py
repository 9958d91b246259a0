"""School years and terms of a region."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jiangxin.apps.reference.models import Term
from jiangxin.apps.reference.queries.regions import get_region
from jiangxin.apps.reference.queries.rule_values import rule
from jiangxin.engines import rulebook


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
    first = rulebook.value_at(rule("school_year_start"), on=datetime.date(school_year, 1, 1))
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
    value = rulebook.value_at(rule("default_terms"), on=first_day, region=chain)
    days = {name: datetime.timedelta(days=number) for name, number in _named(value).items()}
    return TermDates(
        first_day.year,
        season,
        first_day + days[f"{season}_starts"],
        first_day + days[f"{season}_ends"],
        "",
        "",
    )


def _named(value: rulebook.RuleValue) -> Mapping[str, float]:
    if not isinstance(value.content, Mapping):
        raise TypeError("this rule of the calendar is made of named numbers")
    return value.content
