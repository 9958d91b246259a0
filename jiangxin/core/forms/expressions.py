"""The small language of checks and conditions: an expression becomes a function, or is refused.

Read as Python by `ast`, allowed node by node, typed, then compiled once into closures. A missing
value is *unknown* (None): arithmetic and comparisons with it are unknown, `and` and `or` follow
Kleene. Nothing but the listed functions can be called and no attribute of an object is reached.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.utils.translation import gettext as _

from jiangxin.core.forms import operations as ops
from jiangxin.core.forms.model import Field, InvalidForm
from jiangxin.core.forms.operations import Run

Kind = Literal["number", "text", "date", "truth", "list", "period", "file", "table"]

FUNCTIONS = frozenset(
    {
        "count",
        "sum",
        "distinct",
        "min",
        "max",
        "abs",
        "round",
        "filled",
        "year",
        "days",
        "starts",
        "ends",
    }
)
MAX_LENGTH = 2000
MAX_DEPTH = 100  # a sum of many fields is as deep as it is long
_KINDS: Mapping[str, Kind] = {
    "text": "text",
    "number": "number",
    "money": "number",
    "date": "date",
    "period": "period",
    "choice": "text",
    "yes_no": "truth",
    "file": "file",
    "table": "table",
    "link": "text",
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Run, Run], Run]] = {
    ast.Add: ops.add,
    ast.Sub: ops.subtract,
    ast.Mult: ops.multiply,
    ast.Div: ops.divide,
}
_COMPARISONS: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.

    Args:
        run: gives the value, or None where it is unknown.
        needs: codes of the fields of the form that it reads; `cells` those of its row.
        rules: codes of the rules that it reads.
    """

    run: Run
    needs: frozenset[str]
    cells: frozenset[str]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled piece: its kind, its function, and the answers possible if it is a choice."""

    kind: Kind
    run: Run
    answers: frozenset[str] | None = None
    constant: str | float | bool | None = None


def compile_expression(
    text: str,
    *,
    fields: Mapping[str, Field],
    columns: Mapping[str, Field] | None = None,
    path: str,
    kind: Kind | None = "truth",
) -> Expression:
    """Compile an expression over the fields of a form, within a row of a table if `columns`.

    Args:
        kind: what the expression must give; None for any single value.

    Raises:
        InvalidForm: it holds anything but the small language, or names an unknown field.
    """
    if len(text) > MAX_LENGTH or "\\" in text:
        raise InvalidForm(
            _("An expression has at most %(most)s characters and no backslash.")
            % {"most": MAX_LENGTH},
            path=path,
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InvalidForm(
            _("“%(text)s” is not an expression.") % {"text": text}, path=path
        ) from error
    compiler = _Compiler(fields, columns, path)
    part = compiler.part(tree, 0)
    if part.kind in ("table", "file", "period") or (kind and part.kind != kind):
        raise compiler.refused(
            tree, _("it must give true or false") if kind == "truth" else _("it gives no value")
        )
    return Expression(
        part.run,
        frozenset(compiler.needs),
        frozenset(compiler.cells),
        frozenset(compiler.rules),
    )


class _Compiler:
    """Walks one tree; collects what it reads."""

    def __init__(
        self, fields: Mapping[str, Field], columns: Mapping[str, Field] | None, path: str
    ) -> None:
        self.fields = fields
        self.columns = columns
        self.path = path
        self.needs: set[str] = set()
        self.cells: set[str] = set()
        self.rules: set[str] = set()

    def refused(self, node: ast.AST, why: str) -> InvalidForm:
        return InvalidForm(
            _("“%(part)s” cannot stand here: %(why)s.") % {"part": ast.unparse(node), "why": why},
            path=self.path,
        )

    def part(self, node: ast.expr, depth: int) -> _Part:
        if depth > MAX_DEPTH:
            raise InvalidForm(_("This expression is nested too deeply."), path=self.path)
        below = depth + 1
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id="true" | "false" as name):
                return _Part("truth", ops.constant(name == "true"))
            case ast.Name():
                return self._name(node)
            case ast.Attribute(value=ast.Name(id="previous"), attr=code):
                return self._previous(node, code)
            case ast.Attribute(value=ast.Name(id="rule"), attr=code):
                self.rules.add(code)
                return _Part("number", ops.rule(code))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _Part("truth", ops.negate(self._of("truth", operand, below)))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                zero = ops.constant(0)
                return _Part("number", ops.subtract(zero, self._of("number", operand, below)))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                first, second = self._of("number", left, below), self._of("number", right, below)
                return _Part("number", _ARITHMETIC[type(op)](first, second))
            case ast.BoolOp(op=op, values=values):
                runs = [self._of("truth", value, below) for value in values]
                return _Part(
                    "truth", ops.all_of(runs) if isinstance(op, ast.And) else ops.any_of(runs)
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(node, test, body, orelse, below)
            case ast.Compare(left=left, ops=signs, comparators=others):
                pairs = zip([left, *others], signs, others, strict=False)
                return _Part(
                    "truth", ops.all_of([self._comparison(node, *p, below) for p in pairs])
                )
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                return self._call(node, name, args, below)
        raise self.refused(node, _("the language of forms has no such thing"))

    def _of(self, kind: Kind, node: ast.expr, depth: int) -> Run:
        part = self.part(node, depth)
        if part.kind != kind:
            expected = {
                "number": _("a number is needed"),
                "truth": _("something true or false is needed"),
                "date": _("a date is needed"),
                "period": _("a period is needed"),
            }
            raise self.refused(node, expected[kind])
        return part.run

    def _constant(self, node: ast.Constant) -> _Part:
        value = node.value
        if isinstance(value, bool):
            return _Part("truth", ops.constant(value))
        if isinstance(value, int | float) and abs(value) <= ops.LARGEST:
            return _Part("number", ops.constant(value), constant=value)
        if isinstance(value, str):
            return _Part("text", ops.constant(value), constant=value)
        raise self.refused(node, _("only numbers, texts, true and false can be written"))

    def _name(self, node: ast.Name) -> _Part:
        code = node.id
        if self.columns is not None and code in self.columns:
            field, run = self.columns[code], ops.of_row(self.columns[code])
            self.cells.add(code)
        elif code in self.fields:
            field, run = self.fields[code], ops.of_form(self.fields[code])
            self.needs.add(code)
        else:
            raise self.refused(node, _("there is no field of this name"))
        return self._field_part(field, run)

    def _previous(self, node: ast.expr, code: str) -> _Part:
        field = self.fields.get(code)
        if field is None or field.type == "table":
            raise self.refused(node, _("there is no field of this name"))
        part = self._field_part(field, ops.constant(None))
        return _Part(part.kind, ops.previous(field, _PYTHON[part.kind]), part.answers)

    def _field_part(self, field: Field, run: Run) -> _Part:
        kind: Kind = "list" if field.many else _KINDS[field.type]
        answers = frozenset(c.code for c in field.choices) if field.type == "choice" else None
        return _Part(kind, run, answers)

    def _choice(
        self, node: ast.IfExp, test: ast.expr, body: ast.expr, orelse: ast.expr, depth: int
    ) -> _Part:
        first, second = self.part(body, depth), self.part(orelse, depth)
        if first.kind != second.kind:
            raise self.refused(node, _("both ways of the choice must give the same kind of value"))
        run = ops.choose(self._of("truth", test, depth), first.run, second.run)
        return _Part(first.kind, run)

    def _comparison(
        self, whole: ast.expr, left: ast.expr, sign: ast.cmpop, right: ast.expr, depth: int
    ) -> Run:
        if isinstance(sign, ast.In | ast.NotIn):
            run = self._membership(left, right, depth)
            return ops.negate(run) if isinstance(sign, ast.NotIn) else run
        if type(sign) not in _COMPARISONS:
            raise self.refused(whole, _("the language of forms has no such thing"))
        first, second = self.part(left, depth), self.part(right, depth)
        self._answer_known(left, first, second)
        self._answer_known(right, second, first)
        kinds = {first.kind, second.kind}
        word = _COMPARISONS[type(sign)]
        if kinds == {"number"}:
            return ops.compare_numbers(word, first.run, second.run)
        if kinds <= {"date", "text"} and "date" in kinds:
            # a date is stored as YYYY-MM-DD, so texts of that shape compare as days
            self._day_written(left, first)
            self._day_written(right, second)
            return ops.compare_texts(word, first.run, second.run)
        if word in ("==", "!=") and kinds in ({"text"}, {"truth"}):
            return ops.compare_texts(word, first.run, second.run)
        raise self.refused(whole, _("these two kinds of values cannot be compared"))

    def _answer_known(self, node: ast.expr, constant: _Part, other: _Part) -> None:
        if (
            other.answers is not None
            and constant.constant is not None
            and constant.constant not in other.answers
        ):
            known = ", ".join(sorted(other.answers))
            raise self.refused(
                node, _("it is not a code of the choice (%(known)s)") % {"known": known}
            )

    def _day_written(self, node: ast.expr, part: _Part) -> None:
        if part.kind == "date":
            return
        try:
            date.fromisoformat(str(part.constant))
        except ValueError as error:
            raise self.refused(node, _("a day is written '2026-01-31'")) from error

    def _membership(self, left: ast.expr, right: ast.expr, depth: int) -> Run:
        item = self.part(left, depth)
        if isinstance(right, ast.Tuple | ast.List):
            parts = [self.part(element, depth) for element in right.elts]
            for element, part in zip(right.elts, parts, strict=True):
                if part.constant is None or part.kind != item.kind:
                    raise self.refused(element, _("a list holds constants of one kind"))
                self._answer_known(element, part, item)
            return ops.is_in(item.run, ops.constant([part.constant for part in parts]))
        several = self.part(right, depth)
        if several.kind != "list" or item.kind != "text":
            raise self.refused(right, _("a list or a choice with several answers is needed"))
        self._answer_known(left, item, several)
        return ops.is_in(item.run, several.run)

    def _call(self, node: ast.Call, name: str, args: list[ast.expr], depth: int) -> _Part:
        match name, args:
            case "count" | "sum" | "distinct" | "min" | "max", [first, *rest] if (
                len(rest) <= 1 and (table := self._table_of(name, first)) is not None
            ):
                rows, column = table
                wanted = self._condition(rows, rest[0], depth) if rest else None
                return _Part("number", ops.AGGREGATES[name](ops.rows_of(rows), column, wanted))
            case "count", [several]:
                part = self.part(several, depth)
                if part.kind == "list":
                    return _Part("number", ops.length(part.run))
            case "filled", [ast.Name() as named]:
                part = self._name(named)
                of_row = self.columns is not None and named.id in self.columns
                run = ops.filled_in_row(named.id) if of_row else ops.filled(named.id)
                return _Part("truth", run)
            case "min" | "max", [_one, _two, *_more]:
                return _Part(
                    "number", ops.extreme(name, [self._of("number", a, depth) for a in args])
                )
            case "abs", [number]:
                return _Part("number", ops.absolute(self._of("number", number, depth)))
            case "round", [number]:
                return _Part("number", ops.rounded(self._of("number", number, depth), 0))
            case "round", [number, ast.Constant(value=int() as digits)] if 0 <= digits <= 12:
                return _Part("number", ops.rounded(self._of("number", number, depth), digits))
            case "year", [day]:
                return _Part("number", ops.year(self._of("date", day, depth)))
            case "days", [first, second]:
                runs = self._of("date", first, depth), self._of("date", second, depth)
                return _Part("number", ops.days(*runs))
            case "starts" | "ends", [period]:
                key = "from" if name == "starts" else "to"
                return _Part("date", ops.edge(self._of("period", period, depth), key))
        raise self.refused(node, _("the function is not used like this"))

    def _table_of(self, name: str, node: ast.expr) -> tuple[str, str] | None:
        """Return the table that an aggregate reads, and its column ("" for count)."""
        match node:
            case ast.Name(id=code) if name == "count":
                column = ""
            case ast.Attribute(value=ast.Name(id=code), attr=column) if name != "count":
                pass
            case _:
                return None
        table = self.fields.get(code)
        if table is None or table.type != "table":
            return None
        if column:
            found = {c.code: c for c in table.columns}.get(column)
            if found is None or (name != "distinct" and _KINDS[found.type] != "number"):
                raise self.refused(node, _("the table has no such column of numbers"))
        self.needs.add(code)
        return code, column

    def _condition(self, table: str, node: ast.expr, depth: int) -> Run:
        inside = _Compiler(self.fields, {c.code: c for c in self.fields[table].columns}, self.path)
        run = inside._of("truth", node, depth)
        self.needs |= inside.needs
        self.rules |= inside.rules
        return run


_PYTHON: Mapping[Kind, tuple[type, ...]] = {
    "number": (int, float),
    "text": (str,),
    "date": (str,),
    "truth": (bool,),
    "list": (list,),
    "period": (dict,),
    "file": (dict,),
    "table": (list,),
}
