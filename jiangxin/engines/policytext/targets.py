"""Finds the promises that carry a number."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from jiangxin.engines.policytext.dates import DateWord
from jiangxin.engines.policytext.deadlines import Sentence, Sentences
from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Comparator, Milestone, Strength, Target
from jiangxin.engines.policytext.outline import Outline
from jiangxin.engines.policytext.quantities import Quantity, quantities
from jiangxin.engines.policytext.words import (
    ABSTRACT,
    DESCRIBING,
    FOUNDING,
    MAKING,
    TIME_UNITS,
    one_of,
)

_WINDOW = 90
_AND_ALSO = ("、", "和", "及", "，")
_BOUNDS = "，,；;。：:！？\n\t"
_RIGHT_BOUND = re.compile(r"[，,；;。：:！？\n\t（）()]")
_VERB = re.compile(one_of((*MAKING, *DESCRIBING)))
_DESCRIBING = frozenset(DESCRIBING)
_FOUNDING = re.compile(one_of(FOUNDING))
_ABSTRACT = re.compile(rf"[的大]?(?:{one_of(ABSTRACT)})")
_COUNTED_ABSTRACT = re.compile(
    r"[的]?(?:方面|任务|措施|举措|环节|阶段|步骤|批次|问题|原则|重点任务|重点工作|主要任务|工作任务|内容|关键|维度|层面|要求)"
)
_DONE = re.compile(
    r"(?:目前|现有|原有|现状)[^，。；]{0,24}\d|(?:目前|当前)[，,全我本各]|现已|已(?:经|建|有|达|完|实|累|形|培|成|开|认|组|设|覆|获|超|创|启|拥|发|投|引|举|培)|上年|去年|过去|以来|此前"
)
_FROM_TO = re.compile(
    r"(?:左右|以上)?(?:，)?(?:逐步|稳步|力争)?(?:提高|提升|增加|增长|扩大|上升|增至|升至|下降|降低|降至|减少|压缩|缩短|缩减|拓展|发展|扩)"
)
_PAY = re.compile(
    r"给予|补助|奖励|补贴|资助|奖补|减免|罚款|贴息|贷款|最高|一次性|每人每月|每人每年|每生每年|标准为|税|担保"
)
_STANDARD = re.compile(r"标准|经费|拨款|收入|投入|基金|工资")
_REQUIREMENT = re.compile(
    r"的(?:要求|标准|目标|比例|水平|速度|增速|幅度|规模|频次|频率|占比|数量|增长|覆盖|任务|总体要求|降幅|比重|省级|国家级|市级)"
)
_FOUNDS_MONEY = re.compile(r"设立|组建|发起|建立|形成|打造|新增|筹集|培育|成立")
_METRIC_END = re.compile(
    r"(?:率|占比|比例|比重|占|规模|数|数量|总量|总数|总额|值|度|面积|收入|人数|投入|水平|强度|指数|覆盖面|覆盖|经费|时间|年限|能力|量|幅度|消费|支出|额)$"
)
_RATE_WORD = re.compile(
    r"率|比|覆盖|达标|度|占|以上的|增长|提高|下降|提升|降低|增加|减少|幅|增速|合格|%"
)
_DOES = re.compile(
    r"达到|建成|实现|完成|开展|建立|配备|具备|开设|接受|享受|纳入|设立|通过|参与|建有|成为|以上|达标|取得|拥有|掌握|获得|覆盖|采用|使用|进入|成立|提供|用于"
)
_PERIOD = re.compile(
    r"每(?P<n>\d{1,2}|[一二两三四五六])?个?(?P<p>学年|学期|季度|年|月|周|天|日)(?:度)?"
    r"|(?P<yearly>年均)|(?P<annual>(?<![今本全当去明近前后往\d])年(?:度)?(?=(?:社会)?(?:培训|开展|举办|服务|接待|输送|培养|招收|招生|新增|吸纳|转化|完成|实训)))"
)
_AT_LEAST = re.compile(r"(?:至少|最少|不少于|不低于)[^，、。；]{0,9}$")
_FAR_PREFIX = re.compile(
    r"(?:(?P<floor>不少于|不低于|至少|超过|达到|高于)|(?P<ceiling>不超过|不高于|低于|控制在))[^，、；。（）]{1,24}的$"
)
_SPELLED_FLOOR = re.compile(r"(?:至少|最少|不少于|不低于|超过|达到|达)[^，、。；]{0,6}$")
_ORDINAL_LEFT = ("每", "第", "头", "满", "近年", "列")
_LOCAL_LEFT = re.compile(
    r"(?:全[市省国区县州]|我[市省区县]|[该这其]|上述|其他|其余|有关|相关|各|下辖|辖|以上)$"
)
_CJK = re.compile(r"[\u4e00-\u9fff]")
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


@dataclass(frozen=True, slots=True)
class _Context:
    """A quantity with the words of its segment to the left and to the right."""

    quantity: Quantity
    sentence: Sentence
    segment_start: int
    left: str
    core: str
    right: str
    verb: str
    verb_end: int


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
        context = _context(marked, quantity, sentence)
        goes_on = last_sentence == sentence.index and quantity.start - last_end < 60
        due, stated = _due(marked, context, split)
        due = due or sentences.limit(quantity.start)
        if sentence.past and not stated:
            continue
        if _is_past(marked, sentence, quantity) or not _promises(marked, context, goes_on=goes_on):
            continue
        target = _target(flow, marked, outline, context, due)
        if found and target.comparator == "==" and marked[last_end : quantity.start] in _AND_ALSO:
            target = replace(target, comparator=found[-1].comparator)
        found.append(target)
        sentences.promised(due)
        last_end, last_sentence = quantity.end, sentence.index
    return found


def _context(marked: str, quantity: Quantity, sentence: Sentence) -> _Context:
    floor = max(sentence.start, quantity.start - _WINDOW)
    window = marked[floor : quantity.start]
    cut = max(window.rfind(mark) for mark in _BOUNDS)
    opened = window.rfind("（")
    if opened > cut and window.find("）", opened) < 0:
        cut = opened
    left = window[cut + 1 :]
    core = left[: len(left) - len(quantity.prefix)] if len(quantity.prefix) <= len(left) else ""
    ahead = marked[quantity.end : min(sentence.end, quantity.end + 60)]
    bound = _RIGHT_BOUND.search(ahead)
    right = ahead[: bound.start()] if bound else ahead
    verb, verb_end = "", -1
    for found in _VERB.finditer(core):
        verb, verb_end = found[0], found.end()
    return _Context(
        quantity, sentence, floor + cut + 1, left, core, right, verb, verb_end
    )  # fmt: skip


def _due(marked: str, context: _Context, split: dict[int, list[date]]) -> tuple[date | None, bool]:
    """Return the deadline of a quantity and whether its own sentence states it.

    A yearly duty runs on after the day by which something else is done, so only a horizon
    (到2027年，…) or a governing heading sets its end.
    """
    sentence, quantity = context.sentence, context.quantity
    recurring = _PERIOD.search(context.left) is not None
    before = _nearest(sentence.dates, quantity.start)
    for word in reversed(before):
        if word.kind == "due":
            if (recurring and not word.horizon) or _is_elsewhere(marked, sentence, word, quantity):
                return sentence.governed, False
            return _distributed(marked, sentence, before, quantity, split) or word.on, True
        if word.kind == "since":
            return sentence.governed, False
    after = bisect_left(sentence.dates, quantity.end, key=lambda word: word.start)
    if after < len(sentence.dates) and not recurring:
        word = sentence.dates[after]
        between = marked[quantity.end : word.start]
        if word.kind == "due" and word.firm and len(between) < 40 and "；" not in between:
            tail = marked[word.end - 1 : word.end + 3]
            if "前" in tail or "底" in tail or "完成" in tail:
                return word.on, True
    if recurring:
        return sentence.governed, False
    return sentence.carried or sentence.governed or sentence.row_due, False


def _nearest(dates: list[DateWord], index: int) -> list[DateWord]:
    """Return the few dates right before `index`."""
    stop = bisect_left(dates, index, key=lambda word: word.end)
    while stop < len(dates) and dates[stop].end <= index:
        stop += 1
    return dates[max(0, stop - 8) : stop]


def _is_elsewhere(marked: str, sentence: Sentence, word: DateWord, quantity: Quantity) -> bool:
    """Tell whether the date belongs to another point of a list: 一是…前…；二是…."""
    step = marked.rfind("；", max(word.end, quantity.start - 200), quantity.start)
    if step < 0 or not re.match(r"；(?:[二三四五六七八九]是|其[二三四])", marked[step : step + 4]):
        return False
    return marked.find("一是", max(sentence.start, word.start - 300), word.start) >= 0


def _distributed(
    marked: str,
    sentence: Sentence,
    before: list,
    quantity: Quantity,
    split: dict[int, list[date]],  # type: ignore[type-arg]
) -> date | None:
    """Deal out the dates of "到2025年、2030年，X分别达到A、B" one by one."""
    if len(before) < 2 or before[-1].start - before[-2].end > 2:
        return None
    if "分别" not in marked[before[-1].end : quantity.start]:
        return None
    if sentence.index not in split:
        split[sentence.index] = [w.on for w in before if w.kind == "due" and w.on is not None]
    queue = split[sentence.index]
    return queue.pop(0) if queue else before[-1].on


def _is_past(marked: str, sentence: Sentence, quantity: Quantity) -> bool:
    start = sentence.start
    due_before = False
    for word in _nearest(sentence.dates, quantity.start):
        if word.end <= quantity.start:
            if word.kind == "due":
                start = word.end
                due_before = True
            elif due_before:
                continue
            elif word.kind == "past":
                if (
                    marked[word.start - 1 : word.start] == "（"
                    or "）" in marked[word.end : quantity.start]
                ):
                    continue
                after = marked[word.end : quantity.start]
                if not re.search(
                    r"(?:提高|提升|增加|增长|扩大|上升|降低|下降|减少)[到至]|翻", after
                ):
                    return True
    window = marked[max(start, quantity.start - 120) : quantity.start + 1]
    return _DONE.search(window) is not None


def _promises(marked: str, context: _Context, *, goes_on: bool) -> bool:
    """Tell whether a number is promised, not described, required of others or remembered."""
    quantity, left, core, right = context.quantity, context.left, context.core, context.right
    if (
        core.endswith(_ORDINAL_LEFT)
        or (left.endswith("前") and quantity.unit in "%个名位家所")
        or right.startswith(("性", "的基础上", "基础上", "制", "行动", "计划", "规划", "期"))
    ):
        return False
    if _FROM_TO.match(right) and ("从" in left[-30:] or "由" in left[-30:]):
        return False
    compared = bool(quantity.prefix or quantity.suffix)
    if not compared and _LOCAL_LEFT.search(core[-4:]) and quantity.unit not in "%‰":
        return False
    if _is_condition(context):
        return False
    unit = quantity.unit.partition("/")[0]
    if unit in TIME_UNITS:
        return _promises_time(context)
    if unit in ("岁", "周岁"):
        return "寿命" in core
    if unit == "分":
        return bool(re.search(r"满意度|评分|得分|成绩|指数", core))
    if unit == "比":
        return compared and bool(re.search(r"比|配", core))
    if unit in ("%", "‰", "个百分点", "百分点", "倍"):
        return _promises_share(context)
    if unit in ("元", "美元"):
        return _promises_money(context)
    return _promises_count(context, goes_on=goes_on)


def _is_condition(context: _Context) -> bool:
    """Tell whether the number only says which things are meant: 年产值1亿元以上的企业."""
    quantity, core, right = context.quantity, context.core, context.right
    if not (quantity.prefix or quantity.suffix):
        return False
    if right.startswith("的"):
        if _REQUIREMENT.match(right):
            return False
        if (
            quantity.unit in "%‰"
            and not _METRIC_END.search(core)
            and (_DOES.search(right) or context.verb)
        ):
            return False
        if quantity.unit == "元" and _FOUNDS_MONEY.search(core):
            return False
        return not (
            quantity.unit in ("个", "所", "家", "门", "项", "名", "支")
            and context.verb
            and len(right) > 5
            and quantity.comparator != "<="
            and context.verb not in _DESCRIBING
        )
    if (
        quantity.suffix
        and quantity.unit in ("元", "岁", "年", "平方米", "人", "亩", "张", "户")
        and _CJK.match(right)
    ):
        return not _DOES.match(right)
    return False


def _promises_time(context: _Context) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if re.search(r"寿命|年限|受教育", core):
        return True
    if right.startswith(("内", "期", "制", "后", "前", "的")) and not re.search(
        r"缩短|压缩|压减|控制", core + quantity.prefix
    ):
        return False
    if re.search(r"具有|从事|工作经|连续|工龄|从业|任职|满", core) and quantity.suffix:
        return False
    if re.search(r"不少于|不低于|至少|不超过|缩短|压缩|压减|控制", quantity.prefix):
        return True
    if _AT_LEAST.search(core):
        return True
    return bool(quantity.suffix == "以上" and re.search(r"每|累计|年均|集中", core)) or bool(
        quantity.suffix in ("以内", "之内")
        and re.search(r"缩短|压缩|压减|控制", core + quantity.prefix)
    )


def _promises_share(context: _Context) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if _PAY.search(core[-40:] + right[:20]) and not _STANDARD.search(core):
        return False
    if right.startswith(("股", "控股", "的股")) or (
        core.endswith(("前", "按", "按照")) and not quantity.prefix
    ):
        return False
    if quantity.prefix or quantity.suffix or quantity.high is not None:
        return True
    if _FAR_PREFIX.search(core):
        return True
    if context.verb in _DESCRIBING:
        return False
    return bool(_RATE_WORD.search(core)) or (bool(context.verb) and bool(_CJK.match(right)))


def _promises_money(context: _Context) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    lent = re.search(r"发放|投放|新增", core) and not re.search(r"每人|最高|给予", core)
    if (
        _PAY.search(core[-40:] + right[:20])
        and not lent
        and not (quantity.comparator == ">=" and _STANDARD.search(core))
    ):
        return False
    if right.startswith(("级", "企业")):
        return False
    if re.search(r"按|每人每次", core) and "标准" in right:
        return False
    if (
        right.startswith("的")
        and not _REQUIREMENT.match(right)
        and (not _FOUNDS_MONEY.search(core) or re.search(r"\d", right))
    ):
        return False
    if quantity.prefix or quantity.suffix or quantity.high is not None:
        return True
    return bool(context.verb) and context.verb not in _DESCRIBING


def _promises_count(context: _Context, *, goes_on: bool) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if quantity.chinese:
        return _promises_spelled(context)
    if _COUNTED_ABSTRACT.match(right) and quantity.unit in ("个", "项", "条", "类", "种"):
        return False
    if right.startswith("级"):
        return False
    item = core.rpartition("、")[2]
    if re.match(r"部门|单位|领导|科室", right) or re.search(
        r"(?:指标|任务|措施|举措|内容|事项)$", item
    ):
        return False
    if (quantity.prefix and quantity.prefix[:1] not in "约近") or _AT_LEAST.search(core):
        return True
    if core.endswith(("为", "对", "向")) and _VERB.search(right):
        return True
    if context.verb:
        return context.verb not in _DESCRIBING
    if not core:
        return goes_on or bool(quantity.prefix)
    if right and not right.startswith(("、", "和", "及", "等")):
        return goes_on and not _CJK.search(item)
    return bool(len(_CJK.findall(item)) >= 2)


def _promises_spelled(context: _Context) -> bool:
    """Judge a number in Chinese characters, most of which are figures of speech."""
    quantity, core, right = context.quantity, context.core, context.right
    if _ABSTRACT.match(right):
        return False
    if _SPELLED_FLOOR.search(core + quantity.prefix):
        return True
    verbs = list(_FOUNDING.finditer(core))
    if not verbs:
        return False
    gap = len(core) - verbs[-1].end() if not quantity.prefix else 0
    if quantity.low >= 100:
        return gap <= 20 or not right
    if quantity.low == 1:
        return quantity.unit in ("所", "家", "座", "支", "处") and gap <= 2
    if quantity.unit in ("个", "项", "种", "条", "次") and verbs[-1][0] in (
        "推出",
        "建立",
        "培育",
        "开展",
        "举办",
        "设立",
    ):
        return (
            gap <= 1
            and len(right) >= 4
            and not right.endswith(("工程", "行动", "机制", "制度", "体系", "格局", "模式"))
        )
    return gap <= 6 or not right


def _target(
    flow: Flow, marked: str, outline: Outline, context: _Context, due: date | None
) -> Target:
    quantity = context.quantity
    noun = _noun_after(context)
    start = _quote_start(marked, context)
    end = quantity.end + (len(noun) if noun else 0)
    source_start, source_end = flow.source_span(start, end)
    clause = outline.at(quantity.start)
    segment = marked[context.segment_start : end]
    comparator: Comparator = quantity.comparator
    if comparator == "==" and _AT_LEAST.search(context.core):
        comparator = ">="
    far = _FAR_PREFIX.search(context.core) if comparator == "==" else None
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


def _quote_start(marked: str, context: _Context) -> int:
    """Begin with the segment, and with a date that stands alone before it."""
    start = context.segment_start
    for word in _nearest(context.sentence.dates, start):
        if word.kind == "due" and 0 <= start - word.end <= 2:
            return word.start
    return start if start < context.quantity.start else context.quantity.prefix_start


def _noun_after(context: _Context) -> str:
    if _NOT_NOUN.match(context.right) and not context.right.startswith("的"):
        return ""
    found = _NOUN.match(context.right)
    return found[0] if found else ""


def _metric(text: str, context: _Context, noun: str) -> str:
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


def _unit(marked: str, context: _Context) -> str:
    unit = context.quantity.unit
    base = unit.partition("/")[0]
    if "/" in unit or base in ("%", "‰", "比", "倍", "岁"):
        return unit
    reach = context.left
    found = None
    for found in _PERIOD.finditer(reach):
        pass
    if found is None and not context.verb:
        start = max(context.sentence.start, context.segment_start - 40)
        opening = marked[start : context.segment_start].rpartition("；")[2]
        for every in _PERIOD.finditer(opening):
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
