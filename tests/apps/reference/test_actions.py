from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction

from jiangxin.apps.reference import actions, queries, sheets
from jiangxin.apps.reference.models import (
    Edition,
    Industry,
    Occupation,
    Programme,
    Region,
    RegionClosure,
    Term,
)
from jiangxin.core.errors import Conflict, Invalid, NotPermitted
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import PUBLIC, SYSTEM, Grant, Viewer

from .factories import AT, OFFICER_OF_EAST, OPERATOR, TODAY, division_rows, load_country

pytestmark = pytest.mark.django_db
DAY = datetime.date


def numbers(outcome: actions.Outcome) -> tuple[int, int, int, int]:
    return outcome.added, outcome.changed, outcome.ended, outcome.unchanged


def test_load_edition_twice_changes_nothing() -> None:
    assert numbers(load_country()) == (6, 0, 0, 0)
    again = load_country()
    assert numbers(again) == (0, 0, 0, 6)
    assert again.is_nothing
    assert Edition.objects.count() == 1
    assert AuditRow.objects.count() == 1


def test_load_edition_keeps_what_did_not_change() -> None:
    load_country()
    outcome = load_country(
        ("110001", "永安县", "county", "110000"),
        ("200000", "", "", ""),
        ("300000", "南省", "province", "000000"),
        name="second",
        starts_on=DAY(2020, 1, 1),
    )
    assert numbers(outcome) == (1, 1, 1, 4)
    kept = list(Region.objects.order_by("id").values_list("code", "name", "starts_on", "ends_on"))
    day = DAY(2020, 1, 1)
    assert sorted(kept, key=str) == sorted(
        [
            ("000000", "国", None, None),
            ("100000", "东省", None, None),
            ("110000", "长安市", None, None),
            ("110001", "乐安县", None, day),
            ("110001", "永安县", day, None),
            ("110002", "重庆路区", None, None),
            ("200000", "西省", None, day),
            ("300000", "南省", day, None),
        ],
        key=str,
    )


def test_load_edition_of_additions_ends_nothing() -> None:
    load_country()
    header = actions.EditionHeader(
        "divisions", "more", starts_on=DAY(2020, 1, 1), is_complete=False
    )
    row = actions.DivisionRow("210000", "新市", "city", "200000")
    outcome = actions.load_edition(header=header, rows=[row], by=OPERATOR, at=AT)
    assert numbers(outcome) == (1, 0, 0, 0)
    assert queries.get_region("210000", on=TODAY).path == "000000/200000/210000/"
    assert Region.objects.filter(ends_on__isnull=False).count() == 0


def test_load_edition_dry_run_writes_nothing() -> None:
    load_country()
    outcome = load_country(
        ("110001", "永安县", "county", "110000"),
        name="second",
        starts_on=DAY(2020, 1, 1),
        is_dry_run=True,
    )
    assert numbers(outcome) == (0, 1, 0, 5)
    assert outcome.is_dry_run
    assert Edition.objects.count() == 1
    assert Region.objects.count() == 6


def test_load_edition_that_changes_rows_needs_a_first_day() -> None:
    load_country()
    with pytest.raises(actions.DateMissing):
        load_country(("110001", "永安县", "county", "110000"), name="second")


def test_load_edition_earlier_than_what_it_changes() -> None:
    load_country(starts_on=DAY(2020, 1, 1))
    with pytest.raises(actions.EditionTooEarly):
        load_country(
            ("110001", "永安县", "county", "110000"), name="older", starts_on=DAY(2019, 1, 1)
        )


def test_load_edition_of_the_same_name_with_other_rows() -> None:
    load_country()
    with pytest.raises(Conflict):
        load_country(("110001", "永安县", "county", "110000"), starts_on=DAY(2020, 1, 1))


@pytest.mark.parametrize(
    "by",
    [
        PUBLIC,
        OFFICER_OF_EAST,
        # an operator of one province does not decide for the whole country
        Viewer(
            user_id=3,
            grants=(Grant("operator", frozenset({"reference.load"}), "000000/100000/"),),
        ),
    ],
)
def test_load_edition_refuses_others(by: Viewer) -> None:
    header = actions.EditionHeader("divisions", "x")
    with pytest.raises(NotPermitted):
        actions.load_edition(header=header, rows=division_rows(), by=by, at=AT)
    assert Region.objects.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        ("110001", "乐安县", "county", "119999"),
        ("110000", "长安市", "city", "110001"),
    ],
)
def test_load_edition_without_a_way_to_the_nation(change: tuple[str, str, str, str]) -> None:
    with pytest.raises(actions.NoWayUp):
        load_country(change)
    assert Edition.objects.count() == 0


