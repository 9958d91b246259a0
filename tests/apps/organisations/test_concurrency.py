"""Two officers at once: the row lock lets one act and shows the other what is true now."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from jiangxin.apps.organisations import actions
from jiangxin.apps.organisations.models import OrganisationName
from jiangxin.core.errors import Conflict, DomainError
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY
from tests.apps.organisations.factories import organisation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


def at_once(*calls: Any) -> list[DomainError | None]:
    """Run the calls in threads that start together; return the refusal of each."""
    refusals: list[DomainError | None] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int) -> None:
        start.wait()
        try:
            calls[index]()
        except DomainError as error:
            refusals[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refusals


def test_two_renames_at_once_give_one_name_and_one_conflict() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite in memory has one writer: run with DATABASE_URL for PostgreSQL")
    school = organisation("永川老学校")

    def rename(name: str) -> Any:
        return lambda: actions.rename(
            organisation=school, name=name, starts_on=TODAY, seen="永川老学校", by=SYSTEM, at=NOW
        )

    refusals = at_once(rename("甲校"), rename("乙校"))
    assert sorted(type(refusal) for refusal in refusals if refusal) == [Conflict]
    open_names = OrganisationName.objects.filter(organisation=school, ends_on__isnull=True)
    school.refresh_from_db()
    assert school.name == open_names.get().name == ("乙校" if refusals[0] else "甲校")
    assert AuditRow.objects.filter(event="organisations.organisation.renamed").count() == 1
