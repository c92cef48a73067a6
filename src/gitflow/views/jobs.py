"""Jobs and steps as the API shows them (docs: HTTP API); the command line prints the same with ``-o json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gitflow.core.machine.machine import waiting_on
from gitflow.core.status import StepStatus
from gitflow.core.templates.masking import masked
from gitflow.core.timestamps import rfc3339, rfc3339_or_none
from gitflow.core.values import MASK, is_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gitflow.core.jobs.events import HistoryEntry
    from gitflow.core.jobs.job import Job, StepRun
    from gitflow.core.language.definition import Field
    from gitflow.core.logs import LogLine
    from gitflow.core.problems import Problem
    from gitflow.core.values import Json, JsonObject
    from gitflow.runtime.operations.bulk import Result
    from gitflow.stores.protocols.jobs import AttemptRow, JobRow

#: A job's detail carries this many steps; the rest is paged.
MOST_STEPS = 1000


def job_row(row: JobRow) -> JsonObject:
    """One item of a list of jobs."""
    return {
        "job_id": row.id,
        "workspace": row.workspace,
        "task_name": row.task_name,
        "mode": row.mode,
        "status": str(row.status),
        "source_type": row.source_type,
        "source_id": row.source_id,
        "created_at": rfc3339(row.created_at),
        "started_at": rfc3339_or_none(row.started_at),
        "completed_at": rfc3339_or_none(row.completed_at),
        "revision": row.revision,
        "worker_id": row.worker_id,
        "labels": dict(row.labels),
        "priority": row.priority,
        "parent_job_id": row.parent_job_id,
        "retry_of_job_id": row.retry_of_job_id,
    }


def job_item(job: Job) -> JsonObject:
    """The same of a job that is at hand."""
    return {
        "job_id": job.id,
        "workspace": job.workspace,
        "task_name": job.task_name,
        "mode": job.plan.task.mode,
        "status": str(job.status),
        "source_type": job.source.type,
        "source_id": job.source.id,
        "created_at": rfc3339(job.created_at),
        "started_at": rfc3339_or_none(job.started_at),
        "completed_at": rfc3339_or_none(job.completed_at),
        "revision": job.revision,
        "worker_id": job.worker_id,
        "labels": masked(dict(job.labels), job.secrets),
        "priority": job.priority,
        "parent_job_id": job.parent_job_id,
        "retry_of_job_id": job.retry_of_job_id,
    }


def job_detail(job: Job, attempts: Iterable[AttemptRow]) -> JsonObject:
    """A job with its steps in flow order, loop instances after their loop."""
    detail: JsonObject = {
        "job_id": job.id,
        "workspace": job.workspace,
        "task_name": job.task_name,
        "mode": job.plan.task.mode,
        "status": str(job.status),
        "revision": job.revision,
        "source_type": job.source.type,
        "source_id": job.source.id,
        "input": masked(shown(job.plan.task.input, job.input), job.secrets),
        "output": masked(job.output, job.secrets),
        "error_message": masked(job.error_message, job.secrets),
        "worker_id": job.worker_id,
        "labels": masked(dict(job.labels), job.secrets),
        "priority": job.priority,
        "parent_job_id": job.parent_job_id,
        "retry_of_job_id": job.retry_of_job_id,
        "created_at": rfc3339(job.created_at),
        "started_at": rfc3339_or_none(job.started_at),
        "completed_at": rfc3339_or_none(job.completed_at),
        "expires_at": rfc3339_or_none(job.expires_at),
        "steps": step_list(job, attempts, 0, MOST_STEPS),
    }
    if len(job.steps) > MOST_STEPS:
        detail["steps_next"] = MOST_STEPS
    return detail


def step_list(job: Job, attempts: Iterable[AttemptRow], first: int, most: int) -> list[JsonObject]:
    """A page of a job's steps, in flow order."""
    tried: dict[str, list[AttemptRow]] = {}
    for row in attempts:
        tried.setdefault(row.step, []).append(row)
    return [step_detail(job, step, tried.get(step.name, ())) for step in job.in_order()[first : first + most]]


