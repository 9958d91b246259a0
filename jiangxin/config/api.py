"""The API: one NinjaAPI with the routers of all apps, for the same acts as the pages."""

from __future__ import annotations

from importlib import import_module, util
from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from jiangxin import __version__
from jiangxin.core.errors import DomainError
from jiangxin.core.http import problem

api = NinjaAPI(
    title="Jiangxin",
    version=__version__,
    urls_namespace="api",
    docs_url=None,
    description="The acts and queries of the pages, for other systems of the region.",
)


@api.exception_handler(DomainError)
def _refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    return api.create_response(request, problem(error), status=error.status)


@api.exception_handler(AuthenticationError)
def _not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    message = _("Sign in first: this is not open to the public.")
    return api.create_response(
        request, {"code": "not_signed_in", "message": message, "data": {}}, status=401
    )


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, Any] = {
        ".".join(str(part) for part in item["loc"][1:]): item["msg"] for item in error.errors
    }
    body = {
        "code": "invalid",
        "message": _("Some values cannot be used; see the fields."),
        "data": {"fields": fields},
    }
    return api.create_response(request, body, status=422)


for config in apps.get_app_configs():
    if config.name.startswith("jiangxin.apps.") and util.find_spec(f"{config.name}.api"):
        api.add_router(f"/{config.label}", import_module(f"{config.name}.api").router)
