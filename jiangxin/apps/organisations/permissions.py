"""Who may see the inside of an organisation, and who may change what is known of it."""

from __future__ import annotations

from jiangxin.apps.organisations.models import Organisation
from jiangxin.core.permissions import Decision, Viewer


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
