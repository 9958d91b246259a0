"""What a form is made of: typed fields, sections, checks, and what is found wrong with values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from jiangxin.core.errors import DomainError

FieldType = Literal[
    "text", "number", "money", "date", "period", "choice", "yes_no", "file", "table", "link"
]
LinkKind = Literal[
    "region", "organisation", "programme", "occupation", "industry", "person", "entry"
]
Severity = Literal["error", "warning"]

# values by code of field, as they are stored: a missing value has no key
Values = dict[str, Any]


class InvalidForm(DomainError):
    """The definition of a form cannot be used; `data["path"]` names the place."""

    code = "invalid_form"
    status = 422

    def __init__(self, message: str, *, path: str) -> None:
        super().__init__(f"{path}: {message}" if path else message, data={"path": path})


@dataclass(frozen=True, slots=True)
class Label:
    """A name in both languages; as text it is in the language of the reader."""

    en: str
    zh_hans: str

    def __str__(self) -> str:
        return self.zh_hans if (get_language() or "zh").startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that a choice offers."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading of its own."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form, or one column of a table in it.

    Args:
        required_when: expression; required only where it is true.
        when: expression; where it is not true, the field does not apply and keeps no value.
        unit: code of `rules/units.yaml`; values are stored in it.
        low: smallest value allowed, itself included; `high` likewise.
        decimals: most digits after the point; None is any number.
        many: for a choice, whether several answers may be given.
        many_lines: for a text, whether it may have paragraphs.
        columns: for a table, what each row holds.
        to: for a link, the kind of thing; `where` narrows it (read by the resolver of the kind).
        accept: for a file, the endings allowed, without dot; empty is any.
        source: requirement or document that asks for the field.
        was: codes and labels that the field had in earlier versions.
    """

    code: str
    type: FieldType
    label: Label
    help: Label | None = None
    section: str = ""
    required: bool = False
    required_when: str = ""
    when: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    decimals: int | None = None
    max_length: int | None = None
    choices: tuple[Choice, ...] = ()
    many: bool = False
    many_lines: bool = False
    columns: tuple[Field, ...] = ()
    min_rows: int = 0
    max_rows: int | None = None
    to: LinkKind | Literal[""] = ""
    where: Mapping[str, Any] = field(default_factory=dict)
    accept: tuple[str, ...] = ()
    source: str = ""
    was: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash((self.code, self.type))

    def column(self, code: str) -> Field:
        """Return the column of a table; KeyError if there is none."""
        return _by_code(self.columns, code)

    def choice(self, code: object) -> Choice | None:
        """Return the answer with this code, or None."""
        return next((choice for choice in self.choices if choice.code == code), None)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over several fields; where its test is false, its message is the problem."""

    code: str
    test: str
    message: Label
    fields: tuple[str, ...] = ()
    severity: Severity = "error"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One version of a form: what is asked, in the order of the page, and what must hold."""

    code: str
    version: int
    sections: tuple[Section, ...]
    fields: tuple[Field, ...]
    checks: tuple[Check, ...] = ()

    def __hash__(self) -> int:
        return hash((self.code, self.version))

    def field(self, code: str) -> Field:
        """Return the field with this code; KeyError if there is none."""
        return _by_code(self.fields, code)

    def in_section(self, code: str) -> tuple[Field, ...]:
        """Return the fields of a section, in order; "" are those before all sections."""
        return tuple(field for field in self.fields if field.section == code)


def _by_code(fields: tuple[Field, ...], code: str) -> Field:
    for found in fields:
        if found.code == code:
            return found
    raise KeyError(code)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value, and what to do about it.

    Args:
        path: the field, "area", or a cell of a table, "members[2].share" (rows count from 0, in
            the order of the values; rows that were wholly empty are not counted).
        rule: kind of rule that is broken, stable: "required", "number", "range", "unit",
            "date", "choice", "link", "rows", "check:CODE", "outlier" …
        message: what is wrong and why.
        fix: what to do.
    """

    path: str
    rule: str
    message: str
    fix: str
    severity: Severity = "error"

    @property
    def field(self) -> str:
        """Code of the field at the top of the path."""
        return self.path.partition("[")[0]


@dataclass(frozen=True, slots=True)
class Checked:
    """Values as they are to be stored, and all that was found wrong."""

    values: Values
    problems: tuple[Problem, ...] = ()

    @property
    def is_ok(self) -> bool:
        """Whether nothing is wrong; warnings are allowed."""
        return not self.errors

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that must be mended."""
        return tuple(p for p in self.problems if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that a person should look at."""
        return tuple(p for p in self.problems if p.severity == "warning")


class Named(Protocol):
    """Anything with a label."""

    @property
    def label(self) -> Label:
        """Name in both languages."""


def listed(things: Sequence[Named], *, most: int = 12) -> str:
    """Join labels for a sentence, at most some of them."""
    names = [f"“{thing.label}”" for thing in things[:most]]
    return _(", ").join(names) + (" …" if len(things) > most else "")
