"""Values as a viewer sees them: computed ones of the current run, and reported ones."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.utils import timezone

from jiangxin.apps.indicators.models import (
    Computation,
    Publication,
    ReportedValue,
    Snapshot,
    Value,
)
from jiangxin.apps.indicators.queries.definitions import definitions, label_of
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: a year, a number, and how we know it.

    Args:
        kind: "computed" or "reported"; `is_simulated` says that facts were made up.
        uuid: of the value or the report, for "why?".
    """

    year: int
    value: float
    kind: str
    is_simulated: bool
    uuid: str
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One indicator for one region and year, as a list shows it."""

    code: str
    label: str
    unit: str
    direction: str
    status: str
    value: float | None
    kind: str
    is_simulated: bool
    uuid: str
    missing: tuple[str, ...]
    trend: tuple[Seen, ...]


def current_computation() -> Computation | None:
    """Return the newest finished computation."""
    return (
        Computation.objects.filter(finished_at__isnull=False)
        .select_related("snapshot")
        .order_by("-finished_at", "-pk")
        .first()
    )


def snapshots() -> QuerySet[Snapshot]:
    """List snapshots with their computations, newest first."""
    return Snapshot.objects.prefetch_related("computations")


def get_value(uuid_: uuid.UUID | str, *, viewer: Viewer) -> Value:
    """Return one computed value within the viewer's scope, or raise NotFound."""
    value = (
        Value.objects.visible_to(viewer)
        .select_related("computation__snapshot", "definition")
        .filter(uuid=uuid_)
        .first()
    )
    if value is None:
        raise NotFound
    return value


def observations(
    wanted: Iterable[tuple[str, str, str]], *, viewer: Viewer
) -> dict[tuple[str, str, str], list[Seen]]:
    """Return the observations of many series at once, in two queries.

    Args:
        wanted: (indicator, scope "region" or "organisation", code).

    Returns:
        Observations by year; a computed value goes before a reported one of the same year.
    """
    keys = set(wanted)
    found: dict[tuple[str, str, str], dict[int, Seen]] = {key: {} for key in keys}
    if not keys:
        return {}
    paths = _paths(keys)
    reported = ReportedValue.objects.visible_to(viewer).current()
    for item in reported.filter(
        indicator__in={k[0] for k in keys}, scope__path__in=set(paths.values())
    ).select_related("scope"):
        for key in keys:
            if key[0] == item.indicator and paths.get(key[1:]) == item.scope.path:
                found[key][item.year] = Seen(
                    item.year, item.value, "reported", item.is_simulated, str(item.uuid)
                )
    computation = current_computation()
    if computation is not None:
        rows = Value.objects.visible_to(viewer).filter(
            computation=computation,
            status=Value.Status.MEASURED,
            part="",
            value__isnull=False,
            indicator__in={k[0] for k in keys},
            code__in={k[2] for k in keys},
        )
        # plain tuples: a cockpit reads some thousand of them
        columns = ("year", "value", "is_simulated", "uuid", "numerator", "denominator")
        plain: Any = rows.values_list("indicator", "scope", "code", *columns)
        for indicator, scope, code, year, number, made_up, value_uuid, above, below in plain:
            if (indicator, scope, code) in found:
                found[indicator, scope, code][year] = Seen(
                    year, number, "computed", made_up, str(value_uuid), above, below
                )
    return {key: [years[y] for y in sorted(years)] for key, years in found.items()}


