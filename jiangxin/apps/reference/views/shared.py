"""What the pages of reference data share: their tabs, and the day that is asked about."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _


def tabs(current: str) -> list[dict[str, object]]:
    """List the tabs of the pages of reference data."""
    labels = {
        "regions": _("Regions"),
        "programmes": _("Programmes"),
        "occupations": _("Occupations"),
        "industries": _("Industries"),
        "rules": _("Rules"),
        "editions": _("Editions"),
    }
    return [
        {"label": label, "url": reverse(f"reference:{name}"), "is_current": name == current}
        for name, label in labels.items()
    ]


def day_of(request: Any) -> datetime.date:
    """Return the day that the reader asks about; today unless the address says another."""
    try:
        return datetime.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return timezone.localdate(request.at)
