from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jiangxin.apps.reference import actions, forms
from jiangxin.core.permissions import SYSTEM

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
