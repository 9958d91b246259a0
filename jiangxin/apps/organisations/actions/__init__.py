"""Writes about organisations: registering, changing, names over time, and imports."""

from jiangxin.apps.organisations.actions.details import (
    REVISABLE,
    Details,
    LikelyDuplicate,
    close,
    problems_of,
    register,
    register_many,
    revise,
)
from jiangxin.apps.organisations.actions.duplicates import CHOOSABLE, join_duplicates
from jiangxin.apps.organisations.actions.events import (
    apply_due_events,
    apply_event,
    plan_event,
    undo_event,
)
from jiangxin.apps.organisations.actions.imports import (
    Change,
    apply_import,
    ask_to_apply,
    discard_import,
    is_busy,
    record_check,
    upload_import,
)
from jiangxin.apps.organisations.actions.names import (
    add_alias,
    put_names_in_force,
    remove_alias,
    rename,
)
from jiangxin.apps.organisations.actions.ownership import (
    FORMS_OF,
    end_campus,
    end_holding,
    end_link,
    open_campus,
    record_alignment,
    record_holding,
    set_ownership,
)
from jiangxin.apps.organisations.actions.region_data import (
    Figure,
    Outline,
    load_region_boundaries,
    load_region_figures,
)
from jiangxin.apps.organisations.actions.school_years import (
    Reports,
    recheck_conditions,
    record_school_year,
    record_school_years,
)

__all__ = [
    "CHOOSABLE",
    "FORMS_OF",
    "REVISABLE",
    "Change",
    "Details",
    "Figure",
    "LikelyDuplicate",
    "Outline",
    "Reports",
    "add_alias",
    "apply_due_events",
    "apply_event",
    "apply_import",
    "ask_to_apply",
    "close",
    "discard_import",
    "end_campus",
    "end_holding",
    "end_link",
    "is_busy",
    "join_duplicates",
    "load_region_boundaries",
    "load_region_figures",
    "open_campus",
    "plan_event",
    "problems_of",
    "put_names_in_force",
    "recheck_conditions",
    "record_alignment",
    "record_check",
    "record_holding",
    "record_school_year",
    "record_school_years",
    "register",
    "register_many",
    "remove_alias",
    "rename",
    "revise",
    "set_ownership",
    "undo_event",
    "upload_import",
]
