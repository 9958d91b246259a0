"""Load an edition of a code list, rename and merge regions, set a school calendar.

Nothing is updated in place: a row that changed ends on the first day of the new edition and a
new row begins. Only the tree of regions is derived and rebuilt.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from jiangxin.apps.reference import permissions
from jiangxin.apps.reference.models import (
    Edition,
    Industry,
    Listed,
    Occupation,
    Programme,
    Region,
    RegionClosure,
    Term,
)
from jiangxin.apps.reference.queries import TermDates, first_day_of, get_region
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class DivisionRow:
    """A region in an edition of the divisions."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True, slots=True)
class ProgrammeRow:
    """A programme in an edition of the catalogue."""

    level: str
    code: str
    name: str
    class_name: str
    category: str
    is_state_controlled: bool


@dataclass(frozen=True, slots=True)
class OccupationRow:
    """An occupation or group in an edition of the dictionary."""

    code: str
    name: str
    level: str
    parent: str
    marks: str


@dataclass(frozen=True, slots=True)
class IndustryRow:
    """A section, division, group or class in an edition of the classification."""

    section: str
    code: str
    name: str
    level: str
    parent: str


Row = DivisionRow | ProgrammeRow | OccupationRow | IndustryRow
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EditionHeader:
    """Which edition is loaded, and the official document that it comes from."""

    kind: str
    name: str
    title: str = ""
    issuer: str = ""
    number: str = ""
    starts_on: datetime.date | None = None
    is_complete: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What loading an edition changed, or would change in a dry run."""

    kind: str
    edition: str
    added: int
    changed: int
    ended: int
    unchanged: int
    is_dry_run: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether the edition was already there in the same words."""
        return not (self.added or self.changed or self.ended)


class DateMissing(Invalid):
    """A newer edition changes rows, so it needs the day from which it counts."""

    code = "edition_date_missing"


class EditionTooEarly(Invalid):
    """The edition counts from a day before rows that it would change began."""

    code = "edition_too_early"


class NoWayUp(Invalid):
    """A region's parents do not lead to the nation."""

    code = "no_way_up"


@dataclass(frozen=True, slots=True)
class _Kind:
    model: type[Listed]
    key: tuple[str, ...]
    # fields of the table in the order of the row's fields
    fields: tuple[str, ...]


KINDS: Mapping[str, _Kind] = {
    "divisions": _Kind(Region, ("code",), ("code", "name", "level", "parent_code")),
    "programmes": _Kind(
        Programme,
        ("level", "code"),
        ("level", "code", "name", "class_name", "category", "is_state_controlled"),
    ),
    "occupations": _Kind(Occupation, ("code",), ("code", "name", "level", "parent_code", "marks")),
    "industries": _Kind(Industry, ("code",), ("section", "code", "name", "level", "parent_code")),
}


