"""What a collection asks: form, rhythm, audience, review; read from YAML or from the screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from jiangxin.core import forms
from jiangxin.core.errors import DomainError, Invalid

EVERY = ("year", "term", "quarter", "month", "once", "when_called")
# levels at which a step or a roll-up takes place, from below
LEVELS = ("county", "city", "province")
ROLES = frozenset({"officer", "leader", "office", "school", "enterprise"})
# a step is taken by who carries the duty of this role
STEP_DUTY = {"officer": "collections.review", "leader": "collections.approve"}
VERBS = ("approve", "consent", "record")

_KNOWN = frozenset(
    {
        *("code", "label", "group", "requirements", "purpose", "sources", "inferred", "audience"),
        *("filed_by", "recurrence", "reminders", "escalation_days", "review", "roll_up"),
        *("sections", "fields", "checks", "outlier_change", "on_approval"),
    }
)
_GROUPS = (
    *("consortia", "centres", "colleges", "schools", "construction", "teaching", "teachers"),
    *("digital", "research", "international", "rural", "finance", "governance", "honours"),
    "demand",
)


class InvalidCollection(Invalid):
    """The definition of a collection cannot be used; `data["path"]` names the place."""

    code = "invalid_collection"

    def __init__(self, path: str, what: str) -> None:
        message = f"{path}: {what}" if path else what
        super().__init__(message, data={"path": path, "fields": {"definition": message}})


@dataclass(frozen=True, slots=True)
class Source:
    """A document that asks for the collection, and what it says in our words."""

    document: str
    issuer: str = ""
    number: str = ""
    article: str = ""
    says: forms.Label | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Who files: organisations of some kinds, or the regions of a rank below the bureau.

    Args:
        kinds, stages, ownership: empty means any.
        regions: "county" or "city"; empty where organisations file.
    """

    kinds: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    ownership: tuple[str, ...] = ()
    regions: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a rhythm, counted from the start of its year, quarter, month or term.

    Args:
        month: 1 is the first month; 13 is January of the next year. Terms have no months: `day`
            counts from their first day.
        year: only for what happens once.
    """

    day: int
    month: int = 1
    year: int = 0


@dataclass(frozen=True, slots=True)
class Recurrence:
    """When editions open and are due.

    Args:
        late_days: how long after the deadline a late return is still taken.
        year_offset: which year a return speaks of, counted from the year in which it opens.
    """

    every: str
    opens: Day | None = None
    due: Day | None = None
    late_days: int = 0
    year_offset: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A review: by which role, at which level, and what it does."""

    by: str
    at: str
    verb: str

    @property
    def duty(self) -> str:
        """The duty that the reviewer must carry."""
        return STEP_DUTY[self.by]


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """A step as one filer meets it: with the scope path of the bureau that takes it."""

    step: Step
    path: str


