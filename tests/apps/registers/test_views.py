"""Pages of registers by role, from the draft to the public directory."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from jiangxin.apps.accounts.models import User
from jiangxin.apps.registers import actions
from jiangxin.apps.registers.models import Application, Objection, Panel, RegisterType
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, browser
from tests.apps.registers import factories
from tests.apps.registers.factories import WORKSHOP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(time_machine: Any) -> None:
    time_machine.move_to(NOW, tick=False)


def as_user(viewer: Any) -> Client:
    """Return a browser in which the viewer is signed in."""
    return browser(User.objects.get(pk=viewer.user_id))


def read(client: Client, name: str, *args: Any, status: int = 200, **query: Any) -> str:
    """Read a page of registers."""
    answer = client.get(reverse(f"registers:{name}", args=args), query)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def test_overview_counts_by_group_and_region() -> None:
    entry = factories.recognised()
    page = read(as_user(factories.holder("officer", "500000")), "entries", region="500000")
    assert "Lantern workshop" in page
    assert entry.number in page
    # a tile for the district of the holder, with one thing in it
    tile = page.partition("永川区</span><strong>")[2].partition("<")[0]
    assert tile == "1"


def test_list_as_excel_has_the_same_rows() -> None:
    entry = factories.recognised()
    client = as_user(factories.holder())
    answer = client.get(reverse("registers:entries"), {"format": "xlsx", "type": entry.type.code})
    assert answer.status_code == 200
    assert answer["Content-Type"].endswith("sheet")
