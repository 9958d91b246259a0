"""Every shipped type through the pages: applied for, judged, recognised, public, counted."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.registers import actions, facts, queries
from jiangxin.apps.registers.models import Application, Call, Entry, Panel, RegisterType
from jiangxin.apps.registers.models.definition import Counting, RegisterDefinition, Step
from jiangxin.apps.registers.workflow import RANK
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, browser, region
from tests.apps.registers.filled import posted, values_for
from tests.apps.registers.world import LEVELS, PLACE, World, address
from tests.engines.measures.reference import meets

CODES = sorted(path.stem for path in queries.FOLDER.glob("*.yaml"))
# what an indicator asks of a type beyond the type itself, by indicator: read from its own words
YEAR = NOW.year


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Build the county once; everything is taken back after the last test of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that the test moves; pages and facts read it."""
    now = SimpleNamespace(at=NOW)
    monkeypatch.setattr(timezone, "now", lambda: now.at)
    return now


@pytest.mark.django_db
@pytest.mark.parametrize("code", CODES)
def test_walk_from_application_to_counted(code: str, world: World, clock: SimpleNamespace) -> None:
    kind = RegisterType.objects.get(code=code)
    definition = queries.current_definition(kind, on=NOW.date())
    rules = [(rule, terms_of(rule)) for rule in definition.counting]
    first = rules[0][0]
    level = level_for(definition, first)
    application = applied(world, definition, level, fixed(definition, first))
    before = counted(rules)
    entry = decided(world, definition, application, clock)
    assert entry.level == level
    found_in_directory(definition, entry)
    row = next(row for row in fact_rows() if row["recognition_id"] == entry.number)
    assert row["type"] == code
    assert row["level"] == level
    assert row["year"] == clock.at.year
    after = counted(rules)
    assert after[0] - before[0] == gain(definition, first, entry.values)
    # rules that speak of another level or kind count what was recognised of that one
    for place, (rule, _terms) in enumerate(rules[1:], start=1):
        values = fixed(definition, rule)
        other = recorded(world, definition, rule, values, clock)
        more = counted(rules)
        assert more[place] - after[place] == gain(definition, rule, other.values), rule
        after = more


def level_for(definition: RegisterDefinition, rule: Counting) -> str:
    """Return the lowest level that the rule counts and at which somebody there can decide."""
    wanted = rule.levels or indicator_values(rule, definition, "level") or definition.levels
    possible = [level for level in definition.levels if level in wanted]
    above = [level for level in possible if level != "school"] or possible
    return min(above, key=lambda level: RANK[level])


def terms_of(rule: Counting) -> Any:
    """Return what the indicator of the rule adds up."""
    return indicators.get_definition(rule.indicator or rule.code).formula.terms[0]


def indicator_values(rule: Counting, definition: RegisterDefinition, column: str) -> list[str]:
    """Return the values of a column that an indicator counts for this type; none if any."""
    row = {"type": definition.code, "first_year": YEAR, "led_by": "school", "kind": None}
    row |= {"level": None, "quantity": 1, "region_code": PLACE, "year": YEAR}
    options = {
        "level": list(definition.levels),
        "kind": [c.code for c in choices(definition)],
    }[column]
    term = terms_of(rule)
    others = {"level": options if column == "level" else list(definition.levels)}
    others["kind"] = (
        options if column == "kind" else [c.code for c in choices(definition)] or [None]
    )  # type: ignore[list-item]
    return [
        value
        for value in options
        if any(
            meets(term, {**row, "level": lv, "kind": kd})
            for lv in ([value] if column == "level" else others["level"])
            for kd in ([value] if column == "kind" else others["kind"])
        )
    ]


def choices(definition: RegisterDefinition) -> Any:
    """Return the kinds of a type, if it has any."""
    return definition.form.field(definition.kind_field).choices if definition.kind_field else ()


