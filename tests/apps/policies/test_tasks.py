"""Tasks from ragged tables, names that nobody knows, changes by two officers, reports, rhythms."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from jiangxin.apps.accounts import queries as accounts
from jiangxin.apps.notices.models import Notice
from jiangxin.apps.organisations import queries as organisations
from jiangxin.apps.policies import actions, queries
from jiangxin.apps.policies.models import Task, TaskAssignment, TaskReport
from jiangxin.core.errors import Invalid, NotPermitted, WrongState
from jiangxin.core.models import AuditRow
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, region
from tests.apps.policies.tasks_factories import DAY, District, district, wenjiang_document

pytestmark = pytest.mark.django_db


def _rows(task: Task) -> set[tuple[str, str, str]]:
    return {
        (row.role, row.name, row.organisation.name if row.organisation else "")
        for row in task.assignments.select_related("organisation")
    }


def _made() -> tuple[District, dict[int, Task], tuple[str, ...]]:
    home = district()
    document = wenjiang_document()
    made = actions.make_tasks(document=document, by=home.officer, at=NOW)
    return home, {int(task.number or 0): task for task in made.tasks}, made.unknown


def test_make_tasks_of_a_ragged_table() -> None:
    _home, tasks, unknown = _made()
    assert sorted(tasks) == [1, 2, 3, 4]
    # what the cells say; 基建科, 人事科 and the short school name are not in the register
    assert _rows(tasks[1]) == {
        ("responsible", "成职教科", "成职教科"),
        ("responsible", "基建科", ""),
        ("implementer", "燎原职校", ""),
    }
    assert _rows(tasks[4]) == {("responsible", "人事科", "")}
    assert set(unknown) == {"人事科", "区内各中职学校", "基建科", "燎原职校"}
    # days by the words of each row; the plan runs until 2028-12-31, today is 2026-03-14
    days = {n: (t.due_on, t.recurrence, t.repeats_until) for n, t in tasks.items()}
    last = datetime.date(2028, 12, 31)
    assert days == {
        1: (datetime.date(2027, 6, 30), "once", None),
        2: (datetime.date(2026, 5, 31), "yearly", last),
        3: (None, "termly", last),
        4: (None, "once", None),
    }


def test_make_tasks_twice_makes_nothing_new() -> None:
    home, tasks, _unknown = _made()
    document = tasks[1].document
    assert document is not None
    again = actions.make_tasks(document=document, by=home.officer, at=NOW)
    assert again.tasks == ()
    assert Task.objects.count() == 4


def test_unknown_names_come_with_candidates_and_groups() -> None:
    home, _tasks, _unknown = _made()
    names = queries.unknown_names(viewer=home.officer, region=region("510115"), on=TODAY)
    by_name = {row.name: row for row in names}
    assert by_name["人事科"].tasks == 2
    assert names[0].name == "人事科"
    first = by_name["燎原职校"].candidates[0]
    assert first.organisation == home.schools[0]
    assert set(by_name["区内各中职学校"].group) == set(home.schools)
    assert by_name["人事科"].group == ()


def test_settle_name_keeps_an_alias_for_the_next_document() -> None:
    home, tasks, _unknown = _made()
    done = actions.settle_name(
        name="燎原职校",
        region=region("510115"),
        uuids=[home.schools[0].uuid],
        keep_alias=True,
        by=home.officer,
        at=NOW,
    )
    assert done == 1
    assert ("implementer", "燎原职校", home.schools[0].name) in _rows(tasks[1])
    found = organisations.find_by_name(
        "燎原职校", region=region("510115"), viewer=home.officer, on=TODAY
    )
    assert found.exact == home.schools[0]
    told = Notice.objects.filter(to=home.users["teacher"], template="tasks_assigned")
    assert told.exists()


def test_settle_name_of_a_group_gives_the_task_to_each() -> None:
    home, tasks, _unknown = _made()
    group = "区内各中职学校"
    uuids = [school.uuid for school in home.schools]
    actions.settle_name(name=group, region=region("510115"), uuids=uuids, by=home.officer, at=NOW)
    assert _rows(tasks[2]) == {
        ("responsible", "成职教科", "成职教科"),
        *(("implementer", group, school.name) for school in home.schools),
    }
    with pytest.raises(Invalid):
        actions.settle_name(
            name="人事科",
            region=region("510115"),
            uuids=uuids,
            keep_alias=True,
            by=home.officer,
            at=NOW,
        )


def test_settle_name_leaves_other_regions_alone() -> None:
    home, tasks, _unknown = _made()
    other = district("500118")
    done = actions.settle_name(
        name="人事科",
        region=region("000000"),
        uuids=[other.office.uuid],
        by=other.officer,
        at=NOW,
    )
    assert done == 0
    assert ("responsible", "人事科", "") in _rows(tasks[4])
    assert home.officer


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("每年5月前，上报学校实习计划", ((2026, 5, 31), "yearly")),
        ("每年1月前报送", ((2027, 1, 31), "yearly")),
        ("每年10—11月开展督查", ((2026, 11, 30), "yearly")),
        ("每年定期开展", (None, "yearly")),
        ("每季度调度一次", (None, "quarterly")),
        ("每个月通报", (None, "monthly")),
        ("2026年6月前拟定计划", ((2026, 6, 30), "once")),
        ("2026年9月15日前完成", ((2026, 9, 15), "once")),
        ("2026年底前建成", ((2026, 12, 31), "once")),
        ("2026年2月30日前完成", (None, "once")),
        ("到2028年，建成两个中心", ((2028, 12, 31), "once")),
        ("2026年6月制定计划。到2028年，全部建成", ((2028, 12, 31), "once")),
        ("每年6月上报计划，到2028年实现全覆盖", ((2026, 6, 30), "yearly")),
        ("2026年6月上报方案。每年10—11月开展督查", ((2026, 6, 30), "once")),
        ("参照2019年方案执行", (None, "once")),
        ("每年99月前", (None, "yearly")),
        ("建设3个中心", (None, "once")),
        ("", (None, "once")),
    ],
)
def test_schedule_of_words(words: str, expected: tuple[Any, str]) -> None:
    found = queries.schedule_of(words, since=TODAY)
    day, rhythm = expected
    assert (found.due_on, found.recurrence) == (datetime.date(*day) if day else None, rhythm)


def test_create_task_needs_words_and_days_in_order() -> None:
    home = district()
    with pytest.raises(Invalid) as caught:
        home.task(text="  ")
    assert set(caught.value.data["fields"]) == {"text"}  # type: ignore[call-overload]
    with pytest.raises(Invalid) as caught:
        home.task(starts_on=TODAY + 90 * DAY)
    assert set(caught.value.data["fields"]) == {"due_on"}  # type: ignore[call-overload]
    with pytest.raises(NotPermitted):
        home.task(by=home.clerk)


def test_change_task_by_two_officers_loses_nothing() -> None:
    home = district()
    task = home.task()
    actions.change_task(task=task, version=1, values={"text": "新的说法"}, by=home.officer, at=NOW)
    with pytest.raises(actions.TaskChanged) as caught:
        actions.change_task(
            task=task, version=1, values={"text": "别的说法"}, by=home.officer, at=NOW
        )
    assert caught.value.data["theirs"]["text"] == "新的说法"  # type: ignore[index]
    task.refresh_from_db()
    assert (task.text, task.version) == ("新的说法", 2)


def test_change_task_keeps_what_a_person_settled() -> None:
    home = district()
    task = home.task(units={"implementer": ["老名字", home.schools[1].name]})
    uuid = home.schools[0].uuid
    actions.settle_name(
        name="老名字", region=region("510115"), uuids=[uuid], by=home.officer, at=NOW
    )
    units = {"lead": ["成职教科"], "implementer": ["老名字"]}
    actions.change_task(task=task, version=1, values={}, units=units, by=home.officer, at=NOW)
    assert _rows(task) == {
        ("lead", "成职教科", "成职教科"),
        ("implementer", "老名字", home.schools[0].name),
    }


def test_progress_is_the_mean_of_those_who_carry_it_out() -> None:
    home = district()
    task = home.task(units={"implementer": [school.name for school in home.schools]})
    first, second = home.teachers
    actions.report_task(task=task, text="过半", progress_rate=0.6, by=first, at=NOW)
    task.refresh_from_db()
    # one school of two reported 60 %
    assert (task.state, task.progress_rate) == ("in_progress", 0.3)
    actions.report_task(task=task, text="完成", says_done=True, by=first, at=NOW)
    task.refresh_from_db()
    assert (task.state, task.progress_rate) == ("in_progress", 0.5)
    actions.report_task(task=task, text="完成", says_done=True, by=second, at=NOW)
    task.refresh_from_db()
    assert (task.state, task.progress_rate) == ("submitted", 1.0)
    told = Notice.objects.get(template="task_submitted")
    assert told.to == home.users["officer"]


def test_returned_report_carries_the_reason_and_counts_no_more() -> None:
    home = district()
    task = home.task(units={"implementer": [school.name for school in home.schools]})
    for teacher in home.teachers:
        actions.report_task(task=task, text="完成", says_done=True, by=teacher, at=NOW)
    with pytest.raises(Invalid):
        actions.move_task(task=task, move="return", by=home.officer, at=NOW)
    actions.move_task(task=task, move="return", reason="缺佐证", by=home.officer, at=NOW)
    assert set(TaskReport.objects.values_list("answer", flat=True)) == {"缺佐证"}
    # one school reports again; the other's returned report does not count as done
    actions.report_task(task=task, text="补齐", says_done=True, by=home.teachers[0], at=NOW + DAY)
    task.refresh_from_db()
    assert task.state == "in_progress"
    assert Notice.objects.filter(template="task_returned").count() == 2


def test_report_with_evidence_is_kept_byte_for_byte() -> None:
    home = district()
    task = home.task()
    data = bytes(range(256))
    report = actions.report_task(
        task=task,
        text="见附件",
        progress_rate=0.5,
        files=[("../证明.pdf", data)],
        by=home.teachers[0],
        at=NOW,
    )
    file = report.files.get()
    assert (bytes(file.content), file.name, file.size_bytes) == (data, "证明.pdf", 256)
    assert report.scope == home.schools[0].scope
    assert queries.get_evidence(file.uuid, viewer=home.officer) == file


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": " "}, "text"),
        ({"progress_rate": 1.2}, "progress_rate"),
        ({"progress_rate": None}, "progress_rate"),
        ({"as_of": TODAY + DAY}, "as_of"),
    ],
)
def test_report_with_bad_values(values: dict[str, Any], field: str) -> None:
    home = district()
    task = home.task()
    given = {"text": "说明", "progress_rate": 0.5, **values}
    with pytest.raises(Invalid) as caught:
        actions.report_task(task=task, by=home.teachers[0], at=NOW, **given)
    assert set(caught.value.data["fields"]) == {field}  # type: ignore[call-overload]
    assert TaskReport.objects.count() == 0


def test_report_for_another_school_is_refused() -> None:
    home = district()
    task = home.task()
    with pytest.raises(NotPermitted):
        actions.report_task(task=task, text="代报", progress_rate=0.5, by=home.teachers[1], at=NOW)
    with pytest.raises(NotPermitted):
        actions.report_task(
            task=task,
            text="代报",
            progress_rate=0.5,
            organisation=home.schools[1],
            by=home.teachers[0],
            at=NOW,
        )


def test_confirmed_task_with_a_rhythm_opens_the_next_time_once() -> None:
    home = district()
    task = home.task_at(
        "done",
        recurrence="yearly",
        starts_on=datetime.date(2026, 4, 1),
        due_on=datetime.date(2026, 5, 31),
        repeats_until=datetime.date(2027, 12, 31),
    )
    following = Task.objects.get(previous=task)
    assert (following.starts_on, following.due_on, following.state) == (
        datetime.date(2027, 4, 1),
        datetime.date(2027, 5, 31),
        "planned",
    )
    assert _rows(following) == _rows(task)
    actions.move_task(task=task, move="reopen", reason="误操作", by=home.officer, at=NOW)
    actions.report_task(task=task, text="完成", says_done=True, by=home.officer, at=NOW)
    actions.move_task(task=task, move="confirm", by=home.officer, at=NOW)
    assert Task.objects.filter(previous=task).count() == 1
    # the rhythm ends with the plan: nothing after 2027
    actions.report_task(task=following, text="完成", says_done=True, by=home.officer, at=NOW)
    actions.move_task(task=following, move="confirm", by=home.officer, at=NOW)
    assert not Task.objects.filter(previous=following).exists()


@pytest.mark.parametrize(
    ("due_on", "recurrence", "expected"),
    [
        ((2026, 1, 31), "monthly", (2026, 2, 28)),
        ((2026, 2, 28), "monthly", (2026, 3, 31)),
        ((2026, 1, 15), "quarterly", (2026, 4, 15)),
        ((2024, 2, 29), "yearly", (2025, 2, 28)),
        ((2026, 8, 31), "termly", (2027, 2, 28)),
    ],
)
def test_next_due(due_on: Any, recurrence: str, expected: Any) -> None:
    task = Task(due_on=datetime.date(*due_on), recurrence=recurrence)
    assert queries.next_due(task) == datetime.date(*expected)


def test_every_step_leaves_an_audit_row() -> None:
    home = district()
    task = home.task_at("done")
    events = AuditRow.objects.filter(subject_uuid=task.uuid).order_by("id")
    assert list(events.values_list("event", flat=True)) == [
        "policies.task.created",
        "policies.task.reported",
        "policies.task.confirmed",
    ]
    assert set(events.values_list("path", flat=True)) == {task.scope.path}


def test_reports_on_closed_tasks_are_refused() -> None:
    home = district()
    for state in ("submitted", "done", "cancelled"):
        task = home.task_at(state)
        with pytest.raises(WrongState):
            actions.report_task(task=task, text="又报", progress_rate=0.1, by=home.clerk, at=NOW)


def test_tasks_are_seen_only_where_they_belong() -> None:
    home, away = district(), district("500118")
    mine, theirs = home.task(), away.task()
    second = home.task(units={"implementer": [home.schools[1].name]})

    def seen(viewer: Any) -> set[Task]:
        return set(queries.tasks(viewer=viewer))

    assert seen(home.officer) == seen(home.leader) == {mine, second}
    assert seen(home.clerk) == {mine}
    assert seen(home.teachers[0]) == {mine}
    assert seen(home.teachers[1]) == {second}
    assert seen(away.officer) == {theirs}
    assert seen(accounts.system()) == {mine, theirs, second}
    assert seen(SYSTEM) == {mine, theirs, second}


def test_todos_name_what_waits_for_each() -> None:
    home = district()
    home.task(due_on=TODAY - DAY)
    home.task(due_on=TODAY + 300 * DAY)
    home.task_at("submitted")
    home.task(units={"lead": ["没有的科室"]})
    home.case_at("submitted")
    own = queries.task_todos_for(home.teachers[0], on=TODAY)
    assert [(t.kind, t.overdue) for t in own] == [("task", True)]
    kinds = sorted(t.kind for t in queries.task_todos_for(home.officer, on=TODAY))
    assert kinds == ["case", "names", "review"]
    assert queries.task_todos_for(home.teachers[1], on=TODAY) == []
    assert TaskAssignment.objects.filter(organisation__isnull=True).count() == 1
