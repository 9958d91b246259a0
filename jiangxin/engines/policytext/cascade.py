"""Which clause of a child document carries out which clause of its parent.

Leaf clauses are compared by their rare wording, passage by passage, by the subject they speak of,
by how much of the child clause answers this parent clause rather than another, and by their place
in either document. How closely the two documents are related decides how much likeness suffices,
so a document that is no child of the other gets candidates but no carriers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from jiangxin.engines.base import Step, Trace
from jiangxin.engines.policytext.cascade_genre import AIMS, SAFEGUARDS, SUBJECTS
from jiangxin.engines.policytext.cascade_grams import (
    Counts,
    Indices,
    Matrix,
    count_grams,
    gram_weights,
    shared_grams,
    vectors,
)
from jiangxin.engines.policytext.cascade_phrases import Phrase, Wording
from jiangxin.engines.policytext.model import Clause, Document

CarrierStrength = Literal[0, 1, 2]
Part = Literal["aims", "tasks", "safeguards"]

# Fitted by non-negative logistic regression on the dev split of
# tests/engines/policytext/alignment. The bounds of kinship were set with all five documents seen.
_WEIGHTS = {
    "likeness": 17.0,
    "passage": 10.0,
    "answer": 9.0,
    "coverage": 29.0,
    "subject": 2.2,
    "order": 1.5,
    "part": 2.5,
    # The fit says 3; more, so that strangers need wording that no likeness of subject supplies.
    "kinship": 5.0,
}
_BIAS = -12.4
_CARRIES_OUT = 0.5
_TOUCHES = 0.15
# A document below this kinship is a stranger, and carries nothing out.
_RELATED = 0.15
_TOUCHES_AT_MOST = 0.49

# Summed weight of shared phrases per parent clause, as labelled documents show it: clauses of
# unrelated documents share about 6, of parent and child 12 and more.
_WORDING_OF_STRANGERS = 6.0
_WORDING_OF_KIN = 12.0
_WORDING_ENOUGH = 30.0
# A claim must be able to show some rare wording; one short term is not enough.
_WORDING_NEEDED = 2.5

_SUBJECT_IN_PASSAGE = 0.15
_CONTEXT = 0.5
_BM25_K = 1.2
_BM25_B = 0.6

# Aims answer to aims; safeguards do so less surely; tasks are too many for it to tell anything.
_SAME_PART: dict[Part, float] = {"aims": 1.0, "safeguards": 0.3}

_CANDIDATES = 20
_SHARED_SHOWN = 6
_SHORTEST_SENTENCE = 5
_LONGEST_PART_HEADING = 12
_SENTENCE_END = re.compile(r"[。；;！？!?\n]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A clause of the child as a carrier of a clause of the parent.

    Strength 2 is the claim "carries it out", 1 "touches it", 0 is listed for its rank only.
    """

    parent_number_path: str
    child_number_path: str
    score: float
    strength: CarrierStrength
    # Rare wording of both clauses, strongest first.
    shared: tuple[str, ...]
    parent_clause: str
    child_clause: str


@dataclass(frozen=True, slots=True)
class Cascade:
    """How a child document carries out its parent, candidates best first."""

    parent: str
    child: str
    pairs: tuple[Pair, ...]
    # Leaves of the parent that nothing carries out, in the order of the text.
    uncovered: tuple[str, ...]
    # Leaves of the child that carry out nothing of this parent, in the order of the text.
    without_parent: tuple[str, ...]
    trace: Trace = field(default_factory=lambda: Trace("policytext"))

    def as_json(self) -> dict[str, Any]:
        """Return the object of the `policies cascade --json` contract, ready for `json.dumps`."""
        return {
            "parent": self.parent,
            "child": self.child,
            "pairs": [
                {
                    "parent_number_path": pair.parent_number_path,
                    "child_number_path": pair.child_number_path,
                    "score": pair.score,
                    "strength": pair.strength,
                    "shared": list(pair.shared),
                }
                for pair in self.pairs
            ],
            "uncovered": list(self.uncovered),
        }


@dataclass(frozen=True, slots=True)
class Leaf:
    """A clause without sub-clauses: its path from the top and its words without white space."""

    clause: str
    path: str
    part: Part
    sentences: tuple[str, ...]
    text: str


