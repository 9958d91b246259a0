from __future__ import annotations

import datetime
import io
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.http import QueryDict
from django.template.loader import render_to_string
from openpyxl import load_workbook

from jiangxin.ui.lists import Column, Listing

AT = datetime.datetime(2026, 3, 14, 17, 0, tzinfo=datetime.UTC)


@dataclass
class School:
    name: str
    pupils: int | None
    rate: float | None = None
    opened_on: datetime.date | None = None
    is_simulated: bool = False


SCHOOLS = [
    School("Delta", 30, 0.5, datetime.date(2020, 9, 1)),
    School("Alpha", None),
    School("=HYPERLINK(1)", 10, is_simulated=True),
]
COLUMNS = [
    Column("name", "Name", sort="name", link=lambda row: f"/{row.name}/"),
    Column("pupils", "Pupils", sort="pupils", kind="number", unit="persons"),
    Column("rate", "Rate", kind="rate"),
    Column("opened_on", "Opened", kind="date"),
]


def request(query: str = "") -> Any:
    return SimpleNamespace(GET=QueryDict(query), at=AT, path="/schools/", COOKIES={})


def listing(query: str = "", **values: Any) -> Listing:
    return Listing(request(query), SCHOOLS, COLUMNS, name="schools", **values)


def names(found: Listing) -> list[str]:
    return [row.thing.name for row in found.rows]


def test_cells_are_written_by_kind() -> None:
    first = listing().rows[0]
    assert [cell.text for cell in first.cells] == ["Delta", "30 persons", "50%", "2020-09-01"]
    assert first.cells[0].url == "/Delta/"


def test_sorting_puts_the_unknown_last_in_both_directions() -> None:
    assert names(listing("sort=pupils")) == ["=HYPERLINK(1)", "Delta", "Alpha"]
    assert names(listing("sort=-pupils")) == ["Delta", "=HYPERLINK(1)", "Alpha"]


def test_a_column_that_cannot_be_sorted_is_ignored() -> None:
    assert names(listing("sort=rate")) == names(listing())


def test_a_second_click_turns_the_order() -> None:
    heading = listing("sort=name&region=500118").headings[0]
    assert heading.order == "ascending"
    assert QueryDict(heading.query[1:]).dict() == {"sort": "-name", "region": "500118"}


def test_search_looks_at_what_is_shown() -> None:
    assert names(listing("q=alp", search=True)) == ["Alpha"]
    assert names(listing("q=50%25", search=True)) == ["Delta"]


def test_pages_keep_the_rest_of_the_address() -> None:
    found = listing("region=500118&page=2", size=2)
    assert names(found) == ["=HYPERLINK(1)"]
    assert QueryDict(found.previous_query[1:]).dict() == {"region": "500118", "page": "1"}
    assert found.next_query == ""


def test_a_page_that_does_not_exist_gives_the_last() -> None:
    assert names(listing("page=99", size=2)) == ["=HYPERLINK(1)"]


def test_spreadsheet_has_all_rows_as_values_and_marks_made_up_ones() -> None:
    found = listing("format=xlsx&page=2", size=1)
    answer = found.response()
    assert answer is not None
    # 17:00 UTC is the next day in Shanghai
    assert answer["Content-Disposition"].endswith("schools-20260315.xlsx")
    sheet: Any = load_workbook(io.BytesIO(answer.content)).active
    rows = list(sheet.values)
    assert rows == [
        ("Name", "Pupils", "Rate", "Opened", "Simulated"),
        ("Delta", 30, 0.5, datetime.datetime(2020, 9, 1, 0, 0), None),
        ("Alpha", None, None, None, None),
        ("=HYPERLINK(1)", 10, None, None, "simulated"),
    ]
    assert sheet["A4"].data_type == "s"


def test_no_spreadsheet_unless_asked() -> None:
    assert listing().response() is None


def test_form_carries_what_it_does_not_hold() -> None:
    found = listing("region=500118&tab=late&q=x&page=3&format=xlsx", search=True)
    assert found.carried == [("region", "500118"), ("tab", "late")]


def test_page_marks_made_up_rows_and_says_when_nothing_fits() -> None:
    html = render_to_string("ui/listing.html", {"listing": listing(), "request": request()})
    assert html.count('class="simulated"') == 1
    nothing = listing("q=zzz", search=True)
    html = render_to_string("ui/listing.html", {"listing": nothing, "request": request("q=zzz")})
    assert "Nothing fits" in html


@pytest.mark.django_db
def test_queries_do_not_grow_with_rows(count_queries: Any) -> None:
    columns = [Column("model", "Model", sort="model")]

    def show(size: int) -> None:
        rows = ContentType.objects.order_by("pk")
        found = Listing(request("sort=model"), rows, columns, search=("model",), size=size)
        render_to_string("ui/listing.html", {"listing": found, "request": request()})

    ContentType.objects.get_or_create(app_label="x", model="y")
    assert count_queries(lambda: show(1)) == count_queries(lambda: show(3)) == 2
