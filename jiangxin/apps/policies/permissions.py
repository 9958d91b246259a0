"""Who may import, review, publish and carry out."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiangxin.apps.policies.models import Case, DutyList, PolicyDocument, Scorecard, Task
from jiangxin.core.permissions import ALLOWED, Decision, Viewer, refuse


def can_import_document(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may put documents into the register of this scope."""
    return viewer.holds("policies.manage", path)


def can_review_document(viewer: Viewer, document: PolicyDocument) -> Decision:
    """Answer whether the viewer may review what was read from the document, and bind it."""
    return viewer.holds("policies.manage", document.scope.path)


def can_publish_document(viewer: Viewer, document: PolicyDocument) -> Decision:
    """Answer whether the viewer may show the document to the public and take it back."""
    return viewer.holds("policies.approve", document.scope.path)


def can_manage_tasks(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may make tasks and meetings in this scope."""
    return viewer.holds("tasks.manage", path)


def can_manage_task(viewer: Viewer, task: Task) -> Decision:
    """Answer whether the viewer may change the task, and confirm or return what is reported."""
    return viewer.holds("tasks.manage", task.scope.path)


def can_report_task(viewer: Viewer, task: Task) -> Decision:
    """Answer whether the viewer may report on the task: who carries it, or the bureau itself."""
    carriers = [row.organisation for row in task.assignments.all() if row.organisation]
    for path in (task.scope.path, *(organisation.scope.path for organisation in carriers)):
        if viewer.holds("tasks.report", path):
            return ALLOWED
    if viewer.holds_anywhere("tasks.report"):
        return refuse(_("Only those who answer for this task or carry it out report on it."))
    return viewer.holds_anywhere("tasks.report")


def can_submit_case(viewer: Viewer, case: Case) -> Decision:
    """Answer whether the viewer may write and submit the case: who tells it."""
    return viewer.holds("cases.submit", case.scope.path)


def can_review_case(viewer: Viewer, case: Case) -> Decision:
    """Answer whether the viewer may recommend or return the case; nobody judges their own."""
    if case.told_by_id is not None and case.told_by_id == viewer.user_id:
        return refuse(_("You told this case yourself; somebody else must review it."))
    return viewer.holds("cases.review", case.scope.path)


def can_publish_case(viewer: Viewer, case: Case) -> Decision:
    """Answer whether the viewer may show the case to the public and take it back."""
    return viewer.holds("cases.publish", case.scope.path)


def can_compute_scorecard(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may keep a scorecard of the governments below this scope."""
    return viewer.holds("policies.manage", path)


def can_publish_scorecard(viewer: Viewer, card: Scorecard) -> Decision:
    """Answer whether the viewer may show the scorecard to the public and take it back."""
    return viewer.holds("scorecard.publish", card.scope.path)


def can_publish_duties(viewer: Viewer, duties: DutyList) -> Decision:
    """Answer whether the viewer may show the list of duties to the public and take it back."""
    return viewer.holds("policies.approve", duties.scope.path)
