"""Finds the promises that carry a number."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from datetime import date
from typing import TypeVar

from jiangxin.engines.policytext.deadlines import Sentences
from jiangxin.engines.policytext.due import PERIOD, due_of, is_past, nearest
from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Comparator, Milestone, Strength, Target
from jiangxin.engines.policytext.outline import Outline
from jiangxin.engines.policytext.promises import (
    AT_LEAST,
    FAR_PREFIX,
    Context,
    context_of,
    promises,
)
from jiangxin.engines.policytext.quantities import Quantity, quantities
from jiangxin.engines.policytext.words import TIME_UNITS

_AND_ALSO = ("、", "和", "及", "，")
_WRAP = re.compile(r"\s*[\n\r\f\v\x85\u2028\u2029]\s*")
_NOUN = re.compile(r"的?([^、，,；;。：:！？\n\t（）()和]{1,40})")
_NOT_NOUN = re.compile(r"[的]?(?:以上|以下|左右|的|并|且|且|等|即|为|，|、)")
_ENTRANCE = re.compile(
    r"^(?:(?:力争|确保|努力|争取|全市|全省|全区|全县|区域内|到?□*|同时|再|新|其中|并|至少|每年|每个?[县区市乡镇校]{1,3}|基本|累计|总计|共|率先|要求|鼓励|支持|推动|推进|加快|重点|进一步|分别|各|约)+)"
)
_STRENGTHS: tuple[tuple[Strength, re.Pattern[str]], ...] = (
    ("aspired", re.compile(r"力争|争取|努力|力求|争创")),
    ("encouraged", re.compile(r"鼓励|支持|探索|引导|倡导")),
    ("binding", re.compile(r"要求|必须|严格|确保|不得|应当|应|落实|保证|须")),
)
_SCOPE = re.compile(
    r"全[省市区县州国](?!性|面)|区域内|每个?(?:县（市、区）|区县|乡镇|街道|县|市|区|学校|村|社区)|各(?:区县|市州|县区|县（市、区）|学校|地)"
)
_Quoted = TypeVar("_Quoted", Target, Milestone)


def targets(
    flow: Flow,
    marked: str,
    outline: Outline,
    sentences: Sentences,
    *,
    skip: list[tuple[int, int]] | None = None,
) -> list[Target]:
    """Return the promises with a number, in the order of the text.

    Args:
        marked: `flow.text` with titles, codes and document numbers masked.
        skip: stretches that were read otherwise, in order.
    """
    skip_starts = [start for start, _ in skip or ()]
    found: list[Target] = []
    last_end, last_sentence = -1, -1
    split: dict[int, list[date]] = {}
    for quantity in sorted(quantities(marked), key=lambda q: q.start):
        if quantity.start < last_end:
            continue
        row = bisect_left(skip_starts, quantity.start + 1) - 1
        if skip and row >= 0 and quantity.start < skip[row][1]:
            continue
        sentence = sentences.at(quantity.start)
        context = context_of(marked, quantity, sentence)
        goes_on = last_sentence == sentence.index and quantity.start - last_end < 60
        due, stated = due_of(marked, context, split)
        due = due or sentences.limit(quantity.start)
        if sentence.past and not stated:
            continue
        if is_past(marked, sentence, quantity) or not promises(marked, context, goes_on=goes_on):
            continue
        target = _target(flow, marked, outline, context, due)
        if found and target.comparator == "==" and marked[last_end : quantity.start] in _AND_ALSO:
            target = replace(target, comparator=found[-1].comparator)
        found.append(target)
        sentences.promised(due)
        last_end, last_sentence = quantity.end, sentence.index
    return found


def _target(
    flow: Flow, marked: str, outline: Outline, context: Context, due: date | None
) -> Target:
    quantity = context.quantity
    noun = _noun_after(context)
    start = _quote_start(marked, context)
    end = quantity.end + (len(noun) if noun else 0)
    source_start, source_end = flow.source_span(start, end)
    clause = outline.at(quantity.start)
    segment = marked[context.segment_start : end]
    comparator: Comparator = quantity.comparator
    if comparator == "==" and AT_LEAST.search(context.core):
        comparator = ">="
    far = FAR_PREFIX.search(context.core) if comparator == "==" else None
    if far:
        comparator = ">=" if far["floor"] else "<="
    if comparator == "==" and quantity.unit in ("%", "‰") and context.core.endswith("实现"):
        comparator = ">="
    scope = _SCOPE.search(segment)
    return Target(
        clause=outline.clauses[clause].id if clause >= 0 else "",
        quote=flow.text[start:end],
        start=source_start,
        end=source_end,
        metric=_metric(flow.text, context, noun),
        comparator=comparator,
        low=_round(quantity.low),
        high=_high(quantity, comparator),
        unit=_unit(marked, context),
        due_on=due,
        scope=scope[0] if scope else None,
        strength=_strength(segment),
    )


def _round(value: float) -> float:
    value = round(value, 6)
    return int(value) if float(value).is_integer() else value


def _high(quantity: Quantity, comparator: Comparator) -> float | None:
    if comparator == "range" and quantity.high is not None:
        return _round(quantity.high)
    return _round(quantity.low) if comparator in ("==", "~", "<=") else None


def _quote_start(marked: str, context: Context) -> int:
    """Begin with the segment, and with a date that stands alone before it."""
    start = context.segment_start
    for word in nearest(context.sentence.dates, start):
        if word.kind == "due" and 0 <= start - word.end <= 2:
            return word.start
    return start if start < context.quantity.start else context.quantity.prefix_start


def _noun_after(context: Context) -> str:
    if _NOT_NOUN.match(context.right) and not context.right.startswith("的"):
        return ""
    found = _NOUN.match(context.right)
    return found[0] if found else ""


def _metric(text: str, context: Context, noun: str) -> str:
    quantity = context.quantity
    counted = (
        quantity.unit not in ("%", "‰", "个百分点", "百分点", "倍", "比")
        and quantity.unit not in TIME_UNITS
    )
    core_start = quantity.start - len(context.left)
    core = text[core_start : core_start + len(context.core)]
    item = (
        core[context.verb_end :] if context.verb_end > 0 and context.verb_end < len(core) else core
    )
    name = item.rpartition("、")[2] if counted and len(item.rpartition("、")[2]) > 1 else item
    name = _ENTRANCE.sub("", name).strip("的为，、 ")
    if noun and counted:
        name = noun.removeprefix("的").strip("“” ")
    name = name or noun.removeprefix("的") or core.strip("，、 ")
    if (
        counted
        and name
        and not name.endswith(
            ("数", "人次", "规模", "量", "率", "值", "额", "收入", "面积", "经费")
        )
    ):
        name += "数"
    return name[:60]


def _unit(marked: str, context: Context) -> str:
    unit = context.quantity.unit
    base = unit.partition("/")[0]
    if "/" in unit or base in ("%", "‰", "比", "倍", "岁"):
        return unit
    found: re.Match[str] | None = None
    for period in PERIOD.finditer(context.left):
        found = period
    if found is None and not context.verb:
        start = max(context.sentence.start, context.segment_start - 40)
        opening = marked[start : context.segment_start].rpartition("；")[2]
        for every in PERIOD.finditer(opening):
            found = every if every["p"] else found
    if found is None:
        return unit
    if found["yearly"] and base in ("个百分点", "百分点"):
        return unit
    return f"{unit}/{found['n'] or ''}{found['p'] or '年'}"


def _strength(segment: str) -> Strength:
    for strength, words in _STRENGTHS:
        if words.search(segment):
            return strength
    return "planned"


def verbatim(source: str, item: _Quoted) -> _Quoted:
    """Return the item with its quote cut from the source, inner spaces kept, wraps undone."""
    return replace(item, quote=_WRAP.sub("", source[item.start : item.end]))