@dataclass(frozen=True, slots=True)
class Hook:
    """What happens with approved values: an action of a lower app and expressions for it."""

    action: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a collection, ready to use."""

    code: str
    label: forms.Label
    group: str
    requirements: tuple[str, ...]
    purpose: forms.Label
    sources: tuple[Source, ...]
    # what no document says and we decided
    inferred: forms.Label | None
    audience: Audience
    filed_by: tuple[str, ...]
    recurrence: Recurrence
    reminders: tuple[int, ...]
    escalation_days: int | None
    review: tuple[Step, ...]
    roll_up: bool
    outlier_change: float | None
    on_approval: Hook | None
    form: forms.Form = field(repr=False)


def places_of(path: str) -> dict[str, str]:
    """Return the region path of each level that lies on a region path.

    Codes of GB/T 2260 tell their level: 500000 is a province, 510100 a city, 510115 a county. A
    municipality has no city on its path, and development zones count as counties.
    """
    found: dict[str, str] = {}
    walked = ""
    for code in path.rstrip("/").split("/"):
        walked += f"{code}/"
        if code.startswith("@") or code == "000000":
            continue
        level = "province" if code.endswith("0000") else "city" if code.endswith("00") else "county"
        found[level] = walked
    return found


def placed_steps(
    steps: Sequence[Step], *, path: str, top: str, files_itself: bool
) -> tuple[PlacedStep, ...]:
    """Return the steps that a filer climbs.

    A step is left out where the place has no such level, above the bureau that asks, and at the
    filer's own level where a region files. If none is left, the bureau that asks takes the last.

    Args:
        path: region path of the filer.
        top: region path of the bureau that asks.
        files_itself: the region files, not an organisation in it.
    """
    places = places_of(path)
    placed = tuple(
        PlacedStep(step, places[step.at])
        for step in steps
        if places.get(step.at, "").startswith(top)
        and not (files_itself and places[step.at] == path)
    )
    return placed or (PlacedStep(steps[-1], top),)


def parse_definition(raw: Mapping[str, Any], *, version: int = 1) -> Definition:
    """Read a definition.

    Args:
        raw: parsed YAML, as described in docs/adr/0013-collections.md.
        version: number of the form, which filings keep.

    Raises:
        InvalidCollection: names the place and what to write there instead.
    """
    if not isinstance(raw, Mapping):
        raise InvalidCollection("", _("Write a mapping that begins with “code:”."))
    for key in raw:
        if key not in _KNOWN:
            raise InvalidCollection(
                str(key),
                _("No such entry. Known are: %(known)s.") % {"known": _row(sorted(_KNOWN))},
            )
    code = _text(raw, "code")
    if not (code.isidentifier() and code.isascii() and code == code.lower()) or len(code) > 60:
        raise InvalidCollection(
            "code",
            _("Use up to 60 small letters, digits and underscores, beginning with a letter."),
        )
    audience = _audience(_mapping(raw, "audience"))
    filed_by = _words(raw, "filed_by", ROLES, default=_default_filers(audience))
    if bool(audience.regions) != (not {"school", "enterprise", "office"} & set(filed_by)):
        raise InvalidCollection(
            "filed_by",
            _("Regions file through officers or leaders, organisations through their own roles."),
        )
    return Definition(
        code=code,
        label=_label(raw, "label"),
        group=_word(raw, "group", _GROUPS),
        requirements=_strings(raw.get("requirements", ()), "requirements"),
        purpose=_label(raw, "purpose"),
        sources=_sources(raw.get("sources", ())),
        inferred=_bilingual(raw, "inferred"),
        audience=audience,
        filed_by=filed_by,
        recurrence=_recurrence(_mapping(raw, "recurrence")),
        reminders=_days(raw.get("reminders", ()), "reminders"),
        escalation_days=_optional_number(raw, "escalation_days"),
        review=_review(raw.get("review", ())),
        roll_up=_flag(raw, "roll_up"),
        outlier_change=_share(raw, "outlier_change"),
        on_approval=_hook(raw.get("on_approval")),
        form=_form(raw, code, version),
    )


def _form(raw: Mapping[str, Any], code: str, version: int) -> forms.Form:
    parts = {key: raw[key] for key in ("sections", "fields", "checks") if key in raw}
    try:
        return forms.parse_form(parts, code=code, version=version)
    except DomainError as error:
        path = str(error.data.get("path", "fields"))
        message = error.message.removeprefix(f"{path}: ")
        raise InvalidCollection(path, message) from error


def _default_filers(audience: Audience) -> tuple[str, ...]:
    if audience.regions:
        return ("officer",)
    return ("school",) if set(audience.kinds) <= {"school"} else ("school", "enterprise", "office")


def _audience(raw: Mapping[str, Any]) -> Audience:
    _only(raw, ("kinds", "stages", "ownership", "regions"), "audience")
    regions = str(raw.get("regions", ""))
    if regions and regions not in ("county", "city"):
        raise InvalidCollection("audience.regions", _("Write “county” or “city”."))
    kinds, stages, ownership = (
        _strings(raw.get(name, ()), f"audience.{name}") for name in ("kinds", "stages", "ownership")
    )
    if regions and (kinds or stages or ownership):
        raise InvalidCollection(
            "audience", _("Either regions file or organisations: leave one of them out.")
        )
    if not regions and not kinds:
        raise InvalidCollection("audience.kinds", _("Say which kinds of organisations file."))
    return Audience(kinds, stages, ownership, regions)


def _recurrence(raw: Mapping[str, Any]) -> Recurrence:
    _only(raw, ("every", "opens", "due", "late_days", "year_offset"), "recurrence")
    every = _word(raw, "every", EVERY, at="recurrence.")
    late = _optional_number(raw, "late_days", at="recurrence.") or 0
    offset = raw.get("year_offset", 0)
    if not isinstance(offset, int) or abs(offset) > 5:
        raise InvalidCollection("recurrence.year_offset", _("Write a small whole number."))
    if every == "when_called":
        return Recurrence(every, late_days=late, year_offset=offset)
    opens = _day(_mapping(raw, "opens", "recurrence."), "recurrence.opens", every)
    due = _day(_mapping(raw, "due", "recurrence."), "recurrence.due", every)
    if every == "year" and (due.month, due.day) < (opens.month, opens.day):
        due = Day(due.day, due.month + 12)  # “opens in December, due in January”
    if (due.year, due.month, due.day) < (opens.year, opens.month, opens.day):
        raise InvalidCollection("recurrence.due", _("The deadline lies before the opening."))
    return Recurrence(every, opens, due, late, offset)


def _day(raw: Mapping[str, Any], path: str, every: str) -> Day:
    allowed = {"once": ("year", "month", "day"), "term": ("day",)}.get(every, ("month", "day"))
    _only(raw, allowed, path)
    needed = {"year": ("month", "day"), "once": ("year", "month", "day")}.get(every, ("day",))
    for name in needed:
        if name not in raw:
            raise InvalidCollection(f"{path}.{name}", _("This number is missing."))
    limits = {"year": (2000, 2100), "month": (1, 24), "day": (1, 31 if every != "term" else 300)}
    for name, number in raw.items():
        low, high = limits[name]
        if not isinstance(number, int) or not low <= number <= high:
            raise InvalidCollection(
                f"{path}.{name}",
                _("Write a whole number from %(low)s to %(high)s.") % {"low": low, "high": high},
            )
    return Day(raw["day"], raw.get("month", 1), raw.get("year", 0))


def _review(raw: Any) -> tuple[Step, ...]:
    steps: list[Step] = []
    for index, step in enumerate(_list(raw, "review")):
        path = f"review[{index}]"
        if not isinstance(step, Mapping):
            raise InvalidCollection(path, _("Write {by: …, at: …, verb: …}."))
        _only(step, ("by", "at", "verb"), path)
        found = Step(
            _word(step, "by", tuple(STEP_DUTY), at=f"{path}."),
            _word(step, "at", LEVELS, at=f"{path}."),
            _word(step, "verb", VERBS, at=f"{path}."),
        )
        if steps and LEVELS.index(found.at) < LEVELS.index(steps[-1].at):
            raise InvalidCollection(f"{path}.at", _("Steps climb: first county, city, province."))
        if found in steps:
            raise InvalidCollection(path, _("This step stands here twice."))
        steps.append(found)
    if not steps:
        raise InvalidCollection("review", _("Name at least one step that reviews the return."))
    return tuple(steps)


def _hook(raw: Any) -> Hook | None:
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise InvalidCollection("on_approval", _("Write {action: …, values: {…}}."))
    _only(raw, ("action", "values"), "on_approval")
    values = _mapping(raw, "values", "on_approval.")
    return Hook(
        _text(raw, "action", "on_approval."), {str(key): str(text) for key, text in values.items()}
    )


def _sources(raw: Any) -> tuple[Source, ...]:
    found = []
    for index, source in enumerate(_list(raw, "sources")):
        path = f"sources[{index}]"
        if not isinstance(source, Mapping) or "document" not in source:
            raise InvalidCollection(path, _("A source names its document."))
        names = ("document", "issuer", "number", "article")
        _only(source, (*names, "says"), path)
        texts = {name: str(source.get(name, "")) for name in names}
        found.append(Source(**texts, says=_bilingual(source, "says", f"{path}.")))
    return tuple(found)


def _bilingual(raw: Mapping[str, Any], key: str, at: str = "") -> forms.Label | None:
    """Read words in both languages; a plain text stands for both."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    return forms.Label(value, value) if isinstance(value, str) else _label(raw, key, at)


