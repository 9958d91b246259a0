"""Joining two entries that turned out to be one organisation: a correction, not a merger."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection
from typing import Any

from django.db import IntegrityError, router, transaction
from django.db.models import BinaryField, ProtectedError, RestrictedError
from django.db.models.deletion import Collector
from django.db.models.fields.files import FieldFile
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.organisations import permissions, queries
from jiangxin.apps.organisations.actions.details import REVISABLE
from jiangxin.apps.organisations.actions.event_effects import move_rows
from jiangxin.apps.organisations.models import (
    Alias,
    FormerCode,
    Organisation,
    OrganisationName,
    normal_form,
    stem_of,
)
from jiangxin.apps.organisations.queries.rows import all_of, row_groups, scope_groups
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.models import EncryptedTextField
from jiangxin.core.permissions import Viewer

# what can be taken from either entry; the code stays, since fact tables use it
CHOOSABLE = ("name", "short_name", *REVISABLE, "ownership_form", "starts_on", "ends_on")
# the trail says that these were taken over, not what they say
_WITHHELD = frozenset({"contact_name", "contact_phone", "notes"})


@transaction.atomic
def join_duplicates(
    *,
    kept: Organisation,
    other: Organisation,
    from_other: Collection[str],
    reason: str,
    by: Viewer,
    at: datetime.datetime,
) -> Organisation:
    """Let two entries of the same organisation become one; every row of the other moves.

    The names and codes of the other keep leading to the one that stays, and so does its address.
    Rows that both have (the same year, the same task) stay as the kept one has them; those of the
    other are written into the trail and removed.

    Args:
        from_other: names of the fields (`CHOOSABLE`) whose value is taken from the other.

    Raises:
        NotPermitted: `by` does not manage organisations where both are.
        Invalid: the same entry twice, different kinds, one a part of the other, or no reason.
        Conflict: a row of the other that both have holds further rows.
    """
    rows = _both(kept, other)
    kept, other = rows[kept.pk], rows[other.pk]
    for row in (kept, other):
        permissions.can_manage_organisation(by, row).enforce()
    _check(kept, other, from_other, reason)
    as_system = dataclasses.replace(by, is_system=True)
    before = {name: getattr(other, name) for name in CHOOSABLE}
    values = {name: before[name] for name in CHOOSABLE if name in from_other}
    taken = _taken_names(kept, other)
    counts = []
    removed: list[dict[str, Any]] = []
    for group in row_groups(other, kept, everything=True):
        if group.key.model in (OrganisationName, Alias):
            continue
        removed += _remove(group.key.model, group.clashing)
        move_rows(group, kept, by=as_system, at=at)
        counts.append([group.key.code, len(group.moving), len(group.clashing)])
    accounts.join_roles(source=other.scope, target=kept.scope, by=as_system, at=at)
    _move_scope_rows(other, kept)
    _leave_traces(other, kept, taken, values, at=at)
    _delete(other)
    _take_over(kept, values)
    audit.record(
        "organisations.duplicates.joined",
        by=by,
        at=at,
        subject=kept,
        path=kept.scope.path,
        data={
            "kept": kept.code,
            "other": [other.code, before["name"], str(other.uuid)],
            "reason": reason.strip()[:500],
            "taken_over": {
                name: "taken over" if name in _WITHHELD else value for name, value in values.items()
            },
            "rows": counts,
            "removed": removed,
        },
    )
    return kept


def _both(kept: Organisation, other: Organisation) -> dict[int, Organisation]:
    if kept.pk == other.pk:
        message = _("This is the same entry. Choose the other one.")
        raise Invalid(message, data={"fields": {"other": message}})
    rows = (
        Organisation.objects.select_for_update(of=("self",))
        .filter(pk__in=[kept.pk, other.pk])
        .select_related("scope", "region")
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def _check(
    kept: Organisation, other: Organisation, from_other: Collection[str], reason: str
) -> None:
    problem: dict[str, str] = {}
    if not reason.strip():
        problem["reason"] = _("Say how you know that they are the same.")
    if kept.kind != other.kind:
        problem["other"] = _("They are of different kinds, so they are not the same.")
    elif other.pk in {kept.parent_id} or kept.pk in {other.parent_id}:
        problem["other"] = _("One is a part of the other, so they are not the same.")
    elif queries.owns(kept, other, on=datetime.date.min) or queries.owns(
        other, kept, on=datetime.date.min
    ):
        problem["other"] = _("One owns the other, so they are not the same.")
    unknown = set(from_other) - set(CHOOSABLE)
    if unknown:
        problem["from_other"] = _("This cannot be taken over: %(names)s.") % {
            "names": ", ".join(sorted(unknown))
        }
    if problem:
        raise Invalid(next(iter(problem.values())), data={"fields": problem})


def _taken_names(kept: Organisation, other: Organisation) -> list[tuple[str, str]]:
    """Return names and aliases of the other, to become aliases of the kept one, with where seen."""
    own = {normal_form(name.name) for name in kept.names.all()}
    own |= {alias.normal for alias in kept.aliases.all()}
    found = {normal_form(a.text): (a.text, a.source) for a in other.aliases.all()}
    for name in other.names.all():
        found.setdefault(name.normal, (name.name, name.source))
    return [said for normal, said in found.items() if normal not in own]


def _remove(model: Any, pks: Collection[int]) -> list[dict[str, Any]]:
    """Delete rows that the kept organisation has already, with what hangs on them; returns all."""
    if not pks:
        return []
    collector = Collector(using=router.db_for_write(model))
    try:
        collector.collect(list(all_of(model).filter(pk__in=pks)))
    except (ProtectedError, RestrictedError):
        raise Conflict(
            _("Both have a row in “%(table)s” on which others hang. Look at these rows first.")
            % {"table": model._meta.verbose_name_plural}
        ) from None
    rows = [row for found in collector.data.values() for row in found]
    rows += [row for found in collector.fast_deletes for row in found]
    held = [_content(row) for row in rows]
    collector.delete()
    return held


def _content(row: Any) -> dict[str, Any]:
    """Return what a row holds, without files and what is kept encrypted."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not isinstance(field, BinaryField | EncryptedTextField)
    }
    said = {
        name: str(value) if isinstance(value, FieldFile) else value
        for name, value in values.items()
        if value not in (None, "")
    }
    return {"model": row._meta.label, **said}


