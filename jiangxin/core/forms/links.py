"""Links from forms to things that higher floors know: one resolver for each kind.

`config` registers the resolvers, so that core knows no app. A link is stored as kind and public
code; nothing else of the thing is kept in the form.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jiangxin.core.permissions import Viewer

Where = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LinkOption:
    """One thing that can be chosen."""

    code: str
    label: str
    hint: str = ""


class LinkResolver(Protocol):
    """What an app answers about one kind of thing; each call is one query."""

    def labels(self, codes: Collection[str]) -> Mapping[str, str]:
        """Return the names of the codes that exist."""

    def missing(self, codes: Collection[str], *, where: Where) -> set[str]:
        """Return the codes that do not exist, or do not fit `where`."""

    def search(self, text: str, *, viewer: Viewer, where: Where, limit: int) -> list[LinkOption]:
        """Return what the viewer may choose, best first."""

    def find(self, text: str, *, where: Where) -> str | None:
        """Return the code of the one thing with exactly this name or code, else None.

        Kinds with personal data answer to codes only: a name must not reveal who is known.
        """


_RESOLVERS: dict[str, LinkResolver] = {}


def register_links(kind: str, resolver: LinkResolver) -> None:
    """Answer links of this kind with this resolver from now on."""
    _RESOLVERS[kind] = resolver


def resolver_of(kind: str) -> LinkResolver:
    """Return the resolver of a kind; LookupError if `config` registered none."""
    if kind not in _RESOLVERS:
        raise LookupError(f"No resolver is registered for links to {kind}.")
    return _RESOLVERS[kind]


class Links:
    """All resolvers during one piece of work; each answer is asked for once."""

    def __init__(self, resolvers: Mapping[str, LinkResolver] | None = None) -> None:
        self._resolvers = resolvers
        self._labels: dict[tuple[str, str], str] = {}
        self._found: dict[tuple[str, str, str], str | None] = {}

    def _of(self, kind: str) -> LinkResolver:
        return resolver_of(kind) if self._resolvers is None else self._resolvers[kind]

    def labels(self, kind: str, codes: Collection[str]) -> dict[str, str]:
        """Return the names of codes; one that no longer exists keeps its code as name."""
        unknown = {code for code in codes if (kind, code) not in self._labels}
        if unknown:
            names = self._of(kind).labels(sorted(unknown))
            self._labels |= {(kind, code): names.get(code, code) for code in unknown}
        return {code: self._labels[kind, code] for code in codes}

    def resolve(self, kind: str, texts: Collection[str], *, where: Where) -> dict[str, str]:
        """Map codes, and exact names of one thing, to codes; what is not found is left out."""
        texts = set(texts)
        missing = self._of(kind).missing(sorted(texts), where=where) if texts else set()
        found = {text: text for text in texts - missing}
        for text in sorted(missing):
            key = (kind, text, repr(sorted(where.items())))
            if key not in self._found:
                self._found[key] = self._of(kind).find(text, where=where)
            code = self._found[key]
            if code is not None:
                found[text] = code
        return found
