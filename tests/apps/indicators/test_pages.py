"""Pages and API of indicators."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from jiangxin.apps.indicators import queries
from jiangxin.apps.indicators.models import ReportedValue, Value
from jiangxin.core.models import Job
from tests.apps.accounts.factories import browser, person, region_scope
from tests.apps.indicators.factories import ROWS, computed

pytestmark = pytest.mark.django_db
RATE = "consortium_enterprise_rate"


def value_of(code: str = "500118") -> Value:
    return Value.objects.get(indicator=RATE, scope="region", code=code, year=2025, part="")


def test_list_shows_values_and_what_is_missing(tmp_path: Path) -> None:
    computed(tmp_path)
    page = browser(person("officer")).get("/indicators/?year=2025").content.decode()
    assert "66.7%" in page
    assert "teachers" in page


def test_indicator_page_says_what_was_decided_in_the_language_of_the_reader(tmp_path: Path) -> None:
    computed(tmp_path)
    client = browser(person("officer"))
    decided = {"en": "No document gives a formula.", "zh-Hans": "文件未规定计算公式。"}
    for language, other in (("en", "zh-Hans"), ("zh-Hans", "en")):
        answer = client.get(
            "/indicators/apprenticeship_class_rate/", headers={"Accept-Language": language}
        )
        page = answer.content.decode()
        assert decided[language] in page
        assert decided[other] not in page


def test_list_as_a_spreadsheet_has_the_same_rows(tmp_path: Path) -> None:
    computed(tmp_path)
    answer = browser(person("officer")).get("/indicators/?year=2025&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = {row[0]: row[1] for row in sheet.iter_rows(values_only=True)}
    assert rows[queries.get_definition(RATE).label.en] == pytest.approx(2 / 3)


def test_value_page_shows_rows_and_computes_again(tmp_path: Path) -> None:
    computed(tmp_path)
    client = browser(person("officer"))
    page = client.get(f"/indicators/values/{value_of().uuid}/?side=denominator&recompute=1")
    text = page.content.decode()
    assert all(row[1] in text for row in ROWS[:3])
    assert "E4" not in text  # below the scale: not in the denominator
    assert "gave the same value" in text


def test_value_of_another_region_is_not_there(tmp_path: Path) -> None:
    computed(tmp_path)
    client = browser(person("officer", region_scope("510115")))
    assert client.get(f"/indicators/values/{value_of().uuid}/").status_code == 404


def test_rows_are_for_those_who_may_trace(tmp_path: Path) -> None:
    computed(tmp_path)
    page = browser(person("leader")).get(f"/indicators/values/{value_of().uuid}/")
    assert page.status_code == 200
    assert "E1" not in page.content.decode()


def test_report_form_takes_percent_and_stores_a_share() -> None:
    client = browser(person("officer"))
    answer = client.post(
        "/indicators/dual_qualified_rate/report/?region=500118",
        {"year": 2025, "value": "71.5", "evidence": "Register of teachers"},
    )
    assert answer.status_code == 302
    assert ReportedValue.objects.get().value == pytest.approx(0.715)


def test_report_form_shows_the_error_beside_the_field() -> None:
    client = browser(person("officer"))
    page = client.post(
        "/indicators/dual_qualified_rate/report/?region=500118",
        {"year": 2025, "value": "171", "evidence": "Register of teachers"},
    ).content.decode()
    assert "This cannot be more than 100 %." in page
    assert not ReportedValue.objects.exists()


def test_compute_defers_a_job_that_the_asker_finds_again() -> None:
    client = browser(person("officer"))
    answer = client.post("/indicators/compute/")
    job = Job.objects.get(task="indicators.compute")
    assert answer.headers["Location"].endswith(f"{job.uuid}/")


def test_api_and_page_report_through_the_same_action() -> None:
    client = browser(person("officer"))
    body = {"year": 2025, "value": 0.7, "evidence": "Register of teachers"}
    answer = client.post(
        "/api/v1/indicators/dual_qualified_rate/reports?region=500118",
        json.dumps(body),
        content_type="application/json",
    )
    assert answer.status_code == 201
    series = client.get("/api/v1/indicators/dual_qualified_rate/series?region=500118").json()
    assert [(s["year"], s["value"], s["kind"]) for s in series] == [(2025, 0.7, "reported")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"year": 2025, "value": 7, "evidence": "Register"}, 422, "invalid"),
        ({"year": 2025}, 422, "invalid"),
    ],
)
def test_api_refuses_with_a_reason(body: dict[str, Any], status: int, code: str) -> None:
    answer = browser(person("officer")).post(
        "/api/v1/indicators/dual_qualified_rate/reports?region=500118",
        json.dumps(body),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_api_is_closed_to_the_public() -> None:
    answer = browser().get("/api/v1/indicators/definitions")
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_queries_do_not_grow_with_rows(
    tmp_path: Path, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    client = browser(person("officer"))
    computed(tmp_path, ROWS[:1])
    address = f"/indicators/{RATE}/?region=500118&year=2025"
    client.get(address)
    few = count_queries(lambda: client.get(address))
    computed(tmp_path, ROWS)
    assert count_queries(lambda: client.get(address)) == few
