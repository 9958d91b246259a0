"""What was written: is it anything, how is it quoted in a message, how does a draft keep it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

# a wrong value with what is broken: rule, message, fix
Refusal = tuple[str, str, str]
Outcome = tuple[Any, Refusal | None]

INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad]")
# control characters, text-direction overrides (they make a name look like another) and halves
# of characters, which no database takes
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def is_empty(raw: Any) -> bool:
    """Whether nothing was written."""
    if raw is None or raw == [] or raw == {}:
        return True
    return isinstance(raw, str) and (not raw or not INVISIBLE.sub("", raw).strip())


def written(raw: Any) -> str:
    """Return what stands in the cell as text; a sheet keeps the code 1 as 1.0."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    return str(raw)


def is_finite(number: float | Decimal) -> bool:
    """Whether it is a number at all; math.isfinite raises at a signalling NaN."""
    return number.is_finite() if isinstance(number, Decimal) else math.isfinite(number)


def shortened(raw: Any) -> str:
    """Return what was written for a message, at most 40 characters of it, without controls."""
    text = " ".join(FORBIDDEN.sub("�", written(raw)).split())
    return text if len(text) <= 40 else text[:39] + "…"


def as_typed(raw: Any) -> Any:
    """Return something unreadable in a form in which a draft can keep it."""
    if isinstance(raw, str):
        return FORBIDDEN.sub("�", raw)
    if isinstance(raw, bool | int):
        return raw
    if isinstance(raw, float):
        return raw if math.isfinite(raw) else str(raw)
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, Mapping):
        return {str(key): as_typed(value) for key, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [as_typed(item) for item in raw]
    return float(raw) if isinstance(raw, Decimal) and raw.is_finite() else str(raw)
