"""Regions on a day: their tree, their history, and the page of one."""

from __future__ import annotations

import datetime

from django.db import models
from django.utils.translation import gettext as _

from jiangxin.apps.reference.models import ListedQuerySet, Region, RegionClosure
from jiangxin.core.errors import NotFound

NATION = "000000"


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


def _in_force(prefix: str, on: datetime.date) -> models.Q:
    return (
        models.Q(**{f"{prefix}starts_on__isnull": True})
        | models.Q(**{f"{prefix}starts_on__lte": on})
    ) & (models.Q(**{f"{prefix}ends_on__isnull": True}) | models.Q(**{f"{prefix}ends_on__gt": on}))
