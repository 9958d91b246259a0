"""Refusals: what the product says when it will not do something, and with which status."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _


class DomainError(Exception):
    """A refusal that a person can act on.

    Subclasses set `code` (stable, for the API) and `status` (HTTP). The message says what
    happened, why, and what to do next. Anything that is not a DomainError is a bug.
    """

    code = "domain_error"
    status = 400

    def __init__(self, message: str, *, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.data: dict[str, object] = dict(data or {})


class NotPermitted(DomainError):
    """The actor may not do this, whatever the state of the thing."""

    code = "not_permitted"
    status = 403


class NotFound(DomainError):
    """There is no such thing within the viewer's scope."""

    code = "not_found"
    status = 404

    def __init__(self, message: str = "", *, data: Mapping[str, object] | None = None) -> None:
        super().__init__(
            message
            or _(
                "There is nothing at this address that you may see. It may have been moved, "
                "or it belongs to another region or organisation. Check the address or ask "
                "whoever sent it to you."
            ),
            data=data,
        )


class WrongState(DomainError):
    """The thing is in a state in which this cannot be done."""

    code = "wrong_state"
    status = 409


class Conflict(DomainError):
    """Somebody else changed the thing meanwhile."""

    code = "conflict"
    status = 409


class Invalid(DomainError):
    """The input breaks a rule; `data["fields"]` maps field names to messages."""

    code = "invalid"
    status = 422
