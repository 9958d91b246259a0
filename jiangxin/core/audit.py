"""The audit trail: a row per write in the writer's transaction, sealed into chains afterwards.

A chain per region is sealed by a job within seconds, in the order in which rows become visible,
so that writers never wait for one another. A head kept apart proves that the end is complete.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from jiangxin.core.models import AuditHead, AuditRow, AuditSeal
from jiangxin.core.permissions import Viewer


def record(
    event: str,
    *,
    by: Viewer,
    at: datetime.datetime,
    subject: models.Model | None,
    path: str,
    data: Mapping[str, object] | None = None,
) -> AuditRow:
    """Write the audit row of a change; call it inside the transaction of the change.

    Args:
        event: app.noun.past_verb.
        path: scope path of the subject, so that the trail is itself scoped.
        data: what changed, as {"field": [old, new]} or plain facts; no personal data in clear.

    Raises:
        RuntimeError: called outside a transaction; the row could then survive without the change.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("audit.record() belongs inside the transaction of the change")
    row = AuditRow(
        at=at,
        by_id=by.user_id,
        by_name=by.name[:100],
        event=event,
        subject_kind="" if subject is None else subject._meta.label_lower,
        subject_uuid=getattr(subject, "uuid", None),
        path=path,
        data=json.loads(json.dumps(data or {}, cls=DjangoJSONEncoder, ensure_ascii=False)),
    )
    row.mac = _mac(_content(row))
    row.save(force_insert=True)
    return row


