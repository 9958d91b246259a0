"""What is asked: collections are loaded from files or saved on screen, and run by bureaus."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.accounts.models import Scope
from jiangxin.apps.accounts.queries import scope_of_region
from jiangxin.apps.collections import permissions, queries
from jiangxin.apps.collections.actions import hooks
from jiangxin.apps.collections.models import (
    Collection,
    CollectionVersion,
    Definition,
    Edition,
    InvalidCollection,
    Running,
    parse_definition,
)
from jiangxin.core import audit
from jiangxin.core.errors import Conflict, Invalid, WrongState
from jiangxin.core.permissions import Viewer


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: codes of collections by outcome."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]


def load_collections(*, by: Viewer, at: datetime.datetime, folder: Path | None = None) -> Loaded:
    """Take over the files of rules/collections; what is known already changes nothing.

    Raises:
        InvalidCollection: a file cannot be used; names file and place. Nothing is taken over.
    """
    outcome: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": []}
    with transaction.atomic():
        for file in sorted((folder or queries.RULES).glob("*.yaml")):
            try:
                raw = queries.read_definition(file.read_text(encoding="utf-8"))
                if raw.get("code") != file.stem:
                    raise InvalidCollection("code", _("The code is the name of the file."))
                what = _keep(raw, scope=None, by=by, at=at)
            except InvalidCollection as error:
                raise InvalidCollection(file.name, error.message) from error
            outcome[what].append(file.stem)
    return Loaded(*(tuple(outcome[key]) for key in ("new", "changed", "unchanged")))


@transaction.atomic
def save_collection(
    *, text: str, scope: Scope, by: Viewer, at: datetime.datetime, code: str = ""
) -> Collection:
    """Make a collection on screen, or a new version of one that was made there.

    Editions that are open move on to the new version; drafts are carried over when they are
    next saved, and what was submitted keeps the version in which it was written.

    Args:
        text: YAML as in rules/collections.
        scope: the bureau that asks.
        code: of the collection that is changed; empty makes a new one.

    Raises:
        InvalidCollection: the definition cannot be used; names the place.
        NotPermitted: `by` does not manage collections in the scope.
    """
    permissions.can_manage_collections(by, scope.path).enforce()
    raw = queries.read_definition(text)
    if code and raw.get("code") != code:
        raise InvalidCollection("code", _("The code of a collection never changes: %s.") % code)
    known = Collection.objects.filter(code=raw.get("code", "")).first()
    if known is not None and (known.scope_id != scope.pk or not code):
        raise InvalidCollection("code", _("Another collection has this code; choose a new one."))
    _keep(raw, scope=scope, by=by, at=at)
    return Collection.objects.select_related("current").get(code=raw["code"])


def _keep(raw: Mapping[str, Any], *, scope: Scope | None, by: Viewer, at: datetime.datetime) -> str:
    """Store a definition as the newest version unless it says what the newest says."""
    text = json.dumps(raw, ensure_ascii=False, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()
    definition = parse_definition(json.loads(text))
    hooks.check(definition)
    collection = (
        Collection.objects.select_for_update(of=("self",)).filter(code=definition.code).first()
    )
    outcome = "changed"
    if collection is None:
        outcome = "new"
        collection = Collection.objects.create(
            code=definition.code,
            source=Collection.Source.SCREEN if scope else Collection.Source.RULES,
            scope=scope,
        )
    elif collection.scope_id != (scope.pk if scope else None):
        raise InvalidCollection("code", _("Another collection has this code; choose a new one."))
    newest = collection.current
    if newest is not None and newest.sha256 == digest:
        return "unchanged"
    version = CollectionVersion.objects.create(
        collection=collection,
        number=newest.number + 1 if newest else 1,
        content=text,
        sha256=digest,
        saved_at=at,
        saved_by_name=by.name[:100],
    )
    collection.current = version
    collection.save(update_fields=["current"])
    Edition.objects.filter(collection=collection, state__in=["planned", "open"]).update(
        version=version
    )
    audit.record(
        "collections.collection.saved",
        by=by,
        at=at,
        subject=collection,
        path=scope.path if scope else "",
        data={"code": collection.code, "version": version.number, "sha256": digest},
    )
    return outcome


@transaction.atomic
def run_collection(
    *,
    collection: Collection,
    region: Any,
    by: Viewer,
    at: datetime.datetime,
    starts_on: datetime.date | None = None,
    is_simulated: bool = False,
) -> Running:
    """Have the editions of a collection made in a region from a day on.

    Where a region below ran the collection itself, that ends: one authority asks, not two.

    Raises:
        WrongState: an authority above asks already.
        Conflict: the region runs it already.
        NotPermitted: `by` does not manage collections there.
    """
    permissions.can_manage_collections(by, region.path).enforce()
    _check_reach(collection.definition, region)
    on = starts_on or at.date()
    others = Running.objects.on(max(on, at.date())).filter(collection=collection)
    above = [region.path[: i + 1] for i, letter in enumerate(region.path) if letter == "/"]
    asking = others.filter(scope__path__in=above).select_related("scope").first()
    if asking is not None:
        if asking.scope.path == region.path:
            raise Conflict(_("This region already runs the collection."))
        raise WrongState(
            _("%(authority)s already asks for this; a second return would be double work.")
            % {"authority": asking.scope.label}
        )
    for below in others.filter(scope__path__startswith=region.path):
        below.ends_on = max(on, below.starts_on or on)
        below.save(update_fields=["ends_on"])
        _record("ended", below, by=by, at=at)
    running = Running.objects.create(
        collection=collection,
        scope=scope_of_region(region),
        region=region,
        starts_on=on,
        by_name=by.name[:100],
        is_simulated=is_simulated,
    )
    _record("begun", running, by=by, at=at)
    return running


def _check_reach(definition: Definition, region: Any) -> None:
    rank = definition.audience.regions
    order = ("nation", "province", "city", "county", "zone")
    if rank and order.index(region.level) >= order.index(rank):
        message = _("Below this region lies nobody whom the collection is for.")
        raise Invalid(message, data={"fields": {"region": message}})


@transaction.atomic
def stop_running(*, running: Running, by: Viewer, at: datetime.datetime) -> Running:
    """Make no further editions from today on; those that are open go on to their end.

    Raises:
        WrongState: it has ended already.
        NotPermitted: `by` does not manage collections there.
    """
    running = running.locked()
    permissions.can_manage_collections(by, running.scope.path).enforce()
    if running.ends_on is not None:
        raise WrongState(_("This region does not run the collection any more."))
    running.ends_on = max(at.date(), running.starts_on or at.date())
    running.save(update_fields=["ends_on"])
    Edition.objects.filter(
        collection=running.collection, scope=running.scope, state="planned", filings=None
    ).delete()
    _record("ended", running, by=by, at=at)
    return running


def _record(what: str, running: Running, *, by: Viewer, at: datetime.datetime) -> None:
    audit.record(
        f"collections.running.{what}",
        by=by,
        at=at,
        subject=running,
        path=running.scope.path,
        data={
            "collection": running.collection.code,
            "starts_on": running.starts_on,
            "ends_on": running.ends_on,
        },
    )
