from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jiangxin.apps.organisations import queries
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import TODAY, officer, person, region, viewer
from tests.apps.organisations.factories import bureau, organisation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "温江区晨光职业技术学校",
        "温江晨光职业技术学校",
        "区晨光职业技术学校",
        "成都市温江区晨光职业技术学校",
        "四川省成都市温江区晨光职业技术学校",
        "晨光职业技术学校",
        "晨光职中",  # alias
        "区晨光职中",
        " 温江区 晨光职业技术学校 ",
        "温江区晨光职业技术学校（本部）".replace("（本部）", ""),
    ],
)
def test_find_by_name_knows_a_school_under_its_names(text: str) -> None:
    school = organisation("温江区晨光职业技术学校", "510115", aliases=("晨光职中",))
    organisation("温江区晨星职业技术学校", "510115")
    found = queries.find_by_name(text, region=region("510115"), viewer=SYSTEM, on=TODAY)
    assert found.exact == school, found


def test_find_by_name_offers_candidates_instead_of_guessing() -> None:
    first = organisation("温江区晨光职业技术学校", "510115")
    organisation("温江区海棠护理学校", "510115")
    found = queries.find_by_name("晨光技术学校", region=region("510115"), viewer=SYSTEM, on=TODAY)
    assert found.exact is None
    assert [c.organisation for c in found.candidates] == [first]
    assert 0 < found.candidates[0].score <= 1
    assert found.candidates[0].reason
    nothing = queries.find_by_name("航天大学", region=region("510115"), viewer=SYSTEM, on=TODAY)
    assert (nothing.exact, nothing.candidates) == (None, ())


def test_authorities_of_the_same_name_are_told_apart_by_what_the_text_points_at() -> None:
    city = bureau("成都市教育局", "510100")
    district = bureau("温江区教育局", "510115")
    find = queries.resolver_for(region("510115"), viewer=SYSTEM, on=TODAY).find
    assert find("市教育局").exact == city
    assert find("区教育局").exact == district
    assert find("教育局").exact == district
    assert find("成都市教育局").exact == city
    assert find("成都教育局").exact == city


def test_authority_of_another_level_is_only_a_candidate() -> None:
    district = bureau("永川区教育委员会")
    find = queries.resolver_for(region(), viewer=SYSTEM, on=TODAY).find
    found = find("市教育委员会")
    assert found.exact is None
    assert [c.organisation for c in found.candidates] == [district]


def test_municipality_counts_as_city_for_the_bare_word() -> None:
    above = bureau("重庆市人力资源和社会保障局", "500000")
    bureau("永川区人力资源和社会保障局")
    find = queries.resolver_for(region(), viewer=SYSTEM, on=TODAY).find
    assert find("市人力资源和社会保障局").exact == above


def test_university_of_a_short_name_is_not_taken_for_another() -> None:
    organisation("重庆大学", "500000", stage="applied_university")
    found = queries.find_by_name("四川大学", region=region("500000"), viewer=SYSTEM, on=TODAY)
    assert found.exact is None


def test_find_by_name_sees_only_what_the_viewer_sees() -> None:
    school = organisation("永川区星河职业学校")
    find: Callable[..., Any] = queries.find_by_name
    arguments = {"region": region(), "on": TODAY}
    assert find("星河职业学校", viewer=officer(), **arguments).exact == school
    hidden = find("星河职业学校", viewer=officer("510115"), **arguments)
    assert (hidden.exact, hidden.candidates) == (None, ())


def test_resolver_costs_the_same_for_one_and_many(
    count_queries: Callable[[Callable[[], Any]], int],
) -> None:
    organisation("永川甲校")

    def resolve() -> None:
        resolver = queries.resolver_for(region(), viewer=SYSTEM, on=TODAY)
        for text in ("甲校", "永川甲校", "某校"):
            resolver.find(text)

    one = count_queries(resolve)
    for number in range(3):
        organisation(f"永川学校{number}", aliases=(f"校{number}",))
    assert count_queries(resolve) == one


def test_directory_is_scoped_and_public_sees_what_is_listed() -> None:
    hidden, listed = organisation("永川甲校"), organisation("永川乙校", is_listed=True)
    other = organisation("温江甲校", "510115")
    assert set(queries.organisations(viewer=officer())) == {hidden, listed}
    assert set(queries.organisations(viewer=officer("510115"))) == {other, listed}
    assert set(queries.organisations(viewer=PUBLIC)) == {listed}
    own = viewer(person("school", hidden.scope))
    assert set(queries.organisations(viewer=own)) == {hidden, listed}
    with pytest.raises(NotFound):
        queries.get_organisation(other.uuid, viewer=officer())


def test_organisations_within_a_path_are_it_and_its_parts() -> None:
    above = bureau()
    office = organisation("职成科", kind="office", stage="", parent=above)
    organisation("永川甲校")
    within = queries.organisations_within(above.scope.path, viewer=officer())
    assert set(within) == {above, office}
    assert not queries.organisations_within(above.scope.path, viewer=officer("510115")).exists()


def test_card_shows_details_only_within_the_scope() -> None:
    above = bureau(is_listed=False)
    school = organisation(
        is_listed=True, parent=above, contact_name="秘密联系人", contact_phone="138", notes="内部"
    )
    public = queries.card_of(school, viewer=PUBLIC, on=TODAY)
    assert (public.details, public.parent) == (None, None)
    inside = queries.card_of(school, viewer=officer(), on=TODAY)
    assert inside.details is not None
    assert (inside.details.contact_name, inside.details.notes) == ("秘密联系人", "内部")
    assert inside.parent == above


def test_matching_finds_by_name_alias_code_and_pinyin() -> None:
    school = organisation("永川星河学校", aliases=("XH职校",), school_code="3650000123")
    organisation("永川甲校")
    for text in ("星河", "xh职校", "36500001", "yong chuan xing"):
        assert list(queries.organisations(viewer=SYSTEM).matching(text)) == [school], text
    assert [hit.title for hit in queries.search(SYSTEM, "星河", on=TODAY)] == ["永川星河学校"]
    assert queries.search(officer("510115"), "星河", on=TODAY) == []
