"""Reads title, number, issuers, date and the documents that are cited."""

from __future__ import annotations

import re
from itertools import pairwise

from jiangxin.engines.policytext.captions import captions, is_caption
from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Header
from jiangxin.engines.policytext.outline import Outline
from jiangxin.engines.policytext.references import NUMBER, TITLE, references
from jiangxin.engines.policytext.signatures import (
    DATE_LINE,
    ORGAN_END,
    Part,
    Signature,
    issuers_of_red_head,
    issuers_of_title,
    part_at,
    printed_on,
    signature,
)

_NUMBER_LABEL = re.compile(
    r"(?:发文字号|文件?号|文件编号|字号)[：:]?(?=[\u4e00-\u9fff]{1,14}[〔\[（(])"
)
_DECREE = re.compile(r"(?P<who>.{2,30}?)令")
_DECREE_NUMBER = re.compile(r"第\d{1,4}号")
_NUMBER_LINE = re.compile(
    rf"[（(]?(?P<before>[\u4e00-\u9fff]{{2,30}}文件)?(?P<number>{NUMBER})[）)]?(?:签发人[：:].*|(?:19|20)\d\d-\d{{1,2}}-\d{{1,2}})?"
)
_AIMED_AT = re.compile(r"到(20\d\d)年")
_PLANS = "〇一二三四五六七八"
_ENCLOSURE = re.compile(r"附\s?[件：:]{0,2}[\d一二三四五六]{0,2}[：:]?")
# Number before a title on one line, and what web pages put behind a title.
_NUMBERED_TITLE = re.compile(rf"[（(【]?(?P<number>{NUMBER})[）)】]?(?P<title>.{{8,}})")
_TITLE_NUMBERED = re.compile(
    rf"(?P<title>.{{6,}}(?:通知|意见|办法|方案|规划|决定|计划|措施|纲要|细则))[（(]?(?P<number>{NUMBER})[）)]?"
)
_TITLE_DATED = re.compile(r"[（(\[](?:19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}[）)\]]$")
_ADDRESS = re.compile(r"[：:]$")
_KIND_END = re.compile(
    r"(?:通知|意见|决定|批复|函|公告|通告|通报|方案|计划|办法|规划|规定|细则|纲要|要点|措施|条例|清单|举措|若干政策|政策|报告|分工|指南|标准|目标|任务|行动|规程|制度|安排|机制|分解|目录|预案|分工表|责任制|汇编)"
    r"(?:[（(][^）)]{1,24}[）)])*$"
)
_PERIOD_LINE = re.compile(r"[（(].{1,30}[）)]")


def header(flow: Flow, source: str, outline: Outline) -> Header:
    """Return what stands above and below the body of a document.

    The signature block decides issuers and date; without one, the title and the red head do, and
    last the captions of the web page. A copy without its notice is called by the plan it encloses.
    """
    top = _top(flow, source, outline)
    decree = _decree(top)
    title_parts, number, signed_at = _title_parts(top)
    signed = signature(flow, source)
    page = captions(top)
    if decree:
        named = next((found for part in top if (found := TITLE.search(part.text))), None)
        title = named[1] if named else ""
        number, issuers = decree[1], [decree[0]]
    else:
        title = "".join(part.text for part in title_parts) or page.title or _enclosed(top, signed)
        issuers = (
            list(signed.names)
            or issuers_of_title(title_parts)
            or issuers_of_red_head(top[:signed_at])
            or [name for name in (page.issuer,) if name]
        )
    return Header(
        title=title,
        document_number=number or page.number,
        issuers=tuple(dict.fromkeys(issuers)),
        issued_on=signed.on or page.issued_on or printed_on(flow),
        references=references(flow, title),
    )


def _enclosed(top: list[Part], signed: Signature) -> str:
    """Return the title below the signature: that of the plan which a notice encloses."""
    if signed.position < 0:
        return ""
    below = [part for part in top[signed.position + 1 :] if not _ENCLOSURE.fullmatch(part.text)]
    return "".join(part.text for part in _title_parts(below)[0])


def _decree(top: list[Part]) -> tuple[str, str] | None:
    """Return issuer and number of a decree: 某市人民政府令 / 第86号."""
    for part, following in pairwise(top[:5]):
        found = _DECREE.fullmatch(part.text)
        if found and _DECREE_NUMBER.fullmatch(following.text):
            return found["who"], part.text + following.text
    return None


