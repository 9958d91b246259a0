from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from jiangxin.apps.accounts.models import Role, User
from jiangxin.core import jobs
from jiangxin.core.models import AuditRow
from tests.apps.accounts.factories import NOW, TODAY, browser, grant, person, region_scope, viewer

pytestmark = pytest.mark.django_db
CITIZEN = "34052419800101001X"  # the published vector of GB 11643-1999


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def operator() -> Client:
    """A browser in which the operator of the district is signed in."""
    return browser(person("operator", name="永川运维"))


@pytest.fixture
def stranger() -> Client:
    """A browser in which the operator of another district is signed in."""
    return browser(person("operator", region_scope("510115"), name="温江运维"))


def test_account_page_shows_roles_and_keeps_choices() -> None:
    user = person("officer", citizen_id=CITIZEN, phone="13800001234")
    client = browser(user)
    page = text_of(client.get("/accounts/"))
    assert "3405************1X" in page
    assert "138******34" in page
    assert CITIZEN not in page
    assert "bureau officer" in page
    answer = client.post("/accounts/", {"language": "zh-hans", "email": "a@example.org"})
    assert answer.cookies["django_language"].value == "zh-hans"
    user.refresh_from_db()
    assert (user.language, user.email) == ("zh-hans", "a@example.org")
    assert "永川" in text_of(client.get("/accounts/"))


def test_people_are_listed_within_the_scope_only(operator: Client, stranger: Client) -> None:
    person("officer", name="永川干部")
    both = person("expert", name="两地专家")
    grant(both, "auditor", region_scope("510115"))
    own = text_of(operator.get("/accounts/people/"))
    other = text_of(stranger.get("/accounts/people/"))
    assert "永川干部" in own
    assert "永川干部" not in other
    # known to both, but each sees only the role within the own scope
    assert "expert (永川区)" in own
    assert "auditor" not in own.split("两地专家")[1].split("</tr>")[0]
    assert "auditor (温江区)" in other
    assert "expert (永川区)" not in other
    assert "永川干部" in text_of(operator.get("/accounts/people/?q=干部"))
    assert "两地专家" not in text_of(operator.get("/accounts/people/?role=auditor"))
    officer = browser(person("officer"))
    assert officer.get("/accounts/people/").status_code == 403


