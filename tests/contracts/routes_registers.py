"""Routes of the registers: what fills their addresses, and what a person would send to them."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from django.core.files.uploadedfile import SimpleUploadedFile

from jiangxin.apps.registers import sheets
from jiangxin.apps.registers.forms.types import DEFINITION, values_of
from jiangxin.apps.registers.models.definition import parse_definition
from jiangxin.core.forms.sheets import template
from tests.apps.registers.filled import posted
from tests.contracts.marked_registers import TYPE

Rows = Mapping[str, Any]
Body = Callable[[Rows], dict[str, Any]]

NAMED_BY: dict[str, str | Callable[[Rows], object]] = {
    "registers/entries/": "entry",
    "registers/members/": "member",
    "registers/recognitions/": "recognition",
    "registers/applications/": "in_review",
    "registers/attachments/": "register_file",
    "registers/objections/": "objection",
    "registers/panels/": "closed_panel",
    "registers/seats/": "seat",
    "registers/seats//score/": "scored_application",
    "registers/calls/": "call",
    "registers/directory/": lambda rows: rows["entry"].number,
    "registers/publicity/": "on_notice",
    "registers/types/": lambda _rows: "marked_base",
}
# routes that need a row in another state
INSTEAD = {
    "registers:check": {"entry": "old_entry"},
    "registers:save_application": {"in_review": "draft"},
    "registers:announce_panel": {"in_review": "for_experts"},
    "registers:draw_panel": {"closed_panel": "panel"},
    "registers:close_panel": {"closed_panel": "drawn_panel"},
    "registers:call_announce": {"call": "closed_call"},
    "PUT /api/v1/registers/applications/{uuid}/values": {"in_review": "draft"},
    "PUT /api/v1/registers/applications/{uuid}/members": {"in_review": "draft"},
    "POST /api/v1/registers/applications/{uuid}/submit": {"in_review": "draft"},
    "POST /api/v1/registers/applications/{uuid}/recognise": {"in_review": "to_decide"},
}
# routes on which nobody's marked row can appear, and why
WITHOUT_ROWS = {
    "registers:call_new": "an empty form",
    "registers:compare": "asked for nothing, it compares nothing",
    "registers:directory": "only what is in the public directory",
    "registers:directory_entry": "only what is in the public directory",
    "registers:edit_type": "types are public",
    "registers:import": "an empty form",
    "registers:notice": "only what is on public notice",
    "registers:publicity": "only what is on public notice",
    "registers:template": "an empty sheet",
    "registers:type": "types are public",
    "registers:type_new": "an empty form",
    "registers:types": "types are public",
    "GET /api/v1/registers/types": "types are public",
    "GET /api/v1/registers/types/{code}": "types are public",
}
ASKED: dict[str, Callable[[Rows], dict[str, Any]]] = {
    "registers:compare": lambda _r: {"type": "marked_base", "first": 2025, "second": 2026},
}


def _definition(**values: Any) -> dict[str, Any]:
    raw = {**yaml.safe_load(TYPE), **values}
    raw["counting"][0]["code"] = f"{raw['code']}s_counted"
    return {**posted(DEFINITION, values_of(raw)), "save": "1"}


def _call(_rows: Rows) -> dict[str, Any]:
    return {
        "type": "marked_base", "level": "county", "title": "2026年通知",
        "opens_at": "2026-01-01T00:00", "closes_at": "2035-01-01T00:00",
    }  # fmt: skip


def _list(rows: Rows) -> dict[str, Any]:
    form = parse_definition(yaml.safe_load(TYPE)).form
    row = ("旧基地", rows["office"].code, "区县级", _day(2024), "", "1号")
    content = template(form, keys=sheets.KEYS, rows=[(*row, {"words": "说明"})], title="基地")
    return {"file": SimpleUploadedFile("list.xlsx", content), "save": "1"}


def _day(year: int = 2026) -> str:
    return datetime.date(year, 5, 1).isoformat()


BODIES: dict[str, Body] = {
    "registers:again": lambda _r: {"kind": "upgrade", "level": "provincial"},
    "registers:amend": lambda r: {
        "title": "改后基地", "reason": "核定", "version": r["entry"].version, "f-words": "新说明",
    },
    "registers:check": lambda _r: {"year": 2025, "outcome": "passed", "check-seen": "正常"},
    "registers:add_member": lambda r: {
        "organisation": r["office"].code, "role": "partner", "joined_on": _day(),
    },
    "registers:remove_member": lambda _r: {"left_on": "2026-12-01", "reason": "退出"},
    "registers:revoke": lambda _r: {"on": _day(), "reason": "停办"},
    "registers:save_application": lambda r: {
        "version": r["draft"].version, "title": "改后草稿", "f-words": "说明", "save": "1",
    },
    "registers:application_move": lambda r: {
        "move": "approve", "version": r["in_review"].version,
    },
    "registers:announce_panel": lambda _r: {"seed_source": "双色球第2026130期"},
    "registers:settle_objection": lambda _r: {"is_upheld": "no", "answer": "不属实"},
    "registers:queue_approve": lambda r: {
        "chosen": f"{r['in_review'].uuid}:{r['in_review'].version}", "confirm": "yes",
    },
    "registers:draw_panel": lambda _r: {"seed": "08 17 22"},
    "registers:close_panel": lambda _r: {"reason": "专家生病"},
    "registers:step_down": lambda _r: {"reason": "曾任顾问"},
    "registers:score": lambda _r: {"base": 8},
    "registers:call_new": _call,
    "registers:call_edit": _call,
    "registers:call_announce": lambda _r: {"seed_source": "双色球第2026130期"},
    "registers:notice": lambda _r: {"text": "材料与实际情况不符，请核查。", "contact": "a@b.cn"},
    "registers:keep": lambda _r: {"since_year": 2021},
    "registers:type_new": lambda _r: _definition(code="further_base"),
    "registers:edit_type": lambda _r: {**_definition(inferred="改"), "version": 1},
    "registers:retire_type": lambda _r: {"is_retired": "yes"},
    "registers:apply": lambda r: {
        "holder": r["organisation"].uuid, "title": "新申报", "level": "county",
    },
    "registers:import": _list,
    "POST /api/v1/registers/applications": lambda r: {
        "type": "marked_base", "level": "county", "title": "接口申报",
        "organisation_code": r["organisation"].code,
    },
    "PUT /api/v1/registers/applications/{uuid}/values": lambda r: {
        "version": r["draft"].version, "values": {"words": "说明"},
    },
    "PUT /api/v1/registers/applications/{uuid}/members": lambda r: {
        "version": r["draft"].version,
        "members": [{"role": "partner", "organisation_code": r["office"].code}],
    },
    "POST /api/v1/registers/applications/{uuid}/submit": lambda r: {
        "version": r["draft"].version,
    },
    "POST /api/v1/registers/applications/{uuid}/review": lambda r: {
        "version": r["in_review"].version, "verdict": "approve",
    },
    "POST /api/v1/registers/applications/{uuid}/recognise": lambda r: {
        "version": r["to_decide"].version, "document_number": "1号",
    },
}  # fmt: skip
