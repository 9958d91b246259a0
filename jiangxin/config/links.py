"""What forms may link to: one resolver for each kind, and the search behind the boxes.

Here because a link may point at a thing of any app, and core knows none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.reference import queries as reference
from jiangxin.apps.registers import queries as registers
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.forms import LinkOption, LinkResolver, register_links, resolver_of
from jiangxin.core.http import Request, audience
from jiangxin.core.permissions import SYSTEM, Viewer
from jiangxin.ui.dynamic import linked_text

LIMIT = 20
Where = Mapping[str, Any]


def register() -> None:
    """Register the resolvers of all kinds; `config` does it when Django is ready."""
    for kind, resolver in _RESOLVERS.items():
        register_links(kind, resolver)


@audience("signed-in")
def links(request: Request, kind: str) -> HttpResponse:
    """Answer what is typed in a box with the things that the reader may choose."""
    try:
        resolver = resolver_of(kind)
    except LookupError as error:
        raise NotFound from error
    box = request.GET.get("name", "q")
    text = request.GET.get(box, "").strip()[:100]
    where = _where(request.GET.get("where", ""))
    found = resolver.search(text, viewer=request.viewer, where=where, limit=LIMIT) if text else []
    options = [
        {"code": o.code, "label": o.label, "hint": o.hint, "text": linked_text(o.code, o.label)}
        for o in found
    ]
    return render(request, "ui/dynamic_options.html", {"options": options, "id": box})


def _where(text: str) -> dict[str, Any]:
    """Read the narrowing that a box sends along; it can only narrow what the reader may see."""
    if not text:
        return {}
    try:
        where = json.loads(text)
    except ValueError as error:
        raise Invalid("where") from error
    if not isinstance(where, dict) or len(where) > 10:
        raise Invalid("where")
    return {str(key): value for key, value in where.items()}


def _narrowed(rows: Any, where: Where, allowed: Mapping[str, str]) -> Any:
    """Keep the rows whose fields have one of the values named."""
    for key, field in allowed.items():
        if key in where:
            wanted = where[key] if isinstance(where[key], list) else [where[key]]
            rows = rows.filter(**{f"{field}__in": [str(value) for value in wanted]})
    return rows


def _one(codes: Collection[Any]) -> str | None:
    """Return the only code; a name that several things have names none of them."""
    found = {str(code) for code in codes}
    return found.pop() if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class CodeListLinks:
    """Links to rows of a national code list, as it is in force today.

    Args:
        narrows: what a form may narrow by, with the field that holds it.
        hint: what tells rows of the same name apart.
    """

    kind: str
    narrows: Mapping[str, str]
    hint: Callable[[Any], str]

    def _rows(self, where: Where) -> Any:
        rows = _narrowed(reference.listed(self.kind, on=timezone.localdate()), where, self.narrows)
        within = where.get("within")
        if within and self.kind == "divisions":
            rows = rows.filter(path__contains=f"{within}/")
        elif within:
            rows = rows.filter(code__startswith=str(within))
        return rows

    def labels(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the names of today."""
        rows = self._rows({}).filter(code__in=list(codes))
        return dict(rows.values_list("code", "name"))

    def missing(self, codes: Collection[str], *, where: Where) -> set[str]:
        """Return the codes that are not in the list."""
        rows = self._rows(where).filter(code__in=list(codes))
        return set(codes) - set(rows.values_list("code", flat=True))

    def search(self, text: str, *, viewer: Viewer, where: Where, limit: int) -> list[LinkOption]:
        """Find rows by name, code, pinyin or initials."""
        rows = self._rows(where).matching(text)[:limit]
        return [LinkOption(row.code, row.name, self.hint(row)) for row in rows]

    def find(self, text: str, *, where: Where) -> str | None:
        """Return the code of the only row of this name."""
        rows = self._rows(where).filter(Q(name=text) | Q(code=text.upper()))
        return _one(rows.values_list("code", flat=True)[:2])