def test_list_of_people_costs_the_same_for_one_and_three(
    operator: Client, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    operator.get("/accounts/people/")
    one = count_queries(lambda: operator.get("/accounts/people/"))
    person("officer")
    person("leader")
    assert count_queries(lambda: operator.get("/accounts/people/")) == one


def test_make_known_grant_and_end(operator: Client, stranger: Client) -> None:
    scope = region_scope()
    form = {
        "username": "li.si",
        "name": "李四",
        "kind": "officer",
        "scope": str(scope.uuid),
        "starts_on": "2026-01-01",
        "language": "en",
        "password": "short",
    }
    assert "short" in text_of(operator.post("/accounts/people/new/", form))
    assert not User.objects.filter(username="li.si").exists()
    form["password"] = "long-enough-1"
    assert stranger.post("/accounts/people/new/", form).status_code == 200  # scope not offered
    assert not User.objects.filter(username="li.si").exists()
    answer = operator.post("/accounts/people/new/", form)
    user = User.objects.get(username="li.si")
    assert answer["Location"] == f"/accounts/people/{user.uuid}/"
    grant_form = {"kind": "leader", "scope": str(scope.uuid), "starts_on": "2026-02-01"}
    assert operator.get(f"/accounts/people/{user.uuid}/roles/").status_code == 200
    operator.post(f"/accounts/people/{user.uuid}/roles/", grant_form)
    again = operator.post(f"/accounts/people/{user.uuid}/roles/", grant_form)
    assert "Already held" in text_of(again)
    school_kind = {**grant_form, "kind": "school"}
    refused = operator.post(f"/accounts/people/{user.uuid}/roles/", school_kind)
    assert "held in an organisation" in text_of(refused)
    role = Role.objects.get(user=user, kind="leader")
    assert stranger.post(f"/accounts/roles/{role.uuid}/end/", {}).status_code == 404
    operator.post(f"/accounts/roles/{role.uuid}/end/", {"ends_on": "2026-03-01"})
    role.refresh_from_db()
    assert str(role.ends_on) == "2026-03-01"
    page = text_of(operator.get(f"/accounts/people/{user.uuid}/"))
    assert "bureau leader" in page
    assert stranger.get(f"/accounts/people/{user.uuid}/").status_code == 404
    assert viewer(user).roles == {"officer"}


def test_password_is_set_only_for_people_wholly_within_the_scope(operator: Client) -> None:
    own, both = person("officer"), person("expert")
    grant(both, "leader", region_scope("510115"))
    operator.post(f"/accounts/people/{own.uuid}/password/", {"password": "brand-new-1"})
    own.refresh_from_db()
    assert own.check_password("brand-new-1")
    refused = operator.post(f"/accounts/people/{both.uuid}/password/", {"password": "brand-new-1"})
    assert refused.status_code == 403
    both.refresh_from_db()
    assert both.check_password("pass-word-1")


def test_reveal_needs_a_reason_and_is_recorded(operator: Client, stranger: Client) -> None:
    user = person("officer", citizen_id=CITIZEN, phone="13800001234")
    address = f"/accounts/people/{user.uuid}/reveal/"
    assert CITIZEN not in text_of(operator.get(address))
    assert CITIZEN not in text_of(operator.post(address, {"reason": "x"}))
    answer = operator.post(address, {"reason": "核对资格证书"})
    assert CITIZEN in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    row = AuditRow.objects.get(event="accounts.personal_data.revealed")
    assert (row.subject_uuid, row.data) == (user.uuid, {"reason": "核对资格证书"})
    assert CITIZEN not in str(row.data)
    assert stranger.post(address, {"reason": "核对资格证书"}).status_code == 404


def test_trail_is_scoped_filtered_and_exported(operator: Client, stranger: Client) -> None:
    person("officer", name="永川干部")
    auditor = browser(person("auditor"))
    for client in (operator, auditor):
        page = text_of(client.get("/accounts/trail/?event=accounts.user"))
        assert "永川干部" in page
        assert "accounts.role.granted" not in page
    other = text_of(stranger.get("/accounts/trail/"))
    assert "永川干部" not in other
    assert "温江运维" in other
    assert operator.get("/accounts/trail/?format=xlsx").content[:2] == b"PK"
    assert "永川干部" not in text_of(operator.get("/accounts/trail/?last=2020-01-01"))
    assert "永川干部" in text_of(operator.get("/accounts/trail/?first=2026-03-14"))
    officer = browser(person("officer"))
    assert officer.get("/accounts/trail/").status_code == 403
    assert officer.get("/api/v1/accounts/trail").status_code == 403
    rows = auditor.get("/api/v1/accounts/trail?event=accounts.role").json()
    assert rows["total"] == len(rows["rows"]) > 0
    assert {row["event"] for row in rows["rows"]} == {"accounts.role.granted"}


@jobs.task("tests.count", label="Count to three")
def count(*, progress: jobs.Progress, by: Any, at: Any) -> dict[str, int]:
    progress.at(3, 3, "done counting")
    return {"counted": 3}


def test_jobs_are_seen_by_who_asked_and_by_the_scope(operator: Client, stranger: Client) -> None:
    user = person("school", _school_scope())
    job = jobs.defer("tests.count", by=viewer(user), at=NOW, path="000000/500000/500118/")
    address = f"/accounts/jobs/{job.uuid}/"
    own = browser(user)
    assert "every 2s" in text_of(own.get(address))
    jobs.run.func(job.pk)
    for client in (own, operator):
        page = text_of(client.get(address, headers={"HX-Request": "true"}))
        assert "done counting" in page
        assert "every 2s" not in page
        assert "Count to three" in text_of(client.get("/accounts/jobs/"))
    fragment = text_of(own.get(address, headers={"HX-Request": "true"}))
    assert fragment.strip() in text_of(own.get(address))
    assert stranger.get(address).status_code == 404
    assert "Count to three" not in text_of(stranger.get("/accounts/jobs/"))
    assert own.get(f"/api/v1/accounts/jobs/{job.uuid}").json()["result"] == {"counted": 3}
    assert stranger.get(f"/api/v1/accounts/jobs/{job.uuid}").status_code == 404


def _school_scope() -> Any:
    from tests.apps.organisations.factories import organisation

    return organisation().scope


def test_roles_page_explains_every_duty() -> None:
    from jiangxin.apps.accounts.permissions import DUTIES, DUTY_LABELS

    assert {duty for duties in DUTIES.values() for duty in duties} <= set(DUTY_LABELS)
    page = text_of(browser(person("teacher", _school_scope())).get("/accounts/roles/"))
    assert "Read the audit trail of the scope" in page


def test_api_of_people(operator: Client, stranger: Client) -> None:
    user = person("officer", name="永川干部", citizen_id=CITIZEN)
    post = {"content_type": "application/json"}
    scope = str(region_scope().uuid)
    body = {
        "username": "wang",
        "name": "王五",
        "kind": "leader",
        "scope_uuid": scope,
        "starts_on": "2026-01-01",
    }
    assert stranger.post("/api/v1/accounts/people", body, **post).status_code == 404
    made = operator.post("/api/v1/accounts/people", body, **post).json()
    assert [role["kind"] for role in made["roles"]] == ["leader"]
    one = operator.get(f"/api/v1/accounts/people/{user.uuid}")
    assert one.json()["name"] == "永川干部"
    assert CITIZEN not in text_of(one)
    assert stranger.get(f"/api/v1/accounts/people/{user.uuid}").status_code == 404
    people = operator.get("/api/v1/accounts/people?q=王").json()
    assert [p["username"] for p in people["people"]] == ["wang"]
    role = made["roles"][0]["uuid"]
    end = {"ends_on": "2026-02-01"}
    assert stranger.post(f"/api/v1/accounts/roles/{role}/end", end, **post).status_code == 404
    assert operator.post(f"/api/v1/accounts/roles/{role}/end", end, **post).json() == {
        **made["roles"][0],
        "ends_on": "2026-02-01",
    }
    new = {"kind": "expert", "scope_uuid": scope, "starts_on": str(TODAY)}
    made_role = operator.post(f"/api/v1/accounts/people/{made['uuid']}/roles", new, **post)
    assert made_role.status_code == 201
    assert operator.get("/api/v1/accounts/me").json()["name"] == "永川运维"
    assert browser().get("/api/v1/accounts/me").status_code == 401
