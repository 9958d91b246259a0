"""Benchmark of pages: server time and queries of each page of the demo region, as its officer.

It asks the application itself, without a network, on the database of this installation; the demo
region must be there (`jiangxin up --no-serve`). The limit is the 100 ms that were promised.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.accounts.models import User
from jiangxin.apps.indicators.models import Value
from jiangxin.apps.organisations.models import Organisation
from jiangxin.apps.policies import queries as policies
from jiangxin.apps.policies.models import Task
from jiangxin.config import demo
from jiangxin.config.navigation import menu_for
from jiangxin.core.permissions import Viewer

LIMIT_MS = 100.0
OFFICER = "officer"


def run(*, quick: bool) -> list[dict[str, Any]]:
    """Return a row per page: median milliseconds, and in the note how many queries it takes."""
    if not demo.is_present():
        raise CommandError("The demo region is not here. Run `jiangxin up --no-serve` first.")
    user = User.objects.get(username=OFFICER)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    try:
        viewer = accounts.viewer_for(user, on=timezone.localdate())
        return [_measure(client, address, 3 if quick else 15) for address in _addresses(viewer)]
    finally:
        client.logout()


def _addresses(viewer: Viewer) -> list[str]:
    """List the pages of the officer's menu, and one page below each list."""
    found = [reverse(entry.url_name) for entry in menu_for(viewer)]
    targets = policies.targets(viewer=viewer, on=timezone.localdate())
    for name, row in (
        ("policies:document", policies.documents(viewer=viewer).first()),
        ("policies:target", next((t for t in targets if t.observations), None)),
        ("policies:task", Task.objects.visible_to(viewer).first()),
        ("organisations:organisation", Organisation.objects.visible_to(viewer).first()),
        ("indicators:value", Value.objects.visible_to(viewer).filter(status="measured").first()),
    ):
        if row is not None:
            found.append(reverse(name, args=[row.uuid]))
    return found


def _measure(client: Client, address: str, runs: int) -> dict[str, Any]:
    statements: list[str] = []

    def count(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    client.get(address)  # templates and catalogues are loaded once per process
    with connection.execute_wrapper(count):
        answer = client.get(address)
    if answer.status_code != 200:
        raise CommandError(f"{address} answers {answer.status_code}")
    times, busy = [], []
    for _run in range(runs):
        began, worked = time.perf_counter(), time.process_time()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    median = statistics.median(times)
    return {
        "case": address,
        "unit": "ms",
        "ours": median,
        "limit": LIMIT_MS,
        "limit_name": "promised",
        "ours_over_limit": median / LIMIT_MS,
        "runs": runs,
        # the processor's share tells whether the machine was busy with other things
        "note": f"processor {statistics.median(busy):.0f} ms, {len(statements)} queries, "
        f"{len(answer.content) / 1000:.0f} kB",
    }
