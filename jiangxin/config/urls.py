"""Root addresses: each app answers under its own name; the API under /api/v1."""

from __future__ import annotations

from django.urls import include, path

from jiangxin.config import links
from jiangxin.config.api import api

urlpatterns = [
    path("", include("jiangxin.apps.dashboards.urls")),
    path("accounts/", include("jiangxin.apps.accounts.urls")),
    path("collections/", include("jiangxin.apps.collections.urls")),
    path("indicators/", include("jiangxin.apps.indicators.urls")),
    path("links/<slug:kind>/", links.links, name="links"),
    path("notices/", include("jiangxin.apps.notices.urls")),
    path("organisations/", include("jiangxin.apps.organisations.urls")),
    path("policies/", include("jiangxin.apps.policies.urls")),
    path("reference/", include("jiangxin.apps.reference.urls")),
    path("registers/", include("jiangxin.apps.registers.urls")),
    path("sign-in/", include("allauth.account.urls")),
    path("sign-in/2fa/", include("allauth.mfa.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("api/v1/", api.urls),
]
