"""Reads the dates of a plan: what is due when, and what only describes the past."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["due", "past", "since", "none"]

_DATE = re.compile(
    r"(?P<pre>截至|截止到|截止|自|从|以|比|较|与|到|至|在|于)?(?<![\d〔\[.])(?:"
    r"(?P<year>(?:19|20)\d\d)(?:"
    r"年?(?:[-—–－~～至到]|——)(?P<last>20\d\d)年(?P<span>期间|间|底前|底|末)?"
    r"|年(?P<part>(?P<month>\d{1,2})月(?P<day>\d{1,2}日)?|上半年|下半年"
    r"|第?[一二三四1-4]季度|[春秋]季学期|年?[底末中初])?(?P<tithe>底|末|上旬|中旬|下旬)?"
    r"(?P<edge>之前|以前|前|内|起|开始|以来|以后|后|度)?)"
    r"|[“‘]?(?P<plan>十[一二三四五六七八]五)[”’]?(?P<term>规划期?末|期末|末|期间|时期|规划期|以来)?"
    r"|(?P<this>今年|本年|年)(?P<bound>年?[底末]前?|内)(?![外容部])"
    r"|(?<![年\d])(?P<bare>\d{1,2})月(?P<bareday>\d{1,2}日)?(?:[底末]|[上中下]旬)?前"
    r")"
)
_PLAN_ENDS = {"十一五": 2010, "十二五": 2015, "十三五": 2020, "十四五": 2025, "十五五": 2030,
              "十六五": 2035, "十七五": 2040, "十八五": 2045}  # fmt: skip
_LEADS_ON = re.compile(
    r"[，,：:）)（(]|力争|实现|达到|建成|完成|基本|全|确保|累计|争取|新增|每|各|我|形成|培|建|初步|取得|率先"
)
_AIMS = re.compile(r"(?:力争|确保|争取|计划|预计|拟|目标|展望|（|\()$")


@dataclass(frozen=True, slots=True)
class DateWord:
    """A date in the text and whether something is due by it."""

    start: int
    end: int
    kind: Kind
    on: date | None
    firm: bool


def date_words(text: str, *, year: int | None) -> list[DateWord]:
    """Return the dates of an unwrapped text whose titles and quotes are masked.

    Args:
        year: the year of the document; earlier years describe the past.
    """
    return [_date_word(found, text, year) for found in _DATE.finditer(text)]


def _date_word(found: re.Match[str], text: str, year: int | None) -> DateWord:
    start, end = found.span()
    pre = found["pre"] or ""
    if found["plan"]:
        kind, on, firm = _plan(found, pre, year)
    elif found["this"] or found["bare"]:
        on = _in_year(found, year)
        every = text[max(0, start - 2) : start].endswith(("每", "每年", "学", "全"))
        kind, firm = ("none" if every or on is None else "due"), True
    else:
        kind, on, firm = _calendar(found, pre, text, year)
    if kind != "due":
        on = None
    return DateWord(start, end, kind, on, firm)


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


def _in_year(found: re.Match[str], year: int | None) -> date | None:
    if year is None:
        return None
    if not found["bare"]:
        return date(year, 12, 31)
    return _day(year, int(found["bare"]), found["bareday"])


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
    edge = found["edge"] or ""
    first = int(found["year"])
    on = _last_day(found, first)
    latest = on.year if on else first
    if pre in ("自", "从") or edge in ("起", "开始", "以来", "后", "以后"):
        return "since", None, False
    after = text[found.end() : found.end() + 2]
    if year is not None and latest < year:
        return "past", None, False
    if pre.startswith("截") and (year is None or latest <= year):
        return "past", None, False
    if on is None or pre in ("比", "较", "与", "以") or edge == "度":
        return "none", None, False
    before = text[max(0, found.start() - 3) : found.start()]
    part = found["part"]
    firm = bool(edge) or pre in ("到", "至") or bool(part and part[-1] in "底末")
    if firm or (part and after[:1] != "的") or found["last"]:
        if (
            found["last"]
            and before.endswith(("》", "》（", "》(", "（", "("))
            and after[:1] in "）)"
        ):
            return "none", None, False
        return "due", on, firm
    if pre in ("在", "于") or _LEADS_ON.match(after) or _AIMS.search(before):
        if before[-1:] in ("（", "(") and after[:1] not in ("）", ")"):
            return "none", None, False
        return "due", on, False
    return "none", None, False


def _last_day(found: re.Match[str], year: int) -> date | None:
    if found["last"]:
        return date(int(found["last"]), 12, 31)
    part = found["part"] or ""
    if found["month"]:
        day = found["day"]
        tithe = found["tithe"] or ""
        if not day and tithe in ("上旬", "中旬"):
            day = {"上旬": "10日", "中旬": "20日"}[tithe]
        return _day(year, int(found["month"]), day)
    if part in ("上半年", "年中", "中"):
        return date(year, 6, 30)
    if part.endswith("季度"):
        quarter = "一二三四".find(part[-3]) + 1 or int(part[-3])
        return _day(year, quarter * 3, None)
    if part.endswith("季学期"):
        return date(year, 9, 1) if part[0] == "秋" else date(year, 3, 1)
    if part.endswith("初"):
        return date(year, 1, 31)
    return date(year, 12, 31)
