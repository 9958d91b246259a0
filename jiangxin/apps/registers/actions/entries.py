"""Care of what is recognised: members come and go, values change, the yearly check is recorded."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.registers import permissions, queries
from jiangxin.apps.registers.actions.notes import nearest, tell
from jiangxin.apps.registers.actions.recognitions import keep_revision
from jiangxin.apps.registers.models import AnnualCheck, Entry, Member
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.permissions import Viewer


@transaction.atomic
def add_member(
    *,
    entry: Entry,
    role: str,
    organisation: Any,
    starts_on: datetime.date,
    by: Viewer,
    at: datetime.datetime,
) -> Member:
    """Let an organisation join in a role from a day on.

    Raises:
        Invalid: the role or the organisation does not fit the type, the role is full, or the
            organisation has it already.
    """
    entry = entry.locked()
    permissions.can_change_entry(by, entry).enforce()
    definition = queries.definition_of(entry.type_version)
    known = definition.role(role)
    problems = {}
    if known is None:
        problems["role"] = _("This type knows no role “%(role)s”.") % {"role": role}
    elif not known.who.fits(organisation):
        problems["organisation"] = _("%(name)s is of a kind that cannot be %(role)s.") % {
            "name": organisation.name,
            "role": known.label,
        }
    present = list(entry.members.on(starts_on).filter(role=role))
    if any(row.organisation_id == organisation.pk for row in present):
        problems["organisation"] = _("%(name)s has this role already.") % {
            "name": organisation.name
        }
    elif known is not None and known.max is not None and len(present) >= known.max:
        problems["role"] = _("%(role)s: at most %(n)s at a time. Let another leave first.") % {
            "role": known.label,
            "n": known.max,
        }
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    member = Member.objects.create(
        entry=entry,
        role=role,
        organisation=organisation,
        starts_on=starts_on,
        is_simulated=entry.is_simulated,
    )
    audit.record(
        "registers.member.joined",
        by=by,
        at=at,
        subject=member,
        path=entry.scope.path,
        data={"role": role, "organisation": organisation.code, "on": starts_on},
    )
    return member


@transaction.atomic
def remove_member(
    *,
    member: Member,
    ends_on: datetime.date,
    reason: str,
    by: Viewer,
    at: datetime.datetime,
) -> Member:
    """Let a member leave: the day given is the first on which it is no member; history stays.

    Raises:
        Invalid: the reason is missing, the day lies before it joined, or it left already.
    """
    if member.entry is None:
        raise Invalid(_("Members of an application are changed in the application."))
    entry = member.entry.locked()
    member = member.locked()
    permissions.can_change_entry(by, entry).enforce()
    problems = {}
    if not reason.strip():
        problems["reason"] = _("Say why it leaves.")
    if member.starts_on is not None and ends_on < member.starts_on:
        problems["ends_on"] = _("A member cannot leave before it joined.")
    if member.ends_on is not None and member.ends_on <= at.date():
        problems["ends_on"] = _("It left already on %(day)s.") % {"day": member.ends_on}
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    member.ends_on = ends_on
    member.save(update_fields=["ends_on"])
    audit.record(
        "registers.member.left",
        by=by,
        at=at,
        subject=member,
        path=entry.scope.path,
        data={"role": member.role, "on": ends_on, "reason": reason.strip()},
    )
    return member


@transaction.atomic
def amend_entry(
    *,
    entry: Entry,
    version: int,
    raw: Mapping[str, Any],
    reason: str,
    by: Viewer,
    at: datetime.datetime,
    title: str | None = None,
) -> Entry:
    """Change title or values of what is recognised, in the newest form; the earlier ones stay.

    Raises:
        Invalid: values or reason are missing or wrong; names the fields.
        Conflict: somebody changed the entry meanwhile.
    """
    entry = entry.locked()
    permissions.can_change_entry(by, entry).enforce()
    if entry.version != version:
        last = entry.revisions.first()
        raise Conflict(
            _("%(name)s changed this entry meanwhile. Look at it again first.")
            % {"name": last.changed_by_name if last else ""},
            data={"version": entry.version},
        )
    newest = queries.current_version(entry.type, on=at.date())
    checked = queries.checked(
        queries.definition_of(newest).form,
        raw,
        on=at.date(),
        path=entry.region.path,
        previous=entry.values,
    )
    name = entry.title if title is None else title.strip()
    problems = {}
    if not reason.strip():
        problems["reason"] = _("Say why it is changed.")
    if not name or len(name) > 200:
        problems["title"] = _("Give a title of at most %(n)s characters.") % {"n": 200}
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    if checked.errors:
        raise queries.refusal(checked.errors)
    fields = sorted(
        code
        for code in {*entry.values, *checked.values}
        if entry.values.get(code) != checked.values.get(code)
    )
    keep_revision(entry, reason.strip(), by=by, at=at)
    entry.title, entry.values, entry.type_version = name, checked.values, newest
    entry.save()
    audit.record(
        "registers.entry.amended",
        by=by,
        at=at,
        subject=entry,
        path=entry.scope.path,
        data={"fields": fields, "reason": reason.strip()},
    )
    return entry


@transaction.atomic
def record_annual_check(
    *,
    entry: Entry,
    year: int,
    raw: Mapping[str, Any],
    outcome: str,
    by: Viewer,
    at: datetime.datetime,
    note: str = "",
    mend_by: datetime.date | None = None,
) -> AnnualCheck:
    """Record what the check of a year found; the holder is told unless all is well.

    A failed check withdraws nothing by itself: that is a decision of its own.

    Raises:
        Invalid: values are missing or wrong, the type has no check, or the check of the year is
            recorded already.
    """
    entry = entry.locked()
    permissions.can_check_entry(by, entry).enforce()
    annual = queries.current_definition(entry.type, on=at.date()).annual_check
    if annual is None:
        raise Invalid(_("Things of this type are not checked every year."))
    problems = {}
    if not entry.first_recognised_on.year <= year <= at.year:
        problems["year"] = _("Give a year between the recognition and this year.")
    elif entry.checks.filter(year=year).exists():
        problems["year"] = _("The check of this year is recorded already.")
    if outcome not in AnnualCheck.Outcome.values:
        problems["outcome"] = _("Choose what the check found.")
    if outcome == AnnualCheck.Outcome.TO_MEND and mend_by is None:
        problems["mend_by"] = _("Say until when it must be mended.")
    if outcome != AnnualCheck.Outcome.PASSED and not note.strip():
        problems["note"] = _("Say what was found; the holder reads it.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    earlier = entry.checks.filter(year__lt=year).order_by("-year").first()
    checked = queries.checked(
        annual.form,
        raw,
        on=at.date(),
        path=entry.region.path,
        previous=None if earlier is None else earlier.values,
    )
    if checked.errors:
        raise queries.refusal(checked.errors)
    check = AnnualCheck.objects.create(
        entry=entry,
        type_version=queries.current_version(entry.type, on=at.date()),
        year=year,
        values=checked.values,
        outcome=outcome,
        mend_by=mend_by,
        note=note.strip()[:500],
        checked_by_name=by.name[:100],
        checked_at=at,
        is_simulated=entry.is_simulated,
    )
    if outcome != AnnualCheck.Outcome.PASSED:
        tell(
            "registers_check_found",
            nearest("registers.apply", entry.scope.path, on=at.date()),
            entry,
            by=by,
            at=at,
            context={"year": year, "outcome": str(check.get_outcome_display()), "note": note},
            due_on=mend_by,
        )
    audit.record(
        "registers.check.recorded",
        by=by,
        at=at,
        subject=check,
        path=entry.scope.path,
        data={"year": year, "outcome": outcome},
    )
    return check
