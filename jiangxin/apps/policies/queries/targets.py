"""Reads of targets: what was promised, what was measured, where it stands, and why."""

from __future__ import annotations

import datetime
import uuid as uuids
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.indicators.queries.definitions import label_of
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies.models import Contradiction, Target
from jiangxin.apps.policies.queries.rules import thresholds
from jiangxin.apps.policies.queries.segments import Segment
from jiangxin.apps.policies.workflow import Verdict
from jiangxin.apps.reference import queries as reference
from jiangxin.core.errors import NotFound
from jiangxin.core.permissions import Viewer
from jiangxin.engines import measures
from jiangxin.ui.numbers import amount

if TYPE_CHECKING:
    from jiangxin.apps.reference.models import Region
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
    for code in sorted(outside):
        published = indicators.published_observations(region=code)
        for indicator, observed in published.items():
            found[(indicator, "region", code)] = observed
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


def targets(
    *,
    viewer: Viewer,
    on: datetime.date,
    region_path: str = "",
    document: uuids.UUID | str = "",
    standing: str = "",
    due_year: int | None = None,
    binding: str = "",
    text: str = "",
) -> list[Standing]:
    """List adopted targets with where they stand, nearest deadline first.

    Args:
        region_path: only targets of this region and of those below it.
        binding: "bound" (confirmed), "suggested" or "none".
        text: words of the metric or of whom it concerns.
    """
    rows = (
        Target.objects.visible_to(viewer).adopted().select_related("region", "document", "clause")
    )
    rows = rows.defer("document__text", "document__references")
    if region_path:
        rows = rows.filter(region__path__startswith=region_path)
    if document:
        rows = rows.filter(document__uuid=document)
    if due_year:
        rows = rows.filter(due_on__year=due_year)
    if binding:
        rows = rows.filter(binding="confirmed" if binding == "bound" else binding)
    if text:
        rows = rows.filter(metric__icontains=text) | rows.filter(scope_text__icontains=text)
    found = standings(rows, viewer=viewer, on=on)
    if standing:
        found = [row for row in found if row.standing == standing]
    latest = datetime.date.max
    return sorted(
        found, key=lambda row: (row.due_on or latest, row.target.document_id, row.target.pk)
    )


def get_target(uuid: uuids.UUID | str, *, viewer: Viewer) -> Target:
    """Return one target that the viewer may see, or raise NotFound."""
    target = (
        Target.objects.visible_to(viewer)
        .filter(uuid=uuid)
        .select_related("document__region", "document__scope", "region", "clause__parent")
        .prefetch_related(Prefetch("owners", organisations.organisations(viewer=viewer)))
        .first()
    )
    if target is None:
        raise NotFound
    return target


# letters of the text shown before and after the words of a target
CONTEXT = 160


def words_of(target: Target) -> list[Segment]:
    """Return the words of the target marked within its surroundings; empty without the text."""
    text = target.document.text
    if target.start is None or target.end is None or target.end > len(text):
        return []
    clause = target.clause
    begin = max(target.start - CONTEXT, clause.start or 0 if clause else 0, 0)
    end = min(target.end + CONTEXT, clause.end or len(text) if clause else len(text), len(text))
    before, words, after = (
        text[begin : target.start],
        text[target.start : target.end],
        text[target.end : end],
    )
    cut = "…"
    parts = [
        Segment((cut if begin else "") + before, "", (), ()),
        Segment(words, "", (target,), (target,)),
        Segment(after + (cut if end < len(text) else ""), "", (), ()),
    ]
    return [part for part in parts if part.text]


