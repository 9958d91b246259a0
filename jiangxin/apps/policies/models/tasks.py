"""Tasks, who carries them, what they report, and who was reminded."""

from __future__ import annotations

import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from jiangxin.apps.organisations.models import OrganisationKey
from jiangxin.apps.policies.models.documents import Clause, PolicyDocument, StoredFile
from jiangxin.apps.policies.models.items import Target, TaskRow
from jiangxin.apps.policies.models.meetings import Resolution
from jiangxin.apps.policies.workflow import TaskState
from jiangxin.core.models import Entity
from jiangxin.core.permissions import Viewer


class TaskQuerySet(models.QuerySet["Task"]):
    """Filters of tasks."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep tasks of the viewer's region and those assigned to the viewer's organisations.

        A published document does not open its tasks: how far one's own work is stays inside.
        """
        return self.filter(viewer.within("tasks.view") | Exists(_mine(viewer, "tasks.view")))

    def carried_by(self, viewer: Viewer) -> Self:
        """Keep tasks on which the viewer reports for an organisation."""
        paths = [path for path in viewer.paths("tasks.report") if "@" in path]
        mine = Q(pk__in=[])
        for path in paths:
            mine |= Q(organisation__scope__path__startswith=path)
        return self.filter(Exists(TaskAssignment.objects.filter(mine, task=OuterRef("pk"))))

    def open(self) -> Self:
        """Keep tasks that are still to be done."""
        return self.exclude(state__in=[TaskState.DONE, TaskState.CANCELLED])

    def unfinished(self) -> Self:
        """Keep tasks on which those who carry them still work."""
        return self.filter(state__in=[TaskState.PLANNED, TaskState.IN_PROGRESS])

    def overdue(self, on: datetime.date) -> Self:
        """Keep unfinished tasks whose deadline has passed; what was reported as done is not."""
        return self.unfinished().filter(due_on__lt=on)


def _mine(viewer: Viewer, duty: str) -> models.QuerySet[TaskAssignment]:
    return TaskAssignment.objects.filter(
        viewer.within(duty, "organisation__scope__path"), task=OuterRef("pk")
    )


