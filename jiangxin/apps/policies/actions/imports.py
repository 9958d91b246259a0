"""Documents come in, as files or as facts; no word of a text is ever lost."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.actions import contents, links
from jiangxin.apps.policies.actions.contradictions import find_contradictions
from jiangxin.apps.policies.actions.files import store_file
from jiangxin.apps.policies.models import PolicyDocument
from jiangxin.core import audit, jobs
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.accounts.models import Scope
    from jiangxin.apps.reference.models import Region
    from jiangxin.core.models import Job


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Args:
        is_new: False if the same text was already there.
        is_attached: the text was given to a document known by its facts alone.
    """

    document: PolicyDocument
    is_new: bool
    is_attached: bool = False


def import_document(
    *,
    data: bytes,
    filename: str,
    by: Viewer,
    at: datetime.datetime,
    region: Region | None = None,
    scope: Scope | None = None,
    is_simulated: bool = False,
) -> Imported:
    """Read a file into the register; the same text twice is one document.

    A document that is known by its facts alone gets the text, and its facts their places in it.

    Args:
        region: whose document it is; guessed from the issuers when not given.
        scope: the office that keeps it; the region's by default, else one that `by` manages.

    Raises:
        UnreadableFile: no text could be read; nothing is kept.
        Invalid: the region cannot be told.
        NotPermitted: `by` does not manage policies there.
    """
    reading = queries.read_file(data, filename=filename)
    try:
        return _keep(
            reading,
            data,
            filename,
            by=by,
            at=at,
            region=region,
            scope=scope,
            is_simulated=is_simulated,
        )
    except IntegrityError:
        # the same text came in twice at once: the other import won
        known = PolicyDocument.objects.visible_to(by).filter(text_sha256=reading.sha256).first()
        if known is None:
            raise
        return Imported(known, is_new=False)


@transaction.atomic
def _keep(
    reading: queries.Reading,
    data: bytes,
    filename: str,
    *,
    by: Viewer,
    at: datetime.datetime,
    region: Region | None,
    scope: Scope | None,
    is_simulated: bool,
) -> Imported:
    header = reading.document.header
    title = header.title or PurePath(filename).stem
    is_confirmed = region is not None
    if region is None:
        region = queries.guess_region(header.issuers, header.title, on=at.date(), text=reading.text)
    if region is None and scope is not None:
        region = scope.region
    if region is None:
        message = _(
            "Whose document “%(file)s” is cannot be told from its issuers. Choose the region."
        ) % {"file": filename}
        raise Invalid(message, data={"fields": {"region": message}})
    scope = scope or _office_for(region, by)
    permissions.can_import_document(by, scope.path).enforce()
    same = PolicyDocument.objects.filter(scope=scope, text_sha256=reading.sha256).first()
    if same is not None:
        return Imported(same, is_new=False)
    original = store_file(
        data=data, filename=filename, scope=scope, by=by, at=at, is_simulated=is_simulated
    )
    document = queries.find_facts_only(
        scope=scope,
        title=header.title,
        document_number=header.document_number or "",
        clauses=reading.document.clauses,
    )
    is_attached = document is not None
    if document is None:
        document = PolicyDocument(
            scope=scope, region=region, region_is_confirmed=is_confirmed, is_simulated=is_simulated
        )
    document.title = document.title or title[:300]
    document.document_number = document.document_number or header.document_number or ""
    document.issuers = document.issuers or list(header.issuers)
    document.issued_on = document.issued_on or header.issued_on
    period = queries.plan_period(title)
    if period and document.plan_starts_on is None:
        document.plan_starts_on, document.plan_ends_on = period
    document.disclosure = document.disclosure or queries.disclosure(reading.text)[:60]
    document.references = [
        {"title": cited.title, "document_number": cited.document_number or ""}
        for cited in header.references
    ]
    document.text, document.text_sha256 = reading.text, reading.sha256
    document.original, document.warnings = original, list(reading.warnings)
    document.imported_by_name, document.imported_at = by.name[:100], at
    document.save()
    counts = contents.keep_reading(document, reading.document)
    audit.record(
        "policies.document.imported",
        by=by,
        at=at,
        subject=document,
        path=scope.path,
        data={"title": document.title, "sha256": reading.sha256, "file": filename, **counts},
    )
    links.suggest_links(document, by=by, at=at)
    find_contradictions(document=document, at=at)
    return Imported(document, is_new=not is_attached, is_attached=is_attached)


