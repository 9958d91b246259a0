"""Benchmark of the cascade: time and quality on the five real documents, beside plain TF-IDF.

Quality is measured against the labels of `config/demo/policy_facts/cascade.csv`, whose dev split set
the engine's weights and both thresholds; figures are of the held-out split. The documents are read
from the folder that POLICIES names.
"""

from __future__ import annotations

import csv
import os
import statistics
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jiangxin.engines.policytext.cascade import Leaf, cascade, leaves
from jiangxin.engines.policytext.model import Document
from jiangxin.engines.policytext.parse import parse

LABELS = Path(__file__).parents[1] / "demo/policy_facts/cascade.csv"
CARRIES_OUT = 2

PathPair = tuple[str, str]

_LIMIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Alignment:
    """Labels of one parent and child; no pairs at all where the child is no child."""

    parent: str
    child: str
    split: str
    strengths: Mapping[PathPair, int]

    @property
    def is_negative(self) -> bool:
        """Tell whether the child is no child of the parent."""
        return not self.strengths


@dataclass(frozen=True, slots=True)
class Answer:
    """Scores of candidate pairs, and which of them are claimed to carry the parent out."""

    scores: Mapping[PathPair, float]
    claimed: frozenset[PathPair]


@dataclass(frozen=True, slots=True)
class Quality:
    """F1 of claimed carriers, mean average precision of candidates, claims on no-child documents.

    `ranking` counts carriers and touching clauses as relevant, `main_ranking` carriers only.
    """

    f1: float
    ranking: float
    main_ranking: float
    wrong: int

    def __str__(self) -> str:
        return (
            f"F1 of carriers {self.f1:.3f}, MAP {self.ranking:.3f} "
            f"(carriers only {self.main_ranking:.3f}), {self.wrong} claims on a no-child document"
        )


