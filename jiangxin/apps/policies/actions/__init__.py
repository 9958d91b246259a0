"""Writes of the app, one function per thing that a person or the system does."""

from jiangxin.apps.policies.actions.cases import CASE_FIELDS, change_case, move_case, tell_case
from jiangxin.apps.policies.actions.contradictions import (
    decide_contradiction,
    find_contradictions,
)
from jiangxin.apps.policies.actions.documents import (
    HEADER_FIELDS,
    accept_all,
    describe_document,
    move_document,
)
from jiangxin.apps.policies.actions.duties import create_duty_list, move_duty_list, set_duties
from jiangxin.apps.policies.actions.files import store_file
from jiangxin.apps.policies.actions.imports import (
    Imported,
    defer_import,
    import_document,
    record_document,
)
from jiangxin.apps.policies.actions.items import Decided, ItemChanged, add_item, decide_item
from jiangxin.apps.policies.actions.links import (
    add_pair,
    compare_documents,
    decide_link,
    decide_pair,
    link_documents,
    suggest_links,
)
from jiangxin.apps.policies.actions.meetings import (
    MEETING_FIELDS,
    add_resolution,
    change_meeting,
    make_task_of,
    move_meeting,
    plan_meeting,
)
from jiangxin.apps.policies.actions.scorecard import keep_scorecard, move_scorecard
from jiangxin.apps.policies.actions.strategy import add_strategy_node, remove_strategy_node
from jiangxin.apps.policies.actions.targets import (
    assign_target,
    bind_target,
    confirm_bindings,
    reject_indicator,
)
from jiangxin.apps.policies.actions.tasks import (
    NEEDS_REASON,
    TASK_FIELDS,
    Made,
    TaskChanged,
    change_task,
    create_task,
    make_tasks,
    move_task,
    settle_name,
)
from jiangxin.apps.policies.actions.tasks_reminders import Reminded, remind_tasks
from jiangxin.apps.policies.actions.tasks_reports import report_task

__all__ = [
    "CASE_FIELDS",
    "HEADER_FIELDS",
    "MEETING_FIELDS",
    "NEEDS_REASON",
    "TASK_FIELDS",
    "Decided",
    "Imported",
    "ItemChanged",
    "Made",
    "Reminded",
    "TaskChanged",
    "accept_all",
    "add_item",
    "add_pair",
    "add_resolution",
    "add_strategy_node",
    "assign_target",
    "bind_target",
    "change_case",
    "change_meeting",
    "change_task",
    "compare_documents",
    "confirm_bindings",
    "create_duty_list",
    "create_task",
    "decide_contradiction",
    "decide_item",
    "decide_link",
    "decide_pair",
    "defer_import",
    "describe_document",
    "find_contradictions",
    "import_document",
    "keep_scorecard",
    "link_documents",
    "make_task_of",
    "make_tasks",
    "move_case",
    "move_document",
    "move_duty_list",
    "move_meeting",
    "move_scorecard",
    "move_task",
    "plan_meeting",
    "record_document",
    "reject_indicator",
    "remind_tasks",
    "remove_strategy_node",
    "report_task",
    "set_duties",
    "settle_name",
    "store_file",
    "suggest_links",
    "tell_case",
]
