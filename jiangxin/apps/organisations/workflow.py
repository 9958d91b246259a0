"""How an import of organisations goes from a file to rows, or is given up."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from jiangxin.core.workflow import Move, Workflow


class ImportState(TextChoices):
    """Where an import stands."""

    # set by the officer
    UPLOADED = "uploaded", _("waiting to be checked")
    DISCARDED = "discarded", _("given up")
    # set by the system
    CHECKED = "checked", _("checked")
    APPLIED = "applied", _("saved")


IMPORT = Workflow(
    "import",
    {state.value: state.label for state in ImportState},
    Move("check", (ImportState.UPLOADED,), ImportState.CHECKED, "system", _("Check the sheet")),
    Move("apply", (ImportState.CHECKED,), ImportState.APPLIED, "officer", _("Save the rows")),
    Move(
        "discard",
        (ImportState.UPLOADED, ImportState.CHECKED),
        ImportState.DISCARDED,
        "officer",
        _("Give up"),
    ),
)


class EventState(TextChoices):
    """Where a dated event of organisations stands."""

    PLANNED = "planned", _("planned")
    # set by the system on the effective date, or at once where that day has come
    APPLIED = "applied", _("in force")
    UNDONE = "undone", _("taken back")


EVENT = Workflow(
    "event",
    {state.value: state.label for state in EventState},
    Move("apply", (EventState.PLANNED,), EventState.APPLIED, "system", _("Put in force")),
    Move("undo", (EventState.PLANNED,), EventState.UNDONE, "officer", _("Take back")),
)
