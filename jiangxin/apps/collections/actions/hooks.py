"""What becomes of approved values: the actions of lower apps that a collection may name."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.apps.collections.models import Definition, Filing, InvalidCollection
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.organisations.models import KEYS
from jiangxin.core import forms
from jiangxin.core.errors import DomainError
from jiangxin.core.forms.expressions import Expression, compile_expression
from jiangxin.core.forms.operations import Env
from jiangxin.core.permissions import Viewer

# one filing and what the expressions of the hook give for it
Given = tuple[Filing, dict[str, Any]]


def _record_school_years(given: Sequence[Given], *, by: Viewer, at: datetime.datetime) -> None:
    # one name for many returns of an edition
    names = {filing.edition_id: filing.edition for filing, _values in given}
    said = {key: str(edition) for key, edition in names.items()}
    rows = [
        organisations.Reports(
            organisation=filing.organisation,
            year=filing.edition.year,
            values=values,
            source=said[filing.edition_id],
            is_simulated=filing.is_simulated,
        )
        for filing, values in given
        if filing.organisation is not None
    ]
    organisations.record_school_years(rows=rows, by=by, at=at)


ACTIONS: dict[str, Callable[..., None]] = {
    "organisations.record_school_year": _record_school_years,
}
# names that values may have; an action without an entry takes any
_NAMES = {"organisations.record_school_year": frozenset(KEYS)}


def check(definition: Definition) -> None:
    """Refuse an action that is not in the list, or expressions that do not fit the form.

    Raises:
        InvalidCollection: names the place.
    """
    hook = definition.on_approval
    if hook is None:
        return
    if hook.action not in ACTIONS:
        raise InvalidCollection(
            "on_approval.action",
            _("“%(value)s” is not known here. Known are: %(known)s.")
            % {"value": hook.action, "known": ", ".join(sorted(ACTIONS))},
        )
    if definition.audience.regions:
        raise InvalidCollection("on_approval.action", _("This action is about organisations."))
    for name in hook.values:
        known = _NAMES.get(hook.action)
        if known is not None and name not in known:
            raise InvalidCollection(
                f"on_approval.values.{name}",
                _("No such entry. Known are: %(known)s.") % {"known": ", ".join(sorted(known))},
            )
    try:
        _compiled(definition.form, tuple(hook.values.items()))
    except DomainError as error:
        raise InvalidCollection(
            str(error.data.get("path", "on_approval")), error.message
        ) from error


@lru_cache(maxsize=256)
def _compiled(
    form: forms.Form, values: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, Expression], ...]:
    fields = {field.code: field for field in form.fields}
    return tuple(
        (
            name,
            compile_expression(text, fields=fields, path=f"on_approval.values.{name}", kind=None),
        )
        for name, text in values
    )


def run(filings: Sequence[Filing], *, by: Viewer, at: datetime.datetime) -> None:
    """Hand on the values in force of returns that were just approved, all of them or none.

    A value that is unknown is left out: what was known before stays.
    """
    given: dict[str, list[Given]] = {}
    for filing in filings:
        assert filing.approved is not None  # noqa: S101 -- approved returns have values in force
        definition = filing.approved.version.definition
        hook = definition.on_approval
        if hook is None:
            continue
        env = Env(filing.approved.values)
        values = {
            name: value
            for name, expression in _compiled(definition.form, tuple(hook.values.items()))
            if (value := expression.run(env)) is not None
        }
        given.setdefault(hook.action, []).append((filing, values))
    for action, rows in given.items():
        ACTIONS[action](rows, by=by, at=at)