@dataclass(frozen=True, slots=True)
class OrganisationLinks:
    """Links to organisations by their code."""

    narrows = {"kind": "kind", "stage": "stage", "ownership": "ownership"}

    def _rows(self, where: Where, *, viewer: Viewer = SYSTEM) -> Any:
        return _narrowed(organisations.organisations(viewer=viewer), where, self.narrows)

    def labels(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the official names, of closed ones too, and of those known by a former code."""
        return organisations.names_by_code(list(codes))

    def missing(self, codes: Collection[str], *, where: Where) -> set[str]:
        """Return the codes that no organisation of this kind has."""
        # a value of before two entries were joined, or a school got a new code, still stands
        meant = Q(code__in=list(codes)) | Q(former_codes__value__in=list(codes))
        rows = self._rows(where).filter(meant).values_list("code", "former_codes__value")
        return set(codes) - {code for row in rows for code in row}

    def search(self, text: str, *, viewer: Viewer, where: Where, limit: int) -> list[LinkOption]:
        """Find organisations that the viewer may see and that exist today, their own first."""
        rows = self._rows(where, viewer=viewer).on(timezone.localdate()).matching(text)
        is_far = Case(When(viewer.within("organisations.view"), then=Value(0)), default=Value(1))
        rows = rows.order_by(is_far, "pinyin", "pk")
        return [
            LinkOption(row.code, row.name, f"{row.region.name} {row.get_kind_display()}")
            for row in rows[:limit]
        ]

    def find(self, text: str, *, where: Where) -> str | None:
        """Return the code of the only listed organisation of this name, or with this number."""
        rows = self._rows(where)
        numbers = Q(school_code=text) | Q(uscc=text.upper()) | Q(code__iexact=text)
        # names of unlisted ones are not to be guessed
        named = Q(is_listed=True) & (Q(name=text) | Q(short_name=text))
        return _one(rows.filter(numbers | named).values_list("code", flat=True)[:2])


@dataclass(frozen=True, slots=True)
class PersonLinks:
    """Links to people by their uuid; names are given only to those who work with them."""

    def _rows(self, codes: Collection[str]) -> Any:
        return accounts.users(viewer=SYSTEM).filter(uuid__in=_uuids(codes), is_active=True)

    def labels(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the names of people, also of those who have left."""
        rows = accounts.users(viewer=SYSTEM).filter(uuid__in=_uuids(codes))
        return {str(uuid): name for uuid, name in rows.values_list("uuid", "name")}

    def missing(self, codes: Collection[str], *, where: Where) -> set[str]:
        """Return the codes that stand for nobody."""
        known = {str(uuid) for uuid in self._rows(codes).values_list("uuid", flat=True)}
        return {code for code in codes if code.lower() not in known}

    def search(self, text: str, *, viewer: Viewer, where: Where, limit: int) -> list[LinkOption]:
        """Find people by name who have a role where the viewer applies, reviews or manages."""
        rows: Any = accounts.colleagues(viewer=viewer)
        rows = rows.filter(name__icontains=text)
        if where.get("role"):
            roles = where["role"] if isinstance(where["role"], list) else [where["role"]]
            rows = rows.filter(roles_held__kind__in=[str(role) for role in roles]).distinct()
        return [
            LinkOption(
                str(row.uuid),
                row.name,
                ", ".join(sorted({str(r.get_kind_display()) for r in row.visible_roles})),
            )
            for row in rows[:limit]
        ]

    def find(self, text: str, *, where: Where) -> str | None:
        """Answer to codes only: a name must not reveal who is known."""
        return str(text).lower() if not self.missing([text.lower()], where={}) else None


def _uuids(codes: Collection[str]) -> list[UUID]:
    found = []
    for code in codes:
        try:
            found.append(UUID(code))
        except ValueError:
            continue
    return found


@dataclass(frozen=True, slots=True)
class EntryLinks:
    """Links to recognised things by their public number."""

    narrows = {"type": "type__code", "level": "level", "state": "state"}

    def _rows(self, where: Where, *, viewer: Viewer = SYSTEM) -> QuerySet[Any]:
        rows: QuerySet[Any] = _narrowed(registers.entries(viewer), where, self.narrows)
        return rows

    def labels(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the titles."""
        return dict(self._rows({}).filter(number__in=list(codes)).values_list("number", "title"))

    def missing(self, codes: Collection[str], *, where: Where) -> set[str]:
        """Return the numbers that no entry has."""
        rows = self._rows(where).filter(number__in=list(codes))
        return set(codes) - set(rows.values_list("number", flat=True))

    def search(self, text: str, *, viewer: Viewer, where: Where, limit: int) -> list[LinkOption]:
        """Find entries by title or number that the viewer may see."""
        rows = self._rows(where, viewer=viewer)
        rows = rows.filter(Q(title__icontains=text) | Q(number__istartswith=text))
        return [
            LinkOption(row.number, row.title, row.region.name)
            for row in rows.select_related("region")[:limit]
        ]

    def find(self, text: str, *, where: Where) -> str | None:
        """Return the number of the only entry in the public directory with this title."""
        named = Q(title=text, is_listed=True) | Q(number__iexact=text)
        return _one(self._rows(where).filter(named).values_list("number", flat=True)[:2])


_RESOLVERS: Mapping[str, LinkResolver] = {
    "region": CodeListLinks("divisions", {"level": "level"}, lambda row: row.get_level_display()),
    "programme": CodeListLinks(
        "programmes",
        {"level": "level", "category": "category"},
        lambda row: row.get_level_display(),
    ),
    "occupation": CodeListLinks(
        "occupations", {"level": "level"}, lambda row: row.get_level_display()
    ),
    "industry": CodeListLinks(
        "industries",
        {"level": "level", "section": "section"},
        lambda row: row.get_level_display(),
    ),
    "organisation": OrganisationLinks(),
    "person": PersonLinks(),
    "entry": EntryLinks(),
}
