"""One value as people, sheets and the API write it becomes the value that is stored, or a problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from jiangxin.core.forms import dates, numbers
from jiangxin.core.forms.model import Choice, Field, Problem, listed
from jiangxin.core.forms.units import normal
from jiangxin.core.forms.written import (
    FORBIDDEN,
    INVISIBLE,
    Outcome,
    Refusal,
    is_empty,
    shortened,
    written,
)

ONE_LINE, MANY_LINES = 500, 10_000  # characters, where a text field names no limit
_SEPARATORS = re.compile(r"[、,;，；|/\n\t]+")
_YES = {"是", "有", "对", "√", "✓", "✔", "☑", "y", "yes", "true", "t", "1", "on", "已", "具备"}
_NO = {
    "否",
    "无",
    "没有",
    "错",
    "×",
    "✗",
    "✘",
    "☐",
    "x",
    "n",
    "no",
    "false",
    "f",
    "0",
    "off",
    "未",
    "不具备",
}
_SHA256 = re.compile(r"[0-9a-f]{64}")

Read = tuple[Any, Problem | None]


def read_value(field: Field, raw: Any, *, path: str = "") -> Read:
    """Read one value; nothing written gives (None, None), something unreadable (None, problem).

    A link is read only as far as its text goes: {"kind": …, "code": what was written}; `clean`
    looks it up. Tables are read by `clean`, column by column.
    """
    if is_empty(raw):
        return None, None
    value, problem = _READERS[field.type](field, raw)
    if problem is not None:
        rule, message, fix = problem
        return None, Problem(path or field.code, rule, message, fix)
    return value, None


def _text(field: Field, raw: Any) -> Outcome:
    if isinstance(raw, bool | dict | list):
        return None, ("text", _("This is not a text."), _("Write it out as text."))
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)  # a sheet keeps a telephone number as 13800000000.0
    text = unicodedata.normalize("NFC", str(raw)).replace("\r\n", "\n").replace("\r", "\n")
    # a soft line break of word processors is a line break
    text = INVISIBLE.sub("", text).replace("\x0b", "\n")
    if found := FORBIDDEN.search(text):
        name = f"U+{ord(found.group()):04X}"
        return None, (
            "text",
            _("The text holds the control character %(name)s.") % {"name": name},
            _("Type the text anew, or paste it without formatting."),
        )
    text = text.strip() if field.many_lines else " ".join(text.split())
    most = field.max_length or (MANY_LINES if field.many_lines else ONE_LINE)
    if len(text) > most:
        return None, (
            "length",
            _("The text has %(n)s characters; at most %(most)s are allowed.")
            % {"n": len(text), "most": most},
            _("Shorten it by %(n)s characters.") % {"n": len(text) - most},
        )
    return text or None, None


def _yes_no(field: Field, raw: Any) -> Outcome:
    if isinstance(raw, bool):
        return raw, None
    word = normal(written(raw))
    if word in _YES or word in _NO:
        return word in _YES, None
    return None, (
        "yes_no",
        _("“%(raw)s” is neither yes nor no.") % {"raw": shortened(raw)},
        _("Write 是 or 否."),
    )


def _choice(field: Field, raw: Any) -> Outcome:
    if not field.many:
        raw = raw[0] if isinstance(raw, list) and len(raw) == 1 else raw
        code = _answers(field.choices).get(normal(written(raw)))
        return (code, None) if code else (None, _no_answer(field, raw))
    found: set[str] = set()
    for item in _several(field, raw):
        code = _answers(field.choices).get(normal(written(item)))
        if code is None:
            return None, _no_answer(field, item)
        found.add(code)
    # in the order of the form, so that the same answers are the same value
    return [choice.code for choice in field.choices if choice.code in found] or None, None


def _several(field: Field, raw: Any) -> list[Any]:
    """Split what was written; a label may itself hold “、”, so known answers are cut out first."""
    if isinstance(raw, list):
        return [item for item in raw if not is_empty(item)]
    text = written(raw)
    words = sorted(
        {word for c in field.choices for word in (c.label.zh_hans, c.label.en, c.code)},
        key=len,
        reverse=True,
    )
    parts: list[str] = []
    rest = unicodedata.normalize("NFKC", text).strip()
    plain = {unicodedata.normalize("NFKC", word): word for word in words}
    known = re.compile(
        "(" + "|".join(map(re.escape, plain)) + r")\s*(?=$|[、,;|/\n\t])", re.IGNORECASE
    )
    while rest:
        if match := known.match(rest):
            parts.append(match.group(1))
            rest = rest[match.end() :]
        elif separator := _SEPARATORS.match(rest):
            rest = rest[separator.end() :].lstrip()
        else:
            word, *_more = _SEPARATORS.split(rest, maxsplit=1)
            parts.append(word.strip())
            rest = rest[len(word) :]
    return parts


@lru_cache(maxsize=1024)
def _answers(choices: tuple[Choice, ...]) -> Mapping[str, str]:
    """Map what a person may write to the code of an answer."""
    words: dict[str, str] = {}
    for choice in choices:
        for word in (choice.code, choice.label.en, choice.label.zh_hans):
            words.setdefault(normal(word), choice.code)
    return words


def _no_answer(field: Field, raw: Any) -> Refusal:
    return (
        "choice",
        _("“%(raw)s” is not one of the answers.") % {"raw": shortened(raw)},
        _("Choose from %(answers)s.") % {"answers": listed(field.choices)},
    )


def _file(field: Field, raw: Any) -> Outcome:
    wrong = (
        "file",
        _("This is not an uploaded file."),
        _("Upload the file here; a name alone is not enough."),
    )
    if not isinstance(raw, Mapping) or not {"uuid", "name", "size", "sha256"} <= set(raw):
        return None, wrong
    name, size, digest = raw["name"], raw["size"], raw["sha256"]
    try:
        uuid = str(UUID(str(raw["uuid"])))
    except ValueError:
        return None, wrong
    is_right = (
        isinstance(name, str)
        and 0 < len(name) <= 255
        and not FORBIDDEN.search(name)
        and type(size) is int
        and size >= 0
        and isinstance(digest, str)
        and _SHA256.fullmatch(digest)
    )
    if not is_right:
        return None, wrong
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if field.accept and ending not in field.accept:
        return None, (
            "file",
            _("“%(name)s” is not of a kind that is accepted here.") % {"name": name},
            _("Upload one of: %(kinds)s.") % {"kinds": ", ".join(field.accept)},
        )
    return {"uuid": uuid, "name": name, "size": size, "sha256": digest}, None


def _link(field: Field, raw: Any) -> Outcome:
    if isinstance(raw, Mapping):
        if raw.get("kind", field.to) != field.to or is_empty(raw.get("code")):
            return None, (
                "link",
                _("This is a link to another kind of thing."),
                _("Choose from the list that the field offers."),
            )
        raw = raw["code"]
    if isinstance(raw, bool | list):
        raw = str(raw)
    code = unicodedata.normalize("NFC", INVISIBLE.sub("", written(raw))).strip()
    if len(code) > 200 or FORBIDDEN.search(code):
        return None, (
            "link",
            _("“%(raw)s” is not a name or a code.") % {"raw": shortened(raw)},
            _("Choose from the list that the field offers."),
        )
    return {"kind": field.to, "code": code}, None


def _table(field: Field, raw: Any) -> Outcome:
    if isinstance(raw, list) and all(isinstance(row, Mapping) for row in raw):
        return raw, None
    return None, (
        "rows",
        _("These are not rows of a table."),
        _("Give a list of rows, each with the codes of its columns."),
    )


_READERS: Mapping[str, Callable[[Field, Any], Outcome]] = {
    "text": _text,
    "number": numbers.read_number,
    "money": numbers.read_number,
    "date": dates.read_date,
    "period": dates.read_period,
    "choice": _choice,
    "yes_no": _yes_no,
    "file": _file,
    "table": _table,
    "link": _link,
}
