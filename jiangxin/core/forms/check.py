"""Values against a form: what is stored, what is missing, what breaks a rule.

One form is cleaned as a batch of one, so that a screen, the API and a sheet of 12,000 schools
cannot disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core.forms.levels import Key, Level, TableLevel, at_cell, resolve_links
from jiangxin.core.forms.links import Links
from jiangxin.core.forms.model import Checked, Form, Problem, listed
from jiangxin.core.forms.numbers import with_unit
from jiangxin.core.forms.operations import Env
from jiangxin.core.forms.plan import FieldPlan, plan_of

_LAST = 10**6  # place of problems that belong to no single field


def clean(
    form: Form,
    raw: Mapping[str, Any],
    *,
    links: Links | None = None,
    rules: Mapping[str, float] | None = None,
    previous: Mapping[str, Any] | None = None,
    partial: bool = False,
    outlier_change: float | None = None,
) -> Checked:
    """Read, check and bring into the stored form what was filled in.

    Args:
        raw: values by code, as posted, read from a sheet, or as JSON.
        links: resolvers to look links up with; those registered by `config` if None.
        rules: numbers for `rule.code` in expressions (`rules_named` lists them); one that is
            not given is unknown.
        previous: approved values of the last period, for `previous.code` and for outliers.
        partial: a draft: what is missing is no problem, what cannot be read is kept as typed.
        outlier_change: warn where a number changed by more than this share of the last one.
    """
    return clean_many(
        form,
        [raw],
        links=links,
        rules=rules,
        previous=[previous],
        partial=partial,
        outlier_change=outlier_change,
    )[0]


def clean_many(
    form: Form,
    rows: Sequence[Mapping[str, Any]],
    *,
    links: Links | None = None,
    rules: Mapping[str, float] | None = None,
    previous: Sequence[Mapping[str, Any] | None] | None = None,
    partial: bool = False,
    outlier_change: float | None = None,
) -> list[Checked]:
    """Clean many fillings of a form at once; each result is what `clean` gives for its row.

    Args:
        previous: for each row the values of the last period, or None.
    """
    before = previous if previous is not None else [None] * len(rows)
    work = _Work(form, rows, before, rules or {}, is_draft=partial)
    resolve_links([work.forms, *work.tables.values()], _resolver(links))
    work.apply_conditions()
    if not partial:
        work.require()
    work.check()
    if outlier_change is not None:
        work.compare(outlier_change)
    return work.results()


def _resolver(links: Links | None) -> Any:
    links = links or Links()
    return lambda kind, texts, where: links.resolve(kind, texts, where=where)


class _Work:
    """A batch on its way through the steps."""

    def __init__(
        self,
        form: Form,
        rows: Sequence[Mapping[str, Any]],
        previous: Sequence[Mapping[str, Any] | None],
        rules: Mapping[str, float],
        *,
        is_draft: bool,
    ) -> None:
        self.plan = plan_of(form)
        self.form = form
        self.is_draft = is_draft
        self.previous = previous
        self.forms = Level(self.plan.fields, rows)
        self.tables = {
            plan.field.code: TableLevel(plan, self.forms)
            for plan in self.plan.fields
            if plan.columns
        }
        self.envs = [
            Env(values, previous=before, rules=rules, is_draft=is_draft)
            for values, before in zip(self.forms.values, previous, strict=True)
        ]
        self.found: list[list[tuple[Key, Problem]]] = [[] for _row in rows]

    def say(self, row: int, place: int, problem: Problem) -> None:
        found = self.found[row]
        found.append(((place, -1, -1, len(found)), problem))

    def say_in(self, table: TableLevel, row: int, column: int, problem: Problem) -> None:
        form, number = table.owners[row]
        placed = at_cell(problem, table.plan.field.code, number)
        found = self.found[form]
        found.append(((table.plan.place, number, column, len(found)), placed))

    def apply_conditions(self) -> None:
        """Drop what does not apply, each field after those that its condition reads."""
        for code, rows in self.forms.bad.items():
            for row in rows:
                self.envs[row].unreadable.add(code)
        for code, table in self.tables.items():
            for rows in table.bad.values():
                for row in rows:
                    self.envs[table.owners[row][0]].unreadable.add(code)
        for plan in self.plan.fields:
            code = plan.field.code
            if plan.when is not None:
                run = plan.when.run
                for row, env in enumerate(self.envs):
                    if run(env) is not True:
                        env.dropped.add(code)
                        if self.forms.drop(code, row):
                            self.say(row, plan.place, _not_applicable(plan))
            if code in self.tables:
                self._apply_in_rows(self.tables[code])

    def _apply_in_rows(self, table: TableLevel) -> None:
        for plan in table.plans:
            if plan.when is None:
                continue
            code, run = plan.field.code, plan.when.run
            for row, values in enumerate(table.values):
                form = table.owners[row][0]
                if not self.forms.applies(table.plan.field.code, form):
                    continue
                if run(self.envs[form].within(values)) is not True and table.drop(code, row):
                    self.say_in(table, row, plan.place, _not_applicable(plan))

    def require(self) -> None:
        """Name what is missing."""
        for plan in self.plan.fields:
            code = plan.field.code
            table = self.tables.get(code)
            for row in self._must(self.forms, plan, self.envs):
                if not (table and table.plan.field.min_rows):
                    self.say(row, plan.place, _required(plan))
            if table:
                self._require_in_rows(table)

    def _require_in_rows(self, table: TableLevel) -> None:
        code, least = table.plan.field.code, table.plan.field.min_rows
        for form in range(len(self.envs)):
            size = table.sizes[form]
            is_bad = form in self.forms.bad.get(code, ())
            if size < least and not is_bad and self.forms.applies(code, form):
                self.say(form, table.plan.place, _too_few(table.plan, size))
        envs: list[Env] = []
        if any(plan.required_when for plan in table.plans):
            envs = [
                self.envs[form].within(values)
                for (form, _number), values in zip(table.owners, table.values, strict=True)
            ]
        for plan in table.plans:
            for row in self._must(table, plan, envs):
                if self.forms.applies(code, table.owners[row][0]):
                    self.say_in(table, row, plan.place, _required(plan))

    @staticmethod
    def _must(level: Level, plan: FieldPlan, envs: Sequence[Env]) -> list[int]:
        """List the rows in which a field is required, applies, and is empty."""
        code = plan.field.code
        if not plan.field.required and plan.required_when is None:
            return []
        empty = [
            row
            for row, values in enumerate(level.values)
            if code not in values and not level.has(code, row) and level.applies(code, row)
        ]
        if plan.required_when is None:
            return empty
        run = plan.required_when.run
        return [row for row in empty if run(envs[row]) is True]

    def check(self) -> None:
        """Say which checks are broken; one that is unknown says nothing."""
        for at, (check, expression) in enumerate(self.plan.checks):
            about = [field for field in self.form.fields if field.code in check.fields]
            problem: Problem | None = None
            for row, env in enumerate(self.envs):
                if expression.run(env) is not False:
                    continue
                if problem is None:
                    fix = (
                        _("Look at %(fields)s.") % {"fields": listed(about)}
                        if about
                        else _("Correct the values that this rule is about.")
                    )
                    path = check.fields[0] if check.fields else ""
                    message = str(check.message)
                    rule = f"check:{check.code}"
                    problem = Problem(path, rule, message, fix, check.severity)
                self.say(row, _LAST + at, problem)

    def compare(self, most: float) -> None:
        """Warn where a number differs much from the last period's."""
        numbers = [p for p in self.plan.fields if p.field.type in ("number", "money")]
        for row, before in enumerate(self.previous):
            if not before:
                continue
            values = self.forms.values[row]
            for plan in numbers:
                old, new = before.get(plan.field.code), values.get(plan.field.code)
                # not isinstance: true is no number, and this runs for each cell of a province
                if new is None or old.__class__ not in (int, float):
                    continue
                if abs(new - old) > most * abs(old):
                    self.say(row, plan.place, _outlier(plan, old, new))

    def results(self) -> list[Checked]:
        """Put values and problems together."""
        self._say_what_was_unreadable()
        self._say_what_nobody_asked()
        if self.is_draft:
            for level in (self.forms, *self.tables.values()):
                level.keep_as_typed()
        return [
            Checked(values, tuple(problem for _key, problem in sorted(found, key=lambda f: f[0])))
            for values, found in zip(self.forms.values, self.found, strict=True)
        ]

    def _say_what_was_unreadable(self) -> None:
        for plan in self.plan.fields:
            code = plan.field.code
            for row, problem in self.forms.bad.get(code, {}).items():
                self.say(row, plan.place, problem)
            table = self.tables.get(code)
            if table is None:
                continue
            for form, most in table.too_long.items():
                if self.forms.applies(code, form):
                    self.say(form, plan.place, _too_many(plan, table.sizes[form], most))
            for column in table.plans:
                for row, problem in table.bad.get(column.field.code, {}).items():
                    if self.forms.applies(code, table.owners[row][0]):
                        self.say_in(table, row, column.place, problem)

    def _say_what_nobody_asked(self) -> None:
        for row in range(len(self.envs)):
            for key in self.forms.unknown_keys(row):
                self.say(row, _LAST, _unknown_field(key))
        for table in self.tables.values():
            for row in range(len(table.rows)):
                for key in table.unknown_keys(row):
                    self.say_in(table, row, _LAST, _unknown_field(key))


