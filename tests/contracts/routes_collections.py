"""Routes of collections: what fills their addresses, and what a person would send to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.contracts.marked_collections import COLLECTION

Rows = Mapping[str, Any]
Body = Callable[[Rows], dict[str, Any]]

NAMED_BY: dict[str, str | Callable[[Rows], object]] = {
    # a school has none of its own
    "collections/definitions/": lambda rows: getattr(rows.get("collection"), "code", "nothing"),
    "collections/runnings/": "running",
    "collections/editions/": "edition",
    "collections/editions//filings/": "return_scope",
    "collections/editions//templates/": "return_scope",
    "collections/approvals/": "region_approval",
    "collections/imports/": "filing_import",
    "collections/attachments/": "return_file",
}
# routes that need a row in another state
INSTEAD = {
    "collections:amend": {"edition": "locked_edition", "return_scope": "office_scope"},
    "collections:withdraw": {"edition": "second_edition"},
    "collections:review_filing": {"return_scope": "office_scope"},
    "POST /api/v1/collections/editions/{uuid}/filings/{scope}/review": {
        "return_scope": "office_scope"
    },
}
# routes on which nobody's marked row can appear, and why
WITHOUT_ROWS = {
    "collections:edit_collection": "all that it shows is named in its address",
    "collections:new_collection": "an empty form",
    "GET /api/v1/collections/editions/{uuid}/progress": "numbers only",
}


def _definition(code: str, words: str) -> str:
    return COLLECTION.format(code=code, m=words)


def _sheet(rows: Rows) -> SimpleUploadedFile:
    lines = f"单位代码,单位名称,说明\n{rows['office'].code},,导入\n"
    return SimpleUploadedFile("returns.csv", lines.encode())


def _version(rows: Rows, *words: str) -> int:
    found = next((rows[word] for word in words if word in rows), None)
    return found.row_version if found is not None else 0


BODIES: dict[str, Body] = {
    "collections:new_collection": lambda _r: {
        "text": _definition("another_plan", "新"), "save": "1",
    },
    "collections:edit_collection": lambda r: {
        "text": _definition(getattr(r.get("collection"), "code", "nothing"), "改"), "save": "1",
    },
    "collections:run": lambda _r: {"starts_on": "2026-12-01"},
    "collections:call": lambda _r: {"title": "专项检查", "due_on": "2040-01-01"},
    "collections:stop": lambda _r: {},
    "collections:edition_move": lambda _r: {
        "move": "extend", "due_on": "2040-01-01", "reason": "统一延期",
    },
    "collections:approve_many": lambda _r: {"confirm": "yes"},
    "collections:upload": lambda r: {"file": _sheet(r)},
    "collections:unapprove": lambda _r: {"reason": "数据有误"},
    "collections:save_filing": lambda r: {
        "version": _version(r, "filing"), "f-words": "改后说明", "save": "1",
    },
    "collections:withdraw": lambda r: {"version": _version(r, "second_filing")},
    "collections:amend": lambda r: {
        "version": _version(r, "filing_locked"), "reason": "核实更正", "f-words": "更正",
        "f-number": "4", "save": "1",
    },
    "collections:review_filing": lambda r: {
        "move": "approve", "version": _version(r, "filing_to_review"),
    },
    "collections:apply_import": lambda _r: {"skip_bad": "on", "note": "已核实"},
    "collections:discard_import": lambda _r: {},
    "PUT /api/v1/collections/editions/{uuid}/filings/{scope}": lambda r: {
        "values": {"words": "改后说明"}, "row_version": _version(r, "filing"),
    },
    "POST /api/v1/collections/editions/{uuid}/filings/{scope}/submit": lambda r: {
        "row_version": _version(r, "filing"), "note": "已核实",
    },
    "POST /api/v1/collections/editions/{uuid}/filings/{scope}/review": lambda r: {
        "verdict": "pass", "row_version": _version(r, "filing_to_review"),
    },
}  # fmt: skip
