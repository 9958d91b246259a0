"""Who may see the inside of an organisation, and who may change what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jiangxin.apps.organisations.models import Organisation
from jiangxin.core.permissions import ALLOWED, Decision, Viewer

if TYPE_CHECKING:
    from jiangxin.apps.organisations.queries import Plan


def can_view_details(viewer: Viewer, organisation: Organisation) -> Decision:
    """Answer whether the viewer may see contact, notes, offices and people of it."""
    return viewer.holds("organisations.view", organisation.scope.path)


def can_manage_organisations(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may register and change organisations at this scope path."""
    return viewer.holds("organisations.manage", path)


def can_manage_organisation(viewer: Viewer, organisation: Organisation) -> Decision:
    """Answer whether the viewer may change what is known of this organisation."""
    return viewer.holds("organisations.manage", organisation.scope.path)


def can_record_school_year(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may record what a school reported of a year.

    Whoever decides on the returns of schools records what they say.
    """
    decision = viewer.holds("organisations.manage", path)
    return decision or viewer.holds("collections.approve", path) or decision


def can_view_conditions(viewer: Viewer, organisation: Organisation) -> Decision:
    """Answer whether the viewer may see the yearly numbers of a school."""
    return viewer.holds("organisations.view", organisation.scope.path)


def can_plan(viewer: Viewer, plan: Plan) -> Decision:
    """Answer whether the viewer may plan an event: all that changes must lie in one's scope.

    Who leads a group decides about it; a member or trustee elsewhere need not be managed.
    """
    changing = [*plan.sources, *([plan.target] if plan.target else [])]
    if plan.lead_of_group is not None:
        changing = [plan.lead_of_group]
    paths = [row.scope.path for row in changing]
    if plan.region is not None:
        paths.append(plan.region.path)
    elif plan.place is None:
        return viewer.holds("organisations.manage", "-")
    for path in paths:
        decision = viewer.holds("organisations.manage", path)
        if not decision:
            return decision
    return ALLOWED


def can_load_region_data(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may load figures and boundaries of a region."""
    return viewer.holds("reference.load", path)
