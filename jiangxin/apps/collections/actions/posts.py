"""Who is told what: filers of an edition, the bureau, leaders."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from jiangxin.apps.collections import queries
from jiangxin.apps.collections.models import Edition, Filing
from jiangxin.apps.notices import actions as notices
from jiangxin.core.permissions import Viewer


def edition_url(edition: Edition) -> str:
    """Address of an edition; a filer finds the own return there."""
    return reverse("collections:edition", args=[edition.uuid])


def filing_url(filing: Filing) -> str:
    """Address of a return."""
    return reverse("collections:filing", args=[filing.edition.uuid, filing.scope.uuid])


def _names(edition: Edition) -> dict[str, object]:
    """What a notice calls the edition: itself, which names itself in the language of each reader."""
    return {"edition": edition, "bureau": edition.scope.label}


def tell_filers(
    edition: Edition,
    template: str,
    *,
    by: Viewer,
    at: datetime.datetime,
    scopes: Iterable[int] | None = None,
    key: str = "",
    **context: Any,
) -> int:
    """Tell those who file in an edition, all with the same words; returns how many were told.

    Args:
        scopes: of the filers concerned; None is all who are expected.
    """
    persons = queries.filers(edition, on=at.date(), scopes=scopes)
    if not persons:
        return 0
    values = {"due_on": edition.due_on, **context}
    sent = notices.send_after_commit(
        template,
        to=persons,
        context={**_names(edition), **values},
        by=by,
        at=at,
        link=edition_url(edition),
        due_on=values["due_on"],
        key=key,
        path=edition.scope.path,
        is_simulated=edition.is_simulated,
    )
    return len(sent)


def tell(
    persons: Iterable[Any],
    template: str,
    *,
    edition: Edition,
    link: str,
    by: Viewer,
    at: datetime.datetime,
    key: str = "",
    due_on: datetime.date | None = None,
    **context: Any,
) -> int:
    """Tell persons something about an edition; returns how many were told."""
    found = list(persons)
    if not found:
        return 0
    sent = notices.send_after_commit(
        template,
        to=found,
        context={**_names(edition), "due_on": due_on or edition.due_on, **context},
        by=by,
        at=at,
        link=link,
        key=key,
        due_on=due_on,
        path=edition.scope.path,
        is_simulated=edition.is_simulated,
    )
    return len(sent)
