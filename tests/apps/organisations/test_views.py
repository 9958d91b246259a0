from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jiangxin.apps.organisations.models import Import, Organisation
from jiangxin.core import jobs
from jiangxin.core.models import Job
from tests.apps.accounts.factories import browser, person, region_scope
from tests.apps.organisations.factories import bureau, organisation, sheet, uscc

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def officer() -> Client:
    """A browser in which an officer of the district is signed in."""
    return browser(person("officer"))


@pytest.fixture
def stranger() -> Client:
    """A browser in which an officer of another district is signed in."""
    return browser(person("officer", region_scope("510115")))


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_directory_shows_what_the_viewer_may_see(officer: Client, stranger: Client) -> None:
    organisation("永川内部学校")
    organisation("永川公开学校", is_listed=True, is_simulated=True)
    own = text_of(officer.get("/organisations/?region=500118"))
    assert "永川内部学校" in own
    assert "永川公开学校" in own
    for other in (stranger, browser()):
        page = text_of(other.get("/organisations/?region=500118"))
        assert "永川公开学校" in page
        assert "永川内部学校" not in page
        book = other.get("/organisations/?region=500118&format=xlsx").content
        cells = [c.value for r in openpyxl.load_workbook(io.BytesIO(book)).active for c in r]
        assert "永川公开学校" in cells
        assert "永川内部学校" not in cells


def test_directory_searches_filters_and_sorts(officer: Client) -> None:
    organisation("永川甲校", aliases=("星河职校",))
    bureau("永川乙局")
    assert "永川乙局" not in text_of(officer.get("/organisations/?q=星河", headers=HX))
    assert "永川甲校" not in text_of(officer.get("/organisations/?kind=bureau"))
    page = text_of(officer.get("/organisations/?sort=-name"))
    assert page.index("永川乙局") < page.index("永川甲校")


def test_directory_costs_the_same_for_one_and_three(
    officer: Client, count_queries: Callable[[Callable[[], Any]], int]
) -> None:
    above = bureau()
    organisation("永川甲校", parent=above)
    officer.get("/organisations/")
    one = count_queries(lambda: officer.get("/organisations/"))
    organisation("永川乙校", parent=above)
    organisation("永川丙校", parent=above)
    assert count_queries(lambda: officer.get("/organisations/")) == one


def test_page_of_an_organisation(officer: Client, stranger: Client) -> None:
    above = bureau("永川内部局")
    school = organisation(
        "永川公开学校", is_listed=True, parent=above, contact_name="秘密联系人", aliases=("别称",)
    )
    person("school", school.scope, name="学校干事")
    own = text_of(officer.get(f"/organisations/{school.uuid}/"))
    assert "秘密联系人" in own
    assert "永川内部局" in own
    for other in (stranger, browser()):
        page = text_of(other.get(f"/organisations/{school.uuid}/"))
        assert "永川公开学校" in page
        assert "别称" in page
        for secret in ("秘密联系人", "永川内部局", "学校干事", str(above.uuid)):
            assert secret not in page
        assert other.get(f"/organisations/{above.uuid}/").status_code == 404
    api = stranger.get(f"/api/v1/organisations/{school.uuid}").json()
    assert api["details"] is None
    assert api["organisation"]["parent_code"] == ""
    api = officer.get(f"/api/v1/organisations/{school.uuid}").json()
    assert api["details"]["contact_name"] == "秘密联系人"
    assert api["organisation"]["parent_code"] == above.code


def test_register_shows_similar_ones_and_then_registers(officer: Client) -> None:
    known = organisation("重庆市永川区护士学校")
    form = {"name": "永川护士学校", "kind": "school", "stage": "secondary", "uscc": "12"}
    page = officer.post("/organisations/register/", form)
    assert "The last one must fit" in text_of(page) or "18 characters" in text_of(page)
    form["uscc"] = uscc(1)
    page = officer.post("/organisations/register/", form)
    assert str(known.uuid) in text_of(page)
    assert Organisation.objects.count() == 1
    assert "How you know that it is another one" in text_of(page)
    unsaid = officer.post("/organisations/register/", {**form, "is_new": "on"})
    assert "Say how you know that it is another one." in text_of(unsaid)
    known_by = {"is_new": "on", "difference": "护士学校另有其校"}
    answer = officer.post("/organisations/register/", {**form, **known_by})
    made = Organisation.objects.get(uscc=uscc(1))
    assert answer["Location"] == f"/organisations/{made.uuid}/"


