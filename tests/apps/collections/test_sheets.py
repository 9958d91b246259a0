"""Sheets of returns: read, checked, and submitted together or the good rows alone."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Edition, Filing, FilingImport, FilingRevision
from jiangxin.core.errors import Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import Viewer
from tests.apps.collections.factories import (
    NOW,
    SYSTEM,
    drafted,
    edition,
    region,
    reviewer,
    school,
    staff,
    submitted,
)

pytestmark = pytest.mark.django_db


def book(*rows: tuple[Any, ...], heads: tuple[str, ...] = ()) -> bytes:
    """Return a sheet as somebody types it."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as file:
        sheet = file.add_worksheet()
        sheet.write_row(0, 0, heads or ("单位代码", "单位名称", "供餐数", "学生数", "厨师数"))
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def uploaded(asked: Edition, content: bytes, by: Viewer, code: str = "500118") -> FilingImport:
    """Return a sheet that was uploaded for a region and checked."""
    upload = actions.import_filings(
        edition=asked,
        content=content,
        filename="returns.xlsx",
        scope=accounts.scope_of_region(region(code)),
        by=by,
        at=NOW,
    )
    return actions.check_import(upload=upload, by=by, at=NOW)


def test_good_rows_can_be_submitted_alone() -> None:
    one, two, three = (school(f"永川第{n}职业学校", key=f"Y{n}") for n in "一二三")
    asked = edition()
    content = book(
        ("Y一", "", "９００", 800, 9),
        ("Y二", "", "lots", 800, 9),
        ("", "永川第三职业学校", 100, 800, 9),
        ("Y九", "别处学校", 900, 800, 9),
        ("Y一", "", 900, 800, 9),
    )
    officer = reviewer()
    upload = uploaded(asked, content, officer)
    # four bad rows, and the column of remarks is missing
    assert upload.counts == {"good": 1, "warned": 0, "bad": 4, "findings": 5}
    bad = [f for f in upload.findings if f["severity"] == "error"]
    assert [(f["row"], f["column"]) for f in sorted(bad, key=lambda f: f["row"])] == [
        (3, "供餐数"),
        (4, "供餐数"),
        (5, "单位代码"),
        (6, "单位代码"),
    ]
    assert all(f["rule"] and f["fix"] for f in bad)
    with pytest.raises(Invalid, match="Mend the bad rows"):
        actions.request_apply(upload=upload, skip_bad=False, note="", by=officer, at=NOW)
    assert actions.apply_import(upload=upload, skip_bad=True, note="", by=officer, at=NOW) == {
        "submitted": 1,
        "left_out": 4,
    }
    filing = Filing.objects.get()
    assert (filing.organisation, filing.state) == (one, "submitted")
    assert filing.values == {"meals": 900, "students": 800, "cooks": 9}
    revision = FilingRevision.objects.get()
    assert revision.values == filing.values
    row = AuditRow.objects.get(event="collections.filings.submitted")
    assert row.data["filings"] == {str(filing.uuid): revision.sha256}
    # who handed in for others does not review it
    with pytest.raises(NotPermitted, match="yourself"):
        actions.review(filing=filing, seen=filing.row_version, by=officer, at=NOW)
    assert {two.pk, three.pk} & set(Filing.objects.values_list("organisation", flat=True)) == set()


def test_what_was_begun_on_screen_is_kept_as_history() -> None:
    one = school(key="Y一")
    asked = edition()
    filing = submitted(one, asked)
    filing = actions.return_filing(
        filing=filing, reason="Again.", seen=filing.row_version, by=reviewer(), at=NOW
    )
    officer = reviewer()
    upload = uploaded(asked, book(("Y一", "", 950, 800, 9)), officer)
    actions.apply_import(upload=upload, skip_bad=False, note="", by=officer, at=NOW)
    assert Filing.objects.get().values["meals"] == 950
    last = FilingRevision.objects.get(number=2)
    assert last.changes == {"meals": [900, 950]}
    again = uploaded(asked, book(("Y一", "", 950, 800, 9)), officer)
    assert again.counts["bad"] == 1
    assert any("submitted" in finding["rule"] for finding in again.findings)


