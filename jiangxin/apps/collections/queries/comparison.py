"""What a return is held against: the last period's values, and those of similar filers."""

from __future__ import annotations

import datetime
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.apps.collections.models import Edition, Filing, FilingRevision
from jiangxin.apps.collections.workflow import FILED, IN_FORCE
from jiangxin.apps.reference.queries import rule_value
from jiangxin.core import forms

Values = Mapping[str, Any]

# fewer similar filers say nothing about what is usual
FEWEST_PEERS = 8
# Iglewicz and Hoaglin (1993), "How to detect and handle outliers": |0.6745 (x - median) / MAD|
FARTHEST = 3.5
_NORMAL = 0.6745
# how many earlier editions are searched for a filer's last values
_EARLIER = 5


def rules_for(form: forms.Form, *, on: datetime.date, path: str) -> dict[str, float]:
    """Return the numbers of the rules that the checks of a form name, as in force on the day."""
    return {
        code: rule_value(code, on=on, path=path).number()
        for code in sorted(forms.rules_named(form))
    }


def previous_values(edition: Edition, scope_ids: Iterable[int]) -> dict[int, Values]:
    """Return the last values in force of each filer before this edition, in today's form.

    A successor without values of its own is held against the one that it went on from.
    """
    wanted = set(scope_ids)
    found: dict[int, Values] = {}
    earlier = Edition.objects.filter(
        collection=edition.collection_id, opens_on__lt=edition.opens_on
    ).order_by("-opens_on", "-pk")[:_EARLIER]
    for before in earlier:
        missing = wanted - found.keys()
        if not missing:
            break
        rows = Filing.objects.filter(edition=before, state__in=IN_FORCE)
        if len(missing) <= 500:
            rows = rows.filter(scope__in=missing)
        for row in rows.select_related("approved__version").only(
            "scope_id", "approved__values", "approved__version"
        ):
            if row.scope_id in missing and row.approved is not None:
                found[row.scope_id] = _in_form(row.approved, edition)
    return found


def _in_form(revision: FilingRevision, edition: Edition) -> Values:
    values: dict[str, Any] = revision.values
    if revision.version_id == edition.version_id:
        return values
    carried = forms.carry(values, old=revision.version.definition.form, new=edition.definition.form)
    return carried.values


def numbers_of(form: forms.Form) -> list[str]:
    """List the codes of the fields that hold one number."""
    return [field.code for field in form.fields if field.type in ("number", "money")]


def peer_statistics(form: forms.Form, rows: Sequence[Values]) -> dict[str, list[float]]:
    """Return count, median and median absolute deviation of each number over similar filers.

    Numbers that fewer than eight filers gave, or that hardly differ, are left out.
    """
    found: dict[str, list[float]] = {}
    for code in numbers_of(form):
        numbers = [
            row[code]
            for row in rows
            if isinstance(row.get(code), int | float) and not isinstance(row[code], bool)
        ]
        if len(numbers) < FEWEST_PEERS:
            continue
        middle = statistics.median(numbers)
        spread = statistics.median([abs(number - middle) for number in numbers])
        if spread > 0:
            found[code] = [len(numbers), middle, spread]
    return found


def peers_of(edition: Edition) -> dict[str, dict[str, list[float]]]:
    """Compute what is usual, by stage: in the last edition, or in this one where there is none."""
    before = (
        Edition.objects.filter(
            collection=edition.collection_id,
            scope=edition.scope_id,
            opens_on__lt=edition.opens_on,
        )
        .order_by("-opens_on")
        .first()
    )
    groups: dict[str, list[Values]] = {}
    if before is not None:
        rows = Filing.objects.filter(edition=before, state__in=IN_FORCE)
        values = rows.values_list("organisation__stage", "approved__values")
        for stage, row in values.iterator(chunk_size=2000):
            groups.setdefault(stage or "", []).append(row)
    if not any(len(rows) >= FEWEST_PEERS for rows in groups.values()):
        groups = {}
        now = Filing.objects.filter(edition=edition, state__in=FILED)
        for stage, row in now.values_list("organisation__stage", "values").iterator(
            chunk_size=2000
        ):
            groups.setdefault(stage or "", []).append(row)
    form = edition.definition.form
    return {stage: peer_statistics(form, rows) for stage, rows in groups.items()}


def unusual(
    form: forms.Form, values: Values, usual: Mapping[str, Sequence[float]]
) -> list[forms.Problem]:
    """Warn of numbers that lie far from those of similar filers."""
    found = []
    for code, (count, middle, spread) in usual.items():
        number = values.get(code)
        if not isinstance(number, int | float) or isinstance(number, bool):
            continue
        if _NORMAL * abs(number - middle) / spread <= FARTHEST:
            continue
        found.append(
            forms.Problem(
                code,
                "peers",
                _("%(value)s lies far from what %(count)s similar filers give (median %(median)s).")
                % {
                    "value": forms.shown(form.field(code), number),
                    "count": int(count),
                    "median": forms.shown(form.field(code), middle),
                },
                _("Check the number and its unit; if it is right, say why in the note."),
                "warning",
            )
        )
    return found


def checked(
    filing: Filing, *, previous: Values | None = None, partial: bool = False
) -> forms.Checked:
    """Check the values of a return against its form, the last period, rules and similar filers.

    Args:
        previous: the last values, if they are known already.
        partial: a draft: what is still missing is no problem.
    """
    edition = filing.edition
    if previous is None:
        previous = previous_values(edition, [filing.scope_id]).get(filing.scope_id, {})
    definition = filing.version.definition
    found = forms.clean(
        definition.form,
        filing.values,
        rules=rules_for(definition.form, on=edition.due_on, path=edition.region.path),
        previous=previous,
        partial=partial,
        outlier_change=definition.outlier_change,
    )
    stage = filing.organisation.stage if filing.organisation else ""
    warned = unusual(definition.form, found.values, edition.peers.get(stage, {}))
    return forms.Checked(found.values, (*found.problems, *warned))
