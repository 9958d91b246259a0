"""Between forms and actions: a refusal shown where the reader looks for it."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms

from jiangxin.core.errors import DomainError


def add_errors(
    form: forms.Form, error: DomainError, *, names: Mapping[str, str] | None = None
) -> None:
    """Show a refusal on the form: beside the fields that it names, else above them.

    Args:
        names: fields of the action → fields of the form, where they differ.
    """
    fields = error.data.get("fields")
    placed = False
    for name, message in (fields if isinstance(fields, dict) else {}).items():
        shown = (names or {}).get(name, name)
        if shown in form.fields:
            form.add_error(shown, str(message))
            placed = True
    if not placed:
        form.add_error(None, error.message)
