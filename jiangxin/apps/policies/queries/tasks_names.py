"""Names in tasks that the register of organisations does not know, with what they may mean."""

from __future__ import annotations

import datetime
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies.models import TaskAssignment
from jiangxin.core.permissions import Viewer

if TYPE_CHECKING:
    from jiangxin.apps.organisations.models import Organisation
    from jiangxin.apps.reference.models import Region

_ALL = re.compile(r"各|所有|全体|全部|区属|区内|市内|辖区|院校$|学校$|高校$")
# words of a group → what the members are; the first that fits counts
_GROUPS: tuple[tuple[re.Pattern[str], Mapping[str, Sequence[str]]], ...] = (
    (re.compile(r"社区(?:分校|学校|教育)"), {"kind": ("community_school",)}),
    (
        re.compile(r"中职|中等职业|职业高中|职高"),
        {"kind": ("school",), "stage": ("secondary", "technician")},
    ),
    (
        re.compile(r"高职|职业学院|高等职业|高校"),
        {"kind": ("school",), "stage": ("higher_specialty", "vocational_university")},
    ),
    (
        re.compile(r"院校|职业学校|职校"),
        {
            "kind": ("school",),
            "stage": ("secondary", "technician", "higher_specialty", "vocational_university"),
        },
    ),
    (
        re.compile(r"普高|普通高中"),
        {"kind": ("school",), "stage": ("general_high_school", "comprehensive_high_school")},
    ),
    (re.compile(r"学校"), {"kind": ("school",)}),
    (re.compile(r"园区|产业园"), {"kind": ("park",)}),
    (re.compile(r"企业"), {"kind": ("enterprise",)}),
)


@dataclass(frozen=True, slots=True)
class UnknownName:
    """A name in tasks that means no single organisation that we know.

    Args:
        tasks: in how many tasks it stands.
        candidates: single organisations that it may mean, likeliest first.
        group: the organisations that it stands for if it names a kind of them.
    """

    name: str
    tasks: int
    candidates: tuple[organisations.Candidate, ...]
    group: tuple[Organisation, ...]


def unknown_names(
    *, viewer: Viewer, region: Region, on: datetime.date, is_within: bool = True
) -> list[UnknownName]:
    """List the names in tasks of a region that are still to be settled, the most frequent first.

    Args:
        is_within: with the tasks of all regions below; names are read for `region` itself.
    """
    place = {"task__region__path__startswith": region.path}
    if not is_within:
        place = {"task__region__path": region.path}
    counts: dict[str, set[int]] = defaultdict(set)
    for name, task in TaskAssignment.objects.filter(
        viewer.within("tasks.manage", "task__scope__path"), organisation__isnull=True, **place
    ).values_list("name", "task"):
        counts[name].add(task)
    if not counts:
        return []
    resolver = organisations.resolver_for(region, viewer=viewer, on=on)
    known = list(organisations.organisations(viewer=viewer, region=region, on=on))
    found = []
    for name, rows in counts.items():
        resolution = resolver.find(name)
        exact = resolution.exact
        candidates = resolution.candidates
        if exact is not None:  # learned since the task was made
            candidates = (organisations.Candidate(exact, resolution.reason, 1.0), *candidates)
        found.append(UnknownName(name, len(rows), candidates, group_of(name, known)))
    return sorted(found, key=lambda row: (-row.tasks, row.name))


def group_of(name: str, known: Sequence[Organisation]) -> tuple[Organisation, ...]:
    """Return the organisations that a word such as “all public secondary schools” stands for."""
    if not _ALL.search(name):
        return ()
    rule = next((rule for form, rule in _GROUPS if form.search(name)), None)
    if rule is None:
        return ()
    ownership = "private" if "民办" in name else "public" if "公办" in name else ""
    return tuple(
        row
        for row in known
        if row.kind in rule["kind"]
        and ("stage" not in rule or row.stage in rule["stage"])
        and (not ownership or row.ownership == ownership)
    )
