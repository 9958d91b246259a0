"""The scorecard against a computation by hand, what is kept of it, and who sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import CascadePair, Clause, DocumentLink, PolicyDocument
from jiangxin.core.errors import NotFound, NotPermitted
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import (
    NOW,
    TODAY,
    browser,
    officer,
    person,
    region,
    region_scope,
    viewer,
)
from tests.apps.policies import factories
from tests.apps.policies.tasks_factories import DAY, District, district
from tests.apps.policies.texts import PARENT

pytestmark = pytest.mark.django_db


def _measured(monkeypatch: pytest.MonkeyPatch, code: str, value: float) -> None:
    # values need Parquet snapshots; what is tested here begins after them
    seen = [indicators.Seen(year, value, "computed", False, "") for year in (2024, 2025)]
    monkeypatch.setattr(
        indicators,
        "observations",
        lambda keys, *, viewer: {key: seen if key[0] == code else [] for key in keys},
    )


def _closed(home: District, *, due: int, done: int | None) -> None:
    """Make a task due some days ago, and close it some days ago if at all."""
    task = home.task(due_on=TODAY - due * DAY, at=NOW - 100 * DAY)
    if done is not None:
        at = NOW - done * DAY
        actions.report_task(task=task, text="完成", says_done=True, by=home.officer, at=at)
        actions.move_task(task=task, move="confirm", by=home.officer, at=at)


def _yongchuan() -> District:
    """Return a district with four due tasks (two done, one in time) and one to come."""
    home = district("500118")
    _closed(home, due=10, done=12)
    _closed(home, due=10, done=3)
    _closed(home, due=20, done=None)
    _closed(home, due=30, done=None)
    home.task(due_on=TODAY + 3000 * DAY)
    return home


def _carried(parent: PolicyDocument, child: PolicyDocument, wanted: int) -> int:
    """Let exactly some clauses of the parent be carried; return how many clauses it has."""
    CascadePair.objects.all().delete()
    link = DocumentLink.objects.filter(parent=parent, child=child).first()
    link = link or actions.link_documents(parent=parent, child=child, by=SYSTEM, at=NOW)
    CascadePair.objects.all().delete()
    leaves = list(Clause.objects.filter(document=parent, children__isnull=True))
    carrier = Clause.objects.filter(document=child).last()
    assert carrier is not None
    for clause in leaves[:wanted]:
        actions.add_pair(link=link, parent_clause=clause, child_clause=carrier, by=SYSTEM, at=NOW)
    return len(leaves)


def test_scorecard_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    parent = factories.adopted(PARENT, name="parent.txt")
    child = factories.adopted()
    factories.bound(child)
    _yongchuan()
    # 一, the four measures of 二, and 三
    assert _carried(parent, child, 2) == 6
    _measured(monkeypatch, "dual_qualified_rate", 0.85)
    card = queries.scorecard(region=region("500000"), viewer=officer("500000"), on=TODAY)
    (row,) = card.rows
    parts = {name: (part.numerator, part.denominator) for name, part in row.parts.items()}
    # 80 % was promised and 85 % reached: one point of one; the others cannot be measured
    assert parts == {"targets": (1, 1), "tasks": (2, 4), "timeliness": (1, 4), "coverage": (2, 6)}
    assert card.weights == {"targets": 0.5, "tasks": 0.2, "timeliness": 0.2, "coverage": 0.1}
    assert row.total == pytest.approx(0.5 * 1 + 0.2 * 0.5 + 0.2 * 0.25 + 0.1 * 2 / 6)
    assert (row.rank, row.weight, row.counts["overdue"]) == (1, 1.0, 2)


def test_parts_without_rows_are_left_out_and_said_so() -> None:
    region()
    _yongchuan()
    (row,) = queries.scorecard(region=region("500000"), viewer=officer("500000"), on=TODAY).rows
    assert row.parts["targets"].rate is None
    assert row.parts["coverage"].rate is None
    # tasks and timeliness weigh 0.2 each of a whole of 0.4
    assert row.total == pytest.approx((0.2 * 0.5 + 0.2 * 0.25) / 0.4)
    assert row.weight == pytest.approx(0.4)


def test_a_government_with_nothing_due_has_no_total_and_no_rank() -> None:
    home = district("500118")
    home.task(due_on=TODAY + 3000 * DAY)
    (row,) = queries.scorecard(region=region("500000"), viewer=officer("500000"), on=TODAY).rows
    assert (row.total, row.rank) == (None, None)


def test_the_rows_behind_are_those_that_were_counted() -> None:
    _yongchuan()
    behind = queries.behind_score(
        region=region("500000"), child=region("500118"), viewer=officer("500000"), on=TODAY
    )
    assert (len(behind.due), len(behind.late)) == (4, 3)


def test_a_kept_scorecard_never_changes() -> None:
    home = _yongchuan()
    by = officer("500000")
    kept = actions.keep_scorecard(region=region("500000"), by=by, at=NOW)
    before = kept.rows
    _closed(home, due=5, done=None)
    again = actions.keep_scorecard(region=region("500000"), by=by, at=NOW)
    kept.refresh_from_db()
    assert kept.rows == before
    assert again.rows != before
    assert (kept.edition, again.edition) == (1, 2)


def test_only_the_leader_publishes_and_only_then_others_see_it() -> None:
    home = _yongchuan()
    by = officer("500000")
    leader = viewer(person("leader", region_scope("500000")))
    kept = actions.keep_scorecard(region=region("500000"), by=by, at=NOW)
    with pytest.raises(NotPermitted):
        actions.keep_scorecard(region=region("500000"), by=home.officer, at=NOW)
    with pytest.raises(NotPermitted):
        actions.move_scorecard(card=kept, move="publish", by=by, at=NOW)
    for outsider in (PUBLIC, home.officer, officer("510115")):
        with pytest.raises(NotFound):
            queries.get_scorecard(kept.uuid, viewer=outsider)
    actions.move_scorecard(card=kept, move="publish", by=leader, at=NOW)
    assert queries.get_scorecard(kept.uuid, viewer=PUBLIC) == kept


def _at(name: str, *args: Any, **query: str) -> str:
    parts = "&".join(f"{key}={value}" for key, value in query.items())
    return reverse(f"policies:{name}", args=args) + (f"?{parts}" if parts else "")


def test_pages_of_the_scorecard() -> None:
    home = _yongchuan()
    user = person("officer", region_scope("500000"))
    client = browser(user)
    page = client.get(_at("scorecard", region="500000")).content.decode()
    assert "永川区" in page
    assert "inferred" in page
    assert _at("score", "500118", region="500000") in page
    behind = client.get(_at("score", "500118", region="500000")).content.decode()
    assert behind.count("建设实训中心500118") == 4
    answer = client.post(_at("keep_scorecard", region="500000"), follow=True)
    assert "it never changes" in answer.content.decode()
    # another region's officer and the public learn nothing of it
    for outsider in (browser(person("officer", region_scope("510115"))), Client()):
        words = outsider.get(_at("scorecard", region="500000")).content.decode()
        assert _at("score", "500118") not in words
        assert outsider.get(_at("score", "500118", region="500000")).status_code in (302, 403)
    assert (
        browser(home.users["officer"]).post(_at("keep_scorecard", region="500000")).status_code
        == 403
    )


def test_scorecard_through_the_api() -> None:
    _yongchuan()
    client = browser(person("officer", region_scope("500000")))
    answer = client.get("/api/v1/policies/scorecard?region=500000").json()
    assert [(row["code"], row["parts"]["tasks"]["rate"]) for row in answer["rows"]] == [
        ("500118", 0.5)
    ]
    away = browser(person("officer", region_scope("510115")))
    assert away.get("/api/v1/policies/scorecard?region=500000").status_code == 403
    assert Client().get("/api/v1/policies/scorecard?region=500000").status_code == 401


def test_scorecard_asks_no_more_for_more_rows(
    count_queries: Callable[[Callable[[], Any]], int],
) -> None:
    home = _yongchuan()
    by = officer("500000")
    place = region("500000")

    def ask() -> None:
        queries.scorecard(region=place, viewer=by, on=TODAY)

    ask()
    one = count_queries(ask)
    for number in range(4):
        _closed(home, due=5 + number, done=None)
    assert count_queries(ask) == one