def _required(plan: FieldPlan) -> Problem:
    field = plan.field
    message = _("“%(label)s” is missing; it is required.") % {"label": field.label}
    fix = _("Add at least one row.") if field.type == "table" else _("Fill it in.")
    return Problem(field.code, "required", message, fix)


def _too_few(plan: FieldPlan, size: int) -> Problem:
    least = plan.field.min_rows
    message = _("“%(label)s” has %(n)s rows; at least %(least)s are needed.")
    fix = _("Rows to add: %(n)s.") % {"n": least - size}
    named = {"label": plan.field.label, "n": size, "least": least}
    return Problem(plan.field.code, "rows", message % named, fix)


def _too_many(plan: FieldPlan, size: int, most: int) -> Problem:
    message = _("“%(label)s” has %(n)s rows; at most %(most)s are possible.")
    fix = _("Rows to remove: %(n)s.") % {"n": size - most}
    named = {"label": plan.field.label, "n": size, "most": most}
    return Problem(plan.field.code, "rows", message % named, fix)


def _not_applicable(plan: FieldPlan) -> Problem:
    message = _(
        "“%(label)s” does not apply with the other answers, so what stood there is left out."
    )
    fix = _("Check the answers that it depends on, if it was meant to count.")
    named = {"label": plan.field.label}
    return Problem(plan.field.code, "not_applicable", message % named, fix, "warning")


def _unknown_field(key: str) -> Problem:
    message = _("The form does not ask for “%(key)s”, so it is left out.") % {"key": key}
    fix = _("Check the name, or take the form in its present version.")
    return Problem(key, "unknown_field", message, fix, "warning")


def _outlier(plan: FieldPlan, old: float, new: float) -> Problem:
    named = {"old": with_unit(plan.field, old), "new": with_unit(plan.field, new)}
    if old:
        named["change"] = f"{100 * (new - old) / abs(old):+.0f}"
        message = _("Last time it was %(old)s, now it is %(new)s (%(change)s%%).") % named
    else:
        message = _("Last time it was %(old)s, now it is %(new)s.") % named
    fix = _("Check the figure and its unit; if it is right, say why in a note.")
    return Problem(plan.field.code, "outlier", message, fix, "warning")
