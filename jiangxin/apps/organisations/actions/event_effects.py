"""What each kind of event does to organisations and to the rows that hang on them."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Q

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.accounts import queries as scopes
from jiangxin.apps.accounts.models import Role as Held
from jiangxin.apps.organisations.actions.details import Details, register
from jiangxin.apps.organisations.actions.names import rename
from jiangxin.apps.organisations.models import (
    Alias,
    Campus,
    EventParticipant,
    FormerCode,
    Organisation,
    OrganisationEvent,
    OrganisationLink,
    OrganisationName,
    Phase,
)
from jiangxin.apps.organisations.queries.plans import ROLES, Founded, Kind, Plan
from jiangxin.apps.organisations.queries.previews import Preview
from jiangxin.apps.organisations.queries.rows import RowGroup, all_of
from jiangxin.core.permissions import Viewer

_CHUNK = 500
Role = EventParticipant.Role


@dataclasses.dataclass(frozen=True, slots=True)
class Act:
    """An event while it comes into force.

    Args:
        by: who decided, acting for the product: what follows is no grant of one's own.
        preview: the lists of rows that were shown.
    """

    event: OrganisationEvent
    plan: Plan
    preview: Preview
    by: Viewer
    at: datetime.datetime

    @property
    def day(self) -> datetime.date:
        """The effective date."""
        return self.plan.effective_on

    @property
    def source(self) -> Organisation:
        """The one organisation concerned."""
        return self.plan.sources[0]


def put_in_force(act: Act) -> None:
    """Do what the event says.

    Raises:
        DomainError: something that was checked before stands in the way meanwhile.
    """
    _EFFECTS[act.plan.kind](act)


def _founding(act: Act) -> None:
    _found(act)


def _found(act: Act) -> list[Organisation]:
    """Register the new organisations of an event and name them as its participants."""
    made = []
    places = act.event.participants.filter(role=Role.NEW).order_by("id")
    for said, participant in zip(act.plan.new, places, strict=True):
        row = register(details=details_of(act.plan, said), is_new=True, by=act.by, at=act.at)
        participant.organisation = row
        participant.save(update_fields=["organisation"])
        made.append(row)
    return made


def details_of(plan: Plan, said: Founded) -> Details:
    """Return what is registered of a new organisation of a plan."""
    near = plan.first
    # a new one has the public or private standing of those that it is made of
    ownership = said.ownership or (near.ownership if near is not None else "")
    return Details(
        region=plan.place,
        starts_on=plan.effective_on,
        is_listed=near.is_listed if near is not None else True,
        is_simulated=plan.is_simulated,
        **(dataclasses.asdict(said) | {"ownership": ownership}),
    )


def _renaming(act: Act) -> None:
    rename(
        organisation=act.source,
        name=act.plan.value("name"),
        short_name=act.plan.value("short_name"),
        starts_on=act.day,
        source=" ".join(filter(None, (act.plan.document, act.plan.number)))[:200],
        by=act.by,
        at=act.at,
    )


def _merger(act: Act) -> None:
    # their names end first: the target may take one of them
    for source in act.plan.sources:
        end(source, on=act.day)
    target = act.plan.target or _found(act)[0]
    for group in act.preview.groups:
        move_rows(group, target, by=act.by, at=act.at)
    for source in act.plan.sources:
        end_ties(source, on=act.day)
        accounts.move_roles(source=source.scope, target=target.scope, by=act.by, at=act.at)


def _split(act: Act) -> None:
    if act.plan.source_ends:
        end(act.source, on=act.day)
    made = _found(act)
    for group in act.preview.groups:
        if group.moving:
            move_rows(group, made[act.plan.follows[group.key.code]], by=act.by, at=act.at)
    if act.plan.source_ends:
        end_ties(act.source, on=act.day)
    if ROLES in act.plan.follows:
        heir = made[act.plan.follows[ROLES]]
        accounts.move_roles(source=act.source.scope, target=heir.scope, by=act.by, at=act.at)
    elif act.plan.source_ends:
        end_roles(act.source, by=act.by, at=act.at)


def _trusteeship(act: Act) -> None:
    _link(act, OrganisationLink.Kind.TRUSTEESHIP, act.plan.sources)


def _group(act: Act) -> None:
    _link(act, act.plan.value("link"), act.plan.members)


def _link(act: Act, kind: str, members: Iterable[Organisation]) -> None:
    end_day = act.plan.value("ends_on")
    lead = act.plan.lead
    if lead is None:
        raise ValueError("a link needs a leader; the checks of the plan let none without pass")
    for member in members:
        OrganisationLink.objects.create(
            kind=kind,
            name=act.plan.value("title"),
            lead=lead,
            member=member,
            event=act.event,
            starts_on=act.day,
            ends_on=datetime.date.fromisoformat(end_day) if end_day else None,
            is_simulated=act.event.is_simulated,
        )


def _upgrade(act: Act) -> None:
    code = act.plan.value("school_code")
    source = act.source
    if code and source.school_code and code != source.school_code:
        FormerCode.objects.create(
            organisation=source,
            kind=FormerCode.Kind.SCHOOL_CODE,
            value=source.school_code,
            ended_on=act.day,
            is_simulated=source.is_simulated,
        )
    _begin_phase(act, stage=act.plan.value("stage"), **({"school_code": code} if code else {}))
    if act.plan.value("name"):
        _renaming(act)


def _relocation(act: Act) -> None:
    source = act.source
    changed: dict[str, Any] = {"address": act.plan.value("address")}
    if act.plan.region is not None and act.plan.region.pk != source.region_id:
        changed["region"] = act.plan.region
    _begin_phase(act, **changed)
    if "region" in changed:
        _move_region(act, source, act.plan.region)
    if act.plan.value("campus"):
        old = Campus.objects.filter(organisation=source, is_main=True)
        _close(old, act.day)
        old.update(is_main=False)
        Campus.objects.create(
            organisation=source,
            name=act.plan.value("campus"),
            address=act.plan.value("address"),
            region=changed.get("region", source.region),
            starts_on=act.day,
            is_main=True,
            is_simulated=source.is_simulated,
        )


def _move_region(act: Act, source: Organisation, region: Any) -> None:
    """Let an organisation with its parts belong to another region; documents find it there."""
    accounts.move_scope(
        scope=source.scope, inside=scopes.scope_of_region(region), by=act.by, at=act.at
    )
    inside = Organisation.objects.filter(
        scope__region=region, scope__path__contains=f"@{source.code}/"
    )
    inside.update(region=region)
    taken = Alias.objects.filter(region=region).values("normal")
    Alias.objects.filter(organisation=source).exclude(normal__in=taken).update(region=region)


def _begin_phase(act: Act, **changed: Any) -> None:
    """Keep what the organisation was until the day, and let it be something else from then on."""
    source = act.source
    facts = {name: getattr(source, name) for name in ("stage", "school_code", "region", "address")}
    open_phase = Phase.objects.filter(organisation=source, ends_on__isnull=True).first()
    if open_phase is None:
        open_phase = Phase(
            organisation=source,
            starts_on=source.starts_on,
            is_simulated=source.is_simulated,
            **facts,
        )
    open_phase.ends_on = act.day
    open_phase.save()
    Phase.objects.create(
        organisation=source,
        starts_on=act.day,
        is_simulated=source.is_simulated,
        **(facts | changed),
    )
    for name, value in changed.items():
        setattr(source, name, value)
    source.save(update_fields=list(changed))


def _closing(act: Act) -> None:
    end(act.source, on=act.day)
    end_ties(act.source, on=act.day)
    end_roles(act.source, by=act.by, at=act.at)
    _close(Campus.objects.filter(organisation=act.source), act.day)


_EFFECTS: dict[str, Callable[[Act], None]] = {
    Kind.FOUNDING: _founding,
    Kind.RENAMING: _renaming,
    Kind.MERGER: _merger,
    Kind.SPLIT: _split,
    Kind.TRUSTEESHIP: _trusteeship,
    Kind.GROUP: _group,
    Kind.UPGRADE: _upgrade,
    Kind.RELOCATION: _relocation,
    Kind.CLOSING: _closing,
}


def move_rows(group: RowGroup, target: Organisation, *, by: Viewer, at: datetime.datetime) -> None:
    """Let the moving rows of a group hang on the target, with their scope where it is the old one."""
    rows = all_of(group.key.model)
    scoped = [
        field.name
        for field in group.key.model._meta.local_fields
        if field.name == "scope" and not group.key.is_set
    ]
    if group.key.model is Organisation:
        for part in Organisation.objects.filter(pk__in=group.moving).select_related("scope"):
            accounts.move_scope(scope=part.scope, inside=target.scope, by=by, at=at)
            part.region_id = target.region_id
            part.save(update_fields=["region"])
        scoped = []
    for chunk in _chunks(group.moving):
        rows.filter(pk__in=chunk).update(**{group.key.field: target})
        if scoped:
            rows.filter(pk__in=chunk, scope=group.source.scope_id).update(scope=target.scope_id)


def _chunks(pks: Sequence[int]) -> Iterable[Sequence[int]]:
    return (pks[start : start + _CHUNK] for start in range(0, len(pks), _CHUNK))


def end(organisation: Organisation, *, on: datetime.date) -> None:
    """End an organisation on a day, with its name."""
    Organisation.objects.filter(pk=organisation.pk).update(ends_on=on)
    organisation.ends_on = on
    _close(OrganisationName.objects.filter(organisation=organisation), on)
    _close(Phase.objects.filter(organisation=organisation), on)


def end_ties(organisation: Organisation, *, on: datetime.date) -> None:
    """End the links that did not go to a successor, and what is owned in an organisation."""
    one = Q(member=organisation) | Q(lead=organisation)
    _close(OrganisationLink.objects.filter(one), on)
    _close(organisation.holdings.all(), on)


def _close(rows: Any, on: datetime.date) -> None:
    began = Q(starts_on__isnull=True) | Q(starts_on__lt=on)
    rows.filter(began, ends_on__isnull=True).update(ends_on=on)


def end_roles(organisation: Organisation, *, by: Viewer, at: datetime.datetime) -> int:
    """End the roles that people hold in an organisation and its parts; returns how many."""
    today = at.date()
    held = Held.objects.on(today).filter(scope__path__startswith=organisation.scope.path)
    ended = 0
    for role in held.select_related("scope"):
        # a role that began today would be an empty period: it ends tomorrow
        after = (
            today
            if role.starts_on is None or role.starts_on < today
            else (role.starts_on + datetime.timedelta(days=1))
        )
        accounts.end_role(role=role, ends_on=after, by=by, at=at)
        ended += 1
    return ended
