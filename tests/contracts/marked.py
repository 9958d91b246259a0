"""Two regions and two schools of one region, each with a marked row of every table.

The rows come from the real actions. What was made for a side is found by comparing the tables
before and after, so a new model cannot be forgotten: it has no marked row until one is made here.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from django.apps import apps
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from jiangxin.apps.accounts.models import Guardianship, Role, Scope
from jiangxin.apps.accounts.permissions import ORGANISATION_KINDS
from jiangxin.apps.indicators import actions as indicators
from jiangxin.apps.indicators.models import ReportedValue, Value
from jiangxin.apps.notices import actions as notices
from jiangxin.apps.notices.models import Notice
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.organisations.models import Organisation, OrganisationName
from jiangxin.apps.organisations.queries import Plan
from jiangxin.apps.policies import actions as policies
from jiangxin.apps.policies.models import (
    CascadePair,
    Clause,
    Contradiction,
    DocumentLink,
    Milestone,
    PolicyDocument,
    Responsibility,
    Scorecard,
    StrategyNode,
    Target,
    Task,
)
from jiangxin.apps.policies.queries import PARTS
from jiangxin.apps.reference import actions as reference
from jiangxin.core import audit, jobs
from jiangxin.core.models import Job
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, person, region, region_scope, viewer
from tests.apps.organisations.factories import organisation, sheet
from tests.contracts import marked_collections as collections
from tests.contracts import marked_registers as registers

# tables without sides: what they hold is open to everybody, or of the whole country
SHARED = {
    "reference.Edition": "code lists are public",
    "reference.Region": "code lists are public",
    "reference.RegionClosure": "code lists are public",
    "reference.Programme": "code lists are public",
    "reference.Occupation": "code lists are public",
    "reference.Industry": "code lists are public",
    "reference.Term": "the school calendar is public",
    "reference.RuleSetting": "rules are public",
    "organisations.RegionFigure": "published statistics of regions are public",
    "organisations.RegionBoundary": "outlines of regions are public",
    "registers.RegisterType": "which registers there are is public",
    "registers.TypeVersion": "what a register asks for is public",
    "accounts.User_groups": "not used: roles carry the duties",
    "accounts.User_user_permissions": "not used: roles carry the duties",
    "indicators.DefinitionVersion": "definitions are public",
    "indicators.Snapshot": "all facts of the country at one moment; shows counts only",
    "indicators.Computation": "one run for the country; shows no values",
    "indicators.Publication": "is itself the decision that everybody may see",
}

# long enough never to appear by chance in a token
A, A1, A2, B = "Qalphamark", "Qfirstmark", "Qsecondmark", "Qbravomark"
NOTICE = "Qnoticemark"

PARENT = """{place}教育局
关于加快{m}技能人才培养的实施意见
{m}教发〔2024〕31号

各学校：

一、{m}总体要求

到2027年，{m}“双师型”教师占比达到75%以上，建成{m}产教联合体12个。

二、{m}重点任务

（一）建设{m}产教联合体

支持{m}园区组建产教联合体，建立实体化运行的理事会，开展订单培养和学徒制培养。（{m}职成科牵头）

（二）建强{m}教师队伍

实施{m}“双师型”教师培养计划，教师每五年到企业实践不少于6个月。（责任单位：{m}职成科）

{place}教育局
2024年9月10日
"""

CHILD = """{place}教育局
关于印发《{m}技能人才培养行动计划（2025-2027年）》的通知
{m}教办发〔2025〕7号

各学校：

为落实《关于加快{m}技能人才培养的实施意见》（{m}教发〔2024〕31号），制定本计划。

一、{m}发展目标

到2027年，{m}“双师型”教师占比达到80%以上，{m}毕业生就业率达到95%以上。

二、{m}主要任务

（一）组建{m}产教联合体

依托{m}园区组建产教联合体，设立实体化运行的理事会，开展学徒制和订单培养，2026年底前召开{m}产教融合大会。（{m}职成科牵头）

（二）培养{m}“双师型”教师

落实{m}“双师型”教师培养计划，教师每五年到企业实践不少于6个月。（责任单位：{m}职成科）

三、{m}保障措施

到2027年，{m}毕业生就业率达到90%以上。（{m}职成科负责）

