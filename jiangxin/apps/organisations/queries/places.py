"""Organisations as places of values: their codes, paths and names, for apps above."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from jiangxin.apps.organisations.models import FormerCode, Organisation
from jiangxin.core.permissions import Viewer


def paths_by_code(codes: Collection[str] | None) -> dict[str, str]:
    """Return the scope path of each organisation by its code; of all for None."""
    rows = Organisation.objects.all()
    if codes is not None:
        rows = rows.filter(code__in=codes)
    # a code of before, or of a duplicate, still finds the place of what it meant
    former = FormerCode.objects.exclude(kind=FormerCode.Kind.UUID)
    if codes is not None:
        former = former.filter(value__in=codes)
    found = dict(former.values_list("value", "organisation__scope__path"))
    return found | dict(rows.values_list("code", "scope__path"))


def names_by_code(codes: Collection[str]) -> dict[str, str]:
    """Return the official name by code, of closed ones too; former codes give whom they meant."""
    meant = Q(code__in=codes) | Q(former_codes__value__in=codes)
    rows = Organisation.objects.filter(meant).values_list("code", "name", "former_codes__value")
    found: dict[str, str] = {}
    for code, name, former in rows:
        if former in codes:
            found.setdefault(former, name)
        if code in codes:
            found[code] = name
    return found


def organisations_within(path: str, *, viewer: Viewer) -> QuerySet[Organisation]:
    """List the organisations at or below a scope path that the viewer may see."""
    found: QuerySet[Organisation] = Organisation.objects.visible_to(viewer)
    return found.filter(scope__path__startswith=path)
