"""The numbers that Word prints by itself: "一、", "（二）", "3." of automatic lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHINESE = {
    "chineseCounting",
    "chineseCountingThousand",
    "ideographDigital",
    "japaneseCounting",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
}
_CIRCLED = {"decimalEnclosedCircle", "decimalEnclosedCircleChinese"}
_DIGITS = "零一二三四五六七八九"
_ROMAN = dict(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("m", "cm", "d", "cd", "c", "xc", "l", "xl", "x", "ix", "v", "iv", "i"),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class _Level:
    start: int
    style: str
    pattern: str


@dataclass(slots=True)
class _List:
    levels: dict[int, _Level]
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """Counts the automatic numbers of one document, paragraph by paragraph."""

    def __init__(self, numbering: Any | None, styles: Any | None) -> None:
        self._lists: dict[str, _List] = {}
        self._by_style: dict[str, tuple[str, int]] = {}
        if numbering is not None:
            self._read_lists(numbering)
        if styles is not None:
            self._read_styles(styles)

    def next(self, paragraph: Any) -> str:
        """Return the number printed before this paragraph, or nothing, and count it."""
        number_id, depth = self._place(paragraph)
        numbered = self._lists.get(number_id)
        if numbered is None or depth not in numbered.levels:
            return ""
        level = numbered.levels[depth]
        counts = numbered.counts
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if level.style in ("bullet", "none"):
            return ""
        return re.sub(r"%(\d)", lambda m: self._count(numbered, int(m[1]) - 1), level.pattern)

    def _count(self, numbered: _List, depth: int) -> str:
        level = numbered.levels.get(depth)
        if level is None:
            return ""
        return _written(numbered.counts.get(depth, level.start), level.style)

    def _place(self, paragraph: Any) -> tuple[str, int]:
        properties = paragraph.find(_W + "pPr")
        if properties is None:
            return "", 0
        style = _value(properties, "pStyle")
        inherited = self._by_style.get(style, ("", 0))
        own = properties.find(_W + "numPr")
        if own is None:
            return inherited
        return _value(own, "numId") or inherited[0], _digits(_value(own, "ilvl"), inherited[1])

    def _read_lists(self, numbering: Any) -> None:
        shapes = {
            abstract.get(_W + "abstractNumId"): abstract
            for abstract in numbering.findall(_W + "abstractNum")
        }
        shared: dict[str, _List] = {}
        for instance in numbering.findall(_W + "num"):
            number_id = instance.get(_W + "numId", "")
            shape_id = _value(instance, "abstractNumId")
            if shape_id not in shapes:
                continue
            levels = _levels(shapes[shape_id])
            overrides = instance.findall(_W + "lvlOverride")
            for override in overrides:
                depth = _digits(override.get(_W + "ilvl", ""), 0)
                levels |= _levels(override)
                start = _value(override, "startOverride")
                if start.isdecimal() and depth in levels:
                    old = levels[depth]
                    levels[depth] = _Level(int(start), old.style, old.pattern)
            # Instances of one list go on counting together unless they say otherwise.
            own = _List(levels)
            self._lists[number_id] = own if overrides else shared.setdefault(shape_id, own)

    def _read_styles(self, styles: Any) -> None:
        parents: dict[str, str] = {}
        for style in styles.findall(_W + "style"):
            name = style.get(_W + "styleId", "")
            parents[name] = _value(style, "basedOn")
            own = style.find(f"{_W}pPr/{_W}numPr")
            if own is not None and _value(own, "numId"):
                self._by_style[name] = (_value(own, "numId"), _digits(_value(own, "ilvl"), 0))
        for name in parents:
            ancestor, seen = parents[name], {name}
            while name not in self._by_style and ancestor and ancestor not in seen:
                if ancestor in self._by_style:
                    self._by_style[name] = self._by_style[ancestor]
                seen.add(ancestor)
                ancestor = parents.get(ancestor, "")


def _levels(shape: Any) -> dict[int, _Level]:
    return {
        _digits(level.get(_W + "ilvl", ""), 0): _Level(
            start=_digits(_value(level, "start"), 1),
            style=_value(level, "numFmt") or "decimal",
            pattern=_value(level, "lvlText"),
        )
        for level in shape.findall(_W + "lvl")
    }


def _digits(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default


def _value(parent: Any, tag: str) -> str:
    child = parent.find(_W + tag)
    return "" if child is None else str(child.get(_W + "val", ""))


def _written(count: int, style: str) -> str:
    if style in _CHINESE:
        return _chinese(count)
    if style in _CIRCLED and 1 <= count <= 20:
        return chr(0x2460 + count - 1)
    if style in ("lowerLetter", "upperLetter") and count >= 1:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letter.upper() if style == "upperLetter" else letter
    if style in ("lowerRoman", "upperRoman") and count >= 1:
        return _roman(count) if style == "lowerRoman" else _roman(count).upper()
    if style == "decimalZero":
        return f"{count:02d}"
    return str(count)


def _chinese(count: int) -> str:
    if not 0 < count < 100:
        return "".join(_DIGITS[int(d)] for d in str(count))
    tens, ones = divmod(count, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return ten + (_DIGITS[ones] if ones else "")


def _roman(count: int) -> str:
    written = ""
    for value, sign in _ROMAN.items():
        written += sign * (count // value)
        count %= value
    return written
