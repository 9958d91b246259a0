"""Reads title, number, issuers, date and the documents that are cited."""

from __future__ import annotations

import re
from itertools import pairwise

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Header
from jiangxin.engines.policytext.outline import Outline
from jiangxin.engines.policytext.references import NUMBER, TITLE, references
from jiangxin.engines.policytext.signatures import (
    DATE_LINE,
    ORGAN_END,
    Part,
    issuers_of_red_head,
    issuers_of_title,
    other_date,
    part_at,
    signature,
)

_NUMBER_LABEL = re.compile(
    r"(?:发文字号|文件?号|文件编号|字号)[：:]?(?=[\u4e00-\u9fff]{1,14}[〔\[（(])"
)
_DECREE = re.compile(r"(?P<who>.{2,30}?)令")
_DECREE_NUMBER = re.compile(r"第\d{1,4}号")
_NUMBER_LINE = re.compile(
    rf"[（(]?(?P<before>[\u4e00-\u9fff]{{2,30}}文件)?(?P<number>{NUMBER})[）)]?(?:签发人[：:].*)?"
)
_AIMED_AT = re.compile(r"到(20\d\d)年")
_PLANS = "〇一二三四五六七八"
_META = re.compile(
    r"(?:索\s?引\s?号|主题分类|发布机构|发文机关|发文机构|成文日期|发布日期|发布时间|公开日期|生成日期|来源|字号|浏览|有效性|体裁分类|组配分类|公开方式|公开类型"
    r"|主题词|签发人|份号|密级|机密|秘密|特急|加急|平急|目录|目次|信息公开|[（(]此件|[（(]征求意见|附件\d*$|名\s?称)"
)
_ADDRESS = re.compile(r"[：:]$")
_KIND_END = re.compile(
    r"(?:通知|意见|决定|批复|函|公告|通告|通报|方案|计划|办法|规划|规定|细则|纲要|要点|措施|条例|清单|举措|若干政策|政策|报告|分工|指南|标准|目标|任务|行动|规程|制度|安排|机制)"
    r"(?:[（(][^）)]{1,24}[）)])*$"
)
_PERIOD_LINE = re.compile(r"[（(].{1,30}[）)]")


def header(flow: Flow, source: str, outline: Outline) -> Header:
    """Return what stands above and below the body of a document.

    The signature block decides issuers and date; without one, the title and the red head do.
    """
    top = _top(flow, source, outline)
    decree = _decree(top)
    title_parts, number, signed_at = _title_parts(top)
    if decree:
        return _decreed(flow, source, outline, top, decree)
    title = "".join(part.text for part in title_parts)
    issued_on, issuers = signature(flow, source, outline)
    if not issuers:
        issuers = issuers_of_title(title_parts) or issuers_of_red_head(top[:signed_at])
    if issued_on is None:
        issued_on = other_date(flow, top)
    return Header(
        title=title,
        document_number=number,
        issuers=tuple(dict.fromkeys(issuers)),
        issued_on=issued_on,
        references=references(flow, title),
    )


def _decree(top: list[Part]) -> tuple[str, str] | None:
    """Return issuer and number of a decree: 某市人民政府令 / 第86号."""
    for part, following in pairwise(top[:5]):
        found = _DECREE.fullmatch(part.text)
        if found and _DECREE_NUMBER.fullmatch(following.text):
            return found["who"], part.text + following.text
    return None


def _decreed(
    flow: Flow, source: str, outline: Outline, top: list[Part], decree: tuple[str, str]
) -> Header:
    named = next((found for part in top if (found := TITLE.search(part.text))), None)
    title = named[1] if named else ""
    issued_on, _ = signature(flow, source, outline)
    return Header(
        title=title,
        document_number=decree[1],
        issuers=(decree[0],),
        issued_on=issued_on or other_date(flow, top),
        references=references(flow, title),
    )


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
        labelled = _NUMBER_LABEL.search(text)
        numbered = _NUMBER_LINE.fullmatch(text[labelled.end() :] if labelled else text)
        if numbered or text == "文件":
            if title and all(ORGAN_END.search(above.text) for above in title):
                title = []  # names of a red head, not of the title
            number = number or (numbered["number"] if numbered else None)
            closed = closed or _is_title(title)
            continue
        if _is_body(part):
            return _trimmed(title), number, position
        if _META.match(text) or text.endswith("文件") or DATE_LINE.fullmatch(text):
            closed = closed or _is_title(title)
            continue
        if closed and not (_PERIOD_LINE.fullmatch(text) and len(title) < 8):
            return _trimmed(title), number, position
        if _is_title(title) and not _PERIOD_LINE.fullmatch(text):
            return _trimmed(title), number, position
        title.append(part)
    return _trimmed(title), number, len(top)


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
