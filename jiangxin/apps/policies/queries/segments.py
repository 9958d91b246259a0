"""Text with marks: cut wherever something that was read begins or ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from jiangxin.apps.policies.models import Clause, Item


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text with everything that was read from exactly there.

    Args:
        anchor: key of the clause that begins here; empty within a clause.
        marks: items that cover the stretch, the longest first.
        begins: those of the marks that begin here.
    """

    text: str
    anchor: str
    marks: tuple[Item, ...]
    begins: tuple[Item, ...]

    @property
    def top(self) -> Item | None:
        """The innermost item, which gives the colour."""
        return self.marks[-1] if self.marks else None


def segments(text: str, items: Iterable[Item], clauses: Iterable[Clause] = ()) -> list[Segment]:
    """Cut the text wherever an item or a clause begins or ends; joined, it is the text again."""
    placed = [i for i in items if i.start is not None and i.end is not None and i.end <= len(text)]
    anchors = {c.start: str(c.key) for c in clauses if c.start is not None and c.start < len(text)}
    cuts = sorted(
        {0, len(text), *anchors, *(i.start or 0 for i in placed), *(i.end or 0 for i in placed)}
    )
    starting: dict[int, list[Item]] = defaultdict(list)
    for item in placed:
        starting[item.start or 0].append(item)
    active: list[Item] = []
    found = []
    for start, end in pairwise(cuts):
        active = [item for item in active if (item.end or 0) > start] + starting[start]
        active.sort(key=lambda item: (item.start or 0) - (item.end or 0))
        found.append(
            Segment(text[start:end], anchors.get(start, ""), tuple(active), tuple(starting[start]))
        )
    return found


def clause_segments(clause: Clause, items: Iterable[Item]) -> list[Segment]:
    """Return the words of one clause with its marks; without the text, its own words if any."""
    if clause.start is None or clause.end is None:
        return [Segment(clause.text, "", (), ())] if clause.text else []
    text = clause.document.text[: clause.end]
    found, at = [], 0
    for segment in segments(text, items, [clause]):
        if at >= clause.start:
            found.append(segment)
        at += len(segment.text)
    return found
