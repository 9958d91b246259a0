"""By whom an organisation is owned and run, on which campuses, and what groups align."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from jiangxin.apps.organisations import permissions, queries
from jiangxin.apps.organisations.models import Campus, Holding, Organisation, OrganisationLink
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

Form = Organisation.OwnershipForm
Ownership = Organisation.Ownership

# which forms go with public, private and mixed ownership. Source: inferred from LAY-09 (private by
# one investor, by joint capital or in cooperation; by shares; mixed; by state-owned enterprises)
FORMS_OF: dict[str, tuple[str, ...]] = {
    Ownership.PUBLIC: (Form.GOVERNMENT, Form.STATE_ENTERPRISE),
    Ownership.PRIVATE: (Form.SOLE, Form.JOINT, Form.COOPERATIVE, Form.SHAREHOLDING),
    Ownership.MIXED: (Form.SHAREHOLDING, Form.MIXED),
}


def _refuse(field: str, message: str) -> Invalid:
    return Invalid(message, data={"fields": {field: message}})


@transaction.atomic
def set_ownership(
    *, organisation: Organisation, ownership: str, form: str, by: Viewer, at: datetime.datetime
) -> Organisation:
    """Record whether an organisation is public, private or mixed, and in which form.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        Invalid: the form does not go with the ownership.
    """
    organisation = organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    if ownership not in Ownership.values:
        raise _refuse("ownership", _("Choose public, private or mixed."))
    if form and form not in FORMS_OF[ownership]:
        labels = _(", ").join(str(Form(code).label) for code in FORMS_OF[ownership])
        raise _refuse("form", _("With this ownership go: %(forms)s.") % {"forms": labels})
    before = [organisation.ownership, organisation.ownership_form]
    organisation.ownership, organisation.ownership_form = ownership, form
    organisation.save(update_fields=["ownership", "ownership_form"])
    audit.record(
        "organisations.ownership.set",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"ownership": [before, [ownership, form]]},
    )
    return organisation


@transaction.atomic
def record_holding(
    *,
    organisation: Organisation,
    holder_kind: str,
    by: Viewer,
    at: datetime.datetime,
    holder: Organisation | None = None,
    holder_name: str = "",
    share_percent: Decimal | None = None,
    starts_on: datetime.date | None = None,
    ends_on: datetime.date | None = None,
    source: str = "",
) -> Holding:
    """Record that somebody holds a share in an organisation during a period.

    Args:
        holder: the organisation that holds it, if the register knows it; else `holder_name`.
        share_percent: of the capital; empty if it was not agreed or is not known.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        Invalid: no holder, a period that ends before it begins, a cycle of ownership over any
            number of steps, or shares above 100 percent on some day.
    """
    # all that could close a cycle or fill up the shares is decided one after the other
    organisation = organisation.locked()
    if holder is not None:
        holder = holder.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    if holder is None and not holder_name.strip():
        raise _refuse("holder", _("Name who holds the share."))
    if holder_kind not in Holding.HolderKind.values:
        raise _refuse("holder_kind", _("Choose one of the kinds of the list."))
    if starts_on and ends_on and ends_on <= starts_on:
        raise _refuse("ends_on", _("The end must lie after the beginning."))
    if share_percent is not None and not 0 < share_percent <= 100:
        raise _refuse("share_percent", _("A share lies above 0 and not above 100 percent."))
    if holder is not None:
        if holder.pk == organisation.pk:
            raise _refuse("holder", _("An organisation cannot own itself."))
        if queries.owns(organisation, holder, on=starts_on or datetime.date.min):
            message = _("%(name)s belongs to this organisation already, so it cannot own it.")
            raise _refuse("holder", message % {"name": holder})
    _check_shares(organisation, share_percent, starts_on, ends_on)
    holding: Holding = Holding.objects.create(
        organisation=organisation,
        holder=holder,
        holder_name=holder.name if holder is not None else holder_name.strip(),
        holder_kind=holder_kind,
        share_percent=share_percent,
        starts_on=starts_on,
        ends_on=ends_on,
        source=source.strip(),
        is_simulated=organisation.is_simulated,
    )
    audit.record(
        "organisations.holding.recorded",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={
            "holder": holder.code if holder is not None else holding.holder_name,
            "share_percent": str(share_percent or ""),
            "starts_on": starts_on,
            "ends_on": ends_on,
            "source": holding.source,
        },
    )
    return holding


def _check_shares(
    organisation: Organisation,
    share: Decimal | None,
    starts_on: datetime.date | None,
    ends_on: datetime.date | None,
) -> None:
    """Refuse a share with which those of some day would be more than the whole."""
    if share is None:
        return
    begins = Q()
    if ends_on is not None:
        begins = Q(starts_on__isnull=True) | Q(starts_on__lt=ends_on)
    ends = Q()
    if starts_on is not None:
        ends = Q(ends_on__isnull=True) | Q(ends_on__gt=starts_on)
    rows = list(
        Holding.objects.filter(begins, ends, organisation=organisation, share_percent__isnull=False)
    )
    first = datetime.date.min
    # the sum can only rise on a day on which a share begins
    days = {starts_on or first, *(max(row.starts_on or first, starts_on or first) for row in rows)}
    for day in sorted(days):
        there = sum(
            row.share_percent
            for row in rows
            if (row.starts_on or first) <= day and (row.ends_on is None or day < row.ends_on)
        )
        if there + share > 100:
            left = Decimal(100) - there
            raise _refuse(
                "share_percent",
                _("With this the shares would be more than 100 percent; %(left)s are left.")
                % {"left": f"{left.normalize():f}"},
            )


@transaction.atomic
def end_holding(
    *, holding: Holding, ends_on: datetime.date, by: Viewer, at: datetime.datetime
) -> Holding:
    """End a holding on a day (excluded); it stays in the history."""
    holding = holding.locked()
    permissions.can_manage_organisation(by, holding.organisation).enforce()
    return _end(holding, holding.organisation, "holding", ends_on, by=by, at=at)  # type: ignore[no-any-return]


@transaction.atomic
def end_link(
    *, link: OrganisationLink, ends_on: datetime.date, by: Viewer, at: datetime.datetime
) -> OrganisationLink:
    """End a trusteeship or a membership in a group on a day; it stays in the history."""
    link = link.locked()
    permissions.can_manage_organisation(by, link.lead).enforce()
    return _end(link, link.lead, "link", ends_on, by=by, at=at)  # type: ignore[no-any-return]


@transaction.atomic
def open_campus(
    *,
    organisation: Organisation,
    name: str,
    address: str,
    region: Any,
    by: Viewer,
    at: datetime.datetime,
    area_m2: Decimal | None = None,
    building_m2: Decimal | None = None,
    starts_on: datetime.date | None = None,
    is_main: bool = False,
) -> Campus:
    """Record a campus of an organisation, with its place and size, from a day on.

    Raises:
        NotPermitted: `by` does not manage organisations there.
        Invalid: no name or address, or a size below zero.
    """
    organisation = organisation.locked()
    permissions.can_manage_organisation(by, organisation).enforce()
    if not name.strip():
        raise _refuse("name", _("Give the campus a name."))
    if not address.strip():
        raise _refuse("address", _("Give the address of the campus."))
    for field, size in (("area_m2", area_m2), ("building_m2", building_m2)):
        if size is not None and size < 0:
            raise _refuse(field, _("A size cannot be below zero."))
    if is_main:
        Campus.objects.filter(organisation=organisation, is_main=True).update(is_main=False)
    campus: Campus = Campus.objects.create(
        organisation=organisation,
        name=name.strip(),
        address=address.strip(),
        region=region,
        area_m2=area_m2,
        building_m2=building_m2,
        starts_on=starts_on,
        is_main=is_main,
        is_simulated=organisation.is_simulated,
    )
    audit.record(
        "organisations.campus.opened",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"name": campus.name, "address": campus.address, "region": region.code},
    )
    return campus


@transaction.atomic
def end_campus(
    *, campus: Campus, ends_on: datetime.date, by: Viewer, at: datetime.datetime
) -> Campus:
    """Give a campus up on a day (excluded); it stays in the history."""
    campus = campus.locked()
    permissions.can_manage_organisation(by, campus.organisation).enforce()
    return _end(campus, campus.organisation, "campus", ends_on, by=by, at=at)  # type: ignore[no-any-return]


def _end(
    row: Any,
    organisation: Organisation,
    noun: str,
    ends_on: datetime.date,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> Any:
    if row.ends_on is not None:
        raise WrongState(_("It ended on %(day)s already.") % {"day": row.ends_on.isoformat()})
    if row.starts_on is not None and ends_on <= row.starts_on:
        raise _refuse("ends_on", _("The end must lie after the beginning."))
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    audit.record(
        f"organisations.{noun}.ended",
        by=by,
        at=at,
        subject=organisation,
        path=organisation.scope.path,
        data={"of": str(row), "ends_on": ends_on},
    )
    return row


@transaction.atomic
def record_alignment(
    *, link: OrganisationLink, dimension: str, note: str, by: Viewer, at: datetime.datetime
) -> OrganisationLink:
    """Record what leader and member of a group agreed on one of the seven dimensions.

    Source:
        ADM-17: 培养目标、专业设置、课程体系、教师培训、实习实训、创业就业、招生考试.
    """
    link = link.locked()
    permissions.can_manage_organisation(by, link.lead).enforce()
    if dimension not in OrganisationLink.Alignment.values:
        raise _refuse("dimension", _("Choose one of the seven dimensions."))
    before = link.alignment.get(dimension, "")
    alignment = {**link.alignment, dimension: note.strip()[:500]}
    link.alignment = {code: text for code, text in alignment.items() if text}
    link.save(update_fields=["alignment"])
    audit.record(
        "organisations.link.aligned",
        by=by,
        at=at,
        subject=link,
        path=link.lead.scope.path,
        data={dimension: [before, note.strip()[:500]]},
    )
    return link