def _label(raw: Mapping[str, Any], key: str, at: str = "") -> forms.Label:
    value = raw.get(key)
    if not isinstance(value, Mapping) or not value.get("en") or not value.get("zh-Hans"):
        raise InvalidCollection(at + key, _("Write it in both languages: {en: …, zh-Hans: …}."))
    return forms.Label(str(value["en"]), str(value["zh-Hans"]))


def _mapping(raw: Mapping[str, Any], key: str, at: str = "") -> Mapping[str, Any]:
    value = raw.get(key)
    if not isinstance(value, Mapping) or not value:
        raise InvalidCollection(at + key, _("This entry is missing, or is no mapping."))
    return value


def _text(raw: Mapping[str, Any], key: str, at: str = "") -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidCollection(at + key, _("This entry is missing, or is no text."))
    return value.strip()


def _word(raw: Mapping[str, Any], key: str, known: Sequence[str], at: str = "") -> str:
    value = _text(raw, key, at)
    if value not in known:
        raise InvalidCollection(
            at + key,
            _("“%(value)s” is not known here. Known are: %(known)s.")
            % {"value": value, "known": _row(known)},
        )
    return value


def _words(
    raw: Mapping[str, Any], key: str, known: frozenset[str], *, default: tuple[str, ...]
) -> tuple[str, ...]:
    words = _strings(raw.get(key, default), key)
    for word in words:
        _word({key: word}, key, sorted(known))
    return words or default


