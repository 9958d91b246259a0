"""Tasks and cases for tests; every state is reached by the real actions."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from jiangxin.apps.accounts.models import User
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import Case, PolicyDocument, Task
from jiangxin.core.permissions import SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, TODAY, person, region, region_scope, viewer
from tests.apps.organisations.factories import bureau, organisation
from tests.apps.policies.factories import adopted

# a table as such plans print it: cells left empty, one name in four writings, groups of schools
TABLE = """成都市温江区教育局
关于印发《温江区提升技能教育行动计划（2026-2028年）》的通知
温教发〔2026〕11号

各学校：

一、总体目标

到2028年，“双师型”教师占比达到80%以上。

附件：

温江区提升技能教育行动计划任务分解表

编号\t行动\t子行动\t任务\t指标\t责任科室\t实施学校
1\t条件提升行动\t基础能力\t建设实训中心\t2027年6月前完成基础建设\t成职教科、基建科\t燎原职校
2\t条件提升行动\t\t开展校企合作\t每年5月前上报合作方案\t成职教科\t区内各中职学校
3\t\t师资\t教师下企业实践\t每学期开展\t人事科\t温江区燎原职业技术学校
4\t\t\t建立成长档案\t\t人事科\t
"""


def wenjiang_document() -> PolicyDocument:
    """Return an adopted plan of Wenjiang with a ragged task table."""
    return adopted(TABLE, name="table.txt")


@dataclass(frozen=True, slots=True)
class District:
    """A district with a bureau, its office, two schools, and somebody in each."""

    code: str
    bureau: Organisation
    office: Organisation
    schools: tuple[Organisation, Organisation]
    officer: Viewer
    leader: Viewer
    clerk: Viewer
    teachers: tuple[Viewer, Viewer]
    users: dict[str, User]

    def task(self, **values: Any) -> Task:
        """Return a task that the office leads and the first school carries out."""
        units = values.pop(
            "units", {"lead": [self.office.name], "implementer": [self.schools[0].name]}
        )
        values = {"text": f"建设实训中心{self.code}", "due_on": TODAY + 60 * DAY, **values}
        return actions.create_task(
            scope=region_scope(self.code),
            region=region(self.code),
            units=units,
            by=values.pop("by", self.officer),
            at=values.pop("at", NOW),
            **values,
        )

    def task_at(self, state: str, **values: Any) -> Task:
        """Return a task that was walked to a state."""
        task = self.task(**values)
        if state == "planned":
            return task
        if state == "in_progress":
            return actions.move_task(task=task, move="start", by=self.clerk, at=NOW)
        if state == "cancelled":
            return actions.move_task(
                task=task, move="cancel", reason="不再需要", by=self.officer, at=NOW
            )
        actions.report_task(task=task, text="已完成", says_done=True, by=self.officer, at=NOW)
        if state == "done":
            actions.move_task(task=task, move="confirm", by=self.officer, at=NOW)
        return Task.objects.get(pk=task.pk)

    def case_at(self, state: str, **values: Any) -> Case:
        """Return a case of the first school that was walked to a state."""
        words = {"title": f"一校一品{self.code}", "summary": "做法与成效", "text": "全文", **values}
        case = actions.tell_case(
            scope=self.schools[0].scope, values=words, by=self.teachers[0], at=NOW
        )
        walk = {
            "draft": (),
            "submitted": (("submit", self.teachers[0]),),
            "reviewed": (("submit", self.teachers[0]), ("recommend", self.officer)),
            "returned": (("submit", self.teachers[0]), ("return", self.officer)),
            "published": (
                ("submit", self.teachers[0]),
                ("recommend", self.officer),
                ("publish", self.leader),
            ),
        }[state]
        for move, by in walk:
            case = actions.move_case(case=case, move=move, reason="评语", by=by, at=NOW)
        return case


DAY = datetime.timedelta(days=1)
_NAMES = {
    "510115": (
        "成都市温江区教育局",
        "成职教科",
        "温江区燎原职业技术学校",
        "温江区金马中等专业学校",
    ),
    "500118": (
        "重庆市永川区教育委员会",
        "职业教育科",
        "永川区明德职业教育中心",
        "永川区竹海职业学校",
    ),
}


def district(code: str = "510115") -> District:
    """Return a district with its organisations and people."""
    names = _NAMES[code]
    authority = bureau(names[0], code)
    office = bureau_office(authority, names[1], code)
    schools = tuple(organisation(name, code, ownership="public") for name in names[2:])
    scopes = {
        "officer": ("officer", region_scope(code)),
        "leader": ("leader", region_scope(code)),
        "clerk": ("office", office.scope),
        "teacher": ("school", schools[0].scope),
        "other": ("school", schools[1].scope),
    }
    users = {
        key: person(kind, scope, username=f"{key}-{code}") for key, (kind, scope) in scopes.items()
    }
    views = {key: viewer(user) for key, user in users.items()}
    return District(
        code=code,
        bureau=authority,
        office=office,
        schools=(schools[0], schools[1]),
        officer=views["officer"],
        leader=views["leader"],
        clerk=views["clerk"],
        teachers=(views["teacher"], views["other"]),
        users=users,
    )


def bureau_office(authority: Organisation, name: str, code: str) -> Organisation:
    """Return a registered office of an authority."""
    return organisation(name, code, kind="office", stage="", parent=authority)


__all__ = ["DAY", "SYSTEM", "TABLE", "District", "district", "wenjiang_document"]
