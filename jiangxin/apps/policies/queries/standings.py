"""Where targets stand: what was promised held against what was measured."""

from __future__ import annotations

import datetime
import uuid as uuids
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext as _

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.indicators.queries.definitions import label_of
from jiangxin.apps.policies.models import Target
from jiangxin.apps.policies.queries.rules import thresholds
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures
from jiangxin.ui.numbers import amount

if TYPE_CHECKING:
    from jiangxin.engines.measures.attainment import Comparator

# in the order in which people read them: the best first, unmeasured last
STANDINGS = ("achieved", "on_track", "needs_acceleration", "off_track", "not_yet_measurable")

_SIGNS = {">=": "≥ ", "<=": "≤ ", "==": "", "~": "≈ ", "range": ""}


def promise(target: Target) -> str:
    """Write what was promised in short: “≥ 80%”, “2–3 个”."""
    unit, scale = ("share", 0.01) if target.unit in ("%", "％") else (target.unit, 1.0)
    if target.comparator == "range" and target.high is not None:
        low = amount(target.low * scale, "share" if unit == "share" else "")
        return f"{low}–{amount(target.high * scale, unit)}"
    return _SIGNS[target.comparator] + amount(target.low * scale, unit)


@dataclass(frozen=True, slots=True)
class Standing:
    """A target with its newest value and where it stands.

    Args:
        scale: factor from the unit of the document to that of the indicator.
        unit: word for values in the unit of the indicator; "share" becomes percent.
        observations: of the indicator for the target's region since the baseline.
    """

    target: Target
    promise: str
    indicator: str
    unit: str
    scale: float
    observations: tuple[indicators.Seen, ...]
    attainment: measures.Attainment

    @property
    def standing(self) -> str:
        """Code of where it stands."""
        return self.attainment.standing

    @property
    def now(self) -> indicators.Seen | None:
        """The newest observation."""
        return self.observations[-1] if self.observations else None

    @property
    def value(self) -> float | None:
        """The newest value, in the unit of the indicator."""
        return self.now.value if self.now else None

    @property
    def is_simulated(self) -> bool:
        """Whether the promise or its newest value was made up."""
        return self.target.is_simulated or bool(self.now and self.now.is_simulated)

    @property
    def due_on(self) -> datetime.date | None:
        """The deadline."""
        return self.target.due_on

    @property
    def uuid(self) -> uuids.UUID:
        """Public identifier of the target."""
        return self.target.uuid

    @property
    def pace_needed(self) -> str:
        """The change a year that would just do, in words; empty if there is none."""
        return self._change(self.attainment.pace_needed)

    @property
    def pace(self) -> str:
        """The change a year so far, in words; empty if it is not known."""
        return self._change(self.attainment.pace)

    def _change(self, value: float | None) -> str:
        """Write a change: that of a share is in percentage points, never in percent."""
        if value is None:
            return ""
        if self.unit == "share":
            return _("%(n)s percentage points") % {"n": amount(round(value * 100, 1))}
        return amount(round(value, 2), self.unit.removesuffix("/年"))

    @property
    def reason(self) -> str:
        """Why there is no verdict, or how it came about, in one sentence; may be empty."""
        if not self.indicator:
            if self.target.binding == Target.Binding.SUGGESTED:
                return _("An indicator is suggested; once a person confirms it, it is measured.")
            return _("No indicator measures this target yet.")
        return _REASONS.get(self.attainment.reason, lambda: "")()


_REASONS = {
    "no_observation": lambda: _("The indicator has no value for this region yet."),
    "one_observation": lambda: _("Only one year has been measured; a pace needs two."),
    "no_deadline": lambda: _("The document names no deadline, so there is no pace to judge by."),
    "missed": lambda: _("The deadline has passed and the value falls short."),
    "year_running": lambda: _("The year still runs; its elapsed part is judged."),
}


