"""Two invented types and what becomes of them; every state is reached by the real actions."""

from __future__ import annotations

import copy
import datetime
from typing import Any

import yaml

from jiangxin.apps.accounts.models import User
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.registers import actions
from jiangxin.apps.registers.models import Application, Entry, RegisterType
from jiangxin.core.permissions import SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, person, region_scope, viewer
from tests.apps.organisations.factories import organisation

# holders are schools; two offices, experts, a public notice, a decision; a check in November
WORKSHOP = """
code: lantern_workshop
label: {en: Lantern workshop, zh-Hans: 灯笼工坊}
group: centres
requirements: [CON-05]
purpose: {en: Invented for tests., zh-Hans: 测试用。}
inferred: Everything.
levels: [provincial, city, county]
applicants: {kinds: [school, park]}
members:
  leader: {label: {en: Leader, zh-Hans: 牵头单位}, min: 1, max: 1, kinds: [school, park]}
  partner: {label: {en: Partner, zh-Hans: 成员单位}, min: 1, kinds: [enterprise]}
fields:
  kind: {type: choice, required: true, label: {en: Kind, zh-Hans: 类别}, choices: {paper: {en: Paper, zh-Hans: 纸}, silk: {en: Silk, zh-Hans: 绸}}}
  places: {type: number, required: true, unit: item, low: 1, decimals: 0, label: {en: Places, zh-Hans: 工位数}}
  cost: {type: money, low: 0, label: {en: Cost, zh-Hans: 投入}}
  plan: {type: file, accept: [pdf], label: {en: Plan, zh-Hans: 方案}}
review:
- {code: county, label: {en: County review, zh-Hans: 区县审核}, by: officer, at: county}
- code: experts
  label: {en: Experts, zh-Hans: 专家评审}
  at: level
  scoring: {experts: 2, pass_mark: 60, criteria: {base: {label: {en: Base, zh-Hans: 基础}, points: 40}, use: {label: {en: Use, zh-Hans: 成效}, points: 60}}}
- {code: notice, label: {en: Public notice, zh-Hans: 公示}, publicity_days: 5, at: level}
- {code: decision, label: {en: Decision, zh-Hans: 认定}, by: leader, at: level}
validity_years: 3
annual_check:
  month: 11
  fields:
    visitors: {type: number, required: true, unit: person, low: 0, decimals: 0, label: {en: Visitors, zh-Hans: 来访人数}}
kind_field: kind
quantity_field: places
public: [kind, places]
counting:
- {code: lantern_workshops, label: {en: Lantern workshops, zh-Hans: 灯笼工坊数}, unit: item, requirements: [CON-05], terms: [灯笼工坊]}
- {code: silk_places, label: {en: Places for silk, zh-Hans: 绸灯工位}, unit: item, quantity: true, kind: [silk], level: [provincial], since: 2025}
"""

# held by anybody, decided in one step, without directory
MEDAL = """
code: lantern_medal
label: {en: Lantern medal, zh-Hans: 灯笼奖章}
group: honours
requirements: [QUA-08]
purpose: {en: Invented for tests., zh-Hans: 测试用。}
inferred: Everything.
levels: [provincial, county, school]
fields:
  words: {type: text, required: true, max_length: 100, label: {en: Words, zh-Hans: 颁奖词}}
review:
- {code: decision, label: {en: Decision, zh-Hans: 认定}, by: leader, at: level}
counting:
- {code: lantern_medals, label: {en: Lantern medals, zh-Hans: 灯笼奖章数}, unit: item}
"""

VALUES = {"kind": "silk", "places": 12, "cost": 30000}
MONDAY = datetime.datetime(2026, 3, 16, 10, 0, tzinfo=datetime.UTC)


def raw(text: str = WORKSHOP, **values: Any) -> dict[str, Any]:
    """Return a definition as a mapping, with some of its keys said otherwise."""
    return {**copy.deepcopy(yaml.safe_load(text)), **values}


def register_type(text: str = WORKSHOP, **values: Any) -> RegisterType:
    """Return a type made on screen."""
    known = RegisterType.objects.filter(code=raw(text)["code"]).first()
    if known is not None and not values:
        return known
    number = known.versions.count() if known is not None else 0
    made = actions.save_type(raw=raw(text, **values), version=number, by=SYSTEM, at=NOW)
    return RegisterType.objects.get(pk=made.type_id)


def school(number: int = 1, code: str = "500118", **values: Any) -> Organisation:
    """Return a school of a district; the same one for the same number."""
    key = f"RS{number}{code}"
    known = Organisation.objects.filter(code=key).first()
    return known or organisation(f"第{number}职业学校{code}", code, key=key, **values)


