"""Binding, standing and contradictions of targets."""

from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.actions.contradictions import metric_likeness
from jiangxin.apps.policies.models import Contradiction, Target
from jiangxin.core.errors import Conflict, Invalid, NotFound, NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, officer, region
from tests.apps.organisations.factories import bureau
from tests.apps.policies import factories

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def test_import_suggests_the_indicator_of_a_known_metric() -> None:
    row = factories.target(factories.document())
    assert (row.indicator_code, row.binding) == ("dual_qualified_rate", "suggested")


def test_bind_target_confirms() -> None:
    row = factories.target(factories.adopted())
    by = officer()
    actions.bind_target(target=row, indicator_code="dual_qualified_rate", by=by, at=NOW)
    row.refresh_from_db()
    assert (row.binding, row.bound_by_name, row.bound_at) == ("confirmed", by.name, NOW)


def test_bind_target_by_two_officers_at_once() -> None:
    row = factories.target(factories.adopted())
    first, second = officer(), officer()
    seen = row.version
    actions.bind_target(
        target=row, indicator_code="dual_qualified_rate", version=seen, by=first, at=NOW
    )
    again = actions.bind_target(
        target=row, indicator_code="dual_qualified_rate", version=seen, by=second, at=NOW
    )
    assert again.bound_by_name == first.name
    with pytest.raises(Conflict, match=first.name):
        actions.bind_target(
            target=row, indicator_code="qualified_teacher_rate", version=seen, by=second, at=NOW
        )
    row.refresh_from_db()
    assert row.indicator_code == "dual_qualified_rate"


def test_bind_target_to_an_unknown_indicator() -> None:
    row = factories.target(factories.adopted())
    with pytest.raises(NotFound):
        actions.bind_target(target=row, indicator_code="no_such_thing", by=SYSTEM, at=NOW)


def test_a_rejected_indicator_is_not_suggested_again() -> None:
    row = factories.target(factories.adopted())
    actions.reject_indicator(target=row, indicator_code="dual_qualified_rate", by=SYSTEM, at=NOW)
    row.refresh_from_db()
    assert (row.indicator_code, row.binding) == ("", "none")
    rejected = [c.code for c in queries.binding_choices(row) if c.is_rejected]
    assert rejected == ["dual_qualified_rate"]


def test_bind_target_is_for_the_office_of_the_document() -> None:
    row = factories.target(factories.published())
    with pytest.raises(NotPermitted):
        actions.bind_target(
            target=row, indicator_code="dual_qualified_rate", by=officer("510115"), at=NOW
        )


def _seen(*pairs: tuple[int, float]) -> list[indicators.Seen]:
    return [indicators.Seen(year, value, "computed", False, "") for year, value in pairs]


def _measured(monkeypatch: pytest.MonkeyPatch, values: dict[str, list[indicators.Seen]]) -> None:
    # values need Parquet snapshots; what is tested here begins after them
    monkeypatch.setattr(
        indicators,
        "observations",
        lambda keys, *, viewer: {key: values.get(key[0], []) for key in keys},
    )


def test_standing_converts_percent_and_judges_since_the_baseline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _measured(
        monkeypatch,
        {"dual_qualified_rate": _seen((2010, 0.9), (2024, 0.5), (2025, 0.6))},
    )
    row = factories.bound(factories.adopted())
    shown = queries.standings([row], viewer=SYSTEM, on=TODAY)[0]
    # 0.5 at the end of 2024 to 0.8 at the end of 2027 needs (0.8/0.5)^(1/3) - 1 = 17.0 % a year;
    # 0.6/0.5 - 1 = 20 % were reached
    assert (shown.standing, shown.value, shown.promise) == ("on_track", 0.6, "≥ 80%")
    assert shown.attainment.ratio == pytest.approx(0.2 / 0.16961, rel=1e-3)
    assert shown.attainment.pace_needed == pytest.approx(0.1)
    assert (shown.pace_needed, shown.pace) == ("10 percentage points", "10 percentage points")
    assert [item.year for item in shown.observations] == [2024, 2025]