{place}教育局
2025年3月5日
"""

STRANGER = """{place}教育局
关于{m}校园供水的通知
{m}教发〔2023〕5号

各学校：

一、{m}供水

各校每日检查{m}水箱，登记水质。

{place}教育局
2023年1月5日
"""


def tables() -> list[type[models.Model]]:
    """List our concrete models; links of many-to-many fields are rows too."""
    return [
        model
        for config in apps.get_app_configs()
        if config.name.startswith("jiangxin.")
        for model in config.get_models(include_auto_created=True)
    ]


@dataclass
class Side:
    """A region, or a school of it, with what was made for it.

    Args:
        marker: a word in every text that was made for the side.
        rows: what addresses and bodies name, by a word for each.
        keys: primary keys of all rows made for it, by model.
    """

    marker: str
    code: str
    scope: Scope
    rows: dict[str, Any] = field(default_factory=dict)
    keys: dict[type[models.Model], set[Any]] = field(default_factory=dict)

    @property
    def secrets(self) -> set[str]:
        """What nobody outside may find in an answer: the marker (codes hold it) and every uuid."""
        found = {self.marker.casefold()}
        for model, keys in self.keys.items():
            names = {f.name for f in model._meta.concrete_fields}
            if "uuid" in names:
                rows = model._default_manager.filter(pk__in=keys)
                found |= {str(uuid) for uuid in rows.values_list("uuid", flat=True)}
        return found


@dataclass
class World:
    """Side A with schools A1 and A2, side B, and who looks at it from side A."""

    a: Side
    a1: Side
    a2: Side
    b: Side
    # by role; "" is the public, "above" an officer of the region above A, "nation" the operator
    clients: dict[str, Client]
    # a notice to each of them
    notices: dict[str, Notice]
    # all rows, and what they held, when everything was made
    keys: dict[type[models.Model], set[Any]]
    digests: dict[str, str]

    def own(self, role: str) -> dict[str, Any]:
        """Return the rows that the role would ask for on its own side."""
        rows = {**self.a.rows, **(self.a1.rows if role in ORGANISATION_KINDS else {})}
        return {**rows, "notice": self.notices.get(role, self.a.rows["notice"])}

    def others(self, role: str) -> list[Side]:
        """Return the sides of which somebody with the role must see nothing."""
        if role == "nation":
            return []
        if role in ("", "guardian", "learner"):
            return [self.b, self.a2, self.a1, self.a]
        if role in ("teacher", "student"):
            return [self.b, self.a2, self.a]
        return [self.b, self.a2] if role in ORGANISATION_KINDS else [self.b]


def build() -> World:
    """Make everything; call it once within a transaction that is rolled back."""
    region()
    common = registers.shared()
    a = _side(A, "500118", region_scope("500118"))
    with _marking(a):
        _fill_region(a, place="永川区")
    sides = []
    for number, marker in enumerate((A1, A2), start=1):
        side = _side(marker, "500118", a.scope)
        with _marking(side):
            _fill_school(side, of=a, number=number)
        sides.append(side)
    b = _side(B, "510115", region_scope("510115"))
    with _marking(b):
        _fill_region(b, place="温江区")
        _fill_school(b, of=b, number=1)
    a1, a2 = sides
    for side in (a, a1, a2, b):
        side.rows.update(common)
    _compute(a, a1, a2, b)
    clients, sent = {"": Client()}, {}
    for kind in Role.Kind:
        scope = a1.scope if kind in ORGANISATION_KINDS else a.scope
        user = person(kind, scope, username=f"looks-as-{kind}", name=f"Looks as {kind}")
        sent[kind.value] = _notice(user, NOTICE)
        clients[kind.value] = Client()
        clients[kind.value].force_login(user)
        if kind == Role.Kind.EXPERT:
            with _marking(a):
                registers.seat(a, user)
    for name, kind, code in (("above", "officer", "500000"), ("nation", "operator", "000000")):
        user = person(kind, region_scope(code), username=f"looks-from-{name}")
        sent[name], clients[name] = _notice(user, NOTICE), Client()
        clients[name].force_login(user)
    keys = all_keys()
    return World(a, a1, a2, b, clients, sent, keys, digests(keys))


def grow(world: World) -> None:
    """Make twice as much again of everything in the region and in a school of it."""
    for marker in ("Qthirdmark", "Qfourthmark"):
        side = _side(marker, world.a.code, world.a.scope)
        _fill_region(side, place="永川区")
        _fill_school(side, of=side, number=1)
    for client_notice in list(world.notices.values()):
        for _more in range(2):
            _notice(client_notice.to, NOTICE)


def _side(marker: str, code: str, scope: Scope) -> Side:
    return Side(marker, code, scope)


@contextmanager
def _marking(side: Side) -> Iterator[None]:
    """Note the rows that appear meanwhile as those of the side."""
    before = all_keys()
    yield
    audit.seal(at=NOW)
    for model, keys in all_keys().items():
        side.keys.setdefault(model, set()).update(keys - before[model])


def all_keys() -> dict[type[models.Model], set[Any]]:
    return {m: set(m._default_manager.values_list("pk", flat=True)) for m in tables()}


def _fill_region(side: Side, *, place: str) -> None:
    m, at = side.marker, NOW
    rows = side.rows
    rows["region"], rows["scope"], rows["marker"] = region(side.code), side.scope, m
    user = person(
        "officer", side.scope, username=f"{m}-officer", name=f"{m}官", phone="13800138000"
    )
    rows["user"], rows["role"] = user, user.roles_held.get()
    leader = person("leader", side.scope, username=f"{m}-leader", name=f"{m}主任")
    ward = person("", side.scope, username=f"{m}-ward", name=f"{m}孩子")
    # no page or action makes guardianships yet
    Guardianship.objects.create(guardian=leader, ward=ward, starts_on=NOW.date())
    by = viewer(user)
    bureau = organisation(f"{place}{m}教育局", side.code, kind="bureau", stage="", key=f"{m}0")
    office = organisation(
        f"{m}职成科", side.code, kind="office", stage="", parent=bureau, key=f"{m}1", notes=m
    )
    rows["bureau"], rows["office"], rows["organisation"] = bureau, office, office
    rows["alias"] = organisations.add_alias(
        organisation=office, text=f"{m}职教科", source=m, by=SYSTEM, at=at
    )
    rows["name"] = OrganisationName.objects.get(organisation=office)
    twin = organisation(
        f"{m}职教室", side.code, kind="office", stage="", parent=bureau, key=f"{m}2"
    )
    _tie(side, office, twin)
    head = ["单位名称", "单位类别", "办学层次"]
    content = sheet(head, [[f"{m}新学校", "学校", "中职"], [f"{m}坏学校", "学校", ""]])
    rows["import"] = organisations.upload_import(
        scope=side.scope, file_name=f"{m}.xlsx", content=content, by=by, at=at
    )
    rows["job"] = Job.objects.get(uuid=rows["import"].job_uuid)
    jobs.run.func(rows["job"].pk)
    _read_documents(side, place=place, by=by)
    _work(side, by=by)
    rows["report"] = _report(side, indicator="employment_rate", by=by)
    rows["rule_setting"] = reference.set_rule_value(
        code="small_cell_minimum",
        region_code=side.code,
        starts_on=NOW.date(),
        content=10.0,
        source=reference.RuleSource("某区通知"),
        by=SYSTEM,
        at=NOW,
    )
    rows["notice"] = _notice(user, m)
    registers.fill_region(side, by=by)
    collections.fill_region(side, by=by)


def _read_documents(side: Side, *, place: str, by: Any) -> None:
    rows, m, at = side.rows, side.marker, NOW
    documents = [
        policies.import_document(
            data=text.format(place=place, m=m).encode(),
            filename=f"{m}-{number}.txt",
            region=rows["region"],
            by=by,
            at=at,
        ).document
        for number, text in enumerate((PARENT, CHILD, STRANGER))
    ]
    parent, child, rows["stranger"] = (PolicyDocument.objects.get(pk=d.pk) for d in documents)
    rows["parent"], rows["document"], rows["file"] = parent, child, child.original
    link = DocumentLink.objects.get(parent=parent, child=child)  # the child cites its parent
    rows["link"], rows["pair"] = link, CascadePair.objects.filter(link=link).first()
    clauses = Clause.objects.filter(document=child).order_by("position")
    rows["clause"] = clauses.get(number="（一）")
    rows["parent_clause"] = Clause.objects.filter(document=parent).order_by("position").last()
    rows["free_clause"] = clauses.last()
    added = {
        "taskrow": {"number": 1, "task": f"{m}制订方案", "responsible": [f"{m}职成科"]},
        "milestone": {"milestone": f"{m}召开大会", "milestone_kind": "annual"},
        "responsibility": {"role": "lead", "units": [f"{m}职成科"]},
    }
    for kind, values in added.items():
        rows[kind] = policies.add_item(
            document=child, kind=kind, values=values, clause=rows["clause"], by=by, at=at
        )
    rows["target"] = Target.objects.filter(document=child, metric__contains="双师").first()
    rows["contradiction"] = Contradiction.objects.filter(scope=side.scope).first()
    rows["node"] = policies.add_strategy_node(
        document=child, kind=StrategyNode.Kind.GOAL, title=f"{m}目标", clauses=[rows["clause"]],
        by=by, at=at,
    )  # fmt: skip
    # one target waits for a decision, the others are adopted
    for item in Target.objects.filter(document=child).exclude(pk=rows["target"].pk):
        policies.decide_item(item=item, move="accept", version=item.version, by=by, at=at)
    rows["adopted"] = Target.objects.filter(document=child, state="accepted").first()
    policies.bind_target(target=rows["adopted"], indicator_code="conditions_met_rate", by=by, at=at)
    policies.assign_target(target=rows["adopted"], owners=[rows["office"]], by=by, at=at)
    for model in (Milestone, Responsibility):
        for item in model.objects.filter(document=child, state="read"):
            policies.decide_item(item=item, move="accept", version=item.version, by=by, at=at)
    for kind in ("target", "adopted"):
        rows[kind].refresh_from_db()
    by_office = Responsibility.objects.filter(document=child).first()
    assert by_office is not None
    by_office.organisations.add(rows["office"])


def _work(side: Side, *, by: Any) -> None:
    rows, m, at = side.rows, side.marker, NOW
    scope, place = side.scope, rows["region"]
    shared = {"scope": scope, "region": place, "by": by, "at": at}
    meeting = policies.plan_meeting(
        values={"series": f"{m}联席会议", "title": f"{m}第一次会议", "held_on": at.date()},
        document=rows["document"],
        **shared,
    )
    meeting = policies.change_meeting(
        meeting=meeting, values={"minutes": f"{m}纪要"}, files=[(f"{m}.txt", m.encode())],
        by=by, at=at,
    )  # fmt: skip
    rows["meeting_file"] = meeting.files.get()
    rows["meeting"] = meeting = policies.move_meeting(meeting=meeting, move="hold", by=by, at=at)
    rows["planned_meeting"] = policies.plan_meeting(
        values={"series": f"{m}联席会议", "title": f"{m}第二次会议", "held_on": at.date()}, **shared
    )
    rows["resolution"] = policies.add_resolution(
        meeting=meeting, text=f"{m}决议", responsible=[f"{m}职成科"], by=by, at=at
    )
    rows["duty_list"] = policies.create_duty_list(
        title=f"{m}职责清单", parties=[f"{m}政府"], fields=[f"{m}领域"], **shared
    )
    rows["duty_list"] = policies.set_duties(
        duties=rows["duty_list"], version=rows["duty_list"].version,
        cells={(f"{m}政府", f"{m}领域"): f"{m}统筹"}, by=by, at=at,
    )  # fmt: skip
    units = {"lead": [f"{m}职成科"], "support": [f"{m}不明单位"]}
    rows["task"] = _task(side, units=units, by=by)
    # a district has no governments below it that the action could score
    rows["scorecard"] = Scorecard.objects.create(
        scope=scope,
        edition=Scorecard.objects.filter(region=place).count() + 1, region=place, year=2025, computed_at=at, computed_by_name=m,
        weights={"targets": 1.0},
        rows=[{
            "code": side.code, "name": f"{m}镇", "rank": 1, "total": 0.5, "weight": 1.0,
            "parts": {part: {"rate": 0.5, "numerator": 1, "denominator": 2} for part in PARTS},
            "counts": {}, "is_simulated": False,
        }],
    )  # fmt: skip
    rows["case"] = _case(side, scope=scope, by=by)


def _task(side: Side, *, units: dict[str, list[str]], by: Any, of: Side | None = None) -> Task:
    rows, m = (of or side).rows, side.marker
    task = policies.create_task(
        scope=(of or side).scope, region=rows["region"], text=f"{m}任务", units=units,
        starts_on=NOW.date().replace(month=1), due_on=NOW.date().replace(month=2),
        document=rows["document"], clause=rows["clause"], targets=[rows["adopted"]],
        by=SYSTEM, at=NOW,
    )  # fmt: skip
    report = policies.report_task(
        task=task, text=f"{m}进展", progress_rate=0.4, by=by, at=NOW,
        files=[(f"{m}-证据.txt", m.encode())],
    )  # fmt: skip
    side.rows.setdefault("task_report", report)
    side.rows.setdefault("evidence", report.files.get())
    policies.remind_tasks(by=SYSTEM, at=NOW)
    return Task.objects.get(pk=task.pk)


def _case(side: Side, *, scope: Scope, by: Any) -> Any:
    m = side.marker
    case = policies.tell_case(
        scope=scope, by=by, at=NOW, files=[(f"{m}.txt", m.encode())],
        values={"title": f"{m}案例", "field": m, "summary": f"{m}摘要", "text": f"{m}正文"},
    )  # fmt: skip
    side.rows.setdefault("case_file", case.files.get())
    return case


def _report(side: Side, *, indicator: str, by: Any) -> ReportedValue:
    return indicators.report_value(
        indicator=indicator, scope=side.scope, year=2025, value=0.875, evidence=side.marker,
        evidence_file=SimpleUploadedFile(f"{side.marker}.txt", side.marker.encode()),
        by=by, at=NOW,
    )  # fmt: skip


def _notice(user: Any, marker: str) -> Notice:
    return notices.send_after_commit(
        "task_due_soon", to=user, by=SYSTEM, at=NOW, link="/",
        context={"task": f"{marker}任务", "due_on": NOW.date(), "days": 3, "progress": "40%"},
    )[0]  # fmt: skip


def _fill_school(side: Side, *, of: Side, number: int) -> None:
    """Make a school of a region with what belongs to a school."""
    m = side.marker
    school = organisation(
        f"{m}职业学校{number}", of.code, key=f"{m}S{number}", notes=f"{m}内部",
        address=f"{m}路1号",
    )  # fmt: skip
    region_side, side.scope = side.scope, school.scope
    rows = side.rows
    rows.setdefault("organisation", school)
    rows.setdefault("school", school)
    of.rows.setdefault("school", school)
    rows.setdefault("region", of.rows["region"])
    rows.setdefault("scope", school.scope)
    rows.setdefault("marker", m)
    user = person("school", school.scope, username=f"{m}-school", name=f"{m}校办")
    by = viewer(user)
    made = {
        "user": user,
        "role": user.roles_held.get(),
        "alias": organisations.add_alias(organisation=school, text=f"{m}职校", by=SYSTEM, at=NOW),
        "task": _task(side, units={"lead": [school.name]}, by=by, of=of),
        "case": _case(side, scope=school.scope, by=by),
        "report": _report(side, indicator="employment_rate", by=by),
        "notice": _notice(user, m),
    }
    for word, row in made.items():
        rows.setdefault(word, row)  # side B keeps the rows of its region
    if side is of:  # side B keeps the scope of its region
        side.scope = region_side
    # a year before those of the facts handed in, which it would replace
    organisations.record_school_year(
        organisation=school, year=2023, values={"students": 300, "area_m2": 9000},
        source=f"{m}年报", by=SYSTEM, at=NOW,
    )  # fmt: skip
    # likely to be the same: the same address
    twin = organisation(f"{m}分校{number}", of.code, key=f"{m}T{number}", address=f"{m}路1号")
    _tie(side, school, twin)
    _hand_in(school, origin=m)
    registers.fill_school(side, school=school, place=of.rows["region"])
    collections.fill_school(side, school=school, edition=of.rows["edition"])


def _tie(side: Side, one: Organisation, twin: Organisation) -> None:
    """Make events, a link, a holder, a campus and a joined duplicate of an organisation."""
    m, rows, at = side.marker, side.rows, NOW
    before = at - datetime.timedelta(days=40)
    event = organisations.plan_event(
        plan=Plan(
            kind="renaming", effective_on=at.date() - datetime.timedelta(days=1), sources=(one,),
            document=f"{m}更名批复", values={"name": f"{m}新名称{one.pk}"},
        ),
        by=SYSTEM, at=before,
    )  # fmt: skip
    for plan in (
        Plan(
            kind="trusteeship", effective_on=before.date(), document=f"{m}托管协议", sources=(twin,),
            lead=one,
        ),
        Plan(
            kind="relocation", effective_on=before.date(), document=f"{m}迁址批复", sources=(twin,),
            values={"address": f"{m}路1号", "campus": f"{m}新校区"},
        ),
    ):  # fmt: skip
        organisations.plan_event(plan=plan, by=SYSTEM, at=before)
    spare = organisation(
        f"{m}重复{one.pk}", one.region.code, kind=one.kind, stage=one.stage, parent=one.parent,
        key=f"{m}D{one.pk}",
    )  # fmt: skip
    organisations.join_duplicates(kept=one, other=spare, from_other=(), reason=m, by=SYSTEM, at=at)
    made = {
        "twin": twin,
        "event": event,
        "link": one.leads.get(),
        "holding": organisations.record_holding(
            organisation=one, holder_name=f"{m}集团", holder_kind="social", by=SYSTEM, at=at
        ),
        "campus": organisations.open_campus(
            organisation=one, name=f"{m}校区", address=m, region=one.region, by=SYSTEM, at=at
        ),
    }
    for word, row in made.items():
        rows.setdefault({"link": "tie"}.get(word, word), row)


def _hand_in(school: Organisation, *, origin: str) -> None:
    """Hand in a row of facts for the school and two years."""
    file = Path(tempfile.mkdtemp(dir=settings.VAR)) / "schools.parquet"
    flags = "conditions_met digital_infrastructure digitally_transformed courses_upgraded"
    flags += " in_consortium adjustment_plan experience_day quality_report practice_plan_filed"
    flags += " internship_plan_filed"
    columns = ", ".join(f"TRUE AS {name}" for name in flags.split())
    with duckdb.connect() as connection:
        connection.execute(
            f"""COPY (SELECT '{school.region.code}' AS region_code,
              '{school.code}' AS organisation_code, y AS year, 'secondary' AS sector,
              'public' AS ownership, {columns}, 10::BIGINT AS establishment_posts
            FROM (SELECT unnest([2024, 2025]::BIGINT[]) AS y)) TO '{file}' (FORMAT parquet)"""
        )
    indicators.hand_in_facts(
        fact="schools", file=file, origin=origin, covers=[(school.region.code, 2024, 2025)],
        by=SYSTEM, at=NOW,
    )  # fmt: skip


def _compute(*sides: Side) -> None:
    """Compute indicators once for all; the values belong to the side of their scope path."""
    snapshot = indicators.take_snapshot(by=SYSTEM, at=NOW)
    indicators.compute_indicators(
        snapshot=snapshot, by=SYSTEM, at=NOW,
        regions={s.code for s in sides}, years=[2024, 2025],
    )  # fmt: skip
    for side in sorted(sides, key=lambda s: -len(s.scope.path)):
        taken = set(itertools.chain(*(s.keys.get(Value, ()) for s in sides)))
        mine = Value.objects.filter(path__startswith=side.scope.path).exclude(pk__in=taken)
        side.keys[Value] = set(mine.values_list("pk", flat=True))
        measured = mine.filter(indicator="conditions_met_rate", status="measured", part="")
        if measured:
            side.rows["value"] = measured.latest("year")


def digests(keys: dict[type[models.Model], set[Any]]) -> dict[str, str]:
    """Return a hash of the stored columns of every given row."""
    found = {}
    for model, pks in keys.items():
        names = [f.attname for f in model._meta.concrete_fields]
        for row in model._default_manager.filter(pk__in=pks).values_list("pk", *names):
            text = "|".join(map(repr, row))
            found[f"{model._meta.label}:{row[0]}"] = hashlib.sha256(text.encode()).hexdigest()
    return found
