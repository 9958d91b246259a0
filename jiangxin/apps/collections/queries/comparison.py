"""What a return is held against: the last period's values, and those of similar filers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from jiangxin.apps.collections.models import Edition, Filing, FilingRevision
from jiangxin.apps.collections.workflow import FILED, IN_FORCE
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.organisations.queries.lineage import descents
from jiangxin.apps.reference.queries import rule_value
from jiangxin.core import forms

Values = Mapping[str, Any]
Numbers = NDArray[np.float64]

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

    Who took others in by a merger since then is held against the sum of all of them.
    """
    wanted = set(scope_ids)
    earlier = list(
        Edition.objects.filter(
            collection=edition.collection_id, opens_on__lt=edition.opens_on
        ).order_by("-opens_on", "-pk")[:_EARLIER]
    )
    if not earlier:
        return {}
    merged = _merged_into(wanted, since=earlier[0].opens_on, on=edition.late_until)
    parts = {scope for scopes in merged.values() for scope in scopes}
    found = _last_values(edition, earlier, wanted | parts)
    for scope, sources in merged.items():
        rows = [found[part] for part in (scope, *sources) if part in found]
        if rows:
            found[scope] = _together(edition.definition.form, rows)
    return {scope: found[scope] for scope in wanted if scope in found}


def _last_values(
    edition: Edition, earlier: Sequence[Edition], wanted: set[int]
) -> dict[int, Values]:
    found: dict[int, Values] = {}
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


def _merged_into(
    scope_ids: set[int], *, since: datetime.date, on: datetime.date
) -> dict[int, list[int]]:
    """Return by scope the scopes of those that were merged into its organisation since a day."""
    rows = Organisation.objects.filter(scope__in=scope_ids)
    scope_of = dict(rows.values_list("pk", "scope"))
    came = [
        descent
        for descent in descents(list(scope_of), on=on, backwards=True)
        if descent.event.kind == descent.event.Kind.MERGER and descent.event.effective_on > since
    ]
    if not came:
        return {}
    before: dict[int, list[int]] = {}
    for descent in came:
        before.setdefault(descent.after, []).append(descent.before)
    sources = Organisation.objects.filter(pk__in=[descent.before for descent in came])
    scope_of |= dict(sources.values_list("pk", "scope"))

    def all_before(pk: int) -> list[int]:
        return [part for one in before.get(pk, ()) for part in (one, *all_before(one))]

    return {
        scope: [scope_of[part] for part in dict.fromkeys(all_before(pk))]
        for pk, scope in scope_of.items()
        if scope in scope_ids and pk in before
    }


def _together(form: forms.Form, rows: Sequence[Values]) -> Values:
    """Add the numbers of several filers; what is no number, or not known of all, is left out."""
    if len(rows) == 1:
        return rows[0]
    codes = numbers_of(form)
    return {
        code: sum(row[code] for row in rows)
        for code in codes
        if all(isinstance(row.get(code), int | float) for row in rows)
    }


def _in_form(revision: FilingRevision, edition: Edition) -> Values:
    values: dict[str, Any] = revision.values
    if revision.version_id == edition.version_id:
        return values
    carried = forms.carry(values, old=revision.version.definition.form, new=edition.definition.form)
    return carried.values


def numbers_of(form: forms.Form) -> list[str]:
    """List the codes of the fields that hold one number."""
    return [field.code for field in form.fields if field.type in ("number", "money")]


Usual = Mapping[str, Sequence[float]]


def peer_statistics(form: forms.Form, rows: Sequence[Values]) -> dict[str, list[float]]:
    """Return count, median and median absolute deviation of each number over similar filers.

    Numbers that fewer than eight filers gave, or that hardly differ, are left out.
    """
    codes = numbers_of(form)
    table = _table(codes, rows)
    found = ((code, _statistics(table[:, place])) for place, code in enumerate(codes))
    return {code: statistics for code, statistics in found if statistics is not None}


def _table(codes: Sequence[str], rows: Sequence[Values]) -> Numbers:
    """Return the numbers of all rows; what is missing or unreadable is not a number."""
    table = np.full((len(rows), len(codes)), np.nan)
    for place, row in enumerate(rows):
        cells = list(map(row.get, codes))
        try:
            table[place] = cells
        except (TypeError, ValueError):
            table[place] = [x if isinstance(x, int | float) else np.nan for x in cells]
    return table


def _statistics(numbers: Numbers) -> list[float] | None:
    numbers = numbers[~np.isnan(numbers)]
    if len(numbers) < FEWEST_PEERS:
        return None
    middle = float(np.median(numbers))
    spread = float(np.median(np.abs(numbers - middle)))
    return [len(numbers), middle, spread] if spread > 0 else None


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


def unusual_many(
    form: forms.Form, rows: Sequence[Values], usual: Usual | None
) -> dict[int, list[forms.Problem]]:
    """Warn of numbers that lie far from those of similar filers, by position of the row.

    Args:
        usual: count, median and deviation by field; None takes those of the rows themselves.
    """
    found: dict[int, list[forms.Problem]] = {}
    codes = [code for code in numbers_of(form) if usual is None or code in usual]
    table = _table(codes, rows)
    for place, code in enumerate(codes):
        numbers = table[:, place]
        statistics = _statistics(numbers) if usual is None else usual[code]
        if statistics is None:
            continue
        count, middle, spread = statistics
        far = np.flatnonzero(_NORMAL * np.abs(numbers - middle) / spread > FARTHEST)
        for position in far.tolist():
            warning = _unusual(form.field(code), float(numbers[position]), int(count), middle)
            found.setdefault(position, []).append(warning)
    return found


def _unusual(field: forms.Field, number: float, count: int, middle: float) -> forms.Problem:
    return forms.Problem(
        field.code,
        "peers",
        _("%(value)s lies far from what %(count)s similar filers give (median %(median)s).")
        % {
            "value": forms.shown(field, number),
            "count": count,
            "median": forms.shown(field, middle),
        },
        _("Check the number and its unit; if it is right, say why in the note."),
        "warning",
    )


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
    usual = edition.peers.get(stage, {})
    warned = unusual_many(definition.form, [found.values], usual).get(0, [])
    return forms.Checked(found.values, (*found.problems, *warned))
