"""Which duties each role carries, and who may manage people and roles."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.core.permissions import ALLOWED, Decision, Viewer, refuse

_VIEW = frozenset(
    {
        "dashboards.view",
        "policies.view",
        "tasks.view",
        "indicators.view",
        "organisations.view",
        "notices.view",
        "registers.view",
    }
)

# one row per role; docs/glossary.md explains each duty
DUTIES: dict[str, frozenset[str]] = {
    Role.Kind.OPERATOR: _VIEW
    | {
        "collections.view",
        "collections.manage",
        "registers.manage",
        "accounts.manage",
        "organisations.manage",
        "reference.load",
        "reference.calendar",
        "indicators.compute",
        "indicators.trace",
        "jobs.view",
        "audit.view",
        "rules.manage",
    },
    Role.Kind.LEADER: _VIEW
    | {
        "collections.view",
        "collections.approve",
        "collections.file",
        "registers.decide",
        "indicators.publish",
        "policies.approve",
        "cases.publish",
        "scorecard.publish",
        "tasks.escalate",
    },
    Role.Kind.OFFICER: _VIEW
    | {
        "collections.view",
        "collections.file",
        "collections.review",
        "collections.manage",
        "registers.apply",
        "registers.review",
        "registers.manage",
        "policies.manage",
        "tasks.manage",
        "tasks.report",
        "indicators.report",
        "indicators.compute",
        "indicators.trace",
        "organisations.manage",
        "reference.calendar",
        "cases.review",
        "cases.submit",
        "jobs.view",
    },
    Role.Kind.AUDITOR: _VIEW | {"collections.view", "audit.view", "indicators.trace"},
    Role.Kind.EXPERT: frozenset(
        {"registers.score", "policies.view", "indicators.view", "notices.view", "cases.review"}
    ),
    Role.Kind.OFFICE: frozenset(
        {
            "collections.file",
            "registers.view",
            "registers.apply",
            "tasks.report",
            "tasks.view",
            "notices.view",
            "indicators.report",
            "cases.submit",
        }
    ),
    Role.Kind.SCHOOL: frozenset(
        {
            "collections.file",
            "registers.view",
            "registers.apply",
            "tasks.report",
            "tasks.view",
            "notices.view",
            "indicators.report",
            "indicators.view",
            "organisations.view",
            "cases.submit",
        }
    ),
    Role.Kind.ENTERPRISE: frozenset(
        {
            "collections.file",
            "registers.view",
            "registers.apply",
            "notices.view",
            "organisations.view",
            "tasks.view",
            "tasks.report",
        }
    ),
    Role.Kind.TEACHER: frozenset({"notices.view"}),
    Role.Kind.STUDENT: frozenset({"notices.view"}),
    Role.Kind.GUARDIAN: frozenset({"notices.view"}),
    Role.Kind.LEARNER: frozenset({"notices.view"}),
}

# what each duty lets one do, in the words of the page of roles; docs/glossary.md has more
DUTY_LABELS: dict[str, str | Promise] = {
    "dashboards.view": gettext_lazy("See the cockpit of the region"),
    "policies.view": gettext_lazy("Read policy documents, targets and the accountability page"),
    "policies.manage": gettext_lazy("Import documents, review what was read, bind targets"),
    "policies.approve": gettext_lazy("Adopt targets and close tasks for the bureau"),
    "tasks.view": gettext_lazy("See tasks, schedule and meetings"),
    "tasks.manage": gettext_lazy("Assign tasks, record meetings, judge reports"),
    "tasks.report": gettext_lazy("Report progress on own tasks with evidence"),
    "tasks.escalate": gettext_lazy("Escalate overdue tasks"),
    "cases.submit": gettext_lazy("Propose cases of good practice"),
    "cases.review": gettext_lazy("Review cases of good practice"),
    "cases.publish": gettext_lazy("Publish cases of good practice"),
    "scorecard.publish": gettext_lazy("Publish the scorecard of lower governments"),
    "indicators.view": gettext_lazy("See indicators and their trend"),
    "indicators.trace": gettext_lazy("See the rows behind a value"),
    "indicators.report": gettext_lazy("Report values where no facts exist"),
    "indicators.compute": gettext_lazy("Have indicators computed"),
    "indicators.publish": gettext_lazy("Publish values to everybody"),
    "organisations.view": gettext_lazy("See organisations with contact, notes and parts"),
    "organisations.manage": gettext_lazy("Register, rename, close and import organisations"),
    "collections.view": gettext_lazy("See collections with the returns of the scope"),
    "collections.file": gettext_lazy("File returns"),
    "collections.review": gettext_lazy("Review returns: approve, consent, record, give back"),
    "collections.approve": gettext_lazy("Approve the returns of a region as a whole, and lock"),
    "collections.manage": gettext_lazy(
        "Make collections and have them run, move deadlines, excuse filers"
    ),
    "registers.view": gettext_lazy("See registers with applications and evidence"),
    "registers.apply": gettext_lazy("Apply for recognition"),
    "registers.review": gettext_lazy("Review applications, draw panels, settle objections"),
    "registers.decide": gettext_lazy("Recognise, and withdraw recognitions"),
    "registers.score": gettext_lazy("Score applications as an expert who was drawn"),
    "registers.manage": gettext_lazy("Make types and calls, take over lists, keep registers"),
    "accounts.manage": gettext_lazy("Make people known, grant and end roles"),
    "notices.view": gettext_lazy("Receive notices"),
    "reference.load": gettext_lazy("Load newer code lists"),
    "reference.calendar": gettext_lazy("Set the school calendar"),
    "rules.manage": gettext_lazy("Replace inferred thresholds by those of the region"),
    "jobs.view": gettext_lazy("See the background jobs of the scope"),
    "audit.view": gettext_lazy("Read the audit trail of the scope"),
}

# roles that only make sense within one organisation
ORGANISATION_KINDS = frozenset(
    {
        Role.Kind.OFFICE,
        Role.Kind.SCHOOL,
        Role.Kind.ENTERPRISE,
        Role.Kind.TEACHER,
        Role.Kind.STUDENT,
    }
)


def can_manage_roles(viewer: Viewer, scope: Scope) -> Decision:
    """Answer whether the viewer may grant and end roles in this scope."""
    return viewer.holds("accounts.manage", scope.path)


def can_view_user(viewer: Viewer, user: User) -> Decision:
    """Answer whether the viewer may see this person: oneself, or somebody in one's scope."""
    if user.pk == viewer.user_id:
        return ALLOWED
    for role in user.roles_held.select_related("scope"):
        decision = viewer.holds("accounts.manage", role.scope.path)
        if decision:
            return decision
    return viewer.holds("accounts.manage", "")


def can_set_password(viewer: Viewer, user: User) -> Decision:
    """Answer whether the viewer may give this person a new password.

    A person with a role elsewhere is out of reach: the password would open that as well.
    """
    if viewer.is_system:
        return ALLOWED
    if user.pk == viewer.user_id:
        return refuse(_("Change your own password on your account page."))
    decision = can_view_user(viewer, user)
    if not decision:
        return decision
    if all(
        viewer.holds("accounts.manage", role.scope.path)
        for role in user.roles_held.select_related("scope")
    ):
        return ALLOWED
    return refuse(
        _(
            "This person also has a role outside your region, so an operator who is responsible "
            "for both must set the password."
        )
    )


def can_view_trail(viewer: Viewer) -> Decision:
    """Answer whether the viewer may read an audit trail at all; rows are scoped besides."""
    return viewer.holds_anywhere("audit.view")
