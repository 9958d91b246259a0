"""Events of organisations: the list, one event, the story of an organisation, what is due."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import (
    Campus,
    EventParticipant,
    FormerCode,
    Holding,
    Organisation,
    OrganisationEvent,
    OrganisationLink,
    Phase,
)
from jiangxin.apps.organisations.queries.directory import Todo, waiting_imports
from jiangxin.apps.organisations.workflow import EventState
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

# states of an event → those of the calendar
_DUE_STATES = {"planned": "planned", "applied": "done", "undone": "cancelled"}


class EventNotFound(NotFound):
    """No such event within the viewer's reach."""

    code = "event_not_found"


def events(
    *, viewer: Viewer, region: Any = None, organisation: Organisation | None = None
) -> QuerySet[OrganisationEvent]:
    """List events that the viewer may see, latest first, with the participants to be named.

    Args:
        region: keep those decided in this region or below it.
        organisation: keep those in which it takes part.
    """
    named = EventParticipant.objects.filter(
        Q(organisation__isnull=True)
        | Q(organisation__in=Organisation.objects.visible_to(viewer).values("pk"))
    ).select_related("organisation")
    found: QuerySet[OrganisationEvent] = OrganisationEvent.objects.visible_to(viewer)
    if region is not None:
        found = found.filter(scope__path__startswith=region.path)
    if organisation is not None:
        taking_part = EventParticipant.objects.filter(organisation=organisation)
        found = found.filter(pk__in=taking_part.values("event"))
    return found.select_related("scope").prefetch_related(
        Prefetch("participants", named, to_attr="shown_participants")
    )


