"""Slow and obvious readings that judge the fast ones."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"


def in_chinese(number: int) -> str:
    """Write a number below 100 million in Chinese, the long way: 10 is 一十."""
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        rest = in_chinese(low) if low else ""
        return in_chinese(high) + "万" + ("零" if 0 < low < 1000 else "") + rest
    words = ""
    for scale, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, scale)
        if digit:
            words += DIGITS[digit] + mark
        elif words and number and not words.endswith("零"):
            words += "零"
    return words or "零"


def without_layout(text: str) -> str:
    """Drop all white space: what must stay the same however lines are wrapped."""
    return "".join(text.split())


def clause_holding(starts: list[int], ends: list[int], index: int) -> int:
    """Find by trying each one which clause holds an index; -1 if none does."""
    for position, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start <= index < end:
            return position
    return -1
