"""How the governments below a region stand: parts with visible weights, and the rows behind."""

from __future__ import annotations

import datetime
import uuid as uuids
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from jiangxin.apps.policies.models import (
    CascadePair,
    Clause,
    DocumentLink,
    Scorecard,
    Task,
)
from jiangxin.apps.policies.queries.standings import STANDINGS, Standing
from jiangxin.apps.policies.queries.targets import targets
from jiangxin.apps.policies.workflow import TaskState, Verdict
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.reference.queries import rule, rule_value, words_of
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region

# in the order of the table; the weights of a rule name the same parts
PARTS = ("targets", "tasks", "timeliness", "coverage")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: a share of one with what it is a share of; no share without rows.

    Args:
        numerator: points reached, or rows that count; `denominator`: rows that could.
    """

    rate: float | None
    numerator: float
    denominator: int


@dataclass(frozen=True, slots=True)
class Score:
    """One government: its parts, its total of what could be measured, and counts behind them.

    Args:
        total: weighted mean of the parts that have rows; nothing without any.
        weight: sum of the weights of those parts: 1 if everything could be judged.
        counts: targets by standing, with "overdue" tasks beside them.
    """

    code: str
    name: str
    parts: Mapping[str, Part]
    total: float | None
    weight: float
    rank: int | None
    counts: Mapping[str, int]
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """A scorecard as computed on a day.

    Args:
        weights: by part; `inferred` says what no document states about them.
    """

    region_code: str
    region_name: str
    on: datetime.date
    weights: Mapping[str, float]
    points: Mapping[str, float]
    inferred: str
    sources: tuple[str, ...]
    rows: tuple[Score, ...]

    def plain(self) -> list[dict[str, Any]]:
        """Return the rows as plain values, to be kept."""
        return [asdict(row) for row in self.rows]


def scorecard(*, region: Region, viewer: Viewer, on: datetime.date) -> Scores:
    """Score the governments directly below a region; the best first, unjudged ones last.

    - targets: mean points of their measurable targets, by standing;
    - tasks: share done of the tasks that were due, whenever that was;
    - timeliness: share of the tasks that were due which were done in time;
    - coverage: share of the clauses of this region's documents that their documents carry out.

    A part without rows is left out, and the weights of the others stand for the whole. The number
    of queries does not grow with the governments.

    Source:
        中办发〔2022〕65号, 四11: the work is part of the assessment of lower governments. Parts,
        points and weights are inferred (`rules/policies/scorecard_weights.yaml`,
        `standing_points.yaml`).
    """
    below = list(reference.children_of(region.code, on=on))
    weights = _numbers("scorecard_weights", on=on, path=region.path)
    points = _numbers("standing_points", on=on, path=region.path)
    promised = _by_child(
        targets(viewer=viewer, on=on, region_path=region.path),
        below,
        lambda row: row.target.region.path,
    )
    work = _by_child(
        Task.objects.visible_to(viewer)
        .filter(region__path__startswith=region.path)
        .exclude(state=TaskState.CANCELLED)
        .select_related("region"),
        below,
        lambda row: row.region.path,
    )
    covered = _coverage(region, below, viewer=viewer)
    scores = [
        _score(child, promised[child.code], work[child.code], covered, weights, points, on)
        for child in below
        if promised[child.code] or work[child.code] or child.code in covered
    ]
    ordered = sorted(scores, key=lambda s: (s.total is None, -(s.total or 0), s.code))
    stated = rule("scorecard_weights")
    return Scores(
        region_code=region.code,
        region_name=region.name,
        on=on,
        weights=weights,
        points=points,
        inferred=words_of(stated.inferred),
        sources=tuple(
            " ".join(word for word in (s.document, s.number, s.article) if word)
            for s in stated.sources
        ),
        rows=tuple(_ranked(ordered)),
    )


def _numbers(code: str, *, on: datetime.date, path: str) -> dict[str, float]:
    content = rule_value(code, on=on, path=path).content
    if not isinstance(content, Mapping):
        raise TypeError(f"{code} should hold named numbers")
    return {str(name): float(value) for name, value in content.items()}


def _by_child(rows: Iterable[Any], below: Sequence[Region], path_of: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        for child in below:
            if path_of(row).startswith(child.path):
                found[child.code].append(row)
    return found


def _coverage(
    region: Region, below: Sequence[Region], *, viewer: Viewer
) -> dict[str, tuple[int, int]]:
    """Return by child how many clauses of the region's documents its documents carry out.

    Only documents that a document of the child is linked to count, and only where the words of
    both are here or a person paired clauses; clauses with sub-clauses are carried by those.
    """
    links = list(
        DocumentLink.objects.visible_to(viewer)
        .filter(parent__region=region)
        .exclude(verdict=Verdict.REJECTED)
        .filter(
            Exists(CascadePair.objects.filter(link=OuterRef("pk")))
            | ~Q(parent__text_sha256="") & ~Q(child__text_sha256="")
        )
        .values_list("parent", "child__region__path", "pk")
    )
    if not links:
        return {}
    seen = Clause.objects.visible_to(viewer).filter(
        document__in={parent for parent, _p, _k in links}
    )
    leaves: dict[int, set[int]] = defaultdict(set)
    for pk, document in seen.filter(children__isnull=True).values_list("pk", "document"):
        leaves[document].add(pk)
    carried: dict[int, set[int]] = defaultdict(set)
    pairs = CascadePair.objects.visible_to(viewer).filter(
        link__in=[pk for _d, _p, pk in links], strength=CascadePair.Strength.CARRIES
    )
    for link, clause in pairs.exclude(verdict=Verdict.REJECTED).values_list(
        "link", "parent_clause"
    ):
        carried[link].add(clause)
    result = {}
    for child in below:
        wanted: set[int] = set()
        done: set[int] = set()
        for document, path, link in links:
            if path.startswith(child.path):
                wanted |= leaves[document]
                done |= carried[link] & leaves[document]
        if wanted:
            result[child.code] = (len(done), len(wanted))
    return result


def _score(
    child: Region,
    promised: Sequence[Standing],
    work: Sequence[Task],
    covered: Mapping[str, tuple[int, int]],
    weights: Mapping[str, float],
    points: Mapping[str, float],
    on: datetime.date,
) -> Score:
    judged = [row for row in promised if row.standing in points]
    due = [task for task in work if task.due_on is not None and task.due_on < on]
    done = [task for task in due if task.state == TaskState.DONE]
    in_time = [
        task for task in done if task.done_at and task.due_on and task.done_at.date() <= task.due_on
    ]
    carried, clauses = covered.get(child.code, (0, 0))
    parts = {
        "targets": _part(sum(points[row.standing] for row in judged), len(judged)),
        "tasks": _part(len(done), len(due)),
        "timeliness": _part(len(in_time), len(due)),
        "coverage": _part(carried, clauses),
    }
    weight = sum(weights.get(name, 0) for name, part in parts.items() if part.rate is not None)
    total = None
    if weight:
        total = (
            sum(
                weights.get(name, 0) * part.rate
                for name, part in parts.items()
                if part.rate is not None
            )
            / weight
        )
    counts = dict.fromkeys(STANDINGS, 0)
    for row in promised:
        counts[row.standing] += 1
    counts["overdue"] = sum(task.is_overdue(on) for task in work)
    return Score(
        code=child.code,
        name=child.name,
        parts=parts,
        total=total,
        weight=weight / (sum(weights.values()) or 1),
        rank=None,
        counts=counts,
        is_simulated=any(row.is_simulated for row in promised)
        or any(task.is_simulated for task in work),
    )


def _part(numerator: float, denominator: int) -> Part:
    return Part(numerator / denominator if denominator else None, numerator, denominator)


def _ranked(ordered: Iterable[Score]) -> Iterable[Score]:
    """Give equal totals equal ranks."""
    place, last = 0, None
    for number, score in enumerate(ordered, start=1):
        if score.total is None:
            yield score
            continue
        if score.total != last:
            place, last = number, score.total
        yield replace(score, rank=place)


@dataclass(frozen=True, slots=True)
class Behind:
    """The rows behind the parts of one government, as far as the viewer may see them."""

    region: Region
    targets: tuple[Standing, ...]
    due: tuple[Task, ...]
    late: tuple[Task, ...]
    uncarried: tuple[Clause, ...]


def behind_score(*, region: Region, child: Region, viewer: Viewer, on: datetime.date) -> Behind:
    """Return the rows behind a government's score: targets, due tasks, clauses nobody took up."""
    rows = (
        Task.objects.visible_to(viewer)
        .filter(region__path__startswith=child.path, due_on__lt=on)
        .exclude(state=TaskState.CANCELLED)
        .select_related("region", "document")
        .defer("document__text", "document__references")
        .prefetch_related("assignments__organisation")
    )
    due = tuple(rows)
    late = tuple(
        task
        for task in due
        if task.due_on and not (task.done_at and task.done_at.date() <= task.due_on)
    )
    links = DocumentLink.objects.visible_to(viewer).filter(
        parent__region=region, child__region__path__startswith=child.path
    )
    links = links.exclude(verdict=Verdict.REJECTED)
    carried = (
        CascadePair.objects.visible_to(viewer)
        .filter(link__in=links.values("pk"), strength=CascadePair.Strength.CARRIES)
        .exclude(verdict=Verdict.REJECTED)
    )
    uncarried = (
        Clause.objects.visible_to(viewer)
        .filter(document__in=links.values("parent"), children__isnull=True)
        .exclude(pk__in=carried.values("parent_clause"))
        .select_related("document")
        .defer("document__text", "document__references")
    )
    found = targets(viewer=viewer, on=on, region_path=child.path)
    return Behind(child, tuple(found), due, late, tuple(uncarried))


def scorecards(*, viewer: Viewer, region: Region | None = None) -> QuerySet[Scorecard]:
    """List kept scorecards that the viewer may see, newest first."""
    rows = Scorecard.objects.visible_to(viewer).select_related("region", "scope")
    return rows.filter(region=region) if region else rows


def get_scorecard(uuid: uuids.UUID | str, *, viewer: Viewer) -> Scorecard:
    """Return one kept scorecard, or raise NotFound."""
    found = scorecards(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found
