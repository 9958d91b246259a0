"""Indicators are computed over a snapshot, and their values shown to the public."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Iterator
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts.queries import scope_of_region
from jiangxin.apps.indicators import permissions
from jiangxin.apps.indicators.models import (
    Computation,
    DefinitionVersion,
    Publication,
    Snapshot,
    Value,
)
from jiangxin.apps.indicators.queries.definitions import definition_text, definitions, schemas
from jiangxin.apps.indicators.queries.trace import broken_files, opened, opened_on_spark
from jiangxin.apps.indicators.queries.values import region_paths, withheld
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference.queries import get_region
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, WrongState
from jiangxin.core.jobs import Progress
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures


def compute_indicators(
    *,
    snapshot: Snapshot,
    by: Viewer,
    at: datetime.datetime,
    regions: Collection[str] | None = None,
    years: Collection[int] | None = None,
    progress: Progress | None = None,
    engine: str = "duckdb",
) -> Computation:
    """Compute every definition over a snapshot; the values become current when all are stored.

    Args:
        regions: regions that must have an answer; by default those in which rows stand.
        years: years to answer for; by default those that stand in the facts.
        engine: "duckdb" in this process, or "spark" for a province that outgrows one machine.

    Raises:
        NotPermitted: `by` may not compute.
        Conflict: a file of the snapshot is missing or was altered.
    """
    permissions.can_compute(by).enforce()
    broken = broken_files(snapshot)
    if broken:
        raise Conflict(
            _(
                "Files of this snapshot were changed or lost (%(facts)s), so nothing computed "
                "from it could be proved. Take a new snapshot."
            )
            % {"facts": ", ".join(broken)}
        )
    values = _evaluated(snapshot, regions, years, progress, engine)
    with transaction.atomic():
        computation = Computation.objects.create(
            snapshot=snapshot,
            started_at=at,
            finished_at=at,
            by_name=by.name,
            engine=engine,
            is_simulated=snapshot.is_simulated,
        )
        stored = 0
        waiting = _rows(computation, values, at)
        while rows := list(islice(waiting, 2000)):
            Value.objects.bulk_create(rows)
            stored += len(rows)
            if progress is not None:
                progress.at(stored, len(values), _("storing values"))
        audit.record(
            "indicators.values.computed",
            by=by,
            at=at,
            subject=computation,
            path="",
            data={"snapshot": str(snapshot.uuid), "values": stored},
        )
    return computation


def _evaluated(
    snapshot: Snapshot,
    regions: Collection[str] | None,
    years: Collection[int] | None,
    progress: Progress | None,
    engine: str,
) -> list[measures.Value]:
    found = definitions()
    columns = sorted({column for d in found for column in d.expected_breakdowns})
    values: list[measures.Value] = []
    opening = opened_on_spark(snapshot) if engine == "spark" else opened(snapshot)
    with opening as connection:
        values += measures.evaluate(connection, found, schemas(), regions=regions, years=years)
        for number, column in enumerate(columns):
            if progress is not None:
                progress.at(number, len(columns), _("computing"))
            parts = measures.evaluate(
                connection,
                [d for d in found if column in d.expected_breakdowns],
                schemas(),
                regions=regions,
                years=years,
                by=column,
            )
            values += [v._replace(part=f"{column}:{v.part}") for v in parts]
    return values


def _rows(
    computation: Computation, values: list[measures.Value], at: datetime.datetime
) -> Iterator[Value]:
    regions = region_paths()
    places = organisations.paths_by_code(None)
    versions = {d.code: _version(d, at) for d in definitions()}
    simulated = {
        d.code: any(
            computation.snapshot.manifest.get(fact, {}).get("simulated") for fact in d.facts
        )
        for d in definitions()
    }
    for value in values:
        paths = regions if value.scope == "region" else places
        yield Value(
            uuid=uuid.uuid4(),
            computation=computation,
            definition=versions[value.indicator],
            indicator=value.indicator,
            scope=value.scope,
            code=value.code,
            # a place that is not known here is seen by the system only
            path=paths.get(value.code, ""),
            year=value.year,
            part=value.part,
            status=value.status,
            value=value.value,
            numerator=value.numerator,
            denominator=value.denominator,
            n=value.n,
            reason=value.reason,
            missing=list(value.missing),
            is_simulated=simulated[value.indicator],
        )


def _version(definition: measures.Definition, at: datetime.datetime) -> DefinitionVersion:
    version, _created = DefinitionVersion.objects.get_or_create(
        code=definition.code,
        version=definition.version,
        defaults={"text": definition_text(definition.code), "first_used_at": at},
    )
    return version


@transaction.atomic
def publish_values(
    *, computation: Computation, region: str, by: Viewer, at: datetime.datetime
) -> Publication:
    """Show the values of a region, and of those below it, to the public; small cells stay hidden.

    Raises:
        NotPermitted: `by` does not publish for this region.
        WrongState: the computation has not finished.
    """
    scope = scope_of_region(get_region(region, on=at.date()))
    permissions.can_publish(by, scope.path).enforce()
    if computation.finished_at is None:
        raise WrongState(_("The computation has not finished. Publish when it is done."))
    publication, created = Publication.objects.get_or_create(
        computation=computation,
        scope=scope,
        defaults={
            "published_at": at,
            "published_by_name": by.name,
            "withheld": withheld(computation, path=scope.path, on=at.date()),
            "is_simulated": computation.is_simulated,
        },
    )
    if created:
        audit.record(
            "indicators.values.published",
            by=by,
            at=at,
            subject=publication,
            path=scope.path,
            data={"computation": str(computation.uuid)},
        )
    return publication
