"""Regions beside one another, and the files that an operator loads; expected values by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import RegionBoundary, RegionFigure
from jiangxin.apps.organisations.sheets import regions as files
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, browser, officer, person, region, region_scope
from tests.apps.organisations.factories import organisation

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
SQUARE = [[106.0, 29.0], [107.0, 29.0], [107.0, 30.0], [106.0, 30.0], [106.0, 29.0]]


def feature(code: Any, coordinates: Any, kind: str = "Polygon") -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"adcode": code},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def geojson(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_schools_against_people_and_industry() -> None:
    first = organisation("永川甲职业学校", is_listed=True)
    organisation("永川乙职业学校", is_listed=True)
    organisation("永川高级中学", stage="general_high_school", is_listed=True)
    hidden = organisation("永川丙职业学校")
    organisation("永川机械公司", kind="enterprise", stage="", is_listed=True)
    organisation("温江职业学校", "510115", is_listed=True)
    for school in (first, hidden):
        actions.record_school_year(
            organisation=school, year=2025, values={"students": 1200}, source="r", by=SYSTEM, at=NOW
        )
    actions.load_region_figures(
        figures=[
            actions.Figure("500118", "population", 2020, 999.0),
            actions.Figure("500118", "population", 2024, 1_000_000.0),
            actions.Figure("500118", "population", 2026, 1.0),
        ],
        source="统计年鉴",
        by=SYSTEM,
        at=NOW,
    )
    found = queries.siting(region=region("500118"), year=2025, viewer=officer(), on=TODAY)
    # a district has no parts: it stands beside its neighbours, of which the test has none
    assert found.parent.code == "500000"
    (row,) = found.rows
    assert (row.schools, row.enterprises, row.students, row.population) == (3, 1, 2400, 1_000_000)
    assert (row.schools_per_million, row.students_per_thousand) == (3, 2.4)
    assert row.enterprises_per_school == 1 / 3
    assert found.sources == ("population 2024: 统计年鉴",)
    above = queries.siting(region=region("000000"), year=2025, viewer=officer(), on=TODAY)
    # the officer sees the numbers of one district, not of the whole of Chongqing
    assert [row.students for row in above.rows] == [None, None]
    seen = queries.siting(region=region("500118"), year=2025, viewer=PUBLIC, on=TODAY).rows[0]
    assert (seen.schools, seen.students, seen.students_per_thousand) == (2, None, None)


def test_shares_of_regions() -> None:
    organisation("永川甲职业学校", is_listed=True)
    organisation("永川乙职业学校", is_listed=True)
    organisation("永川丙职业学校", is_listed=True)
    organisation("温江职业学校", "510115", is_listed=True)
    figures = [
        actions.Figure("500000", "population", 2024, 2e6),
        actions.Figure("510000", "population", 2024, 6e6),
    ]
    actions.load_region_figures(figures=figures, source="x", by=SYSTEM, at=NOW)
    found = queries.siting(region=region("000000"), year=2025, viewer=SYSTEM, on=TODAY)
    told = {
        row.region.code: (row.share_of_schools, row.share_of_population, row.lead)
        for row in found.rows
    }
    # three of four schools where a quarter of the people are
    assert told == {"500000": (0.75, 0.25, 0.5), "510000": (0.25, 0.75, -0.5)}


def test_the_number_of_queries_is_fixed(django_assert_num_queries: Any) -> None:
    nation = region("000000")
    for number in range(3):
        organisation(f"永川第{number}职业学校", is_listed=True)
    with django_assert_num_queries(4):
        queries.siting(region=nation, year=2025, viewer=SYSTEM, on=TODAY)


def test_figures_from_csv_in_both_encodings_and_languages() -> None:
    text = '行政区划代码,年份,常住人口,工业增加值（元）\n500118,2024,"1,149,000",\n\n510115,2024,968000,5e10\n'
    for encoding in ("utf-8-sig", "gb18030"):
        assert files.read(text.encode(encoding)) == [
            files.FigureRow(2, "500118", "population", 2024, 1_149_000),
            files.FigureRow(4, "510115", "population", 2024, 968_000),
            files.FigureRow(4, "510115", "industry_yuan", 2024, 5e10),
        ]


def test_bad_figures_are_named_with_line_and_column_and_nothing_is_loaded() -> None:
    text = "region,year,population\n500118,2024,many\n5001,2024,5\n510115,24,5\n510115,2024,-1\n"
    with pytest.raises(Invalid) as refused:
        files.read(text.encode())
    found = [(p["row"], p["column"], p["value"]) for p in refused.value.data["problems"]]
    assert found == [
        (2, "population", "many"),
        (3, "region", "5001"),
        (4, "year", "24"),
        (5, "population", "-1"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\xff\xfe",
        b"name,value\na,1\n",
        b"region,year,population\n",
        b'{"type": "FeatureCollection"',
        b'{"type": "Feature"}',
        b"[" * 100_000,
        geojson(),
        geojson(feature("500118", [])),
        geojson(feature("500118", [[[200, 0], [201, 0], [201, 1]]])),
        geojson(feature("500118", [[[1, 2], [1, "x"], [2, 2]]])),
        geojson(feature("500118", [[[1, 2], [3, 4]]])),
        geojson(feature("永川", [SQUARE])),
        geojson(feature("500118", [106, 29], kind="Point")),
        geojson("nothing"),
    ],
)
def test_bad_files_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        files.read(content)
    assert str(refused.value.message)


def test_boundaries_are_closed_simplified_and_joined() -> None:
    # a square with a point every hundredth of a degree on its sides
    steps = [i / 100 for i in range(100)]
    fine = [[106 + s, 29.0] for s in steps] + [[107.0, 29 + s] for s in steps]
    fine += [[107 - s, 30.0] for s in steps] + [[106.0, 30 - s] for s in steps]
    island = [[108.0, 29.0], [108.1, 29.0], [108.1, 29.1]]
    rows = files.read(geojson(feature(500118, [[fine], [island]], kind="MultiPolygon")))
    assert rows == [
        files.BoundaryRow(
            1, "500118", [[[106.0, 29.0], [107.0, 29.0], [107.0, 30.0], [106.0, 30.0]], island]
        )
    ]


def test_who_may_load_and_what_is_replaced() -> None:
    figure = [actions.Figure("500118", "population", 2024, 5.0)]
    region()
    for by in (PUBLIC, officer(), officer("510115", "operator")):
        with pytest.raises(NotPermitted):
            actions.load_region_figures(figures=figure, source="x", by=by, at=NOW)
    by = officer("500118", "operator")
    actions.load_region_figures(figures=figure, source="x", by=by, at=NOW)
    again = [actions.Figure("500118", "population", 2024, 6.0)]
    actions.load_region_figures(figures=again, source="y", by=by, at=NOW)
    assert RegionFigure.objects.values_list("value", "source").get() == (6.0, "y")
    with pytest.raises(Invalid):
        actions.load_region_figures(
            figures=[actions.Figure("999999", "population", 2024, 5.0)],
            source="x",
            by=SYSTEM,
            at=NOW,
        )
    with pytest.raises(Invalid):
        actions.load_region_figures(figures=figure, source=" ", by=SYSTEM, at=NOW)


def test_pages() -> None:
    organisation("永川甲职业学校", is_listed=True)
    operator = browser(person("operator", region_scope()))
    page = operator.get("/organisations/siting/?region=500118")
    assert page.status_code == 200
    assert "永川: 1" in page.content.decode().replace("永川区: 1", "永川: 1")
    assert page.context["map"].is_schematic
    assert operator.get("/organisations/siting/?measure=nonsense").status_code == 404
    sent = operator.post(
        "/organisations/siting/load/?region=500118",
        {
            "file": SimpleUploadedFile("b.geojson", geojson(feature("500118", [SQUARE]))),
            "source": "https://example.org",
        },
    )
    assert sent.status_code == 302
    assert RegionBoundary.objects.count() == 1
    assert not operator.get("/organisations/siting/?region=500118").context["map"].is_schematic
    refused = operator.post(
        "/organisations/siting/load/?region=500118",
        {"file": SimpleUploadedFile("b.csv", b"nothing"), "source": "x"},
    )
    assert refused.status_code == 200
    assert "first line must name" in refused.content.decode()
    sheet = operator.get("/organisations/siting/?region=500118&format=xlsx")
    assert sheet["Content-Type"].endswith("sheet")
    assert browser(person("officer")).get("/organisations/siting/load/").status_code == 403
    assert browser().get("/organisations/siting/").status_code in (302, 403)
