"""The audit trail: what happens to it is found, down to the last row."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction

from jiangxin.core import audit
from jiangxin.core.models import AuditHead, AuditRow, AuditSeal
from jiangxin.core.permissions import SYSTEM

PATH = "000000/500000/500118/"


def write(count: int, at: datetime.datetime, path: str = PATH) -> list[AuditRow]:
    with transaction.atomic():
        return [
            audit.record("t.thing.done", by=SYSTEM, at=at, subject=None, path=path, data={"n": n})
            for n in range(count)
        ]


def heads() -> dict[str, tuple[int, str]]:
    path = Path(settings.AUDIT_HEADS_FILE)
    return audit.heads_from(path.read_text().splitlines()) if path.exists() else {}


def verify() -> audit.Report:
    return audit.verify(heads=heads())


@pytest.mark.django_db(transaction=True)
class TestTrail:
    @pytest.fixture(autouse=True)
    def _trail(self, now: datetime.datetime) -> None:
        self.rows = write(5, now)
        assert audit.seal(at=now) == 5

    def test_untouched_is_right(self) -> None:
        report = verify()
        assert (report.ok, report.sealed, report.unsealed) == (True, 5, 0)

    def test_sealing_again_adds_nothing(self, now: datetime.datetime) -> None:
        assert audit.seal(at=now) == 0
        assert verify().sealed == 5

    def test_changed_row_is_named(self) -> None:
        AuditRow.objects.filter(pk=self.rows[2].pk).update(data={"n": 99})
        report = verify()
        assert [f.row for f in report.findings] == [str(self.rows[2].uuid)]
        assert report.findings[0].position == 3

    def test_removed_row_is_named(self) -> None:
        AuditRow.objects.filter(pk=self.rows[1].pk).delete()
        assert [f.row for f in verify().findings] == [str(self.rows[1].uuid)]

    def test_last_row_removed_is_named(self) -> None:
        AuditRow.objects.filter(pk=self.rows[-1].pk).delete()
        assert [f.row for f in verify().findings] == [str(self.rows[-1].uuid)]

    def test_last_row_removed_with_its_seal_and_head_is_noticed(self) -> None:
        AuditRow.objects.filter(pk=self.rows[-1].pk).delete()
        AuditSeal.objects.filter(row_id=self.rows[-1].pk).delete()
        AuditHead.objects.all().delete()
        report = verify()
        assert not report.ok
        assert [f.position for f in report.findings] == [5]

    def test_row_put_in_by_sql_is_named_and_not_sealed(self, now: datetime.datetime) -> None:
        false = AuditRow.objects.get(pk=self.rows[0].pk)
        false.pk, false.uuid = None, "11111111-1111-1111-1111-111111111111"
        false.save(force_insert=True)
        audit.seal(at=now)
        report = verify()
        assert [f.row for f in report.findings] == ["11111111-1111-1111-1111-111111111111"]
        assert report.unsealed == 1

    def test_rows_swapped_between_seals_are_named(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE core_auditseal SET row_id = %s WHERE position = 1", [10**9])
        assert str(self.rows[0].uuid) in [f.row for f in verify().findings]

    def test_late_commit_is_chained_later(self, now: datetime.datetime) -> None:
        late = write(2, now)
        early_seal = audit.seal(at=now, batch=1)
        assert early_seal == 1
        assert audit.seal(at=now) == 1
        assert [s.row_id for s in AuditSeal.objects.order_by("position")][-2:] == [
            r.pk for r in late
        ]
        assert verify().ok

    def test_unsealed_rows_are_counted(self, now: datetime.datetime) -> None:
        write(3, now)
        report = verify()
        assert (report.ok, report.unsealed) == (True, 3)


@pytest.mark.django_db(transaction=True)
def test_regions_have_chains_of_their_own(now: datetime.datetime) -> None:
    write(2, now)
    write(1, now, path="000000/510000/510100/510115/@a/")
    write(1, now, path="")
    audit.seal(at=now)
    assert dict(AuditHead.objects.values_list("chain", "count")) == {
        "500118": 2,
        "510115": 1,
        "-": 1,
    }


@pytest.mark.django_db(transaction=True)
def test_record_outside_a_transaction_is_refused(now: datetime.datetime) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        audit.record("t.thing.done", by=SYSTEM, at=now, subject=None, path=PATH)


@pytest.mark.django_db(transaction=True)
def test_record_goes_with_a_rolled_back_change(now: datetime.datetime) -> None:
    class Stop(Exception): ...

    def change() -> None:
        with transaction.atomic():
            audit.record("t.thing.done", by=SYSTEM, at=now, subject=None, path=PATH)
            raise Stop

    with pytest.raises(Stop):
        change()
    assert not AuditRow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_forged_heads_are_ignored(now: datetime.datetime) -> None:
    write(1, now)
    audit.seal(at=now)
    forged = '{"chain": "500118", "count": 9, "hash": "aa", "mac": "bb"}'
    kept: Any = audit.heads_from([forged, "no json", "{}"])
    assert kept == {}
