"""Progress reports of a region or a document, to look at and as files."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jiangxin.apps.policies import queries, sheets
from jiangxin.apps.policies.views.forms import uuid_of
from jiangxin.apps.policies.views.targets import judged_on
from jiangxin.core.errors import NotFound
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import SPREADSHEET

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WRITERS = {"docx": (sheets.docx_report, WORD), "xlsx": (sheets.xlsx_report, SPREADSHEET)}


@audience("operator", "leader", "officer", "auditor")
@require_safe
def report(request: Any) -> HttpResponse:
    """Show the report, or answer with it as a file for ?format=docx or xlsx and ?lang=."""
    chosen = request.GET.get("document", "")
    document = queries.get_document(uuid_of(chosen), viewer=request.viewer) if chosen else None
    region = document.region if document else request.region
    if region is None:
        raise NotFound(_("Load the administrative divisions first."))
    place = document.scope.path if document else region.path
    request.viewer.holds("policies.view", place).enforce()
    language = request.GET.get("lang", "")
    if language not in dict(settings.LANGUAGES):
        language = translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        found = queries.progress_report(
            region=region, document=document, viewer=request.viewer, on=judged_on(request)
        )
        form = request.GET.get("format", "")
        if form in _WRITERS:
            write, media_type = _WRITERS[form]
            answer = HttpResponse(write(found), content_type=media_type)
            name = f"{_('progress-report')}-{found.title[:40]}-{found.on:%Y%m%d}.{form}"
            answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
            return answer
    context = {
        "report": found,
        "document": document,
        "languages": settings.LANGUAGES,
        "documents": queries.documents(viewer=request.viewer, region_path=region.path),
    }
    return page(request, "policies/report.html", context)
