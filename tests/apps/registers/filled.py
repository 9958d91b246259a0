"""Makes values that a form accepts, from its definition alone, and posts them as a page does."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, get_args

from django.core.files.uploadedfile import SimpleUploadedFile

from jiangxin.core.forms import Check, Field, Form, LinkKind, LinkOption, Links, clean

# the codes that a link field may have
Linked = Callable[[Field], Sequence[str]]
_TRIES = 6000
_NUMBERS = (0, 1, 2, 3, 5, 10, 20, 40, 50, 60, 100, 120, 1000, 5000, 20000, 100000)
FILE = b"%PDF-1.4 test"


class _Anything:
    """Takes every code: what can be linked was chosen from what exists."""

    def labels(self, codes: Collection[str]) -> dict[str, str]:
        return {code: code for code in codes}

    def missing(self, codes: Collection[str], *, where: object) -> set[str]:
        return set()

    def search(self, text: str, **_options: object) -> list[LinkOption]:
        return []

    def find(self, text: str, *, where: object) -> str:
        return text


_LINKS = Links({kind: _Anything() for kind in get_args(LinkKind)})


def values_for(
    form: Form,
    *,
    linked: Linked,
    fixed: Mapping[str, Any] | None = None,
    files: bool = True,
) -> dict[str, Any]:
    """Return values without any error: first guesses, then fields of broken checks by chance.

    Files are given as names; `posted` turns them into uploads.

    Args:
        fixed: values that stay as they are.
        files: leave fields for files out if not; then requiring them is no error.
    """
    fixed = fixed or {}
    chance = random.Random(form.code)
    raw: dict[str, Any] = {}
    # later fields may become applicable or required by earlier ones, so all get a value
    for field in form.fields:
        raw[field.code] = fixed.get(field.code) or _guess(field, chance, linked, first=True)
    for _try in range(_TRIES):
        found = clean(form, _as_stored(form, raw), links=_LINKS)
        if found.is_ok:
            kept = {code: value for code, value in raw.items() if code in found.values}
            return kept if files else _without_files(form, kept)
        problem = found.errors[0]
        about = _fields_of(form, problem.rule, problem.field)
        about = [field for field in about if field.code not in fixed]
        assert about, (form.code, problem)
        field = chance.choice(about)
        raw[field.code] = _guess(field, chance, linked)
    raise AssertionError(f"no values found for {form.code}: {found.errors}")


def _without_files(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    def plain(field: Field, value: Any) -> Any:
        if field.type != "table":
            return value
        kept = [column.code for column in field.columns if column.type != "file"]
        return [{code: row[code] for code in kept if code in row} for row in value]

    return {
        code: plain(form.field(code), value)
        for code, value in values.items()
        if form.field(code).type != "file"
    }


def _fields_of(form: Form, rule: str, code: str) -> list[Field]:
    check: Check | None = next((c for c in form.checks if rule == f"check:{c.code}"), None)
    wanted = check.fields if check else (code,)
    return [form.field(name) for name in wanted]


def _guess(field: Field, chance: random.Random, linked: Linked, *, first: bool = False) -> Any:
    if field.type == "table":
        rows = max(field.min_rows, 1)
        if not first:
            rows = chance.randint(field.min_rows, min(field.max_rows or 6, field.min_rows + 5))
        return [
            {column.code: _guess(column, chance, linked) for column in field.columns}
            for _row in range(rows)
        ]
    if field.type in ("number", "money"):
        low = 0 if field.low is None else field.low
        high = 1_000_000 if field.high is None else field.high
        fitting = [n for n in (*_NUMBERS, low, high) if low <= n <= high]
        return max(low, min(10, high)) if first else chance.choice(fitting)
    if field.type == "choice":
        codes = [choice.code for choice in field.choices]
        if not field.many:
            return codes[0] if first else chance.choice(codes)
        return codes if first else chance.sample(codes, chance.randint(1, len(codes)))
    if field.type == "text":
        return "内容" if first else chance.choice(["内容", "说明", "其他"])
    if field.type == "date":
        return f"{2024 + (0 if first else chance.randint(-2, 2))}-{chance.randint(1, 9):02}-15"
    if field.type == "period":
        return {"from": "2024-01-01", "to": "2029-01-01"}
    if field.type == "yes_no":
        return True if first else chance.choice([True, False])
    if field.type == "file":
        return f"{field.code}.{field.accept[0] if field.accept else 'pdf'}"
    codes = linked(field)
    return {"kind": field.to, "code": codes[0] if first else chance.choice(codes)}


def _as_stored(form: Form, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Replace the names of files by what an upload would leave."""

    def kept(field: Field, value: Any) -> Any:
        if field.type == "file":
            return {"uuid": "0" * 32, "name": value, "size": len(FILE), "sha256": "0" * 64}
        if field.type == "table":
            return [
                {c.code: kept(c, row[c.code]) for c in field.columns if c.code in row}
                for row in value
            ]
        return value

    return {code: kept(form.field(code), value) for code, value in raw.items()}


def posted(form: Form, values: Mapping[str, Any], *, prefix: str = "f") -> dict[str, Any]:
    """Return what a browser sends for these values."""
    body: dict[str, Any] = {}
    for code, value in values.items():
        field = form.field(code)
        name = f"{prefix}-{code}"
        if field.type != "table":
            body |= _sent(field, name, value)
            continue
        body[f"{name}-row"] = [str(index) for index in range(len(value))]
        for index, row in enumerate(value):
            for column, held in row.items():
                body |= _sent(field.column(column), f"{name}-{index}-{column}", held)
    return body


def _sent(field: Field, name: str, value: Any) -> dict[str, Any]:
    if field.type == "period":
        return {f"{name}-from": value["from"], f"{name}-to": value["to"]}
    if field.type == "file":
        return {name: SimpleUploadedFile(value, FILE)}
    if field.type == "yes_no":
        return {name: "yes" if value else "no"}
    if field.type == "link":
        return {name: f"name [{value['code']}]"}
    if field.type == "choice" and field.many:
        return {name: list(value)}
    return {name: str(value)}
