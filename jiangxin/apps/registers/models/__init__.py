"""Tables of the app, by noun: types and calls, applications, panels, entries."""

from jiangxin.apps.registers.models.applications import (
    Application,
    Attachment,
    Objection,
    Review,
)
from jiangxin.apps.registers.models.entries import (
    AnnualCheck,
    Entry,
    EntryRevision,
    Member,
    Recognition,
)
from jiangxin.apps.registers.models.panels import Panel, Score, Seat
from jiangxin.apps.registers.models.types import Call, Keeping, RegisterType, TypeVersion

__all__ = [
    "AnnualCheck",
    "Application",
    "Attachment",
    "Call",
    "Entry",
    "EntryRevision",
    "Keeping",
    "Member",
    "Objection",
    "Panel",
    "Recognition",
    "RegisterType",
    "Review",
    "Score",
    "Seat",
    "TypeVersion",
]
