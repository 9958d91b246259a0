"""The check of a sheet: each row typed, held against the rules, the others and what is known."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from jiangxin.apps.organisations import queries
from jiangxin.apps.organisations.actions import REVISABLE, Change, Details, problems_of
from jiangxin.apps.organisations.models import Organisation, normal_form, stem_of
from jiangxin.apps.organisations.sheets.columns import BY_FIELD, Row
from jiangxin.apps.organisations.sheets.files import places, table
from jiangxin.apps.reference import queries as reference
from jiangxin.core.forms.sheets import UnreadableFile
from jiangxin.core.permissions import Viewer

Report = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cell that breaks a rule, or deserves a look (`is_warning`)."""

    row: int
    field: str
    value: str
    rule: str
    fix: str
    is_warning: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, with the heading of the column as people read it."""
        return {
            "row": self.row,
            "field": self.field,
            "column": str(BY_FIELD[self.field].label),
            "value": self.value[:200],
            "rule": self.rule,
            "fix": self.fix,
            "is_warning": self.is_warning,
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet as it was checked: what saving would change, and everything that is wrong."""

    rows: int
    changes: tuple[Change, ...]
    unchanged: int
    findings: tuple[Finding, ...]
    bad: int

    @property
    def counts(self) -> dict[str, int]:
        """How many rows are new, changed, unchanged and bad."""
        new = sum(change.organisation is None for change in self.changes)
        return {
            "new": new,
            "changed": len(self.changes) - new,
            "unchanged": self.unchanged,
            "bad": self.bad,
        }


def check(
    content: bytes,
    *,
    scope: Any,
    viewer: Viewer,
    on: datetime.date,
    report: Report = lambda _done, _total: None,
) -> Checked:
    """Check all rows of a file against every rule; nothing is saved.

    Raises:
        UnreadableFile: the file is no table of organisations.
    """
    cells = table(content)
    columns = places(cells)
    lines = [
        (line, row)
        for line, row in enumerate(cells[1:], start=2)
        if any(str(c).strip() for c in row)
    ]
    if not lines:
        raise UnreadableFile(_("The file has headings but no rows. Fill it in and try again."))
    checker = _Checker(scope=scope, viewer=viewer, on=on, columns=frozenset(columns))
    typed = []
    for line, row in lines:
        typed += checker.typed(line, {f: row[i] for f, i in columns.items() if i < len(row)})
    checker.learn(typed)
    for index, (line, said) in enumerate(typed):
        checker.judge(line, said)
        if index % 500 == 0:
            report(index, len(typed))
    checker.drop_orphans()
    bad = {finding.row for finding in checker.findings if not finding.is_warning}
    findings = sorted(checker.findings, key=lambda f: (f.row, f.is_warning))
    changes = tuple(change for change in checker.changes if change.line not in bad)
    return Checked(len(lines), changes, checker.unchanged, tuple(findings), len(bad))


