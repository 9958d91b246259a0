"""The national code lists on a day, their editions, and the search in all of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
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
)
from jiangxin.apps.reference.queries.regions import regions
from jiangxin.core.permissions import Viewer


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
