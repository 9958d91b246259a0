"""The way around: what each role finds in the menu, named by what people do, not by app."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu; `duty` empty means that everybody sees it."""

    label: str | Promise
    url_name: str
    icon: str
    duty: str = ""


MENU: tuple[Entry, ...] = (
    Entry(_("Home"), "dashboards:home", "home"),
    Entry(_("Region cockpit"), "dashboards:cockpit", "gauge", "dashboards.view"),
    Entry(_("What is due"), "dashboards:due", "calendar", "notices.view"),
    Entry(_("Policies"), "policies:documents", "file-text", "policies.view"),
    Entry(_("Targets"), "policies:targets", "target", "policies.view"),
    Entry(_("Tasks"), "policies:tasks", "checklist", "tasks.view"),
    Entry(_("Accountability"), "policies:scorecard", "scale", "policies.view"),
    Entry(_("Indicators"), "indicators:indicators", "chart-bar", "indicators.view"),
    Entry(_("Organisations"), "organisations:organisations", "building", "organisations.view"),
    Entry(_("People and roles"), "accounts:users", "users", "accounts.manage"),
    Entry(_("Audit trail"), "accounts:trail", "history", "audit.view"),
    Entry(_("Background work"), "accounts:jobs", "refresh", "jobs.view"),
    Entry(_("Notices"), "notices:notices", "bell", "notices.view"),
    Entry(_("Reference data"), "reference:regions", "list-tree"),
    Entry(_("Promises and progress"), "dashboards:public", "world"),
)


def menu_for(viewer: Viewer) -> list[Entry]:
    """List the entries that the viewer can use."""
    return [e for e in MENU if not e.duty or viewer.holds_anywhere(e.duty)]
