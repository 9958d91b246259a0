"""Types: the files that say them, the versions in force, their words, and what counts them."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

import jiangxin
from jiangxin.apps.registers.models import Application, Call, Entry, RegisterType, TypeVersion
from jiangxin.apps.registers.models.definition import (
    Counting,
    RegisterDefinition,
    parse_definition,
    resolved,
)
from jiangxin.apps.registers.workflow import OPEN, UNDER_WAY, EntryState, Group
from jiangxin.core.errors import NotFound
from jiangxin.core.forms import InvalidForm
from jiangxin.core.permissions import Viewer
from jiangxin.engines.base import Fields, InvalidProblem

FOLDER = Path(jiangxin.__file__).parent / "rules" / "registers"
# indicators look this far back; a definition counts for every year that facts exist for
_COUNTED_FROM = datetime.date(2015, 1, 1)

# parsed definitions by hash and number: a version never changes
_PARSED: dict[tuple[str, int], RegisterDefinition] = {}


class TypeNotFound(NotFound):
    """There is no register of this code."""

    code = "register_type_not_found"


def raw_files(folder: Path = FOLDER) -> dict[str, dict[str, Any]]:
    """Return what the files say, by code, with `extends` written out.

    Raises:
        InvalidForm: a file is wrong; names file and place.
    """
    raws: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            raws[path.stem] = Fields.of_yaml(path.read_text(encoding="utf-8")).content()
        except InvalidProblem as problem:
            raise InvalidForm(problem.message, path=path.name) from problem
        if raws[path.stem].get("code") != path.stem:
            raise InvalidForm(_("The code must be the name of the file."), path=path.name)
    found = {}
    for code, raw in raws.items():
        try:
            found[code] = resolved(raw, raws)
            parse_definition(found[code])
        except InvalidForm as error:
            raise InvalidForm(error.message, path=f"{code}.yaml") from error
    return found


def hash_of(raw: Mapping[str, Any]) -> str:
    """Return the hash by which two wordings of a type are compared; the order of fields counts."""
    canonical = json.dumps(raw, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def definition_of(version: TypeVersion) -> RegisterDefinition:
    """Return what a version says, parsed once per process."""
    key = (version.hash, version.number)
    if key not in _PARSED:
        _PARSED[key] = parse_definition(version.definition, version=version.number)
    return _PARSED[key]


def definitions_of(version_ids: Iterable[int]) -> dict[int, RegisterDefinition]:
    """Return what versions say, by their id; two queries at most."""
    light = list(
        TypeVersion.objects.filter(pk__in=set(version_ids)).values_list("pk", "hash", "number")
    )
    missing = [pk for pk, digest, number in light if (digest, number) not in _PARSED]
    for version in TypeVersion.objects.filter(pk__in=missing) if missing else ():
        definition_of(version)
    return {pk: _PARSED[digest, number] for pk, digest, number in light}


def current_version_ids(*, on: datetime.date) -> dict[int, int]:
    """Return the id of the newest version in force on the day, by id of the type."""
    rows = TypeVersion.objects.filter(in_force_from__lte=on).order_by("type", "-number")
    found: dict[int, int] = {}
    for type_id, pk in rows.values_list("type", "pk"):
        found.setdefault(type_id, pk)
    return found


def current_version(kind: RegisterType, *, on: datetime.date) -> TypeVersion:
    """Return the version with which new applications are filled in.

    Raises:
        TypeNotFound: no version is in force yet.
    """
    found: TypeVersion | None = (
        kind.versions.filter(in_force_from__lte=on).order_by("-number").first()
    )
    if found is None:
        raise TypeNotFound
    return found


def current_definition(kind: RegisterType, *, on: datetime.date) -> RegisterDefinition:
    """Return what the type says today."""
    return definition_of(current_version(kind, on=on))


def current_definitions(*, on: datetime.date) -> dict[str, RegisterDefinition]:
    """Return what all types say today, by code, in the order of groups and labels."""
    found = definitions_of(current_version_ids(on=on).values()).values()
    order = list(Group.values)
    ranked = sorted(found, key=lambda d: (order.index(d.group), d.label.zh_hans))
    return {definition.code: definition for definition in ranked}


def get_type(code: str) -> RegisterType:
    """Return one type, or raise TypeNotFound."""
    found: RegisterType | None = RegisterType.objects.filter(code=code).first()
    if found is None:
        raise TypeNotFound
    return found


def get_version(kind: RegisterType, number: int) -> TypeVersion:
    """Return one version of a type, or raise TypeNotFound."""
    found: TypeVersion | None = kind.versions.filter(number=number).first()
    if found is None:
        raise TypeNotFound
    return found


def versions_of(kind: RegisterType) -> list[TypeVersion]:
    """List the versions of a type, newest first, without what they say."""
    return list(kind.versions.defer("definition").order_by("-number"))


def type_labels(*, on: datetime.date) -> dict[str, str]:
    """Return the name of each type in the language of the reader, by code."""
    return {code: str(found.label) for code, found in current_definitions(on=on).items()}


@dataclass(frozen=True, slots=True)
class TypeCard:
    """A type on the overview, with how many there are within the viewer's region."""

    code: str
    definition: RegisterDefinition
    is_retired: bool
    is_from_screen: bool
    in_force: int
    ended: int
    by_level: Mapping[str, int]
    # of these, the viewer sees only what is within their scope
    open_applications: int
    open_calls: int
    is_simulated: bool