def _strings(raw: Any, path: str) -> tuple[str, ...]:
    return tuple(str(item) for item in _list(raw, path))


def _list(raw: Any, path: str) -> Sequence[Any]:
    if isinstance(raw, str) or not isinstance(raw, Sequence):
        raise InvalidCollection(path, _("Write a list."))
    return raw


def _days(raw: Any, path: str) -> tuple[int, ...]:
    days = _list(raw, path)
    if not all(isinstance(day, int) and abs(day) <= 366 for day in days):
        raise InvalidCollection(path, _("Write whole numbers of days."))
    return tuple(sorted(set(days), reverse=True))


def _optional_number(raw: Mapping[str, Any], key: str, at: str = "") -> int | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 366:
        raise InvalidCollection(at + key, _("Write a whole number of days."))
    return value


def _share(raw: Mapping[str, Any], key: str) -> float | None:
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 100:
        raise InvalidCollection(key, _("Write a share such as 0.3 for 30 %."))
    return float(value)


def _flag(raw: Mapping[str, Any], key: str) -> bool:
    value = raw.get(key, False)
    if not isinstance(value, bool):
        raise InvalidCollection(key, _("Write true or false."))
    return value


def _only(raw: Mapping[str, Any], known: Sequence[str], path: str) -> None:
    for key in raw:
        if key not in known:
            raise InvalidCollection(
                f"{path}.{key}", _("No such entry. Known are: %(known)s.") % {"known": _row(known)}
            )


def _row(words: Sequence[str]) -> str:
    return _(", ").join(words)