def enterprise(number: int = 1, code: str = "500118") -> Organisation:
    """Return an enterprise; the same one for the same number."""
    key = f"RE{number}{code}"
    known = Organisation.objects.filter(code=key).first()
    return known or organisation(
        f"第{number}灯笼公司{code}", code, kind="enterprise", stage="", key=key
    )


def holder(kind: str = "officer", code: str = "500118", *, name: str = "") -> Viewer:
    """Return who holds a role in a region; the same person for the same words."""
    username = name or f"reg-{kind}-{code}"
    known = User.objects.filter(username=username).first()
    return viewer(known or person(kind, region_scope(code), username=username))


def of_school(found: Organisation) -> Viewer:
    """Return the officer of a school."""
    username = f"reg-school-{found.code}"
    known = User.objects.filter(username=username).first()
    return viewer(known or person("school", found.scope, username=username))


def expert(number: int, code: str = "500000") -> User:
    """Return an expert of a region; the same person for the same number."""
    username = f"reg-expert-{number}-{code}"
    known = User.objects.filter(username=username).first()
    return known or person("expert", region_scope(code), username=username)


def draft(
    *,
    text: str = WORKSHOP,
    level: str = "provincial",
    title: str = "永川灯笼工坊",
    by: Viewer | None = None,
    at: datetime.datetime = NOW,
    values: Any = None,
    **more: Any,
) -> Application:
    """Return a complete draft of a school."""
    kind = register_type(text)
    more.setdefault("organisation", school())
    writer = by or of_school(more["organisation"])
    made = actions.start_application(kind=kind, level=level, title=title, by=writer, at=at, **more)
    if text == WORKSHOP and not made.members.exists():
        members = [("leader", made.organisation), ("partner", enterprise())]
        made = actions.set_members(
            application=made, version=made.version, members=members, by=writer, at=at
        )
    filled = values or ({"words": "亮"} if text == MEDAL else VALUES)
    return actions.save_draft(
        application=made, version=made.version, raw=filled, by=writer, at=at
    ).application


def submitted(**values: Any) -> Application:
    """Return an application at its first step."""
    made = draft(**values)
    writer = values.get("by") or of_school(made.organisation)
    at = values.get("at", NOW)
    return actions.submit(application=made, version=made.version, by=writer, at=at)


def at_experts(**values: Any) -> Application:
    """Return an application that the county approved."""
    made = submitted(**values)
    return actions.review(
        application=made, verdict="approve", version=made.version, by=holder(), at=NOW
    )


def drawn(application: Application, *, experts: int = 4, seed: str = "08 17 22 31 33 + 05") -> Any:
    """Return a panel that was announced and drawn from some experts."""
    for number in range(experts):
        expert(number)
    by = holder("officer", "500000")
    panel = actions.announce_panel(
        application=application, seed_source="双色球第2026030期", by=by, at=NOW
    )
    return actions.draw_panel(panel=panel, seed=seed, by=by, at=NOW)


def scored(
    points: tuple[tuple[int, int], ...] = ((30, 50), (35, 45)), **values: Any
) -> Application:
    """Return an application to which two experts gave points (base, use)."""
    made = at_experts(**values)
    panel = drawn(made)
    for seat, (base, use) in zip(panel.seats.order_by("position"), points, strict=True):
        actions.give_points(
            seat=seat, application=made, points={"base": base, "use": use},
            by=viewer(seat.expert), at=NOW,
        )  # fmt: skip
    return Application.objects.get(pk=made.pk)


def on_notice(**values: Any) -> Application:
    """Return an application on public notice since Monday 16 March 2026, for five working days."""
    made = scored(**values)
    by = holder("officer", "500000")
    made = actions.review(application=made, verdict="approve", version=made.version, by=by, at=NOW)
    return actions.start_publicity(application=made, version=made.version, by=by, at=MONDAY)


def to_decide(**values: Any) -> Application:
    """Return an application whose public notice is over."""
    made = on_notice(**values)
    return actions.close_publicity(
        application=made, version=made.version, by=holder("officer", "500000"),
        at=MONDAY + datetime.timedelta(days=7),
    )  # fmt: skip


def recognised(**values: Any) -> Entry:
    """Return a workshop that the province recognised on 23 March 2026."""
    made = to_decide(**values)
    return actions.recognise(
        application=made, version=made.version, document_number="渝教〔2026〕1号",
        by=holder("leader", "500000"), at=MONDAY + datetime.timedelta(days=7),
    )  # fmt: skip


def taken_over(
    *,
    text: str = WORKSHOP,
    title: str = "旧灯笼工坊",
    level: str = "county",
    starts_on: datetime.date = datetime.date(2024, 5, 1),
    **values: Any,
) -> Entry:
    """Return a thing that was recognised on paper earlier."""
    values.setdefault("organisation", school())
    row = actions.Recognised(title=title, level=level, starts_on=starts_on, **values)
    return actions.record_recognised(kind=register_type(text), row=row, by=SYSTEM, at=NOW)
