"""`jiangxin up`: make everything ready and serve the site, in one step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from jiangxin.apps.accounts import actions as accounts
from jiangxin.apps.collections import actions as collections
from jiangxin.apps.registers import actions as registers
from jiangxin.config import demo
from jiangxin.core.permissions import SYSTEM


class Command(BaseCommand):
    help = "Migrate, load reference data and the demo region if empty, and serve web and worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-demo", action="store_true", help="leave an empty region empty")
        parser.add_argument("--no-serve", action="store_true", help="prepare only")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        self._prepare(demo_wanted=not options["no_demo"])
        self.stdout.write(f"ready after {time.monotonic() - began:.0f} s")
        if not options["no_serve"]:
            self._serve(options["host"], options["port"])

    def _prepare(self, *, demo_wanted: bool) -> None:
        self._say("database")
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        self._say("pages")
        call_command("messages", "--compile", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self._say("reference data")
        call_command("load_reference", verbosity=0)
        accounts.create_region_scopes(by=SYSTEM, at=timezone.now())
        registers.load_types(by=SYSTEM, at=timezone.now())
        collections.load_collections(by=SYSTEM, at=timezone.now())
        if demo_wanted and demo.is_wanted():
            self._say("demo region (simulated data)")
            call_command("demo", verbosity=0)
        folder = os.environ.get("POLICIES")
        if folder:
            files = sorted(
                str(p) for p in Path(folder).glob("*.*") if p.is_file() and p.name != "README.md"
            )
            self._say(f"{len(files)} documents from POLICIES")
            call_command("policies", "import", *files)

    def _say(self, what: str) -> None:
        self.stdout.write(f"… {what}")
        self.stdout.flush()

    def _serve(self, host: str, port: int) -> None:
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "jiangxin.config.settings"}
        web = [
            str(Path(sys.executable).with_name("granian")),
            "--interface", "wsgi", "--host", host, "--port", str(port),
            "--workers", "2", "--blocking-threads", "4", "--no-ws",
            "--log-level", "warning", "jiangxin.config.wsgi:application",
        ]  # fmt: skip
        processes = [
            subprocess.Popen(web, env=env),
            subprocess.Popen([sys.executable, "-m", "jiangxin", "work"], env=env),
        ]
        self.stdout.write(f"\nJiangxin serves at http://{host}:{port}/  (stop with Ctrl+C)\n")
        for line in demo.sign_ins():
            self.stdout.write(line)
        self.stdout.flush()

        def stop(*_args: object) -> None:
            for process in processes:
                process.terminate()

        signal.signal(signal.SIGTERM, stop)
        try:
            while all(process.poll() is None for process in processes):
                time.sleep(0.5)
        except KeyboardInterrupt:
            pass
        stop()
        codes = [process.wait(timeout=20) for process in processes]
        if any(code > 0 for code in codes):
            raise SystemExit(max(codes))
