"""Benchmark of collections: the annual return of a province, beside reading its file alone.

A made-up province of 12,000 schools hands in a return of 200 fields in one Excel file; it is read,
checked, stored, reviewed one by one, approved by every county and the province, and locked.
The peer is the fastest reader of Excel files that there is for Python, reading the same file and
doing nothing else. A scratch database is made for it and removed afterwards.
"""

from __future__ import annotations

import datetime
import gc
import io
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml
from django.db import connection
from python_calamine import CalamineWorkbook

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.accounts import queries as people
from jiangxin.apps.accounts.models import User
from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Edition, Filing
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.reference import actions as reference_actions
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import SYSTEM, Viewer

NOW = datetime.datetime(2026, 3, 14, 2, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()
PROVINCE = "990000"
COUNTIES = 40
FIELDS = 200
EDITIONS = 20
LIMIT = 6.0
MATRIX_MS = 200.0


def run(*, quick: bool) -> list[dict[str, object]]:
    """Measure `return-12000x200` and `matrix-12000x20`; with quick a tenth of the schools."""
    schools = 1_200 if quick else 12_000
    with _scratch_database():
        _make_province(schools)
        return [_measure_return(schools), _measure_matrix(schools, 3 if quick else 15)]


@contextmanager
def _scratch_database() -> Iterator[None]:
    """Put an empty database in place of the installation's, in a folder of its own for SQLite."""
    name = connection.settings_dict["NAME"]
    with tempfile.TemporaryDirectory() as folder:
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder) / "bench.sqlite3")
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)


def _make_province(schools: int) -> None:
    rows = [
        reference_actions.DivisionRow("000000", "全国", "nation", ""),
        reference_actions.DivisionRow(PROVINCE, "测试省", "province", "000000"),
        *(
            reference_actions.DivisionRow(f"9901{i:02}", f"测试{i}县", "county", PROVINCE)
            for i in range(1, COUNTIES + 1)
        ),
    ]
    header = reference_actions.EditionHeader("divisions", "bench", starts_on=None)
    reference_actions.load_edition(header=header, rows=rows, by=SYSTEM, at=NOW)
    accounts.create_region_scopes(by=SYSTEM, at=NOW)
    counties = [reference.get_region(f"9901{i:02}", on=TODAY) for i in range(1, COUNTIES + 1)]
    entries = [
        (
            organisations.Details(
                name=f"测试第{i}职业学校",
                kind="school",
                stage="secondary",
                region=counties[i % COUNTIES],
                is_simulated=True,
            ),
            f"{i:010}",
        )
        for i in range(schools)
    ]
    organisations.register_many(entries=entries, by=SYSTEM, at=NOW)


def _person(name: str, kind: str, code: str = PROVINCE) -> Viewer:
    scope = people.scope_of_region(reference.get_region(code, on=TODAY))
    user: User = accounts.create_user(
        username=name,
        name=name,
        scope=scope,
        by=SYSTEM,
        at=NOW,
        password="bench-only-1",  # noqa: S106 -- of a scratch database
    )
    accounts.grant_role(
        user=user, kind=kind, scope=scope, starts_on=TODAY, ends_on=None, by=SYSTEM, at=NOW
    )
    return people.viewer_for(user, on=TODAY)