def overview(
    viewer: Viewer, *, at: datetime.datetime, region: Any = None
) -> list[tuple[str, list[TypeCard]]]:
    """List all types by group with counts of what the viewer may see.

    Args:
        region: counts what lies in this region; None counts all that the viewer may see.
    """
    entries = Entry.objects.visible_to(viewer)
    applications = Application.objects.visible_to(viewer).filter(state__in=OPEN)
    calls = Call.objects.visible_to(viewer).open_at(at)
    if region is not None:
        entries = entries.filter(region__path__startswith=region.path)
        applications = applications.filter(region__path__startswith=region.path)
    counts: dict[int, list[tuple[str, str, int, int]]] = {}
    rows = (
        entries.order_by()
        .values("type", "state", "level")
        .annotate(n=Count("pk"), simulated=Count("pk", filter=Q(is_simulated=True)))
    )
    for row in rows:
        counts.setdefault(row["type"], []).append(
            (row["state"], row["level"], row["n"], row["simulated"])
        )
    under_way = _counted(applications)
    called = _counted(calls)
    types = {kind.code: kind for kind in RegisterType.objects.all()}
    groups: dict[str, list[TypeCard]] = {}
    for code, definition in current_definitions(on=at.date()).items():
        kind = types[code]
        mine = counts.get(kind.pk, [])
        levels = {
            level: sum(n for state, of, n, _s in mine if of == level and state == "in_force")
            for level in definition.levels
        }
        card = TypeCard(
            code=code,
            definition=definition,
            is_retired=kind.is_retired,
            is_from_screen=kind.source == RegisterType.Source.SCREEN,
            in_force=sum(n for state, _l, n, _s in mine if state == EntryState.IN_FORCE),
            ended=sum(n for state, _l, n, _s in mine if state != EntryState.IN_FORCE),
            by_level=levels,
            open_applications=under_way.get(kind.pk, 0),
            open_calls=called.get(kind.pk, 0),
            is_simulated=any(s for _state, _l, _n, s in mine),
        )
        groups.setdefault(str(Group(definition.group).label), []).append(card)
    return list(groups.items())


def _counted(rows: Any) -> dict[int, int]:
    return dict(rows.order_by().values_list("type").annotate(n=Count("pk")))


def calls(viewer: Viewer, *, at: datetime.datetime | None = None, type_code: str = "") -> Any:
    """List calls that concern the viewer, the last to close first; with `at` only open ones."""
    found = Call.objects.visible_to(viewer).select_related("type", "region", "scope")
    if at is not None:
        found = found.open_at(at)
    return found.filter(type__code=type_code) if type_code else found


def get_call(uuid: UUID | str, *, viewer: Viewer) -> Call:
    """Return one call that concerns the viewer, or raise NotFound."""
    found: Call | None = calls(viewer).filter(uuid=uuid).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class Ranked:
    """An application to a call with its place by the experts' score."""

    application: Application
    place: int
    is_within_quota: bool


def ranking(call: Call, *, viewer: Viewer) -> list[Ranked]:
    """Rank the scored applications to a call that are still open or were recognised.

    Equal scores share a place; whoever shares the last place within the quota is within it.
    """
    rows = (
        Application.objects.visible_to(viewer)
        .filter(call=call, score__isnull=False)
        .filter(state__in=(*UNDER_WAY, "recognised"))
        .select_related("organisation", "region")
        .order_by("-score", "submitted_at", "pk")
    )
    ranked: list[Ranked] = []
    for index, row in enumerate(rows, start=1):
        same = ranked and ranked[-1].application.score == row.score
        place = ranked[-1].place if same else index
        ranked.append(Ranked(row, place, call.quota is None or place <= call.quota))
    return ranked


def counting_definitions_of_files() -> Iterator[dict[str, Any]]:
    """Return the indicators that the counting rules of the shipped types make; no database."""
    for raw in raw_files().values():
        yield from _indicators(parse_definition(raw))


def counting_definitions(*, on: datetime.date) -> Iterator[dict[str, Any]]:
    """Return the indicators that the counting rules of all types in force make.

    Each is a mapping of the shape of `rules/indicators/*.yaml`.
    """
    for definition in current_definitions(on=on).values():
        yield from _indicators(definition)


def _indicators(definition: RegisterDefinition) -> Iterator[dict[str, Any]]:
    for rule in definition.counting:
        if rule.code:
            yield _indicator(definition, rule)


def _indicator(definition: RegisterDefinition, rule: Counting) -> dict[str, Any]:
    types = [definition.code, *rule.together_with]
    where: dict[str, Any] = {"type": types if rule.together_with else definition.code}
    if rule.levels:
        where["level"] = list(rule.levels)
    if rule.kinds:
        where["kind"] = list(rule.kinds)
    if rule.since is not None:
        where["first_year"] = {"at_least": rule.since}
    term: dict[str, Any] = {"fact": "recognitions", "where": where}
    formula = {"sum": {**term, "column": "quantity"}} if rule.quantity else {"count": term}
    assert rule.label is not None  # noqa: S101 -- the parser gives every rule with a code one
    since = (
        ("", "")
        if rule.since is None
        else (
            f" First recognised in {rule.since} or later.",
            f"限{rule.since}年及以后首次认定的。",
        )
    )
    return {
        "code": rule.code,
        "label": {"en": rule.label.en, "zh-Hans": rule.label.zh_hans},
        "unit": rule.unit,
        "direction": "higher",
        "grain": "region",
        "formula": formula,
        "sources": [
            {
                key: value
                for key, value in (
                    ("document", source.document),
                    ("issuer", source.issuer),
                    ("number", source.number),
                    ("clause", source.article),
                )
                if value
            }
            for source in definition.sources
        ],
        "inferred": {
            "en": f"Taken as the things in force in the year.{since[0]}",
            "zh-Hans": f"按当年有效数量统计。{since[1]}",
        },
        "effective_from": _COUNTED_FROM,
        "requirements": list(rule.requirements or definition.requirements),
        "terms": list(rule.terms),
    }
