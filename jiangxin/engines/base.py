"""What all engines share: the error for invalid input and the trace of a result."""

from __future__ import annotations

from dataclasses import dataclass, field


class InvalidProblem(ValueError):
    """The input cannot be worked on; says where and what to do.

    Args:
        message: what is wrong and how to mend it, one sentence each.
        row: 1-based row or line, where that makes sense.
        field: name of the column, key or parameter.
    """

    def __init__(self, message: str, *, row: int | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.field = field


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation: what was computed, from what, with which result."""

    what: str
    inputs: tuple[tuple[str, object], ...] = ()
    result: object = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """How a result came about, in the order of computation."""

    engine: str
    steps: tuple[Step, ...] = field(default_factory=tuple)
