"""Pages of editions: who filed, who did not, and what the bureau does about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from jiangxin.apps.collections import queries
from jiangxin.apps.collections.views.places import READERS
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page


@audience(*READERS)
@require_safe
def edition(request: Any, uuid: UUID) -> HttpResponse:
    """Show how far one edition is."""
    found = queries.get_edition(uuid, viewer=request.viewer)
    return page(request, "collections/edition.html", {"edition": found})
