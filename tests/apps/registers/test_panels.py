from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal

import pytest

from jiangxin.apps.notices.models import Notice
from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.models import Application, Panel, Score
from jiangxin.apps.registers.models.definition import Criterion, Scoring
from jiangxin.core.errors import Invalid, NotPermitted, WrongState
from jiangxin.core.forms import Label
from jiangxin.core.permissions import PUBLIC
from tests.apps.accounts.factories import NOW, grant, region, region_scope, viewer
from tests.apps.registers import factories
from tests.apps.registers.factories import WORKSHOP, expert, holder, of_school, school

pytestmark = pytest.mark.django_db
SEED = "08 17 22 31 33 + 05"


def test_the_draw_is_the_published_order() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application, experts=5, seed=SEED)
    # recomputed from the rule alone: smallest SHA-256 of "seed|uuid" first
    pool = [str(expert(number).uuid) for number in range(5)]
    order = sorted(pool, key=lambda u: hashlib.sha256(f"{SEED}|{u}".encode()).hexdigest())
    seats = [str(seat.expert.uuid) for seat in panel.seats.order_by("position")]
    assert seats == order[:2]
    assert panel.pool_hash == hashlib.sha256("\n".join(sorted(pool)).encode()).hexdigest()
    again = queries.recompute_draw(panel)
    assert (again.order, again.fits) == (tuple(order), True)
    asked = Notice.objects.filter(template="registers_to_score")
    assert {str(notice.to.uuid) for notice in asked} == set(seats)


def test_a_tampered_draw_is_found() -> None:
    panel = factories.drawn(factories.at_experts(), experts=5)
    first = panel.seats.get(position=1)
    other = next(e for e in map(expert, range(5)) if not panel.seats.filter(expert=e).exists())
    type(first).objects.filter(pk=first.pk).update(expert=other)
    assert not queries.recompute_draw(panel).fits
    Panel.objects.filter(pk=panel.pk).update(pool=[*panel.pool, "x"])
    panel.refresh_from_db()
    assert not queries.recompute_draw(panel).is_pool_unchanged


def test_experts_with_a_share_are_not_in_the_pool() -> None:
    application = factories.at_experts()
    by = holder("officer", "500000")
    free = [expert(0), expert(1)]
    grant(expert(2), "teacher", school().scope)  # of the applicant
    left = grant(expert(3), "enterprise", factories.enterprise().scope)  # once of a member
    type(left).objects.filter(pk=left.pk).update(ends_on=datetime.date(2021, 1, 1))
    expert(4, "510000")  # of another province
    panel = actions.announce_panel(
        application=application, seed_source="双色球第2026030期", by=by, at=NOW
    )
    assert panel.pool == sorted(str(user.uuid) for user in free)


def test_too_few_experts_are_named() -> None:
    application = factories.at_experts()
    expert(0)
    with pytest.raises(Invalid, match="2 experts are needed, and 1 have no share"):
        actions.announce_panel(
            application=application, seed_source="抽签", by=holder("officer", "500000"), at=NOW
        )


def test_points_stay_hidden_until_all_are_given() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application)
    first, second = panel.seats.order_by("position")
    officer = holder("officer", "500000")
    actions.give_points(
        seat=first, application=application, points={"base": 30, "use": "50.5"},
        by=viewer(first.expert), at=NOW,
    )  # fmt: skip

    def seen(by: object) -> int:
        return Score.objects.visible_to(by).count()

    watching = (officer, viewer(second.expert), of_school(school()), PUBLIC)
    assert [seen(by) for by in watching] == [0, 0, 0, 0]
    assert seen(viewer(first.expert)) == 2
    sheets = queries.sheets_of(panel, viewer=officer)
    assert [(sheet.is_given, sheet.points) for sheet in sheets] == [(True, {}), (False, {})]
    actions.give_points(
        seat=second, application=application, points={"base": 40, "use": 60},
        by=viewer(second.expert), at=NOW,
    )  # fmt: skip
    panel.refresh_from_db()
    application.refresh_from_db()
    assert panel.state == "closed"
    assert application.score == Decimal("90.25")  # (80.5 + 100) / 2
    assert [seen(by) for by in watching] == [4, 2, 0, 0]


def test_points_are_given_once_within_bounds_by_who_was_drawn() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application)
    first, second = panel.seats.order_by("position")
    values = {"seat": first, "application": application, "at": NOW}
    with pytest.raises(Invalid) as caught:
        actions.give_points(points={"base": 41}, by=viewer(first.expert), **values)
    assert set(caught.value.data["fields"]) == {"base", "use"}
    with pytest.raises(Invalid):
        actions.give_points(points={"base": "NaN", "use": 1}, by=viewer(first.expert), **values)
    for by in (viewer(second.expert), holder("officer", "500000")):
        with pytest.raises(NotPermitted):
            actions.give_points(points={"base": 1, "use": 1}, by=by, **values)
    actions.give_points(points={"base": 1, "use": 1}, by=viewer(first.expert), **values)
    with pytest.raises(WrongState, match="cannot be changed"):
        actions.give_points(points={"base": 40, "use": 60}, by=viewer(first.expert), **values)