def digest_of(rows: Sequence[Row]) -> str:
    """Return the hash by which an edition is recognised, whatever the order of its rows."""
    lines = sorted("\t".join(map(str, astuple(row))) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@transaction.atomic
def load_edition(
    *,
    header: EditionHeader,
    rows: Sequence[Row],
    by: Viewer,
    at: datetime.datetime,
    is_dry_run: bool = False,
) -> Outcome:
    """Load an edition of a code list: add, change and end rows from its first day on.

    Loading the same rows again changes nothing. With `is_dry_run` nothing is written and the
    outcome says what would happen.

    Args:
        rows: checked rows of `header.kind` (`sheets.read` checks them); each key once.

    Raises:
        NotPermitted: `by` may not load reference data.
        DateMissing: rows of an earlier edition would change, but the edition has no first day.
        EditionTooEarly: rows that would change began on or after its first day.
        NoWayUp: the parents of a region do not lead to the nation.
        Conflict: an edition of this name is loaded already, with other rows.
    """
    permissions.can_load_edition(by).enforce()
    kind = KINDS[header.kind]
    digest = digest_of(rows)
    earlier = Edition.objects.select_for_update().filter(kind=header.kind)
    same = earlier.filter(name=header.name).first()
    if same is not None and same.digest == digest:
        return Outcome(header.kind, header.name, 0, 0, 0, len(rows), is_dry_run)
    if same is not None:
        raise Conflict(
            _(
                "The edition “%(name)s” is loaded already, with other rows. Give the newer one "
                "its own name and first day, so that the history stays."
            )
            % {"name": header.name}
        )
    current = {_key(kind, row): row for row in kind.model.objects.filter(ends_on__isnull=True)}
    wanted = {_key(kind, row): _values(kind, row) for row in rows}
    if kind.model is Region:
        _place(wanted, current)
    changed = [
        key
        for key, values in wanted.items()
        if key in current and any(getattr(current[key], f) != v for f, v in values.items())
    ]
    added = [k for k in wanted if k not in current]
    ended = [k for k in current if k not in wanted] if header.is_complete else []
    outcome = Outcome(
        header.kind,
        header.name,
        len(added),
        len(changed),
        len(ended),
        len(wanted) - len(added) - len(changed),
        is_dry_run,
    )
    if header.starts_on is None and (changed or ended):
        raise DateMissing(
            _(
                "This edition changes or ends rows that are in force. Say from which day it "
                "counts (--starts-on), so that earlier days keep their answer."
            )
        )
    _check_later_than(header, [current[k] for k in (*changed, *ended)])
    if is_dry_run:
        return outcome
    edition = Edition.objects.create(
        kind=header.kind,
        name=header.name,
        title=header.title,
        issuer=header.issuer,
        number=header.number,
        starts_on=header.starts_on,
        is_complete=header.is_complete,
        note=header.note,
        digest=digest,
        rows=len(rows),
        loaded_at=at,
    )
    _end([current[k] for k in (*changed, *ended)], header.starts_on)
    _begin(kind, edition, [wanted[k] for k in (*added, *changed)], header.starts_on)
    _count_again(kind.model)
    audit.record(
        "reference.edition.loaded",
        by=by,
        at=at,
        subject=edition,
        path=permissions.NATION_PATH,
        data={
            "kind": header.kind,
            "edition": header.name,
            "added": outcome.added,
            "changed": outcome.changed,
            "ended": outcome.ended,
        },
    )
    return outcome


@transaction.atomic
def rename_region(
    *, code: str, name: str, on: datetime.date, by: Viewer, at: datetime.datetime
) -> Region:
    """Give a region a new name from a day on; the old name stays true for the days before.

    Raises:
        NotPermitted: `by` may not load reference data.
        RegionNotFound: no region has the code on that day.
    """
    permissions.can_load_edition(by).enforce()
    old = _locked_region(code, on)
    _end([old], on)
    new = Region(
        edition_id=old.edition_id,
        code=code,
        name=name,
        level=old.level,
        parent_id=old.parent_id,
        path=old.path,
        starts_on=on,
        **_spelling(name),
    )
    new.save()
    Region.objects.filter(pk=old.pk).update(successor=new)
    _rebuild_closure()
    audit.record(
        "reference.region.renamed",
        by=by,
        at=at,
        subject=None,
        path=new.path,
        data={"code": code, "name": [old.name, name], "on": on},
    )
    return new


@transaction.atomic
def merge_regions(
    *, codes: Sequence[str], into: str, on: datetime.date, by: Viewer, at: datetime.datetime
) -> Region:
    """End regions on a day and name the region that takes over; it must exist on that day.

    Raises:
        NotPermitted: `by` may not load reference data.
        RegionNotFound: one of the regions does not exist on that day.
        Invalid: a region would be merged into itself, or still has regions below it.
    """
    permissions.can_load_edition(by).enforce()
    heir = get_region(into, on=on)
    for code in codes:
        region = _locked_region(code, on)
        if region.pk == heir.pk:
            raise Invalid(_("A region cannot be merged into itself. Leave it out of the list."))
        below = RegionClosure.objects.filter(ancestor=region, depth=1, descendant__ends_on=None)
        if below.exists():
            raise Invalid(
                _("%(name)s still has regions below it. Move or merge those first.")
                % {"name": region.name}
            )
        _end([region], on)
        Region.objects.filter(pk=region.pk).update(successor=heir)
        audit.record(
            "reference.region.merged",
            by=by,
            at=at,
            subject=None,
            path=region.path,
            data={"code": code, "into": into, "on": on},
        )
    _rebuild_closure()
    return heir


@transaction.atomic
def set_terms(
    *,
    region_code: str,
    school_year: int,
    terms: Mapping[str, tuple[datetime.date, datetime.date]],
    source: str,
    by: Viewer,
    at: datetime.datetime,
) -> list[TermDates]:
    """Set the terms of a school year in a region; the regions below inherit them.

    Args:
        terms: season → (first day, first day after the term).
        source: the notice that set the dates.

    Raises:
        NotPermitted: `by` does not keep the calendar of this region.
        Invalid: a term ends before it starts, or two terms overlap.
    """
    region = get_region(region_code, on=first_day_of(school_year))
    permissions.can_set_terms(by, region.path).enforce()
    spans = sorted(terms.values())
    if any(end <= start for start, end in spans) or any(
        later[0] < earlier[1] for earlier, later in pairwise(spans)
    ):
        raise Invalid(
            _("Terms must end after they start and must not overlap. Check the two dates of each.")
        )
    before = {
        term.season: [term.starts_on, term.ends_on]
        for term in Term.objects.select_for_update().filter(
            region_code=region_code, school_year=school_year
        )
    }
    for season, (starts_on, ends_on) in terms.items():
        Term.objects.update_or_create(
            region_code=region_code,
            school_year=school_year,
            season=season,
            defaults={"starts_on": starts_on, "ends_on": ends_on, "source": source},
        )
    audit.record(
        "reference.terms.set",
        by=by,
        at=at,
        subject=None,
        path=region.path,
        data={
            "school_year": school_year,
            "terms": {s: [before.get(s), list(span)] for s, span in terms.items()},
        },
    )
    return [
        TermDates(school_year, season, start, end, region_code, source)
        for season, (start, end) in sorted(terms.items(), key=lambda item: item[1])
    ]


def _key(kind: _Kind, row: Any) -> Key:
    return tuple(getattr(row, field) for field in kind.key)


def _values(kind: _Kind, row: Row) -> dict[str, Any]:
    return dict(zip(kind.fields, astuple(row), strict=True))


def _place(wanted: Mapping[Key, dict[str, Any]], current: Mapping[Key, Any]) -> None:
    """Replace the parent of each region by its path, so that a move of a region moves all below.

    Raises:
        NoWayUp: a parent is neither listed nor in force, or regions are each other's parents.
    """
    parents = {key[0]: values.pop("parent_code") for key, values in wanted.items()}
    paths: dict[str, str] = {"": ""}
    for code in parents:
        chain = []
        step = code
        while step not in paths:
            if step in chain or (step not in parents and (step,) not in current):
                raise NoWayUp(
                    _("The region %(code)s has no way up to the nation. Correct its parent.")
                    % {"code": code}
                )
            if step not in parents:
                paths[step] = current[(step,)].path
                break
            chain.append(step)
            step = parents[step]
        for below in reversed(chain):
            paths[below] = f"{paths[parents[below]]}{below}/"
    for key, values in wanted.items():
        values["path"] = paths[key[0]]


def _locked_region(code: str, on: datetime.date) -> Region:
    region: Region = Region.objects.select_for_update().get(pk=get_region(code, on=on).pk)
    return region


def _check_later_than(header: EditionHeader, rows: Iterable[Any]) -> None:
    late = next((r for r in rows if r.starts_on and r.starts_on >= header.starts_on), None)
    if late is not None:
        raise EditionTooEarly(
            _(
                "The row %(row)s is in force only from %(on)s, so an edition that counts earlier "
                "cannot change it. Load editions in the order of their first days."
            )
            % {"row": str(late), "on": late.starts_on}
        )


def _end(rows: Sequence[Any], on: datetime.date | None) -> None:
    for row in rows:
        row.ends_on = on
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["ends_on"], batch_size=500)


