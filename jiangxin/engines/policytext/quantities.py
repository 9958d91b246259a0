"""Finds numbers with a unit: value or range, unit, and the words that compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jiangxin.engines.policytext.model import Comparator
from jiangxin.engines.policytext.numerals import chinese_number, scale
from jiangxin.engines.policytext.words import CHINESE_UNITS, UNITS

# Each pattern begins with a plain set of characters, which lets `re` skip ahead fast; what must not
# stand before is looked at behind the first character.
_REST = r"(?:\d{0,2}(?:,\d{3})++|\d{0,11}+)(?:\.\d{1,6})?"
_SCALE = r"(?:[万亿]亿?|[百千][万亿]?)?"
_AFTER = r"(?P<post>[（(]?(?:含[）)])?(?:及其?|或)?以上|之上|左右|上下|[（(]?(?:含[）)])?(?:及其?)?以下|以内|之内)?"
_ARABIC = re.compile(
    rf"(?P<a>\d(?<![\d.,A-Za-z□/第〔]\d){_REST})(?P<sa>{_SCALE})"
    rf"(?:(?P<ua>[%‰]|个百分点|{UNITS})?(?:-|—|–|－|~|～|至|到|——)(?P<b>\d{_REST})(?P<sb>{_SCALE}))?"
    rf"(?P<more>[余多来])?(?P<unit>[%‰]|个百分点|{UNITS})"
    rf"(?P<per>/(?:年|学年|学期|季度|月|周|天|日|人|生|班|户|亩|万人|千人|百人|平方公里|[A-Za-z\u4e00-\u9fff]))?"
    + _AFTER
)
_SPELLED_SHARE = re.compile(
    r"百分之(?P<pct>[零〇一二三四五六七八九十百点]{1,8}+)(?P<ppost>以上|左右|以下|以内)?"
)
_CHINESE = re.compile(
    rf"(?P<c>[一二两三四五六七八九十百千万](?<![第每数几多上下统唯同专进之首头单惟逐划零一二两三四五六七八九十百千万亿□“初周任不\d.].)"
    rf"[一二两三四五六七八九十百千万]{{0,5}}+)(?:[至到—-](?P<cb>[一二两三四五六七八九十]{{1,3}}))?(?P<more>余|多)?(?P<unit>{CHINESE_UNITS})"
    + _AFTER
)
_PLAIN = re.compile(
    r"(?P<a>\d(?<=[于到达过至在]\d)\d{0,3}(?:\.\d{1,3})?)(?P<post>以上|以下|以内|左右)?(?=[，。；、）\n\t]|$)"
)
_METRIC_OF_PLAIN = re.compile(
    r"(?:值|指数|系数|强度|效率|PUE|得分|排名|等级|水平|指标|密度|比)(?:年均|均|总体|平均|分别)?$"
)
_RATIO = re.compile(
    r"(\d(?<![\d.:：]\d)\d{0,3}(?:\.\d{1,3})?)[:：∶](\d{1,4}(?:\.\d{1,3})?)(?![\d:：])"
)

_FLOOR = (
    r"不少于|不低于|不小于|不短于|不得少于|不得低于|至少|最少|最低|保底|超过|超|突破|高于|大于|多于|达到|达成|达|实现|升至|增至|保持在|稳定在|维持在|稳定达到"
    r"|(?:提高|提升|增加|增长|扩大|上升|拓展|扩展|扩充|发展|提速|延长|扩容|扩增|增强|推进|壮大|恢复|优化|调整)[到至]|>=|≥|>|＞"
)
_CEILING = (
    r"不超过|不高于|不多于|不大于|不得超过|不得高于|不得多于|低于|少于|小于|控制在|限制在|压在|降至|降到|缩短为|缩减至|缩短至|缩短到|压至"
    r"|(?:降低|下降|减少|压缩|压减|压降|缩小|削减|控制|精简)[到至]|<=|≤|<|＜"
)
_CHANGE = (
    r"(?:年均)?(?:增长|提高|提升|上升|增加|增速|增幅|下降|降低|减少|压减|压缩|缩短|精简|缩小|降幅)"
)
_NEAR = r"约|大约|近|接近|将近|大致"
_PREFIX = re.compile(
    rf"(?:(?P<ceiling>(?<!不){_CEILING})|(?P<floor>{_FLOOR})|(?P<near>{_NEAR})|(?P<change>{_CHANGE}))"
    rf"(?:全[省市区县州]?|总|累计|(?:每[生人班户园校床])?(?:每[年月周]|每学[年期])|每[生人班户园校床]|其|的|了|约|近|[：:])?$"
)
_ASIDE = re.compile(r"^[（(](?:含[）)])?")
_SHARES = ("%", "‰", "个百分点", "百分点", "倍")
_PREFIX_WINDOW = 10


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it stands in the text, with the words that compare it."""

    start: int
    end: int
    unit_end: int
    low: float
    high: float | None
    unit: str
    comparator: Comparator
    prefix: str
    prefix_start: int
    suffix: str
    chinese: bool


