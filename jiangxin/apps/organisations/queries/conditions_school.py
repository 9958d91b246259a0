"""Running conditions of one school: a year with what is missing, and the cards over the years."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from jiangxin.apps.organisations import permissions
from jiangxin.apps.organisations.models import KEYS, SCHOOL_TYPES, Organisation, Reported
from jiangxin.apps.organisations.queries.conditions_cards import Card, card_of, number_in
from jiangxin.apps.organisations.queries.conditions_check import Assessment, Checker
from jiangxin.apps.organisations.queries.phases import Phases
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was reported of a school in a year, and who said it."""

    key: str
    label: str
    value: Reported
    unit: str
    source: str


@dataclass(frozen=True, slots=True)
class PastYear:
    """A year of a school in its history."""

    year: int
    conditions_met: bool | None
    failed: int
    card: Card
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Conditions:
    """The running conditions of a school in a year as its page shows them.

    Args:
        is_outdated: the rules changed since the verdict was stored; a recheck renews it.
    """

    organisation: Organisation
    year: int
    stage: str
    school_type: str
    values: Mapping[str, Reported]
    lines: tuple[Line, ...]
    assessment: Assessment
    card: Card
    history: tuple[PastYear, ...]
    is_reported: bool
    is_outdated: bool
    is_simulated: bool

    @property
    def stage_label(self) -> str:
        """The stage in that year in words."""
        return str(Organisation.Stage(self.stage).label) if self.stage else ""

    @property
    def type_label(self) -> str:
        """The type by which conditions were chosen, in words; empty where it is not known."""
        return str(SCHOOL_TYPES.get(self.school_type.removeprefix("bachelor_"), ""))


def conditions(organisation: Organisation, *, year: int, viewer: Viewer) -> Conditions:
    """Return what is asked of a school in a year, what is there, and what is missing.

    Raises:
        NotPermitted: the viewer may not see the yearly numbers of this school.
    """
    permissions.can_view_conditions(viewer, organisation).enforce()
    years = {row.year: row for row in organisation.school_years.all()}
    row = years.get(year)
    values: Mapping[str, Reported] = row.values if row else {}
    checker = Checker(year)
    phases = Phases([organisation.pk])
    stage = phases.stage(organisation.pk, checker.on, now=organisation.stage)
    assessment = checker.assess(values, stage=stage, path=organisation.scope.path)
    failed = {number: past.failed for number, past in years.items() if past.findings}
    history = []
    for number, past in sorted(years.items(), reverse=True):
        then = phases.stage(organisation.pk, datetime.date(number, 12, 31), now=organisation.stage)
        card = card_of(failed, number, stage=then, graduates=number_in(past.values, "graduates"))
        history.append(PastYear(number, past.conditions_met, past.failed, card, past.is_simulated))
    stored = [finding.stored() for finding in assessment.findings]
    return Conditions(
        organisation,
        year,
        stage,
        assessment.school_type,
        values,
        _lines(values, row.sources if row else {}),
        assessment,
        card_of(
            failed | ({year: assessment.failed} if row else {}),
            year,
            stage=stage,
            graduates=number_in(values, "graduates"),
        ),
        tuple(history),
        is_reported=row is not None,
        is_outdated=row is not None and stored != row.findings,
        is_simulated=any(past.is_simulated for past in years.values()),
    )


def _lines(values: Mapping[str, Reported], sources: Mapping[str, str]) -> tuple[Line, ...]:
    lines = []
    for key, known in KEYS.items():
        if key in values:
            value = values[key]
            if known.kind == "choice":
                value = str(SCHOOL_TYPES.get(str(value), value))
            lines.append(Line(key, str(known.label), value, known.unit, sources.get(key, "")))
    return tuple(lines)
