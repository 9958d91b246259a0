"""The directory of organisations, one organisation as a viewer may see it, and imports."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.organisations import permissions
from jiangxin.apps.organisations.models import (
    Alias,
    FormerCode,
    Import,
    Organisation,
    OrganisationQuerySet,
)
from jiangxin.apps.organisations.workflow import ImportState
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.reference.queries import Hit
from jiangxin.core import jobs
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


class OrganisationNotFound(NotFound):
    """No such organisation within the viewer's reach."""

    code = "organisation_not_found"


class ImportNotFound(NotFound):
    """No such import within the viewer's reach."""

    code = "import_not_found"


def organisations(
    *,
    viewer: Viewer,
    region: Any = None,
    kind: str = "",
    stage: str = "",
    text: str = "",
    on: datetime.date | None = None,
) -> OrganisationQuerySet:
    """List organisations that the viewer may see, by name, with region, parent and scope.

    Args:
        region: keep those in this region or below it.
        text: part of a name, an alias, a code, or the beginning of the pinyin.
        on: keep those that exist on the day; None keeps closed ones too.
    """
    found: OrganisationQuerySet = Organisation.objects.visible_to(viewer).select_related(
        "region", "parent", "scope"
    )
    if region is not None:
        found = found.filter(scope__path__startswith=region.path)
    if kind:
        found = found.filter(kind=kind)
    if stage:
        found = found.filter(stage=stage)
    if on is not None:
        found = found.on(on)
    return found.matching(text)


def parent_of(organisation: Organisation, *, viewer: Viewer) -> Organisation | None:
    """Return the body that it is a part of, unless the viewer may not know of that one."""
    parent: Organisation | None = organisation.parent
    if parent is None or parent.is_listed:
        return parent
    return parent if viewer.holds("organisations.view", organisation.parent_path) else None


def get_organisation(uuid: UUID | str, *, viewer: Viewer) -> Organisation:
    """Return one organisation that the viewer may see, or raise OrganisationNotFound."""
    found: Organisation | None = organisations(viewer=viewer).filter(uuid=uuid).first()
    if found is None:
        raise OrganisationNotFound
    return found


def find_by_code(code: str, *, viewer: Viewer) -> Organisation | None:
    """Return the organisation with this code, school code or credit code, now or before."""
    if not code:
        return None
    rows = organisations(viewer=viewer)
    former = FormerCode.objects.filter(value=code.upper()).exclude(kind=FormerCode.Kind.UUID)
    found: Organisation | None = rows.filter(
        Q(code__iexact=code) | Q(school_code=code) | Q(uscc=code.upper())
    ).first()
    if found is None:
        found = rows.filter(pk__in=former.values("organisation")).first()
    return found


def moved_to(uuid: UUID | str, *, viewer: Viewer) -> Organisation | None:
    """Return the organisation with which the duplicate of this address was joined, if visible."""
    former = FormerCode.objects.filter(kind=FormerCode.Kind.UUID, value=str(uuid))
    found: Organisation | None = (
        organisations(viewer=viewer).filter(pk__in=former.values("organisation")).first()
    )
    return found


def get_by_code(code: str, *, viewer: Viewer) -> Organisation:
    """Return the organisation with this code, or raise OrganisationNotFound."""
    found = find_by_code(code, viewer=viewer)
    if found is None:
        raise OrganisationNotFound
    return found


def organisations_of_scopes(scope_ids: Iterable[int]) -> dict[int, Organisation]:
    """Return the organisation of each scope id, for apps whose rows point at scopes."""
    rows = Organisation.objects.filter(scope__in=list(scope_ids)).select_related("region")
    return {row.scope_id: row for row in rows}


