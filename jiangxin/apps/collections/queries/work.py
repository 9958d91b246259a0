"""What waits for a viewer, what is due, and what the search of all pages finds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.collections.models import Edition, Filing, FilingImport
from jiangxin.apps.collections.permissions import files_for
from jiangxin.apps.collections.queries.catalogue import collections
from jiangxin.apps.collections.queries.editions import editions
from jiangxin.apps.collections.queries.progress import counts
from jiangxin.apps.collections.workflow import (
    EDITABLE,
    FILED,
    WAITING,
    EditionState,
    FilingState,
    ImportState,
)
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.reference.queries import Hit
from jiangxin.core.permissions import Viewer

# how far ahead one's own returns show
AHEAD = datetime.timedelta(days=31)
# more of one kind are shown as one line
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for the viewer."""

    title: str
    url: str
    due_on: datetime.date | None
    kind: str
    overdue: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """Something that is due on a day.

    Args:
        for_whom: the filer, or how many have filed of how many where a bureau looks.
        for_path: scope path of the filer or of the bureau.
        filed: whether everything is handed in; None before the edition opens.
    """

    kind: str
    title: str
    url: str
    due_on: datetime.date
    status: str
    for_whom: str
    for_path: str
    filed: bool | None
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Own:
    """A return of a filer for whom the viewer files."""

    edition: Edition
    scope: Scope
    name: str
    state: str
    due_on: datetime.date
    is_simulated: bool

    @property
    def url(self) -> str:
        """Address of the return."""
        return reverse("collections:filing", args=[self.edition.uuid, self.scope.uuid])

    @property
    def is_filed(self) -> bool:
        """Whether it is handed in, or need not be."""
        return self.state in FILED or self.state == FilingState.EXCUSED


def own_filings(viewer: Viewer, found: Iterable[Edition], *, on: datetime.date) -> list[Own]:
    """List the returns that the viewer has to file in editions, also those not begun yet."""
    every = list(found)
    paths = {grant.path for grant in viewer.grants if "collections.file" in grant.duties}
    if not paths or not every:
        return []
    mine = Q(scope__path__in=paths)
    for path in paths:
        if "@" in path:
            mine |= Q(scope__path__startswith=path)
    organisations = list(
        Organisation.objects.on(on).filter(mine).select_related("scope__region", "region")
    )
    regions = list(
        Scope.objects.filter(kind=Scope.Kind.REGION, path__in=paths).select_related("region")
    )
    stored = {
        (row.edition_id, row.scope_id): row
        for row in Filing.objects.filter(mine, edition__in=every).defer("values", "problems")
    }
    listed = []
    for edition in every:
        definition = edition.definition
        day = edition.counts_on(on)
        candidates: list[tuple[Scope, str, bool]] = []
        if definition.audience.regions:
            rank = definition.audience.regions
            candidates = [
                (scope, scope.region.name, False)
                for scope in regions
                if scope.path.startswith(edition.region.path)
                and scope.path != edition.region.path
                and scope.region.level in (("county", "zone") if rank == "county" else (rank,))
            ]
        else:
            asked = definition.audience
            candidates = [
                (row.scope, row.name, row.is_simulated)
                for row in organisations
                if row.is_open(day)
                and row.scope.path.startswith(edition.region.path)
                and (not asked.kinds or row.kind in asked.kinds)
                and (not asked.stages or row.stage in asked.stages)
                and (not asked.ownership or row.ownership in asked.ownership)
            ]
        for scope, name, is_simulated in candidates:
            if not files_for(viewer, scope.path, definition.filed_by):
                continue
            filing = stored.get((edition.pk, scope.pk))
            due_on = max(edition.due_on, (filing and filing.due_on) or edition.due_on)
            state = filing.state if filing else FilingState.NOT_BEGUN.value
            listed.append(
                Own(edition, scope, name, state, due_on, is_simulated or edition.is_simulated)
            )
    return listed


def todos_for(viewer: Viewer, *, on: datetime.date) -> list[Todo]:
    """List returns to file, returns to review, regions to approve, and imports to decide on."""
    if viewer.is_public or viewer.is_system:
        return []
    return [*_to_file(viewer, on), *_to_review(viewer, on), *_imports(viewer)]


def _to_file(viewer: Viewer, on: datetime.date) -> list[Todo]:
    near = editions(viewer=viewer).filter(state=EditionState.OPEN, due_on__lte=on + AHEAD)
    returned = editions(viewer=viewer).filter(
        state__in=[EditionState.OPEN, EditionState.CLOSED], filings__state=FilingState.RETURNED
    )
    found = {edition.pk: edition for edition in (*near, *returned.distinct())}
    todos = []
    for own in own_filings(viewer, found.values(), on=on):
        if own.state not in EDITABLE:
            continue
        if own.edition.state == EditionState.CLOSED and own.state != FilingState.RETURNED:
            continue
        words = (
            _("Rework and submit again: %(edition)s")
            if own.state == FilingState.RETURNED
            else _("Submit: %(edition)s")
        )
        todos.append(
            Todo(
                words % {"edition": own.edition},
                own.url,
                own.due_on,
                _("return"),
                own.due_on < on,
            )
        )
    return sorted(todos, key=lambda todo: todo.due_on or on)[:SHOWN]


