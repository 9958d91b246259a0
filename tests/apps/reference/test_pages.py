"""Pages and API of the shipped reference data through HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from jiangxin.apps.reference import sheets
from jiangxin.core.permissions import SYSTEM

from .factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def national(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The shipped lists, loaded once for this module and rolled back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        sheets.load_reference(by=SYSTEM, at=AT)
        yield
        transaction.set_rollback(True)


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_regions_begin_with_the_provinces(client: Client) -> None:
    page = body(client, "/reference/")
    assert page.count('href="/reference/regions/') == 34
    assert "四川省" in page


def test_regions_search_by_initials(client: Client) -> None:
    page = body(client, "/reference/?q=ycq")
    assert 'href="/reference/regions/500118/"' in page
    assert 'href="/reference/regions/510000/"' not in page


def test_region_page_shows_place_terms_and_history(client: Client) -> None:
    page = body(client, "/reference/regions/510115/")
    for words in ("温江区", "成都市", "四川省", "2018-09-01"):
        assert (words in page) == (words != "2018-09-01"), words
    assert "2018-09-01" in body(client, "/reference/regions/510115/?on=2018-12-26")


def test_region_page_of_an_unknown_code(client: Client) -> None:
    assert client.get("/reference/regions/999999/").status_code == 404


@pytest.mark.parametrize(
    ("address", "there", "not_there"),
    [
        ("/reference/programmes/?q=530701&level=college", "电子商务", "种子生产技术"),
        ("/reference/programmes/?category=旅游大类&level=secondary", "导游服务", "电子商务"),
        ("/reference/programmes/?is_state_controlled=True&q=医", "520101K", "530701"),
        ("/reference/occupations/?within=4-10-01", "养老护理员", "焊工"),
        ("/reference/occupations/?level=major", "军队人员", "焊工"),
        ("/reference/industries/?section=P&level=group", "高等教育", "稻谷种植"),
        ("/reference/editions/", "教职成〔2021〕2号", "焊工"),
    ],
)
def test_lists_filter_and_search(client: Client, address: str, there: str, not_there: str) -> None:
    page = body(client, address)
    assert there in page
    assert not_there not in page


def test_list_as_excel_holds_all_rows_found(client: Client) -> None:
    answer = client.get("/reference/programmes/?level=bachelor&format=xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    assert len(book.get_sheet_by_index(0).to_python()) == 1 + 247


def test_whole_list_can_be_loaded_back(client: Client) -> None:
    for kind, number in (("divisions", 3342), ("occupations", 2083)):
        answer = client.get(f"/reference/editions/{kind}.xlsx")
        sheet = sheets.read(answer.content, name=f"{kind}.xlsx")
        assert (sheet.kind, len(sheet.rows), sheet.errors) == (kind, number, ())
    assert client.get("/reference/editions/nonsense.xlsx").status_code == 404


def test_api_answers_like_the_pages(client: Client) -> None:
    base = "/api/v1/reference"
    region = client.get(f"{base}/regions/500118").json()
    assert (region["name"], region["path"]) == ("永川区", "000000/500000/500118/")
    assert [above["name"] for above in region["ancestors"]] == ["中华人民共和国", "重庆市"]
    below = client.get(f"{base}/regions?within=500000&limit=2").json()
    assert (below["count"], [row["code"] for row in below["items"]]) == (39, ["500000", "500101"])
    found = client.get(f"{base}/programmes?q=电子商务&level=secondary").json()
    assert [row["code"] for row in found["items"]] == ["730701", "730702"]
    assert client.get(f"{base}/occupations?q=4-10-01-05").json()["items"][0]["name"] == "养老护理员"
    # a section, and one division, group and class of international organisations
    assert client.get(f"{base}/industries?section=T").json()["count"] == 4
    assert len(client.get(f"{base}/editions").json()) == 4


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("regions/123456", 404),
        ("regions?limit=0", 422),
        ("regions?on=2026-02-30", 422),
        ("regions/500118/terms/99999", 422),
    ],
)
def test_api_refuses_with_a_reason(client: Client, address: str, status: int) -> None:
    answer = client.get(f"/api/v1/reference/{address}")
    assert answer.status_code == status
    assert answer.json()["message"]


def test_rule_page_says_what_was_decided_in_the_language_of_the_reader() -> None:
    address = "/reference/rules/enterprise_practice_days/"
    english = body(Client(headers={"Accept-Language": "en"}), address)
    chinese = body(Client(headers={"Accept-Language": "zh-Hans"}), address)
    decided, asked = "One month is counted as 30 days.", "at least one month a year"
    assert decided in english
    assert asked in english
    assert "一个月按30天计算" in chinese
    assert "每年到企业或实训基地实践不少于一个月" in chinese
    assert decided not in chinese
    assert asked not in chinese
