"""Personal fields are encrypted at rest, found by a blind index, and survive a new key."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import connection

from jiangxin.apps.accounts.models import User
from jiangxin.core.models import blind_index

pytestmark = pytest.mark.django_db
# the valid example of the standard's own weights (norms of GB 11643)
CITIZEN_ID = "34052419800101001X"


def stored(column: str, pk: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_user WHERE id = %s", [pk])
        return str(cursor.fetchone()[0])


def person(username: str = "li") -> User:
    return User.objects.create(
        username=username,
        name="Li",
        citizen_id=CITIZEN_ID,
        citizen_id_index=blind_index(CITIZEN_ID),
        phone="13800000000",
    )


def test_the_database_holds_no_clear_text() -> None:
    user = person()
    for column in ("citizen_id", "citizen_id_index", "phone"):
        assert CITIZEN_ID not in stored(column, user.pk)
        assert "13800000000" not in stored(column, user.pk)
    assert User.objects.get(pk=user.pk).citizen_id == CITIZEN_ID


def test_the_same_value_is_never_stored_twice_alike() -> None:
    user = person()
    before = stored("phone", user.pk)
    user.save()
    assert stored("phone", user.pk) != before


def test_found_by_the_blind_index_whatever_the_case() -> None:
    user = person()
    assert User.objects.get(citizen_id_index=blind_index(CITIZEN_ID.lower())) == user


def test_a_new_key_encrypts_and_the_old_one_still_reads(settings: Any) -> None:
    old = person()
    ring = {**settings.PERSONAL_DATA_KEYS, "k2": base64.b64encode(b"z" * 32).decode()}
    settings.PERSONAL_DATA_KEYS = ring
    new = User.objects.create(username="wang", name="Wang", phone="13900000000")
    assert stored("phone", new.pk).startswith("k2:")
    assert stored("phone", old.pk).startswith("k1:")
    assert User.objects.get(pk=old.pk).phone == "13800000000"
    assert blind_index(CITIZEN_ID) == old.citizen_id_index


def test_a_changed_ciphertext_is_refused() -> None:
    user = person()
    whole = stored("phone", user.pk)
    changed = whole[:-2] + ("A" if whole[-2] != "A" else "B") + whole[-1]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET phone = %s WHERE id = %s", [changed, user.pk])
    with pytest.raises(Exception, match=r"^$"):  # cryptography's InvalidTag says nothing
        User.objects.get(pk=user.pk)