def _content(row: AuditRow) -> str:
    fields = (
        str(row.uuid),
        row.at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        row.by_id,
        row.by_name,
        row.event,
        row.subject_kind,
        str(row.subject_uuid),
        row.path,
        row.data,
    )
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _mac(text: str) -> str:
    key = hashlib.sha256(b"audit" + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _link(previous: str, row: AuditRow) -> str:
    return hashlib.sha256(f"{previous}|{_content(row)}|{row.mac}".encode()).hexdigest()


def chain_of(path: str) -> str:
    """Return the chain that a scope path belongs to: the code of its lowest region."""
    regions = [part for part in path.split("/") if len(part) == 6 and part.isdigit()]
    return regions[-1] if regions else "-"


def seal(*, at: datetime.datetime, batch: int = 5000) -> int:
    """Chain the rows that have no place yet; returns how many were sealed.

    Rows are taken as they become visible, so a transaction that commits late is simply chained
    later. Rows whose keyed hash does not fit are left for `verify` to name.
    """
    waiting = AuditRow.objects.exclude(pk__in=AuditSeal.objects.values("row_id")).order_by("id")[
        :batch
    ]
    by_chain: dict[str, list[AuditRow]] = {}
    for row in waiting:
        if row.mac == _mac(_content(row)):
            by_chain.setdefault(chain_of(row.path), []).append(row)
    sealed = 0
    for chain, rows in by_chain.items():
        sealed += _seal_chain(chain, rows, at)
    return sealed


@transaction.atomic
def _seal_chain(chain: str, rows: list[AuditRow], at: datetime.datetime) -> int:
    AuditHead.objects.get_or_create(chain=chain)
    head = AuditHead.objects.select_for_update().get(chain=chain)
    already = set(
        AuditSeal.objects.filter(row_id__in=[row.pk for row in rows]).values_list(
            "row_id", flat=True
        )
    )
    seals = []
    for row in rows:
        if row.pk in already:  # another worker was faster
            continue
        head.count += 1
        head.hash = _link(head.hash, row)
        seals.append(
            AuditSeal(
                chain=chain, position=head.count, row_id=row.pk, row_uuid=row.uuid, hash=head.hash
            )
        )
    if seals:
        AuditSeal.objects.bulk_create(seals)
        head.sealed_at = at
        head.mac = _mac(f"{chain}|{head.count}|{head.hash}")
        head.save()
        line = {"chain": chain, "count": head.count, "hash": head.hash, "mac": head.mac}
        transaction.on_commit(lambda: _append_head(line))
    return len(seals)


def _append_head(line: Mapping[str, object]) -> None:
    path = Path(settings.AUDIT_HEADS_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the trail: which row, what happened to it."""

    chain: str
    position: int
    row: str
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of `verify`."""

    ok: bool
    sealed: int
    unsealed: int
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def heads_from(file: Iterable[str]) -> dict[str, tuple[int, str]]:
    """Read exported heads, the last one of each chain; lines that were not made here are ignored."""
    heads: dict[str, tuple[int, str]] = {}
    for text in file:
        try:
            line = json.loads(text)
            body = f"{line['chain']}|{line['count']}|{line['hash']}"
            genuine = hmac.compare_digest(str(line["mac"]), _mac(body))
        except (ValueError, KeyError, TypeError):
            continue
        if genuine and line["count"] >= heads.get(line["chain"], (0, ""))[0]:
            heads[line["chain"]] = (line["count"], line["hash"])
    return heads


def verify(*, heads: Mapping[str, tuple[int, str]]) -> Report:
    """Check the whole trail and name each row that was changed, inserted or removed.

    Args:
        heads: chain → (count, hash) as kept apart from the database (`heads_from`); they show
            rows that were removed together with their seals at the end of a chain.
    """
    findings: list[Finding] = []
    sealed = 0
    chains = set(AuditSeal.objects.values_list("chain", flat=True).distinct()) | set(heads)
    for chain in sorted(chains | set(AuditHead.objects.values_list("chain", flat=True))):
        count, found = _verify_chain(chain, heads.get(chain))
        sealed += count
        findings += found
    unsealed = 0
    for row in AuditRow.objects.exclude(pk__in=AuditSeal.objects.values("row_id")).iterator():
        unsealed += 1
        if row.mac != _mac(_content(row)):
            findings.append(
                Finding(
                    chain_of(row.path),
                    0,
                    str(row.uuid),
                    _("inserted or changed outside the product (not sealed)"),
                )
            )
    return Report(not findings, sealed, unsealed, tuple(findings))


def _verify_chain(chain: str, kept: tuple[int, str] | None) -> tuple[int, list[Finding]]:
    findings: list[Finding] = []
    seals = list(AuditSeal.objects.filter(chain=chain).order_by("position"))
    rows = AuditRow.objects.filter(pk__in=AuditSeal.objects.filter(chain=chain).values("row_id"))
    by_id = {row.pk: row for row in rows.iterator()}
    previous, expected = "", 1
    for seal_ in seals:
        for position in range(expected, seal_.position):
            findings.append(Finding(chain, position, "", _("seal and row removed")))
        expected = seal_.position + 1
        row = by_id.get(seal_.row_id)
        if row is None:
            findings.append(Finding(chain, seal_.position, str(seal_.row_uuid), _("row removed")))
        elif row.mac != _mac(_content(row)):
            findings.append(Finding(chain, seal_.position, str(seal_.row_uuid), _("row changed")))
        elif row.uuid != seal_.row_uuid or _link(previous, row) != seal_.hash:
            findings.append(
                Finding(chain, seal_.position, str(seal_.row_uuid), _("row or seal inserted"))
            )
        previous = seal_.hash
    head = AuditHead.objects.filter(chain=chain).first()
    if head is not None and head.mac != _mac(f"{chain}|{head.count}|{head.hash}"):
        findings.append(Finding(chain, head.count, "", _("head changed")))
    ends = [end for end in (kept, (head.count, head.hash) if head else None) if end]
    last = max((count for count, _hash in ends), default=0)
    for position in range(expected, last + 1):
        findings.append(
            Finding(chain, position, "", _("row removed at the end, together with its seal"))
        )
    hashes = {seal_.position: seal_.hash for seal_ in seals}
    for count, digest in ends:
        if count in hashes and hashes[count] != digest:
            findings.append(Finding(chain, count, "", _("chain rewritten: head does not fit")))
    return len(seals), findings
