"""Simulated work of the demo: tasks and how far they are, a meeting, duties, cases, a scorecard.

The rows of the task tables are real; who carries them, when, and how far they are is made up.
"""

from __future__ import annotations

import datetime
from typing import Any

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.accounts.models import User
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import PolicyDocument, Task, TaskAssignment
from jiangxin.apps.reference import queries as reference
from jiangxin.config.demo import places
from jiangxin.core.permissions import SYSTEM, Viewer

DAY = datetime.timedelta(days=1)
# tasks of Yongchuan by number: office, days from today to the deadline (nothing: the end of the
# plan), share done; 1 is confirmed, "?" is reported as done and waits for the bureau
_YONGCHUAN: dict[int, tuple[str, int | None, float | str]] = {
    1: ("职业教育科", 200, 0.55),
    2: ("计划财务科", None, 0.4),
    3: ("计划财务科", -160, 1),
    4: ("职业教育科", 120, 0.7),
    5: ("职业教育科", 300, 0.35),
    6: ("职业教育科", -40, 1),
    7: ("职业教育科", -45, 0.6),
    8: ("职业教育科", None, 0.45),
    9: ("计划财务科", -20, 0.4),
    10: ("基础教育科", -90, 1),
    11: ("职业教育科", 26, 0.8),
    12: ("职业教育科", 6, 0.85),
    13: ("职业教育科", None, 0.5),
    14: ("职业教育科", 60, 0.65),
    15: ("职业教育科", 12, "?"),
    16: ("组织人事科", -10, 1),
    17: ("组织人事科", 90, 0.5),
    18: ("基础教育科", 45, 0.6),
    19: ("职业教育科", None, 0.55),
    20: ("职业教育科", None, 0.3),
    21: ("职业教育科", 150, 0.45),
    22: ("职业教育科", -3, 0.5),
    23: ("职业教育科", None, 0),
    24: ("职业教育科", 20, 0.75),
    25: ("职业教育科", None, 0.4),
    26: ("基础教育科", -30, 1),
}
# rows of the Wenjiang table that nobody closed when the plan ended
_LEFT_OPEN = frozenset({13, 26, 31})
_PARTIES = ("重庆市教育委员会", "永川区人民政府", "基地院校")
_DUTIES: dict[str, tuple[str, str, str]] = {
    "党建": ("指导院校党组织建设与干部管理", "把院校党建纳入属地联动", "落实党组织主体责任"),
    "意识形态": ("督促检查责任制落实", "协调属地网络与舆情处置", "管好课堂、讲座和网络阵地"),
    "安全稳定": ("部署教育系统安全检查", "承担周边治安与应急联动", "排查隐患并及时整改"),
    "公共卫生": ("指导校园卫生工作", "提供疾控与医疗保障", "执行日常监测与报告"),
    "校区管理": ("统筹院校布局与准入", "提供市政与公共服务", "承担校区日常管理"),
    "建设保障": ("支持项目与专项资金", "保障用地、配套与要素", "按期完成建设任务"),
}
_CASES = (
    (
        "永川区明德职业教育中心",
        "把车间搬进校园：汽车专业学徒制的三年实践",
        "产教融合",
        "与区内整车企业共建校内产线，学生每学期轮岗六周，企业师傅与教师共同评价。",
        "published",
    ),
    (
        "重庆星湖职业技术学院",
        "一套课程两处上：中高职贯通培养的课程衔接",
        "职普融通",
        "与三所中职共编人才培养方案，合并重复课程十一门，衔接班升学后首年挂科率下降。",
        "published",
    ),
    (
        "重庆星湖职业技术学院",
        "社区里的夜校：面向新市民的技能课堂",
        "终身学习",
        "利用晚间实训室开设短期课程，按结业证书折算学分。",
        "submitted",
    ),
)


