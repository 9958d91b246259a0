"""The strategy tree: every heading and clause with how its targets and tasks stand, rolled up."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from jiangxin.apps.policies.models import Clause, PolicyDocument, StrategyNode, Task
from jiangxin.apps.policies.queries.standings import STANDINGS, Standing
from jiangxin.apps.policies.queries.targets import targets
from jiangxin.apps.policies.workflow import TaskState
from jiangxin.core.permissions import Viewer
from jiangxin.ui.statuses import look


@dataclass(frozen=True, slots=True)
class Roll:
    """What stands under a heading: targets by standing, tasks by state."""

    standings: dict[str, int]
    tasks: int
    tasks_done: int

    @property
    def targets(self) -> int:
        """Number of targets."""
        return sum(self.standings.values())

    @property
    def parts(self) -> list[tuple[str, str, int, int]]:
        """Code, word, count and share in tenths (one at least) of each standing that occurs."""
        return [
            (code, str(look(code).label), count, max(1, round(10 * count / self.targets)))
            for code, count in self.standings.items()
            if count
        ]


@dataclass(frozen=True, slots=True)
class Branch:
    """A clause with what is rolled up from everything below it."""

    clause: Clause
    depth: int
    roll: Roll
    rows: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the strategy map with what is rolled up from its clauses."""

    node: StrategyNode
    clauses: tuple[Clause, ...]
    roll: Roll


@dataclass(frozen=True, slots=True)
class StrategyTree:
    """The map and the clause tree of one document."""

    headings: tuple[Heading, ...]
    branches: tuple[Branch, ...]
    total: Roll


def strategy_tree(document: PolicyDocument, *, viewer: Viewer, on: datetime.date) -> StrategyTree:
    """Return headings and clauses with their targets and tasks rolled up; a fixed number of queries."""
    clauses = list(Clause.objects.visible_to(viewer).filter(document=document))
    rows = targets(viewer=viewer, on=on, document=document.uuid)
    tasks = list(Task.objects.visible_to(viewer).filter(document=document))
    parent = {clause.pk: clause.parent_id for clause in clauses}
    depth: dict[int, int] = {}
    for clause in clauses:
        depth[clause.pk] = depth.get(clause.parent_id or 0, -1) + 1
    below: dict[int, set[int]] = defaultdict(set)
    for clause in clauses:
        at: int | None = clause.pk
        while at is not None:
            below[at].add(clause.pk)
            at = parent.get(at)
    branches = tuple(
        Branch(
            clause,
            depth[clause.pk],
            _roll(rows, tasks, below[clause.pk]),
            tuple(row for row in rows if row.target.clause_id == clause.pk),
        )
        for clause in clauses
    )
    shown = StrategyNode.objects.visible_to(viewer).filter(document=document)
    nodes = shown.prefetch_related("clauses")
    order = list(StrategyNode.Kind.values)
    headings = []
    for node in sorted(nodes, key=lambda node: (order.index(node.kind), node.position)):
        own = tuple(node.clauses.all())
        serving: set[int] = set()
        for clause in own:
            serving |= below.get(clause.pk, set())
        headings.append(Heading(node, own, _roll(rows, tasks, serving)))
    return StrategyTree(tuple(headings), branches, _roll(rows, tasks, None))


def _roll(rows: Iterable[Standing], tasks: Iterable[Task], within: set[int] | None) -> Roll:
    counts = dict.fromkeys(STANDINGS, 0)
    for row in rows:
        if within is None or row.target.clause_id in within:
            counts[row.standing] += 1
    mine = [t for t in tasks if within is None or t.clause_id in within]
    return Roll(counts, len(mine), sum(t.state == TaskState.DONE for t in mine))
