"""`jiangxin bench [NAME]`: our figure beside the peer's and the limit's, in one run."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

NAMES = ("parsing", "cascade", "indicators", "collections", "pages")
COLUMNS = (
    "case",
    "unit",
    "ours",
    "peer",
    "peer_name",
    "limit",
    "limit_name",
    "ours_over_limit",
    "ours_over_peer",
    "runs",
    "peak_mb",
    "note",
)


class Command(BaseCommand):
    help = "Run benchmarks (docs/benchmarks.md): medians in seconds, beside peer and limit."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", choices=NAMES)
        parser.add_argument("--json", action="store_true", help="print only a JSON list")
        parser.add_argument("--quick", action="store_true", help="small sizes only")

    def handle(self, *args: Any, **options: Any) -> None:
        rows: list[dict[str, Any]] = []
        for name in [options["name"]] if options["name"] else NAMES:
            module = import_module(f"jiangxin.config.bench.{name}")
            rows += [
                {column: row.get(column) for column in COLUMNS}
                for row in module.run(quick=options["quick"])
            ]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(_line(row))


def _line(row: dict[str, Any]) -> str:
    def figure(key: str) -> str:
        value = row[key]
        return "—" if value is None else f"{value:.4g}"

    return (
        f"{row['case']} [{row['unit']}]  ours {figure('ours')}"
        f"  |  {row['peer_name'] or 'peer'} {figure('peer')} (ours ÷ peer {figure('ours_over_peer')})"
        f"  |  {row['limit_name'] or 'limit'} {figure('limit')}"
        f" (ours ÷ limit {figure('ours_over_limit')})"
        f"  |  runs {row['runs']}, peak {figure('peak_mb')} MB  {row['note'] or ''}"
    )
