"""Hides what looks like a number but is none: titles, codes in quotes, document numbers."""

from __future__ import annotations

import re

# Half-width marks beside Chinese text are punctuation; inside figures and codes they stay.
_NARROW_MARK = re.compile(r"(?<![0-9A-Za-z])[,;:()!?]|[,;:()!?](?![0-9A-Za-z])")
_TO_WIDE = dict(zip(",;:()!?", "，；：（）！？", strict=True))
_WIDE = re.compile(r"[０-９％．～]")
_TO_NARROW = {ord(w): n for w, n in zip("０１２３４５６７８９％．～", "0123456789%.~", strict=True)}
_HIDDEN = re.compile(
    r"《[^《》\n]{0,160}》|“[^“”\n]{0,36}”|‘[^‘’\n]{0,36}’|「[^「」\n]{0,36}」"
    r"|[〔\[（(﹝［](?:19|20)\d\d[〕\]）)﹞］](?:第)?\d{1,5}号"
    r"|(?<![A-Za-z0-9.])[A-Za-z0-9]{1,8}(?:[+＋×][A-Za-z0-9]{1,8})+|[A-Za-z]-\d"
    r"|第\d{1,4}(?:[-—至、]\d{1,4})?[条章节款项号届批轮期次名位类]|[A-Za-z]{1,8}\d+[A-Za-z]?"
)
_SPELLED_DATE = re.compile(
    r"[二一][〇零○九][〇零○一二三四五六七八九]{2}年(?:(?:十[一二]?|[一二三四五六七八九])月(?:[一二三四五六七八九十]{1,3}日)?)?"
)
_SPELLED = {ord(c): d for c, d in zip("〇零○一二三四五六七八九", "000123456789", strict=True)}
_FIVE_YEAR_PLAN = re.compile(r"[“‘]十[一二三四五六七八]五[”’]")
HIDDEN = "□"


def mask(text: str) -> str:
    """Return a text of the same length with false friends blanked and digits in one width.

    Example:
        >>> mask("推进“3+2”培养，到２０２５年建成“1+X”试点５％")
        '推进“□□□”培养，到2025年建成“□□□”试点5%'
    """
    if _WIDE.search(text):
        text = text.translate(_TO_NARROW)
    text = _NARROW_MARK.sub(lambda mark: _TO_WIDE[mark[0]], text)
    text = _SPELLED_DATE.sub(_figures, text)
    return _HIDDEN.sub(_blank, text)


def _figures(found: re.Match[str]) -> str:
    """Write a date in figures of the same length: 二〇二五年十二月三十一日 is 2025年12月031日."""
    words = found[0]
    words = re.sub(
        r"十(?=[一二三四五六七八九])",
        lambda m: "1" if m.start() == 0 or words[m.start() - 1] in "年月" else "0",
        words,
    )
    words = re.sub(r"([二三])0([一二三四五六七八九])日", r"0\1\2日", words)
    words = re.sub(r"([二三])十日", r"\g<1>0日", words)
    return words.translate(_SPELLED)


def _blank(found: re.Match[str]) -> str:
    words = found[0]
    if words[0] in "“‘" and _FIVE_YEAR_PLAN.fullmatch(words):
        return words
    if words[0] in "《“‘「":
        return words[0] + HIDDEN * (len(words) - 2) + words[-1]
    return HIDDEN * len(words)
