"""The answer to changes that were saved while the reader typed."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from jiangxin.ui.dynamic.drawing import DynamicForm


def autosaved(
    request: Any, dynamic: DynamicForm, *, at: datetime.datetime | None = None, conflict: str = ""
) -> HttpResponse:
    """Answer an autosave: the status line, and what changed around the boxes, never the boxes.

    Args:
        dynamic: the form with the values and problems as saved, with its new `version`.
        conflict: why nothing was saved, for instance that somebody else saved meanwhile.
    """
    context = {"dynamic": dynamic, "saved_at": at, "conflict": conflict}
    return render(request, "ui/dynamic_saved.html", context, status=409 if conflict else 200)
