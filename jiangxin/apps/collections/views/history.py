"""What became of a return: submissions with what they changed, and what reviewers said."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from jiangxin.apps.collections.queries import lists
from jiangxin.apps.collections.views.words import LEVELS, value_words
from jiangxin.apps.collections.workflow import Verb


def history_of(found: Any) -> list[dict[str, Any]]:
    """Return events of a return, newest first, each with its words and changed fields."""
    events = [_submitted(row) for row in lists.revisions_of(found)]
    events += [_reviewed(row) for row in lists.reviews_of(found)]
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _submitted(row: Any) -> dict[str, Any]:
    form = row.version.definition.form
    known = {field.code: field for field in form.fields}
    return {
        "at": row.at,
        "by": row.by_name,
        "label": _("corrected") if row.kind == "amendment" else _("submitted"),
        "note": row.note,
        "changes": [
            {
                "label": str(known[code].label) if code in known else code,
                "old": value_words(known.get(code), old),
                "new": value_words(known.get(code), new),
            }
            for code, (old, new) in row.changes.items()
        ],
        "remarks": [],
        "sha256": row.sha256,
    }


def _reviewed(row: Any) -> dict[str, Any]:
    verdicts = {
        "passed": str(Verb(row.verb).label),
        "returned": _("returned for rework"),
        "refused": _("correction refused"),
    }
    return {
        "at": row.at,
        "by": row.by_name,
        "label": f"{LEVELS[row.level]}: {verdicts[row.verdict]}",
        "note": row.reason,
        "changes": [],
        "remarks": list(row.remarks.items()),
        "sha256": "",
    }
