"""Reads the captions that a web page prints above a document: 发布日期：…, 索引号：…, 首页 > ….

They are no part of the document, but may give its number, date, issuer or title when the document
itself does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jiangxin.engines.policytext.references import NUMBER
from jiangxin.engines.policytext.signatures import ORGAN_END, Part, day_in

_FIELD = re.compile(
    r"(?P<title>(?:信息|文件)名称|标题|题名|名称)[：:】]"
    r"|(?P<number>发文字号|公文文号|文件编号|文件号|文号|字号)[：:】]"
    r"|(?P<signed>(?:成文|发文|印发|签发|制发)(?:日期|时间)|\[成文日期\])[：:】]"
    r"|(?P<posted>(?:发布|公开|生成|发表|更新)?(?:日期|时间))[：:】]"
    r"|(?P<issuer>(?:发文|发布|制定|公开|制发)(?:机关|机构|部门|单位))[：:】]"
)
_NEXT_FIELD = re.compile(r"\||【|[\u4e00-\u9fff]{2,4}[：:]")
_KNOWN = re.compile(
    r"【?(?:索\s?引\s?号|主题分类|发布机构|发布机关|发文机关|发文机构|发文字号|成文日期|发布日期|发布时间|公开日期|生成日期|来源|字号|浏览|有效性|体裁分类|组配分类|公开方式|公开类型"
    r"|主题词|签发人|份号|密级|机密|秘密|特急|加急|平急|目录|目次|信息公开|[（(]此件|[（(]征求意见|附件\d*$|名\s?称)"
)
_LABELLED = re.compile(r"[^，。；、《》“”：:（）()\s]{1,8}[：:|](?!$)")
_EMPTY_LABEL = re.compile(
    r"(?:点击|浏览|阅读|访问|来源|作者|字体|日期|时间|索引|分享)[^，。]{0,6}[：:]$"
)
_BUTTON = re.compile(
    r"点赞|收藏|转发|分享.{0,6}|打印.{0,4}|关闭.{0,4}|返回.{0,4}|首页|正文|朗读|播放|字[体号].{0,12}|大中小|无障碍.{0,6}|登录|注册|下载.{0,8}|收起|展开"
)
_TRAIL = re.compile(r"首页.{0,40}[>›»]|当前位置|您的位置|[^>]{2,20}>[^>]{2,20}>")
_DAY = re.compile(
    r"[\[（(【]?(?:19|20)\d\d[-./年]\d{1,2}[-./月]\d{1,2}日?(?:\d\d:\d\d(?::\d\d)?)?[\]）)】]?"
)
_IN_BODY = re.compile(r"附件|附：|附:|目标任务|通知如下|意见如下")


@dataclass(frozen=True, slots=True)
class Captions:
    """What the captions of a page say of the document below them."""

    title: str = ""
    number: str | None = None
    issuer: str | None = None
    issued_on: date | None = None


def is_caption(text: str) -> bool:
    """Tell whether a line above the body belongs to the page, not to the document."""
    if _IN_BODY.match(text):
        return bool(re.fullmatch(r"附件\d*", text))
    return bool(
        _KNOWN.match(text)
        or _EMPTY_LABEL.match(text)
        or _LABELLED.match(text)
        or _BUTTON.fullmatch(text)
        or _TRAIL.match(text)
        or (_DAY.fullmatch(text) and "年" not in text)
    )


def captions(top: Iterable[Part]) -> Captions:
    """Return what the captions among the lines above the body say."""
    values: dict[str, str] = {}
    bare_day: date | None = None
    for part in top:
        if not is_caption(part.text):
            continue
        if _DAY.fullmatch(part.text) or _KNOWN.match(part.text):
            bare_day = bare_day or day_in(part.text)
        fields = list(_FIELD.finditer(part.text))
        for position, field in enumerate(fields):
            last = position + 1 == len(fields)
            end = len(part.text) if last else fields[position + 1].start()
            value = part.text[field.end() : end].strip("|：: ")
            value = _NEXT_FIELD.split(value, maxsplit=1)[0]
            if value:
                values.setdefault(field.lastgroup or "", value)
    number = re.search(NUMBER, values.get("number", ""))
    issuer = values.get("issuer", "")
    return Captions(
        title=values.get("title", ""),
        number=number[0] if number else None,
        issuer=issuer if ORGAN_END.search(issuer) else None,
        issued_on=day_in(values.get("signed", "")) or day_in(values.get("posted", "")) or bare_day,
    )
