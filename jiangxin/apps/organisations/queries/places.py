"""Organisations as places of values: their codes, paths and names, for apps above."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet

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


def organisations_within(path: str, *, viewer: Viewer) -> QuerySet[Organisation]:
    """List the organisations at or below a scope path that the viewer may see."""
    found: QuerySet[Organisation] = Organisation.objects.visible_to(viewer)
    return found.filter(scope__path__startswith=path)
