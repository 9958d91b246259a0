"""Locked rows, revisions of values, and what the trail says of them."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import formats
from django.utils.translation import gettext as _

from jiangxin.apps.collections.models import Filing, FilingRevision
from jiangxin.core import audit
from jiangxin.core.errors import Conflict
from jiangxin.core.permissions import Viewer

_WITH = ("edition__collection", "edition__version", "edition__scope", "edition__region")
_OF_FILER = ("organisation", "region", "scope", "version", "approved")


class FilingChanged(Conflict):
    """Somebody else changed the return meanwhile; `data` says who and when."""

    code = "filing_changed"


def open_row(filing: Filing, *, seen: int | None) -> Filing:
    """Return the row of a return, locked; it is made if the return was not begun.

    Args:
        seen: the row version that the person saw; None where nobody looked.

    Raises:
        FilingChanged: somebody changed it since.
    """
    if not filing.is_stored:
        fresh = Filing(
            edition=filing.edition,
            organisation=filing.organisation,
            region=filing.region,
            scope=filing.scope,
            version=filing.edition.version,
            is_simulated=filing.is_simulated,
        )
        try:
            with transaction.atomic():
                fresh.save(force_insert=True)
        except IntegrityError:
            fresh = Filing.objects.get(edition=filing.edition, scope=filing.scope)
        filing = fresh
    row = (
        Filing.objects.select_for_update(of=("self",))
        .select_related(*_WITH, *_OF_FILER)
        .get(pk=filing.pk)
    )
    if seen is not None and seen != row.row_version:
        raise changed(row)
    return row


def changed(row: Filing) -> FilingChanged:
    """Say who changed a return, when, and what it is now."""
    when = formats.date_format(row.saved_at, "DATETIME_FORMAT") if row.saved_at else "—"
    return FilingChanged(
        _(
            "%(person)s changed this return on %(when)s; it is now “%(state)s”. Load the page "
            "again, look at what changed, and repeat what is still needed."
        )
        % {
            "person": row.saved_by_name or "—",
            "when": when,
            "state": row.get_state_display(),
        },
        data={"by": row.saved_by_name, "state": row.state, "row_version": row.row_version},
    )


def touch(row: Filing, *, by: Viewer, at: datetime.datetime) -> None:
    """Note who changed the row; the caller saves it."""
    row.row_version += 1
    row.saved_by_name, row.saved_at = by.name[:100], at


def digest(values: Mapping[str, Any]) -> str:
    """Return the hash of values, independent of their order."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()


def canonical(values: Mapping[str, Any]) -> str:
    """Return values as JSON text, the same for the same values."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return {field: [old, new]} of the fields that differ; a missing value is null."""
    return {
        code: [old.get(code), new.get(code)]
        for code in dict.fromkeys((*old, *new))
        if old.get(code) != new.get(code)
    }


def newest_revision(row: Filing) -> FilingRevision | None:
    """Return what was submitted or corrected last."""
    found: FilingRevision | None = row.revisions.order_by("-number").first()
    return found


def add_revision(
    row: Filing, *, kind: str, note: str, by: Viewer, at: datetime.datetime
) -> FilingRevision:
    """Keep the values of a return as they are now, with what changed since the last time."""
    last = newest_revision(row)
    return FilingRevision.objects.create(
        filing=row,
        number=last.number + 1 if last else 1,
        kind=kind,
        values=row.values,
        version=row.version,
        sha256=digest(row.values),
        changes=differences(last.values, row.values) if last else {},
        note=note,
        by_id=by.user_id,
        by_name=by.name[:100],
        at=at,
        is_simulated=row.is_simulated,
    )


def record(
    what: str, row: Filing, *, by: Viewer, at: datetime.datetime, data: Mapping[str, Any]
) -> None:
    """Write the audit row of a return; values themselves stay in the revisions."""
    audit.record(
        f"collections.filing.{what}",
        by=by,
        at=at,
        subject=row,
        path=row.scope.path,
        data={"state": row.state, "row_version": row.row_version, **data},
    )
