"""Words for what a definition says in codes."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.utils.translation import gettext as _

from jiangxin.apps.registers.models.definition import Organisations


def organisation_words(who: Organisations) -> list[str]:
    """Say which organisations fit: kinds, stages of schools and forms of ownership."""
    model: Any = apps.get_model("organisations", "Organisation")
    parts = (
        (model.Kind, who.kinds),
        (model.Stage, who.stages),
        (model.Ownership, who.ownership),
    )
    found = [str(choices(code).label) for choices, codes in parts for code in codes]
    return found or [_("any organisation")]
