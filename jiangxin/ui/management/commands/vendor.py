"""Copies the front-end packages that npm fetched to where the pages are served from."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

UI = Path(__file__).resolve().parents[2]
PACKAGES = UI.parents[1] / "node_modules"
VENDOR = UI / "static" / "vendor"
FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "echarts/dist/echarts.min.js",
    "htmx.org/dist/htmx.min.js",
    "tom-select/dist/js/tom-select.popular.min.js",
    "tom-select/dist/css/tom-select.bootstrap5.min.css",
)
# the static manifest would look for the map files, which are not served
SOURCE_MAP = re.compile(r"\n?(?://[#@] sourceMappingURL=\S+|/\*[#@] sourceMappingURL=.*?\*/)")


class Command(BaseCommand):
    """Copy the served files of the front-end packages from node_modules."""

    help = "Copy the served files of the front-end packages from node_modules (after npm ci)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Replace the folder of served packages."""
        missing = [name for name in FILES if not (PACKAGES / name).is_file()]
        if missing:
            raise CommandError(f"Not found: {', '.join(missing)}. Run `npm ci` first.")
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.mkdir(parents=True)
        for name in FILES:
            text = (PACKAGES / name).read_text(encoding="utf-8")
            (VENDOR / Path(name).name).write_text(SOURCE_MAP.sub("", text), encoding="utf-8")
        self.stdout.write(f"Copied {len(FILES)} files to {VENDOR.relative_to(UI.parents[1])}.")
