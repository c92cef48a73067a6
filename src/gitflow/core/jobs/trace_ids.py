"""The trace of a job, and the spans of the job and of its attempts, as identifiers (OpenTelemetry).

They are derived from the identifiers of the job and the attempt, so every process, and every repetition, computes the
same ones, and a step knows the id of its span in advance. The trace of a job is that of the request which started it,
or else a new one, which its child jobs share.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from gitflow.core.traces import Trace, trace_of, traceparent_of

if TYPE_CHECKING:
    from gitflow.core.jobs.job import Job


def trace_id_of(job: Job) -> str:
    asked = trace_of(job.traceparent)
    return asked.trace_id if asked else trace_id_of_job_id(job.root_job_id or job.id)


def parent_of(job: Job) -> str | None:
    """The span of the job that started this one, or else the caller's span."""
    if job.parent_job_id is not None:
        return job_span_id(job.parent_job_id)
    asked = trace_of(job.traceparent)
    return asked.span_id if asked else None


def is_sampled(job: Job) -> bool:
    asked = trace_of(job.traceparent)
    return asked is None or asked.is_sampled


def attempt_traceparent(job: Job, step: str, attempt: int) -> str:
    """``TRACEPARENT`` of an attempt: its own span."""
    return traceparent_of(Trace(trace_id_of(job), span_id_of(job.id, step, attempt), is_sampled(job)))


def job_span_id(job_id: str, reopened: int = 0) -> str:
    return span_id_of(job_id, "", reopened)


def span_id_of(job_id: str, step: str, attempt: int) -> str:
    named = f"{job_id}\n{step}\n{attempt}".encode("utf-8", "surrogatepass")
    found = blake2b(named, digest_size=8).hexdigest()
    return found if found.strip("0") else "1".zfill(16)


def trace_id_of_job_id(job_id: str) -> str:
    """The id of a job as a trace id: it has 128 bits, most of them random."""
    digits = job_id.replace("-", "").lower()
    is_uuid = len(digits) == 32 and all(digit in "0123456789abcdef" for digit in digits)
    return digits if is_uuid else span_id_of(job_id, "trace", 0) + span_id_of(job_id, "trace", 1)
