"""Pages and API of documents, targets and cascade: journeys through HTTP, and what does not leak."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from jiangxin.apps.accounts.models import User
from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import (
    ITEM_KINDS,
    Contradiction,
    DocumentLink,
    PolicyDocument,
    StoredFile,
    StrategyNode,
    Target,
)
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, person, region, region_scope
from tests.apps.policies import factories
from tests.apps.policies.texts import CHILD, PARENT

pytestmark = pytest.mark.django_db


def _client(kind: str = "officer", code: str = "500118") -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(person(kind, region_scope(code)))
    return client


def test_a_promise_becomes_a_bound_target_by_hand() -> None:
    region()
    officer, leader = _client(), _client("leader")
    file = SimpleUploadedFile("计划.txt", CHILD.encode("gb18030"))
    answer = officer.post(reverse("policies:import"), {"files": file}, follow=True)
    found = PolicyDocument.objects.get()
    assert answer.redirect_chain[-1][0] == reverse("policies:document", args=[found.uuid])
    page = answer.content.decode()
    assert "到2027年，“双师型”教师占比达到80%以上" in re.sub(r"<[^>]+>", "", page)
    assert page.count('class="mark mark-target') >= Target.objects.filter(document=found).count()

    row = factories.target(found)
    decide = reverse("policies:decide_item", args=["target", row.uuid])
    officer.post(decide, {"move": "accept", "version": 1})
    row.refresh_from_db()
    assert row.state == "accepted"
    officer.post(reverse("policies:accept_all", args=[found.uuid]))
    move = reverse("policies:move_document", args=[found.uuid])
    officer.post(move, {"move": "adopt"})
    refused = officer.post(move, {"move": "publish"})
    assert refused.status_code == 403
    leader.post(move, {"move": "publish"})
    found.refresh_from_db()
    assert found.state == "published"

    officer.post(
        reverse("policies:bind_target", args=[row.uuid]),
        {"indicator_code": "dual_qualified_rate", "version": row.version},
    )
    shown = Client().get(reverse("policies:target", args=[row.uuid]))
    assert shown.status_code == 200
    body = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", shown.content.decode()))
    assert "“双师型”教师占比达到80%以上" in body
    assert "永府办发〔2025〕7号" in body


def test_two_officers_correct_one_target_and_see_both_versions() -> None:
    found = factories.document()
    row = factories.target(found)
    first, second = _client(), _client()
    address = reverse("policies:correct_item", args=["target", row.uuid])
    form = {
        "version": 1,
        "metric": row.metric,
        "comparator": ">=",
        "unit": "%",
        "due_on": "2027-12-31",
        "scope_text": row.scope_text,
        "strength": row.strength,
    }
    assert first.post(address, {**form, "low": 81}).status_code == 302
    answer = second.post(address, {**form, "low": 82, "note": "核对原文"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "81" in page
    assert "82" in page
    assert "核对原文" in page  # nothing that was typed is lost
    row.refresh_from_db()
    assert row.low == 81
    again = second.post(address, {**form, "low": 82, "version": 2})
    assert again.status_code == 302
    row.refresh_from_db()
    assert (row.low, row.version) == (82, 3)


def test_a_decision_by_htmx_gives_the_page_that_a_reload_gives() -> None:
    found = factories.document()
    row = factories.target(found)
    client = _client()
    decide = reverse("policies:decide_item", args=["target", row.uuid])
    part = client.post(
        decide, {"move": "reject", "version": 1}, headers={"HX-Request": "true"}
    ).content.decode()
    whole = client.get(reverse("policies:document", args=[found.uuid])).content.decode()

    def bare(html: str) -> str:
        html = html[html.index('<div class="review-panes"') :]
        html = html[: html.index("</main>")] if "</main>" in html else html
        html = re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", html)
        return re.sub(r"\s+", "", html)

    assert bare(part) == bare(whole)


def test_correct_with_a_wrong_value_shows_the_error_beside_the_field() -> None:
    row = factories.target(factories.document())
    address = reverse("policies:correct_item", args=["target", row.uuid])
    answer = _client().post(
        address,
        {
            "version": 1,
            "metric": "x",
            "comparator": "range",
            "low": 9,
            "high": 3,
            "strength": "planned",
        },
    )
    assert answer.status_code == 422
    assert "not below the lower" in answer.content.decode()


def test_add_item_by_its_words_across_a_line_wrap() -> None:
    found = factories.document(CHILD.replace("进校园", "进\n校园"))
    address = reverse("policies:add_item", args=[found.uuid, "milestone"])
    form = {"milestone": "非遗工坊", "milestone_kind": "one-off", "words": "非遗工坊进校园"}
    assert _client().post(address, form).status_code == 302
    item = ITEM_KINDS["milestone"]._default_manager.get(document=found, origin="person")
    assert found.text[item.start : item.end] == "非遗工坊进\n校园"
    wrong = _client().post(address, {**form, "words": "没有这句话"})
    assert wrong.status_code == 422
    assert "not in the text" in wrong.content.decode()


def test_import_of_several_files_keeps_the_good_ones() -> None:
    region()
    files = [
        SimpleUploadedFile("好.txt", CHILD.encode()),
        SimpleUploadedFile("坏.pdf", b"%PDF-1.4 nothing"),
        SimpleUploadedFile("空.txt", b" "),
    ]
    answer = _client().post(reverse("policies:import"), {"files": files})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "坏.pdf" in page
    assert f"“{PolicyDocument.objects.get().title}” was imported." in page


def test_large_files_are_read_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    from jiangxin.apps.policies.views import documents as views
    from jiangxin.core import jobs
    from jiangxin.core.models import Job

    monkeypatch.setattr(views, "AT_ONCE_BYTES", 10)
    region()
    user = person("officer")
    monkeypatch.setattr(jobs, "viewer_of", lambda _id: SYSTEM)
    client = Client()
    client.force_login(user)
    client.post(reverse("policies:import"), {"files": SimpleUploadedFile("a.txt", CHILD.encode())})
    job = Job.objects.get()
    jobs.run.func(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["bad"]) == ("done", [])
    assert PolicyDocument.objects.get().title in job.result["imported"]


def _routes(found: PolicyDocument) -> dict[str, str]:
    row = factories.target(found)
    link = DocumentLink.objects.get(child=found)
    pair = link.pairs.first()
    assert pair is not None
    node = StrategyNode.objects.filter(document=found).first() or actions.add_strategy_node(
        document=found, kind="goal", title="目标一", by=SYSTEM, at=NOW
    )
    clash = Contradiction.objects.filter(targets__document=found).first()
    assert clash is not None
    clause = found.clauses.first()
    assert clause is not None
    one = {
        name: reverse(f"policies:{name}", args=[found.uuid])
        for name in (
            "document",
            "describe",
            "move_document",
            "accept_all",
            "confirm_bindings",
            "original",
            "document_tree",
            "add_strategy",
            "document_links",
            "add_link",
        )
    }
    return {
        **one,
        "add_item": reverse("policies:add_item", args=[found.uuid, "target"]),
        "remove_strategy": reverse("policies:remove_strategy", args=[found.uuid, node.uuid]),
        "clause": reverse("policies:clause", args=[clause.uuid]),
        "decide_item": reverse("policies:decide_item", args=["target", row.uuid]),
        "correct_item": reverse("policies:correct_item", args=["target", row.uuid]),
        "target": reverse("policies:target", args=[row.uuid]),
        "bind_target": reverse("policies:bind_target", args=[row.uuid]),
        "reject_indicator": reverse("policies:reject_indicator", args=[row.uuid]),
        "assign_target": reverse("policies:assign_target", args=[row.uuid]),
        "decide_contradiction": reverse("policies:decide_contradiction", args=[clash.uuid]),
        "cascade": reverse("policies:cascade", args=[link.uuid]),
        "decide_link": reverse("policies:decide_link", args=[link.uuid]),
        "compare": reverse("policies:compare", args=[link.uuid]),
        "add_pair": reverse("policies:add_pair", args=[link.uuid]),
        "decide_pair": reverse("policies:decide_pair", args=[pair.uuid]),
        "api_document": f"/api/v1/policies/documents/{found.uuid}",
        "api_clauses": f"/api/v1/policies/documents/{found.uuid}/clauses",
        "api_items": f"/api/v1/policies/documents/{found.uuid}/items",
        "api_target": f"/api/v1/policies/targets/{row.uuid}",
        "api_link": f"/api/v1/policies/links/{link.uuid}",
    }


READS = (
    "document",
    "original",
    "document_tree",
    "document_links",
    "clause",
    "target",
    "cascade",
    "api_document",
    "api_clauses",
    "api_items",
    "api_target",
    "api_link",
)


def test_pages_of_a_document_are_closed_to_other_regions() -> None:
    factories.published(PARENT)
    found = factories.adopted()
    routes = _routes(found)
    mine, stranger, public = _client(), _client("officer", "510115"), Client()
    before = list(Target.objects.order_by("pk").values())
    for name, address in routes.items():
        if name in READS:
            own = mine.get(address)
            assert own.status_code == 200, name
            for other in (stranger, public):
                answer = other.get(address)
                assert answer.status_code == 404, name
                assert str(found.uuid) not in answer.content.decode().replace(address, "")
                assert found.title not in answer.content.decode()
        else:
            assert stranger.post(address, {}).status_code == 404, name
            assert public.post(address, {}).status_code == 302, name
    assert list(Target.objects.order_by("pk").values()) == before


def test_lists_show_only_what_the_reader_may_see() -> None:
    found = factories.adopted()
    for name in ("documents", "targets", "contradictions"):
        address = reverse(f"policies:{name}") + "?region=500118"
        for query in ("", "&format=xlsx"):
            assert _client().get(address + query).status_code == 200
        stranger = _client("officer", "510115").get(address).content.decode()
        assert found.title not in stranger
        assert "双师型" not in stranger
    assert found.title in _client().get(reverse("policies:documents")).content.decode()
    api = _client("officer", "510115").get("/api/v1/policies/targets").json()
    assert api == {"total": 0, "items": []}


def test_pages_do_not_ask_more_for_more_rows(count_queries: Callable[[Any], int]) -> None:
    factories.published(PARENT)
    factories.published()
    client = Client()
    client.force_login(User.objects.get(pk=person("officer").pk))
    addresses = [
        reverse("policies:documents"),
        reverse("policies:targets") + "?region=500000",
        reverse("policies:document", args=[PolicyDocument.objects.get(region__code="500118").uuid]),
    ]
    client.get(addresses[0])
    many = [count_queries(lambda a=address: client.get(a)) for address in addresses]
    keep = Target.objects.filter(document__region__code="500118").first()
    assert keep is not None
    for model in ITEM_KINDS.values():
        model._default_manager.exclude(uuid=keep.uuid).delete()
    PolicyDocument.objects.filter(region__code="500000").delete()
    few = [count_queries(lambda a=address: client.get(a)) for address in addresses]
    assert many == few


def test_api_decides_like_the_page_and_answers_a_clash_with_both_versions() -> None:
    row = factories.target(factories.document())
    client = _client()
    address = f"/api/v1/policies/items/target/{row.uuid}/decision"

    def send(**body: Any) -> Any:
        return client.post(address, json.dumps(body), content_type="application/json")

    done = send(move="correct", version=1, values={"low": 81.5}).json()
    assert (done["item"]["state"], done["item"]["values"]["low"]) == ("corrected", 81.5)
    clash = send(move="correct", version=1, values={"low": 82})
    assert clash.status_code == 409
    assert clash.json()["code"] == "item_changed"
    assert clash.json()["data"]["theirs"]["low"] == 81.5
    assert send(move="correct", version=2, values={"nonsense": 1}).status_code == 422
    assert send(move="correct", version=2, values={"due_on": "2027-13-01"}).status_code == 422
    assert send(move="fly", version=2).status_code == 422


def test_api_imports_a_file() -> None:
    region()
    client = _client()
    files = {"file": SimpleUploadedFile("a.txt", CHILD.encode())}
    first = client.post("/api/v1/policies/documents", files)
    assert first.status_code == 201
    assert first.json()["document"]["document_number"] == "永府办发〔2025〕7号"
    files = {"file": SimpleUploadedFile("b.txt", CHILD.encode())}
    assert client.post("/api/v1/policies/documents", files).json()["is_new"] is False
    files = {"file": SimpleUploadedFile("c.txt", b"")}
    assert client.post("/api/v1/policies/documents", files).status_code == 422


def test_why_without_the_text_gives_the_citation_and_the_way_to_import() -> None:
    found = actions.record_document(
        facts=factories.facts(), region=region(), by=SYSTEM, at=NOW
    ).document
    row = Target.objects.filter(document=found).first()
    assert row is not None
    page = Client().get(reverse("policies:target", args=[row.uuid])).content.decode()
    assert "永府办发〔2025〕7号" in page
    assert row.place in page
    assert "jiangxin policies import" in page


def test_the_public_and_other_regions_see_published_values_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = [indicators.Seen(2025, 0.61, "computed", False, "")]
    monkeypatch.setattr(
        indicators,
        "published_in",
        lambda regions, *, codes: {("dual_qualified_rate", "region", "500118"): seen},
    )
    row = factories.bound(factories.published())
    for reader in (Client(), _client("officer", "510115")):
        page = reader.get(reverse("policies:target", args=[row.uuid]))
        assert page.status_code == 200
        assert "61%" in page.content.decode()
    inside = _client().get(reverse("policies:target", args=[row.uuid])).content.decode()
    assert "61%" not in inside  # an officer of the region sees what was computed, not the copy


def test_a_file_of_50_megabytes_is_refused_before_it_is_kept() -> None:
    region()
    big = SimpleUploadedFile("大.pdf", b"%PDF" + b"x" * 50_000_000)
    answer = _client().post(reverse("policies:import"), {"files": big})
    assert answer.status_code == 422
    assert "larger than" in answer.content.decode()
    assert not StoredFile.objects.exists()
