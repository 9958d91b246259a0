"""How every state looks and is called: a colour is never alone, each has a shape and a word."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True, slots=True)
class Look:
    """The word, tone (a colour of ui.css) and icon of a state."""

    label: str | Promise
    tone: str
    icon: str


LOOKS: dict[str, Look] = {
    # attainment of a target
    "achieved": Look(pgettext_lazy("state", "Achieved"), "good", "circle-check"),
    "on_track": Look(pgettext_lazy("state", "On track"), "fine", "arrow-up-right"),
    "needs_acceleration": Look(
        pgettext_lazy("state", "Needs acceleration"), "warn", "triangle-alert"
    ),
    "off_track": Look(pgettext_lazy("state", "Off track"), "bad", "octagon-x"),
    "not_yet_measurable": Look(
        pgettext_lazy("state", "Not yet measurable"), "none", "circle-dashed"
    ),
    # work
    "overdue": Look(pgettext_lazy("state", "Overdue"), "bad", "clock"),
    "due_soon": Look(pgettext_lazy("state", "Due soon"), "warn", "clock"),
    "planned": Look(pgettext_lazy("state", "Planned"), "none", "calendar"),
    "open": Look(pgettext_lazy("state", "Open"), "fine", "circle-dashed"),
    "in_progress": Look(pgettext_lazy("state", "In progress"), "fine", "arrow-right"),
    "started": Look(pgettext_lazy("state", "Started"), "fine", "arrow-right"),
    "blocked": Look(pgettext_lazy("state", "Blocked"), "bad", "octagon-x"),
    "escalated": Look(pgettext_lazy("state", "Escalated"), "bad", "flag"),
    "done": Look(pgettext_lazy("state", "Done"), "good", "circle-check"),
    "completed": Look(pgettext_lazy("state", "Completed"), "good", "circle-check"),
    "cancelled": Look(pgettext_lazy("state", "Cancelled"), "none", "x"),
    # papers on their way
    "draft": Look(pgettext_lazy("state", "Draft"), "none", "edit"),
    "proposed": Look(pgettext_lazy("state", "Proposed"), "warn", "question"),
    "suggested": Look(pgettext_lazy("state", "Suggested"), "warn", "question"),
    "submitted": Look(pgettext_lazy("state", "Submitted"), "fine", "inbox"),
    "in_review": Look(pgettext_lazy("state", "In review"), "warn", "eye"),
    "returned": Look(pgettext_lazy("state", "Returned"), "warn", "arrow-left"),
    "accepted": Look(pgettext_lazy("state", "Accepted"), "good", "check"),
    "adopted": Look(pgettext_lazy("state", "Adopted"), "good", "check"),
    "approved": Look(pgettext_lazy("state", "Approved"), "good", "check"),
    "confirmed": Look(pgettext_lazy("state", "Confirmed"), "good", "check"),
    "rejected": Look(pgettext_lazy("state", "Rejected"), "bad", "x"),
    "published": Look(pgettext_lazy("state", "Published"), "good", "world"),
    "withdrawn": Look(pgettext_lazy("state", "Withdrawn"), "none", "x"),
    "archived": Look(pgettext_lazy("state", "Archived"), "none", "inbox"),
    "replaced": Look(pgettext_lazy("state", "Replaced"), "none", "history"),
    "superseded": Look(pgettext_lazy("state", "Superseded"), "none", "history"),
    # where a number comes from
    "computed": Look(pgettext_lazy("state", "Computed"), "fine", "chart-line"),
    "reported": Look(pgettext_lazy("state", "Reported"), "warn", "edit"),
    "simulated": Look(pgettext_lazy("state", "Simulated"), "sim", "flask"),
    "contradiction": Look(pgettext_lazy("state", "Contradiction"), "warn", "split"),
    # work in the background
    "queued": Look(pgettext_lazy("state", "Waiting"), "none", "clock"),
    "running": Look(pgettext_lazy("state", "Running"), "fine", "refresh"),
    "failed": Look(pgettext_lazy("state", "Failed"), "bad", "octagon-x"),
    # periods
    "active": Look(pgettext_lazy("state", "In force"), "good", "check"),
    "ended": Look(pgettext_lazy("state", "Ended"), "none", "history"),
}


def look(code: str) -> Look:
    """Return how a state looks; an unknown one is written as it is, in grey."""
    return LOOKS.get(code) or Look(code.replace("_", " "), "none", "circle-dashed")
