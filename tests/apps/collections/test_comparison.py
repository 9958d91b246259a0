"""Last year's values, what similar filers give, and warnings that follow from them."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
import yaml

from jiangxin.apps.collections import actions, queries
from jiangxin.apps.collections.models import Edition, parse_definition
from jiangxin.apps.organisations import actions as organisations
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.organisations.queries import Plan
from tests.apps.collections.factories import (
    PLAN,
    SYSTEM,
    at,
    begun,
    collection,
    region,
    school,
)

D = datetime.date


def two_years(*schools: tuple[Organisation, dict[str, int]]) -> Edition:
    """Return this year's edition; last year's was filed and approved with the values given."""
    made = collection()
    actions.run_collection(
        collection=made,
        region=region("500000"),
        starts_on=D(2025, 1, 1),
        by=SYSTEM,
        at=at(1, 2, 2025),
    )
    actions.open_editions(by=SYSTEM, at=at(3, 14, 2025))
    last = queries.editions(viewer=SYSTEM).get(period="2025")
    for one, values in schools:
        filing = queries.filing_of(last, one.scope.uuid, viewer=SYSTEM, on=D(2025, 3, 14))
        when = at(3, 14, 2025)
        row = actions.save_draft(filing=filing, raw=values, seen=0, by=SYSTEM, at=when).filing
        row = actions.submit(filing=row, seen=row.row_version, note="x", by=SYSTEM, at=when)
        for _step in row.steps:
            row = actions.review(filing=row, seen=row.row_version, by=SYSTEM, at=when)
    actions.open_editions(by=SYSTEM, at=at(3, 14))
    return queries.editions(viewer=SYSTEM).get(period="2026")


@pytest.mark.django_db
def test_last_years_values_and_jumps_from_them() -> None:
    one = school()
    asked = two_years((one, {"meals": 900, "students": 800, "cooks": 8}))
    assert queries.previous_values(asked, [one.scope_id]) == {
        one.scope_id: {"meals": 900, "students": 800, "cooks": 8}
    }
    saved = actions.save_draft(
        filing=begun(one, asked),
        raw={"meals": 2000, "students": 810, "cooks": 8},
        seen=0,
        by=SYSTEM,
        at=at(3, 14),
    )
    # 900 → 2000 is more than half as much again, 800 → 810 is not
    assert [(p.path, p.rule, p.severity) for p in saved.problems] == [
        ("meals", "outlier", "warning")
    ]


@pytest.mark.django_db
def test_a_merged_school_is_held_against_the_sum() -> None:
    first, second = school("永川第一职业学校"), school("永川第二职业学校")
    asked = two_years(
        (first, {"meals": 900, "students": 800, "cooks": 8}),
        (second, {"meals": 500, "students": 400}),
    )
    organisations.plan_event(
        plan=Plan(
            kind="merger",
            effective_on=D(2026, 2, 1),
            document="批复",
            sources=(second,),
            target=first,
        ),
        by=SYSTEM,
        at=at(2, 1),
    )
    # cooks are not known of both, so nothing is said about them
    assert queries.previous_values(asked, [first.scope_id]) == {
        first.scope_id: {"meals": 1400, "students": 1200}
    }
    # the school that ended is asked no more, its history stays
    assert list(queries.expected_organisations(asked, on=D(2026, 3, 14))) == [first]
    assert queries.filings(viewer=SYSTEM).filter(organisation=second).count() == 1


def test_statistics_of_similar_filers_by_hand() -> None:
    form = parse_definition(yaml.safe_load(PLAN)).form
    rows = [{"meals": n} for n in (10, 11, 12, 13, 14, 15, 16, 17)]
    # median 13.5; distances 3.5 2.5 1.5 .5 .5 1.5 2.5 3.5, median 2
    assert queries.peer_statistics(form, rows) == {"meals": [8, 13.5, 2.0]}
    assert queries.peer_statistics(form, rows[:7]) == {}
    assert queries.peer_statistics(form, [{"meals": 5}] * 9) == {}
    # 0.6745 * |x - 13.5| / 2 > 3.5 from 23.88 on
    found = queries.unusual_many(
        form, [{"meals": 23}, {"meals": 24}, {"meals": "many"}, {}], {"meals": [8, 13.5, 2.0]}
    )
    assert {place: [p.path for p in problems] for place, problems in found.items()} == {
        1: ["meals"]
    }


def test_statistics_agree_with_a_slow_reference() -> None:
    import random
    import statistics

    form = parse_definition(yaml.safe_load(PLAN)).form
    random_ = random.Random(7)
    rows = [
        {code: random_.randint(0, 1000) for code in ("meals", "students") if random_.random() > 0.2}
        for _ in range(200)
    ]
    for code, (count, middle, spread) in queries.peer_statistics(form, rows).items():
        given = [row[code] for row in rows if code in row]
        assert count == len(given)
        assert middle == statistics.median(given)
        assert spread == statistics.median(abs(x - statistics.median(given)) for x in given)
        assert np.isfinite(spread)


@pytest.mark.django_db
def test_what_is_usual_comes_from_the_last_edition_by_stage() -> None:
    schools = [school(f"永川第{n}号职业学校", key=f"K{n}") for n in range(8)]
    values = [{"meals": 100 + n, "students": 90} for n in range(8)]
    asked = two_years(*zip(schools, values, strict=True))
    # median of 100…107 is 103.5, distances .5 … 3.5, median 2; students do not differ
    assert asked.peers == {"secondary": {"meals": [8, 103.5, 2.0]}}
    newcomer = school("永川新职业学校", key="N")
    saved = actions.save_draft(
        filing=begun(newcomer, asked),
        raw={"meals": 9000, "students": 90},
        seen=0,
        by=SYSTEM,
        at=at(3, 14),
    )
    assert [(p.path, p.rule) for p in saved.problems] == [("meals", "peers")]
