"""What speaks against an event of organisations: participants, day, stages, cycles."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from jiangxin.apps.organisations.models import (
    EventParticipant,
    Holding,
    Organisation,
    OrganisationEvent,
    OrganisationLink,
)
from jiangxin.apps.organisations.queries.plans import ROLES, Kind, Plan
from jiangxin.apps.organisations.queries.rows import organisation_keys
from jiangxin.apps.organisations.workflow import EventState

Stage = Organisation.Stage
# how far up a school is; a merger never takes a higher school into a lower one
_RANK: dict[str, int] = {
    Stage.GENERAL_HIGH_SCHOOL: 1,
    Stage.COMPREHENSIVE_HIGH_SCHOOL: 1,
    Stage.SECONDARY: 1,
    Stage.TECHNICIAN: 1,
    Stage.OPEN_UNIVERSITY: 2,
    Stage.HIGHER_SPECIALTY: 2,
    Stage.VOCATIONAL_UNIVERSITY: 3,
    Stage.APPLIED_UNIVERSITY: 3,
}
# the next step up (LAY-06: secondary as the base, higher vocational as the body, undergraduate)
UPGRADES: dict[str, tuple[str, ...]] = {
    Stage.SECONDARY: (Stage.HIGHER_SPECIALTY,),
    Stage.TECHNICIAN: (Stage.HIGHER_SPECIALTY,),
    Stage.HIGHER_SPECIALTY: (Stage.VOCATIONAL_UNIVERSITY,),
}
# events that leave an organisation where and what it is
_LIGHT = frozenset({Kind.GROUP, Kind.TRUSTEESHIP})
Problems = dict[str, str]


def problems_of_plan(plan: Plan, *, except_event: int | None = None) -> Problems:
    """Return what is wrong with each field of a plan; empty if it may come into force.

    Args:
        except_event: the event itself, when it is checked again on its day.
    """
    if plan.kind not in Kind.values:
        return {"kind": _("Choose one of the kinds of the list.")}
    found: Problems = {}
    if not plan.document.strip():
        found["document"] = _("Name the document by which it was decided.")
    found |= _of_new(plan) or _CHECKS[plan.kind](plan)
    return found or _of_day(plan, except_event)


def _of_day(plan: Plan, except_event: int | None) -> Problems:
    day = plan.effective_on
    rows = [row for _role, row in plan.known]
    if len({row.pk for row in rows}) < len(rows):
        return {"participants": _("The same organisation takes part twice.")}
    for row in rows:
        if not row.is_open(day):
            message = _("%(name)s does not exist on %(day)s: look at its beginning and end.")
            return {"effective_on": message % {"name": row, "day": day.isoformat()}}
    changing = rows if plan.kind not in _LIGHT else list(plan.sources)
    later = _events_of(changing, except_event).filter(
        state=EventState.APPLIED, effective_on__gt=day
    )
    clash = later.exclude(kind__in=_LIGHT).first()
    if clash is not None:
        message = _("After that day something else happened: %(event)s. Choose a later day.")
        return {"effective_on": message % {"event": clash}}
    return _of_planned(plan, except_event)


def _of_planned(plan: Plan, except_event: int | None) -> Problems:
    """Refuse what another planned event makes impossible or this one would."""
    day = plan.effective_on
    ending = {row.pk for row in plan.ending}
    rows = [row for _role, row in plan.known]
    planned = _events_of(rows, except_event).filter(state=EventState.PLANNED)
    for event in planned.prefetch_related("participants__organisation"):
        ends = event.kind in (Kind.MERGER, Kind.CLOSING) or event.payload.get("source_ends")
        ended = {
            p.organisation_id
            for p in event.participants.all()
            if ends and p.role == EventParticipant.Role.SOURCE
        }
        mine = {row.pk for row in rows}
        here = {p.organisation_id for p in event.participants.all()}
        if (
            (ended & mine and event.effective_on <= day)
            or (ending & here and event.effective_on >= day)
            or (ended & ending)
            or (event.effective_on == day and event.kind == plan.kind and here & mine)
        ):
            message = _("Another event is planned that does not go with it: %(event)s.")
            return {"effective_on": message % {"event": event}}
    return {}


def _events_of(rows: Iterable[Organisation], except_event: int | None) -> Any:
    events = OrganisationEvent.objects.filter(
        pk__in=EventParticipant.objects.filter(organisation__in=list(rows)).values("event")
    )
    return events.exclude(pk=except_event) if except_event is not None else events


def _of_new(plan: Plan) -> Problems:
    """Refuse new organisations of a kind or stage that does not exist."""
    for row in plan.new:
        if row.kind not in Organisation.Kind.values:
            return {"new_kind": _("Choose one of the kinds of the list.")}
        if row.stage and row.stage not in Stage.values:
            return {"new_stage": _("Choose one of the stages of the list.")}
        if row.ownership and row.ownership not in Organisation.Ownership.values:
            return {"new_ownership": _("Choose public, private or mixed.")}
        if (row.kind == Organisation.Kind.SCHOOL) != bool(row.stage):
            return {"new_stage": _("A school needs a stage, and only a school has one.")}
    return {}


def _of_founding(plan: Plan) -> Problems:
    if len(plan.new) != 1 or not plan.new[0].name.strip():
        return {"new_name": _("Give the full official name.")}
    return {}


def _of_one(plan: Plan) -> Problems:
    if len(plan.sources) != 1:
        return {"participants": _("Choose the one organisation that it concerns.")}
    return {}


def _of_renaming(plan: Plan) -> Problems:
    if not plan.value("name").strip():
        return {"name": _("Give the full official name.")}
    return _of_one(plan)


def _of_merger(plan: Plan) -> Problems:
    if plan.target is not None and any(row.pk == plan.target.pk for row in plan.sources):
        message = _("%(name)s cannot be merged with itself. Choose another organisation.")
        return {"sources": message % {"name": plan.target}}
    if not plan.sources:
        return {"sources": _("Choose who goes into it.")}
    if plan.target is None:
        if len(plan.new) != 1 or not plan.new[0].name.strip():
            return {"new_name": _("Name the organisation that takes the others in.")}
        if len(plan.sources) < 2:
            return {"sources": _("A new organisation is made of at least two.")}
        kind, stage = plan.new[0].kind, plan.new[0].stage
    else:
        kind, stage = plan.target.kind, plan.target.stage
        for row in plan.sources:
            if is_within(plan.target, {row.pk}):
                message = _("%(part)s is a part of %(whole)s: merge the part into the whole.")
                return {"sources": message % {"part": plan.target, "whole": row}}
        if would_own_itself(plan.target, plan.sources, on=plan.effective_on):
            message = _("%(name)s would own itself through its holdings. End that holding first.")
            return {"sources": message % {"name": plan.target}}
    for row in plan.sources:
        if row.kind != kind:
            return {"sources": _("%(name)s is of another kind.") % {"name": row}}
        if rank_of(row.stage) > rank_of(stage):
            message = _("%(name)s is of a higher stage: merge the other way round.")
            return {"sources": message % {"name": row}}
    return {}


def rank_of(stage: str) -> int:
    """Return how far up a stage is; 0 for what is no school."""
    return _RANK.get(stage, 0)


def _of_split(plan: Plan) -> Problems:
    found = _of_one(plan)
    if not plan.new or not all(row.name.strip() for row in plan.new):
        found["new_name"] = _("Name the organisation that comes out of it.")
    elif plan.source_ends and len(plan.new) < 2:
        found["new_name"] = _("If the old one ends, at least two come out of it.")
    movable = {ROLES, *(key.code for key in organisation_keys() if key.follows)}
    if not set(plan.follows) <= movable:
        found["follows"] = _("History stays with the organisation that made it.")
    elif any(not 0 <= place < len(plan.new) for place in plan.follows.values()):
        found["follows"] = _("Rows can only go to an organisation that comes out of it.")
    return found


def _of_trusteeship(plan: Plan) -> Problems:
    if plan.lead is None:
        return {"lead": _("Choose who runs it.")}
    found = _of_one(plan)
    if not found and _leads_back(plan.sources[0], plan.lead, OrganisationLink.Kind.TRUSTEESHIP):
        message = _("%(name)s is run by the other already, directly or through others.")
        found["lead"] = message % {"name": plan.lead}
    return found | _of_link_end(plan)


def _of_group(plan: Plan) -> Problems:
    links = set(OrganisationLink.Kind.values) - {OrganisationLink.Kind.TRUSTEESHIP.value}
    if plan.lead is None:
        return {"lead": _("Choose who leads the group.")}
    if not plan.members:
        return {"members": _("A group needs at least one member beside the leader.")}
    found: Problems = {}
    if plan.value("link") not in links:
        found["link"] = _("Choose the form of the group.")
    elif plan.value("link") == OrganisationLink.Kind.ONE_N and not (
        plan.lead.stage in (Stage.HIGHER_SPECIALTY, Stage.VOCATIONAL_UNIVERSITY)
        and all(row.stage in (Stage.SECONDARY, Stage.TECHNICIAN) for row in plan.members)
    ):
        found["members"] = _("“1+N” is one higher vocational college with secondary schools.")
    if not plan.value("title").strip():
        found["title"] = _("Give the group a name.")
    return found | _of_link_end(plan)


def _of_link_end(plan: Plan) -> Problems:
    end = plan.value("ends_on")
    try:
        is_late = not end or datetime.date.fromisoformat(end) > plan.effective_on
    except ValueError:
        return {"ends_on": _("Write the day as year-month-day.")}
    return {} if is_late else {"ends_on": _("The end must lie after the beginning.")}


def _of_upgrade(plan: Plan) -> Problems:
    found = _of_one(plan)
    if found:
        return found
    allowed = UPGRADES.get(plan.sources[0].stage, ())
    if plan.value("stage") not in allowed:
        steps = _(", ").join(str(Stage(stage).label) for stage in allowed)
        found["stage"] = (
            _("From this stage the next one up is: %(stages)s.") % {"stages": steps}
            if allowed
            else _("From this stage there is no upgrade.")
        )
    code = plan.value("school_code")
    if (
        code
        and Organisation.objects.filter(school_code=code).exclude(pk=plan.sources[0].pk).exists()
    ):
        found["school_code"] = _("Another organisation has this code already.")
    return found


def _of_relocation(plan: Plan) -> Problems:
    found = _of_one(plan)
    if not plan.value("address").strip():
        found["address"] = _("Give the new address.")
    if plan.value("region") and plan.sources and plan.sources[0].parent_id is not None:
        found["region"] = _("A part lies where the whole lies. Move the whole.")
    return found


def _of_closing(plan: Plan) -> Problems:
    found = _of_one(plan)
    if found:
        return found
    later = Q(ends_on__isnull=True) | Q(ends_on__gt=plan.effective_on)
    if plan.sources[0].parts.filter(later).exists():
        message = _("Offices or parts of %(name)s are still open on that day. Close them first.")
        found["effective_on"] = message % {"name": plan.sources[0]}
    return found


_CHECKS: dict[str, Callable[[Plan], Problems]] = {
    Kind.FOUNDING: _of_founding,
    Kind.RENAMING: _of_renaming,
    Kind.MERGER: _of_merger,
    Kind.SPLIT: _of_split,
    Kind.TRUSTEESHIP: _of_trusteeship,
    Kind.GROUP: _of_group,
    Kind.UPGRADE: _of_upgrade,
    Kind.RELOCATION: _of_relocation,
    Kind.CLOSING: _of_closing,
}


def is_within(organisation: Organisation, wholes: Collection[int]) -> bool:
    """Whether an organisation is a part of one of the wholes, over any number of steps."""
    above = organisation.parent
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk in wholes:
            return True
        seen.add(above.pk)
        above = above.parent
    return False


def would_own_itself(
    holder: Organisation, together: Iterable[Organisation], *, on: datetime.date
) -> bool:
    """Whether what the holder owns, with what the others bring along, owns the holder.

    Args:
        together: organisations whose holdings the holder takes over.
        on: holdings that ended before do not count, those that begin later do.
    """
    gone = {row.pk for row in together}
    return _reaches({holder.pk, *gone}, {holder.pk}, gone, on)


def owns(holder: Organisation, other: Organisation, *, on: datetime.date) -> bool:
    """Whether the holder owns the other, directly or through others, from the day on."""
    return _reaches({holder.pk}, {other.pk}, set(), on)


def _reaches(start: set[int], goal: set[int], gone: set[int], on: datetime.date) -> bool:
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gt=on)
    frontier, seen = set(start), set(start)
    while frontier:
        held = set(
            Holding.objects.filter(lasting, holder__in=frontier).values_list(
                "organisation", flat=True
            )
        )
        held -= gone
        if held & goal:
            return True
        frontier = held - seen
        seen |= held
    return False


def _leads_back(start: Organisation, lead: Organisation, kind: str) -> bool:
    """Whether the start leads the leader already, directly or through others."""
    frontier, seen = {start.pk}, {start.pk}
    while frontier:
        led = set(
            OrganisationLink.objects.filter(
                kind=kind, ends_on__isnull=True, lead__in=frontier
            ).values_list("member", flat=True)
        )
        if lead.pk in led:
            return True
        frontier = led - seen
        seen |= led
    return False
