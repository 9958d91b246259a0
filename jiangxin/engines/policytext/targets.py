"""Finds the promises that carry a number."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from datetime import date
from typing import TypeVar

from jiangxin.engines.policytext.deadlines import Sentences
from jiangxin.engines.policytext.due import PERIOD, due_of, is_past, nearest
from jiangxin.engines.policytext.layout import MARKER, Flow
from jiangxin.engines.policytext.model import Comparator, Milestone, Strength, Target
from jiangxin.engines.policytext.outline import Outline
from jiangxin.engines.policytext.promises import (
    AT_LEAST,
    FAR_PREFIX,
    FAR_SHARE,
    Context,
    context_of,
    promises,
)
from jiangxin.engines.policytext.quantities import Quantity, quantities
from jiangxin.engines.policytext.words import FOUNDING, NOUNS_TOO, TIME_UNITS, one_of

_AND_ALSO = ("、", "和", "及", "，")
_WRAP = re.compile(r"\s*[\n\r\f\v\x85\u2028\u2029]\s*")
_NOUN = re.compile(r"的?([^、，,；;。：:！？\n\t（）()和]{1,40})")
_NOT_NOUN = re.compile(r"[的]?(?:以上|以下|左右|的|并|且|且|等|即|为|，|、)")
_ENTRANCE = re.compile(
    r"^(?:到?20\d\d年(?:\d{1,2}月)?[底末]?前?[，,]?|力争|确保|努力|争取|全市|全省|全区|全县|区域内|同时|其中|并|至少|每年|基本|累计|总计|率先|要求"
    r"|鼓励|加快|重点|进一步|分别|必须|务必|应当|按照|实现|拥有|各(?!类|级|种|地|方)|约|到|再)+"
)
_SHARES = ("%", "‰", "个百分点", "百分点", "倍", "比", "")
# Verbs that are nouns as well (规模, 培训, 服务) stay part of a name.
_LEADING = (
    *(word for word in FOUNDING if word not in NOUNS_TOO),
    *(
        "推动",
        "推进",
        "形成",
        "支持",
        "实施",
        "开发",
        "惠及",
        "完成",
        "选聘",
        "互聘",
        "制定",
        "立项",
        "征集",
        "升级",
    ),
)
_LEADING_VERB = re.compile(rf"^(?:{one_of(_LEADING)}[和及与并]?)+(?=..)")
_MADE = re.compile(
    "建成|建设|新建|打造|培育|培养|新增|组建|设立|开设|开发|引进|遴选|认定|举办|立项|制定|创建|配备|选派|征集|完成"
)
_PUT_TOGETHER = re.compile(
    r"由[^。；\n]{4,100}?(?:参与|组成|牵头|建设|构成|举办)的[^，。；\n]{2,20}"
)
# What is left of a segment that leaves its subject to the one before: 2024年改扩建220万亩.
_BARE = re.compile(
    r"(?:和|及|与|并|、|再|分别|力争|累计|其中|约|新|改|扩|建|造|设|提升|完成|新增|增加|增长|培育|认定|招聘|培训|培养|共|同比|环比|每.{0,2}年|[二两三四五]年|每学年)*数?"
    r"|每个?[^，。；]{1,10}?(?:至少|不少于)?(?:有|建有|布局|建成|建设|配备|拥有|达到)数?"
)
_LEVELS = re.compile(r"国家级|省级|市级|县级|区级|校级")
_LEVEL = re.compile(r"(国家级|省级|市级|县级|区级|校级)数")
_NAMES_SHARE = re.compile(r"(?:比例|比重|占比|份额|率)$")
_SHARE_OF = re.compile(r"的(比例|比重|标准|幅度)([^，。；、]{2,30})")
_GENERIC_NOUN = re.compile(r"的(?:标准|比例|要求|目标|规模|水平|幅度|速度|等级)")
_BASE = re.compile(r"(?:不少于|不低于|达到|不超过|占)([^，。；]{2,24}?)的?$")
_TRAILING = re.compile(
    r"(?:分别|至少|需要?|约|共|总计|合计|每年|力争|累计|不少|比例?达|必?须|原则上|一般|平均|要|(?<![生人户亩校班年])均|应当?)+$"
)
_FROM = re.compile(
    r"(?:由|从)[^，。]{0,12}\d[\d.]*[^\d，。]{0,4}(?:提高|增加|提升|上升|下降|降低|减少)?[到至]?$"
)
_COUNT_ENDINGS = (
    "数",
    "人次",
    "规模",
    "量",
    "率",
    "值",
    "额",
    "收入",
    "面积",
    "经费",
    "标准",
    "度",
    "能力",
    "水平",
)
_STRENGTHS: tuple[tuple[Strength, re.Pattern[str]], ...] = (
    ("aspired", re.compile(r"力争|争取|努力|力求|争创")),
    ("encouraged", re.compile(r"鼓励|支持|探索|引导|倡导")),
    ("binding", re.compile(r"要求|必须|务必|严格|确保|不得|应当|落实|保证(?![率金])|须(?!知)")),
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
        target = _target(flow, marked, outline, context, due, last_end)
        if found and target.comparator == "==" and marked[last_end : quantity.start] in _AND_ALSO:
            same = found[-1].comparator
            high = None if same == ">=" else target.high
            target = replace(target, comparator=same, high=high)
        bare = last_sentence == sentence.index and _BARE.fullmatch(target.metric)
        level = _LEVEL.fullmatch(target.metric)
        if found and level and last_sentence == sentence.index:
            thing = _LEVELS.split(found[-1].metric, maxsplit=1)[-1]
            target = replace(target, metric=level[1] + thing)
        if found and (bare or marked[last_end : quantity.start] in _AND_ALSO[:3]):
            target = replace(target, metric=found[-1].metric)
        found.append(target)
        sentences.promised(due)
        last_end, last_sentence = quantity.end, sentence.index
    return found


def _target(
    flow: Flow, marked: str, outline: Outline, context: Context, due: date | None, last_end: int
) -> Target:
    quantity = context.quantity
    noun = _noun_after(context)
    if noun.startswith("由"):
        # 由甲、乙牵头，丙参与的联合体: what is counted stands behind a comma.
        whole = _PUT_TOGETHER.match(marked, quantity.end)
        noun = whole[0] if whole else noun
    start = _quote_start(marked, context)
    end = quantity.end + (len(noun) if noun else 0)
    source_start, source_end = flow.source_span(start, end)
    clause = outline.at(quantity.start)
    segment = marked[context.segment_start : end]
    comparator: Comparator = quantity.comparator
    if comparator == "==" and AT_LEAST.search(context.core):
        comparator = ">="
    far = FAR_PREFIX.search(context.core) if comparator == "==" else None
    if comparator == "==" and not far and quantity.unit in ("%", "‰", "个百分点", "百分点"):
        far = FAR_SHARE.search(context.core)
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
        metric=_metric(flow.text, context, flow.text[quantity.end : end], last_end),
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
    """Begin with the segment, less its number, and with a date that stands alone before it."""
    start = context.segment_start
    for word in nearest(context.sentence.dates, start):
        if word.kind == "due" and 0 <= start - word.end <= 2:
            return word.start
    if start == context.sentence.start:
        marker = MARKER.match(marked, start, context.quantity.start)
        start = marker.end() if marker else start
    return start if start < context.quantity.start else context.quantity.prefix_start


def _noun_after(context: Context) -> str:
    """Return the noun that a number stands before, to the end of its segment or of its item."""
    right = context.right
    if _NOT_NOUN.match(right) and not right.startswith("的"):
        return ""
    if not re.search(r"[\d一二两三四五六七八九十]", right):
        return right if len(right) < 60 else ""
    found = _NOUN.match(right)
    return found[0] if found else ""


def _metric(text: str, context: Context, noun: str, last_end: int) -> str:
    """Name what is counted: the noun behind a count, else the words since the last number."""
    quantity = context.quantity
    counted = quantity.unit not in _SHARES and quantity.unit not in TIME_UNITS
    start = quantity.start - len(context.left)
    end = start + len(context.core)
    item = text[min(end, max(start, last_end)) : end].strip("、和及")
    name = _without_verbs(_FROM.sub("", item if len(item) > 1 else text[start:end]), cut=counted)
    name = _TRAILING.sub("", name.strip("的为，、 "))
    if not counted:
        of = _SHARE_OF.match(noun) if name.endswith(("按", "按照")) else None
        if of:  # 企业按照不低于1.5%的比例安排残疾人: 企业安排残疾人比例
            return (_TRAILING.sub("", name.rstrip("按照")) + of[2] + of[1])[:60]
        base = _BASE.search(name)
        if base and not _NAMES_SHARE.search(name):
            name = f"{name[: base.start()].rstrip('按')}占{base[1]}比例"
        if len(name) <= 2 and len(noun) > 4:
            name = noun.removeprefix("的") + "比例"  # 引导30%以上的劳动力参加培训
        return (name or noun.removeprefix("的"))[:60]
    if noun and (not name or not _GENERIC_NOUN.match(noun)):
        name = noun.removeprefix("的").rpartition("的")[2].strip(" ")
    elif not name:
        name = text[start:end].strip("，、 ")
    if quantity.unit == "人次" and not name.endswith(_COUNT_ENDINGS):
        return name[:58] + "人次"
    if name.endswith(_COUNT_ENDINGS):
        return name[:60]
    return name[:57] + ("合计数" if "、" in name else "数")


def _without_verbs(words: str, *, cut: bool) -> str:
    """Drop numbering, dates and the verbs that lead to the thing itself.

    Args:
        cut: drop what stands before a verb in the middle as well; a rate needs it (订单培养学生比例).
    """
    words = _ENTRANCE.sub("", _without_marker(words))
    words = _ENTRANCE.sub("", _LEADING_VERB.sub("", words))
    for verb in _MADE.finditer(words) if cut else ():
        # What stands before the verb may be all of a name: 高技能人才培养基地, 课程建设规范.
        if len(words) - verb.end() >= (2 if verb.start() == 0 else 3):
            return words[verb.end() :]
    return words


def _without_marker(words: str) -> str:
    marker = MARKER.match(words)
    return words[marker.end() :] if marker else words


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
