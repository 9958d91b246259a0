"""Marked rows of the registers: every table, for a region and for a school of it.

The type has no public directory, so that nothing of it may be seen from outside; what is on public
notice belongs to nobody's side, because everybody may see it.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import yaml
from django.utils import timezone

from jiangxin.apps.registers import actions, queries
from jiangxin.apps.registers.models import Application, Entry, RegisterType
from jiangxin.core.permissions import PUBLIC, SYSTEM
from tests.apps.accounts.factories import NOW, person, region, viewer

if TYPE_CHECKING:
    from tests.contracts.marked import Side

TYPE = """
code: marked_base
label: {en: Base, zh-Hans: 基地}
group: centres
requirements: [CON-05]
purpose: {en: Invented., zh-Hans: 测试用。}
inferred: Everything.
levels: [provincial, county]
members:
  partner: {label: {en: Partner, zh-Hans: 成员单位}}
fields:
  words: {type: text, required: true, max_length: 100, label: {en: Words, zh-Hans: 说明}}
  plan: {type: file, accept: [pdf], label: {en: Plan, zh-Hans: 方案}}
review:
- {code: county, label: {en: County review, zh-Hans: 区县审核}, by: officer, at: county}
- {code: experts, label: {en: Experts, zh-Hans: 专家}, at: level, scoring: {experts: 3, pass_mark: 6, criteria: {base: {label: {en: Base, zh-Hans: 基础}, points: 10}}}}
- {code: notice, label: {en: Notice, zh-Hans: 公示}, publicity_days: 1, at: level}
- {code: decision, label: {en: Decision, zh-Hans: 认定}, by: leader, at: level}
annual_check:
  month: 11
  fields:
    seen: {type: text, required: true, max_length: 100, label: {en: Seen, zh-Hans: 情况}}
counting:
- {code: marked_bases, label: {en: Bases, zh-Hans: 基地数}, unit: item}
"""
DAY = datetime.timedelta(days=1)
FAR = NOW + 3650 * DAY
# the public notices of the sides are over when the tests look
NOTICE = datetime.datetime(2026, 3, 16, 2, tzinfo=datetime.UTC)


def shared() -> dict[str, Any]:
    """Make the type, and what is on public notice today above all sides; returns rows by word."""
    actions.save_type(raw=yaml.safe_load(TYPE), by=SYSTEM, at=NOW)
    place = region("500000")
    for number in range(3):
        person("expert", _scope(place), username=f"shared-expert-{number}")
    row = _begun(title="在公示的基地", level="provincial", place=place, words="公示")
    row = _at_experts(row)
    _scored(row)
    row.refresh_from_db()
    row = _judge(row, "approve")
    row = actions.start_publicity(
        application=row, version=row.version, by=SYSTEM, at=timezone.localtime()
    )
    return {"register_type": _kind(), "on_notice": row}


def fill_region(side: Side, *, by: Any) -> None:
    """Make everything that a region has in registers."""
    m, rows, place = side.marker, side.rows, side.rows["region"]
    for number in range(3):
        person("expert", side.scope, username=f"{m}-expert-{number}", name=f"{m}专家{number}")
    actions.keep_registers(region=place, since_year=2020, by=by, at=NOW)
    rows["call"] = _call(side, f"{m}申报通知", FAR)
    entry = _recognised(side, f"{m}基地", organisation=rows["bureau"])
    rows["entry"], rows["recognition"] = entry, entry.recognitions.get()
    rows["member"] = entry.members.get()
    rows["register_file"] = entry.attachments.first()
    rows["closed_panel"] = entry.applications.get().panels.get()
    # recognised long ago on paper, so that years without a check lie between
    old = actions.Recognised(
        f"{m}旧基地", "county", datetime.date(2024, 5, 1), region=place, values={"words": m}
    )
    rows["old_entry"] = actions.record_recognised(kind=_kind(), row=old, by=SYSTEM, at=NOW)
    shared = {"place": place, "words": m, "level": "county"}
    rows["draft"] = _begun(title=f"{m}草稿", **shared)
    rows["in_review"] = _submitted(_begun(title=f"{m}待审", **shared))
    rows["for_experts"] = _at_experts(_begun(title=f"{m}待评", **shared))
    waiting = _at_experts(_begun(title=f"{m}待抽取", **shared))
    rows["panel"] = actions.announce_panel(
        application=waiting, seed_source=f"{m}摇号", by=SYSTEM, at=NOW
    )
    rows["closed_call"] = _call(side, f"{m}往期通知", NOW + DAY)
    _at_experts(_begun(title=f"{m}往期", call=rows["closed_call"], **shared))
    decided = _on_notice(_begun(title=f"{m}待认定", **shared))
    rows["to_decide"] = actions.close_publicity(
        application=decided, version=decided.version, by=SYSTEM, at=NOTICE + 2 * DAY
    )
    noticed = _on_notice(_begun(title=f"{m}异议", **shared))
    rows["objection"] = actions.lodge_objection(
        application=noticed, text=f"{m}与实际情况不符请核查", contact=m, by=PUBLIC, at=NOTICE
    )


def fill_school(side: Side, *, school: Any, place: Any) -> None:
    """Make what a school has in registers; words that its region has already stay the region's."""
    m = side.marker
    entry = _recognised(side, f"{m}学校基地", organisation=school)
    made = {
        "entry": entry,
        "recognition": entry.recognitions.get(),
        "member": entry.members.get(),
        "register_file": entry.attachments.first(),
        "draft": _begun(
            title=f"{m}学校草稿", level="county", place=place, words=m, organisation=school
        ),
    }
    for word, row in made.items():
        side.rows.setdefault(word, row)


