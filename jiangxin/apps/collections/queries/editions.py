"""Editions, who has to file in them, and the filings of their filers."""

from __future__ import annotations

import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.collections.models import Definition, Edition, Filing
from jiangxin.apps.collections.permissions import files_for
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.reference.models import Region
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


class EditionNotFound(NotFound):
    """No such edition that reaches the viewer."""

    code = "edition_not_found"


class FilingNotFound(NotFound):
    """No such return within the viewer's reach."""

    code = "filing_not_found"


def editions(
    *, viewer: Viewer, region: Any = None, year: int | None = None, collection: Any = None
) -> QuerySet[Edition]:
    """List editions that reach the viewer, the latest deadline first.

    Args:
        region: keep what bureaus of this region, of those below and of those above ask.
        year: keep editions that are open at some time of the year.
    """
    found: QuerySet[Edition] = Edition.objects.visible_to(viewer).select_related(
        "collection", "version", "scope", "region"
    )
    if region is not None:
        above = [code for code in region.path.split("/") if code]
        found = found.filter(Q(scope__path__startswith=region.path) | Q(region__code__in=above))
    if year is not None:
        found = found.filter(opens_on__year__lte=year, late_until__year__gte=year)
    if collection is not None:
        found = found.filter(collection=collection)
    return found


def get_edition(uuid: UUID | str, *, viewer: Viewer) -> Edition:
    """Return one edition that reaches the viewer, or raise EditionNotFound."""
    found = editions(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise EditionNotFound
    return found


def audience_filter(definition: Definition) -> Q:
    """Return the filter of organisations whom a collection is for."""
    audience = definition.audience
    found = Q()
    for name, values in (
        ("kind", audience.kinds),
        ("stage", audience.stages),
        ("ownership", audience.ownership),
    ):
        if values:
            found &= Q(**{f"{name}__in": values})
    return found


def expected_organisations(edition: Edition, *, on: datetime.date) -> QuerySet[Organisation]:
    """List the organisations that have to file, as it stands on the day.

    Who is founded while the edition runs is expected, who closes or is merged drops out.
    """
    found: QuerySet[Organisation] = (
        Organisation.objects.on(edition.counts_on(on))
        .filter(audience_filter(edition.definition), scope__path__startswith=edition.region.path)
        .select_related("region", "scope")
    )
    return found.none() if edition.definition.audience.regions else found


def expected_regions(edition: Edition, *, on: datetime.date) -> QuerySet[Region]:
    """List the regions that have to file: those of the rank below the bureau."""
    rank = edition.definition.audience.regions
    levels = ["county", "zone"] if rank == "county" else [rank]
    found: QuerySet[Region] = (
        Region.objects.on(edition.counts_on(on))
        .filter(path__startswith=edition.region.path, level__in=levels)
        .exclude(path=edition.region.path)
    )
    return found if rank else found.none()


def filings(*, viewer: Viewer, edition: Edition | None = None) -> QuerySet[Filing]:
    """List returns within the viewer's reach."""
    found: QuerySet[Filing] = Filing.objects.visible_to(viewer).select_related(
        "edition__collection",
        "edition__version",
        "edition__scope",
        "edition__region",
        "organisation",
        "region",
        "scope",
        "version",
        "approved",
    )
    return found.filter(edition=edition) if edition is not None else found


def get_filing(uuid: UUID | str, *, viewer: Viewer) -> Filing:
    """Return one return within the viewer's reach, or raise FilingNotFound."""
    found = filings(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise FilingNotFound
    return found


def filing_of(
    edition: Edition, scope_uuid: UUID | str, *, viewer: Viewer, on: datetime.date
) -> Filing:
    """Return the return of a filer in an edition; not stored yet if it is not begun.

    Args:
        scope_uuid: scope of the organisation or region that files.

    Raises:
        FilingNotFound: this filer is not asked, or lies outside the viewer's reach.
    """
    stored = filings(viewer=viewer, edition=edition).filter(scope__uuid=scope_uuid).first()
    if stored is not None:
        return stored
    scope = Scope.objects.filter(uuid=scope_uuid).select_related("region").first()
    if scope is None or not (
        viewer.holds("collections.view", scope.path) or viewer.holds("collections.file", scope.path)
    ):
        raise FilingNotFound
    return new_filing(edition, scope, on=on)


def new_filing(edition: Edition, scope: Scope, *, on: datetime.date) -> Filing:
    """Return an empty return of a filer, not stored.

    Raises:
        FilingNotFound: the edition does not ask this filer.
    """
    filing = Filing(
        edition=edition,
        scope=scope,
        version=edition.version,
        is_simulated=edition.is_simulated,
    )
    if edition.definition.audience.regions:
        region = expected_regions(edition, on=on).filter(path=scope.path).first()
        if region is None:
            raise FilingNotFound
        filing.region = region
        return filing
    organisation = expected_organisations(edition, on=on).filter(scope=scope).first()
    if organisation is None:
        raise FilingNotFound
    filing.organisation, filing.region = organisation, organisation.region
    filing.is_simulated = filing.is_simulated or organisation.is_simulated
    return filing


def own_scopes(edition: Edition, *, viewer: Viewer, on: datetime.date) -> list[Scope]:
    """List the scopes for which the viewer files in an edition: mostly one, or none."""
    roles = edition.definition.filed_by
    paths = {grant.path for grant in viewer.grants if files_for(viewer, grant.path, roles)}
    if not paths:
        return []
    asked = Q(pk__in=[])
    if edition.definition.audience.regions:
        regions = expected_regions(edition, on=on)
        asked = Q(kind=Scope.Kind.REGION, path__in=regions.values("path"))
    else:
        found = expected_organisations(edition, on=on)
        asked = Q(pk__in=found.values("scope"))
    mine = Q(path__in=paths)
    for path in paths:
        if "@" in path:
            mine |= Q(path__startswith=path)
    return list(Scope.objects.filter(mine & asked).select_related("region").order_by("path"))
