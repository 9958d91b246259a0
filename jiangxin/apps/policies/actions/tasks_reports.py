"""Those who carry a task say how far it is, with evidence."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from jiangxin.apps.notices import actions as notices
from jiangxin.apps.policies import permissions, queries, workflow
from jiangxin.apps.policies.actions.files import store_file
from jiangxin.apps.policies.actions.tasks import settle, short
from jiangxin.apps.policies.models import Task, TaskAssignment, TaskReport
from jiangxin.core import audit
from jiangxin.core.errors import Invalid, NotPermitted
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.organisations.models import Organisation


@transaction.atomic
def report_task(
    *,
    task: Task,
    text: str,
    by: Viewer,
    at: datetime.datetime,
    progress_rate: float | None = None,
    says_done: bool = False,
    organisation: Organisation | None = None,
    files: Sequence[tuple[str, bytes]] = (),
    as_of: datetime.date | None = None,
    is_simulated: bool = False,
) -> TaskReport:
    """Report how far a task is; the reviewers are told when it is reported as done.

    The progress of a task is the mean over the organisations that carry it out, each with its
    latest report (nothing reported counts as 0); without any, or when those who answer for the
    task report themselves, the latest report counts. It is reported as done when they say so, or
    when all who carry it out said so.

    Args:
        organisation: for which `by` reports; needed only where there is a choice.
        files: names and bytes of the evidence.

    Raises:
        NotPermitted: `by` neither carries the task nor works in its bureau.
        WrongState: the task is not being worked on.
        Invalid: words are missing, the share lies outside 0 to 1, or a file is too large.
    """
    task = task.locked()
    permissions.can_report_task(by, task).enforce()
    workflow.TASK.check(task.state, "submit")
    organisation = _reporter(task, organisation, by)
    rate = _checked(1.0 if says_done else progress_rate, text, files, as_of, at)
    scope = organisation.scope if organisation else task.scope
    report = TaskReport.objects.create(
        scope=scope,
        task=task,
        organisation=organisation,
        as_of=as_of or at.date(),
        progress_rate=rate,
        text=text.strip(),
        says_done=says_done,
        by_id=by.user_id,
        by_name=by.name[:100],
        at=at,
        is_simulated=is_simulated or task.is_simulated,
    )
    report.files.set(
        store_file(data=data, filename=name, scope=scope, by=by, at=at, is_simulated=is_simulated)
        for name, data in files
    )
    before = (task.state, task.progress_rate)
    is_done = _bring_up_to_date(task, report)
    audit.record(
        "policies.task.reported",
        by=by,
        at=at,
        subject=task,
        path=task.scope.path,
        data={
            "report": str(report.uuid),
            "organisation": organisation.name if organisation else "",
            "state": [before[0], task.state],
            "progress_rate": [before[1], task.progress_rate],
            "files": len(files),
        },
    )
    if is_done:
        settle(task, at=at)
        persons = queries.Telephone(on=at.date()).reviewers(task)
        notices.send_after_commit(
            "task_submitted",
            to=[person for person in persons if person.pk != by.user_id],
            context={"task": short(task), "by": by.name},
            by=by,
            at=at,
            link=reverse("policies:task", args=[task.uuid]),
            path=task.scope.path,
            is_simulated=task.is_simulated,
        )
    return report


def _reporter(task: Task, chosen: Organisation | None, by: Viewer) -> Organisation | None:
    """Return for which organisation the report is; the bureau itself reports for none."""
    mine = queries.reporting_organisations(task, viewer=by)
    if chosen is not None:
        if chosen.pk not in {organisation.pk for organisation in mine}:
            raise NotPermitted(_("You cannot report on this task for that organisation."))
        return chosen
    if by.holds("tasks.report", task.scope.path):
        return None
    if len(mine) > 1:
        message = _("Choose the organisation for which you report.")
        raise Invalid(message, data={"fields": {"organisation": message}})
    return mine[0]


def _checked(
    rate: float | None,
    text: str,
    files: Sequence[tuple[str, bytes]],
    as_of: datetime.date | None,
    at: datetime.datetime,
) -> float:
    fields = {}
    if not text.strip():
        fields["text"] = _("Say in a few words what was done and what is still open.")
    if rate is None or not 0 <= rate <= 1:
        fields["progress_rate"] = _("Progress lies between 0 and 100 %.")
    if as_of is not None and as_of > at.date():
        fields["as_of"] = _("A report is about today or a day before it.")
    large = [name for name, data in files if len(data) > settings.UPLOAD_LIMIT]
    if large:
        fields["attachments"] = _("%(names)s: larger than %(limit)s MB. Send a smaller file.") % {
            "names": ", ".join(large),
            "limit": settings.UPLOAD_LIMIT // 1_000_000,
        }
    if fields:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": fields})
    assert rate is not None  # noqa: S101 -- checked above
    return rate


def _bring_up_to_date(task: Task, report: TaskReport) -> bool:
    """Give the task the progress and state that its reports add up to; True if it is done."""
    carrying = {
        row.organisation_id
        for row in task.assignments.all()
        if row.role == TaskAssignment.Role.IMPLEMENTER and row.organisation_id
    }
    if report.organisation_id in carrying and len(carrying) > 1:
        latest: dict[int | None, TaskReport] = {}
        for row in task.reports.filter(organisation__in=carrying).order_by("at", "pk"):
            latest[row.organisation_id] = row
        task.progress_rate = sum(row.progress_rate for row in latest.values()) / len(carrying)
        is_done = len(latest) == len(carrying) and all(
            row.says_done and not row.answer for row in latest.values()
        )
    else:
        task.progress_rate = report.progress_rate
        is_done = report.says_done
    if is_done:
        task.state = workflow.TASK.check(task.state, "submit")
    elif task.state == workflow.TaskState.PLANNED:
        task.state = workflow.TASK.check(task.state, "start")
    task.version += 1
    task.save(update_fields=["state", "progress_rate", "version"])
    return is_done
