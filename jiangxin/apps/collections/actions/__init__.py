"""Writes of collections, by noun."""

from jiangxin.apps.collections.actions.bulk import submit_many
from jiangxin.apps.collections.actions.catalogue import (
    Loaded,
    load_collections,
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
from jiangxin.apps.collections.actions.imports import (
    apply_import,
    check_import,
    discard_import,
    import_filings,
    request_apply,
)
from jiangxin.apps.collections.actions.many import Outcome, review_many
from jiangxin.apps.collections.actions.regions import (
    NotComplete,
    approve_region,
    excuse,
    expect,
    lock,
    unapprove_region,
)
from jiangxin.apps.collections.actions.reminders import Reminded, remind, remind_now
from jiangxin.apps.collections.actions.reviews import refuse_amendment, return_filing, review
from jiangxin.apps.collections.actions.rows import FilingChanged

__all__ = [
    "FilingChanged",
    "Loaded",
    "NotComplete",
    "Outcome",
    "Reminded",
    "Saved",
    "amend",
    "apply_import",
    "approve_region",
    "attach",
    "call_edition",
    "check_import",
    "discard_import",
    "excuse",
    "expect",
    "extend_deadline",
    "import_filings",
    "load_collections",
    "lock",
    "open_editions",
    "refresh_peers",
    "refuse_amendment",
    "remind",
    "remind_now",
    "reopen_edition",
    "request_apply",
    "return_filing",
    "review",
    "review_many",
    "run_collection",
    "save_collection",
    "save_draft",
    "stop_running",
    "submit",
    "submit_many",
    "unapprove_region",
    "withdraw",
]
