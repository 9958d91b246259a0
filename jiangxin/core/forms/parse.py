"""A mapping (parsed YAML, or a definition made on screen) becomes a form, or is refused."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

from django.utils.translation import gettext as _

from jiangxin.core.forms import units
from jiangxin.core.forms.expressions import FUNCTIONS
from jiangxin.core.forms.model import (
    Check,
    Choice,
    Field,
    FieldType,
    Form,
    InvalidForm,
    Label,
    LinkKind,
    Section,
)
from jiangxin.core.forms.plan import plan_of

MAX_FIELDS = 1000
MAX_COLUMNS = 60
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_ANSWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
# words of the expression language; a field of that name could not be asked about
_RESERVED = FUNCTIONS | {"previous", "rule", "true", "false", "none"} | set(keyword.kwlist)
_COMMON = {"type", "label", "help", "section", "required", "required_when", "when", "source", "was"}
_ATTRIBUTES: Mapping[str, set[str]] = {
    "text": {"max_length", "many_lines"},
    "number": {"unit", "low", "high", "decimals"},
    "money": {"low", "high", "decimals"},
    "date": set(),
    "period": set(),
    "choice": {"choices", "many"},
    "yes_no": set(),
    "file": {"accept"},
    "table": {"columns", "min_rows", "max_rows"},
    "link": {"to", "where"},
}


def parse_form(raw: Mapping[str, Any], *, code: str, version: int = 1) -> Form:
    """Read a form from a mapping with `sections`, `fields` and `checks`; other keys are not ours.

    Raises:
        InvalidForm: something is missing, unknown, contradictory, or an expression is wrong;
            the error names the place.
    """
    if not isinstance(raw, Mapping):
        raise InvalidForm(_("A form must be a mapping with `fields`."), path="")
    sections = tuple(
        Section(name, _label(body, path))
        for name, body, path in _named(raw.get("sections") or {}, "sections")
    )
    fields = tuple(
        _field(name, body, path) for name, body, path in _named(raw.get("fields") or {}, "fields")
    )
    if len(fields) > MAX_FIELDS:
        raise InvalidForm(
            _("A form has at most %(most)s fields.") % {"most": MAX_FIELDS}, path="fields"
        )
    known = {section.code for section in sections}
    for field in fields:
        if field.section and field.section not in known:
            raise InvalidForm(
                _("There is no section “%(code)s”.") % {"code": field.section},
                path=f"fields.{field.code}.section",
            )
    _refuse_reused_names(fields, "fields")
    form = Form(code, version, sections, fields, _checks(raw.get("checks") or [], fields))
    plan_of(form)  # compiles every expression, so that a wrong one is refused here
    return form


def _refuse_reused_names(fields: tuple[Field, ...], path: str) -> None:
    """Refuse an earlier name that is still in use, or that two fields claim."""
    taken = {field.code for field in fields}
    for field in fields:
        for name in field.was:
            if name in taken:
                raise InvalidForm(
                    _("The earlier name “%(name)s” belongs to another field too.") % {"name": name},
                    path=f"{path}.{field.code}.was",
                )
        taken |= set(field.was)


def _named(raw: Any, path: str) -> Iterator[tuple[str, Any, str]]:
    """Go through a mapping of codes."""
    if not isinstance(raw, Mapping):
        raise InvalidForm(_("This must be a mapping of codes."), path=path)
    for code, body in raw.items():
        place = f"{path}.{code}"
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise InvalidForm(
                _("A code is lower-case letters, digits and “_”, and begins with a letter."),
                path=place,
            )
        if code in _RESERVED:
            raise InvalidForm(
                _("“%(code)s” is a word of the rules; choose another code.") % {"code": code},
                path=place,
            )
        yield code, body, place


def _label(raw: Any, path: str) -> Label:
    if not isinstance(raw, Mapping) or set(raw) != {"en", "zh-Hans"}:
        raise InvalidForm(_("A label needs both languages: en and zh-Hans."), path=path)
    for language, text in raw.items():
        if not isinstance(text, str) or not text.strip():
            raise InvalidForm(_("This label is empty or not a text."), path=f"{path}.{language}")
    return Label(raw["en"].strip(), raw["zh-Hans"].strip())


def _field(code: str, raw: Any, path: str, *, in_table: bool = False) -> Field:
    if not isinstance(raw, Mapping):
        raise InvalidForm(_("A field must be a mapping with `type` and `label`."), path=path)
    type_: Any = raw.get("type")
    if type_ not in tuple(_ATTRIBUTES):
        raise InvalidForm(
            _("“%(type)s” is not a type; known are %(known)s.")
            % {"type": type_, "known": ", ".join(get_args(FieldType))},
            path=f"{path}.type",
        )
    if in_table and type_ == "table":
        raise InvalidForm(_("A table cannot stand in a table."), path=f"{path}.type")
    allowed = (_COMMON | _ATTRIBUTES[type_]) - ({"section"} if in_table else set())
    for attribute in raw:
        if attribute not in allowed:
            raise InvalidForm(
                _("A field of type %(type)s has no such attribute; known are %(known)s.")
                % {"type": type_, "known": ", ".join(sorted(allowed))},
                path=f"{path}.{attribute}",
            )
    read = _Reader(raw, path)
    low, high = read.number("low"), read.number("high")
    if low is not None and high is not None and low > high:
        raise InvalidForm(_("`low` is above `high`."), path=f"{path}.low")
    field = Field(
        code=code,
        type=type_,
        label=_label(raw.get("label"), f"{path}.label"),
        help=_label(raw["help"], f"{path}.help") if "help" in raw else None,
        section=read.text("section"),
        required=read.flag("required"),
        required_when=read.text("required_when"),
        when=read.text("when"),
        low=low,
        high=high,
        decimals=read.count("decimals", 12),
        source=read.text("source"),
        was=read.texts("was"),
    )
    if field.required and field.required_when:
        raise InvalidForm(
            _("Give `required` or `required_when`, not both."), path=f"{path}.required_when"
        )
    return _of_its_type(field, read)


def _of_its_type(field: Field, read: _Reader) -> Field:
    """Add what only this type of field has."""
    if field.type == "text":
        return replace(
            field,
            max_length=read.count("max_length", 100_000),
            many_lines=read.flag("many_lines"),
        )
    if field.type == "number":
        return replace(field, unit=read.unit())
    if field.type == "money":
        decimals = 2 if field.decimals is None else field.decimals
        return replace(field, unit="yuan", decimals=decimals)
    if field.type == "choice":
        return replace(field, choices=_choices(read), many=read.flag("many"))
    if field.type == "file":
        accept = tuple(ending.lower().lstrip(".") for ending in read.texts("accept"))
        return replace(field, accept=accept)
    if field.type == "link":
        return _link(field, read)
    if field.type == "table":
        return _table(field, read)
    return field


def _choices(read: _Reader) -> tuple[Choice, ...]:
    raw, path = read.raw.get("choices"), read.place("choices")
    if not isinstance(raw, Mapping) or not raw:
        raise InvalidForm(_("A choice needs `choices`: codes with labels."), path=path)
    seen: set[str] = set()
    choices = []
    for code, label in raw.items():
        place = f"{path}.{code}"
        if not isinstance(code, str) or not _ANSWER.fullmatch(code):
            raise InvalidForm(
                _(
                    "A code of a choice is a text of letters, digits, “_”, “.” and “-”; put "
                    "quotes around numbers and around yes, no, on and off."
                ),
                path=place,
            )
        choice = Choice(code, _label(label, place))
        # what a person may write for this answer must not mean another one
        words = {code.lower(), choice.label.en.lower(), choice.label.zh_hans}
        if words & seen:
            raise InvalidForm(
                _("Two choices have the same code or label: %(words)s.")
                % {"words": ", ".join(sorted(words & seen))},
                path=place,
            )
        seen |= words
        choices.append(choice)
    return tuple(choices)


def _link(field: Field, read: _Reader) -> Field:
    to: Any = read.raw.get("to")
    where: Any = read.raw.get("where") or {}
    if to not in get_args(LinkKind):
        raise InvalidForm(
            _("A link needs `to`: one of %(kinds)s.") % {"kinds": ", ".join(get_args(LinkKind))},
            path=read.place("to"),
        )
    if not isinstance(where, Mapping):
        raise InvalidForm(_("`where` must be a mapping."), path=read.place("where"))
    return replace(field, to=to, where=dict(where))


def _table(field: Field, read: _Reader) -> Field:
    path = read.place("columns")
    columns = tuple(
        _field(code, body, place, in_table=True)
        for code, body, place in _named(read.raw.get("columns") or {}, path)
    )
    if not columns:
        raise InvalidForm(_("A table needs `columns`."), path=path)
    if len(columns) > MAX_COLUMNS:
        raise InvalidForm(
            _("A table has at most %(most)s columns.") % {"most": MAX_COLUMNS}, path=path
        )
    _refuse_reused_names(columns, path)
    least = read.count("min_rows", 10_000) or 0
    most = read.count("max_rows", 10_000)
    if most is not None and least > most:
        raise InvalidForm(_("`min_rows` is above `max_rows`."), path=read.place("min_rows"))
    return replace(field, columns=columns, min_rows=least, max_rows=most)


def _checks(raw: Any, fields: tuple[Field, ...]) -> tuple[Check, ...]:
    if not isinstance(raw, list):
        raise InvalidForm(_("`checks` must be a list."), path="checks")
    checks: dict[str, Check] = {}
    codes = {field.code for field in fields}
    for index, body in enumerate(raw):
        path = f"checks[{index}]"
        known = {"code", "test", "fields", "severity", "message", "source"}
        if not isinstance(body, Mapping) or set(body) - known:
            raise InvalidForm(
                _("A check is a mapping of %(known)s.") % {"known": ", ".join(sorted(known))},
                path=path,
            )
        read = _Reader(body, path)
        code, test, severity = read.text("code"), read.text("test"), body.get("severity", "error")
        if not _CODE.fullmatch(code) or code in checks:
            raise InvalidForm(_("A check needs a code of its own."), path=f"{path}.code")
        if not test:
            raise InvalidForm(_("A check needs a test."), path=f"{path}.test")
        if severity not in ("error", "warning"):
            raise InvalidForm(_("This must be error or warning."), path=f"{path}.severity")
        about = read.texts("fields")
        for name in about:
            if name not in codes:
                raise InvalidForm(
                    _("There is no field “%(code)s”.") % {"code": name}, path=f"{path}.fields"
                )
        message = _label(body.get("message"), f"{path}.message")
        checks[code] = Check(code, test, message, about, severity, read.text("source"))
    return tuple(checks.values())


class _Reader:
    """The attributes of one field, read by kind."""

    def __init__(self, raw: Mapping[str, Any], path: str) -> None:
        self.raw = raw
        self.path = path

    def place(self, key: str) -> str:
        return f"{self.path}.{key}"

    def text(self, key: str) -> str:
        value = self.raw.get(key, "")
        if not isinstance(value, str):
            raise InvalidForm(_("This must be a text."), path=self.place(key))
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.raw.get(key) or []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise InvalidForm(_("This must be a list of texts."), path=self.place(key))
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self.raw.get(key, False)
        if not isinstance(value, bool):
            raise InvalidForm(_("This must be true or false."), path=self.place(key))
        return value

    def number(self, key: str) -> float | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
        ):
            raise InvalidForm(_("This must be a number."), path=self.place(key))
        return value

    def count(self, key: str, most: int) -> int | None:
        value = self.number(key)
        if value is not None and not (isinstance(value, int) and 0 <= value <= most):
            raise InvalidForm(
                _("This must be a whole number from 0 to %(most)s.") % {"most": most},
                path=self.place(key),
            )
        return None if value is None else int(value)

    def unit(self) -> str:
        unit = self.text("unit")
        if unit and unit not in units.known():
            raise InvalidForm(
                _("“%(unit)s” is not in units.yaml; known are %(known)s.")
                % {"unit": unit, "known": ", ".join(sorted(units.known()))},
                path=self.place("unit"),
            )
        return unit
