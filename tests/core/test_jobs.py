"""Background work: progress, refusal, retry, and recovery after a kill."""

from __future__ import annotations

import datetime
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from jiangxin.core import jobs
from jiangxin.core.errors import Invalid, NotFound
from jiangxin.core.models import Job
from jiangxin.core.permissions import PUBLIC, SYSTEM, Grant, Viewer

LI = Viewer(7, "Li", (Grant("officer", frozenset({"jobs.view"}), "000000/500118/"),))


@pytest.fixture
def work() -> Iterator[list[Any]]:
    """Three tasks: one that works, one that refuses, one that breaks; returns what ran."""
    ran: list[Any] = []

    @jobs.task("test.count", label="count")
    def count(*, progress: jobs.Progress, by: Viewer, at: Any, n: int) -> dict[str, int]:
        for step in range(n):
            progress.at(step + 1, n, f"step {step + 1}")
        ran.append(by.user_id)
        return {"counted": n}

    @jobs.task("test.refuse", label="refuse")
    def refuse(**_arguments: Any) -> None:
        raise Invalid("The file has no rows. Choose another one.")

    @jobs.task("test.break", label="break", attempts=2)
    def break_(**_arguments: Any) -> None:
        ran.append("broken")
        raise ZeroDivisionError

    yield ran
    for name in ("test.count", "test.refuse", "test.break"):
        del jobs.REGISTRY[name]


def defer(name: str, now: datetime.datetime, **arguments: Any) -> Job:
    with transaction.atomic():
        return jobs.defer(name, by=SYSTEM, at=now, path="000000/500118/", **arguments)


@pytest.mark.django_db(transaction=True)
def test_work_is_done_with_progress_and_result(work: list[Any], now: datetime.datetime) -> None:
    job = defer("test.count", now, n=3)
    call_command("work", "--once")
    job.refresh_from_db()
    assert (job.state, job.steps_done, job.steps_total, job.note) == ("done", 3, 3, "step 3")
    assert job.result == {"counted": 3}
    assert job.finished_at is not None


@pytest.mark.django_db(transaction=True)
def test_rollback_takes_the_job_back(work: list[Any], now: datetime.datetime) -> None:
    def fail() -> None:
        with transaction.atomic():
            jobs.defer("test.count", by=SYSTEM, at=now, n=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    call_command("work", "--once")
    assert (work, Job.objects.filter(task="test.count").count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_refusal_is_told_and_not_tried_again(work: list[Any], now: datetime.datetime) -> None:
    job = defer("test.refuse", now)
    call_command("work", "--once")
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("failed", 1)
    assert job.error == {
        "code": "invalid",
        "message": "The file has no rows. Choose another one.",
    }


@pytest.mark.django_db(transaction=True)
def test_error_is_tried_again_and_then_told(
    work: list[Any], now: datetime.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    job = defer("test.break", now)
    jobs.run.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 1)
    jobs.run.call(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error["code"]) == ("failed", 2, "internal")
    jobs.run.call(job.pk)
    assert work == ["broken", "broken"]


@pytest.mark.django_db(transaction=True)
def test_reap_puts_back_only_silent_jobs(work: list[Any], now: datetime.datetime) -> None:
    silent, alive = defer("test.count", now, n=1), defer("test.count", now, n=1)
    Job.objects.filter(pk=silent.pk).update(
        state="running", attempts=1, heartbeat_at=now - 2 * jobs.SILENCE
    )
    Job.objects.filter(pk=alive.pk).update(state="running", attempts=1, heartbeat_at=now)
    assert jobs.reap(at=now) == 1
    assert list(Job.objects.order_by("pk").values_list("state", flat=True)) == [
        "queued",
        "running",
    ]


@pytest.mark.django_db
def test_get_job_only_for_who_asked_or_operates(work: list[Any], now: datetime.datetime) -> None:
    job = defer("test.count", now, n=1)
    assert jobs.get_job(str(job.uuid), viewer=LI) == job
    stranger = Viewer(8, "Wang", (Grant("officer", frozenset({"jobs.view"}), "000000/510115/"),))
    for viewer in (stranger, PUBLIC):
        with pytest.raises(NotFound):
            jobs.get_job(str(job.uuid), viewer=viewer)


SCRIPT = textwrap.dedent(
    """
    import time, sys
    import django
    django.setup()
    from jiangxin.core import jobs
    from django.core.management import call_command

    @jobs.task("test.slow", label="slow")
    def slow(*, progress, by, at, **_rest):
        progress.at(1, 2, "begun")
        from pathlib import Path
        first = Path(sys.argv[1])
        if not first.exists():
            first.write_text("begun")
            time.sleep(60)
        return {"finished": True}

    if sys.argv[2] == "defer":
        from django.db import transaction
        from django.utils import timezone
        from jiangxin.core.permissions import SYSTEM
        with transaction.atomic():
            jobs.defer("test.slow", by=SYSTEM, at=timezone.now())
    elif sys.argv[2] == "age":
        import datetime
        from jiangxin.core.models import Job
        Job.objects.update(heartbeat_at=datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
    elif sys.argv[2] == "show":
        from jiangxin.core.models import Job
        job = Job.objects.get(task="test.slow")
        print(job.state, job.attempts, job.result)
    else:
        call_command("work", *sys.argv[3:])
    """
)


@pytest.mark.slow
def test_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """A real worker process is killed in the middle; another one finishes the work."""
    script, begun = tmp_path / "worker.py", tmp_path / "begun"
    script.write_text(SCRIPT)
    env = {
        **os.environ,
        "JIANGXIN_VAR": str(tmp_path / "var"),
        "DJANGO_SETTINGS_MODULE": "jiangxin.config.settings",
        "DATABASE_URL": "",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, str(script), str(begun), *words],
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    subprocess.run(
        [sys.executable, "-m", "jiangxin", "migrate", "-v0"], env=env, check=True, timeout=120
    )
    run("defer")
    worker = subprocess.Popen([sys.executable, str(script), str(begun), "work"], env=env)
    deadline = time.monotonic() + 60
    while not begun.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    assert begun.exists()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert run("show").startswith("running 1")
    run("age")  # as if half a minute had passed
    run("work", "--once")
    deadline = time.monotonic() + 60
    while not (shown := run("show")).startswith("done") and time.monotonic() < deadline:
        time.sleep(1)
        run("work", "--once")
    assert shown.strip() == "done 2 {'finished': True}"
