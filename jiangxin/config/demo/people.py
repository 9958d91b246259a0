"""One made-up person per role, so that everybody can look at the demo with their own eyes."""

from __future__ import annotations

from dataclasses import dataclass

from jiangxin.config.demo.places import CHONGQING, NATION, SICHUAN, WENJIANG, YONGCHUAN

# demonstrations only; `jiangxin up` prints it, and every page says that the data are made up
PASSWORD = "jiangxin-demo-2026"  # noqa: S105 -- the sign-in of a demonstration


@dataclass(frozen=True, slots=True)
class Person:
    """Who signs in, as what, and where: a region code or the name of an organisation."""

    username: str
    name: str
    role: str
    place: str


PEOPLE: tuple[Person, ...] = (
    Person("operator", "罗运维", "operator", YONGCHUAN),
    Person("admin", "马管理", "operator", NATION),
    Person("leader", "陈主任", "leader", YONGCHUAN),
    Person("officer", "李科员", "officer", YONGCHUAN),
    Person("officer2", "王科员", "officer", YONGCHUAN),
    Person("auditor", "周审计", "auditor", YONGCHUAN),
    Person("expert", "吴专家", "expert", YONGCHUAN),
    Person("office", "赵干事", "office", "重庆市永川区教育委员会/职业教育科"),
    Person("school", "孙校办", "school", "重庆星湖职业技术学院"),
    Person("enterprise", "郑经理", "enterprise", "永川星驰汽车制造有限公司"),
    Person("teacher", "冯老师", "teacher", "重庆星湖职业技术学院"),
    Person("student", "何同学", "student", "重庆星湖职业技术学院"),
    Person("guardian", "何家长", "guardian", YONGCHUAN),
    Person("learner", "许师傅", "learner", YONGCHUAN),
    Person("chongqing", "刘处长", "officer", CHONGQING),
    Person("sichuan", "高处长", "officer", SICHUAN),
    Person("wenjiang", "蒋科长", "officer", WENJIANG),
    Person("wenjiang-school", "沈校办", "school", "温江区鱼凫职业技术学校"),
)

# who may be drawn into a panel beside the expert above; they do not sign in in the demo
EXPERTS: tuple[Person, ...] = tuple(
    Person(f"expert{number}", name, "expert", YONGCHUAN)
    for number, name in enumerate(("钱教授", "孔高工", "曹教授", "严研究员", "华高工"), start=2)
)
