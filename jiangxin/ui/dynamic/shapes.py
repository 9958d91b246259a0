"""What the templates of a dynamic form draw: boxes, rows, blocks, sections, notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from jiangxin.core.forms.model import Severity

_NOTHING = SafeString("")


@dataclass(frozen=True, slots=True)
class Note:
    """A problem as the reader meets it: where it is, and the address of the box on the page.

    Args:
        in_cell: it stands beside a cell of a table too.
    """

    severity: Severity
    message: str
    fix: str
    place: str = ""
    anchor: str = ""
    in_cell: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    value: str
    label: str
    is_chosen: bool
    id: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two days of a period."""

    label: str
    type: str
    text: str
    attributes: SafeString


@dataclass(frozen=True, slots=True)
class Box:
    """One thing to fill in: the control of a field or of a cell in a table.

    Args:
        kind: how it is drawn: line, lines, select, checks, radios, period, file or link.
        described: ids of the texts that explain it, for readers who hear the page.
        shown: the value as it is read where it cannot be changed.
    """

    kind: str
    id: str
    name: str
    label: str
    text: str = ""
    shown: str = ""
    type: str = "text"
    unit: str = ""
    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()
    file: Mapping[str, Any] | None = None
    file_url: str = ""
    search_url: str = ""
    attributes: SafeString = _NOTHING
    described: str = ""
    problems: tuple[Note, ...] = ()
    is_number: bool = False

    @property
    def errors(self) -> tuple[Note, ...]:
        """Problems that must be mended."""
        return tuple(note for note in self.problems if note.severity == "error")

    @property
    def is_group(self) -> bool:
        """Whether it is several controls under one name."""
        return self.kind in ("checks", "radios", "period")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; `key` is its number in the names of its boxes."""

    key: str
    number: int | str
    cells: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """The heading of a column."""

    label: str
    unit: str
    help: str
    is_required: bool
    is_number: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A field with all that stands around its box.

    Args:
        was: value of the last period, with its name in `was_label`; `difference` from it to now.
    """

    code: str
    label: str
    box: Box
    help: str
    source: str
    is_required: bool
    applies: bool
    is_filled: bool
    problems: tuple[Note, ...]
    was: str = ""
    was_label: str = ""
    difference: str = ""
    is_table: bool = False
    is_long: bool = False
    heads: tuple[Head, ...] = ()
    rows: tuple[Row, ...] = ()
    blank: Row | None = None
    next_key: int = 0
    limits: str = ""


@dataclass(frozen=True)
class SectionView:
    """A section of the page, and how far it is filled in."""

    id: str
    label: str
    blocks: tuple[Block, ...]

    @cached_property
    def total(self) -> int:
        """How many fields apply."""
        return sum(block.applies for block in self.blocks)

    @cached_property
    def filled(self) -> int:
        """How many of them have a value."""
        return sum(block.applies and block.is_filled for block in self.blocks)

    @property
    def is_full(self) -> bool:
        """Whether nothing is left to fill in."""
        return self.filled == self.total

    @cached_property
    def errors(self) -> int:
        """How many problems must be mended here."""
        return sum(note.severity == "error" for block in self.blocks for note in block.problems)

    @property
    def has_shown(self) -> bool:
        """Whether there is anything to read."""
        return self.total > 0


def attributes(pairs: Mapping[str, Any]) -> SafeString:
    """Write the attributes of an element; those without a value are left out."""
    return format_html_join(
        " ", '{}="{}"', ((key, value) for key, value in pairs.items() if value not in (None, ""))
    )
