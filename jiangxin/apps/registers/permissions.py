"""Who may apply, review, score, decide and keep; nobody judges what is their own."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from jiangxin.apps.registers.models import (
    Application,
    Call,
    Entry,
    Objection,
    Panel,
    Seat,
)
from jiangxin.apps.registers.models.definition import Step
from jiangxin.core.permissions import ALLOWED, Decision, Viewer, refuse

NATION_PATH = "000000/"


def can_manage_types(viewer: Viewer) -> Decision:
    """Answer whether the viewer may make and change types, which hold for all regions."""
    return viewer.holds("registers.manage", NATION_PATH)


def can_make_call(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may call for applications in this region."""
    return viewer.holds("registers.manage", path)


def can_change_call(viewer: Viewer, call: Call) -> Decision:
    """Answer whether the viewer may change the call."""
    return viewer.holds("registers.manage", call.scope.path)


def can_keep_registers(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may say that the region keeps its registers here."""
    return viewer.holds("registers.manage", path)


def can_take_over(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may enter what was recognised elsewhere, as on paper."""
    return viewer.holds("registers.manage", path)


def can_apply(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may apply for the organisation or region of this scope."""
    return viewer.holds("registers.apply", path)


def can_write_application(viewer: Viewer, application: Application) -> Decision:
    """Answer whether the viewer may fill in, submit and withdraw the application.

    That is for the people of the applicant, and for whoever began it, for instance an officer
    who enters an application on paper; an authority judges the others, it does not write them.
    """
    may = viewer.holds("registers.apply", application.scope.path)
    if not may or viewer.is_system or application.organisation is None:
        return may
    began = application.started_by_id is not None and application.started_by_id == viewer.user_id
    path = application.scope.path
    if began or any(held.startswith(path) for held in viewer.paths("registers.apply")):
        return may
    return refuse(
        _(
            "The applicant writes this application. Return it with your reason if something "
            "has to be changed."
        )
    )


def own_paths(application: Application) -> list[str]:
    """Return the scope paths of the organisations that would have a share in it."""
    paths = [member.organisation.scope.path for member in application.members.all()]
    if application.organisation is not None:
        paths.append(application.organisation.scope.path)
    return paths


def _is_own(viewer: Viewer, paths: Iterable[str]) -> bool:
    return any(grant.path.startswith(path) for grant in viewer.grants for path in paths)


def can_judge(viewer: Viewer, application: Application, step: Step | None) -> Decision:
    """Answer whether the viewer may pass, return or reject the application at its step.

    Source: inferred from the principle that nobody judges their own case; the documents ask for
    independent evaluation and do not name the persons who are shut out.
    """
    if step is None:
        return refuse(_("The application is not under review."))
    decision = viewer.holds(step.duty, application.step_path)
    if not decision or viewer.is_system:
        return decision
    if viewer.user_id in (application.started_by_id, application.submitted_by_id):
        return refuse(_("You wrote this application yourself; somebody else must judge it."))
    if _is_own(viewer, own_paths(application)):
        return refuse(
            _("You hold a role in an organisation that applies; somebody else must judge it.")
        )
    return ALLOWED


def can_manage_panel(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may have experts drawn for an authority, and close the scoring."""
    return viewer.holds("registers.review", path)


def can_close_panel(viewer: Viewer, panel: Panel) -> Decision:
    """Answer whether the viewer may close the scoring of the panel."""
    return viewer.holds("registers.review", panel.path)


def can_score(viewer: Viewer, seat: Seat) -> Decision:
    """Answer whether the viewer may give points on this seat: the expert who was drawn."""
    if seat.expert_id != viewer.user_id:
        return refuse(_("Only the expert who was drawn gives these points."))
    return viewer.holds_anywhere("registers.score")


def can_settle_objection(viewer: Viewer, objection: Objection) -> Decision:
    """Answer whether the viewer may uphold or dismiss the objection; nobody settles their own."""
    decision = viewer.holds("registers.review", objection.path)
    if not decision or viewer.is_system:
        return decision
    if objection.lodged_by_id is not None and objection.lodged_by_id == viewer.user_id:
        return refuse(_("You lodged this objection yourself; somebody else must settle it."))
    if _is_own(viewer, own_paths(objection.application)):
        return refuse(
            _("You hold a role in an organisation that applies; somebody else must settle it.")
        )
    return ALLOWED


def can_revoke(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may withdraw a recognition of the authority at this path."""
    return viewer.holds("registers.decide", path)


def can_see_whole(viewer: Viewer, entry: Entry) -> Decision:
    """Answer whether the viewer sees every field of the entry, not only the public ones."""
    paths = [entry.scope.path, *(m.organisation.scope.path for m in entry.members.all())]
    if any(viewer.holds("registers.view", path) for path in paths):
        return ALLOWED
    return viewer.holds("registers.view", entry.scope.path)


def can_check_entry(viewer: Viewer, entry: Entry) -> Decision:
    """Answer whether the viewer may record the annual check of the entry."""
    return _of_authority(viewer, entry)


def can_change_entry(viewer: Viewer, entry: Entry) -> Decision:
    """Answer whether the viewer may change members and values of what is recognised."""
    return _of_authority(viewer, entry)


def _of_authority(viewer: Viewer, entry: Entry) -> Decision:
    decision = viewer.holds("registers.review", entry.region.path)
    if not decision or viewer.is_system or entry.organisation is None:
        return decision
    if _is_own(viewer, [entry.organisation.scope.path]):
        return refuse(
            _("You hold a role in the organisation that holds this; somebody else must do it.")
        )
    return ALLOWED
