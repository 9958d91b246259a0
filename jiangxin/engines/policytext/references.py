"""Finds the documents that a document cites, with their numbers."""

from __future__ import annotations

import re

from jiangxin.engines.policytext.layout import Flow
from jiangxin.engines.policytext.model import Reference

NUMBER = r"[\u4e00-\u9fff]{0,14}[〔\[（(﹝［](?:19|20)\d\d[〕\]）)﹞］](?:第)?\d{1,5}号"
TITLE = re.compile(r"《((?:[^《》\n]|《[^《》\n]{0,80}》){2,160})》")
_CITED_NUMBER = re.compile(
    rf"[（(]([^（）()\n，、]{{0,20}}令第?\d{{1,4}}号)[）)]|[（(](?:[^（）()\n]{{0,20}}?[，、])?({NUMBER})(?:[^（）()\n]{{0,40}})[）)]|[（(]?({NUMBER})[）)]?"
)
_DRAFTS = re.compile(
    r"(?:制定|制订|出台|编制|印发|发布|修订|起草|研制|编写|编印|推出|签订|签署|颁布|草拟|拟定|修改|修编|填写|填报|提交|形成|建立|公布)(?:了|并印发|并实施|完善|发布|印发|本)?[“]?$"
)
_DRAFTED = re.compile(r"(?:的)?(?:编制|制定|制订|修订|起草|出台|印发|发布)(?:工作|[，。；、]|$)")
_INVOKED = re.compile(r"等?(?:文件)?(?:精神|要求|规定|部署|通知)")
_ADOPTED = re.compile(
    r"(?:(?:和|、|及)《[^《》\n]{2,80}》)*(?:(?:已经|业经|经|已)[^，。]{0,30}(?:同意|审议通过|通过)|印发给)"
)
_GENERIC = re.compile(
    r"(?:本)?(?:意见|方案|规划|通知|办法|条例|决定|计划|纲要|规定|细则|措施|要点|行动计划|实施意见|实施方案|行动方案|若干措施|工作方案|指导意见|实施办法|实施细则|任务清单)"
)
_NO_DOCUMENT = re.compile(
    r"(?:表|证|证书|报|责任书|承诺书|日报|杂志|申请书|协议书|合同|台账|简报|报告单|档案)$"
)
# Books, films and lessons are no documents that bind.
_WORK = re.compile(
    r"(?:等)?(?:系列|专题|主题|精品)?(?:教材|读本|读物|诵读|经典|片|电影|影片|课程(?!标准)|丛书|节目|栏目|品牌|图书|歌曲|剧)"
)
_SHORT_NAME = re.compile(r"(?:简称|下称|以下称)[为：:“]{0,2}$")


def references(flow: Flow, title: str) -> tuple[Reference, ...]:
    text = flow.text
    own = {found[1] for found in TITLE.finditer(title)} | {title}
    own |= {re.sub(r"[（(][^（）()]*[）)]$", "", name) for name in own}
    cited: dict[str, str | None] = {}
    for found in TITLE.finditer(text):
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
        if not printed and _WORK.match(after):
            continue
        drafted = _DRAFTS.search(before) or _DRAFTED.match(after)
        if drafted and not printed and not _INVOKED.match(after):
            continue
        if _ADOPTED.match(text, found.end()) or before.endswith("现将"):
            own.add(name)
            continue
        cited[name] = printed
    return tuple(Reference(name, number) for name, number in cited.items())