def read_alignments(path: Path = LABELS) -> list[Alignment]:
    """Read the hand labels, one alignment per parent and child."""
    found: dict[tuple[str, str, str], dict[PathPair, int]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            strengths = found[row["parent"], row["child"], row["split"]]
            if row["child_path"]:
                strengths[row["parent_path"], row["child_path"]] = int(row["strength"])
    return [Alignment(*key, strengths) for key, strengths in found.items()]


def answer_of_cascade(parent: Document, child: Document) -> Answer:
    """Ask the engine."""
    pairs = cascade(parent, child).pairs
    return Answer(
        {(pair.parent_number_path, pair.child_number_path): pair.score for pair in pairs},
        frozenset(
            (pair.parent_number_path, pair.child_number_path)
            for pair in pairs
            if pair.strength == CARRIES_OUT
        ),
    )


def answer_of_tfidf(parent: Document, child: Document, threshold: float) -> Answer:
    """Ask the peer: cosine of character (1,2)-gram TF-IDF vectors, a claim at the threshold."""
    parents, children = leaves(parent), leaves(child)
    likeness = tfidf_cosine(parents, children)
    scores = {
        (ours.path, theirs.path): float(likeness[row, column])
        for row, ours in enumerate(parents)
        for column, theirs in enumerate(children)
    }
    return Answer(scores, frozenset(key for key, score in scores.items() if score >= threshold))


def tfidf_cosine(parents: list[Leaf], children: list[Leaf]) -> np.ndarray[Any, Any]:
    """Return the cosine of each parent leaf with each child leaf; written apart from the engine."""
    texts = [leaf.text for leaf in [*parents, *children]]
    grams = [
        [text[at : at + size] for size in (1, 2) for at in range(len(text) - size + 1)]
        for text in texts
    ]
    number = {gram: at for at, gram in enumerate(sorted({g for found in grams for g in found}))}
    counts = np.zeros((len(texts), len(number)))
    for row, found in enumerate(grams):
        for gram in found:
            counts[row, number[gram]] += 1
    rarity = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
    rows = counts * rarity
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return np.asarray(rows[: len(parents)] @ rows[len(parents) :].T)


def quality(alignments: Iterable[Alignment], answers: Mapping[PathPair, Answer]) -> Quality:
    """Measure answers, by (parent, child) of the document, against the labels, pooled."""
    right = claims = carriers = wrong = 0
    precisions: dict[int, list[float]] = {1: [], CARRIES_OUT: []}
    for alignment in alignments:
        answer = answers[alignment.parent, alignment.child]
        if alignment.is_negative:
            wrong += len(answer.claimed)
            continue
        main = {key for key, strength in alignment.strengths.items() if strength == CARRIES_OUT}
        right += len(main & answer.claimed)
        claims += len(answer.claimed)
        carriers += len(main)
        for lowest, found in precisions.items():
            found.extend(_average_precisions(alignment.strengths, answer.scores, lowest))
    return Quality(
        f1=2 * right / max(claims + carriers, 1),
        ranking=statistics.fmean(precisions[1]),
        main_ranking=statistics.fmean(precisions[CARRIES_OUT]),
        wrong=wrong,
    )


def best_threshold(alignments: Iterable[Alignment], documents: Mapping[str, Document]) -> float:
    """Find the threshold of the peer that gives it the best F1 on these alignments."""
    known = [alignment for alignment in alignments if not alignment.is_negative]
    answers = {
        (a.parent, a.child): answer_of_tfidf(documents[a.parent], documents[a.child], 1.0)
        for a in known
    }

    def f1(threshold: float) -> float:
        claimed = {
            key: Answer(
                answer.scores,
                frozenset(pair for pair, score in answer.scores.items() if score >= threshold),
            )
            for key, answer in answers.items()
        }
        return quality(known, claimed).f1

    return max((float(step) for step in np.arange(0.05, 0.8, 0.005)), key=f1)


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Measure all cascades between the five documents, and their quality.

    Args:
        quick: three runs instead of fifteen; the documents are the same.
    """
    folder = os.environ.get("POLICIES", "")
    if not folder:
        note = "not measured: set POLICIES=DIR of the five documents"
        return [_row(note=note)]
    alignments = read_alignments()
    documents = read_documents(Path(folder), alignments)
    pairs = [(documents[a.parent], documents[a.child], a) for a in alignments]
    threshold = best_threshold([a for a in alignments if a.split == "dev"], documents)

    def ours() -> dict[PathPair, Answer]:
        return {(p.name, c.name): answer_of_cascade(p, c) for p, c, _ in pairs}

    def peer() -> dict[PathPair, Answer]:
        return {(p.name, c.name): answer_of_tfidf(p, c, threshold) for p, c, _ in pairs}

    runs = 3 if quick else 15
    held_out = [a for a in alignments if a.split == "held-out"]
    return [
        _row(
            ours=round(_median_seconds(ours, runs), 4),
            peer=round(_median_seconds(peer, runs), 4),
            runs=runs,
            peak_mb=_peak_mb(ours),
            note=f"{len(pairs)} cascades. Held-out labels: {quality(held_out, ours())}; "
            f"peer, threshold tuned on dev: {quality(held_out, peer())}",
        )
    ]


def read_documents(folder: Path, alignments: Iterable[Alignment]) -> dict[str, Document]:
    """Parse the documents that the labels speak of."""
    names = sorted({name for a in alignments for name in (a.parent, a.child)})
    return {
        name: parse((folder / f"{name}.txt").read_text(encoding="utf-8-sig"), name=name)
        for name in names
    }


def _average_precisions(
    strengths: Mapping[PathPair, int], scores: Mapping[PathPair, float], lowest: int
) -> Iterable[float]:
    """Yield the average precision of each labelled parent clause; unlisted carriers count as lost."""
    relevant: dict[str, set[str]] = defaultdict(set)
    for (parent, child), strength in strengths.items():
        if strength >= lowest:
            relevant[parent].add(child)
    for parent, carriers in relevant.items():
        ranked = sorted((key for key in scores if key[0] == parent), key=lambda key: -scores[key])
        hits, total = 0, 0.0
        for place, (_, child) in enumerate(ranked, 1):
            if child in carriers:
                hits += 1
                total += hits / place
        yield total / len(carriers)


def _median_seconds(act: Callable[[], object], runs: int) -> float:
    taken = []
    for _ in range(runs):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _peak_mb(act: Callable[[], object]) -> float:
    tracemalloc.start()
    act()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(peak / 2**20, 1)


def _row(
    *,
    ours: float | None = None,
    peer: float | None = None,
    runs: int | None = None,
    peak_mb: float | None = None,
    note: str,
) -> dict[str, Any]:
    """Lay out one row of the `bench --json` contract."""
    return {
        "case": "five-documents",
        "unit": "s",
        "ours": ours,
        "peer": peer,
        "peer_name": "character TF-IDF",
        "limit": _LIMIT_SECONDS,
        "limit_name": "aim: well under a second",
        "ours_over_limit": None if ours is None else round(ours / _LIMIT_SECONDS, 4),
        "ours_over_peer": None if ours is None or not peer else round(ours / peer, 2),
        "runs": runs,
        "peak_mb": peak_mb,
        "note": note,
    }
