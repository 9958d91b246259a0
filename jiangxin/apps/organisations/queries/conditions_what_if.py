"""Running conditions as they would be: after a merger, with more students or a new building."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jiangxin.apps.organisations import permissions
from jiangxin.apps.organisations.models import KEYS, Organisation, Reported, SchoolYear
from jiangxin.apps.organisations.queries.conditions_cards import number_in
from jiangxin.apps.organisations.queries.conditions_check import Assessment, Checker, Finding
from jiangxin.apps.organisations.queries.phases import Phases
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Change:
    """What might become different: amounts are added to what was reported (may be negative)."""

    students: float = 0
    full_time_teachers: float = 0
    area_m2: float = 0
    building_m2: float = 0
    teaching_m2: float = 0
    equipment_yuan: float = 0
    books: float = 0

    def items(self) -> Mapping[str, float]:
        """Return the amounts by key."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Before:
    """A school as it is, before a merger or other change."""

    organisation: Organisation
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Schools as they are, and the one school that would be."""

    before: tuple[Before, ...]
    after: Assessment
    values: Mapping[str, Reported]

    @property
    def pairs(self) -> list[tuple[Finding, Finding]]:
        """Each condition of the first school before, and of the whole after."""
        return list(zip(self.before[0].assessment.findings, self.after.findings, strict=True))


def what_if(
    organisations: Sequence[Organisation], *, year: int, change: Change, viewer: Viewer
) -> WhatIf:
    """Hold the conditions against what would be after a merger, with more students or buildings.

    The first school goes on with its stage and type; numbers of all are added. A number that one
    of them did not report is unknown for the whole, except kinds of students, which are none.

    Raises:
        NotPermitted: the viewer may not see the yearly numbers of one of the schools.
    """
    for organisation in organisations:
        permissions.can_view_conditions(viewer, organisation).enforce()
    checker = Checker(year)
    ids = [organisation.pk for organisation in organisations]
    phases = Phases(ids)
    found = {
        row.organisation_id: row.values
        for row in SchoolYear.objects.filter(organisation__in=ids, year=year)
    }
    before = []
    for organisation in organisations:
        stage = phases.stage(organisation.pk, checker.on, now=organisation.stage)
        values = found.get(organisation.pk, {})
        assessment = checker.assess(values, stage=stage, path=organisation.scope.path)
        before.append(Before(organisation, assessment))
    first = organisations[0]
    values = _joined([found.get(pk, {}) for pk in dict.fromkeys(ids)], change)
    after = checker.assess(
        values,
        stage=phases.stage(first.pk, checker.on, now=first.stage),
        path=first.scope.path,
    )
    return WhatIf(tuple(before), after, values)


def _joined(parts: Sequence[Mapping[str, Reported]], change: Change) -> dict[str, Reported]:
    joined: dict[str, Reported] = {}
    for key, known in KEYS.items():
        if known.kind not in ("count", "number"):
            if key in parts[0]:
                joined[key] = parts[0][key]
            continue
        numbers = [number_in(part, key) for part in parts]
        is_kind = key.startswith("students_") or key.endswith("_added") or key in _NONE_IF_UNSAID
        if any(number is None for number in numbers) and not is_kind:
            continue
        if any(number is not None for number in numbers):
            joined[key] = sum(number or 0.0 for number in numbers)
    for key, added in change.items().items():
        if key in joined and added:
            joined[key] = max(0.0, float(joined[key]) + added)
    return joined


# what a school that says nothing of it has none of
_NONE_IF_UNSAID = frozenset({"external_teachers", "equipment_added_yuan"})
