"""Character grams of sentences and clauses as weighted vectors, counted in NumPy.

Single characters and pairs need no dictionary and no word segmentation, and they survive the
abbreviations of the genre (职业教育, 职教).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from jiangxin.engines.policytext.cascade_genre import BOILERPLATE

Matrix = NDArray[np.float64]
Indices = NDArray[np.int64]

# Code points end below 2**21, so a pair's code is above every single character's.
_SHIFT = 21
_SINGLE_WEIGHT = 0.3
_BOILERPLATE_WEIGHT = 0.35


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each gram stands in each unit (a sentence or a clause), as triples."""

    unit: Indices
    gram: Indices
    count: Matrix
    units: int

    def merged(self, owner: Indices, owners: int) -> Counts:
        """Sum the counts of units that have one owner, sentences into their clause."""
        width = int(self.gram.max(initial=0)) + 1
        keys, where = np.unique(owner[self.unit] * width + self.gram, return_inverse=True)
        count = np.bincount(where, self.count).astype(np.float64)
        return Counts(keys // width, keys % width, count, owners)


def count_grams(texts: Sequence[str]) -> tuple[Counts, Indices]:
    """Count characters and pairs of characters in each text, never across punctuation.

    Returns:
        The counts, and the code of each gram number, ascending.
    """
    joined = "\n".join(texts) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le", "replace"), dtype=np.uint32).astype(np.int64)
    kinds, which = np.unique(points, return_inverse=True)
    is_word = np.array([chr(kind).isalnum() for kind in kinds])[which]
    unit = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])
    paired = is_word[:-1] & is_word[1:]
    codes = np.concatenate([points[is_word], (points[:-1][paired] << _SHIFT) + points[1:][paired]])
    units = np.concatenate([unit[is_word], unit[:-1][paired]])
    vocabulary, gram = np.unique(codes, return_inverse=True)
    keys, count = np.unique(units * len(vocabulary) + gram, return_counts=True)
    width = max(len(vocabulary), 1)
    return Counts(keys // width, keys % width, count.astype(np.float64), len(texts)), vocabulary


def gram_weights(clauses: Counts, vocabulary: Indices) -> Matrix:
    """Weigh each gram by its rarity among the clauses of both documents, boilerplate low."""
    frequency = np.bincount(clauses.gram, minlength=len(vocabulary))
    rarity = np.maximum(np.log((clauses.units + 1) / (frequency + 0.5)), 0.0)
    pairs = {(ord(a) << _SHIFT) + ord(b) for word in BOILERPLATE for a, b in pairwise(word)}
    rarity[np.isin(vocabulary, np.fromiter(pairs, dtype=np.int64))] *= _BOILERPLATE_WEIGHT
    rarity[vocabulary < 1 << _SHIFT] *= _SINGLE_WEIGHT
    return rarity


@dataclass(frozen=True, slots=True)
class Vectors:
    """Rows of parent and child over the grams that both documents use.

    A gram of one document only adds nothing to a product of the two; it stays in `length`.
    """

    parent: Matrix
    child: Matrix
    parent_length: Matrix
    child_length: Matrix

    def cosine(self) -> Matrix:
        """Return the cosine of each parent row with each child row."""
        lengths = np.outer(self.parent_length, self.child_length)
        return np.asarray((self.parent @ self.child.T) / np.maximum(lengths, 1e-9))


def vectors(counts: Counts, values: Matrix, parents: int, shared: Indices) -> Vectors:
    """Lay out values of (unit, gram) as rows; the first `parents` units are the parent's.

    Args:
        values: one value per triple of `counts`.
        shared: numbers of the grams that both documents use, ascending.
    """
    length = np.sqrt(np.bincount(counts.unit, values**2, minlength=counts.units))
    column = np.minimum(np.searchsorted(shared, counts.gram), max(len(shared) - 1, 0))
    kept = shared[column] == counts.gram if len(shared) else np.zeros(len(column), dtype=bool)
    rows = np.zeros((counts.units, len(shared)))
    rows[counts.unit[kept], column[kept]] = values[kept]
    return Vectors(rows[:parents], rows[parents:], length[:parents], length[parents:])


def shared_grams(counts: Counts, parents: int) -> Indices:
    """Return the numbers of the grams found on both sides, ascending."""
    is_parent = counts.unit < parents
    return np.intersect1d(counts.gram[is_parent], counts.gram[~is_parent])