def test_standing_with_a_stated_baseline_of_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    _measured(monkeypatch, {"dual_qualified_rate": _seen((2025, 0.1))})
    row = factories.bound(factories.adopted())
    actions.decide_item(
        item=row,
        move="correct",
        version=row.version,
        values={"baseline_value": 0.0, "baseline_year": 2024},
        by=SYSTEM,
        at=NOW,
    )
    row.refresh_from_db()
    shown = queries.standings([row], viewer=SYSTEM, on=TODAY)[0]
    assert shown.standing == "off_track"
    assert shown.attainment.ratio == pytest.approx(0.1 / (0.8 / 3))


def test_standing_without_a_value_is_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    _measured(monkeypatch, {})
    row = factories.bound(factories.adopted())
    shown = queries.standings([row], viewer=SYSTEM, on=TODAY)[0]
    assert (shown.standing, shown.value) == ("not_yet_measurable", None)
    assert "no value" in shown.reason


def test_a_suggested_indicator_judges_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    _measured(monkeypatch, {"dual_qualified_rate": _seen((2024, 0.5), (2025, 0.6))})
    row = factories.target(factories.adopted())
    shown = queries.standings([row], viewer=SYSTEM, on=TODAY)[0]
    assert (shown.standing, shown.value) == ("not_yet_measurable", None)
    assert "suggested" in shown.reason


def test_target_asked_of_every_year(monkeypatch: pytest.MonkeyPatch) -> None:
    found = factories.adopted()
    row = factories.target(found, "培训")
    assert (row.low, row.unit) == (30000, "人次/年")
    row = factories.bound(found, "培训", "training_person_times")
    _measured(monkeypatch, {"training_person_times": _seen((2025, 31000))})
    shown = queries.standings([row], viewer=SYSTEM, on=TODAY)[0]
    assert (shown.standing, shown.value) == ("achieved", 31000)


def test_targets_by_status_counts_the_subtree(monkeypatch: pytest.MonkeyPatch) -> None:
    _measured(monkeypatch, {"dual_qualified_rate": _seen((2024, 0.5), (2025, 0.85))})
    found = factories.adopted()
    factories.bound(found)
    mine = queries.targets_by_status(region=region("500000"), viewer=SYSTEM, on=TODAY)
    adopted = Target.objects.adopted().filter(document=found).count()
    assert mine.total == adopted
    assert mine.counts["achieved"] == 1
    below = queries.standings_below(region=region("500000"), viewer=SYSTEM, on=TODAY)
    assert [(row.code, row.total) for row in below] == [("500118", adopted)]
    elsewhere = queries.targets_by_status(region=region("510000"), viewer=SYSTEM, on=TODAY)
    assert elsewhere.total == 0


def test_targets_cost_the_same_queries_for_one_and_for_three(count_queries) -> None:  # type: ignore[no-untyped-def]
    found = factories.adopted()
    rows = list(Target.objects.adopted().filter(document=found).order_by("pk"))
    assert len(rows) >= 4
    Target.objects.exclude(pk=rows[0].pk).update(state="rejected")
    one = count_queries(lambda: queries.targets(viewer=SYSTEM, on=TODAY))
    Target.objects.filter(pk__in=[row.pk for row in rows[:3]]).update(state="accepted")
    three = count_queries(lambda: queries.targets(viewer=SYSTEM, on=TODAY))
    assert one == three


def test_targets_are_seen_by_their_office_and_when_published_by_all() -> None:
    found = factories.adopted()
    assert queries.targets(viewer=officer(), on=TODAY)
    for stranger in (officer("510115"), PUBLIC):
        assert queries.targets(viewer=stranger, on=TODAY) == []
        with pytest.raises(NotFound):
            queries.get_target(factories.target(found).uuid, viewer=stranger)
    actions.move_document(document=found, move="publish", by=SYSTEM, at=NOW)
    assert queries.targets(viewer=PUBLIC, on=TODAY)


def test_contradiction_within_a_document_is_found_and_both_are_kept() -> None:
    found = factories.adopted()
    clash = Contradiction.objects.get()
    assert clash.reason["differs"] == "value"
    assert sorted(target.low for target in clash.targets.all()) == [90, 95]
    assert Target.objects.adopted().filter(document=found, low__in=[90, 95]).count() == 2
    row = factories.target(found, "就业率")
    assert [c.contradiction for c in queries.contradictions(viewer=SYSTEM, target=row)] == [clash]
    assert queries.contradictions(viewer=officer("510115")) == []


