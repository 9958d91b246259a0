"""What was reported of a school in a year is recorded, and held against the running conditions."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import permissions
from jiangxin.apps.organisations.models import KEYS, Organisation, Reported, SchoolYear
from jiangxin.apps.organisations.queries.conditions_check import Checker
from jiangxin.apps.organisations.queries.phases import Phases
from jiangxin.core import audit
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer

Values = Mapping[str, Reported | None]
_FIRST_YEAR = 1990
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Reports:
    """What is said of one school in one year.

    Args:
        values: by the keys of `models.KEYS`; None takes back what was said before.
        source: who says it, for instance a collection and its filing.
    """

    organisation: Organisation
    year: int
    values: Values
    source: str
    is_simulated: bool = False


def record_school_year(
    *,
    organisation: Organisation,
    year: int,
    values: Values,
    source: str,
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool = False,
) -> SchoolYear:
    """Record values of a school in a year beside those already known, and check its conditions.

    Raises:
        NotPermitted: `by` neither manages organisations there nor decides on its returns.
        Invalid: an unknown key, a wrong value, or a year out of reach; names the keys.
    """
    row = Reports(organisation, year, values, source, is_simulated)
    return record_school_years(rows=[row], by=by, at=at)[0]


@transaction.atomic
def record_school_years(
    *, rows: Sequence[Reports], by: Viewer, at: datetime.datetime
) -> list[SchoolYear]:
    """Record values of many schools; either all or, if one is wrong, none.

    Rows of the same school and year are merged in their order. The audit trail gets one row per
    school for a few, and one per region and year with the codes and values for many.

    Raises:
        NotPermitted: `by` may not record one of them.
        Invalid: a value is wrong; names the school and the key.
    """
    if not rows:
        return []
    paths = _paths(rows)
    for organisation_id in {row.organisation.pk for row in rows}:
        permissions.can_record_school_year(by, paths[organisation_id]).enforce()
    for row in rows:
        _check_year(row, at)
    known = _locked(rows)
    touched: dict[tuple[int, int], SchoolYear] = {}
    checkers: dict[int, Checker] = {}
    phases = Phases(paths)
    for row in rows:
        key = (row.organisation.pk, row.year)
        if key not in touched:
            touched[key] = known.get(key) or SchoolYear(
                year=row.year, is_simulated=row.is_simulated
            )
            touched[key].organisation = row.organisation
        _merge(touched[key], row)
        touched[key].recorded_at = at
    for (organisation_id, number), year in touched.items():
        checker = checkers.setdefault(number, Checker(number))
        _judge(year, checker, phases, paths[organisation_id])
    _save(touched.values())
    _audit(rows, touched, paths, by=by, at=at)
    return [touched[row.organisation.pk, row.year] for row in rows]


@transaction.atomic
def recheck_conditions(*, path: str, year: int, by: Viewer, at: datetime.datetime) -> int:
    """Hold all schools at or below a path against the rules of now; returns how many changed.

    Raises:
        NotPermitted: `by` does not manage organisations there.
    """
    permissions.can_manage_organisations(by, path).enforce()
    years = list(
        SchoolYear.objects.select_for_update(of=("self",))
        .filter(year=year, organisation__scope__path__startswith=path)
        .select_related("organisation__scope")
    )
    checker, phases = Checker(year), Phases({row.organisation_id for row in years})
    changed = []
    for row in years:
        before = (row.conditions_met, row.findings)
        _judge(row, checker, phases, row.organisation.scope.path)
        if before != (row.conditions_met, row.findings):
            changed.append(row)
    _save(changed)
    audit.record(
        "organisations.conditions.rechecked",
        by=by,
        at=at,
        subject=None,
        path=path,
        data={"year": year, "schools": len(years), "changed": len(changed)},
    )
    return len(changed)


def _problem_of(key: str, value: object) -> str:
    """Say in one sentence why a value cannot be recorded under a key; empty if it can."""
    known = KEYS.get(key)
    if known is None:
        return _("There is no such entry of a school year.")
    if value is None:
        return ""
    if known.kind in ("flag", "filing"):
        return "" if isinstance(value, bool) else _("Say yes or no.")
    if known.kind == "choice":
        return "" if value in known.choices else _("Choose one of the listed types.")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _("Give a number.")
    if not 0 <= value < 1e15:
        return _("Give a number from 0 on.")
    if known.kind == "count" and value != int(value):
        return _("Give a whole number.")
    return ""


def _paths(rows: Sequence[Reports]) -> dict[int, str]:
    """Return the scope path of each school, whatever the caller's rows have loaded."""
    wanted = sorted({row.organisation.pk for row in rows})
    found: dict[int, str] = {}
    for start in range(0, len(wanted), _BATCH):
        part = Organisation.objects.filter(pk__in=wanted[start : start + _BATCH])
        found |= dict(part.values_list("pk", "scope__path"))
    return found


