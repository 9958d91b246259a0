"""Rows that hang on an organisation, table by table, and which of them move to a successor.

Preview and execution both take their lists from here, so what is shown is what happens.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.organisations.models import Organisation, OrganisationKey, OrganisationSet
from jiangxin.core.permissions import PUBLIC, Viewer

_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class Key:
    """A column that points at an organisation.

    Args:
        code: "app.Model.field", as written in plans.
        model: the table of the rows; of a set the table between.
        field: name of the column in that table.
    """

    code: str
    label: str
    follows: bool
    model: Any
    field: str

    @property
    def is_set(self) -> bool:
        """Whether the rows are memberships in a set of organisations."""
        return bool(self.model._meta.auto_created)


def organisation_keys() -> list[Key]:
    """List every column of the product that points at an organisation."""
    found = []
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if field.related_model is Organisation:
                found.append(_key(model, field.name, field, model))
        for many in model._meta.local_many_to_many:
            if many.related_model is Organisation:
                through = many.remote_field.through
                found.append(_key(model, many.m2m_reverse_field_name(), many, through))
    return sorted(found, key=lambda key: (not key.follows, key.code))


def _key(owner: Any, name: str, field: Any, table: Any) -> Key:
    if not isinstance(field, OrganisationKey | OrganisationSet):
        raise TypeError(f"{owner._meta.label}.{field.name} does not say what a merger does with it")
    label = str(field.label or owner._meta.verbose_name_plural)
    follows = field.on_merger == "follow"
    return Key(f"{owner._meta.label}.{field.name}", label, follows, table, name)


@dataclass(frozen=True, slots=True)
class RowGroup:
    """The rows of one column that hang on one organisation, and what becomes of them.

    Args:
        moving: keys of the rows that move to the target.
        clashing: those that would, but the target has the same already; they stay.
        staying: how many are history of the old organisation.
        samples: a few of them in words.
    """

    key: Key
    source: Organisation
    target: Organisation | None
    moving: tuple[int, ...]
    clashing: tuple[int, ...]
    staying: int
    samples: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.moving) + len(self.clashing) + self.staying


def row_groups(
    source: Organisation,
    target: Organisation | None,
    *,
    only: Collection[str] | None = None,
    everything: bool = False,
    beside: Sequence[RowGroup] = (),
    viewer: Viewer = PUBLIC,
) -> list[RowGroup]:
    """List the rows that hang on an organisation, and which of them would go to the target.

    Args:
        target: None before the successor exists; then nothing can clash but among `beside`.
        only: codes of the columns that move; None takes those that follow.
        everything: history moves as well, for two entries that are one organisation.
        beside: groups that move to the same target in the same act.
        viewer: for whom the samples are; of rows elsewhere only the number is told.
    """
    found = []
    for key in organisation_keys():
        rows = list(_rows_of(key, source))
        if not rows:
            continue
        moves = everything or (key.follows if only is None else key.code in only)
        moving, clashing = _divided(key, rows, target, beside) if moves else ([], [])
        found.append(
            RowGroup(
                key,
                source,
                target,
                tuple(moving),
                tuple(clashing),
                0 if moves else len(rows),
                tuple(filter(None, (_sample(key, row, viewer) for row in rows[:_SAMPLES]))),
            )
        )
    return found


def all_of(model: Any) -> models.QuerySet[Any]:
    """Return all rows of a table of any app, without the filters of its manager."""
    return models.QuerySet(model)


def _rows_of(key: Key, organisation: Organisation) -> models.QuerySet[Any]:
    return all_of(key.model).filter(**{key.field: organisation}).order_by("pk")


def _sample(key: Key, row: Any, viewer: Viewer) -> str:
    own = row._meta.app_label == Organisation._meta.app_label
    scope = None if key.is_set else getattr(row, "scope", None)
    if not own and (scope is None or not viewer.holds("organisations.view", scope.path)):
        return ""
    text = str(row)
    return "" if text.startswith(f"{type(row).__name__} object (") else text[:80]


def _divided(
    key: Key, rows: Sequence[Any], target: Organisation | None, beside: Sequence[RowGroup]
) -> tuple[list[int], list[int]]:
    """Tell rows that can move from those that the target has already."""
    moving, clashing = [], []
    others = [
        field
        for field in key.model._meta.local_fields
        if isinstance(field, OrganisationKey) and field.name != key.field
    ]
    rules = _unique_rules(key)
    taken = [_taken(key, rule, target, beside) for rule in rules]
    bound = [_bound(key, rows, rule) for rule in rules]
    for row in rows:
        marks = [
            tuple(getattr(row, name) for name in rule.names) if row.pk in pks else None
            for rule, pks in zip(rules, bound, strict=True)
        ]
        points_back = target is not None and (
            any(getattr(row, field.attname) == target.pk for field in others)
            or (key.model is Organisation and row.pk == target.pk)
        )
        if points_back or any(
            mark in known for mark, known in zip(marks, taken, strict=True) if mark is not None
        ):
            clashing.append(row.pk)
            continue
        moving.append(row.pk)
        for mark, known in zip(marks, taken, strict=True):
            if mark is not None:
                known.add(mark)
    return moving, clashing


@dataclass(frozen=True, slots=True)
class _Rule:
    """What must be unique per organisation, or in its scope.

    Args:
        names: the other columns.
        condition: of the rows to which the rule applies.
        in_scope: the scope of the row is one of the columns; it moves along.
    """

    names: tuple[str, ...]
    condition: models.Q | None
    in_scope: bool


def _unique_rules(key: Key) -> list[_Rule]:
    meta = key.model._meta
    name_of = {field.name: field.attname for field in meta.local_fields}
    sets: list[tuple[Sequence[str], models.Q | None]] = [
        (constraint.fields, constraint.condition)
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint)
    ]
    sets += [(together, None) for together in meta.unique_together]
    sets += [((field.name,), None) for field in meta.local_fields if field.unique]
    moved = {key.field} if key.model is Organisation else {key.field, "scope"}
    return [
        _Rule(
            tuple(name_of[name] for name in fields if name not in moved),
            condition,
            "scope" in fields and "scope" in moved,
        )
        for fields, condition in sets
        if moved & set(fields)
    ]


def _bound(key: Key, rows: Sequence[Any], rule: _Rule) -> set[int]:
    """Return the keys of the rows to which a rule of uniqueness applies."""
    source = getattr(rows[0], key.field)
    there = all_of(key.model).filter(**{key.field: source})
    if rule.condition is not None:
        there = there.filter(rule.condition)
    if rule.in_scope:
        there = there.filter(scope=source.scope_id)
    return set(there.values_list("pk", flat=True))


def _taken(
    key: Key, rule: _Rule, target: Organisation | None, beside: Sequence[RowGroup]
) -> set[tuple[Any, ...]]:
    coming = [pk for group in beside if group.key.code == key.code for pk in group.moving]
    there = models.Q(pk__in=coming)
    if target is not None:
        there |= models.Q(**{key.field: target})
        if rule.in_scope:
            there |= models.Q(scope=target.scope_id)
    rows = all_of(key.model).filter(there)
    if rule.condition is not None:
        rows = rows.filter(rule.condition)
    return {tuple(values[:-1]) for values in rows.values_list(*rule.names, "pk")}


@dataclass(frozen=True, slots=True)
class ScopeGroup:
    """Rows of a table that lie in the scope of an organisation without naming it."""

    label: str
    model: Any
    field: str
    rows: int


def scope_groups(scope: Scope) -> list[ScopeGroup]:
    """List the tables with rows in a scope, except people's roles and the organisation itself."""
    found = []
    for model in apps.get_models():
        if model is Organisation or model._meta.label == "accounts.Role":
            continue
        for field in model._meta.local_fields:
            if field.related_model is Scope:
                rows = all_of(model).filter(**{field.name: scope}).count()
                if rows:
                    label = str(model._meta.verbose_name_plural)
                    found.append(ScopeGroup(label, model, field.name, rows))
    return found
