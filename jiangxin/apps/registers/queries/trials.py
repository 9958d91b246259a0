"""What a changed definition would mean, before it is saved."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from jiangxin.apps.registers.models import Entry, RegisterType, TypeVersion
from jiangxin.apps.registers.models.definition import (
    RegisterDefinition,
    parse_definition,
    resolved,
)
from jiangxin.apps.registers.queries.types import (
    current_version,
    current_version_ids,
    definition_of,
)
from jiangxin.apps.registers.workflow import OPEN, EntryState
from jiangxin.core.forms import Form, compare


@dataclass(frozen=True, slots=True)
class Trial:
    """A definition that can be read, and what it would touch.

    Args:
        changes: what differs from the version in force, in sentences.
        values_lost: entries that keep a value for a field which the new form no longer asks.
    """

    definition: RegisterDefinition
    is_new: bool
    changes: tuple[str, ...]
    entries: int
    open_applications: int
    values_lost: int


def trial_of(raw: Mapping[str, Any], *, on: datetime.date) -> Trial:
    """Read a definition and say whom it concerns.

    Raises:
        InvalidForm: it cannot be read; names the place.
    """
    ids = current_version_ids(on=on).values()
    known = dict(TypeVersion.objects.filter(pk__in=ids).values_list("type__code", "definition"))
    definition = parse_definition(resolved(raw, known))
    kind: RegisterType | None = RegisterType.objects.filter(code=definition.code).first()
    if kind is None:
        return Trial(definition, True, (), 0, 0, 0)
    old = definition_of(current_version(kind, on=on))
    gone = compare(old.form, definition.form).removed
    entries = Entry.objects.filter(type=kind, state=EntryState.IN_FORCE)
    lost = Q(pk__in=[])
    for code in (code for code in gone if "." not in code):
        lost |= Q(values__has_key=code)
    counted = entries.aggregate(n=Count("pk"), lost=Count("pk", filter=lost))
    return Trial(
        definition=definition,
        is_new=False,
        changes=tuple(changes_between(old, definition)),
        entries=counted["n"],
        open_applications=kind.applications.filter(state__in=OPEN).count(),
        values_lost=counted["lost"],
    )


def form_changes(old: TypeVersion, new: TypeVersion) -> list[str]:
    """Say in sentences what a version changed."""
    return list(changes_between(definition_of(old), definition_of(new)))


def changes_between(old: RegisterDefinition, new: RegisterDefinition) -> list[str]:
    """Say in sentences how two wordings of a type differ."""
    found = compare(old.form, new.form)
    lines = []
    lines += [_("New field: %(name)s") % {"name": _name(new.form, code)} for code in found.added]
    lines += [
        _("Field no longer asked: %(name)s") % {"name": _name(old.form, code)}
        for code in found.removed
    ]
    lines += [
        _("Field called anew: %(old)s → %(new)s")
        % {"old": _name(old.form, before), "new": _name(new.form, after)}
        for before, after in found.renamed
    ]
    lines += [
        _("Field changed: %(name)s") % {"name": _name(new.form, change.code)}
        for change in found.changed
    ]
    parts = {
        "levels": _("Levels changed"),
        "applicants": _("Who may apply changed"),
        "members": _("Members changed"),
        "review": _("Steps of the review changed"),
        "validity_years": _("Validity changed"),
        "annual_check": _("Annual check changed"),
        "public": _("Fields for the public changed"),
        "counting": _("Counting rules changed"),
        "calls": _("Whether a call is needed changed"),
    }
    if found.checks:
        lines.append(_("Checks changed"))
    lines += [text for part, text in parts.items() if getattr(old, part) != getattr(new, part)]
    return lines


def _name(form: Form, path: str) -> str:
    """Return the name of a field, or of a column with its table."""
    code, _dot, column = path.partition(".")
    field = form.field(code)
    if not column:
        return str(field.label)
    return f"{field.label} · {field.column(column).label}"
