"""Gives each request its viewer, region and year, and closes pages to the wrong audience."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import DomainError, NotPermitted
from jiangxin.core.http import refusal


class ViewerMiddleware:
    """Sets request.viewer, request.region and request.year before the view runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: Any, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Work out who asks, for which region and year, and whether the page is for them."""
        request.viewer = accounts.viewer_for(request.user, on=request.at.date())
        request.year = self._year(request)
        request.region = None
        # Django asks process_exception only about views, so a refusal is answered here
        try:
            request.region = self._region(request)
            return self._door(request, view)
        except DomainError as error:
            return refusal(request, error)

    def _door(self, request: Any, view: Any) -> HttpResponse | None:
        allowed = getattr(view, "audience", None)
        if allowed is None or "public" in allowed:
            return None
        viewer = request.viewer
        if viewer.is_public:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        if "signed-in" not in allowed and not viewer.roles & allowed:
            raise NotPermitted(
                _(
                    "This page is for other roles than yours. An operator of your region can "
                    "grant you the role if your work needs it."
                )
            )
        return None

    def _year(self, request: Any) -> int:
        text = request.GET.get("year", "")
        return int(text) if text.isdigit() and 1990 <= int(text) <= 2100 else request.at.year

    def _region(self, request: Any) -> Any:
        code = request.GET.get("region", "")
        if code:
            return reference.get_region(code, on=request.at.date())
        held = request.viewer.grants
        codes = [part for part in held[0].path.split("/") if part.isdigit()] if held else []
        for candidate in [*reversed(codes), settings.HOME_REGION]:
            region = reference.find_region(candidate, on=request.at.date())
            if region is not None:
                return region
        return None
