"""A county under a city under a province, with everybody whom the registers need."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from jiangxin.apps.accounts.models import User
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.reference import actions as reference
from jiangxin.apps.registers import actions
from jiangxin.apps.registers.models.definition import Organisations
from jiangxin.core.forms import Field
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, browser, load_regions, person, region_scope
from tests.apps.organisations.factories import organisation

# a county that has all levels above it
PLACE = "510115"
LEVELS = {"county": PLACE, "city": "510100", "provincial": "510000", "national": "000000"}
_ROLES = {"school": "school", "community_school": "school", "bureau": "office", "office": "office"}


class World:
    """Regions, code lists, types, organisations of every kind, and people with roles."""

    def __init__(self) -> None:
        load_regions()
        self._lists()
        actions.load_types(by=SYSTEM, at=NOW)
        self.organisations: list[Organisation] = []
        stages = Organisation.Stage.values
        for number, stage in enumerate([*stages, *stages]):
            ownership = "public" if number < len(stages) else "private"
            self._add("school", number, stage=stage, ownership=ownership)
        for kind in Organisation.Kind.values:
            for number in range(12 if kind != "school" else 0):
                self._add(kind, 100 + number)
        self.people = {
            (role, code): person(role, region_scope(code))
            for role in ("officer", "leader")
            for code in LEVELS.values()
        }
        self.experts = [person("expert", region_scope("000000")) for _number in range(9)]

    def _lists(self) -> None:
        rows = {
            "programmes": [
                reference.ProgrammeRow(level, code, name, "计算机类", "电子与信息大类", False)
                for level, code, name in (
                    ("secondary", "710201", "计算机应用"),
                    ("college", "510201", "计算机应用技术"),
                    ("bachelor", "310201", "计算机应用工程"),
                )
            ],
            "industries": [reference.IndustryRow("C", "C", "制造业", "section", "")],
            "occupations": [reference.OccupationRow("2", "专业技术人员", "major", "", "")],
        }
        for kind, listed in rows.items():
            header = reference.EditionHeader(kind, "test", starts_on=None)
            reference.load_edition(header=header, rows=listed, by=SYSTEM, at=NOW)

    def _add(self, kind: str, number: int, **values: Any) -> None:
        values.setdefault("stage", "")
        name = f"成都第{number}{Organisation.Kind(kind).label}"
        if kind == "office":
            bureau = next(row for row in self.organisations if row.kind == "bureau")
            values["parent"] = bureau
        values["is_listed"] = True
        made = organisation(name, PLACE, kind=kind, key=f"W{kind[:4]}{number}", **values)
        self.organisations.append(made)

    def fitting(self, who: Organisations, count: int = 1) -> list[Organisation]:
        """Return organisations that fit, so many at least."""
        found = [
            row
            for row in self.organisations
            if who.fits(row) and (not who.stages or row.stage in ("", *who.stages))
        ]
        assert len(found) >= count, who
        return found

    def at(self, path: str, role: str) -> Client:
        """Return the browser of who holds a role exactly at a scope path."""
        return browser(self.people[role, path.rstrip("/").rpartition("/")[2]])

    def of(self, holder: Organisation) -> Client:
        """Return the browser of who applies for an organisation."""
        role = _ROLES.get(holder.kind, "enterprise")
        username = f"w-{holder.code}"
        known = User.objects.filter(username=username).first()
        return browser(known or person(role, holder.scope, username=username))

    def linked(self, field: Field) -> list[str]:
        """Return the codes of things that a link field may name."""
        where = field.where
        if field.to == "programme":
            level = where.get("level", "secondary")
            level = level[0] if isinstance(level, list) else level
            return {"secondary": ["710201"], "college": ["510201"], "bachelor": ["310201"]}[level]
        if field.to == "organisation":
            kinds = {"kinds": where.get("kind", ()), "stages": where.get("stage", ())}
            kinds = {key: (v,) if isinstance(v, str) else tuple(v) for key, v in kinds.items()}
            return [row.code for row in self.fitting(Organisations(**kinds))]
        if field.to == "person":
            return [str(one.uuid) for one in self.experts]
        return {
            "region": [PLACE, "500118", "510000", "500000"],
            "industry": ["C"],
            "occupation": ["2"],
        }[field.to]


def address(name: str, *args: Any, **query: Any) -> str:
    """Return the address of a page of registers."""
    url = reverse(f"registers:{name}", args=args)
    return f"{url}?{urlencode(query)}" if query else url
