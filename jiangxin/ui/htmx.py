"""Whole page or part of it: one view, one template, one address."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page(
    request: Any,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the template, or only its partial when htmx asks for a fragment."""
    htmx = request.htmx
    part = partial and htmx and not htmx.boosted and not htmx.history_restore_request
    name = f"{template}#{partial}" if part else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
