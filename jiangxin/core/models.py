"""Base of all tables, encrypted fields, and the three tables that every app writes through.

The tables are the audit trail (`AuditRow` with its seals and heads) and background jobs (`Job`).
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import json
import secrets
import uuid
from typing import Any, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Entity(models.Model):
    """Anything with an identity in the world: an internal key and a public identifier."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # made up for a demonstration or a test; every page and export says so
    is_simulated = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def locked(self) -> Self:
        """Re-read this row for update; call it first in every action."""
        return type(self)._default_manager.select_for_update(of=("self",)).get(pk=self.pk)


class PeriodQuerySet(models.QuerySet[Any]):
    """Rows with half-open periods."""

    def on(self, day: datetime.date) -> Self:
        """Keep rows in force on the day: starts_on <= day < ends_on."""
        return self.filter(
            Q(starts_on__isnull=True) | Q(starts_on__lte=day),
            Q(ends_on__isnull=True) | Q(ends_on__gt=day),
        )


class Period(models.Model):
    """A half-open period: the end day is excluded, an empty end is open."""

    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


def _key(version: str) -> bytes:
    return base64.b64decode(settings.PERSONAL_DATA_KEYS[version])


class EncryptedTextField(models.TextField[Any, Any]):
    """Text kept encrypted at rest (AES-256-GCM) under the newest key of the ring.

    The stored form is "version:base64(nonce + ciphertext)". It cannot be filtered on: keep a
    `blind_index` beside it where look-up is needed.
    """

    def get_prep_value(self, value: Any) -> Any:
        if value in (None, ""):
            return value
        version = max(settings.PERSONAL_DATA_KEYS)
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(_key(version)).encrypt(nonce, str(value).encode(), version.encode())
        return f"{version}:{base64.b64encode(nonce + sealed).decode()}"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value in (None, ""):
            return value
        version, _sep, body = value.partition(":")
        raw = base64.b64decode(body)
        return AESGCM(_key(version)).decrypt(raw[:12], raw[12:], version.encode()).decode()


class OrderedJSONField(models.Field[Any, Any]):
    """JSON kept as text, because its keys have an order that means something.

    The JSON of PostgreSQL sorts keys; the fields of a form would stand in another order.
    """

    def get_internal_type(self) -> str:
        return "TextField"

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else json.dumps(value, ensure_ascii=False, default=str)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else json.loads(value)


def blind_index(value: str) -> str:
    """Return a keyed hash of a personal value, to look it up without storing it in clear."""
    key = hashlib.sha256(b"blind-index" + _key(min(settings.PERSONAL_DATA_KEYS))).digest()
    return hmac.new(key, value.strip().upper().encode(), hashlib.sha256).hexdigest()


class AuditRow(models.Model):
    """Who did what to what, when; written in the transaction of the change, never altered."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    # empty for the system and for the public
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=100)
    # app.noun.past_verb
    event = models.CharField(max_length=100, db_index=True)
    # "app.model" and uuid of the thing
    subject_kind = models.CharField(max_length=60)
    subject_uuid = models.UUIDField(null=True, db_index=True)
    # scope path of the thing, so that the trail is itself scoped
    path = models.CharField(max_length=300, db_index=True)
    data = models.JSONField(default=dict)
    # keyed hash made by the product; a row put in by other means has none that fits
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["subject_kind", "subject_uuid"])]


class AuditSeal(models.Model):
    """The place of one audit row in the chain of its region."""

    chain = models.CharField(max_length=12)
    position = models.BigIntegerField()
    # plain number, not a foreign key: the seal must outlive the row to prove its removal
    row_id = models.BigIntegerField(unique=True)
    row_uuid = models.UUIDField()
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "position"], name="audit_seal_place_once")
        ]


class AuditHead(models.Model):
    """The end of a chain: how many rows are sealed and the hash of the last."""

    chain = models.CharField(max_length=12, unique=True)
    count = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    mac = models.CharField(max_length=64, default="")
    sealed_at = models.DateTimeField(null=True)


class Job(Entity):
    """A piece of work done in the background, with progress, outcome and attempts."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    task = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    # who asked; empty for the system
    by_id = models.BigIntegerField(null=True)
    by_name = models.CharField(max_length=100, default="")
    # scope path: who may see the job
    path = models.CharField(max_length=300, default="", db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    steps_done = models.PositiveIntegerField(default=0)
    steps_total = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, default="")
    result = models.JSONField(default=dict)
    # {"code": …, "message": …} when failed
    error = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # refreshed while a worker lives; an old one means the worker was killed
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "heartbeat_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(finished_at__isnull=False),
                name="job_finished_has_time",
                violation_error_message=_("A finished job needs the time when it finished."),
            )
        ]
