"""Pages of events, ties and duplicates, as an officer of the district uses them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import (
    FormerCode,
    Organisation,
    OrganisationEvent,
    OrganisationLink,
)
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, browser, person, region, region_scope
from tests.apps.organisations.factories import organisation, uscc

pytestmark = pytest.mark.django_db

FUTURE = "2099-09-01"
DECISION = {
    "effective_on": FUTURE,
    "document": "关于学校布局调整的批复",
    "number": "永府〔2099〕1号",
}


@pytest.fixture
def officer(db: Any) -> Client:
    return browser(person("officer", region_scope("500118"), username="bureau"))


@pytest.fixture
def schools(db: Any) -> tuple[Organisation, Organisation]:
    return organisation("永川第一职业学校", key="A1"), organisation("永川第二职业学校", key="A2")


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_merger_is_planned_in_two_steps_and_taken_back(officer: Client, schools: Any) -> None:
    first, second = schools
    actions.open_campus(
        organisation=second, name="南校区", address="南大街1号", region=region(), by=SYSTEM, at=NOW
    )
    address = f"/organisations/{first.uuid}/plan/merger/"
    assert "永川第二职业学校" in text_of(officer.get(address))
    said = {**DECISION, "sources": [str(second.uuid)], "how": "into_this"}
    shown = officer.post(address, {**said, "step": "look"})
    assert "Keep the event" in text_of(shown)
    assert "南校区" in text_of(shown)
    assert OrganisationEvent.objects.count() == 0
    changed = officer.post(address, {**said, "step": "change"})
    assert "Show what would happen" in text_of(changed)
    seen = shown.context["preview"].digest
    kept = officer.post(address, {**said, "step": "keep", "seen": seen})
    event = OrganisationEvent.objects.get()
    assert kept["Location"] == f"/organisations/events/{event.uuid}/"
    assert "南校区" in text_of(officer.get(kept["Location"]))
    for page in (f"/organisations/{first.uuid}/history/", "/organisations/events/"):
        assert f"/organisations/events/{event.uuid}/" in text_of(officer.get(page))
    officer.post(f"/organisations/events/{event.uuid}/undo/", {"reason": "方案调整"})
    event.refresh_from_db()
    assert event.state == "undone"
    assert "方案调整" in text_of(officer.get(f"/organisations/events/{event.uuid}/"))


def test_what_is_wrong_stands_beside_the_field(officer: Client, schools: Any) -> None:
    first, _second = schools
    answer = officer.post(
        f"/organisations/{first.uuid}/plan/relocation/",
        {**DECISION, "effective_on": "1900-01-01", "address": "新街1号", "step": "look"},
    )
    actions.close(organisation=first, ends_on=datetime.date(2030, 1, 1), by=SYSTEM, at=NOW)
    answer = officer.post(
        f"/organisations/{first.uuid}/plan/relocation/",
        {**DECISION, "address": "新街1号", "step": "look"},
    )
    assert list(answer.context["form"].errors) == ["effective_on"]
    assert answer.context["preview"] is None


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("renaming", {"name": "永川职教中心"}),
        ("split", {"name_1": "永川北城学校", "school_code_1": "", "follows_0": ""}),
        ("relocation", {"address": "新街1号", "campus": "新校区", "to_region": ""}),
        ("upgrade", {"stage": "higher_specialty", "school_code": "", "name": ""}),
        ("closing", {}),
    ],
)
def test_each_kind_has_its_form_and_preview(
    officer: Client, schools: Any, kind: str, said: dict[str, str]
) -> None:
    first, _second = schools
    address = f"/organisations/{first.uuid}/plan/{kind}/"
    assert officer.get(address).status_code == 200
    shown = officer.post(address, {**DECISION, **said, "step": "look"})
    assert shown.context["form"].errors == {}
    kept = officer.post(
        address, {**DECISION, **said, "step": "keep", "seen": shown.context["preview"].digest}
    )
    assert kept.status_code == 302
    assert OrganisationEvent.objects.get().kind == kind


def test_groups_are_planned_and_aligned(officer: Client, schools: Any) -> None:
    _first, second = schools
    college = organisation("永川职业学院", stage="higher_specialty", key="C")
    said = {
        **DECISION, "effective_on": "2026-03-01", "title": "永川职教集团", "link": "one_n",
        "members": [str(second.uuid)], "step": "keep",
    }  # fmt: skip
    officer.post(f"/organisations/{college.uuid}/plan/group/", said)
    link = OrganisationLink.objects.get()
    officer.post(
        f"/organisations/links/{link.uuid}/align/", {"dimension": "aims", "note": "三年共育"}
    )
    page = text_of(officer.get(f"/organisations/{college.uuid}/ties/"))
    assert "三年共育" in page
    assert "永川第二职业学校" in page
    officer.post(f"/organisations/links/{link.uuid}/end/", {"ends_on": "2030-01-01"})
    link.refresh_from_db()
    assert link.ends_on == datetime.date(2030, 1, 1)


def test_founding_is_planned_for_the_region(officer: Client) -> None:
    said = {
        **DECISION,
        "new_name": "永川数字职业学校",
        "new_kind": "school",
        "new_stage": "secondary",
    }
    shown = officer.post("/organisations/events/found/?region=500118", {**said, "step": "look"})
    assert "永川数字职业学校" in text_of(shown)
    officer.post("/organisations/events/found/?region=500118", {**said, "step": "keep"})
    assert OrganisationEvent.objects.get().scope == region_scope("500118")
    assert Organisation.objects.count() == 0


def test_ownership_and_campuses_are_recorded_on_their_page(officer: Client, schools: Any) -> None:
    first, _second = schools
    base = f"/organisations/{first.uuid}"
    officer.post(f"{base}/ownership/", {"ownership": "mixed", "form": "shareholding"})
    holder = {"holder_name": "某某集团", "holder_kind": "state_enterprise", "share_percent": "51"}
    officer.post(f"{base}/holdings/", holder)
    campus = {"name": "北校区", "address": "北街1号", "region": "500118", "area_m2": "40000"}
    officer.post(f"{base}/campuses/", campus)
    page = text_of(officer.get(f"{base}/ties/"))
    for part in (
        "mixed ownership",
        "shareholding",
        "某某集团",
        "51 %",
        "北校区",
        "渝府发〔2023〕22号",
    ):
        assert part in page
    holding, place = first.holdings.get(), first.campuses.get()
    officer.post(f"/organisations/holdings/{holding.uuid}/end/", {"ends_on": "2030-01-01"})
    officer.post(f"/organisations/campuses/{place.uuid}/end/", {"ends_on": "2030-01-01"})
    assert first.holdings.get().ends_on == first.campuses.get().ends_on == datetime.date(2030, 1, 1)
    too_much = officer.post(f"{base}/holdings/", {**holder, "share_percent": "50"})
    assert "49 are left" in text_of(too_much)


def test_a_known_organisation_is_used_instead_of_a_new_one(officer: Client) -> None:
    known = organisation("重庆市永川区护士学校", key="A1")
    typed = {
        "name": "永川护士学校", "kind": "school", "stage": "secondary", "uscc": uscc(1),
        "address": "护士街1号",
    }  # fmt: skip
    page = officer.post("/organisations/register/", typed)
    assert f"/organisations/{known.uuid}/use/" in text_of(page)
    taken = {"take": ["uscc", "name"], "typed_uscc": uscc(1), "typed_name": "永川护校"}
    answer = officer.post(f"/organisations/{known.uuid}/use/", taken)
    assert answer["Location"] == f"/organisations/{known.uuid}/"
    known.refresh_from_db()
    assert (known.uscc, known.address, known.stage) == (uscc(1), "", "secondary")
    assert [a.text for a in known.aliases.all()] == ["永川护校"]


def test_duplicates_are_listed_compared_and_joined(officer: Client) -> None:
    kept = organisation("永川护士学校", key="A1", address="护士街1号")
    other = organisation("永川区护士学校", key="A2", school_code="3150123456", address="护士街1号")
    page = text_of(officer.get("/organisations/duplicates/?region=500118"))
    assert f"/organisations/{kept.uuid}/join/{other.uuid}/" in page
    address = f"/organisations/{kept.uuid}/join/{other.uuid}/"
    assert "3150123456" in text_of(officer.get(address))
    chosen = {"name": "kept", "school_code": "other", "reason": "地址和校长相同"}
    answer = officer.post(address, chosen)
    assert answer["Location"] == f"/organisations/{kept.uuid}/"
    kept.refresh_from_db()
    assert kept.school_code == "3150123456"
    assert Organisation.objects.count() == 1
    moved = officer.get(f"/organisations/{other.uuid}/")
    assert moved["Location"] == f"/organisations/{kept.uuid}/"
    assert queries.find_by_code("A2", viewer=SYSTEM) == kept
    assert {f.kind for f in FormerCode.objects.all()} == {"code", "uuid"}


def test_others_see_neither_events_nor_ties(schools: Any) -> None:
    first, second = schools
    event = actions.plan_event(
        plan=queries.Plan(
            kind="closing",
            effective_on=datetime.date(2099, 9, 1),
            document="批复",
            sources=(first,),
        ),
        by=SYSTEM,
        at=NOW,
    )
    pages = [f"/organisations/events/{event.uuid}/", f"/organisations/{first.uuid}/ties/"]
    elsewhere = browser(person("officer", region_scope("510115"), username="elsewhere"))
    neighbour = browser(person("school", second.scope, username="neighbour"))
    own = browser(person("school", first.scope, username="own"))
    for page in pages:
        assert [c.get(page).status_code for c in (elsewhere, neighbour, own)] == [404, 404, 200]
    assert own.get(f"/organisations/{first.uuid}/plan/closing/").status_code == 403


def test_the_api_previews_plans_and_takes_back(officer: Client, schools: Any) -> None:
    first, second = schools
    body = {
        **DECISION, "kind": "merger", "sources": [second.code], "target": first.code,
    }  # fmt: skip
    post = {"content_type": "application/json"}
    shown = officer.post("/api/v1/organisations/events/preview", body, **post).json()
    assert shown["problems"] == {}
    assert [(c["name"], c["text"]) for c in shown["changes"]][1:] == [
        ("永川第一职业学校", "takes in 永川第二职业学校")
    ]
    itself = {**body, "sources": [first.code]}
    refused = officer.post("/api/v1/organisations/events", itself, **post)
    assert (refused.status_code, list(refused.json()["data"]["fields"])) == (422, ["sources"])
    kept = officer.post("/api/v1/organisations/events", {**body, "seen": shown["digest"]}, **post)
    assert (kept.status_code, kept.json()["state"]) == (201, "planned")
    listed = officer.get("/api/v1/organisations/events?region=500118").json()
    assert [e["uuid"] for e in listed["events"]] == [kept.json()["uuid"]]
    undone = officer.post(
        f"/api/v1/organisations/events/{kept.json()['uuid']}/undo", {"reason": "调整"}, **post
    )
    assert undone.json()["state"] == "undone"
    heirs = officer.get(f"/api/v1/organisations/{second.uuid}/successors").json()
    assert [h["code"] for h in heirs] == ["A2"]