def _office_for(region: Region, by: Viewer) -> Scope:
    """Return the region's own office if `by` works for it, else the one that `by` works for."""
    own = accounts.scope_of_region(region)
    if by.is_system or by.holds("policies.manage", own.path):
        return own
    return accounts.scopes(viewer=by, duty="policies.manage").first() or own


@transaction.atomic
def defer_import(
    *,
    files: Sequence[tuple[str, bytes]],
    by: Viewer,
    at: datetime.datetime,
    region: Region | None = None,
) -> Job:
    """Keep files and read them in the background; the job tells what became of each.

    Raises:
        NotPermitted: `by` manages policies nowhere.
    """
    scope = accounts.scopes(viewer=by, duty="policies.manage").first()
    by.holds_anywhere("policies.manage").enforce()
    if scope is None:
        raise NotPermitted(_("Your role does not reach any region or organisation."))
    for name, data in files:
        queries.check_size(len(data), filename=name)
    kept = [store_file(data=data, filename=name, scope=scope, by=by, at=at) for name, data in files]
    job = jobs.defer(
        "policies.import_files",
        by=by,
        at=at,
        path=scope.path,
        files=[str(file.uuid) for file in kept],
        region=region.code if region else "",
    )
    audit.record(
        "policies.files.given",
        by=by,
        at=at,
        subject=job,
        path=scope.path,
        data={"files": [file.name for file in kept]},
    )
    return job


@transaction.atomic
def record_document(
    *,
    facts: dict[str, Any],
    region: Region,
    by: Viewer,
    at: datetime.datetime,
    scope: Scope | None = None,
    state: str = workflow.DocumentState.PUBLISHED,
    is_simulated: bool = False,
) -> Imported:
    """Keep what is known about a document without its text; a second time changes nothing.

    Args:
        facts: `document` with title, document_number, issuers, issued_on, plan_starts_on and
            plan_ends_on; lists `clauses` (path, heading), `targets`, `milestones`,
            `responsibilities` and `tasks`, each entry with the path of its `clause`; `strategy`
            with kind, title and the paths of its clauses.
        state: of the document; its items count as accepted by `by`.
    """
    scope = scope or accounts.scope_of_region(region)
    permissions.can_import_document(by, scope.path).enforce()
    head = facts["document"]
    known = queries.find_document_like(
        scope=scope, title=head["title"], document_number=head.get("document_number") or ""
    )
    if known is not None:
        return Imported(known, is_new=False)
    document = PolicyDocument.objects.create(
        scope=scope,
        region=region,
        region_is_confirmed=True,
        title=head["title"],
        document_number=head.get("document_number") or "",
        issuers=list(head.get("issuers") or []),
        issued_on=head.get("issued_on"),
        plan_starts_on=head.get("plan_starts_on"),
        plan_ends_on=head.get("plan_ends_on"),
        state=state,
        imported_by_name=by.name[:100],
        imported_at=at,
        adopted_at=at if state != workflow.DocumentState.IMPORTED else None,
        published_at=at if state == workflow.DocumentState.PUBLISHED else None,
        is_simulated=is_simulated,
    )
    counts = contents.keep_facts(document, facts, by=by, at=at)
    audit.record(
        "policies.document.recorded",
        by=by,
        at=at,
        subject=document,
        path=scope.path,
        data={"title": document.title, **counts},
    )
    find_contradictions(document=document, at=at)
    return Imported(document, is_new=True)
