"""Dated events: what they do, what they refuse, and that nothing is lost. Expected by hand."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.accounts.models import Role, Scope
from jiangxin.apps.notices.models import Notice
from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.models import (
    Alias,
    FormerCode,
    Organisation,
    OrganisationEvent,
    OrganisationLink,
)
from jiangxin.apps.organisations.queries import Founded, Plan
from jiangxin.core.errors import Conflict, Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, officer, person, region
from tests.apps.organisations.factories import bureau, organisation

pytestmark = pytest.mark.django_db

LATER = TODAY + datetime.timedelta(days=30)


def plan(kind: str, on: datetime.date = TODAY, **values: Any) -> Plan:
    return Plan(kind=kind, effective_on=on, document="关于学校布局调整的批复", **values)


def keep(said: Plan, by: Any = SYSTEM, at: datetime.datetime = NOW) -> OrganisationEvent:
    return actions.plan_event(plan=said, by=by, at=at)


def refused(said: Plan) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        keep(said)
    fields = caught.value.data["fields"]
    assert isinstance(fields, dict)
    assert OrganisationEvent.objects.count() == 0
    return fields


def on_day(days: int) -> datetime.datetime:
    return NOW + datetime.timedelta(days=days)


@pytest.fixture
def two() -> tuple[Organisation, Organisation]:
    return organisation("永川第一职业学校", key="A1"), organisation("永川第二职业学校", key="A2")


def test_merger_ends_the_source_and_both_histories_stay(two: Any) -> None:
    first, second = two
    teacher = person("teacher", second.scope, username="t")
    part = organisation("第二学校培训部", kind="institute", stage="", parent=second, key="P")
    event = keep(plan("merger", sources=(second,), target=first))
    assert event.state == "applied"
    second.refresh_from_db()
    assert second.ends_on == TODAY
    assert second.name == "永川第二职业学校"  # it keeps the name that it had
    assert list(Organisation.objects.on(TODAY).filter(kind="school")) == [first]
    part.refresh_from_db()
    assert part.parent == first
    assert Scope.objects.get(pk=part.scope_id).path == f"{first.scope.path}@P/"
    roles = Role.objects.filter(user=teacher).order_by("id")
    assert [(r.scope, r.ends_on) for r in roles] == [(second.scope, TODAY), (first.scope, None)]
    assert queries.successors_of("A2", on=TODAY, viewer=SYSTEM) == [first]
    before = TODAY - datetime.timedelta(days=1)
    assert queries.successors_of("A2", on=before, viewer=SYSTEM) == [second]
    for row, other in ((first, second), (second, first)):
        texts = [m.text for m in queries.story_of(row, viewer=SYSTEM) if m.event == event]
        assert texts == ["merger: 永川第二职业学校, 永川第一职业学校"]
        assert other in {p.organisation for p in event.participants.all()}
    family = queries.family_of(first, viewer=SYSTEM, on=TODAY)
    assert [r.organisation for r in family.predecessors] == [second]
    assert family.successors == ()
    trail = AuditRow.objects.get(event="organisations.event.applied")
    assert ["organisations.Organisation.parent", 1] in [
        [row["rows"], row["moved"]] for row in trail.data["rows"]
    ]


def test_the_name_of_a_merged_school_leads_to_the_one_that_took_it_in(two: Any) -> None:
    first, second = two
    actions.add_alias(organisation=second, text="二职校", by=SYSTEM, at=NOW)
    keep(plan("merger", sources=(second,), target=first))
    for text in ("永川第二职业学校", "二职校"):
        found = queries.find_by_name(text, region=region(), viewer=SYSTEM, on=TODAY)
        assert (found.exact, found.reason) == (first, "formerly “永川第二职业学校”")
    earlier = TODAY - datetime.timedelta(days=1)
    of_old = queries.find_by_name("二职校", region=region(), viewer=SYSTEM, on=earlier)
    assert of_old.exact == second
    assert Alias.objects.get(text="二职校").organisation == second


def test_search_by_a_former_name_or_code_finds_who_stands_for_it_today(two: Any) -> None:
    first, second = two
    actions.rename(organisation=second, name="永川职教中心", starts_on=TODAY, by=SYSTEM, at=NOW)
    after = TODAY + datetime.timedelta(days=1)
    said = plan("merger", after, sources=(second,), target=first)
    actions.plan_event(plan=said, by=SYSTEM, at=on_day(1))
    for text in ("第二职业学校", "职教中心"):
        assert list(queries.organisations(viewer=SYSTEM, text=text, on=after)) == [first]
        assert second in queries.organisations(viewer=SYSTEM, text=text)


def test_the_people_of_the_organisations_are_told(two: Any) -> None:
    first, second = two
    people = [person("school", row.scope, username=row.code) for row in two]
    person("teacher", first.scope, username="t")
    officer("500118")
    event = keep(plan("merger", LATER, sources=(second,), target=first))
    actions.apply_due_events(by=SYSTEM, at=on_day(30))
    for user in people:
        told = Notice.objects.filter(to=user).order_by("id")
        assert [n.template for n in told] == [
            "organisation_event_planned", "organisation_event_in_force",
        ]  # fmt: skip
        assert told[0].title == "Planned: a change of 永川第二职业学校、永川第一职业学校"
        assert told[0].link == f"/organisations/events/{event.uuid}/"
    assert Notice.objects.count() == 4


def test_two_schools_merge_into_a_new_one_that_takes_an_old_name(two: Any) -> None:
    new = Founded("永川第一职业学校", stage="secondary", school_code="3150123456")
    event = keep(plan("merger", sources=two, new=(new,)))
    made = Organisation.objects.get(school_code="3150123456")
    assert made.starts_on == TODAY
    assert [r.ends_on for r in Organisation.objects.filter(code__in=["A1", "A2"])] == [TODAY] * 2
    assert queries.successors_of("A1", on=TODAY, viewer=SYSTEM) == [made]
    assert event.participants.get(role="new").organisation == made


def test_preview_is_what_happens(two: Any) -> None:
    first, second = two
    actions.open_campus(
        organisation=second, name="南校区", address="南大街1号", region=region(), by=SYSTEM, at=NOW
    )
    for place in (first, second):
        actions.add_alias(organisation=place, text=f"{place.code}校", by=SYSTEM, at=NOW)
    said = plan("merger", sources=(second,), target=first)
    shown = queries.preview(said, viewer=SYSTEM)
    told = {g.key.code: (len(g.moving), g.staying, g.samples) for g in shown.groups}
    assert told == {
        "organisations.Campus.organisation": (1, 0, ("南校区",)),
        "organisations.OrganisationName.organisation": (0, 1, ()),
        "organisations.Alias.organisation": (0, 1, ("A2校",)),
    }
    event = actions.plan_event(plan=said, by=SYSTEM, at=NOW, seen=shown.digest)
    assert {r["rows"]: (r["moved"], r["stayed"]) for r in event.outcome} == {
        code: counts[:2] for code, counts in told.items()
    }
    assert list(first.campuses.values_list("name", flat=True)) == ["南校区"]
    assert second.aliases.count() == 1


def test_rows_that_came_meanwhile_are_a_conflict(two: Any) -> None:
    first, second = two
    said = plan("merger", sources=(second,), target=first)
    seen = queries.preview(said, viewer=SYSTEM).digest
    actions.add_alias(organisation=second, text="二职校", by=SYSTEM, at=NOW)
    with pytest.raises(Conflict):
        actions.plan_event(plan=said, by=SYSTEM, at=NOW, seen=seen)
    second.refresh_from_db()
    assert second.ends_on is None


def test_a_school_cannot_merge_with_itself(two: Any) -> None:
    first, _second = two
    fields = refused(plan("merger", sources=(first,), target=first))
    assert fields == {
        "sources": "永川第一职业学校 cannot be merged with itself. Choose another organisation."
    }


def test_merger_with_a_closed_school_is_refused(two: Any) -> None:
    first, second = two
    actions.close(organisation=second, ends_on=TODAY, by=SYSTEM, at=NOW)
    second.refresh_from_db()
    assert set(refused(plan("merger", sources=(second,), target=first))) == {"effective_on"}


def test_a_higher_school_does_not_go_into_a_lower_one(two: Any) -> None:
    first, _second = two
    college = organisation("永川职业学院", stage="higher_specialty", key="C")
    assert set(refused(plan("merger", sources=(college,), target=first))) == {"sources"}
    assert keep(plan("merger", sources=(first,), target=college)).state == "applied"  # 1+N


def test_a_whole_does_not_go_into_its_part() -> None:
    whole = bureau(key="W")
    part = bureau("永川区教师发展中心", parent=whole, key="P")
    assert set(refused(plan("merger", sources=(whole,), target=part))) == {"sources"}


def test_a_merger_after_which_one_would_own_itself_is_refused() -> None:
    # A owns B, B owns C: if C is merged into A … no; if A takes B in, A owns C. But C owns A: cycle
    a, b, c = (organisation(f"企业{n}", kind="enterprise", stage="", key=f"E{n}") for n in "ABC")
    for holder, held in ((b, c), (c, a)):
        actions.record_holding(
            organisation=held, holder=holder, holder_kind="private_enterprise", by=SYSTEM, at=NOW
        )
    assert set(refused(plan("merger", sources=(b,), target=a))) == {"sources"}


def test_a_planned_event_can_be_taken_back_and_an_applied_one_not(two: Any) -> None:
    first, second = two
    event = keep(plan("merger", LATER, sources=(second,), target=first))
    assert event.state == "planned"
    second.refresh_from_db()
    assert second.ends_on is None
    assert [d.due_on for d in queries.due_items(SYSTEM, first=TODAY, last=LATER, on=TODAY)] == [
        LATER
    ]
    with pytest.raises(Invalid):
        actions.undo_event(event=event, reason=" ", by=SYSTEM, at=NOW)
    undone = actions.undo_event(event=event, reason="方案调整", by=SYSTEM, at=NOW)
    assert (undone.state, undone.undo_reason) == ("undone", "方案调整")
    assert actions.apply_due_events(by=SYSTEM, at=on_day(31)) == {"applied": 0, "failed": 0}
    again = keep(plan("merger", sources=(second,), target=first))
    with pytest.raises(WrongState, match="another event: split"):
        actions.undo_event(event=again, reason="改主意", by=SYSTEM, at=NOW)


def test_a_planned_event_comes_into_force_on_its_day_once(two: Any) -> None:
    first, second = two
    event = keep(plan("merger", LATER, sources=(second,), target=first))
    assert actions.apply_due_events(by=SYSTEM, at=on_day(29)) == {"applied": 0, "failed": 0}
    assert actions.apply_due_events(by=SYSTEM, at=on_day(30)) == {"applied": 1, "failed": 0}
    assert actions.apply_due_events(by=SYSTEM, at=on_day(31)) == {"applied": 0, "failed": 0}
    event.refresh_from_db()
    second.refresh_from_db()
    assert (event.state, second.ends_on) == ("applied", LATER)


def test_an_event_that_became_impossible_stays_with_the_reason(two: Any) -> None:
    first, second = two
    event = keep(plan("merger", LATER, sources=(second,), target=first))
    actions.close(organisation=second, ends_on=TODAY, by=SYSTEM, at=NOW)
    assert actions.apply_due_events(by=SYSTEM, at=on_day(30)) == {"applied": 0, "failed": 1}
    event.refresh_from_db()
    assert event.state == "planned"
    assert "永川第二职业学校" in event.problem
    waiting = queries.todos_for(SYSTEM, on=LATER)
    assert waiting == []  # the system has no list of its own
    todo = queries.todos_for(officer(), on=LATER)
    assert [t.title for t in todo] == ["merger: 永川第二职业学校, 永川第一职业学校"]


@pytest.mark.parametrize("days", [0, 10])
def test_planned_events_that_do_not_go_together_are_refused(two: Any, days: int) -> None:
    first, second = two
    third = organisation("永川第三职业学校", key="A3")
    keep(plan("merger", LATER, sources=(second,), target=first))
    later = LATER + datetime.timedelta(days=days)
    with pytest.raises(Invalid, match="does not go with it"):
        keep(plan("merger", later, sources=(second,), target=third))
    with pytest.raises(Invalid, match="does not go with it"):
        keep(plan("renaming", later, sources=(second,), values={"name": "新名"}))
    keep(plan("renaming", TODAY, sources=(second,), values={"name": "永川第二职教中心"}))


def test_split_divides_the_rows_as_chosen(two: Any) -> None:
    first, _second = two
    person("teacher", first.scope, username="t")
    actions.open_campus(
        organisation=first, name="北校区", address="北街1号", region=region(), by=SYSTEM, at=NOW
    )
    new = (Founded("永川北城职业学校", stage="secondary", school_code="3150123457"),)
    codes = {"organisations.Campus.organisation": 0}
    keep(plan("split", sources=(first,), new=new, follows=codes))
    made = Organisation.objects.get(school_code="3150123457")
    first.refresh_from_db()
    assert first.ends_on is None
    assert [c.name for c in made.campuses.all()] == ["北校区"]
    assert Role.objects.on(TODAY).get().scope == first.scope  # people stay with the main one
    assert queries.successors_of("A1", on=TODAY, viewer=SYSTEM) == [first]
    assert [
        r.organisation for r in queries.family_of(first, viewer=SYSTEM, on=TODAY).successors
    ] == [made]


def test_a_split_that_ends_the_old_one_needs_two_new_ones(two: Any) -> None:
    first, _second = two
    north = Founded("永川北城职业学校", stage="secondary", school_code="3150123457")
    south = Founded("永川南城职业学校", stage="secondary", school_code="3150123458")
    assert set(refused(plan("split", sources=(first,), new=(north,), source_ends=True))) == {
        "new_name"
    }
    keep(plan("split", sources=(first,), new=(north, south), source_ends=True))
    codes = [r.school_code for r in queries.successors_of("A1", on=TODAY, viewer=SYSTEM)]
    assert sorted(codes) == ["3150123457", "3150123458"]


def test_upgrade_changes_stage_code_and_name_and_keeps_the_old_ones() -> None:
    college = organisation("永川职业学院", stage="higher_specialty", school_code="4150012345")
    values = {
        "stage": "vocational_university",
        "school_code": "4150054321",
        "name": "永川职业技术大学",
    }
    keep(plan("upgrade", sources=(college,), values=values))
    college.refresh_from_db()
    assert (college.stage, college.school_code, college.name) == (
        "vocational_university", "4150054321", "永川职业技术大学",
    )  # fmt: skip
    before = TODAY - datetime.timedelta(days=1)
    assert queries.stages_on(before) == {college.pk: "higher_specialty"}
    assert queries.stages_on(TODAY) == {}
    former = FormerCode.objects.get()
    assert (former.value, former.ended_on) == ("4150012345", TODAY)
    assert queries.find_by_code("4150012345", viewer=SYSTEM) == college
    assert [n.name for n in college.names.all()] == ["永川职业学院", "永川职业技术大学"]


def test_upgrade_skips_no_step(two: Any) -> None:
    first, _second = two
    fields = refused(plan("upgrade", sources=(first,), values={"stage": "vocational_university"}))
    assert fields == {"stage": "From this stage the next one up is: higher vocational college."}


def test_relocation_to_another_region_takes_scope_and_people_along() -> None:
    school = organisation("永川第一职业学校", key="A1")
    person("school", school.scope, username="s")
    actions.add_alias(organisation=school, text="一职校", by=SYSTEM, at=NOW)
    other = region("510115")
    values = {"address": "温江区大学城1号", "region": "510115", "campus": "温江校区"}
    keep(plan("relocation", sources=(school,), region=other, values=values))
    school.refresh_from_db()
    assert school.region.code == "510115"
    assert school.scope.path == f"{other.path}@A1/"
    assert Role.objects.get(user__username="s").scope == school.scope
    assert [c.address for c in school.campuses.all()] == ["温江区大学城1号"]
    assert queries.find_by_name("一职校", region=other, viewer=SYSTEM, on=TODAY).exact == school
    yongchuan = officer("500118")
    assert not queries.organisations(viewer=yongchuan).filter(pk=school.pk).exists()
    assert [p.region.code for p in school.phases.all()] == ["500118", "510115"]


def test_closing_ends_the_roles_and_tells_what_has_no_successor(two: Any) -> None:
    first, _second = two
    person("teacher", first.scope, username="t")
    actions.open_campus(
        organisation=first, name="北校区", address="北街1号", region=region(), by=SYSTEM, at=NOW
    )
    said = plan("closing", sources=(first,))
    shown = queries.preview(said, viewer=SYSTEM)
    assert [(g.key.code, g.rows) for g in shown.groups if g.key.follows] == [
        ("organisations.Campus.organisation", 1)
    ]
    assert [(g.people, g.to) for g in shown.roles] == [(1, "")]
    keep(said)
    assert not Role.objects.on(TODAY).filter(user__username="t").exists()
    assert queries.successors_of("A1", on=TODAY, viewer=SYSTEM) == []
    with pytest.raises(WrongState):
        actions.rename(organisation=first, name="新", starts_on=LATER, by=SYSTEM, at=NOW)


def test_group_and_trusteeship_link_and_refuse_circles(two: Any) -> None:
    first, second = two
    college = organisation("永川职业学院", stage="higher_specialty", key="C")
    one_n = {"link": "one_n", "title": "永川职教集团"}
    keep(plan("group", lead=college, members=two, values=one_n))
    links = OrganisationLink.objects.filter(kind="one_n")
    assert {(row.lead, row.member) for row in links} == {(college, first), (college, second)}
    link = links.get(member=first)
    actions.record_alignment(link=link, dimension="aims", note="三年共育", by=SYSTEM, at=NOW)
    link.refresh_from_db()
    assert link.alignment == {"aims": "三年共育"}
    keep(plan("trusteeship", sources=(second,), lead=first))
    with pytest.raises(Invalid, match="run by the other already"):
        keep(plan("trusteeship", sources=(first,), lead=second))
    with pytest.raises(Invalid, match="1\\+N"):
        keep(plan("group", lead=first, members=(second,), values=one_n))


def test_an_officer_plans_only_what_changes_within_reach(two: Any) -> None:
    first, _second = two
    there = organisation("温江职业学校", "510115", key="B1")
    with pytest.raises(NotPermitted):
        keep(plan("merger", sources=(there,), target=first), by=officer("500118"))
    with pytest.raises(NotPermitted):
        keep(plan("closing", sources=(first,)), by=officer("510115"))
    event = keep(plan("closing", LATER, sources=(first,)), by=officer("500118"))
    with pytest.raises(queries.EventNotFound):
        queries.get_event(event.uuid, viewer=officer("510115"))
    # an officer may move the roles of a merger, though granting roles is the operator's
    assert actions.apply_due_events(by=SYSTEM, at=on_day(30))["applied"] == 1


def test_a_new_one_that_could_not_be_registered_is_refused_when_planned(two: Any) -> None:
    first, _second = two
    known = Founded("永川第一职业学校", stage="secondary")
    with pytest.raises(Invalid, match="has this name already"):
        keep(plan("founding", LATER, new=(known,), region=first.region))
    wrong = Founded("永川新建学校", stage="secondary", school_code="12")
    with pytest.raises(Invalid) as caught:
        keep(plan("founding", LATER, new=(wrong,), region=first.region))
    assert caught.value.data["fields"] == {
        "new_school_code": "A school code has exactly ten digits."
    }
    assert OrganisationEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "upgrade", "values": {"stage": "nonsense"}}, "stage"),
        ({"kind": "founding", "new": (Founded("新校", kind="nonsense"),)}, "new_kind"),
        ({"kind": "founding", "new": (Founded("新校", stage="nonsense"),)}, "new_stage"),
        (
            {"kind": "founding", "new": (Founded("新校", kind="park", stage="secondary"),)},
            "new_stage",
        ),
        ({"kind": "trusteeship", "values": {"ends_on": "soon"}}, "ends_on"),
        (
            {"kind": "split", "follows": {"organisations.OrganisationName.organisation": 0}},
            "follows",
        ),
        ({"kind": "split", "follows": {"organisations.Campus.organisation": 3}}, "follows"),
        ({"kind": "nonsense"}, "kind"),
    ],
)
def test_nonsense_is_refused_beside_its_field(two: Any, said: dict[str, Any], field: str) -> None:
    first, second = two
    values = dict(said)
    if values["kind"] != "founding":
        values.setdefault("sources", (first,))
    if values["kind"] == "split":
        values["new"] = (Founded("永川北城职业学校", stage="secondary"),)
    if values["kind"] == "trusteeship":
        values["lead"] = second
    found = plan(values.pop("kind"), region=first.region, **values)
    assert field in queries.preview(found, viewer=SYSTEM).problems
    assert field in refused(found)
