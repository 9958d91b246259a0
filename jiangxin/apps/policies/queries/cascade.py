"""Reads of the cascade: how a child document carries out its parent, clause by clause."""

from __future__ import annotations

import uuid as uuids
from collections import defaultdict
from dataclasses import dataclass

from jiangxin.apps.policies.models import CascadePair, Clause, DocumentLink
from jiangxin.apps.policies.queries.links import links
from jiangxin.apps.policies.workflow import Verdict
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


def get_link(uuid: uuids.UUID | str, *, viewer: Viewer) -> DocumentLink:
    """Return one link between documents that the viewer may both see, or raise NotFound."""
    link = links(viewer=viewer).filter(uuid=uuid).first()
    if link is None:
        raise NotFound
    return link


def get_pair(uuid: uuids.UUID | str, *, viewer: Viewer) -> CascadePair:
    """Return one pair of clauses that the viewer may see, or raise NotFound."""
    pair = (
        CascadePair.objects.visible_to(viewer)
        .filter(uuid=uuid, link__in=links(viewer=viewer).values("pk"))
        .select_related(
            "link__child__scope", "link__parent__scope", "parent_clause", "child_clause"
        )
        .first()
    )
    if pair is None:
        raise NotFound
    return pair


@dataclass(frozen=True, slots=True)
class CascadeRow:
    """A leaf clause of the parent with its carriers, best first."""

    clause: Clause
    pairs: tuple[CascadePair, ...]

    @property
    def is_carried(self) -> bool:
        """Whether a clause carries it out, as suggested and not rejected, or as confirmed."""
        return any(pair.strength == CascadePair.Strength.CARRIES for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class CascadeView:
    """How one document carries out another."""

    link: DocumentLink
    rows: tuple[CascadeRow, ...]
    uncovered: tuple[Clause, ...]
    without_parent: tuple[Clause, ...]
    rejected: tuple[CascadePair, ...]
    children: tuple[Clause, ...]


def cascade_of(link: DocumentLink, *, viewer: Viewer) -> CascadeView:
    """Return all leaf clauses of the parent with their carriers, and what is left on both sides."""
    clauses = list(
        Clause.objects.visible_to(viewer)
        .filter(document__in=[link.parent_id, link.child_id])
        .order_by("document", "position")
    )
    inner = {clause.parent_id for clause in clauses}
    leaves = [c for c in clauses if c.pk not in inner and (c.text or c.heading)]
    parents = [c for c in leaves if c.document_id == link.parent_id]
    children = [c for c in leaves if c.document_id == link.child_id]
    known = {clause.pk: clause for clause in clauses}
    by_parent: dict[int, list[CascadePair]] = defaultdict(list)
    rejected = []
    pairs = CascadePair.objects.visible_to(viewer).filter(link=link)
    for pair in pairs.order_by("-strength", "-score", "id"):
        if not {pair.parent_clause_id, pair.child_clause_id} <= known.keys():
            continue
        pair.parent_clause = known[pair.parent_clause_id]
        pair.child_clause = known[pair.child_clause_id]
        pair.link = link
        if pair.verdict == Verdict.REJECTED:
            rejected.append(pair)
        else:
            by_parent[pair.parent_clause_id].append(pair)
    rows = tuple(CascadeRow(clause, tuple(by_parent[clause.pk])) for clause in parents)
    carrying = {
        pair.child_clause_id
        for row in rows
        for pair in row.pairs
        if pair.strength == CascadePair.Strength.CARRIES
    }
    return CascadeView(
        link=link,
        rows=rows,
        uncovered=tuple(row.clause for row in rows if not row.is_carried),
        without_parent=tuple(clause for clause in children if clause.pk not in carrying),
        rejected=tuple(rejected),
        children=tuple(children),
    )


def pairs_of_clause(
    clause: Clause, *, viewer: Viewer
) -> tuple[list[CascadePair], list[CascadePair]]:
    """Return the pairs in which a clause carries out others, and those in which it is carried out."""
    seen = (
        CascadePair.objects.visible_to(viewer)
        .filter(link__in=links(viewer=viewer).values("pk"), strength=CascadePair.Strength.CARRIES)
        .exclude(verdict=Verdict.REJECTED)
        .select_related("parent_clause__document", "child_clause__document", "link")
        .defer("parent_clause__document__text", "child_clause__document__text")
    )
    return list(seen.filter(child_clause=clause)), list(seen.filter(parent_clause=clause))
