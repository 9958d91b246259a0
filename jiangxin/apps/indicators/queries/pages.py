"""What the page of one indicator shows, gathered in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.indicators.models import ReportedValue, Value
from jiangxin.apps.indicators.queries import values
from jiangxin.apps.indicators.queries.definitions import get_definition, label_of, schemas, units
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures


@dataclass(frozen=True, slots=True)
class Here:
    """The place whose indicators a viewer looks at."""

    scope: str
    code: str
    name: str


def place_for(region: Any, *, viewer: Viewer) -> Here:
    """Return the region if the viewer's duty reaches it, else the organisation they act for."""
    if viewer.holds("indicators.view", region.path):
        return Here("region", region.code, region.name)
    for path in viewer.paths("indicators.view"):
        own = organisations.organisations_within(path, viewer=viewer).first()
        if "@" in path and own is not None:
            return Here("organisation", own.code, own.name)
    return Here("region", region.code, region.name)


@dataclass(frozen=True, slots=True)
class IndicatorPage:
    """One indicator at one region and year."""

    definition: measures.Definition
    label: str
    unit: str
    place: Here
    year: int
    now: values.Seen | None
    status: str
    missing: tuple[str, ...]
    trend: Sequence[values.Seen]
    parts: Sequence[Value]
    places: Sequence[values.Place]
    reports: Sequence[ReportedValue]


def unit_word(code: str) -> str:
    """Return how a unit is written behind a number; "share" stays, it becomes percent."""
    if code == "share":
        return "share"
    unit = units().get(code)
    return label_of(unit.label) if unit is not None else code


def part_word(definition: measures.Definition, part: str) -> str:
    """Return the word for one part of a breakdown, such as "female" for "sex:female"."""
    column_name, _colon, value = part.partition(":")
    column = schemas()[definition.facts[0]].column(column_name)
    if column is None:
        return value
    return dict(column.values).get(value, value)


def indicator_page(code: str, *, region: Any, year: int, viewer: Viewer) -> IndicatorPage:
    """Return what the page of one indicator shows.

    Raises:
        NotFound: no such indicator.
    """
    definition = get_definition(code)
    here = place_for(region, viewer=viewer)
    trend = values.series(code, scope=here.scope, place=here.code, viewer=viewer)
    now = next((item for item in trend if item.year == year), None)
    absent = values.missing_for(scope=here.scope, place=here.code, year=year, viewer=viewer)
    status, missing = absent.get(code, ("not_yet_measurable", ()))
    return IndicatorPage(
        definition=definition,
        label=label_of(definition.label),
        unit=unit_word(definition.unit),
        place=here,
        year=year,
        now=now,
        status="measured" if now else status,
        missing=() if now else missing,
        trend=trend,
        parts=values.breakdown(code, scope=here.scope, place=here.code, year=year, viewer=viewer),
        places=values.places_below(code, region=region.code, year=year, viewer=viewer),
        reports=list(values.reports_for(code, path=region.path, viewer=viewer)),
    )


def place_name(value: Value, *, viewer: Viewer) -> str:
    """Return the name of the region or organisation that a value speaks of."""
    if value.scope == "region":
        region = reference.find_region(value.code, on=value.computation.started_at.date())
        return region.name if region is not None else value.code
    found = organisations.organisations_within(value.path, viewer=viewer).first()
    return found.name if found is not None else value.code


def scope_to_report(region: Any, *, viewer: Viewer) -> Scope:
    """Return where the viewer reports: the region if their duty reaches it, else their own place."""
    paths = viewer.paths("indicators.report")
    own = [path for path in paths if path.startswith(region.path)]
    if any(region.path.startswith(path) for path in paths) or not own:
        return accounts.scope_of_region(region)
    return Scope.objects.get(path=own[0])
