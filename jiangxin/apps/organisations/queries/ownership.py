"""What an organisation is entitled to by the way it is owned, and the dimensions of groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

import jiangxin
from jiangxin.apps.organisations.models import Organisation, OrganisationLink

_FILE = Path(jiangxin.__file__).parent / "rules" / "organisations" / "ownership_entitlements.yaml"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """Something that a document promises to organisations that are owned in some way."""

    code: str
    label: str
    document: str
    number: str
    article: str


@cache
def _stated() -> tuple[dict[str, Any], ...]:
    return tuple(yaml.safe_load(_FILE.read_text(encoding="utf-8"))["entitlements"])


def entitlements_of(organisation: Organisation) -> list[Entitlement]:
    """List what documents of its region, or of those above, promise to such an organisation.

    Source:
        `rules/organisations/ownership_entitlements.yaml`, each with its document and article.
    """
    language = "zh-Hans" if (get_language() or "").lower().startswith("zh") else "en"
    return [
        Entitlement(
            row["code"],
            row["label"][language],
            row["source"]["document"],
            row["source"]["number"],
            row["source"]["article"],
        )
        for row in _stated()
        if f"{row['region']}/" in organisation.scope.path
        and organisation.kind in row["kinds"]
        and (not row["ownership"] or organisation.ownership in row["ownership"])
        and (not row.get("forms") or organisation.ownership_form in row["forms"])
    ]


def dimensions() -> list[tuple[str, str]]:
    """List the seven dimensions on which the schools of a group align."""
    return [(code, str(label)) for code, label in OrganisationLink.Alignment.choices]
