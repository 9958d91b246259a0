from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jiangxin.apps.reference import actions, forms
from jiangxin.apps.reference.models import Edition, Region
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts import factories as people

from .factories import AT, load_country

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("address", ["/reference/", "/reference/regions/100000/"])
def test_more_rows_cost_no_more_queries(
    client: Client, address: str, django_assert_num_queries: Any
) -> None:
    load_country()
    with CaptureQueriesContext(connection) as before:
        assert client.get(address).status_code == 200
    header = actions.EditionHeader("divisions", "more", is_complete=False)
    rows = [
        actions.DivisionRow(f"{code}0000", f"新{code}", "province", "000000")
        for code in range(31, 40)
    ]
    rows += [
        actions.DivisionRow(f"10{code}00", f"新{code}", "city", "100000") for code in range(31, 40)
    ]
    actions.load_edition(header=header, rows=rows, by=SYSTEM, at=AT)
    with django_assert_num_queries(len(before)):
        assert client.get(address).status_code == 200


def test_loading_is_not_open_to_the_public(client: Client) -> None:
    file = SimpleUploadedFile("x.csv", b"code,name,level,parent\n000000,x,nation,\n")
    answer = client.post("/reference/editions/load/", {"file": file, "name": "x", "act": "load"})
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]
    api = client.post("/api/v1/reference/editions", {"file": file, "name": "x"})
    assert api.status_code in (401, 403)


def test_terms_form_keeps_the_day_after_the_last() -> None:
    form = forms.TermsForm(
        {
            "autumn_starts_on": "2026-09-01",
            "autumn_ends_on": "2027-01-20",
            "spring_starts_on": "2027-02-22",
            "spring_ends_on": "2027-07-09",
            "source": "x",
        }
    )
    assert form.is_valid()
    assert [str(day) for span in form.spans.values() for day in span] == [
        "2026-09-01",
        "2027-01-21",
        "2027-02-22",
        "2027-07-10",
    ]


OPERATOR_PAGE = "/reference/editions/load/"
NEXT = (
    "code,name,level,parent\n000000,全国,nation,\n500000,重庆市,province,000000\n"
    "500118,永川新区,county,500000\n510000,四川省,province,000000\n"
    "510100,成都市,city,510000\n510115,温江区,county,510100\n"
)


def sign_in(client: Client, kind: str, code: str) -> None:
    client.force_login(people.person(kind, people.region_scope(code)))


def edition(text: str, **values: str) -> dict[str, Any]:
    file = SimpleUploadedFile("divisions.csv", text.encode())
    return {"file": file, "name": "2024", "starts_on": "2024-01-01", **values}


def test_operator_of_the_nation_checks_then_loads(client: Client) -> None:
    sign_in(client, "operator", "000000")
    checked = client.post(OPERATOR_PAGE, edition(NEXT, act="check", is_complete="on"))
    assert checked.context["outcome"].changed == 1
    assert Region.objects.filter(name="永川新区").count() == 0
    loaded = client.post(OPERATOR_PAGE, edition(NEXT, act="load", is_complete="on"))
    assert (loaded.status_code, loaded["Location"]) == (302, "/reference/editions/")
    old, new = Region.objects.filter(code="500118").order_by("pk")
    assert (old.name, str(old.ends_on)) == ("永川区", "2024-01-01")
    assert (new.name, str(new.starts_on)) == ("永川新区", "2024-01-01")


def test_file_with_errors_loads_nothing_unless_asked(client: Client) -> None:
    sign_in(client, "operator", "000000")
    bad = NEXT + "510116,双流区,district,510100\n"
    page = client.post(OPERATOR_PAGE, edition(bad, act="load"))
    assert [(e.row, e.column, e.value) for e in page.context["errors"]] == [
        (8, "level", "district")
    ]
    assert Region.objects.filter(name="永川新区").count() == 0
    corrected = client.post(OPERATOR_PAGE, edition(bad, act="corrected"))
    assert corrected["Content-Disposition"].startswith("attachment")
    client.post(OPERATOR_PAGE, edition(bad, act="load", save_good="on"))
    assert Region.objects.filter(name="永川新区").count() == 1
    assert Region.objects.filter(code="510116").count() == 0


@pytest.mark.parametrize(
    ("text", "field"),
    [("no list at all", "__all__"), (NEXT.replace("510100,成都市", "5101,成都市"), "")],
)
def test_bad_file_is_explained_on_the_page(client: Client, text: str, field: str) -> None:
    sign_in(client, "operator", "000000")
    page = client.post(OPERATOR_PAGE, edition(text, act="check"))
    assert page.status_code == 200
    assert (field in page.context["form"].errors) if field else page.context["errors"]


@pytest.mark.parametrize(("kind", "code"), [("operator", "500000"), ("officer", "000000")])
def test_others_may_not_load(client: Client, kind: str, code: str) -> None:
    sign_in(client, kind, code)
    assert client.get(OPERATOR_PAGE).status_code == 403
    assert client.post(OPERATOR_PAGE, edition(NEXT, act="load")).status_code == 403
    assert Edition.objects.count() == 1


def test_officer_sets_the_terms_of_the_own_region_only(client: Client) -> None:
    sign_in(client, "officer", "510000")
    terms = {
        "autumn_starts_on": "2026-09-02",
        "autumn_ends_on": "2027-01-22",
        "spring_starts_on": "2027-02-24",
        "spring_ends_on": "2027-07-09",
        "source": "notice",
    }
    own = client.post("/reference/regions/510100/terms/2026/", terms)
    other = client.post("/reference/regions/500118/terms/2026/", terms)
    assert (own.status_code, other.status_code) == (302, 403)
    below = client.get("/api/v1/reference/regions/510115/terms/2026").json()
    assert below[0] == {
        "school_year": 2026,
        "season": "autumn",
        "starts_on": "2026-09-02",
        "ends_on": "2027-01-23",
        "set_by": "510100",
        "source": "notice",
    }
    assert client.get("/api/v1/reference/regions/500118/terms/2026").json()[0]["set_by"] == ""


def test_overlapping_terms_are_explained_on_the_page(client: Client) -> None:
    sign_in(client, "officer", "510000")
    days = dict.fromkeys(
        ("autumn_starts_on", "autumn_ends_on", "spring_starts_on", "spring_ends_on"), "2026-09-02"
    )
    page = client.post("/reference/regions/510100/terms/2026/", {**days, "source": "notice"})
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()


def test_api_loads_like_the_page(client: Client) -> None:
    sign_in(client, "operator", "000000")
    answer = client.post("/api/v1/reference/editions", edition(NEXT, is_complete="true"))
    assert (answer.status_code, answer.json()["changed"]) == (200, 1)
    wrong = client.post("/api/v1/reference/editions", edition(NEXT + "1,x,y,z\n", name="2025"))
    assert (wrong.status_code, wrong.json()["code"]) == (422, "cells_invalid")
    assert wrong.json()["data"]["errors"][0]["row"] == 8


@pytest.mark.parametrize("address", ["/reference/", "/api/v1/reference/regions"])
def test_unknown_region_in_the_address_is_explained(client: Client, address: str) -> None:
    assert client.get(f"{address}?region=999999").status_code == 404


def test_terms_form_begins_with_the_days_that_hold_now(client: Client) -> None:
    sign_in(client, "officer", "510000")
    page = client.get("/reference/regions/510100/terms/2026/", headers={"accept-language": "zh"})
    # what a browser's calendar takes, in every language
    assert 'value="2026-09-01"' in page.content.decode()
    assert 'value="2027-01-20"' in page.content.decode()
