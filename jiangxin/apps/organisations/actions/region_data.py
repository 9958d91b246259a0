"""Figures and boundaries of regions are loaded for the siting of schools."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import permissions
from jiangxin.apps.organisations.models import RegionBoundary, RegionFigure
from jiangxin.apps.reference import queries as reference
from jiangxin.core import audit
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a region for a year."""

    region_code: str
    measure: str
    year: int
    value: float


@dataclass(frozen=True, slots=True)
class Outline:
    """Rings of a region in degrees of longitude and latitude."""

    region_code: str
    rings: Sequence[Sequence[Sequence[float]]]


@transaction.atomic
def load_region_figures(
    *,
    figures: Sequence[Figure],
    source: str,
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool = False,
) -> int:
    """Take over figures of regions; one that is known already is replaced. Returns how many.

    Raises:
        NotPermitted: `by` may not load data of one of the regions.
        Invalid: a region is not known, or the source is not named.
    """
    _check(source, {figure.region_code for figure in figures}, by=by, at=at)
    rows = {
        (f.region_code, f.measure, f.year): RegionFigure(
            region_code=f.region_code,
            measure=f.measure,
            year=f.year,
            value=f.value,
            source=source.strip(),
            loaded_at=at,
            is_simulated=is_simulated,
        )
        for f in figures
    }
    RegionFigure.objects.bulk_create(
        rows.values(),
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["region_code", "measure", "year"],
        update_fields=["value", "source", "loaded_at", "is_simulated"],
    )
    said = {f"{code} {measure} {year}": row.value for (code, measure, year), row in rows.items()}
    _record("figures", {"source": source, "figures": said}, by=by, at=at)
    return len(rows)


@transaction.atomic
def load_region_boundaries(
    *, outlines: Sequence[Outline], source: str, by: Viewer, at: datetime.datetime
) -> int:
    """Take over outlines of regions; one that is known already is replaced. Returns how many.

    Raises:
        NotPermitted: `by` may not load data of one of the regions.
        Invalid: a region is not known, or the source is not named.
    """
    codes = {outline.region_code for outline in outlines}
    _check(source, codes, by=by, at=at)
    RegionBoundary.objects.bulk_create(
        [
            RegionBoundary(
                region_code=outline.region_code,
                rings=[[list(point) for point in ring] for ring in outline.rings],
                source=source.strip(),
                loaded_at=at,
            )
            for outline in outlines
        ],
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["region_code"],
        update_fields=["rings", "source", "loaded_at"],
    )
    _record("boundaries", {"source": source, "regions": sorted(codes)}, by=by, at=at)
    return len(codes)


def _check(source: str, codes: Iterable[str], *, by: Viewer, at: datetime.datetime) -> None:
    if not source.strip():
        message = _("Say who published the data.")
        raise Invalid(message, data={"fields": {"source": message}})
    wanted = sorted(codes)
    paths: dict[str, str] = {}
    for start in range(0, len(wanted), _BATCH):
        known = reference.regions(on=at.date()).filter(code__in=wanted[start : start + _BATCH])
        paths |= dict(known.values_list("code", "path"))
    unknown = [code for code in wanted if code not in paths]
    if unknown:
        message = _("These regions are not known: %(codes)s. Check the six digits.") % {
            "codes": ", ".join(unknown[:10])
        }
        raise Invalid(message, data={"fields": {"file": message}})
    for path in paths.values():
        permissions.can_load_region_data(by, path).enforce()


def _record(what: str, said: dict[str, object], *, by: Viewer, at: datetime.datetime) -> None:
    audit.record(
        f"organisations.region_{what}.loaded", by=by, at=at, subject=None, path="", data=said
    )
