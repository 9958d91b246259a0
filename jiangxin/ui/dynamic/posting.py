"""What a reader sent: the values of a form out of a POST, and the rows of tables moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.core.files.uploadedfile import UploadedFile

from jiangxin.core.forms import Field, Form

Store = Callable[[Field, UploadedFile], Mapping[str, Any]]
_MOVE = re.compile(r"row_(add|remove|copy):([a-z0-9_]+)(?::(\d{1,6}))?")
# what the search writes into a box: the name for people, the code for us
_NAMED = re.compile(r".*\[([^\[\]]+)\]\s*", re.DOTALL)
_TRUTHS = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class RowMove:
    """A row of a table that the reader added, copied or removed without sending the form."""

    kind: Literal["add", "remove", "copy"]
    table: str
    row: str = ""


def dynamic_row_move(request: Any) -> RowMove | None:
    """Return the row button that was pressed; then show the form again instead of sending it."""
    for name in request.POST:
        if match := _MOVE.fullmatch(name):
            return RowMove(match[1], match[2], match[3] or "")  # type: ignore[arg-type]
    return None


def posted(
    form: Form,
    request: Any,
    *,
    prefix: str = "f",
    values: Mapping[str, Any] | None = None,
    store: Store | None = None,
) -> dict[str, Any]:
    """Read the raw values out of a POST, for `core.forms.clean`.

    If a row button was pressed, the row is added, copied or removed in what is returned, and
    empty rows stay, so that the form can be shown again with it.

    Args:
        values: what is stored; only files found in it can be kept, whoever asks.
        store: keeps an uploaded file and returns its value; without it files are not taken.
    """
    reader = _Reader(request, _files_of(form, values or {}), store, dynamic_row_move(request))
    raw: dict[str, Any] = {}
    for field in form.fields:
        name = f"{prefix}-{field.code}"
        value = reader.table(field, name) if field.type == "table" else reader.value(field, name)
        if value not in (None, "", []):
            raw[field.code] = value
    return raw


@dataclass(frozen=True, slots=True)
class _Reader:
    request: Any
    kept: Mapping[str, Mapping[str, Any]]
    store: Store | None
    move: RowMove | None

    def table(self, field: Field, name: str) -> list[dict[str, Any]]:
        move = self.move if self.move and self.move.table == field.code else None
        rows: list[dict[str, Any]] = []
        for key in dict.fromkeys(self.request.POST.getlist(f"{name}-row")):
            if not key.isdecimal():
                continue
            row = {}
            for column in field.columns:
                value = self.value(column, f"{name}-{key}-{column.code}")
                if value not in (None, "", []):
                    row[column.code] = value
            if move and move.row == key and move.kind == "remove":
                continue
            if row or self.move:
                rows.append(row)
            if move and move.row == key and move.kind == "copy":
                rows.append(dict(row))
        if move and move.kind == "add":
            rows.append({})
        return rows

    def value(self, field: Field, name: str) -> Any:
        post = self.request.POST
        if field.type == "period":
            ends = {end: post.get(f"{name}-{end}", "").strip() for end in ("from", "last")}
            return {end: text or None for end, text in ends.items()} if any(ends.values()) else None
        if field.type == "choice" and field.many:
            return [text for text in post.getlist(name) if text]
        if field.type == "file":
            return self.file(field, name)
        text = post.get(name, "").strip()
        if field.type == "yes_no":
            return _TRUTHS.get(text, text)
        if field.type == "link" and (match := _NAMED.fullmatch(text)):
            return {"kind": field.to, "code": match[1].strip()}
        return text

    def file(self, field: Field, name: str) -> Mapping[str, Any] | None:
        uploaded = self.request.FILES.get(name)
        if uploaded is not None and self.store is not None:
            return self.store(field, uploaded)
        if self.request.POST.get(f"{name}-drop"):
            return None
        return self.kept.get(self.request.POST.get(f"{name}-kept", ""))


def _files_of(form: Form, values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the files among stored values by their identifier."""
    return {str(file["uuid"]): file for file in _stored_files(form, values)}


def _stored_files(form: Form, values: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for field in form.fields:
        value = values.get(field.code)
        if field.type == "file" and isinstance(value, Mapping) and "uuid" in value:
            yield value
        if field.type != "table" or not isinstance(value, list):
            continue
        for column in field.columns:
            if column.type == "file":
                cells = (row.get(column.code) for row in value if isinstance(row, Mapping))
                yield from (cell for cell in cells if isinstance(cell, Mapping) and "uuid" in cell)
