from __future__ import annotations

import pytest
from django.test import Client

from jiangxin.apps.policies.models import Target
from tests.apps.accounts.factories import person, region, region_scope
from tests.apps.policies.factories import adopted, published

pytestmark = pytest.mark.django_db


def signed_in(kind: str = "officer", code: str = "500118") -> Client:
    client = Client()
    client.force_login(person(kind, region_scope(code)))
    return client


def test_cockpit_tells_the_numbers_of_the_page() -> None:
    total = Target.objects.filter(document=adopted()).count()
    client = signed_in()
    told = client.get("/api/v1/dashboards/cockpit?region=500000").json()
    shown = client.get("/cockpit/?region=500000").context["cockpit"]
    assert told["tree"]["total"] == total
    assert told["tree"]["counts"] == shown.tree.counts
    assert [one["code"] for one in told["tree"]["below"]] == ["500118"]
    assert told["bound"] + told["suggested"] + told["unbound"] == total


def test_todos_are_those_of_the_caller() -> None:
    adopted()
    mine = signed_in("leader").get("/api/v1/dashboards/todos").json()
    assert any("永川区技能人才培养行动计划" in one["title"] for one in mine)
    assert signed_in("leader", "510115").get("/api/v1/dashboards/todos").json() == []


def test_public_counts_only_what_is_published() -> None:
    adopted()
    address = "/api/v1/dashboards/public?region=500118"
    assert Client().get(address).json()["total"] == 0


def test_public_counts_what_is_published() -> None:
    total = Target.objects.filter(document=published()).count()
    assert Client().get("/api/v1/dashboards/public?region=500118").json()["total"] == total


@pytest.mark.parametrize("name", ["cockpit", "todos"])
def test_the_public_must_sign_in(name: str) -> None:
    region()
    assert Client().get(f"/api/v1/dashboards/{name}").status_code == 401


def test_cockpit_refuses_other_roles() -> None:
    answer = signed_in("learner").get("/api/v1/dashboards/cockpit")
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_permitted"
