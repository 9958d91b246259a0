"""Who filed and who did not: counts by region, the matrix of filers and editions, roll-ups."""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from jiangxin.apps.collections.models import Edition, Filing, RegionApproval, places_of
from jiangxin.apps.collections.queries.editions import expected_organisations, expected_regions
from jiangxin.apps.collections.workflow import (
    FILED,
    IN_FORCE,
    SETTLED,
    WAITING,
    FilingState,
)
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.reference.models import Region
from jiangxin.core.permissions import Viewer


@dataclass(slots=True)
class Progress:
    """How far the filers of an edition are, in one region or altogether.

    Args:
        states: filers by state; those without a row are "not_begun".
    """

    expected: int = 0
    late: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def filed(self) -> int:
        """How many handed in."""
        return sum(self.states[state] for state in FILED)

    @property
    def excused(self) -> int:
        """How many need not file."""
        return self.states[FilingState.EXCUSED]

    @property
    def missing(self) -> int:
        """How many have still to hand in."""
        return self.expected - self.filed - self.excused

    @property
    def approved(self) -> int:
        """How many are in force."""
        return sum(self.states[state] for state in IN_FORCE)

    @property
    def waiting(self) -> int:
        """How many wait for a reviewer."""
        return sum(self.states[state] for state in WAITING)

    @property
    def filed_rate(self) -> float | None:
        """Share of those who have to file that did."""
        asked = self.expected - self.excused
        return self.filed / asked if asked > 0 else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is missing: every filer is approved or excused."""
        return self.expected == sum(self.states[state] for state in SETTLED)

    def add(self, other: Progress) -> None:
        """Count other filers in."""
        self.expected += other.expected
        self.late += other.late
        self.states.update(other.states)


# edition id → region id of the filer → progress
Counts = dict[int, dict[int, Progress]]


def counts(editions: Sequence[Edition], *, on: datetime.date, within: str = "") -> Counts:
    """Count the filers of editions by region; a handful of queries however many there are.

    Args:
        within: scope path; keeps filers inside it.
    """
    found: Counts = {edition.pk: defaultdict(Progress) for edition in editions}
    _count_expected(editions, found, on=on, within=within)
    rows = Filing.objects.filter(edition__in=[edition.pk for edition in editions])
    if within:
        rows = rows.filter(region__in=region_ids(within))
        if "@" in within:
            rows = rows.filter(scope__path__startswith=within)
    grouped = rows.order_by().values_list("edition", "region", "state", "is_late")
    for edition, region, state, late, number in grouped.annotate(number=Count("pk")):
        progress = found[edition][region]
        progress.states[state] += number
        progress.late += number if late else 0
    _leave_out_gone(editions, rows, found, on=on)
    for regions in found.values():
        for progress in regions.values():
            begun = sum(progress.states.values())
            progress.states[FilingState.NOT_BEGUN] += max(progress.expected - begun, 0)
    return found


def region_ids(path: str) -> list[int]:
    """List the keys of a region and those below it; a list is faster than a join here."""
    inside = path.partition("@")[0]
    return list(Region.objects.filter(path__startswith=inside).values_list("pk", flat=True))


def _count_expected(
    editions: Sequence[Edition], found: Counts, *, on: datetime.date, within: str
) -> None:
    """Count who has to file: the steady ones by one grouping, the few that come or go by row."""
    organised = [e for e in editions if not e.definition.audience.regions]
    for edition in editions:
        if edition.definition.audience.regions:
            regions = expected_regions(edition, on=on)
            for region in regions.filter(path__startswith=within) if within else regions:
                found[edition.pk][region.pk].expected += 1
    if not organised:
        return
    kinds = {kind for edition in organised for kind in edition.definition.audience.kinds}
    everyone = Organisation.objects.filter(kind__in=kinds)
    if within:
        everyone = everyone.filter(region__in=region_ids(within))
        if "@" in within:
            everyone = everyone.filter(scope__path__startswith=within)
    first = min(edition.counts_on(on) for edition in organised)
    steady = Q(ends_on__isnull=True) & (Q(starts_on__isnull=True) | Q(starts_on__lte=first))
    keys = ("region", "region__path", "kind", "stage", "ownership")
    groups = list(
        everyone.filter(steady).order_by().values_list(*keys).annotate(number=Count("pk"))
    )
    moving = list(everyone.exclude(steady).values_list(*keys, "starts_on", "ends_on"))
    for edition in organised:
        day, asked = edition.counts_on(on), edition.definition.audience
        regions_of = found[edition.pk]
        top = edition.region.path
        for *key, number in groups:
            if _is_asked(asked, top, *key):
                regions_of[key[0]].expected += number
        for *key, starts_on, ends_on in moving:
            is_open = (starts_on is None or starts_on <= day) and (ends_on is None or day < ends_on)
            if is_open and _is_asked(asked, top, *key):
                regions_of[key[0]].expected += 1


def _is_asked(
    asked: Any, top: str, _region: int, path: str, kind: str, stage: str, ownership: str
) -> bool:
    return (
        path.startswith(top)
        and (not asked.kinds or kind in asked.kinds)
        and (not asked.stages or stage in asked.stages)
        and (not asked.ownership or ownership in asked.ownership)
    )


def _leave_out_gone(
    editions: Sequence[Edition], rows: Any, found: Counts, *, on: datetime.date
) -> None:
    """Take back the counts of filers that closed before the edition was decided."""
    days = {edition.pk: edition.counts_on(on) for edition in editions}
    gone = rows.filter(
        organisation__in=Organisation.objects.filter(ends_on__lte=max(days.values(), default=on))
    )
    for edition, region, state, late, ends_on in gone.values_list(
        "edition", "region", "state", "is_late", "organisation__ends_on"
    ):
        if ends_on <= days[edition]:
            progress = found[edition][region]
            progress.states[state] -= 1
            progress.late -= 1 if late else 0


def progress_of(edition: Edition, *, on: datetime.date, within: str = "") -> Progress:
    """Count the filers of one edition, all or those inside a scope path."""
    total = Progress()
    for progress in counts([edition], on=on, within=within)[edition.pk].values():
        total.add(progress)
    return total


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region below another, with the progress of all its filers.

    Args:
        approval: its approval as a whole, if it has one now.
    """

    region: Any
    progress: Progress
    approval: RegionApproval | None


