"""Two entries of one organisation become one, and nothing that hung on the other is lost."""

from __future__ import annotations

from typing import Any

import pytest

from jiangxin.apps.accounts.models import Role, Scope
from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import Organisation, SchoolYear
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, officer, person, region
from tests.apps.organisations.factories import organisation, uscc

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Organisation, Organisation]:
    kept = organisation("永川护士学校", key="A1", uscc=uscc(1), address="护士街1号")
    return kept, organisation("永川区护士学校", key="A2", uscc=uscc(2), notes="旧档案")


def join(kept: Organisation, other: Organisation, *fields: str, by: Any = SYSTEM) -> Organisation:
    return actions.join_duplicates(
        kept=kept, other=other, from_other=fields, reason="同一所学校", by=by, at=NOW
    )


def test_all_rows_of_the_other_move(two: Any) -> None:
    kept, other = two
    teacher = person("teacher", other.scope, username="t")
    part = organisation("护校培训部", kind="institute", stage="", parent=other, key="P")
    actions.record_school_year(
        organisation=other, year=2025, values={"students": 100}, source="年报", by=SYSTEM, at=NOW
    )
    actions.open_campus(
        organisation=other, name="南校区", address="南街1号", region=region(), by=SYSTEM, at=NOW
    )
    join(kept, other, "notes")
    kept.refresh_from_db()
    part.refresh_from_db()
    assert not Organisation.objects.filter(pk=other.pk).exists()
    assert not Scope.objects.filter(pk=other.scope_id).exists()
    assert Role.objects.get(user=teacher).scope == kept.scope
    assert part.parent == kept
    assert Scope.objects.get(pk=part.scope_id).path == f"{kept.scope.path}@P/"
    assert SchoolYear.objects.get().organisation == kept
    assert kept.campuses.get().name == "南校区"
    assert (kept.notes, kept.uscc) == ("旧档案", uscc(1))
    for code in ("A2", uscc(2)):
        assert queries.find_by_code(code, viewer=SYSTEM) == kept
    found = queries.find_by_name("永川区护士学校", region=region(), viewer=SYSTEM, on=TODAY)
    assert found.exact == kept
    assert queries.paths_by_code(["A2"]) == {"A2": kept.scope.path}


def test_a_year_that_both_have_stays_as_kept_and_the_other_is_in_the_trail(two: Any) -> None:
    for row, students in zip(two, (120, 100), strict=True):
        actions.record_school_year(
            organisation=row, year=2025, values={"students": students}, source="年报",
            by=SYSTEM, at=NOW,
        )  # fmt: skip
    join(*two)
    assert SchoolYear.objects.get().values["students"] == 120
    trail = AuditRow.objects.get(event="organisations.duplicates.joined").data
    assert [row["values"] for row in trail["removed"]] == [{"students": 100}]
    assert trail["other"][:2] == ["A2", "永川区护士学校"]
    assert ["organisations.SchoolYear.organisation", 0, 1] in trail["rows"]


def test_values_of_the_other_can_be_taken_field_by_field(two: Any) -> None:
    kept, other = two
    join(kept, other, "name", "uscc")
    kept.refresh_from_db()
    assert (kept.name, kept.uscc, kept.address) == ("永川区护士学校", uscc(2), "护士街1号")
    assert [n.name for n in kept.names.all()] == ["永川区护士学校"]
    # what it was called wrongly, and the code that gave way, still lead to it
    for text in ("永川护士学校", "永川区护士学校"):
        assert queries.find_by_name(text, region=region(), viewer=SYSTEM, on=TODAY).exact == kept
    assert queries.find_by_code(uscc(1), viewer=SYSTEM) == kept


def test_the_trail_keeps_contact_and_notes_out(two: Any) -> None:
    join(*two, "notes")
    trail = AuditRow.objects.get(event="organisations.duplicates.joined").data
    assert trail["taken_over"] == {"notes": "taken over"}


def test_what_cannot_be_the_same_is_refused(two: Any) -> None:
    kept, other = two
    firm = organisation("永川护士用品公司", kind="enterprise", stage="", key="E")
    part = organisation("护校附属实训中心", parent=kept, key="P")
    for second in (kept, firm, part):
        with pytest.raises(Invalid):
            join(kept, second)
    with pytest.raises(Invalid):
        actions.join_duplicates(
            kept=kept, other=other, from_other=(), reason=" ", by=SYSTEM, at=NOW
        )
    with pytest.raises(NotPermitted):
        join(kept, other, by=officer("510115"))
    assert Organisation.objects.count() == 4


def test_likely_pairs_are_found_by_name_sound_and_address() -> None:
    one = organisation("永川护士学校", key="A1")
    two = organisation("重庆市永川区护士学校", key="A2")  # the same but for the region
    three = organisation("永川信息学校", key="A3", address="和平路 8 号")
    four = organisation(
        "永川新西学校", key="A4", address="和平路8号"
    )  # sounds the same, same place
    organisation("永川卫生学校", key="A5")
    pairs = queries.likely_duplicates(region=region(), viewer=SYSTEM, on=TODAY)
    assert [({p.one, p.other}, len(p.reasons)) for p in pairs] == [
        ({three, four}, 2),
        ({one, two}, 1),
    ]


def test_bureaus_of_two_districts_are_no_duplicates() -> None:
    for code in ("500118", "510115"):
        organisation("教育局", code, kind="bureau", stage="", key=f"B{code}")
    assert queries.likely_duplicates(region=region("000000"), viewer=SYSTEM, on=TODAY) == []


def test_a_name_that_sounds_the_same_is_shown_before_saving(two: Any) -> None:
    found = queries.duplicates_of(name="咏川护士学校", region=region(), viewer=SYSTEM, on=TODAY)
    assert (found[0].organisation, found[0].reason) == (two[0], "a name that sounds the same")
    found = queries.duplicates_of(
        name="全新学校", region=region(), viewer=SYSTEM, on=TODAY, address="护士街1号"
    )
    assert [(c.organisation, c.reason) for c in found] == [(two[0], "the same address")]