def test_unusual_rows_need_an_explanation() -> None:
    school(key="Y一")
    asked = edition()
    officer = reviewer()
    upload = uploaded(asked, book(("Y一", "", 900, 800, 99)), officer)
    assert (upload.counts["good"], upload.counts["warned"]) == (0, 1)
    with pytest.raises(Invalid, match="explain what is unusual"):
        actions.request_apply(upload=upload, skip_bad=False, note=" ", by=officer, at=NOW)
    actions.apply_import(upload=upload, skip_bad=False, note="A feast.", by=officer, at=NOW)
    assert Filing.objects.get().note == "A feast."


def test_a_sheet_reaches_no_further_than_its_scope() -> None:
    one, two = school("永川第一职业学校", key="Y一"), school("永川第二职业学校", key="Y二")
    asked = edition()
    filer = staff(one)
    upload = actions.import_filings(
        edition=asked,
        content=book(("Y一", "", 900, 800, 9), ("Y二", "", 900, 800, 9)),
        filename="both.xlsx",
        scope=one.scope,
        by=filer,
        at=NOW,
    )
    checked = actions.check_import(upload=upload, by=filer, at=NOW)
    assert (checked.counts["good"], checked.counts["bad"]) == (1, 1)
    for by in (staff(two), reviewer("510115"), reviewer("500118", "auditor")):
        with pytest.raises(NotPermitted):
            actions.import_filings(
                edition=asked, content=b"x", filename="x", scope=one.scope, by=by, at=NOW
            )
        assert not queries.imports(viewer=by).filter(pk=upload.pk).exists() or by.roles == {
            "auditor"
        }


def test_an_import_is_saved_once_and_can_be_given_up() -> None:
    school(key="Y一")
    asked = edition()
    officer = reviewer()
    upload = uploaded(asked, book(("Y一", "", 900, 800, 9)), officer)
    actions.apply_import(upload=upload, skip_bad=False, note="", by=officer, at=NOW)
    with pytest.raises(WrongState):
        actions.apply_import(upload=upload.locked(), skip_bad=False, note="", by=officer, at=NOW)
    with pytest.raises(WrongState):
        actions.discard_import(upload=upload, by=officer, at=NOW)
    assert bytes(FilingImport.objects.get().content) == b""


def test_the_template_comes_back() -> None:
    one = school(key="Y一")
    asked = edition()
    drafted(one, asked, cooks=7)
    officer = reviewer()
    path = region("500118").path
    content = queries.template(asked, path=path, viewer=officer, on=NOW.date(), language="zh-hans")
    reading = queries.read_sheet(asked, content, path=path, on=NOW.date())
    assert reading.counts == {"good": 1, "warned": 0, "bad": 0}
    assert reading.good[0].checked.values == {"meals": 900, "students": 800, "cooks": 7}
    assert queries.corrected_file(uploaded(asked, content, officer)).startswith(b"PK")


def test_regions_file_by_sheet_too() -> None:
    from tests.apps.collections.factories import PLAN

    asked = edition(
        PLAN.replace(
            "audience: {kinds: [school], stages: [secondary]}", "audience: {regions: county}"
        ).replace("kitchen_plan", "county_plan")
    )
    upload = actions.import_filings(
        edition=asked,
        content=book(("500118", "永川区", 900, 800, 9)),
        filename="x.xlsx",
        scope=accounts.scope_of_region(region("500118")),
        by=reviewer("500118"),
        at=NOW,
    )
    checked = actions.check_import(upload=upload, by=SYSTEM, at=NOW)
    assert checked.counts["good"] == 1
    actions.apply_import(upload=checked, skip_bad=False, note="", by=reviewer("500118"), at=NOW)
    assert Filing.objects.get().region.code == "500118"
