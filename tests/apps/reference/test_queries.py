from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.reference import actions, queries
from jiangxin.apps.reference.queries import RegionNotFound
from jiangxin.core.permissions import PUBLIC

from .factories import AT, OFFICER_OF_EAST, OPERATOR, TODAY, load_country

pytestmark = pytest.mark.django_db
DAY = datetime.date


def codes(rows: object) -> list[str]:
    return [row.code for row in rows]  # type: ignore[attr-defined] -- any rows of a code list


def test_get_region_answers_for_the_day() -> None:
    load_country()
    load_country(("110001", "永安县", "county", "110000"), name="second", starts_on=DAY(2020, 1, 1))
    assert queries.get_region("110001", on=DAY(2019, 12, 31)).name == "乐安县"
    assert queries.get_region("110001", on=DAY(2020, 1, 1)).name == "永安县"


def test_get_region_unknown_names_code_and_day() -> None:
    with pytest.raises(RegionNotFound) as error:
        queries.get_region("999999", on=TODAY)
    assert error.value.data == {"code": "999999", "on": "2026-09-01"}


def test_tree_questions() -> None:
    load_country()
    assert queries.codes_within("100000", on=TODAY) == ["100000", "110000", "110001", "110002"]
    assert codes(queries.ancestors_of("110002", on=TODAY)) == ["000000", "100000", "110000"]
    assert codes(queries.children_of("000000", on=TODAY)) == ["100000", "200000"]
    assert queries.get_region("110002", on=TODAY).path == "000000/100000/110000/110002/"


def test_region_tree_lists_each_pair_once() -> None:
    load_country()
    tree = queries.region_tree(on=TODAY)
    # 1 nation, 2 provinces, 1 city, 2 counties: 1 + 2·2 + 3 + 2·4 pairs
    assert len(tree) == len(set(tree)) == 16
    assert ("000000", "110001", 3) in tree


def test_tree_follows_a_city_that_moves_to_another_province() -> None:
    load_country()
    load_country(("110000", "长安市", "city", "200000"), name="second", starts_on=DAY(2020, 1, 1))
    before, after = DAY(2019, 12, 31), DAY(2020, 1, 1)
    assert queries.codes_within("100000", on=before) == ["100000", "110000", "110001", "110002"]
    assert queries.codes_within("100000", on=after) == ["100000"]
    assert queries.codes_within("200000", on=after) == ["110000", "110001", "110002", "200000"]
    assert codes(queries.ancestors_of("110001", on=before)) == ["000000", "100000", "110000"]
    assert codes(queries.ancestors_of("110001", on=after)) == ["000000", "200000", "110000"]
    assert queries.get_region("110001", on=after).path == "000000/200000/110000/110001/"


def test_tree_survives_a_rename_above() -> None:
    load_country()
    actions.rename_region(code="100000", name="东方省", on=DAY(2020, 1, 1), by=OPERATOR, at=AT)
    for day, name in ((DAY(2019, 1, 1), "东省"), (DAY(2021, 1, 1), "东方省")):
        assert [r.name for r in queries.ancestors_of("110001", on=day)][1] == name
        assert len(queries.codes_within("100000", on=day)) == 4


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1100", ["110000", "110001", "110002"]),
        ("安", ["110000", "110001"]),
        ("lax", ["110001"]),
        ("chang an", ["110000"]),
        # 重 is read chóng here, not zhòng
        ("cqlq", ["110002"]),
        ("", ["000000", "100000", "110000", "110001", "110002", "200000"]),
        ("%", []),
    ],
)
def test_regions_are_found_by_code_name_and_pinyin(text: str, found: list[str]) -> None:
    load_country()
    assert codes(queries.regions(on=TODAY, text=text)) == found


def test_search_of_all_pages_is_open_to_the_public() -> None:
    load_country()
    hits = queries.search(PUBLIC, "乐安", on=TODAY)
    assert [(hit.title, hit.detail, hit.url) for hit in hits] == [
        ("乐安县", "110001", "/reference/regions/110001/")
    ]
    assert queries.search(PUBLIC, "  ", on=TODAY) == []


@pytest.mark.parametrize(
    ("day", "year"),
    [(DAY(2026, 8, 31), 2025), (DAY(2026, 9, 1), 2026), (DAY(2027, 1, 1), 2026)],
)
def test_school_year_begins_on_the_first_of_september(day: datetime.date, year: int) -> None:
    assert queries.school_year_of(day) == year


def test_terms_are_inferred_until_someone_sets_them() -> None:
    load_country()
    autumn, spring = queries.terms_for("110001", 2026)
    assert (autumn.starts_on, autumn.ends_on) == (DAY(2026, 9, 1), DAY(2027, 1, 21))
    assert (spring.starts_on, spring.ends_on) == (DAY(2027, 2, 20), DAY(2027, 7, 11))
    assert autumn.is_inferred
    assert autumn.last_day == DAY(2027, 1, 20)


def test_terms_come_from_the_nearest_region_above() -> None:
    load_country()
    far = {"autumn": (DAY(2026, 9, 2), DAY(2027, 1, 20))}
    near = {"autumn": (DAY(2026, 9, 3), DAY(2027, 1, 22))}
    for code, terms, by in (("000000", far, OPERATOR), ("110000", near, OFFICER_OF_EAST)):
        actions.set_terms(
            region_code=code, school_year=2026, terms=terms, source="notice", by=by, at=AT
        )
    assert [t.set_by for t in queries.terms_for("110001", 2026)] == ["110000", ""]
    assert [t.set_by for t in queries.terms_for("200000", 2026)] == ["000000", ""]
    assert queries.terms_for("110001", 2026)[0].starts_on == DAY(2026, 9, 3)


def test_region_page_counts_what_lies_below() -> None:
    load_country()
    shown = queries.region_page("000000", on=TODAY)
    assert list(shown.below.values()) == [2, 1, 2]
    assert shown.school_year_label == "2026/27"
