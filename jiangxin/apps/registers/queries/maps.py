"""Counts by place, for tile maps."""

from __future__ import annotations

from django.db.models import Count, QuerySet


def counts_by_path(rows: QuerySet) -> dict[str, int]:  # type: ignore[type-arg]
    """Return how many rows lie in each region, by the path of the region."""
    found = rows.order_by().values_list("region__path").annotate(n=Count("pk", distinct=True))
    return dict(found)
