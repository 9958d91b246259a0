"""Writes of collections, by noun."""

from jiangxin.apps.collections.actions.catalogue import (
    Loaded,
    load_collections,
    read_definition,
    run_collection,
    save_collection,
    stop_running,
)
from jiangxin.apps.collections.actions.editions import (
    call_edition,
    extend_deadline,
    open_editions,
    refresh_peers,
    reopen_edition,
)
from jiangxin.apps.collections.actions.filings import (
    Saved,
    amend,
    attach,
    save_draft,
    submit,
    withdraw,
)
from jiangxin.apps.collections.actions.regions import (
    NotComplete,
    approve_region,
    excuse,
    expect,
    lock,
    unapprove_region,
)
from jiangxin.apps.collections.actions.reminders import Reminded, remind
from jiangxin.apps.collections.actions.reviews import (
    Outcome,
    refuse_amendment,
    return_filing,
    review,
    review_many,
)
from jiangxin.apps.collections.actions.rows import FilingChanged

__all__ = [
    "FilingChanged",
    "Loaded",
    "NotComplete",
    "Outcome",
    "Reminded",
    "Saved",
    "amend",
    "approve_region",
    "attach",
    "call_edition",
    "excuse",
    "expect",
    "extend_deadline",
    "load_collections",
    "lock",
    "open_editions",
    "read_definition",
    "refresh_peers",
    "refuse_amendment",
    "remind",
    "reopen_edition",
    "return_filing",
    "review",
    "review_many",
    "run_collection",
    "save_collection",
    "save_draft",
    "stop_running",
    "submit",
    "unapprove_region",
    "withdraw",
]
