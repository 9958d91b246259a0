"""Marked rows of collections: every table, for a region and for a school of it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Edition, Filing, Review
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW

if TYPE_CHECKING:
    from tests.contracts.marked import Side

COLLECTION = """
code: {code}
label: {{en: {m} plan, zh-Hans: {m}计划}}
group: schools
requirements: [QUA-01]
purpose: {{en: Invented., zh-Hans: 测试用。}}
inferred: Everything.
audience: {{kinds: [office, school]}}
filed_by: [office, school]
recurrence: {{every: when_called, late_days: 5}}
review:
- {{by: officer, at: county, verb: approve}}
roll_up: true
fields:
  words: {{type: text, required: true, max_length: 100, label: {{en: Words, zh-Hans: 说明}}}}
  number: {{type: number, unit: item, low: 0, label: {{en: Number, zh-Hans: 数量}}}}
  plan: {{type: file, accept: [pdf], label: {{en: Plan, zh-Hans: 方案}}}}
"""
# the tests look at another time than the rows are made
FAR = (NOW + datetime.timedelta(days=3650)).date()


def fill_region(side: Side, *, by: Any) -> None:
    """Make everything that a region has in collections; `by` is an officer of it."""
    m, rows = side.marker, side.rows
    made = actions.save_collection(
        text=COLLECTION.format(code=f"{m.lower()}_plan", m=m), scope=side.scope, by=by, at=NOW
    )
    rows["collection"] = made
    rows["running"] = actions.run_collection(collection=made, region=rows["region"], by=by, at=NOW)
    rows["edition"] = _called(side, f"{m}本期")
    rows["filing_to_review"] = _submitted(side, rows["edition"], rows["office"])
    rows["second_edition"] = _called(side, f"{m}另一期")
    rows["office_scope"] = rows["return_scope"] = rows["office"].scope
    rows["return_file"] = rows["filing_to_review"].attachments.first()
    rows["extension"] = actions.extend_deadline(
        edition=rows["edition"],
        due_on=FAR + datetime.timedelta(days=1),
        reason=f"{m}延期",
        by=by,
        at=NOW,
    )
    rows["filing_import"] = actions.check_import(
        upload=actions.import_filings(
            edition=rows["edition"],
            content=f"单位代码,单位名称,说明\n{m}2,,{m}导入\n".encode(),
            filename=f"{m}.csv",
            scope=side.scope,
            by=by,
            at=NOW,
        ),
        by=by,
        at=NOW,
    )
    rows["approved_edition"] = _called(side, f"{m}待锁定")
    rows["filing_approved"] = _settled(side, rows["approved_edition"])
    rows["region_approval"] = actions.approve_region(
        edition=rows["approved_edition"], region=rows["region"], by=SYSTEM, at=NOW
    )
    rows["locked_edition"] = _called(side, f"{m}已锁定")
    rows["filing_locked"] = _settled(side, rows["locked_edition"])
    actions.approve_region(edition=rows["locked_edition"], region=rows["region"], by=SYSTEM, at=NOW)
    actions.lock(edition=rows["locked_edition"], by=SYSTEM, at=NOW)
    rows["filing_locked"].refresh_from_db()


def fill_school(side: Side, *, school: Any, edition: Edition) -> None:
    """Make what a school has in collections: a return given back, with a file."""
    filing = _submitted(side, edition, school)
    filing = actions.return_filing(
        filing=filing,
        reason=f"{side.marker}退回",
        remarks={"words": f"{side.marker}意见"},
        seen=filing.row_version,
        by=SYSTEM,
        at=NOW,
    )
    second = Edition.objects.get(
        collection=edition.collection, scope=edition.scope, title=f"{edition.title[:-2]}另一期"
    )
    made = {
        "filing": filing,
        "second_filing": _submitted(side, second, school),
        "return_scope": school.scope,
        "return_file": filing.attachments.first(),
        "attachment": filing.attachments.first(),
        "review": Review.objects.get(filing=filing),
    }
    for word, row in made.items():
        side.rows.setdefault(word, row)


def _called(side: Side, title: str) -> Edition:
    return actions.call_edition(
        collection=side.rows["collection"],
        region=side.rows["region"],
        title=title,
        due_on=FAR,
        by=SYSTEM,
        at=NOW,
    )


def _submitted(side: Side, edition: Edition, organisation: Any) -> Filing:
    """Return a submitted return with the marker in its values and a file."""
    form = edition.definition.form
    filing = queries.filing_of(edition, organisation.scope.uuid, viewer=SYSTEM, on=NOW.date())
    plan = actions.attach(
        filing=filing,
        field=form.field("plan"),
        data=f"%PDF-1.4 {side.marker}".encode(),
        filename=f"{side.marker}.pdf",
        by=SYSTEM,
        at=NOW,
    )
    row = queries.filing_of(edition, organisation.scope.uuid, viewer=SYSTEM, on=NOW.date())
    saved = actions.save_draft(
        filing=row,
        raw={"words": side.marker, "number": 3, "plan": plan.as_value},
        seen=row.row_version,
        by=SYSTEM,
        at=NOW,
    ).filing
    return actions.submit(filing=saved, seen=saved.row_version, note=side.marker, by=SYSTEM, at=NOW)


def _settled(side: Side, edition: Edition) -> Filing:
    """Have the return of the office approved and everybody else excused."""
    office = side.rows["office"]
    filing = _submitted(side, edition, office)
    filing = actions.review(filing=filing, seen=filing.row_version, by=SYSTEM, at=NOW)
    for other in queries.expected_organisations(edition, on=NOW.date()).exclude(pk=office.pk):
        row = queries.filing_of(edition, other.scope.uuid, viewer=SYSTEM, on=NOW.date())
        actions.excuse(filing=row, reason=f"{side.marker}免报", by=SYSTEM, at=NOW)
    return filing
