"""Every role tries every move from every state, for tasks and for cases."""

from __future__ import annotations

import pytest

from jiangxin.apps.accounts.models import Role
from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import Case, Task
from jiangxin.apps.policies.workflow import CASE, TASK, CaseState, TaskState
from jiangxin.core.errors import DomainError, NotPermitted, WrongState
from jiangxin.core.permissions import PUBLIC, Viewer
from tests.apps.accounts.factories import NOW, person, region_scope, viewer
from tests.apps.policies.tasks_factories import District, district

pytestmark = pytest.mark.django_db

# who may make which moves; "other" is a school that does not carry the task, "away" an officer
# of another region. Written by hand from the duties, not read from the tables
CARRY, MANAGE = {"start", "submit"}, {"confirm", "return", "cancel", "reopen"}
TASK_ROLES = {
    "officer": CARRY | MANAGE,
    "office": CARRY,
    "school": CARRY,
    "other": set(),
    "leader": set(),
    "auditor": set(),
    "operator": set(),
    "expert": set(),
    "teacher": set(),
    "student": set(),
    "away": set(),
    "public": set(),
}
TASK_MOVES = {
    ("planned", "start"): "in_progress",
    ("planned", "submit"): "submitted",
    ("in_progress", "submit"): "submitted",
    ("submitted", "confirm"): "done",
    ("submitted", "return"): "in_progress",
    ("planned", "cancel"): "cancelled",
    ("in_progress", "cancel"): "cancelled",
    ("submitted", "cancel"): "cancelled",
    ("done", "reopen"): "in_progress",
    ("cancelled", "reopen"): "in_progress",
}
CASE_ROLES = {
    "author": {"submit"},
    "colleague": {"submit"},
    # an officer also tells cases, and reviews those of others
    "officer": {"submit", "recommend", "return"},
    "expert": {"recommend", "return"},
    "leader": {"publish", "withdraw"},
    "other": set(),
    "auditor": set(),
    "teacher": set(),
    "away": set(),
    "public": set(),
}
CASE_MOVES = {
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("submitted", "recommend"): "reviewed",
    ("submitted", "return"): "returned",
    ("reviewed", "return"): "returned",
    ("reviewed", "publish"): "published",
    ("published", "withdraw"): "reviewed",
}


def _viewers(home: District) -> dict[str, Viewer]:
    school, other = home.schools
    found = {
        "officer": home.officer,
        "leader": home.leader,
        "office": home.clerk,
        "school": home.teachers[0],
        "author": home.teachers[0],
        "other": home.teachers[1],
        "colleague": viewer(person("school", school.scope)),
        "away": viewer(person("officer", region_scope("500118"))),
        "public": PUBLIC,
    }
    for kind in ("auditor", "operator", "expert"):
        found[kind] = viewer(person(kind, region_scope(home.code)))
    for kind in (Role.Kind.TEACHER, Role.Kind.STUDENT):
        found[str(kind)] = viewer(person(kind, school.scope))
    assert other
    return found


def _move_task(task: Task, move: str, by: Viewer) -> None:
    if move == "submit":
        actions.report_task(task=task, text="完成", says_done=True, by=by, at=NOW)
    else:
        actions.move_task(task=task, move=move, reason="理由", by=by, at=NOW)


@pytest.mark.parametrize("state", TaskState.values)
def test_task_moves_by_role(state: str) -> None:
    assert {move.name for move in TASK.moves.values()} == CARRY | MANAGE
    home = district()
    viewers = _viewers(home)
    for role, may in TASK_ROLES.items():
        for move in sorted(CARRY | MANAGE):
            task = home.task_at(state)
            target = TASK_MOVES.get((state, move))
            outcome = _outcome(_move_task, task, move, viewers[role])
            expected = _expected(move in may, target)
            task.refresh_from_db()
            assert (outcome, task.state) == (expected, target if expected is None else state), (
                role,
                move,
            )


@pytest.mark.parametrize("state", CaseState.values)
def test_case_moves_by_role(state: str) -> None:
    names = {move.name for move in CASE.moves.values()}
    assert names == {"submit", "recommend", "return", "publish", "withdraw"}
    home = district()
    viewers = _viewers(home)
    for role, may in CASE_ROLES.items():
        for move in sorted(names):
            case = home.case_at(state)
            target = CASE_MOVES.get((state, move))
            outcome = _outcome(_move_case, case, move, viewers[role])
            expected = _expected(move in may, target)
            case.refresh_from_db()
            assert (outcome, case.state) == (expected, target if expected is None else state), (
                role,
                move,
            )


def _move_case(case: Case, move: str, by: Viewer) -> None:
    actions.move_case(case=case, move=move, reason="理由", by=by, at=NOW)


def _outcome(act: object, *given: object) -> type[DomainError] | None:
    try:
        act(*given)  # type: ignore[operator]
    except DomainError as error:
        return type(error)
    return None


def _expected(may: bool, target: str | None) -> type[DomainError] | None:
    if not may:
        return NotPermitted
    return None if target else WrongState


def test_nobody_reviews_a_case_that_they_told() -> None:
    home = district()
    case = actions.tell_case(
        scope=region_scope(home.code),
        values={"title": "局里的做法", "summary": "摘要", "text": "全文"},
        by=home.officer,
        at=NOW,
    )
    actions.move_case(case=case, move="submit", by=home.officer, at=NOW)
    with pytest.raises(NotPermitted):
        actions.move_case(case=case, move="recommend", by=home.officer, at=NOW)
    second = viewer(person("officer", region_scope(home.code)))
    actions.move_case(case=case, move="recommend", by=second, at=NOW)
    case.refresh_from_db()
    assert case.state == "reviewed"
