from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.dashboards import queries
from jiangxin.apps.dashboards.queries import joined
from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies.models import Target
from jiangxin.core.permissions import PUBLIC
from tests.apps.accounts.factories import NOW, TODAY, officer, region
from tests.apps.policies.factories import adopted, document, published

pytestmark = pytest.mark.django_db


def cockpit(code: str = "500118", **values: Any) -> queries.Cockpit:
    viewer = values.pop("viewer", None) or officer(code)
    return queries.cockpit(region=region(code), year=2026, viewer=viewer, on=TODAY)


def test_cockpit_of_a_district_counts_its_adopted_targets() -> None:
    targets = Target.objects.filter(document=adopted()).count()
    assert targets > 2
    found = cockpit()
    assert found.tree.total == found.tree.own == targets
    # nothing has been measured in this country
    assert found.tree.counts["not_yet_measurable"] == targets
    assert found.tree.kept_rate is None
    assert found.measured == 0
    assert sum(sum(one.counts.values()) for one in found.by_deadline) == targets


def test_cockpit_counts_only_what_was_adopted() -> None:
    document()
    assert cockpit().tree.total == 0


def test_cockpit_of_a_province_hangs_the_district_below_it() -> None:
    targets = Target.objects.filter(document=adopted()).count()
    found = cockpit("500000")
    assert (found.tree.name, found.tree.own, found.tree.total) == ("重庆市", 0, targets)
    assert [(one.name, one.own, one.below) for one in found.tree.below] == [("永川区", targets, [])]


def test_cockpit_hides_what_another_region_has_not_published() -> None:
    adopted()
    assert cockpit(viewer=officer("510115")).tree.total == 0


def test_queries_of_the_cockpit_do_not_grow_with_targets(count_queries: Any) -> None:
    found = adopted()
    viewer, place = officer(), region()

    def show() -> None:
        queries.cockpit(region=place, year=2026, viewer=viewer, on=TODAY)

    show()
    many = count_queries(show)
    # a part of the cockpit that becomes empty would need no rows of its own
    kept = Target.objects.filter(contradictions__isnull=False).values("pk")
    first = Target.objects.filter(document=found).exclude(indicator_code="")[0]
    gone, _by_model = Target.objects.exclude(pk__in=kept).exclude(pk=first.pk).delete()
    assert gone
    assert count_queries(show) == many


def test_published_values_of_many_regions_cost_as_much_as_those_of_one(count_queries: Any) -> None:
    region()
    one = count_queries(lambda: indicators.published_in(["500118"]))
    assert count_queries(lambda: indicators.published_in(["500118", "510115", "500000"])) == one


def test_public_page_shows_published_documents_only() -> None:
    adopted()
    assert queries.public_page(region=region(), on=TODAY).total == 0


def test_public_page_shows_each_promise_of_a_published_document() -> None:
    found = published()
    shown = queries.public_page(region=region(), on=TODAY)
    assert shown.total == Target.objects.filter(document=found).count()
    assert [pledge.document_number for pledge in shown.pledges] == [found.document_number]
    assert shown.counts["not_yet_measurable"] == shown.total


def test_todos_put_the_overdue_first_then_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    # monkeypatch: the order is ours, whatever the apps below have to say today
    def waiting(viewer: Any, *, on: datetime.date) -> list[_Todo]:
        days = {"none": None, "late": -3, "far": 40, "near": 2}
        return [
            _Todo(name, None if days[name] is None else on + datetime.timedelta(days[name] or 0))
            for name in days
        ]

    monkeypatch.setattr(joined, "published", lambda name: [waiting])
    found = queries.todos(viewer=officer(), on=TODAY)
    assert [(one.title, one.is_overdue) for one in found] == [
        ("late", True),
        ("near", False),
        ("far", False),
        ("none", False),
    ]


class _Todo:
    def __init__(self, title: str, due_on: datetime.date | None) -> None:
        self.title, self.due_on = title, due_on
        self.url, self.kind, self.overdue = "/", "x", False


def test_nothing_waits_for_the_public() -> None:
    assert queries.todos(viewer=PUBLIC, on=TODAY) == []


def test_officer_is_told_to_review_an_imported_document() -> None:
    document()
    home = queries.home(viewer=officer(), region=region(), year=2026, on=TODAY)
    assert any("永川区技能人才培养行动计划" in one.title for one in home.later)
    assert home.roles == ["bureau officer"]


def test_search_finds_a_target_for_its_officer_and_not_for_another_region() -> None:
    adopted()
    assert "双师型" in str(queries.search(viewer=officer(), text="双师型", on=TODAY))
    assert "双师型" not in str(queries.search(viewer=officer("510115"), text="双师型", on=TODAY))


def test_search_for_nothing_finds_nothing() -> None:
    assert queries.search(viewer=officer(), text="  ", on=TODAY) == []


def test_month_has_whole_weeks_and_the_deadlines_of_targets() -> None:
    found = adopted()
    due = Target.objects.filter(document=found, due_on=datetime.date(2027, 12, 31)).count()
    assert due > 0
    month = queries.month(
        first=datetime.date(2027, 12, 1), region=region(), viewer=officer(), on=TODAY
    )
    assert [len(week) for week in month.weeks] == [7] * 5
    assert month.weeks[0][0].on == datetime.date(2027, 11, 29)
    assert (month.previous, month.following) == ("2027-11", "2028-01")
    assert len(month.events) == due
    assert {event.on for event in month.events} == {datetime.date(2027, 12, 31)}


def test_days_beside_the_month_do_not_count_as_its_events() -> None:
    adopted()
    # the sheet of January 2028 begins with the last days of December
    month = queries.month(
        first=datetime.date(2028, 1, 1), region=region(), viewer=officer(), on=NOW.date()
    )
    assert month.events == []
    assert any(day.events for day in month.weeks[0])
