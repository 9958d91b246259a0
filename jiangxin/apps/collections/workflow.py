"""States of editions, filings and imports, with their moves."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jiangxin.core.workflow import Move, Workflow


class EditionState(TextChoices):
    """Where one occurrence of a collection stands."""

    PLANNED = "planned", _("not open yet")
    OPEN = "open", pgettext_lazy("edition", "open")
    CLOSED = "closed", pgettext_lazy("edition", "closed")
    LOCKED = "locked", _("locked")


EDITION = Workflow(
    "edition",
    dict(EditionState.choices),
    # by the timetable, on the days of the edition
    Move("open", ("planned",), "open", "system", _("Open")),
    Move("close", ("open",), "closed", "system", _("Close")),
    # by the bureau that runs it
    Move("extend", ("planned", "open"), "open", "officer", _("Extend the deadline")),
    Move("reopen", ("closed",), "open", "officer", _("Open again")),
    Move("lock", ("open", "closed"), "locked", "leader", _("Lock")),
)


class FilingState(TextChoices):
    """Where the return of one filer stands; without a row it is not begun."""

    NOT_BEGUN = "not_begun", _("not begun")
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    RETURNED = "returned", _("returned")
    APPROVED = "approved", _("approved")
    LOCKED = "locked", _("locked")
    # a locked return with a correction that waits for approval; the locked values stay in force
    AMENDED = "amended", _("correction submitted")
    EXCUSED = "excused", _("excused")


# the filer may still write
EDITABLE = (FilingState.NOT_BEGUN.value, FilingState.DRAFT.value, FilingState.RETURNED.value)
# values are in force
IN_FORCE = (FilingState.APPROVED.value, FilingState.LOCKED.value, FilingState.AMENDED.value)
# nothing is missing from the filer any more
FILED = (FilingState.SUBMITTED.value, *IN_FORCE)
# a reviewer has to act
WAITING = (FilingState.SUBMITTED.value, FilingState.AMENDED.value)
# a region may be approved as a whole once all its filings are here
SETTLED = (FilingState.APPROVED.value, FilingState.LOCKED.value, FilingState.EXCUSED.value)

FILING = Workflow(
    "filing",
    dict(FilingState.choices),
    # by the filer
    Move("save", ("not_begun", "draft"), "draft", "filer", _("Save the draft")),
    Move("rework", ("returned",), "returned", "filer", _("Save the draft")),
    Move("submit", ("not_begun", "draft", "returned"), "submitted", "filer", _("Submit")),
    Move("withdraw", ("submitted",), "draft", "filer", _("Take back")),
    Move("amend", ("locked",), "amended", "filer", _("Correct with a reason")),
    # by those who review, step by step
    Move("pass", ("submitted",), "submitted", "reviewer", _("Hand on to the next step")),
    Move("approve", ("submitted",), "approved", "reviewer", _("Approve")),
    Move("return", ("submitted", "approved"), "returned", "reviewer", _("Return")),
    Move("pass_amendment", ("amended",), "amended", "reviewer", _("Hand on to the next step")),
    Move("accept_amendment", ("amended",), "locked", "reviewer", _("Approve the correction")),
    Move("refuse_amendment", ("amended",), "locked", "reviewer", _("Refuse the correction")),
    # by the bureau
    Move("excuse", ("not_begun", "draft", "returned"), "excused", "officer", _("Excuse")),
    Move("expect", ("excused",), "not_begun", "officer", _("Expect again")),
    Move("lock", ("approved",), "locked", "leader", _("Lock")),
)


class Verb(TextChoices):
    """What a review step does with a return."""

    APPROVE = "approve", _("approves")
    CONSENT = "consent", _("consents")
    RECORD = "record", _("puts on record")


class Verdict(TextChoices):
    """What a reviewer said."""

    PASSED = "passed", _("passed")
    RETURNED = "returned", _("returned")
    REFUSED = "refused", _("refused")


class ImportState(TextChoices):
    """Where an import stands."""

    # set by who uploads
    UPLOADED = "uploaded", _("waiting to be checked")
    DISCARDED = "discarded", _("given up")
    # set by the system
    CHECKED = "checked", _("checked")
    APPLIED = "applied", _("saved")


IMPORT = Workflow(
    "import",
    {state.value: state.label for state in ImportState},
    Move("check", (ImportState.UPLOADED,), ImportState.CHECKED, "system", _("Check the sheet")),
    Move("apply", (ImportState.CHECKED,), ImportState.APPLIED, "filer", _("Save the rows")),
    Move(
        "discard",
        (ImportState.UPLOADED, ImportState.CHECKED),
        ImportState.DISCARDED,
        "filer",
        _("Give up"),
    ),
)
