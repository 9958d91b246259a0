"""What every write of the app shares: versions of rows, the record of a review, whom to tell."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.notices import actions as notices
from jiangxin.apps.registers import workflow
from jiangxin.apps.registers.models import Application, Entry, Review
from jiangxin.core.errors import Conflict
from jiangxin.core.permissions import Viewer


def check_version(application: Application, version: int) -> None:
    """Refuse a form or a button that was shown before somebody else changed the application.

    Raises:
        Conflict: says who did what.
    """
    if application.version == version:
        return
    last = application.reviews.order_by("-at", "-pk").first()
    words: dict[str, Any] = {
        "name": application.changed_by_name,
        "time": timezone.localtime(application.changed_at).strftime("%Y-%m-%d %H:%M"),
    }
    message = _("%(name)s changed this application at %(time)s. Look at it again first.")
    if last is not None and last.at >= application.changed_at:
        move = workflow.APPLICATION.moves.get(last.verdict)
        words |= {"name": last.by_name, "verdict": move.label if move else last.verdict}
        message = _(
            "%(name)s was faster: “%(verdict)s” at %(time)s. Nothing of yours was saved; look at "
            "the application again first."
        )
    raise Conflict(
        message % words,
        data={"version": application.version, "verdict": last.verdict if last else ""},
    )


def note(
    application: Application, verdict: str, *, by: Viewer, at: datetime.datetime, reason: str = ""
) -> Review:
    """Keep what somebody said or did about the application at its present step."""
    return Review.objects.create(
        application=application,
        step=application.step,
        verdict=verdict,
        reason=reason.strip(),
        path=application.step_path,
        by_user_id=by.user_id,
        by_name=by.name[:100],
        at=at,
        is_simulated=application.is_simulated,
    )


def changed(application: Application, *, by: Viewer, at: datetime.datetime) -> None:
    """Count the version up, note who changed it, and save."""
    application.version += 1
    application.changed_by_name = by.name[:100]
    application.changed_at = at
    application.save()


def applicants(application: Application, *, on: datetime.date) -> list[Any]:
    """List whom to tell on the applicant's side."""
    return nearest("registers.apply", application.scope.path, on=on)


def nearest(duty: str, path: str, *, on: datetime.date) -> list[Any]:
    """List who carries the duty exactly there, or, if nobody does, above."""
    found = accounts.holders(duty=duty, path=path, on=on)
    return list(found.filter(roles_held__scope__path=path).distinct()) or list(found)


def tell(
    template: str,
    to: Iterable[Any],
    subject: Application | Entry,
    *,
    by: Viewer,
    at: datetime.datetime,
    context: Mapping[str, Any] | None = None,
    due_on: datetime.date | None = None,
    key: str = "",
) -> None:
    """Send a notice about an application or an entry."""
    page = "application" if isinstance(subject, Application) else "entry"
    notices.send_after_commit(
        template,
        to=list(to),
        context={"title": subject.title, "by": by.name, **(context or {})},
        by=by,
        at=at,
        link=reverse(f"registers:{page}", args=[subject.uuid]),
        due_on=due_on,
        key=key,
        path=subject.scope.path,
        is_simulated=subject.is_simulated,
    )
