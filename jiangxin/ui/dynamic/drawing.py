"""A form with its values becomes what the templates draw."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from jiangxin.core.forms import Field, Form, Problem
from jiangxin.core.permissions import PUBLIC, Viewer
from jiangxin.ui import numbers
from jiangxin.ui.dynamic.boxes import FileUrl, Maker, labels_of, unit_of
from jiangxin.ui.dynamic.posting import RowMove
from jiangxin.ui.dynamic.shapes import Block, Box, Head, Note, Row, SectionView
from jiangxin.ui.dynamic.state import state_of

_PATH = re.compile(r"([a-z0-9_]+)(?:\[(\d+)\])?(?:\.([a-z0-9_]+))?")
# stands in the names of the row that forms.js copies, where others have their number
NEW_ROW = "__n__"


class DynamicForm:
    """A form as a page shows it.

    Args:
        values: stored values, or raw ones as posted; what cannot be read is shown as typed.
        problems: what `core.forms.clean` found; `previous` are last period's approved values,
            called `previous_label` ("2025").
        autosave_url: where changes are posted as the reader types; answered by `autosaved`.
        version: sent along in a hidden field "version", to find out that somebody else saved.
        file_url: the address of a stored file.
        rules: numbers that conditions of the form compare with.
        only: codes of the fields to show; all without it.
        move: the row button just pressed; the new row gets the focus.
        default_button: name of the submit that Enter in a box presses.
    """

    def __init__(
        self,
        form: Form,
        *,
        values: Mapping[str, Any],
        viewer: Viewer = PUBLIC,
        problems: Sequence[Problem] = (),
        previous: Mapping[str, Any] | None = None,
        previous_label: str = "",
        editable: bool = True,
        prefix: str = "f",
        autosave_url: str = "",
        version: int | str | None = None,
        file_url: FileUrl | None = None,
        rules: Mapping[str, float] | None = None,
        only: Collection[str] | None = None,
        move: RowMove | None = None,
        default_button: str = "",
    ) -> None:
        self.form = form
        self.values = values
        self.viewer = viewer
        self.problems = tuple(problems)
        self.previous = previous or {}
        self.previous_label = previous_label or _("Last period")
        self.editable = editable
        self.prefix = prefix
        self.autosave_url = autosave_url
        self.version = version
        self.default_button = default_button
        self._fields = [f for f in form.fields if only is None or f.code in only]
        self._move = move
        state = state_of(form, values, previous=self.previous, rules=rules or {})
        self._applies, self._required = state.applies, state.required
        labels = labels_of(self._fields, values, self.previous)
        self._make = Maker(labels=labels, file_url=file_url, editable=editable)

    @cached_property
    def sections(self) -> tuple[SectionView, ...]:
        """The sections that have fields, in order."""
        parts = [("", "")] + [(s.code, str(s.label)) for s in self.form.sections]
        views = []
        for code, label in parts:
            fields = [field for field in self._fields if field.section == code]
            if fields:
                blocks = tuple(self._block(field) for field in fields)
                views.append(SectionView(f"{self.prefix}-section-{code or 'first'}", label, blocks))
        return tuple(views)

    @property
    def blocks(self) -> list[Block]:
        """All fields shown, in order."""
        return [block for section in self.sections for block in section.blocks]

    @property
    def total(self) -> int:
        """How many fields apply."""
        return sum(section.total for section in self.sections)

    @property
    def filled(self) -> int:
        """How many of them have a value."""
        return sum(section.filled for section in self.sections)

    @cached_property
    def errors(self) -> tuple[Note, ...]:
        """What must be mended, for the summary on top."""
        return tuple(note for note in self._notes if note.severity == "error")

    @cached_property
    def warnings(self) -> tuple[Note, ...]:
        """What should be looked at again."""
        return tuple(note for note in self._notes if note.severity == "warning")

    @property
    def hidden_codes(self) -> list[str]:
        """Fields that do not apply to what is filled in now."""
        return [block.code for block in self.blocks if not block.applies]

    @property
    def required_codes(self) -> list[str]:
        """Fields that are required by what is filled in now."""
        return [block.code for block in self.blocks if block.is_required]

    @property
    def invalid_ids(self) -> list[str]:
        """Ids of the boxes with errors."""
        return [block.box.id for block in self.blocks if block.box.errors]

    @cached_property
    def _notes(self) -> tuple[Note, ...]:
        return tuple(self._note(problem) for problem in self.problems)

    def _id(self, field: Field) -> str:
        return f"{self.prefix}-{field.code}"

    def _note(self, problem: Problem) -> Note:
        """Find the box that a problem is about, and what it is called."""
        code, row, column = _split(problem.path)
        field = next((f for f in self._fields if f.code == code), None)
        if field is None:
            return Note(problem.severity, problem.message, problem.fix)
        place, anchor, in_cell = str(field.label), self._id(field), False
        if field.type == "table" and row is not None:
            place = _("%(table)s, row %(row)s") % {"table": place, "row": row + 1}
            shown = self._keys(field)
            cell = next((c for c in field.columns if c.code == column), None)
            if cell is not None and row < len(shown):
                place += _(", ") + str(cell.label)
                anchor, in_cell = f"{anchor}-{shown[row]}-{cell.code}", True
        return Note(problem.severity, problem.message, problem.fix, place, anchor, in_cell)

    def _rows(self, field: Field) -> list[Mapping[str, Any]]:
        value = self.values.get(field.code)
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        missing = max(field.min_rows, 1) - len(rows) if self.editable else 0
        return rows + [{}] * missing

    def _keys(self, field: Field) -> list[int]:
        """Return the places of the rows that are not empty, as problems count them."""
        return [key for key, row in enumerate(self._rows(field)) if row]

    def _block(self, field: Field) -> Block:
        problems = [(p, n) for p, n in zip(self.problems, self._notes, strict=True)]
        mine = tuple(note for problem, note in problems if _split(problem.path)[0] == field.code)
        id_ = self._id(field)
        hint = str(field.help) if field.help else ""
        described = [f"{id_}-help"] if hint or field.source else []
        described.append(f"{id_}-notes")
        value, was = self.values.get(field.code), self.previous.get(field.code)
        if field.type == "table":
            box = Box("table", id_, id_, str(field.label), described=" ".join(described))
        else:
            box = self._make.box(
                field,
                value,
                id_,
                problems=mine,
                described=described,
                required=field.code in self._required,
            )
        block: dict[str, Any] = {
            "code": field.code,
            "label": str(field.label),
            "box": box,
            "help": hint,
            "source": field.source,
            "is_required": field.code in self._required,
            "applies": field.code in self._applies,
            "is_filled": value not in (None, "", [], {}),
            "problems": _placed(mine, str(field.label)),
        }
        if was not in (None, "", []) and field.type not in ("file", "table"):
            block |= {
                "was": self._make.shown(field, was),
                "was_label": self.previous_label,
                "difference": _difference(value, was),
            }
        if field.type == "table":
            block |= self._table(field, id_)
        elif field.type == "text":
            block["is_long"] = field.many_lines or len(str(value or "")) > 80
        return Block(**block)

    def _table(self, field: Field, id_: str) -> dict[str, Any]:
        rows = self._rows(field)
        keys = self._keys(field)
        by_cell: dict[tuple[int, str], list[Note]] = {}
        for problem, note in zip(self.problems, self._notes, strict=True):
            code, row, column = _split(problem.path)
            if code == field.code and row is not None and row < len(keys) and column:
                by_cell.setdefault((keys[row], column), []).append(note)
        drawn = [
            self._row(field, id_, key, row, by_cell, is_new=self._is_new(field, key, rows))
            for key, row in enumerate(rows)
        ]
        return {
            "is_table": True,
            "heads": tuple(
                Head(
                    str(column.label),
                    unit_of(column),
                    str(column.help or ""),
                    column.required,
                    column.type in ("number", "money"),
                )
                for column in field.columns
            ),
            "rows": tuple(drawn),
            "blank": self._row(field, id_, NEW_ROW, {}, {}) if self.editable else None,
            "next_key": len(rows),
            "limits": _limits(field),
            "is_filled": bool(keys),
        }

    def _row(
        self,
        field: Field,
        id_: str,
        key: int | str,
        row: Mapping[str, Any],
        notes: Mapping[tuple[int, str], Sequence[Note]],
        *,
        is_new: bool = False,
    ) -> Row:
        cells = []
        for column in field.columns:
            found = tuple(notes.get((key, column.code), ())) if isinstance(key, int) else ()
            cells.append(
                self._make.cell(
                    column,
                    row.get(column.code),
                    f"{id_}-{key}-{column.code}",
                    problems=found,
                    focus=is_new and column is field.columns[0],
                )
            )
        return Row(str(key), key + 1 if isinstance(key, int) else key, tuple(cells))

    def _is_new(self, field: Field, key: int, rows: Sequence[object]) -> bool:
        move = self._move
        if move is None or move.table != field.code or move.kind == "remove":
            return False
        return key == (len(rows) - 1 if move.kind == "add" else int(move.row or 0) + 1)


def _split(path: str) -> tuple[str, int | None, str]:
    match = _PATH.fullmatch(path)
    if match is None:
        return "", None, ""
    return match[1], None if match[2] is None else int(match[2]), match[3] or ""


def _placed(notes: Sequence[Note], label: str) -> tuple[Note, ...]:
    """Say beside a table which row is meant; beside a field its own name needs no saying."""
    return tuple(replace(note, place=_within(note.place, label)) for note in notes)


def _within(place: str, label: str) -> str:
    return place.removeprefix(label).lstrip(_(", "))


def _difference(now: Any, was: Any) -> str:
    """Say how a number moved since last time."""
    if not _is_number(now) or not _is_number(was):
        return ""
    step = now - was
    if step == 0:
        return _("unchanged")
    text = ("+" if step > 0 else "−") + numbers.plain(abs(step))
    if was:
        share = numbers.plain(round(abs(step / was) * 100, 1))
        text += f" ({'+' if step > 0 else '−'}{share}%)"
    return text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _limits(field: Field) -> str:
    if field.min_rows and field.max_rows:
        return _("%(low)s to %(high)s rows.") % {"low": field.min_rows, "high": field.max_rows}
    if field.min_rows:
        least = ngettext("At least %(low)s row.", "At least %(low)s rows.", field.min_rows)
        return least % {"low": field.min_rows}
    if field.max_rows:
        most = ngettext("At most %(high)s row.", "At most %(high)s rows.", field.max_rows)
        return most % {"high": field.max_rows}
    return ""