def load_work(*, at: datetime.datetime) -> dict[str, int]:
    """Load the work of the demo; returns how many rows of each kind."""
    _wenjiang()
    yongchuan = _document(places.YONGCHUAN)
    _yongchuan(yongchuan, at)
    _meeting(yongchuan, at)
    _duty_list(yongchuan, at)
    for entry in _CASES:
        _case(*entry, at=at)
    for code in (places.CHONGQING, places.CHENGDU):
        region = reference.get_region(code, on=at.date())
        card = actions.keep_scorecard(region=region, by=SYSTEM, at=at)
        if code == places.CHONGQING:
            actions.move_scorecard(card=card, move="publish", by=SYSTEM, at=at)
    actions.remind_tasks(by=SYSTEM, at=at)
    return {"tasks": Task.objects.count(), "cases": len(_CASES)}


def _document(code: str) -> PolicyDocument:
    return PolicyDocument.objects.select_related("region", "scope").get(region__code=code)


def _time(*day: int) -> datetime.datetime:
    year, month, number = day
    return datetime.datetime(year, month, number, 2, tzinfo=datetime.UTC)


def _settle_groups(region: Any, at: datetime.datetime) -> None:
    """Give the tasks that name a kind of school to each school of that kind."""
    for row in queries.unknown_names(viewer=SYSTEM, region=region, on=at.date()):
        if row.group:
            uuids = [organisation.uuid for organisation in row.group]
            actions.settle_name(name=row.name, region=region, uuids=uuids, by=SYSTEM, at=at)


def _wenjiang() -> None:
    """Walk the 31 rows of a plan that is over: most were done, some in time, three never."""
    begin, end = _time(2019, 1, 2), datetime.date(2020, 12, 31)
    document = _document(places.WENJIANG)
    made = actions.make_tasks(document=document, due_on=end, by=SYSTEM, at=begin, is_simulated=True)
    _settle_groups(document.region, begin)
    for task in made.tasks:
        number = int(task.number or 0)
        one: Task | None = task
        while one is not None:
            due = one.due_on or end
            late = 25 if number % 7 == 0 else -12
            if number not in _LEFT_OPEN:
                _close(one, _time(due.year, due.month, due.day) + late * DAY)
            one = Task.objects.filter(previous=one).first()


def _close(task: Task, at: datetime.datetime) -> None:
    actions.report_task(
        task=task, text="按要求完成，材料已归档。", says_done=True, by=SYSTEM, at=at
    )
    actions.move_task(task=task, move="confirm", by=SYSTEM, at=at)


def _yongchuan(document: PolicyDocument, at: datetime.datetime) -> None:
    begin = _time(2025, 1, 6)
    end = (document.plan_ends_on or at.date()) - DAY
    made = actions.make_tasks(document=document, due_on=end, by=SYSTEM, at=begin, is_simulated=True)
    roles = TaskAssignment.Role
    for task in made.tasks:
        number = int(task.number or 0)
        office, days, _share = _YONGCHUAN[number]
        named = [row.name for row in queries.carriers(task, roles.RESPONSIBLE)]
        done_by = [row.name for row in queries.carriers(task, roles.IMPLEMENTER)]
        actions.change_task(
            task=task,
            version=task.version,
            values={"due_on": end if days is None else at.date() + days * DAY},
            units={
                roles.LEAD: [office],
                roles.RESPONSIBLE: named,
                roles.IMPLEMENTER: done_by,
            },
            by=SYSTEM,
            at=begin,
        )
    _settle_groups(document.region, begin)
    for task in made.tasks:
        _office, days, share = _YONGCHUAN[int(task.number or 0)]
        _walk(task, share, days, at)


def _walk(task: Task, share: float | str, days: int | None, at: datetime.datetime) -> None:
    """Let a task reach its share by two reports, the last some days ago."""
    if share == 1:
        _close(task, at + ((days or 0) - 6) * DAY)
        return
    if share == "?":
        by = _viewer("office", at)
        actions.report_task(
            task=task, text="各项内容已完成，请审核。", says_done=True, by=by, at=at - 2 * DAY
        )
        return
    part = float(share)
    if not part:
        return
    for rate, ago, words in (
        (part / 2, 150, "已启动，方案和分工已明确。"),
        (part, 25, "按计划推进，下一步对接经费与场地。"),
    ):
        actions.report_task(task=task, text=words, progress_rate=rate, by=SYSTEM, at=at - ago * DAY)


