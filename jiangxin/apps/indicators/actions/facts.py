"""Facts come in, are checked against their schema, and are frozen in snapshots."""

from __future__ import annotations

import datetime
import shutil
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.indicators import permissions
from jiangxin.apps.indicators.models import FactTable, Snapshot
from jiangxin.apps.indicators.queries.definitions import schemas
from jiangxin.apps.indicators.queries.trace import folder_of, sha256
from jiangxin.apps.reference import queries as reference
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures

# what the `facts.py` of the apps publish: fact → function that gives its rows; config fills it at
# start
PUBLISHERS: dict[str, Callable[[], measures.FactRows]] = {}

_ARROW = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
}


def fact_folder() -> Path:
    """Return the folder of facts handed in."""
    folder = Path(settings.VAR) / "facts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@transaction.atomic
def hand_in_facts(
    *,
    fact: str,
    file: Path,
    origin: str,
    by: Viewer,
    at: datetime.datetime,
    covers: Sequence[tuple[str, int, int]] = (),
    is_simulated: bool = False,
) -> FactTable:
    """Take over rows of one fact; they replace what the same origin handed in before.

    Args:
        file: Parquet or CSV with the columns of the schema (more are ignored).
        covers: (region code, first year, last year) for which the rows are complete, so that
            no row there means none.

    Raises:
        NotPermitted: `by` may not compute indicators.
        NotFound: no such fact.
        Invalid: columns are missing or values break the schema; nothing is taken over.
    """
    permissions.can_compute(by).enforce()
    schema = schemas().get(fact)
    if schema is None:
        raise NotFound(_("There is no fact “%(fact)s” in rules/facts.") % {"fact": fact})
    target = fact_folder() / f"{fact}-{uuid.uuid4().hex}.parquet"
    rows = _checked_copy(schema, file, target)
    FactTable.objects.select_for_update().filter(fact=fact, origin=origin, is_current=True).update(
        is_current=False
    )
    table = FactTable.objects.create(
        fact=fact,
        file=target.name,
        sha256=sha256(target),
        rows=rows,
        origin=origin,
        handed_in_at=at,
        covers=[list(item) for item in covers],
        is_simulated=is_simulated,
    )
    audit.record(
        "indicators.facts.handed_in",
        by=by,
        at=at,
        subject=table,
        path="",
        data={"fact": fact, "rows": rows, "origin": origin},
    )
    return table


def _checked_copy(schema: measures.FactSchema, file: Path, target: Path) -> int:
    reader = "read_csv" if file.suffix.lower() == ".csv" else "read_parquet"
    columns = ", ".join(
        f"CAST({c.name} AS {_duckdb_type(c.type)}) AS {c.name}" for c in schema.columns
    )
    connection = duckdb.connect()
    try:
        connection.execute(
            f"CREATE TABLE t AS SELECT {columns} FROM {reader}(?)", [file.as_posix()]
        )
        problems = _problems(connection, schema)
        if problems:
            raise Invalid(
                _("The rows of “%(fact)s” break its schema, so none were taken over: %(what)s")
                % {"fact": schema.code, "what": "; ".join(problems)},
                data={"problems": problems},
            )
        order = ", ".join(["year", "region_code", *(k for k in schema.key if k != "year")])
        connection.execute(
            f"COPY (SELECT * FROM t ORDER BY {order}) TO '{target.as_posix()}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        counted = connection.execute("SELECT count(*) FROM t").fetchone()
        return int(counted[0]) if counted else 0
    except duckdb.Error as error:
        raise Invalid(
            _("The file for “%(fact)s” cannot be read as its schema asks: %(what)s")
            % {"fact": schema.code, "what": str(error).splitlines()[0]}
        ) from None
    finally:
        connection.close()


def _duckdb_type(kind: str) -> str:
    return {"text": "VARCHAR", "integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN"}[kind]


def _problems(connection: Any, schema: measures.FactSchema) -> list[str]:
    found = []

    def count(condition: str) -> int:
        return int(connection.execute(f"SELECT count(*) FROM t WHERE {condition}").fetchone()[0])

    for column in schema.columns:
        if not column.nullable and (n := count(f"{column.name} IS NULL")):
            found.append(_("%(n)s rows without %(column)s") % {"n": n, "column": column.name})
        if column.values:
            allowed = ", ".join(f"'{value}'" for value, _label in column.values)
            n = count(f"{column.name} IS NOT NULL AND {column.name} NOT IN ({allowed})")
            if n:
                found.append(
                    _("%(n)s rows whose %(column)s is not one of the allowed values")
                    % {"n": n, "column": column.name}
                )
    if n := count("NOT regexp_full_match(region_code, '[0-9]{6}')"):
        found.append(_("%(n)s rows whose region_code has not six digits") % {"n": n})
    key = ", ".join(dict.fromkeys((*schema.key, "year")))
    repeated = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM t GROUP BY {key} HAVING count(*) > 1)"
    ).fetchone()[0]
    if repeated:
        found.append(
            _("%(n)s keys (%(key)s) that stand more than once") % {"n": repeated, "key": key}
        )
    return found


