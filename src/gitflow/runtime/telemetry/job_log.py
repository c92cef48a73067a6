"""Writes a line into the server's log for each job that starts, ends or was interrupted.

Secrets are masked here; the formatter of the log shortens and escapes the values.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gitflow.core.machine.summary import summary
from gitflow.core.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.runtime.engine.orchestrator import Orchestrator
    from gitflow.runtime.engine.recovery import Takeover

#: Status of an ended job -> the line's message and level. None is an error: those are errors of the server.
_ENDED: Mapping[JobStatus, tuple[str, int]] = {
    JobStatus.COMPLETED: ("job completed", logging.INFO),
    JobStatus.FAILED: ("job failed", logging.WARNING),
    JobStatus.TIMED_OUT: ("job timed out", logging.WARNING),
    JobStatus.CANCELLED: ("job cancelled", logging.INFO),
}
INTERRUPTED = "job interrupted"

_log = logging.getLogger("gitflow.jobs")


def log_jobs(orchestrator: Orchestrator, takeover: Takeover, settled: Iterable[Job]) -> None:
    """From now on. ``settled``: jobs that were settled before. Call it before the engine's thread begins."""
    log_settled(settled)
    takeover.observers.append(log_settled)
    orchestrator.observers.append(log_commit)


def log_commit(job: Job, entries: Sequence[HistoryEntry]) -> None:
    """After a commit, in the engine's thread (an observer of the orchestrator)."""
    for entry in entries:
        if entry.what == "job.running" and entry.at == job.started_at:
            _log.info("job started", extra=_fields(job))
        elif entry.what == "job.taken_over":
            reason = "the server that ran it ended; this server goes on with it"
            _log.warning(INTERRUPTED, extra={**_fields(job), "reason": reason})
        elif job.ended and entry.what == f"job.{job.status.value}":
            _log_end(job, entry.at)


def log_settled(jobs: Iterable[Job]) -> None:
    """Of jobs whose command line died, after they were settled."""
    for job in jobs:
        reason = "the command that ran it ended; it does not go on"
        _log.warning(INTERRUPTED, extra={**_fields(job), "status": job.status.value, "reason": reason})


def _log_end(job: Job, now: float) -> None:
    message, level = _ENDED[job.status]
    fields = {**_fields(job), "status": job.status.value}
    if job.started_at is not None and job.completed_at is not None:
        fields["duration_s"] = round(job.completed_at - job.started_at, 3)
    if job.status is not JobStatus.COMPLETED:
        fields["reason"] = summary(job, now)
    _log.log(level, message, extra=fields)


def _fields(job: Job) -> dict[str, object]:
    """What identifies a job, and where it came from; values that it does not have are left out."""
    known = {
        "job_id": job.id,
        "workspace": job.workspace,
        "task_name": job.task_name,
        "revision": job.revision,
        "source_type": job.source.type,
        "source_id": job.source.id,
        "actor": job.source.actor,
        "parent_job_id": job.parent_job_id,
        "retry_of_job_id": job.retry_of_job_id,
    }
    return {name: value for name, value in known.items() if value is not None}
