"""Rows of a document: clauses and items, from the parser's answer or from structured facts."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import F

from jiangxin.apps.indicators import queries as indicators
from jiangxin.apps.policies import queries, workflow
from jiangxin.apps.policies.models import (
    Clause,
    Item,
    ItemRevision,
    Milestone,
    PolicyDocument,
    Responsibility,
    StrategyNode,
    Target,
    TaskRow,
)
from jiangxin.core.permissions import Viewer
from jiangxin.engines import policytext

# an indicator less like the words of the target than this is not even suggested
SUGGESTED_FROM = 0.55


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as JSON keeps them: days as ISO text."""
    return {
        name: value.isoformat() if isinstance(value, datetime.date) else value
        for name, value in values.items()
    }


def keep_reading(document: PolicyDocument, read: policytext.Document) -> dict[str, int]:
    """Write what the parser read; facts that are already there get their places in the text."""
    clauses = _keep_clauses(document, read.clauses)
    items: list[Item] = []
    for target in read.targets:
        items.append(
            Target(
                region_id=document.region_id,
                metric=target.metric[:200],
                comparator=target.comparator,
                low=target.low,
                high=target.high,
                unit=target.unit[:40],
                due_on=target.due_on,
                scope_text=(target.scope or "")[:300],
                strength=target.strength,
                **_place(document, clauses.get(target.clause), target),
            )
        )
    for milestone in read.milestones:
        items.append(
            Milestone(
                milestone=milestone.milestone[:500],
                milestone_kind=milestone.kind,
                due_on=milestone.due_on,
                recurrence=(milestone.recurrence or "")[:60],
                scope_text=(milestone.scope or "")[:300],
                **_place(document, clauses.get(milestone.clause), milestone),
            )
        )
    for duty in read.responsibilities:
        items.append(
            Responsibility(
                role=duty.role,
                units=list(duty.units),
                **_place(document, clauses.get(duty.clause), duty),
            )
        )
    for row in read.tasks:
        items.append(
            TaskRow(
                number=row.number,
                action=row.action[:300],
                sub_action=row.sub_action[:300],
                task=row.task,
                indicator=row.indicator,
                responsible=list(row.responsible),
                implementers=list(row.implementers),
                **_place(document, None, row),
            )
        )
    for item in items:
        item.as_read = plain(item.values())
    suggest_bindings(item for item in items if isinstance(item, Target))
    return _keep_items(document, items)


def _place(document: PolicyDocument, clause: Clause | None, read: Any) -> dict[str, Any]:
    start = getattr(read, "start", None)
    end = getattr(read, "end", None)
    has_place = start is not None and end is not None and end > start
    quote = getattr(read, "quote", "")
    if not quote and has_place:
        quote = "".join(document.text[start:end].split("\n"))
    return {
        "document": document,
        "scope_id": document.scope_id,
        "clause": clause,
        "place": clause.path if clause else "",
        "start": start if has_place else None,
        "end": end if has_place else None,
        "quote": quote,
        "is_simulated": document.is_simulated,
    }


def _keep_clauses(document: PolicyDocument, read: Iterable[policytext.Clause]) -> dict[str, Clause]:
    """Write the clause tree, a level at a time; clauses known by their path keep their identity."""
    by_id = {clause.id: clause for clause in read}
    known: dict[str, list[Clause]] = {}
    for row in document.clauses.all():
        known.setdefault(row.path, []).append(row)
    rows: dict[str, Clause] = {}
    depths: dict[str, int] = {}
    paths = queries.number_paths(list(by_id.values()))
    for clause in by_id.values():  # parents stand before their children
        depths[clause.id] = depths.get(clause.parent or "", -1) + 1
    for depth in range(max(depths.values(), default=-1) + 1):
        new: list[Clause] = []
        old: list[Clause] = []
        for position, clause in enumerate(by_id.values()):
            if depths[clause.id] != depth:
                continue
            path = paths[clause.id][:300]
            same = known.get(path)
            row = (
                same.pop(0)
                if same
                else Clause(document=document, is_simulated=document.is_simulated)
            )
            row.scope_id = document.scope_id
            row.parent = rows.get(clause.parent or "")
            row.key, row.position, row.level = clause.id, position, clause.level
            row.number, row.heading = clause.number[:60], clause.heading[:500]
            row.path, row.text, row.start, row.end = path, clause.text, clause.start, clause.end
            (old if row.pk else new).append(row)
            rows[clause.id] = row
        Clause.objects.bulk_create(new, batch_size=500)
        fields = ["parent", "position", "level", "number", "heading", "text", "start", "end"]
        if old:
            # facts use their paths as keys, so the parser's keys are free
            Clause.objects.bulk_update(old, [*fields, "key"], batch_size=500)
    return rows


