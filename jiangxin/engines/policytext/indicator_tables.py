"""Reads tables of indicators: a row per metric, a column per year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Comparator, Target
from jiangxin.engines.policytext.numerals import scale
from jiangxin.engines.policytext.outline import Outline

_YEAR = re.compile(r"[（(]?((?:20)\d\d)年?(?:底|末)?(?:目标值?|预期值?|规划值?|计划)?[）)]?")
_GOAL = re.compile(r"(?:规划|预期|计划)?目标值?|预期值")
_METRIC = re.compile(r"(?:主要|核心|具体|量化|发展|监测)?指标(?:名称)?|名称|项目|内容")
_VALUE = re.compile(
    r"[［\[【]?(?P<sign>[≥>＞≧≤<＜≦]=?|不低于|不少于|不超过|不高于|达到?|约)?(?P<low>\d{1,9}(?:,\d{3})*(?:\.\d{1,4})?)(?P<scale>[万亿]?)"
    r"(?:[-—～~至](?P<high>\d{1,9}(?:\.\d{1,4})?))?(?P<percent>[%％])?(?P<post>以上|左右|以下|以内)?[］\]】]?"
)
_UNIT_IN_NAME = re.compile(r"[（(]([^（）()]{1,12})[）)]$")
_SIGNS: dict[str, Comparator] = {
    "≥": ">=", ">": ">=", "＞": ">=", "≧": ">=", "≤": "<=", "<": "<=", "＜": "<=", "≦": "<=",
    "不": ">=", "达": ">=", "约": "~",
}  # fmt: skip
_PART = re.compile(r"^其中[：:]?")


@dataclass(frozen=True, slots=True)
class _Columns:
    metric: int
    unit: int | None
    values: dict[int, date | None]


def indicator_targets(
    flow: Flow, outline: Outline, *, year: int | None
) -> tuple[list[Target], list[tuple[int, int]]]:
    """Return the targets of indicator tables and the rows that they took.

    Args:
        year: the year of the document; columns of earlier years are baselines.
    """
    found: list[Target] = []
    rows: list[tuple[int, int]] = []
    columns: _Columns | None = None
    last_end = -2
    for start, end in _rows(flow):
        if start != last_end + 1:
            columns = None
        last_end = end
        cells = _cells(flow.text, start, end)
        header = _columns([word for word, _ in cells], year)
        if header:
            columns = header
            rows.append((start, end))
        elif columns:
            targets = list(_targets(flow, outline, columns, cells))
            found += targets
            rows.append((start, end))
    return found, rows


def _rows(flow: Flow) -> Iterator[tuple[int, int]]:
    text = flow.text
    if "\t" not in text:
        return
    for position, start in enumerate(flow.paragraphs):
        following = position + 1
        end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(text)
        if text.find("\t", start, end) >= 0:
            yield start, end


def _cells(text: str, start: int, end: int) -> list[tuple[str, int]]:
    cells = []
    for word in text[start:end].split("\t"):
        cells.append((word, start))
        start += len(word) + 1
    return cells


def _columns(words: list[str], year: int | None) -> _Columns | None:
    if any(len(word) > 20 for word in words):
        return None
    metric = next((i for i, word in enumerate(words) if _METRIC.fullmatch(word)), None)
    values: dict[int, date | None] = {}
    for position, word in enumerate(words):
        stated = _YEAR.fullmatch(word)
        if stated and (year is None or int(stated[1]) >= year):
            values[position] = date(int(stated[1]), 12, 31)
        elif _GOAL.fullmatch(word):
            values[position] = None
    if metric is None or not values:
        return None
    if all(on is None for on in values.values()) and "单位" not in words:
        return None
    unit = next((i for i, w in enumerate(words) if re.fullmatch(r"(?:计量)?单位", w)), None)
    return _Columns(metric, unit, values)


def _targets(
    flow: Flow, outline: Outline, columns: _Columns, cells: list[tuple[str, int]]
) -> Iterator[Target]:
    if columns.metric >= len(cells):
        return
    name = _PART.sub("", cells[columns.metric][0])
    unit = cells[columns.unit][0] if columns.unit is not None and columns.unit < len(cells) else ""
    inside = _UNIT_IN_NAME.search(name)
    if not unit and inside:
        unit, name = inside[1], name[: inside.start()]
    for position, on in columns.values.items():
        if position >= len(cells):
            continue
        word, start = cells[position]
        found = _VALUE.fullmatch(word.strip())
        if not found or not name:
            continue
        start += len(word) - len(word.lstrip())
        source_start, source_end = flow.source_span(start, start + len(found[0]))
        clause = outline.at(start)
        comparator, low, high, base = _value(found, unit)
        yield Target(
            clause=outline.clauses[clause].id if clause >= 0 else "",
            quote=found[0],
            start=source_start,
            end=source_end,
            metric=name,
            comparator=comparator,
            low=low,
            high=high,
            unit=base,
            due_on=on,
            scope=None,
            strength="binding" if any("约束" in word for word, _ in cells) else "planned",
        )


def _value(found: re.Match[str], unit: str) -> tuple[Comparator, float, float | None, str]:
    factor = scale(found["scale"])
    while unit[:1] in ("万", "亿") and len(unit) > 1:
        factor, unit = factor * scale(unit[0]), unit[1:]
    low = round(float(found["low"].replace(",", "")) * factor, 6)
    high = round(float(found["high"]) * factor, 6) if found["high"] else None
    comparator: Comparator = "=="
    sign, post = found["sign"] or "", found["post"] or ""
    if high is not None:
        comparator = "range"
    elif post:
        comparator = {"以上": ">=", "左右": "~"}.get(post, "<=")  # type: ignore[assignment]
    elif sign:
        comparator = "<=" if sign in ("不超过", "不高于") else _SIGNS[sign[0]]
    if comparator in ("==", "~", "<="):
        high = low
    return comparator, low, high, "%" if found["percent"] else unit.replace("％", "%")