def test_page_and_api_register_alike(officer: Client, stranger: Client) -> None:
    body = {"name": "永川星河学校", "kind": "school", "stage": "secondary", "region_code": "500118"}
    post = {"content_type": "application/json"}
    refused = stranger.post("/api/v1/organisations/", body, **post)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    bad = officer.post("/api/v1/organisations/", {**body, "uscc": "1"}, **post)
    assert bad.status_code == 422
    assert list(bad.json()["data"]["fields"]) == ["uscc"]
    good = officer.post("/api/v1/organisations/", body, **post)
    assert (good.status_code, good.json()["name"]) == (201, "永川星河学校")
    again = officer.post("/api/v1/organisations/", body, **post)
    assert again.status_code == 422
    named = officer.get("/api/v1/organisations/named?text=星河学校&region=500118").json()
    assert named["exact"]["name"] == "永川星河学校"


def test_acts_on_an_organisation(officer: Client) -> None:
    school = organisation("永川甲校")
    base = f"/organisations/{school.uuid}"
    for path in ("edit", "rename", "close"):
        assert officer.get(f"{base}/{path}/").status_code == 200
    officer.post(f"{base}/edit/", {"stage": "technician", "address": "学府路"})
    officer.post(
        f"{base}/rename/", {"name": "永川乙校", "starts_on": "2026-01-01", "seen": "永川甲校"}
    )
    conflict = officer.post(
        f"{base}/rename/", {"name": "永川丙校", "starts_on": "2026-02-01", "seen": "永川甲校"}
    )
    assert "永川乙校" in text_of(conflict)
    officer.post(f"{base}/aliases/", {"text": "乙职校"})
    assert "required" in text_of(officer.post(f"{base}/aliases/", {"text": ""}))
    officer.post(f"/organisations/aliases/{school.aliases.get().uuid}/remove/")
    officer.post(f"{base}/close/", {"ends_on": "2026-03-01"})
    school.refresh_from_db()
    assert (school.name, school.stage, school.address) == ("永川乙校", "technician", "学府路")
    assert not school.aliases.exists()
    assert str(school.ends_on) == "2026-03-01"


@pytest.mark.parametrize("path", ["edit/", "rename/", "close/", "aliases/"])
def test_acts_from_outside_are_refused(path: str, stranger: Client) -> None:
    listed, hidden = organisation("永川甲校", is_listed=True), organisation("永川乙校")
    assert stranger.post(f"/organisations/{listed.uuid}/{path}", {}).status_code == 403
    assert stranger.post(f"/organisations/{hidden.uuid}/{path}", {}).status_code == 404


def test_import_from_upload_to_saved_rows(officer: Client, stranger: Client) -> None:
    heads = ["Official name", "Kind", "School stage"]
    rows = [["永川甲校", "school", "secondary"], ["永川坏校", "castle", ""]]
    file = SimpleUploadedFile("a.xlsx", sheet(heads, rows))
    answer = officer.post("/organisations/imports/", {"file": file})
    made = Import.objects.get()
    base = f"/organisations/imports/{made.uuid}/"
    assert answer["Location"] == base
    assert "every 2s" in text_of(officer.get(base, headers=HX))
    jobs.run.func(Job.objects.get(task="organisations.check_import").pk)
    page = text_of(officer.get(base))
    assert "castle" in page
    assert "every 2s" not in page
    assert officer.post(f"{base}apply/").status_code == 409
    book = openpyxl.load_workbook(io.BytesIO(officer.get(f"{base}corrected.xlsx").content))
    assert book.worksheets[1]["A2"].value == 3
    officer.post(f"{base}apply/", {"skip_bad": "yes"})
    jobs.run.func(Job.objects.get(task="organisations.apply_import").pk)
    assert list(Organisation.objects.values_list("name", flat=True)) == ["永川甲校"]
    assert "a.xlsx" in text_of(officer.get("/organisations/imports/"))
    assert "a.xlsx" in text_of(officer.get("/notices/"))
    for path in ("", "corrected.xlsx"):
        assert stranger.get(base + path).status_code == 404
    for path in ("apply/", "discard/"):
        assert stranger.post(base + path).status_code == 404
    assert "a.xlsx" not in text_of(stranger.get("/organisations/imports/"))


def test_template_and_export_are_workbooks_with_the_headings(officer: Client) -> None:
    organisation("永川甲校")
    for path in ("template.xlsx", "export.xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(officer.get(f"/organisations/{path}").content))
        assert book.worksheets[0]["B1"].value == "Official name"
    assert book.worksheets[0]["B2"].value == "永川甲校"


def test_a_file_over_the_limit_is_refused_before_it_is_kept(officer: Client, settings: Any) -> None:
    settings.UPLOAD_LIMIT = 2 * 1024 * 1024
    file = SimpleUploadedFile("big.xlsx", b"0" * (settings.UPLOAD_LIMIT + 1))
    page = text_of(officer.post("/organisations/imports/", {"file": file}))
    assert "more than 2 MB" in page
    empty = text_of(officer.post("/organisations/imports/", {"file": SimpleUploadedFile("e", b"")}))
    assert "empty" in empty
    assert not Import.objects.exists()
