"""Whom to tell: those who file in an edition, and those who carry a duty nearest to a place."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.utils import timezone

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.apps.collections.models import Edition, Filing
from jiangxin.apps.collections.queries.editions import expected_organisations, expected_regions
from jiangxin.apps.collections.workflow import EDITABLE
from jiangxin.apps.reference.models import Region


def local_day(moment: datetime.datetime) -> datetime.date:
    """Return the day of a moment on the calendar of this place."""
    return timezone.localtime(moment).date()


def midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment at which a day begins on the calendar of this place."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time()))


def region_names(paths: Iterable[str], *, on: datetime.date) -> list[str]:
    """Return the names of regions by their paths, in the order of their codes."""
    return list(
        Region.objects.on(on)
        .filter(path__in=list(paths))
        .order_by("code")
        .values_list("name", flat=True)
    )


def missing_scopes(edition: Edition, *, on: datetime.date) -> set[int]:
    """Return the scopes of the filers that have still to hand in."""
    if edition.definition.audience.regions:
        paths = expected_regions(edition, on=on).values("path")
        asked = set(Scope.objects.filter(path__in=paths).values_list("pk", flat=True))
    else:
        organisations = expected_organisations(edition, on=on).order_by()
        asked = set(organisations.values_list("scope", flat=True))
    done = Filing.objects.filter(edition=edition).exclude(state__in=EDITABLE)
    return asked - set(done.values_list("scope", flat=True))


def missing_by_region(scope_ids: Iterable[int]) -> dict[str, int]:
    """Count filers by the path of their region."""
    found: dict[str, int] = {}
    wanted = list(scope_ids)
    for start in range(0, len(wanted), 500):
        rows = Scope.objects.filter(pk__in=wanted[start : start + 500])
        for path in rows.values_list("region__path", flat=True):
            found[path] = found.get(path, 0) + 1
    return dict(sorted(found.items()))


def filers(
    edition: Edition, *, on: datetime.date, scopes: Iterable[int] | None = None
) -> Sequence[User]:
    """List the persons who file in an edition.

    Args:
        scopes: of the filers concerned; None is all who are expected.
    """
    roles = Role.objects.on(on).filter(kind__in=edition.definition.filed_by)
    if scopes is None:
        if edition.definition.audience.regions:
            paths = expected_regions(edition, on=on).values("path")
            roles = roles.filter(scope__kind=Scope.Kind.REGION, scope__path__in=paths)
        else:
            found = expected_organisations(edition, on=on).order_by()
            roles = roles.filter(scope__in=found.values("scope"))
        return list(User.objects.filter(pk__in=roles.values("user"), is_active=True))
    wanted = list(scopes)
    people: set[int] = set()
    for start in range(0, len(wanted), 500):
        some = roles.filter(scope__in=wanted[start : start + 500])
        people.update(some.values_list("user", flat=True))
    return list(User.objects.filter(pk__in=people, is_active=True))


def nearest(duty: str, path: str, *, on: datetime.date) -> tuple[User, ...]:
    """Return who carries a duty in the smallest scope around a path, so that somebody is told."""
    reach: dict[int, list[User]] = {}
    for user in accounts.holders(duty=duty, path=path, on=on):
        held = accounts.viewer_for(user, on=on).paths(duty)
        longest = max(len(scope) for scope in held if path.startswith(scope))
        reach.setdefault(longest, []).append(user)
    return tuple(reach[max(reach)]) if reach else ()
