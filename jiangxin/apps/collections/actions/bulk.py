"""Many checked returns are submitted at once, in batches."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions.inserts import insert_rows
from jiangxin.apps.collections.actions.many import BATCH, record_many
from jiangxin.apps.collections.actions.rows import canonical, differences, digest
from jiangxin.apps.collections.models import Edition, Filing, FilingRevision
from jiangxin.apps.collections.queries import Entry
from jiangxin.apps.collections.workflow import EDITABLE, EditionState, FilingState
from jiangxin.core.errors import WrongState
from jiangxin.core.permissions import Viewer


@transaction.atomic
def submit_many(
    *,
    edition: Edition,
    entries: Sequence[Entry],
    path: str,
    note: str,
    by: Viewer,
    at: datetime.datetime,
) -> int:
    """Submit checked returns, all or none; each is named in the trail with the hash of its values.

    A bureau may hand in a sheet for its filers; somebody else then reviews them.

    Args:
        path: scope path for which `by` hands in.
        note: explanation of what is unusual.

    Raises:
        WrongState: the edition is not open, too late, or a return was submitted meanwhile.
        NotPermitted: `by` neither files nor manages collections there.
    """
    edition = edition.locked()
    permissions.can_import(by, edition, path).enforce()
    if edition.state != EditionState.OPEN:
        raise WrongState(
            _("This is not possible while the state is “%(state)s”.")
            % {"state": edition.get_state_display()}
        )
    late = queries.local_day(at) > edition.due_on
    stored = {
        row.scope_id: row
        for row in Filing.objects.select_for_update(of=("self",))
        .filter(edition=edition, scope__path__startswith=path)
        .select_related("edition", "organisation", "region")
        .defer("values", "problems")
    }
    batch = _Batch(edition, note, late, by, at)
    new = [entry for entry in entries if entry.filer.scope_id not in stored]
    for start in range(0, len(new), BATCH):
        batch.submit_new(new[start : start + BATCH])
    begun = [entry for entry in entries if entry.filer.scope_id in stored]
    for start in range(0, len(begun), BATCH):
        some = begun[start : start + BATCH]
        batch.submit_begun([(stored[entry.filer.scope_id], entry) for entry in some])
    return len(entries)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What all returns of one submission of many share."""

    edition: Edition
    note: str
    late: bool
    by: Viewer
    at: datetime.datetime

    @property
    def _filed(self) -> dict[str, Any]:
        name = self.by.name[:100]
        return {
            "edition_id": self.edition.pk,
            "version_id": self.edition.version_id,
            "note": self.note,
            "state": FilingState.SUBMITTED.value,
            "step": 0,
            "saved_by_name": name,
            "saved_at": self.at,
            "submitted_by_id": self.by.user_id,
            "submitted_by_name": name,
            "submitted_at": self.at,
        }

    @property
    def _revised(self) -> dict[str, Any]:
        return {
            "version_id": self.edition.version_id,
            "kind": FilingRevision.Kind.SUBMISSION.value,
            "note": self.note,
            "by_id": self.by.user_id,
            "by_name": self.by.name[:100],
            "at": self.at,
        }

    def submit_new(self, entries: Sequence[Entry]) -> None:
        """Submit returns of filers who had not begun: in two statements."""
        texts = [canonical(entry.checked.values) for entry in entries]
        rows = [
            {
                "uuid": uuid.uuid4(),
                "organisation_id": entry.filer.organisation_id,
                "region_id": entry.filer.region_id,
                "scope_id": entry.filer.scope_id,
                "values": text,
                "problems": _problems(entry),
                "is_simulated": entry.filer.is_simulated or self.edition.is_simulated,
            }
            for entry, text in zip(entries, texts, strict=True)
        ]
        shared = {
            **self._filed,
            "row_version": 1,
            "first_submitted_at": self.at,
            "is_late": self.late,
        }
        insert_rows(Filing, rows, shared=shared)
        scopes = [entry.filer.scope_id for entry in entries]
        made = Filing.objects.filter(edition=self.edition, scope__in=scopes)
        keys = dict(made.values_list("scope_id", "pk"))
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        insert_rows(
            FilingRevision,
            [
                {
                    "uuid": uuid.uuid4(),
                    "filing_id": keys[entry.filer.scope_id],
                    "values": text,
                    "sha256": sha256,
                    "is_simulated": entry.filer.is_simulated or self.edition.is_simulated,
                }
                for entry, text, sha256 in zip(entries, texts, hashes, strict=True)
            ],
            shared={**self._revised, "number": 1},
        )
        self._record({str(row["uuid"]): sha256 for row, sha256 in zip(rows, hashes, strict=True)})

    def submit_begun(self, pairs: Sequence[tuple[Filing, Entry]]) -> None:
        """Submit returns that were begun before, on screen or by an earlier sheet."""
        filings = [row for row, _entry in pairs]
        last = FilingRevision.objects.filter(filing__in=filings).order_by("number")
        before = {
            filing: (number, values)
            for filing, number, values in last.values_list("filing", "number", "values")
        }
        revisions = []
        for row, entry in pairs:
            if row.state not in EDITABLE:
                raise WrongState(
                    _("%(filer)s submitted meanwhile; check the sheet again.")
                    % {"filer": row.filer}
                )
            for name, value in self._filed.items():
                setattr(row, name, value)
            row.values = entry.checked.values
            row.problems = [asdict(problem) for problem in entry.checked.problems]
            row.row_version += 1
            if row.first_submitted_at is None:
                row.first_submitted_at = self.at
                row.is_late = queries.local_day(self.at) > row.deadline
            number, values = before.get(row.pk, (0, None))
            revisions.append(
                FilingRevision(
                    filing=row,
                    number=number + 1,
                    values=row.values,
                    sha256=digest(row.values),
                    changes=differences(values, row.values) if values is not None else {},
                    is_simulated=row.is_simulated,
                    **self._revised,
                )
            )
        Filing.objects.bulk_update(filings, _FILLED, batch_size=50)
        FilingRevision.objects.bulk_create(revisions)
        self._record({str(one.filing.uuid): one.sha256 for one in revisions})

    def _record(self, named: Mapping[str, str]) -> None:
        record_many(
            "submitted", self.edition, named, by=self.by, at=self.at, data={"late": self.late}
        )


def _problems(entry: Entry) -> str:
    problems = [asdict(problem) for problem in entry.checked.problems]
    return json.dumps(problems, ensure_ascii=False) if problems else "[]"


_FILLED = [
    *("values", "version", "problems", "note", "state", "step", "row_version", "saved_by_name"),
    *("saved_at", "submitted_by", "submitted_by_name", "submitted_at", "first_submitted_at"),
    "is_late",
]