def _top(flow: Flow, source: str, outline: Outline) -> list[Part]:
    stop = outline.body
    parts = []
    for position, start in enumerate(flow.paragraphs[:60]):
        if start >= stop:
            break
        parts.append(part_at(flow, source, position))
    return parts


def _title_parts(top: list[Part]) -> tuple[list[Part], str | None, int]:
    """Return the lines of the title, the number of the document and where the body begins."""
    title: list[Part] = []
    number: str | None = None
    closed = False
    for position, part in enumerate(top):
        text = part.text
        if not closed and not title:
            part, own_number = _own_number(part)
            text, number = part.text, number or own_number
        labelled = _NUMBER_LABEL.search(text)
        numbered = _NUMBER_LINE.fullmatch(text[labelled.end() :] if labelled else text)
        if numbered or text == "文件":
            if title and all(ORGAN_END.search(above.text) for above in title):
                title = []  # names of a red head, not of the title
            number = number or (numbered["number"] if numbered else None)
            closed = closed or _is_title(title)
            continue
        caption = is_caption(text)
        if _is_body(part) and not caption:
            return _trimmed(title), number, position
        if caption or text.endswith("文件") or DATE_LINE.fullmatch(text):
            closed = closed or _is_title(title)
            continue
        if closed and not (_PERIOD_LINE.fullmatch(text) and len(title) < 8):
            return _trimmed(title), number, position
        if _is_title(title) and not _PERIOD_LINE.fullmatch(text):
            return _trimmed(title), number, position
        title.append(part)
    return _trimmed(title), number, len(top)


def _own_number(part: Part) -> tuple[Part, str | None]:
    """Take number and date off a line that holds the title as well."""
    text = _TITLE_DATED.sub("", part.text)
    found = _NUMBERED_TITLE.fullmatch(text)
    if found and _KIND_END.search(found["title"]):
        return Part(found["title"], part.raw.partition("号")[2], part.start), found["number"]
    found = _TITLE_NUMBERED.fullmatch(text)
    if found:
        return Part(found["title"], part.raw, part.start), found["number"]
    return Part(text, part.raw, part.start), None


def _is_body(part: Part) -> bool:
    text = part.text
    if "\t" in text or text.startswith("附件"):
        return True
    if _ADDRESS.search(text) and len(text) > 3:
        return True
    return text.endswith("。") or "。" in text[:-1] or len(text) > 160


def _is_title(parts: list[Part]) -> bool:
    """Tell whether the lines so far make a complete title."""
    joined = "".join(part.text for part in parts)
    if joined.count("《") > joined.count("》") or joined.count("（") > joined.count("）"):
        return False
    if not _KIND_END.search(joined):
        return False
    begun = re.search(r"关于|印发|转发", joined)
    return not begun or bool(re.search(r"的[^的《》]{0,12}$|》", joined[begun.end() :]))


def _trimmed(parts: list[Part]) -> list[Part]:
    joined = "".join(part.text for part in parts)
    if len(joined) < 4 or not (_KIND_END.search(joined) or "关于" in joined or len(parts) <= 3):
        return []
    if all(ORGAN_END.search(part.text) for part in parts):
        return []
    return parts


def plan_year(head: Header, text: str) -> int | None:
    """Return the year from which a document looks ahead; earlier years are its past.

    Without a date, number or title that tells, the earliest 到…年 less the four years of a plan.
    """
    if head.issued_on:
        return head.issued_on.year
    for words in (head.document_number or "", head.title):
        found = re.search(r"(?:19|20)\d\d", words)
        if found:
            return int(found[0])
    plan = re.search(r"十([一二三四五六七八])五", head.title)
    # The twelfth plan began in 2011, the fourteenth in 2021.
    if plan:
        return 2001 + 5 * _PLANS.index(plan[1])
    aims = [int(found[1]) for found in _AIMED_AT.finditer(text)]
    return min(aims) - 4 if aims else None


def is_annual(head: Header) -> bool:
    """Tell whether a document plans a single year, as 2025年工作要点 does."""
    years = re.findall(r"(?:19|20)\d\d(?=年)", head.title)
    return len(set(years)) == 1 and not re.search(
        r"\d{4}年?[-—–~～至到]+\d{4}|三年|五年", head.title
    )