def regions_progress(
    edition: Edition, *, region: Any, on: datetime.date
) -> tuple[Progress, list[RegionRow]]:
    """Return the progress of a region and of each region directly below that has filers."""
    by_region = counts([edition], on=on, within=region.path)[edition.pk]
    rows = {row.pk: row for row in Region.objects.filter(pk__in=by_region)}
    total = Progress()
    below: dict[str, Progress] = defaultdict(Progress)
    for pk, progress in by_region.items():
        total.add(progress)
        rest = rows[pk].path[len(region.path) :]
        if rest:
            below[region.path + rest[: rest.index("/") + 1]].add(progress)
    approvals = {
        approval.scope.path: approval
        for approval in RegionApproval.objects.filter(
            edition=edition, withdrawn_at__isnull=True
        ).select_related("scope")
    }
    paths = {row.path: row for row in Region.objects.on(on).filter(path__in=below)}
    return total, [
        RegionRow(paths[path], progress, approvals.get(path))
        for path, progress in sorted(below.items())
        if path in paths
    ]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One filer and its state in each edition, in the order of the editions.

    Args:
        states: (state, late, uuid of the filing or None); None where it is not asked.
    """

    scope_uuid: Any
    name: str
    region: str
    is_simulated: bool
    states: tuple[tuple[str, bool, Any] | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who filed what: a page of filers, and the totals of all."""

    editions: tuple[Edition, ...]
    totals: tuple[Progress, ...]
    rows: tuple[MatrixRow, ...]
    filers: int


