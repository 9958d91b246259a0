"""Reads who signed a document and when, below its body or in its red head."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.numerals import chinese_number

_ISO = re.compile(r"((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})")
_DATE = re.compile(
    r"((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日|([二一][〇零○OＯ0九][〇零○OＯ0一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
DATE_LINE = re.compile(rf"(?P<who>.{{0,60}}?)[（(]?(?:{_DATE.pattern})[）)]?(?P<print>印发)?")
_ENDS_WITH_DATE = re.compile(
    r"(?:(?:19|20)\d\d ?年 ?\d{1,2} ?月 ?\d{1,2}|[二一][〇零○OＯ0九一二三四五六七八]{3}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}) ?日\s*$"
)
_DONE_ON = re.compile(r"(?:成文|发文|印发|签发)(?:日期|时间)[：:]")
ORGAN_END = re.compile(
    r"(?:局|委|办|厅|部|院|会|府|处|署|室|公司|集团|学校|学院|大学|中心|总社|社|行|联|小组|办公室|团委|司|工会|委办|委员|中央|检|法)(?:[（(][^）)]{1,20}[）)])?$"
)
_NO_NAME = re.compile(r"[，。；：、《》“”！？:,]")
_OFFICES = ("办公厅", "办公室", "委员会", "人民政府", "党组", "党委")
_MINISTRY = re.compile(r"(?<=..[部委局署厅])(?!门|队|员|办)")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    raw: str
    start: int


def part_at(flow: Flow, source: str, position: int) -> Part:
    start = flow.paragraphs[position]
    following = position + 1
    end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(flow.text)
    if end <= start:
        return Part("", "", start)
    begin, stop = flow.source_span(start, end)
    return Part(flow.text[start:end], source[begin:stop], start)


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when, and in which paragraph."""

    on: date | None = None
    names: tuple[str, ...] = ()
    position: int = -1


def signature(flow: Flow, source: str) -> Signature:
    """Find the first date that stands alone, and the names before it or above it."""
    for position, start in enumerate(flow.paragraphs):
        following = position + 1
        end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(flow.text)
        if 70 < end - start <= _LONGEST and flow.text[end - 1] == "日":
            joint = _joint_line(part_at(flow, source, position), position)
            if joint:
                return joint
        if end - start > 70 or end - start < 8:
            continue
        found = DATE_LINE.fullmatch(flow.text, start, end)
        if not found or found["print"] or _DONE_ON.match(flow.text, start):
            continue
        who = found["who"].strip("（( ：:")
        if who and not (ORGAN_END.search(who) or who.endswith("文件")):
            continue
        on = _as_date(found)
        if on is None:
            continue
        joint = _joint_line(part_at(flow, source, position), position) if who else None
        names = list(joint.names) if joint else organs(who, who) if who else []
        above = position - 1
        while above >= 0 and len(names) < 20:
            part = part_at(flow, source, above)
            found_names = organs(part.text, part.raw)
            if not found_names:
                break
            names = found_names + names
            above -= 1
        if names and any(name.endswith("文件") for name in names):
            names = []
        return Signature(on, tuple(names), position)
    return Signature()


def _joint_line(part: Part, position: int) -> Signature | None:
    """Read a line of several names that ends with the date: 甲厅 乙厅 2025年7月15日."""
    found = _ENDS_WITH_DATE.search(part.raw)
    if not found:
        return None
    names = organs("".join(part.raw[: found.start()].split()), part.raw[: found.start()])
    on = day_in("".join(found[0].split()))
    return Signature(on, tuple(names), position) if names and on else None


def _as_date(found: re.Match[str]) -> date | None:
    groups = [g for g in _DATE.search(found[0]).groups() if g] if _DATE.search(found[0]) else []  # type: ignore[union-attr]
    if len(groups) != 3:
        return None
    values = []
    for group in groups:
        clean = re.sub(r"[○OＯ0〇]", "零", group) if not group.isdigit() else group
        value = int(clean) if clean.isdigit() else chinese_number(clean)
        values.append(int(value or 0))
    return _day(*values)


def day_in(text: str) -> date | None:
    """Return the first day written in a text: 2023年3月13日, 2023-03-13."""
    found = _DATE.search(text)
    if found:
        return _as_date(found)
    iso = _ISO.search(text)
    return _day(int(iso[1]), int(iso[2]), int(iso[3])) if iso else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def organs(text: str, raw: str) -> list[str]:
    """Split a line into the names of issuing bodies; empty if it holds anything else."""
    if not text or len(text) > _LONGEST or _NO_NAME.search(text):
        return []
    names: list[str] = []
    current = ""
    for word in _words(raw):
        if word in _OFFICES and names and not current:
            names[-1] += word
            continue
        current += word
        if len(current) >= 2 and ORGAN_END.search(current):
            names.append(current)
            current = ""
    return [] if current else names


def _words(raw: str) -> list[str]:
    """Return the words of a line; letters set apart make one: 教 育 部  财 政 部."""
    words: list[str] = []
    spaced = ""
    for word in raw.split():
        if len(word) == 1:
            spaced += word
            continue
        words += [*_unspaced(spaced), word]
        spaced = ""
    return words + _unspaced(spaced)


def _unspaced(name: str) -> list[str]:
    if not name:
        return []
    by_region = _split_by_region(name)
    if len(by_region) > 1:
        return by_region
    parts = [part for part in _MINISTRY.split(name) if part]
    return parts if all(len(part) >= 3 for part in parts) else [name]


def issuers_of_title(parts: list[Part]) -> list[str]:
    names: list[str] = []
    for part in parts:
        head = re.split(r"关于|印发|转发", part.raw, maxsplit=1)
        found = organs("".join(head[0].split()), head[0].strip())
        if not found and head[0].strip():
            break
        names += [name for word in found for name in _split_by_region(word)]
        if len(head) > 1:
            return names
    return names if len(parts) > 1 and names else []


def _split_by_region(name: str) -> list[str]:
    """Split names run together when they begin with the same place: 甲市教育局甲市财政局."""
    place = name[:2]
    at = name.find(place, 4)
    if at > 0 and ORGAN_END.search(name[:at]):
        return [name[:at], *_split_by_region(name[at:])]
    return [name]


def issuers_of_red_head(top: list[Part]) -> list[str]:
    for part in top:
        if part.text.endswith("文件"):
            return organs(part.text[:-2], part.raw.strip()[:-2].strip())
    return []


def printed_on(flow: Flow) -> date | None:
    """Return the day of the imprint at the end: 某办公室 2020年5月7日印发."""
    printed = re.search(rf"(?:{_DATE.pattern})印发", flow.text[-400:])
    return _as_date(printed) if printed else None
