"""What was recognised: lists, one entry with its timeline, two years compared, the directory."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.registers import permissions
from jiangxin.apps.registers.models import (
    AnnualCheck,
    Application,
    Entry,
    EntryRevision,
    Member,
    Recognition,
    RegisterType,
)
from jiangxin.apps.registers.models.definition import LEADER, RegisterDefinition
from jiangxin.apps.registers.models.entries import whole
from jiangxin.apps.registers.queries.types import (
    current_definitions,
    current_version,
    definition_of,
    definitions_of,
)
from jiangxin.apps.registers.workflow import APPLICATION, RANK, EntryState, Level
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import PUBLIC, Decision, Viewer

WITH = ("type", "type_version", "organisation__scope", "region", "scope")


def entries(
    viewer: Viewer,
    *,
    type_code: str = "",
    group: str = "",
    level: str = "",
    state: str = "",
    region: Any = None,
    organisation: Any = None,
    year: int | None = None,
    text: str = "",
) -> QuerySet[Entry]:
    """List entries that the viewer may see; each has `is_whole`: whether all fields may be shown.

    Args:
        group: keep entries of the types of a group.
        region: keep those in this region or below it.
        organisation: keep those that it holds or takes part in.
        year: keep those in force on some day of the year.
        text: part of the title, the number or the name of the holder.
    """
    found: Any = (
        Entry.objects.visible_to(viewer)
        .select_related(*WITH)
        .defer("type_version__definition")
        .annotate(is_whole=Case(When(whole(viewer), then=Value(True)), default=Value(False)))
    )
    if type_code:
        found = found.filter(type__code=type_code)
    if group:
        found = found.filter(type__code__in=_types_of(group))
    for key, value in (("level", level), ("state", state)):
        if value:
            found = found.filter(**{key: value})
    if region is not None:
        found = found.filter(region__path__startswith=region.path)
    if organisation is not None:
        part = Member.objects.filter(organisation=organisation, entry__isnull=False)
        found = found.filter(Q(organisation=organisation) | Q(pk__in=part.values("entry")))
    if year is not None:
        found = found.in_force_in(year)
    text = text.strip()
    if text:
        found = found.filter(
            Q(title__icontains=text)
            | Q(number__istartswith=text)
            | Q(organisation__name__icontains=text)
        )
    return found  # type: ignore[no-any-return]


def _types_of(group: str) -> list[str]:
    found = current_definitions(on=timezone.localdate())
    return [code for code, definition in found.items() if definition.group == group]


def directory(**filters: Any) -> QuerySet[Entry]:
    """List the public directory: entries of listed types, in force or past; filters as `entries`.

    Show title, number, holder, level and `public_values` of each, nothing else.
    """
    return entries(PUBLIC, **filters).filter(is_listed=True)


def public_values(definition: RegisterDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that everybody may see."""
    return {code: values[code] for code in definition.public or () if code in values}


def values_for(entry: Entry, definition: RegisterDefinition) -> dict[str, Any]:
    """Return the values that the viewer for whom `entries` listed the entry may see."""
    if getattr(entry, "is_whole", False):
        return dict(entry.values)
    return public_values(definition, entry.values)


def get_entry(uuid: UUID | str, *, viewer: Viewer) -> Entry:
    """Return one entry that the viewer may see with its members, or raise NotFound."""
    found = entries(viewer).filter(uuid=uuid).prefetch_related(_members()).first()
    if found is None:
        raise NotFound
    return found


def find_by_number(number: str, *, viewer: Viewer) -> Entry | None:
    """Return the entry with this register number, if the viewer may see it."""
    return entries(viewer).filter(number=number).first()


