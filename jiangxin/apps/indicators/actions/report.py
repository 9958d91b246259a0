"""Values that a person answers for, where facts cannot say them yet."""

from __future__ import annotations

import datetime
import math
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.indicators import permissions
from jiangxin.apps.indicators.models import ReportedValue
from jiangxin.apps.indicators.queries.definitions import get_definition, units
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer


@transaction.atomic
def report_value(
    *,
    indicator: str,
    scope: Scope,
    year: int,
    value: float,
    evidence: str,
    by: Viewer,
    at: datetime.datetime,
    evidence_file: UploadedFile[Any] | None = None,
    is_simulated: bool = False,
) -> ReportedValue:
    """Report a value with evidence; an earlier report for the year is replaced and kept.

    A computed value goes before a reported one wherever both exist.

    Args:
        value: in the unit of the definition; a share is 0 to 1.

    Raises:
        NotPermitted: `by` does not report for this place.
        Invalid: no evidence, a year in the future, or a number the unit does not allow.
    """
    definition = get_definition(indicator)
    scope = scope.locked()
    permissions.can_report(by, scope.path).enforce()
    unit = units().get(definition.unit)
    problems: dict[str, str] = {}
    if not math.isfinite(value) or value < 0:
        problems["value"] = _("Give a number of zero or more.")
    elif unit is not None and unit.upper is not None and value > unit.upper:
        problems["value"] = _("This cannot be more than 100 %.")
    if year > at.year or year < 2000:
        problems["year"] = _("Choose a year between 2000 and this year.")
    if len(evidence.strip()) < 5:
        problems["evidence"] = _(
            "Say what shows that the number is right: a report, a list, a count."
        )
    if problems:
        raise Invalid(" ".join(problems.values()), data={"fields": problems})
    earlier = (
        ReportedValue.objects.select_for_update(of=("self",))
        .current()
        .filter(indicator=indicator, scope=scope, year=year)
        .first()
    )
    if earlier is not None:  # frees the place of the current one before it is taken again
        ReportedValue.objects.filter(pk=earlier.pk).update(withdrawn_at=at)
    report: ReportedValue = ReportedValue.objects.create(
        indicator=indicator,
        scope=scope,
        year=year,
        value=value,
        evidence=evidence.strip(),
        evidence_file=evidence_file or "",
        reported_by_id=by.user_id,
        reported_by_name=by.name,
        reported_at=at,
        is_simulated=is_simulated,
    )
    if earlier is not None:
        ReportedValue.objects.filter(pk=earlier.pk).update(withdrawn_at=None, replaced_by=report)
    audit.record(
        "indicators.value.reported",
        by=by,
        at=at,
        subject=report,
        path=scope.path,
        data={
            "indicator": indicator,
            "year": year,
            "value": [earlier.value if earlier else None, value],
        },
    )
    return report


@transaction.atomic
def withdraw_report(*, report: ReportedValue, by: Viewer, at: datetime.datetime) -> ReportedValue:
    """Take back a reported value; it stays in the history.

    Raises:
        NotPermitted: `by` does not report for this place.
        WrongState: it was already replaced or withdrawn.
    """
    report = report.locked()
    permissions.can_report(by, report.scope.path).enforce()
    if report.withdrawn_at is not None or report.replaced_by_id is not None:
        raise WrongState(_("This report was already replaced or withdrawn; nothing was changed."))
    report.withdrawn_at = at
    report.save(update_fields=["withdrawn_at"])
    audit.record(
        "indicators.value.withdrawn",
        by=by,
        at=at,
        subject=report,
        path=report.scope.path,
        data={"indicator": report.indicator, "year": report.year},
    )
    return report