def definition(code: str = "bench_return", fields: int = FIELDS) -> dict[str, Any]:
    """Return a generated return: nine of ten fields are numbers or money, with sums to check."""
    asked: dict[str, Any] = {}
    for i in range(fields):
        label = {"en": f"Question {i}", "zh-Hans": f"问题{i}"}
        common = {"label": label, "required": i % 2 == 0}
        match i % 20:
            case 17:
                choices = {c: {"en": c, "zh-Hans": f"选项{c}"} for c in "abc"}
                asked[f"f{i}"] = {**common, "type": "choice", "choices": choices}
            case 18:
                asked[f"f{i}"] = {**common, "type": "yes_no"}
            case 19:
                asked[f"f{i}"] = {**common, "type": "text", "max_length": 50}
            case 15 | 16:
                asked[f"f{i}"] = {**common, "type": "money", "low": 0}
            case _:
                asked[f"f{i}"] = {
                    **common, "type": "number", "unit": "person", "low": 0, "decimals": 0
                }  # fmt: skip
    checks = [
        {
            "code": f"sum{i}",
            "test": f"f{i} == f{i + 1} + f{i + 2}",
            "fields": [f"f{i}"],
            "severity": "error",
            "message": {"en": "The parts give another sum.", "zh-Hans": "分项合计不符。"},
        }
        for i in range(0, fields, 20)
    ]
    return {
        "code": code,
        "label": {"en": "Annual return", "zh-Hans": "年度报表"},
        "group": "schools",
        "purpose": {"en": "A benchmark.", "zh-Hans": "基准测试。"},
        "audience": {"kinds": ["school"]},
        "recurrence": {
            "every": "year", "opens": {"month": 3, "day": 1}, "due": {"month": 3, "day": 31}
        },
        "review": [{"by": "officer", "at": "county", "verb": "approve"}],
        "roll_up": True,
        "outlier_change": 0.5,
        "fields": asked,
        "checks": checks,
    }  # fmt: skip


def _edition(raw: dict[str, Any]) -> Edition:
    region = reference.get_region(PROVINCE, on=TODAY)
    made = actions.save_collection(
        text=yaml.safe_dump(raw, allow_unicode=True, sort_keys=False),
        scope=people.scope_of_region(region),
        by=SYSTEM,
        at=NOW,
    )
    actions.run_collection(
        collection=made, region=region, starts_on=datetime.date(2026, 1, 1), by=SYSTEM, at=NOW
    )
    actions.open_editions(by=SYSTEM, at=NOW)
    return queries.editions(viewer=SYSTEM).get(collection=made, state="open")


def _file(edition: Edition, schools: int) -> bytes:
    """Write the file as people fill it in: headings, one row per school, sums that fit."""
    random_ = random.Random(2026)
    form = edition.definition.form
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(
            0, 0, ["单位代码", "单位名称", *(field.label.zh_hans for field in form.fields)]
        )
        for row in range(schools):
            size = random_.uniform(0.8, 1.2)
            cells: list[object] = [f"{row:010}", f"测试第{row}职业学校"]
            for i, field in enumerate(form.fields):
                if field.type == "choice":
                    cells.append(f"选项{random_.choice('abc')}")
                elif field.type == "yes_no":
                    cells.append(random_.choice("是否"))
                elif field.type == "text":
                    cells.append(f"说明{row % 97}")
                elif i % 20 == 0:
                    cells.append(None)
                else:
                    cells.append(round(100 * size * (1 + i % 7)))
            for i in range(0, len(form.fields), 20):
                cells[i + 2] = cells[i + 3] + cells[i + 4]  # type: ignore[operator]
            sheet.write_row(row + 1, 0, cells)
    return buffer.getvalue()


def _measure_return(schools: int) -> dict[str, object]:
    edition = _edition(definition())
    content = _file(edition, schools)
    province = reference.get_region(PROVINCE, on=TODAY)
    uploader = _person("uploader", "officer")
    reviewer = _person("reviewer", "officer")
    leader = _person("leader", "leader")
    bare: list[float] = []
    parts: dict[str, float] = {}
    busy: dict[str, float] = {}

    def part(name: str, work: Callable[[], Any]) -> Any:
        # reading alone by turns, so that other work on the machine falls on both alike
        _timed(bare, lambda: _bare_read(content))
        began, worked = time.perf_counter(), time.process_time()
        result = work()
        parts[name] = time.perf_counter() - began
        busy[name] = time.process_time() - worked
        return result

    path = province.path
    reading = part(
        "read and check", lambda: queries.read_sheet(edition, content, path=path, on=TODAY)
    )
    entries = [*reading.good, *reading.warned]
    if len(entries) != schools:
        raise AssertionError(f"{reading.counts}: {reading.findings[:3]}")
    part(
        "store",
        lambda: actions.submit_many(
            edition=edition, entries=entries, path=path, note="—", by=uploader, at=NOW
        ),
    )
    part("review", lambda: actions.review_many(edition=edition, by=reviewer, at=NOW))
    part("roll-up and lock", lambda: _roll_up(edition, leader))
    _timed(bare, lambda: _bare_read(content))
    locked = Filing.objects.filter(edition=edition, state="locked", approved__isnull=False).count()
    if locked != schools:
        raise AssertionError(f"{locked} of {schools} returns are locked")
    ours, peer = sum(parts.values()), statistics.median(bare)
    said = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts.items())
    worked = time.process_time()
    _bare_read(content)
    alone = time.process_time() - worked
    said += f"; processor {sum(busy.values()):.2f} s, {sum(busy.values()) / alone:.1f} × reading"
    return {
        "case": f"return-{schools}x{FIELDS}",
        "unit": "s",
        "ours": round(ours, 3),
        "peer": round(peer, 3),
        "peer_name": "python-calamine reading the file alone",
        "limit": round(peer * LIMIT, 3),
        "limit_name": f"{LIMIT:g} × reading alone",
        "ours_over_limit": round(ours / (peer * LIMIT), 3),
        "ours_over_peer": round(ours / peer, 3),
        "runs": 1,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "note": f"{said}; {len(content) / 1e6:.1f} MB of Excel, on {connection.vendor}",
    }


