"""Finds the numbered clauses of a document and how they nest."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from jiangxin.engines.policytext.layout import DECIMAL, Flow
from jiangxin.engines.policytext.model import Clause
from jiangxin.engines.policytext.numerals import chinese_number

_CN = "一二三四五六七八九十"
_MARK = re.compile(
    rf"(?P<decimal>{DECIMAL}|\d{{1,2}}(?=[\u4e00-\u9fff]{{2,20}}$))|第(?P<share>[{_CN}]{{1,3}})部分|"
    rf"第(?P<part>[{_CN}百零〇\d]{{1,5}})[编篇](?!章)"
    rf"|第(?P<chapter>[{_CN}百零〇\d]{{1,5}})章"
    rf"|第(?P<section>[{_CN}百零〇\d]{{1,5}})节"
    rf"|第(?P<article>[{_CN}百零〇\d]{{1,5}})条(?![第、，款规的和至])"
    rf"|(?P<first>[{_CN}]{{1,3}})(?:、|[.．](?=\D))"
    rf"|[（(](?P<second>[{_CN}]{{1,3}})[）)](?!项)"
    r"|(?P<third>\d{1,3})(?:[.．](?!\d)|、)"
    r"|[（(](?P<fourth>\d{1,3})[）)]|(?P<half>\d{1,2})[)）]"
    r"|(?P<fifth>[①-⑳])"
)
_RUN_IN = re.compile(
    rf"(?:(?<=。)|(?<=[。；][）)】])|(?<=负责[）)】])|(?<=配合[）)】])|(?<=[\u4e00-\u9fff])(?=[（(]一))"
    rf"(?:(?P<first>[{_CN}]{{1,3}})、|[（(](?P<second>[{_CN}]{{1,3}})[）)]|(?P<third>\d{{1,2}})[.．](?!\d))"
)
_RANK = {
    "part": 0, "share": 0, "chapter": 1, "section": 2, "article": 3, "first": 5, "decimal": 5, "second": 6,
    "third": 7, "fourth": 8, "half": 8, "fifth": 9,
}  # fmt: skip
_HEADING_END = re.compile(
    r"[。：；;！？\n\t]|:(?!\d)|[（(【\[](?:责任|牵头|主责|主办|落实|配合|实施|承办)|[（(【\[][^（(【\[。\n]{2,120}(?:负责|牵头|配合|落实)[）)】\]]"
)
_ANNEX = re.compile(rf"附\s?[件表录](?P<n>[{_CN}\d]{{0,2}})(?P<colon>[：:])?(?P<rest>.*)")
_TAIL = re.compile(
    r"[（(]此件|信息公开|[（(]?(?:联系人|联系电话)|抄\s?送|主题词|.{0,24}(?:19|20)\d\d年\d{1,2}月\d{1,2}日(?:印发|$)"
    r"|[二〇○零一]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
)
_SENTENCE_MARK = re.compile(r"[，。；：、（）《》\t]")
_CONTENTS = re.compile(r"目\s?录|目\s?次")
_LEADER = re.compile(r"(?:…{1,}|\.{4,}|·{4,})\s?\d{0,4}$")


@dataclass(frozen=True, slots=True)
class Outline:
    """Clauses with their places in the unwrapped text."""

    clauses: tuple[Clause, ...]
    starts: list[int]
    ends: list[int]
    breaks: list[int]
    body: int

    def at(self, index: int) -> int:
        """Return the position of the clause that holds `index` of the unwrapped text, or -1."""
        found = bisect_right(self.starts, index) - 1
        return found if found >= 0 and index < self.ends[found] else -1


@dataclass(slots=True)
class _Item:
    start: int
    paragraph: int
    kind: str
    number: str
    ordinal: int
    text_start: int


def outline(flow: Flow) -> Outline:
    """Return the clause tree of an unwrapped text.

    Kinds of number nest in the fixed order of official documents (第一章, 第一条, 一, （一）, 1,
    （1）, ①); a level is the depth among the kinds in use. Lists of annexes and tables of contents
    are not clauses.
    """
    items, breaks = _items(flow)
    text = flow.text
    if not items:
        return Outline((), [], [], breaks, len(text))
    closing = _closing(flow, items, breaks)
    if closing:
        items.append(closing)
    starts = [item.start for item in items]
    stops = sorted({*starts, *breaks, len(text)})
    clauses: list[Clause] = []
    ends: list[int] = []
    stack: list[tuple[float, str]] = []
    pending = iter([*breaks, len(text) + 1])
    stop = next(pending)
    for position, item in enumerate(items):
        while stop <= item.start:
            stack.clear()
            stop = next(pending)
        rank = _RANK.get(item.kind, -1) + item.number.count(".") / 10 * (item.kind == "decimal")
        while stack and stack[-1][0] >= rank:
            stack.pop()
        end = stops[bisect_right(stops, item.start)]
        while end > item.start + 1 and text[end - 1] in "\n\t":
            end -= 1
        heading = _heading(text, item, end)
        source_start, source_end = flow.source_span(item.start, end)
        identifier = f"c{position + 1}"
        clauses.append(
            Clause(
                id=identifier,
                parent=stack[-1][1] if stack else None,
                level=len(stack) + 1,
                number=item.number,
                heading=heading,
                text=text[item.start : end],
                start=source_start,
                end=source_end,
            )
        )
        ends.append(end)
        stack.append((rank, identifier))
    return Outline(tuple(clauses), starts, ends, breaks, starts[0])


def _heading(text: str, item: _Item, end: int) -> str:
    if item.kind == "closing":
        return ""
    found = _HEADING_END.search(text, item.text_start, end)
    return text[item.text_start : found.start() if found else end].strip(" 、.．")


def _items(flow: Flow) -> tuple[list[_Item], list[int]]:
    text, paragraphs = flow.text, flow.paragraphs
    items: list[_Item] = []
    breaks: list[int] = []
    decimals: set[str] = set()
    listing = False
    contents: set[str] | None = None
    for position, start in enumerate(paragraphs):
        end = paragraphs[position + 1] - 1 if position + 1 < len(paragraphs) else len(text)
        first = text[start]
        if first == "附":
            annex = _ANNEX.match(text, start, end)
            if annex:
                listing = _begins_annex_list(annex, end - start)
                breaks.append(start)
                continue
        elif first == "目" and _CONTENTS.fullmatch(text, start, end):
            contents = set()
            continue
        elif items and end - start < 60 and _TAIL.match(text, start, end):
            breaks.append(_signature_start(flow, position, items[-1].paragraph))
            listing = False
            continue
        found = _MARK.match(text, start, end)
        if not found or text.find("\t", start, end) >= 0:
            listing = listing and end - start < 40 and text[end - 1] not in "。：:"
            continue
        if end - start < 80 and _LEADER.search(text, start, end):
            continue
        if listing and found.lastgroup in ("third", "first") and text[end - 1] != "。":
            continue
        if contents is not None:
            if _is_listed(text, start, end, contents):
                continue
            contents = None
        listing = False
        item = _item(found, start, position)
        if item.kind == "decimal" and not _continues(text, item, decimals, end):
            continue
        if item.ordinal <= 200:
            items.append(item)
            if item.kind in ("first", "second", "third"):
                items += _run_in(text, item, end)
    return items, breaks


def _continues(text: str, item: _Item, decimals: set[str], end: int) -> bool:
    """Tell whether a decimal number is the first of its kind or follows the one before."""
    above, _, last = item.number.rpartition(".")
    before = f"{above}.{int(last) - 1}" if above else str(int(last) - 1)
    if int(last) != 1 and before not in decimals:
        return False
    if not above and text.find(f"\n{item.number}.1", end, end + 20_000) < 0 and not decimals:
        return False
    decimals.add(item.number)
    return True


def _signature_start(flow: Flow, position: int, last: int) -> int:
    """Return where the names above a date begin."""
    while position - 1 > last:
        start, end = flow.paragraphs[position - 1], flow.paragraphs[position] - 1
        if end - start > 50 or _SENTENCE_MARK.search(flow.text, start, end):
            break
        position -= 1
    return flow.paragraphs[position]


def _run_in(text: str, item: _Item, end: int) -> Iterator[_Item]:
    """Yield the items that go on in the same paragraph: （一）…。（二）…。

    In copies that lost their line breaks a heading may run into its first item: 一、总体要求（一）….
    """
    if text.find("。", item.start, end) < 0:
        return
    last = {item.kind: item.ordinal}
    for found in _RUN_IN.finditer(text, item.text_start, end):
        kind = found.lastgroup or ""
        following = _item(found, found.start(), item.paragraph)
        begins = (
            item.kind == "first"
            and kind == "second"
            and following.ordinal == 1
            and 2 <= found.start() - item.text_start <= 30
            and not _SENTENCE_MARK.search(text, item.text_start, found.start())
        )
        if not begins and following.ordinal != last.get(kind, -1) + 1:
            continue
        if not begins and text[found.start() - 1] not in "。）)】":
            continue
        if kind == "first":
            last.clear()
        last[kind] = following.ordinal
        yield following
        item = following


def _begins_annex_list(annex: re.Match[str], length: int) -> bool:
    return bool(annex["colon"] and annex["rest"].strip()) or (
        not annex["n"] and bool(annex["colon"])
    )


def _is_listed(text: str, start: int, end: int, contents: set[str]) -> bool:
    """Tell whether a line of a table of contents comes again as a heading further on."""
    line = re.sub(r"[\s.…·]*\d{0,3}$", "", text[start : min(end, start + 60)])
    if line in contents or len(contents) >= 400:
        return False
    contents.add(line)
    return text.find("\n" + line, end, end + 200_000) >= 0


def _item(found: re.Match[str], start: int, paragraph: int) -> _Item:
    kind = found.lastgroup or ""
    word = found[kind]
    if kind == "fifth":
        ordinal = ord(word) - ord("①") + 1
    elif word.isdigit():
        ordinal = int(word)
    elif kind == "decimal":
        ordinal = 1
    else:
        ordinal = (
            int(chinese_number(word.removeprefix("专栏").strip()) or 0) if kind != "box" else 1
        )
    number = found[0].removesuffix("、")
    if kind == "decimal":
        number = word.strip().replace("．", ".").rstrip(".")
    return _Item(start, paragraph, kind, number, ordinal, found.end())


def _closing(flow: Flow, items: list[_Item], breaks: list[int]) -> _Item | None:
    """Find the unnumbered paragraph that closes a document whose last items are single ones."""
    text, paragraphs = flow.text, flow.paragraphs
    last = items[-1]
    stop = next((b for b in breaks if b > last.start), len(text))
    rest = [p for p in paragraphs[last.paragraph + 1 :] if p < stop]
    if not 1 <= len(rest) <= 8 or last.kind not in ("third", "second", "first"):
        return None
    start = rest[0]
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    if line_end - start < 60 or text[line_end - 1] != "。" or "\t" in text[start:line_end]:
        return None
    peers = [(a, b) for a, b in pairwise(items) if a.kind == b.kind == last.kind]
    if len(peers) < 2 or any(b.paragraph - a.paragraph != 1 for a, b in peers):
        return None
    own_end = text.find("\n", last.start)
    if "。" not in text[last.start : own_end]:
        return None
    return _Item(start, last.paragraph + 1, "closing", "末段", 0, start)
