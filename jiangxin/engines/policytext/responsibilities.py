"""Finds who answers for a clause, in brackets, on lines of their own and in sentences."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Responsibility, Role
from jiangxin.engines.policytext.outline import Outline

_BRACKET = re.compile(r"[（(【\[〔［）)】\]〕］\n\t]")
_PAIR = {"（": "）", "(": ")", "【": "】", "[": "]", "〔": "〕", "［": "］"}
_WHO = r"(?:单位|部门|科室|处室|股室|主体|机构|责任单位|责任部门|责任科室|区县|地区|市直单位|市级部门|省直单位|省级部门)"
_LABEL = re.compile(
    rf"(?P<lead>总牵头|牵头|主责|主办|首要责任|第一责任|主要责任|主要负责)(?:责任)?{_WHO}(?:及[^：:，。]{{0,8}})?[：:]"
    rf"|(?P<lead_short>牵头|主办|主责)[：:]|(?P<support_short>配合|协办|参与)[：:]"
    rf"|(?P<support>配合|协办|参与|协同|支持|参加|协作|协助|会办|协同配合|责任配合|配合责任){_WHO}[：:]"
    rf"|(?P<plain>责任|落实|实施|承办|负责|承担|主管|执行|完成|责任落实|具体落实|推进落实){_WHO}[：:]"
    r"|(?P<skip>责任人|责任领导|分管领导|牵头领导|挂牌领导|市级领导|联系人|完成时限|完成时间|时间节点|时间安排|时限要求|时限|进度安排|工作目标|目标任务|备注|任务来源|电话|工作要求|年度目标)[：:]"
)
_ROLE_WORD = re.compile(
    r"(?P<lead>总?牵头(?:负责|组织实施|组织|落实|实施|推进|抓总)?|主责|主办|主要负责)"
    r"|(?P<share>(?:按|依|依照|根据|按照)(?:照)?(?:各自)?(?:的)?(?:工作)?(?:职责|职能|分工|任务)[^、]{0,10}$|分工(?:负责|落实|协作)|分别负责|共同负责|各负其责|按职责)"
    r"|(?P<support>协同配合|积极配合|配合(?:落实|实施|做好)?|参与(?:实施)?|协助|协办|支持|协同(?:推进|实施)?|参加|具体(?:实施|落实|负责)|组织实施|实施|落实|推进)$"
    r"|(?P<plain>负责(?:落实|实施|推进|组织实施)?)$"
)
_DUTY = re.compile(
    r"牵头|主办|协办|负责(?!人|制|同志|的|任)|按职责|职责分工|分工落实|配合|[责牵主配落][任头办责合实](?:单位|部门|科室|处室|股室)"
)
_UNIT_END = re.compile(
    r"(?:局|委|办|厅|部|院|会|府|校|中职|高职|学院|企业|公司|集团|处|科|室|股|司|所|站|中心|队|团|社|行|署|馆|街道|乡镇|镇|乡|区|县|市|州|部门|单位"
    r"|园区|联|平台|大学|医院|组|高校|院校|机构|专班|各地|地方|总队|支队|开发区|新区|高新区|成员单位|街镇|镇街|旗|盟|师|兵团|法院|检察院|教委|科协|基地|中央)"
    r"(?:[（(][^（()）]{1,40}[）)])?$"
)
_OFFICE_END = re.compile(
    r"(?:局|委|办|厅|部|院|府|管委会|委员会|办公室|总工会|联合会|联|残联|署|中心|区县|经开区|高新区|开发区|新区|示范区|中央|单位|部门|政府|集团|公司|学校|学院|大学|科|处|室)(?:[（(][^（()）]{1,40}[）)])?$"
)
_BUREAU_END = re.compile(
    r"(?:局|委|办|厅|部|政府|管委会|委员会|办公室|总工会|妇联|残联|署|中心|公司)(?:[（(][^（()）]{1,40}[）)])?$"
)
_TAIL = re.compile(
    r"(?:等)?(?:[^、，]{0,8}?(?:有关|相关|各有关|市级|省级|区级|市直|省直|区直|成员)?(?:部门|单位))?(?:和单位)?(?:按|依|根据)(?:照)?(?:各自|工作)?(?:职责|职能|分工).{0,12}$"
    r"|等(?:有关|相关|各|市级|省级|区级|市直|省直|区直|县直|多个|多|\d+个|[一二三四五六七八九十]+个?)*(?:有关|相关)?(?:部门|单位|方面)?(?:和单位|和地方)?$|等$"
)
_SHARED = re.compile(
    r"(?:负责|分别|共同|联合|具体|统一|协同|密切|积极|各自|按职责|予以|要|全力|依法|会商)+$"
)
_HEAD = re.compile(r"^(?:由|请|并由|并|及|和|以及|会同|联合|其中|同时|与)+")
_AND = re.compile(
    r"(?<=[局委办厅部院会府校企处科室司所站心队团社行）门位司])(?:以及|和|及|与)(?=[各市省区县有相国全乡镇街高职院州团中教财人发工住农民公开驻]|\w{2,12}(?:局|委|政府|部门|单位|办|厅)$)"
)
_SPLIT = re.compile(r"[、，,；;／\t]|(?<=[局委办厅部院会府])\s")
_BY = re.compile(
    r"由([^，,。；;：:\n\t（]{2,60}?)(?:牵头|负责|主责)(?!人|制)(?:(?:负责|组织|落实|实施|制定|推进)[^，。；]{0,24})?"
)
_THEN = re.compile(
    r"[，,](?:会同(?P<after>[^，,。；;：:\n\t]{2,100})(?=[，,。；;])"
    r"|(?P<before>[^，,。；;：:\n\t]{2,100}?)(?:等)?(?:按职责)?(?:共同)?(?:配合|参与|协助|协同|支持))"
)
_JOINT = re.compile(r"[，,]([^，,。；;：:\n\t]{2,60}?会同[^，,。；;：:\n\t]{2,80})(?=[，,。；;])")
_SHARE = re.compile(
    r"(?<=[，,。；;：:\n])(?P<units>[^，,。；;：:\n\t（）]{4,160}?)(?:等)?(?:部门|单位)?按(?:照)?(?:各自)?职责(?:分工)?(?:分别|共同)?(?:负责|落实|做好|推进|抓好)"
)
_LIST_OF_PLACES = re.compile(
    r"党委、(?:人民)?政府|各?[市县区州](?:、(?:自治[县州]|[市县区旗州乡镇]|街道|园区|开发区)){1,5}(?=级?(?:人民)?政府|党委|教育|人力|管委会|[（(〔、，。；]|$)"
)
_GENERIC_UNIT = re.compile(
    r"(?:各|有关|相关|骨干|大型|行业|龙头|头部|规模以上|高等|职业|高水平|本科|中等|应用型|产业|科研|主管|领军|链主|第三方|专业|社会|民办|公办)*(?:主管部门|企业|行业组织|学校|园区|院校|高校|科研机构|协会|机构|组织|单位|部门|学院|市场|社会)"
)
_VAGUE = re.compile(
    r"(?:各|有关|相关|省级|市级|区级|县级|成员|级|地|和|及)*(?:部门|单位|地区|地方|方面)(?:和(?:有关|相关)?(?:部门|单位|地方))?"
)
_PLACE = re.compile(r"[省市区县州国镇乡团自各教财人工发科民交农卫住文公司商]")
_FAR = 1 << 60
_COLON = re.compile(r"[：:]")
_LINE_END = re.compile(r"[。\n\t]")
# 责任单位：甲局、乙局（列第一位者为牵头单位，下同）
_NOTE = re.compile(r"[（(][^（()）]{0,40}(?:下同|第一位|排第一|排名第一)[^（()）]{0,30}[）)]")
_KEPT = "\x00"
_LONGEST = 700


def responsibilities(flow: Flow, outline: Outline) -> list[Responsibility]:
    """Return the duties of an unwrapped text, in its order; those of table rows are left out."""
    text = flow.text
    found: list[tuple[int, int, Role, tuple[str, ...]]] = []
    taken: list[tuple[int, int]] = []
    for start, end in _pairs(text):
        content = text[start + 1 : end - 1]
        if _NOTE.fullmatch(text, start, end):
            continue
        if not _DUTY.search(content):
            units = _bare_list(text, start, end)
            if units:
                found.append((start, end, "unspecified", units))
            continue
        duties = _duties(content, labelled=_LABEL.match(content) is not None)
        if duties:
            taken.append((start, end))
            found += [(start, end, role, units) for role, units in duties]
    for start, end in _lines(text, taken):
        found += [
            (start, end, role, units) for role, units in _duties(text[start:end], labelled=True)
        ]
    for start, end, duties in _sentences(text, taken):
        found += [(start, end, role, units) for role, units in duties]
    found.sort(key=lambda duty: duty[:2])
    result = []
    for start, end, role, units in found:
        clause = outline.at(start)
        source_start, source_end = flow.source_span(start, end)
        identifier = outline.clauses[clause].id if clause >= 0 else ""
        result.append(Responsibility(identifier, role, units, source_start, source_end))
    return result


def _bare_list(text: str, start: int, end: int) -> tuple[str, ...]:
    """Read a bracket that closes a paragraph and holds nothing but names: （市教育局、市财政局）."""
    units = _units(text[start + 1 : end - 1], strict=True) if _closes(text, end) else ()
    if text[start - 1 : start] in ("。", "；"):
        named = sum(_PLACE.match(unit) is not None for unit in units)
        return units if 2 * named > len(units) else ()
    return units if len(units) > 1 and all(_BUREAU_END.search(unit) for unit in units) else ()


def _closes(text: str, end: int) -> bool:
    """Tell whether nothing but a stop follows in the paragraph."""
    return text[end : end + 1] in ("", "\n") or text[end : end + 2] in ("。\n", "。", "；\n")


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Yield outermost brackets of a paragraph that are not too long, in the order they close."""
    stack: list[tuple[int, str]] = []
    row = False
    for found in _BRACKET.finditer(text):
        mark = found[0]
        if mark == "\n":
            stack.clear()
            row = False
        elif mark == "\t":
            stack.clear()
            row = True
        elif mark in _PAIR:
            stack.append((found.start(), _PAIR[mark]))
        elif stack:
            while stack and stack[-1][1] != mark and len(stack) > 1 and stack[-2][1] == mark:
                stack.pop()
            start, _ = stack.pop()
            if not stack and not row and found.end() - start <= _LONGEST:
                yield start, found.end()