def standings(
    targets: Iterable[Target],
    *,
    viewer: Viewer,
    on: datetime.date,
    seen: Mapping[tuple[str, str, str], list[indicators.Seen]] | None = None,
) -> list[Standing]:
    """Hold targets against their values; the number of queries does not grow with the targets.

    Args:
        targets: with region and document loaded.
        on: the day of judgement.
        seen: the observations to judge by; unless given, those that the viewer may see, and for
            regions outside the viewer's scope the published ones.
    """
    rows = list(targets)
    definitions = {d.code: d for d in indicators.definitions()}
    keys = {
        (target.indicator_code, "region", target.region.code)
        for target in rows
        if target.indicator_code in definitions and is_bound(target)
    }
    if seen is None:
        seen = _observations(keys, rows, viewer) if keys else {}
    return [
        _standing(
            target,
            definitions.get(target.indicator_code) if is_bound(target) else None,
            seen.get((target.indicator_code, "region", target.region.code), []),
            on,
        )
        for target in rows
    ]


def _observations(
    keys: set[tuple[str, str, str]], rows: Sequence[Target], viewer: Viewer
) -> dict[tuple[str, str, str], list[indicators.Seen]]:
    found = dict(indicators.observations(keys, viewer=viewer))
    held = viewer.paths("indicators.view")
    outside = {
        row.region.code
        for row in rows
        if is_bound(row) and not viewer.is_system and not row.region.path.startswith(held)
    }
    if outside:
        found.update(indicators.published_in(outside, codes={key[0] for key in keys}))
    return found


def is_bound(target: Target) -> bool:
    """Whether a person confirmed the indicator; a mere suggestion judges nobody."""
    return target.binding == Target.Binding.CONFIRMED


def _standing(
    target: Target,
    definition: measures.Definition | None,
    seen: Sequence[indicators.Seen],
    on: datetime.date,
) -> Standing:
    unit, scale = unit_of(target, definition)
    observed = tuple(_since_baseline(target, seen, on))
    asked = measures.Target(
        comparator=cast("Comparator", target.comparator),
        low=target.low * scale,
        high=target.high * scale if target.high is not None else None,
        due_on=target.due_on,
        direction=definition.direction if definition else "higher",
        per_year=target.unit.endswith("/年"),
        upper=_upper(definition),
    )
    return Standing(
        target=target,
        promise=promise(target),
        indicator=label_of(definition.label) if definition else "",
        unit=unit,
        scale=scale,
        observations=observed,
        attainment=measures.attain(
            asked,
            _with_baseline(target, observed, scale),
            on=on,
            thresholds=thresholds(on, target.region.path),
        ),
    )


def unit_of(target: Target, definition: measures.Definition | None) -> tuple[str, float]:
    """Return the word of the unit in which values are shown, and the factor to it."""
    if definition is None:
        return ("share", 0.01) if target.unit in ("%", "％") else (target.unit, 1.0)
    word = "share" if definition.unit == "share" else target.unit
    written = indicators.units().written(target.unit)
    scale = next((unit.scale for unit in written if unit.code == definition.unit), 1.0)
    return word, scale


def _upper(definition: measures.Definition | None) -> float | None:
    unit = indicators.units().get(definition.unit) if definition else None
    return unit.upper if unit else None


def _since_baseline(
    target: Target, seen: Sequence[indicators.Seen], on: datetime.date
) -> list[indicators.Seen]:
    """Keep what counts: from the year before the plan began, up to the day of judgement."""
    document = target.document
    begins = document.plan_starts_on or document.issued_on
    first = target.baseline_year or (begins.year - 1 if begins else 0)
    return [item for item in seen if first <= item.year <= on.year]


def _with_baseline(
    target: Target, observed: Sequence[indicators.Seen], scale: float
) -> list[measures.Observation]:
    values = {item.year: item.value for item in observed}
    if target.baseline_value is not None and target.baseline_year is not None:
        values[target.baseline_year] = target.baseline_value * scale
    return [measures.Observation(year, value) for year, value in values.items()]
