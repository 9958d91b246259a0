"""`jiangxin policies parse | import | cascade`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import DomainError
from jiangxin.engines.policytext.cascade import cascade


class Command(BaseCommand):
    help = "Read policy documents: as JSON, into the register, or one against another."
    # `parse` and `cascade` need no database at all
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        parse = verbs.add_parser("parse", help="print what the files say as JSON; no database")
        parse.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parse.add_argument("--out", type=Path, metavar="DIR", help="write NAME.json files here")
        bring = verbs.add_parser("import", help="put the files into the register")
        bring.add_argument("files", nargs="+", type=Path, metavar="FILE")
        bring.add_argument("--region", metavar="CODE", help="whose documents they are")
        compare = verbs.add_parser("cascade", help="which clause carries out which; no database")
        compare.add_argument("parent", type=Path)
        compare.add_argument("child", type=Path)
        compare.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        getattr(self, f"_{verb}")(**options)

    def _read(self, path: Path) -> queries.Reading:
        return queries.read_file(path.read_bytes(), filename=path.name)

    def _parse(self, files: list[Path], out: Path | None, **_options: Any) -> None:
        stems = Counter(path.stem for path in files)
        if out is not None:
            out.mkdir(parents=True, exist_ok=True)
        found, bad = [], 0
        written: set[str] = set()
        for path in files:
            try:
                reading = self._read(path)
            except (DomainError, OSError) as error:
                bad += 1
                self._complain(path, error)
                continue
            content = reading.document.as_json()
            if out is None:
                found.append(content)
                continue
            name = path.stem if stems[path.stem] == 1 else path.name
            if name in written:  # the same name from two folders
                name = f"{name}.{sum(name in other for other in written) + 1}"
            written.add(name)
            self._write(out / f"{name}.json", json.dumps(content, ensure_ascii=False, indent=1))
            if not (reading.kind == "txt" and reading.encoding.replace("-", "") == "utf8"):
                text = out / f"{name}.txt"
                if text.resolve() in {source.resolve() for source in files}:
                    text = out / f"{name}.utf-8.txt"  # never over an original
                self._write(text, reading.text)
        if out is None:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=1))
        if bad:
            raise SystemExit(1)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8", newline="")

    def _complain(self, path: Path, error: Exception) -> None:
        self.stderr.write(f"{path}: {error}")

    def _import(self, files: list[Path], region: str | None, **_options: Any) -> None:
        at = timezone.now()
        bad = 0
        place = None
        if region:
            try:
                place = reference.get_region(region, on=at.date())
            except DomainError as error:
                raise CommandError(error.message) from error
        for path in files:
            try:
                done = actions.import_document(
                    data=path.read_bytes(),
                    filename=path.name,
                    region=place,
                    by=accounts.system(),
                    at=at,
                )
            except (DomainError, OSError) as error:
                bad += 1
                self._complain(path, error)
                continue
            if done.is_attached:
                what = _("text added to what was known")
            else:
                what = _("imported") if done.is_new else _("already there")
            document = done.document
            self.stdout.write(f"{path}: {what}: {document.citation} ({document.region.name})")
        if bad:
            raise SystemExit(1)

    def _cascade(self, parent: Path, child: Path, **options: Any) -> None:
        try:
            above, below = self._read(parent).document, self._read(child).document
        except (DomainError, OSError) as error:
            raise CommandError(str(error)) from error
        found = cascade(above, below)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
            return
        for pair in found.pairs:
            if pair.strength:
                mark = "==" if pair.strength == 2 else "- "
                shared = "、".join(pair.shared)
                self.stdout.write(
                    f"{mark} {pair.parent_number_path} → {pair.child_number_path}"
                    f"  {pair.score:.2f}  {shared}"
                )
        self.stdout.write(
            _("Not carried out: %(list)s") % {"list": " ".join(found.uncovered) or "—"}
        )
