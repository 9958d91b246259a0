"""The made-up schools, enterprises and parks of the demo, in real regions.

Names are invented; the bureaus and their offices are those that the five documents speak of.
"""

from __future__ import annotations

from dataclasses import dataclass

NATION, CHONGQING, YONGCHUAN = "000000", "500000", "500118"
SICHUAN, CHENGDU, WENJIANG = "510000", "510100", "510115"


@dataclass(frozen=True, slots=True)
class School:
    """A made-up school: its size is a share of the learners of the demo."""

    name: str
    stage: str
    share: float
    ownership: str = "public"


@dataclass(frozen=True, slots=True)
class District:
    """A district with its made-up organisations.

    Args:
        quality: how well its figures do, 0 to 1; moves every rate of the simulated facts.
        since: first simulated year.
    """

    code: str
    short: str
    quality: float
    schools: tuple[School, ...]
    enterprises: tuple[str, ...]
    park: str
    offices: tuple[str, ...]
    since: int = 2022


# leads laboratories and platforms; without learners of its own in the simulated facts
UNIVERSITY = "重庆文曲应用技术大学（演示）"
_OFFICES = ("职业教育与成人教育科", "基础教育科", "组织人事科", "计划财务科")


def _secondary(*names: str, share: float, private: str = "") -> tuple[School, ...]:
    return tuple(
        School(name, "secondary", share, "private" if name == private else "public")
        for name in names
    )


DISTRICTS: tuple[District, ...] = (
    District(
        YONGCHUAN,
        "永川",
        0.62,
        (
            *_secondary(
                "永川区明德职业教育中心",
                "永川区启航中等专业学校",
                "永川区竹海职业学校",
                "重庆市渝西农林机械学校",
                share=0.035,
                private="永川区竹海职业学校",
            ),
            School("永川区渝西高级技工学校", "technician", 0.03),
            School("重庆星湖职业技术学院", "higher_specialty", 0.12),
            School("重庆茶山水利职业学院", "higher_specialty", 0.1),
            School("重庆卫星湖财贸职业学院", "higher_specialty", 0.08, "private"),
            School("重庆临江智能工程职业学院", "higher_specialty", 0.05, "private"),
            School("重庆巴川职业技术大学", "vocational_university", 0.09),
            School("永川区萱花高级中学", "general_high_school", 0.03),
        ),
        (
            "永川星驰汽车制造有限公司",
            "永川捷行电动车有限公司",
            "渝西智联数据服务有限公司",
            "永川青禾农业科技有限公司",
            "渝西精工模具有限公司",
            "永川颐养康护服务有限公司",
        ),
        "永川凤凰湖产业园",
        ("职业教育科", *_OFFICES[1:]),
    ),
    District(
        "500116",
        "江津",
        0.5,
        (
            *_secondary("江津区珞璜职业学校", "江津区几江中等专业学校", share=0.025),
            School("重庆鼎山职业学院", "higher_specialty", 0.03),
        ),
        ("江津金属材料有限公司", "江津酿造食品有限公司"),
        "江津双福示范工业园",
        _OFFICES,
    ),
    District(
        "500117",
        "合川",
        0.42,
        (
            *_secondary("合川区三江职业教育中心", "合川区钓鱼城中等专业学校", share=0.022),
            School("重庆涪江信息职业学院", "higher_specialty", 0.028),
        ),
        ("合川三江医药有限公司", "合川网络安全技术有限公司"),
        "合川草街示范工业园",
        _OFFICES,
    ),
    District(
        "500153",
        "荣昌",
        0.35,
        _secondary("荣昌区海棠职业学校", "荣昌区畜牧科技学校", share=0.018),
        ("荣昌陶瓷制品有限公司", "荣昌畜牧设备有限公司"),
        "荣昌板桥示范工业园",
        _OFFICES,
    ),
    District(
        WENJIANG,
        "温江",
        0.7,
        (
            *_secondary(
                "温江区鱼凫职业技术学校",
                "温江区金马中等专业学校",
                "成都江安康护职业学校",
                share=0.016,
                private="成都江安康护职业学校",
            ),
            School("成都金温职业技术学院", "higher_specialty", 0.03),
            School("温江区柳城高级中学", "general_high_school", 0.045),
        ),
        ("温江生物医药有限公司", "成都花木园艺有限公司", "温江康养服务有限公司"),
        "温江健康产业示范园",
        ("成职教科", "基础教育科", "人事科", "基建科", "对外交流办", "区研培中心", "区社区学院"),
        since=2018,
    ),
    District(
        "510117",
        "郫都",
        0.55,
        (
            *_secondary("郫都区望丛职业学校", "郫都区古城中等专业学校", share=0.016),
            School("成都望丛电子职业学院", "higher_specialty", 0.03),
        ),
        ("郫都电子信息有限公司", "郫都豆瓣食品有限公司"),
        "郫都德源示范工业园",
        _OFFICES,
    ),
)


def district_like(code: str, short: str) -> District:
    """Return made-up organisations for a region that the demo does not know of itself."""
    return District(
        code,
        short,
        0.5,
        (
            *_secondary(f"{short}启明职业学校", f"{short}博远中等专业学校", share=0.03),
            School(f"{short}新程职业学院", "higher_specialty", 0.05),
        ),
        (f"{short}星辰制造有限公司", f"{short}青禾食品有限公司", f"{short}云帆数据有限公司"),
        f"{short}示范工业园",
        _OFFICES,
    )


# authorities above the districts, with the offices that answer for tasks
AUTHORITIES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (NATION, "教育部（演示）", ("职业教育与成人教育司",)),
    (CHONGQING, "重庆市教育委员会", ("职业教育与成人教育处", "财务处", "师范教育处")),
    (SICHUAN, "四川省教育厅", ("职业教育与成人教育处", "规划处")),
    (CHENGDU, "成都市教育局", ("职业教育处",)),
)

BUREAUS = {YONGCHUAN: "重庆市永川区教育委员会", WENJIANG: "成都市温江区教育局"}

# a school that the Wenjiang document names four ways; it carries no simulated facts
NAMED_SCHOOL = "温江区燎原职业技术学校"
NAMED_ALIASES = ("温江燎原职业技术学校", "燎原职中", "区燎原职业技术学校")
