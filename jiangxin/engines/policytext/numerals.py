"""Chinese numerals and scales as numbers."""

from __future__ import annotations

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10_000, "亿": 100_000_000}


def chinese_number(words: str) -> float | None:
    """Return the value of a Chinese numeral, or None if it is none.

    A bare scale counts once (百 is 100, 万 is 10,000) and digits in a row are read one by one
    (二〇二三 is 2023).

    Example:
        >>> [chinese_number(w) for w in ("十二", "二〇二三", "百", "三千五百万", "一点五", "批")]
        [12, 2023, 100, 35000000, 1.5, None]
    """
    whole, point, decimals = words.partition("点")
    value = _whole(whole)
    if value is None or not point:
        return value
    if not decimals or any(c not in _DIGITS for c in decimals):
        return None
    return float(f"{value}.{''.join(str(_DIGITS[c]) for c in decimals)}")


def _whole(words: str) -> int | None:
    if not words:
        return None
    if len(words) > 1 and all(c in _DIGITS for c in words):
        return int("".join(str(_DIGITS[c]) for c in words))
    total = section = 0
    digit: int | None = None
    for c in words:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _SMALL:
            section += (1 if digit is None else digit) * _SMALL[c]
            digit = None
        elif c in _LARGE:
            section += digit or 0
            total = (total + section if total + section else 1) * _LARGE[c]
            section, digit = 0, None
        else:
            return None
    return total + section + (digit or 0)


def scale(marks: str) -> int:
    """Return the factor of scale marks behind a figure: 万 is 10,000 and 百万 1,000,000."""
    factor = 1
    for mark in marks:
        factor *= _SMALL.get(mark, 0) or _LARGE.get(mark, 1)
    return factor
