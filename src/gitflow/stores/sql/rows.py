"""Converts jobs and their steps to rows and back, without loss.

Values that hold secrets are sealed when they are written and opened when they are read (sealing.py); ``seals`` is None
for a job without secrets. Only this file names the columns: the statements get their lists of columns from here
(``{job.columns}``). JSON null is stored as NULL.
"""

from __future__ import annotations

from _operator import attrgetter

from gitflow.core import json_codec
from gitflow.core.jobs.events import HistoryEntry
from gitflow.core.jobs.job import Job, SentEvent, Source, StepRun
from gitflow.core.record import fields_of, names_of
from gitflow.core.status import JobStatus, StepStatus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from gitflow.core.jobs.job import Plan, Steps
    from gitflow.core.language.snapshot import Commit
    from gitflow.core.values import Json
    from gitflow.stores.protocols.jobs import JobRow
    from gitflow.stores.protocols.reports import EndedJob
    from gitflow.stores.sealing import Seals
    from gitflow.stores.sql.driver import Row

    #: (sealed text, column) -> the text in clear.
    Opener: TypeAlias = Callable[[str, str], str]

#: Columns that never change: column -> the field of a Job.
FIXED = {
    "id": "id",
    "workspace": "workspace",
    "revision": "revision",
    "task_name": "task_name",
    "mode": "plan.task.mode",
    "max_parallel_steps": "plan.task.max_parallel_steps",
    "total_steps": "plan.task.flow",
    "input": "input",
    "labels": "labels",
    "source_type": "source.type",
    "source_id": "source.id",
    "source_actor": "source.actor",
    "depth": "depth",
    "parent_job_id": "parent_job_id",
    "parent_step": "parent_step",
    "root_job_id": "root_job_id",
    "retry_of_job_id": "retry_of_job_id",
    "hook": "hook",
    "anew": "anew",
    "created_at": "created_at",
    "group_name": "group",
    "group_limit": "group_limit",
    "on_limit": "on_limit",
    "starts_at": "starts_at",
    "traceparent": "traceparent",
    "git_commit": "git_commit",
}

#: The columns that a save writes.
MOVING = (
    *("status", "open_steps", "busy_steps", "failed_steps", "output", "error_message", "priority", "owner_id"),
    *(
        "worker_id",
        "attempt",
        "reopened",
        "started_at",
        "completed_at",
        "expires_at",
        "late_at",
        "cancel_requested_at",
        "cancel_status",
    ),
    *("paused_at", "restart_by", "sent_events", "also_requested_by"),
)

JOB = (*FIXED, *MOVING, "version")
STEP = names_of(StepRun)
STEP_CHANGES = tuple(name for name in STEP if name != "name")

#: The columns of an attempt besides its job, step and number.
ATTEMPT = ("status", "exit_code", "started_at", "completed_at", "error_message", "worker_id")
#: The fields of Artifact in stores/protocols.
ARTIFACT = ("name", "size", "mode", "digest")
EVENT = names_of(HistoryEntry)

#: Columns of a step that hold JSON.
_JSON = ("item", "input", "output")

_fixed = attrgetter(*FIXED.values())
_moving = attrgetter(*MOVING)
_step = attrgetter(*STEP)
_event = attrgetter(*EVENT)


#: A sealed value begins with it (sealing.MARK), and no JSON does.
_SEALED = "s"

#: History entries with the end of an attempt that its step does not show any more, because it waits for the next one.
_FAILED = StepStatus.FAILED.value

_ATTEMPTED = frozenset(StepStatus) - {StepStatus.PENDING, StepStatus.READY}


_decode = json_codec.loads


def _encode(value: Json) -> str:
    return json_codec.dumps(value, separators=(",", ":"))


def dumps(value: Json) -> str | None:
    return None if value is None else _encode(value)


def loads(text: str | None) -> Json:
    return None if text is None else _decode(text)


def text_of(text: str | None) -> str | None:
    """Text that can be written as UTF-8: bytes of a file name that could not be decoded are replaced."""
    if text is None or text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def opened(text: str | None, open: Opener, column: str) -> Json:
    if text is None:
        return None
    return _decode(open(text, column) if text[0] == _SEALED else text)


def fixed_row(job: Job, seals: Seals | None = None) -> Row:
    row: Row = dict(zip(FIXED, _fixed(job), strict=True))
    row["total_steps"] = len(job.plan.task.flow)
    row["input"] = _encode(job.input)
    row["labels"] = _encode(dict(job.labels)) if job.labels else None
    row["hook"] = dumps(job.hook)
    row["anew"] = None if job.anew is None else _encode(sorted(job.anew))
    row["git_commit"] = None if job.git_commit is None else _encode(list(dict(fields_of(job.git_commit)).values()))
    if seals is not None:
        row["input"] = seals.input(row["input"])
        row["labels"] = dumps(seals.masked(dict(job.labels) or None))
        row["hook"] = row["hook"] and seals.value("hook", job.hook, row["hook"])
    return row


