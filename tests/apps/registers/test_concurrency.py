"""Two people at one moment, in two threads with two connections."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from jiangxin.apps.registers import actions
from jiangxin.apps.registers.models import Application, Entry
from jiangxin.core.errors import Conflict, DomainError
from tests.apps.accounts.factories import NOW, region
from tests.apps.registers import factories
from tests.apps.registers.factories import MEDAL, holder, of_school, school

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]
DAY = datetime.timedelta(days=1)


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start together; returns results or refusals in order."""
    barrier = threading.Barrier(len(acts))
    outcome: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            outcome[place] = act()
        except DomainError as error:
            outcome[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcome


@pytest.fixture(autouse=True)
def _needs_a_shared_database(request: pytest.FixtureRequest) -> None:
    if connection.vendor == "sqlite" and "mode=memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("a database in memory has one connection; PostgreSQL runs this")


def test_returning_and_approving_at_once_lets_one_through_and_names_it() -> None:
    row = factories.submitted()

    def judge(verdict: str, name: str) -> Callable[[], Any]:
        by = holder(name=name)
        return lambda: actions.review(
            application=Application.objects.get(pk=row.pk), verdict=verdict, reason="缺图纸",
            version=row.version, by=by, at=NOW,
        )  # fmt: skip

    done = _at_once(judge("approve", "officer-chen"), judge("return", "officer-li"))
    refused = [result for result in done if isinstance(result, Conflict)]
    row.refresh_from_db()
    assert len(refused) == 1
    verdict, name = (
        ("return", "officer-li") if row.state == "returned" else ("approve", "officer-chen")
    )
    assert refused[0].data["verdict"] == verdict
    assert name in refused[0].message
    assert row.reviews.exclude(verdict="submit").count() == 1


def test_submitting_the_same_twice_at_once_submits_one() -> None:
    first = factories.draft(text=MEDAL, level="county", title="一")
    second = factories.draft(text=MEDAL, level="county", title="二")
    # given the same title after both were begun
    second.title = first.title
    Application.objects.filter(pk=second.pk).update(title=first.title)
    by = of_school(school())

    def hand_in(row: Application) -> Callable[[], Any]:
        return lambda: actions.submit(application=row, version=row.version, by=by, at=NOW)

    done = _at_once(hand_in(first), hand_in(second))
    assert sum(isinstance(result, Conflict) for result in done) >= 1
    assert Application.objects.filter(state="in_review").count() <= 1


def test_the_last_place_of_a_call_is_given_once() -> None:
    call = actions.make_call(
        kind=factories.register_type(MEDAL), level="county", region=region(), title="2026年奖章",
        opens_at=NOW - DAY, closes_at=NOW + DAY, quota=1, by=holder(), at=NOW,
    )  # fmt: skip
    rows = [
        factories.submitted(
            text=MEDAL, level="county", call=call, organisation=school(n), title=f"奖{n}"
        )
        for n in (1, 2)
    ]
    leader = holder("leader")

    def give(row: Application) -> Callable[[], Any]:
        return lambda: actions.recognise(
            application=Application.objects.get(pk=row.pk), version=row.version,
            document_number="1号", by=leader, at=NOW,
        )  # fmt: skip

    done = _at_once(*map(give, rows))
    assert sum(isinstance(result, actions.QuotaUsedUp) for result in done) == 1
    assert Entry.objects.count() == 1


def test_numbers_given_at_once_differ() -> None:
    rows = [
        factories.submitted(text=MEDAL, level="county", organisation=school(n), title=f"奖{n}")
        for n in (1, 2, 3)
    ]
    leader = holder("leader")

    def give(row: Application) -> Callable[[], Any]:
        return lambda: actions.recognise(
            application=Application.objects.get(pk=row.pk), version=row.version,
            document_number="1号", by=leader, at=NOW,
        )  # fmt: skip

    done = _at_once(*map(give, rows))
    assert sorted(entry.number for entry in done) == [f"LANTERN-MEDAL-0000{n}" for n in (1, 2, 3)]
