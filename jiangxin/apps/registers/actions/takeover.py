"""Taking over what was recognised elsewhere: one thing, or whole lists in a few queries."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.registers import permissions, queries
from jiangxin.apps.registers.actions.recognitions import settle, take_numbers, valid_until
from jiangxin.apps.registers.models import Entry, Member, Recognition, RegisterType
from jiangxin.apps.registers.models.definition import RegisterDefinition
from jiangxin.apps.registers.workflow import Level
from jiangxin.core import audit
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Recognised:
    """One thing that was recognised, as a list on paper says it.

    Args:
        organisation: who holds it; None where the authority of `region` does.
        ends_on: first day on which it no longer holds; computed from the type's validity if None.
        members: role and organisation of each, from `starts_on` on.
    """

    title: str
    level: str
    starts_on: datetime.date
    organisation: Any = None
    region: Any = None
    values: Mapping[str, Any] = field(default_factory=dict)
    members: Sequence[tuple[str, Any]] = ()
    document_number: str = ""
    ends_on: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What taking over did; `entries` has one for each row, in order, new or known."""

    entries: tuple[Entry, ...]
    new: int
    # recognitions added to entries that were known, for instance at a higher level
    added: int
    # rows that said nothing new
    known: int


@transaction.atomic
def record_recognised(
    *,
    kind: RegisterType,
    row: Recognised,
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool = False,
) -> Entry:
    """Enter one thing that was recognised elsewhere."""
    done = record_recognised_many(kind=kind, rows=[row], by=by, at=at, is_simulated=is_simulated)
    return done.entries[0]


@transaction.atomic
def record_recognised_many(
    *,
    kind: RegisterType,
    rows: Sequence[Recognised],
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool = False,
) -> TakenOver:
    """Enter many things of a type that were recognised elsewhere; doing it again changes nothing.

    A row with holder and title of a known entry adds its recognition to that entry. Missing
    values are no problem, unreadable ones are.

    Raises:
        Invalid: `data["rows"]` names, by index, every row that is wrong and why; nothing is saved.
        NotPermitted: a row lies outside the regions whose registers `by` manages.
    """
    version = queries.current_version(kind, on=at.date())
    definition = queries.definition_of(version)
    scopes = _scopes(rows)
    for path in {scope.path for scope in scopes}:
        permissions.can_take_over(by, path).enforce()
    values = queries.checked_many(
        definition.form, [row.values for row in rows], on=at.date(), path=permissions.NATION_PATH
    )
    wrong: dict[str, list[dict[str, Any]]] = {}
    for index, (row, checked) in enumerate(zip(rows, values, strict=True)):
        found = [asdict(problem) for problem in checked.errors] + _row_problems(row, definition)
        if found:
            wrong[str(index)] = found
    if wrong:
        raise Invalid(
            _("%(n)s rows cannot be taken over; nothing was saved.") % {"n": len(wrong)},
            data={"rows": wrong},
        )
    known = _known_entries(kind, rows)
    places: dict[tuple[Any, ...], Entry] = {}
    entries, fresh = [], []
    for row, scope, checked in zip(rows, scopes, values, strict=True):
        key = _key(row)
        entry = known.get(key) or places.get(key)
        if entry is None:
            region = row.region if row.organisation is None else row.organisation.region
            entry = Entry(
                type=kind,
                type_version=version,
                title=row.title.strip(),
                organisation=row.organisation,
                region=region,
                scope=scope,
                values=checked.values,
                level=row.level,
                first_recognised_on=row.starts_on,
                is_listed=definition.public is not None,
                is_simulated=is_simulated,
            )
            places[key] = entry
            fresh.append((entry, row))
        entries.append(entry)
    for (entry, _row), number in zip(fresh, take_numbers(kind, len(fresh)), strict=True):
        entry.number = number
    Entry.objects.bulk_create([entry for entry, _row in fresh], batch_size=500)
    Member.objects.bulk_create(
        [
            Member(
                entry=entry,
                role=role,
                organisation=organisation,
                starts_on=row.starts_on,
                is_simulated=is_simulated,
            )
            for entry, row in fresh
            for role, organisation in row.members
        ],
        batch_size=500,
    )
    added = _add_recognitions(definition, rows, entries, by=by, at=at, is_simulated=is_simulated)
    _refresh_many(entries, on=at.date())
    new = len(fresh)
    if new or added:
        audit.record(
            "registers.entries.taken_over",
            by=by,
            at=at,
            subject=entries[0] if len(rows) == 1 else None,
            path=_common(sorted({scope.path for scope in scopes})),
            data={
                "type": kind.code,
                "new": new,
                "recognitions": added,
                "numbers": [entry.number for entry, _row in fresh[:200]],
            },
        )
    return TakenOver(tuple(entries), new, max(added - new, 0), len(rows) - added)


