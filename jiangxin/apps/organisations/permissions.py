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