def moving_row(job: Job, seals: Seals | None = None) -> Row:
    row: Row = dict(zip(MOVING, _moving(job), strict=True))
    row["status"] = job.status.value
    row["output"] = dumps(job.output)
    row["error_message"] = text_of(job.error_message)
    if job.cancel_status is not None:
        row["cancel_status"] = job.cancel_status.value
    row["restart_by"] = text_of(job.restart_by)
    sent_events = [list(dict(fields_of(sent)).values()) for sent in job.sent_events]
    row["sent_events"] = _encode(sent_events) if sent_events else None
    row["also_requested_by"] = _encode(job.also_requested_by) if job.also_requested_by else None
    if seals is not None:
        row["output"] = row["output"] and seals.value("output", job.output, row["output"])
        row["error_message"] = seals.masked(row["error_message"])
        row["sent_events"] = row["sent_events"] and seals.value("sent_events", sent_events, row["sent_events"])
    return row


def step_row(job_id: str, step: StepRun, seals: Seals | None = None) -> Row:
    row: Row = dict(zip(STEP, _step(step), strict=True))
    row["job_id"] = job_id
    row["status"] = step.status.value
    for column in _JSON:
        if row[column] is not None:
            row[column] = _encode(row[column])
    row["error_message"] = text_of(step.error_message)
    row["skip_reason"] = text_of(step.skip_reason)
    if seals is not None:
        for column in _JSON:
            row[column] = row[column] and seals.value(column, getattr(step, column), row[column])
        row["error_message"] = seals.masked(row["error_message"])
        row["skip_reason"] = seals.masked(row["skip_reason"])
    return row


def attempt_rows(
    job_id: str, steps: Iterable[StepRun], history: Sequence[HistoryEntry], seals: Seals | None = None
) -> list[Row]:
    """The current attempts of the steps: those that go on or have ended, and those that failed and will be retried.

    A step that was reset keeps the number of its last attempt, and has no current attempt until it is tried again.
    """
    tried = [step for step in steps if _is_tried(step) and _shows_attempt(step)]
    return [_attempt_row(job_id, step, history, seals) for step in tried]


def _is_tried(step: StepRun) -> bool:
    return step.attempt >= max(1, step.first_attempt)


def _shows_attempt(step: StepRun) -> bool:
    return step.status in _ATTEMPTED or step.error_message is not None or step.exit_code is not None


def _attempt_row(job_id: str, step: StepRun, history: Sequence[HistoryEntry], seals: Seals | None) -> Row:
    status, ended = step.status.value, step.completed_at
    if step.status not in _ATTEMPTED:
        status = _FAILED
        if ended is None:
            ended = next((entry.at for entry in reversed(history) if entry.step == step.name), None)
    error = text_of(step.error_message if seals is None else seals.masked(step.error_message))
    return {
        "job_id": job_id,
        "step": step.name,
        "attempt": step.attempt,
        "status": status,
        "exit_code": step.exit_code,
        "started_at": step.started_at,
        "completed_at": ended,
        "error_message": error,
        "worker_id": step.worker_id,
    }


def event_row(job_id: str, entry: HistoryEntry, seals: Seals | None = None) -> Row:
    """Only people read the history, so secrets in it are masked for good."""
    row: Row = dict(zip(EVENT, _event(entry), strict=True))
    row["job_id"] = job_id
    row["actor"] = text_of(entry.actor)
    row["details"] = dumps(entry.details if seals is None else seals.masked(entry.details))
    return row


def entry_of(row: Row) -> HistoryEntry:
    row["details"] = loads(row["details"])
    return HistoryEntry(**row)


def step_of(row: Row, open: Opener) -> StepRun:
    row["status"] = StepStatus(row["status"])
    for column in _JSON:
        if row[column] is not None:
            row[column] = opened(row[column], open, column)
    row["is_ahead"] = bool(row["is_ahead"])
    return StepRun(**row)


def job_of(row: Row, steps: Steps, plan: Plan, secrets: tuple[str, ...], open: Opener) -> Job:
    for column in ("task_name", "mode", "max_parallel_steps", "total_steps"):
        del row[column]  # the plan has them
    row["source"] = Source(row.pop("source_type"), row.pop("source_id"), row.pop("source_actor"))
    row["group"] = row.pop("group_name")
    for column in ("input", "hook", "output"):
        row[column] = opened(row[column], open, column)
    row["labels"] = loads(row["labels"]) or {}
    row["anew"] = None if row["anew"] is None else frozenset(_decode(row["anew"]))
    row["git_commit"] = commit_of(row["git_commit"])
    row["status"] = JobStatus(row["status"])
    if row["cancel_status"] is not None:
        row["cancel_status"] = JobStatus(row["cancel_status"])
    row["sent_events"] = tuple(SentEvent(*sent) for sent in opened(row["sent_events"], open, "sent_events") or ())
    row["also_requested_by"] = tuple(loads(row["also_requested_by"]) or ())
    return Job(plan=plan, steps=steps, secrets=secrets, **row)


def list_row(row: Row, waiting_on: str | None = None) -> JobRow:
    from gitflow.stores.protocols.jobs import JobRow  # not at the top: making its classes costs every start

    row["status"] = JobStatus(row["status"])
    row["labels"] = loads(row["labels"]) or {}
    row["git_commit"] = commit_of(row["git_commit"])
    return JobRow(waiting_on=waiting_on, **row)


def ended_job(row: Row) -> EndedJob:
    from gitflow.stores.protocols.reports import EndedJob  # as above

    row["status"] = JobStatus(row["status"])
    row["git_commit"] = commit_of(row["git_commit"])
    return EndedJob(**row)


def commit_of(text: str | None) -> Commit | None:
    if text is None:
        return None
    from gitflow.core.language.snapshot import Commit

    return Commit(*_decode(text))
