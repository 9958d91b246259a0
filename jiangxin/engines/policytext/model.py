"""What a policy document says, once read: header, clauses, promises, duties and tasks.

Offsets count code points of the text that was given to `parse`; `source[start:end]` is where a
thing stands. A quote is that stretch with its line wraps undone and inner spaces kept. An item that
stands outside all numbered clauses, as in an annexed table, names the clause "".
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from jiangxin.engines.base import Trace

Comparator = Literal[">=", "<=", "==", "~", "range"]
Strength = Literal["binding", "planned", "aspired", "encouraged"]
MilestoneKind = Literal["one-off", "annual", "periodic", "coverage", "ratio-word"]
Role = Literal["lead", "support", "unspecified"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A document that this document cites."""

    title: str
    document_number: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Who issued the document, under which title and number, when, and what it cites."""

    title: str = ""
    document_number: str | None = None
    issuers: tuple[str, ...] = ()
    issued_on: date | None = None
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered piece of the document with its own words, those of sub-clauses excluded.

    `number` is the token as printed, without a trailing "、" but with brackets or dot. `text` has
    line wraps undone and a line per paragraph. `end` is where the next clause (or the end of the
    part) begins, so clauses never overlap and each item lies in exactly one of them.
    """

    id: str
    parent: str | None
    level: int
    number: str
    heading: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Target:
    """A promise with a number: metric, comparator, value, unit and, if stated, a deadline."""

    clause: str
    quote: str
    start: int
    end: int
    metric: str
    comparator: Comparator
    low: float
    high: float | None
    unit: str
    due_on: date | None
    scope: str | None
    strength: Strength


@dataclass(frozen=True, slots=True)
class Milestone:
    """A promise without a number: a dated event, a recurring duty or a word such as 全覆盖."""

    clause: str
    quote: str
    start: int
    end: int
    milestone: str
    kind: MilestoneKind
    due_on: date | None
    recurrence: str | None
    scope: str | None


@dataclass(frozen=True, slots=True)
class Responsibility:
    """Units that answer for a clause in one role, as printed."""

    clause: str
    role: Role
    units: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Task:
    """A numbered row of a task table."""

    number: int
    action: str
    sub_action: str
    task: str
    indicator: str
    responsible: tuple[str, ...]
    implementers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that was read from one text; lists are in the order of the text."""

    name: str
    header: Header
    clauses: tuple[Clause, ...] = ()
    targets: tuple[Target, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    responsibilities: tuple[Responsibility, ...] = ()
    tasks: tuple[Task, ...] = ()
    trace: Trace = field(default_factory=lambda: Trace("policytext"))

    def as_json(self) -> dict[str, Any]:
        """Return the object of the `policies parse` contract, ready for `json.dumps`."""
        return {
            "document": _plain(self.header),
            "clauses": [_plain(clause) for clause in self.clauses],
            "targets": [_plain(target) for target in self.targets],
            "milestones": [_plain(milestone) for milestone in self.milestones],
            "responsibilities": [_plain(duty) for duty in self.responsibilities],
            "tasks": [_plain(task) for task in self.tasks],
        }


def _plain(value: Header | Clause | Target | Milestone | Responsibility | Task) -> dict[str, Any]:
    return {name: _json_value(item) for name, item in asdict(value).items()}


def _json_value(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, tuple):
        return list(value)
    return value
