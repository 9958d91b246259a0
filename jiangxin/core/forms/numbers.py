"""Numbers as people write them: ３，２００, 3.2万平方米, 12.5%, ￥1.2亿元."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core.forms import units
from jiangxin.core.forms.model import Field
from jiangxin.core.forms.written import INVISIBLE, Outcome, Refusal, is_finite, shortened

LARGEST = 10**15  # above it a float no longer holds every whole number with a decimal
_FIGURE = re.compile(
    r"(?P<currency>¥|rmb|cny|人民币)?(?P<sign>[+-])?"
    r"(?P<whole>\d{1,3}(?:[, ]\d{3})+|\d{1,20})?(?:\.(?P<part>\d{1,20}))?(?:e(?P<power>[+-]?\d{1,2}))?"
    r"(?P<tail>[^\d].*)?"
)
_MINUS = str.maketrans({"−": "-", "﹣": "-", "–": "-", "—": "-", "'": None, "’": None})
_SCALES: Mapping[str, int] = {
    "十": 10,
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "千亿": 10**11,
    "万亿": 10**12,
}
_NOTHING = {
    "-",
    "—",
    "——",
    "--",
    "/",
    "\\",
    "无",
    "暂无",
    "n/a",
    "na",
    "null",
    "none",
    "没有",
    "不详",
    "待定",
}
_VAGUE = re.compile(r"约|近|余|多|左右|以上|以下|不少于|不低于|超过|大约|≥|≤|>|<|～|~|至")


def read_number(field: Field, raw: Any) -> Outcome:
    """Read a number in the unit of the field, and hold it against the bounds of the field."""
    exact: Fraction | None = None
    if isinstance(raw, bool | date | list | Mapping):
        return None, _unreadable(field, raw)
    if isinstance(raw, int):
        exact = Fraction(raw)
    elif isinstance(raw, float | Decimal):
        if not is_finite(raw):
            return None, _unreadable(field, raw)
        exact = Fraction(str(raw))
    else:
        exact, refusal = _parsed(field, str(raw))
        if refusal is not None:
            return None, refusal
    if exact is None or abs(exact) > LARGEST:
        return None, (
            "range",
            _("“%(raw)s” is too large a number.") % {"raw": shortened(raw)},
            _("Check the number of digits."),
        )
    return _bounded(field, exact, raw)


def _parsed(field: Field, text: str) -> tuple[Fraction | None, Refusal | None]:
    """Read the text of a cell: figure, scale (万, 亿) and unit."""
    plain = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).lower()
    plain = " ".join(plain.split()).translate(_MINUS)
    match = _FIGURE.fullmatch(plain) if len(plain) <= 100 else None
    if match is None or not (match["whole"] or match["part"]):
        return None, _unreadable(field, text)
    digits = re.sub("[, ]", "", match["whole"] or "0")
    figure = Fraction(f"{digits}.{match['part'] or 0}e{match['power'] or 0}")
    if match["sign"] == "-":
        figure = -figure
    if match["currency"] and field.unit != "yuan":
        return None, _wrong_unit(field, match["currency"])
    tail = (match["tail"] or "").strip()
    if not tail:
        return figure, None
    # 千米 is a unit before it is a thousand of something
    for length in range(3):
        scale: int | None = _SCALES.get(tail[:length]) if length else 1
        rest = tail[length:].strip()
        if scale is None:
            continue
        if not rest:
            return figure * scale, None
        factor = units.factor(field.unit, rest)
        if factor is not None:
            return figure * scale * factor, None
    word = re.sub(r"^(?:[十百千]?[万亿]|万亿)", "", tail).strip()
    if units.is_unit_word(word):
        return None, _wrong_unit(field, word)
    return None, _unreadable(field, text)


def _bounded(field: Field, exact: Fraction, raw: Any) -> Outcome:
    value: int | float
    if exact.denominator == 1:
        value = int(exact)
    else:
        value = float(exact)
        if field.decimals is not None:
            rounded = round(exact, field.decimals)
            # a computed cell holds 0.30000000000000004: that is not a third decimal
            if abs(rounded - exact) > Fraction(1, 10**9) * max(Fraction(1), abs(exact)):
                return None, (
                    "decimals",
                    _("“%(raw)s” has more digits after the point than the %(n)s allowed.")
                    % {"raw": shortened(raw), "n": field.decimals},
                    _("Write %(value)s, or the exact figure.")
                    % {"value": with_unit(field, plain_number(rounded))},
                )
            value = plain_number(rounded)
    return value, out_of_bounds(field, value)


def out_of_bounds(field: Field, value: float) -> Refusal | None:
    """Return what is wrong with the size of a number."""
    low, high = field.low, field.high
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    message = _("%(value)s is outside what is possible here.") % {"value": with_unit(field, value)}
    if low is not None and high is not None:
        fix = _("Give a number from %(low)s to %(high)s.") % {
            "low": with_unit(field, low),
            "high": with_unit(field, high),
        }
    elif low is not None:
        fix = _("Give a number of at least %(low)s.") % {"low": with_unit(field, low)}
    else:
        fix = _("Give a number of at most %(high)s.") % {"high": with_unit(field, high or 0)}
    return "range", message, fix


def plain_number(exact: Fraction | float) -> int | float:
    """Return a whole number as int, another as float."""
    return int(exact) if exact == int(exact) else float(exact)


def grouped(value: float) -> str:
    """Write a number with its thousands grouped and without trailing zeros."""
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST:
        value = int(value)
    text = f"{value:,}"
    if "e" in text:
        text = f"{value:,.12f}".rstrip("0").rstrip(".")
    return text


def with_unit(field: Field, value: float) -> str:
    """Write a number with the unit of its field."""
    if field.unit == "share":
        return f"{grouped(float(round(Fraction(str(value)) * 100, 8)))}%"
    unit = units.unit(field.unit)
    if unit is None:
        return grouped(value)
    glue = "" if unit.symbol in ("%", "") else " "
    return f"{grouped(value)}{glue}{unit}".strip()


def _wrong_unit(field: Field, word: str) -> Refusal:
    unit = units.unit(field.unit)
    message = _("The number is written in “%(word)s”, which does not fit this field.")
    fix = _("Convert it and write it in %(unit)s.") if unit else _("Write the number alone.")
    return "unit", message % {"word": word}, fix % {"unit": unit} if unit else fix


def _unreadable(field: Field, raw: Any) -> Refusal:
    text = shortened(raw)
    plain = units.normal(text)
    message = _("“%(raw)s” is not a number.") % {"raw": text}
    unit = units.unit(field.unit)
    if isinstance(raw, date):
        fix = _("The cell is formatted as a date: format it as a number and type it anew.")
    elif plain in _NOTHING:
        fix = _("Write 0 if there is none; leave it empty if it is not known.")
    elif _VAGUE.search(plain) and re.search(r"\d", plain):
        fix = _("Write one exact figure, without words such as “about” or “more than”.")
    elif unit is not None:
        fix = _("Write digits, such as 1200 or 1.2万; the unit is %(unit)s.") % {"unit": unit}
    else:
        fix = _("Write digits, such as 1200 or 1.2万.")
    return "number", message, fix
