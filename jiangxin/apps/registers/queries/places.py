"""Which authority stands for a level at a place, and the way that an application takes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers.models.definition import RegisterDefinition
from jiangxin.apps.registers.workflow import RANK, Level

_LEVELS = {
    "nation": Level.NATIONAL.value,
    "province": Level.PROVINCIAL.value,
    "city": Level.CITY.value,
    "county": Level.COUNTY.value,
    "zone": Level.COUNTY.value,
}


def authorities(region: Any, *, on: datetime.date) -> dict[str, str]:
    """Return the scope path of the authority of each level that there is at a place.

    What a school recognises itself is kept by the authority of its region. A municipality under
    the central government has no city level.
    """
    chain = [*reference.ancestors_of(region.code, on=on), region]
    found = {_LEVELS[place.level]: str(place.path) for place in chain}
    return {**found, Level.SCHOOL.value: str(region.path)}


def levels_for(
    definition: RegisterDefinition, region: Any, *, on: datetime.date
) -> tuple[str, ...]:
    """Return the levels at which the type can be recognised at this place, highest first."""
    there = authorities(region, on=on)
    return tuple(level for level in definition.levels if level in there)


def way(
    definition: RegisterDefinition, level: str, there: Mapping[str, str]
) -> list[dict[str, str]]:
    """Return the steps of an application and where each lies: code and scope path.

    A step is left out where the place has no such level, or where it lies above the level
    applied for.

    Args:
        there: `authorities` of the place.
    """
    steps = []
    for step in definition.review:
        place = level if step.at == "level" else step.at
        if place in there and RANK[place] <= RANK[level]:
            steps.append({"code": step.code, "path": there[place]})
    return steps
