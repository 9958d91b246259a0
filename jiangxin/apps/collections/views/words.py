"""Definitions in words: who files, when, through whose hands, and what a field takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from jiangxin.apps.accounts.models import Role
from jiangxin.apps.collections.models import Audience, Day, Recurrence, Step
from jiangxin.apps.collections.workflow import Verb
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.registers.workflow import Group
from jiangxin.core import forms

GROUPS = dict(Group.choices)
LEVELS = {
    "county": gettext_lazy("county level"),
    "city": gettext_lazy("city level"),
    "province": gettext_lazy("provincial level"),
}


def audience_words(audience: Audience) -> str:
    """Say who has to file."""
    if audience.regions:
        return _("the bureau of each %(level)s region") % {"level": LEVELS[audience.regions]}
    kinds = [str(Organisation.Kind(code).label) for code in audience.kinds]
    parts = [_(", ").join(kinds)]
    narrower = [str(Organisation.Stage(code).label) for code in audience.stages]
    narrower += [str(Organisation.Ownership(code).label) for code in audience.ownership]
    if narrower:
        parts.append(f"({_(', ').join(narrower)})")
    return " ".join(parts)


def filed_by_words(roles: Sequence[str]) -> str:
    """Say through which roles a return is filed."""
    return _(", ").join(str(Role.Kind(role).label) for role in roles)


def recurrence_words(recurrence: Recurrence) -> str:
    """Say how often it is asked, and from when until when."""
    often = {
        "year": _("every year"),
        "term": _("every term"),
        "quarter": _("every quarter"),
        "month": _("every month"),
        "once": _("once"),
        "when_called": _("when a bureau calls for it"),
    }[recurrence.every]
    if recurrence.opens is None or recurrence.due is None:
        return often
    return _("%(often)s, from %(opens)s to %(due)s") % {
        "often": often,
        "opens": _day(recurrence.opens, recurrence.every),
        "due": _day(recurrence.due, recurrence.every),
    }


def _day(day: Day, every: str) -> str:
    if every == "once":
        return f"{day.year}-{day.month:02}-{day.day:02}"
    if every == "year":
        month = str(MONTHS[(day.month - 1) % 12 + 1])
        words = (
            _("%(month)s %(day)s of the next year") if day.month > 12 else _("%(month)s %(day)s")
        )
        return words % {"month": month, "day": day.day}
    if every == "term":
        return _("day %(day)s of the term") % {"day": day.day}
    if every == "quarter":
        return _("day %(day)s of month %(month)s") % {"day": day.day, "month": day.month}
    return pgettext("of a month", "day %(day)s") % {"day": day.day}


def step_words(step: Step) -> dict[str, str]:
    """Say who takes a review step, where, and what it does."""
    return {
        "verb": str(Verb(step.verb).label),
        "where": str(LEVELS[step.at]),
        "by": str(Role.Kind(step.by).label),
    }


def field_words(field: forms.Field) -> str:
    """Say in words what a field takes."""
    names = {
        "text": _("text"),
        "number": pgettext("kind of field", "number"),
        "money": _("money"),
        "date": _("date"),
        "period": _("period"),
        "choice": _("choice"),
        "yes_no": _("yes or no"),
        "file": _("file"),
        "table": _("table"),
        "link": _("link"),
    }
    word = names[field.type]
    if field.type == "choice":
        return f"{word}: " + _(", ").join(str(choice.label) for choice in field.choices)
    if field.type == "table":
        return f"{word}: " + _(", ").join(str(column.label) for column in field.columns)
    return word


def days_late(count: int) -> str:
    """Say how long after the deadline a return is still taken."""
    return ngettext(
        "taken %(n)s day longer, as late", "taken %(n)s days longer, as late", count
    ) % {"n": count}


def value_words(field: forms.Field | None, value: Any) -> str:
    """Write a value of a return for people; a field that is gone as it stands."""
    if value in (None, "", []):
        return "—"
    if field is None:
        return str(value)
    if field.type == "table":
        return ngettext("%(n)s row", "%(n)s rows", len(value)) % {"n": len(value)}
    return forms.shown(field, value)
