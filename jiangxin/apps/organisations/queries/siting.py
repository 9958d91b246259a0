"""Where schools are against where people and industry are (LAY-03): regions beside one another."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import (
    Organisation,
    RegionBoundary,
    RegionFigure,
    SchoolYear,
)
from jiangxin.apps.organisations.queries.conditions_cards import number_in
from jiangxin.apps.organisations.queries.conditions_check import VOCATIONAL
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import Viewer

_KINDS = (Organisation.Kind.SCHOOL, Organisation.Kind.ENTERPRISE, Organisation.Kind.PARK)


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A region with its schools, and the people and industry that they might serve.

    Args:
        students: of all schools there; None where none is known, or where the viewer may not see
            the numbers of the whole region.
        population, industry_yuan: as loaded, of the last year up to the one asked for.
        share_of_*: of all regions on the page; None where the total is not known.
    """

    region: Any
    schools: int
    enterprises: int
    parks: int
    students: float | None
    population: float | None
    industry_yuan: float | None
    share_of_schools: float | None
    share_of_enterprises: float | None
    share_of_population: float | None
    is_simulated: bool

    @property
    def schools_per_million(self) -> float | None:
        """Vocational schools for a million people."""
        return self.schools * 1e6 / self.population if self.population else None

    @property
    def students_per_thousand(self) -> float | None:
        """Students of vocational schools for a thousand people."""
        if not self.population or self.students is None:
            return None
        return self.students * 1000 / self.population

    @property
    def enterprises_per_school(self) -> float | None:
        """Known enterprises for each vocational school."""
        return self.enterprises / self.schools if self.schools else None

    @property
    def lead(self) -> float | None:
        """Share of schools less share of people: below 0, schools are fewer than people."""
        if self.share_of_schools is None or self.share_of_population is None:
            return None
        return self.share_of_schools - self.share_of_population


