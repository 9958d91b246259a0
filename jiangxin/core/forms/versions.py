"""Two versions of a form: what changed, and what becomes of values filled in under the older one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core.forms.check import clean
from jiangxin.core.forms.links import Links
from jiangxin.core.forms.model import Field, Form, Values
from jiangxin.core.forms.read import read_value
from jiangxin.core.forms.shown import shown


@dataclass(frozen=True, slots=True)
class Change:
    """A field that both versions have, with the attributes that differ."""

    code: str
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What the newer version asks differently; columns are named "table.column".

    Args:
        added: codes of the newer version; `removed` codes of the older one.
        renamed: pairs of older and newer code.
        checks: codes of checks that are new, gone or different.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    checks: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.changed, self.renamed, self.checks))


@dataclass(frozen=True, slots=True)
class Dropped:
    """A value that has no place in the newer version, and why."""

    path: str
    value: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Carried:
    """Values under the newer version.

    Args:
        missing: paths of what the newer version requires and nobody has filled in.
        dropped: every value that could not be carried; nothing else is lost.
    """

    values: Values
    missing: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def compare(old: Form, new: Form) -> Changes:
    """Say what a newer version asks differently; `was` tells a renamed field from a new one."""
    added, removed, renamed = [], [], []
    changed: list[Change] = []
    for prefix, before, after in _levels(old, new):
        origins = _origins(before, after)
        used = {field.code for field in origins.values()}
        removed += [prefix + field.code for field in before if field.code not in used]
        for field in after:
            origin = origins.get(field.code)
            if origin is None:
                added.append(prefix + field.code)
                continue
            if origin.code != field.code:
                renamed.append((prefix + origin.code, prefix + field.code))
            if attributes := _differing(origin, field):
                changed.append(Change(prefix + field.code, attributes))
    checks_before = {check.code: check for check in old.checks}
    checks_after = {check.code: check for check in new.checks}
    checks = [
        code
        for code in (checks_before | checks_after)
        if checks_before.get(code) != checks_after.get(code)
    ]
    return Changes(tuple(added), tuple(removed), tuple(changed), tuple(renamed), tuple(checks))


def carry(values: Mapping[str, Any], *, old: Form, new: Form) -> Carried:
    """Bring values of an older version into a newer one.

    A value is read anew by its new field: a number is converted to the new unit, a text becomes
    a choice if it names one. What does not fit is listed with the reason, never lost in silence.
    """
    carried, dropped = _carry_row(values, old.fields, new.fields, "")
    result = clean(new, carried, links=_AnyLinks(), partial=True)
    still_asked = clean(new, carried, links=_AnyLinks())
    # what no longer applies under the conditions of the newer version
    dropped += [
        Dropped(p.path, _at(carried, p.path), p.message)
        for p in result.problems
        if p.rule == "not_applicable"
    ]
    missing = tuple(
        p.path
        for p in still_asked.problems
        if p.rule == "required" or (p.rule == "rows" and p.field not in carried)
    )
    return Carried(result.values, missing, tuple(dropped))


class _AnyLinks(Links):
    """Takes links as they are: they were looked up when they were filled in."""

    def resolve(
        self, kind: str, texts: Collection[str], *, where: Mapping[str, Any]
    ) -> dict[str, str]:
        return {text: text for text in texts}


def _levels(old: Form, new: Form) -> Iterator[tuple[str, tuple[Field, ...], tuple[Field, ...]]]:
    """Yield the fields of both forms, then the columns of each table that both have."""
    yield "", old.fields, new.fields
    for code, origin in _origins(old.fields, new.fields).items():
        field = new.field(code)
        if field.columns and origin.columns:
            yield f"{code}.", origin.columns, field.columns


def _origins(before: tuple[Field, ...], after: tuple[Field, ...]) -> dict[str, Field]:
    """Map the code of each newer field to the older field that it goes on from."""
    old = {field.code: field for field in before}
    kept = {field.code for field in after}
    origins = {}
    for field in after:
        codes = [field.code, *(code for code in field.was if code not in kept)]
        found = next((old[code] for code in codes if code in old), None)
        if found is not None:
            origins[field.code] = found
    return origins


def _differing(old: Field, new: Field) -> tuple[str, ...]:
    names = [f.name for f in fields(Field) if f.name not in ("code", "was", "columns")]
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _carry_row(
    values: Mapping[str, Any], before: tuple[Field, ...], after: tuple[Field, ...], prefix: str
) -> tuple[Values, list[Dropped]]:
    origins = _origins(before, after)
    carried: Values = {}
    dropped: list[Dropped] = []
    taken = set()
    for field in after:
        origin = origins.get(field.code)
        if origin is None or origin.code not in values:
            continue
        taken.add(origin.code)
        path, value = prefix + field.code, values[origin.code]
        if origin.columns and field.columns and isinstance(value, list):
            rows = []
            for number, row in enumerate(value):
                cells, lost = _carry_row(row, origin.columns, field.columns, f"{path}[{number}].")
                rows.append(cells)
                dropped += lost
            carried[field.code] = rows
            continue
        new_value, reason = _converted(origin, field, value)
        if reason:
            dropped.append(Dropped(path, value, reason))
        else:
            carried[field.code] = new_value
    gone = _("The newer version does not ask for this.")
    dropped += [
        Dropped(prefix + code, value, gone) for code, value in values.items() if code not in taken
    ]
    return carried, dropped


def _converted(old: Field, new: Field, value: Any) -> tuple[Any, str]:
    """Return the value for the newer field, or why there is none."""
    is_number = {old.type, new.type} <= {"number", "money"}
    if old.type != new.type and not is_number and "text" not in (old.type, new.type):
        return None, _("The newer version asks for another kind of value.")
    is_same = old.type == new.type and old.unit == new.unit
    read, problem = read_value(new, value if is_same else shown(old, value))
    if problem is not None:
        return None, problem.message
    return read, ""


def _at(values: Mapping[str, Any], path: str) -> Any:
    """Return the value at the path of a problem."""
    code, _bracket, rest = path.partition("[")
    if not rest:
        return values.get(code)
    number, _dot, column = rest.partition("].")
    return values[code][int(number)].get(column)
