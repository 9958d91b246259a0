"""A small country with two districts and people in them, made by the real actions."""

from __future__ import annotations

import datetime
from typing import Any

from django.test import Client

from jiangxin.apps.accounts import actions, queries
from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.apps.reference import actions as reference_actions
from jiangxin.apps.reference import queries as reference
from jiangxin.core.permissions import SYSTEM, Viewer

NOW = datetime.datetime(2026, 3, 14, 10, 0, tzinfo=datetime.UTC)
TODAY = NOW.date()
LONG_AGO = datetime.date(2020, 1, 1)

DIVISIONS = (
    ("000000", "全国", "nation", ""),
    ("500000", "重庆市", "province", "000000"),
    ("500118", "永川区", "county", "500000"),
    ("510000", "四川省", "province", "000000"),
    ("510100", "成都市", "city", "510000"),
    ("510115", "温江区", "county", "510100"),
)


def load_regions() -> None:
    """Load the divisions and give each region its scope, unless that was done."""
    if Scope.objects.exists():
        return
    rows = [reference_actions.DivisionRow(*row) for row in DIVISIONS]
    header = reference_actions.EditionHeader("divisions", "test", starts_on=None)
    reference_actions.load_edition(header=header, rows=rows, by=SYSTEM, at=NOW)
    actions.create_region_scopes(by=SYSTEM, at=NOW)


def region(code: str = "500118") -> Any:
    """Return a region of the small country."""
    load_regions()
    return reference.get_region(code, on=TODAY)


def region_scope(code: str = "500118") -> Scope:
    """Return the scope of a region."""
    return queries.scope_of_region(region(code))


def person(
    kind: str = "",
    scope: Scope | None = None,
    *,
    username: str = "",
    name: str = "",
    email: str = "",
    language: str = "en",
    **values: Any,
) -> User:
    """Return a person, holding a role in the scope if a kind is given; password "pass-word-1"."""
    scope = scope or region_scope()
    username = username or f"{kind or 'person'}{User.objects.count()}"
    user = actions.create_user(
        username=username,
        name=name or username,
        scope=scope,
        by=SYSTEM,
        at=NOW,
        password="pass-word-1",
        email=email,
        language=language,
        **values,
    )
    if kind:
        grant(user, kind, scope)
    return user


def grant(user: User, kind: str, scope: Scope, ends_on: datetime.date | None = None) -> Role:
    """Give a person a role since long ago."""
    return actions.grant_role(
        user=user,
        kind=kind,
        scope=scope,
        starts_on=LONG_AGO,
        ends_on=ends_on,
        by=SYSTEM,
        at=NOW,
    )


def browser(user: User | None = None) -> Client:
    """Return a browser set to English, in which the person is signed in."""
    client = Client(headers={"accept-language": "en"})
    if user is not None:
        client.force_login(user)
    return client


def viewer(user: User, on: datetime.date = TODAY) -> Viewer:
    """Return the viewer that a person is on a day."""
    return queries.viewer_for(user, on=on)


def officer(code: str = "500118", kind: str = "officer") -> Viewer:
    """Return a new officer of a region as a viewer."""
    return viewer(person(kind, region_scope(code)))
