"""Finds promises without a number: dated events, recurring duties and words such as 全覆盖."""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import date
from itertools import accumulate
from typing import Protocol

from jiangxin.engines.policytext.captions import is_caption
from jiangxin.engines.policytext.dates import DateWord
from jiangxin.engines.policytext.deadlines import Sentences
from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Milestone, MilestoneKind, Target
from jiangxin.engines.policytext.outline import Outline

_SEGMENT_END = re.compile(r"[，,；;。！？：:\n\t]")
_STOP = "；;。！？\n\t"
_EVENT = re.compile(
    r"完成|建成|建立|形成|制定|制订|出台|启动|上报|报送|实现|取得|入选|获批|创成|转型|开工|投用|竣工|投入使用|拟定|提交|公布|发布|印发|举办|开展|开发|组建|成立|设立|搭建|达标|开通|上线|挂牌|验收|落地|优化|完善|健全|基本|全面"
)
_RECURRING = re.compile(
    r"每(?:半|两|[二三四五])?个?(?:年|学年|学期|季度|月|周)(?:\d{1,2}(?:[-—~至]\d{1,2})?月)?(?:底|末|初)?(?:前|底前)?|年度(?=报告|评估|考核|检查|总结|质量)|按(?:年|季|月)度?"
    r"|(?P<periodic>定期|常态化|不定期|适时(?=召开|举办|开展)|持续(?=举办|办好|开展|发布))"
)
_ACT = re.compile(
    r"发布|举办|举行|召开|开展|上报|报送|组织|公布|评选|评估|检查|督查|督导|调度|通报|总结|考核|实施|深入|更新|调整|制定|编制|研究|听取|办好|监测|认定|遴选|承办|安排|参加|报告"
)
_WORD = re.compile(
    r"(?P<coverage>全覆盖|全部(?=达标|完成|建立|纳入|配备|实现|建成|制定|开设)|所有[^，。；]{2,14}(?=制订|制定|建立|完成|达到|开设|开展|配备|实现|纳入)|各[^，。；]{2,12}(?:要|均|都|应)(?=设立|建立|制定|开设|配备)|“一[^“”]{1,4}一[^“”]{0,2}[案策档册码图表单品特方]”)"
    r"|(?P<won>入选|获批|创成|取得(?:积极|阶段性|重大)成效)"
    r"|(?P<ratio>大体相当|基本相当|基本持平|同步增长|总体平衡)"
)
_ANNOUNCES = re.compile(
    r"(?:大幅|全面|明显|显著|持续|不断|进一步)度?(?:提升|提高|增强|改善)|优化调整|(?:实现|达到|完成).{0,8}(?:提升|目标|突破)$|形成.{0,6}格局$|如下"
)


_CAPTIONED = ("专栏", "附件", "附表", "图", "表1", "表2", "表3")


class _Note(Protocol):
    """Takes down one milestone."""

    def __call__(
        self, start: int, end: int, kind: MilestoneKind, due: date | None, every: str | None
    ) -> None: ...


def milestones(
    flow: Flow,
    marked: str,
    outline: Outline,
    dates: list[DateWord],
    sentences: Sentences,
    promised: list[Target],
) -> list[Milestone]:
    """Return dated events and recurring duties that are not already targets, in text order.

    Args:
        sentences: a fresh reader of the same text.
        promised: targets already found, in order.
    """
    begins = [target.start for target in promised]
    furthest = list(accumulate((target.end for target in promised), max))
    found: dict[tuple[int, int], Milestone] = {}

    def note(
        start: int, end: int, kind: MilestoneKind, due: date | None, every: str | None
    ) -> None:
        if end - start < 5:
            return
        source = flow.source_span(start, end)
        before = bisect_left(begins, source[1]) - 1
        if before >= 0 and furthest[before] > source[0] and kind != "ratio-word":
            return
        clause = outline.at(start)
        if flow.text.startswith(_CAPTIONED, start):
            return
        if sentences.is_past(clause) or (clause < 0 and _on_caption(flow.text, start)):
            return
        if clause >= 0 and start < outline.starts[clause] + len(outline.clauses[clause].heading):
            return
        words = flow.text[start:end]
        found.setdefault(
            (start, end),
            Milestone(
                clause=outline.clauses[clause].id if clause >= 0 else "",
                quote=words,
                start=source[0],
                end=source[1],
                milestone=words,
                kind=kind,
                due_on=due,
                recurrence=every,
                scope=None,
            ),
        )

    _dated(marked, dates, note)
    for hit in _RECURRING.finditer(marked):
        start, end = _segment(marked, hit.start(), hit.end())
        if _ACT.search(marked, hit.end(), end):
            note(start, end, "periodic" if hit["periodic"] else "annual", None, hit[0])
    for hit in _WORD.finditer(flow.text):
        start, end = _segment(marked, hit.start(), hit.end(), goes_on=False)
        sentence = sentences.at(hit.start())
        own = [w.on for w in sentence.dates if w.kind == "due" and w.end <= hit.start()]
        due = own[-1] if own else sentence.governed
        if hit["won"]:
            # Only where a heading or lead sentence sets the day; else it is a figure of speech.
            if due and not own:
                note(start, end, "one-off", due, None)
        else:
            note(start, end, "coverage" if hit["coverage"] else "ratio-word", due, None)
    return [found[key] for key in sorted(found)]


def _on_caption(text: str, index: int) -> bool:
    start = text.rfind("\n", max(0, index - 200), index) + 1
    end = text.find("\n", index, index + 200)
    return is_caption(text[start : end if end >= 0 else index + 200])


def _dated(marked: str, dates: list[DateWord], note: _Note) -> None:
    for position, word in enumerate(dates):
        if word.kind != "due":
            continue
        limit = dates[position + 1].start if position + 1 < len(dates) else len(marked)
        start, _ = _segment(marked, word.start, word.end)
        cursor = word.end + 1 if marked[word.end : word.end + 1] in "，,：:" else word.end
        for step in range(5):
            end = _end(marked, cursor)
            if end > limit:
                break
            words = marked[cursor:end]
            if step and _RECURRING.search(words):
                break  # 于2月20日前上报，每月20日前报进展: two duties
            if (
                _EVENT.search(words)
                and not _WORD.search(words)
                and not _ANNOUNCES.search(words)
                and words not in ("印发", "发布")
            ):
                note(start, end, "one-off", word.on, None)
            if end >= len(marked) or marked[end] in _STOP:
                break
            start = cursor = end + 1


def _end(marked: str, start: int) -> int:
    hit = _SEGMENT_END.search(marked, start, start + 200)
    return hit.start() if hit else min(len(marked), start + 200)


def _segment(marked: str, start: int, end: int, *, goes_on: bool = True) -> tuple[int, int]:
    """Return the segment between commas around a hit; one that ends at once takes the next."""
    floor = max(0, start - 120)
    window = marked[floor:start]
    cut = max(window.rfind(mark) for mark in "，,；;。：:！？\n\t")
    stop = _end(marked, end)
    if goes_on and stop - end <= 1 and stop < len(marked) and marked[stop] in "，,":
        stop = _end(marked, stop + 1)
    return floor + cut + 1, stop