def _to_review(viewer: Viewer, on: datetime.date) -> list[Todo]:
    """One line per edition: how many returns wait for the viewer."""
    duties = ("collections.review", "collections.approve")
    if not any(viewer.paths(duty) for duty in duties):
        return []
    reach = viewer.within(duties[0]) | viewer.within(duties[1])
    rows = (
        Filing.objects.filter(reach, state__in=WAITING)
        .exclude(submitted_by_id=viewer.user_id)
        .select_related("edition__version", "edition__region", "edition__scope", "region")
        .defer("values", "problems")
        .order_by("edition", "pk")
    )
    waiting: dict[int, tuple[Edition, int]] = {}
    for row in rows.iterator(chunk_size=2000):
        step = row.current_step
        if viewer.holds(step.step.duty, step.path):
            edition, count = waiting.get(row.edition_id, (row.edition, 0))
            waiting[row.edition_id] = (edition, count + 1)
    return [
        Todo(
            ngettext(
                "%(n)s return to review: %(edition)s", "%(n)s returns to review: %(edition)s", count
            )
            % {"n": count, "edition": edition},
            f"{reverse('collections:queue')}?edition={edition.uuid}",
            edition.late_until,
            _("review"),
            edition.late_until < on,
        )
        for edition, count in waiting.values()
    ][:SHOWN]


def _imports(viewer: Viewer) -> list[Todo]:
    waiting = FilingImport.objects.visible_to(viewer).filter(
        state=ImportState.CHECKED, uploaded_by_id=viewer.user_id
    )
    return [
        Todo(
            _("Save or give up the rows of “%(file)s”") % {"file": row.file_name},
            reverse("collections:import", args=[row.uuid]),
            None,
            _("Import"),
        )
        for row in waiting.defer("content", "findings")[:SHOWN]
    ]


def due_items(
    viewer: Viewer,
    *,
    first: datetime.date,
    last: datetime.date,
    on: datetime.date,
    region: Any = None,
) -> list[Due]:
    """List what is due between two days, both included: own returns, and for bureaus all of them.

    Args:
        region: keep what is asked in this region; None is everything within reach.
    """
    found = list(
        editions(viewer=viewer, region=region)
        .filter(due_on__gte=first, due_on__lte=last)
        .order_by("due_on", "pk")
    )
    items = [_own_due(own, on) for own in own_filings(viewer, found, on=on)]
    path = region.path if region is not None else ""
    reach = [p for p in viewer.paths("collections.view") if "@" not in p]
    if path:
        reach = [path] if any(path.startswith(p) for p in reach) else [
            p for p in reach if p.startswith(path)
        ]  # fmt: skip
    if reach:
        within = min(reach, key=len)
        by_edition = counts(found, on=on, within=within) if found else {}
        for edition in found:
            expected = sum(p.expected for p in by_edition[edition.pk].values())
            filed = sum(p.filed + p.excused for p in by_edition[edition.pk].values())
            if expected:
                items.append(_bureau_due(edition, expected, filed, within, on))
    return items


def _own_due(own: Own, on: datetime.date) -> Due:
    planned = own.edition.state == EditionState.PLANNED
    return Due(
        _("return"),
        str(own.edition),
        own.url,
        own.due_on,
        _status(own.is_filed, own.due_on, on, planned=planned),
        own.name,
        own.scope.path,
        None if planned else own.is_filed,
        own.is_simulated,
    )


def _bureau_due(edition: Edition, expected: int, filed: int, within: str, on: datetime.date) -> Due:
    planned = edition.state == EditionState.PLANNED
    return Due(
        _("collection"),
        str(edition),
        reverse("collections:edition", args=[edition.uuid]),
        edition.due_on,
        _status(filed >= expected, edition.due_on, on, planned=planned),
        _("%(filed)s of %(expected)s filed") % {"filed": filed, "expected": expected},
        max(within, edition.scope.path, key=len),
        None if planned else filed >= expected,
        edition.is_simulated,
    )


def _status(filed: bool, due_on: datetime.date, on: datetime.date, *, planned: bool) -> str:
    if filed:
        return "achieved"
    if due_on < on:
        return "overdue"
    if planned:
        return "planned"
    return "due_soon" if (due_on - on).days <= 7 else "on_track"


def search(viewer: Viewer, text: str, *, limit: int = 5) -> list[Hit]:
    """Find collections by name or code, with the newest edition that reaches the viewer."""
    text = text.strip().lower()
    if not text or viewer.is_public:
        return []
    matching = [
        row
        for row in collections(viewer=viewer)
        if text in row.code
        or text in row.definition.label.zh_hans.lower()
        or text in row.definition.label.en.lower()
    ][:limit]
    newest: dict[int, Edition] = {}
    for edition in editions(viewer=viewer).filter(collection__in=matching).order_by("opens_on"):
        newest[edition.collection_id] = edition
    hits = []
    for row in matching:
        latest = newest.get(row.pk)
        url = (
            reverse("collections:edition", args=[latest.uuid])
            if latest
            else reverse("collections:collection", args=[row.code])
        )
        detail = latest.period_label if latest else row.code
        hits.append(Hit(_("Collection"), str(row), detail, url))
    return hits
