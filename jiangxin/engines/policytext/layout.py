"""Undoes the layout of a text: line wraps, page breaks and spaces around digits.

`unwrap` gives the text as it would be read aloud, one paragraph or table row per line, and can lead
every character back to its place in the source. One pass, linear in the length of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass

_LINE = re.compile(r"[^\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")
_PIECE = re.compile(r"[^\s\u200b\ufeff\u00ad]+")
_CELL_PIECE = re.compile(r"\t|[^\s\u200b\ufeff\u00ad]+")
_HAS_SPACE = re.compile(r"[\s\u200b\ufeff\u00ad]")
_PAGE_NUMBER = re.compile(
    r"[-—－–─一~·\s]*\d{1,4}[-—－–─一~·\s]*|第\s*\d{1,4}\s*页(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?"
)
_ARTEFACT = re.compile(r"\[bookmark:[^\]\n]{0,40}\]")
_ENDS_PARAGRAPH = "。！？!?"
_ENDS_DUTY = re.compile(
    r"(?:单位|部门|负责|牵头|配合|落实|科室|完成时限)[^（(【\[]{0,300}[）)】\]]$"
)
_ENDS_TITLE = re.compile(
    r"(?:通知|意见|决定|批复|公告|通告|方案|计划|办法|规划|规定|细则|纲要|要点)\s?(?:[（(][^）)]{0,16}[）)])?$"
)
_STANDALONE = re.compile(
    r".{0,14}[〔\[（(﹝［]\s*(?:19|20)\d\d\s*[〕\]）)﹞］]\s*(?:第\s*)?\d{1,5}\s*号(?:\s*签发人.{0,20})?"
    r"|[（(](?:此件|信息公开)[^）)]{0,20}[）)]|(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日(?:印发)?"
    r"|(?:索引号|索取号|发布日期|发布时间|成文日期|发文日期|信息来源|来源|文号|发文字号|文件编号|发布机构|发布单位|发文机关|有效性|主题分类|信息名称|信息索引)\s*[:：].*"
    r"|[^，。；：、]{4,300}[厅局委部会府办室员署行]\s+(?:19|20)\d\d\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日"
)
_CANNOT_BEGIN = "，。、；：）》”〉】％！？"
_OPEN, _CLOSE = "（(《“〈【", "）)》”〉】"

# A decimal number counts only if what follows is no unit: 2.1 平台, not 2.1 万人.
DECIMAL = (
    r"\d{1,2}(?:[.．]\d{1,2}){1,3}[.．]?\s{0,4}(?!平方|公里|公顷|[\d.%％‰万亿千百余多个所家名人位倍米年月日元门种项支套场次吨亩户件以及至到和、，。])"
    r"(?=[\u4e00-\u9fff“《])"
)
MARKER = re.compile(
    rf"{DECIMAL}|\d{{1,2}}\s{{1,4}}(?=[\u4e00-\u9fff]{{2,20}}$)|第[一二三四五六七八九十]{{1,3}}部分"
    r"|第[一二三四五六七八九十百零〇\d]{1,5}[编篇章节条](?!第)"
    r"|[一二三四五六七八九十]{1,3}[、.．]"
    r"|[（(][一二三四五六七八九十]{1,3}[）)]"
    r"|\d{1,3}(?:[.．](?!\d)|、)"
    r"|[（(]\d{1,3}[）)]"
    r"|\d{1,2}[)）]"
    r"|[①-⑳]"
    r"|专栏\s?[一二三四五六七八九十\d]"
    r"|附件[一二三四五六七八九十\d]{0,2}(?:[：:．.]|$)"
    r"|——|--|[●◆■▲•○□★※►➢◇▪▶]"
    r"|[（(【\[]?(?:[责牵配主承协参实支落][任头合办与同施持实责][^，。；：:]{0,6}[：:])"
)


@dataclass(frozen=True, slots=True)
class Flow:
    """An unwrapped text and the way back to the source."""

    text: str
    paragraphs: list[int]
    starts: list[int]
    offsets: list[int]
    wrapped: bool

    def source_offset(self, index: int) -> int:
        """Return where the character at `index` of the unwrapped text stands in the source."""
        piece = bisect_right(self.starts, index) - 1
        return self.offsets[piece] + index - self.starts[piece]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the source span of `text[start:end]`, which must not be empty."""
        return self.source_offset(start), self.source_offset(end - 1) + 1


@dataclass(slots=True)
class _Line:
    start: int
    raw: str
    body: str
    width: float
    indent: int
    table: bool


def unwrap(source: str) -> Flow:
    """Join wrapped lines into paragraphs and drop spaces, page numbers and blank lines.

    Method:
        A text is hard-wrapped when most of its lines that end in mid-sentence share one width. A
        full line then runs on; otherwise a line runs on if it breaks off in mid-sentence or inside
        a bracket. Numbered items, duties and table rows always begin a paragraph. O(n).
    """
    if "[bookmark:" in source:
        source = _ARTEFACT.sub(lambda found: " " * len(found[0]), source)
    lines = _lines(source)
    full = _full_width(lines)
    pieces: list[str] = []
    starts: list[int] = []
    offsets: list[int] = []
    paragraphs: list[int] = []
    length = 0
    joiner = _Joiner(full)
    for position, line in enumerate(lines):
        following = lines[position + 1] if position + 1 < len(lines) else None
        if not joiner.runs_on(line, following):
            if length:
                pieces.append("\n")
                starts.append(length)
                offsets.append(line.start - 1)
                length += 1
            paragraphs.append(length)
        length = _append(line, pieces, starts, offsets, length)
    return Flow("".join(pieces), paragraphs, starts, offsets, full is not None)


