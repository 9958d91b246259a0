"""What an event would do: to whom, and to which rows, before anything is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.utils.translation import gettext as _

from jiangxin.apps.accounts.models import Role as Held
from jiangxin.apps.organisations.models import Organisation, OrganisationEvent
from jiangxin.apps.organisations.queries.plan_checks import Problems, problems_of_plan
from jiangxin.apps.organisations.queries.plans import ROLES, Founded, Kind, Plan, plan_of
from jiangxin.apps.organisations.queries.rows import (
    RowGroup,
    ScopeGroup,
    row_groups,
    scope_groups,
)
from jiangxin.core.permissions import Viewer

# problems after which there is nothing to look at
_BROKEN = frozenset(
    {"kind", "participants", "sources", "follows", "new_name", "new_kind", "new_stage"}
)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one organisation, in words."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class RolesGroup:
    """People with a role in an organisation that ends or divides, and where they go."""

    source: Organisation
    people: int
    # empty: the roles end; the source itself: they stay
    to: str


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of the rows of one table, as a row of the page.

    Args:
        to: who has the moving rows from then on; empty if none move.
    """

    label: str
    source: str
    moving: int
    to: str
    clashing: int
    staying: int
    samples: tuple[str, ...]
    # rows that go on with a successor, but there is none
    is_left: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What an event would do; the act itself takes the same lists."""

    plan: Plan
    problems: Problems
    changes: tuple[Change, ...]
    groups: tuple[RowGroup, ...]
    roles: tuple[RolesGroup, ...]
    # rows in the scope of those that end, which name no organisation; they stay
    under_scope: tuple[ScopeGroup, ...]

    @property
    def lines(self) -> list[Line]:
        """What becomes of the rows, table by table."""
        plan = self.plan
        closes = plan.kind == Kind.CLOSING
        found = []
        for group in self.groups:
            to = ""
            if group.moving and plan.kind == Kind.SPLIT:
                to = plan.new[plan.follows[group.key.code]].name
            elif group.moving:
                to = plan.target.name if plan.target is not None else plan.new[0].name
            found.append(
                Line(
                    group.key.label,
                    group.source.name,
                    len(group.moving),
                    to,
                    len(group.clashing),
                    group.staying,
                    group.samples,
                    closes and group.key.follows,
                )
            )
        return found

    @property
    def moving(self) -> int:
        """How many rows go to another organisation."""
        return sum(len(group.moving) for group in self.groups)

    @property
    def staying(self) -> int:
        """How many rows stay with the old organisation."""
        held = sum(group.staying + len(group.clashing) for group in self.groups)
        return held + sum(group.rows for group in self.under_scope)

    @property
    def digest(self) -> str:
        """A short text that changes when any of the rows changes."""
        seen = [(g.key.code, g.source.pk, g.moving, g.clashing, g.staying) for g in self.groups]
        seen_roles = [(g.source.pk, g.people) for g in self.roles]
        return hashlib.sha256(repr((seen, seen_roles)).encode()).hexdigest()[:16]


def preview(plan: Plan, *, viewer: Viewer, except_event: int | None = None) -> Preview:
    """Return what a plan would do today; `problems` says why it cannot be kept, if so."""
    problems = problems_of_plan(plan, except_event=except_event)
    broken = not problems.keys().isdisjoint(_BROKEN)
    if broken:
        return Preview(plan, problems, (), (), (), ())
    changes = () if problems else tuple(_changes(plan))
    groups = _groups(plan, viewer)
    # rows that name the organisation stand in the groups, with the scope in which they lie
    named = {group.key.model for group in groups}
    under = tuple(
        group
        for row in plan.ending
        for group in scope_groups(row.scope)
        if group.model not in named
    )
    return Preview(plan, problems, changes, groups, _roles(plan), under)


def preview_of(event: OrganisationEvent, *, viewer: Viewer) -> Preview:
    """Return what a planned event would do if it came into force now."""
    return preview(plan_of(event), viewer=viewer, except_event=event.pk)


def _groups(plan: Plan, viewer: Viewer) -> tuple[RowGroup, ...]:
    found: list[RowGroup] = []
    if plan.kind == Kind.MERGER:
        for source in plan.sources:
            found += row_groups(source, plan.target, beside=found, viewer=viewer)
    elif plan.kind in (Kind.SPLIT, Kind.CLOSING) and plan.sources:
        source = plan.sources[0]
        found = row_groups(source, None, only=set(plan.follows) - {ROLES}, viewer=viewer)
    return tuple(found)


def people_in(organisation: Organisation) -> int:
    """Return how many roles are held in an organisation and its parts, now or later."""
    held = Held.objects.filter(
        ends_on__isnull=True, scope__path__startswith=organisation.scope.path
    )
    return held.count()


def _roles(plan: Plan) -> tuple[RolesGroup, ...]:
    if plan.kind not in (Kind.MERGER, Kind.SPLIT, Kind.CLOSING):
        return ()
    found = []
    for source in plan.sources:
        held = Held.objects.on(plan.effective_on).filter(scope__path__startswith=source.scope.path)
        to = ""
        if plan.kind == Kind.MERGER:
            to = plan.target.name if plan.target is not None else plan.new[0].name
        elif ROLES in plan.follows:
            to = plan.new[plan.follows[ROLES]].name
        elif plan.kind == Kind.SPLIT and not plan.source_ends:
            to = source.name
        found.append(RolesGroup(source, held.count(), to))
    return tuple(group for group in found if group.people)


def _changes(plan: Plan) -> list[Change]:
    day = plan.effective_on.isoformat()
    found = [
        Change(row.name, _("comes into being on %(day)s: %(what)s") % {"day": day, "what": what})
        for row in plan.new
        for what in [_founded_words(row)]
    ]
    found += [
        Change(
            row.name,
            _("exists until the day before %(day)s; its name still leads to it and its successor")
            % {"day": day},
        )
        for row in plan.ending
    ]
    return found + _changes_by_kind(plan, day)


def _founded_words(row: Founded) -> str:
    kind = Organisation.Kind(row.kind).label
    stage = Organisation.Stage(row.stage).label if row.stage else ""
    return " · ".join(str(part) for part in (kind, stage, row.school_code or row.uscc) if part)


def _changes_by_kind(plan: Plan, day: str) -> list[Change]:
    found: list[Change] = []
    if plan.kind == Kind.MERGER and plan.target is not None:
        names = _(", ").join(row.name for row in plan.sources)
        found.append(Change(plan.target.name, _("takes in %(names)s") % {"names": names}))
    elif plan.kind == Kind.TRUSTEESHIP and plan.lead is not None:
        text = _("is run in trust by %(name)s from %(day)s") % {"name": plan.lead, "day": day}
        found += [Change(row.name, text) for row in plan.sources]
    elif plan.kind == Kind.GROUP and plan.lead is not None:
        title = plan.value("title")
        found.append(Change(plan.lead.name, _("leads “%(title)s”") % {"title": title}))
        found += [
            Change(row.name, _("becomes a member of “%(title)s”") % {"title": title})
            for row in plan.members
        ]
    if plan.kind == Kind.SPLIT:
        return found
    for row in plan.sources:
        if plan.kind != Kind.MERGER and plan.value("name"):
            text = _("is called “%(name)s” from %(day)s") % {"name": plan.value("name"), "day": day}
            found.append(Change(row.name, text))
        if plan.value("stage"):
            stage = Organisation.Stage(plan.value("stage")).label
            found.append(Change(row.name, _("becomes: %(stage)s") % {"stage": stage}))
        if plan.kind == Kind.UPGRADE and plan.value("school_code"):
            text = _("gets the school code %(new)s; %(old)s is kept as a former code")
            values = {"new": plan.value("school_code"), "old": row.school_code or "—"}
            found.append(Change(row.name, text % values))
        if plan.kind == Kind.RELOCATION:
            text = _("moves to %(address)s") % {"address": plan.value("address")}
            found.append(Change(row.name, text))
            if plan.region is not None and plan.region.pk != row.region_id:
                text = _("belongs to %(region)s from then on; its scope with all rows moves there")
                found.append(Change(row.name, text % {"region": plan.region.name}))
    return found
