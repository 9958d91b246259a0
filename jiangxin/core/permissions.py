"""Who may do what: decisions with a reason, and the one predicate of scope.

A viewer holds grants; a grant carries duties within a scope. A scope is a path: the codes of
the regions from the top, then the organisations, each ended by "/". Holding a scope means
holding everything whose path begins with it. Page, API, export, job and fact query all ask
the two methods of `Viewer`, so they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils.translation import gettext as _

from jiangxin.core.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may?": falsy when refused, with one sentence that says why."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed

    def enforce(self) -> None:
        """Raise NotPermitted with the reason unless allowed."""
        if not self.allowed:
            raise NotPermitted(self.reason)


ALLOWED = Decision(allowed=True)


def refuse(reason: str) -> Decision:
    """Return a refusal; the reason is shown as tooltip, error page and API message."""
    return Decision(allowed=False, reason=reason)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held within a scope, with the duties that the role carries.

    Args:
        role: code of the role, for instance "officer".
        duties: codes such as "policies.adopt"; "*" stands for all.
        path: scope path; everything that begins with it is covered.
        scope_uuid: the scope itself, for links and for the region bar.
    """

    role: str
    duties: frozenset[str]
    path: str
    scope_uuid: str = ""


@dataclass(frozen=True)
class Viewer:
    """Who looks or acts: a signed-in person, the system, or the public (no grants)."""

    user_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    is_system: bool = False

    @property
    def is_public(self) -> bool:
        """Whether nobody is signed in."""
        return self.user_id is None and not self.is_system

    @cached_property
    def roles(self) -> frozenset[str]:
        """Codes of the roles held now, anywhere."""
        return frozenset(grant.role for grant in self.grants)

    def paths(self, duty: str) -> tuple[str, ...]:
        """Scope paths within which the viewer carries the duty, shortest first."""
        return tuple(
            sorted({g.path for g in self.grants if duty in g.duties or "*" in g.duties}, key=len)
        )

    def holds(self, duty: str, path: str) -> Decision:
        """Answer whether the viewer carries the duty for the thing at this scope path."""
        if self.is_system or any(path.startswith(held) for held in self.paths(duty)):
            return ALLOWED
        if self.is_public:
            return refuse(_("Sign in first: this is not open to the public."))
        if self.paths(duty):
            return refuse(
                _(
                    "Your role does not reach this region or organisation. Ask the office that "
                    "is responsible for it."
                )
            )
        return refuse(
            _(
                "Your role does not include this duty. An operator of your region can grant "
                "you a role that does."
            )
        )

    def holds_anywhere(self, duty: str) -> Decision:
        """Answer whether the viewer carries the duty in any scope at all."""
        paths = self.paths(duty)
        return self.holds(duty, paths[0] if paths else "")

    def within(self, duty: str, field: str = "scope__path") -> Q:
        """Return the filter for rows whose scope path lies within the viewer's duty.

        The system sees all rows; somebody without the duty sees none.
        """
        if self.is_system:
            return Q(pk__isnull=False)  # not Q(): an empty filter vanishes from "or"
        condition = Q(pk__in=[])
        for path in self.paths(duty):
            condition |= Q(**{f"{field}__startswith": path})
        return condition


# acts of the timetable, of set-up and of the demo; the same name in every language
SYSTEM = Viewer(name="匠心 Jiangxin", is_system=True)
PUBLIC = Viewer()
