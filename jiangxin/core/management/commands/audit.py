"""`jiangxin audit`: check the audit trail, seal what waits, export the heads of the chains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from jiangxin.core import audit


class Command(BaseCommand):
    help = "Check the audit trail (verify), chain what waits (seal), or export the heads (heads)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=["verify", "seal", "heads"])
        parser.add_argument("--heads", help="a file of heads kept elsewhere (default: our own)")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["heads"] or settings.AUDIT_HEADS_FILE)
        if options["heads"] and not path.exists():
            raise CommandError(f"There is no file {path}. Name the file of heads that you kept.")
        text = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if options["verb"] == "seal":
            self.stdout.write(f"sealed {audit.seal(at=timezone.now())} rows")
        elif options["verb"] == "heads":
            for chain, (count, digest) in sorted(audit.heads_from(text).items()):
                self.stdout.write(f"{chain} {count} {digest}")
        else:
            self._verify(text, as_json=options["json"])

    def _verify(self, text: list[str], *, as_json: bool) -> None:
        report = audit.verify(heads=audit.heads_from(text))
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=1))
        else:
            for item in report.findings:
                self.stdout.write(f"{item.chain} #{item.position} {item.row}: {item.what}")
            state = "right" if report.ok else "WRONG"
            self.stdout.write(
                f"audit trail {state}: {report.sealed} rows sealed, {report.unsealed} not yet"
            )
        if not report.ok:
            raise SystemExit(1)
