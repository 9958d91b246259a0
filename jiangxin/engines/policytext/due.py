"""Finds the day by which a number is promised, and numbers that belong to the past."""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import date

from jiangxin.engines.policytext.dates import DateWord
from jiangxin.engines.policytext.deadlines import Sentence
from jiangxin.engines.policytext.promises import Context
from jiangxin.engines.policytext.quantities import Quantity

_DONE = re.compile(
    r"(?:目前|现有|原有|现状)[^，。；]{0,24}\d|(?:目前|当前)[，,全我本各]|近[一两二三四五六七八九十\d]{1,2}年|现已|已(?!然|久)|上年|去年|过去|以来|此前"
)
_RISES_TO = re.compile(
    r"(?:提高|提升|增加|增长|扩大|上升|拓展|降低|下降|减少|压缩|缩短)(?:到|至|为)|增至|升至|降至|翻"
)
_ASIDE = re.compile(r"[（(][^（()）]{0,40}[）)]")
_OPENS = ("", "，", ",", "。", "；", ";", "：", ":", "、", "\n", "\t", "（", "(", "“")
_AIMS = re.compile(
    r"(?:力争|争取|确保|努力|计划|预计|展望|应当|应|须|将|要|可|并|再|其中|—|●|■|\.|．|）|\)|目标|是)$"
)
_DONE_BY = re.compile(
    r"(?:前|底)?(?:全部|全面|基本|如期)?(?:完成|建成|投用|投入|交付|达标|竣工|完工)"
)
_THEN_DONE = re.compile(
    r"(?:全部|全面|基本|如期)?(?:完成|建成|投用|投入|交付|达标|竣工|完工|到位|落实|验收|实现)?"
    r"(?:使用|运营|验收|任务|建设|投用|招生|入驻|并|投入|目标)*(?=[，。；、）\n\t]|$)"
)
PERIOD = re.compile(
    r"每(?P<n>\d{1,2}|[一二两三四五六])?个?(?P<p>学年|学期|季度|年|月|周|天|日)(?:度)?"
    r"|(?P<yearly>年均)|(?P<annual>(?<![今本全当去明近前后往\d])年(?:度)?(?=(?:社会)?(?:培训|开展|举办|服务|接待|输送|培养|招收|招生|新增|吸纳|转化|完成|实训)))"
)


def due_of(marked: str, context: Context, split: dict[int, list[date]]) -> tuple[date | None, bool]:
    """Return the deadline of a quantity and whether its own sentence states a firm one.

    A yearly duty runs on after the day by which something else is done, so only a horizon
    (到2027年，…) or a governing heading sets its end.
    """
    sentence, quantity = context.sentence, context.quantity
    recurring = PERIOD.search(context.left) is not None
    before = nearest(sentence.dates, quantity.start)
    after = _date_after(marked, context, before)
    if after is not None and not recurring:
        return after.on, True
    for word in reversed(before):
        if word.kind == "due":
            if _is_inside(marked, word, quantity):
                continue
            if (recurring and not word.horizon) or _is_elsewhere(marked, sentence, word, quantity):
                return sentence.governed, False
            return _distributed(marked, sentence, before, quantity, split) or word.on, word.firm
        if word.kind == "since":
            return sentence.governed, False
    if recurring:
        return sentence.governed, False
    return sentence.carried or sentence.governed or sentence.row_due, False


def _date_after(marked: str, context: Context, before: list[DateWord]) -> DateWord | None:
    """Return the date that follows a number at once: 新建学校6所，2025年6月底前交付."""
    sentence, quantity = context.sentence, context.quantity
    after = bisect_left(sentence.dates, quantity.end, key=lambda word: word.start)
    if after == len(sentence.dates):
        return None
    word = sentence.dates[after]
    between = marked[quantity.end : word.start]
    if word.kind != "due" or len(between) > 40 or "；" in between:
        return None
    if marked[word.end - 1 : word.end] not in ("前", "底") and not _DONE_BY.match(marked, word.end):
        return None
    if "，" in between and not _THEN_DONE.match(marked, word.end):
        return None  # the date opens what follows: …5所，到2026年底前建成50家
    same_part = "；" not in marked[before[-1].end : quantity.start] if before else False
    if same_part and before[-1].kind == "due":
        return None
    return None if "，" in between.rstrip("，") and not between.rstrip().endswith("并于") else word


def _is_inside(marked: str, word: DateWord, quantity: Quantity) -> bool:
    """Tell whether a date behind its subject speaks of its own segment only, not of this one."""
    between = marked[word.end : quantity.start]
    if "，" not in between and "；" not in between:
        return False
    if "其中" in between[-24:] or "：" in between:
        return False
    return marked[max(0, word.start - 1) : word.start] not in _OPENS and not _AIMS.search(
        marked, max(0, word.start - 6), word.start
    )


def nearest(dates: list[DateWord], index: int) -> list[DateWord]:
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
    before: list[DateWord],
    quantity: Quantity,
    split: dict[int, list[date]],
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


def is_past(marked: str, sentence: Sentence, quantity: Quantity) -> bool:
    start = sentence.start
    looks_back = due_before = False
    for word in nearest(sentence.dates, quantity.start):
        if word.end <= quantity.start:
            if word.kind == "due":
                start = word.end
                due_before, looks_back = True, False
            elif due_before:
                continue
            elif word.kind == "past":
                if (
                    marked[word.start - 1 : word.start] == "（"
                    or "）" in marked[word.end : quantity.start]
                ):
                    continue
                after = marked[word.end : quantity.start]
                if not _RISES_TO.search(after):
                    looks_back = True
    if looks_back:
        return True
    window = marked[max(start, quantity.start - 120) : quantity.start + 1]
    window = _ASIDE.sub("", window)
    done = _DONE.search(window)
    # 由目前的50%提高到60%: the past is only where the promise starts from.
    return done is not None and not _RISES_TO.search(window, done.start())
