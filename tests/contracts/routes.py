"""All routes of the product: what fills their addresses, and what a person would send to them."""

from __future__ import annotations

import datetime
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from jiangxin.apps.organisations import actions as organisations
from tests.apps.accounts.factories import DIVISIONS
from tests.apps.organisations.factories import sheet
from tests.contracts import routes_collections as collections
from tests.contracts import routes_registers as registers

Rows = Mapping[str, Any]
_PART = re.compile(r"<(?:\w+:)?\w+>|\{(?:\w+:)?\w+\}")

# the row that an argument names, by what stands before it in the address
_NAMED_BY: dict[str, str | Callable[[Rows], object]] = {
    **collections.NAMED_BY,
    **registers.NAMED_BY,
    "accounts/people/": "user",
    "accounts/roles/": "role",
    "accounts/jobs/": "job",
    "indicators/values/": "value",
    "indicators/reports/": "report",
    "indicators/": lambda _rows: "conditions_met_rate",
    "links/": lambda _rows: "organisation",
    "notices/": "notice",
    "organisations/": "organisation",
    "organisations/aliases/": "alias",
    "organisations/imports/": "import",
    "organisations/events/": "event",
    "organisations/holdings/": "holding",
    "organisations/campuses/": "campus",
    "organisations/links/": "tie",
    "organisations//plan/": lambda _rows: "renaming",
    "organisations//join/": "twin",
    "organisations//conditions/": lambda _rows: 2023,
    "policies/tasks/cases/": "case",
    "policies/tasks/cases//files/": "case_file",
    "policies/clauses/": "clause",
    "policies/contradictions/": "contradiction",
    "policies/cascade/": "link",
    "policies/documents/": "document",
    "policies/documents//add/": lambda _rows: "milestone",
    "policies/documents//tree/": "node",
    "policies/tasks/duties/": "duty_list",
    "policies/tasks/evidence/": "evidence",
    "policies/items/": lambda _rows: "target",
    "policies/items/target/": "target",
    "policies/links/": "link",
    "policies/tasks/meetings/": "meeting",
    "policies/tasks/meetings//files/": "meeting_file",
    "policies/pairs/": "pair",
    "policies/tasks/resolutions/": "resolution",
    "policies/scorecard/": "scorecard",
    "policies/scorecard/below/": lambda rows: rows["region"].code,
    "policies/targets/": "adopted",
    "policies/tasks/": "task",
    "reference/regions/": lambda rows: rows["region"].code,
    "reference/regions//terms/": lambda _rows: 2027,
    "reference/editions/": lambda _rows: "divisions",
    "reference/rules/": lambda _rows: "small_cell_minimum",
    "reference/rules//settings/": "rule_setting",
}

