"""Writes of the app, by who acts: applicants, offices, experts, keepers."""

from jiangxin.apps.registers.actions.applications import (
    CallClosed,
    Draft,
    Duplicate,
    save_draft,
    set_members,
    start_application,
    submit,
    withdraw,
)
from jiangxin.apps.registers.actions.entries import (
    add_member,
    amend_entry,
    record_annual_check,
    remove_member,
)
from jiangxin.apps.registers.actions.files import attach_file
from jiangxin.apps.registers.actions.panels import (
    announce_panel,
    close_panel,
    draw_panel,
    give_points,
    step_down,
)
from jiangxin.apps.registers.actions.recognitions import (
    QuotaUsedUp,
    end_recognitions,
    recognise,
    withdraw_recognition,
)
from jiangxin.apps.registers.actions.reviews import (
    close_publicity,
    lodge_objection,
    review,
    settle_objection,
    start_publicity,
)
from jiangxin.apps.registers.actions.takeover import (
    Recognised,
    TakenOver,
    record_recognised,
    record_recognised_many,
)
from jiangxin.apps.registers.actions.types import (
    Loaded,
    change_call,
    keep_registers,
    load_types,
    make_call,
    retire_type,
    save_type,
)
from jiangxin.apps.registers.actions.upkeep import Kept, keep_up

__all__ = [
    "CallClosed",
    "Draft",
    "Duplicate",
    "Kept",
    "Loaded",
    "QuotaUsedUp",
    "Recognised",
    "TakenOver",
    "add_member",
    "amend_entry",
    "announce_panel",
    "attach_file",
    "change_call",
    "close_panel",
    "close_publicity",
    "draw_panel",
    "end_recognitions",
    "give_points",
    "keep_registers",
    "keep_up",
    "load_types",
    "lodge_objection",
    "make_call",
    "recognise",
    "record_annual_check",
    "record_recognised",
    "record_recognised_many",
    "remove_member",
    "retire_type",
    "review",
    "save_draft",
    "save_type",
    "set_members",
    "settle_objection",
    "start_application",
    "start_publicity",
    "step_down",
    "submit",
    "withdraw",
    "withdraw_recognition",
]
