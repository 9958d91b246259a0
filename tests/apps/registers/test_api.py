"""Registers over the API: the same acts, the same refusals."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jiangxin.apps.accounts.models import User
from jiangxin.apps.registers.models import Application, Entry
from jiangxin.core.permissions import Viewer
from tests.apps.accounts.factories import NOW, browser
from tests.apps.registers import factories
from tests.apps.registers.factories import MEDAL

pytestmark = pytest.mark.django_db
API = "/api/v1/registers"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The moment at which requests arrive."""
    now = SimpleNamespace(at=NOW)
    monkeypatch.setattr(timezone, "now", lambda: now.at)
    return now


def as_user(viewer: Viewer) -> Client:
    return browser(User.objects.get(pk=viewer.user_id))


def call(
    client: Client, method: str, path: str, body: Any = None, status: int = 200
) -> dict[str, Any]:
    """Call an operation and return its answer."""
    send = getattr(client, method)
    answer = send(API + path) if body is None else send(
        API + path, json.dumps(body), content_type="application/json"
    )  # fmt: skip
    assert answer.status_code == status, answer.content.decode()
    found: dict[str, Any] = answer.json()
    return found


def test_types_tell_their_fields_to_everybody() -> None:
    factories.register_type()
    found: Any = call(browser(), "get", "/types?group=centres")
    assert [row["code"] for row in found] == ["lantern_workshop"]
    one = call(browser(), "get", "/types/lantern_workshop")
    assert one["steps"] == ["county", "experts", "notice", "decision"]
    fields = {field["code"]: field for field in one["fields"]}
    assert fields["kind"]["choices"] == ["paper", "silk"]
    assert fields["places"]["unit"] == "item"
    assert one["indicators"] == ["lantern_workshops", "silk_places"]
    call(browser(), "get", "/types/no_such_type", status=404)


def test_school_applies_and_leader_recognises() -> None:
    factories.register_type(MEDAL)
    school = factories.school()
    client = as_user(factories.of_school(school))
    begun = {"type": "lantern_medal", "level": "county", "title": "金灯奖"}
    begun["organisation_code"] = school.code
    made = call(client, "post", "/applications", begun, 201)
    to = f"/applications/{made['uuid']}"
    kept = call(client, "put", f"{to}/values", {"version": made["version"], "values": {}})
    wrong = call(client, "post", f"{to}/submit", {"version": kept["application"]["version"]}, 422)
    assert "words" in wrong["data"]["fields"]
    kept = call(
        client,
        "put",
        f"{to}/values",
        {"version": kept["application"]["version"], "values": {"words": "照亮乡村"}},
    )
    assert kept["problems"] == []
    version = {"version": kept["application"]["version"]}
    stale = call(client, "post", f"{to}/submit", {"version": 1}, 409)
    assert stale["code"] == "conflict"
    sent = call(client, "post", f"{to}/submit", version)
    assert (sent["state"], sent["step"]) == ("in_review", "decision")
    decision = {"version": sent["version"], "document_number": "永教〔2026〕5号"}
    # the school is no judge, and an officer does not decide
    call(client, "post", f"{to}/recognise", decision, 403)
    call(as_user(factories.holder()), "post", f"{to}/recognise", decision, 403)
    leader = as_user(factories.holder("leader"))
    entry = call(leader, "post", f"{to}/recognise", decision)
    assert entry["number"] == Entry.objects.get().number
    assert entry["values"] == {"words": "照亮乡村"}


def test_return_needs_a_reason() -> None:
    made = factories.submitted()
    client = as_user(factories.holder())
    to = f"/applications/{made.uuid}/review"
    body = {"version": made.version, "verdict": "return"}
    call(client, "post", to, body, 422)
    answer = call(client, "post", to, {**body, "reason": "请补充"})
    assert answer["state"] == "returned"
    assert Application.objects.get().state == "returned"


def test_strangers_get_the_directory_and_no_applications() -> None:
    made = factories.submitted(title="在审工坊")
    listed = factories.taken_over(values={"kind": "silk", "places": 9, "cost": 70000})
    factories.taken_over(text=MEDAL, values={"words": "亮"})
    stranger = as_user(factories.holder("officer", "510115"))
    for client in (browser(), stranger):
        found = call(client, "get", "/entries?region=500118")
        assert [row["number"] for row in found["rows"]] == [listed.number]
        assert found["rows"][0]["values"] == {"kind": "silk", "places": 9}
    call(browser(), "get", f"/applications/{made.uuid}", status=401)
    call(stranger, "get", f"/applications/{made.uuid}", status=404)
    whole = call(as_user(factories.holder()), "get", f"/entries/{listed.uuid}")
    assert whole["values"]["cost"] == 70000