def get_event(uuid: UUID | str, *, viewer: Viewer) -> OrganisationEvent:
    """Return one event with `shown_participants`, or raise EventNotFound."""
    found = events(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise EventNotFound
    return found


def title_of(event: OrganisationEvent) -> str:
    """Return kind and names of an event of `events`, as far as the viewer may know them."""
    names = [row.name for row in event.shown_participants]  # type: ignore[attr-defined]
    first = _(", ").join(names[:3]) + ("…" if len(names) > 3 else "")
    return f"{event.get_kind_display()}: {first}" if first else str(event.get_kind_display())


@dataclass(frozen=True, slots=True)
class Moment:
    """Something in the story of an organisation; `event` is None for a name or its beginning."""

    on: datetime.date | None
    text: str
    event: OrganisationEvent | None = None


def story_of(organisation: Organisation, *, viewer: Viewer) -> list[Moment]:
    """Tell the history of an organisation, oldest first: beginning, names, events, end."""
    told = [
        Moment(event.effective_on, title_of(event), event)
        for event in events(viewer=viewer, organisation=organisation)
        if event.state != EventState.UNDONE
    ]
    days = {(m.event.kind, m.on) for m in told if m.event is not None}
    if (OrganisationEvent.Kind.FOUNDING, organisation.starts_on) not in days:
        told.append(Moment(organisation.starts_on, _("exists")))
    names = list(organisation.names.all())
    told += [
        Moment(name.starts_on, _("is called “%(name)s”") % {"name": name.name})
        for name in names
        if name.starts_on is not None and name.starts_on != organisation.starts_on
    ]
    if organisation.ends_on is not None:
        told.append(Moment(organisation.ends_on, _("exists no more")))
    return sorted(told, key=lambda m: m.on or datetime.date.min)


@dataclass(frozen=True, slots=True)
class Ties:
    """What ties an organisation to others and to places, as the viewer may see it."""

    leads: tuple[OrganisationLink, ...]
    member_of: tuple[OrganisationLink, ...]
    campuses: tuple[Campus, ...]
    holdings: tuple[Holding, ...]
    holds: tuple[Holding, ...]
    former_codes: tuple[FormerCode, ...]
    phases: tuple[Phase, ...]
    # shares in force today, together
    shared_percent: float


def ties_of(organisation: Organisation, *, viewer: Viewer, on: datetime.date) -> Ties:
    """Return links, campuses and holdings of an organisation; names outside reach are left out."""
    known = Organisation.objects.visible_to(viewer).values("pk")
    links = OrganisationLink.objects.visible_to(viewer).select_related("lead", "member", "event")
    holdings = Holding.objects.visible_to(viewer).select_related("holder", "organisation")
    own = tuple(holdings.filter(organisation=organisation))
    shares = [row.share_percent for row in own if _in_force(row, on) and row.share_percent]
    return Ties(
        tuple(links.filter(lead=organisation, member__in=known)),
        tuple(links.filter(member=organisation, lead__in=known)),
        tuple(Campus.objects.filter(organisation=organisation).select_related("region")),
        own,
        tuple(holdings.filter(holder=organisation)),
        tuple(organisation.former_codes.exclude(kind=FormerCode.Kind.UUID)),
        tuple(organisation.phases.select_related("region")),
        float(sum(shares)),
    )


def _in_force(row: Any, on: datetime.date) -> bool:
    return (row.starts_on is None or row.starts_on <= on) and (
        row.ends_on is None or on < row.ends_on
    )


def get_link(uuid: UUID | str, *, viewer: Viewer) -> OrganisationLink:
    """Return one link of organisations, or raise NotFound."""
    found: OrganisationLink | None = (
        OrganisationLink.objects.visible_to(viewer)
        .select_related("lead__scope", "member__scope")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_holding(uuid: UUID | str, *, viewer: Viewer) -> Holding:
    """Return one holding, or raise NotFound."""
    found: Holding | None = (
        Holding.objects.visible_to(viewer)
        .select_related("organisation__scope")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_campus(uuid: UUID | str, *, viewer: Viewer) -> Campus:
    """Return one campus, or raise NotFound."""
    found: Campus | None = (
        Campus.objects.visible_to(viewer)
        .select_related("organisation__scope")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def stages_on(day: datetime.date) -> dict[int, str]:
    """Return the stage that organisations had on a day where an event changed it since."""
    rows = Phase.objects.on(day).filter(ends_on__isnull=False)
    return dict(rows.values_list("organisation", "stage"))


@dataclass(frozen=True, slots=True)
class Due:
    """An event that comes into force, or could not."""

    kind: str
    title: str
    url: str
    due_on: datetime.date
    status: str
    for_whom: str
    for_path: str
    filed: bool | None
    is_simulated: bool


def due_items(
    viewer: Viewer,
    *,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    region: Any = None,
) -> list[Due]:
    """List events that come into force from `first` to `last`, for the calendar."""
    rows = events(viewer=viewer, region=region).filter(
        effective_on__gte=first, effective_on__lte=last
    )
    return [
        Due(
            str(_("Event of organisations")),
            title_of(row),
            reverse("organisations:event", args=[row.uuid]),
            row.effective_on,
            "overdue" if row.problem else _DUE_STATES[row.state],
            row.scope.label,
            row.scope.path,
            None,
            row.is_simulated,
        )
        for row in rows.exclude(state=EventState.UNDONE).order_by("effective_on", "id")
    ]


def todos_for(viewer: Viewer, *, on: datetime.date) -> list[Todo]:
    """List what waits for the viewer: checked imports, and events that something stands against."""
    return [*waiting_imports(viewer), *stuck_events(viewer, on=on)]


def stuck_events(viewer: Viewer, *, on: datetime.date) -> list[Todo]:
    """List events that could not come into force and wait for somebody who may change them."""
    if viewer.user_id is None:
        return []
    managed = viewer.within("organisations.manage")
    rows = events(viewer=viewer).filter(managed, state=EventState.PLANNED, effective_on__lte=on)
    return [
        Todo(
            str(_("Event of organisations")),
            title_of(row),
            reverse("organisations:event", args=[row.uuid]),
            row.effective_on,
            overdue=row.effective_on < on,
        )
        for row in rows.exclude(problem="")[:20]
    ]
