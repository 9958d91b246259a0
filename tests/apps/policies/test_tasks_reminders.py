"""Reminders go to persons, once for each reason; overdue tasks climb; missed days are made up."""

from __future__ import annotations

import datetime

import pytest

from jiangxin.apps.notices.models import Notice
from jiangxin.apps.policies import actions
from jiangxin.apps.policies.models import Escalation, Reminder, Task
from jiangxin.core import jobs
from jiangxin.core.models import Job
from jiangxin.core.permissions import SYSTEM
from tests.apps.accounts.factories import NOW, TODAY, grant, person, region_scope
from tests.apps.policies.tasks_factories import DAY, District, district

pytestmark = pytest.mark.django_db


def _run(days: int = 0) -> tuple[int, int]:
    done = actions.remind_tasks(by=SYSTEM, at=NOW + days * DAY)
    return done.reminders, done.escalations


def _told(home: District, template: str) -> list[str]:
    names = {user.pk: key for key, user in home.users.items()}
    rows = Notice.objects.filter(template=template).order_by("id")
    return sorted(names.get(row.to_id, "somebody else") for row in rows)


def test_reminders_come_a_month_a_week_and_a_day_before() -> None:
    home = district()
    home.task(due_on=TODAY + 40 * DAY)
    sent = {}
    for days in range(45):
        reminders, _escalations = _run(days)
        if reminders:
            sent[days] = reminders
    # 30, 7 and 1 day before the 40th, and the day after it; to the office and to the school
    assert sent == {10: 2, 33: 2, 39: 2, 41: 2}
    assert _told(home, "task_due_soon") == ["clerk"] * 3 + ["teacher"] * 3
    assert _told(home, "task_overdue") == ["clerk", "teacher"]


def test_a_second_run_on_a_day_sends_nothing() -> None:
    home = district()
    home.task(due_on=TODAY + 5 * DAY)
    home.task(due_on=TODAY - 40 * DAY)
    first = (_run(), Notice.objects.count(), Reminder.objects.count(), Escalation.objects.count())
    second = (_run(), Notice.objects.count(), Reminder.objects.count(), Escalation.objects.count())
    assert first[0] == (4, 2)
    assert second == ((0, 0), *first[1:])


def test_a_missed_day_is_made_up_for() -> None:
    home = district()
    home.task(due_on=TODAY + 30 * DAY)
    # nothing ran on days 0 to 24: one reminder for the week, none for the month as well
    assert _run(25) == (2, 0)
    assert set(Reminder.objects.values_list("days_before", flat=True)) == {7}


def test_a_person_with_two_roles_is_told_once() -> None:
    home = district()
    grant(home.users["clerk"], "school", home.schools[0].scope)
    home.task(due_on=TODAY + 5 * DAY)
    _run()
    rows = Notice.objects.filter(template="task_due_soon", to=home.users["clerk"])
    assert rows.count() == 1


def test_an_office_without_staff_falls_back_on_the_bureau() -> None:
    home = district()
    home.task(due_on=TODAY + 5 * DAY, units={"lead": [home.bureau.name]})
    _run()
    assert _told(home, "task_due_soon") == ["officer"]


def test_names_that_nobody_knows_are_the_bureaus_business() -> None:
    home = district()
    home.task(due_on=TODAY + 5 * DAY, units={"lead": ["没有的科室"]})
    _run()
    assert _told(home, "task_due_soon") == ["officer"]


def test_reported_and_closed_tasks_are_left_in_peace() -> None:
    home = district()
    for state in ("submitted", "done", "cancelled"):
        home.task_at(state, due_on=TODAY + 5 * DAY)
    assert _run() == (0, 0)
    assert _run(100) == (0, 0)


def test_overdue_tasks_climb_after_a_week_and_after_a_month() -> None:
    home = district()
    above = person("leader", region_scope("510100"), username="city-leader")
    task = home.task(due_on=TODAY)
    climbed = {}
    for days in range(35):
        _reminders, escalations = _run(days)
        if escalations:
            climbed[days] = escalations
    assert climbed == {7: 1, 30: 1}
    rows = Escalation.objects.filter(task=task).order_by("level")
    assert [(row.level, row.to) for row in rows] == [(1, home.users["leader"]), (2, above)]
    assert Notice.objects.filter(template="task_escalated").count() == 2


def test_an_escalation_without_anybody_is_kept_as_such() -> None:
    home = district("500118")
    home.users["leader"].roles_held.all().delete()
    home.users["officer"].roles_held.all().delete()
    task = home.task(due_on=TODAY - 8 * DAY, by=SYSTEM)
    assert _run()[1] == 1
    row = Escalation.objects.get(task=task)
    assert (row.to, row.level) == (None, 1)
    assert row.to_name


def test_a_new_deadline_settles_and_starts_anew() -> None:
    home = district()
    task = home.task(due_on=TODAY - 8 * DAY)
    _run()
    values = {"due_on": TODAY + 3 * DAY}
    actions.change_task(task=task, version=1, values=values, by=home.officer, at=NOW)
    assert Escalation.objects.get().settled_at == NOW
    assert _run() == (2, 0)
    assert Reminder.objects.filter(due_on=TODAY + 3 * DAY, days_before=7).count() == 2


def test_many_at_once_come_as_one_notice() -> None:
    home = district()
    for number in range(5):
        home.task(text=f"任务{number}", due_on=TODAY + 5 * DAY)
    _run()
    assert _told(home, "tasks_digest") == ["clerk", "teacher"]
    assert _told(home, "task_due_soon") == []
    assert Reminder.objects.count() == 10


def test_a_rhythm_goes_on_when_nobody_closed_the_last_time() -> None:
    home = district()
    task = home.task(recurrence="yearly", starts_on=None, due_on=datetime.date(2026, 3, 20))
    assert actions.remind_tasks(by=SYSTEM, at=NOW).repeated == 0
    assert actions.remind_tasks(by=SYSTEM, at=NOW + 7 * DAY).repeated == 1
    assert actions.remind_tasks(by=SYSTEM, at=NOW + 8 * DAY).repeated == 0
    following = Task.objects.get(previous=task)
    assert following.due_on == datetime.date(2027, 3, 20)


def test_the_timetable_runs_it_every_day() -> None:
    district().task(due_on=TODAY + 5 * DAY)
    assert "policies.remind" in {kind.name for kind in jobs.due(at=NOW)}
    job = jobs.defer("policies.remind", by=SYSTEM, at=NOW)
    assert Job.objects.filter(pk=job.pk, task="policies.remind").exists()
    kind = jobs.REGISTRY["policies.remind"]
    done = kind.work(progress=jobs.Progress(job), by=SYSTEM, at=NOW)
    assert done == {"reminders": 2, "escalations": 0, "repeated": 0}
