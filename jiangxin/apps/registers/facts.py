"""What the registers publish for indicators: one row per entry and year in force."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch
from django.utils import timezone

from jiangxin.apps.registers.models import Entry, Keeping, Member, Recognition
from jiangxin.apps.registers.models.definition import LEADER, RegisterDefinition
from jiangxin.apps.registers.queries import definitions_of, leader_of
from jiangxin.apps.registers.workflow import RANK
from jiangxin.engines import measures

# universities that are not vocational; all other schools lead as schools
_UNIVERSITIES = frozenset({"applied_university", "open_university"})


def recognitions() -> measures.FactRows:
    """Publish each recognised thing once for every year in which it is in force.

    An upgraded, renewed or handed-over entry stays one thing: it has one row a year, at the
    highest level in force in that year.
    """
    this_year = timezone.localdate().year
    keepings = Keeping.objects.select_related("region").order_by("region__code")
    return measures.FactRows(
        rows=_rows(this_year),
        covers=[(row.region.code, row.since_year, this_year) for row in keepings],
        is_simulated=Entry.objects.filter(is_simulated=True).exists(),
    )


def _rows(this_year: int) -> Iterator[Sequence[object]]:
    leaders = Member.objects.filter(role=LEADER).select_related("organisation")
    entries = list(
        Entry.objects.select_related("type", "region", "organisation")
        .prefetch_related(
            Prefetch("recognitions", queryset=Recognition.objects.order_by("starts_on", "pk")),
            Prefetch("members", queryset=leaders),
        )
        .order_by("number")
    )
    definitions = definitions_of(entry.type_version_id for entry in entries)
    for entry in entries:
        definition = definitions[entry.type_version_id]
        for year, level in levels_by_year(entry.recognitions.all(), this_year).items():
            organisation = entry.organisation
            yield (
                entry.region.code,
                None if organisation is None else organisation.code,
                year,
                entry.number,
                entry.type.code,
                level,
                entry.first_recognised_on.year,
                _led_by(leader_of(entry.members.all(), organisation, year)),
                *_measured(entry.values, definition),
            )


def levels_by_year(rows: Iterable[Recognition], last_year: int) -> dict[int, str]:
    """Return the highest level in force in each year up to the last, earliest year first."""
    found: dict[int, str] = {}
    for row in rows:
        if row.starts_on is None or (row.ends_on is not None and row.ends_on <= row.starts_on):
            continue
        last = last_year
        if row.ends_on is not None:
            last = min(last_year, (row.ends_on - datetime.timedelta(days=1)).year)
        for year in range(row.starts_on.year, last + 1):
            if year not in found or RANK[row.level] > RANK[found[year]]:
                found[year] = row.level
    return dict(sorted(found.items()))


def _led_by(organisation: Any) -> str | None:
    if organisation is None:
        return None
    if organisation.kind == "school":
        return "university" if organisation.stage in _UNIVERSITIES else "school"
    return organisation.kind if organisation.kind in ("park", "enterprise") else "other"


def _measured(values: Mapping[str, Any], definition: RegisterDefinition) -> tuple[Any, Any]:
    """Return the values of the fields that the type names for kind and quantity."""
    quantity = values.get(definition.quantity_field)
    is_number = isinstance(quantity, int | float) and not isinstance(quantity, bool)
    kind = values.get(definition.kind_field)
    return kind if isinstance(kind, str) else None, quantity if is_number else None


PUBLISHES: Mapping[str, Callable[[], measures.FactRows]] = {"recognitions": recognitions}