def get_member(uuid: UUID | str, *, viewer: Viewer) -> Member:
    """Return one member of an entry or application that is open to the viewer."""
    found: Member | None = (
        Member.objects.visible_to(viewer)
        .select_related("organisation", "entry__scope", "application")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def get_recognition(uuid: UUID | str, *, viewer: Viewer) -> Recognition:
    """Return one recognition of an entry that is open to the viewer, or raise NotFound."""
    found: Recognition | None = (
        Recognition.objects.visible_to(viewer)
        .select_related("entry__region", "entry__type", "entry__organisation")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def _members() -> Prefetch[str]:
    return Prefetch(
        "members",
        queryset=Member.objects.select_related("organisation__scope").order_by("starts_on", "pk"),
    )


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to an entry."""

    on: datetime.date
    # recognised, withdrawn, ended, joined, left, changed, checked, applied, reviewed, event
    kind: str
    title: str
    detail: str = ""
    by: str = ""
    link: UUID | None = None


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member with the words for its role and whether it is one today."""

    member: Member
    role: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class EntryPage:
    """An entry as the viewer may see it.

    Args:
        definition: what the type said when the values were filled in.
        values: all values, or those in the public directory.
        newest: number of the form's newest version; higher than `definition.version` if the
            entry was not filled in with it.
        timeline: newest first; empty for who sees the public fields only.
    """

    entry: Entry
    definition: RegisterDefinition
    is_whole: bool
    values: Mapping[str, Any]
    newest: int
    members: tuple[MemberRow, ...]
    recognitions: tuple[Recognition, ...]
    checks: tuple[AnnualCheck, ...]
    applications: tuple[Application, ...]
    timeline: tuple[Moment, ...]
    can_change: Decision
    can_check: Decision
    can_apply: Decision


def entry_page(entry: Entry, *, viewer: Viewer, on: datetime.date) -> EntryPage:
    """Return one entry with what belongs to it; give one from `get_entry`."""
    is_whole = bool(permissions.can_see_whole(viewer, entry))
    definition = definition_of(entry.type_version)
    recognitions = tuple(entry.recognitions.all())
    members = _member_rows(entry, definition, on)
    checks: tuple[AnnualCheck, ...] = ()
    mine: tuple[Application, ...] = ()
    moments: list[Moment] = []
    if is_whole:
        checks = tuple(entry.checks.all())
        mine = tuple(
            Application.objects.visible_to(viewer)
            .filter(entry=entry)
            .prefetch_related("reviews")
            .order_by("-started_at")
        )
        moments = _timeline(entry, recognitions, members, checks, mine)
        moments += _of_holder(entry, viewer)
    return EntryPage(
        entry=entry,
        definition=definition,
        is_whole=is_whole,
        values=dict(entry.values) if is_whole else public_values(definition, entry.values),
        newest=current_version(entry.type, on=on).number,
        members=tuple(row for row in members if is_whole or row.is_present),
        recognitions=recognitions,
        checks=checks,
        applications=mine,
        timeline=tuple(sorted(moments, key=lambda m: m.on, reverse=True)),
        can_change=permissions.can_change_entry(viewer, entry),
        can_check=permissions.can_check_entry(viewer, entry),
        can_apply=permissions.can_apply(viewer, entry.scope.path),
    )


def _member_rows(
    entry: Entry, definition: RegisterDefinition, on: datetime.date
) -> list[MemberRow]:
    order = [role.code for role in definition.members]
    rows = []
    for member in entry.members.all():
        role = definition.role(member.role)
        started = member.starts_on is None or member.starts_on <= on
        present = started and (member.ends_on is None or on < member.ends_on)
        rows.append(MemberRow(member, str(role.label) if role else member.role, present))
    rank = {code: place for place, code in enumerate(order)}
    return sorted(rows, key=lambda row: (rank.get(row.member.role, 99), not row.is_present))


def _timeline(
    entry: Entry,
    recognitions: Sequence[Recognition],
    members: Sequence[MemberRow],
    checks: Sequence[AnnualCheck],
    mine: Sequence[Application],
) -> list[Moment]:
    moments = []
    for recognition in recognitions:
        level = str(Level(recognition.level).label)
        moments.append(
            Moment(
                recognition.starts_on or entry.first_recognised_on,
                "recognised",
                _("Recognised at level: %(level)s") % {"level": level},
                recognition.document_number,
                recognition.decided_by_name,
            )
        )
        if recognition.withdrawn_on is not None:
            title = _("Recognition withdrawn at level: %(level)s") % {"level": level}
            reason = recognition.withdrawal_reason
            moments.append(Moment(recognition.withdrawn_on, "withdrawn", title, reason))
        elif recognition.ends_on is not None:
            title = _("End of validity at level: %(level)s") % {"level": level}
            moments.append(Moment(recognition.ends_on, "ended", title))
    first = entry.first_recognised_on
    for row in members:
        name, member = row.member.organisation.name, row.member
        if member.starts_on is not None and member.starts_on != first:
            moments.append(
                Moment(member.starts_on, "joined", _("Joined: %(name)s") % {"name": name}, row.role)
            )
        if member.ends_on is not None:
            moments.append(
                Moment(member.ends_on, "left", _("Left: %(name)s") % {"name": name}, row.role)
            )
    for check in checks:
        title = _("Check of %(year)s: %(outcome)s") % {
            "year": check.year,
            "outcome": check.get_outcome_display(),
        }
        day = timezone.localdate(check.checked_at)
        moments.append(Moment(day, "checked", title, check.note, check.checked_by_name))
    for revision in EntryRevision.objects.filter(entry=entry):
        day = timezone.localdate(revision.changed_at)
        title = _("Changed")
        moments.append(Moment(day, "changed", title, revision.reason, revision.changed_by_name))
    for application in mine:
        for said in application.reviews.all():
            move = APPLICATION.moves.get(said.verdict)
            moments.append(
                Moment(
                    timezone.localdate(said.at),
                    "reviewed",
                    str(move.label) if move else said.verdict,
                    said.reason,
                    said.by_name,
                    application.uuid,
                )
            )
    return moments


def _of_holder(entry: Entry, viewer: Viewer) -> list[Moment]:
    """Tell what befell the holder while it was recognised: a merger, a move, another name."""
    if entry.organisation is None:
        return []
    story = organisations.story_of(entry.organisation, viewer=viewer)
    return [
        Moment(moment.on, "event", moment.text)
        for moment in story
        if moment.event is not None
        and moment.on is not None
        and moment.on >= entry.first_recognised_on
    ]


@dataclass(frozen=True, slots=True)
class Compared:
    """An entry in two years: level in each, or none."""

    entry: Entry
    before: str
    after: str
    # new, ended, raised, lowered, kept
    change: str

    @property
    def is_simulated(self) -> bool:
        """Whether the entry was made up for demonstration."""
        return bool(self.entry.is_simulated)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Entries of a type in two years."""

    first_year: int
    second_year: int
    rows: tuple[Compared, ...]
    counts: Mapping[str, int]


def compare_years(
    viewer: Viewer, *, kind: RegisterType, first: int, second: int, region: Any = None
) -> Comparison:
    """Compare what was in force in two years: new, ended, raised, lowered and kept entries."""
    years = {}
    for year in (first, second):
        years[year] = highest_levels(Recognition.objects.filter(entry__type=kind).during(year))
    found = entries(viewer, type_code=kind.code, region=region)
    rows = []
    for entry in found.filter(pk__in={*years[first], *years[second]}).order_by("number"):
        before, after = years[first].get(entry.pk, ""), years[second].get(entry.pk, "")
        rows.append(Compared(entry, before, after, _change(before, after)))
    counts = dict.fromkeys(("new", "ended", "raised", "lowered", "kept"), 0)
    for row in rows:
        counts[row.change] += 1
    return Comparison(first, second, tuple(rows), counts)


def _change(before: str, after: str) -> str:
    if not before:
        return "new"
    if not after:
        return "ended"
    if before == after:
        return "kept"
    return "raised" if RANK[after] > RANK[before] else "lowered"


def highest_levels(recognitions: Iterable[Any]) -> dict[int, str]:
    """Return the highest level of each entry id among the recognitions."""
    found: dict[int, str] = {}
    rows: Any = recognitions
    for entry_id, level in rows.values_list("entry", "level"):
        if entry_id not in found or RANK[level] > RANK[found[entry_id]]:
            found[entry_id] = level
    return found


def due_for_check(among: Any, *, on: datetime.date) -> list[tuple[Entry, datetime.date]]:
    """List entries in force whose check of the year is not recorded, with the last day for it.

    The day is the end of the month that the type names; the year of recognition has no check.

    Args:
        among: entries to look through.
    """
    done = AnnualCheck.objects.filter(entry=OuterRef("pk"), year=on.year)
    rows = list(
        among.filter(state=EntryState.IN_FORCE, first_recognised_on__year__lt=on.year)
        .filter(~Exists(done))
        .select_related(*WITH)
        .defer("type_version__definition", "values")
    )
    definitions = definitions_of(entry.type_version_id for entry in rows)
    found = []
    for entry in rows:
        annual = definitions[entry.type_version_id].annual_check
        if annual is not None:
            found.append((entry, _month_end(on.year, annual.month)))
    return found


def _month_end(year: int, month: int) -> datetime.date:
    after = datetime.date(year + month // 12, month % 12 + 1, 1)
    return after - datetime.timedelta(days=1)


def leader_of(members: Iterable[Member], holder: Any, year: int) -> Any:
    """Return the organisation that led in the year: the latest leading member, else the holder."""
    first, after = datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1)
    leaders = [
        member
        for member in members
        if member.role == LEADER
        and (member.starts_on is None or member.starts_on < after)
        and (member.ends_on is None or member.ends_on > first)
    ]
    if not leaders:
        return holder
    return max(leaders, key=lambda m: (m.starts_on or datetime.date.min, -m.pk)).organisation