@dataclass(frozen=True, slots=True)
class Siting:
    """The regions of a page, and what the loaded figures rest on."""

    parent: Any
    rows: tuple[RegionRow, ...]
    year: int
    sources: tuple[str, ...]

    @property
    def is_simulated(self) -> bool:
        """Whether anything on the page is made up."""
        return any(row.is_simulated for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Counted:
    numbers: Mapping[str, float]
    is_simulated: frozenset[str]


def siting(*, region: Any, year: int, viewer: Viewer, on: datetime.date) -> Siting:
    """Set the parts of a region, or the neighbours of one without parts, beside one another.

    Only organisations count that the viewer may see; the number of queries is fixed.
    """
    parent, parts = region, list(reference.children_of(region.code, on=on))
    if not parts:
        above = reference.ancestors_of(region.code, on=on)
        parent = above[-1] if above else region
        parts = list(reference.children_of(parent.code, on=on)) or [region]
    paths = {part.code: part.path for part in parts}
    counts, made_up = _organisations(paths, parent.path, viewer=viewer, on=on)
    students = _students(paths, parent.path, year=year, viewer=viewer)
    figures, sources = _figures(paths, year)
    rows = []
    for part in parts:
        code = part.code
        here = {kind: counts.get((code, kind), 0) for kind in _KINDS}
        population = figures.get((code, RegionFigure.Measure.POPULATION))
        industry = figures.get((code, RegionFigure.Measure.INDUSTRY_YUAN))
        rows.append(
            RegionRow(
                part,
                here[Organisation.Kind.SCHOOL],
                here[Organisation.Kind.ENTERPRISE],
                here[Organisation.Kind.PARK],
                students.numbers.get(code),
                population.value if population else None,
                industry.value if industry else None,
                _share(here[Organisation.Kind.SCHOOL], _total(counts, Organisation.Kind.SCHOOL)),
                _share(
                    here[Organisation.Kind.ENTERPRISE],
                    _total(counts, Organisation.Kind.ENTERPRISE),
                ),
                _share(
                    population.value if population else None,
                    sum(
                        figure.value
                        for (_code, measure), figure in figures.items()
                        if measure == RegionFigure.Measure.POPULATION
                    ),
                ),
                code in made_up
                or code in students.is_simulated
                or any(figure.is_simulated for figure in (population, industry) if figure),
            )
        )
    return Siting(parent, tuple(rows), year, sources)


def boundaries_of(codes: Iterable[str]) -> dict[str, list[list[tuple[float, float]]]]:
    """Return the outlines that are loaded, by region code."""
    rows = RegionBoundary.objects.filter(region_code__in=list(codes))
    return {
        row.region_code: [[(point[0], point[1]) for point in ring] for ring in row.rings]
        for row in rows
    }


def siting_measures() -> dict[str, tuple[str, str]]:
    """Return what the map can show: attribute of a row → its name and the word of its unit."""
    return {
        "schools": (_("Vocational schools"), ""),
        "students": (_("Students"), ""),
        "enterprises": (_("Enterprises"), ""),
        "population": (_("Population"), ""),
        "schools_per_million": (_("Schools for a million people"), ""),
        "students_per_thousand": (_("Students for a thousand people"), ""),
        "enterprises_per_school": (_("Enterprises for a school"), ""),
        "lead": (_("Share of schools less share of people"), "share"),
    }


def _share(part: float | None, whole: float) -> float | None:
    return part / whole if part is not None and whole else None


def _total(counts: Mapping[tuple[str, str], int], kind: str) -> int:
    return sum(number for (_code, of), number in counts.items() if of == kind)


def _part_of(path: str, paths: Mapping[str, str]) -> str:
    """Return the part below which a path lies; empty for the parent itself."""
    return next((code for code, start in paths.items() if path.startswith(start)), "")


def _organisations(
    paths: Mapping[str, str], parent: str, *, viewer: Viewer, on: datetime.date
) -> tuple[dict[tuple[str, str], int], set[str]]:
    counted: dict[tuple[str, str], int] = {}
    made_up: set[str] = set()
    rows = (
        Organisation.objects.visible_to(viewer)
        .on(on)
        .filter(kind__in=_KINDS, region__path__startswith=parent)
        .order_by()
        .values("region__path", "kind", "stage", "is_simulated")
        .annotate(number=Count("pk"))
    )
    for row in rows:
        if row["kind"] == Organisation.Kind.SCHOOL and row["stage"] not in VOCATIONAL:
            continue
        code = _part_of(row["region__path"], paths)
        key = (code, row["kind"])
        counted[key] = counted.get(key, 0) + row["number"]
        if row["is_simulated"]:
            made_up.add(code)
    return counted, made_up


def _students(paths: Mapping[str, str], parent: str, *, year: int, viewer: Viewer) -> _Counted:
    numbers: dict[str, float] = {}
    made_up: set[str] = set()
    # a part of the schools would pose as all of them
    paths = {c: path for c, path in paths.items() if viewer.holds("organisations.view", path)}
    rows = SchoolYear.objects.visible_to(viewer).filter(
        year=year,
        organisation__stage__in=VOCATIONAL,
        organisation__region__path__startswith=parent,
    )
    for path, values, is_simulated in rows.order_by().values_list(
        "organisation__region__path", "values", "is_simulated"
    ):
        code, number = _part_of(path, paths), number_in(values, "students")
        if code and number is not None:
            numbers[code] = numbers.get(code, 0.0) + number
            if is_simulated:
                made_up.add(code)
    return _Counted(numbers, frozenset(made_up))


def _figures(
    codes: Iterable[str], year: int
) -> tuple[dict[tuple[str, str], RegionFigure], tuple[str, ...]]:
    latest: dict[tuple[str, str], RegionFigure] = {}
    rows = RegionFigure.objects.filter(region_code__in=list(codes), year__lte=year)
    for row in rows.order_by("year"):
        latest[row.region_code, row.measure] = row
    sources = {
        f"{RegionFigure.Measure(row.measure).label} {row.year}: {row.source}"
        for row in latest.values()
    }
    return latest, tuple(sorted(sources))
