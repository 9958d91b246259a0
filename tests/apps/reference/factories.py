"""A small country for tests: loaded by the real action, from rows as a sheet would give them."""

from __future__ import annotations

import datetime

from jiangxin.apps.reference import actions
from jiangxin.core.permissions import Grant, Viewer

AT = datetime.datetime(2026, 9, 1, 4, tzinfo=datetime.UTC)
TODAY = datetime.date(2026, 9, 1)
OPERATOR = Viewer(
    user_id=1,
    name="operator",
    grants=(Grant("operator", frozenset({"reference.load", "reference.calendar"}), "000000/"),),
)
OFFICER_OF_EAST = Viewer(
    user_id=2,
    name="officer",
    grants=(Grant("officer", frozenset({"reference.calendar"}), "000000/100000/110000/"),),
)

COUNTRY = (
    ("000000", "国", "nation", ""),
    ("100000", "东省", "province", "000000"),
    ("110000", "长安市", "city", "100000"),
    ("110001", "乐安县", "county", "110000"),
    ("110002", "重庆路区", "county", "110000"),
    ("200000", "西省", "province", "000000"),
)


def division_rows(*changes: tuple[str, str, str, str]) -> list[actions.DivisionRow]:
    """Return the rows of the small country with some replaced or, without a name, left out."""
    rows = {row[0]: row for row in COUNTRY} | {row[0]: row for row in changes}
    return [actions.DivisionRow(*row) for row in rows.values() if row[1]]


def load_country(
    *changes: tuple[str, str, str, str],
    name: str = "first",
    starts_on: datetime.date | None = None,
    is_complete: bool = True,
    is_dry_run: bool = False,
) -> actions.Outcome:
    """Load an edition of the small country."""
    return actions.load_edition(
        header=actions.EditionHeader(
            "divisions", name, starts_on=starts_on, is_complete=is_complete
        ),
        rows=division_rows(*changes),
        by=OPERATOR,
        at=AT,
        is_dry_run=is_dry_run,
    )
