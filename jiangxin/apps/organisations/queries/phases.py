"""What schools were on a past day: their stage and their region, before upgrades and moves."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from jiangxin.apps.organisations.models import Organisation, Phase

_BATCH = 500


class Phases:
    """Stage and region of organisations by day; read once for many.

    Args:
        ids: row ids of organisations; None reads the phases of all.
    """

    def __init__(self, ids: Collection[int] | None = None) -> None:
        self._phases: dict[int, list[tuple[datetime.date | None, str, str]]] = {}
        for part in [None] if ids is None else _parts(ids):
            rows = Phase.objects.all()
            if part is not None:
                rows = rows.filter(organisation__in=part)
            # in the order of time, as the model orders them
            columns = rows.values_list("organisation", "ends_on", "stage", "region__code")
            for organisation, ends_on, stage, region in columns:
                self._phases.setdefault(organisation, []).append((ends_on, stage, region))

    def stage(self, organisation: int, day: datetime.date, *, now: str) -> str:
        """Return the stage on a day; `now` is what it is today."""
        found = self._at(organisation, day)
        return found[0] or now if found else now

    def region(self, organisation: int, day: datetime.date, *, now: str) -> str:
        """Return the code of the region on a day; `now` is where it is today."""
        found = self._at(organisation, day)
        return found[1] if found else now

    def _at(self, organisation: int, day: datetime.date) -> tuple[str, str] | None:
        for ends_on, stage, region in self._phases.get(organisation, ()):
            if ends_on is None or day < ends_on:
                return stage, region
        return None


def stage_of(organisation: Organisation, *, on: datetime.date) -> str:
    """Return the stage of one school on a day."""
    return Phases([organisation.pk]).stage(organisation.pk, on, now=organisation.stage)


def _parts(ids: Collection[int]) -> list[list[int] | None]:
    ordered = sorted(ids)
    return [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]
