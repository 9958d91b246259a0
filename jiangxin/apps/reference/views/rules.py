"""Pages of the rules of authorities: what holds here, where it comes from, and setting it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from jiangxin.apps.reference import actions, forms, permissions, queries
from jiangxin.apps.reference.models import RuleSetting
from jiangxin.apps.reference.views.shared import day_of, tabs
from jiangxin.core.errors import DomainError
from jiangxin.core.http import audience
from jiangxin.ui.forms import add_errors
from jiangxin.ui.htmx import page
from jiangxin.ui.lists import Column, Listing

_COLUMNS = (
    Column(
        "label",
        gettext_lazy("Rule"),
        link=lambda row: reverse("reference:rule", args=[row.code]),
    ),
    Column("value", gettext_lazy("What holds here")),
    Column("unit", gettext_lazy("Unit")),
    Column("standing", gettext_lazy("Standing"), value=lambda row: _standing(row)),
    Column("source", gettext_lazy("Source")),
    Column("app", gettext_lazy("Used by")),
)


def _standing(row: queries.RuleRow) -> str:
    if row.is_inferred:
        return _("inferred: no document states it")
    if row.is_unchecked:
        return _("to be confirmed")
    return _("checked against the source")


@audience("public")
def rules(request: Any) -> HttpResponse:
    rows = queries.rules(on=day_of(request), path=_path(request))
    listing = Listing(request, rows, _COLUMNS, search=True, name="rules")
    context = {
        "listing": listing,
        "tabs": tabs("rules"),
        "inferred": sum(row.is_inferred for row in rows),
        "unchecked": sum(row.is_unchecked for row in rows),
    }
    return listing.response() or page(request, "reference/rules.html", context)


@audience("public")
def rule(request: Any, code: str) -> HttpResponse:
    return page(request, "reference/rule.html", _context(request, code, None))


@audience("operator")
@require_POST
def set_rule(request: Any, code: str) -> HttpResponse:
    form = forms.rule_form(queries.rule(code), request.POST)
    if form.is_valid():
        try:
            actions.set_rule_value(
                code=code,
                region_code=form.cleaned_data["region_code"],
                starts_on=form.cleaned_data["starts_on"],
                content=form.content(),
                source=actions.RuleSource(
                    form.cleaned_data["document"],
                    form.cleaned_data["number"],
                    form.cleaned_data["article"],
                    form.cleaned_data["reason"],
                ),
                by=request.viewer,
                at=request.at,
            )
        except DomainError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The value is set; it holds from the day that you named."))
            return redirect("reference:rule", code)
    answer = page(request, "reference/rule.html", _context(request, code, form))
    answer.status_code = 422
    return answer


@audience("operator")
@require_POST
def withdraw_rule(request: Any, code: str, uuid: Any) -> HttpResponse:
    setting = get_object_or_404(RuleSetting, code=code, uuid=uuid)
    actions.withdraw_rule_setting(setting=setting, by=request.viewer, at=request.at)
    messages.success(request, _("The setting is taken back; what held before holds again."))
    return redirect("reference:rule", code)


def _path(request: Any) -> str:
    return request.region.path if request.region is not None else ""


def _context(request: Any, code: str, form: Any) -> dict[str, Any]:
    found = queries.rule(code)
    path = _path(request)
    may_set = permissions.can_set_rule(request.viewer, path or permissions.NATION_PATH)
    if form is None and may_set and not found.formula:
        form = forms.rule_form(
            found,
            None,
            initial={
                "region_code": getattr(request.region, "code", ""),
                "starts_on": day_of(request),
            },
        )
    value = None if found.formula else queries.rule_value(code, on=day_of(request), path=path)
    settings = queries.settings_of(code)
    return {
        "code": code,
        "found": found,
        "label": queries.label_of(found),
        "inferred": queries.words_of(found.inferred),
        "sources": [(source, queries.words_of(source.says)) for source in found.sources],
        "unit": queries.unit_text(found),
        "value": value,
        "value_text": found.formula if value is None else queries.content_text(value.content),
        "dated": [
            (item, queries.content_text(item.content))
            for item in sorted(found.values, key=lambda v: (v.region, v.starts_on))
        ],
        "settings": [
            (
                row,
                queries.content_text(
                    tuple(row.content) if isinstance(row.content, list) else row.content
                ),
            )
            for row in settings
        ],
        "names": queries.region_names(
            {item.region for item in found.values} | {row.region_code for row in settings},
            on=day_of(request),
        ),
        "form": form,
        "may_set": may_set,
        "region_shown": request.region,
        "tabs": tabs("rules"),
    }
