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

__all__ = [
    "REVISABLE",
    "Change",
    "Details",
    "LikelyDuplicate",
    "add_alias",
    "apply_import",
    "ask_to_apply",
    "close",
    "discard_import",
    "is_busy",
    "problems_of",
    "put_names_in_force",
    "record_check",
    "register",
    "register_many",
    "remove_alias",
    "rename",
    "revise",
    "upload_import",
]
