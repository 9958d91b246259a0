"""Background work of notices: mails with retry, and reminders of what was not opened."""

from __future__ import annotations

import datetime
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.notices import actions, queries
from jiangxin.core import jobs
from jiangxin.core.permissions import Viewer

ATTEMPTS = 5
# how long before its day an unopened notice is repeated
AHEAD = datetime.timedelta(days=3)


class MailNotSent(RuntimeError):
    """Some mails did not go out; the job is tried again."""


@jobs.task("notices.send_mails", label=_("Send notices by e-mail"), attempts=ATTEMPTS)
def send_mails(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime, deliveries: list[str]
) -> dict[str, int]:
    """Send the mails that still wait; those sent in an earlier attempt are not sent again."""
    waiting = queries.waiting_mails(deliveries)
    is_last = progress.job.attempts >= ATTEMPTS
    failed = 0
    for index, delivery in enumerate(waiting):
        notice = delivery.notice
        mail = EmailMessage(
            notice.title, notice.text, settings.DEFAULT_FROM_EMAIL, [notice.to.email]
        )
        try:
            mail.send()
            problem = ""
        except (SMTPException, OSError) as error:
            problem = f"{type(error).__name__}: {error}"
            failed += 1
        actions.record_mail(delivery=delivery, problem=problem, is_last=is_last, by=by, at=at)
        progress.at(index + 1, len(waiting))
    if failed and not is_last:
        raise MailNotSent(f"{failed} of {len(waiting)}")
    return {"sent": len(waiting) - failed, "failed": failed}


@jobs.task(
    "notices.remind_unopened",
    label=_("Remind of notices not opened"),
    every=datetime.timedelta(hours=12),
)
def remind_unopened(
    *, progress: jobs.Progress, by: Viewer, at: datetime.datetime
) -> dict[str, int]:
    """Repeat notices whose day comes near and that nobody opened."""
    reminded = [
        actions.remind(notice=notice, by=by, at=at)
        for notice in queries.unopened(due_by=at.date() + AHEAD)
    ]
    return {"reminded": sum(map(len, reminded))}
