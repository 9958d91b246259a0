"""Who may import, review, publish and carry out."""

from __future__ import annotations

from jiangxin.apps.policies.models import PolicyDocument
from jiangxin.core.permissions import Decision, Viewer


def can_import_document(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may put documents into the register of this scope."""
    return viewer.holds("policies.manage", path)


def can_review_document(viewer: Viewer, document: PolicyDocument) -> Decision:
    """Answer whether the viewer may review what was read from the document, and bind it."""
    return viewer.holds("policies.manage", document.scope.path)


def can_publish_document(viewer: Viewer, document: PolicyDocument) -> Decision:
    """Answer whether the viewer may show the document to the public and take it back."""
    return viewer.holds("policies.approve", document.scope.path)
