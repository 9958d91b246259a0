"""How an application moves from one step to the next, and who is told that it is their turn."""

from __future__ import annotations

import datetime

from jiangxin.apps.registers import queries
from jiangxin.apps.registers.actions.notes import nearest, tell
from jiangxin.apps.registers.models import Application
from jiangxin.core.permissions import Viewer


def enter_step(application: Application, index: int, *, by: Viewer, at: datetime.datetime) -> None:
    """Put the application before the authority of a step and tell it; the caller saves."""
    place = application.steps[index]
    step = queries.definition_for(application).step(place["code"])
    assert step is not None  # noqa: S101 -- the way is made of the steps of this version
    application.step, application.step_kind, application.step_by = step.code, step.kind, step.by
    application.step_path, application.step_since = place["path"], at
    application.score = None if step.kind == "scoring" else application.score
    application.publicity_starts_on = application.publicity_ends_on = None
    people = nearest(step.duty, application.step_path, on=at.date())
    tell(
        "registers_to_review",
        people,
        application,
        by=by,
        at=at,
        context={"step": str(step.label)},
    )


def enter_next_step(application: Application, *, by: Viewer, at: datetime.datetime) -> None:
    """Put the application before the authority of the step after the present one."""
    codes = [step["code"] for step in application.steps]
    enter_step(application, codes.index(application.step) + 1, by=by, at=at)
