"""A stored value as people read it: on pages, in sheets and exports, in messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from jiangxin.core.forms.links import Links
from jiangxin.core.forms.model import Field
from jiangxin.core.forms.numbers import with_unit


def shown(field: Field, value: Any, *, links: Links | None = None) -> str:
    """Write a value in the language of the reader; nothing is the empty text.

    What is shown can be read back by `read_value`, files, links and tables apart. A draft may
    hold something unreadable: it is shown as it was typed.

    Args:
        links: for many values, one object that asks for each name once.
    """
    if value is None:
        return ""
    try:
        return _SHOWN[field.type](field, value, links or Links())
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(value)


def _text(field: Field, value: Any, links: Links) -> str:
    return str(value)


def _number(field: Field, value: Any, links: Links) -> str:
    return with_unit(field, value) if not isinstance(value, bool) else str(value)


def _period(field: Field, value: Any, links: Links) -> str:
    first = value["from"]
    if value["to"] is None:
        return _("%(first)s – now") % {"first": first}
    # stored half-open; people read and write the last day itself
    last = date.fromisoformat(value["to"]) - timedelta(days=1)
    return _("%(first)s – %(last)s") % {"first": first, "last": last.isoformat()}


def _yes_no(field: Field, value: Any, links: Links) -> str:
    if not isinstance(value, bool):
        return str(value)
    return pgettext("answer", "Yes") if value else pgettext("answer", "No")


def _choice(field: Field, value: Any, links: Links) -> str:
    codes = value if isinstance(value, list) else [value]
    labels = [choice.label if (choice := field.choice(code)) else code for code in codes]
    return _(", ").join(map(str, labels))


def _file(field: Field, value: Any, links: Links) -> str:
    return str(value["name"])


def _link(field: Field, value: Any, links: Links) -> str:
    return links.labels(value["kind"], [value["code"]])[value["code"]]


def _table(field: Field, value: Any, links: Links) -> str:
    """Write a table on lines: a row each, its cells with their labels."""
    lines = []
    for row in value:
        cells = [
            _("%(label)s: %(value)s")
            % {"label": column.label, "value": shown(column, row[column.code], links=links)}
            for column in field.columns
            if column.code in row
        ]
        lines.append(_("; ").join(cells))
    return "\n".join(lines)


_SHOWN: Mapping[str, Callable[[Field, Any, Links], str]] = {
    "text": _text,
    "number": _number,
    "money": _number,
    "date": _text,
    "period": _period,
    "yes_no": _yes_no,
    "choice": _choice,
    "file": _file,
    "link": _link,
    "table": _table,
}
