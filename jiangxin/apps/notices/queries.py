"""Reads of notices: the words of each kind, and the inbox of a person."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.utils import formats, translation

from jiangxin.apps.notices.models import Delivery, Notice, NoticeQuerySet
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer

RULES = Path(__file__).resolve().parents[2] / "rules" / "notices"
# language of a person → key in the rule files
_KEYS = {"en": "en", "zh-hans": "zh-Hans"}


class NoticeNotFound(NotFound):
    """No such notice was sent to the viewer."""

    code = "notice_not_found"


@dataclass(frozen=True, slots=True)
class Template:
    """The words of one kind of notice, by language, with {placeholders}."""

    code: str
    title: Mapping[str, str]
    text: Mapping[str, str]


@cache
def template(code: str) -> Template:
    """Return the words of a kind of notice; a missing file is a mistake of the caller."""
    rule = yaml.safe_load((RULES / f"{code}.yaml").read_text(encoding="utf-8"))
    return Template(rule["code"], rule["title"], rule["text"])


def template_codes() -> list[str]:
    """List the kinds of notices."""
    return sorted(path.stem for path in RULES.glob("*.yaml"))


def rendered(code: str, context: Mapping[str, Any], *, language: str) -> tuple[str, str]:
    """Return title and text of a notice in a language; days are written as people write them.

    Raises:
        KeyError: a placeholder has no value in the context.
    """
    words, key = template(code), _KEYS.get(language, "zh-Hans")
    with translation.override(language):
        values = {name: _written(value) for name, value in context.items()}
    title = words.title[key].format_map(values)
    return title[:200], words.text[key].format_map(values)


def _written(value: Any) -> str:
    if isinstance(value, datetime.datetime | datetime.date):
        return str(formats.date_format(value, "DATE_FORMAT"))
    return str(value)


def notices(*, viewer: Viewer, only_unread: bool = False) -> NoticeQuerySet:
    """List what was sent to the viewer, newest first."""
    found: NoticeQuerySet = Notice.objects.visible_to(viewer)
    return found.unread() if only_unread else found


def latest(*, viewer: Viewer, limit: int = 5) -> list[Notice]:
    """List the newest notices of the viewer, unread ones first."""
    if viewer.user_id is None:
        return []
    unread = list(notices(viewer=viewer, only_unread=True)[:limit])
    rest = notices(viewer=viewer).exclude(pk__in=[n.pk for n in unread])
    return [*unread, *rest[: limit - len(unread)]]


def unread_count(viewer: Viewer) -> int:
    """Return how many notices of the viewer are unread; one query, none for the public."""
    if viewer.user_id is None:
        return 0
    return notices(viewer=viewer, only_unread=True).count()


def get_notice(uuid: UUID | str, *, viewer: Viewer) -> Notice:
    """Return one notice that was sent to the viewer, or raise NoticeNotFound."""
    found = notices(viewer=viewer).filter(uuid=uuid).prefetch_related("deliveries").first()
    if found is None:
        raise NoticeNotFound
    return found


def mail_is_configured() -> bool:
    """Whether the operator gave a mail server; without one notices stay in the inbox."""
    return bool(getattr(settings, "EMAIL_HOST", ""))


def waiting_mails(uuids: list[str]) -> list[Delivery]:
    """List mails of the given deliveries that are still to be sent."""
    found = Delivery.objects.filter(
        uuid__in=uuids, channel=Delivery.Channel.MAIL, state=Delivery.State.WAITING
    )
    return list(found.select_related("notice__to"))


def unopened(*, due_by: datetime.date) -> list[Notice]:
    """List notices that ask for something by the day and were not opened, for the timetable."""
    found = Notice.objects.filter(read_at__isnull=True, due_on__lte=due_by)
    return list(found.exclude(template="reminder").select_related("to"))
