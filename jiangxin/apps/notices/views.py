"""Pages of the inbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from jiangxin.apps.notices import actions, queries
from jiangxin.core.http import audience
from jiangxin.ui.htmx import page


@audience("signed-in")
@require_safe
def notices(request: Any) -> HttpResponse:
    only_unread = request.GET.get("show") == "unread"
    rows = queries.notices(viewer=request.viewer, only_unread=only_unread)
    unread = queries.unread_count(request.viewer)
    context = {
        "notices": Paginator(rows, 30).get_page(request.GET.get("page")),
        "unread": unread,
        "only_unread": only_unread,
        "tabs": [
            {"label": _("All"), "url": request.path, "is_current": not only_unread},
            {
                "label": _("Unread"),
                "url": f"{request.path}?show=unread",
                "is_current": only_unread,
                "count": unread,
            },
        ],
    }
    return page(request, "notices/notices.html", context, partial="inbox")


@audience("signed-in")
@require_safe
def notice(request: Any, uuid: UUID) -> HttpResponse:
    context = {"notice": queries.get_notice(uuid, viewer=request.viewer)}
    return page(request, "notices/notice.html", context)


@audience("signed-in")
@require_POST
def open_notice(request: Any, uuid: UUID) -> HttpResponse:
    found = actions.mark_read(
        notice=queries.get_notice(uuid, viewer=request.viewer), by=request.viewer, at=request.at
    )
    if found.link and url_has_allowed_host_and_scheme(found.link, allowed_hosts=None):
        return redirect(found.link)
    return redirect("notices:notice", found.uuid)


@audience("signed-in")
@require_POST
def read_all(request: Any) -> HttpResponse:
    count = actions.mark_all_read(by=request.viewer, at=request.at)
    messages.success(request, _("%(n)s notices are marked as read.") % {"n": count})
    return redirect("notices:notices")
