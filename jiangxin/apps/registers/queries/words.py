"""Words for what a definition says in codes."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from django.apps import apps
from django.utils.translation import gettext as _

from jiangxin.apps.registers.models.definition import Organisations
from jiangxin.apps.registers.queries.types import FOLDER
from jiangxin.core.forms import Label


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


@cache
def indicator_label(code: str) -> Label:
    """Return the name of an indicator of the files; indicators stand above, so the file is read."""
    path = FOLDER.parent / "indicators" / f"{code}.yaml"
    if not path.is_file():
        return Label(code, code)
    named = yaml.safe_load(path.read_text(encoding="utf-8"))["label"]
    return Label(named["en"], named["zh-Hans"])
