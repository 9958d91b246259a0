"""Finds targets that promise different things about one metric; people say which reading holds."""

from __future__ import annotations

import datetime
import hashlib
import unicodedata
from itertools import combinations

from django.db import transaction
from django.utils.translation import gettext as _

from jiangxin.apps.policies import permissions
from jiangxin.apps.policies.models import Contradiction, PolicyDocument, Target
from jiangxin.apps.policies.workflow import ItemState, Verdict
from jiangxin.core import audit
from jiangxin.core.errors import Invalid
from jiangxin.core.permissions import Viewer

# metrics less alike than this are different things; inferred from the five documents
ALIKE_FROM = 0.5
# the same value promised for two days is only striking where the metric is surely the same
SAME_FROM = 0.8


def find_contradictions(*, document: PolicyDocument, at: datetime.datetime) -> int:
    """Compare the document's targets with all of its office; returns how many were found anew.

    Two targets of one region contradict each other if they speak of one metric in one unit and
    name different values for one year, or, within one document, one value for different days.
    What a person has decided stays; suggestions that no longer hold are taken back.
    """
    targets = list(
        Target.objects.filter(scope=document.scope_id)
        .exclude(state=ItemState.REJECTED)
        .order_by("id")
    )
    groups: dict[tuple[object, ...], list[Target]] = {}
    for target in targets:
        groups.setdefault((target.region_id, target.unit), []).append(target)
    found: dict[str, tuple[Target, Target, dict[str, object]]] = {}
    for group in groups.values():
        for one, other in combinations(group, 2):
            reason = difference(one, other)
            if reason is not None:
                found[_key(one, other)] = (one, other, reason)
    known = {row.key: row for row in Contradiction.objects.filter(scope=document.scope_id)}
    gone = [
        row.pk
        for key, row in known.items()
        if key not in found and row.verdict == Verdict.SUGGESTED
    ]
    Contradiction.objects.filter(pk__in=gone).delete()
    new = [
        Contradiction(
            scope_id=document.scope_id,
            key=key,
            reason=reason,
            found_at=at,
            is_simulated=one.is_simulated or other.is_simulated,
        )
        for key, (one, other, reason) in found.items()
        if key not in known
    ]
    Contradiction.objects.bulk_create(new, batch_size=500)
    between = Contradiction.targets.through
    between.objects.bulk_create(
        [
            between(contradiction_id=row.pk, target_id=target.pk)
            for row in new
            for target in found[row.key][:2]
        ],
        batch_size=500,
    )
    return len(new)


def _key(one: Target, other: Target) -> str:
    pair = "|".join(sorted((str(one.uuid), str(other.uuid))))
    return hashlib.sha256(pair.encode()).hexdigest()


def difference(one: Target, other: Target) -> dict[str, object] | None:
    """Return where two targets on one metric differ, or None if they do not contradict."""
    if one.clause_id is not None and one.clause_id == other.clause_id:
        return None  # an author who lists two numbers side by side means two things
    same_values = _bounds(one) == _bounds(other)
    same_year = (one.due_on and one.due_on.year) == (other.due_on and other.due_on.year)
    if one.due_on is None or other.due_on is None:
        same_year = one.document_id == other.document_id
    if same_values == same_year:
        return None
    if same_values and (one.document_id != other.document_id or not (one.due_on and other.due_on)):
        return None
    bound = one.indicator_code if one.indicator_code == other.indicator_code else ""
    likeness = 1.0 if bound else metric_likeness(one, other)
    if likeness < (SAME_FROM if same_values else ALIKE_FROM):
        return None
    return {
        "differs": "deadline" if same_values else "value",
        "indicator": bound,
        "likeness": round(likeness, 2),
    }


def _bounds(target: Target) -> tuple[float, float]:
    return target.low, target.high if target.comparator == "range" and target.high else target.low


# words that say how a number is meant, not what is counted
_EMPTY = (
    "占比",
    "比例",
    "比率",
    "就业率",
    "新增",
    "入选",
    "计划",
    "的",
    "数",
    "总",
    "达",
    "率",
    "度",
)
_SAME = (("渝", "重庆"), ("留在", "在"), ("留", "在"), ("本科层次职业院校", "职业大学"))
# two metrics that name different ones of a group are different things; inferred
_APART = (
    ("国家", "省级", "市级", "区级", "校级", "园区"),
    ("川渝", "东西", "中外", "国际"),
    ("经济圈", "重庆", "永川", "省内", "市内"),
    ("专业", "学校", "院校", "课程", "教材", "基地", "教师", "学生", "平台", "项目", "团队"),
)


def metric_likeness(one: Target, other: Target) -> float:
    """Compare what is counted, 0 to 1: letter pairs of the metrics without words of measuring.

    Where the metric alone says little, whom it concerns decides with it.
    """
    mine, theirs = _bare(one.metric), _bare(other.metric)
    for group in _APART:
        texts = (one.metric + mine, other.metric + theirs)
        named = [{word for word in group if word in text} for text in texts]
        if all(named) and not named[0] & named[1]:
            return 0.0
    likeness = _dice(mine, theirs)
    if min(len(mine), len(theirs)) <= 2 and one.scope_text and other.scope_text:
        likeness = min(likeness, _dice(_bare(one.scope_text), _bare(other.scope_text)))
    return likeness


def _bare(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.translate(str.maketrans("", "", ' “”"、,，()（）'))
    for word, same in _SAME:
        text = text.replace(word, same)
    for word in _EMPTY:
        text = text.replace(word, "")
    return text


def _dice(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    mine = {one[i : i + 2] for i in range(len(one) - 1)} or {one}
    theirs = {other[i : i + 2] for i in range(len(other) - 1)} or {other}
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


@transaction.atomic
def decide_contradiction(
    *,
    contradiction: Contradiction,
    is_contradiction: bool,
    note: str = "",
    by: Viewer,
    at: datetime.datetime,
) -> Contradiction:
    """Say whether two targets really contradict each other, and which reading holds.

    Both targets stay as they are: a contradiction of the text is not ours to mend.
    """
    contradiction = contradiction.locked()
    document = contradiction.targets.select_related("document__scope").first().document
    permissions.can_review_document(by, document).enforce()
    if is_contradiction and not note.strip():
        message = _("Say in a few words which reading holds until the issuer clears it up.")
        raise Invalid(message, data={"fields": {"note": message}})
    contradiction.verdict = Verdict.CONFIRMED if is_contradiction else Verdict.REJECTED
    contradiction.note = note.strip()[:500]
    contradiction.decided_by_name, contradiction.decided_at = by.name[:100], at
    contradiction.save()
    audit.record(
        "policies.contradiction.decided",
        by=by,
        at=at,
        subject=contradiction,
        path=document.scope.path,
        data={"verdict": contradiction.verdict, "note": contradiction.note},
    )
    return contradiction
