"""Sheets of organisations that were uploaded, with what was found in them."""

from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.workflow import ImportState
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class ImportQuerySet(models.QuerySet["Import"]):
    """Filters of imports."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep imports into scopes whose organisations the viewer manages."""
        return self.filter(viewer.within("organisations.manage"))


class Import(Entity):
    """A sheet of organisations that was uploaded, with what was found in it."""

    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    # the file itself: the database is the one place that web and worker share; emptied when done
    content = models.BinaryField()
    state = models.CharField(
        max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED
    )
    uploaded_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    rows = models.PositiveIntegerField(default=0)
    # what saving would do: {"new": n, "changed": n, "unchanged": n, "bad": n}
    counts = models.JSONField(default=dict)
    # [{"row", "column", "value", "rule", "fix"}], at most one per cell
    findings = models.JSONField(default=list)
    # the job that checks or saves, for the progress page
    job_uuid = models.UUIDField(null=True)
    applied_at = models.DateTimeField(null=True)

    objects: Any = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="applied", applied_at__isnull=False)
                | (~Q(state="applied") & Q(applied_at__isnull=True)),
                name="import_applied_has_time",
                violation_error_message=_("A saved import needs the time when it was saved."),
            )
        ]