@transaction.atomic
def take_snapshot(*, by: Viewer, at: datetime.datetime) -> Snapshot:
    """Freeze all facts of now, with the tree of regions, in a folder that never changes.

    The folder is complete before the snapshot becomes visible; a run that is killed leaves at
    most a folder that nobody refers to.
    """
    permissions.can_compute(by).enforce()
    folder = f"{at:%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
    snapshot = Snapshot(taken_at=at, folder=folder)
    path = folder_of(snapshot)
    path.mkdir(parents=True)
    try:
        manifest = _write_facts(path)
        _write_table(
            path / "region_closure.parquet",
            {"ancestor_code": pa.string(), "descendant_code": pa.string()},
            ((a, d) for a, d, _depth in reference.region_tree(on=at.date())),
        )
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    snapshot.manifest = manifest
    snapshot.is_simulated = any(entry["simulated"] for entry in manifest.values())
    snapshot.save()
    audit.record(
        "indicators.snapshot.taken",
        by=by,
        at=at,
        subject=snapshot,
        path="",
        data={fact: entry["rows"] for fact, entry in manifest.items()},
    )
    return snapshot


def _write_facts(path: Path) -> dict[str, dict[str, object]]:
    tables: dict[str, list[FactTable]] = {}
    for table in FactTable.objects.filter(is_current=True).order_by("fact", "origin"):
        tables.setdefault(table.fact, []).append(table)
    covers: list[tuple[str, str, int]] = []
    manifest: dict[str, dict[str, object]] = {}
    for code, schema in schemas().items():
        published = PUBLISHERS[code]() if code in PUBLISHERS else measures.FactRows(())
        part = path / f"{code}.part"
        target = path / f"{code}.parquet"
        count = _write_table(part, {c.name: _ARROW[c.type] for c in schema.columns}, published.rows)
        is_published = bool(count or published.covers)
        if is_published or code in tables:
            files = [fact_folder() / table.file for table in tables.get(code, [])]
            _join(target, schema, part, files)
            manifest[code] = {
                "rows": pq.read_metadata(target).num_rows,
                "sha256": sha256(target),
                "simulated": published.is_simulated
                or any(t.is_simulated for t in tables.get(code, [])),
            }
        part.unlink()
        ranges = [*published.covers, *(c for t in tables.get(code, []) for c in t.covers)]
        covers += [
            (code, region, year)
            for region, first, last in ranges
            for year in range(first, last + 1)
        ]
    _write_table(
        path / "fact_coverage.parquet",
        {"fact": pa.string(), "region_code": pa.string(), "year": pa.int64()},
        sorted(set(covers)),
    )
    return manifest


def _join(
    target: Path, schema: measures.FactSchema, published: Path, handed_in: Sequence[Path]
) -> None:
    """Write what the app publishes and, for keys that it does not know, what was handed in."""
    names = ", ".join(column.name for column in schema.columns)
    key = tuple(dict.fromkeys((*schema.key, "year")))
    known = " AND ".join(f"o.{name} IS NOT DISTINCT FROM h.{name}" for name in key)
    parts = [f"SELECT {names} FROM read_parquet('{published.as_posix()}')"]
    parts += [
        f"SELECT {names} FROM read_parquet('{file.as_posix()}') h WHERE NOT EXISTS "
        f"(SELECT 1 FROM read_parquet('{published.as_posix()}') o WHERE {known})"
        for file in handed_in
    ]
    connection = duckdb.connect()
    try:
        connection.execute(
            f"COPY ({' UNION ALL '.join(parts)}) TO '{target.as_posix()}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
    finally:
        connection.close()


def _write_table(
    path: Path, columns: Mapping[str, pa.DataType], rows: Iterable[Sequence[object]]
) -> int:
    schema = pa.schema(list(columns.items()))
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        batch: list[Sequence[object]] = []
        for row in rows:
            count += 1
            batch.append(row)
            if len(batch) == 50_000:
                writer.write_batch(_batch(batch, schema))
                batch = []
        writer.write_batch(_batch(batch, schema))
    return count


def _batch(rows: list[Sequence[object]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array([row[i] for row in rows], type=field.type) for i, field in enumerate(schema)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
