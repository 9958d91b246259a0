"""The authority's side: approve, return, reject; the public notice and objections to it."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.registers import permissions, queries, workflow
from jiangxin.apps.registers.actions.notes import applicants, changed, check_version, note, tell
from jiangxin.apps.registers.actions.steps import enter_next_step
from jiangxin.apps.registers.models import Application, Objection
from jiangxin.apps.registers.models.definition import Step
from jiangxin.apps.registers.workflow import ApplicationState, ObjectionState
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, WrongState
from jiangxin.core.permissions import Viewer

VERDICTS = ("approve", "return", "reject")
_EVENTS = {
    "approve": "registers.application.approved",
    "return": "registers.application.returned",
    "reject": "registers.application.rejected",
}


@transaction.atomic
def review(
    *,
    application: Application,
    verdict: str,
    version: int,
    by: Viewer,
    at: datetime.datetime,
    reason: str = "",
) -> Application:
    """Approve the application at its step, return it to be mended, or reject it for good.

    Approved, it goes to the next step; the applicant is told of everything else.

    Args:
        version: of the application, as the reviewer saw it.
        reason: needed to return or reject; the applicant reads it.

    Raises:
        Conflict: another officer was faster; names what they decided.
        NotPermitted: the step lies elsewhere, or the application is the reviewer's own.
        WrongState: the step asks for something else, for instance the experts' points.
    """
    if verdict not in VERDICTS:
        raise Invalid(_("There is no such step."))
    application, step = at_step(application, verdict, version, by=by)
    reason = reason.strip()
    if verdict != "approve" and not reason:
        message = _("Give the reason; the applicant reads it.")
        raise Invalid(message, data={"fields": {"reason": message}})
    before = application.step
    if verdict != "approve" and queries.is_being_scored(application, step):
        raise WrongState(_("Experts are giving their points. Close the scoring first."))
    if verdict == "approve":
        _may_pass(application, step)
        note(application, verdict, by=by, at=at, reason=reason)
        enter_next_step(application, by=by, at=at)
    else:
        note(application, verdict, by=by, at=at, reason=reason)
        application.state = workflow.APPLICATION.moves[verdict].target
        application.decided_at = at if verdict == "reject" else None
        _tell_applicant(f"registers_{application.state}", application, reason, by=by, at=at)
    changed(application, by=by, at=at)
    audit.record(
        _EVENTS[verdict],
        by=by,
        at=at,
        subject=application,
        path=application.step_path,
        data={"step": [before, application.step], "reason": reason},
    )
    return application


def at_step(
    application: Application, move: str, version: int, *, by: Viewer
) -> tuple[Application, Step]:
    """Lock the application and check that the viewer may make this move at its step.

    Raises:
        Conflict: somebody was faster.
        WrongState: the move is not possible from its state.
    """
    application = application.locked()
    # before the question of permission: whoever comes second learns what the first decided, not
    # that the next step, to which the application went on, is not theirs
    check_version(application, version)
    if application.state in workflow.UNDER_WAY:
        step = queries.step_of(application)
        permissions.can_judge(by, application, step).enforce()
    workflow.APPLICATION.check(application.state, move)
    step = queries.step_of(application)
    if step is None:
        raise WrongState(_("The application is not under review."))
    return application, step


def _may_pass(application: Application, step: Step) -> None:
    if queries.is_last_step(application):
        raise WrongState(
            _("This is the last step: recognise the application with the number of the document.")
        )
    if step.kind == "publicity":
        raise WrongState(_("This step is the public notice: begin it, and end it when it is over."))
    passed = queries.has_passed(application, step)
    if not passed:
        raise WrongState(passed.reason)


def _tell_applicant(
    template: str, application: Application, reason: str, *, by: Viewer, at: datetime.datetime
) -> None:
    people = applicants(application, on=at.date())
    tell(template, people, application, by=by, at=at, context={"reason": reason})


def working_days_after(first: datetime.date, days: int) -> datetime.date:
    """Return the day after so many working days, the first day included if it is one.

    Source: inferred from the custom of counting public notices in working days; holidays are not
    known to the product, so the office may begin it later.
    """
    day = first
    while True:
        if day.weekday() < 5:
            days -= 1
        day += datetime.timedelta(days=1)
        if days == 0:
            return day


@transaction.atomic
def start_publicity(
    *,
    application: Application,
    version: int,
    by: Viewer,
    at: datetime.datetime,
    starts_on: datetime.date | None = None,
) -> Application:
    """Put the application on public notice for the days that its type asks; everybody may object.

    Raises:
        Invalid: it would begin in the past.
        Conflict: somebody was faster.
    """
    application, step = at_step(application, "start_publicity", version, by=by)
    if step.kind != "publicity":
        raise WrongState(_("This step is no public notice."))
    first = starts_on or at.date()
    if first < at.date():
        message = _("A public notice begins today or later.")
        raise Invalid(message, data={"fields": {"starts_on": message}})
    application.state = ApplicationState.IN_PUBLICITY
    application.publicity_starts_on = first
    application.publicity_ends_on = working_days_after(first, step.publicity_days)
    note(application, "start_publicity", by=by, at=at)
    last = application.publicity_ends_on - datetime.timedelta(days=1)
    tell(
        "registers_on_notice",
        applicants(application, on=at.date()),
        application,
        by=by,
        at=at,
        context={"first": first, "last": last},
    )
    changed(application, by=by, at=at)
    audit.record(
        "registers.application.put_on_notice",
        by=by,
        at=at,
        subject=application,
        path=application.step_path,
        data={"from": first, "until": last},
    )
    return application


@transaction.atomic
def close_publicity(
    *, application: Application, version: int, by: Viewer, at: datetime.datetime
) -> Application:
    """End the public notice when its days are over and no objection stands; go to the next step.

    Raises:
        WrongState: it is not over, or an objection is open or was upheld.
        Conflict: somebody was faster.
    """
    application, _step = at_step(application, "close_publicity", version, by=by)
    over = queries.notice_is_over(application, on=at.date())
    if not over:
        raise WrongState(over.reason)
    if queries.is_last_step(application):
        raise WrongState(
            _("This is the last step: recognise the application with the number of the document.")
        )
    note(application, "close_publicity", by=by, at=at)
    application.state = ApplicationState.IN_REVIEW
    enter_next_step(application, by=by, at=at)
    changed(application, by=by, at=at)
    audit.record(
        "registers.application.notice_ended",
        by=by,
        at=at,
        subject=application,
        path=application.step_path,
        data={"step": application.step},
    )
    return application


@transaction.atomic
def lodge_objection(
    *, application: Application, text: str, contact: str, by: Viewer, at: datetime.datetime
) -> Objection:
    """Object to an application on public notice; anybody may, signed in or not.

    Args:
        contact: how to reach whoever objects; kept encrypted, seen only by who settles it.

    Raises:
        WrongState: it is not on public notice now.
        Invalid: the text or the contact is missing.
    """
    application = application.locked()
    on = at.date()
    starts, ends = application.publicity_starts_on, application.publicity_ends_on
    if (
        application.state != ApplicationState.IN_PUBLICITY
        or starts is None
        or ends is None
        or not starts <= on < ends
    ):
        raise WrongState(
            _("This is not on public notice now. Write to the authority that recognises instead.")
        )
    problems = {}
    if not 10 <= len(text.strip()) <= 5000:
        problems["text"] = _("Say in 10 to 5,000 characters what is wrong and how you know.")
    if not 3 <= len(contact.strip()) <= 200:
        problems["contact"] = _("Say how you can be reached: telephone or e-mail address.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    objection = Objection.objects.create(
        application=application,
        path=application.step_path,
        text=text.strip(),
        contact=contact.strip(),
        lodged_by_id=by.user_id,
        lodged_at=at,
        is_simulated=application.is_simulated,
    )
    audit.record("registers.objection.lodged", by=by, at=at, subject=objection, path=objection.path)
    return objection


@transaction.atomic
def settle_objection(
    *, objection: Objection, is_upheld: bool, answer: str, by: Viewer, at: datetime.datetime
) -> Objection:
    """Uphold or dismiss an objection with an answer; one that is upheld stops the recognition.

    Raises:
        WrongState: it was settled already; says by whom.
        Invalid: the answer is missing.
    """
    objection = objection.locked()
    permissions.can_settle_objection(by, objection).enforce()
    if objection.state != ObjectionState.OPEN:
        raise WrongState(
            _("%(name)s settled this objection already: %(state)s.")
            % {"name": objection.settled_by_name, "state": objection.get_state_display()}
        )
    if not answer.strip():
        message = _("Answer the objection when you settle it.")
        raise Invalid(message, data={"fields": {"answer": message}})
    objection.state = ObjectionState.UPHELD if is_upheld else ObjectionState.DISMISSED
    objection.answer = answer.strip()
    objection.settled_by_name, objection.settled_at = by.name[:100], at
    objection.save()
    audit.record(
        "registers.objection.settled",
        by=by,
        at=at,
        subject=objection,
        path=objection.path,
        data={"state": objection.state},
    )
    return objection
