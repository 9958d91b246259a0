"""Pages of one return: fill it in, hand it in, review it, follow it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from jiangxin.apps.collections import queries
from jiangxin.apps.collections.views.places import READERS
from jiangxin.core.http import audience
from jiangxin.ui.dynamic import DynamicForm
from jiangxin.ui.htmx import page


@audience(*READERS)
@require_safe
def filing(request: Any, edition: UUID, scope: UUID) -> HttpResponse:
    """Show one return."""
    asked = queries.get_edition(edition, viewer=request.viewer)
    found = queries.filing_of(asked, scope, viewer=request.viewer, on=request.at.date())
    dynamic = DynamicForm(
        found.version.definition.form, values=found.values, viewer=request.viewer, editable=False
    )
    return page(request, "collections/filing.html", {"filing": found, "dynamic": dynamic})