def matrix(
    editions: Sequence[Edition],
    *,
    viewer: Viewer,
    on: datetime.date,
    within: str,
    first: int = 0,
    size: int = 50,
    text: str = "",
) -> Matrix:
    """Return a page of filers against editions, and totals over all filers within a scope path.

    Args:
        first: position of the first filer of the page.
        text: part of the name, an alias or the code of filers.
    """
    by_edition = counts(editions, on=on, within=within)
    totals = []
    for edition in editions:
        total = Progress()
        for progress in by_edition[edition.pk].values():
            total.add(progress)
        totals.append(total)
    asked = Q(pk__in=[])
    for edition in editions:
        if not edition.definition.audience.regions:
            audience = edition.definition.audience
            asked |= Q(
                **{
                    f"{name}__in": values
                    for name, values in (
                        ("kind", audience.kinds),
                        ("stage", audience.stages),
                        ("ownership", audience.ownership),
                    )
                    if values
                }
            )
    filers = (
        Organisation.objects.on(on)
        .filter(viewer.within("collections.view"), asked, scope__path__startswith=within)
        .matching(text)
    )
    page = list(
        filers.select_related("region", "scope").defer("notes", "contact_phone")[
            first : first + size
        ]
    )
    return Matrix(
        tuple(editions),
        tuple(totals),
        tuple(_matrix_rows(editions, page, on=on)),
        filers.count(),
    )


def _matrix_rows(
    editions: Sequence[Edition], page: Sequence[Organisation], *, on: datetime.date
) -> Iterable[MatrixRow]:
    stored: Mapping[tuple[int, int], tuple[str, bool, Any]] = {
        (organisation, edition): (state, late, uuid)
        for organisation, edition, state, late, uuid in Filing.objects.filter(
            organisation__in=page, edition__in=[edition.pk for edition in editions]
        ).values_list("organisation", "edition", "state", "is_late", "uuid")
    }
    for organisation in page:
        states: list[tuple[str, bool, Any] | None] = []
        for edition in editions:
            state = stored.get((organisation.pk, edition.pk))
            if state is None and _is_expected(edition, organisation, on=on):
                state = (FilingState.NOT_BEGUN, False, None)
            states.append(state)
        yield MatrixRow(
            organisation.scope.uuid,
            organisation.name,
            organisation.region.name,
            organisation.is_simulated,
            tuple(states),
        )


def _is_expected(edition: Edition, organisation: Organisation, *, on: datetime.date) -> bool:
    return organisation.is_open(edition.counts_on(on)) and _is_asked(
        edition.definition.audience,
        edition.region.path,
        organisation.region_id,
        organisation.region.path,
        organisation.kind,
        organisation.stage,
        organisation.ownership,
    )


def unsettled(edition: Edition, *, path: str, on: datetime.date, limit: int = 20) -> list[str]:
    """Name filers within a region path that are neither approved nor excused."""
    settled = Filing.objects.filter(edition=edition, state__in=SETTLED)
    if edition.definition.audience.regions:
        regions = expected_regions(edition, on=on).filter(path__startswith=path)
        left = regions.exclude(path__in=settled.values("region__path"))
        return [region.name for region in left[:limit]]
    here = region_ids(path)
    organisations = expected_organisations(edition, on=on).filter(region__in=here)
    missing = organisations.exclude(scope__in=settled.filter(region__in=here).values("scope"))
    return list(missing.order_by("region__code", "pinyin").values_list("name", flat=True)[:limit])


def approving_regions(edition: Edition, *, path: str, on: datetime.date) -> list[str]:
    """List the paths of the regions directly below a region that have to approve before it."""
    if edition.definition.audience.regions:
        own = expected_regions(edition, on=on).filter(path__startswith=path)
        # a region does not approve its own return: the one above begins
        filers = {p[: p.rstrip("/").rindex("/") + 1] for p in own.values_list("path", flat=True)}
    else:
        filers = set(
            expected_organisations(edition, on=on)
            .filter(region__in=region_ids(path))
            .order_by()
            .values_list("region__path", flat=True)
            .distinct()
        )
    below: set[str] = set()
    for filer in filers:
        between = [
            place for place in places_of(filer).values() if place.startswith(path) and place != path
        ]
        if between:
            below.add(min(between, key=len))
    return sorted(below)
