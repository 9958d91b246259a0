"""How an item is told to people: its title and the facts under it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from jiangxin.apps.policies.models import Item, Milestone, Responsibility, Target, TaskRow
from jiangxin.apps.policies.queries.standings import promise


@dataclass(frozen=True, slots=True)
class Card:
    """One item as the review shows it.

    Args:
        facts: pairs of a label and what stands there; empty ones are left out.
        was: what the parser had read, where a person corrected it, as "label: value".
    """

    item: Item
    title: str
    facts: tuple[tuple[str, str], ...]
    was: tuple[str, ...]


def kind_label(kind: str) -> str:
    """Return the word for a kind of item."""
    labels = {
        "target": _("target"),
        "milestone": _("milestone"),
        "responsibility": _("responsibility"),
        "taskrow": _("task"),
    }
    return labels.get(kind, kind)


def field_label(item: Item, name: str) -> str:
    """Return the word for a field of an item."""
    return str(item._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def card_of(item: Item) -> Card:
    """Return the title and the facts of an item."""
    facts: tuple[tuple[str, object], ...] = ()
    title = str(item)
    if isinstance(item, Target):
        title = f"{item.metric} {promise(item)}"
        facts = (
            (_("Deadline"), item.due_on),
            (_("Whom it concerns"), item.scope_text),
            (_("Strength"), item.get_strength_display()),
        )
    elif isinstance(item, Milestone):
        facts = (
            (_("Kind"), item.get_milestone_kind_display()),
            (_("Deadline"), item.due_on),
            (_("Rhythm"), item.recurrence),
            (_("Whom it concerns"), item.scope_text),
        )
    elif isinstance(item, Responsibility):
        facts = ((_("Role"), item.get_role_display()),)
    elif isinstance(item, TaskRow):
        facts = (
            (_("Action"), " / ".join(filter(None, (item.action, item.sub_action)))),
            (_("Indicator"), item.indicator),
            (_("Responsible"), "、".join(item.responsible)),
            (_("Implemented by"), "、".join(item.implementers)),
        )
    shown = tuple((label, _written(value)) for label, value in facts if value not in (None, ""))
    return Card(item, title, shown, _changes(item))


def _changes(item: Item) -> tuple[str, ...]:
    if item.state != "corrected" or not item.as_read:
        return ()
    return tuple(
        f"{field_label(item, name)}: {_written(item.as_read[name]) or '—'}"
        for name, value in item.values().items()
        if name in item.as_read and _written(value) != _written(item.as_read[name])
    )


def _written(value: object) -> str:
    if isinstance(value, list):
        return "、".join(map(str, value))
    if hasattr(value, "year"):
        return date_format(value, "Y-m-d")  # type: ignore[arg-type]
    return "" if value is None else str(value)