def get_alias(uuid: UUID | str, *, viewer: Viewer) -> Alias:
    """Return one alias of an organisation that the viewer may see, or raise NotFound."""
    found: Alias | None = (
        Alias.objects.visible_to(viewer)
        .select_related("organisation__scope", "organisation__region")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise NotFound
    return found


def owners_of(field: str, codes: Iterable[str]) -> dict[str, int]:
    """Return the row id of whoever has each code, anywhere; only for checks of uniqueness."""
    wanted = sorted(codes)
    found: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        part = Organisation.objects.filter(**{f"{field}__in": wanted[start : start + 500]})
        found |= dict(part.values_list(field, "pk"))
    return found


@dataclass(frozen=True, slots=True)
class Details:
    """What only those within the scope of an organisation see."""

    contact_name: str
    contact_phone: str
    notes: str
    parts: tuple[Organisation, ...]
    roles: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """An organisation as a viewer may see it; `details` is None from outside its scope."""

    organisation: Organisation
    parent: Organisation | None
    names: tuple[Any, ...]
    aliases: tuple[Any, ...]
    details: Details | None


def card_of(organisation: Organisation, *, viewer: Viewer, on: datetime.date) -> Card:
    """Return what the viewer may see of an organisation: facts, names, and perhaps details."""
    details = None
    if permissions.can_view_details(viewer, organisation):
        details = Details(
            organisation.contact_name,
            organisation.contact_phone,
            organisation.notes,
            tuple(organisations(viewer=viewer).filter(parent=organisation)),
            tuple(accounts.roles_in(organisation.scope, viewer=viewer, on=on)),
        )
    return Card(
        organisation,
        parent_of(organisation, viewer=viewer),
        tuple(organisation.names.all()),
        tuple(organisation.aliases.all()),
        details,
    )


def scope_for(region: Any, parent: Organisation | None) -> Any:
    """Return the scope into which a new organisation goes: of its parent, else of its region."""
    return accounts.scope_of_region(region) if parent is None else parent.scope


def province_codes(*, on: datetime.date) -> frozenset[str]:
    """Return the first two digits of all provinces on the day."""
    codes = reference.regions(on=on, level="province").values_list("code", flat=True)
    return frozenset(code[:2] for code in codes)


def imports(*, viewer: Viewer) -> QuerySet[Import]:
    """List imports into scopes that the viewer manages, newest first, without the files."""
    found: QuerySet[Import] = (
        Import.objects.visible_to(viewer)
        .select_related("scope", "uploaded_by")
        .defer("content", "findings")
    )
    return found


def get_import(uuid: UUID | str, *, viewer: Viewer) -> Import:
    """Return one import, or raise ImportNotFound."""
    found: Import | None = (
        Import.objects.visible_to(viewer)
        .select_related("scope__region", "uploaded_by")
        .filter(uuid=uuid)
        .first()
    )
    if found is None:
        raise ImportNotFound
    return found


def job_of(upload: Import, *, viewer: Viewer) -> Any:
    """Return the job that checks or saves an import, if there is one."""
    if upload.job_uuid is None:
        return None
    return jobs.get_job(str(upload.job_uuid), viewer=viewer)


def latest_name(organisation: Organisation) -> str:
    """Return the newest official name, which may begin in the future."""
    newest = organisation.names.filter(ends_on__isnull=True).first()
    return newest.name if newest is not None else organisation.name


def search(viewer: Viewer, text: str, *, on: datetime.date, limit: int = 5) -> list[Hit]:
    """Find organisations by name, alias, code or pinyin, for the search of all pages."""
    if not text.strip():
        return []
    return [
        Hit(
            str(found.get_kind_display()),
            found.name,
            found.region.name,
            reverse("organisations:organisation", args=[found.uuid]),
        )
        for found in organisations(viewer=viewer, text=text, on=on)[:limit]
    ]


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for the viewer."""

    kind: str
    title: str
    url: str
    due_on: datetime.date | None = None
    overdue: bool = False


def waiting_imports(viewer: Viewer) -> list[Todo]:
    """List imports of the viewer that were checked and wait for a decision."""
    if viewer.user_id is None:
        return []
    waiting = imports(viewer=viewer).filter(
        state=ImportState.CHECKED, uploaded_by_id=viewer.user_id
    )
    return [
        Todo(
            _("Import"),
            _("Save or give up the rows of “%(file)s”") % {"file": row.file_name},
            reverse("organisations:import", args=[row.uuid]),
        )
        for row in waiting[:20]
    ]