def test_rename_region_names_the_successor() -> None:
    load_country()
    new = actions.rename_region(
        code="110001", name="永安县", on=DAY(2024, 5, 1), by=OPERATOR, at=AT
    )
    old, now = queries.history_of("110001")
    assert (old.name, old.ends_on, old.successor) == ("乐安县", DAY(2024, 5, 1), new)
    assert (now.name, now.starts_on, now.ends_on) == ("永安县", DAY(2024, 5, 1), None)
    assert AuditRow.objects.last().data["name"] == ["乐安县", "永安县"]  # type: ignore[union-attr]


def test_merge_regions_ends_them_and_names_the_heir() -> None:
    load_country()
    heir = actions.merge_regions(
        codes=["110001"], into="110002", on=DAY(2024, 5, 1), by=OPERATOR, at=AT
    )
    assert queries.find_region("110001", on=DAY(2024, 5, 1)) is None
    assert queries.history_of("110001")[0].successor == heir
    assert queries.codes_within("110000", on=DAY(2024, 4, 30)) == ["110000", "110001", "110002"]
    assert queries.codes_within("110000", on=DAY(2024, 5, 1)) == ["110000", "110002"]


@pytest.mark.parametrize(("codes", "into"), [(["110002"], "110002"), (["110000"], "200000")])
def test_merge_regions_refuses_itself_and_parents(codes: list[str], into: str) -> None:
    load_country()
    with pytest.raises(Invalid):
        actions.merge_regions(codes=codes, into=into, on=TODAY, by=OPERATOR, at=AT)
    assert not Region.objects.filter(ends_on__isnull=False).exists()


def test_set_terms_refuses_another_region() -> None:
    load_country()
    terms = {"autumn": (DAY(2026, 9, 1), DAY(2027, 1, 20))}
    with pytest.raises(NotPermitted):
        actions.set_terms(
            region_code="200000",
            school_year=2026,
            terms=terms,
            source="x",
            by=OFFICER_OF_EAST,
            at=AT,
        )
    assert not Term.objects.exists()


@pytest.mark.parametrize(
    "spring", [(DAY(2027, 1, 19), DAY(2027, 7, 1)), (DAY(2027, 7, 1), DAY(2027, 3, 1))]
)
def test_set_terms_refuses_overlap_and_reversal(spring: tuple[DAY, DAY]) -> None:
    load_country()
    terms = {"autumn": (DAY(2026, 9, 1), DAY(2027, 1, 20)), "spring": spring}
    with pytest.raises(Invalid):
        actions.set_terms(
            region_code="110000", school_year=2026, terms=terms, source="x", by=OPERATOR, at=AT
        )


def test_one_code_has_one_row_in_force() -> None:
    load_country()
    region = Region.objects.get(code="110001")
    region.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        region.save(force_insert=True)


def test_period_runs_forward() -> None:
    load_country()
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.filter(code="110001").update(starts_on=TODAY, ends_on=TODAY)


def test_the_shipped_lists_load_and_load_again() -> None:
    first = sheets.load_reference(by=SYSTEM, at=AT)
    assert [(o.kind, o.added) for o in first] == [
        ("divisions", 3342),
        ("programmes", 1349),
        ("occupations", 2083),
        ("industries", 1968),
    ]
    assert all(o.is_nothing for o in sheets.load_reference(by=SYSTEM, at=AT))
    assert [Region.objects.count(), Programme.objects.count()] == [3342, 1349]
    assert [Occupation.objects.count(), Industry.objects.count()] == [2083, 1968]
    # a pair for each region and each region above it or itself, counted from the paths
    depths = [path.count("/") for path in Region.objects.values_list("path", flat=True)]
    assert RegionClosure.objects.count() == sum(depths)
    # 26 districts, 8 counties and 4 autonomous counties of Chongqing
    assert queries.children_of("500000", on=TODAY).count() == 38
    assert queries.get_region("500118", on=TODAY).name == "永川区"
    assert queries.get_region("510115", on=TODAY).path == "000000/510000/510100/510115/"
