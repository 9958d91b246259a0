"""Types: read from files or made on screen, retired; calls for applications; keeping."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.registers import permissions, queries
from jiangxin.apps.registers.models import Call, Keeping, RegisterType, TypeVersion
from jiangxin.apps.registers.models.definition import parse_definition, resolved
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid
from jiangxin.core.forms import InvalidForm
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Loaded:
    """What reading the files did, as codes of types."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    # changed on screen and in the file: the screen stays until somebody saves the type again
    held_back: tuple[str, ...]


@transaction.atomic
def load_types(*, by: Viewer, at: datetime.datetime, folder: Path = queries.FOLDER) -> Loaded:
    """Read all files of types; a changed file becomes a new version, an unchanged one nothing.

    Raises:
        InvalidForm: a file is wrong; nothing was changed.
    """
    permissions.can_manage_types(by).enforce()
    known = {kind.code: kind for kind in RegisterType.objects.select_for_update()}
    new, changed, held_back = [], [], []
    for code, raw in queries.raw_files(folder).items():
        digest = queries.hash_of(raw)
        kind = known.get(code)
        if kind is None:
            kind = RegisterType(code=code, source=RegisterType.Source.FILE)
            new.append(code)
        elif kind.file_hash == digest:
            continue
        elif kind.source == RegisterType.Source.SCREEN:
            held_back.append(code)
            continue
        else:
            changed.append(code)
        kind.file_hash = digest
        kind.save()
        _add_version(kind, raw, digest, at.date(), by=by, at=at)
    if new or changed:
        audit.record(
            "registers.types.loaded",
            by=by,
            at=at,
            subject=None,
            path=permissions.NATION_PATH,
            data={"new": new, "changed": changed, "held_back": held_back},
        )
    return Loaded(tuple(new), tuple(changed), tuple(held_back))


@transaction.atomic
def save_type(
    *,
    raw: Mapping[str, Any],
    by: Viewer,
    at: datetime.datetime,
    version: int = 0,
    in_force_from: datetime.date | None = None,
) -> TypeVersion:
    """Make a type on screen, or change one; what was filled in keeps the earlier version.

    Args:
        raw: the definition as in a file.
        version: number of the version that the person changed; 0 for a new type.

    Raises:
        InvalidForm: the definition is wrong; names the place.
        Conflict: a type of this code exists, or somebody changed it meanwhile.
    """
    permissions.can_manage_types(by).enforce()
    code = str(raw.get("code") or "")
    newest = {
        found.type.code: found
        for found in TypeVersion.objects.filter(
            pk__in=queries.current_version_ids(on=datetime.date.max).values()
        ).select_related("type")
    }
    whole = resolved(raw, {known: found.definition for known, found in newest.items()})
    definition = parse_definition(whole)
    for rule in definition.counting:
        for other in rule.together_with:
            if other not in newest:
                raise InvalidForm(
                    _("There is no type “%(code)s”.") % {"code": other},
                    path=f"counting.{rule.code}",
                )
    kind = RegisterType.objects.select_for_update().filter(code=code).first()
    if kind is not None and newest[code].number != version:
        raise Conflict(
            _("There is a newer version of this type, made by %(name)s. Look at it first.")
            % {"name": newest[code].made_by_name},
            data={"version": newest[code].number},
        )
    if kind is None:
        kind = RegisterType(code=code)
    kind.source = RegisterType.Source.SCREEN
    on_file = queries.raw_files().get(code)
    kind.file_hash = "" if on_file is None else queries.hash_of(on_file)
    kind.save()
    digest = queries.hash_of(whole)
    made = _add_version(kind, whole, digest, in_force_from or at.date(), by=by, at=at)
    audit.record(
        "registers.type.saved",
        by=by,
        at=at,
        subject=kind,
        path=permissions.NATION_PATH,
        data={"code": code, "version": made.number},
    )
    return made


def _add_version(
    kind: RegisterType,
    raw: Mapping[str, Any],
    digest: str,
    in_force_from: datetime.date,
    *,
    by: Viewer,
    at: datetime.datetime,
) -> TypeVersion:
    last = kind.versions.order_by("-number").first()
    return TypeVersion.objects.create(
        type=kind,
        number=1 if last is None else last.number + 1,
        definition=dict(raw),
        hash=digest,
        in_force_from=in_force_from,
        made_by_name=by.name[:100],
        made_at=at,
    )