def test_a_dismissed_contradiction_stays_dismissed() -> None:
    found = factories.adopted()
    clash = Contradiction.objects.get()
    actions.decide_contradiction(contradiction=clash, is_contradiction=False, by=officer(), at=NOW)
    row = factories.target(found)
    actions.decide_item(
        item=row, move="correct", version=row.version, values={"low": 85.0}, by=SYSTEM, at=NOW
    )
    assert queries.contradictions(viewer=SYSTEM) == []
    assert Contradiction.objects.get().verdict == "rejected"


def test_a_contradiction_that_no_longer_holds_is_taken_back() -> None:
    found = factories.adopted()
    row = Target.objects.get(document=found, low=90)
    actions.decide_item(item=row, move="reject", version=row.version, by=SYSTEM, at=NOW)
    assert not Contradiction.objects.exists()


def test_confirming_a_contradiction_needs_a_reading() -> None:
    factories.adopted()
    with pytest.raises(Invalid):
        actions.decide_contradiction(
            contradiction=Contradiction.objects.get(), is_contradiction=True, by=officer(), at=NOW
        )


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        # pairs of one metric in the words of two clauses, and pairs of different things
        ("毕业生留在永川和重庆的比例", "毕业生在渝就业率", True),
        ("专业与产业匹配度", "专业与产业匹配率", True),
        ("入选国家双高计划的院校数", "国家双高计划院校数", True),
        ("国家双高计划院校数", "市级双高计划院校数", False),
        ("川渝联合培养的试点专业数", "东西联合培养的试点专业数", False),
        ("新增专业数", "课程数", False),
    ],
)
def test_metric_likeness(one: str, other: str, alike: bool) -> None:
    likeness = metric_likeness(Target(metric=one), Target(metric=other))
    assert (likeness >= 0.5) is alike


def test_assign_target_keeps_within_the_region_of_the_document() -> None:
    row = factories.target(factories.adopted())
    office = bureau()
    actions.assign_target(target=row, region=region(), owners=[office], by=SYSTEM, at=NOW)
    assert list(row.owners.all()) == [office]
    with pytest.raises(Invalid):
        actions.assign_target(target=row, region=region("510115"), by=SYSTEM, at=NOW)


def test_an_owner_that_is_not_listed_is_hidden_from_the_public() -> None:
    row = factories.target(factories.published())
    hidden, listed = bureau("内部办公室"), bureau("公开办公室", is_listed=True)
    actions.assign_target(target=row, owners=[hidden, listed], by=SYSTEM, at=NOW)
    seen = queries.get_target(row.uuid, viewer=PUBLIC)
    assert list(seen.owners.all()) == [listed]
    assert set(queries.get_target(row.uuid, viewer=officer()).owners.all()) == {hidden, listed}


def test_coverage_lists_promises_without_an_indicator() -> None:
    factories.adopted()
    found = queries.coverage(region=region(), viewer=SYSTEM)
    assert found.total == found.bound + found.suggested + len(found.unbound)
    assert found.suggested > 0


def test_words_of_a_target_are_marked_in_their_surroundings() -> None:
    row = queries.get_target(factories.target(factories.adopted()).uuid, viewer=SYSTEM)
    parts = queries.words_of(row)
    marked = [part.text for part in parts if part.marks]
    assert len(marked) == 1
    assert "80%" in marked[0]
    known = actions.record_document(
        facts=factories.facts(document_number="另〔2025〕1号", title="另一份"),
        region=region(),
        by=SYSTEM,
        at=NOW,
    ).document
    assert queries.words_of(Target.objects.filter(document=known).first()) == []


def test_judgement_of_an_earlier_year_ignores_later_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _measured(monkeypatch, {"dual_qualified_rate": _seen((2024, 0.5), (2025, 0.85))})
    row = factories.bound(factories.adopted())
    then = queries.standings([row], viewer=SYSTEM, on=datetime.date(2024, 12, 31))[0]
    assert then.value == 0.5
