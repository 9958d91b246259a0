"""Collections for tests: invented definitions, and filings that reach a state by real actions."""

from __future__ import annotations

import datetime
from typing import Any

from jiangxin.apps.accounts.models import User
from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Collection, Edition, Filing
from jiangxin.apps.organisations.models import Organisation
from jiangxin.core.permissions import SYSTEM, Viewer
from tests.apps.accounts.factories import NOW, person, region, region_scope, viewer
from tests.apps.organisations.factories import organisation

# opens on 1 March, due on 31 March, taken until 10 April; NOW is 14 March 2026
PLAN = """
code: kitchen_plan
label: {en: Kitchen plan, zh-Hans: 食堂计划}
group: schools
requirements: [QUA-01]
purpose: {en: What the kitchens of schools will cook., zh-Hans: 各校食堂供餐安排。}
inferred: Invented for a test.
audience: {kinds: [school], stages: [secondary]}
recurrence: {every: year, opens: {month: 3, day: 1}, due: {month: 3, day: 31}, late_days: 10}
reminders: [14, 3, -3]
escalation_days: 5
review:
  - {by: officer, at: county, verb: approve}
  - {by: officer, at: province, verb: record}
roll_up: true
outlier_change: 0.5
fields:
  meals: {type: number, unit: item, low: 0, decimals: 0, required: true, label: {en: Meals, zh-Hans: 供餐数}}
  students: {type: number, unit: person, low: 0, decimals: 0, required: true, label: {en: Students, zh-Hans: 学生数}}
  cooks: {type: number, unit: person, low: 0, decimals: 0, label: {en: Cooks, zh-Hans: 厨师数}}
  menu: {type: file, accept: [pdf], label: {en: Menu, zh-Hans: 菜单}}
  note: {type: text, max_length: 100, label: {en: Remark, zh-Hans: 备注}}
checks:
  - {code: one_each, test: "meals >= students", fields: [meals], severity: error, message: {en: Fewer meals than students., zh-Hans: 供餐数少于学生数。}}
  - {code: many_cooks, test: "cooks <= 50", fields: [cooks], severity: warning, message: {en: Many cooks., zh-Hans: 厨师数偏多。}}
"""

GOOD = {"meals": 900, "students": 800, "cooks": 9}


def at(month: int, day: int, year: int = 2026) -> datetime.datetime:
    """Return ten o'clock in the morning of a day."""
    return datetime.datetime(year, month, day, 2, 0, tzinfo=datetime.UTC)


def collection(text: str = PLAN, code: str = "500000") -> Collection:
    """Return a collection of a bureau, saved as on screen."""
    return actions.save_collection(text=text, scope=region_scope(code), by=SYSTEM, at=NOW)


def edition(text: str = PLAN, code: str = "500000", when: datetime.datetime = NOW) -> Edition:
    """Return the open edition of an invented collection that a region runs since January."""
    made = collection(text, code)
    actions.run_collection(
        collection=made,
        region=region(code),
        starts_on=datetime.date(when.year, 1, 1),
        by=SYSTEM,
        at=when,
    )
    actions.open_editions(by=SYSTEM, at=when)
    return queries.editions(viewer=SYSTEM).get(collection=made, state="open")


def school(name: str = "永川第一职业学校", **values: Any) -> Organisation:
    """Return a secondary vocational school of Yongchuan."""
    return organisation(name, **values)


def staff(of: Organisation, kind: str = "school") -> Viewer:
    """Return a new person who files for a school."""
    return viewer(person(kind, of.scope))


def reviewer(code: str = "500118", kind: str = "officer") -> Viewer:
    """Return a new officer or leader of a region."""
    return viewer(person(kind, region_scope(code)))


def begun(of: Organisation, within: Edition, *, by: Viewer = SYSTEM) -> Filing:
    """Return the filing of a school, not stored if nobody began it."""
    return queries.filing_of(within, of.scope.uuid, viewer=by, on=NOW.date())


def drafted(
    of: Organisation, within: Edition, *, by: Viewer | None = None, **values: Any
) -> Filing:
    """Return a draft with good values, or those given."""
    by = by or staff(of)
    filing = begun(of, within, by=by)
    return actions.save_draft(
        filing=filing, raw={**GOOD, **values}, seen=filing.row_version, by=by, at=NOW
    ).filing


def submitted(
    of: Organisation,
    within: Edition,
    *,
    by: Viewer | None = None,
    note: str = "",
    when: datetime.datetime = NOW,
    **values: Any,
) -> Filing:
    """Return a submitted filing."""
    by = by or staff(of)
    draft = drafted(of, within, by=by, **values)
    return actions.submit(filing=draft, seen=draft.row_version, note=note, by=by, at=when)


def approved(of: Organisation, within: Edition, **values: Any) -> Filing:
    """Return a filing that climbed all its steps, each taken by another officer."""
    filing = submitted(of, within, **values)
    for step in filing.steps:
        code = step.path.rstrip("/").rpartition("/")[2]
        filing = actions.review(filing=filing, seen=filing.row_version, by=reviewer(code), at=NOW)
    return filing


__all__ = [
    "GOOD",
    "NOW",
    "PLAN",
    "SYSTEM",
    "User",
    "approved",
    "at",
    "begun",
    "collection",
    "drafted",
    "edition",
    "person",
    "region",
    "region_scope",
    "reviewer",
    "school",
    "staff",
    "submitted",
    "viewer",
]
