from __future__ import annotations

import pytest
from django.test import Client

from jiangxin.apps.policies.models import Target
from tests.apps.accounts.factories import person, region, region_scope
from tests.apps.policies.factories import adopted, published

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/cockpit/",
    "/cockpit/wall/",
    "/calendar/",
    "/calendar/month/",
    "/public/",
    "/search/?q=教",
    "/regions/",
)


def public() -> Client:
    return Client(headers={"Accept-Language": "en"})


def signed_in(kind: str = "officer", code: str = "500118") -> Client:
    client = public()
    client.force_login(person(kind, region_scope(code)))
    return client


@pytest.mark.parametrize("address", PAGES)
def test_pages_answer_their_readers(address: str) -> None:
    adopted()
    answer = signed_in().get(address)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer["Content-Security-Policy"]


def test_the_public_is_led_to_the_public_page() -> None:
    region()
    answer = public().get("/?region=500118")
    assert (answer.status_code, answer["Location"]) == (302, "/public/?region=500118")


@pytest.mark.parametrize(
    "address", ["/cockpit/", "/cockpit/wall/", "/calendar/", "/calendar/month/"]
)
def test_the_public_is_asked_to_sign_in(address: str) -> None:
    region()
    answer = public().get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/login/")


def test_cockpit_is_for_those_who_lead_or_audit() -> None:
    region()
    answer = signed_in("learner").get("/cockpit/")
    assert answer.status_code == 403
    assert "other roles than yours" in answer.content.decode()


def test_a_refusal_within_a_page_is_a_fragment() -> None:
    region()
    answer = signed_in("learner").get("/cockpit/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "other roles than yours" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_standing_counts_lead_to_the_list_behind_them() -> None:
    found = adopted()
    total = Target.objects.filter(document=found).count()
    client = signed_in()
    page = client.get("/cockpit/").content.decode()
    address = "/policies/targets/?region=500118&amp;standing=not_yet_measurable"
    assert address in page
    rows = client.get(address.replace("&amp;", "&")).context["listing"]
    assert rows.page.paginator.count == total


def test_public_page_is_the_same_for_an_officer() -> None:
    adopted()
    page = signed_in().get("/public/?region=500118").content.decode()
    assert "Nothing has been published" in page


def test_public_page_shows_no_more_to_the_public_than_is_published() -> None:
    published()
    page = public().get("/public/?region=500118").content.decode()
    assert "“双师型”教师占比" in page
    assert public().get("/public/?region=510115").content.decode().count("“双师型”教师占比") == 0


def test_theme_is_kept_and_drawn_by_the_server() -> None:
    region()
    client = public()
    answer = client.post("/theme/", {"theme": "dark", "next": "/public/?region=500118"})
    assert (answer.status_code, answer["Location"]) == (302, "/public/?region=500118")
    assert 'data-bs-theme="dark"' in client.get("/public/").content.decode()


@pytest.mark.parametrize("value", ['"><script>', "blue", ""])
def test_an_unknown_theme_is_not_kept(value: str) -> None:
    region()
    client = public()
    client.post("/theme/", {"theme": value})
    assert "theme" not in client.cookies
    client.cookies["theme"] = "x-unknown"
    assert 'data-theme="auto"' in client.get("/public/").content.decode()


@pytest.mark.parametrize(
    "address", ["https://elsewhere.example/", "//elsewhere.example", "javascript:1"]
)
def test_nobody_is_sent_to_another_site(address: str) -> None:
    region()
    assert public().post("/theme/", {"theme": "dark", "next": address})["Location"] == "/"


def test_choosing_a_region_returns_to_the_page_with_that_region() -> None:
    region()
    page = public().get("/regions/?q=温江&next=/public/%3Fyear=2025%26region=500118")
    assert 'href="/public/?year=2025&amp;region=510115"' in page.content.decode()


def test_search_answers_a_fragment_that_equals_the_part_of_the_page() -> None:
    region()
    client = public()
    whole = client.get("/search/?q=永川")
    part = client.get("/search/?q=永川", headers={"HX-Request": "true"})
    assert "HX-Request" in part["Vary"]
    assert "<html" not in part.content.decode()
    assert part.content.decode().strip() in whole.content.decode()


@pytest.mark.parametrize("month", ["2026-13", "abc", "0001-01", "9999-12", ""])
def test_a_month_that_does_not_exist_is_this_month(month: str) -> None:
    region()
    assert signed_in().get("/calendar/month/", {"month": month}).status_code == 200


def test_pages_keep_region_and_year_in_their_links() -> None:
    adopted()
    page = signed_in().get("/cockpit/?region=500118&year=2025").content.decode()
    assert 'href="/calendar/?region=500118&amp;year=2025"' in page


def test_unknown_address_says_what_to_do() -> None:
    answer = public().get("/no-such-page/")
    assert answer.status_code == 404
    assert "does not exist" in answer.content.decode()


def test_sign_in_page_lists_no_people_on_a_real_installation() -> None:
    region()
    page = public().get("/sign-in/login/").content.decode()
    assert "Sign-ins of the demonstration" not in page
    assert 'autocomplete="current-password"' in page


def test_without_regions_the_public_page_is_empty_and_the_cockpit_says_why() -> None:
    assert public().get("/public/").status_code == 200
    assert public().get("/api/v1/dashboards/public").status_code == 404