def fixed(definition: RegisterDefinition, rule: Counting) -> dict[str, Any]:
    """Return the values that the rule asks of an entry."""
    if not definition.kind_field:
        return {}
    kinds = list(rule.kinds) or indicator_values(rule, definition, "kind")
    return {definition.kind_field: kinds[0]}


def gain(definition: RegisterDefinition, rule: Counting, values: Any) -> Fraction:
    """Return by how much one entry raises what the rule counts."""
    if not rule.quantity:
        return Fraction(1)
    return Fraction(str(values.get(definition.quantity_field, 0)))


def fact_rows() -> list[dict[str, Any]]:
    """Return the published rows with their column names."""
    columns = [column.name for column in indicators.schemas()["recognitions"].columns]
    published = facts.PUBLISHES["recognitions"]()
    return [dict(zip(columns, row, strict=True)) for row in published.rows]


def counted(rules: Any) -> list[Fraction]:
    """Add up the published rows of this year by each rule, as plainly as can be."""
    rows = [row for row in fact_rows() if row["year"] == YEAR]
    totals = []
    for _rule, term in rules:
        mine = [row for row in rows if meets(term, row)]
        if term.aggregate == "count":
            totals.append(Fraction(len(mine)))
        else:
            totals.append(sum((Fraction(str(r[term.column] or 0)) for r in mine), Fraction(0)))
    return totals


def applied(
    world: World, definition: RegisterDefinition, level: str, values: dict[str, Any]
) -> Application:
    """Apply through the pages, as the holder's own people do."""
    call = {}
    if definition.calls:
        call = {"call": str(opened_call(world, definition, level).uuid)}
    holder = world.fitting(definition.applicants)[0]
    client = world.of(holder)
    address_of = address("apply", definition.code, region=PLACE)
    assert client.get(address_of).status_code == 200
    title = f"{definition.label.zh_hans}甲"
    body = {"holder": str(holder.uuid), "title": title, "level": level, **call}
    sent(client, address_of, body)
    application = Application.objects.get(type__code=definition.code, title=title)
    filled_in(world, definition, application, client, values)
    application.refresh_from_db()
    assert application.state == "in_review"
    return application


def opened_call(world: World, definition: RegisterDefinition, level: str) -> Call:
    code = LEVELS[level]
    body = {
        "type": definition.code,
        "level": level,
        "title": f"{definition.label.zh_hans}申报",
        "opens_at": "2026-01-01T00:00",
        "closes_at": "2026-12-01T00:00",
    }
    client = browser(world.people["officer", code])
    sent(client, address("call_new", region=code), body)
    return Call.objects.get(type__code=definition.code)


def filled_in(
    world: World,
    definition: RegisterDefinition,
    application: Application,
    client: Client,
    values: dict[str, Any],
) -> None:
    """Name the members, fill in the form, and hand it in."""
    save = address("save_application", application.uuid)
    members = [
        (role.code, member)
        for role in definition.members
        for member in world.fitting(role.who, role.min)[: role.min]
    ]
    if members:  # the last through the page; naming all of them so would take minutes
        actions.set_members(
            application=application,
            version=application.version,
            members=members[:-1],
            by=SYSTEM,
            at=NOW,
        )
        role_code, member = members[-1]
        body = {
            "version": application.version + 1,
            "member-organisation": member.code,
            "member-role": role_code,
            "member_add": "1",
        }
        sent(client, save, body)
    application.refresh_from_db()
    form = definition.form
    filled = values_for(form, linked=world.linked, fixed=values)
    body = {"version": application.version, "submit": "1", **posted(form, filled)}
    sent(client, save, body)


