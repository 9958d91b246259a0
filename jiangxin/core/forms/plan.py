"""A form made ready: its expressions compiled, its fields in the order in which they can be judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

from django.utils.translation import gettext as _

from jiangxin.core.forms.expressions import Expression, compile_expression
from jiangxin.core.forms.model import Check, Field, Form, InvalidForm


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """A field with its conditions; `place` is its position on the page."""

    field: Field
    place: int
    when: Expression | None
    required_when: Expression | None
    columns: tuple[FieldPlan, ...] = ()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """Its own conditions and those of its columns."""
        own = tuple(e for e in (self.when, self.required_when) if e)
        return own + tuple(e for column in self.columns for e in column.expressions)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that judging values needs.

    Args:
        fields: each after the fields that its `when` reads; so are the columns of a table.
        rules: codes of the rules that the caller must look up.
    """

    fields: tuple[FieldPlan, ...]
    checks: tuple[tuple[Check, Expression], ...]
    rules: frozenset[str]


def rules_named(form: Form) -> frozenset[str]:
    """Return the codes of the rules that checks and conditions read: look them up for `clean`."""
    return plan_of(form).rules


@lru_cache(maxsize=512)
def plan_of(form: Form) -> Plan:
    """Compile a form, once.

    Raises:
        InvalidForm: an expression is wrong, or conditions need each other in a circle.
    """
    fields = {field.code: field for field in form.fields}
    plans = [
        _field_plan(field, place, fields, None, f"fields.{field.code}")
        for place, field in enumerate(form.fields)
    ]
    checks = tuple(
        (
            check,
            compile_expression(check.test, fields=fields, path=f"checks[{index}].test"),
        )
        for index, check in enumerate(form.checks)
    )
    expressions = [e for plan in plans for e in plan.expressions]
    expressions += [expression for _check, expression in checks]
    return Plan(
        _ordered(plans, {plan.field.code: _conditions_read(plan) for plan in plans}, "fields"),
        checks,
        frozenset().union(*(e.rules for e in expressions)),
    )


def _field_plan(
    field: Field,
    place: int,
    fields: Mapping[str, Field],
    columns: Mapping[str, Field] | None,
    path: str,
) -> FieldPlan:
    def compiled(attribute: str) -> Expression | None:
        text: str = getattr(field, attribute)
        if not text:
            return None
        return compile_expression(text, fields=fields, columns=columns, path=f"{path}.{attribute}")

    own = {column.code: column for column in field.columns}
    inner = [
        _field_plan(column, at, fields, own, f"{path}.columns.{column.code}")
        for at, column in enumerate(field.columns)
    ]
    reads = {plan.field.code: plan.when.cells if plan.when else () for plan in inner}
    return FieldPlan(
        field,
        place,
        compiled("when"),
        compiled("required_when"),
        _ordered(inner, reads, f"{path}.columns"),
    )


def _conditions_read(plan: FieldPlan) -> set[str]:
    conditions = [p.when for p in (plan, *plan.columns) if p.when]
    return {code for condition in conditions for code in condition.needs}


def _ordered(
    plans: Sequence[FieldPlan], reads: Mapping[str, Iterable[str]], path: str
) -> tuple[FieldPlan, ...]:
    """Put each field after those that its condition reads, else in the order of the page."""
    by_code = {plan.field.code: plan for plan in plans}
    try:
        order = list(TopologicalSorter(reads).static_order())
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise InvalidForm(
            _("The conditions need each other in a circle: %(circle)s.") % {"circle": circle},
            path=path,
        ) from error
    return tuple(by_code[code] for code in order)
