from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import Alias, Organisation, OrganisationName
from jiangxin.core.errors import Conflict, Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, officer, region
from tests.apps.organisations.factories import USCC, bureau, details, organisation, uscc

pytestmark = pytest.mark.django_db
PROVINCES = frozenset({"50", "51"})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"uscc": USCC}, None),
        ({"uscc": USCC[:-1] + "Z"}, "uscc"),  # last character does not fit
        ({"uscc": "91350100M000100Y4"}, "uscc"),  # 17 characters
        ({"uscc": USCC.lower()}, "uscc"),
        ({"school_code": "3650000123"}, None),  # third and fourth digit: 50
        ({"school_code": "365000012"}, "school_code"),  # nine digits
        ({"school_code": "36500001２3"}, "school_code"),  # a full-width digit
        ({"school_code": "3699000123"}, "school_code"),  # no province 99
        ({"kind": "enterprise"}, "stage"),  # only schools have a stage
        ({"stage": ""}, "stage"),
        ({"kind": "office", "stage": ""}, "parent"),
        ({"name": " 　"}, "name"),
        ({"starts_on": TODAY, "ends_on": TODAY}, "ends_on"),
    ],
)
def test_problems_of(values: dict[str, object], field: str | None) -> None:
    found = actions.problems_of(details(**values), provinces=PROVINCES)
    assert list(found) == ([field] if field else [])


def test_test_codes_are_valid_by_an_independent_rule() -> None:
    assert uscc(1) != uscc(2)
    assert not actions.problems_of(details(uscc=uscc(7)), provinces=PROVINCES)


def test_register_gives_scope_name_aliases_and_trail() -> None:
    by = officer()
    made = actions.register(
        details=details("永川区示范职业学校", uscc=uscc(1), aliases=("示范职校",)), by=by, at=NOW
    )
    assert made.code == uscc(1)
    assert made.scope.path == f"000000/500000/500118/@{uscc(1)}/"
    assert made.pinyin == "yong chuan qu shi fan zhi ye xue xiao"
    assert [(n.name, n.stem, n.starts_on, n.ends_on) for n in made.names.all()] == [
        ("永川区示范职业学校", "示范职业学校", None, None)
    ]
    assert [alias.text for alias in made.aliases.all()] == ["示范职校"]
    row = AuditRow.objects.get(event="organisations.organisation.registered")
    assert (row.path, row.by_id, row.subject_uuid) == (made.scope.path, by.user_id, made.uuid)


def test_register_in_another_region_is_refused() -> None:
    by = officer("510115")
    with pytest.raises(NotPermitted):
        actions.register(details=details(), by=by, at=NOW)
    assert not Organisation.objects.exists()


def test_register_with_a_taken_code_names_the_field() -> None:
    organisation(uscc=uscc(1))
    with pytest.raises(Invalid) as error:
        actions.register(details=details("另一学校", uscc=uscc(1)), by=SYSTEM, at=NOW)
    assert list(error.value.data["fields"]) == ["uscc"]


def test_register_asks_before_a_likely_duplicate_and_hides_those_of_others() -> None:
    known = organisation("重庆市永川区护士学校")
    organisation("温江区护士学校", "510115")
    with pytest.raises(actions.LikelyDuplicate) as error:
        actions.register(details=details("永川护士学校"), by=officer(), at=NOW)
    assert error.value.data["candidates"] == [str(known.uuid)]
    made = actions.register(details=details("永川护士学校"), is_new=True, by=officer(), at=NOW)
    assert made.pk != known.pk


def test_office_lies_within_the_scope_of_its_authority() -> None:
    above = bureau()
    office = organisation("职业教育科", kind="office", stage="", parent=above)
    assert office.scope.path.startswith(above.scope.path)
    with pytest.raises(WrongState):
        actions.close(organisation=above, ends_on=TODAY, by=SYSTEM, at=NOW)
    actions.close(organisation=office, ends_on=TODAY, by=SYSTEM, at=NOW)
    assert actions.close(organisation=above, ends_on=TODAY, by=SYSTEM, at=NOW).ends_on == TODAY
    with pytest.raises(WrongState):
        actions.close(organisation=above, ends_on=TODAY, by=SYSTEM, at=NOW)


def test_parent_in_another_region_is_refused() -> None:
    above = bureau()
    problems = actions.problems_of(
        details("科室", "510115", kind="office", stage="", parent=above), provinces=PROVINCES
    )
    assert list(problems) == ["parent"]