def quantities(text: str) -> Iterator[Quantity]:
    """Yield the numbers with a unit of an unwrapped, masked text, in no particular order."""
    for pattern, read in _READERS:
        for found in pattern.finditer(text):
            quantity = read(found, text)
            if quantity:
                yield quantity


def _plain(found: re.Match[str], text: str) -> Quantity | None:
    """Read a figure without unit behind an index: 能效值不高于1.25."""
    low = float(found["a"])
    quantity = _quantity(
        text, found.start(), found.end(), low, None, "", more="", post=found["post"] or "",
        chinese=False, unit_end=found.end("a"),
    )  # fmt: skip
    named = _METRIC_OF_PLAIN.search(text, max(0, quantity.prefix_start - 12), quantity.prefix_start)
    return quantity if quantity.prefix and named and not 1900 <= low <= 2100 else None


def _arabic(found: re.Match[str], text: str) -> Quantity | None:
    unit, second, post = found["unit"], found["b"], found["post"] or ""
    if unit == "年" and len(found["a"]) == 4 and not found["sa"]:
        return None
    low = float(found["a"].replace(",", ""))
    high: float | None = None
    factor = scale(found["sa"])
    if second is not None:
        high = float(second.replace(",", "")) * scale(found["sb"])
        if found["sb"] and not found["sa"] and not found["ua"]:
            factor = scale(found["sb"])
    low *= factor
    if high is not None and high <= low:
        return None
    return _quantity(
        text, found.start(), found.end(), low, high, unit + (found["per"] or ""),
        more=found["more"] or "", post=post, chinese=False, unit_end=found.end() - len(post),
    )  # fmt: skip


def _share(found: re.Match[str], text: str) -> Quantity | None:
    value = chinese_number(found["pct"])
    if value is None:
        return None
    return _quantity(
        text, found.start(), found.end(), float(value), None, "%", more="",
        post=found["ppost"] or "", chinese=False, unit_end=found.end("pct"),
    )  # fmt: skip


def _chinese(found: re.Match[str], text: str) -> Quantity | None:
    value = chinese_number(found["c"])
    if not value:
        return None
    high = chinese_number(found["cb"]) if found["cb"] else None
    if high is not None and high <= value:
        return None
    return _quantity(
        text, found.start(), found.end(), float(value), float(high) if high else None, found["unit"],
        more=found["more"] or "", post=found["post"] or "", chinese=True,
        unit_end=found.end("unit"),
    )  # fmt: skip


def _ratio(found: re.Match[str], text: str) -> Quantity:
    first, second = float(found[1]), float(found[2])
    low = first if second == 1 else second
    tail = text[found.end() : found.end() + 2]
    post = tail if tail in ("以上", "左右", "以下", "以内") else ""
    return _quantity(
        text, found.start(), found.end() + len(post), low, None, "比", more="", post=post,
        chinese=False, unit_end=found.end(),
    )  # fmt: skip


def _quantity(
    text: str, start: int, end: int, low: float, high: float | None, unit: str, *,
    more: str, post: str, chinese: bool, unit_end: int,
) -> Quantity:  # fmt: skip
    window = text[max(0, start - _PREFIX_WINDOW) : start]
    found = _PREFIX.search(window)
    prefix = found[0] if found else ""
    suffix = _ASIDE.sub("", post)
    comparator = _comparator(found, suffix, more, high, unit)
    return Quantity(
        start=start, end=end, unit_end=unit_end, low=low, high=high, unit=unit,
        comparator=comparator, prefix=prefix, prefix_start=start - len(prefix), suffix=suffix,
        chinese=chinese,
    )  # fmt: skip


def _comparator(
    prefix: re.Match[str] | None, suffix: str, more: str, high: float | None, unit: str
) -> Comparator:
    if high is not None:
        return "range"
    if suffix in ("左右", "上下"):
        return "~"
    if suffix.endswith(("以下", "以内", "之内")):
        return "<="
    if suffix.endswith(("以上", "之上")):
        return ">="
    if prefix and prefix["ceiling"]:
        return "<="
    if prefix and prefix["near"]:
        return "~"
    if prefix and prefix["change"] and unit in _SHARES:
        return ">="
    if (prefix and prefix["floor"]) or more in ("余", "多"):
        return ">="
    return "=="


_READERS = (
    (_ARABIC, _arabic),
    (_SPELLED_SHARE, _share),
    (_CHINESE, _chinese),
    (_PLAIN, _plain),
    (_RATIO, _ratio),
)
