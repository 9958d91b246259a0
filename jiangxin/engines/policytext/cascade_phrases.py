"""Rare wording that two clauses share: the evidence shown to a reader as "why"."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jiangxin.engines.policytext.cascade_genre import BOILERPLATE

_SHORTEST = 3
# Keeps the search linear where one clause is copied from the other.
_LONGEST = 40
# A very long quotation is one piece of evidence, not twenty.
_LONGEST_COUNTED = 12
_BREAK = re.compile(r"[^\w+]+|\d+年|_+")
# Cut off at the edges: function words unless they begin or end a word (在线, 高中), measure words
# left of a number, verbs of command, and the half of 职业教育 or 职业学校 that a phrase ends with.
_EDGES = re.compile(
    r"^(?:[的和与及把了于或之由将\d+]|[个项条月门种批](?![性体人目件植业准])|等(?![级次])|以(?![上下内外])"
    r"|为(?!主)|在(?![线校岗职编籍])|对(?![接外口标])|各(?!类)|按(?!照)|从(?!业)|到(?!位)|年(?![度均级龄])"
    r"|推动|推进|支持|鼓励|引导|打造|加强|建设|实施|开展|促进|完善|健全|建立|探索|提升|提高|发展)+"
    r"|(?:[的和与及以把了于并或将各在按由从到\d+]|(?<![高初集])中|(?<![高中同])等|(?<![行作])为|(?<![青学])年"
    r"|职业)+$"
)
_BOILERPLATE = re.compile(
    "|".join(sorted((word for word in BOILERPLATE if len(word) > 1), key=len, reverse=True))
)
_BOILERPLATE_SHARE = 0.3
# Two characters that meet in this share of their uses form a word.
_COHESIVE = 0.2
_SEEN_OFTEN = 3
# Less than this is boilerplate, or wording of half the document: no evidence for a reader.
_LIGHTEST = 1.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of words found in both clauses, with its weight as evidence."""

    text: str
    weight: float


class Wording:
    """The wording of two documents, asked for what two of their clauses share.

    Args:
        parents: text of each parent clause without white space.
        children: text of each child clause without white space.
    """

    def __init__(self, parents: Sequence[str], children: Sequence[str]) -> None:
        self._parents = parents
        self._children = children
        texts = [*parents, *children]
        self._singles = Counter(char for text in texts for char in text)
        self._pairs = Counter(a + b for text in texts for a, b in pairwise(text))
        self._weights: dict[str, float] = {}
        self._grams = [
            {text[at : at + _SHORTEST] for at in range(len(text) - _SHORTEST + 1)}
            for text in children
        ]

    def shared(self, parent: int, child: int) -> list[Phrase]:
        """Return the longest phrases common to both clauses, strongest first, none in another."""
        texts = set(self._common(parent, child))
        found = [
            Phrase(text, weight) for text in texts if (weight := self._weight(text)) >= _LIGHTEST
        ]
        found.sort(key=lambda phrase: (-phrase.weight, phrase.text))
        kept: list[Phrase] = []
        for phrase in found:
            if not any(phrase.text in other.text or other.text in phrase.text for other in kept):
                kept.append(phrase)
        return kept

    def _common(self, parent: int, child: int) -> Iterable[str]:
        ours, theirs, grams = self._parents[parent], self._children[child], self._grams[child]
        start = 0
        while start <= len(ours) - _SHORTEST:
            end = start + _SHORTEST
            if ours[start:end] not in grams:
                start += 1
                continue
            limit = min(len(ours), start + _LONGEST)
            while end < limit and ours[start : end + 1] in theirs:
                end += 1
            for part in _BREAK.split(self._whole_words(ours, theirs, start, end)):
                word = _EDGES.sub("", part)
                if len(word) >= _SHORTEST:
                    yield word
            start = end - _SHORTEST + 2

    def _whole_words(self, ours: str, theirs: str, start: int, end: int) -> str:
        """Cut half words off both ends: 校 of 学校 goes, since 学校 holds closer than 校在."""
        at = theirs.find(ours[start:end])
        for text, shift in ((ours, 0), (theirs, at - start)):
            while end - start > 1 and self._cuts_word(text, start + shift - 1, 1):
                start += 1
            while end - start > 1 and self._cuts_word(text, end + shift, -1):
                end -= 1
        return ours[start:end]

    def _cuts_word(self, text: str, outside: int, inward: int) -> bool:
        """Tell whether the phrase's edge belongs to the character outside, not to the next one."""
        if not (0 <= outside < len(text) and text[outside].isalnum()):
            return False
        edge, inside = text[outside + inward], text[outside + 2 * inward]
        across, within = text[outside] + edge, edge + inside
        if inward < 0:
            across, within = across[::-1], within[::-1]
        return self._cohesion(across) > max(self._cohesion(within), _COHESIVE)

    def _cohesion(self, pair: str) -> float:
        if self._pairs[pair] < _SEEN_OFTEN:
            return 0.0
        return 2 * self._pairs[pair] / (self._singles[pair[0]] + self._singles[pair[1]])

    def _weight(self, text: str) -> float:
        """Weigh a phrase by its informative length and by how few clauses of each side use it."""
        weight = self._weights.get(text)
        if weight is None:
            informative = len(_BOILERPLATE.sub("", text))
            length = informative + _BOILERPLATE_SHARE * (len(text) - informative)
            weight = min(length, _LONGEST_COUNTED)
            for clauses in (self._parents, self._children):
                weight *= _rarity(sum(text in clause for clause in clauses), len(clauses))
            self._weights[text] = weight
        return weight


def _rarity(users: int, clauses: int) -> float:
    """Return 1 for a phrase of one clause, falling towards 0 when all clauses use it."""
    return math.log((clauses + 1) / max(users, 1)) / math.log(clauses + 1)