class Task(Entity):
    """A piece of work that somebody carries out until a day."""

    class Kind(models.TextChoices):
        TASK = "task", _("task")
        DELIVERABLE = "deliverable", _("document to be issued")
        PROJECT = "project", _("major project")
        POWER = "power", _("delegated power")
        QUOTA = "quota", _("separate quota")

    class Recurrence(models.TextChoices):
        ONCE = "once", _("once")
        MONTHLY = "monthly", _("every month")
        QUARTERLY = "quarterly", _("every quarter")
        TERMLY = "termly", _("every term")
        YEARLY = "yearly", _("every year")

    # the bureau that follows the task
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    region = models.ForeignKey("reference.Region", models.PROTECT, related_name="+")
    # most are plain tasks; the other kinds are the registers of deliverables, powers and quotas
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.TASK)
    # where the task comes from; each is empty where it does not apply
    document = models.ForeignKey(
        PolicyDocument, models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    clause = models.ForeignKey(Clause, models.SET_NULL, null=True, blank=True, related_name="tasks")
    row = models.OneToOneField(
        TaskRow, models.PROTECT, null=True, blank=True, related_name="made_task"
    )
    resolution = models.OneToOneField(
        Resolution, models.PROTECT, null=True, blank=True, related_name="made_task"
    )
    # as printed in the table; empty for tasks from clauses and meetings
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    action = models.CharField(_("action"), max_length=300, blank=True, default="")
    sub_action = models.CharField(_("sub-action"), max_length=300, blank=True, default="")
    text = models.TextField(_("task"))
    # how one sees that it is done, as printed
    indicator = models.TextField(_("indicator"), blank=True, default="")
    targets: Any = models.ManyToManyField(Target, blank=True, related_name="tasks")
    starts_on = models.DateField(_("start"), null=True, blank=True)
    # last day, included; empty where the document states none
    due_on = models.DateField(_("deadline"), null=True, blank=True)
    recurrence = models.CharField(
        _("rhythm"), max_length=10, choices=Recurrence.choices, default=Recurrence.ONCE
    )
    # last day of the rhythm; empty: as long as somebody keeps it up
    repeats_until = models.DateField(_("repeats until"), null=True, blank=True)
    # the occurrence before this one in the rhythm; each opens the next when its day has come
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next_task"
    )
    state = models.CharField(max_length=12, choices=TaskState.choices, default=TaskState.PLANNED)
    # share done as last reported, 0 to 1
    progress_rate = models.FloatField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    created_by_name = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = [F("due_on").asc(nulls_last=True), "number", "id"]
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="done") | Q(done_at__isnull=False),
                name="policies_task_done_has_time",
                violation_error_message=_("A task that is done needs the time when it was."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(due_on__isnull=True)
                | Q(due_on__gte=F("starts_on")),
                name="policies_task_runs_forward",
                violation_error_message=_("The deadline must not lie before the start."),
            ),
            models.CheckConstraint(
                condition=Q(progress_rate__gte=0, progress_rate__lte=1),
                name="policies_task_progress_is_share",
                violation_error_message=_("Progress lies between 0 and 100 %."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.text}" if self.number else self.text

    def is_overdue(self, on: datetime.date) -> bool:
        """Whether its deadline passed before anybody reported it as done."""
        unfinished = self.state in (TaskState.PLANNED, TaskState.IN_PROGRESS)
        return unfinished and self.due_on is not None and self.due_on < on

    def standing(self, on: datetime.date) -> str:
        """Return its state, or "overdue" where that matters more."""
        return "overdue" if self.is_overdue(on) else self.state


class TaskAssignment(Entity):
    """Somebody answers for a task, supports it or carries it out."""

    class Role(models.TextChoices):
        LEAD = "lead", _("leads")
        # named without a rank, as in most tables
        RESPONSIBLE = "responsible", _("responsible")
        SUPPORT = "support", _("supports")
        IMPLEMENTER = "implementer", _("implements")

    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=12, choices=Role.choices)
    # as printed; the organisation is empty until the register knows the name. A name that
    # stands for several ("all schools of the district") has a row for each of them
    name = models.CharField(max_length=200)
    organisation = OrganisationKey(
        on_merger="follow", label=_("tasks assigned"), null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["task", "role", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "role", "organisation"],
                condition=Q(organisation__isnull=False),
                name="policies_assignment_once",
                violation_error_message=_("This unit already has this role in the task."),
            ),
            models.UniqueConstraint(
                fields=["task", "role", "name"],
                condition=Q(organisation__isnull=True),
                name="policies_assignment_name_once",
                violation_error_message=_("This unit already has this role in the task."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TaskReportQuerySet(models.QuerySet["TaskReport"]):
    """Filters of progress reports."""

    def visible_to(self, viewer: Viewer) -> Self:
        """Keep reports to the viewer's region, of one's own organisation, and on tasks one leads."""
        led = TaskAssignment.objects.filter(
            viewer.within("tasks.view", "organisation__scope__path"),
            task=OuterRef("task"),
            role=TaskAssignment.Role.LEAD,
        )
        return self.filter(
            viewer.within("tasks.view", "task__scope__path")
            | viewer.within("tasks.view")
            | Exists(led)
        )


class TaskReport(Entity):
    """What somebody who carries a task says about its progress, with evidence."""

    # of the organisation that reports; the bureau sees it through the task
    scope = models.ForeignKey("accounts.Scope", models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, models.CASCADE, related_name="reports")
    organisation = OrganisationKey(
        on_merger="follow", label=_("reports on tasks"), null=True, blank=True, related_name="+"
    )
    # the state of the work on this day
    as_of = models.DateField()
    # share done, 0 to 1
    progress_rate = models.FloatField()
    text = models.TextField()
    files: Any = models.ManyToManyField(StoredFile, blank=True, related_name="+")
    # whether the reporter says that the task is done
    says_done = models.BooleanField(default=False)
    # the bureau's answer when it returned the report
    answer = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=100)
    at = models.DateTimeField()

    objects = TaskReportQuerySet.as_manager()

    class Meta:
        ordering = ["task", "-at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(progress_rate__gte=0, progress_rate__lte=1),
                name="policies_report_progress_is_share",
                violation_error_message=_("Progress lies between 0 and 100 %."),
            )
        ]


class Reminder(Entity):
    """A person was told of a deadline; never twice for the same reason and day."""

    class Kind(models.TextChoices):
        DUE_SOON = "due_soon", _("due soon")
        OVERDUE = "overdue", _("overdue")

    task = models.ForeignKey(Task, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # the deadline that the reminder was about
    due_on = models.DateField()
    # how many days before (positive) or after (negative) the deadline it was sent
    days_before = models.SmallIntegerField()
    to = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["task", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "kind", "due_on", "days_before", "to"],
                name="policies_reminder_once",
            )
        ]


class Escalation(Entity):
    """An overdue task was put before somebody higher."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="escalations")
    # 1 the leader of the bureau, 2 the bureau of the region above, one more per further step
    level = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    to = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    to_name = models.CharField(max_length=100)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    # empty while the task is still overdue
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["task", "level", "at"]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "level", "due_on", "to_name"], name="policies_escalation_once"
            )
        ]
