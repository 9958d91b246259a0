"""Between forms and actions: refusals beside their fields, codes to regions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _

from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import DomainError, Invalid, NotFound
from jiangxin.ui import forms as ui_forms


def add_errors(form: forms.Form, error: DomainError) -> None:
    """Show a refusal on the form; an action's region is the form's region code."""
    ui_forms.add_errors(form, error, names={"region": "region_code"})


def uuid_of(text: str) -> UUID:
    """Return an identifier that came with a form or an address; what is none names nothing."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error


def region_of(code: str, request: Any) -> Any:
    """Return the region of a code that somebody typed."""
    try:
        return reference.get_region(code.strip(), on=request.at.date())
    except NotFound as error:
        message = _("No region has this code today. Check the six digits.")
        raise Invalid(message, data={"fields": {"region_code": message}}) from error
