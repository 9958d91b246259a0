"""Taking over lists of what was recognised on paper."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from jiangxin.apps.registers import queries, sheets
from jiangxin.apps.registers.forms import SheetForm
from jiangxin.apps.registers.views.places import KEEPERS, address, may_keep
from jiangxin.core.errors import Invalid
from jiangxin.core.forms.sheets import corrected
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import SPREADSHEET


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=SPREADSHEET)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer


@audience(*KEEPERS)
@require_safe
def sheet_template(request: Any, code: str) -> HttpResponse:
    definition = queries.current_definition(queries.get_type(code), on=request.at.date())
    return _file(sheets.empty_template(definition), f"{definition.label}.xlsx")


@audience(*KEEPERS)
def import_(request: Any, code: str) -> HttpResponse:
    """Check a list, give it back with findings, or take it over."""
    kind = queries.get_type(code)
    may_keep(request).enforce()
    definition = queries.current_definition(kind, on=request.at.date())
    form = SheetForm(request.POST or None, request.FILES or None)
    taken = None
    if request.method == "POST" and form.is_valid():
        uploaded = form.cleaned_data["file"]
        try:
            if uploaded.size > settings.UPLOAD_LIMIT:
                message = _("A file is too large. Send a smaller one.")
                raise Invalid(message, data={"fields": {"file": message}})
            content = uploaded.read()
            taken = sheets.take_over(
                kind=kind,
                content=content,
                region=request.region,
                is_trial="save" not in request.POST,
                by=request.viewer,
                at=request.at,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            if "mark" in request.POST:
                marked = corrected(content, taken.findings, form=definition.form, keys=sheets.KEYS)
                return _file(marked, _("with findings") + f"-{uploaded.name}")
            if taken.done is not None:
                messages.success(
                    request,
                    _("%(new)s new, %(added)s raised or renewed, %(known)s known already.")
                    % {
                        "new": taken.done.new,
                        "added": taken.done.added,
                        "known": taken.done.known,
                    },
                )
                return redirect(address(request, "entries", type=code))
    context = {
        "kind": kind,
        "definition": definition,
        "form": form,
        "taken": taken,
        "findings": taken.findings[:200] if taken else (),
        "more": max(0, len(taken.findings) - 200) if taken else 0,
    }
    bad = bool(form.errors) or bool(taken and taken.errors)
    return page(request, "registers/import.html", context, status=422 if bad else 200)
