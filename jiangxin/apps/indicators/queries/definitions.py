"""Definitions, fact schemas and units, and which definition a text means.

They stand in `jiangxin/rules`; the counting rules of register types, some of them made on screen,
add definitions of their own and say which types of recognised things there are.
"""

from __future__ import annotations

import math
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

import jiangxin
from jiangxin.apps.collections import queries as collections
from jiangxin.apps.registers import queries as registers
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import SYSTEM, Viewer
from jiangxin.engines import measures

RULES = Path(jiangxin.__file__).parent / "rules"


# columns whose values are what the files name and what was made on screen
_TYPE, _COLLECTION = ("recognitions", "type"), ("filings", "collection")
# seconds after which a process sees the types that were made in another
_FRESH = 5.0


@cache
def _stated_schemas() -> Mapping[str, measures.FactSchema]:
    found = (
        measures.parse_schema(path.read_text(encoding="utf-8"))
        for path in sorted((RULES / "facts").glob("*.yaml"))
    )
    schemas = {schema.code: schema for schema in found}
    types = {code: raw["label"]["zh-Hans"] for code, raw in registers.raw_files().items()}
    files = sorted(collections.RULES.glob("*.yaml"))
    asked = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    returns = {code: raw["label"]["zh-Hans"] for code, raw in asked.items() if "label" in raw}
    return _closed(schemas, {_TYPE: types, _COLLECTION: returns})


def _closed(
    schemas: Mapping[str, measures.FactSchema],
    values: Mapping[tuple[str, str], Mapping[str, str]],
) -> Mapping[str, measures.FactSchema]:
    """Add values with their Chinese names to columns, by fact and column."""
    closed = dict(schemas)
    for (fact, name), known in values.items():
        columns = tuple(
            replace(column, values=tuple({**dict(column.values), **known}.items()))
            if column.name == name
            else column
            for column in closed[fact].columns
        )
        closed[fact] = replace(closed[fact], columns=columns)
    return closed


class _Types:
    """What types and collections of the database add, as last read."""

    def __init__(self) -> None:
        self.read_at = -math.inf
        self.texts: Mapping[str, str] = {}
        self.schemas: Mapping[str, measures.FactSchema] = {}
        self.definitions: Mapping[str, measures.Definition] = {}

    def fresh(self) -> _Types:
        if time.monotonic() - self.read_at >= _FRESH:
            today = timezone.localdate()
            types = {
                code: found.label.zh_hans
                for code, found in registers.current_definitions(on=today).items()
            }
            returns = {
                found.code: found.definition.label.zh_hans
                for found in collections.collections(viewer=SYSTEM)
            }
            self.schemas = _closed(_stated_schemas(), {_TYPE: types, _COLLECTION: returns})
            self.texts = _as_texts(registers.counting_definitions(on=today))
            self.definitions = {
                code: measures.parse_definition(text, schemas=self.schemas, units=units())
                for code, text in self.texts.items()
            }
            self.read_at = time.monotonic()
        return self


_types = _Types()


def forget_types() -> None:
    """Have the types of the database read anew."""
    _types.read_at = -math.inf


def _as_texts(definitions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {
        str(content["code"]): yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False)
        for content in definitions
    }


def schemas() -> Mapping[str, measures.FactSchema]:
    """Return all fact schemas by code."""
    return _types.fresh().schemas or _stated_schemas()


@cache
def units() -> measures.Units:
    """Return all units of measure."""
    return measures.parse_units((RULES / "units.yaml").read_text(encoding="utf-8"))


@cache
def _stated_texts() -> Mapping[str, str]:
    files = {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((RULES / "indicators").glob("*.yaml"))
    }
    return {**files, **_as_texts(registers.counting_definitions_of_files())}


@cache
def _stated() -> Mapping[str, measures.Definition]:
    return {
        code: measures.parse_definition(text, schemas=_stated_schemas(), units=units())
        for code, text in _stated_texts().items()
    }


