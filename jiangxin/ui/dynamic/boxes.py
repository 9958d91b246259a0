"""The control of each type of field: what is in it, and what describes it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.core.forms import Field, Links, shown
from jiangxin.core.forms.units import unit
from jiangxin.ui.dynamic.shapes import Box, Note, Option, Part, attributes

FileUrl = Callable[[Mapping[str, Any]], str]
Labels = Mapping[tuple[str, str], str]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def labels_of(fields: Iterable[Field], *values: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return the names of everything that values link to, with one query for each kind."""
    wanted: dict[str, set[str]] = {}
    for field in fields:
        for held in values:
            found = held.get(field.code)
            if field.type == "link":
                _collect(field, found, wanted)
            elif field.type == "table" and isinstance(found, list):
                for column in (c for c in field.columns if c.type == "link"):
                    for row in found:
                        if isinstance(row, Mapping):
                            _collect(column, row.get(column.code), wanted)
    links = Links()
    return {
        (kind, code): label
        for kind, codes in wanted.items()
        for code, label in links.labels(kind, codes).items()
    }


def _collect(field: Field, value: object, wanted: dict[str, set[str]]) -> None:
    if isinstance(value, Mapping) and value.get("code"):
        wanted.setdefault(field.to, set()).add(str(value["code"]))


def unit_of(field: Field) -> str:
    """Return the unit as the reader knows it."""
    found = unit(field.unit)
    return str(found) if found else ""