@transaction.atomic
def retire_type(
    *, kind: RegisterType, is_retired: bool, by: Viewer, at: datetime.datetime
) -> RegisterType:
    """Take a type out of use or back into it; what was recognised stays as it is."""
    kind = kind.locked()
    permissions.can_manage_types(by).enforce()
    kind.is_retired = is_retired
    kind.save()
    audit.record(
        "registers.type.retired" if is_retired else "registers.type.restored",
        by=by,
        at=at,
        subject=kind,
        path=permissions.NATION_PATH,
        data={"code": kind.code},
    )
    return kind


@transaction.atomic
def make_call(
    *,
    kind: RegisterType,
    level: str,
    region: Any,
    title: str,
    opens_at: datetime.datetime,
    closes_at: datetime.datetime,
    by: Viewer,
    at: datetime.datetime,
    quota: int | None = None,
    document: str = "",
    is_simulated: bool = False,
) -> Call:
    """Call for applications of a type in a region; those within it may apply in the window.

    Raises:
        Invalid: the window, the quota or the level cannot be; names the fields.
    """
    scope = accounts.scope_of_region(region)
    permissions.can_make_call(by, scope.path).enforce()
    definition = queries.current_definition(kind, on=at.date())
    problems = _call_problems(title, opens_at, closes_at, quota)
    if level not in definition.levels:
        problems["level"] = _("This type is not recognised at this level.")
    if kind.is_retired:
        problems["type"] = _("This register is closed to new applications.")
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    call = Call.objects.create(
        type=kind,
        level=level,
        scope=scope,
        region=region,
        title=title.strip(),
        opens_at=opens_at,
        closes_at=closes_at,
        quota=quota,
        document=document.strip()[:200],
        made_by_name=by.name[:100],
        is_simulated=is_simulated,
    )
    audit.record(
        "registers.call.made",
        by=by,
        at=at,
        subject=call,
        path=scope.path,
        data={"title": call.title, "quota": quota},
    )
    return call


@transaction.atomic
def change_call(
    *,
    call: Call,
    title: str,
    opens_at: datetime.datetime,
    closes_at: datetime.datetime,
    quota: int | None,
    document: str,
    by: Viewer,
    at: datetime.datetime,
) -> Call:
    """Change the words, the window or the quota of a call.

    Raises:
        Invalid: the window or the quota cannot be, or more were recognised already.
    """
    call = call.locked()
    permissions.can_change_call(by, call).enforce()
    problems = _call_problems(title, opens_at, closes_at, quota)
    recognised = call.applications.filter(state="recognised").count()
    if quota is not None and quota < recognised:
        problems["quota"] = _("%(n)s were recognised under this call already.") % {"n": recognised}
    if problems:
        raise Invalid(_("Some values cannot be used; see the fields."), data={"fields": problems})
    before = {"closes_at": call.closes_at, "quota": call.quota}
    call.title, call.document = title.strip(), document.strip()[:200]
    call.opens_at, call.closes_at, call.quota = opens_at, closes_at, quota
    call.save()
    audit.record(
        "registers.call.changed",
        by=by,
        at=at,
        subject=call,
        path=call.scope.path,
        data={key: [old, getattr(call, key)] for key, old in before.items()},
    )
    return call


def _call_problems(
    title: str, opens_at: datetime.datetime, closes_at: datetime.datetime, quota: int | None
) -> dict[str, str]:
    problems = {}
    if not title.strip() or len(title.strip()) > 200:
        problems["title"] = _("Give a title of at most %(n)s characters.") % {"n": 200}
    if closes_at <= opens_at:
        problems["closes_at"] = _("A call must close after it opens.")
    if quota is not None and quota < 1:
        problems["quota"] = _("At least 1, or nothing if there is no limit.")
    return problems


@transaction.atomic
def keep_registers(
    *,
    region: Any,
    since_year: int,
    by: Viewer,
    at: datetime.datetime,
    is_simulated: bool = False,
) -> Keeping:
    """Say that the region keeps all its registers here since a year: no row then means none.

    Raises:
        Invalid: the year lies in the future or too far back.
    """
    scope = accounts.scope_of_region(region)
    permissions.can_keep_registers(by, scope.path).enforce()
    if not 1990 <= since_year <= at.year:
        message = _("Give a year between 1990 and this year.")
        raise Invalid(message, data={"fields": {"since_year": message}})
    keeping, _new = Keeping.objects.update_or_create(
        region=region,
        defaults={
            "scope": scope,
            "since_year": since_year,
            "said_by_name": by.name[:100],
            "said_at": at,
            "is_simulated": is_simulated,
        },
    )
    audit.record(
        "registers.region.kept",
        by=by,
        at=at,
        subject=keeping,
        path=scope.path,
        data={"since_year": since_year},
    )
    return keeping
