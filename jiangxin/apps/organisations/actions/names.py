"""Names over time: renaming with a date, and the aliases that documents use."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.organisations import permissions, queries
from jiangxin.apps.organisations.models import (
    Alias,
    Organisation,
    OrganisationName,
    normal_form,
    stem_of,
)
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid, WrongState
from jiangxin.core.permissions import Viewer


@transaction.atomic
def rename(
    *,
    organisation: Organisation,
    name: str,
    starts_on: datetime.date,
    by: Viewer,
    at: datetime.datetime,
    short_name: str = "",
    source: str = "",
    seen: str = "",
) -> OrganisationName:
    """Give an organisation a new official name from a day on; the old one stays as history.

    A day in the future is allowed: the name comes into force on that morning.

    Args:
        source: the decision that gave the name.
        seen: the name that the person saw before; another one by now is a conflict.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        WrongState: it exists no more.
        Conflict: somebody else renamed it since the page was opened.
        Invalid: no name, the same name, one that is taken, or a day before the last change.
    """
    organisation = organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    current = OrganisationName.objects.filter(
        organisation=organisation, ends_on__isnull=True
    ).first()
    if current is None:
        raise WrongState(
            _("%(name)s exists no more, so its name cannot change.") % {"name": organisation}
        )
    if seen and current.name != seen:
        raise Conflict(
            _("Meanwhile somebody renamed it to “%(name)s”. Look at the page again.")
            % {"name": current.name},
            data={"name": current.name},
        )
    normal = normal_form(name)
    problems = _problems(organisation, current, normal, short_name, starts_on)
    if problems:
        raise Invalid(next(iter(problems.values())), data={"fields": problems})
    current.ends_on = starts_on
    current.save(update_fields=["ends_on"])
    renamed: OrganisationName = OrganisationName.objects.create(
        organisation=organisation,
        name=name.strip(),
        short_name=short_name.strip(),
        normal=normal,
        stem=stem_of(normal, queries.region_names(organisation.region, on=at.date())),
        starts_on=starts_on,
        source=source,
        is_simulated=organisation.is_simulated,
    )
    audit.record(
        "organisations.organisation.renamed",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"name": [current.name, renamed.name], "starts_on": starts_on, "source": source},
    )
    if starts_on <= at.date():
        _carry(organisation, renamed, by=by, at=at)
    return renamed


def _problems(
    organisation: Organisation,
    current: OrganisationName,
    normal: str,
    short_name: str,
    starts_on: datetime.date,
) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not normal:
        problems["name"] = _("Give the full official name.")
    elif normal == current.normal and short_name.strip() == current.short_name:
        problems["name"] = _("This is the name in force already.")
    elif (
        OrganisationName.objects.filter(
            normal=normal,
            ends_on__isnull=True,
            organisation__region=organisation.region,
            organisation__parent=organisation.parent,
        )
        .exclude(organisation=organisation)
        .exists()
    ):
        problems["name"] = _("An organisation of this region has this name already.")
    if current.starts_on is not None and starts_on <= current.starts_on:
        problems["starts_on"] = _(
            "The name in force began on %(day)s; a new one must begin later."
        ) % {"day": current.starts_on.isoformat()}
    return problems


def _carry(
    organisation: Organisation, name: OrganisationName, *, by: Viewer, at: datetime.datetime
) -> None:
    organisation.name = name.name
    organisation.short_name = name.short_name
    organisation.pinyin = " ".join(lazy_pinyin(name.name))[:800].lower()
    organisation.save(update_fields=["name", "short_name", "pinyin"])
    accounts.relabel_scope(scope=organisation.scope, label=name.name, by=by, at=at)


@transaction.atomic
def put_names_in_force(*, by: Viewer, at: datetime.datetime) -> int:
    """Let names that begin by today replace the ones shown; returns how many."""
    due = (
        OrganisationName.objects.on(at.date())
        .exclude(Q(organisation__name=F("name"), organisation__short_name=F("short_name")))
        .select_related("organisation__scope")
    )
    for name in due:
        _carry(name.organisation.locked(), name, by=by, at=at)
    return len(due)


@transaction.atomic
def add_alias(
    *,
    organisation: Organisation,
    text: str,
    by: Viewer,
    at: datetime.datetime,
    source: str = "",
) -> Alias:
    """Let another name stand for an organisation in the documents of its region.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        Invalid: the name is empty, or stands for another organisation of the region.
    """
    organisation = organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    normal = normal_form(text)
    problem = ""
    if not normal:
        problem = _("Write the name as the document has it.")
    elif Alias.objects.filter(region=organisation.region, normal=normal).exists():
        problem = _("This name already stands for an organisation here.")
    elif (
        OrganisationName.objects.filter(
            normal=normal, ends_on__isnull=True, organisation__region=organisation.region
        )
        .exclude(organisation=organisation)
        .exists()
    ):
        problem = _("This is the official name of another organisation of the region.")
    if problem:
        raise Invalid(problem, data={"fields": {"text": problem}})
    alias: Alias = Alias.objects.create(
        organisation=organisation,
        region=organisation.region,
        text=text.strip(),
        normal=normal,
        stem=stem_of(normal, queries.region_names(organisation.region, on=at.date())),
        source=source,
        is_simulated=organisation.is_simulated,
    )
    audit.record(
        "organisations.alias.added",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"alias": alias.text, "source": source},
    )
    return alias


@transaction.atomic
def remove_alias(*, alias: Alias, by: Viewer, at: datetime.datetime) -> None:
    """Take back an alias that was a mistake; the trail keeps that it existed."""
    organisation = alias.organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    audit.record(
        "organisations.alias.removed",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"alias": alias.text},
    )
    alias.delete()