def seat(side: Side, expert: Any) -> None:
    """Draw a panel of the region in which the expert sits who looks at it in the tests."""
    m, rows = side.marker, side.rows
    row = _at_experts(_begun(title=f"{m}评分", level="county", place=rows["region"], words=m))
    panel = actions.announce_panel(application=row, seed_source=f"{m}摇号", by=SYSTEM, at=NOW)
    seeds = (str(number) for number in range(10_000))
    seed = next(s for s in seeds if str(expert.uuid) in queries.draw_order(s, panel.pool)[:3])
    panel = actions.draw_panel(panel=panel, seed=seed, by=SYSTEM, at=NOW)
    rows["drawn_panel"], rows["scored_application"] = panel, row
    # one sheet is given, so that the scoring can be closed without the others
    other = panel.seats.exclude(expert=expert).first()
    assert other is not None
    actions.give_points(
        seat=other, application=row, points={"base": 7}, by=viewer(other.expert), at=NOW
    )
    rows["seat"] = panel.seats.get(expert=expert)


def _kind() -> RegisterType:
    found: RegisterType = RegisterType.objects.get(code="marked_base")
    return found


def _scope(place: Any) -> Any:
    from jiangxin.apps.accounts import queries as accounts

    return accounts.scope_of_region(place)


def _call(side: Side, title: str, closes_at: datetime.datetime) -> Any:
    return actions.make_call(
        kind=_kind(), level="county", region=side.rows["region"], title=title,
        opens_at=NOW - DAY, closes_at=closes_at, quota=3, by=SYSTEM, at=NOW,
    )  # fmt: skip


def _begun(
    *, title: str, level: str, place: Any, words: str, organisation: Any = None, call: Any = None
) -> Application:
    row = actions.start_application(
        kind=_kind(), level=level, title=title, organisation=organisation, region=place,
        call=call, by=SYSTEM, at=NOW,
    )  # fmt: skip
    if organisation is not None:
        row = actions.set_members(
            application=row, version=row.version, members=[("partner", organisation)],
            by=SYSTEM, at=NOW,
        )  # fmt: skip
    file = actions.attach_file(
        field="plan", name=f"{words}.pdf", content=words.encode(), application=row, by=SYSTEM,
        at=NOW,
    )  # fmt: skip
    return actions.save_draft(
        application=row, version=row.version, raw={"words": words, "plan": file.value},
        by=SYSTEM, at=NOW,
    ).application  # fmt: skip


def _submitted(row: Application) -> Application:
    return actions.submit(application=row, version=row.version, by=SYSTEM, at=NOW)


def _judge(row: Application, verdict: str) -> Application:
    return actions.review(application=row, version=row.version, verdict=verdict, by=SYSTEM, at=NOW)


def _at_experts(row: Application) -> Application:
    row = _submitted(row)
    return row if row.step == "experts" else _judge(row, "approve")


def _scored(row: Application) -> None:
    panel = actions.announce_panel(application=row, seed_source="摇号", by=SYSTEM, at=NOW)
    panel = actions.draw_panel(panel=panel, seed="8", by=SYSTEM, at=NOW)
    for place in panel.seats.select_related("expert"):
        actions.give_points(
            seat=place, application=row, points={"base": 8}, by=viewer(place.expert), at=NOW
        )


def _on_notice(row: Application) -> Application:
    row = _at_experts(row)
    _scored(row)
    row.refresh_from_db()
    row = _judge(row, "approve")
    return actions.start_publicity(application=row, version=row.version, by=SYSTEM, at=NOTICE)


def _recognised(side: Side, title: str, *, organisation: Any) -> Entry:
    """Return an entry with a check, an earlier wording and a settled objection."""
    m = side.marker
    row = _on_notice(
        _begun(
            title=title, level="county", place=side.rows["region"], words=m,
            organisation=organisation,
        )
    )  # fmt: skip
    objection = actions.lodge_objection(
        application=row, text=f"{m}与实际情况不符请核查", contact=m, by=PUBLIC, at=NOTICE
    )
    over = NOTICE + 2 * DAY
    actions.settle_objection(
        objection=objection, is_upheld=False, answer=f"{m}不属实", by=SYSTEM, at=over
    )
    row = actions.close_publicity(application=row, version=row.version, by=SYSTEM, at=over)
    entry = actions.recognise(
        application=row, version=row.version, document_number=f"{m}1号", by=SYSTEM, at=over
    )
    actions.record_annual_check(
        entry=entry, year=2026, raw={"seen": m}, outcome="passed", by=SYSTEM, at=over
    )
    return actions.amend_entry(
        entry=entry, version=entry.version, raw={**entry.values, "words": f"{m}改"},
        reason=m, by=SYSTEM, at=over,
    )  # fmt: skip
