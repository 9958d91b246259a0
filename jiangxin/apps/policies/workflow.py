"""States of documents, of what was read from them, and of the work that follows, with their moves."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from jiangxin.core.workflow import Move, Workflow


class DocumentState(models.TextChoices):
    """Where a document stands between its import and the public."""

    IMPORTED = "imported", _("imported")
    IN_REVIEW = "in_review", _("in review")
    ADOPTED = "adopted", _("adopted")
    PUBLISHED = "published", _("published")


DOCUMENT = Workflow(
    "document",
    dict(DocumentState.choices),
    Move("review", ("imported",), "in_review", "officer", _("Begin the review")),
    Move("adopt", ("imported", "in_review"), "adopted", "officer", _("Adopt")),
    Move("reopen", ("adopted", "published"), "in_review", "officer", _("Review again")),
    Move("publish", ("adopted",), "published", "leader", _("Publish")),
    Move("withdraw", ("published",), "adopted", "leader", _("Withdraw from the public")),
)


class ItemState(models.TextChoices):
    """What a person said about something that the parser read."""

    READ = "read", _("to review")
    ACCEPTED = "accepted", _("accepted")
    CORRECTED = "corrected", _("corrected")
    REJECTED = "rejected", _("rejected")


# states in which an item counts as adopted
ADOPTED_STATES = (ItemState.ACCEPTED.value, ItemState.CORRECTED.value)

ITEM = Workflow(
    "item",
    dict(ItemState.choices),
    Move("accept", ("read", "rejected"), "accepted", "officer", _("Accept")),
    Move(
        "correct",
        ("read", "accepted", "corrected", "rejected"),
        "corrected",
        "officer",
        _("Correct"),
    ),
    Move("reject", ("read", "accepted", "corrected"), "rejected", "officer", _("Reject")),
    Move("reopen", ("accepted", "corrected", "rejected"), "read", "officer", _("Review again")),
)


class Verdict(models.TextChoices):
    """What a person said about a suggestion: a link, a pair of clauses, a contradiction."""

    SUGGESTED = "suggested", _("suggested")
    CONFIRMED = "confirmed", _("confirmed")
    REJECTED = "rejected", _("rejected")


class TaskState(models.TextChoices):
    """How far a task is."""

    PLANNED = "planned", _("planned")
    IN_PROGRESS = "in_progress", _("in progress")
    SUBMITTED = "submitted", _("reported as done")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


TASK = Workflow(
    "task",
    dict(TaskState.choices),
    # by those who carry the task
    Move("start", ("planned",), "in_progress", "assignee", _("Start")),
    Move("submit", ("planned", "in_progress"), "submitted", "assignee", _("Report as done")),
    # by the bureau
    Move("confirm", ("submitted",), "done", "officer", _("Confirm")),
    Move("return", ("submitted",), "in_progress", "officer", _("Return")),
    Move("cancel", ("planned", "in_progress", "submitted"), "cancelled", "officer", _("Cancel")),
    Move("reopen", ("done", "cancelled"), "in_progress", "officer", _("Reopen")),
)


class MeetingState(models.TextChoices):
    """How far a joint meeting is."""

    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")


MEETING = Workflow(
    "meeting",
    dict(MeetingState.choices),
    Move("hold", ("planned",), "held", "officer", _("Record as held")),
    Move("cancel", ("planned",), "cancelled", "officer", _("Cancel")),
)


class CaseState(models.TextChoices):
    """Where a good-practice case stands between its author and the public."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    REVIEWED = "reviewed", _("recommended")
    RETURNED = "returned", _("returned")
    PUBLISHED = "published", _("published")


CASE = Workflow(
    "case",
    dict(CaseState.choices),
    Move("submit", ("draft", "returned"), "submitted", "author", _("Submit")),
    Move("recommend", ("submitted",), "reviewed", "reviewer", _("Recommend")),
    Move("return", ("submitted", "reviewed"), "returned", "reviewer", _("Return")),
    Move("publish", ("reviewed",), "published", "leader", _("Publish")),
    Move("withdraw", ("published",), "reviewed", "leader", _("Withdraw from the public")),
)


class SheetState(models.TextChoices):
    """Whether a list or a scorecard is still worked on or open to the public."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")


SHEET = Workflow(
    "sheet",
    dict(SheetState.choices),
    Move("publish", ("draft",), "published", "leader", _("Publish")),
    Move("withdraw", ("published",), "draft", "leader", _("Withdraw from the public")),
)