@dataclass
class _Checker:
    scope: Any
    viewer: Viewer
    on: datetime.date
    columns: frozenset[str]
    findings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0

    def __post_init__(self) -> None:
        known = (
            queries.organisations(viewer=self.viewer)
            .filter(scope__path__startswith=self.scope.path)
            .prefetch_related("aliases")
        )
        self.known: list[Organisation] = list(known)
        self.by_code = {row.code.upper(): row for row in self.known}
        self.by_school = {row.school_code: row for row in self.known if row.school_code}
        self.by_uscc = {row.uscc: row for row in self.known if row.uscc}
        self.by_name: dict[str, list[Organisation]] = {}
        for row in self.known:
            self.by_name.setdefault(normal_form(row.name), []).append(row)
        self.region_of = {
            r.code: r for r in reference.regions_within(self.scope.region.code, on=self.on)
        }
        self.provinces = queries.province_codes(on=self.on)
        self.names_of: dict[str, tuple[str, ...]] = {}
        self.stems = {
            (row.region.code, stem_of(normal_form(row.name), self._names(row.region))): row
            for row in self.known
        }
        self.alias_of = {
            (row.region.code, alias.normal): row
            for row in self.known
            for alias in row.aliases.all()
        }
        self.first_lines: dict[tuple[str, ...], int] = {}
        self.lines_by_name: dict[str, int] = {}
        self.lines_by_code: dict[str, int] = {}
        self.taken: dict[str, dict[str, int]] = {}

    def _names(self, region: Any) -> tuple[str, ...]:
        if region.code not in self.names_of:
            self.names_of[region.code] = queries.region_names(region, on=self.on)
        return self.names_of[region.code]

    def find(self, line: int, name: str, value: object, rule: str = "", fix: str = "") -> None:
        """Note that a cell breaks a rule; by default the rule of its column."""
        column = BY_FIELD[name]
        self.findings.append(
            Finding(line, name, str(value), rule or str(column.rule), fix or str(column.fix))
        )

    def typed(self, line: int, cells: dict[str, Any]) -> list[tuple[int, Row]]:
        """Return the row as typed values; nothing, and findings, if a cell has no such value."""
        try:
            return [(line, Row.model_validate(cells))]
        except ValidationError as error:
            for name in {str(item["loc"][0]) for item in error.errors()}:
                self.find(line, name, cells.get(name, ""))
            return []

    def learn(self, typed: Sequence[tuple[int, Row]]) -> None:
        """Note which lines register which names and codes, and which codes others have."""
        for line, said in typed:
            self.lines_by_name.setdefault(normal_form(said.name), line)
            for code in (said.school_code, said.uscc):
                if code:
                    self.lines_by_code.setdefault(code, line)
        for name in ("uscc", "school_code", "code"):
            wanted = {str(getattr(said, name)) for _line, said in typed} - {""}
            self.taken[name] = queries.owners_of(name, wanted)

    def judge(self, line: int, said: Row) -> None:
        """Hold a typed row against all rules; notes a change or findings."""
        before = len(self.findings)
        known = self._known(said)
        region = self._region(line, said, known)
        parent, parent_line = self._parent(line, said)
        if region is None:
            return
        details = self._details(said, known, region, parent)
        # a parent in the same file does not exist yet; an unknown one was named already
        is_parent_judged = parent_line or len(self.findings) > before
        for name, rule in problems_of(details, provinces=self.provinces).items():
            if name != "parent" or not is_parent_judged:
                self.find(line, name, getattr(said, name, ""), rule)
        self._judge_codes(line, said, known)
        self._judge_aliases(line, said, known, region)
        if known is not None:
            self._judge_change(line, said, details, known)
        elif said.code:
            self.find(line, "code", said.code, _("No organisation of yours has this code."))
        else:
            self._look_for_similar(line, said, region)
        if len(self.findings) > before and any(not f.is_warning for f in self.findings[before:]):
            return
        if known is not None and not self._differs(details, known):
            self.unchanged += 1
            return
        self.changes.append(
            Change(line, details, known, "", parent_line, "aliases" in self.columns)
        )

    def _known(self, said: Row) -> Organisation | None:
        if said.code:
            return self.by_code.get(said.code)
        if said.school_code and said.school_code in self.by_school:
            return self.by_school[said.school_code]
        if said.uscc and said.uscc in self.by_uscc:
            return self.by_uscc[said.uscc]
        same = [
            row
            for row in self.by_name.get(normal_form(said.name), [])
            if row.region.code == (said.region or self.scope.region.code)
            and (not said.parent or self._is_called(row.parent, said.parent))
        ]
        return same[0] if len(same) == 1 else None

    def _is_called(self, row: Organisation | None, text: str) -> bool:
        return row is not None and (
            text.upper() == row.code.upper() or normal_form(text) == normal_form(row.name)
        )

    def _region(self, line: int, said: Row, known: Organisation | None) -> Any:
        if not said.region:
            return known.region if known is not None else self.scope.region
        region = self.region_of.get(said.region)
        if region is None:
            self.find(line, "region", said.region)
        return region

    def _parent(self, line: int, said: Row) -> tuple[Organisation | None, int]:
        if not said.parent:
            return None, 0
        named = self.by_code.get(said.parent.upper()) or next(
            iter(self.by_name.get(normal_form(said.parent), [])), None
        )
        if named is not None:
            return named, 0
        other = self.lines_by_name.get(normal_form(said.parent), 0)
        other = other or self.lines_by_code.get(said.parent.upper(), 0)
        if not other or other == line:
            self.find(line, "parent", said.parent)
            return None, 0
        return None, other

    def _details(
        self, said: Row, known: Organisation | None, region: Any, parent: Organisation | None
    ) -> Details:
        """Return the details said; what the file does not speak of stays as it is."""
        values = {
            name: getattr(said if known is None or name in self.columns else known, name)
            for name in (*REVISABLE, "short_name", "starts_on", "ends_on", "is_simulated")
        }
        if known is not None and "parent" not in self.columns:
            parent = known.parent
        return Details(
            name=said.name,
            kind=said.kind,
            region=region,
            parent=parent,
            aliases=said.aliases,
            **values,
        )

    def _judge_codes(self, line: int, said: Row, known: Organisation | None) -> None:
        key = ("name", said.region, said.parent, normal_form(said.name))
        pairs = [(key, "name"), (("uscc", said.uscc), "uscc")]
        pairs += [(("school_code", said.school_code), "school_code"), (("code", said.code), "code")]
        for unique, name in pairs:
            if not unique[-1]:
                continue
            first = self.first_lines.setdefault(unique, line)
            if first != line:
                rule = _("Row %(row)s says the same.") % {"row": first}
                self.find(line, name, unique[-1], rule, _("Remove one of the two rows."))
        for name in ("uscc", "school_code"):
            owner = self.taken[name].get(getattr(said, name))
            if owner is not None and owner != (known.pk if known else None):
                rule = _("Another organisation has this code already.")
                self.find(line, name, getattr(said, name), rule)

    def _judge_aliases(self, line: int, said: Row, known: Organisation | None, region: Any) -> None:
        for alias in said.aliases:
            normal = normal_form(alias)
            owner = self.alias_of.get((region.code, normal))
            first = self.first_lines.setdefault(("alias", region.code, normal), line)
            if first != line or (owner is not None and owner != known):
                rule = _("“%(name)s” already stands for another organisation here.")
                self.find(line, "aliases", alias, rule % {"name": alias})

    def _judge_change(self, line: int, said: Row, details: Details, known: Organisation) -> None:
        fixed = {
            "kind": (details.kind, known.kind),
            "region": (details.region.code, known.region.code),
            "parent": (getattr(details.parent, "pk", None), known.parent_id),
            "starts_on": (details.starts_on, known.starts_on),
            "ends_on": (details.ends_on, known.ends_on),
        }
        for name, (new, old) in fixed.items():
            if new != old:
                rule = _("This cannot be changed by an import: a dated act on its page does it.")
                self.find(line, name, getattr(said, name) or "", rule, _("Put the old value back."))
        others = [row for row in self.by_name.get(normal_form(said.name), []) if row != known]
        if any(
            o.region.code == known.region.code and o.parent_id == known.parent_id for o in others
        ):
            self.find(
                line, "name", said.name, _("An organisation of this region has this name already.")
            )

    def _look_for_similar(self, line: int, said: Row, region: Any) -> None:
        normal = normal_form(said.name)
        stem = stem_of(normal, self._names(region))
        like = self.stems.get((region.code, stem)) or self.alias_of.get((region.code, normal))
        if like is not None and not said.parent:
            rule = _("“%(name)s” is known and looks like the same.") % {"name": like.name}
            fix = _("If it is the same, write its code %(code)s.") % {"code": like.code}
            self.findings.append(Finding(line, "name", said.name, rule, fix, is_warning=True))

    def _differs(self, details: Details, known: Organisation) -> bool:
        names = ("name", "short_name", *REVISABLE)
        if any(getattr(details, name) != getattr(known, name) for name in names):
            return True
        if "aliases" not in self.columns:
            return False
        wanted = {normal_form(text) for text in details.aliases}
        return wanted != {alias.normal for alias in known.aliases.all()}

    def drop_orphans(self) -> None:
        """Refuse rows whose parent in the file is refused, and circles of parents."""
        while True:
            bad = {finding.row for finding in self.findings if not finding.is_warning}
            good = {c.line for c in self.changes if c.line not in bad}
            orphans = [
                c
                for c in self.changes
                if c.line in good and c.parent_line and c.parent_line not in good
            ]
            orphans = orphans or _circles([c for c in self.changes if c.line in good])
            if not orphans:
                return
            for change in orphans:
                rule = _("The row of the body that it belongs to cannot be saved.")
                self.find(change.line, "parent", "", rule)


def _circles(changes: Iterable[Change]) -> list[Change]:
    waiting = {change.line: change for change in changes}
    while True:
        ready = [line for line, c in waiting.items() if c.parent_line not in waiting]
        if not ready:
            return list(waiting.values())
        for line in ready:
            del waiting[line]
