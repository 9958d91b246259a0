"""The start page of a person: what waits, what was said, and how one's own place stands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jiangxin.apps.accounts.models import Role
from jiangxin.apps.dashboards.queries.cockpit import Tile, counted, tiles, wanting_attention
from jiangxin.apps.dashboards.queries.joined import Waiting, todos
from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.notices import queries as notices
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import queries as policies
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import Viewer

SOON_DAYS = 7


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation for which the viewer acts, with its newest values."""

    name: str
    url_code: str
    values: list[Tile]


@dataclass(frozen=True, slots=True)
class Home:
    """What the start page shows."""

    roles: list[str]
    overdue: list[Waiting]
    soon: list[Waiting]
    later: list[Waiting]
    notices: list[Any]
    # number of promises of the region by standing; None for those who do not see policies
    counts: Mapping[str, int] | None
    # the promises of the region that fall behind most
    attention: list[policies.Standing]
    places: list[Place]

    @property
    def promises(self) -> int:
        """Number of promises of the region."""
        return sum(self.counts.values()) if self.counts else 0

    @property
    def waiting(self) -> int:
        """How much waits."""
        return len(self.overdue) + len(self.soon) + len(self.later)


def home(*, viewer: Viewer, region: Region | None, year: int, on: datetime.date) -> Home:
    """Gather the start page of a signed-in person."""
    waiting = todos(viewer=viewer, on=on)
    horizon = on + datetime.timedelta(days=SOON_DAYS)
    open_ones = [one for one in waiting if not one.is_overdue]
    soon = [one for one in open_ones if one.due_on and one.due_on <= horizon]
    sees_promises = region is not None and viewer.holds("policies.view", region.path)
    standings = None
    if region is not None and sees_promises:
        standings = policies.targets(viewer=viewer, on=on, region_path=region.path)
    labels = dict(Role.Kind.choices)
    return Home(
        roles=[str(labels[grant.role]) for grant in viewer.grants],
        overdue=[one for one in waiting if one.is_overdue],
        soon=soon,
        later=[one for one in open_ones if one not in soon],
        notices=notices.latest(viewer=viewer, limit=6),
        counts=None if standings is None else counted(standings),
        attention=wanting_attention(standings or [])[:5],
        places=_places(viewer, year),
    )


def _places(viewer: Viewer, year: int) -> list[Place]:
    """Return the viewer's own organisations of which something was measured."""
    paths = [grant.path for grant in viewer.grants if "@" in grant.path]
    places = []
    for path in paths[:3]:
        own = organisations.organisations_within(path, viewer=viewer).filter(scope__path=path)
        for organisation in own:
            rows = indicators.rows_for(
                scope="organisation", place=organisation.code, year=year, viewer=viewer
            )
            if measured := tiles(rows):
                places.append(Place(organisation.name, organisation.code, measured[:6]))
    return places
