"""Pages of collections: what is asked in a region, and each collection by itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from jiangxin.apps.collections import queries
from jiangxin.apps.collections.views.places import READERS, tabs
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page


@audience(*READERS)
@require_safe
def collections(request: Any) -> HttpResponse:
    """Show what is asked, by whom and until when."""
    rows = queries.collections(viewer=request.viewer)
    context = {"collections": rows, "tabs": tabs(request, "collections")}
    return page(request, "collections/collections.html", context)


@audience(*READERS)
@require_safe
def collection(request: Any, code: str) -> HttpResponse:
    """Show one collection: what it asks and of whom."""
    found = queries.get_collection(code, viewer=request.viewer)
    context = {"collection": found, "definition": found.definition}
    return page(request, "collections/collection.html", context)