def _move_scope_rows(other: Organisation, kept: Organisation) -> None:
    """Let rows in the scope of the other lie in the scope of the kept one."""
    for group in scope_groups(other.scope):
        rows = all_of(group.model).filter(**{group.field: other.scope_id})
        try:
            with transaction.atomic():
                rows.update(**{group.field: kept.scope_id})
        except IntegrityError:
            raise Conflict(
                _("Both have the same row in “%(table)s”. Look at these rows first.")
                % {"table": group.label}
            ) from None


def _leave_traces(
    other: Organisation,
    kept: Organisation,
    names: list[tuple[str, str]],
    taken_over: dict[str, Any],
    *,
    at: datetime.datetime,
) -> None:
    other.names.all().delete()
    other.aliases.all().delete()
    regions = queries.region_names(kept.region, on=at.date())
    for text, source in names:
        normal = normal_form(text)
        if Alias.objects.filter(region=kept.region, normal=normal).exists():
            continue
        Alias.objects.create(
            organisation=kept,
            region=kept.region,
            text=text,
            normal=normal,
            stem=stem_of(normal, regions),
            source=source,
            is_simulated=kept.is_simulated,
        )
    codes = {
        FormerCode.Kind.CODE: other.code,
        FormerCode.Kind.SCHOOL_CODE: other.school_code,
        FormerCode.Kind.USCC: other.uscc,
        FormerCode.Kind.UUID: str(other.uuid),
    }
    current = [taken_over.get(name, getattr(kept, name)) for name in ("school_code", "uscc")]
    own = {kept.code, *current, ""}
    # a code that gives way to the other's leads here as well
    for kind in (FormerCode.Kind.SCHOOL_CODE, FormerCode.Kind.USCC):
        if kind.value in taken_over:
            codes[kind] = getattr(kept, kind.value)
    FormerCode.objects.bulk_create(
        [
            FormerCode(
                organisation=kept,
                kind=kind,
                value=value,
                ended_on=at.date(),
                is_simulated=kept.is_simulated,
            )
            for kind, value in codes.items()
            if value not in own
        ]
    )


def _delete(other: Organisation) -> None:
    """Remove the entry; that every key protects it proves that nothing was left behind."""
    scope = other.scope
    try:
        Organisation.objects.filter(pk=other.pk).delete()
        scope.delete()
    except (ProtectedError, IntegrityError):
        raise Conflict(
            _("Something still hangs on %(name)s. Try again.") % {"name": other}
        ) from None


def _take_over(kept: Organisation, values: dict[str, Any]) -> None:
    if not values:
        return
    for name, value in values.items():
        setattr(kept, name, value)
    if "name" in values or "short_name" in values:
        # the wrong spelling stays as an alias; the name itself is corrected, not changed in time
        in_force = kept.names.filter(ends_on__isnull=True).first()
        if in_force is not None:
            _correct_name(kept, in_force)
    pinyin = " ".join(lazy_pinyin(kept.name))[:800].lower()
    kept.pinyin = pinyin
    kept.save(update_fields=[*values, "pinyin"])


def _correct_name(kept: Organisation, name: OrganisationName) -> None:
    wrong = (name.name, name.normal, name.stem)
    name.name, name.short_name = kept.name, kept.short_name
    name.normal = normal_form(kept.name)
    name.stem = stem_of(name.normal, [kept.region.name])
    name.save()
    Alias.objects.filter(organisation=kept, normal=name.normal).delete()
    if (
        wrong[1] != name.normal
        and not Alias.objects.filter(region=kept.region, normal=wrong[1]).exists()
    ):
        Alias.objects.create(
            organisation=kept,
            region=kept.region,
            text=wrong[0],
            normal=wrong[1],
            stem=wrong[2],
            is_simulated=kept.is_simulated,
        )
