"""Reads who signed a document and when, below its body or in its red head."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.numerals import chinese_number
from jiangxin.engines.policytext.outline import Outline

ISO = re.compile(r"((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})")
_DATE = re.compile(
    r"((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日|([二一][〇零○OＯ0九][〇零○OＯ0一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
DATE_LINE = re.compile(rf"(?P<who>.{{0,60}}?)[（(]?(?:{_DATE.pattern})[）)]?(?P<print>印发)?")
DONE_ON = re.compile(r"(?:成文|发文|印发|签发)(?:日期|时间)[：:]")
ORGAN_END = re.compile(
    r"(?:局|委|办|厅|部|院|会|府|处|署|室|公司|集团|学校|学院|大学|中心|总社|社|行|联|小组|办公室|团委|司|工会|委办)(?:（[^）]{1,20}）)?$"
)


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


def signature(flow: Flow, source: str, outline: Outline) -> tuple[date | None, list[str]]:
    """Find the first date that stands alone, and the names above it."""
    for position, start in enumerate(flow.paragraphs):
        following = position + 1
        end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(flow.text)
        if end - start > 70 or end - start < 8:
            continue
        found = DATE_LINE.fullmatch(flow.text, start, end)
        if not found or found["print"] or DONE_ON.match(flow.text, start):
            continue
        who = found["who"].strip("（( ：:")
        if who and not (ORGAN_END.search(who) or who.endswith("文件")):
            continue
        on = _as_date(found)
        if on is None:
            continue
        names = organs(who, who) if who else []
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
        return on, names
    return None, []


def _as_date(found: re.Match[str]) -> date | None:
    groups = [g for g in _DATE.search(found[0]).groups() if g] if _DATE.search(found[0]) else []  # type: ignore[union-attr]
    if len(groups) != 3:
        return None
    values = []
    for group in groups:
        clean = re.sub(r"[○OＯ0〇]", "零", group) if not group.isdigit() else group
        value = int(clean) if clean.isdigit() else chinese_number(clean)
        values.append(int(value or 0))
    try:
        return date(*values)
    except ValueError:
        return None


def organs(text: str, raw: str) -> list[str]:
    """Split a line into the names of issuing bodies; empty if it holds anything else."""
    if not text or len(text) > 160 or re.search(r"[，。；：、《》“”！？]", text):
        return []
    words = raw.split()
    if not words:
        return []
    if len(words) > 1 and any(not ORGAN_END.search(word) or len(word) < 2 for word in words):
        words = _glued(words)
    return words if all(ORGAN_END.search(word) and len(word) >= 2 for word in words) else []


def _glued(words: list[str]) -> list[str]:
    """Undo spacing inside names: 教 育 部 is one name."""
    names, current = [], ""
    for word in words:
        current += word
        if len(current) >= 3 and ORGAN_END.search(current) and (len(word) > 1 or len(current) < 5):
            names.append(current)
            current = ""
    if current:
        if names and not ORGAN_END.search(current):
            names[-1] += current
        else:
            names.append(current)
    joined = "".join(words)
    return names if all(ORGAN_END.search(name) for name in names) else [joined]


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


def other_date(flow: Flow, top: list[Part]) -> date | None:
    for part in top:
        if DONE_ON.match(part.text) or part.text.startswith(("发布日期", "成文日期")):
            found = _DATE.search(part.text)
            if found:
                return _as_date(found)
            iso = ISO.search(part.text)
            if iso:
                try:
                    return date(int(iso[1]), int(iso[2]), int(iso[3]))
                except ValueError:
                    return None
    printed = re.search(rf"(?:{_DATE.pattern})印发", flow.text[-400:])
    return _as_date(printed) if printed else None