def _begin(
    kind: _Kind,
    edition: Edition,
    rows: Sequence[Mapping[str, Any]],
    starts_on: datetime.date | None,
) -> None:
    made = [
        kind.model(edition=edition, starts_on=starts_on, **values, **_spelling(values["name"]))
        for values in rows
    ]
    if kind.model is Region:
        _create_regions(made)
    else:
        kind.model.objects.bulk_create(made)


def _count_again(model: Any) -> None:
    """Let the database count the rows anew.

    Without it, PostgreSQL plans queries on the tree of regions for empty tables until its own
    upkeep comes by, and one of them takes minutes.
    """
    tables = [model._meta.db_table]
    if model is Region:
        tables.append(RegionClosure._meta.db_table)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")


def _create_regions(regions: Sequence[Any]) -> None:
    """Create regions from the top, since a row needs the key of its parent."""
    known = {region.code: region for region in Region.objects.filter(ends_on__isnull=True)}
    levels: dict[int, list[Region]] = {}
    for region in regions:
        levels.setdefault(region.path.count("/"), []).append(region)
    for depth in sorted(levels):
        for region in levels[depth]:
            above = region.path.split("/")[-3:-2]
            region.parent = known[above[0]] if above else None
        for region in Region.objects.bulk_create(levels[depth]):
            known[region.code] = region
    _rebuild_closure()


def _rebuild_closure() -> None:
    """Derive all pairs of ancestor and descendant with the days on which each pair holds."""
    regions = list(Region.objects.select_related("parent"))
    versions: dict[str, list[Region]] = {}
    for region in regions:
        versions.setdefault(region.code, []).append(region)
    first, last = datetime.date.min, datetime.date.max
    links = []
    for region in regions:
        above = [(region, region.starts_on or first, region.ends_on or last)]
        depth = 0
        while above:
            links += [
                RegionClosure(
                    ancestor=ancestor,
                    descendant=region,
                    depth=depth,
                    starts_on=None if start == first else start,
                    ends_on=None if end == last else end,
                )
                for ancestor, start, end in above
            ]
            above = [
                (parent, max(start, parent.starts_on or first), min(end, parent.ends_on or last))
                for ancestor, start, end in above
                if ancestor.parent is not None
                for parent in versions[ancestor.parent.code]
                if max(start, parent.starts_on or first) < min(end, parent.ends_on or last)
            ]
            depth += 1
    RegionClosure.objects.all().delete()
    RegionClosure.objects.bulk_create(links)


def _spelling(name: str) -> dict[str, str]:
    syllables = lazy_pinyin(name)
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER))
    return {"pinyin": " ".join(syllables)[:400].lower(), "initials": initials[:100].lower()}
