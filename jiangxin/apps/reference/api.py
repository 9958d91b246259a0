"""Reference data for other systems: the same queries and actions as the pages."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone
from ninja import File, Form, Query, Router, Schema, UploadedFile
from pydantic import Field

from jiangxin.apps.reference import actions, queries, sheets
from jiangxin.core.errors import Invalid
from jiangxin.core.http import REFUSALS, Door

router = Router(tags=["reference"])
PUBLIC = Door("public")


class Asked(Schema):
    """What every list takes: a text, a day, and which rows of the answer."""

    q: str = ""
    on: datetime.date | None = None
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)

    def day(self, request: Any) -> datetime.date:
        """Return the day asked about; today unless given."""
        return self.on or timezone.localdate(request.at)

    def cut(self, rows: Any) -> dict[str, Any]:
        """Return the rows asked for and how many there are."""
        return {"count": rows.count(), "items": list(rows[self.offset : self.offset + self.limit])}


class RegionOut(Schema):
    code: str
    name: str
    level: str
    path: str
    starts_on: datetime.date | None
    ends_on: datetime.date | None


class RegionDetail(RegionOut):
    ancestors: list[RegionOut]
    children: list[RegionOut]


class Regions(Schema):
    count: int
    items: list[RegionOut]


class ProgrammeOut(Schema):
    level: str
    code: str
    name: str
    class_name: str
    category: str
    is_state_controlled: bool


class Programmes(Schema):
    count: int
    items: list[ProgrammeOut]


class OccupationOut(Schema):
    code: str
    name: str
    level: str
    parent_code: str
    marks: str


class Occupations(Schema):
    count: int
    items: list[OccupationOut]


class IndustryOut(Schema):
    section: str
    code: str
    name: str
    level: str
    parent_code: str


class Industries(Schema):
    count: int
    items: list[IndustryOut]


class EditionOut(Schema):
    kind: str
    name: str
    title: str
    issuer: str
    number: str
    starts_on: datetime.date | None
    is_complete: bool
    rows: int
    loaded_at: datetime.datetime


class EditionIn(Schema):
    name: str = Field(max_length=60, min_length=1)
    kind: str = Field("", pattern="^(|divisions|programmes|occupations|industries)$")
    title: str = Field("", max_length=200)
    issuer: str = Field("", max_length=200)
    number: str = Field("", max_length=100)
    starts_on: datetime.date | None = None
    is_complete: bool = False
    is_dry_run: bool = False


class OutcomeOut(Schema):
    kind: str
    edition: str
    added: int
    changed: int
    ended: int
    unchanged: int
    is_dry_run: bool


class TermOut(Schema):
    school_year: int
    season: str
    starts_on: datetime.date
    ends_on: datetime.date
    set_by: str
    source: str


class Span(Schema):
    starts_on: datetime.date
    ends_on: datetime.date


class TermsIn(Schema):
    autumn: Span
    spring: Span
    source: str = Field(max_length=200, min_length=1)


@router.get("/regions", response={200: Regions, **REFUSALS}, auth=PUBLIC)
def regions(request: Any, asked: Query[Asked], level: str = "", within: str = "") -> Any:
    """List regions on a day; `within` keeps a region and all below it."""
    rows = queries.regions(on=asked.day(request), text=asked.q, level=level)
    if within:
        rows = rows.filter(
            pk__in=queries.regions_within(within, on=asked.day(request)).values("pk")
        )
    return asked.cut(rows)


@router.get("/regions/{code}", response={200: RegionDetail, **REFUSALS}, auth=PUBLIC)
def region(request: Any, code: str, on: datetime.date | None = None) -> Any:
    """Return a region on a day with those above and directly below."""
    day = on or timezone.localdate(request.at)
    found = queries.get_region(code, on=day)
    return {
        **RegionOut.from_orm(found).dict(),
        "ancestors": queries.ancestors_of(code, on=day),
        "children": list(queries.children_of(code, on=day)),
    }


@router.get(
    "/regions/{code}/terms/{school_year}", response={200: list[TermOut], **REFUSALS}, auth=PUBLIC
)
def terms(request: Any, code: str, school_year: int) -> Any:
    """List the terms of a school year in a region, inherited where it has set none."""
    return queries.terms_for(code, _school_year(school_year))


@router.put(
    "/regions/{code}/terms/{school_year}",
    response={200: list[TermOut], **REFUSALS},
    auth=Door("operator", "officer"),
)
def set_terms(request: Any, code: str, school_year: int, given: TermsIn) -> Any:
    """Set the terms of a school year in a region; `ends_on` is the first day of the holidays."""
    return actions.set_terms(
        region_code=code,
        school_year=_school_year(school_year),
        terms={
            "autumn": (given.autumn.starts_on, given.autumn.ends_on),
            "spring": (given.spring.starts_on, given.spring.ends_on),
        },
        source=given.source,
        by=request.viewer,
        at=request.at,
    )


@router.get("/programmes", response={200: Programmes, **REFUSALS}, auth=PUBLIC)
def programmes(
    request: Any, asked: Query[Asked], level: str = "", category: str = "", controlled: str = ""
) -> Any:
    """List programmes of the national catalogue on a day."""
    return asked.cut(
        queries.programmes(
            on=asked.day(request),
            text=asked.q,
            level=level,
            category=category,
            controlled=controlled,
        )
    )


@router.get("/occupations", response={200: Occupations, **REFUSALS}, auth=PUBLIC)
def occupations(
    request: Any, asked: Query[Asked], level: str = "", within: str = "", mark: str = ""
) -> Any:
    """List occupations and groups of the national dictionary on a day."""
    return asked.cut(
        queries.occupations(
            on=asked.day(request), text=asked.q, level=level, within=within, mark=mark
        )
    )


@router.get("/industries", response={200: Industries, **REFUSALS}, auth=PUBLIC)
def industries(request: Any, asked: Query[Asked], level: str = "", section: str = "") -> Any:
    """List sections, divisions, groups and classes of economic activities on a day."""
    return asked.cut(
        queries.industries(on=asked.day(request), text=asked.q, level=level, section=section)
    )


@router.get("/editions", response={200: list[EditionOut], **REFUSALS}, auth=PUBLIC)
def editions(request: Any) -> Any:
    """List the editions loaded, newest first within each kind."""
    return list(queries.editions())


@router.post("/editions", response={200: OutcomeOut, **REFUSALS}, auth=Door("operator"))
def load_edition(request: Any, file: File[UploadedFile], given: Form[EditionIn]) -> Any:
    """Load an edition from an Excel or CSV file; a file with errors loads nothing."""
    sheet = sheets.read(file.read(), name=file.name or "", kind=given.kind)
    sheet.enforce()
    header = actions.EditionHeader(
        sheet.kind, **given.dict(exclude={"kind", "is_dry_run"}, exclude_none=True)
    )
    return actions.load_edition(
        header=header,
        rows=sheet.rows,
        by=request.viewer,
        at=request.at,
        is_dry_run=given.is_dry_run,
    )


def _school_year(year: int) -> int:
    if not 1950 <= year <= 2200:
        raise Invalid("1950 ≤ school_year ≤ 2200", data={"fields": {"school_year": str(year)}})
    return year
