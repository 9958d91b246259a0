"""Which fields apply and which are required, given what is filled in now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jiangxin.core.forms import Form, Links, clean
from jiangxin.core.forms.operations import Env
from jiangxin.core.forms.plan import plan_of


@dataclass(frozen=True, slots=True)
class State:
    """Codes of the fields that apply, and of those that are required."""

    applies: frozenset[str]
    required: frozenset[str]


class _AsWritten(Links):
    """Takes links as they are: conditions read their codes, nobody needs to look them up."""

    def resolve(self, kind: str, texts: Any, *, where: Any) -> dict[str, str]:
        return {text: text for text in texts}


def state_of(
    form: Form,
    values: Mapping[str, Any],
    *,
    previous: Mapping[str, Any],
    rules: Mapping[str, float],
) -> State:
    """Evaluate the conditions of a form; values may be as stored or as posted."""
    read = clean(form, values, links=_AsWritten(), rules=rules, previous=previous, partial=True)
    env = Env(dict(read.values), previous=previous, rules=rules, is_draft=True)
    env.unreadable = {problem.field for problem in read.errors}
    applies, required = set(), set()
    for plan in plan_of(form).fields:
        code = plan.field.code
        if plan.when is not None and plan.when.run(env) is not True:
            env.values.pop(code, None)
            env.dropped.add(code)
            continue
        applies.add(code)
        condition = plan.required_when
        if plan.field.required or (condition is not None and condition.run(env) is True):
            required.add(code)
    return State(frozenset(applies), frozenset(required))
