"""Registering an organisation, changing what is known of it, and closing it."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from pypinyin import lazy_pinyin
from stdnum.cn import uscc as credit_code
from stdnum.exceptions import ValidationError as NumberError

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

Kind = Organisation.Kind


class LikelyDuplicate(Conflict):
    """The organisation may already be known; a person must say that it is another one."""

    code = "likely_duplicate"


@dataclass(frozen=True, slots=True)
class Details:
    """What a person says about an organisation.

    Args:
        parent: the body that it is a part of; an office must have one.
        aliases: other names in documents; used when registering.
        name: the official name in force.
    """

    name: str
    kind: str
    region: Any
    stage: str = ""
    short_name: str = ""
    ownership: str = ""
    uscc: str = ""
    school_code: str = ""
    parent: Organisation | None = None
    aliases: tuple[str, ...] = field(default=())
    is_listed: bool = False
    starts_on: datetime.date | None = None
    ends_on: datetime.date | None = None
    address: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    notes: str = ""
    is_simulated: bool = False


# what `revise` compares and stores; names and periods have acts of their own
REVISABLE = (
    "stage",
    "ownership",
    "uscc",
    "school_code",
    "is_listed",
    "address",
    "contact_name",
    "contact_phone",
    "notes",
)
# the trail says that these changed, not what they say
_WITHHELD = frozenset({"contact_name", "contact_phone", "notes"})


def problems_of(details: Details, *, provinces: frozenset[str]) -> dict[str, str]:
    """Return what is wrong with each field, without looking at other organisations.

    Args:
        provinces: first two digits of the provinces that exist.

    Source:
        GB 32100-2015 for the unified social credit code (18 characters, the last one checks the
        others). 学校标识码: ten digits, the third and fourth give the province; inferred from
        published codes, other rules are not known to us.
    """
    found: dict[str, str] = {}
    if not normal_form(details.name):
        found["name"] = _("Give the full official name.")
    if details.kind not in Kind.values:
        found["kind"] = _("Choose one of the kinds of the list.")
    if (details.kind == Kind.SCHOOL) != bool(details.stage):
        found["stage"] = _("A school needs a stage, and only a school has one.")
    if details.uscc and not _is_credit_code(details.uscc):
        found["uscc"] = _(
            "A credit code has 18 characters without I, O, S, V and Z, and the last one must fit "
            "the others. Compare it with the certificate."
        )
    code = details.school_code
    if code and not (len(code) == 10 and code.isascii() and code.isdigit()):
        found["school_code"] = _("A school code has exactly ten digits.")
    elif code and code[2:4] not in provinces:
        found["school_code"] = _("The third and fourth digit are not the code of a province.")
    if details.kind == Kind.OFFICE and details.parent is None:
        found["parent"] = _("Name the authority that the office belongs to.")
    if details.parent is not None and details.parent.region_id != details.region.pk:
        found["parent"] = _("The authority above lies in another region.")
    if details.starts_on and details.ends_on and details.ends_on <= details.starts_on:
        found["ends_on"] = _("The end must lie after the beginning.")
    return found


def _is_credit_code(text: str) -> bool:
    try:
        return bool(credit_code.validate(text) == text)
    except NumberError:
        return False


@transaction.atomic
def register(
    *,
    details: Details,
    by: Viewer,
    at: datetime.datetime,
    code: str = "",
    is_new: bool = False,
    reason: str = "",
) -> Organisation:
    """Make an organisation known, with its scope and its first name.

    Args:
        code: by which fact tables know it; empty takes the school code, else the credit code,
            else a code is made.
        is_new: a person looked at similar ones and says that this is another.
        reason: how the person knows; kept in the trail.

    Raises:
        NotPermitted: `by` does not manage organisations of this region or parent.
        Invalid: a field breaks a rule, or a code or name is taken; names the fields.
        LikelyDuplicate: a similar one is known and `is_new` is false; `data` lists candidates.
    """
    scope = queries.scope_for(details.region, details.parent)
    permissions.can_manage_organisations(by, scope.path).enforce()
    problems = problems_of(details, provinces=queries.province_codes(on=at.date()))
    problems |= taken(details, code)
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    candidates = queries.duplicates_of(
        name=details.name,
        region=details.region,
        viewer=by,
        on=at.date(),
        uscc=details.uscc,
        school_code=details.school_code,
        address=details.address,
    )
    if candidates and not is_new:
        raise LikelyDuplicate(
            _(
                "Organisations with similar names are known. Compare them; if this is another "
                "one, say so and save again."
            ),
            data={"candidates": [str(c.organisation.uuid) for c in candidates]},
        )
    made = register_many(entries=[(details, code)], by=by, at=at)[0]
    if candidates and reason.strip():
        audit.record(
            "organisations.duplicate.denied",
            by=by,
            at=at,
            subject=made,
            path=made.scope.path,
            data={
                "candidates": [c.organisation.code for c in candidates],
                "reason": reason.strip()[:300],
            },
        )
    return made


def taken(details: Details, code: str, *, besides: Collection[int] = ()) -> dict[str, str]:
    """Return which names and codes of a new organisation another one has already.

    Args:
        besides: row ids of organisations that do not count.
    """
    found: dict[str, str] = {}
    for name, value in (("uscc", details.uscc), ("school_code", details.school_code)):
        if value and Organisation.objects.filter(**{name: value}).exists():
            found[name] = _("Another organisation has this code already.")
    if code and Organisation.objects.filter(code=code).exists():
        found["code"] = _("Another organisation has this code already.")
    here = OrganisationName.objects.filter(
        normal=normal_form(details.name),
        ends_on__isnull=True,
        organisation__region=details.region,
        organisation__parent=details.parent,
    ).exclude(organisation__in=besides)
    if here.exists():
        found["name"] = _("An organisation of this region has this name already.")
    for alias in details.aliases:
        if Alias.objects.filter(region=details.region, normal=normal_form(alias)).exists():
            found["aliases"] = _("“%(name)s” already stands for another organisation here.") % {
                "name": alias
            }
    return found


@transaction.atomic
def register_many(
    *,
    entries: Sequence[tuple[Details, str]],
    by: Viewer,
    at: datetime.datetime,
) -> list[Organisation]:
    """Register organisations whose values were checked, all or none, in the order given.

    Args:
        entries: details and code of each (an empty code is made); a parent must exist already.

    Raises:
        NotPermitted: `by` does not manage one of the scopes.
    """
    places = {(details.region, details.parent) for details, _code in entries}
    scope_of = {place: queries.scope_for(*place) for place in places}
    insides = [scope_of[details.region, details.parent] for details, _code in entries]
    for path in {inside.path for inside in insides}:
        permissions.can_manage_organisations(by, path).enforce()
    codes = [code or _code_of(details) for details, code in entries]
    scopes = accounts.create_organisation_scopes(
        entries=[
            (inside, code, details.name, details.is_simulated)
            for inside, code, (details, _given) in zip(insides, codes, entries, strict=True)
        ],
        by=by,
        at=at,
    )
    rows = [
        Organisation(
            code=code,
            kind=details.kind,
            name=details.name,
            short_name=details.short_name,
            pinyin=" ".join(lazy_pinyin(details.name))[:800].lower(),
            region=details.region,
            parent=details.parent,
            scope=scope,
            starts_on=details.starts_on,
            ends_on=details.ends_on,
            is_simulated=details.is_simulated,
            **{name: getattr(details, name) for name in REVISABLE},
        )
        for (details, _given), code, scope in zip(entries, codes, scopes, strict=True)
    ]
    rows = Organisation.objects.bulk_create(rows, batch_size=500)
    _name_all(rows, [details for details, _given in entries], at=at)
    for row in rows:
        audit.record(
            "organisations.organisation.registered",
            by=by,
            at=at,
            subject=row,
            path=row.scope.path,
            data={"name": row.name, "code": row.code, "kind": row.kind},
        )
    return rows


def _code_of(details: Details) -> str:
    if details.school_code or details.uscc:
        return details.school_code or details.uscc
    return f"{details.region.code}X{secrets.token_hex(4).upper()}"


def _name_all(
    rows: Sequence[Organisation], details: Sequence[Details], *, at: datetime.datetime
) -> None:
    names, aliases = [], []
    places: dict[str, tuple[str, ...]] = {}
    for row, said in zip(rows, details, strict=True):
        if said.region.code not in places:
            places[said.region.code] = queries.region_names(said.region, on=at.date())
        regions = places[said.region.code]
        normal = normal_form(said.name)
        names.append(
            OrganisationName(
                organisation=row,
                name=said.name,
                short_name=said.short_name,
                normal=normal,
                stem=stem_of(normal, regions),
                starts_on=said.starts_on,
                is_simulated=row.is_simulated,
            )
        )
        for normal, text in {normal_form(text): text for text in said.aliases}.items():
            aliases.append(
                Alias(
                    organisation=row,
                    region=said.region,
                    text=text,
                    normal=normal,
                    stem=stem_of(normal, regions),
                    is_simulated=row.is_simulated,
                )
            )
    OrganisationName.objects.bulk_create(names, batch_size=500)
    Alias.objects.bulk_create(aliases, batch_size=500)


@transaction.atomic
def revise(
    *, organisation: Organisation, details: Details, by: Viewer, at: datetime.datetime
) -> Organisation:
    """Correct what is known of an organisation; names, place and end have acts of their own.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        Invalid: a field breaks a rule or a code is taken; names the fields.
    """
    organisation = organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    problems = problems_of(details, provinces=queries.province_codes(on=at.date()))
    for name in ("uscc", "school_code"):
        value = getattr(details, name)
        others = Organisation.objects.filter(**{name: value}).exclude(pk=organisation.pk)
        if value and others.exists():
            problems[name] = _("Another organisation has this code already.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    changed: dict[str, object] = {}
    for name in REVISABLE:
        old, new = getattr(organisation, name), getattr(details, name)
        if old != new:
            changed[name] = "changed" if name in _WITHHELD else [old, new]
            setattr(organisation, name, new)
    if changed:
        organisation.save(update_fields=list(changed))
        audit.record(
            "organisations.organisation.revised",
            by=by,
            at=at,
            subject=organisation,
            path=organisation.scope.path,
            data=changed,
        )
    return organisation


@transaction.atomic
def close(
    *, organisation: Organisation, ends_on: datetime.date, by: Viewer, at: datetime.datetime
) -> Organisation:
    """End an organisation on a day (excluded); everything that was recorded of it stays.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        WrongState: it is closed already, or parts of it are still open.
        Invalid: the day does not lie after its beginning.
    """
    organisation = organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    if organisation.ends_on is not None:
        raise WrongState(
            _("%(name)s was closed on %(day)s already.")
            % {"name": organisation, "day": organisation.ends_on.isoformat()}
        )
    later = Q(ends_on__isnull=True) | Q(ends_on__gt=ends_on)
    if organisation.parts.filter(later).exists():
        raise WrongState(
            _("Offices or parts of %(name)s are still open on that day. Close them first.")
            % {"name": organisation}
        )
    if organisation.starts_on and ends_on <= organisation.starts_on:
        message = _("The end must lie after the beginning.")
        raise Invalid(message, data={"fields": {"ends_on": message}})
    organisation.ends_on = ends_on
    organisation.save(update_fields=["ends_on"])
    audit.record(
        "organisations.organisation.closed",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"ends_on": ends_on},
    )
    return organisation
