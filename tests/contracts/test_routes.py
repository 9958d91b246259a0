"""No route shows or changes anything of another region or organisation."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from jiangxin.apps.policies import actions as policies
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW
from tests.contracts import routes_collections, routes_registers
from tests.contracts.marked import NOTICE, SHARED, Side, World, build, digests, grow, tables
from tests.contracts.routes import BODIES, Route, routes

# each test runs in a transaction of its own within that of the module
pytestmark = pytest.mark.django_db

# routes on which nobody's marked row can appear, and why
WITHOUT_ROWS = {
    **routes_collections.WITHOUT_ROWS,
    **routes_registers.WITHOUT_ROWS,
    "accounts:roles": "the same table for everybody",
    "dashboards:public": "only what was published",
    "dashboards:regions": "code lists",
    "dashboards:wall": "numbers only",
    "GET /api/v1/dashboards/cockpit": "numbers only",
    "GET /api/v1/dashboards/public": "only what was published",
    "GET /api/v1/policies/cases": "only what was published",
    "indicators:indicators": "names of indicators and numbers",
    "indicators:report": "an empty form",
    "indicators:snapshots": "counts of the country",
    "organisations:load_region_file": "an empty form",
    "organisations:register": "an empty form",
    "organisations:siting": "numbers of regions",
    "organisations:template": "an empty sheet",
    "organisations:found": "an empty form",
    "policies:duty_list_new": "an empty form",
    "policies:import": "an empty form",
    "policies:meeting_new": "an empty form",
    "policies:task_new": "an empty form",
    "GET /api/v1/indicators/definitions": "definitions",
    "GET /api/v1/policies/scorecard": "regions and numbers",
    "GET /api/v1/policies/targets/{uuid}/choices": "names of indicators",
}
# routes that take something and keep nothing
WITHOUT_WRITES = {"dashboards:theme", "POST /api/v1/organisations/events/preview"}
COUNTRY = "000000"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def world(django_db_setup: Any, django_db_blocker: Any) -> Iterator[World]:
    """Both sides, made once for all tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def secrets(world: World) -> dict[str, set[str]]:
    """By marker, what only that side may see."""
    return {side.marker: side.secrets for side in (world.a, world.a1, world.a2, world.b)}


@pytest.fixture
def _own_files() -> None:
    """Keep the folders of the process: the world was made before the test."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per route."""
    known = routes()
    if "readable" in metafunc.fixturenames:
        found = [route for route in known if route.method == "GET"]
        metafunc.parametrize("readable", found, ids=str)
    if "writable" in metafunc.fixturenames:
        metafunc.parametrize("writable", [route for route in known if route.writes], ids=str)


def said(answer: Any) -> str:
    """Return everything that an answer says: its text, the texts of a file, its address."""
    if getattr(answer, "streaming", False):
        content = b"".join(answer.streaming_content)
    else:
        content = answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b" ".join(parts.read(name) for name in parts.namelist())
    text = html.unescape(content.decode(errors="replace"))
    headers = " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    bare = re.sub(r"<[^>]+>", "", text)  # words that a document cuts into runs
    return f"{headers} {text} {bare}".casefold()


def leaks(answer: Any, address: str, hidden: set[str]) -> list[str]:
    """List what the answer must not say; what the asker wrote himself does not count."""
    text, asked = said(answer), address.casefold()
    markers = {word for word in hidden if word.endswith("mark") and word in text}
    uuids = hidden.intersection(_UUID.findall(text))
    return sorted(word for word in markers | uuids if word not in asked)


def is_closed(answer: Any) -> bool:
    """Whether the door of the route is closed to the role: sign in, or another role's route."""
    return answer.status_code in (401, 403) or "/sign-in/" in answer.headers.get("Location", "")


def test_both_sides_hold_a_marked_row_of_every_table(world: World) -> None:
    missing = []
    for model in tables():
        if model._meta.label in SHARED:
            continue
        for sides in ((world.a, world.a1), (world.b,)):
            if not any(side.keys.get(model) for side in sides):
                missing.append(f"{sides[0].marker}: {model._meta.label}")
    assert missing == []


