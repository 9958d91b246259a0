"""Writes of notices: sending, reading, reminding, and what became of each mail."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from jiangxin.apps.notices import queries
from jiangxin.apps.notices.models import Delivery, Notice
from jiangxin.core import audit, jobs
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer


@transaction.atomic
def send_after_commit(
    template: str,
    *,
    to: Any,
    context: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    link: str = "",
    due_on: datetime.date | None = None,
    key: str = "",
    path: str = "",
    is_simulated: bool = False,
) -> list[Notice]:
    """Send a notice to persons: into the inbox with this transaction, by mail after its commit.

    A person who is reached through two roles gets one notice. The words are those of
    `rules/notices/<template>.yaml` in the language of each person, kept as sent.

    Args:
        to: one person or many.
        context: values of the placeholders: text, numbers, days.
        link: address on this site where the person can act, beginning with "/".
        due_on: until when the person should act.
        key: the same key reaches the same person once; empty sends every time.
        path: scope path of the thing it is about, for the trail.

    Returns:
        The notices sent now; persons who had the key already are left out.
    """
    persons = {person.pk: person for person in (to if isinstance(to, Iterable) else [to])}
    if key:
        had = Notice.objects.filter(key=key, to__in=persons).values_list("to", flat=True)
        for pk in had:
            persons.pop(pk)
    plain = {name: _plain(value) for name, value in context.items()}
    rows = []
    for person in persons.values():
        title, text = queries.rendered(template, context, language=person.language)
        rows.append(
            Notice(
                to=person,
                template=template,
                context=plain,
                title=title,
                text=text,
                link=link,
                sent_by_name=by.name[:100],
                sent_at=at,
                due_on=due_on,
                key=key,
                is_simulated=is_simulated,
            )
        )
    if not rows:
        return []
    # somebody else may send the same key at this moment: the constraint lets one through
    Notice.objects.bulk_create(rows, ignore_conflicts=bool(key))
    kept = Notice.objects.filter(uuid__in=[row.uuid for row in rows]).select_related("to")
    by_uuid = {notice.uuid: notice for notice in kept}
    sent = [by_uuid[row.uuid] for row in rows if row.uuid in by_uuid]
    _deliver(sent, by=by, at=at, path=path)
    return sent


def _plain(value: Any) -> Any:
    if isinstance(value, int | float) or value is None:
        return value
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _deliver(sent: list[Notice], *, by: Viewer, at: datetime.datetime, path: str) -> None:
    """Record the ways on which notices go; mails are handed to a job."""
    deliveries = []
    for notice in sent:
        shared = {"notice": notice, "is_simulated": notice.is_simulated}
        deliveries.append(
            Delivery(
                channel=Delivery.Channel.INBOX, state=Delivery.State.SENT, sent_at=at, **shared
            )
        )
        reason = ""
        with translation.override(notice.to.language):
            if not queries.mail_is_configured():
                reason = _("This installation has no mail server, so the inbox is the only way.")
            elif not notice.to.email:
                reason = _("No e-mail address of the person is known.")
        state = Delivery.State.SKIPPED if reason else Delivery.State.WAITING
        deliveries.append(
            Delivery(channel=Delivery.Channel.MAIL, state=state, reason=reason, **shared)
        )
    Delivery.objects.bulk_create(deliveries)
    if sent:
        audit.record(
            "notices.notices.sent",
            by=by,
            at=at,
            subject=sent[0] if len(sent) == 1 else None,
            path=path,
            data={"template": sent[0].template, "persons": len(sent)},
        )
    mails = [str(d.uuid) for d in deliveries if d.state == Delivery.State.WAITING]
    if mails:
        jobs.defer("notices.send_mails", by=by, at=at, deliveries=mails)


@transaction.atomic
def mark_read(*, notice: Notice, by: Viewer, at: datetime.datetime) -> Notice:
    """Note when the person opened the notice; the first time counts.

    Raises:
        NotFound: it was sent to somebody else.
    """
    notice = notice.locked()
    if notice.to_id != by.user_id:
        raise NotFound
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
        audit.record("notices.notice.read", by=by, at=at, subject=notice, path="")
    return notice


@transaction.atomic
def mark_all_read(*, by: Viewer, at: datetime.datetime) -> int:
    """Note that the person has seen all notices; returns how many were unread."""
    if by.user_id is None:
        return 0
    count = Notice.objects.filter(to_id=by.user_id).unread().update(read_at=at)
    if count:
        audit.record(
            "notices.notices.read", by=by, at=at, subject=None, path="", data={"notices": count}
        )
    return count


def remind(*, notice: Notice, by: Viewer, at: datetime.datetime) -> list[Notice]:
    """Remind the person of a notice that was not opened, once a day at most."""
    if notice.read_at is not None or notice.due_on is None:
        return []
    return send_after_commit(
        "reminder",
        to=notice.to,
        context={"title": notice.title, "due_on": notice.due_on},
        by=by,
        at=at,
        link=notice.link,
        key=f"reminder:{notice.uuid}:{at.date().isoformat()}",
        is_simulated=notice.is_simulated,
    )


@transaction.atomic
def record_mail(
    *, delivery: Delivery, problem: str, is_last: bool, by: Viewer, at: datetime.datetime
) -> None:
    """Keep what became of one attempt to send a mail.

    Args:
        problem: what the mail server said; empty when it took the mail.
        is_last: no further attempt follows, so a problem is final.
    """
    delivery = delivery.locked()
    delivery.attempts += 1
    delivery.reason = problem[:300]
    if not problem:
        delivery.state, delivery.sent_at = Delivery.State.SENT, at
    elif is_last:
        delivery.state = Delivery.State.FAILED
    delivery.save()
    audit.record(
        "notices.mail.tried",
        by=by,
        at=at,
        subject=delivery,
        path="",
        data={"state": delivery.state, "attempt": delivery.attempts},
    )