def _lines(source: str) -> list[_Line]:
    lines = []
    for found in _LINE.finditer(source):
        raw = found[0]
        body = raw.strip(" \t\u3000\xa0\u200b\ufeff")
        if not _PIECE.search(body):
            continue
        if len(body) < 20 and _PAGE_NUMBER.fullmatch(body) and not body.isalpha():
            continue
        table = "\t" in body or ("\t" in raw and raw.strip(" \u3000\xa0") != body)
        printed = raw.rstrip()
        width = (len(printed.encode("utf-8", "surrogatepass")) + len(printed)) / 4
        lead = raw[: len(raw) - len(raw.lstrip())]
        indent = len(lead) + lead.count("\u3000")
        lines.append(_Line(found.start(), raw, body, width, indent, table))
    return lines


def _full_width(lines: list[_Line]) -> float | None:
    """Return the width from which a line counts as full, or None if the text is not wrapped."""
    prose = [line for line in lines if not line.table]
    broken = Counter(
        round(line.width)
        for line in prose
        if line.body[-1] not in "。！？；：:”）)" and line.width > 12
    )
    if sum(broken.values()) < 6:
        return None
    near = {w: broken[w - 1] + broken[w] + broken[w + 1] for w in broken}
    width = max(near, key=lambda w: (near[w], w))
    like = sum(line.width for line in prose if abs(line.width - width) <= 2.5)
    if width > 80 or like < 0.5 * sum(line.width for line in prose) or near[width] < 6:
        return None
    if sum(line.width > width + 6 for line in prose) > 0.15 * len(prose):
        return None
    return width - 2.6


class _Joiner:
    """Decides line by line whether a line runs on from the one before."""

    def __init__(self, full: float | None) -> None:
        self.full = full
        self.last: _Line | None = None
        self.length = 0
        self.open = 0
        self.lines = 0
        self.has_stop = False
        self.numbered = False

    def runs_on(self, line: _Line, following: _Line | None) -> bool:
        last = self.last
        joined = last is not None and self._joins(last, line, following)
        if not joined:
            self.length = self.open = self.lines = 0
            self.has_stop = False
            self.numbered = MARKER.match(line.body) is not None
        self.lines += 1
        self.length += len(line.body) - line.body.count(" ") - line.body.count("\u3000")
        for mark in _OPEN:
            self.open += line.body.count(mark)
        for mark in _CLOSE:
            self.open -= line.body.count(mark)
        self.has_stop = self.has_stop or "。" in line.body
        self.last = line
        return joined

    def _joins(self, last: _Line, line: _Line, following: _Line | None) -> bool:
        if last.table or line.table or MARKER.match(line.body):
            return False
        if line.body[0] in _CANNOT_BEGIN:
            return True
        ending = last.body[-1]
        inside = 0 < self.open <= 3 and self.length < 400
        if ending in "：:" and not inside:
            return False
        if _ENDS_DUTY.search(last.body[-320:]):
            return False
        if _STANDALONE.fullmatch(line.body) or _STANDALONE.fullmatch(last.body):
            return False
        if not self.has_stop and self.open <= 0 and _ENDS_TITLE.search(last.body):
            return False
        if self.full is not None:
            return self._joins_wrapped(last, line, following, full=self.full, inside=inside)
        if ending in _ENDS_PARAGRAPH or ending in "；;":
            return False
        if ending in "”）)" and last.body[-2:-1] in _ENDS_PARAGRAPH:
            return False
        if inside:
            return True
        long = last.width >= 24 and ("，" in last.body or "," in last.body) and not self.numbered
        return self.has_stop or self.length >= 45 or long

    def _joins_wrapped(
        self, last: _Line, line: _Line, following: _Line | None, *, full: float, inside: bool
    ) -> bool:
        if last.width < full:
            broken = last.body[-1] not in _ENDS_PARAGRAPH and last.body[-1] not in "；;：:”）)】"
            return (inside and last.body[-1] not in _ENDS_PARAGRAPH) or (
                broken and (self.has_stop or self.length >= 60)
            )
        if line.indent - last.indent >= 2 and line.indent >= 2:
            return False
        if last.body[-1] in _ENDS_PARAGRAPH:
            return line.width >= full and last.indent <= line.indent + 4
        if self.numbered and not self.has_stop and self.lines == 1:
            # A heading may just fill its line: then what follows is a paragraph of its own.
            words = line.body
            if following and not MARKER.match(following.body):
                words += following.body
            stop = words.find("。")
            return not (self.length + stop > 75 or (stop < 0 and line.width >= full))
        return True


def _append(
    line: _Line, pieces: list[str], starts: list[int], offsets: list[int], length: int
) -> int:
    raw = line.raw if line.table else line.body
    base = line.start if line.table else line.start + line.raw.index(line.body)
    if not _HAS_SPACE.search(raw):
        pieces.append(raw)
        starts.append(length)
        offsets.append(base)
        return length + len(raw)
    before = ""
    finder = _CELL_PIECE if line.table else _PIECE
    for found in finder.finditer(raw):
        piece = found[0]
        at = base + found.start()
        if _needs_space(before, piece[0]):
            pieces.append(" ")
            starts.append(length)
            offsets.append(at - 1)
            length += 1
        pieces.append(piece)
        starts.append(length)
        offsets.append(at)
        length += len(piece)
        before = piece[-1]
    return length


def _needs_space(before: str, after: str) -> bool:
    if not before:
        return False
    if before in "局委办厅部府院会校司" and after in "省市区县州各责牵配":
        return True  # 市教育局 市财政局: a list of names without commas
    if not (before.isascii() and after.isascii()):
        return False
    return (before.isalpha() and after.isalpha()) or (before.isdigit() and after.isdigit())
