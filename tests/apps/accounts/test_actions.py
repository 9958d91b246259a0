from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.accounts import actions, queries
from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.apps.accounts.permissions import DUTIES
from jiangxin.core.errors import Invalid, NotFound, NotPermitted
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import (
    LONG_AGO,
    NOW,
    TODAY,
    grant,
    officer,
    person,
    region_scope,
    viewer,
)
from tests.apps.organisations.factories import bureau, organisation

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def create(**values: Any) -> User:
    values = {"username": "zhang", "name": "张三", "scope": region_scope(), "by": SYSTEM, **values}
    return actions.create_user(at=NOW, **values)


@pytest.mark.parametrize(
    ("citizen_id", "is_valid"),
    [
        # the published vector: weights 7 9 10 5 8 4 2 1 6 3 7 9 10 5 8 4 2, sum mod 11 = 2 → X
        ("34052419800101001X", True),
        ("34052419800101001x", True),
        ("340524198001010019", False),
        ("340524198002310014", False),  # 31 February; the last character fits
        ("34052419800101001", False),
        ("３４052419800101001X", True),  # typed in full width
        ("abc", False),
    ],
)
def test_create_user_checks_the_citizen_id(citizen_id: str, is_valid: bool) -> None:
    if is_valid:
        assert create(citizen_id=citizen_id).citizen_id == "34052419800101001X"
        return
    with pytest.raises(Invalid) as error:
        create(citizen_id=citizen_id)
    assert list(error.value.data["fields"]) == ["citizen_id"]


def test_personal_data_are_encrypted_at_rest_and_known_once() -> None:
    user = create(citizen_id="34052419800101001X", phone="13800001234")
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select citizen_id, phone from accounts_user where id = %s", [user.pk])
        stored = " ".join(cursor.fetchone())
    assert "3405" not in stored
    assert "1380" not in stored
    assert User.objects.get(pk=user.pk).phone == "13800001234"
    with pytest.raises(Invalid) as error:
        create(username="li", citizen_id="34052419800101001x")
    assert list(error.value.data["fields"]) == ["citizen_id"]


@pytest.mark.parametrize("password", ["short", "1234567890123", "password1234", "zhangzhang"])
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(Invalid):
        create(username="zhangzhang", password=password)
    assert not User.objects.exists()


def test_create_user_outside_the_scope_is_refused() -> None:
    with pytest.raises(NotPermitted):
        create(by=officer("510115", "operator"))
    with pytest.raises(NotPermitted):
        create(by=officer())  # an officer does not manage people
    person(username="a")
    with pytest.raises(Invalid):
        create(username="a")


def test_person_and_first_role_come_together_or_not_at_all() -> None:
    with pytest.raises(Invalid):
        actions.create_user_with_role(
            username="a", name="甲", kind="king", scope=region_scope(), starts_on=TODAY,
            by=SYSTEM, at=NOW,
        )  # fmt: skip
    assert not User.objects.exists()


@pytest.mark.parametrize("kind", ["office", "school", "enterprise", "teacher", "student"])
def test_roles_of_an_organisation_need_one(kind: str) -> None:
    user = person()
    with pytest.raises(Invalid) as error:
        grant(user, kind, region_scope())
    assert list(error.value.data["fields"]) == ["scope"]
    assert grant(user, kind, organisation().scope).kind == kind


def test_roles_count_from_their_first_day_until_before_their_last() -> None:
    user = person()
    role = actions.grant_role(
        user=user, kind="officer", scope=region_scope(), starts_on=TODAY, by=SYSTEM, at=NOW
    )
    assert viewer(user, TODAY - DAY).roles == frozenset()
    assert viewer(user, TODAY).roles == {"officer"}
    for ends_on in (TODAY, TODAY - DAY):
        with pytest.raises(Invalid):
            actions.end_role(role=role, ends_on=ends_on, by=SYSTEM, at=NOW)
    actions.end_role(role=role, ends_on=TODAY + DAY, by=SYSTEM, at=NOW)
    assert viewer(user, TODAY).roles == {"officer"}
    assert viewer(user, TODAY + DAY).roles == frozenset()
    row = AuditRow.objects.get(event="accounts.role.ended")
    assert row.data == {"ends_on": [None, str(TODAY + DAY)]}


def test_grants_of_a_viewer_reach_the_subtree_and_nothing_else() -> None:
    county = officer()
    province = officer("500000")
    path = region_scope().path
    assert county.holds("policies.manage", path)
    assert county.holds("policies.manage", organisation().scope.path)
    assert not county.holds("policies.manage", region_scope("500000").path)
    assert not county.holds("policies.manage", region_scope("510115").path)
    assert province.holds("policies.manage", path)
    assert not county.holds("accounts.manage", path)
    assert "role" in county.holds("accounts.manage", path).reason
    assert not PUBLIC.holds("policies.view", path)