def indicator_options() -> list[tuple[str, str]]:
    """List all indicators by name, for a person who knows better than the suggestions."""
    return sorted(
        ((d.code, label_of(d.label)) for d in indicators.definitions()), key=lambda o: o[1]
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """An indicator that may measure a target, why, and whether a person rejected it."""

    code: str
    label: str
    score: float
    reason: str
    is_rejected: bool


def binding_choices(target: Target) -> list[Choice]:
    """List indicators that may measure the target, best first, the rejected ones last."""
    found = indicators.suggest(target.metric, unit=target.unit, scope=target.scope_text, limit=8)
    choices = [
        Choice(s.code, s.label, s.score, s.reason, s.code in target.rejected_indicators)
        for s in found
    ]
    return sorted(choices, key=lambda choice: (choice.is_rejected, -choice.score))


@dataclass(frozen=True, slots=True)
class Clash:
    """Targets that name different things for one metric, side by side."""

    contradiction: Contradiction
    differs: str
    targets: tuple[Target, ...]
    promises: tuple[str, ...]

    @property
    def sides(self) -> list[tuple[Target, str]]:
        """Each target with what it promises."""
        return list(zip(self.targets, self.promises, strict=True))


def contradictions(
    *,
    viewer: Viewer,
    region_path: str = "",
    target: Target | None = None,
    verdict: str = "",
) -> list[Clash]:
    """List contradictions that nobody dismissed, the undecided ones first."""
    rows = Contradiction.objects.visible_to(viewer).prefetch_related(
        "targets__document__region", "targets__clause", "targets__region"
    )
    if target is not None:
        rows = rows.filter(targets=target)
    if region_path:
        rows = rows.filter(targets__region__path__startswith=region_path).distinct()
    rows = rows.filter(verdict=verdict) if verdict else rows.exclude(verdict=Verdict.REJECTED)
    clashes = []
    for row in rows:
        both = tuple(sorted(row.targets.all(), key=lambda t: (t.start or 0, t.pk)))
        clashes.append(
            Clash(row, str(row.reason.get("differs", "")), both, tuple(map(promise, both)))
        )
    return sorted(clashes, key=lambda clash: clash.contradiction.verdict != Verdict.SUGGESTED)


def count_contradictions(*, viewer: Viewer, region_path: str = "") -> int:
    """Count the contradictions of a region subtree that nobody dismissed."""
    rows = Contradiction.objects.visible_to(viewer).exclude(verdict=Verdict.REJECTED)
    if region_path:
        rows = rows.filter(targets__region__path__startswith=region_path).distinct()
    return rows.count()


def get_contradiction(uuid: uuids.UUID | str, *, viewer: Viewer) -> Contradiction:
    """Return one contradiction of the viewer's scope, or raise NotFound."""
    found = Contradiction.objects.visible_to(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class RegionStandings:
    """How the promises of one region with everything below it stand."""

    code: str
    name: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Number of adopted targets."""
        return sum(self.counts.values())


def targets_by_status(*, region: Region, viewer: Viewer, on: datetime.date) -> RegionStandings:
    """Count the targets of a region subtree by where they stand."""
    rows = targets(viewer=viewer, on=on, region_path=region.path)
    return RegionStandings(region.code, region.name, _counted(rows))


def standings_below(*, region: Region, viewer: Viewer, on: datetime.date) -> list[RegionStandings]:
    """Count the targets of each region directly below; those without a target are left out."""
    rows = targets(viewer=viewer, on=on, region_path=region.path)
    found = []
    for child in reference.children_of(region.code, on=on):
        mine = [row for row in rows if row.target.region.path.startswith(child.path)]
        if mine:
            found.append(RegionStandings(child.code, child.name, _counted(mine)))
    return found


def _counted(rows: Iterable[Standing]) -> dict[str, int]:
    counts = dict.fromkeys(STANDINGS, 0)
    for row in rows:
        counts[row.standing] += 1
    return counts


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many promises are measured at all."""

    total: int
    bound: int
    suggested: int
    unbound: tuple[Target, ...]


def coverage(*, region: Region, viewer: Viewer) -> Coverage:
    """Tell which promises of a region subtree an indicator measures, and list those without."""
    rows = (
        Target.objects.visible_to(viewer)
        .adopted()
        .filter(region__path__startswith=region.path)
        .select_related("document", "region")
        .defer("document__text", "document__references")
    )
    by_binding: dict[str, list[Target]] = defaultdict(list)
    for row in rows:
        by_binding[row.binding].append(row)
    return Coverage(
        total=sum(map(len, by_binding.values())),
        bound=len(by_binding[Target.Binding.CONFIRMED]),
        suggested=len(by_binding[Target.Binding.SUGGESTED]),
        unbound=tuple(by_binding[Target.Binding.NONE]),
    )
