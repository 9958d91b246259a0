"""Fills an empty installation with the demo region, step by step, through the same actions."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.accounts import queries as account_queries
from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.indicators import actions as indicators
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.policies import actions as policies
from jiangxin.apps.reference import queries as reference
from jiangxin.config.demo import facts, places
from jiangxin.config.demo.events import load_events
from jiangxin.config.demo.people import EXPERTS, PASSWORD, PEOPLE
from jiangxin.config.demo.plans import district_plans
from jiangxin.config.demo.regions import load_figures
from jiangxin.config.demo.registers import RegisterDemo
from jiangxin.config.demo.returns import ReturnDemo
from jiangxin.config.demo.work import load_work
from jiangxin.core.permissions import SYSTEM

_CATALOGUE = {
    "secondary": "secondary",
    "technician": "secondary",
    "higher_specialty": "college",
    "vocational_university": "bachelor",
}


def load(*, learners: int, seed: int, at: datetime.datetime, region: str = "") -> Iterator[str]:
    """Load everything; yields a line per step for people who wait.

    Args:
        learners: how many in the last year.
        region: code of one more district to make up, beside those of the five documents.
    """
    districts = _districts(region, at)
    yield f"{_organisations(at, districts)} organisations"
    yield f"{_people(at)} people with roles"
    yield f"{load_figures(seed=seed, at=at)} figures of regions"
    for fact, rows in _facts(learners=learners, seed=seed, at=at, districts=districts):
        yield f"facts {fact}: {rows} rows"
    registers = RegisterDemo(at=at)
    returns = ReturnDemo(at=at, sampler=registers.sampler)
    for kind, count in (*registers.load(), *registers.apply(), *returns.load()):
        yield f"{count} {kind}"
    yield f"{load_events(at=at)} events of organisations"
    snapshot = indicators.take_snapshot(by=SYSTEM, at=timezone.now())
    computation = indicators.compute_indicators(
        snapshot=snapshot,
        by=SYSTEM,
        at=timezone.now(),
        years=range(2018, at.year + 1),
    )
    for code in (places.CHONGQING, places.SICHUAN):
        indicators.publish_values(
            computation=computation, region=code, by=SYSTEM, at=timezone.now()
        )
    yield f"{computation.values.count()} indicator values"
    for title, targets in _policies(at):
        yield f"{title}: {targets} targets"
    for kind, count in load_work(at=timezone.now()).items():
        yield f"{count} {kind}"


def _region(code: str, at: datetime.datetime) -> Any:
    return reference.get_region(code, on=at.date())


def _districts(code: str, at: datetime.datetime) -> tuple[places.District, ...]:
    if not code or code in {district.code for district in places.DISTRICTS}:
        return places.DISTRICTS
    region = _region(code, at)
    return (*places.DISTRICTS, places.district_like(code, region.name))


def _organisations(
    at: datetime.datetime, districts: tuple[places.District, ...] = places.DISTRICTS
) -> int:
    count = 0
    for code, name, offices in places.AUTHORITIES:
        count += _bureau(code, name, offices, at)
    for district in districts:
        short = district.short if district.short[-1:] in "区县市" else f"{district.short}区"
        name = places.BUREAUS.get(district.code, f"{short}教育委员会（演示）")
        count += _bureau(district.code, name, district.offices, at)
        region = _region(district.code, at)
        entries = [
            organisations.Details(
                name=school.name,
                kind=Organisation.Kind.SCHOOL,
                stage=school.stage,
                ownership=school.ownership,
                region=region,
                is_listed=True,
                is_simulated=True,
            )
            for school in district.schools
        ]
        entries += [
            organisations.Details(
                name=name,
                kind=Organisation.Kind.ENTERPRISE,
                region=region,
                is_listed=True,
                is_simulated=True,
            )
            for name in district.enterprises
        ]
        entries.append(
            organisations.Details(
                name=district.park,
                kind=Organisation.Kind.PARK,
                region=region,
                is_listed=True,
                is_simulated=True,
            )
        )
        entries += [
            organisations.Details(
                name=name, kind=kind, region=region, is_listed=True, is_simulated=True
            )
            for kind, name in (
                (Organisation.Kind.INSTITUTE, f"{district.short}产业技术研究院（演示）"),
                (Organisation.Kind.INDUSTRY_BODY, f"{district.short}装备制造行业协会（演示）"),
            )
        ]
        if district.code == places.YONGCHUAN:
            entries.append(
                organisations.Details(
                    name=places.UNIVERSITY,
                    kind=Organisation.Kind.SCHOOL,
                    stage=Organisation.Stage.APPLIED_UNIVERSITY,
                    ownership=Organisation.Ownership.PUBLIC,
                    region=region,
                    is_listed=True,
                    is_simulated=True,
                )
            )
        coded = [(d, f"{district.code}D{n:03d}") for n, d in enumerate(entries, start=1)]
        organisations.register_many(entries=coded, by=SYSTEM, at=at)
        count += len(coded)
    named = organisations.Details(
        name=places.NAMED_SCHOOL,
        kind=Organisation.Kind.SCHOOL,
        stage=Organisation.Stage.SECONDARY,
        ownership=Organisation.Ownership.PUBLIC,
        region=_region(places.WENJIANG, at),
        aliases=places.NAMED_ALIASES,
        is_listed=True,
        is_simulated=False,
    )
    organisations.register_many(entries=[(named, f"{places.WENJIANG}N001")], by=SYSTEM, at=at)
    return count + 1


def _bureau(code: str, name: str, offices: tuple[str, ...], at: datetime.datetime) -> int:
    bureau = organisations.Details(
        name=name,
        kind=Organisation.Kind.BUREAU,
        region=_region(code, at),
        is_listed=True,
        is_simulated=True,
    )
    parent = organisations.register_many(entries=[(bureau, f"{code}B001")], by=SYSTEM, at=at)[0]
    rows = [
        organisations.Details(
            name=office,
            kind=Organisation.Kind.OFFICE,
            region=parent.region,
            parent=parent,
            aliases=("成职教",) if office == "成职教科" else (),
            is_listed=True,
            is_simulated=True,
        )
        for office in offices
    ]
    coded = [(d, f"{code}B{n:03d}") for n, d in enumerate(rows, start=2)]
    organisations.register_many(entries=coded, by=SYSTEM, at=at)
    return 1 + len(coded)


def _scope_of(place: str, at: datetime.datetime) -> Scope:
    if place.isdigit():
        return account_queries.scope_of_region(_region(place, at))
    parent, _slash, name = place.rpartition("/")
    rows = Organisation.objects.filter(name=name)
    if parent:
        rows = rows.filter(parent__name=parent)
    scope: Scope = rows.select_related("scope").get().scope
    return scope


def _people(at: datetime.datetime) -> int:
    for person in (*PEOPLE, *EXPERTS):
        scope = _scope_of(person.place, at)
        user = accounts.create_user(
            username=person.username,
            name=person.name,
            scope=scope,
            password=PASSWORD,
            by=SYSTEM,
            at=at,
            is_simulated=True,
        )
        accounts.grant_role(
            user=user,
            kind=person.role,
            scope=scope,
            starts_on=datetime.date(at.year - 1, 9, 1),
            by=SYSTEM,
            at=at,
            is_simulated=True,
        )
    return len(PEOPLE) + len(EXPERTS)


def _facts(
    *,
    learners: int,
    seed: int,
    at: datetime.datetime,
    districts: tuple[places.District, ...] = places.DISTRICTS,
) -> Iterator[tuple[str, int]]:
    codes = dict(Organisation.objects.values_list("name", "code"))
    schools, enterprises = [], []
    for district in districts:
        schools += [
            (
                codes[s.name],
                district.code,
                s.stage,
                s.ownership,
                s.share,
                district.quality,
                district.since,
            )
            for s in district.schools
        ]
        enterprises += [
            (codes[name], district.code, district.quality, district.since)
            for name in district.enterprises
        ]
    programmes = {
        sector: list(
            reference.programmes(on=at.date(), level=level)
            .order_by("code")
            .values_list("code", flat=True)
        )
        for sector, level in _CATALOGUE.items()
    }
    yield from facts.hand_in(
        schools=schools,
        enterprises=enterprises,
        programmes=programmes,
        learners=learners,
        seed=seed,
        last_year=at.year,
        by=SYSTEM,
        at=at,
    )


def _cascade(link: Any) -> None:
    """Record which clauses carry out which, as we labelled them by hand."""
    files = {"chongqing-2023": places.CHONGQING, "national-2022": places.NATION}
    files |= {"sichuan-2024": places.SICHUAN, "yongchuan-2024": places.YONGCHUAN}
    ends = (link.parent.region.code, link.child.region.code)
    parents = {clause.path: clause for clause in link.parent.clauses.all()}
    children = {clause.path: clause for clause in link.child.clauses.all()}
    path = Path(__file__).parent / "policy_facts" / "cascade.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if (files.get(row["parent"]), files.get(row["child"])) != ends:
                continue
            parent, child = parents.get(row["parent_path"]), children.get(row["child_path"])
            if row["strength"] == "2" and parent is not None and child is not None:
                policies.add_pair(
                    link=link,
                    parent_clause=parent,
                    child_clause=child,
                    by=SYSTEM,
                    at=timezone.now(),
                )


def _policies(at: datetime.datetime) -> Iterator[tuple[str, int]]:
    """Record what the five documents promise, in our own words; their texts are for users to add.

    The promises are real, so they carry no mark; the values beside them do.
    """
    recorded: dict[str, Any] = {}
    for path in sorted((Path(__file__).parent / "policy_facts").glob("*.yaml")):
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
        region = _region(str(read["document"]["region"]), at)
        document = policies.record_document(
            facts=read, region=region, by=SYSTEM, at=timezone.now()
        ).document
        recorded[path.stem] = (document, read["document"].get("parents") or [])
        yield document.title, len(read.get("targets") or [])
    for district, parent, made_up in district_plans(at):
        document = policies.record_document(
            facts=made_up,
            region=_region(district.code, at),
            is_simulated=True,
            by=SYSTEM,
            at=timezone.now(),
        ).document
        recorded[district.code] = (document, [parent])
        yield document.title, len(made_up["targets"])
    for document, parents in recorded.values():
        for name in parents:
            link = policies.link_documents(
                parent=recorded[name][0], child=document, by=SYSTEM, at=timezone.now()
            )
            _cascade(link)
