"""How a number is written for people: unit, percent, grouping, the mark for "none"."""

from __future__ import annotations

import math

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NONE = "—"
# units whose value is a share of one, kept so in code and written as percent
SHARES = frozenset({"share", "rate", "%", "percent"})


def plain(value: float, *, decimals: int | None = None) -> str:
    """Write a number with grouping; as many decimals as needed, two at most."""
    if decimals is None:
        decimals = 0 if float(value).is_integer() or abs(value) >= 10_000 else 2
        text = f"{value:,.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{value:,.{decimals}f}"


def amount(value: object, unit: str = "") -> str:
    """Write a value with its unit; a share becomes a percentage.

    Args:
        value: number, or empty for "not known", which is never written as 0.
        unit: the unit's word as people read it; "share" or "rate" for a share of one.
    """
    if value is None or value == "" or isinstance(value, bool):
        return NONE
    if not isinstance(value, int | float):
        try:
            value = float(str(value))
        except ValueError:
            return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return NONE
    if unit in SHARES:
        return plain(round(value * 100, 1)) + "%"
    text = plain(value)
    if not unit:
        return text
    glue = "" if (get_language() or "").startswith("zh") else " "
    return f"{text}{glue}{unit}"


def day(value: object) -> str:
    """Write a day in the way of the language; nothing for an open end."""
    return date_format(value, "Y-m-d") if value else ""  # type: ignore[arg-type]


def yes_no(value: object) -> str:
    """Write a truth."""
    return _("Yes") if value else _("No")