def decided(
    world: World, definition: RegisterDefinition, application: Application, clock: Any
) -> Entry:
    """Lead the application through all its steps by those whose turn it is."""
    for _step in range(3 * len(definition.review)):
        application.refresh_from_db()
        if application.state == "recognised":
            return Entry.objects.get(pk=application.entry_id)
        step = definition.step(application.step)
        assert step is not None
        is_last = application.steps[-1]["code"] == step.code
        client = world.at(application.step_path, step.by)
        if step.kind == "scoring":
            scored(world, application, step, client)
            moved(client, application, "approve")
        elif step.kind == "publicity":
            noticed(application, client, clock)
            # the session of before the notice has ended
            client = world.at(application.step_path, step.by)
            moved(client, application, "recognise" if is_last else "close_publicity")
        else:
            moved(client, application, "recognise" if is_last else "approve")
    raise AssertionError(f"{definition.code} never ends: {application.state} {application.step}")


def moved(client: Client, application: Application, move: str) -> None:
    """Press the button of a move."""
    application.refresh_from_db()
    body = {"move": move, "version": application.version}
    if move == "recognise":
        body |= {"document_number": "教〔2026〕1号", "starts_on": timezone.localdate().isoformat()}
    sent(client, address("application_move", application.uuid), body)


def scored(world: World, application: Application, step: Step, client: Client) -> None:
    """Have experts drawn, and let each give full points."""
    sent(client, address("announce_panel", application.uuid), {"seed_source": "双色球第2026030期"})
    panel = Panel.objects.get(application=application)
    sent(client, address("draw_panel", panel.uuid), {"seed": "08 17 22"})
    assert step.scoring is not None
    points = {criterion.code: f"{criterion.points:g}" for criterion in step.scoring.criteria}
    for seat in panel.seats.select_related("expert"):
        sent(browser(seat.expert), address("score", seat.uuid, application.uuid), points)


def noticed(application: Application, client: Client, clock: Any) -> None:
    """Put it on public notice, look at it as everybody, and wait until it is over."""
    moved(client, application, "start_publicity")
    assert browser().get(address("notice", application.uuid)).status_code == 200
    application.refresh_from_db()
    days = (application.publicity_ends_on - clock.at.date()).days
    clock.at += datetime.timedelta(days=days)


def found_in_directory(definition: RegisterDefinition, entry: Entry) -> None:
    """Everybody finds the entry by its number if the type has a directory, else nobody does."""
    answer = browser().get(address("directory_entry", entry.number))
    if definition.public is None:
        assert answer.status_code == 404
        return
    assert answer.status_code == 200
    assert entry.title in answer.content.decode()
    page = browser().get(address("directory", type=definition.code, region=PLACE)).content.decode()
    assert entry.number in page


def recorded(
    world: World, definition: RegisterDefinition, rule: Counting, values: Any, clock: Any
) -> Entry:
    """Take over one more thing at the level and of the kind that the rule counts."""
    filled = values_for(definition.form, linked=world.linked, fixed=values, files=False)
    holder = world.fitting(definition.applicants)[0]
    row = actions.Recognised(
        title=f"{definition.label.zh_hans}{rule.code or rule.indicator}",
        level=level_for(definition, rule),
        starts_on=clock.at.date(),
        organisation=holder,
        region=None if holder else region(PLACE),
        values=filled,
    )
    kind = RegisterType.objects.get(code=definition.code)
    return actions.record_recognised(kind=kind, row=row, by=SYSTEM, at=clock.at)


def sent(client: Client, to: str, body: dict[str, Any]) -> None:
    """Send a form; it is taken if the answer leads on."""
    answer = client.post(to, body)
    assert answer.status_code == 302, shown_errors(answer)
    assert "sign-in" not in answer["Location"]


def shown_errors(answer: Any) -> str:
    """Return what a page says is wrong."""
    text = answer.content.decode()
    found = [part.partition("</")[0][:300] for part in text.split('class="message')[1:]]
    for mark in ("field-errors", "dyn-summary"):
        found += [part[:1500] for part in text.split(mark)[1:4]]
    found += [part.partition("</")[0][:400] for part in text.split("refusal-text")[1:]]
    return f"{answer.status_code}: {found}"
