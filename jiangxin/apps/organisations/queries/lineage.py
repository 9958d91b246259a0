"""Who came out of whom: successors and predecessors, by events in force."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from jiangxin.apps.organisations.models import EventParticipant, Organisation, OrganisationEvent
from jiangxin.apps.organisations.workflow import EventState
from jiangxin.core.permissions import Viewer

_BEFORE = (EventParticipant.Role.SOURCE,)
_AFTER = (EventParticipant.Role.TARGET, EventParticipant.Role.NEW)
_KINDS = (OrganisationEvent.Kind.MERGER, OrganisationEvent.Kind.SPLIT)
_Steps = dict[int, list[tuple[int, OrganisationEvent]]]


@dataclass(frozen=True, slots=True)
class Descent:
    """One organisation came out of another on a day."""

    before: int
    after: int
    event: OrganisationEvent


def descents(ids: Collection[int], *, on: datetime.date, backwards: bool = False) -> list[Descent]:
    """List who came out of whom by the day, step by step from some organisations.

    Args:
        ids: row ids to begin with.
        backwards: look for what they came out of instead of what came out of them.
    """
    found: dict[tuple[int, int], Descent] = {}
    frontier, seen = set(ids), set(ids)
    near, far = (_AFTER, _BEFORE) if backwards else (_BEFORE, _AFTER)
    while frontier:
        here = EventParticipant.objects.filter(
            organisation__in=frontier,
            role__in=near,
            event__state=EventState.APPLIED,
            event__effective_on__lte=on,
            event__kind__in=_KINDS,
        )
        events: dict[int, OrganisationEvent] = {}
        starts: dict[int, list[int]] = {}
        for row in here.select_related("event"):
            events[row.event_id] = row.event
            starts.setdefault(row.event_id, []).append(row.organisation_id or 0)
        ends = EventParticipant.objects.filter(
            event__in=events, role__in=far, organisation__isnull=False
        ).values_list("event", "organisation")
        frontier = set()
        for event_id, end in ends:
            for start in starts[event_id]:
                pair = (end, start) if backwards else (start, end)
                found.setdefault(pair, Descent(*pair, events[event_id]))
            if end not in seen:
                frontier.add(end)
        seen |= frontier
    return sorted(found.values(), key=lambda d: (d.event.effective_on, d.event.pk))


def heirs_of(ids: Collection[int], *, on: datetime.date) -> dict[int, set[int]]:
    """Return who stands for organisations that ended by the day: row ids by row id.

    An organisation that ended without a successor has no entry. Two queries per generation.
    """
    after: dict[int, set[int]] = {}
    for descent in descents(ids, on=on):
        # out of a split that left the old one in place came others, but no successor
        if descent.event.kind == OrganisationEvent.Kind.MERGER or descent.event.payload.get(
            "source_ends"
        ):
            after.setdefault(descent.before, set()).add(descent.after)
    closed = set(
        Organisation.objects.filter(pk__in=[*after, *ids], ends_on__lte=on).values_list(
            "pk", flat=True
        )
    )

    def last(pk: int, seen: frozenset[int]) -> set[int]:
        if pk not in closed:
            return {pk}
        steps = after.get(pk, set()) - seen
        return {end for step in steps for end in last(step, seen | {pk})}

    return {pk: found for pk in ids if pk in closed and (found := last(pk, frozenset()))}


def successors_of(code: str, *, on: datetime.date, viewer: Viewer) -> list[Organisation]:
    """List who stands on the day for the organisation with this code; itself while it is open."""
    start = Organisation.objects.filter(code=code).first()
    if start is None:
        return []
    ids = heirs_of([start.pk], on=on).get(start.pk, {start.pk} if start.is_open(on) else set())
    rows = Organisation.objects.visible_to(viewer).filter(pk__in=ids)
    return list(rows.select_related("region", "scope"))


@dataclass(frozen=True, slots=True)
class Relative:
    """An organisation in a family tree with what came before or after it."""

    organisation: Organisation
    event: OrganisationEvent
    further: tuple[Relative, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """What an organisation came out of, and what came out of it."""

    predecessors: tuple[Relative, ...]
    successors: tuple[Relative, ...]

    def __bool__(self) -> bool:
        return bool(self.predecessors or self.successors)


def family_of(organisation: Organisation, *, viewer: Viewer, on: datetime.date) -> Family:
    """Return predecessors and successors as far as the viewer may know of them."""
    before = descents([organisation.pk], on=on, backwards=True)
    after = descents([organisation.pk], on=on)
    ids = {pk for d in [*before, *after] for pk in (d.before, d.after)}
    rows = Organisation.objects.visible_to(viewer).filter(pk__in=ids).select_related("region")
    known = {row.pk: row for row in rows}
    back: _Steps = {}
    for d in before:
        back.setdefault(d.after, []).append((d.before, d.event))
    ahead: _Steps = {}
    for d in after:
        ahead.setdefault(d.before, []).append((d.after, d.event))
    return Family(
        _relatives(organisation.pk, back, known, frozenset()),
        _relatives(organisation.pk, ahead, known, frozenset()),
    )


def _relatives(
    pk: int,
    steps: _Steps,
    known: dict[int, Organisation],
    seen: frozenset[int],
) -> tuple[Relative, ...]:
    return tuple(
        Relative(known[other], event, _relatives(other, steps, known, seen | {pk}))
        for other, event in steps.get(pk, ())
        if other in known and other not in seen
    )