# routes that need a row in another state
_INSTEAD: dict[str, dict[str, str]] = {
    **collections.INSTEAD,
    **registers.INSTEAD,
    "organisations:school_conditions": {"organisation": "school"},
    "GET /api/v1/organisations/{uuid}/conditions/{year}": {"organisation": "school"},
    "PUT /api/v1/organisations/{uuid}/conditions/{year}": {"organisation": "school"},
    "policies:meeting_move": {"meeting": "planned_meeting"},
    "policies:move_document": {"document": "stranger"},
    "POST /api/v1/policies/documents/{uuid}/move": {"document": "stranger"},
}
# routes that show nothing unless they are asked for something
_ASKED: dict[str, Callable[[Rows], dict[str, Any]]] = {
    **registers.ASKED,
    "links": lambda _r: {"name": "q", "q": "mark"},
    "dashboards:search": lambda rows: {"q": rows["marker"]},
    "dashboards:calendar": lambda _rows: {"month": "2026-02"},
    "indicators:indicator": lambda _rows: {"year": 2025},
    "GET /api/v1/organisations/named": lambda rows: {
        "text": rows["alias"].text, "region": rows["region"].code,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """A page or an operation.

    Args:
        name: "app:name" of a page, or method and path of an operation.
        path: with its arguments still open.
        method: of an operation; of a page "GET", or "POST" if it only takes what is sent.
        writes: whether it takes what is sent.
    """

    name: str
    path: str
    method: str
    writes: bool

    def __str__(self) -> str:
        return self.name

    @property
    def has_arguments(self) -> bool:
        """Whether the address names a row."""
        return bool(_PART.search(self.path))

    def address(self, rows: Rows) -> str | None:
        """Return the address for these rows; None if none of them is of the kind it names."""
        address = path = ""
        at = 0
        for part in _PART.finditer(self.path):
            text = self.path[at : part.start()]
            address, path, at = address + text, path + text, part.end()
            named_by = _NAMED_BY.get(path.removeprefix("api/v1/"))
            if named_by is None:
                raise LookupError(f"tests/contracts/routes.py: nothing fills {path}<…>")
            if callable(named_by):
                value = named_by(rows)
                path += str(value) if path.endswith("items/") else ""
            elif (word := _INSTEAD.get(self.name, {}).get(named_by, named_by)) in rows:
                value = rows[word].uuid
            else:
                return None
            address += str(value)
        return "/" + address + self.path[at:]

    def query(self, rows: Rows, **more: object) -> str:
        """Return what is asked of the address."""
        asked = {**_ASKED.get(self.name, lambda _rows: {})(rows), **more}
        return f"?{urlencode(asked)}" if asked else ""

    def send(self, client: Client, address: str, rows: Rows) -> Any:
        """Send what a person would send about these rows."""
        body = BODIES[self.name](rows)
        if self.path.startswith("api/") and not any(
            isinstance(value, SimpleUploadedFile) for value in body.values()
        ):
            method = getattr(client, self.method.lower())
            return method(address, json.dumps(body, default=str), content_type="application/json")
        return client.post(address, {k: v for k, v in body.items() if v is not None})


def routes() -> list[Route]:
    """List every page and every operation of the API."""
    return [*_pages(get_resolver().url_patterns), *_operations()]


def _pages(patterns: Any, prefix: str = "", space: str = "") -> Iterator[Route]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else space
            yield from _pages(entry.url_patterns, prefix + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern) and not prefix.startswith("api/"):
            view = inspect.unwrap(entry.callback)
            if not view.__module__.startswith("jiangxin."):
                continue
            source = inspect.getsource(view)
            method = "POST" if "@require_POST" in source else "GET"
            yield Route(f"{space}{entry.name}", prefix + str(entry.pattern), method,
                        "POST" in source)  # fmt: skip


def _operations() -> Iterator[Route]:
    from jiangxin.config.api import api

    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                full = f"api/v1{prefix}{path}"
                for method in operation.methods:
                    bare = re.sub(r"\{\w+:(\w+)\}", r"{\1}", full)  # ninja adds converters
                    yield Route(f"{method} /{bare}", bare, method, method != "GET")


_DAY = datetime.date(2026, 9, 1)
_DECISION = {"effective_on": "2027-09-01", "document": "某批复"}
_HEADS = ["单位名称", "单位类别", "办学层次"]


def _sheet(_rows: Rows) -> SimpleUploadedFile:
    return SimpleUploadedFile("new.xlsx", sheet(_HEADS, [["某新学校", "学校", "中职"]]))


def _text(rows: Rows) -> SimpleUploadedFile:
    place = rows["region"].name
    words = (
        f"{place}教育局\n关于某事的通知\n\n一、目标\n\n到2027年，建成基地3个。\n\n{place}教育局\n"
    )
    return SimpleUploadedFile("notice.txt", words.encode())


def _divisions(_rows: Rows) -> SimpleUploadedFile:
    lines = ["代码,名称,级别,上级代码", *(",".join(row) for row in DIVISIONS)]
    words = "\n".join(lines).replace("永川区", "新永川区")
    return SimpleUploadedFile("divisions.csv", words.encode())


def _event(rows: Rows) -> dict[str, Any]:
    return {
        **_DECISION, "kind": "renaming", "sources": [rows["organisation"].code],
        "values": {"name": "改后名称"},
    }  # fmt: skip


def _registration(rows: Rows) -> dict[str, Any]:
    return {
        "name": "某新职业学校", "kind": "school", "stage": "secondary",
        "parent": rows["bureau"].code, "is_new": "on", "difference": "另一所学校",
    }  # fmt: skip


def _target(rows: Rows) -> dict[str, Any]:
    return {
        "metric": "基地数", "comparator": ">=", "low": 3, "unit": "个", "strength": "planned",
        "version": rows["target"].version, "note": "更正",
    }  # fmt: skip


def _role(rows: Rows) -> dict[str, Any]:
    return {"kind": "expert", "scope": rows["scope"].uuid, "starts_on": _DAY}


def _role_api(rows: Rows) -> dict[str, Any]:
    return {"kind": "expert", "scope_uuid": rows["scope"].uuid, "starts_on": _DAY}


def _person(rows: Rows) -> dict[str, Any]:
    return {"username": "someone-new", "name": "新人", "language": "zh-hans"}


_TERMS = {
    "autumn": {"starts_on": "2027-09-01", "ends_on": "2028-01-15"},
    "spring": {"starts_on": "2028-02-20", "ends_on": "2028-07-05"},
    "source": "校历",
}
_TERMS_FORM = {
    "autumn_starts_on": "2027-09-01", "autumn_ends_on": "2028-01-15",
    "spring_starts_on": "2028-02-20", "spring_ends_on": "2028-07-05", "source": "校历",
}  # fmt: skip
_TASK = {"kind": "task", "text": "新任务", "recurrence": "once", "due_on": "2027-06-30"}
_MEETING = {"series": "联席会议", "title": "第三次会议", "held_on": "2026-12-01"}
_CASE = {"title": "新案例", "field": "实训", "summary": "摘要", "text": "正文"}
_EDITION = {
    "kind": "divisions", "name": "newer", "title": "t", "issuer": "i", "number": "n",
    "starts_on": "2026-11-01", "act": "load", "save_good": "on",
}  # fmt: skip
_NOTHING: Callable[[Rows], dict[str, Any]] = lambda _rows: {}  # noqa: E731 -- an entry of a table

# what a person would send, about the rows of the side that is attacked or their own
BODIES: dict[str, Callable[[Rows], dict[str, Any]]] = {
    **collections.BODIES,
    **registers.BODIES,
    "accounts:account": lambda _r: {"language": "en", "email": "new@example.org"},
    "accounts:create_user": lambda r: {**_person(r), **_role(r)},
    "accounts:grant_role": _role,
    "accounts:set_password": lambda _r: {"password": "a-new-password-1"},
    "accounts:reveal": lambda _r: {"reason": "for a check of the register"},
    "accounts:end_role": lambda _r: {"ends_on": "2026-12-31"},
    "dashboards:regions": _NOTHING,
    "dashboards:theme": lambda _r: {"theme": "dark", "next": "/"},
    "indicators:compute": _NOTHING,
    "indicators:publish": _NOTHING,
    "indicators:withdraw": _NOTHING,
    "indicators:report": lambda _r: {"year": 2022, "value": 50, "evidence": "年度统计台账"},
    "notices:read_all": _NOTHING,
    "notices:open": _NOTHING,
    "organisations:recheck_conditions": _NOTHING,
    "organisations:load_region_file": lambda r: {
        "file": SimpleUploadedFile(
            "people.csv", f"region,year,population\n{r['region'].code},2024,5\n".encode()
        ),
        "source": "统计年鉴",
    },
    "organisations:register": _registration,
    "organisations:imports": lambda r: {"file": _sheet(r)},
    "organisations:apply_import": lambda _r: {"skip_bad": "yes"},
    "organisations:discard_import": _NOTHING,
    "organisations:remove_alias": _NOTHING,
    "organisations:edit": lambda _r: {
        "stage": "", "ownership": "public", "notes": "改", "is_listed": "on",
    },
    "organisations:rename": lambda r: {
        "name": "新名称", "starts_on": "2026-12-01", "source": "批复",
"seen": r["organisation"].name,
    },
    "organisations:close": lambda _r: {"ends_on": "2027-01-01"},
    "organisations:found": lambda r: {
        **_DECISION, "new_name": "新设机构", "new_kind": "institute", "step": "keep",
    },
    "organisations:plan": lambda _r: {**_DECISION, "name": "改后名称", "step": "keep"},
    "organisations:undo_event": lambda _r: {"reason": "方案调整"},
    "organisations:apply_event": _NOTHING,
    "organisations:ownership": lambda _r: {"ownership": "public", "form": "government"},
    "organisations:add_holding": lambda _r: {"holder_name": "某集团", "holder_kind": "social"},
    "organisations:add_campus": lambda r: {
        "name": "又一校区", "address": "新街1号", "region": r["region"].code,
    },
    "organisations:end_holding": lambda _r: {"ends_on": "2027-01-01"},
    "organisations:end_campus": lambda _r: {"ends_on": "2027-01-01"},
    "organisations:end_link": lambda _r: {"ends_on": "2027-01-01"},
    "organisations:align": lambda _r: {"dimension": "aims", "note": "共育"},
    "organisations:join": lambda _r: {
        **dict.fromkeys(organisations.CHOOSABLE, "kept"), "reason": "同一单位",
    },
    "organisations:use_known": lambda _r: {"take": ["address"], "typed_address": "新街1号"},
    "organisations:add_alias": lambda _r: {"text": "又一个叫法", "source": "文件"},
    "policies:import": lambda r: {"files": _text(r), "region_code": r["region"].code},
    "policies:describe": lambda r: {
        "title": "新标题", "issuers": "某局", "region_code": r["region"].code,
    },
    "policies:move_document": lambda _r: {"move": "review"},
    "policies:accept_all": lambda _r: {"kind": "target"},
    "policies:confirm_bindings": _NOTHING,
    "policies:add_strategy": lambda r: {
        "kind": "goal", "title": "新目标", "clauses": [r["clause"].pk],
    },
    "policies:remove_strategy": _NOTHING,
    "policies:add_item": lambda r: {
        "milestone": "新事项", "milestone_kind": "one-off", "clause": r["clause"].pk,
    },
    "policies:add_link": lambda r: {"parent": r["stranger"].uuid},
    "policies:decide_item": lambda r: {"move": "accept", "version": r["target"].version},
    "policies:correct_item": _target,
    "policies:bind_target": lambda _r: {"indicator_code": "employment_rate"},
    "policies:reject_indicator": lambda _r: {"indicator_code": "employment_rate"},
    "policies:assign_target": lambda r: {
        "region_code": r["region"].code, "owners": r["organisation"].name,
    },
    "policies:decide_contradiction": lambda _r: {"verdict": "confirmed", "note": "并存"},
    "policies:decide_link": lambda _r: {"verdict": "confirmed"},
    "policies:compare": _NOTHING,
    "policies:add_pair": lambda r: {
        "parent": r["parent_clause"].uuid, "child": r["free_clause"].uuid,
    },
    "policies:decide_pair": lambda _r: {"verdict": "confirmed"},
    "policies:make_tasks": lambda _r: {"due_on": "2027-12-31"},
    "policies:task_new": lambda r: {**_TASK, "lead": r["organisation"].name},
    "policies:task_names": lambda r: {
        "name": f"{r['marker']}不明单位", "organisations": [r["organisation"].uuid],
        "keep_alias": "yes",
    },
    "policies:task_edit": lambda r: {
        **_TASK, "lead": r["organisation"].name, "version": r["task"].version,
    },
    "policies:task_move": lambda _r: {"move": "cancel", "reason": "重复"},
    "policies:task_report": lambda r: {
        "percent": 60, "text": "推进", "files": _text(r), "organisation": r["organisation"].uuid,
    },
    "policies:meeting_new": lambda _r: _MEETING,
    "policies:meeting_edit": lambda _r: {**_MEETING, "minutes": "纪要"},
    "policies:meeting_move": lambda _r: {"move": "hold"},
    "policies:add_resolution": lambda r: {"text": "新决议", "responsible": r["organisation"].name},
    "policies:resolution_task": _NOTHING,
    "policies:duty_list_new": lambda _r: {"title": "新清单", "parties": "政府", "fields_": "经费"},
    "policies:duty_list_edit": lambda r: {"version": r["duty_list"].version, "cell-0-0": "改"},
    "policies:duty_list_move": lambda _r: {"move": "publish"},
    "policies:case_new": lambda r: {**_CASE, "scope": r["scope"].uuid, "document": ""},
    "policies:case_edit": lambda r: {
        **_CASE, "document": r["document"].uuid, "version": r["case"].version,
    },
    "policies:case_move": lambda _r: {"move": "submit"},
    "policies:keep_scorecard": _NOTHING,
    "policies:move_scorecard": lambda _r: {"move": "publish"},
    "POST /api/v1/policies/documents": lambda r: {"file": _text(r)},
    "POST /api/v1/policies/documents/{uuid}/move": lambda _r: {"move": "review"},
    "POST /api/v1/policies/items/{kind}/{uuid}/decision": lambda r: {
        "move": "accept", "version": r["target"].version,
    },
    "POST /api/v1/policies/tasks": lambda r: {**_TASK, "lead": [r["organisation"].name]},
    "POST /api/v1/policies/tasks/{uuid}/reports": lambda r: {
        "text": "推进", "progress_rate": 0.6, "organisation_code": r["organisation"].code,
    },
    "POST /api/v1/policies/tasks/{uuid}/moves": lambda _r: {"move": "cancel", "reason": "重复"},
    "POST /api/v1/policies/targets/{uuid}/bind": lambda _r: {"indicator_code": "employment_rate"},
    "POST /api/v1/policies/targets/{uuid}/reject": lambda _r: {
        "indicator_code": "employment_rate",
    },
    "POST /api/v1/policies/links/{uuid}/verdict": lambda _r: {"verdict": "confirmed"},
    "POST /api/v1/policies/pairs/{uuid}/verdict": lambda _r: {"verdict": "confirmed"},
    "reference:load": lambda r: {**_EDITION, "file": _divisions(r)},
    "reference:terms": lambda _r: _TERMS_FORM,
    "reference:set_rule": lambda r: {
        "value_": 12, "region_code": r["region"].code, "starts_on": _DAY, "document": "某省通知",
    },
    "reference:withdraw_rule": _NOTHING,
    "POST /api/v1/accounts/people": lambda r: {**_person(r), **_role_api(r)},
    "POST /api/v1/accounts/people/{uuid}/roles": _role_api,
    "POST /api/v1/accounts/roles/{uuid}/end": lambda _r: {"ends_on": "2026-12-31"},
    "POST /api/v1/indicators/{code}/reports": lambda _r: {
        "year": 2022, "value": 0.5, "evidence": "年度统计台账",
    },
    "POST /api/v1/notices/{uuid}/read": _NOTHING,
    "POST /api/v1/notices/read-all": _NOTHING,
    "POST /api/v1/organisations/": lambda r: {
        "name": "某新职业学校", "kind": "school", "stage": "secondary",
        "region_code": r["region"].code, "is_new": True,
    },
    "POST /api/v1/organisations/events/preview": _event,
    "POST /api/v1/organisations/events": _event,
    "POST /api/v1/organisations/events/{uuid}/undo": lambda _r: {"reason": "方案调整"},
    "PUT /api/v1/organisations/{uuid}/conditions/{year}": lambda _r: {
        "values": {"students": 301}, "source": "年报",
    },
    "PUT /api/v1/reference/regions/{code}/terms/{school_year}": lambda _r: _TERMS,
    "POST /api/v1/reference/editions": lambda r: {**_EDITION, "file": _divisions(r)},
}  # fmt: skip