def _viewer(username: str, at: datetime.datetime) -> Viewer:
    return accounts.viewer_for(User.objects.get(username=username), on=at.date())


def _meeting(document: PolicyDocument, at: datetime.datetime) -> None:
    held = at - 40 * DAY
    shared = {"series": "西部职教基地建设市区联席会议", "place": "永川区"}
    members = ["市教委", "市发展改革委", "市财政局", "市规划自然资源局", "永川区人民政府"]
    meeting = actions.plan_meeting(
        scope=document.scope,
        region=document.region,
        document=document,
        values={
            **shared,
            "title": "第三次市区联席会议（演示）",
            "held_on": held.date(),
            "members": members,
            "agenda": "一、基地建设进展\n二、公共实训中心建设\n三、下阶段重点项目",
        },
        by=SYSTEM,
        at=held - 10 * DAY,
        is_simulated=True,
    )
    actions.move_meeting(meeting=meeting, move="hold", by=SYSTEM, at=held)
    actions.change_meeting(
        meeting=meeting,
        values={"minutes": "会议听取了基地建设情况汇报，研究了公共实训中心选址和经费来源。"},
        by=SYSTEM,
        at=held + DAY,
    )
    first = actions.add_resolution(
        meeting=meeting,
        text="一个月内提出公共实训中心选址方案",
        responsible=["职业教育科", "计划财务科"],
        due_on=at.date() - 8 * DAY,
        by=SYSTEM,
        at=held + DAY,
    )
    actions.add_resolution(
        meeting=meeting,
        text="建立重点项目月调度制度",
        responsible=["职业教育科"],
        due_on=at.date() + 30 * DAY,
        by=SYSTEM,
        at=held + DAY,
    )
    actions.make_task_of(resolution=first, by=SYSTEM, at=held + DAY)
    actions.plan_meeting(
        scope=document.scope,
        region=document.region,
        values={
            **shared,
            "title": "第四次市区联席会议（演示）",
            "held_on": at.date() + 50 * DAY,
            "members": members,
        },
        by=SYSTEM,
        at=at,
        is_simulated=True,
    )


def _duty_list(document: PolicyDocument, at: datetime.datetime) -> None:
    duties = actions.create_duty_list(
        scope=document.scope,
        region=document.region,
        document=document,
        title="西部职教基地“三方”职责清单（演示）",
        parties=_PARTIES,
        fields=tuple(_DUTIES),
        by=SYSTEM,
        at=at,
        is_simulated=True,
    )
    cells = {
        (party, field): text
        for field, texts in _DUTIES.items()
        for party, text in zip(_PARTIES, texts, strict=True)
    }
    actions.set_duties(duties=duties, version=1, cells=cells, by=SYSTEM, at=at)
    actions.move_duty_list(duties=duties, move="publish", by=SYSTEM, at=at)


def _case(
    school: str, title: str, field: str, summary: str, state: str, *, at: datetime.datetime
) -> None:
    scope = Organisation.objects.select_related("scope").get(name=school).scope
    case = actions.tell_case(
        scope=scope,
        values={
            "title": title,
            "field": field,
            "summary": summary,
            "text": f"背景\n学校与企业在用人和教学上各走各的路。\n\n做法\n{summary}\n\n"
            "成效\n学生对口就业率提高，企业招聘周期缩短；做法已在区内两所学校复制。",
        },
        by=SYSTEM,
        at=at - 60 * DAY,
        is_simulated=True,
    )
    actions.move_case(case=case, move="submit", by=SYSTEM, at=at - 50 * DAY)
    if state == "published":
        actions.move_case(
            case=case,
            move="recommend",
            reason="做法具体、数据可核，具有推广价值。",
            is_replicable=True,
            by=SYSTEM,
            at=at - 30 * DAY,
        )
        actions.move_case(case=case, move="publish", by=SYSTEM, at=at - 20 * DAY)
