"""How every state looks and is called: a colour is never alone, each has a shape and a word."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Look:
    """The word, tone (a colour of ui.css) and icon of a state."""

    label: str | Promise
    tone: str
    icon: str


LOOKS: dict[str, Look] = {
    # attainment of a target
    "achieved": Look(_("Achieved"), "good", "circle-check"),
    "on_track": Look(_("On track"), "fine", "arrow-up-right"),
    "needs_acceleration": Look(_("Needs acceleration"), "warn", "triangle-alert"),
    "off_track": Look(_("Off track"), "bad", "octagon-x"),
    "not_yet_measurable": Look(_("Not yet measurable"), "none", "circle-dashed"),
    # work
    "overdue": Look(_("Overdue"), "bad", "clock"),
    "due_soon": Look(_("Due soon"), "warn", "clock"),
    "planned": Look(_("Planned"), "none", "calendar"),
    "open": Look(_("Open"), "fine", "circle-dashed"),
    "in_progress": Look(_("In progress"), "fine", "arrow-right"),
    "started": Look(_("Started"), "fine", "arrow-right"),
    "blocked": Look(_("Blocked"), "bad", "octagon-x"),
    "escalated": Look(_("Escalated"), "bad", "flag"),
    "done": Look(_("Done"), "good", "circle-check"),
    "completed": Look(_("Completed"), "good", "circle-check"),
    "cancelled": Look(_("Cancelled"), "none", "x"),
    # papers on their way
    "draft": Look(_("Draft"), "none", "edit"),
    "proposed": Look(_("Proposed"), "warn", "question"),
    "suggested": Look(_("Suggested"), "warn", "question"),
    "submitted": Look(_("Submitted"), "fine", "inbox"),
    "in_review": Look(_("In review"), "warn", "eye"),
    "returned": Look(_("Returned"), "warn", "arrow-left"),
    "accepted": Look(_("Accepted"), "good", "check"),
    "adopted": Look(_("Adopted"), "good", "check"),
    "approved": Look(_("Approved"), "good", "check"),
    "confirmed": Look(_("Confirmed"), "good", "check"),
    "rejected": Look(_("Rejected"), "bad", "x"),
    "published": Look(_("Published"), "good", "world"),
    "withdrawn": Look(_("Withdrawn"), "none", "x"),
    "archived": Look(_("Archived"), "none", "inbox"),
    "replaced": Look(_("Replaced"), "none", "history"),
    "superseded": Look(_("Superseded"), "none", "history"),
    # where a number comes from
    "computed": Look(_("Computed"), "fine", "chart-line"),
    "reported": Look(_("Reported"), "warn", "edit"),
    "simulated": Look(_("Simulated"), "sim", "flask"),
    "contradiction": Look(_("Contradiction"), "warn", "split"),
    # work in the background
    "queued": Look(_("Waiting"), "none", "clock"),
    "running": Look(_("Running"), "fine", "refresh"),
    "failed": Look(_("Failed"), "bad", "octagon-x"),
    # periods
    "active": Look(_("In force"), "good", "check"),
    "ended": Look(_("Ended"), "none", "history"),
}


def look(code: str) -> Look:
    """Return how a state looks; an unknown one is written as it is, in grey."""
    return LOOKS.get(code) or Look(code.replace("_", " "), "none", "circle-dashed")
