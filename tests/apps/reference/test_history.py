"""Random histories of a small country: every day answers as the edition of that day says."""

from __future__ import annotations

import datetime
import random

import pytest

from jiangxin.apps.reference import actions, queries
from jiangxin.core.permissions import SYSTEM

from .factories import AT

pytestmark = pytest.mark.django_db

LEVELS = ("nation", "province", "city", "county")
Country = dict[str, tuple[str, str, str]]


def random_country(rng: random.Random) -> Country:
    """Return code → (name, level, parent), with names and places drawn anew."""
    country: Country = {"000000": ("国", "nation", "")}
    above = ["000000"]
    for depth, size in ((1, 3), (2, 4), (3, 5)):
        codes = [f"{depth}{n:05}" for n in range(size) if rng.random() < 0.8] or [f"{depth}00000"]
        for code in codes:
            country[code] = (rng.choice("甲乙丙") + "地", LEVELS[depth], rng.choice(above))
        above = codes
    return country


def line_of(country: Country, code: str) -> list[str]:
    """Walk up by hand: the codes from the nation down to the region itself."""
    line = [code]
    while country[line[0]][2]:
        line.insert(0, country[line[0]][2])
    return line


@pytest.mark.parametrize("seed", range(8))
def test_every_day_answers_as_its_edition_says(seed: int) -> None:
    rng = random.Random(seed)
    history = [
        (datetime.date(2000 + 5 * n, 1, 1) if n else None, random_country(rng)) for n in range(4)
    ]
    for starts_on, country in history:
        actions.load_edition(
            header=actions.EditionHeader("divisions", str(starts_on), starts_on=starts_on),
            rows=[actions.DivisionRow(code, *facts) for code, facts in country.items()],
            by=SYSTEM,
            at=AT,
        )
    for starts_on, country in history:
        for later in (0, 400):
            on = (starts_on or datetime.date(1999, 1, 1)) + datetime.timedelta(days=later)
            if starts_on is None and later:
                continue
            found = {region.code: region for region in queries.regions(on=on)}
            assert {code: region.name for code, region in found.items()} == {
                code: facts[0] for code, facts in country.items()
            }
            for code in country:
                line = line_of(country, code)
                assert found[code].path == "".join(f"{step}/" for step in line)
                assert [r.code for r in queries.ancestors_of(code, on=on)] == line[:-1]
                below = sorted(c for c in country if code in line_of(country, c))
                assert queries.codes_within(code, on=on) == below
                children = sorted(c for c, facts in country.items() if facts[2] == code)
                assert [r.code for r in queries.children_of(code, on=on)] == children
