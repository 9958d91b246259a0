"""Running conditions of schools for other systems of the region."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ninja import Field, Schema

from jiangxin.apps.organisations import actions, queries
from jiangxin.apps.organisations.api.base import router
from jiangxin.core.http import REFUSALS, Door

READERS = Door("operator", "officer", "leader", "auditor", "school")


class FindingOut(Schema):
    """One condition held against what was reported."""

    code: str
    label: str
    state: str
    actual: float | None
    required: float | None
    missing: float | None
    unit: str
    fewer_students: int | None
    lacks: list[str]


class PastYearOut(Schema):
    """The verdict and the card of a year."""

    year: int
    conditions_met: bool | None
    failed: int
    card: str

    @staticmethod
    def resolve_card(past: Any) -> str:
        """Return yellow, red or nothing."""
        return str(past.card.code)


class ConditionsOut(Schema):
    """The running conditions of a school in a year."""

    uuid: UUID = Field(alias="organisation.uuid")
    name: str = Field(alias="organisation.name")
    year: int
    stage: str
    school_type: str
    values: dict[str, int | float | bool | str]
    conditions_met: bool | None
    card: str
    findings: list[FindingOut]
    history: list[PastYearOut]
    is_simulated: bool

    @staticmethod
    def resolve_conditions_met(found: Any) -> bool | None:
        """Return the verdict by the rules of now."""
        verdict: bool | None = found.assessment.conditions_met
        return verdict

    @staticmethod
    def resolve_findings(found: Any) -> Any:
        """Return the conditions in their order."""
        return found.assessment.findings

    @staticmethod
    def resolve_card(found: Any) -> str:
        """Return yellow, red or nothing."""
        return str(found.card.code)


class SchoolYearIn(Schema):
    """Values of a year by their keys; null takes back what was said before."""

    values: dict[str, int | float | bool | str | None]
    source: str


@router.get("/{uuid}/conditions/{year}", auth=READERS, response={200: ConditionsOut, **REFUSALS})
def get_conditions(request: Any, uuid: UUID, year: int) -> Any:
    """Return what is asked of a school in a year, what is there, and what is missing."""
    school = queries.get_organisation(uuid, viewer=request.viewer)
    return queries.conditions(school, year=_reachable(year), viewer=request.viewer)


@router.put(
    "/{uuid}/conditions/{year}",
    auth=Door("operator", "officer"),
    response={200: ConditionsOut, **REFUSALS},
)
def record_school_year(request: Any, uuid: UUID, year: int, said: SchoolYearIn) -> Any:
    """Record values of a school in a year beside those already known."""
    school = queries.get_organisation(uuid, viewer=request.viewer)
    actions.record_school_year(
        organisation=school,
        year=year,
        values=said.values,
        source=said.source[:200],
        by=request.viewer,
        at=request.at,
    )
    return queries.conditions(school, year=year, viewer=request.viewer)


def _reachable(year: int) -> int:
    """Return a year for which there is a 31 December."""
    return max(1950, min(year, 2200))
