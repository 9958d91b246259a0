"""Benchmark of the indicators: all definitions over generated facts, beside hand-written SQL."""

from __future__ import annotations

import gc
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb

from jiangxin.config.bench import indicators_peer as peer
from jiangxin.config.bench.indicators_facts import write_facts
from jiangxin.engines import measures

RULES = Path(measures.__file__).parents[2] / "rules"
# scope, code, year
Place = tuple[str, str, int]
# by indicator and place
Numbers = dict[str, dict[Place, float]]


def run(*, quick: bool) -> list[dict[str, object]]:
    """Measure `all-1e6` and, unless quick, `all-2e7`; rows as the contract of `bench` says."""
    sizes = {"all-1e6": (1_000_000, 5)}
    if not quick:
        sizes["all-2e7"] = (20_000_000, 3)
    return [_measure(case, learners, runs) for case, (learners, runs) in sizes.items()]


def _measure(case: str, learners: int, runs: int) -> dict[str, object]:
    schemas, definitions = _shipped()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        write_facts(connection, schemas, Path(folder), learners)
        ours: list[float] = []
        theirs: list[float] = []
        bare: list[float] = []
        values: list[measures.Value] = []
        numbers: list[tuple[tuple[str, ...], list[tuple[Any, ...]]]] = []
        for _ in range(runs):
            # By turns, so that other work on the machine falls on both alike.
            values = []
            values = _timed(ours, lambda: measures.evaluate(connection, definitions, schemas))
            numbers = []
            numbers = _timed(theirs, lambda: _run_peer(connection))
            _timed(bare, lambda: _bare_pass(connection, schemas))
        difference = _compared(values, _numbers(numbers), definitions)
        count = len(values)
    mine, other, least = (statistics.median(times) for times in (ours, theirs, bare))
    return {
        "case": case,
        "unit": "s",
        "ours": round(mine, 3),
        "peer": round(other, 3),
        "peer_name": "hand-written DuckDB SQL",
        "limit": round(least, 3),
        "limit_name": "rows of each fact counted by region, organisation and year",
        "ours_over_limit": round(mine / least, 3),
        "ours_over_peer": round(mine / other, 3),
        "runs": runs,
        "peak_mb": _peak_mb(),
        "note": f"{len(definitions)} definitions, {count} values; {difference}",
    }


def _timed(times: list[float], work: Callable[[], Any]) -> Any:
    gc.collect()
    start = time.perf_counter()
    result = work()
    times.append(time.perf_counter() - start)
    return result


def _shipped() -> tuple[dict[str, measures.FactSchema], list[measures.Definition]]:
    def texts(folder: str) -> list[str]:
        return [p.read_text(encoding="utf-8") for p in sorted((RULES / folder).glob("*.yaml"))]

    schemas = {schema.code: schema for schema in map(measures.parse_schema, texts("facts"))}
    units = measures.parse_units((RULES / "units.yaml").read_text(encoding="utf-8"))
    definitions = [
        measures.parse_definition(text, schemas=schemas, units=units)
        for text in texts("indicators")
    ]
    return schemas, definitions


def _run_peer(
    connection: duckdb.DuckDBPyConnection,
) -> list[tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """Run the hand-written statements; each answer comes with the names of its indicators."""
    answers = []
    for fact, indicators in peer.SUMS.items():
        rows = connection.execute(peer.sums_sql(fact)).fetchall()
        answers.append((tuple(f"{fact}:{code}" for code in indicators), rows))
    for fact, totals in peer.RUNNING.items():
        rows = connection.execute(peer.running_sql(fact)).fetchall()
        answers.append((tuple(totals), rows))
    for code in peer.BY_ROW:
        answers.append(((code,), connection.execute(peer.by_row_sql(code)).fetchall()))
    return answers


def _numbers(answers: list[tuple[tuple[str, ...], list[tuple[Any, ...]]]]) -> Numbers:
    """Spread the peer's wide rows; ratios of two facts and changes are finished here."""
    found: Numbers = {}
    for names, rows in answers:
        width = 3 if ":" in names[0] else 1
        for position, name in enumerate(names):
            at = 3 + width * position + width - 1
            found[name] = {row[:3]: float(row[at]) for row in rows if row[at] is not None}
    hired = found.pop("teachers:enterprise_hire_ratio")
    posts = found.pop("schools:enterprise_hire_ratio")
    teachers = found.pop("teachers:learners_per_teacher")
    offered = found.pop("offerings:programme_change")
    numbers = {name.rpartition(":")[2]: values for name, values in found.items()}
    learners = numbers["vocational_learners"]
    numbers["enterprise_hire_ratio"] = _quotients(hired, posts)
    numbers["learners_per_teacher"] = _quotients(learners, teachers)
    numbers["learner_growth"] = {
        place: value - 1 for place, value in _quotients(learners, _a_year_later(learners)).items()
    }
    earlier = _a_year_later(offered)
    numbers["programme_change"] = {
        place: value - earlier[place] for place, value in offered.items() if place in earlier
    }
    return numbers


def _quotients(above: dict[Place, float], below: dict[Place, float]) -> dict[Place, float]:
    return {place: value / below[place] for place, value in above.items() if below.get(place)}


def _a_year_later(values: dict[Place, float]) -> dict[Place, float]:
    return {(scope, code, year + 1): value for (scope, code, year), value in values.items()}


def _compared(
    values: list[measures.Value], numbers: Numbers, definitions: list[measures.Definition]
) -> str:
    """Say that both computed the same numbers; anything else is an error of the benchmark."""
    ours: Numbers = {definition.code: {} for definition in definitions}
    for value in values:
        if value.value is not None:
            ours[value.indicator][(value.scope, value.code, value.year)] = float(value.value)
    for definition in definitions:
        code, mine, wanted = definition.code, ours[definition.code], numbers[definition.code]
        if definition.grain == "region":
            wanted = {place: x for place, x in wanted.items() if place[0] == "region"}
        if mine.keys() != wanted.keys():
            odd = sorted(mine.keys() ^ wanted.keys())[:3]
            raise AssertionError(f"{code}: the peer answers for other places, such as {odd}")
        for place, x in wanted.items():
            if abs(mine[place] - x) > 1e-9 * max(1.0, abs(x)):
                raise AssertionError(f"{code} {place}: ours {mine[place]}, peer {x}")
    return "all equal to the peer's"


def _bare_pass(connection: duckdb.DuckDBPyConnection, facts: Iterable[str]) -> None:
    """Count the rows of each fact by region, organisation and year: the least that is needed."""
    for fact in facts:
        connection.execute(
            f"SELECT region_code, organisation_code, year, count(*) FROM {fact} GROUP BY ALL"
        ).fetchall()


def _peak_mb() -> int:
    """Return the most memory that this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