def _keep_items(document: PolicyDocument, items: list[Item]) -> dict[str, int]:
    """Write items, or give their place in the text to facts that say the same."""
    counts = {}
    for model in (Target, Milestone, Responsibility, TaskRow):
        mine: list[Any] = [item for item in items if isinstance(item, model)]
        facts = model._default_manager.filter(document=document, start__isnull=True)
        pairs: list[tuple[Any, Any]] = _matched(list(facts.order_by("id")), mine)
        for fact, item in pairs:
            fact.clause = item.clause or fact.clause
            fact.start, fact.end = item.start, item.end
            fact.quote, fact.as_read = item.quote, item.as_read
        placed = {id(item) for _fact, item in pairs}
        model._default_manager.bulk_create(
            [item for item in mine if id(item) not in placed], batch_size=500
        )
        model._default_manager.bulk_update(
            [fact for fact, _item in pairs],
            ["clause", "start", "end", "quote", "as_read"],
            batch_size=500,
        )
        counts[model.KIND] = len(mine)
    return counts


def _matched(facts: Sequence[Item], items: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Pair facts with items that say the same: first by the strictest likeness, then by looser ones."""
    pairs: list[tuple[Item, Item]] = []
    left = list(items)
    for strictness in range(3 if facts else 0):
        waiting: dict[object, list[Item]] = {}
        taken = {id(fact) for fact, _item in pairs}
        for fact in facts:
            if id(fact) not in taken and (key := _likeness(fact, strictness)) is not None:
                waiting.setdefault(key, []).append(fact)
        still = []
        for item in left:
            found = waiting.get(_likeness(item, strictness))
            if found:
                pairs.append((found.pop(0), item))
            else:
                still.append(item)
        left = still
    return pairs


def _likeness(item: Item, strictness: int) -> tuple[object, ...] | None:
    """Return the key by which a fact and something read mean the same; None: not so loosely."""
    keys: tuple[tuple[object, ...], ...] = ()
    if isinstance(item, Target):
        high = item.high if item.comparator == "range" else None
        numbers = (item.low, high, item.unit)
        keys = (
            (item.place, item.comparator, *numbers),
            (item.place, *numbers),
            (item.comparator, *numbers, item.due_on),
        )
    elif isinstance(item, TaskRow):
        keys = ((item.number,),)
    elif isinstance(item, Milestone):
        keys = ((item.place, item.milestone_kind, item.due_on), (item.place, item.milestone_kind))
    elif isinstance(item, Responsibility):
        keys = ((item.place, item.role, *item.units), (item.place, *item.units[:1]))
    return keys[strictness] if strictness < len(keys) else None


def suggest_bindings(targets: Iterable[Target]) -> None:
    """Suggest the likeliest indicator for each target, unless a person rejected it before."""
    for target in targets:
        if target.indicator_code:
            continue
        for found in indicators.suggest(target.metric, unit=target.unit, scope=target.scope_text):
            if found.score >= SUGGESTED_FROM and found.code not in target.rejected_indicators:
                target.indicator_code, target.binding = found.code, Target.Binding.SUGGESTED
                break


def keep_facts(
    document: PolicyDocument, facts: Mapping[str, Any], *, by: Viewer, at: datetime.datetime
) -> dict[str, int]:
    """Write clauses and items that are known without the text, as accepted by `by`."""
    rows: dict[str, Clause] = {}
    entries = list(facts.get("clauses") or [])
    depths = [entry["path"].count("/") for entry in entries]
    for depth in range(max(depths, default=-1) + 1):
        new = []
        for position, entry in enumerate(entries):
            if depths[position] != depth:
                continue
            path = entry["path"]
            row = Clause(
                scope_id=document.scope_id,
                document=document,
                parent=rows.get(path.rpartition("/")[0]),
                key=path[:40],
                position=position,
                level=depth + 1,
                number=path.rpartition("/")[2][:60],
                heading=entry.get("heading", ""),
                path=path,
                is_simulated=document.is_simulated,
            )
            new.append(row)
            rows[path] = row
        Clause.objects.bulk_create(new, batch_size=500)
    items: list[Item] = []
    for entry in facts.get("targets") or []:
        items.append(
            Target(
                region_id=document.region_id,
                metric=entry["metric"],
                comparator=entry["comparator"],
                low=entry["low"],
                high=entry.get("high"),
                unit=entry.get("unit", ""),
                due_on=entry.get("due_on"),
                scope_text=entry.get("scope") or "",
                strength=entry.get("strength", Target.Strength.PLANNED),
                baseline_value=entry.get("baseline_value"),
                baseline_year=entry.get("baseline_year"),
                **_fact_binding(entry, by, at),
                **_fact_place(document, entry, rows, by, at),
            )
        )
    for entry in facts.get("milestones") or []:
        items.append(
            Milestone(
                milestone=entry["milestone"],
                milestone_kind=entry["kind"],
                due_on=entry.get("due_on"),
                recurrence=entry.get("recurrence") or "",
                scope_text=entry.get("scope") or "",
                **_fact_place(document, entry, rows, by, at),
            )
        )
    for entry in facts.get("responsibilities") or []:
        items.append(
            Responsibility(
                role=entry["role"],
                units=list(entry["units"]),
                **_fact_place(document, entry, rows, by, at),
            )
        )
    for entry in facts.get("tasks") or []:
        items.append(
            TaskRow(
                number=entry["number"],
                action=entry.get("action", ""),
                sub_action=entry.get("sub_action", ""),
                task=entry["task"],
                indicator=entry.get("indicator", ""),
                responsible=list(entry.get("responsible") or []),
                implementers=list(entry.get("implementers") or []),
                **_fact_place(document, entry, rows, by, at),
            )
        )
    suggest_bindings(item for item in items if isinstance(item, Target))
    for position, entry in enumerate(facts.get("strategy") or [], start=1):
        node = StrategyNode.objects.create(
            scope_id=document.scope_id,
            document=document,
            kind=entry["kind"],
            title=entry["title"],
            position=position,
            is_simulated=document.is_simulated,
        )
        node.clauses.set([rows[path] for path in entry.get("clauses") or []])
    return _keep_items(document, items)


def _fact_binding(entry: Mapping[str, Any], by: Viewer, at: datetime.datetime) -> dict[str, Any]:
    """Return the binding to an indicator that the facts name, as confirmed by `by`."""
    if not entry.get("indicator"):
        return {}
    return {
        "indicator_code": indicators.get_definition(entry["indicator"]).code,
        "binding": Target.Binding.CONFIRMED,
        "bound_by_name": by.name[:100],
        "bound_at": at,
    }


def _fact_place(
    document: PolicyDocument,
    entry: Mapping[str, Any],
    rows: Mapping[str, Clause],
    by: Viewer,
    at: datetime.datetime,
) -> dict[str, Any]:
    path = entry.get("clause", "")
    clause, nearest = None, path
    while nearest and clause is None:
        clause = rows.get(nearest)
        nearest = nearest.rpartition("/")[0]
    return {
        "document": document,
        "scope_id": document.scope_id,
        "clause": clause,
        "place": path,
        "origin": Item.Origin.FACTS,
        "state": workflow.ItemState.ACCEPTED,
        "reviewed_by_id": by.user_id,
        "reviewed_by_name": by.name[:100],
        "reviewed_at": at,
        "is_simulated": document.is_simulated,
    }


def accept_waiting(
    model: type[Item], document: PolicyDocument, *, by: Viewer, at: datetime.datetime
) -> int:
    """Accept the items of one kind that wait for a decision, with a revision for each."""
    waiting = list(model._default_manager.filter(document=document, state=workflow.ItemState.READ))
    ItemRevision.objects.bulk_create(
        [
            ItemRevision(
                document=document,
                item_kind=item.KIND,
                item_uuid=item.uuid,
                version=item.version + 1,
                values=plain(item.values()),
                state=workflow.ItemState.ACCEPTED,
                by_name=by.name[:100],
                at=at,
            )
            for item in waiting
        ],
        batch_size=500,
    )
    model._default_manager.filter(pk__in=[item.pk for item in waiting]).update(
        state=workflow.ItemState.ACCEPTED,
        version=F("version") + 1,
        reviewed_by_id=by.user_id,
        reviewed_by_name=by.name[:100],
        reviewed_at=at,
    )
    return len(waiting)


def begin_review(document: PolicyDocument) -> None:
    """Take a freshly imported document into review, as the first decision does."""
    target = workflow.DOCUMENT.moves["review"].target
    PolicyDocument.objects.filter(pk=document.pk, state=workflow.DocumentState.IMPORTED).update(
        state=target
    )