def _scopes(rows: Sequence[Recognised]) -> list[Any]:
    regions: dict[str, Any] = {}
    found = []
    for index, row in enumerate(rows):
        if row.organisation is not None:
            found.append(row.organisation.scope)
            continue
        if row.region is None:
            raise Invalid(
                _("Name the organisation or the region that holds it."),
                data={"rows": {str(index): [{"path": "organisation"}]}},
            )
        if row.region.code not in regions:
            regions[row.region.code] = accounts.scope_of_region(row.region)
        found.append(regions[row.region.code])
    return found


def _row_problems(row: Recognised, definition: RegisterDefinition) -> list[dict[str, Any]]:
    found = []
    if not row.title.strip() or len(row.title.strip()) > 200:
        found.append(("title", _("Give a title of at most %(n)s characters.") % {"n": 200}))
    if row.level not in Level.values or row.level not in definition.levels:
        found.append(("level", _("This type is not recognised at this level.")))
    if row.ends_on is not None and row.ends_on < row.starts_on:
        found.append(("ends_on", _("A recognition cannot end before it begins.")))
    if row.organisation is not None and not definition.applicants.fits(row.organisation):
        found.append(("organisation", _("Organisations of this kind cannot hold it.")))
    for role, organisation in row.members:
        known = definition.role(role)
        if known is None:
            message = _("This type knows no role “%(role)s”.") % {"role": role}
            found.append((f"members.{role}", message))
        elif not known.who.fits(organisation):
            message = _("%(name)s is of a kind that cannot be %(role)s.")
            values = {"name": organisation.name, "role": known.label}
            found.append((f"members.{role}", message % values))
    return [{"path": path, "message": message} for path, message in found]


def _key(row: Recognised) -> tuple[Any, ...]:
    if row.organisation is not None:
        return ("organisation", row.organisation.pk, row.title.strip().casefold())
    return ("region", row.region.pk, row.title.strip().casefold())


def _known_entries(kind: RegisterType, rows: Sequence[Recognised]) -> dict[tuple[Any, ...], Entry]:
    regions = {(row.organisation.region_id if row.organisation else row.region.pk) for row in rows}
    found = {}
    for entry in Entry.objects.filter(type=kind, region__in=regions).select_related("scope"):
        if entry.organisation_id is not None:
            key = ("organisation", entry.organisation_id, entry.title.casefold())
        else:
            key = ("region", entry.region_id, entry.title.casefold())
        found[key] = entry
    return found


def _add_recognitions(
    definition: RegisterDefinition,
    rows: Sequence[Recognised],
    entries: Sequence[Entry],
    *,
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool,
) -> int:
    pks = [entry.pk for entry in entries]
    had = set(Recognition.objects.filter(entry__in=pks).values_list("entry", "level", "starts_on"))
    fresh = []
    for row, entry in zip(rows, entries, strict=True):
        if (entry.pk, row.level, row.starts_on) in had:
            continue
        had.add((entry.pk, row.level, row.starts_on))
        ends_on = row.ends_on or valid_until(definition, row.starts_on)
        fresh.append(
            Recognition(
                entry=entry,
                level=row.level,
                starts_on=row.starts_on,
                ends_on=ends_on,
                valid_until=ends_on,
                document_number=row.document_number.strip()[:100],
                decided_by_name=by.name[:100],
                decided_at=at,
                is_simulated=is_simulated,
            )
        )
    Recognition.objects.bulk_create(fresh, batch_size=500)
    return len(fresh)


def _refresh_many(entries: Sequence[Entry], *, on: datetime.date) -> None:
    """Repeat level, state and end of the recognitions on the entries."""
    of: dict[int, list[Recognition]] = {}
    for row in Recognition.objects.filter(entry__in={entry.pk for entry in entries}):
        of.setdefault(row.entry_id, []).append(row)
    changed = {}
    for entry in entries:
        rows = of.get(entry.pk, [])
        if settle(entry, rows, on=on):
            changed[entry.pk] = entry
    fields = ["state", "level", "ends_on", "first_recognised_on"]
    Entry.objects.bulk_update(changed.values(), fields, batch_size=200)


def _common(paths: Sequence[str]) -> str:
    """Return the longest scope path in which all paths lie."""
    parts = [path.split("/") for path in paths]
    shared = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1 or not column[0]:
            break
        shared.append(column[0])
    return "".join(f"{part}/" for part in shared)