def test_holders_are_those_whose_scope_covers_the_place_each_once() -> None:
    above, school = bureau(), organisation()
    county = person("officer")
    grant(county, "leader", region_scope())
    province = person("officer", region_scope("500000"))
    person("officer", region_scope("510115"))
    office = person("office", above.scope)
    staff = person("school", school.scope)
    former = person()
    grant(former, "officer", region_scope(), ends_on=TODAY)

    def held(duty: str, path: str) -> set[User]:
        found = list(queries.holders(duty=duty, path=path, on=TODAY))
        assert len(found) == len(set(found))
        return set(found)

    assert held("tasks.view", school.scope.path) == {county, province, staff}
    assert held("tasks.view", above.scope.path) == {county, province, office}
    assert held("tasks.view", region_scope().path) == {county, province}
    assert held("policies.approve", region_scope().path) == {county}


def test_move_roles_keeps_history_and_gives_no_role_twice() -> None:
    old, new = organisation("永川甲校").scope, organisation("永川乙校").scope
    first, both, fresh = person("school", old), person("school", old), person()
    grant(both, "school", new)
    actions.grant_role(user=fresh, kind="teacher", scope=old, starts_on=TODAY, by=SYSTEM, at=NOW)
    assert actions.move_roles(source=old, target=new, by=SYSTEM, at=NOW) == 3
    rows = Role.objects.filter(user=first).order_by("starts_on")
    assert [(r.scope, r.starts_on, r.ends_on) for r in rows] == [
        (old, LONG_AGO, TODAY),
        (new, TODAY, None),
    ]
    assert Role.objects.on(TODAY).filter(user=both).count() == 1
    assert Role.objects.get(user=fresh).scope == new
    assert not Role.objects.on(TODAY).filter(scope=old).exists()
    with pytest.raises(NotPermitted):
        actions.move_roles(source=new, target=old, by=officer("510115", "operator"), at=NOW)


def test_acts_on_roles_from_outside_change_nothing() -> None:
    user = person("officer")
    role = user.roles_held.get()
    stranger = officer("510115", "operator")
    before = list(AuditRow.objects.values_list("pk", flat=True))
    for act in (
        lambda: actions.end_role(role=role, ends_on=TODAY, by=stranger, at=NOW),
        lambda: actions.grant_role(
            user=user, kind="leader", scope=region_scope(), starts_on=TODAY, by=stranger, at=NOW
        ),
        lambda: actions.set_password(user=user, password="brand-new-1", by=stranger, at=NOW),
        lambda: actions.set_preferences(user=user, language="en", email="", by=stranger, at=NOW),
        lambda: actions.reveal_personal_data(user=user, reason="看一看吧", by=stranger, at=NOW),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert Role.objects.get(pk=role.pk).ends_on is None
    assert list(AuditRow.objects.values_list("pk", flat=True)) == before
    with pytest.raises(NotFound):
        queries.get_user(user.uuid, viewer=stranger)
    with pytest.raises(NotFound):
        queries.get_role(role.uuid, viewer=stranger)
    with pytest.raises(NotFound):
        queries.get_scope(region_scope().uuid, viewer=stranger)


@pytest.mark.parametrize(
    ("value", "first", "last", "shown"),
    [
        ("34052419800101001X", 4, 2, "3405************1X"),
        ("13800001234", 3, 2, "138******34"),
        ("12345", 3, 2, "*****"),
        ("", 3, 2, ""),
    ],
)
def test_masked(value: str, first: int, last: int, shown: str) -> None:
    assert queries.masked(value, first, last) == shown


def test_every_role_has_duties_and_every_region_a_scope() -> None:
    assert set(DUTIES) == set(Role.Kind)
    assert region_scope().kind == Scope.Kind.REGION
    assert actions.create_region_scopes(by=SYSTEM, at=NOW) == 0


def test_scopes_near_a_region_are_it_its_organisations_and_those_directly_below() -> None:
    school, far = organisation(), organisation("温江甲校", "510115")
    province = region_scope("500000")
    operator = officer("500000", "operator")
    near = set(queries.scopes_near(province.region, viewer=operator))
    assert near == {province, region_scope()}
    near = set(queries.scopes_near(region_scope().region, viewer=operator))
    assert near == {region_scope(), school.scope}
    assert not queries.scopes_near(far.region, viewer=operator).exists()
    assert not queries.scopes_near(None, viewer=operator).exists()


def test_search_finds_people_within_the_scope_for_those_who_manage_them() -> None:
    user = person("officer", name="永川干部")
    hits = queries.search(officer(kind="operator"), "干部")
    assert [(hit.title, hit.detail, str(user.uuid) in hit.url) for hit in hits] == [
        ("永川干部", "bureau officer", True)
    ]
    for outside in (officer("510115", "operator"), officer(), PUBLIC):
        assert queries.search(outside, "干部") == []