def linked_text(code: str, label: str) -> str:
    """Write a link in a box: its name for people, its code in brackets for us."""
    return f"{label} [{code}]" if label and label != code else code


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes boxes; knows the names of what is linked to."""

    labels: Labels
    file_url: FileUrl | None
    editable: bool

    def shown(self, field: Field, value: Any) -> str:
        """Write a value as it is read."""
        if field.type == "link" and isinstance(value, Mapping):
            code = str(value.get("code", ""))
            return self.labels.get((field.to, code), code)
        return shown(field, value) if value not in (None, "", []) else ""

    def cell(
        self,
        column: Field,
        value: Any,
        id_: str,
        *,
        problems: Sequence[Note] = (),
        focus: bool = False,
    ) -> Box:
        """Make the box of a cell: it has no label of its own but is called after its column."""
        described = [f"{id_}-note-{place}" for place, _note in enumerate(problems, start=1)]
        return self.box(
            column,
            value,
            id_,
            problems=problems,
            described=described,
            is_cell=True,
            focus=focus,
        )

    def box(
        self,
        field: Field,
        value: Any,
        id_: str,
        *,
        problems: Sequence[Note],
        described: Sequence[str],
        required: bool = False,
        is_cell: bool = False,
        focus: bool = False,
    ) -> Box:
        """Make the box of a field."""
        label, size = str(field.label), unit_of(field)
        shared: dict[str, Any] = {
            "label": label,
            "unit": "" if is_cell else size,
            "problems": tuple(problems),
            "described": " ".join(described),
            "is_number": field.type in ("number", "money"),
        }
        if not self.editable:
            file = value if field.type == "file" and isinstance(value, Mapping) else None
            text = "" if file else self.shown(field, value)
            return Box(
                "value", id_, id_, shown=text, file=file, file_url=self._address(file), **shared
            )
        named = label if not size else f"{label} ({size})"
        common = {
            "id": id_,
            "name": id_,
            "aria-label": named if is_cell else "",
            "aria-describedby": " ".join(
                [*described, f"{id_}-unit"] if size and not is_cell else described
            ),
            "aria-invalid": "true" if any(n.severity == "error" for n in problems) else "",
            "aria-required": "true" if required else "",
            "maxlength": field.max_length,
            "autofocus": "autofocus" if focus else "",
        }
        if field.type == "choice":
            return self._choice(field, value, id_, common, shared, is_cell=is_cell)
        if field.type == "yes_no":
            return self._yes_no(value, id_, common, shared, required=required, is_cell=is_cell)
        if field.type == "period":
            return self._period(value, id_, common, shared)
        if field.type == "file":
            file = value if isinstance(value, Mapping) else None
            endings = ",".join(f".{ending}" for ending in field.accept)
            given = attributes({**common, "accept": endings})
            return Box(
                "file",
                id_,
                id_,
                file=file,
                attributes=given,
                file_url=self._address(file),
                **shared,
            )
        if field.type == "link":
            return self._link(field, value, id_, common, shared)
        text = _text(value)
        if field.type == "text" and field.many_lines:
            return Box("lines", id_, id_, text=text, attributes=attributes(common), **shared)
        type_ = "date" if field.type == "date" and (not text or _DAY.fullmatch(text)) else "text"
        if shared["is_number"]:
            common |= {"inputmode": "decimal", "autocomplete": "off"}
        return Box("line", id_, id_, text=text, type=type_, attributes=attributes(common), **shared)

    def _address(self, file: Mapping[str, Any] | None) -> str:
        return self.file_url(file) if file and self.file_url else ""

    def _choice(
        self,
        field: Field,
        value: Any,
        id_: str,
        common: dict[str, Any],
        shared: dict[str, Any],
        *,
        is_cell: bool,
    ) -> Box:
        chosen = {str(one) for one in (value if isinstance(value, list) else [value])}
        options = tuple(
            Option(c.code, str(c.label), c.code in chosen, f"{id_}-{place}")
            for place, c in enumerate(field.choices)
        )
        if field.many:
            return Box("checks", id_, id_, options=options, **shared)
        known = any(option.is_chosen for option in options)
        # what was typed in a sheet and is no answer stays until somebody chooses one
        typed = "" if known else _text(value)
        strange = (Option(typed, typed, True),) if typed else ()
        empty = Option("", "—", not known and not typed)
        return Box(
            "select",
            id_,
            id_,
            options=(empty, *strange, *options),
            attributes=attributes({**common, "maxlength": ""}),
            **shared,
        )

    def _yes_no(
        self,
        value: Any,
        id_: str,
        common: dict[str, Any],
        shared: dict[str, Any],
        *,
        required: bool,
        is_cell: bool,
    ) -> Box:
        options = (
            Option("yes", _("Yes"), value is True, f"{id_}-yes"),
            Option("no", _("No"), value is False, f"{id_}-no"),
        )
        none = Option("", "—" if is_cell else _("No answer"), value in (None, ""), f"{id_}-none")
        if is_cell:
            given = attributes(common)
            return Box("select", id_, id_, options=(none, *options), attributes=given, **shared)
        shown_options = options if required and value in (True, False) else (*options, none)
        return Box("radios", id_, id_, options=shown_options, **shared)

    def _period(self, value: Any, id_: str, common: dict[str, Any], shared: dict[str, Any]) -> Box:
        ends = dict(value) if isinstance(value, Mapping) else {"from": value}
        if "last" not in ends:
            ends["last"] = _day_before(ends.get("to"))
        parts = []
        for end, label in (("from", _("first day")), ("last", _("last day"))):
            text = _text(ends.get(end))
            given = {key: common[key] for key in ("aria-describedby", "aria-invalid")}
            parts.append(
                Part(
                    label,
                    "date" if not text or _DAY.fullmatch(text) else "text",
                    text,
                    attributes({"id": f"{id_}-{end}", "name": f"{id_}-{end}", **given}),
                )
            )
        return Box("period", id_, id_, parts=tuple(parts), **shared)

    def _link(
        self,
        field: Field,
        value: Any,
        id_: str,
        common: dict[str, Any],
        shared: dict[str, Any],
    ) -> Box:
        if isinstance(value, Mapping):
            code = str(value.get("code", ""))
            text = linked_text(code, self.labels.get((field.to, code), ""))
        else:
            text = _text(value)
        asked = {"name": id_}
        if field.where:
            asked["where"] = json.dumps(dict(field.where), ensure_ascii=False)
        given = attributes(
            {
                **common,
                "role": "combobox",
                "aria-expanded": "false",
                "aria-autocomplete": "list",
                "aria-controls": f"{id_}-found",
            }
        )
        url = f"{reverse('links', args=[field.to])}?{urlencode(asked)}"
        return Box("link", id_, id_, text=text, search_url=url, attributes=given, **shared)


def _day_before(day: Any) -> Any:
    """Return the last day of a period that is stored with the day after it."""
    if not isinstance(day, str) or not _DAY.fullmatch(day):
        return day
    try:
        return (date.fromisoformat(day) - timedelta(days=1)).isoformat()
    except ValueError:
        return day


def _text(value: Any) -> str:
    """Write a value as somebody would type it."""
    if value is None or isinstance(value, Mapping | list):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
