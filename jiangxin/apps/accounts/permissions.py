"""Which duties each role carries, and who may manage people and roles."""

from __future__ import annotations

from jiangxin.apps.accounts.models import Role, Scope, User
from jiangxin.core.permissions import ALLOWED, Decision, Viewer

_VIEW = frozenset(
    {
        "dashboards.view",
        "policies.view",
        "tasks.view",
        "indicators.view",
        "organisations.view",
        "notices.view",
    }
)

# one row per role; docs/glossary.md explains each duty
DUTIES: dict[str, frozenset[str]] = {
    Role.Kind.OPERATOR: _VIEW
    | {
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
        "indicators.publish",
        "policies.approve",
        "cases.publish",
        "scorecard.publish",
        "tasks.escalate",
    },
    Role.Kind.OFFICER: _VIEW
    | {
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
    Role.Kind.AUDITOR: _VIEW | {"audit.view", "indicators.trace"},
    Role.Kind.EXPERT: frozenset(
        {"policies.view", "indicators.view", "notices.view", "cases.review"}
    ),
    Role.Kind.OFFICE: frozenset(
        {"tasks.report", "tasks.view", "notices.view", "indicators.report", "cases.submit"}
    ),
    Role.Kind.SCHOOL: frozenset(
        {
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
        {"notices.view", "organisations.view", "tasks.view", "tasks.report"}
    ),
    Role.Kind.TEACHER: frozenset({"notices.view"}),
    Role.Kind.STUDENT: frozenset({"notices.view"}),
    Role.Kind.GUARDIAN: frozenset({"notices.view"}),
    Role.Kind.LEARNER: frozenset({"notices.view"}),
}


def can_manage_roles(viewer: Viewer, scope: Scope) -> Decision:
    """Answer whether the viewer may grant and end roles in this scope."""
    return viewer.holds("accounts.manage", scope.path)


def can_view_user(viewer: Viewer, user: User) -> Decision:
    """Answer whether the viewer may see this person: oneself, or somebody in one's scope."""
    if user.pk == viewer.user_id:
        return ALLOWED
    for role in user.roles_held.all():
        decision = viewer.holds("accounts.manage", role.scope.path)
        if decision:
            return decision
    return viewer.holds("accounts.manage", "")