def _lines(text: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the stretches that begin with a label outside brackets: 责任单位：甲局、乙局."""
    spans = iter(taken)
    span = next(spans, None)
    last_end = 0
    for colon in _COLON.finditer(text):
        found: re.Match[str] | None = None
        for label in _LABEL.finditer(text, max(last_end, colon.start() - 18), colon.end()):
            found = label
        if not found or found.end() != colon.end() or found["skip"]:
            continue
        start = found.start()
        while span and span[1] <= start:
            span = next(spans, None)
        if span and span[0] < start:
            continue
        end = _line_end(text, start)
        if end - start > _LONGEST:
            continue
        # The next lines may go on with other labels; each is found by itself, so a lead that was
        # named on the line above must be known: take them together.
        while end < len(text) and text[end] == "\n":
            following = _LABEL.match(text, end + 1)
            if not following:
                break
            further = _line_end(text, end + 1)
            if further - start > _LONGEST:
                break
            end = further
        if (
            "\t"
            in text[max(0, start - 300, text.rfind("\n", max(0, start - 300), start)) : end + 1]
        ):
            continue
        last_end = end
        yield start, end


def _line_end(text: str, start: int) -> int:
    found = _LINE_END.search(text, start, start + _LONGEST + 1)
    return found.start() if found else min(len(text), start + _LONGEST + 1)


def _sentences(
    text: str, taken: list[tuple[int, int]]
) -> Iterator[tuple[int, int, list[tuple[Role, tuple[str, ...]]]]]:
    """Yield duties told in a sentence: 由甲局牵头，乙局、丙局配合."""
    for found in _BY.finditer(text):
        if _within(taken, found.start()):
            continue
        leads = _units(found[1], strict=True)
        if not leads or any(_GENERIC_UNIT.fullmatch(unit) for unit in leads):
            continue
        duties: list[tuple[Role, tuple[str, ...]]] = [("lead", leads)]
        end = found.end()
        then = _THEN.match(text, end)
        if then:
            words = then["after"] or then["before"]
            helpers = _units(words.replace("会同", "、"), strict=True)
            if helpers:
                duties.append(("support", helpers))
                end = then.end()
            elif then["before"] and "会同" in then["before"]:
                end = found.end()
        else:
            joint = _JOINT.match(text, end)
            helpers = _units(joint[1].replace("会同", "、"), strict=True) if joint else ()
            if joint and helpers:
                duties.append(("support", helpers))
                end = joint.end()
        yield found.start(), end, duties
    for found in _SHARE.finditer(text):
        if not _within(taken, found.start()):
            units = _units(found["units"], strict=True)
            if units and not any(
                _GENERIC_UNIT.fullmatch(unit) or _VAGUE.fullmatch(unit) for unit in units
            ):
                then = _THEN.match(text, found.end())
                helpers = _units(then["before"] or "", strict=True) if then else ()
                shared: list[tuple[Role, tuple[str, ...]]] = [("unspecified", units)]
                yield found.start(), found.end(), shared + [("support", helpers)] * bool(helpers)


def _within(taken: list[tuple[int, int]], index: int) -> bool:
    at = bisect_right(taken, (index, _FAR)) - 1
    return at >= 0 and taken[at][0] <= index < taken[at][1]


def _duties(content: str, *, labelled: bool) -> list[tuple[Role, tuple[str, ...]]]:
    content = _NOTE.sub("", content)
    labels = list(_LABEL.finditer(content))
    if not labels:
        return _told(content, default=None)
    duties: list[tuple[Role, tuple[str, ...]]] = []
    leads = any(label["lead"] or label["lead_short"] for label in labels)
    if labels[0].start() > 0 and not labelled:
        duties += _told(content[: labels[0].start()].rstrip("；;，,。"), default=None)
    for position, label in enumerate(labels):
        if label["skip"]:
            continue
        end = labels[position + 1].start() if position + 1 < len(labels) else len(content)
        body = content[label.end() : end].strip("；;，,。 \n")
        kind = (label.lastgroup or "").removesuffix("_short")
        role: Role = "lead" if kind == "lead" else "support" if kind == "support" else "unspecified"
        if label["plain"] and leads:
            role = "support"
        duties += _told(body, default=role)
    return _merged(duties)


def _told(content: str, *, default: Role | None) -> list[tuple[Role, tuple[str, ...]]]:
    """Read a list of units with verbs: 甲局牵头，乙局、丙局按职责分工负责."""
    if _MARKED.search(content):
        return _merged(_marked_leads(_units(content, strict=False)))
    duties: list[tuple[Role, tuple[str, ...]]] = []
    waiting: list[str] = []
    led = False
    said = False
    for segment in _segments(content):
        role, names, extra = _segment_role(segment, led=led)
        units = list(_units(names, strict=False))
        if role is None:
            waiting += units
            continue
        if role == "support" and waiting and units:
            # 责任单位：甲局、乙局，丙局配合: those before the comma answer for it themselves.
            duties.append((default or ("support" if led else "lead"), tuple(waiting)))
            waiting, led = [], True
        said = True
        if role == "plain":
            alone = len(units) + len(waiting) == 1 and not duties
            role = "support" if led else "lead" if alone else "unspecified"
        if role == "lead":
            led = True
        if waiting or units:
            duties.append((role, (*waiting, *units)))  # type: ignore[arg-type]
        waiting = []
        helpers = _units(extra, strict=False) if extra else ()
        if helpers:
            led = True
            duties.append(("support", helpers))
    if waiting and (default or said):
        rest: Role = default or ("support" if led else "unspecified")
        if default == "unspecified" and led:
            rest = "support"
        duties.append((rest, tuple(waiting)))
    if default is None:
        named = [unit for _, units in duties for unit in units]
        if not said or not any(_UNIT_END.search(unit) for unit in named):
            return []
        duties = [
            (role, kept)
            for role, units in duties
            if (kept := tuple(u for u in units if _UNIT_END.search(u) and len(u) <= 30))
        ]
    return _merged(duties)


def _segments(content: str) -> list[str]:
    """Split at commas and semicolons outside brackets."""
    parts, depth, last = [], 0, 0
    for found in re.finditer(r"[（()）〔〕，,；;。\n]", content):
        mark = found[0]
        if mark in "（(〔":
            depth += 1
        elif mark in "）)〕":
            depth = max(0, depth - 1)
        elif depth == 0:
            parts.append(content[last : found.start()])
            last = found.end()
    parts.append(content[last:])
    return [part for part in parts if part]


def _segment_role(segment: str, *, led: bool) -> tuple[str | None, str, str]:
    found = _ROLE_WORD.search(segment)
    if not found:
        return None, segment, ""
    names, extra = segment[: found.start()], ""
    role = found.lastgroup or ""
    if role == "lead":
        extra = segment[found.end() :]
        extra = re.sub(r"^(?:会同|，|,|联合)+", "", extra)
        again = _ROLE_WORD.search(extra)
        extra = extra[: again.start()] if again else extra
    before, together, helpers = names.partition("会同")
    if together and before:
        return "lead", before, helpers
    if role == "share":
        return ("support" if led else "unspecified"), names, extra
    if role == "support" and not led and found[0].endswith(("实施", "落实", "推进", "负责")):
        return "unspecified", names, extra
    return role, names, extra


def _units(words: str, *, strict: bool) -> tuple[str, ...]:
    names = []
    depth, last = 0, 0
    pieces = []
    words = _LIST_OF_PLACES.sub(lambda found: found[0].replace("、", _KEPT), words)
    for found in re.finditer(r"[（()）〔〕、，,；;／\t\n ]", words):
        mark = found[0]
        if mark in "（(〔":
            depth += 1
        elif mark in "）)〕":
            depth = max(0, depth - 1)
        elif depth == 0:
            pieces.append(words[last : found.start()])
            last = found.end()
    pieces.append(words[last:])
    for piece in pieces:
        for name in _AND.split(piece):
            name = _HEAD.sub("", name.strip(" 。"))
            name = _TAIL.sub("", name)
            name = _SHARED.sub("", name).strip(" “”").replace(_KEPT, "、")
            if 2 <= len(name) <= 40 and (not strict or _is_office(name)):
                names.append(name)
            elif strict and name:
                return ()
    return tuple(dict.fromkeys(names))


def _is_office(name: str) -> bool:
    """Tell whether a name is that of a public body, not a kind of body such as 龙头企业."""
    if _OFFICE_END.search(name):
        return True
    return bool(_UNIT_END.search(name) and _PLACE.match(name))


_LEAD_MARK = re.compile(r"[（(](?:牵头(?:单位|部门)?|主责|总牵头|主办)[）)]$")
_MARKED = re.compile(r"[（(](?:牵头(?:单位|部门)?|主责|总牵头|主办)[）)]")
_SUPPORT_MARK = re.compile(r"[（(](?:配合|协办|参与|协助)(?:单位|部门)?[）)]$")


def _marked_leads(units: tuple[str, ...]) -> list[tuple[Role, tuple[str, ...]]]:
    """Read marks behind single names: 甲局（牵头）、乙局."""
    result: list[tuple[Role, tuple[str, ...]]] = []
    for unit in units:
        role: Role = "lead" if _LEAD_MARK.search(unit) else "support"
        result.append((role, (_SUPPORT_MARK.sub("", _LEAD_MARK.sub("", unit)),)))
    return result


def _merged(duties: list[tuple[Role, tuple[str, ...]]]) -> list[tuple[Role, tuple[str, ...]]]:
    by_role: dict[Role, list[str]] = {}
    for role, units in duties:
        by_role.setdefault(role, []).extend(units)
    return [(role, tuple(dict.fromkeys(units))) for role, units in by_role.items() if units]
