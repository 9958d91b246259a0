"""The small arithmetic of rules: + - * /, comparisons, min, max, and a choice by condition."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

from jiangxin.engines.base import InvalidProblem

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_CALLS: dict[str, Callable[..., float]] = {"min": min, "max": max}


def names_in(formula: str) -> tuple[str, ...]:
    """List the names of rules and inputs that a formula reads, in order.

    Raises:
        InvalidProblem: the formula holds anything but the small arithmetic.
    """
    tree = _tree(formula)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [
        (node.col_offset, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called
    ]
    _evaluate(tree, dict.fromkeys((name for _, name in names), 1.0), is_dry=True)
    return tuple(dict.fromkeys(name for _, name in sorted(names)))


def compute(formula: str, names: Mapping[str, float]) -> float:
    """Compute a formula from the numbers behind its names.

    Raises:
        InvalidProblem: a name has no number, or something is divided by zero.
    """
    return _evaluate(_tree(formula), names, is_dry=False)


def _tree(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError as error:
        raise InvalidProblem(f"formula: {error.msg}.", field="formula") from error


def _evaluate(node: ast.expr, names: Mapping[str, float], *, is_dry: bool) -> float:
    """Walk the tree; a dry run only checks it, and takes both ways of a choice."""

    def value(inner: ast.expr) -> float:
        return _evaluate(inner, names, is_dry=is_dry)

    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.Name(id=name):
            if name not in names:
                raise InvalidProblem(f"formula: nothing is given for {name}.", field=name)
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            first, second = value(left), value(right)
            if isinstance(op, ast.Div) and second == 0:
                if is_dry:
                    return 0.0
                raise InvalidProblem("formula: division by zero.", field="formula")
            return _BINARY[type(op)](first, second)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return float(_COMPARE[type(op)](value(left), value(right)))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            if is_dry:
                return value(test) + value(body) + value(orelse)
            return value(body) if value(test) else value(orelse)
        case ast.Call(func=ast.Name(id=name), args=[_, _, *_] as args, keywords=[]) if (
            name in _CALLS
        ):
            numbers = [value(arg) for arg in args]
            return _CALLS[name](numbers)
    raise InvalidProblem(
        f"formula: {ast.unparse(node)!r} is not allowed; use + - * /, comparisons, min, max "
        "and `a if b else c`.",
        field="formula",
    )
