"""Who may run collections, file, review, approve for a region, and lock."""

from __future__ import annotations

from django.utils.translation import gettext as _

from jiangxin.apps.collections.models import Edition, Filing, PlacedStep, Review
from jiangxin.apps.collections.workflow import Verdict
from jiangxin.core.permissions import ALLOWED, Decision, Viewer, refuse


def can_manage_collections(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may make collections and have them run in this scope."""
    return viewer.holds("collections.manage", path)


def can_manage_edition(viewer: Viewer, edition: Edition) -> Decision:
    """Answer whether the viewer may move deadlines, excuse filers and open an edition again."""
    return viewer.holds("collections.manage", edition.scope.path)


def can_manage_filing(viewer: Viewer, filing: Filing) -> Decision:
    """Answer whether the viewer may excuse this filer or move its deadline."""
    return viewer.holds("collections.manage", filing.scope.path)


def files_for(viewer: Viewer, path: str, roles: tuple[str, ...]) -> bool:
    """Tell whether the viewer is one of those who file for the organisation or region of a path.

    An officer of a city does not file for its counties, nor for its schools.
    """
    return any(
        grant.role in roles
        and ("collections.file" in grant.duties or "*" in grant.duties)
        and (grant.path == path or ("@" in grant.path and path.startswith(grant.path)))
        for grant in viewer.grants
    )


def can_file(viewer: Viewer, filing: Filing) -> Decision:
    """Answer whether the viewer may write and submit this return."""
    if viewer.is_system or files_for(viewer, filing.scope.path, filing.edition.definition.filed_by):
        return ALLOWED
    if viewer.is_public:
        return refuse(_("Sign in first: this is not open to the public."))
    return refuse(
        _("Only %(filer)s itself files this return, through the roles that the collection names.")
        % {"filer": filing.filer}
    )


def can_amend(viewer: Viewer, filing: Filing) -> Decision:
    """Answer whether the viewer may correct locked values: the filer, or the bureau that asks."""
    return can_file(viewer, filing) or can_manage_edition(viewer, filing.edition)


def can_import(viewer: Viewer, edition: Edition, path: str) -> Decision:
    """Answer whether the viewer may hand in a sheet for filers within this scope."""
    if files_for(viewer, path, edition.definition.filed_by):
        return ALLOWED
    return viewer.holds("collections.manage", path)


def can_review(
    viewer: Viewer, filing: Filing, *, earlier: tuple[int | None, ...] | None = None
) -> Decision:
    """Answer whether the viewer may take the step that this return waits for.

    Args:
        earlier: ids of those who took earlier steps of this submission, if known already.
    """
    decision = can_take_step(viewer, filing.current_step)
    if not decision:
        return decision
    return may_judge(
        viewer,
        submitted_by_id=filing.submitted_by_id,
        path=filing.scope.path,
        filed_by=filing.edition.definition.filed_by,
        earlier=reviewers_of(filing) if earlier is None else earlier,
    )


def can_take_step(viewer: Viewer, placed: PlacedStep) -> Decision:
    """Answer whether the viewer carries the duty of a step where it takes place."""
    return viewer.holds(placed.step.duty, placed.path)


def may_judge(
    viewer: Viewer,
    *,
    submitted_by_id: int | None,
    path: str,
    filed_by: tuple[str, ...],
    earlier: tuple[int | None, ...],
) -> Decision:
    """Answer whether the viewer is impartial towards a return.

    Nobody judges what they filed, nor filings of their own organisation or region, and nobody
    takes two steps of one submission.

    Args:
        path: scope path of the filer.
    """
    if viewer.is_system:
        return ALLOWED
    if submitted_by_id is not None and submitted_by_id == viewer.user_id:
        return refuse(_("You filed this return yourself; somebody else must review it."))
    if files_for(viewer, path, filed_by):
        return refuse(
            _("This is a return of your own organisation or region; somebody else must review it.")
        )
    if viewer.user_id in earlier:
        return refuse(_("You took an earlier step of this submission; the next is for another."))
    return ALLOWED


def reviewers_of(filing: Filing) -> tuple[int | None, ...]:
    """List who took a step of the newest submission."""
    if filing.step == 0:
        return ()
    newest = filing.revisions.order_by("-number").values("pk")[:1]
    return tuple(
        Review.objects.filter(filing=filing, revision__in=newest, verdict=Verdict.PASSED)
        .exclude(by_id=None)
        .values_list("by_id", flat=True)
    )


def can_return(viewer: Viewer, filing: Filing) -> Decision:
    """Answer whether the viewer may give the return back: who takes its step, or stands above."""
    decision = can_review(viewer, filing, earlier=())
    if decision or filing.state != "approved":
        return decision
    return viewer.holds("collections.manage", filing.edition.scope.path)


def can_approve_region(viewer: Viewer, path: str) -> Decision:
    """Answer whether the viewer may approve the returns of a region as a whole."""
    return viewer.holds("collections.approve", path)


def can_lock(viewer: Viewer, edition: Edition) -> Decision:
    """Answer whether the viewer may lock an edition: the leader of the bureau that asks."""
    return viewer.holds("collections.approve", edition.scope.path)
