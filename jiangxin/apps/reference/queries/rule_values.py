"""Rules of authorities: what the files of `jiangxin/rules` say, and what was set on screen."""

from __future__ import annotations

import datetime
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

import jiangxin
from jiangxin.apps.reference.models import Region, RuleSetting
from jiangxin.core.errors import NotFound
from jiangxin.core.forms import unit
from jiangxin.engines import rulebook

RULES = Path(jiangxin.__file__).parent / "rules"
# a rule says values or a formula of one line; that of an indicator is a tree
_IS_RULE = re.compile(r"^(?:values:|formula: *[^ \n{])", re.MULTILINE)
# seconds after which another process sees what was set in this one
_FRESH = 5.0


@cache
def _files() -> Mapping[str, Path]:
    """Return the files that hold rules, by code; the other files are types and definitions."""
    return {
        path.stem: path
        for path in sorted(RULES.glob("*/*.yaml"))
        if _IS_RULE.search(path.read_text(encoding="utf-8"))
    }


@cache
def _stated(code: str) -> rulebook.Rule:
    path = _files().get(code)
    if path is None:
        raise NotFound(
            _("There is no rule “%(code)s”. Choose one from the list of rules.") % {"code": code}
        )
    return rulebook.parse(path.read_text(encoding="utf-8"))


class _Settings:
    """What was set on screen, as last read; rules are asked far more often than they change."""

    def __init__(self) -> None:
        self.by_code: Mapping[str, tuple[rulebook.DatedValue, ...]] = {}
        self.read_at = -math.inf

    def of(self, code: str) -> tuple[rulebook.DatedValue, ...]:
        if time.monotonic() - self.read_at >= _FRESH:
            found: dict[str, tuple[rulebook.DatedValue, ...]] = {}
            for row in RuleSetting.objects.filter(withdrawn_at=None).order_by("-set_at", "-pk"):
                found[row.code] = (*found.get(row.code, ()), _dated(row))
            self.by_code, self.read_at = found, time.monotonic()
        return self.by_code.get(code, ())


def _dated(row: RuleSetting) -> rulebook.DatedValue:
    content = tuple(row.content) if isinstance(row.content, list) else row.content
    source = rulebook.Citation(row.document, number=row.number, article=row.article)
    return rulebook.DatedValue(row.starts_on, content, row.region_code, (source,))


_settings = _Settings()


def forget_settings() -> None:
    """Have settings read anew: after one was changed, and between tests."""
    _settings.read_at = -math.inf


def rule(code: str) -> rulebook.Rule:
    """Return a rule by its code, with what was set on screen before what its file says.

    Raises:
        NotFound: no file holds this rule.
    """
    stated = _stated(code)
    if stated.formula:
        return stated
    return replace(stated, values=(*_settings.of(code), *stated.values))


def rule_value(code: str, *, on: datetime.date, path: str = "") -> rulebook.RuleValue:
    """Return what a rule says on a day at a scope path; its trace names the source.

    A value that was set on screen with a document is not inferred any more.
    """
    regions = tuple(part for part in path.split("/") if part and not part.startswith("@"))
    asked = rule(code)
    # a formula may read any rule
    others = {name: rule(name) for name in _files()} if asked.formula else {}
    value = rulebook.value_at(asked, on=on, region=regions, rules=others)
    if any(set_.starts_on == value.starts_on and set_.region == value.region
           for set_ in _settings.of(code)):  # fmt: skip
        return replace(value, is_inferred=False)
    return value


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule as lists show it."""

    code: str
    app: str
    label: str
    value: str
    unit: str
    is_inferred: bool
    # a source is named, but nobody has checked the number against the official text
    is_unchecked: bool
    is_set_here: bool
    source: str


def rules(*, on: datetime.date, path: str = "") -> list[RuleRow]:
    """List all rules with what they say on a day at a scope path, by app and code."""
    rows = []
    for code, file in _files().items():
        stated = _stated(code)
        if stated.formula:
            shown, inferred = stated.formula, bool(stated.inferred)
        else:
            value = rule_value(code, on=max(on, _first_day(stated)), path=path)
            shown, inferred = content_text(value.content), value.is_inferred
        rows.append(
            RuleRow(
                code=code,
                app=file.parent.name,
                label=label_of(stated),
                value=shown,
                unit=unit_text(stated),
                is_inferred=inferred,
                is_unchecked=bool(stated.sources) and stated.checked_on is None,
                is_set_here=bool(_settings.of(code)),
                source="；".join(s.document for s in stated.sources),
            )
        )
    return sorted(rows, key=lambda row: (row.app, row.code))


def _first_day(stated: rulebook.Rule) -> datetime.date:
    return min(value.starts_on for value in stated.values if not value.region)


def label_of(stated: rulebook.Rule) -> str:
    """Return the name of a rule in the language of the reader."""
    return words_of(stated.label)


def words_of(label: rulebook.Label | None) -> str:
    """Return what a rule or its source says in the language of the reader; empty for nothing."""
    if label is None:
        return ""
    return label.zh_hans if (get_language() or "").startswith("zh") else label.en


def unit_text(stated: rulebook.Rule) -> str:
    """Return the unit of a rule in the language of the reader."""
    known = unit(stated.unit)
    return str(known.label) if known is not None else stated.unit


def content_text(content: rulebook.RuleContent) -> str:
    """Return the content of a rule as one line."""
    if isinstance(content, Mapping):
        return " · ".join(f"{name} {number:g}" for name, number in content.items())
    if isinstance(content, tuple):
        return "、".join(f"{number:g}" for number in content)
    return f"{content:g}"


def settings_of(code: str) -> list[RuleSetting]:
    """List what was ever set on screen for a rule, newest first; withdrawn ones too."""
    return list(RuleSetting.objects.filter(code=code).order_by("-set_at", "-pk"))


def region_names(codes: set[str], *, on: datetime.date) -> dict[str, str]:
    """Return the names of regions by code."""
    rows = Region.objects.on(on).filter(code__in=codes)
    return dict(rows.values_list("code", "name"))