def test_revise_records_old_and_new_but_no_personal_data() -> None:
    school = organisation(contact_name="旧联系人")
    changed = details(address="学府路1号", contact_name="张三", contact_phone="13800000000")
    actions.revise(organisation=school, details=changed, by=SYSTEM, at=NOW)
    row = AuditRow.objects.get(event="organisations.organisation.revised")
    assert row.data == {
        "address": ["", "学府路1号"],
        "contact_name": "changed",
        "contact_phone": "changed",
    }
    school.refresh_from_db()
    assert school.contact_phone == "13800000000"


def test_rename_keeps_the_old_name_with_its_period() -> None:
    school = organisation("永川老学校")
    day = TODAY - datetime.timedelta(days=10)
    actions.rename(
        organisation=school,
        name="永川新学校",
        starts_on=day,
        source="渝教〔2026〕1号",
        by=SYSTEM,
        at=NOW,
    )
    school.refresh_from_db()
    assert (school.name, school.scope.label) == ("永川新学校", "永川新学校")
    assert [(n.name, n.starts_on, n.ends_on) for n in school.names.all()] == [
        ("永川老学校", None, day),
        ("永川新学校", day, None),
    ]
    find = queries.find_by_name("永川老学校", region=region(), viewer=SYSTEM, on=TODAY)
    assert find.exact == school


def test_rename_in_future_comes_into_force_on_its_day() -> None:
    school = organisation("永川老学校")
    day = TODAY + datetime.timedelta(days=10)
    actions.rename(organisation=school, name="永川新学校", starts_on=day, by=SYSTEM, at=NOW)
    assert Organisation.objects.get().name == "永川老学校"
    assert actions.put_names_in_force(by=SYSTEM, at=NOW) == 0
    then = NOW + datetime.timedelta(days=10)
    assert actions.put_names_in_force(by=SYSTEM, at=then) == 1
    assert Organisation.objects.get().name == "永川新学校"
    assert actions.put_names_in_force(by=SYSTEM, at=then) == 0


def test_second_rename_from_a_page_opened_before_is_a_conflict() -> None:
    school = organisation("永川老学校")
    actions.rename(
        organisation=school, name="甲校", starts_on=TODAY, seen="永川老学校", by=SYSTEM, at=NOW
    )
    with pytest.raises(Conflict) as error:
        actions.rename(
            organisation=school, name="乙校", starts_on=TODAY, seen="永川老学校", by=SYSTEM, at=NOW
        )
    assert error.value.data == {"name": "甲校"}
    with pytest.raises(Invalid):  # the row is read again: the new name began on that day
        actions.rename(organisation=school, name="乙校", starts_on=TODAY, by=SYSTEM, at=NOW)
    assert OrganisationName.objects.count() == 2


def test_alias_stands_for_one_organisation_of_a_region() -> None:
    first, second = organisation("永川甲校"), organisation("永川乙校")
    alias = actions.add_alias(organisation=first, text="职教 中心", by=SYSTEM, at=NOW)
    for text in ("职教中心", "永川甲校"):
        with pytest.raises(Invalid):
            actions.add_alias(organisation=second, text=text, by=SYSTEM, at=NOW)
    elsewhere = organisation("温江甲校", "510115")
    actions.add_alias(organisation=elsewhere, text="职教中心", by=SYSTEM, at=NOW)
    actions.remove_alias(alias=alias, by=SYSTEM, at=NOW)
    actions.add_alias(organisation=second, text="职教中心", by=SYSTEM, at=NOW)
    assert Alias.objects.count() == 2


@pytest.mark.parametrize("act", ["revise", "rename", "close", "add_alias", "remove_alias"])
def test_acts_from_outside_change_nothing(act: str) -> None:
    school = organisation(aliases=("一职校",), is_listed=True)
    stranger = officer("510115")
    before = list(AuditRow.objects.values_list("pk", flat=True))
    calls = {
        "revise": lambda: actions.revise(
            organisation=school, details=details(address="x"), by=stranger, at=NOW
        ),
        "rename": lambda: actions.rename(
            organisation=school, name="新", starts_on=TODAY, by=stranger, at=NOW
        ),
        "close": lambda: actions.close(organisation=school, ends_on=TODAY, by=stranger, at=NOW),
        "add_alias": lambda: actions.add_alias(
            organisation=school, text="别名", by=stranger, at=NOW
        ),
        "remove_alias": lambda: actions.remove_alias(
            alias=school.aliases.get(), by=stranger, at=NOW
        ),
    }
    row = Organisation.objects.filter(pk=school.pk).values().get()
    with pytest.raises(NotPermitted):
        calls[act]()
    assert Organisation.objects.filter(pk=school.pk).values().get() == row
    assert OrganisationName.objects.count() == Alias.objects.count() == 1
    assert list(AuditRow.objects.values_list("pk", flat=True)) == before