def _paths(keys: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    regions = {code for _i, scope, code in keys if scope == "region"}
    others = {code for _i, scope, code in keys if scope == "organisation"}
    found = {("region", code): path for code, path in region_paths(regions).items()}
    if others:
        known = organisations.paths_by_code(others)
        found.update({("organisation", code): path for code, path in known.items()})
    return found


def region_paths(codes: Collection[str] | None = None) -> dict[str, str]:
    """Return the scope path of each region in force today, by code."""
    rows = reference.regions(on=timezone.localdate())
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return dict(rows.values_list("code", "path"))


def series(code: str, *, scope: str, place: str, viewer: Viewer) -> list[Seen]:
    """Return the observations of one indicator for one region or organisation, by year."""
    return observations([(code, scope, place)], viewer=viewer)[(code, scope, place)]


def latest(
    codes: Sequence[str], *, scope: str, place: str, viewer: Viewer
) -> Mapping[str, Seen | None]:
    """Return the newest observation of each indicator for one place."""
    found = observations([(code, scope, place) for code in codes], viewer=viewer)
    return {
        code: (found[(code, scope, place)] or [None])[-1]  # type: ignore[list-item]
        for code in codes
    }


def rows_for(*, scope: str, place: str, year: int, viewer: Viewer) -> list[Row]:
    """List all indicators for one place and year, with the trend of all years.

    An indicator that grain or facts do not allow there says what is missing.
    """
    wanted = [d for d in definitions() if scope == "region" or d.grain == "organisation"]
    seen = observations([(d.code, scope, place) for d in wanted], viewer=viewer)
    absent = missing_for(scope=scope, place=place, year=year, viewer=viewer)
    rows = []
    for definition in wanted:
        trend = seen[(definition.code, scope, place)]
        now = next((item for item in trend if item.year == year), None)
        rows.append(
            Row(
                code=definition.code,
                label=label_of(definition.label),
                unit=definition.unit,
                direction=definition.direction,
                status="measured"
                if now
                else absent.get(definition.code, ("not_yet_measurable", ()))[0],
                value=now.value if now else None,
                kind=now.kind if now else "",
                is_simulated=bool(now and now.is_simulated),
                uuid=now.uuid if now else "",
                missing=() if now else absent.get(definition.code, ("", ()))[1],
                trend=tuple(trend),
            )
        )
    return rows


def missing_for(
    *, scope: str, place: str, year: int, viewer: Viewer
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return, per indicator without a value, its status and what is missing."""
    computation = current_computation()
    if computation is None:
        return {}
    rows = Value.objects.visible_to(viewer).filter(
        computation=computation, scope=scope, code=place, year=year, part="", value__isnull=True
    )
    return {
        row.indicator: (row.status, tuple(row.missing) or ((row.reason,) if row.reason else ()))
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class Place:
    """One indicator at one place below a region: a sub-region or an organisation."""

    scope: str
    code: str
    name: str
    status: str
    value: float | None
    numerator: float | None
    denominator: float | None
    is_simulated: bool
    uuid: str


def places_below(code: str, *, region: str, year: int, viewer: Viewer) -> list[Place]:
    """List one indicator's values of the regions directly below and of the organisations inside.

    Regions come first, each kind ordered by code.
    """
    computation = current_computation()
    path = region_paths([region]).get(region)
    if computation is None or path is None:
        return []
    children = {r.code: r.name for r in reference.children_of(region, on=timezone.localdate())}
    names = {o.code: o.name for o in organisations.organisations_within(path, viewer=viewer)}
    rows = (
        Value.objects.visible_to(viewer)
        .filter(computation=computation, indicator=code, year=year, part="", path__startswith=path)
        .filter(Q(scope="region", code__in=children) | Q(scope="organisation", code__in=names))
        .order_by("-scope", "code")
    )
    return [
        Place(
            row.scope,
            row.code,
            children.get(row.code) or names.get(row.code, row.code),
            row.status,
            row.value,
            row.numerator,
            row.denominator,
            row.is_simulated,
            str(row.uuid),
        )
        for row in rows
    ]


def reports_for(code: str, *, path: str, viewer: Viewer) -> QuerySet[ReportedValue]:
    """List the reported values of an indicator for one place, with those replaced, newest first."""
    found: QuerySet[ReportedValue] = ReportedValue.objects.visible_to(viewer)
    return found.filter(indicator=code, scope__path=path).order_by("-year", "-reported_at")


def get_report(uuid_: uuid.UUID | str, *, viewer: Viewer) -> ReportedValue:
    """Return one reported value within the viewer's scope, or raise NotFound."""
    report: ReportedValue | None = (
        ReportedValue.objects.visible_to(viewer).select_related("scope").filter(uuid=uuid_).first()
    )
    if report is None:
        raise NotFound
    return report


def breakdown(code: str, *, scope: str, place: str, year: int, viewer: Viewer) -> list[Value]:
    """List the parts of one value: by column and value, for instance sex."""
    computation = current_computation()
    if computation is None:
        return []
    return list(
        Value.objects.visible_to(viewer)
        .filter(computation=computation, indicator=code, scope=scope, code=place, year=year)
        .exclude(part="")
        .order_by("part")
    )


def small_cell_minimum(*, on: datetime.date, path: str) -> int:
    """Return how many persons a published number must speak of, at least, in a region on a day.

    Source:
        `rules/policies/small_cell_minimum.yaml`.
    """
    return int(reference.rule_value("small_cell_minimum", on=on, path=path).number())


def withheld(computation: Computation, *, path: str, on: datetime.date) -> list[list[object]]:
    """List [indicator, region code, year] that may not be shown when a region is published.

    All values at and below the scope path are weighed together, so that no withheld one can be
    found by subtracting the shown ones.
    """
    rows = Value.objects.filter(
        computation=computation, scope="region", part="", path__startswith=path
    )
    values = [
        measures.Value(
            row.indicator,
            "",
            "region",
            row.code,
            row.year,
            row.part,
            row.status,  # type: ignore[arg-type]
            row.value,
            row.numerator,
            row.denominator,
            row.n,
            row.reason,
            tuple(row.missing),
        )
        for row in rows
    ]
    above: dict[tuple[Literal["region", "organisation"], str], tuple[Literal["region"], str]] = {
        ("region", low): ("region", high)
        for high, low, depth in reference.region_tree(on=on)
        if depth == 1
    }
    rules = {d.small_cell_rule for d in definitions() if d.small_cell_rule}
    minimum = small_cell_minimum(on=on, path=path)
    shown = measures.publish(
        values, definitions(), minimums=dict.fromkeys(rules, minimum), parent_of=above
    )
    return [[v.indicator, v.code, v.year] for v in shown if v.suppressed]


def published_observations(*, region: str) -> dict[str, list[Seen]]:
    """Return, by indicator, the observations of a region that the public may see, by year."""
    found = published_in([region])
    return {indicator: rows for (indicator, _scope, _code), rows in found.items()}


def published_in(
    regions: Iterable[str], *, codes: Collection[str] = ()
) -> dict[tuple[str, str, str], list[Seen]]:
    """Return the observations of many regions that the public may see, in three queries.

    Args:
        codes: the indicators wanted; all unless given.

    Returns:
        Observations by year, by (indicator, "region", code). For each region the newest
        publication counts of those made for it or for a region above.
    """
    paths = region_paths(set(regions))
    prefixes = {
        path[: i + 1] for path in paths.values() for i, sign in enumerate(path) if sign == "/"
    }
    rows = Publication.objects.filter(scope__path__in=prefixes).select_related("scope")
    newest_first = list(rows.order_by("-published_at", "-pk"))
    chosen = {
        code: publication
        for code, path in paths.items()
        if (publication := _first_covering(path, newest_first)) is not None
    }
    hidden = {
        (indicator, code, year)
        for code, publication in chosen.items()
        for indicator, place, year in publication.withheld
        if place == code
    }
    values: Any = (
        Value.objects.filter(
            computation__in={publication.computation_id for publication in chosen.values()},
            scope="region",
            code__in=chosen,
            part="",
            value__isnull=False,
            **({"indicator__in": codes} if codes else {}),
        )
        .order_by("indicator", "code", "year")
        .values_list(
            "computation_id", "indicator", "code", "year",
            "value", "is_simulated", "numerator", "denominator",
        )
    )  # fmt: skip
    found: dict[tuple[str, str, str], list[Seen]] = defaultdict(list)
    for computation, indicator, code, year, number, made_up, above, below in values:
        if chosen[code].computation_id == computation and (indicator, code, year) not in hidden:
            found[indicator, "region", code].append(
                Seen(year, number, "computed", made_up, "", above, below)
            )
    return dict(found)


def _first_covering(path: str, publications: Iterable[Publication]) -> Publication | None:
    return next((p for p in publications if path.startswith(p.scope.path)), None)
