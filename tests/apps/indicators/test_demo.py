"""The demo's facts give every indicator a value that an independent computation reproduces."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.collections import actions as collections
from jiangxin.apps.indicators import actions, queries
from jiangxin.apps.indicators.models import Computation, Value
from jiangxin.apps.registers import actions as registers
from jiangxin.config.demo import load
from jiangxin.config.demo.registers import RegisterDemo
from jiangxin.config.demo.returns import ReturnDemo
from jiangxin.core.permissions import SYSTEM
from jiangxin.engines import measures
from tests.engines.measures.reference import Reference

pytestmark = pytest.mark.django_db

YEAR = 2026
PLACES = ("500118", "500000", "510115")


@pytest.fixture(scope="module")
def small_demo(
    django_db_setup: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Computation]:
    """A demo of few learners, computed once for this module and rolled back after it."""
    from django.conf import settings
    from django.db import transaction

    folder = tmp_path_factory.mktemp("demo")
    old = settings.VAR, settings.SNAPSHOT_DIR
    settings.VAR, settings.SNAPSHOT_DIR = folder, folder / "snapshots"
    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        at = datetime.datetime(YEAR, 11, 1, tzinfo=datetime.UTC)
        call_command("load_reference", verbosity=0)
        accounts.create_region_scopes(by=SYSTEM, at=at)
        load._organisations(at)
        registers.load_types(by=SYSTEM, at=at)
        collections.load_collections(by=SYSTEM, at=at)
        load._people(at)
        for _fact in load._facts(learners=400, seed=7, at=at):
            pass
        recognised = RegisterDemo(at=at)
        _done = [*recognised.load(), *ReturnDemo(at=at, sampler=recognised.sampler).load()]
        snapshot = actions.take_snapshot(by=SYSTEM, at=at)
        computation = actions.compute_indicators(snapshot=snapshot, by=SYSTEM, at=at, years=[YEAR])
        computation.folder = folder  # type: ignore[attr-defined]
        yield computation
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
    settings.VAR, settings.SNAPSHOT_DIR = old


@pytest.fixture(autouse=True)
def _files(_own_files: None, small_demo: Computation, settings: Any) -> None:
    """Tests of this module see the demo's files."""
    settings.VAR = small_demo.folder  # type: ignore[attr-defined]
    settings.SNAPSHOT_DIR = settings.VAR / "snapshots"


@pytest.fixture(scope="module")
def reference(small_demo: Computation) -> Reference:
    """The slow reference over the very files of the snapshot."""
    folder = small_demo.folder / "snapshots" / small_demo.snapshot.folder  # type: ignore[attr-defined]
    facts = {
        code: pq.read_table(folder / f"{code}.parquet").to_pylist()
        if (folder / f"{code}.parquet").exists()
        else []
        for code in queries.schemas()
    }
    wanted = set(PLACES)
    closure = [
        (row["ancestor_code"], row["descendant_code"])
        for row in pq.read_table(folder / "region_closure.parquet").to_pylist()
        if row["ancestor_code"] in wanted
    ]
    return Reference(facts, closure, queries.schemas())


@pytest.mark.parametrize("code", [d.code for d in queries.definitions()])
def test_value_of_the_demo_equals_the_reference(
    code: str, small_demo: Computation, reference: Reference
) -> None:
    definition = queries.get_definition(code)
    values = Value.objects.filter(
        computation=small_demo, indicator=code, scope="region", year=YEAR, part=""
    )
    ours = {row.code: row for row in values.filter(code__in=PLACES)}
    assert set(ours) == set(PLACES)
    measured = 0
    for place in PLACES:
        expected = reference.answer(definition, "region", place, YEAR)
        row = ours[place]
        if expected[0] == "not_yet_measurable":
            # no row there: the demo says that the fact is complete, so a count is 0; only returns
            # are not asked for in every district
            if definition.facts != ("filings",):
                assert row.status in ("measured", "undefined"), row.reason
            assert not row.value
            continue
        assert row.status == expected[0]
        if expected[1] is None:
            assert row.value is None
            continue
        measured += 1
        assert row.value == pytest.approx(float(expected[1]), rel=1e-12)
        assert row.n == expected[4]
    assert measured or not any(r.value for r in ours.values())


def test_every_indicator_is_measured_somewhere_and_marked_as_simulated(
    small_demo: Computation,
) -> None:
    rows = Value.objects.filter(computation=small_demo, status="measured", part="")
    measured = set(rows.values_list("indicator", flat=True))
    assert {d.code for d in queries.definitions()} - measured == set()
    assert not Value.objects.filter(computation=small_demo, is_simulated=False).exists()


@pytest.mark.parametrize("fact", sorted(queries.schemas()))
def test_without_a_fact_its_indicators_are_not_yet_measurable(
    fact: str, small_demo: Computation
) -> None:
    """Take one fact away; what reads it says so, and is never 0."""
    with queries.opened(small_demo.snapshot) as connection:
        connection.execute(f"DROP VIEW {fact}")
        values = measures.evaluate(
            connection, queries.definitions(), queries.schemas(), regions=["500118"], years=[YEAR]
        )
    readers = {d.code for d in queries.definitions() if fact in d.facts}
    here = [v for v in values if (v.scope, v.code) == ("region", "500118")]
    assert {v.indicator for v in here} == {d.code for d in queries.definitions()}
    for value in here:
        if value.indicator in readers:
            assert (value.status, value.value) == ("not_yet_measurable", None)
            assert fact in value.missing
        else:
            assert value.status != "not_yet_measurable"


def test_an_old_value_can_be_computed_again(small_demo: Computation) -> None:
    for code, part in (("dual_qualified_rate", ""), ("dual_qualified_rate", "sex:female")):
        value = Value.objects.get(
            computation=small_demo,
            indicator=code,
            scope="region",
            code="500118",
            year=YEAR,
            part=part,
        )
        again = queries.recompute(value)
        assert again is not None
        assert (again.value, again.numerator, again.denominator) == (
            value.value,
            value.numerator,
            value.denominator,
        )


def test_rows_behind_a_value_are_those_that_it_counts(small_demo: Computation) -> None:
    value = Value.objects.select_related("computation__snapshot", "definition").get(
        computation=small_demo,
        indicator="dual_qualified_rate",
        scope="region",
        code="500118",
        year=YEAR,
        part="",
    )
    numerator = queries.explain(value, viewer=SYSTEM, limit=5)
    denominator = queries.explain(value, viewer=SYSTEM, side="denominator", limit=5)
    assert (numerator.total, denominator.total) == (value.numerator, value.denominator)
    assert len(numerator.rows) == 5
