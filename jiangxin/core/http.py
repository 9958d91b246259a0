"""The edge: who a route is for, how a refusal becomes an answer, and the time of a request."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import BadRequest
from django.db import DataError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.security import APIKeyCookie

from jiangxin.core.errors import DomainError, Invalid, NotPermitted
from jiangxin.core.permissions import Viewer

View = TypeVar("View", bound=Callable[..., Any])


class Request(HttpRequest):
    """A request after the middleware: it knows its viewer, its time, its region and year."""

    viewer: Viewer
    at: datetime.datetime
    htmx: Any


def audience(*roles: str) -> Callable[[View], View]:
    """Declare whom a route is for: role codes, or "public", or "signed-in".

    The declaration opens the door of the page; what may be seen and done inside is decided by
    queries and actions. A test fails on a route that declares none.
    """

    def mark(view: View) -> View:
        view.audience = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


class Problem(Schema):
    """What the API answers when it refuses."""

    code: str
    message: str
    data: dict[str, Any] = {}


class Door(APIKeyCookie):
    """Opens an API operation to an audience; writes also need the CSRF token of the session."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, *roles: str) -> None:
        self.audience = frozenset(roles)
        super().__init__(csrf=True)

    def authenticate(self, request: Any, key: str | None) -> Viewer | None:
        """Return the viewer if the operation is for them; None answers 401."""
        viewer: Viewer = request.viewer
        if "public" in self.audience:
            return viewer
        if viewer.is_public:
            return None
        if "signed-in" not in self.audience and not viewer.roles & self.audience:
            raise NotPermitted(
                _(
                    "This operation is for other roles than yours. An operator of your region "
                    "can grant you the role if your work needs it."
                )
            )
        return viewer


REFUSALS: dict[int, type[Schema]] = dict.fromkeys((400, 401, 403, 404, 405, 409, 422), Problem)


def problem(error: DomainError) -> dict[str, object]:
    """Return the body of an API refusal."""
    return {"code": error.code, "message": error.message, "data": error.data}


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer a refusal as a page, a fragment or JSON, as the request was made."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            problem(error), status=error.status, json_dumps_params={"ensure_ascii": False}
        )
    template = "ui/refusal.html#body" if getattr(request, "htmx", False) else "ui/refusal.html"
    return render(request, template, {"error": error}, status=error.status)


class DomainErrorMiddleware:
    """Turns a refusal raised anywhere in a view into an answer, and sets the time of a request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # no page of ours asks so, and PostgreSQL takes no such text
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("a NUL character in the address")
        # local, so that `request.at.date()` is the day on the reader's calendar
        request.at = timezone.localtime()  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a DomainError; leave anything else to be logged as the bug that it is."""
        if isinstance(error, DataError) and "NUL" in str(error):  # only PostgreSQL minds
            error = Invalid(_("The text holds a character that cannot be kept. Type it again."))
        return refusal(request, error) if isinstance(error, DomainError) else None
