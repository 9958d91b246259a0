"""Background work: named tasks with progress, retry, recovery after a kill, and a timetable.

django-tasks carries the queue. What it lacks is added here: a `Job` row that people can see,
a heartbeat, a reaper that puts the work of a killed worker back, and periodic tasks. A task
runs at least once, so it must be safe to run again.
"""

from __future__ import annotations

import datetime
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django_tasks import task as queue_task

from jiangxin.core.errors import DomainError, NotFound
from jiangxin.core.models import Job
from jiangxin.core.permissions import SYSTEM, Viewer

logger = logging.getLogger("jiangxin.jobs")

HEARTBEAT = datetime.timedelta(seconds=5)
# a worker that was silent for this long is taken for dead
SILENCE = datetime.timedelta(seconds=30)


class Progress:
    """How a running task tells where it is; each report also proves that the worker lives."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def at(self, done: int, total: int, note: str = "") -> None:
        """Report that `done` of `total` steps are finished, with a short note for people."""
        Job.objects.filter(pk=self.job.pk).update(
            steps_done=done, steps_total=total, note=note[:200], heartbeat_at=timezone.now()
        )


Work = Callable[..., Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of background work: what runs, under which label, how often it is tried."""

    name: str
    label: str | Promise
    work: Work
    attempts: int
    every: datetime.timedelta | None


REGISTRY: dict[str, Task] = {}


def task(
    name: str,
    *,
    label: str | Promise,
    attempts: int = 3,
    every: datetime.timedelta | None = None,
) -> Callable[[Work], Work]:
    """Register a function as the background task `name` ("app.verb_noun").

    The function is called with `progress`, `by`, `at` and the arguments given to `defer`; it
    returns plain values that are shown when the job is done.

    Args:
        every: if given, the timetable defers the task at this interval as the system.
    """

    def register(work: Work) -> Work:
        REGISTRY[name] = Task(name, label, work, attempts, every)
        return work

    return register


# config sets this: how a stored user id becomes a viewer with the grants of now
viewer_of: Callable[[int | None], Viewer] = lambda _user_id: SYSTEM  # noqa: E731 -- a hook that config replaces


def defer(name: str, *, by: Viewer, at: datetime.datetime, path: str = "", **arguments: Any) -> Job:
    """Queue a task within the current transaction; a rollback takes it back.

    Args:
        path: scope path of who may see the job beside the person who asked.
        arguments: plain JSON values: uuids as text, dates as ISO text.
    """
    job = Job.objects.create(
        task=REGISTRY[name].name,
        arguments=arguments,
        by_id=by.user_id,
        by_name=by.name[:100],
        path=path,
        created_at=at,
    )
    run.enqueue(job.pk)
    return job


@queue_task()
def run(job_id: int) -> None:
    """Run one job; a second run of a finished or running job does nothing."""
    job = _claim(job_id)
    if job is None:
        return
    kind = REGISTRY[job.task]
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(job.pk, stop), daemon=True)
    if not connection.in_atomic_block:  # inside a test's transaction another thread sees nothing
        beat.start()
    try:
        result = kind.work(
            progress=Progress(job), by=viewer_of(job.by_id), at=timezone.now(), **job.arguments
        )
    except DomainError as error:
        # a refusal will not change by trying again
        _finish(job, Job.State.FAILED, error={"code": error.code, "message": error.message})
    except Exception:
        logger.exception("job failed", extra={"job": str(job.uuid), "task": job.task})
        _retry(job, kind)
    else:
        _finish(job, Job.State.DONE, result=dict(result or {}))
    finally:
        stop.set()


@transaction.atomic
def _claim(job_id: int) -> Job | None:
    job = Job.objects.select_for_update().filter(pk=job_id, state=Job.State.QUEUED).first()
    if job is None:
        return None
    job.state = Job.State.RUNNING
    job.attempts += 1
    job.started_at = job.heartbeat_at = timezone.now()
    job.save()
    return job


def _beat(job_pk: int, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT.total_seconds()):
        Job.objects.filter(pk=job_pk).update(heartbeat_at=timezone.now())
        close_old_connections()
    connection.close()


def _finish(
    job: Job,
    state: Job.State,
    *,
    result: Mapping[str, Any] | None = None,
    error: Mapping[str, Any] | None = None,
) -> None:
    Job.objects.filter(pk=job.pk).update(
        state=state, result=dict(result or {}), error=dict(error or {}), finished_at=timezone.now()
    )


def _retry(job: Job, kind: Task) -> None:
    if job.attempts >= kind.attempts:
        message = _(
            "This did not work after %(n)s attempts because of an error in the software. It was "
            "logged; nothing was half done. Tell your operator the number of this job."
        ) % {"n": job.attempts}
        _finish(job, Job.State.FAILED, error={"code": "internal", "message": message})
        return
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(state=Job.State.QUEUED)
        pause = datetime.timedelta(seconds=2 * 3**job.attempts)
        run.using(run_after=timezone.now() + pause).enqueue(job.pk)


def reap(*, at: datetime.datetime) -> int:
    """Put back the jobs of workers that fell silent; returns how many."""
    silent = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__lt=at - SILENCE)
    count = 0
    for job in silent:
        with transaction.atomic():
            locked = Job.objects.select_for_update().filter(
                pk=job.pk, state=Job.State.RUNNING, heartbeat_at=job.heartbeat_at
            )
            if locked.exists():
                count += 1
                _retry(job, REGISTRY[job.task])
    return count


def due(*, at: datetime.datetime) -> list[Task]:
    """List the periodic tasks whose last job was created longer ago than their interval."""
    found = []
    for kind in REGISTRY.values():
        if kind.every is None:
            continue
        last = Job.objects.filter(task=kind.name).order_by("-created_at").first()
        if last is None or last.created_at + kind.every <= at:
            found.append(kind)
    return found


def get_job(uuid: str, *, viewer: Viewer) -> Job:
    """Return a job that the viewer asked for or whose scope the viewer operates."""
    job = Job.objects.filter(uuid=uuid).first()
    if job is None or not (
        (job.by_id is not None and job.by_id == viewer.user_id)
        or (job.path and viewer.holds("jobs.view", job.path))
        or viewer.is_system
    ):
        raise NotFound
    return job
