from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from jiangxin.apps.reference import actions as reference_actions
from jiangxin.core.forms import LinkOption, clean, parse_form, resolver_of
from jiangxin.core.permissions import PUBLIC, SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, person, region, region_scope, viewer
from tests.apps.organisations.factories import organisation

pytestmark = pytest.mark.django_db


def search(to: str, text: str, *, by: Viewer = PUBLIC, **where: Any) -> list[str]:
    found = resolver_of(to).search(text, viewer=by, where=where, limit=20)
    assert all(isinstance(option, LinkOption) for option in found)
    return [option.label for option in found]


def load_programmes() -> None:
    region()
    header = reference_actions.EditionHeader("programmes", "test", starts_on=None)
    rows = [
        reference_actions.ProgrammeRow("secondary", "710204", "数字媒体技术应用", "计算机类", "电子与信息大类", False),
        reference_actions.ProgrammeRow("college", "510204", "数字媒体技术", "计算机类", "电子与信息大类", False),
        reference_actions.ProgrammeRow("bachelor", "310204", "数字媒体技术", "计算机类", "电子与信息大类", False),
    ]  # fmt: skip
    reference_actions.load_edition(header=header, rows=rows, by=SYSTEM, at=NOW)


def test_programmes_are_found_by_letters_and_narrowed_by_level() -> None:
    load_programmes()
    assert len(search("programme", "数字媒体")) == 3
    assert search("programme", "数字媒体", level="secondary") == ["数字媒体技术应用"]
    assert search("programme", "szmt", level="secondary") == ["数字媒体技术应用"]
    resolver = resolver_of("programme")
    assert resolver.missing(["710204", "510204", "1"], where={"level": "college"}) == {
        "710204",
        "1",
    }
    assert resolver.find("数字媒体技术应用", where={}) == "710204"
    # two programmes have this name; with the level it is one
    assert resolver.find("数字媒体技术", where={}) is None
    assert resolver.find("数字媒体技术", where={"level": "bachelor"}) == "310204"
    assert dict(resolver.labels(["710204", "9"])) == {"710204": "数字媒体技术应用"}


def test_regions_are_narrowed_by_level_and_by_what_lies_above() -> None:
    region()
    assert search("region", "区", level="county") == ["永川区", "温江区"]
    assert search("region", "区", within="510000") == ["温江区"]
    assert resolver_of("region").find("永川区", where={}) == "500118"


def test_organisations_of_others_are_chosen_from_the_public_list_only() -> None:
    organisation("永川第一职业学校", is_listed=True)
    hidden = organisation("温江内部学院", "510115", kind="enterprise", stage="", is_listed=False)
    organisation("温江职业学校", "510115", is_listed=True)
    officer = viewer(person("officer", region_scope("500118")))
    resident = viewer(person("officer", region_scope("510115")))
    assert search("organisation", "职业学校", by=officer) == ["永川第一职业学校", "温江职业学校"]
    assert search("organisation", "温江", by=officer) == ["温江职业学校"]
    assert search("organisation", "温江", by=resident) == ["温江内部学院", "温江职业学校"]
    assert search("organisation", "温江", by=resident, kind=["school"]) == ["温江职业学校"]
    resolver = resolver_of("organisation")
    # a name must not tell that an unlisted one exists
    assert resolver.find("温江内部学院", where={}) is None
    assert resolver.find(hidden.code, where={}) == hidden.code
    assert resolver.missing([hidden.code], where={"kind": ["school"]}) == {hidden.code}


def test_people_are_found_by_those_who_work_with_them_only() -> None:
    school = organisation("永川第一职业学校", is_listed=True)
    teacher = person("teacher", school.scope, name="赵老师")
    person("officer", region_scope("510115"), name="赵科员")
    inside = viewer(person("school", school.scope))
    outside = viewer(person("officer", region_scope("510115")))
    student = viewer(person("student", school.scope, name="赵同学"))
    assert search("person", "赵", by=inside) == ["赵同学", "赵老师"]
    assert search("person", "赵", by=inside, role="teacher") == ["赵老师"]
    assert search("person", "赵", by=outside) == ["赵科员"]
    assert search("person", "赵", by=student) == []
    assert search("person", "赵") == []
    resolver = resolver_of("person")
    assert resolver.find("赵老师", where={}) is None
    assert resolver.find(str(teacher.uuid), where={}) == str(teacher.uuid)
    unknown = str(uuid.uuid4())
    assert resolver.missing([str(teacher.uuid), unknown, "x"], where={}) == {unknown, "x"}
    assert dict(resolver.labels([str(teacher.uuid), "x"])) == {str(teacher.uuid): "赵老师"}


@pytest.mark.parametrize("kind", ["region", "programme", "occupation", "industry", "organisation", "person", "entry"])  # fmt: skip
def test_every_kind_answers_in_one_query_however_many_codes(kind: str, count_queries: Any) -> None:
    region()
    resolver = resolver_of(kind)
    codes = [str(uuid.uuid4()) for _ in range(30)]
    assert count_queries(lambda: resolver.labels(codes)) == 1
    assert count_queries(lambda: resolver.missing(codes, where={})) <= 1
    assert resolver.missing(codes, where={}) == set(codes)
    assert resolver.search("x", viewer=SYSTEM, where={}, limit=5) == []


def test_a_form_links_to_what_was_typed() -> None:
    school = organisation("永川第一职业学校", is_listed=True)
    form = parse_form(
        {
            "fields": {
                "base": {
                    "type": "link",
                    "to": "organisation",
                    "where": {"kind": ["school"]},
                    "label": {"en": "Base", "zh-Hans": "依托单位"},
                }
            }
        },
        code="form",
    )
    for typed in ("永川第一职业学校", school.code):
        assert clean(form, {"base": typed}).values["base"]["code"] == school.code
    assert [p.rule for p in clean(form, {"base": "没有这所学校"}).problems] == ["link"]


def test_the_box_is_answered_with_options() -> None:
    school = organisation("永川第一职业学校", is_listed=True)
    client = Client()
    client.force_login(person("officer", region_scope("500118")))
    query = {"name": "f-base", "f-base": "第一", "where": '{"kind": ["school"]}'}
    page = client.get("/links/organisation/", query, headers={"HX-Request": "true"})
    assert page.status_code == 200
    assert f'data-value="永川第一职业学校 [{school.code}]"' in page.content.decode()
    assert 'id="f-base-1"' in page.content.decode()
    query["f-base"] = ""
    assert "永川" not in client.get("/links/organisation/", query).content.decode()


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/links/nothing/?name=q&q=x", 404),
        ("/links/organisation/?name=q&q=x&where=nonsense", 422),
        ("/links/organisation/?name=q&q=x&where=[1]", 422),
        ('/links/organisation/?name=q&q=x&where={"password":"x"}', 200),
        ("/links/person/?q=%27%22<script>&name=q", 200),
    ],
)
def test_odd_questions_are_refused_or_answered_safely(address: str, status: int) -> None:
    client = Client()
    client.force_login(person("officer", region_scope("500118")))
    assert client.get(address).status_code == status


def test_the_public_is_sent_to_the_sign_in() -> None:
    region()
    assert Client().get("/links/organisation/?name=q&q=x").status_code in (302, 401, 403)
