"""The spans of a job by OpenTelemetry's conventions for CI/CD: a job is a pipeline run, an attempt a task run.

A span is made from the committed history once a job or attempt has ended. Its id is derived from the job and the
attempt (core/jobs/trace_ids.py), so a span that is sent twice has one id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitflow.core.jobs.trace_ids import is_sampled, job_span_id, parent_of, span_id_of, trace_id_of, trace_id_of_job_id
from gitflow.core.record import Record
from gitflow.core.status import JobStatus
from gitflow.core.templates.masking import masked
from gitflow.core.values import is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job
    from gitflow.core.values import JsonObject

    Attributes = Mapping[str, str | int]
    #: The attributes of a job's revision (``vcs.*``).
    Revisions = Callable[[Job], Attributes]

#: ``cicd.pipeline.result`` of a job that has ended.
RESULT_OF_JOB = {
    JobStatus.COMPLETED: "success",
    JobStatus.FAILED: "failure",
    JobStatus.CANCELLED: "cancellation",
    JobStatus.TIMED_OUT: "timeout",
}
#: The history entry of an attempt's end -> ``cicd.pipeline.task.run.result``.
RESULT_OF_STEP = {
    "step.completed": "success",
    "step.forced": "success",
    "step.failed": "failure",
    "step.retrying": "failure",
    "step.cancelled": "cancellation",
    "step.skipped": "skip",
}
_BEGAN = frozenset({"step.running", "step.suspended"})
_GOOD = frozenset({"success", "skip"})


class Span(Record):
    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    began_at: float  #: seconds since the epoch
    ended_at: float
    attributes: Attributes
    error: str | None = None  #: why the job or attempt failed
    is_server: bool = False
    parent_is_remote: bool = False  #: the parent is a span of the caller
    moments: tuple[tuple[float, str], ...] = ()  #: (time, name) of the span's events
    linked: tuple[str, str] | None = None  #: (trace, span) of the job that this one retries


class Tracing:
    """Remembers when running attempts began; everything else comes from the job and its history."""

    def __init__(self, revision_of: Revisions = lambda job: {}, url: str | None = None) -> None:
        """``url``: the public URL of this server, for links to jobs."""
        self._revision_of = revision_of
        self._url = url and url.rstrip("/")
        self._began: dict[tuple[str, str], tuple[int, float]] = {}  #: (job, step) -> (attempt, when it began)

    def moved(self, job: Job, entries: Sequence[HistoryEntry]) -> list[Span]:
        """The spans that have ended; none if the caller does not record the trace."""
        is_recorded = is_sampled(job)
        spans: list[Span] = []
        for entry in entries:
            if entry.step is not None and entry.attempt:
                span = self._step(job, entry, entry.step, entry.attempt)
                spans += [span] if span is not None and is_recorded else []
            elif job.ended and entry.what == f"job.{job.status.value}":
                spans += [self._job(job)] if is_recorded else []
                for name in job.steps:
                    self._began.pop((job.id, name), None)  # a step without an entry for its end
        return spans

    def _step(self, job: Job, entry: HistoryEntry, step: str, attempt: int) -> Span | None:
        if entry.what in _BEGAN:
            self._began[job.id, step] = attempt, entry.at
        result = RESULT_OF_STEP.get(entry.what)
        if result is None:
            return None
        known, began_at = self._began.pop((job.id, step), (0, None))
        if known != attempt:
            began_at = _began(job, entry, step, attempt)
        return None if began_at is None else self._attempt(job, entry, result, began_at)

    def _attempt(self, job: Job, entry: HistoryEntry, result: str, began_at: float) -> Span:
        step, attempt = entry.step or "", entry.attempt or 0
        details: JsonObject = entry.details if is_object(entry.details) else {}
        attributes: dict[str, str | int] = {
            "cicd.pipeline.name": job.task_name,
            "cicd.pipeline.run.id": job.id,
            "cicd.pipeline.task.name": step,
            "cicd.pipeline.task.run.id": f"{job.id}/{step}/{attempt}",
            "cicd.pipeline.task.run.result": result,
            "gitflow.step.attempt": attempt,
            **self._address("cicd.pipeline.task.run.url.full", f"{job.id}/steps/{step}/logs"),
        }
        if "exit_code" in details:
            attributes["gitflow.step.exit_code"] = int(details["exit_code"])
        if result not in _GOOD:
            attributes["error.type"] = "exit_code" if "exit_code" in details else result
        return Span(
            trace_id_of(job),
            span_id_of(job.id, step, attempt),
            job_span_id(job.id, job.reopened),
            step,
            began_at,
            max(began_at, entry.at),
            attributes,
            None if result in _GOOD else masked(str(details.get("error_message") or result), job.secrets),
        )

    def _job(self, job: Job) -> Span:
        result = RESULT_OF_JOB[job.status]
        ended_at = job.completed_at or job.created_at
        began_at = (job.started_at or ended_at) if job.reopened else job.created_at
        attributes: dict[str, str | int] = {
            "cicd.pipeline.name": job.task_name,
            "cicd.pipeline.action.name": "RUN",
            "cicd.pipeline.run.id": job.id,
            "cicd.pipeline.result": result,
            "gitflow.workspace": job.workspace,
            "gitflow.source.type": job.source.type,
            **self._address("cicd.pipeline.run.url.full", job.id),
            **self._revision_of(job),
        }
        if job.worker_id:
            attributes["cicd.worker.id"] = job.worker_id
        if result not in _GOOD:
            attributes["error.type"] = result
        before = job.retry_of_job_id
        return Span(
            trace_id_of(job),
            job_span_id(job.id, job.reopened),
            parent_of(job),
            f"RUN {job.task_name}",
            began_at,
            max(began_at, ended_at),
            attributes,
            None if result in _GOOD else masked(job.error_message or result, job.secrets),
            is_server=True,
            parent_is_remote=job.parent_job_id is None,
            moments=() if job.started_at is None else ((job.started_at, "started"),),
            linked=(trace_id_of_job_id(before), job_span_id(before)) if before else None,
        )

    def _address(self, name: str, path: str) -> Attributes:
        return {name: f"{self._url}/api/jobs/{path}"} if self._url else {}


def _began(job: Job, entry: HistoryEntry, step: str, attempt: int) -> float | None:
    """When an attempt began that another process started; None if its span was sent before."""
    run = job.steps.get(step)
    if run is None or run.attempt != attempt or entry.what == "step.forced":
        return None
    return run.started_at or run.suspended_at
