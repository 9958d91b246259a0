"""What this app publishes for indicators: who had to file, and who did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from django.utils import timezone

from jiangxin.apps.collections.models import Edition, Filing
from jiangxin.apps.collections.queries import expected_organisations, expected_regions
from jiangxin.apps.collections.workflow import FILED, IN_FORCE, EditionState, FilingState
from jiangxin.engines import measures

Row = tuple[object, ...]
_NOTHING = (None, FilingState.NOT_BEGUN.value, False)


def filings() -> measures.FactRows:
    """One row per filer of each edition whose deadline has passed; who was excused is left out.

    The year is that of the deadline: the rows tell how returns of a year came in.
    """
    today = timezone.localdate()
    editions = list(
        Edition.objects.filter(due_on__lt=today)
        .exclude(state=EditionState.PLANNED)
        .select_related("collection", "version", "region", "scope")
        .order_by("due_on", "pk")
    )
    return measures.FactRows(
        rows=_rows(editions),
        covers=sorted({(e.region.code, e.due_on.year, e.due_on.year) for e in editions}),
        is_simulated=any(edition.is_simulated for edition in editions),
    )


def _rows(editions: list[Edition]) -> Iterator[Row]:
    for edition in editions:
        stored = {
            scope: (uuid, state, late)
            for scope, uuid, state, late in Filing.objects.filter(edition=edition)
            .values_list("scope__path", "uuid", "state", "is_late")
            .iterator(chunk_size=5000)
        }
        for region_code, organisation_code, path in _expected(edition):
            uuid, state, late = stored.get(path, _NOTHING)
            if state == FilingState.EXCUSED:
                continue
            filed = state in FILED
            yield (
                region_code,
                organisation_code,
                edition.due_on.year,
                str(uuid) if uuid else f"{edition.uuid}:{organisation_code or region_code}",
                edition.collection.code,
                f"{edition.scope.path}{edition.period}",
                filed,
                filed and not late,
                state in IN_FORCE,
            )


def _expected(edition: Edition) -> Iterator[tuple[str, str | None, str]]:
    on = timezone.localdate()
    if edition.definition.audience.regions:
        for code, path in expected_regions(edition, on=on).values_list("code", "path"):
            yield code, None, path
        return
    rows = expected_organisations(edition, on=on).order_by("pk")
    for code, organisation, path in rows.values_list("region__code", "code", "scope__path"):
        yield code, organisation, path


PUBLISHES: Mapping[str, Callable[[], measures.FactRows]] = {"filings": filings}