def definition_text(code: str) -> str:
    """Return the YAML text of a definition."""
    return _types.fresh().texts.get(code) or _stated_texts()[code]


def definitions() -> list[measures.Definition]:
    """List all definitions by code."""
    return [found for _code, found in sorted({**_stated(), **_types.fresh().definitions}.items())]


def get_definition(code: str) -> measures.Definition:
    """Return a definition, or raise NotFound."""
    found = _types.fresh().definitions.get(code) or _stated().get(code)
    if found is None:
        raise NotFound(
            _("There is no indicator “%(code)s”. Choose one from the list of indicators.")
            % {"code": code}
        )
    return found


def label_of(label: measures.Label | None) -> str:
    """Return the label in the language of the reader; empty for none."""
    if label is None:
        return ""
    return label.zh_hans if (get_language() or "").startswith("zh") else label.en


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An indicator that may measure a target, how well it fits (0 to 1), and why."""

    code: str
    label: str
    score: float
    reason: str


# words that carry no meaning of their own in the name of a measure
_EMPTY = str.maketrans("", "", " \t\r\n\u3000“”\"'‘’（）()、，,。·《》的")


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_EMPTY)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)} or {text}


def suggest(metric: str, *, unit: str = "", scope: str = "", limit: int = 5) -> list[Suggestion]:
    """Suggest indicators for a target of a policy text, best first.

    Args:
        metric: what is counted, in the words of the text.
        unit: unit as written ("%", "个", "人次/年").
        scope: whom the target speaks of, in the words of the text.

    Method:
        Likeness of letter pairs with each term of the definition (Dice), 1 where a term is the
        metric or stands in it whole; a unit that cannot be that of the indicator halves it.
    """
    wanted = _plain(metric)
    context = _plain(metric + scope)
    accepted = {found.code for found in units().written(unit.strip())}
    suggestions = []
    for definition in definitions():
        score, term = max(
            (_likeness(wanted, context, _plain(word)), word)
            for word in (*definition.terms, definition.label.zh_hans)
        )
        reasons = [_("“%(term)s” is like the words of the target") % {"term": term}]
        if unit and accepted:
            if definition.unit in accepted:
                reasons.append(_("same unit"))
                score = min(1.0, score * 1.05)
            else:
                reasons.append(_("another unit"))
                score *= 0.5
        if score >= 0.3:
            suggestions.append(
                Suggestion(
                    definition.code,
                    label_of(definition.label),
                    round(score, 3),
                    _("; ").join(reasons),
                )
            )
    return sorted(suggestions, key=lambda s: (-s.score, s.code))[:limit]


def _likeness(wanted: str, context: str, term: str) -> float:
    if not wanted or not term:
        return 0.0
    if term == wanted:
        return 1.0
    mine, theirs = _pairs(wanted), _pairs(term)
    dice = 2 * len(mine & theirs) / (len(mine) + len(theirs))
    if term in wanted and len(term) >= 4:
        # the longer the part that is explained, the surer
        return max(dice, 0.6 + 0.39 * len(term) / len(wanted))
    if term in context and len(term) >= 4:
        return max(dice, 0.55)
    return dice


@dataclass(frozen=True, slots=True)
class Hit:
    """One indicator found by its name."""

    title: str
    url_name: str
    arguments: tuple[str, ...]
    kind: str


def search(viewer: Viewer, text: str, *, limit: int = 5) -> list[Hit]:
    """Find indicators by words of their name; for people who may see indicators."""
    if not viewer.holds_anywhere("indicators.view"):
        return []
    wanted = _plain(text)
    found = [
        d
        for d in definitions()
        if wanted and (wanted in _plain(d.label.zh_hans) or wanted in _plain(d.label.en))
    ]
    return [
        Hit(label_of(d.label), "indicators:indicator", (d.code,), _("indicator"))
        for d in found[:limit]
    ]
