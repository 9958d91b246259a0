"""Decides by when a sentence promises something, with what its surroundings state."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date

from jiangxin.engines.policytext.dates import DateWord
from jiangxin.engines.policytext.outline import Outline

_TIME_LIMIT = re.compile(r"(?:完成时限|完成时间|时间节点|时限要求|时间安排|完成期限)[：:]")
_STOP = re.compile(r"[。！？\n\t]")
_GOALS = re.compile(r"目标")
_PAST_HEADING = re.compile(
    r"^(?!优化|夯实|筑牢|打牢|打造|改善|营造|巩固|加强|强化|提升|完善|建设(?!基础|现状|背景|成效|回顾)|健全|创新|解决|聚焦|破解|着力|加快|构建)"
    r".{0,8}(?:(?:发展|工作|现实|现有|建设|规划)?(?:基础|背景|现状|环境)(?:条件)?$|现状|成效|成就|回顾|形势|面临|存在|问题|基本情况)"
)


@dataclass(slots=True)
class Sentence:
    """A stretch between full stops, line ends or cell borders, with its dates."""

    index: int
    start: int
    end: int
    dates: list[DateWord] = field(default_factory=list)
    carried: date | None = None
    governed: date | None = None
    past: bool = False
    row_due: date | None = None


class Sentences:
    """The sentences of a text; each is built once, when something in it asks for it."""

    def __init__(self, text: str, dates: Sequence[DateWord], outline: Outline) -> None:
        self._text = text
        self._stops = [found.start() for found in _STOP.finditer(text)]
        self._stops.append(len(text))
        self._dates = dates
        self._date_starts = [word.start for word in dates]
        self._outline = outline
        self._subtree_ends = _subtree_ends(outline, len(text))
        self._past = _inherited(
            outline,
            lambda heading: bool(_PAST_HEADING.search(heading)) and "目标" not in heading,
            16,
        )
        self._goals = _inherited(outline, lambda heading: bool(_GOALS.search(heading)), 16)
        self._past = [past and not goal for past, goal in zip(self._past, self._goals, strict=True)]
        self._limits = self._time_limits()
        self._governing: list[tuple[int, date]]
        self._next_date: int
        self._last: Sentence | None
        self._last_due: date | None
        self.rewind()

    def again(self) -> Sentences:
        """Return a reader of the same text that starts at its beginning."""
        reader = copy(self)
        reader.rewind()
        return reader

    def rewind(self) -> None:
        """Forget what was read so far."""
        self._governing = []
        self._next_date = 0
        self._last = None
        self._last_due = None

    def at(self, index: int) -> Sentence:
        """Return the sentence that holds `index`; must be called with growing indices."""
        number = bisect_left(self._stops, index)
        if self._last is not None and self._last.index == number:
            return self._last
        self._advance(self._stops[number - 1] + 1 if number else 0)
        sentence = self._build(number)
        sentence.carried = self._carried(number)
        self._last = sentence
        self._last_due = _horizon(sentence)
        return sentence

    def limit(self, index: int) -> date | None:
        """Return the time limit that a line such as 完成时限：2025年9月 sets for the clause.

        A limit closes the task before it; one that opens a line holds for what follows as well.
        """
        limits = self._limits.get(self._outline.at(index), [])
        following = bisect_left(limits, index, key=lambda limit: limit[0])
        if following < len(limits):
            return limits[following][1]
        return limits[-1][1] if limits and limits[-1][2] else None

    def is_past(self, clause: int) -> bool:
        """Tell whether a clause only looks back: 发展基础, 工作成效."""
        return clause >= 0 and self._past[clause]

    def _time_limits(self) -> dict[int, list[tuple[int, date, bool]]]:
        limits: dict[int, list[tuple[int, date, bool]]] = {}
        for found in _TIME_LIMIT.finditer(self._text):
            at = bisect_left(self._date_starts, found.end())
            if at == len(self._dates) or self._dates[at].start - found.end() > 3:
                continue
            word = self._dates[at]
            clause = self._outline.at(found.start())
            if word.kind == "due" and word.on is not None and clause >= 0:
                opens = found.start() == 0 or self._text[found.start() - 1] == "\n"
                limits.setdefault(clause, []).append((found.start(), word.on, opens))
        return limits

    def promised(self, due: date | None) -> None:
        """Note that the present sentence promises something by `due`, so that lists can go on."""
        if self._last is not None and due is not None and due == self._last.carried:
            self._last_due = due

    def _build(self, number: int) -> Sentence:
        start = self._stops[number - 1] + 1 if number else 0
        end = self._stops[number]
        first = bisect_left(self._date_starts, start)
        last = bisect_left(self._date_starts, end)
        clause = self._outline.at(start)
        sentence = Sentence(number, start, end, list(self._dates[first:last]))
        sentence.past = self.is_past(clause)
        sentence.governed = self._governing[-1][1] if self._governing else None
        if "\t" in self._text[end : end + 2]:
            sentence.row_due = self._row_due(number)
        return sentence

    def _carried(self, number: int) -> date | None:
        last = self._last
        if last is None or last.index < number - 1:
            # Sentences without numbers were skipped; the one before may still state a date.
            if number == 0:
                return None
            self._last_due = _horizon(self._build(number - 1))
        if number == 0 or self._text[self._stops[number - 1]] not in "。！？":
            return None
        return self._last_due

    def _row_due(self, number: int) -> date | None:
        """Return the date that a later cell of the same table row begins with."""
        while (
            number + 1 < len(self._stops)
            and "\t" in self._text[self._stops[number] : self._stops[number] + 2]
        ):
            number += 1
            start, end = self._stops[number - 1] + 1, self._stops[number]
            first = bisect_left(self._date_starts, start)
            if first < len(self._dates) and self._dates[first].start < end:
                word = self._dates[first]
                if word.kind == "due" and word.start - start < 12:  # 2025年底：…
                    return word.on
                return None
        return None

    def _advance(self, start: int) -> None:
        """Bring the dates that govern what follows up to `start`."""
        outline = self._outline
        while self._next_date < len(self._dates) and self._dates[self._next_date].start < start:
            word = self._dates[self._next_date]
            self._next_date += 1
            if word.kind != "due" or word.on is None:
                continue
            self._leave(word.start)
            clause = outline.at(word.start)
            if clause < 0:
                self._govern_unnumbered(word)
                continue
            heading_end = (
                outline.starts[clause]
                + len(outline.clauses[clause].number)
                + len(outline.clauses[clause].heading)
            )
            in_goals = self._goals[clause]
            if word.start <= heading_end or in_goals or self._leads(word):
                self._govern(word.on, self._subtree_ends[clause], replace=in_goals)
        self._leave(start)

    def _govern_unnumbered(self, word: DateWord) -> None:
        if word.on is not None and self._leads(word):
            following = bisect_left(self._outline.starts, word.start)
            ends = self._outline.starts
            self._govern(
                word.on,
                ends[following] if following < len(ends) else len(self._text),
                replace=False,
            )

    def _govern(self, on: date, end: int, *, replace: bool) -> None:
        while self._governing and (
            self._governing[-1][0] < end or (replace and self._governing[-1][0] == end)
        ):
            self._governing.pop()
        self._governing.append((end, on))

    def _leave(self, index: int) -> None:
        while self._governing and self._governing[-1][0] <= index:
            self._governing.pop()

    def _leads(self, word: DateWord) -> bool:
        """Tell whether the date stands in a sentence that announces what follows."""
        stop = self._stops[bisect_left(self._stops, word.start)]
        return self._text[stop - 1 : stop] in ("：", ":")


def _horizon(sentence: Sentence) -> date | None:
    """Return the date up to which a list may go on in the next sentence: 到2027年，…."""
    due = [word for word in sentence.dates if word.kind == "due"]
    return due[-1].on if due and due[-1].horizon else None


def _subtree_ends(outline: Outline, length: int) -> list[int]:
    ends = [length] * len(outline.clauses)
    following: list[tuple[int, int]] = []
    for position in range(len(outline.clauses) - 1, -1, -1):
        level, start = outline.clauses[position].level, outline.starts[position]
        while following and following[-1][0] > level:
            following.pop()
        ends[position] = following[-1][1] if following else length
        following.append((level, start))
    for position, end in enumerate(ends):
        stop = bisect_left(outline.breaks, outline.starts[position])
        if stop < len(outline.breaks):
            ends[position] = min(end, outline.breaks[stop])
    return ends


def _inherited(outline: Outline, says: Callable[[str], bool], longest: int) -> list[bool]:
    by_id: dict[str, bool] = {}
    flags = []
    for clause in outline.clauses:
        own = len(clause.heading) <= longest and says(clause.heading)
        flag = own or (clause.parent is not None and by_id[clause.parent])
        by_id[clause.id] = flag
        flags.append(flag)
    return flags