def test_a_conflicted_expert_is_followed_by_the_next_of_the_order() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application, experts=3)
    order = queries.draw_order(panel.seed, panel.pool)
    first = panel.seats.get(position=1)
    with pytest.raises(Invalid):
        actions.step_down(seat=first, reason=" ", by=viewer(first.expert), at=NOW)
    new = actions.step_down(seat=first, reason="曾任顾问", by=viewer(first.expert), at=NOW)
    assert new is not None
    assert (str(new.expert.uuid), new.position) == (order[2], 3)
    # who stepped down sees the application no more, and is not asked again about this applicant
    mine = Application.objects.visible_to(viewer(first.expert))
    assert not mine.filter(pk=application.pk).exists()
    pool = queries.eligible_experts([application], path=panel.path, on=NOW.date())
    assert first.expert not in pool
    second = panel.seats.get(position=2)
    assert actions.step_down(seat=second, reason="师生", by=viewer(second.expert), at=NOW) is None


def test_below_the_pass_mark_nothing_is_approved() -> None:
    application = factories.scored(points=((20, 30), (30, 39)))
    assert application.score == Decimal("59.50")
    with pytest.raises(WrongState, match="below the pass mark 60"):
        actions.review(
            application=application, verdict="approve", version=application.version,
            by=holder("officer", "500000"), at=NOW,
        )  # fmt: skip


def test_a_mended_application_is_scored_anew() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application)
    by = holder("officer", "500000")
    values = {"application": application, "verdict": "return", "reason": "补充数据", "by": by}
    with pytest.raises(WrongState, match="Close the scoring first"):
        actions.review(version=application.version, at=NOW, **values)
    for seat in panel.seats.all():
        actions.give_points(
            seat=seat, application=application, points={"base": 10, "use": 10},
            by=viewer(seat.expert), at=NOW,
        )  # fmt: skip
    application.refresh_from_db()
    application = actions.review(version=application.version, at=NOW, **values)
    later = NOW + datetime.timedelta(days=3)
    application = actions.submit(
        application=application, version=application.version, by=of_school(school()), at=later
    )
    assert (application.step, application.score) == ("experts", None)
    assert queries.panel_for(application) is None
    again = actions.announce_panel(
        application=application, seed_source="双色球第2026031期", by=by, at=later
    )
    assert queries.panel_for(application) == again


def test_closing_early_counts_complete_sheets_and_needs_a_reason() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application)
    by = holder("officer", "500000")
    with pytest.raises(WrongState, match="no points yet"):
        actions.close_panel(panel=panel, reason="专家生病", by=by, at=NOW)
    seat = panel.seats.first()
    actions.give_points(
        seat=seat, application=application, points={"base": 30, "use": 40},
        by=viewer(seat.expert), at=NOW,
    )  # fmt: skip
    with pytest.raises(Invalid):
        actions.close_panel(panel=panel, reason="", by=by, at=NOW)
    actions.close_panel(panel=panel, reason="专家生病", by=by, at=NOW)
    application.refresh_from_db()
    assert application.score == 70


def test_extremes_are_dropped_where_the_type_says_so() -> None:
    scoring = Scoring(5, 0, (Criterion("a", Label("a", "a"), 100),), drop_extremes=True)
    totals = [Decimal(n) for n in (10, 80, 90, 70, 100)]
    assert queries.result(totals, scoring) == 80  # of 70, 80, 90
    assert queries.result(totals[:2], scoring) == 45  # too few to drop any
    assert queries.result([], scoring) is None


def test_a_panel_of_a_call_ranks_its_applications_within_the_quota() -> None:
    factories.register_type(WORKSHOP, calls=True)
    day = datetime.timedelta(days=1)
    call = actions.make_call(
        kind=factories.register_type(), level="provincial", region=region("500000"),
        title="2026年工坊", opens_at=NOW - day, closes_at=NOW + day, quota=1,
        by=holder("officer", "500000"), at=NOW,
    )  # fmt: skip
    made = [
        factories.at_experts(call=call, organisation=school(n), title=f"工坊{n}") for n in (1, 2)
    ]
    for number in range(3):
        expert(number)
    by = holder("officer", "500000")
    with pytest.raises(WrongState, match="still open"):
        actions.announce_panel(call=call, seed_source="抽签", by=by, at=NOW)
    panel = actions.announce_panel(call=call, seed_source="抽签", by=by, at=NOW + day)
    panel = actions.draw_panel(panel=panel, seed="1", by=by, at=NOW + day)
    for seat in panel.seats.all():
        for application, use in zip(made, (40, 50), strict=True):
            actions.give_points(
                seat=seat, application=application, points={"base": 30, "use": use},
                by=viewer(seat.expert), at=NOW + day,
            )  # fmt: skip
    ranked = queries.ranking(call, viewer=by)
    assert [(r.application.title, r.place, r.is_within_quota) for r in ranked] == [
        ("工坊2", 1, True),
        ("工坊1", 2, False),
    ]


def test_an_expert_sees_only_what_is_to_be_scored() -> None:
    application = factories.at_experts()
    panel = factories.drawn(application)
    other = factories.at_experts(organisation=school(2), title="别的")
    seat = panel.seats.first()
    mine = queries.applications(viewer(seat.expert))
    assert [row.pk for row in mine] == [application.pk]
    assert other.pk != application.pk
    assert region_scope("500000").path == panel.path