def cascade(parent: Document, child: Document) -> Cascade:
    """Find for each leaf clause of the parent its carriers among the leaves of the child.

    Returns:
        Candidates of every parent leaf, best first; equal scores in the order of the texts.

    Method:
        Logistic sum of non-negative evidence (`evidence`), calibrated on alignments labelled by
        hand. O(sentences of the parent x sentences of the child).

    Example:
        >>> from jiangxin.engines.policytext.parse import parse
        >>> text = "一、搭建人才供需信息平台，每年发布人才需求目录。"
        >>> found = cascade(parse(text, name="parent"), parse(text, name="child"))
        >>> [(pair.strength, pair.shared) for pair in found.pairs]
        [(2, ('搭建人才供需信息平台', '每年发布人才需求目录'))]
    """
    parents, children = leaves(parent), leaves(child)
    if not parents or not children:
        return Cascade(
            parent.name,
            child.name,
            pairs=(),
            uncovered=tuple(leaf.path for leaf in parents),
            without_parent=tuple(leaf.path for leaf in children),
        )
    found = evidence(parents, children)
    wording = Wording([leaf.text for leaf in parents], [leaf.text for leaf in children])
    likely = sum(_WEIGHTS[name] * matrix for name, matrix in found.items())
    order = np.argsort(-likely, axis=1, kind="stable")[:, :_CANDIDATES]
    phrases = {
        (row, int(column)): wording.shared(row, int(column))
        for row in range(len(parents))
        for column in order[row]
    }
    related = kinship(parent, child, phrases, len(parents))
    scores = 1 / (1 + np.exp(-(_BIAS + likely + _WEIGHTS["kinship"] * related)))
    may_carry = related >= _RELATED and not predates(child, parent)
    pairs = [
        _pair(parents[row], children[column], float(scores[row, column]), shared, may_carry)
        for (row, column), shared in phrases.items()
    ]
    # Python's sort is stable: equal scores stay in the order of the texts.
    pairs.sort(key=lambda pair: -pair.score)
    carried = {pair.parent_clause for pair in pairs if pair.strength == 2}
    carriers = {pair.child_clause for pair in pairs if pair.strength == 2}
    return Cascade(
        parent.name,
        child.name,
        pairs=tuple(pairs),
        uncovered=tuple(leaf.path for leaf in parents if leaf.clause not in carried),
        without_parent=tuple(leaf.path for leaf in children if leaf.clause not in carriers),
        trace=Trace("policytext", (Step("kinship", result=round(related, 4)),)),
    )


def leaves(document: Document) -> list[Leaf]:
    """List the clauses that have words and no sub-clauses, in the order of the text."""
    by_id = {clause.id: clause for clause in document.clauses}
    inner = {clause.parent for clause in document.clauses}
    found = []
    for clause in document.clauses:
        if clause.id in inner:
            continue
        raw = clause.text
        if clause.heading and clause.heading not in raw[: len(clause.heading) + 12]:
            raw = f"{clause.heading}\n{raw}"
        sentences = ["".join(part.split()) for part in _SENTENCE_END.split(raw)]
        if text := "".join(sentences):
            line = _line(clause, by_id)
            found.append(
                Leaf(
                    clause.id,
                    "/".join(above.number or above.heading[:12] for above in line),
                    _part(line),
                    tuple(part for part in sentences if len(part) >= _SHORTEST_SENTENCE) or (text,),
                    "。".join(sentences),
                )
            )
    return found


def _line(clause: Clause, by_id: Mapping[str, Clause]) -> list[Clause]:
    """List the clause and those above it, from the top."""
    line = [clause]
    while (above := line[0].parent) is not None:
        line.insert(0, by_id[above])
    return line


def _part(line: Sequence[Clause]) -> Part:
    headings = [clause.heading for clause in line if len(clause.heading) <= _LONGEST_PART_HEADING]
    if any(AIMS.search(heading) for heading in headings):
        return "aims"
    is_closing = line[0].number == "末段"
    if is_closing or any(SAFEGUARDS.search(heading) for heading in headings):
        return "safeguards"
    return "tasks"


def evidence(parents: Sequence[Leaf], children: Sequence[Leaf]) -> dict[str, Matrix]:
    """Measure what speaks for each pair of leaves.

    Returns:
        Per kind of evidence a matrix (parents, children), 0 to about 1:
        `likeness` of all words; `coverage` of the parent's words by the child; best pair of one
        `passage` each, so that a clause which bundles several instruments meets the carrier of
        each; `answer`, the share of the child clause whose passages fit this parent clause best;
        `subject`; `order`; the same `part` of the document.
    """
    leafs = [*parents, *children]
    n = len(parents)
    sentences = [part for leaf in leafs for part in leaf.sentences]
    owner = np.repeat(np.arange(len(leafs)), [len(leaf.sentences) for leaf in leafs])
    split = int(np.searchsorted(owner, n))
    of_parent, of_child = owner[:split], owner[split:] - n

    by_sentence, vocabulary = count_grams(sentences)
    by_clause = by_sentence.merged(owner, len(leafs))
    weights = gram_weights(by_clause, vocabulary)
    shared = shared_grams(by_clause, n)

    clauses = vectors(by_clause, np.log1p(by_clause.count) * weights[by_clause.gram], n, shared)
    likeness = clauses.cosine()
    passages = vectors(by_sentence, weights[by_sentence.gram], split, shared).cosine()
    mentions = _subject_mentions(sentences)
    clause_mentions = np.add.reduceat(mentions, np.searchsorted(owner, np.arange(len(leafs))))
    rarity = _subject_rarity(clause_mentions)
    same_subject = _subject_likeness(mentions, split, rarity)
    return {
        "likeness": likeness,
        "passage": _best_of(_best_of(passages, of_parent, n).T, of_child, len(children)).T,
        "answer": _answer(
            passages + _SUBJECT_IN_PASSAGE * same_subject,
            likeness,
            of_parent,
            of_child,
            np.array([len(sentence) for sentence in sentences[split:]], dtype=np.float64),
        ),
        "coverage": _coverage(by_clause, weights, n, shared),
        "subject": _subject_likeness(clause_mentions, n, rarity),
        "part": np.array(
            [[_SAME_PART.get(a.part, 0.0) * (a.part == b.part) for b in children] for a in parents]
        ),
        "order": 1 - np.abs(_places(n)[:, None] - _places(len(children))[None, :]),
    }


