"""Hides what looks like a number but is none: titles, codes in quotes, document numbers."""

from __future__ import annotations

import re

_WIDE = re.compile(r"[０-９％．～]")
_TO_NARROW = {ord(w): n for w, n in zip("０１２３４５６７８９％．～", "0123456789%.~", strict=True)}
_HIDDEN = re.compile(
    r"《[^《》\n]{0,160}》|“[^“”\n]{0,36}”|‘[^‘’\n]{0,36}’|「[^「」\n]{0,36}」"
    r"|[〔\[（(﹝［](?:19|20)\d\d[〕\]）)﹞］](?:第)?\d{1,5}号"
    r"|(?<![A-Za-z0-9.])[A-Za-z0-9]{1,8}(?:[+＋×][A-Za-z0-9]{1,8})+|[A-Za-z]-\d"
    r"|第\d{1,4}(?:[-—至、]\d{1,4})?[条章节款项号届批轮期次名位类]|[A-Za-z]{1,8}\d+[A-Za-z]?"
)
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
    return _HIDDEN.sub(_blank, text)


def _blank(found: re.Match[str]) -> str:
    words = found[0]
    if words[0] in "“‘" and _FIVE_YEAR_PLAN.fullmatch(words):
        return words
    if words[0] in "《“‘「":
        return words[0] + HIDDEN * (len(words) - 2) + words[-1]
    return HIDDEN * len(words)
