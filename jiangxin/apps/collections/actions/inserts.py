"""Thousands of rows into a table: what they share is prepared once, JSON comes as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models


def insert_rows(
    model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, shared: Mapping[str, Any]
) -> None:
    """Insert rows with one statement; `bulk_create` prepares each value of each row anew.

    Columns that neither the rows nor `shared` name take their default. The database's
    constraints hold as always.

    Args:
        rows: values by column attribute ("filing_id"), the public identifier ("uuid") among
            them; all rows name the same columns; JSON is given as text.
        shared: values that all rows have.
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    own = list(rows[0])
    fields = {
        field.attname: field for field in model._meta.local_concrete_fields if not field.primary_key
    }
    constant = {
        name: field.get_db_prep_save(shared.get(name, field.get_default()), connection)
        for name, field in fields.items()
        if name not in own
    }
    prepare = [
        (name, None if isinstance(fields[name], models.JSONField) else fields[name]) for name in own
    ]
    columns = ", ".join(quote(str(fields[name].column)) for name in (*own, *constant))
    marks = ", ".join(["%s"] * len(fields))
    rest = list(constant.values())
    values = [
        [
            row[name] if field is None else field.get_db_prep_save(row[name], connection)
            for name, field in prepare
        ]
        + rest
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({marks})", values
        )
