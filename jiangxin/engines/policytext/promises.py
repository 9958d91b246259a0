"""Tells a number that is promised from one that is described, required of others or remembered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jiangxin.engines.policytext.deadlines import Sentence
from jiangxin.engines.policytext.quantities import Quantity
from jiangxin.engines.policytext.words import (
    ABSTRACT,
    DESCRIBING,
    FOUNDING,
    MAKING,
    TIME_UNITS,
    listed,
    one_of,
)

_WINDOW = 90
_BOUNDS = "，,；;。：:！？\n\t"
# A bracket inside a name does not end it: 6个大师（名师）工作室.
_TO_BOUND = re.compile(
    r"[^，,；;。：:！？\n\t（）()]*+(?:（(?<=[\u4e00-\u9fff]（)[^（），。、]{1,10}）(?=[\u4e00-\u9fff])"
    r"[^，,；;。：:！？\n\t（）()]*+)*"
)
_VERB = re.compile(one_of((*MAKING, *DESCRIBING)))
_DESCRIBING = frozenset(DESCRIBING)
_FOUNDING = re.compile(one_of(FOUNDING))
_ABSTRACT = re.compile(rf"[的大]?(?:{one_of(ABSTRACT)})")
_COUNTED_ABSTRACT = re.compile(
    r"[的]?(?:方面|任务|措施|举措|环节|阶段|步骤|批次|问题|原则|重点任务|重点工作|主要任务|工作任务|内容|关键|维度|层面|要求|国家(?!级))"
)
_FROM_TO = re.compile(
    r"(?:左右|以上)?(?:，)?(?:逐步|稳步|力争)?(?:提高|提升|增加|增长|扩大|上升|增至|升至|下降|降低|降至|减少|压缩|缩短|缩减|拓展|发展|扩)"
)
_PAY = re.compile(
    r"给予|补助|奖励|补贴|资助|奖补|减免|罚款|贴息|贷款|最高|一次性|每人每月|每人每年|每生每年|标准为|税|担保"
)
_STANDARD = re.compile(r"标准|经费|拨款|收入|投入|基金|工资")
_REQUIREMENT = re.compile(
    r"的(?:要求|标准|目标|比例|水平|速度|增速|幅度|规模|频次|频率|占比|数量|增长|覆盖|任务|总体要求|降幅|比重|(?:省级|国家级|市级)(?!机关|部门|单位|领导))"
)
_FOUNDS_MONEY = re.compile(r"设立|组建|发起|建立|形成|打造|新增|筹集|培育|成立")
_METRIC_END = re.compile(
    r"(?:率|占比|比例|比重|占|规模|数|数量|总量|总数|总额|值|度|面积|收入|人数|投入|水平|强度|指数|覆盖面|覆盖|经费|时间|年限|能力|量|幅度|消费|支出|额)$"
)
_RATE_WORD = re.compile(
    r"率|比|覆盖|达标|度|占|以上的|增长|提高|下降|提升|降低|增加|减少|幅|增速|合格|%"
)
_UNDERGOES = re.compile(r"(?:接受|参加|开展|安排|完成|提供|组织|进行|设置|开设|组成)$")
_PEOPLE = re.compile(r"(?:常住|户籍|老年|总)人口(?:总量|规模|总数)?$")
_DOES = re.compile(
    r"达到|建成|实现|完成|开展|建立|配备|具备|开设|接受|享受|纳入|设立|通过|参与|建有|成为|以上|达标|取得|拥有|掌握|获得|覆盖|采用|使用|进入|成立|提供|用于"
)
AT_LEAST = re.compile(r"(?:至少|最少|不少于|不低于)[^，、。；]{0,9}$")
FAR_SHARE = re.compile(
    r"(?:(?P<floor>不少于|不低于|至少|超过|达到|高于)|(?P<ceiling>不超过|不高于|低于|控制在))[^，、。；（）\d]{1,12}$"
)
FAR_PREFIX = re.compile(
    r"(?:(?P<floor>不少于|不低于|至少|超过|达到|高于)|(?P<ceiling>不超过|不高于|低于|控制在))[^，、；。（）]{1,24}的$"
)
_SPELLED_FLOOR = re.compile(r"(?:至少|最少|不少于|不低于|超过|达到|达)[^，、。；]{0,6}$")
_ORDINAL_LEFT = ("每", "第", "头", "满", "近年", "列")
_LOCAL_LEFT = re.compile(
    r"(?:全[市省国区县州]|我[市省区县]|[该这其]|上述|其他|其余|有关|相关|下辖|辖|以上)$"
)
# 50张床位以上的机构, 500亩以上、坡度15度以下的区域: the bound belongs to a noun further on.
_BOUNDED_NOUN = re.compile(
    r"[^，、。；\d（）]{1,6}(?:及)?(?:以上|以下|以内)(?:的(?!要求|标准|目标|比例|水平|速度|增速|规模)|规模?(?=企业|机构|学校|项目))"
)
_ALSO_BOUNDED = re.compile(
    r"(?:、|和|或|且|及)[^，。；、]{0,10}?\d[\d.]*[^\d，。；、]{1,5}(?:以上|以下|以内)的(?!要求|标准|目标|比例|水平)"
)
# 对招收50名以上学生的学校给予支持: who is treated so.
_WHOM = re.compile(
    r"的(?:学校|院校|企业|单位|机构|地区|个人|人员|家庭|项目|平台|园区|市|县|区|乡镇)"
)
_POSTS = re.compile(r"(?:组长|主任|成员单位|秘书长|召集人|理事长)$")
_NAMED_ONE_BY_ONE = frozenset(
    listed("发展 培育 壮大 做强 做大 推动 推进 实施 聚焦 支持 提升 促进 打造 形成 统筹 落实 保障")
)
_CJK = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Context:
    """A quantity with the words of its segment to the left and to the right."""

    quantity: Quantity
    sentence: Sentence
    segment_start: int
    left: str
    core: str
    right: str
    verb: str
    verb_end: int


def context_of(marked: str, quantity: Quantity, sentence: Sentence) -> Context:
    floor = max(sentence.start, quantity.start - _WINDOW)
    window = marked[floor : quantity.start]
    cut = max(window.rfind(mark) for mark in _BOUNDS)
    opened = window.rfind("（")
    if opened > cut and window.find("）", opened) < 0:
        cut = opened
    left = window[cut + 1 :]
    core = left[: len(left) - len(quantity.prefix)] if len(quantity.prefix) <= len(left) else ""
    ahead = marked[quantity.end : min(sentence.end, quantity.end + 60)]
    bound = _TO_BOUND.match(ahead)
    right = bound[0] if bound else ""
    verb, verb_end = "", -1
    for found in _VERB.finditer(core):
        verb, verb_end = found[0], found.end()
    return Context(
        quantity, sentence, floor + cut + 1, left, core, right, verb, verb_end
    )  # fmt: skip


def promises(marked: str, context: Context, *, goes_on: bool) -> bool:
    """Tell whether a number is promised, not described, required of others or remembered."""
    quantity, left, core, right = context.quantity, context.left, context.core, context.right
    if (
        core.endswith(_ORDINAL_LEFT)
        or (left.endswith("前") and quantity.unit in "%个名位家所")
        or right.startswith(("性", "的基础上", "基础上"))
    ):
        return False
    if _FROM_TO.match(right) and ("从" in left[-30:] or "由" in left[-30:]):
        return False
    compared = bool(quantity.prefix or quantity.suffix)
    if not compared and _LOCAL_LEFT.search(core[-4:]) and quantity.unit not in "%‰":
        return False
    if _is_condition(context) or (_PEOPLE.search(core) and not context.verb):
        return False
    unit = quantity.unit.partition("/")[0]
    if unit in TIME_UNITS:
        return _promises_time(context)
    if unit in ("岁", "周岁"):
        return "寿命" in core
    if unit == "分":
        return bool(re.search(r"满意度|评分|得分|成绩|指数", core))
    if unit == "比":
        return compared and bool(re.search(r"比|配", core))
    if unit in ("%", "‰", "个百分点", "百分点", "倍"):
        return _promises_share(context)
    if unit in ("元", "美元"):
        return _promises_money(context)
    return _promises_count(context, goes_on=goes_on)


def _is_condition(context: Context) -> bool:
    """Tell whether the number only says which things are meant: 年产值1亿元以上的企业."""
    quantity, core, right = context.quantity, context.core, context.right
    if not quantity.prefix and _BOUNDED_NOUN.match(right):
        return True
    if not (quantity.prefix or quantity.suffix):
        return _sums_up(context)
    if quantity.suffix and _ALSO_BOUNDED.match(right):
        return True
    if quantity.suffix and context.left.startswith("对") and _WHOM.search(right):
        return True
    if quantity.suffix and quantity.unit.isascii() and _CJK.match(right):
        return quantity.unit not in "%‰"  # 500Mbps及以上用户
    if right.startswith("的"):
        if _REQUIREMENT.match(right) or (
            quantity.prefix
            and not quantity.suffix
            and (_UNDERGOES.search(core) or 0 < context.verb_end == len(core))
        ):
            return False
        if (
            quantity.unit in "%‰"
            and not _METRIC_END.search(core)
            and (_DOES.search(right) or context.verb)
        ):
            return False
        if quantity.unit == "元" and not quantity.suffix and _FOUNDS_MONEY.search(core):
            return False
        return not (
            quantity.unit in ("个", "所", "家", "门", "项", "名", "支")
            and context.verb
            and len(right) > 5
            and quantity.comparator != "<="
            and context.verb not in _DESCRIBING
        )
    if (
        quantity.suffix
        and quantity.unit in ("元", "岁", "年", "平方米", "人", "亩", "张", "户")
        and _CJK.match(right)
    ):
        return not _DOES.match(right)
    return False


def _sums_up(context: Context) -> bool:
    """Tell whether a number only counts the names before it: 发展算力、数据2个产业."""
    quantity, core = context.quantity, context.core
    verb = _VERB.search(core)
    if not verb or quantity.unit not in ("个", "项", "类", "种"):
        return False
    if verb[0] not in _NAMED_ONE_BY_ONE:
        return False
    names = core[verb.end() :]
    return "、" in names and names.count("、") + 1 == quantity.low and bool(context.right)


def _promises_time(context: Context) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if re.search(r"寿命|年限|受教育", core):
        return True
    if core.endswith(("期限", "最长", "时间最长", "享受期限")):
        return False  # of a subsidy, not of a duty
    if right.startswith(("制", "行动", "计划", "规划")):
        return False
    if right.startswith(("内", "期", "后", "前", "的")) and not re.search(
        r"缩短|压缩|压减|控制|降", core + quantity.prefix
    ):
        return False
    if re.search(r"具有|从事|工作经|连续|工龄|从业|任职|满", core) and quantity.suffix:
        return False
    if re.search(r"不少于|不低于|至少|不超过|缩短|压缩|压减|控制|降", quantity.prefix):
        return True
    if AT_LEAST.search(core):
        return True
    return bool(quantity.suffix == "以上" and re.search(r"每|累计|年均|集中", core)) or bool(
        quantity.suffix in ("以内", "之内")
        and re.search(r"缩短|压缩|压减|控制|降", core + quantity.prefix)
    )


def _promises_share(context: Context) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if _PAY.search(core[-40:] + right[:20]) and not _STANDARD.search(core):
        return False
    if right.startswith(("股", "控股", "的股")) or (
        core.endswith(("前", "按", "按照")) and not quantity.prefix
    ):
        return False
    if quantity.prefix or quantity.suffix or quantity.high is not None:
        return True
    if FAR_PREFIX.search(core) or FAR_SHARE.search(core):
        return True
    if context.verb in _DESCRIBING:
        return False
    if quantity.low == 100 and core:
        return True
    return bool(_RATE_WORD.search(core)) or (bool(context.verb) and bool(_CJK.match(right)))


def _promises_money(context: Context) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if "每人" in quantity.prefix and "补" in core:
        return False
    lent = re.search(r"发放|投放|新增", core) and not re.search(r"每人|最高|给予", core)
    if (
        _PAY.search(core[-40:] + right[:20])
        and not lent
        and not (quantity.comparator == ">=" and _STANDARD.search(core))
    ):
        return False
    if right.startswith(("级", "企业")):
        return False
    if re.search(r"按|每人每次", core) and "标准" in right:
        return False
    if (
        right.startswith("的")
        and not _REQUIREMENT.match(right)
        and (not _FOUNDS_MONEY.search(core) or re.search(r"\d", right))
    ):
        return False
    if quantity.prefix or quantity.suffix or quantity.high is not None:
        return True
    return bool(context.verb) and context.verb not in _DESCRIBING


def _promises_count(context: Context, *, goes_on: bool) -> bool:
    quantity, core, right = context.quantity, context.core, context.right
    if quantity.chinese:
        return _promises_spelled(context)
    if _COUNTED_ABSTRACT.match(right) and quantity.unit in ("个", "项", "条", "类", "种"):
        return False
    if right.startswith("级"):
        return False
    item = core.rpartition("、")[2]
    if (
        re.match(r"部门|单位|领导|科室", right)
        or re.search(r"(?:指标|任务|措施|举措|内容|事项)$", item)
        or (not (quantity.prefix or quantity.suffix) and _POSTS.search(item))
    ):
        return False
    if (quantity.prefix and quantity.prefix[:1] not in "约近") or AT_LEAST.search(core):
        return True
    if core.endswith("的") and not quantity.prefix and not quantity.suffix:
        return False  # 票决确定的10件实事 are given, not promised
    if core.endswith(("为", "对", "向")) and _VERB.search(right):
        return True
    if context.verb:
        return context.verb not in _DESCRIBING
    if core.endswith("其中") and _DOES.search(right[:12]):
        return True
    if not core:
        return goes_on or bool(quantity.prefix)
    if right and not right.startswith(("、", "和", "及", "等")):
        return goes_on and not _CJK.search(item)
    return bool(len(_CJK.findall(item)) >= 2)


def _promises_spelled(context: Context) -> bool:
    """Judge a number in Chinese characters, most of which are figures of speech."""
    quantity, core, right = context.quantity, context.core, context.right
    if _ABSTRACT.match(right):
        return False
    if _SPELLED_FLOOR.search(core + quantity.prefix):
        return True
    verbs = list(_FOUNDING.finditer(core))
    if not verbs:
        return False
    gap = len(core) - verbs[-1].end() if not quantity.prefix else 0
    if quantity.low >= 100:
        return gap <= 20 or not right
    if quantity.low == 1 and quantity.high is None:
        return quantity.unit in ("所", "家", "座", "支", "处") and gap <= 2
    if quantity.unit in ("个", "项", "种", "条", "次") and verbs[-1][0] in (
        "推出",
        "建立",
        "培育",
        "开展",
        "举办",
        "设立",
    ):
        return (
            gap <= 1
            and len(right) >= 4
            and not right.endswith(("工程", "行动", "机制", "制度", "体系", "格局", "模式"))
        )
    return gap <= 6 or not right
