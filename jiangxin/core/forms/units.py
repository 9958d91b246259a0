"""Units of numbers: how people write them, and the exact factor to the unit of the field.

The list of units is `rules/units.yaml`. Here stand only the words that mean another size of the
same thing (亩, 公顷 and 平方公里 beside 平方米); anything else is another dimension and refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from types import MappingProxyType

import yaml

from jiangxin.core.forms.model import Label

_FILE = Path(__file__).parents[2] / "rules" / "units.yaml"

# words beside those of the file; 1 亩 is exactly 1/15 公顷 (中华人民共和国法定计量单位 keeps 公顷)
_WORDS: Mapping[str, Mapping[str, Fraction]] = {
    "m2": {
        "平米": Fraction(1),
        "sqm": Fraction(1),
        "公顷": Fraction(10_000),
        "ha": Fraction(10_000),
        "亩": Fraction(2_000, 3),
        "平方公里": Fraction(1_000_000),
        "平方千米": Fraction(1_000_000),
        "km2": Fraction(1_000_000),
    },
    "percent": {
        "%": Fraction(1),
        "个百分点": Fraction(1),
        "百分点": Fraction(1),
        "‰": Fraction(1, 10),
    },
    "share": {"‰": Fraction(1, 1000)},
    "yuan": {
        "元整": Fraction(1),
        "块": Fraction(1),
        "人民币": Fraction(1),
        "rmb": Fraction(1),
        "cny": Fraction(1),
    },
    "hour": {"h": Fraction(1), "分钟": Fraction(1, 60)},
    "day": {"周": Fraction(7), "星期": Fraction(7)},
    "month": {"年": Fraction(12), "季度": Fraction(3)},
    "year": {"周年": Fraction(1)},
}
# words that no unit of ours has, but that are plainly another one: they make the message better
_FOREIGN = {
    "$": "USD",
    "美元": "USD",
    "usd": "USD",
    "€": "EUR",
    "欧元": "EUR",
    "港币": "HKD",
    "港元": "HKD",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as forms show and read it.

    Args:
        words: how it and its multiples are written (normal form), with the factor to it.
    """

    code: str
    label: Label
    symbol: str
    words: Mapping[str, Fraction]

    def __str__(self) -> str:
        if self.symbol == "%":
            return self.symbol
        label = str(self.label)
        return label if label == self.label.en else self.symbol or label


def normal(text: str) -> str:
    """Return text with full-width forms narrowed, in lower case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


@cache
def known() -> Mapping[str, Unit]:
    """Return all units by code."""
    content = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return MappingProxyType({code: _unit(code, body) for code, body in content.items()})


def _unit(code: str, body: Mapping[str, object]) -> Unit:
    label = body["label"]
    written = body["written_as"]
    assert isinstance(label, dict) and isinstance(written, list)  # noqa: S101, PT018 -- for the type checker
    names = [str(label["en"]), str(label["zh-Hans"]), str(body["symbol"])]
    scale = Fraction(str(body["scale"]))
    # names and the symbol mean the unit itself; a share is written as a percentage (scale 0.01)
    words = {normal(name): Fraction(1) for name in names if name}
    words |= {normal(str(word)): scale for word in written}
    words |= {normal(word): factor for word, factor in _WORDS.get(code, {}).items()}
    return Unit(code, Label(label["en"], label["zh-Hans"]), str(body["symbol"]), words)


def unit(code: str) -> Unit | None:
    """Return the unit of a field, or None where it has none."""
    return known().get(code)


def factor(code: str, word: str) -> Fraction | None:
    """Return what a number written with this word is multiplied by; None if it does not fit."""
    found = known().get(code)
    return found.words.get(normal(word)) if found else None


def is_unit_word(word: str) -> bool:
    """Whether the word is a unit of some kind, perhaps of another dimension."""
    plain = normal(word)
    return plain in _FOREIGN or any(plain in found.words for found in known().values())
