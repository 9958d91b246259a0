"""Messages to a person, and the proof that they were sent."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Filters of notices."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep what was sent to the viewer; nobody reads another person's notices."""
        if viewer.is_system:
            return self
        return self.filter(to_id=viewer.user_id) if viewer.user_id else self.none()

    def unread(self) -> Self:
        """Keep what was not opened yet."""
        return self.filter(read_at__isnull=True)


class Notice(Entity):
    """A message to one person, kept as it was sent."""

    to = models.ForeignKey("accounts.User", models.PROTECT, related_name="notices")
    # file in rules/notices that the words come from
    template = models.CharField(max_length=60)
    # the values put into the template
    context = models.JSONField(default=dict)
    # title and text as sent, in the language of the person at that time
    title = models.CharField(max_length=200)
    text = models.TextField()
    # page of this site where the person can act; empty when there is nothing to do
    link = models.CharField(max_length=300, blank=True)
    # who caused it; the product itself for the timetable
    sent_by_name = models.CharField(max_length=100)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # until when the person should act, if there is such a day
    due_on = models.DateField(null=True)
    # the same key is sent to the same person once; empty sends every time
    key = models.CharField(max_length=120, blank=True)

    objects: Any = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at", "-id"]
        indexes = [models.Index(fields=["to", "read_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["to", "key"],
                condition=~Q(key=""),
                name="notice_key_once_per_person",
                violation_error_message=_("This notice was already sent to the person."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(Entity):
    """One way on which a notice went to the person, and what became of it."""

    class Channel(models.TextChoices):
        INBOX = "inbox", _("inbox")
        MAIL = "mail", _("e-mail")

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        # there was no way: no mail server, or no address of the person
        SKIPPED = "skipped", _("not possible")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="deliveries")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    # what the mail server or we said when it did not work
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["notice", "channel"], name="delivery_once_per_way"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="delivery_sent_has_time",
                violation_error_message=_("A sent message needs the time when it was sent."),
            ),
        ]