def test_route_shows_nothing_of_others(
    world: World, secrets: dict[str, set[str]], readable: Route
) -> None:
    route, found, shown = readable, [], False
    mine = secrets[world.a.marker] | secrets[world.a1.marker] | {NOTICE.casefold()}
    is_for_all = route.path.removeprefix("api/v1/").startswith("reference/")
    roles = ("", "officer", "school") if is_for_all else tuple(world.clients)
    for role in roles:
        client = world.clients[role]
        hidden = set().union(*(secrets[side.marker] for side in world.others(role)))
        address = route.address(world.own(role))
        assert address is not None
        address += route.query(world.own(role))
        asked = [(address, "own")]
        for where, which in asked:
            answer = client.get(where, headers={"HX-Request": "true"} if which == "part" else {})
            found += [f"{role or 'public'} at {where}: {w}" for w in leaks(answer, where, hidden)]
            # only pages repeat their own address, as the way back from a choice of language
            echoed = "" if route.path.startswith("api/") else where
            shown = shown or (which != "other" and bool(leaks(answer, echoed, mine)))
            if which == "other" and "<uuid" in route.path:
                assert answer.status_code in (302, 401, 403, 404), f"{role} at {where}"
            if which == "own" and not is_closed(answer):
                asked += _more(route, address, answer, world.others(role)[:2])
    assert found == []
    if not is_for_all and route.name not in WITHOUT_ROWS:
        assert shown, f"nobody sees an own row at {route.path}: then nothing could leak either"


def _more(route: Route, address: str, answer: Any, others: list[Side]) -> Iterator[tuple[str, str]]:
    """List what else to ask of an open route: the country, its files, and the others' things."""
    sign = "&" if "?" in address else "?"
    if not route.path.startswith("api/"):
        yield f"{address}{sign}region={COUNTRY}", "part"
    page = said(answer)
    for file in ("xlsx", "docx"):
        if f"format={file}" in page:
            yield f"{address}{sign}region={COUNTRY}&format={file}", "file"
    for side in others:
        other = route.address(side.rows)
        if other is not None and not (route.has_arguments and address.startswith(other)):
            yield other + route.query(side.rows, region=side.code), "other"


_WRITE = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')


def tables_written(queries: list[dict[str, str]]) -> set[str]:
    """Return which tables of ours the statements changed."""
    names = {m[1] for query in queries if (m := _WRITE.match(query["sql"]))}
    return names & {model._meta.db_table for model in tables()}


def attack(
    world: World, route: Route, role: str, address: str, rows: Mapping[str, Any],
    outside: list[Side], hidden: set[str],
) -> list[str]:  # fmt: skip
    """Send a body and tell what it did to others, or showed of them; all is taken back."""
    where = f"{role or 'public'} sends to {address}"
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        answer = route.send(world.clients[role], address, rows)
        sent = address + str(BODIES[route.name](rows))
        found = [f"{where}: shows {word}" for word in leaks(answer, sent, hidden)]
        written = tables_written(captured.captured_queries)
        found += [f"{where}: {change}" for change in changes(world, written, outside)]
        transaction.set_rollback(True)
    return found


def changes(world: World, written: set[str], outside: list[Side]) -> list[str]:
    """List rows of others that are not as they were, and new rows that belong to others."""
    found = []
    theirs: dict[Any, set[Any]] = {}
    for side in outside:
        for model, keys in side.keys.items():
            theirs.setdefault(model, set()).update(keys)
    scopes = {side.scope.pk for side in outside}
    for model in tables():
        if model._meta.db_table not in written:
            continue
        now = digests({model: theirs.get(model, set())})
        for key in theirs.get(model, ()):
            name = f"{model._meta.label}:{key}"
            if now.get(name) != world.digests[name]:
                found.append(f"changed {name}")
        new = set(model._default_manager.values_list("pk", flat=True)) - world.keys[model]
        for field in model._meta.concrete_fields:
            if field.is_relation:
                held = scopes if field.name == "scope" else theirs.get(field.related_model, set())
                rows = model._default_manager.filter(pk__in=new)
                if held & set(rows.values_list(field.attname, flat=True)):
                    found.append(f"new {model._meta.label} with {field.name} of others")
    return found


def test_writes_from_outside_change_nothing(
    world: World, secrets: dict[str, set[str]], writable: Route
) -> None:
    route, found = writable, []
    assert route.name in BODIES, f"tests/contracts/routes.py: say what {route} is sent"
    for role, client in world.clients.items():
        own = world.own(role)
        outside = world.others(role)
        hidden = set().union(*(secrets[side.marker] for side in outside))
        with transaction.atomic():
            closed = is_closed(client.post(str(route.address(own))))
            transaction.set_rollback(True)
        # behind a closed door one try is enough
        for side in outside[: 1 if closed else 2]:
            theirs = {**own, **side.rows}
            # their address with their things, and one's own address with their things
            for address in {route.address(side.rows): 0, route.address(own): 0}:
                if address is not None:
                    where = f"{address}?region={side.code}"
                    found += attack(world, route, role, where, theirs, outside, hidden)
    assert found == []


