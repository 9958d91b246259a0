"""Two officers at one moment, in two threads with two connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import ItemRevision, PolicyDocument, Target
from jiangxin.core.errors import DomainError
from jiangxin.core.permissions import SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, officer, region
from tests.apps.policies import factories
from tests.apps.policies.texts import CHILD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


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


def _decide(row: Target, by: Viewer, **values: Any) -> Callable[[], Any]:
    return lambda: actions.decide_item(
        item=Target.objects.get(pk=row.pk),
        move="correct" if values else "accept",
        version=1,
        values=values,
        by=by,
        at=NOW,
    )


def test_adopting_one_target_at_once_changes_it_once() -> None:
    row = factories.target(factories.document())
    done = _at_once(_decide(row, officer()), _decide(row, officer()))
    row.refresh_from_db()
    assert sorted(result.was_already for result in done) == [False, True]
    assert (row.state, row.version) == ("accepted", 2)
    assert ItemRevision.objects.count() == 1


def test_correcting_one_field_at_once_keeps_one_and_shows_both() -> None:
    row = factories.target(factories.document())
    done = _at_once(_decide(row, officer(), low=81.0), _decide(row, officer(), low=82.0))
    refused = [result for result in done if isinstance(result, actions.ItemChanged)]
    assert len(refused) == 1
    assert {refused[0].data["theirs"]["low"], refused[0].data["yours"]["low"]} == {81.0, 82.0}  # type: ignore[index]


def test_importing_one_text_at_once_makes_one_document() -> None:
    region()

    def bring() -> Any:
        return actions.import_document(data=CHILD.encode(), filename="a.txt", by=SYSTEM, at=NOW)

    done = _at_once(bring, bring)
    assert sorted(result.is_new for result in done) == [False, True]
    assert PolicyDocument.objects.count() == 1
