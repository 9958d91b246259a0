"""What an event of organisations is to do, before it is kept and when it comes into force."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from jiangxin.apps.organisations.models import (
    EventParticipant,
    Organisation,
    OrganisationEvent,
)
from jiangxin.apps.reference import queries as reference

Kind = OrganisationEvent.Kind
Role = EventParticipant.Role
# in `Plan.follows`: the people with a role
ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Founded:
    """An organisation that an event brings into being."""

    name: str
    kind: str = Organisation.Kind.SCHOOL.value
    stage: str = ""
    short_name: str = ""
    ownership: str = ""
    uscc: str = ""
    school_code: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """An event as somebody says it.

    Args:
        document: title of the decision.
        sources: those that change or end; of a merger all that go into the target.
        target: of a merger, if it exists already; else the first of `new`.
        new: those that come into being.
        lead: of a group, or who runs the source in trust.
        follows: of a split: column ("app.Model.field", or "roles") → place in `new`.
        source_ends: of a split: whether the old one ends.
        values: what else the kind needs: name, short_name, stage, school_code, address, region
            (code), campus, link (kind of group), title, ends_on (ISO day).
        region: where a founded organisation lies.
    """

    kind: str
    effective_on: datetime.date
    document: str
    number: str = ""
    reason: str = ""
    sources: tuple[Organisation, ...] = ()
    target: Organisation | None = None
    lead: Organisation | None = None
    members: tuple[Organisation, ...] = ()
    new: tuple[Founded, ...] = ()
    follows: Mapping[str, int] = field(default_factory=dict)
    source_ends: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    region: Any = None
    is_simulated: bool = False

    @property
    def first(self) -> Organisation | None:
        """The organisation that the event is told of first."""
        return self.target or self.lead_of_group or next(iter(self.sources), None)

    @property
    def lead_of_group(self) -> Organisation | None:
        """Who leads the group, if this is about one."""
        return self.lead if self.kind == Kind.GROUP else None

    @property
    def place(self) -> Any:
        """The region in which the event is decided."""
        return self.first.region if self.first is not None else self.region

    @property
    def known(self) -> tuple[tuple[str, Organisation], ...]:
        """The existing organisations that take part, with their role."""
        found = [(Role.SOURCE.value, row) for row in self.sources]
        if self.target is not None:
            found.append((Role.TARGET.value, self.target))
        if self.lead is not None:
            role = Role.LEAD if self.kind == Kind.GROUP else Role.TRUSTEE
            found.append((role.value, self.lead))
        found += [(Role.MEMBER.value, row) for row in self.members]
        return tuple(found)

    @property
    def ending(self) -> tuple[Organisation, ...]:
        """The organisations that end with it."""
        ends = self.kind in (Kind.MERGER, Kind.CLOSING) or self.source_ends
        return self.sources if ends else ()

    def value(self, name: str) -> str:
        """Return a further value, empty if nothing was said."""
        return self.values.get(name, "")

    def payload(self) -> dict[str, object]:
        """Return what the event keeps beside its participants."""
        return {
            "follows": dict(self.follows),
            "source_ends": self.source_ends,
            "values": {key: value for key, value in self.values.items() if value},
            "region": self.region.code if self.region is not None else "",
        }

    def founded_details(self) -> list[dict[str, str]]:
        """Return what is said of each new organisation, to be kept until it is registered."""
        return [asdict(row) for row in self.new]


def plan_of(event: OrganisationEvent) -> Plan:
    """Return the plan that an event keeps."""
    by_role: dict[str, list[Organisation]] = {}
    new = []
    rows = event.participants.select_related("organisation__scope", "organisation__region")
    for row in rows.order_by("id"):
        if row.role == Role.NEW:
            new.append(Founded(**row.details))
        else:
            by_role.setdefault(row.role, []).append(row.organisation)
    said: dict[str, Any] = event.payload
    code = said.get("region", "")
    leads = [*by_role.get(Role.LEAD, []), *by_role.get(Role.TRUSTEE, [])]
    return Plan(
        kind=event.kind,
        effective_on=event.effective_on,
        document=event.document,
        number=event.number,
        reason=event.reason,
        sources=tuple(by_role.get(Role.SOURCE, ())),
        target=next(iter(by_role.get(Role.TARGET, ())), None),
        lead=next(iter(leads), None),
        members=tuple(by_role.get(Role.MEMBER, ())),
        new=tuple(new),
        follows=said.get("follows", {}),
        source_ends=said.get("source_ends", False),
        values=said.get("values", {}),
        region=reference.find_region(code, on=event.effective_on) if code else None,
        is_simulated=event.is_simulated,
    )
