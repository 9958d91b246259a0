"""The way around: what each role finds in the menu, named by what people do, not by app."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the menu, for those who carry one of its duties; without one for everybody."""

    label: str | Promise
    url_name: str
    icon: str
    # separated by spaces
    duties: str = ""


MENU: tuple[Entry, ...] = (
    Entry(_("Home"), "dashboards:home", "home"),
    Entry(_("Region cockpit"), "dashboards:cockpit", "gauge", "dashboards.view"),
    Entry(_("What is due"), "dashboards:due", "calendar", "notices.view"),
    Entry(_("Policies"), "policies:documents", "file-text", "policies.view"),
    Entry(_("Targets"), "policies:targets", "target", "policies.view"),
    Entry(_("Tasks"), "policies:tasks", "checklist", "tasks.view"),
    Entry(_("Accountability"), "policies:scorecard", "scale", "policies.view"),
    Entry(_("Indicators"), "indicators:indicators", "chart-bar", "indicators.view"),
    Entry(_("Registers"), "registers:entries", "star", "registers.view"),
    Entry(_("To score"), "registers:scores", "star", "registers.score"),
    Entry(_("Returns"), "collections:collections", "inbox", "collections.view collections.file"),
    Entry(_("Organisations"), "organisations:organisations", "building", "organisations.view"),
    Entry(_("People and roles"), "accounts:users", "users", "accounts.manage"),
    Entry(_("Audit trail"), "accounts:trail", "history", "audit.view"),
    Entry(_("Background work"), "accounts:jobs", "refresh", "jobs.view"),
    Entry(_("Notices"), "notices:notices", "bell", "notices.view"),
    Entry(_("Reference data"), "reference:regions", "list-tree"),
    Entry(_("Promises and progress"), "dashboards:public", "world"),
    Entry(_("Public directory"), "registers:directory", "star"),
)


def menu_for(viewer: Viewer) -> list[Entry]:
    """List the entries that the viewer can use."""
    return [
        entry
        for entry in MENU
        if not entry.duties or any(viewer.holds_anywhere(duty) for duty in entry.duties.split())
    ]