def _check_year(row: Reports, at: datetime.datetime) -> None:
    problems = {
        key: problem for key, value in row.values.items() if (problem := _problem_of(key, value))
    }
    if not _FIRST_YEAR <= row.year <= at.year + 1:
        problems["year"] = _("Give a year between %(first)s and the next one.") % {
            "first": _FIRST_YEAR
        }
    if row.organisation.kind != Organisation.Kind.SCHOOL:
        problems["organisation"] = _("Only a school has school years.")
    if problems:
        said = "; ".join(f"{key}: {problem}" for key, problem in problems.items())
        raise Invalid(
            _("%(school)s, %(year)s cannot be recorded: %(what)s")
            % {"school": row.organisation, "year": row.year, "what": said},
            data={"fields": problems, "organisation": row.organisation.code},
        )


def _locked(rows: Sequence[Reports]) -> dict[tuple[int, int], SchoolYear]:
    """Lock the years that are known already, in batches that every database takes."""
    wanted = sorted({row.organisation.pk for row in rows})
    years = {row.year for row in rows}
    found: dict[tuple[int, int], SchoolYear] = {}
    for start in range(0, len(wanted), _BATCH):
        known = SchoolYear.objects.select_for_update(of=("self",)).filter(
            organisation__in=wanted[start : start + _BATCH], year__in=years
        )
        found |= {(year.organisation_id, year.year): year for year in known}
    return found


def _merge(year: SchoolYear, row: Reports) -> None:
    for key, value in row.values.items():
        if value is None:
            year.values.pop(key, None)
            year.sources.pop(key, None)
        else:
            year.values[key] = value
            year.sources[key] = row.source
    year.is_simulated = year.is_simulated or row.is_simulated


def _judge(year: SchoolYear, checker: Checker, phases: Phases, path: str) -> None:
    school = year.organisation
    stage = phases.stage(school.pk, checker.on, now=school.stage)
    assessment = checker.assess(year.values, stage=stage, path=path)
    year.findings = [finding.stored() for finding in assessment.findings]
    year.conditions_met = assessment.conditions_met
    year.failed = assessment.failed


def _save(years: Iterable[SchoolYear]) -> None:
    """Write new and known years alike: for thousands an upsert is far cheaper than updates."""
    changed = [
        "values", "sources", "findings", "conditions_met", "failed", "recorded_at", "is_simulated",
    ]  # fmt: skip
    rows = [
        year if year.pk is None else SchoolYear(
            organisation_id=year.organisation_id, year=year.year,
            **{name: getattr(year, name) for name in changed},
        )
        for year in years
    ]  # fmt: skip
    SchoolYear.objects.bulk_create(
        rows,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["organisation", "year"],
        update_fields=changed,
    )


def _audit(
    rows: Sequence[Reports],
    touched: Mapping[tuple[int, int], SchoolYear],
    paths: Mapping[int, str],
    *,
    by: Viewer,
    at: datetime.datetime,
) -> None:
    if len(rows) <= 20:
        for row in rows:
            audit.record(
                "organisations.school_year.recorded",
                by=by,
                at=at,
                subject=touched[row.organisation.pk, row.year],
                path=paths[row.organisation.pk],
                data={"year": row.year, "source": row.source, "values": dict(row.values)},
            )
        return
    groups: dict[tuple[str, int], dict[str, object]] = {}
    for row in rows:
        path = paths[row.organisation.pk].split("@", 1)[0]
        said = groups.setdefault((path, row.year), {})
        said[row.organisation.code] = {"source": row.source, "values": dict(row.values)}
    for (path, number), said in groups.items():
        audit.record(
            "organisations.school_years.recorded",
            by=by,
            at=at,
            subject=None,
            path=path,
            data={"year": number, "schools": said},
        )
