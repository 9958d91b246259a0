"""The district in which the journeys happen, made by the real actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from jiangxin.apps.accounts.models import User
from tests.apps.accounts.factories import browser, person, region
from tests.apps.indicators.factories import computed
from tests.apps.organisations.factories import organisation

# of three enterprises above scale one took part in 2024, two in 2025: 1/3 and 2/3
ENTERPRISES = (
    ("500118", "E1", 2024, True, True, True),
    ("500118", "E2", 2024, True, False, False),
    ("500118", "E3", 2024, True, False, False),
    ("500118", "E1", 2025, True, True, True),
    ("500118", "E2", 2025, True, True, False),
    ("500118", "E3", 2025, True, False, False),
    ("500118", "E4", 2025, False, False, False),
)


@dataclass(frozen=True)
class District:
    """Who works in the district, each with a browser of their own."""

    people: dict[str, User]
    browsers: dict[str, Client]


@pytest.fixture
def district(db: None) -> District:
    """Yongchuan with its bureau, an office, a school, and one person for each task."""
    region()
    bureau = organisation("永川区教育委员会", kind="bureau", stage="", aliases=("区教委",))
    office = organisation("职业教育科", kind="office", stage="", parent=bureau)
    school = organisation("永川第一职业学校")
    people = {
        "officer": person("officer", name="李科员"),
        "leader": person("leader", name="陈主任"),
        "operator": person("operator", name="罗运维"),
        "office": person("office", office.scope, name="赵干事"),
        "school": person("school", school.scope, name="孙校办"),
    }
    return District(people, {kind: browser(user) for kind, user in people.items()})


@pytest.fixture
def compute(tmp_path: Path) -> Callable[[], object]:
    """Hand in the facts of the enterprises and compute; the shares can be counted by hand."""
    return lambda: computed(tmp_path, ENTERPRISES)
