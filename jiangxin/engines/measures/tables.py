"""Open connections that hold facts: DuckDB by default, Spark for a province or a nation."""

from __future__ import annotations

from typing import Any, Protocol

from jiangxin.engines.measures.model import Dialect


class Tables(Protocol):
    """A place that answers SQL over facts."""

    @property
    def dialect(self) -> Dialect:
        """The dialect in which it is to be asked."""
        ...

    def columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table or view, empty if it does not exist."""
        ...

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return all rows that a statement answers."""
        ...


class DuckTables:
    """Facts that a DuckDB connection holds as tables or views."""

    dialect: Dialect = "duckdb"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table or view, empty if it does not exist."""
        rows = self.rows(f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{table}'")
        return frozenset(str(name) for (name,) in rows)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return all rows that a statement answers."""
        rows: list[tuple[object, ...]] = self._connection.execute(sql).fetchall()
        return rows


class SparkTables:
    """Facts that a Spark session, classic or Connect, holds as tables or temporary views."""

    dialect: Dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def columns(self, table: str) -> frozenset[str]:
        """Return the columns of a table or view, empty if it does not exist."""
        if not self._session.catalog.tableExists(table):
            return frozenset()
        return frozenset(self._session.table(table).columns)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Return all rows that a statement answers."""
        return [tuple(row) for row in self._session.sql(sql).collect()]
