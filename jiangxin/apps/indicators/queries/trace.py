"""How a value came about: definition, snapshot, rows; and the proof that it can be recomputed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from django.conf import settings
from django.utils.translation import gettext as _

from jiangxin.apps.indicators.models import Snapshot, Value
from jiangxin.apps.indicators.queries.definitions import schemas, units
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures


@dataclass(frozen=True, slots=True)
class Trace:
    """What stands behind one value."""

    value: Value
    definition: measures.Definition
    text: str
    # per fact: rows in the snapshot, hash, whether made up
    facts: tuple[tuple[str, int, str, bool], ...]
    columns: tuple[measures.Column, ...]
    rows: tuple[tuple[object, ...], ...]
    # rows in all; `rows` holds the first of them
    total: int
    side: str


def folder_of(snapshot: Snapshot) -> Path:
    """Return the folder of a snapshot."""
    return Path(settings.SNAPSHOT_DIR) / snapshot.folder


@contextmanager
def opened(snapshot: Snapshot) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a snapshot: an in-memory DuckDB with a view per fact, and the tree of regions."""
    connection = duckdb.connect()
    try:
        for path in sorted(folder_of(snapshot).glob("*.parquet")):
            # the names are ours: fact codes and a folder of our own
            connection.execute(
                f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{path.as_posix()}')"
            )
        yield connection
    finally:
        connection.close()


@contextmanager
def opened_on_spark(snapshot: Snapshot) -> Iterator[measures.SparkTables]:
    """Open a snapshot on the Spark Connect server of the settings; it must see the same folder.

    Raises:
        Invalid: the client is not installed, or no server answers.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise Invalid(
            _(
                "The Spark client is not installed. Install the extra: pip install jiangxin[spark]; "
                "or compute on DuckDB, which gives the same numbers on one machine."
            )
        ) from None
    try:
        session = SparkSession.builder.remote(settings.SPARK_REMOTE).getOrCreate()
        for path in sorted(folder_of(snapshot).glob("*.parquet")):
            session.read.parquet(path.as_posix()).createOrReplaceTempView(path.stem)
    except Exception as error:
        raise Invalid(
            _(
                "The Spark server at %(address)s does not answer or cannot read the snapshot: %(what)s"
            )
            % {"address": settings.SPARK_REMOTE, "what": str(error).splitlines()[0]}
        ) from error
    try:
        yield measures.SparkTables(session)
    finally:
        session.stop()


def broken_files(snapshot: Snapshot) -> list[str]:
    """List the facts whose file is missing or was altered since the snapshot was taken."""
    broken = []
    for fact, entry in snapshot.manifest.items():
        path = folder_of(snapshot) / f"{fact}.parquet"
        if not path.exists() or sha256(path) != entry["sha256"]:
            broken.append(fact)
    return broken


def sha256(path: Path) -> str:
    """Return the hash of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _definition_of(value: Value) -> measures.Definition:
    return measures.parse_definition(value.definition.text, schemas=schemas(), units=units())


def explain(value: Value, *, viewer: Viewer, side: str = "", limit: int = 200) -> Trace:
    """Return what stands behind a value, with the first rows of one side of its formula.

    Rows are listed only to people who carry `indicators.trace` where the value belongs.

    Args:
        side: "numerator" or "denominator"; by default the numerator.
    """
    definition = _definition_of(value)
    side = side if side == "denominator" and definition.formula.denominator else "numerator"
    term = definition.formula.denominator if side == "denominator" else definition.formula.numerator
    rows: tuple[tuple[object, ...], ...] = ()
    total = 0
    assert term is not None  # noqa: S101 -- a denominator was asked for only if there is one
    if term.fact in value.computation.snapshot.manifest and viewer.holds(
        "indicators.trace", value.path
    ):
        query = measures.rows_query(
            definition,
            schemas(),
            dialect="duckdb",
            scope="region" if value.scope == "region" else "organisation",
            code=value.code,
            year=value.year,
            side=side,
            limit=limit,
        )
        with opened(value.computation.snapshot) as connection:
            rows = tuple(connection.execute(query.sql, dict(query.parameters)).fetchall())
            whole = query.sql.rsplit("LIMIT", 1)[0]
            counted = connection.execute(
                f"SELECT count(*) FROM ({whole})", dict(query.parameters)
            ).fetchone()
            total = int(counted[0]) if counted else 0
    manifest = value.computation.snapshot.manifest
    return Trace(
        value=value,
        definition=definition,
        text=value.definition.text,
        facts=tuple(
            (
                fact,
                manifest.get(fact, {}).get("rows", 0),
                manifest.get(fact, {}).get("sha256", ""),
                manifest.get(fact, {}).get("simulated", False),
            )
            for fact in definition.facts
        ),
        columns=schemas()[term.fact].columns,
        rows=rows,
        total=total,
        side=side,
    )


def recompute(value: Value) -> measures.Value | None:
    """Compute a value again from its own definition and snapshot; None if it has no place there."""
    definition = _definition_of(value)
    column = value.part.partition(":")[0] or None
    with opened(value.computation.snapshot) as connection:
        values = measures.evaluate(
            connection, [definition], schemas(), regions=None, years=None, by=column
        )
    part = value.part.partition(":")[2]
    return next(
        (
            v
            for v in values
            if (v.scope, v.code, v.year, v.part) == (value.scope, value.code, value.year, part)
        ),
        None,
    )
