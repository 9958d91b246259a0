"""What the page of one region shows."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count

from jiangxin.apps.reference.models import Region
from jiangxin.apps.reference.queries.calendar import TermDates, school_year_of, terms_for
from jiangxin.apps.reference.queries.regions import (
    ancestors_of,
    get_region,
    history_of,
    regions_within,
)


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
        .annotate(number=Count("pk"))
    )
    return RegionPage(
        region,
        ancestors_of(code, on=on),
        {str(label): counted[level] for level, label in Region.Level.choices if level in counted},
        history_of(code),
        school_year_of(on),
        terms_for(code, school_year_of(on)),
    )
