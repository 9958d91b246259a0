"""One decision over many applications, tried first without keeping anything."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from jiangxin.apps.registers.actions.reviews import review
from jiangxin.apps.registers.models import Application
from jiangxin.core.errors import DomainError
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What approving one of many does, or did; `refusal` says why it cannot be."""

    application: Application
    # name of the step that it reaches
    step: str = ""
    refusal: str = ""


class _Undone(Exception):
    """Takes back what was tried."""


def approve_many(
    *,
    chosen: Sequence[tuple[Application, int]],
    is_trial: bool,
    by: Viewer,
    at: datetime.datetime,
) -> list[Outcome]:
    """Approve each application that can be approved; a refusal of one does not stop the others.

    Args:
        chosen: applications with the version that the reviewer saw.
        is_trial: do everything and take it back, to show what would happen.
    """
    outcomes = []
    for application, version in chosen:
        step = ""
        try:
            with transaction.atomic():
                done = review(
                    application=application, verdict="approve", version=version, by=by, at=at
                )
                step = done.step
                if is_trial:
                    raise _Undone
        except _Undone:
            outcomes.append(Outcome(application, step))
        except DomainError as error:
            outcomes.append(Outcome(application, refusal=error.message))
        else:
            outcomes.append(Outcome(application, step))
    return outcomes
