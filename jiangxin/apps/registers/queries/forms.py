"""Values of forms held against what their type asks, with the rules of the place."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers.models import Member
from jiangxin.apps.registers.models.definition import RegisterDefinition
from jiangxin.core.errors import Invalid
from jiangxin.core.forms import Checked, Form, Problem, clean, clean_many, rules_named


def checked(
    form: Form,
    raw: Mapping[str, Any],
    *,
    on: datetime.date,
    path: str,
    previous: Mapping[str, Any] | None = None,
    partial: bool = False,
) -> Checked:
    """Read values as they were typed and judge them by the rules in force at the place."""
    rules = _rules(form, on, path)
    return clean(form, raw, rules=rules, previous=previous, partial=partial)


def checked_many(
    form: Form, rows: Sequence[Mapping[str, Any]], *, on: datetime.date, path: str
) -> list[Checked]:
    """Read the values of many things recognised earlier: what is missing is no problem."""
    return clean_many(form, rows, rules=_rules(form, on, path), partial=True)


def _rules(form: Form, on: datetime.date, path: str) -> dict[str, float]:
    return {
        code: reference.rule_value(code, on=on, path=path).number() for code in rules_named(form)
    }


def member_problems(definition: RegisterDefinition, members: Sequence[Member]) -> list[Problem]:
    """Return what is wrong with the members: too few, too many, or of a kind that does not fit."""
    problems = []
    for role in definition.members:
        mine = [member for member in members if member.role == role.code]
        path = f"members.{role.code}"
        if len(mine) < role.min:
            message = _("%(role)s: at least %(n)s are needed, %(found)s named.")
            values = {"role": role.label, "n": role.min, "found": len(mine)}
            problems.append(Problem(path, "rows", message % values, _("Add the missing ones.")))
        if role.max is not None and len(mine) > role.max:
            message = _("%(role)s: at most %(n)s are allowed, %(found)s named.")
            values = {"role": role.label, "n": role.max, "found": len(mine)}
            problems.append(Problem(path, "rows", message % values, _("Take some out.")))
        problems += [
            Problem(
                path,
                "link",
                _("%(name)s is of a kind that cannot be %(role)s.")
                % {"name": member.organisation.name, "role": role.label},
                _("Choose another organisation or another role."),
            )
            for member in mine
            if not role.who.fits(member.organisation)
        ]
    return problems


def refusal(problems: Sequence[Problem]) -> Invalid:
    """Return the refusal of values: a message for each field, and all problems for pages."""
    fields: dict[str, str] = {}
    for problem in problems:
        fields.setdefault(problem.path, f"{problem.message} {problem.fix}".strip())
    return Invalid(
        _("Some values cannot be used; see the fields."),
        data={"fields": fields, "problems": [asdict(problem) for problem in problems]},
    )