def _roll_up(edition: Edition, leader: Viewer) -> None:
    for i in range(1, COUNTIES + 1):
        county = reference.get_region(f"9901{i:02}", on=TODAY)
        actions.approve_region(edition=edition, region=county, by=leader, at=NOW)
    province = reference.get_region(PROVINCE, on=TODAY)
    actions.approve_region(edition=edition, region=province, by=leader, at=NOW)
    actions.lock(edition=edition, by=leader, at=NOW)


def _bare_read(content: bytes) -> int:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return len(sheet.to_python())


def _measure_matrix(schools: int, runs: int) -> dict[str, object]:
    """Measure who filed what in twenty editions, for the whole province and one of its counties."""
    editions = [_edition(definition(f"bench_{i}", fields=20)) for i in range(EDITIONS - 1)]
    known = list(Filing.objects.values_list("organisation", "region", "scope", "is_simulated"))
    rows = [
        Filing(
            edition=edition,
            organisation_id=organisation,
            region_id=region,
            scope_id=scope,
            is_simulated=simulated,
            version=edition.version,
            state="draft" if number % 3 else "not_begun",
        )
        for edition in editions
        for number, (organisation, region, scope, simulated) in enumerate(known)
        if number % 5
    ]
    Filing.objects.bulk_create(rows, batch_size=2000)
    editions = list(queries.editions(viewer=SYSTEM).filter(state__in=["open", "locked"]))
    if connection.vendor in ("sqlite", "postgresql"):
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    viewer = _person("looker", "officer")
    times: list[float] = []
    province = reference.get_region(PROVINCE, on=TODAY)
    for _run in range(runs):
        found = _timed(
            times, lambda: queries.matrix(editions, viewer=viewer, on=TODAY, within=province.path)
        )
    worked = time.process_time()
    queries.matrix(editions, viewer=viewer, on=TODAY, within=province.path)
    busy = (time.process_time() - worked) * 1000
    county: list[float] = []
    place = reference.get_region("990101", on=TODAY)
    for _run in range(runs):
        _timed(county, lambda: queries.matrix(editions, viewer=viewer, on=TODAY, within=place.path))
    if found.filers != schools or sum(total.expected for total in found.totals) != (
        schools * EDITIONS
    ):
        raise AssertionError(f"{found.filers} filers, {[t.expected for t in found.totals]}")
    ours = statistics.median(times) * 1000
    return {
        "case": f"matrix-{schools}x{EDITIONS}",
        "unit": "ms",
        "ours": round(ours, 1),
        "limit": MATRIX_MS,
        "limit_name": "promised",
        "ours_over_limit": round(ours / MATRIX_MS, 3),
        "runs": runs,
        "note": f"processor {busy:.0f} ms; a county of it {statistics.median(county) * 1000:.0f} ms; "
        f"{len(rows) + schools} returns, on {connection.vendor}",
    }


def _timed(times: list[float], work: Callable[[], Any]) -> Any:
    gc.collect()
    start = time.perf_counter()
    result = work()
    times.append(time.perf_counter() - start)
    return result