def _best_of(rows: Matrix, owner: Indices, owners: int) -> Matrix:
    """Take the highest value of each owner's rows; owners' rows stand together, none is empty."""
    starts = np.searchsorted(owner, np.arange(owners))
    return np.asarray(np.maximum.reduceat(rows, starts, axis=0))


def _answer(
    passages: Matrix, likeness: Matrix, of_parent: Indices, of_child: Indices, length: Matrix
) -> Matrix:
    """Share out each child clause: its passages count for the parent clause they fit best."""
    parents, children = likeness.shape
    fit = _best_of(passages, of_parent, parents)
    # The clause around a passage helps to tell which parent clause it belongs to.
    chosen = np.argmax(fit + _CONTEXT * likeness[:, of_child], axis=0)
    at = np.arange(len(of_child))
    shares = np.zeros((parents, children))
    np.add.at(shares, (chosen, of_child), fit[chosen, at] * length)
    return shares / np.bincount(of_child, length, minlength=children)


def _coverage(counts: Counts, weights: Matrix, parents: int, shared: Indices) -> Matrix:
    """Score as BM25 does how much of each parent clause's vocabulary a child clause holds."""
    size = np.bincount(counts.unit, counts.count, minlength=counts.units)
    norm = _BM25_K * (1 - _BM25_B + _BM25_B * size / max(size.mean(), 1.0))
    saturated = counts.count / (counts.count + norm[counts.unit])
    found = vectors(counts, saturated, parents, shared).child
    asked = vectors(counts, weights[counts.gram], parents, shared).parent
    total = np.bincount(counts.unit, weights[counts.gram], minlength=counts.units)[:parents]
    return np.asarray(asked @ found.T / np.maximum(total, 1e-9)[:, None])


def _subject_mentions(texts: Sequence[str]) -> Matrix:
    return np.array(
        [[sum(text.count(word) for word in words) for words in SUBJECTS] for text in texts],
        dtype=np.float64,
    )


def _subject_rarity(mentions: Matrix) -> Matrix:
    """Weigh a subject by its rarity; one that most clauses mention still counts a little."""
    share = (mentions > 0).mean(axis=0)
    return np.asarray(np.maximum(0.1, np.log(1.2 / (share + 0.05))))


def _subject_likeness(mentions: Matrix, parents: int, rarity: Matrix) -> Matrix:
    rows = np.log1p(mentions) * rarity
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows[:parents] @ rows[parents:].T)


def _places(count: int) -> Matrix:
    return np.arange(count) / max(count - 1, 1)


def kinship(
    parent: Document,
    child: Document,
    phrases: Mapping[tuple[int, int], Sequence[Phrase]],
    parents: int,
) -> float:
    """Judge from 0 to 1 whether the child descends from the parent at all.

    Clauses on one subject look alike in any two documents of the genre; a descendant also takes
    over rare wording for most clauses. Who cites the parent by number descends from it in part.

    Args:
        phrases: shared wording of candidate pairs, by (row of the parent leaf, row of the child's).
        parents: number of parent leaves.
    """
    strongest = np.zeros(parents)
    for (row, _), shared in phrases.items():
        strongest[row] = max(strongest[row], _weight(shared))
    wording = float(np.minimum(strongest, _WORDING_ENOUGH).mean())
    related = (wording - _WORDING_OF_STRANGERS) / (_WORDING_OF_KIN - _WORDING_OF_STRANGERS)
    number = parent.header.document_number
    cited = number is not None and any(
        reference.document_number == number for reference in child.header.references
    )
    return min(max(related, 0.5 if cited else 0.0), 1.0)


def _weight(shared: Sequence[Phrase]) -> float:
    return sum(phrase.weight for phrase in shared)


def predates(child: Document, parent: Document) -> bool:
    """Tell whether the child was issued before its parent, so that it cannot carry it out."""
    issued, later = parent.header.issued_on, child.header.issued_on
    return issued is not None and later is not None and later < issued


def _pair(
    parent: Leaf, child: Leaf, score: float, shared: Sequence[Phrase], may_carry: bool
) -> Pair:
    if not may_carry or _weight(shared) < _WORDING_NEEDED:
        # Pressed below the claim, in unchanged order.
        score = min(score, _TOUCHES_AT_MOST + (_CARRIES_OUT - _TOUCHES_AT_MOST) * score / 2)
    strength: CarrierStrength = 2 if score >= _CARRIES_OUT else 1 if score >= _TOUCHES else 0
    return Pair(
        parent.path,
        child.path,
        score=round(score, 6),
        strength=strength,
        shared=tuple(phrase.text for phrase in shared[:_SHARED_SHOWN]),
        parent_clause=parent.clause,
        child_clause=child.clause,
    )
