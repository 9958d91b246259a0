"""The API of collections: the same acts and refusals as the pages."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jiangxin.apps.accounts.models import User
from jiangxin.core.permissions import Viewer
from tests.apps.accounts.factories import NOW, browser
from tests.apps.collections import factories

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/collections"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Read at the time of the factories."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return SimpleNamespace(at=NOW)


def as_user(viewer: Viewer) -> Client:
    """Return a client signed in as the viewer."""
    return browser(User.objects.get(pk=viewer.user_id))


def call(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Call an operation and return its status and answer."""
    answer = getattr(client, method)(
        f"{ROOT}{path}",
        *([json.dumps(body)] if body is not None else []),
        **({"content_type": "application/json"} if body is not None else {}),
    )
    return answer.status_code, answer.json()


def test_a_school_files_and_the_bureau_passes() -> None:
    edition, school = factories.edition(), factories.school()
    client, officer = as_user(factories.staff(school)), as_user(factories.reviewer())
    path = f"/editions/{edition.uuid}/filings/{school.scope.uuid}"

    assert call(client, "get", "/")[1][0]["code"] == "kitchen_plan"
    listed = {row["uuid"]: row["state"] for row in call(client, "get", "/editions")[1]}
    assert listed[str(edition.uuid)] == "open"
    assert call(client, "get", path)[1]["state"] == "not_begun"

    # what cannot be read is kept and named
    status, draft = call(
        client, "put", path, {"values": {"meals": "many", "students": 800}, "row_version": 0}
    )
    assert (status, draft["row_version"]) == (200, 1)
    assert [problem["path"] for problem in draft["problems"]] == ["meals"]
    status, refused = call(client, "post", f"{path}/submit", {"row_version": 1})
    assert status == 422
    assert "meals" in refused["data"]["fields"]
    # an old version is a conflict that says who was faster
    status, clash = call(client, "put", path, {"values": {}, "row_version": 0})
    assert (status, clash["code"]) == (409, "filing_changed")
    call(client, "put", path, {"values": {"meals": 900, "students": 800}, "row_version": 1})
    assert call(client, "post", f"{path}/submit", {"row_version": 2})[1]["state"] == "submitted"

    assert [row["scope"] for row in call(officer, "get", "/queue")[1]] == [str(school.scope.uuid)]
    status, passed = call(officer, "post", f"{path}/review", {"verdict": "pass", "row_version": 3})
    assert (status, passed["step"]) == (200, 1)


def test_progress_counts_regions_and_hides_others() -> None:
    edition = factories.edition()
    schools = [factories.school(f"第{n}职业学校", key=f"K{n}") for n in range(3)]
    factories.submitted(schools[0], edition)
    path = f"/editions/{edition.uuid}/progress"

    found = call(as_user(factories.reviewer("500000")), "get", path)[1]
    assert (found["expected"], found["filed"], found["missing"]) == (3, 1, 2)
    assert [row["region_code"] for row in found["below"]] == ["500118"]
    # a county does not read the numbers of the whole province, a stranger nothing
    county = as_user(factories.reviewer())
    assert call(county, "get", path)[0] == 403
    assert call(county, "get", f"{path}?region=500118")[1]["filed"] == 1
    assert call(as_user(factories.reviewer("510115")), "get", path)[0] == 404
    assert call(as_user(factories.staff(schools[0])), "get", path)[0] == 403