def test_write_is_taken_from_inside(world: World, writable: Route) -> None:
    """What the attacks send is what the product takes from those who may."""
    route, answers = writable, []
    for role, client in world.clients.items():
        rows = world.own(role)
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            answer = route.send(client, str(route.address(rows)), rows)
            done = tables_written(captured.captured_queries) or route.name in WITHOUT_WRITES
            transaction.set_rollback(True)
        if answer.status_code < 400 and done:
            return
        problems = re.findall(r"field-errors.*?</svg>([^<]+)", answer.content.decode(), re.DOTALL)
        answers.append((role, answer.status_code, *problems))
    pytest.fail(f"nobody can use {route}: {answers}")


# what no form of ours sends
_NONSENSE = {
    "q": "%\x00'\"<script>", "page": "-7", "sort": "nonsense", "year": "99999", "month": "2026-99",
    "on": "0000-00-00", "side": "x", "kind": "x", "state": "x", "standing": "x", "document": "x",
    "clause": "x", "milestone": "x", "target": "x", "limit": "-1", "offset": "x", "parent": "x",
    "child": "x", "organisations": "x", "version": "x", "move": "x", "verdict": "x", "text": "\x00",
    "indicator_code": "x", "act": "x", "scope": "x", "starts_on": "2026-02-30", "due_on": "x",
    "event": "\x00", "person": "\x00", "within": "x", "level": "x", "due": "x", "next": "//x",
    "year_due": "x", "lang": "x", "reason": "\x00", "title": "\x00", "name": "\x00", "words": "\x00",
}  # fmt: skip


def _who_may(world: World, route: Route) -> str:
    """Return a role that the door of the route lets in."""
    for role in ("officer", "operator", "leader", "school", "nation", "above"):
        answer = world.clients[role].get(str(route.address(world.own(role))))
        if said(answer) and not is_closed(answer):
            return role
    return ""


def test_nonsense_in_the_address_is_no_crash(world: World, readable: Route) -> None:
    role = _who_may(world, readable)
    address = str(readable.address(world.own(role)))
    for more in ({}, {"format": "xlsx"}, {"region": "\x00"}):
        answer = world.clients[role].get(address, {**_NONSENSE, **more})
        assert said(answer)
        assert answer.status_code < 500


def test_nonsense_in_a_form_is_no_crash(world: World, writable: Route) -> None:
    role = _who_may(world, writable)
    client, address = world.clients[role], str(writable.address(world.own(role)))
    if writable.path.startswith("api/"):
        bodies = (b"", b"{", b"[1]", b'{"x": "\\u0000"}')
        send = getattr(client, writable.method.lower())
        answers = [send(address, body, content_type="application/json") for body in bodies]
    else:
        answers = [client.post(address, body) for body in ({}, _NONSENSE)]
    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []


def test_lists_ask_no_more_for_more_rows(world: World) -> None:
    """Every address without an argument costs the same with one row and with three."""

    def costs() -> dict[str, int]:
        found = {}
        for route in routes():
            if route.method == "GET" and not route.has_arguments:
                role = roles.setdefault(route.name, _who_may(world, route))
                address = f"{route.address({})}{route.query(world.own(role))}"
                with CaptureQueriesContext(connection) as captured:
                    said(world.clients[role].get(address))
                found[route.name] = len(captured)
        return found

    roles: dict[str, str] = {}
    costs()  # what is loaded once per process does not count
    before = costs()
    assert before["policies:documents"] > 1
    grow(world)
    after = costs()
    assert {name: (before[name], n) for name, n in after.items() if n > before[name]} == {}


# what a published document opens with it
_OPENED = {"PolicyDocument", "Clause", "Target", "Milestone", "Responsibility", "TaskRow",
           "StrategyNode", "StoredFile"}  # fmt: skip


def test_the_public_sees_what_was_published_and_nothing_beside_it(world: World) -> None:
    document = world.a.rows["document"]
    policies.accept_all(document=document, by=SYSTEM, at=NOW)
    for move in ("adopt", "publish"):
        policies.move_document(document=document, move=move, by=SYSTEM, at=NOW)
    public, hidden = world.clients[""], set()
    for side in (world.a, world.a1, world.a2, world.b):
        for model, keys in side.keys.items():
            if model.__name__ in _OPENED and side is world.a:
                continue
            if any(field.name == "uuid" for field in model._meta.concrete_fields):
                rows = model._default_manager.filter(pk__in=keys)
                hidden |= {str(uuid) for uuid in rows.values_list("uuid", flat=True)}
    page = said(public.get(f"/policies/documents/{document.uuid}/"))
    assert document.title.casefold() in page
    found = []
    for route in routes():
        address = route.address(world.a.rows) if route.method == "GET" else None
        if address is not None:
            answer = public.get(address + route.query(world.a.rows))
            found += [f"{route}: {word}" for word in leaks(answer, address, hidden)]
    assert found == []
