"""Lists of the pages: filers of an edition with their returns, what waits for a reviewer, history."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.collections.models import (
    Attachment,
    CollectionVersion,
    Edition,
    Extension,
    Filing,
    FilingImport,
    FilingRevision,
    RegionApproval,
    Review,
    placed_steps,
)
from jiangxin.apps.collections.permissions import can_take_step
from jiangxin.apps.collections.queries.editions import (
    editions,
    expected_organisations,
    expected_regions,
)
from jiangxin.apps.collections.queries.people import region_names
from jiangxin.apps.collections.queries.progress import approving_regions
from jiangxin.apps.collections.workflow import IN_FORCE, WAITING, FilingState
from jiangxin.apps.reference.models import Region
from jiangxin.core import jobs
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

# what a list shows of a return; the rows of filers carry them as attributes of the same name
_SHOWN = ("uuid", "is_late", "due_on", "first_submitted_at", "step", "saved_by_name", "saved_at")


def filer_rows(
    edition: Edition, *, viewer: Viewer, within: str, on: datetime.date
) -> QuerySet[Any]:
    """List who has to file within a scope path, each with the state of the return.

    Rows are organisations, or regions where regions file; `state` is "not_begun" without a
    return, and `filing_…` hold what is known of it. `scope_uuid` names the filer.
    """
    reach = ("collections.view", "collections.file")
    if edition.definition.audience.regions:
        mine = Filing.objects.filter(edition=edition, region=OuterRef("pk"), organisation=None)
        found: QuerySet[Any] = expected_regions(edition, on=on).filter(
            viewer.within(reach[0], "path") | viewer.within(reach[1], "path"),
            path__startswith=within,
            scopes__kind="region",
        )
        found = found.annotate(scope_uuid=F("scopes__uuid"))
    else:
        mine = Filing.objects.filter(edition=edition, scope=OuterRef("scope"))
        found = (
            expected_organisations(edition, on=on)
            .filter(
                viewer.within(reach[0]) | viewer.within(reach[1]), scope__path__startswith=within
            )
            .annotate(scope_uuid=F("scope__uuid"))
            .order_by("region__code", "pinyin", "pk")
        )
    return found.annotate(
        state=Coalesce(Subquery(mine.values("state")[:1]), Value(FilingState.NOT_BEGUN.value)),
        **{f"filing_{name}": Subquery(mine.values(name)[:1]) for name in _SHOWN},
    )


def to_review(viewer: Viewer) -> QuerySet[Filing]:
    """List returns that wait for a step which the viewer may take, longest waiting first."""
    reach = viewer.within("collections.review") | viewer.within("collections.approve")
    waiting = Filing.objects.filter(reach, state__in=WAITING).exclude(
        submitted_by_id=viewer.user_id
    )
    places = waiting.order_by().values_list("edition", "region__path", "step", "organisation")
    groups = {
        (edition, path, step, organisation is None)
        for edition, path, step, organisation in places.iterator(chunk_size=5000)
    }
    asked = {
        edition.pk: edition
        for edition in Edition.objects.filter(pk__in={group[0] for group in groups}).select_related(
            "version", "region"
        )
    }
    mine: dict[tuple[int, int, bool], list[str]] = {}
    for pk, path, step, is_region in sorted(groups):
        edition = asked[pk]
        steps = placed_steps(
            edition.definition.review,
            path=path,
            top=edition.region.path,
            files_itself=is_region,
        )
        if can_take_step(viewer, steps[min(step, len(steps) - 1)]):
            mine.setdefault((pk, step, is_region), []).append(path)
    wanted = Q(pk__in=[])
    for (pk, step, is_region), paths in mine.items():
        wanted |= Q(edition=pk, step=step, organisation__isnull=is_region, region__path__in=paths)
    return (
        waiting.filter(wanted)
        .select_related("edition__version", "edition__collection", "edition__region")
        .select_related("edition__scope", "organisation", "region", "scope")
        .defer("values", "dropped")
        .order_by("submitted_at", "pk")
    )


def get_attachment(uuid: UUID | str, *, viewer: Viewer) -> Attachment:
    """Return a file of a return within the viewer's reach, or raise NotFound."""
    found: Attachment | None = Attachment.objects.visible_to(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


def get_approval(uuid: UUID | str, *, viewer: Viewer) -> RegionApproval:
    """Return the approval of a region within the viewer's reach, or raise NotFound."""
    found: RegionApproval | None = (
        RegionApproval.objects.visible_to(viewer)
        .select_related("scope", "region", "edition")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def revisions_of(filing: Filing) -> list[FilingRevision]:
    """List what was submitted or corrected, newest first."""
    if not filing.is_stored:
        return []
    return list(filing.revisions.select_related("version").order_by("-number"))


def reviews_of(filing: Filing) -> list[Review]:
    """List what reviewers said, newest first."""
    if not filing.is_stored:
        return []
    return list(filing.reviews.select_related("revision").order_by("-at", "-pk"))


def extensions_of(edition: Edition, *, viewer: Viewer, within: str) -> list[Extension]:
    """List moved deadlines: those for all, and those of filers within a scope path."""
    rows = Extension.objects.filter(edition=edition).filter(
        Q(is_for_all=True) | Q(scope__path__startswith=within) & viewer.within("collections.view")
    )
    return list(rows.select_related("scope").order_by("-at", "-pk")[:50])


def approvals_of(edition: Edition, *, viewer: Viewer) -> list[RegionApproval]:
    """List regions that approved their returns as a whole, also approvals taken back."""
    rows = RegionApproval.objects.visible_to(viewer).filter(edition=edition)
    return list(rows.select_related("region", "scope").order_by("-approved_at", "-pk")[:100])


def version_of(edition: Edition, number: int) -> CollectionVersion:
    """Return the version of the form with this number; the newest one where there is none."""
    if number in (0, edition.version.number):
        return edition.version
    found = CollectionVersion.objects.filter(collection=edition.collection_id, number=number)
    return found.first() or edition.version


def last_filed(filing: Filing) -> Filing | None:
    """Return the filer's last return in force before this edition, or None."""
    return (
        Filing.objects.filter(
            edition__collection=filing.edition.collection_id,
            edition__opens_on__lt=filing.edition.opens_on,
            scope=filing.scope_id,
            state__in=IN_FORCE,
        )
        .select_related("edition__version", "edition__collection", "scope")
        .order_by("-edition__opens_on")
        .first()
    )


def latest_editions(*, viewer: Viewer, region: Any, on: datetime.date) -> dict[int, list[Edition]]:
    """List by collection the editions that people ask for now: what runs, else what comes next."""
    near = on - datetime.timedelta(days=400)
    by_collection: dict[int, list[Edition]] = {}
    for edition in editions(viewer=viewer, region=region).filter(late_until__gte=near):
        by_collection.setdefault(edition.collection_id, []).append(edition)
    found = {}
    for pk, rows in by_collection.items():
        open_now = [row for row in rows if row.state == "open"]
        ahead = sorted((row for row in rows if row.state == "planned"), key=lambda r: r.opens_on)
        past = [row for row in rows if row.state in ("closed", "locked")]
        found[pk] = open_now or past[:1] or ahead[:1]
    return found


def next_editions(*, viewer: Viewer, region: Any) -> dict[int, Edition]:
    """Return by collection the next edition that is planned."""
    rows = editions(viewer=viewer, region=region).filter(state="planned").order_by("-opens_on")
    return {edition.collection_id: edition for edition in rows}


def editions_of(collection: Any, *, viewer: Viewer, region: Any) -> Sequence[Edition]:
    """List the editions of a collection that reach the viewer, newest first."""
    return list(editions(viewer=viewer, region=region, collection=collection)[:60])


def regions_at(paths: Sequence[str], *, on: datetime.date) -> dict[str, Region]:
    """Return regions by their paths."""
    rows = Region.objects.on(on).filter(path__in=paths)
    return {row.path: row for row in rows}


def standing_approval(edition: Edition, path: str) -> RegionApproval | None:
    """Return the approval of a region as a whole, if it has one now."""
    found: RegionApproval | None = RegionApproval.objects.filter(
        edition=edition, scope__path=path, withdrawn_at__isnull=True
    ).first()
    return found


def open_regions(edition: Edition, *, path: str, on: datetime.date) -> list[str]:
    """Name the regions directly below that have still to approve their returns as a whole."""
    below = approving_regions(edition, path=path, on=on)
    rows = RegionApproval.objects.filter(
        edition=edition, withdrawn_at__isnull=True, scope__path__in=below
    )
    done = set(rows.values_list("scope__path", flat=True))
    return region_names([place for place in below if place not in done], on=on)


def get_scope(edition: Edition, uuid: UUID | str, *, viewer: Viewer) -> Scope:
    """Return a region or organisation of an edition that the viewer sees or files for.

    Raises:
        NotFound: there is none, or it lies outside the edition or the viewer's reach.
    """
    scope = Scope.objects.filter(uuid=uuid).select_related("region").first()
    if (
        scope is None
        or not scope.path.startswith(edition.region.path)
        or not (
            viewer.holds("collections.view", scope.path)
            or viewer.holds("collections.file", scope.path)
        )
    ):
        raise NotFound
    return scope


def job_of(upload: FilingImport, *, viewer: Viewer) -> Any:
    """Return the job that checks or submits an uploaded sheet."""
    if upload.job_uuid is None:
        return None
    return jobs.get_job(str(upload.job_uuid), viewer=viewer)
