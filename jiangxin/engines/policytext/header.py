"""Reads title, number, issuers, date and the documents that are cited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Header, Reference
from jiangxin.engines.policytext.numerals import chinese_number
from jiangxin.engines.policytext.outline import Outline

_NUMBER = r"[\u4e00-\u9fff]{0,14}[〔\[（(﹝［](?:19|20)\d\d[〕\]）)﹞］](?:第)?\d{1,5}号"
_NUMBER_LABEL = re.compile(
    r"(?:发文字号|文件?号|文件编号|字号)[：:]?(?=[\u4e00-\u9fff]{1,14}[〔\[（(])"
)
_DECREE = re.compile(r"(?P<who>.{2,30}?)令")
_DECREE_NUMBER = re.compile(r"第\d{1,4}号")
_NUMBER_LINE = re.compile(
    rf"[（(]?(?P<before>[\u4e00-\u9fff]{{2,30}}文件)?(?P<number>{_NUMBER})[）)]?(?:签发人[：:].*)?"
)
_AIMED_AT = re.compile(r"到(20\d\d)年")
_PLANS = "〇一二三四五六七八"
_ISO = re.compile(r"((?:19|20)\d\d)[-./](\d{1,2})[-./](\d{1,2})")
_DATE = re.compile(
    r"((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日|([二一][〇零○OＯ0九][〇零○OＯ0一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日"
)
_DATE_LINE = re.compile(rf"(?P<who>.{{0,60}}?)[（(]?(?:{_DATE.pattern})[）)]?(?P<print>印发)?")
_META = re.compile(
    r"(?:索\s?引\s?号|主题分类|发布机构|发文机关|发文机构|成文日期|发布日期|发布时间|公开日期|生成日期|来源|字号|浏览|有效性|体裁分类|组配分类|公开方式|公开类型"
    r"|主题词|签发人|份号|密级|机密|秘密|特急|加急|平急|目录|目次|信息公开|[（(]此件|[（(]征求意见|附件\d*$|名\s?称)"
)
_DONE_ON = re.compile(r"(?:成文|发文|印发|签发)(?:日期|时间)[：:]")
_ADDRESS = re.compile(r"[：:]$")
_ORGAN_END = re.compile(
    r"(?:局|委|办|厅|部|院|会|府|处|署|室|公司|集团|学校|学院|大学|中心|总社|社|行|联|小组|办公室|团委|司|工会|委办)(?:（[^）]{1,20}）)?$"
)
_KIND_END = re.compile(
    r"(?:通知|意见|决定|批复|函|公告|通告|通报|方案|计划|办法|规划|规定|细则|纲要|要点|措施|条例|清单|举措|若干政策|政策|报告|分工|指南|标准|目标|任务|行动|规程|制度|安排|机制)"
    r"(?:[（(][^）)]{1,24}[）)])*$"
)
_PERIOD_LINE = re.compile(r"[（(].{1,30}[）)]")
_TITLE = re.compile(r"《((?:[^《》\n]|《[^《》\n]{0,80}》){2,160})》")
_CITED_NUMBER = re.compile(
    rf"[（(]([^（）()\n，、]{{0,20}}令第?\d{{1,4}}号)[）)]|[（(](?:[^（）()\n]{{0,20}}?[，、])?({_NUMBER})(?:[^（）()\n]{{0,40}})[）)]|[（(]?({_NUMBER})[）)]?"
)
_DRAFTS = re.compile(
    r"(?:制定|制订|出台|编制|印发|发布|修订|起草|研制|编写|编印|推出|签订|签署|颁布|草拟|拟定|修改|修编|填写|填报|提交|形成|建立|公布)(?:了|并印发|并实施|完善|发布|印发|本)?[“]?$"
)
_DRAFTED = re.compile(r"(?:的)?(?:编制|制定|制订|修订|起草|出台|印发|发布)(?:工作|[，。；、]|$)")
_INVOKED = re.compile(r"等?(?:文件)?(?:精神|要求|规定|部署|通知)")
_GENERIC = re.compile(
    r"(?:本)?(?:意见|方案|规划|通知|办法|条例|决定|计划|纲要|规定|细则|措施|要点|行动计划|实施意见|实施方案|行动方案|若干措施|工作方案|指导意见|实施办法|实施细则|任务清单)"
)
_NO_DOCUMENT = re.compile(
    r"(?:表|证|证书|报|责任书|承诺书|日报|杂志|申请书|协议书|合同|台账|简报|报告单|档案)$"
)
_SHORT_NAME = re.compile(r"(?:简称|下称|以下称)[为：:“]{0,2}$")


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    raw: str
    start: int


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
    issued_on, issuers = _signature(flow, source, outline)
    if not issuers:
        issuers = _issuers_of_title(title_parts) or _issuers_of_red_head(top[:signed_at])
    if issued_on is None:
        issued_on = _other_date(flow, top)
    return Header(
        title=title,
        document_number=number,
        issuers=tuple(dict.fromkeys(issuers)),
        issued_on=issued_on,
        references=_references(flow, title, top),
    )


def _decree(top: list[_Part]) -> tuple[str, str] | None:
    """Return issuer and number of a decree: 某市人民政府令 / 第86号."""
    for part, following in pairwise(top[:5]):
        found = _DECREE.fullmatch(part.text)
        if found and _DECREE_NUMBER.fullmatch(following.text):
            return found["who"], part.text + following.text
    return None


def _decreed(
    flow: Flow, source: str, outline: Outline, top: list[_Part], decree: tuple[str, str]
) -> Header:
    named = next((found for part in top if (found := _TITLE.search(part.text))), None)
    title = named[1] if named else ""
    issued_on, _ = _signature(flow, source, outline)
    return Header(
        title=title,
        document_number=decree[1],
        issuers=(decree[0],),
        issued_on=issued_on or _other_date(flow, top),
        references=_references(flow, title, top),
    )


def _top(flow: Flow, source: str, outline: Outline) -> list[_Part]:
    stop = outline.body
    parts = []
    for position, start in enumerate(flow.paragraphs[:60]):
        if start >= stop:
            break
        parts.append(_part(flow, source, position))
    return parts


def _part(flow: Flow, source: str, position: int) -> _Part:
    start = flow.paragraphs[position]
    following = position + 1
    end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(flow.text)
    if end <= start:
        return _Part("", "", start)
    begin, stop = flow.source_span(start, end)
    return _Part(flow.text[start:end], source[begin:stop], start)


def _title_parts(top: list[_Part]) -> tuple[list[_Part], str | None, int]:
    """Return the lines of the title, the number of the document and where the body begins."""
    title: list[_Part] = []
    number: str | None = None
    closed = False
    for position, part in enumerate(top):
        text = part.text
        labelled = _NUMBER_LABEL.search(text)
        numbered = _NUMBER_LINE.fullmatch(text[labelled.end() :] if labelled else text)
        if numbered or text == "文件":
            if title and all(_ORGAN_END.search(above.text) for above in title):
                title = []  # names of a red head, not of the title
            number = number or (numbered["number"] if numbered else None)
            closed = closed or _is_title(title)
            continue
        if _is_body(part):
            return _trimmed(title), number, position
        if _META.match(text) or text.endswith("文件") or _DATE_LINE.fullmatch(text):
            closed = closed or _is_title(title)
            continue
        if closed and not (_PERIOD_LINE.fullmatch(text) and len(title) < 8):
            return _trimmed(title), number, position
        if _is_title(title) and not _PERIOD_LINE.fullmatch(text):
            return _trimmed(title), number, position
        title.append(part)
    return _trimmed(title), number, len(top)


def _is_body(part: _Part) -> bool:
    text = part.text
    if "\t" in text or text.startswith("附件"):
        return True
    if _ADDRESS.search(text) and len(text) > 3:
        return True
    return text.endswith("。") or "。" in text[:-1] or len(text) > 160


def _is_title(parts: list[_Part]) -> bool:
    """Tell whether the lines so far make a complete title."""
    joined = "".join(part.text for part in parts)
    if joined.count("《") > joined.count("》") or joined.count("（") > joined.count("）"):
        return False
    if not _KIND_END.search(joined):
        return False
    begun = re.search(r"关于|印发|转发", joined)
    return not begun or bool(re.search(r"的[^的《》]{0,12}$|》", joined[begun.end() :]))


def _trimmed(parts: list[_Part]) -> list[_Part]:
    joined = "".join(part.text for part in parts)
    if len(joined) < 4 or not (_KIND_END.search(joined) or "关于" in joined or len(parts) <= 3):
        return []
    if all(_ORGAN_END.search(part.text) for part in parts):
        return []
    return parts


def _signature(flow: Flow, source: str, outline: Outline) -> tuple[date | None, list[str]]:
    """Find the first date that stands alone, and the names above it."""
    for position, start in enumerate(flow.paragraphs):
        following = position + 1
        end = flow.paragraphs[following] - 1 if following < len(flow.paragraphs) else len(flow.text)
        if end - start > 70 or end - start < 8:
            continue
        found = _DATE_LINE.fullmatch(flow.text, start, end)
        if not found or found["print"] or _DONE_ON.match(flow.text, start):
            continue
        who = found["who"].strip("（( ：:")
        if who and not (_ORGAN_END.search(who) or who.endswith("文件")):
            continue
        on = _as_date(found)
        if on is None:
            continue
        names = _organs(who, who) if who else []
        above = position - 1
        while above >= 0 and len(names) < 20:
            part = _part(flow, source, above)
            found_names = _organs(part.text, part.raw)
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


def _organs(text: str, raw: str) -> list[str]:
    """Split a line into the names of issuing bodies; empty if it holds anything else."""
    if not text or len(text) > 160 or re.search(r"[，。；：、《》“”！？]", text):
        return []
    words = raw.split()
    if not words:
        return []
    if len(words) > 1 and any(not _ORGAN_END.search(word) or len(word) < 2 for word in words):
        words = _glued(words)
    return words if all(_ORGAN_END.search(word) and len(word) >= 2 for word in words) else []


def _glued(words: list[str]) -> list[str]:
    """Undo spacing inside names: 教 育 部 is one name."""
    names, current = [], ""
    for word in words:
        current += word
        if len(current) >= 3 and _ORGAN_END.search(current) and (len(word) > 1 or len(current) < 5):
            names.append(current)
            current = ""
    if current:
        if names and not _ORGAN_END.search(current):
            names[-1] += current
        else:
            names.append(current)
    joined = "".join(words)
    return names if all(_ORGAN_END.search(name) for name in names) else [joined]


def _issuers_of_title(parts: list[_Part]) -> list[str]:
    names: list[str] = []
    for part in parts:
        head = re.split(r"关于|印发|转发", part.raw, maxsplit=1)
        found = _organs("".join(head[0].split()), head[0].strip())
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
    if at > 0 and _ORGAN_END.search(name[:at]):
        return [name[:at], *_split_by_region(name[at:])]
    return [name]


def _issuers_of_red_head(top: list[_Part]) -> list[str]:
    for part in top:
        if part.text.endswith("文件"):
            return _organs(part.text[:-2], part.raw.strip()[:-2].strip())
    return []


def _other_date(flow: Flow, top: list[_Part]) -> date | None:
    for part in top:
        if _DONE_ON.match(part.text) or part.text.startswith(("发布日期", "成文日期")):
            found = _DATE.search(part.text)
            if found:
                return _as_date(found)
            iso = _ISO.search(part.text)
            if iso:
                try:
                    return date(int(iso[1]), int(iso[2]), int(iso[3]))
                except ValueError:
                    return None
    printed = re.search(rf"(?:{_DATE.pattern})印发", flow.text[-400:])
    return _as_date(printed) if printed else None


def _references(flow: Flow, title: str, top: list[_Part]) -> tuple[Reference, ...]:
    text = flow.text
    own = {found[1] for found in _TITLE.finditer(title)} | {title}
    own |= {re.sub(r"[（(][^（）()]*[）)]$", "", name) for name in own}
    cited: dict[str, str | None] = {}
    for found in _TITLE.finditer(text):
        name = found[1]
        before = text[max(0, found.start() - 14) : found.start()]
        after = text[found.end() : found.end() + 60]
        number = _CITED_NUMBER.match(after)
        printed = (number[1] or number[2] or number[3]) if number else None
        if name in own or name in cited:
            if printed and name in cited:
                cited[name] = cited[name] or printed
            continue
        if _GENERIC.fullmatch(name) or _NO_DOCUMENT.search(name) or _SHORT_NAME.search(before):
            continue
        drafted = _DRAFTS.search(before) or _DRAFTED.match(after)
        if drafted and not printed and not _INVOKED.match(after):
            continue
        if re.match(r"(?:已经|业经|经).{0,24}(?:同意|审议通过)|印发给", after) or before.endswith(
            "现将"
        ):
            own.add(name)
            continue
        cited[name] = printed
    return tuple(Reference(name, number) for name, number in cited.items())


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
