"""Tables of the app, by noun: documents, items read from them, tasks, meetings, cases."""

from jiangxin.apps.policies.models.cases import Case, Scorecard
from jiangxin.apps.policies.models.documents import (
    CascadePair,
    Clause,
    DocumentLink,
    PolicyDocument,
    StoredFile,
    StrategyNode,
)
from jiangxin.apps.policies.models.items import (
    ITEM_KINDS,
    Contradiction,
    Item,
    ItemRevision,
    Milestone,
    Responsibility,
    Target,
    TaskRow,
)
from jiangxin.apps.policies.models.meetings import Duty, DutyList, Meeting, Resolution
from jiangxin.apps.policies.models.tasks import (
    Escalation,
    Reminder,
    Task,
    TaskAssignment,
    TaskReport,
)

__all__ = [
    "ITEM_KINDS",
    "CascadePair",
    "Case",
    "Clause",
    "Contradiction",
    "DocumentLink",
    "Duty",
    "DutyList",
    "Escalation",
    "Item",
    "ItemRevision",
    "Meeting",
    "Milestone",
    "PolicyDocument",
    "Reminder",
    "Resolution",
    "Responsibility",
    "Scorecard",
    "StoredFile",
    "StrategyNode",
    "Target",
    "Task",
    "TaskAssignment",
    "TaskReport",
    "TaskRow",
]
