"""Handing in facts, freezing them, computing, publishing and reporting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from jiangxin.apps.indicators import actions, queries
from jiangxin.apps.indicators.models import FactTable, ReportedValue, Snapshot, Value
from jiangxin.apps.indicators.queries.trace import folder_of
from jiangxin.core.errors import Conflict, Invalid, NotFound, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, officer, region_scope
from tests.apps.indicators.factories import (
    ENTERPRISES,
    ROWS,
    computed,
    hand_in,
    sheet,
    snapshot,
)

pytestmark = pytest.mark.django_db
RATE = "consortium_enterprise_rate"


def value(place: str = "500118", scope: str = "region", year: int = 2025) -> Value:
    return Value.objects.get(indicator=RATE, scope=scope, code=place, year=year, part="")


def test_facts_are_counted_by_hand(tmp_path: Path) -> None:
    computed(tmp_path)
    yongchuan, wenjiang, nation = value(), value("510115"), value("000000")
    assert (yongchuan.numerator, yongchuan.denominator, yongchuan.n) == (2, 3, 3)
    assert yongchuan.value == pytest.approx(2 / 3)
    assert (wenjiang.value, wenjiang.status) == (0, "measured")
    assert nation.value == pytest.approx(2 / 4)


def test_values_without_facts_say_what_is_missing(tmp_path: Path) -> None:
    computed(tmp_path)
    row = Value.objects.get(
        indicator="dual_qualified_rate", scope="region", code="500118", year=2025, part=""
    )
    assert (row.status, row.value, row.missing) == ("not_yet_measurable", None, ["teachers"])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("500118", "E1", 2025, None, True, True)], "1 rows without above_scale"),
        ([("50011", "E1", 2025, True, True, True)], "region_code has not six digits"),
        ([ROWS[0], ROWS[0]], "stand more than once"),
        ([("500118", "E1", "next year", True, True, True)], "cannot be read"),
    ],
)
def test_rows_that_break_the_schema_are_refused_whole(
    rows: list[tuple[Any, ...]], words: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as caught:
        hand_in(tmp_path, rows)
    assert words in caught.value.message
    assert not FactTable.objects.exists()


def test_missing_column_and_unknown_fact_are_refused(tmp_path: Path) -> None:
    file = sheet(tmp_path, [row[:-1] for row in ROWS], ENTERPRISES[:-1])
    with pytest.raises(Invalid, match="integration_certified"):
        actions.hand_in_facts(fact="enterprises", file=file, origin="t", by=SYSTEM, at=NOW)
    with pytest.raises(NotFound):
        actions.hand_in_facts(fact="unicorns", file=file, origin="t", by=SYSTEM, at=NOW)


def test_handing_in_again_replaces_the_same_origin_only(tmp_path: Path) -> None:
    hand_in(tmp_path, ROWS[:2])
    hand_in(tmp_path, ROWS[2:4], origin="another")
    hand_in(tmp_path, ROWS[:1])
    assert snapshot().manifest["enterprises"]["rows"] == 3
    assert FactTable.objects.filter(is_current=True).count() == 2


def test_a_snapshot_keeps_what_was_then(tmp_path: Path) -> None:
    first = computed(tmp_path)
    old = value()
    computed(tmp_path, ROWS[:1])
    again = queries.recompute(old)
    assert again is not None
    assert (again.value, again.numerator, again.denominator) == (old.value, 2, 3)
    assert first.snapshot.manifest["enterprises"]["rows"] == len(ROWS)
    current = queries.current_computation()
    assert current is not None
    assert current.pk != first.pk


def test_an_altered_snapshot_is_not_computed(tmp_path: Path) -> None:
    hand_in(tmp_path)
    frozen = snapshot()
    (folder_of(frozen) / "enterprises.parquet").write_bytes(b"altered")
    with pytest.raises(Conflict, match="enterprises"):
        actions.compute_indicators(snapshot=frozen, by=SYSTEM, at=NOW)
    assert not Value.objects.exists()


def test_a_failed_snapshot_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    table = hand_in(tmp_path)
    FactTable.objects.filter(pk=table.pk).update(file="lost.parquet")
    with pytest.raises(Exception, match=r"lost\.parquet"):
        snapshot()
    assert not Snapshot.objects.exists()
    assert list(settings.SNAPSHOT_DIR.glob("*")) == []


def test_only_those_who_compute_may_hand_in_and_compute(tmp_path: Path) -> None:
    frozen = computed(tmp_path).snapshot
    stranger = officer(kind="expert")
    for viewer in (PUBLIC, stranger):
        with pytest.raises(NotPermitted):
            actions.take_snapshot(by=viewer, at=NOW)
        with pytest.raises(NotPermitted):
            actions.compute_indicators(snapshot=frozen, by=viewer, at=NOW)


def test_values_are_seen_within_the_scope_only(tmp_path: Path) -> None:
    computed(tmp_path)
    here, there = officer(), officer("510115")
    series = queries.series(RATE, scope="region", place="500118", viewer=here)
    assert [(seen.year, seen.kind) for seen in series] == [(2025, "computed")]
    assert queries.series(RATE, scope="region", place="500118", viewer=there) == []
    with pytest.raises(NotFound):
        queries.get_value(value().uuid, viewer=there)


def test_publishing_shows_a_region_and_hides_small_cells(tmp_path: Path) -> None:
    done = computed(tmp_path)
    leader = officer(kind="leader")
    assert queries.published_observations(region="500118") == {}
    actions.publish_values(computation=done, region="500118", by=leader, at=NOW)
    actions.publish_values(computation=done, region="500118", by=leader, at=NOW)
    shown = queries.published_observations(region="500118")
    assert RATE in shown  # organisations are public things; only persons are protected
    assert queries.published_observations(region="510115") == {}
    assert AuditRow.objects.filter(event="indicators.values.published").count() == 1
    with pytest.raises(NotPermitted):
        actions.publish_values(computation=done, region="510115", by=leader, at=NOW)


def report(**values: Any) -> ReportedValue:
    given = {
        "indicator": "dual_qualified_rate",
        "year": 2025,
        "value": 0.7,
        "evidence": "Register of teachers of 31 December",
        "by": officer(),
        "at": NOW,
        "scope": region_scope(),
    }
    return actions.report_value(**{**given, **values})


def test_a_report_counts_until_it_can_be_computed(tmp_path: Path) -> None:
    viewer = officer()
    report()
    series = queries.series("dual_qualified_rate", scope="region", place="500118", viewer=viewer)
    assert [(s.value, s.kind) for s in series] == [(0.7, "reported")]
    report(indicator=RATE, value=0.5)
    computed(tmp_path)
    series = queries.series(RATE, scope="region", place="500118", viewer=viewer)
    assert [(round(s.value, 3), s.kind) for s in series] == [(0.667, "computed")]


def test_a_second_report_replaces_and_keeps_the_first() -> None:
    first = report()
    second = report(value=0.72)
    first.refresh_from_db()
    assert (first.replaced_by, first.withdrawn_at) == (second, None)
    assert list(ReportedValue.objects.current()) == [second]
    with pytest.raises(WrongState):
        actions.withdraw_report(report=first, by=officer(), at=NOW)
    actions.withdraw_report(report=second, by=officer(), at=NOW)
    assert not ReportedValue.objects.current().exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"value": 1.2}, "value"),
        ({"value": -0.1}, "value"),
        ({"value": float("nan")}, "value"),
        ({"year": 2027}, "year"),
        ({"evidence": "ok"}, "evidence"),
    ],
)
def test_an_odd_report_names_the_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        report(**values)
    fields: Any = caught.value.data["fields"]
    assert list(fields) == [field]
    assert not ReportedValue.objects.exists()


def test_nobody_reports_for_another_region() -> None:
    with pytest.raises(NotPermitted):
        report(by=officer("510115"))


def test_two_current_reports_cannot_be_stored() -> None:
    first = report()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportedValue.objects.create(
            indicator=first.indicator,
            scope=first.scope,
            year=first.year,
            value=0.1,
            evidence="x",
            reported_by_name="x",
            reported_at=NOW,
        )
