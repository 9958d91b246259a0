"""`jiangxin work`: run background jobs and keep the timetable, until stopped."""

from __future__ import annotations

import datetime
import logging
import threading
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from jiangxin.core import audit, jobs
from jiangxin.core.permissions import SYSTEM

logger = logging.getLogger("jiangxin.work")

TICK = datetime.timedelta(seconds=2)


class Command(BaseCommand):
    help = "Run background jobs, seal the audit trail, and put back the work of killed workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what waits, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            tick(timezone.now())
            call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)
            tick(timezone.now())
            return
        stop = threading.Event()
        clock = threading.Thread(target=_keep_time, args=(stop,), daemon=True)
        clock.start()
        try:
            call_command("db_worker", interval=0.5, startup_delay=False, verbosity=0, reload=False)
        finally:
            stop.set()
            clock.join(timeout=5)


def tick(at: datetime.datetime) -> None:
    """Seal, reap and defer what is due."""
    audit.seal(at=at)
    jobs.reap(at=at)
    for kind in jobs.due(at=at):
        with transaction.atomic():
            jobs.defer(kind.name, by=SYSTEM, at=at)


def _keep_time(stop: threading.Event) -> None:
    while not stop.wait(TICK.total_seconds()):
        try:
            tick(timezone.now())
        except Exception:
            # the timetable must outlive a lost database connection; it tries again in a moment
            logger.exception("the timetable missed a beat")
        close_old_connections()
    connection.close()