def step_detail(job: Job, step: StepRun, attempts: Iterable[AttemptRow]) -> JsonObject:
    written = step.loop_of or step.name
    action = job.plan.actions[written]
    return {
        "step_name": step.name,
        "action_name": action.name or None,
        "action_type": action.type,
        "runner": action.fields.get("runner", "local"),
        "input": masked(step.input, job.secrets),
        "output": masked(step.output, job.secrets),
        "status": str(step.status),
        "worker_id": step.worker_id,
        "started_at": rfc3339_or_none(step.started_at),
        "completed_at": rfc3339_or_none(step.completed_at),
        "error_message": masked(step.error_message, job.secrets),
        "action_image": action.fields.get("image"),
        "depends_on": list(job.plan.graph.needs[written]),
        "attempt": step.attempt,
        "attempts": [attempt_detail(row) for row in attempts],
        "skip_reason": masked(step.skip_reason, job.secrets),
        "waiting_on": waiting_on(job, step),
        "suspended_at": rfc3339_or_none(step.suspended_at),
        "approval": approval(job, step) if action.type == "approval" else None,
        "loop_index": step.loop_index,
        "loop_total": step.loop_total,
    }


def approval(job: Job, step: StepRun) -> JsonObject | None:
    """What a person is asked while the step waits for that; ``fields`` as a task's input is shown."""
    if step.status is not StepStatus.SUSPENDED:
        return None
    from gitflow.views.definitions import fields_written

    asked: JsonObject = masked(step.input, job.secrets) if is_object(step.input) else {}
    fields = job.plan.actions[step.loop_of or step.name].input
    told: JsonObject = {"message": asked.get("message"), "fields": fields_written(fields)}
    return {**told, "approvers": asked["approvers"]} if asked.get("approvers") else told


def attempt_detail(row: AttemptRow) -> JsonObject:
    return {
        "attempt": row.attempt,
        "status": row.status,
        "exit_code": row.exit_code,
        "started_at": rfc3339_or_none(row.started_at),
        "completed_at": rfc3339_or_none(row.completed_at),
        "error_message": row.error_message,
        "worker_id": row.worker_id,
    }


def problem(found: Problem) -> JsonObject:
    """What is wrong with definitions, and where."""
    return {
        "severity": found.severity.value,
        "rule": found.rule,
        "file": found.file or None,
        "line": found.line or None,
        "column": found.column or None,
        "message": found.message,
        "hint": found.hint or None,
    }


def log_line(line: LogLine) -> JsonObject:
    return {
        "ts": rfc3339(line.ts),
        "stream": line.stream,
        "step": line.step,
        "line": line.line,
        "seq": line.seq,
        "attempt": line.attempt,
    }


def history_entry(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history; ``seq`` grows with time."""
    return {
        "seq": seq,
        "at": rfc3339(entry.at),
        "actor": entry.actor,
        "what": entry.what,
        "step_name": entry.step,
        "attempt": entry.attempt,
        "details": details_shown(entry.details),
    }


def details_shown(details: Json) -> Json:
    """What an entry of the history tells besides: the values of ``…_at`` are times, kept as seconds."""
    if not is_object(details):
        return details
    return {
        name: rfc3339(value) if name.endswith("_at") and isinstance(value, (int, float)) else value
        for name, value in details.items()
    }


def explained(job: Job, reasons: Mapping[str, str]) -> list[JsonObject]:
    """``reasons``: as ``core.explain`` gives them, by step."""
    return [
        {"step_name": name, "status": job.steps[name].status.value, "explanation": reason}
        for name, reason in reasons.items()
    ]


def bulk_result(result: Result) -> JsonObject:
    """What an operation on many jobs came to for one of them; a new job is told as ``new_job_id``."""
    if not result.ok:
        return {"job_id": result.job_id, "ok": False, "error": result.error, "code": result.code}
    given = result.answer or {}
    made = {"new_job_id": given["job_id"]} if "job_id" in given else {}
    return {"job_id": result.job_id, "ok": True, **made}


def history_line(entry: HistoryEntry, seq: int) -> JsonObject:
    """An entry of a job's history as a line of its ``_server`` log."""
    about = f" {entry.step}" if entry.step else ""
    why = f": {json.dumps(details_shown(entry.details), ensure_ascii=False)}" if entry.details else ""
    return {
        "ts": rfc3339(entry.at),
        "stream": "stdout",
        "step": "_server",
        "line": f"{entry.what}{about}{why} ({entry.actor})",
        "seq": seq,
        "attempt": entry.attempt or 0,
    }


def shown(fields: Mapping[str, Field], values: JsonObject) -> JsonObject:
    """An input with what is secret masked."""
    return {name: _shown(fields.get(name), value) for name, value in values.items()}


def _shown(field: Field | None, value: Json) -> Json:
    return MASK if field is not None and field.secret and value is not None else value
