"""Reads the dates of a plan: what is due when, and what only describes the past."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["due", "past", "since", "none"]

# Three patterns, each with a plain beginning that `re` can skip to fast.
_CALENDAR = re.compile(
    r"(?P<year>[12](?<![\d〔\[.].)[09]\d\d)(?:"
    r"年?(?:[-—–－~～至到]|——)(?P<last>20\d\d)年(?P<span>期间|间|底前|底|末)?"
    r"|年(?P<part>(?P<month>\d{1,2}|十)月(?P<day>\d{1,3}日)?|上半年|下半年"
    r"|第?[一二三四1-4]季度|[春秋]季(?:学期|开学)|年?[底末]|[中初](?=[前，、。）]))?(?P<tithe>底|末|上旬|中旬|下旬)?"
    r"(?P<edge>(?:开学)?(?:之前|以前|前)|内|起|开始|以来|以后|后|度)?)"
)
_PLAN = re.compile(
    r"(?P<plan>十[一二三四五六七八]五)[”’]?(?P<term>规划期?末|期末|末|期间|时期|规划期|以来)?"
)
_YEARLESS = re.compile(
    r"(?P<this>[今本]年度?(?:年?[底末]前?|内)?|年(?<![一二三四五六七八九十两\d几多近每半当去全今本].)(?:[底末]前|内(?![外容部涵]))|全年(?!龄))"
    r"|(?P<bare>\d(?<![年\d—-].)\d?|十)月(?P<bareday>\d{1,3}日)?(?:[底末]|[上中下]旬)?前"
)
_BEFORE = re.compile(r"(?:截至|截止到|截止|自|从|由|以|(?<!占)比|较|与|到|至|在|于)$")
_PLAN_ENDS = {"十一五": 2010, "十二五": 2015, "十三五": 2020, "十四五": 2025, "十五五": 2030,
              "十六五": 2035, "十七五": 2040, "十八五": 2045}  # fmt: skip
_LEADS_ON = re.compile(
    r"[，,：:）)（(\t\n]|、20\d\d|和20\d\d|及20\d\d|力争|实现|达到|建成|完成|基本|全|确保|累计|争取|新增|每|各|我|形成|培|建|初步|取得|率先|拿出|新|开|目标|任务|占|组|设|打造|引进|遴选|启动"
)
_NAMES = re.compile(
    r"的|版|政府工作|中央|预算|以来|级|届|毕业|普通|考试|一号|第|行动|工作要点|修订|印发|发布|召开|试行|以"
)
_VALIDITY = re.compile(
    r"(?:有效期|执行|有效|施行|实施|延续|延长|试行)(?:期限?)?(?:为|截止|延长|延续|期)*$"
)


@dataclass(frozen=True, slots=True)
class DateWord:
    """A date in the text and whether something is due by it.

    `firm` dates name an end (到, 前, 底); `horizon` dates stand before a comma and so govern the
    rest of their sentence.
    """

    start: int
    end: int
    kind: Kind
    on: date | None
    firm: bool
    horizon: bool


def date_words(text: str, *, year: int | None, annual: bool = False) -> list[DateWord]:
    """Return the dates of an unwrapped text whose titles and quotes are masked.

    Args:
        year: the year of the document; earlier years describe the past.
        annual: the document plans just that year, so 全年 ends with it.
    """
    words = [_stated(found, text, year) for found in _CALENDAR.finditer(text)]
    words += [_planned(found, text, year) for found in _PLAN.finditer(text)]
    words += [_yearless(found, text, year, annual) for found in _YEARLESS.finditer(text)]
    words.sort(key=lambda word: word.start)
    return words


def _stated(found: re.Match[str], text: str, year: int | None) -> DateWord:
    pre = _pre(text, found.start())
    kind, on, firm = _calendar(found, pre, text, year)
    return _word(found, text, pre, kind, on, firm)


def _planned(found: re.Match[str], text: str, year: int | None) -> DateWord:
    start = found.start() - (text[found.start() - 1 : found.start()] in ("“", "‘"))
    pre = _pre(text, start)
    kind, on, firm = _plan(found, pre, year)
    return _word(found, text, pre + text[start : found.start()], kind, on, firm)


def _yearless(found: re.Match[str], text: str, year: int | None, annual: bool) -> DateWord:
    start = found.start()
    every = text[max(0, start - 2) : start].endswith(("每", "每年", "学"))
    on = None if every else _in_year(found, year, annual)
    kind: Kind = "due" if on else "none"
    return _word(found, text, _pre(text, start), kind, on, "全年" not in found[0])


def _pre(text: str, start: int) -> str:
    before = _BEFORE.search(text, max(0, start - 3), start)
    return before[0] if before else ""


def _word(
    found: re.Match[str], text: str, pre: str, kind: Kind, on: date | None, firm: bool
) -> DateWord:
    horizon = firm and text[found.end() : found.end() + 1] in ("，", ",", "：", ":")
    start = found.start() - len(pre)
    return DateWord(start, found.end(), kind, on if kind == "due" else None, firm, horizon)


def _plan(found: re.Match[str], pre: str, year: int | None) -> tuple[Kind, date | None, bool]:
    ends = _PLAN_ENDS[found["plan"]]
    term = found["term"] or ""
    if term == "以来" or (year is not None and ends < year):
        return ("past" if term else "none"), None, False
    if pre in ("比", "较", "与", "以", "从", "自"):
        return "none", None, False
    if term and term != "规划期":
        return "due", date(ends, 12, 31), "末" in term or pre in ("到", "至")
    return "none", None, False


def _in_year(found: re.Match[str], year: int | None, annual: bool) -> date | None:
    if year is None:
        return None
    if found["bare"]:
        return _day(year, _month(found["bare"]), found["bareday"])
    if found[0] == "全年" and not annual:
        return None
    return date(year, 12, 31)


def _month(words: str) -> int:
    return 10 if words == "十" else int(words)


def _day(year: int, month: int, day: str | None) -> date | None:
    if not 1 <= month <= 12:
        return None
    last = monthrange(year, month)[1]
    if day is None:
        return date(year, month, last)
    number = int(day.rstrip("日"))
    return date(year, month, number) if 1 <= number <= last else None


def _calendar(
    found: re.Match[str], pre: str, text: str, year: int | None
) -> tuple[Kind, date | None, bool]:
    edge, part = found["edge"] or "", found["part"]
    on = _last_day(found, int(found["year"]))
    latest = on.year if on else int(found["year"])
    if pre in ("自", "从", "由") and text[found.end() : found.end() + 1] == "的":
        return "none", None, False
    if pre in ("自", "从", "由") or edge in ("起", "开始", "以来", "后", "以后"):
        return "since", None, False
    if pre in ("比", "较", "与", "以"):
        return "none", None, False
    if year is not None and latest < year:
        return "past", None, False
    if pre.startswith("截") and (year is None or latest <= year):
        return "past", None, False
    start = found.start() - len(pre)
    if on is None or edge == "度" or _VALIDITY.search(text, max(0, start - 8), start):
        return "none", None, False
    firm = (
        bool(found["last"])
        or "前" in edge
        or edge == "内"
        or pre in ("到", "至")
        or bool(part and part[-1] in "底末")
    )
    if firm or found["tithe"] or _states(found, pre, text, start):
        return "due", on, firm or bool(found["tithe"])
    return "none", None, False


def _states(found: re.Match[str], pre: str, text: str, start: int) -> bool:
    """Tell whether a date without 到 or 前 still says when something happens."""
    after = text[found.end() : found.end() + 5]
    before = text[max(0, start - 3) : start]
    bracketed = before[-1:] in ("（", "(")
    if bracketed and (after[:1] not in ("）", ")") or before[-2:-1] == "》"):
        return False
    if found["part"] or found["last"]:
        return after[:1] != "的"
    return bool(_LEADS_ON.match(after)) or not _NAMES.match(after)


def _last_day(found: re.Match[str], year: int) -> date | None:
    if found["last"]:
        return date(int(found["last"]), 12, 31)
    part = found["part"] or ""
    if found["month"]:
        day = found["day"]
        tithe = found["tithe"] or ""
        if not day and tithe in ("上旬", "中旬"):
            day = {"上旬": "10日", "中旬": "20日"}[tithe]
        return _day(year, _month(found["month"]), day)
    if part in ("上半年", "年中", "中"):
        return date(year, 6, 30)
    if part.endswith("季度"):
        quarter = "一二三四".find(part[-3]) + 1 or int(part[-3])
        return _day(year, quarter * 3, None)
    if "季" in part and part[0] in "春秋":
        if "前" in (found["edge"] or ""):
            return date(year, 8, 31) if part[0] == "秋" else date(year, 2, 28)
        return date(year, 12, 31) if part[0] == "秋" else date(year, 7, 31)
    if part.endswith("初"):
        return date(year, 1, 31)
    return date(year, 12, 31)
